"""`tidewaiter book`: what became of what is owed: paid, handed over, given back, late."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

APP = typer.Typer(
    no_args_is_help=True, help="The book of debts: post, balance, months, refunds, returns."
)
BOOK = typer.Option(Path("book.ndjson"), "--book", help="The book, a file only ever added to.")
JSON = typer.Option(False, "--json", help="Print JSON for machines.")
ROWS_SHOWN_MAX = 40


@APP.command("assess")
def assess(
    run: Path = typer.Argument(help="Folder `tidewaiter assess` wrote."),
    book: Path = BOOK,
    party: list[str] = typer.Option(
        [], "--party", help="Who an institution is: carrier=NAME, declarant=, platform=, seller=."
    ),
    holiday: list[str] = typer.Option([], "--holiday", help="A day that is no working day."),
    as_json: bool = JSON,
) -> None:
    """Post what a run says is owed; a second run posts the differences only."""
    from tidewaiter.cli.tables import print_json
    from tidewaiter.runtime.accounts.serving import book_run
    from tidewaiter.runtime.clock import parse_day

    names = dict(_named(text) for text in party)
    told = book_run(run, book, parties=names, holidays=[parse_day(day) for day in holiday])
    if as_json:
        print_json(told)
        return
    typer.echo(f"{told['parcels']:,} parcels, {told['postings']:,} new postings in {book}")
    _print_rows("Assessed", told["assessed"])
    if told["open_ranges"]:
        typer.echo(f"{told['open_ranges']:,} amounts are known as a range only: see `book balance`")
    for row in told["waiting"]:
        typer.echo(f"not booked, {row['parcels']:,} parcels: {row['why']}")


@APP.command("event")
def event(
    file: str = typer.Argument(help="Events, NDJSON; - for standard input."),
    book: Path = BOOK,
    as_json: bool = JSON,
) -> None:
    """Post events: collect, remit, refund, drawback, repay, abandon, ... one JSON object a line."""
    from tidewaiter.cli.tables import print_json
    from tidewaiter.runtime.accounts.serving import tell

    told = tell(_bytes(file), book)
    if as_json:
        print_json(told)
    else:
        typer.echo(
            f"{told['events']:,} events: {told['posted']:,} posted, {told['known']:,} known before"
        )
        _print_rows("Moved", told["moved"])
        for row in told["refused"]:
            name = row.get("event") or f"line {row.get('line')}"
            typer.echo(f"refused: {name} {row.get('consignment_id') or ''}: {row['why']}")
    if told["refused"]:
        raise typer.Exit(1)


@APP.command("balance")
def balance(
    book: Path = BOOK,
    party: str = typer.Option("", "--party", help="One party only."),
    as_json: bool = JSON,
) -> None:
    """Show what each party owes, holds and is owed; the whole book adds up to zero."""
    from tidewaiter.cli.tables import print_json
    from tidewaiter.runtime.accounts.serving import balance as show

    told = show(book, party)
    if as_json:
        print_json(told)
        return
    _print_rows("Balances", told["balances"])
    _print_rows("Guarantees", told["guarantees"])
    shown = ("consignment_id", "item_no", "layer", "low", "high", "currency", "debtor")
    _print_rows("Known as a range only", told["open_ranges"], shown)
    for row in told["sum"]:
        typer.echo(f"the book adds up to {row['amount']} {row['currency']}")


@APP.command("summary")
def summary(
    month: str = typer.Option(..., "--month", help="Month in which debts arose, as 2026-07."),
    book: Path = BOOK,
    on: str | None = typer.Option(None, "--on", help="Day it is seen from; default today."),
    as_json: bool = JSON,
) -> None:
    """Sum up a month per debtor: assessed, handed over, left, last day, late or not."""
    from tidewaiter.cli.tables import print_json
    from tidewaiter.runtime.accounts.serving import summary as show
    from tidewaiter.runtime.clock import parse_day

    told = show(book, month, parse_day(on))
    if as_json:
        print_json(told)
        return
    shown = ("debtor", "currency", "kind", "parcels", "assessed", "remitted", "owed", "due_on",
             "state")  # fmt: skip
    _print_rows(f"Month {month}", told["summary"], shown)
    if not told["summary"]:
        typer.echo("no debt arose in that month")


@APP.command("due")
def due(
    book: Path = BOOK,
    on: str | None = typer.Option(None, "--on", help="Day it is seen from; default today."),
    late: bool = typer.Option(False, "--late", help="Only what is late."),
    as_json: bool = JSON,
) -> None:
    """List what is not handed over, what is late and what that costs, guarantees exhausted."""
    from tidewaiter.cli.tables import print_json
    from tidewaiter.runtime.accounts.serving import due as show
    from tidewaiter.runtime.clock import parse_day

    told = show(book, parse_day(on), late_only=late)
    if as_json:
        print_json(told)
        return
    shown = ("debtor", "consignment_id", "item_no", "kind", "owed", "currency", "due_on",
             "days_late")  # fmt: skip
    _print_rows("Outstanding", told["outstanding"], shown)
    cases = ("debtor", "due_on", "handed_over_on", "amount", "currency", "days_late", "interest",
             "damages", "confidence")  # fmt: skip
    _print_rows("Late cases (estimates)", told["late_cases"], cases)
    _print_rows("Guarantees that do not suffice", told["guarantees"])


@APP.command("refund")
def refund(
    consignment: str = typer.Argument(help="The parcel."),
    book: Path = BOOK,
    item: int | None = typer.Option(None, "--item", help="One line of it."),
    quantity: str | None = typer.Option(None, "--quantity", help="Units sent back; needs --item."),
    reason: str = typer.Option("return", "--reason", help="return, defective, overpaid, export."),
    drawback: bool = typer.Option(False, "--drawback", help="The goods left the country again."),
    reference: str | None = typer.Option(None, "--reference", help="Your own reference."),
    on: str | None = typer.Option(None, "--on", help="Day of the claim; default today."),
    file_it: bool = typer.Option(False, "--post", help="Post it, too; without it, only show it."),
    as_json: bool = JSON,
) -> None:
    """Fill in a refund claim from the assessment; the same goods are given back once only."""
    from tidewaiter.cli.tables import print_json
    from tidewaiter.runtime.accounts.serving import refund as make
    from tidewaiter.runtime.clock import parse_day

    told = make(
        book, consignment, on=parse_day(on), item_no=item, quantity=quantity, reason=reason,
        event="drawback" if drawback else "refund", reference=reference, file_it=file_it,
    )  # fmt: skip
    if as_json:
        print_json(told)
    else:
        shown = ("item_no", "layer", "kind", "units", "returned", "assessed", "collected",
                 "refunded", "claimed", "currency", "payer", "law")  # fmt: skip
        _print_rows(f"{told['event']} of {consignment}, {reason}", told["lines"], shown)
        for way in told["refund_path"]:
            typer.echo(f"{way['regime']} {way['scheme']}: {way['how']} ({way['law']})")
        if told["refused"]:
            typer.echo(f"nothing can be claimed: {told['refused']}")
        elif told["known"]:
            typer.echo("this claim is in the book already")
        else:
            typer.echo("posted" if told["posted"] else "not posted; add --post")
    if told["refused"]:
        raise typer.Exit(1)


@APP.command("cross-check")
def cross_check(
    source: Path = typer.Argument(help="Folder `assess` wrote, or CSV or Parquet of lines."),
    returned: Path = typer.Option(..., "--return", help="Return: number, country, rate, tax ..."),
    month: str = typer.Option("", "--month", help="Month of the orders, as 2026-07."),
    register: Path | None = typer.Option(
        None, "--register", help="Numbers that exist, one a line."
    ),
    tolerance: str = typer.Option("0", "--tolerance", help="Difference of tax to let pass."),
    currency: str = typer.Option("EUR", "--currency", help="Of lines that tell none."),
    as_json: bool = JSON,
) -> None:
    """Hold declared lines against an IOSS or like return; list what differs, by how much."""
    from tidewaiter.cli.tables import print_json
    from tidewaiter.runtime.accounts.serving import check_return

    told = check_return(
        source, returned, month=month, register=register, tolerance=tolerance, currency=currency
    )
    if as_json:
        print_json(told)
        return
    typer.echo(f"{told['lines']:,} declared lines under {told['numbers']:,} numbers")
    shown = ("number", "country", "rate", "what", "lines", "declared_tax", "returned_tax",
             "tax_missing", "currency")  # fmt: skip
    _print_rows("Mismatches", told["mismatches"], shown)
    for row in told["totals"]:
        typer.echo(
            f"missing in the return: {row['under_declared']} {row['currency']}; "
            f"more in the return: {row['over_declared']} {row['currency']}"
        )
    if not told["mismatches"]:
        typer.echo("declarations and return agree")


def _named(text: str) -> tuple[str, str]:
    from tidewaiter.vocabulary.errors import InputError

    role, mark, name = text.partition("=")
    if not mark or not name.strip():
        raise InputError(
            f"{text!r} names nobody.", where="--party", remedy='Write it as carrier="Post of X".'
        )
    return role.strip(), name.strip()


def _bytes(file: str) -> bytes:
    import sys

    from tidewaiter.vocabulary.errors import InputError

    if file == "-":
        return sys.stdin.buffer.read()
    path = Path(file)
    if not path.is_file():
        raise InputError(f"no file {file!r}.", remedy="Check the path, or give - and a pipe.")
    return path.read_bytes()


def _print_rows(title: str, rows: list[dict[str, Any]], columns: tuple[str, ...] = ()) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    if not rows:
        return
    names = columns or tuple(rows[0])
    table = Table(title=title, title_justify="left")
    for name in names:
        table.add_column(name.replace("_", " "), overflow="fold")
    for row in rows[:ROWS_SHOWN_MAX]:
        table.add_row(*("" if row[name] is None else escape(str(row[name])) for name in names))
    console = Console()
    console.print(table)
    if len(rows) > ROWS_SHOWN_MAX:
        console.print(f"and {len(rows) - ROWS_SHOWN_MAX:,} more: see --json")
