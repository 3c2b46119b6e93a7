"""`tidewaiter quote`: what a parcel will cost to land, by whom it is paid, what would change it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import typer

APP = typer.Typer(
    invoke_without_command=True,
    help="Say what a parcel will owe: lines, alternatives, changes ahead, what is not known.",
)


@APP.callback()
def command(
    context: typer.Context,
    departure: str = typer.Option("", "--from", help="Country it is sent from."),
    destination: str = typer.Option("", "--to", help="Country it is sent to."),
    on: str | None = typer.Option(None, "--on", help="Day of import; default today."),
    mode: str = typer.Option("", "--mode", help="post, express or other."),
    scheme: str = typer.Option("", "--scheme", help="Way of collection, such as ioss."),
    item: list[str] = typer.Option([], "--item", help="A line as a JSON object; once a line."),
    freight: str = typer.Option("", "--freight", help="Freight of the parcel."),
    insurance: str = typer.Option("", "--insurance", help="Cost of insurance."),
    region: str = typer.Option("", "--region", help="Province or state of destination."),
    nature: str = typer.Option("", "--nature", help="sale, gift, ..."),
    business: str = typer.Option("", "--business", help="b2c, b2b or c2c."),
    changes_until: str | None = typer.Option(None, "--changes-until", help="Last day to look at."),
    known: str | None = typer.Option(None, "--known", help="By what was known on that day."),
    tariff: Path | None = typer.Option(
        None, "--tariff", help="Tariff pack for this run, instead of the kept one."
    ),
    keep: bool = typer.Option(True, "--keep/--no-keep", help="Keep the quote under its id."),
    as_json: bool = typer.Option(False, "--json", help="Print JSON for machines."),
) -> None:
    """Quote a parcel from options, or whole parcels from the pipe (a JSON object a line)."""
    if context.invoked_subcommand:
        return
    from tidewaiter.cli.quote_words import print_quote
    from tidewaiter.runtime.clock import parse_day
    from tidewaiter.runtime.quotes.answering import quotes
    from tidewaiter.runtime.quotes.asking import read_asked
    from tidewaiter.runtime.quotes.keeping import keep as keep_quote

    options = {
        "from": departure, "to": destination, "on": on, "mode": mode, "scheme": scheme,
        "freight": freight, "insurance": insurance, "region": region, "nature": nature,
        "business": business,
    }  # fmt: skip
    told = {key: value for key, value in options.items() if value}
    if item:
        parcels = [{**told, "items": [_parsed(text, f"--item {n}") for n, text in _counted(item)]}]
    elif sys.stdin.isatty():
        typer.echo(context.get_help())
        return
    else:
        parcels = [{**told, **one} for one in _piped()]
    answers = quotes(
        [read_asked(one, where=f"parcel {n}") for n, one in _counted(parcels)],
        until=parse_day(changes_until) if changes_until else None,
        known_at=parse_day(known) if known else None,
        tariff=tariff,
    )
    for answer in answers:
        if keep:
            keep_quote(answer)
        if not as_json:
            print_quote(answer)
        elif len(answers) == 1:
            typer.echo(json.dumps(answer, ensure_ascii=False, indent=2))
        else:
            typer.echo(json.dumps(answer, ensure_ascii=False))


@APP.command("show")
def show(
    quote_id: str = typer.Argument(help="Id of a kept quote."),
    as_json: bool = typer.Option(False, "--json", help="Print JSON for machines."),
) -> None:
    """Give a kept quote back as it was told."""
    from tidewaiter.cli.quote_words import print_quote
    from tidewaiter.cli.tables import print_json
    from tidewaiter.runtime.quotes.keeping import kept

    answer = kept(quote_id)
    if as_json:
        print_json(answer)
    else:
        print_quote(answer)


@APP.command("compare")
def compare(
    quote_id: str = typer.Argument(help="Id of a kept quote."),
    on: str | None = typer.Option(None, "--on", help="Day of import; default the quote's own."),
    declared: Path | None = typer.Option(None, "--declared", help="The parcel as declared, JSON."),
    as_json: bool = typer.Option(False, "--json", help="Print JSON for machines."),
) -> None:
    """Say whether the parcel owes at import what it was quoted, and if not, why."""
    from tidewaiter.cli.quote_words import print_comparison
    from tidewaiter.cli.tables import print_json
    from tidewaiter.runtime.clock import parse_day
    from tidewaiter.runtime.quotes.keeping import compare as compare_quote

    parcel = _parsed(declared.read_text("utf-8"), str(declared)) if declared else None
    told = compare_quote(quote_id, on=parse_day(on) if on else None, declared=parcel)
    if as_json:
        print_json(told)
    else:
        print_comparison(told)


def _counted(values: list[Any]) -> list[tuple[int, Any]]:
    return list(enumerate(values, start=1))


def _piped() -> list[dict[str, Any]]:
    """Read the pipe: one JSON object, a list of them, or one a line."""
    from tidewaiter.vocabulary.errors import InputError

    text = sys.stdin.read()
    try:
        whole = json.loads(text)
    except ValueError:
        lines = [line for line in text.splitlines() if line.strip()]
        whole = [_parsed(line, f"line {n}") for n, line in _counted(lines)]
    parcels = whole if isinstance(whole, list) else [whole]
    if not parcels:
        raise InputError(
            "nothing to quote.", remedy="Give --item, or a parcel as JSON on the pipe."
        )
    return parcels


def _parsed(text: str, where: str) -> Any:
    from tidewaiter.vocabulary.errors import InputError

    try:
        return json.loads(text)
    except ValueError as fault:
        raise InputError(
            f"not JSON: {fault}.", where=where, remedy='Write {"description": "...", ...}.'
        ) from fault
