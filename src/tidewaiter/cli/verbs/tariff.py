"""`tidewaiter tariff`: official nomenclatures as signed, dated packs that work offline."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

APP = typer.Typer(
    no_args_is_help=True, help="Tariff packs: import official nomenclatures, compare, verify."
)
CHANGES_SHOWN_MAX = 20
BELOW_SHOWN_MAX = 30


@APP.command("import")
def import_(
    files: list[Path] = typer.Argument(help="Official files, all of one format."),
    out: Path = typer.Option(..., "--out", help="The pack to write."),
    jurisdiction: str = typer.Option("", "--jurisdiction", help="Whose: US, EU, GB, WCO ..."),
    schedule: str = typer.Option("", "--schedule", help="Short name, such as HTS or CN."),
    edition: str = typer.Option("", "--edition", help="As its publisher calls it."),
    valid_from: str | None = typer.Option(None, "--valid-from", help="First day of the edition."),
    source_url: str = typer.Option("", "--source-url", help="Where the files are from."),
    licence: str = typer.Option("", "--licence", help="Terms of the source."),
    format_name: str = typer.Option("auto", "--format", help="Format; told from the content."),
    imported_at: str | None = typer.Option(
        None, "--imported-at", help="Day of import; default today. Fix it to get the same bytes."
    ),
    key: Path | None = typer.Option(None, "--key", help="Secret key to sign with (see keygen)."),
    as_json: bool = typer.Option(False, "--json", help="Print JSON for machines."),
) -> None:
    """Import official files into one pack; what is not understood is kept with its reason."""
    from tidewaiter.cli.tables import print_json
    from tidewaiter.runtime.clock import parse_day
    from tidewaiter.runtime.tariff.importing import About, import_files

    about = About(
        jurisdiction=jurisdiction,
        schedule=schedule,
        edition=edition,
        valid_from=parse_day(valid_from) if valid_from else None,
        source_url=source_url,
        licence=licence,
    )
    done = import_files(
        files, out, about, imported_at=parse_day(imported_at), format_name=format_name, key=key
    )
    told = done.as_json()
    if as_json:
        print_json(told)
        return
    _print_pack(told)
    for row in told["first_rejected"]:
        typer.echo(f"rejected: {row['source']} record {row['line']}: {row['reason']}")
    for said in done.warnings:
        typer.echo(f"note: {said}")
    typer.echo(f"{done.path}: {told['size_bytes']:,} bytes")


@APP.command("measures")
def measures(
    file: Path = typer.Argument(help="List of measures: CSV (goods, rate, ...) or XML."),
    out: Path = typer.Option(..., "--out", help="The regime pack to write, such as ke.toml."),
    jurisdiction: str = typer.Option(..., "--jurisdiction", help="Whose: ISO 3166, such as KE."),
    currency: str = typer.Option(..., "--currency", help="Duty is owed in it, such as KES."),
    valuation: str = typer.Option("cif", "--valuation", help="Customs value: cif, fob or price."),
    title: str = typer.Option("", "--title", help="Title of the pack."),
    source: str = typer.Option("", "--source", help="Where the list is from; default the file."),
    confidence: str = typer.Option("secondary", "--confidence", help="official, secondary, ..."),
    valid_from: str | None = typer.Option(
        None, "--valid-from", help="First day of measures that tell none; default today."
    ),
    licence: str = typer.Option("unstated", "--licence", help="Terms of the source."),
    format_name: str = typer.Option("auto", "--format", help="Format; told from the content."),
    imported_at: str | None = typer.Option(None, "--imported-at", help="Day; default today."),
    as_json: bool = typer.Option(False, "--json", help="Print JSON for machines."),
) -> None:
    """Turn a list of measures into a regime pack; what is not understood is said, line by line."""
    from tidewaiter.cli.tables import print_json
    from tidewaiter.runtime.clock import parse_day
    from tidewaiter.runtime.tariff.measures import about, write_measures

    on = parse_day(imported_at)
    told = {"jurisdiction": jurisdiction, "currency": currency, "valuation": valuation,
            "title": title, "source": source or file.name, "confidence": confidence,
            "licence": licence}  # fmt: skip
    first = parse_day(valid_from) if valid_from else on
    known = about(out, told, retrieved_on=on, valid_from=first)
    done = write_measures(file, out, known, format_name)
    if as_json:
        print_json(done.as_json())
        return
    for one in done.rejected:
        typer.echo(f"rejected: record {one.line}: {one.reason}")
    for line, reason in done.unknown:
        typer.echo(f"rate not known: record {line}: {reason}")
    typer.echo(f"{done.path}: {done.read:,} records became {done.measures:,} measures")


@APP.command("show")
def show(
    pack: Path = typer.Argument(help="A tariff pack."),
    code: str | None = typer.Argument(None, help="A code, with or without dots."),
    as_json: bool = typer.Option(False, "--json", help="Print JSON for machines."),
) -> None:
    """Show what a pack is, or what it says of a code and what stands under it."""
    from tidewaiter.cli.tables import print_json
    from tidewaiter.knowledge.tariff.pack import load_tariff
    from tidewaiter.runtime.tariff import looking
    from tidewaiter.runtime.tariff.importing import summary

    held = load_tariff(pack)
    if code is None:
        told = summary(held)
        if as_json:
            print_json(told)
        else:
            _print_pack(told)
        return
    answer = looking.show(held, code)
    if as_json:
        typer.echo(_json({**summary(held), **answer}))
        return
    typer.echo(f"{held.title}; {held.signed}")
    for line in answer["lines"]:
        _print_line(line)
    _print_below(answer["below"])


@APP.command("diff")
def diff(
    before: Path = typer.Argument(help="The older pack."),
    after: Path = typer.Argument(help="The newer pack."),
    as_json: bool = typer.Option(False, "--json", help="Print all differences as JSON."),
) -> None:
    """Compare two editions: codes added, removed, moved; texts, rates and units changed."""
    from rich.console import Console
    from rich.table import Table

    from tidewaiter.cli.tables import print_json
    from tidewaiter.knowledge.tariff.changes import counts
    from tidewaiter.runtime.tariff.looking import compare

    old, new, found = compare(before, after)
    if as_json:
        print_json({
            "before": {"id": old.id, "title": old.title, "signature": old.signed},
            "after": {"id": new.id, "title": new.title, "signature": new.signed},
            "counts": counts(found),
            "changes": found.to_dicts(),
        })  # fmt: skip
        return
    console = Console()
    console.print(
        f"before: {old.title}; {old.signed}\nafter:  {new.title}; {new.signed}",
        markup=False,
        highlight=False,
    )
    numbers = Table("change", "how many", title=f"{found.height:,} differences")
    for kind, number in counts(found).items():
        numbers.add_row(kind, f"{number:,}")
    console.print(numbers)
    for kind in counts(found):
        rows = found.filter(found["kind"] == kind)
        if rows.height:
            table = Table("code", "field", "before", "after", title=kind, title_justify="left")
            for row in rows.head(CHANGES_SHOWN_MAX).to_dicts():
                table.add_row(*(_plain(row[name]) for name in ("code", "field", "before", "after")))
            console.print(table)
            if rows.height > CHANGES_SHOWN_MAX:
                console.print(f"and {rows.height - CHANGES_SHOWN_MAX:,} more: see --json")


@APP.command("verify")
def verify(
    pack: Path = typer.Argument(help="A tariff pack."),
    keys: list[Path] = typer.Option([], "--key", help="Public keys you trust (FILE.pub)."),
    as_json: bool = typer.Option(False, "--json", help="Print JSON for machines."),
) -> None:
    """Check that a pack is whole and who signed it; with --key, fail unless that key did."""
    from tidewaiter.cli.tables import print_json
    from tidewaiter.knowledge.tariff.pack import NOT_SIGNED
    from tidewaiter.runtime.tariff.looking import verify as check

    held, found, good = check(pack, keys)
    if as_json:
        signed = [{"name": one.name, "id": one.id, "good": one.good} for one in found]
        print_json({"id": held.id, "title": held.title, "whole": True, "trusted": good,
                    "signatures": signed or NOT_SIGNED})  # fmt: skip
    else:
        typer.echo(f"{held.title}\nid {held.id}\nwhole: every member is as the manifest says")
        for one in found:
            typer.echo(f"signed by {one.name} (key id {one.id}): {_verdict(one.good)}")
        if not found:
            typer.echo(NOT_SIGNED)
        if not good:
            typer.echo("not signed by a key you trust", err=True)
    if not good:
        raise typer.Exit(1)


@APP.command("use")
def use(
    pack: Path = typer.Argument(help="A tariff pack (see import)."),
    as_json: bool = typer.Option(False, "--json", help="Print JSON for machines."),
) -> None:
    """Put a tariff in force here: quotes and assessments take their rates from it from now on."""
    from tidewaiter.cli.tables import print_json
    from tidewaiter.runtime.tariff import in_force

    told = in_force.use(pack).as_json()
    if as_json:
        print_json(told)
    else:
        typer.echo(f"{told['title']}: {told['codes']:,} codes with rates, kept as {told['path']}")


@APP.command("kept")
def kept(as_json: bool = typer.Option(False, "--json", help="Print JSON for machines.")) -> None:
    """List the tariffs kept here, by place and first day; the last begun by a day counts on it."""
    from tidewaiter.cli.tables import print_json
    from tidewaiter.runtime.tariff import in_force

    told = [one.as_json() for one in in_force.kept()]
    if as_json:
        print_json(told)
        return
    for one in told:
        typer.echo(f"{one['id'][:16]}  {one['title']}; {one['codes']:,} codes")
    if not told:
        typer.echo("no tariff is kept: normal duty is known only where the sender tells the rate")


@APP.command("drop")
def drop(pack_id: str = typer.Argument(help="Beginning of the id of a kept tariff.")) -> None:
    """Take a kept tariff out of force."""
    from tidewaiter.runtime.tariff import in_force

    typer.echo(f"dropped {in_force.drop(pack_id)}")


@APP.command("keygen")
def keygen(
    file: Path = typer.Argument(help="Where to write the secret key; FILE.pub is the public one."),
    name: str = typer.Option("", "--name", help="Name of the key; default the file's name."),
) -> None:
    """Make a key to sign packs with; keep the first file, give the second to everybody."""
    from tidewaiter.runtime.tariff import keys

    key = keys.keygen(file, name)
    typer.echo(f"secret key: {file} (mode 600; whoever has it can sign as {key.name})")
    typer.echo(f"public key: {keys.public_path(file)}\n{key.public}")


def _verdict(good: bool | None) -> str:
    if good is None:
        return "not checked, no such key was given"
    return "good" if good else "WRONG"


def _json(value: Any) -> str:
    import json

    return json.dumps(value, ensure_ascii=False, indent=2, default=str)


def _plain(value: Any) -> str:
    from rich.markup import escape

    return escape(str(value)) if value is not None else ""


def _print_pack(told: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    typer.echo(
        f"{told['jurisdiction']} {told['schedule']} {told['edition']}, valid from "
        f"{told['valid_from']}, imported {told['imported_at']}; {told['signature']}"
    )
    typer.echo(f"id {told['id']}")
    typer.echo(f"source {told['source_url']}; licence {told['licence']}")
    console = Console()
    files = Table("file", "records", "kept", "rejected", "told by the source", "sha256")
    for file in told["files"]:
        said = "-" if file["told"] is None else f"{file['told']:,}"
        numbers = (f"{file[name]:,}" for name in ("records", "kept", "rejected"))
        files.add_row(_plain(file["name"]), *numbers, said, file["sha256"][:12])
    console.print(files)
    counts = Table("rows", "how many")
    for name, number in told["counts"].items():
        counts.add_row(name.replace("_", " "), f"{number:,}")
    console.print(counts)


def _print_line(line: dict[str, Any]) -> None:
    def say(label: str, value: Any) -> None:
        if value:
            typer.echo(f"  {label}: {value}")

    suffix = f" {line['suffix']}" if line["suffix"] else ""
    typer.echo(f"{line['code']}{suffix}  {line['description']}")
    say("under", line["path"])
    if not line["path_complete"]:
        say("note", "a row above it could not be read")
    say("declarable", "yes" if line["declarable"] else "no, it has codes below or is too short")
    say("units", ", ".join(line["units"]))
    for label in ("general", "special", "other"):
        say(f"rate {label}", line[f"rate_{label}"])
    if line["rates_from"]:
        say("rates", f"inherited from {line['rates_from']}")
    say("additional duties", line["additional_duties"])
    say("quota", line["quota_quantity"])
    for note in [*line["footnotes"], *(line["footnotes_above"] or [])]:
        say(f"footnote {note['marker'] or ''}({note['columns'] or ''})", note["text"])
    if line["valid_from"] or line["valid_to"]:
        say("valid", f"{line['valid_from'] or ''} to {line['valid_to'] or 'further notice'}")


def _print_below(rows: list[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table

    if not rows:
        return
    table = Table("code", "text", "units", "general", title=f"{len(rows):,} declarable below it")
    for row in rows[:BELOW_SHOWN_MAX]:
        text = " > ".join([*str(row["path"] or "").split(" > ")[1:], row["description"]])
        units = ", ".join(row["units"])
        table.add_row(row["code"], _plain(text), _plain(units), _plain(row["rate_general"]))
    console = Console()
    console.print(table)
    if len(rows) > BELOW_SHOWN_MAX:
        console.print(f"and {len(rows) - BELOW_SHOWN_MAX:,} more: see --json")
