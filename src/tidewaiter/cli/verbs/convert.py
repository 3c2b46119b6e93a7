"""`tidewaiter convert`: messages from one format to another."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from tidewaiter.runtime.convert import Conversion

LOST_SHOWN_MAX = 12


def command(
    file: Path = typer.Argument(Path("-"), help="File to read; - or nothing for standard input."),
    source: str | None = typer.Option(
        None, "--from", help="Format of the file; told from its content if not given."
    ),
    target: str | None = typer.Option(None, "--to", help="Format to write."),
    out: Path = typer.Option(Path("-"), "--out", help="File to write; - for standard output."),
    list_formats: bool = typer.Option(False, "--formats", help="List the formats and stop."),
    schema: bool = typer.Option(
        False, "--schema", help="Print the JSON Schema of canonical consignments and stop."
    ),
) -> None:
    """Read messages of one format and write them in another; say what could not be carried."""
    if list_formats:
        _list()
    elif schema:
        from tidewaiter.cli.tables import print_json
        from tidewaiter.runtime.schema import consignment_schema

        print_json(consignment_schema())
    else:
        _convert(file, source, target, out)


def _convert(file: Path, source: str | None, target: str | None, out: Path) -> None:
    import sys
    import tempfile

    from tidewaiter import formats
    from tidewaiter.runtime.convert import convert
    from tidewaiter.vocabulary.errors import InputError

    if target is None:
        raise InputError(
            "no format to write is named.",
            remedy=f"Give --to; known: {', '.join(formats.names())}.",
        )
    for name in (source, target):
        if name is not None:
            formats.get(name)
    if str(file) != "-" and not file.is_file():
        raise InputError(f"no file {str(file)!r}.", remedy="Check the path, or give - for stdin.")
    with tempfile.TemporaryDirectory(prefix="tidewaiter-") as scratch:
        path, name = file, file.name
        if str(file) == "-":
            path, name = Path(scratch) / "stdin", "stdin"
            with path.open("wb") as copy:
                while block := sys.stdin.buffer.read(1 << 20):
                    copy.write(block)
        if str(out) == "-":
            done = convert(path, target, sys.stdout.buffer.write, source=source, name=name)
            sys.stdout.buffer.flush()
        else:
            written = Path(scratch) / "out"
            with written.open("wb") as result:
                done = convert(path, target, result.write, source=source, name=name)
            if done.parcels:
                out.parent.mkdir(parents=True, exist_ok=True)
                out.write_bytes(written.read_bytes())
    _report(done)
    if not done.parcels:
        raise typer.Exit(1)


def _report(done: Conversion) -> None:
    def say(line: str) -> None:
        typer.echo(line, err=True)

    say(
        f"{_counted(done.parcels, 'parcel')} with {_counted(done.items, 'goods item')} "
        f"from {done.source} to {done.target}"
    )
    if done.rejected:
        say(f"{_counted(done.rejected, 'piece')} could not be read:")
        for detail in done.first_rejected:
            say(f"  {detail}")
        if done.rejected > len(done.first_rejected):
            say(f"  ... and {done.rejected - len(done.first_rejected):,} more")
    for code, count in done.findings.most_common():
        say(f"finding {code}: {count:,}")
    if done.lost:
        say(f"not carried by {done.target}:")
        for column, count in done.lost.most_common(LOST_SHOWN_MAX):
            say(f"  {column}: {_counted(count, 'value')}")
        if len(done.lost) > LOST_SHOWN_MAX:
            say(f"  ... and {_counted(len(done.lost) - LOST_SHOWN_MAX, 'more column')}")


def _counted(count: int, thing: str) -> str:
    return f"{count:,} {thing}{'' if count == 1 else 's'}"


def _list() -> None:
    from rich.console import Console
    from rich.table import Table

    from tidewaiter import formats

    table = Table("format", "what it is", "view", "use", "after")
    for name in formats.names():
        form = formats.get(name)
        use = "read, write" if form.encode else "read"
        table.add_row(name, form.spec.title, form.spec.view or "each says", use, form.spec.source)
    Console().print(table)
