"""`tidewaiter recalls`: recall lists, and whom they are about."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

APP = typer.Typer(no_args_is_help=True, help="Recall lists: import, and find parcels they name.")
RECALLS = Path("recalls.parquet")
SHOWN_MAX = 20


@APP.command("import")
def import_(
    file: Path = typer.Argument(help="CPSC-shaped JSON or NDJSON, or a CSV of any agency."),
    recalls: Path = typer.Option(RECALLS, "--recalls", help="File or folder to import to."),
    agency: str = typer.Option("CPSC", "--agency", help="Who recalls, where the file is silent."),
    as_json: bool = typer.Option(False, "--json", help="Print the figures as JSON for machines."),
) -> None:
    """Import a recall list; broken product numbers are reported and not used."""
    from tidewaiter.cli.tables import print_json
    from tidewaiter.runtime.products.recalls import import_file

    done = import_file(file, recalls, agency=agency).as_json()
    if as_json:
        print_json(done)
        return
    typer.echo(
        f"{done['read']:,} recalls read, {done['new']:,} new; {done['known']:,} in "
        f"{done['recalls']}"
    )
    typer.echo(
        f"{done['gtins']:,} product numbers; {done['without_gtin']:,} recalls name none and are "
        "found by maker and model only"
    )
    for row in done["first_broken"]:
        typer.echo(f"not used: {row['upc']} of recall {row['recall_id']}: {row['reason']}")
    for fault in done["faults"]:
        typer.echo(f"not read: {fault}")


@APP.command("check")
def check(
    recalls: Path = typer.Argument(help="Recalls read by `recalls import`."),
    parcels: list[Path] = typer.Option(..., "--parcels", help="Folder that `assess` wrote."),
    on: str | None = typer.Option(None, "--on", help="Day asked for; default today."),
    names: list[Path] = typer.Option(
        [], "--names", help="Message files of the run: read the persons' names from them."
    ),
    as_json: bool = typer.Option(False, "--json", help="Print JSON for machines."),
) -> None:
    """List open parcels a recall is about, and past consignees."""
    from tidewaiter.cli.tables import print_json
    from tidewaiter.runtime.clock import parse_day
    from tidewaiter.runtime.products.recalled_parcels import check as find
    from tidewaiter.runtime.products.recalls import load_recalls

    hits = find(load_recalls(recalls), parcels, on=parse_day(on), messages=names)
    answer = hits.as_json()
    if as_json:
        print_json(answer)
    else:
        _print(answer)


def _print(answer: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    console.print(
        f"[bold]{answer['parcels']:,}[/] parcels looked through: {answer['open']:,} open, "
        f"{answer['past']:,} delivered, {answer['refused']:,} refused that a recall is about"
    )
    named = any("name" in row for row in answer["lines"])
    more = ["name"] if named else []
    table = Table("parcel", "line", "recall", "hazard", "found by", "state", "decision", *more)
    for row in answer["lines"][:SHOWN_MAX]:
        table.add_row(
            row["consignment_id"],
            str(row["item_no"]),
            f"{row['agency']} {row['number'] or ''}",
            row["hazard"] or "",
            row["by"],
            row["state"],
            row["decision"] or "",
            *(row[column] or "" for column in more),
        )
    console.print(table)
    _more(console, len(answer["lines"]), "lines")
    people = Table("past consignee", "parcels", "recalls", *more)
    for row in answer["past_consignees"][:SHOWN_MAX]:
        parcels, recalls = ", ".join(row["parcels"]), ", ".join(row["recalls"])
        people.add_row(row["person_key"], parcels, recalls, *(row[c] or "" for c in more))
    console.print(people)
    _more(console, len(answer["past_consignees"]), "persons")


def _more(console: Any, count: int, what: str) -> None:
    if count > SHOWN_MAX:
        console.print(f"and {count - SHOWN_MAX:,} more {what}: see --json")
