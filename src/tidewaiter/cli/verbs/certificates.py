"""`tidewaiter certificates`: the register of permits, what is left on them, and adding to it."""

from __future__ import annotations

from pathlib import Path

import typer

APP = typer.Typer(no_args_is_help=True, help="Know the permits: add, list, check what is left.")


@APP.command("add")
def add(
    file: Path | None = typer.Argument(None, help="CSV, JSON or NDJSON of certificates."),
    type_code: str | None = typer.Option(None, "--type", help="Type code of one, such as C400."),
    number: str | None = typer.Option(None, "--number", help="Its number."),
    issuer: str | None = typer.Option(None, "--issuer", help="Who issued it."),
    holder: str | None = typer.Option(None, "--holder", help="Holder's EORI or tax number."),
    goods: str | None = typer.Option(None, "--goods", help="Code prefixes, as 0106,9601."),
    quantity: str | None = typer.Option(None, "--quantity", help="How much in all."),
    unit: str | None = typer.Option(None, "--unit", help="g, kg, t or unit."),
    valid_from: str | None = typer.Option(None, "--from", help="First day it is valid."),
    valid_until: str | None = typer.Option(None, "--until", help="Last day it is valid."),
    revoked_on: str | None = typer.Option(None, "--revoked", help="First day it is not any more."),
    as_json: bool = typer.Option(False, "--json", help="Print the figures as JSON for machines."),
) -> None:
    """Add certificates from a file, or one by its fields; the last word on one counts."""
    from tidewaiter.cli.tables import print_json
    from tidewaiter.runtime.certificates.adding import add_file, add_one
    from tidewaiter.vocabulary.errors import InputError

    fields = {
        "type_code": type_code, "number": number, "issuer": issuer, "holder_id": holder,
        "hs_prefixes": goods, "quantity": quantity, "unit": unit, "valid_from": valid_from,
        "valid_until": valid_until, "revoked_on": revoked_on,
    }  # fmt: skip
    if (file is None) == (type_code is None):
        raise InputError("give a file, or --type and --number of one certificate.")
    done = add_file(file) if file is not None else add_one(fields, source="command line")
    if as_json:
        print_json(done.as_json())
        return
    typer.echo(f"{done.read:,} rows read, {done.taken:,} taken, {done.new:,} new or changed")
    for row, reason in done.rejected:
        typer.echo(f"  row {row} rejected: {reason}")


@APP.command("list")
def list_(
    on: str | None = typer.Option(None, "--on", help="Day of their state; default today."),
    as_json: bool = typer.Option(False, "--json", help="Print JSON for machines."),
) -> None:
    """List all certificates with their state on a day and what is left."""
    from tidewaiter.cli.tables import print_json
    from tidewaiter.runtime.certificates.looking import listed
    from tidewaiter.runtime.clock import parse_day

    rows = listed(parse_day(on))
    if as_json:
        print_json(rows)
        return
    if not rows:
        typer.echo("the register is empty; see `tidewaiter certificates add --help`")
        return
    _print(rows)


@APP.command("check")
def check(
    type_code: str = typer.Argument(help="Type code, such as C400."),
    number: str = typer.Argument(help="Number."),
    issuer: str = typer.Option("", "--issuer", help="Who issued it, if several have the number."),
    on: str | None = typer.Option(None, "--on", help="Day of its state; default today."),
    as_json: bool = typer.Option(False, "--json", help="Print JSON for machines."),
) -> None:
    """Show one certificate: whether it holds on a day, what is left, and who drew on it."""
    from tidewaiter.cli.tables import print_json
    from tidewaiter.runtime.certificates.looking import check as look
    from tidewaiter.runtime.clock import parse_day

    rows = look(type_code, number, parse_day(on), issuer)
    if as_json:
        print_json(rows)
        return
    _print(rows)
    for row in rows:
        for use in row["uses"]:
            typer.echo(
                f"  {use['on']}: {use['quantity']} {use['unit']} by {use['consignment_id']} "
                f"line {use['item_no']}"
            )


def _print(rows: list[dict[str, object]]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("type", "number", "issuer", "state", "left", "of", "unit", "until", "goods")
    for row in rows:
        goods = row["hs_prefixes"]
        table.add_row(
            *(str(row[name] or "") for name in ("type_code", "number", "issuer", "state")),
            *("" if row[name] is None else str(row[name]) for name in ("left", "quantity")),
            *(str(row[name] or "") for name in ("unit", "valid_until")),
            ", ".join(goods) if isinstance(goods, list) else "any",
        )
    Console().print(table)
