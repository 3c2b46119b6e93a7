"""`tidewaiter exchange`: official rates of exchange by authority and period."""

from __future__ import annotations

from pathlib import Path

import typer

APP = typer.Typer(
    no_args_is_help=True, help="Rates of exchange: import official ones, show what counts."
)


@APP.command("import")
def import_(
    file: Path = typer.Argument(help="CSV: currency, per_unit or units_per, from, to."),
    regime: str = typer.Option(..., "--regime", help="Whose law takes them: EU, GB, US ..."),
    authority: str = typer.Option(..., "--authority", help="Who published them: ECB, HMRC ..."),
    source: str = typer.Option("", "--source", help="Where they are from; default the file."),
    imported_at: str | None = typer.Option(None, "--imported-at", help="Day; default today."),
    as_json: bool = typer.Option(False, "--json", help="Print JSON for machines."),
) -> None:
    """Import official rates for one regime, the whole file or nothing; each counts for its days."""
    from tidewaiter.cli.tables import print_json
    from tidewaiter.runtime.clock import parse_day
    from tidewaiter.runtime.exchange import import_rates

    day = parse_day(imported_at)
    told = import_rates(file, regime, authority, imported_at=day, source=source).as_json()
    if as_json:
        print_json(told)
    else:
        typer.echo(_sentence(told))


@APP.command("show")
def show(
    currency: str = typer.Argument(help="ISO 4217, such as USD."),
    regime: str = typer.Option(..., "--regime", help="Into whose currency: EU, GB, US ..."),
    on: str | None = typer.Option(None, "--on", help="The day; default today."),
    as_json: bool = typer.Option(False, "--json", help="Print JSON for machines."),
) -> None:
    """Say the rate that counts on a day, where it is from, how sure it is, and if it is stale."""
    from tidewaiter.cli.tables import print_json
    from tidewaiter.runtime.clock import parse_day
    from tidewaiter.runtime.exchange import show as show_rate

    told = show_rate(currency, regime, parse_day(on))
    if as_json:
        print_json(told)
        return
    typer.echo(f"1 {told['currency']} = {told['per_unit']} {told['of']} on {told['on']}")
    typer.echo(f"{told['source']}; {told['confidence']}")
    if told["stale"]:
        typer.echo(f"stale: the official rate ended on {told['official_ended']}; import the next")
    if told["law_takes"]:
        typer.echo(f"the law takes: {told['law_takes']}")


@APP.command("kept")
def kept(as_json: bool = typer.Option(False, "--json", help="Print JSON for machines.")) -> None:
    """List the imports kept here."""
    from tidewaiter.cli.tables import print_json
    from tidewaiter.runtime import exchange

    told = [one.as_json() for one in exchange.kept()]
    if as_json:
        print_json(told)
        return
    for one in told:
        typer.echo(_sentence(one))
    if not told:
        typer.echo("no rates are imported: those of the packs count, and estimates from memory")


@APP.command("drop")
def drop(import_id: str = typer.Argument(help="Beginning of the id of an import.")) -> None:
    """Take an import away."""
    from tidewaiter.runtime import exchange

    typer.echo(f"dropped {exchange.drop(import_id)}")


def _sentence(told: dict[str, object]) -> str:
    return (
        f"{told['id']}  {told['regime']}: {told['rates']} rates of {told['currencies']} currencies "
        f"by {told['authority']}, {told['from']} to {told['to']}, from {told['source']}, imported "
        f"{told['imported_at']}"
    )
