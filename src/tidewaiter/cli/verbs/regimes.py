"""`tidewaiter regimes`: who owes what in a country on a day, and what will change."""

from __future__ import annotations

from typing import Any

import typer


def command(
    country: str = typer.Argument("", help="Country of destination; none lists all regimes."),
    on: str | None = typer.Option(None, "--on", help="The day; default today."),
    changes_until: str | None = typer.Option(None, "--changes-until", help="Last day to look at."),
    known: str | None = typer.Option(None, "--known", help="By what was known on that day."),
    as_json: bool = typer.Option(False, "--json", help="Print JSON for machines."),
) -> None:
    """Show a country's limits, duties, taxes, fees and who pays them, or all regimes in a line."""
    from tidewaiter.cli.tables import print_json
    from tidewaiter.runtime.clock import parse_day
    from tidewaiter.runtime.regimes import describe, overview

    day = parse_day(on)
    if not country:
        rows = overview(day)
        if as_json:
            print_json(rows)
        else:
            _print_all(rows, day.isoformat())
        return
    until = parse_day(changes_until) if changes_until else None
    told = describe(country, day, until=until, known_at=parse_day(known) if known else None)
    if as_json:
        print_json(told)
    else:
        _print_one(told)


def _print_all(rows: list[dict[str, Any]], day: str) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("regime", "what", f"limits on {day}", "next change")
    for row in rows:
        table.add_row(row["regime"], row["title"], "; ".join(row["limits"]), row["next_change"])
    Console().print(table)


def _print_one(told: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    from tidewaiter.runtime.regimes import CONFIDENCE_WORDS

    console = Console()
    console.print(
        f"[bold]{told['regime']}[/], {told['on']}; customs value: {told['customs_value']}"
    )
    if told["scenario"]:
        console.print("[yellow]A scenario, not the law of the place.[/]")
    for limit in told["limits"]:
        console.print(
            f"Limit: {limit['title']}: {limit['amount']} by {limit['measured_on']} "
            f"({limit['legal']})"
        )
    owed = Table("what is owed", "rate", "on", "when", "law", "sure")
    for row in told["measures"]:
        owed.add_row(
            f"{row['kind']}: {row['title']}", row["rate"], row["on"], row["when"], row["legal"],
            CONFIDENCE_WORDS[row["confidence"]],
        )  # fmt: skip
    console.print(owed)
    pays = Table("who pays", "scheme", "when", "handed over", "law")
    for row in told["collection"]:
        pays.add_row(row["debtor"], row["scheme"], row["moment"], row["remit"], row["legal"])
    console.print(pays)
    for change in told["changes_ahead"]:
        console.print(f"Ahead: {change['sentence']} ({change['legal']})")
