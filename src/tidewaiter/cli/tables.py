"""Tables for a person, JSON for a machine."""

from __future__ import annotations

import json
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

from tidewaiter.runtime.assess import Run

FINDINGS_SHOWN_MAX = 12


def print_json(value: Any) -> None:
    """Print a value as JSON on standard output."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))


def print_run(run: Run) -> None:
    """Print what a run found: counts, decisions, what is owed, the most frequent findings."""
    console = Console()
    count = run.summary.count
    console.print(
        f"[bold]{count('parcels'):,}[/] parcels, {count('items'):,} goods items from "
        f"{count('messages'):,} messages; lane {run.lane}, law of {run.on}"
    )
    if count("rejected"):
        console.print(f"[bold]{count('rejected'):,}[/] pieces could not be read: see rejected.csv")
    decisions = Table("decision", "parcels", "share", title="Decisions", title_justify="left")
    for word, number in run.summary.by_decision().items():
        share = number / max(1, count("parcels"))
        decisions.add_row(word, f"{number:,}", f"{share:.1%}")
    console.print(decisions)
    owed = Table("currency", "customs value", "duty", "tax", "fees", title="Owed")
    for row in run.summary.frames["owed"].drop_nulls("currency").to_dicts():
        sums = (row["customs_value"], row["duty"], row["tax"], row["fee"])
        owed.add_row(row["currency"], *(f"{value or 0:,.2f}" for value in sums))
    console.print(owed)
    console.print(
        f"{count('person_days'):,} person-days, {count('splits'):,} of them split shipments; "
        f"{count('findings'):,} findings, {count('repairs'):,} repairs"
    )
    console.print(_findings(run))
    if run.certificates.over.height:
        console.print(
            f"[bold]{run.certificates.over.height:,}[/] lines drew on a certificate more than was "
            "left when uses were recorded: see `certificates` in summary.json"
        )
    console.print(f"Results: {run.out}")
    console.print(f"Report:  {run.report}")


def _findings(run: Run) -> Table:
    table = Table("finding", "weight", "parcels", title="Most frequent findings")
    rows = run.summary.frames["findings"].sort("n", descending=True).head(FINDINGS_SHOWN_MAX)
    for row in rows.to_dicts():
        title = run.knowledge.findings.texts[row["code"]].title
        table.add_row(title, row["severity"], f"{row['parcels']:,}")
    return table
