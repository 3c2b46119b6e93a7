"""`tidewaiter products`: a local catalogue, the history of products, and looking one up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

APP = typer.Typer(no_args_is_help=True, help="Know the product: catalogue, history, one GTIN.")
CATALOGUE = Path("catalogue.parquet")
HISTORY = Path("history.parquet")


@APP.command("import")
def import_(
    file: Path = typer.Argument(help="CSV, JSON or NDJSON of product data."),
    catalogue: Path = typer.Option(CATALOGUE, "--catalogue", help="File or folder to import to."),
    on: str | None = typer.Option(None, "--on", help="Day the data is of; default today."),
    as_json: bool = typer.Option(False, "--json", help="Print the figures as JSON for machines."),
) -> None:
    """Import product data (GS1 or schema.org names); later rows win, field by field."""
    from tidewaiter.cli.tables import print_json
    from tidewaiter.runtime.clock import parse_day
    from tidewaiter.runtime.products.catalogue import import_file

    done = import_file(file, catalogue, on=parse_day(on)).as_json()
    if as_json:
        print_json(done)
        return
    if done["imported_before"]:
        typer.echo(f"{file} was imported before; nothing is added.")
    typer.echo(
        f"{done['read']:,} rows read, {done['taken']:,} taken, {done['new']:,} new products; "
        f"{done['known']:,} products in {done['catalogue']}"
    )
    for reason, count in done["reasons"].items():
        typer.echo(f"rejected {count:,}: {reason}")
    for row in done["first_rejected"][:5]:
        typer.echo(f"  row {row['position']}: {row['gtin']}: {row['reason']}")
    if done["unread"]:
        typer.echo(f"kept unread: {', '.join(done['unread'])}")


@APP.command("show")
def show(
    gtin: str = typer.Argument(help="A GTIN of 8, 12, 13 or 14 digits."),
    catalogue: Path | None = typer.Option(None, "--catalogue", help="Catalogue to look in."),
    history: Path | None = typer.Option(None, "--profile", "--history", help="History to look in."),
    recalls: Path | None = typer.Option(None, "--recalls", help="Recalls to look in."),
    as_json: bool = typer.Option(False, "--json", help="Print JSON for machines."),
) -> None:
    """Show what is known of one product, and who said it when."""
    from tidewaiter.cli.tables import print_json
    from tidewaiter.runtime.products.looking_up import look_up

    answer = look_up(gtin, catalogue=catalogue, history=history, recalls=recalls)
    if as_json:
        print_json(answer)
    else:
        _print(answer)


@APP.command("history")
def history(
    files: list[Path] = typer.Argument(help="Files of messages, or folders `assess` wrote."),
    out: Path = typer.Option(HISTORY, "--out", help="File or folder of the history to add to."),
    lane: str = typer.Option("EU", "--lane", help="Lane whose packs read the messages."),
    on: str | None = typer.Option(
        None, "--on", help="Day taken for parcels that tell none; default today."
    ),
    as_json: bool = typer.Option(False, "--json", help="Print the figures as JSON for machines."),
    quiet: bool = typer.Option(False, "--quiet", help="Show no progress."),
) -> None:
    """Add files to the history of products, makers and factories."""
    from tidewaiter.cli.progress import progress_bar
    from tidewaiter.cli.tables import print_json
    from tidewaiter.runtime.clock import parse_day
    from tidewaiter.runtime.products.history import add

    with progress_bar(shown=not (quiet or as_json)) as progress:
        done = add(files, out, lane=lane, on=parse_day(on), progress=progress).as_json()
    if as_json:
        print_json(done)
        return
    for name in done["already_in"]:
        typer.echo(f"{name} is in the history already; not counted twice.")
    typer.echo(
        f"{done['lines']:,} lines of {done['products']:,} products, {done['makers']:,} makers, "
        f"{done['factories']:,} factories in {done['history']}"
    )


def _print(answer: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    prefix = answer["prefix"]
    console.print(f"[bold]GTIN {answer['gtin']}[/]  {prefix.get('use', '')}")
    if prefix.get("gs1_organisation", "").startswith("GS1 "):
        console.print(
            f"number given by {prefix['gs1_organisation']} (prefix {prefix['gs1_prefix']}); "
            "that is no country of origin"
        )
    if "catalogue" in answer:
        if not answer["catalogue"]:
            console.print("not in the catalogue")
        else:
            table = Table("field", "value", "said by", "on", title="Catalogue")
            for field, said in answer["catalogue"].items():
                table.add_row(field, said["value"], said["source"], said["on"])
            console.print(table)
    for recall in answer.get("recalls", []):
        console.print(
            f"[bold]recalled[/] {recall['agency']} {recall['number']} of {recall['day']}: "
            f"{recall['hazard'] or recall['title']}"
        )
    if "recalls" in answer and not answer["recalls"]:
        console.print("no recall names this number")
    if "history" in answer:
        seen = answer["history"]
        if not seen:
            console.print("not seen in the history")
            return
        console.print(
            f"seen on {seen['lines']:,} lines of {seen['parcels']:,} parcels, "
            f"{seen['first_on']} to {seen['last_on']}; about {seen['sellers_about']:,} sellers"
        )
        for field in ("origins", "subheadings", "destinations"):
            if seen[field]:
                words = ", ".join(f"{value} {count:,}" for value, count in seen[field].items())
                console.print(f"{field}: {words}")
        for currency, price in seen["unit_prices"].items():
            console.print(
                f"price of one: {price['p50']:,} {currency} (10 % below {price['p10']:,}, "
                f"10 % above {price['p90']:,})"
            )
