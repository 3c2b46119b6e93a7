"""`tidewaiter identify`: values in, one NDJSON line each out: valid or not, and why."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import typer

if TYPE_CHECKING:
    from tidewaiter.vocabulary.identifiers import Identification

LINE_BYTES_MAX = 64 * 1024
_FIELDS = ("value", "kind", "valid", "normal", "reason", "parts")
_ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def command(
    kind: str = typer.Argument(
        "", metavar="KIND", help="gtin, s10, awb, hs, vat ... (--kinds lists all); any guesses."
    ),
    values: list[str] | None = typer.Argument(
        None, metavar="[VALUE...]", help="Values to read; without any, lines of the input."
    ),
    couriers: Path | None = typer.Option(
        None, "--couriers", help="Folder of courier files, for the kinds tracking and any."
    ),
    name: str = typer.Option("", "--name", help="With mid: name of the maker; builds a MID."),
    street: str = typer.Option("", "--street", help="With mid: its street line."),
    city: str = typer.Option("", "--city", help="With mid: its city."),
    country: str = typer.Option("", "--country", help="With mid: country of origin (ISO)."),
    province: str = typer.Option("", "--province", help="With mid: province, for Canada."),
    kinds: bool = typer.Option(False, "--kinds", help="List the kinds and stop."),
) -> None:
    """Say whether identifiers are valid, what their parts mean, and what would be right.

    Prints a line of JSON a value: value, kind, valid, normal, reason, parts.
    """
    from tidewaiter.knowledge.identify import reader
    from tidewaiter.vocabulary.errors import InputError

    if kinds:
        _write(_listing())
        return
    if not kind:
        raise InputError("no kind is given.", where="identify", remedy="Try `identify any VALUE`.")
    address = (name, street, city, country, province)
    if any(address):
        if kind != "mid" or values:
            raise InputError(
                "name and address build a MID and nothing else.",
                where="--name, --street, --city, --country, --province",
                remedy="Write `identify mid --name ... --street ... --city ... --country ...`.",
            )
        from tidewaiter.vocabulary.identifiers.standards.mid import build_mid

        _write(_lines([build_mid(*address)]))
        return
    read = reader(kind, couriers)
    if couriers is not None:
        _warn(couriers)
    given = values if values else _lines_in(sys.stdin.buffer)
    _write(line for value in given for line in _lines(read(value)))


def _lines(found: Iterable[Identification]) -> Iterator[str]:
    for answer in found:
        yield _ENCODE({field: getattr(answer, field) for field in _FIELDS})


def _listing() -> Iterator[str]:
    from tidewaiter.vocabulary import identifiers

    for name in identifiers.kinds():
        about = identifiers.describe(name)
        yield _ENCODE({"kind": name, "title": about.title, "form": about.form})


def _write(lines: Iterable[str]) -> None:
    out = sys.stdout.buffer
    waiting = sys.stdin.isatty()
    for line in lines:
        out.write(line.encode("utf-8", "replace") + b"\n")
        if waiting:
            out.flush()
    out.flush()


def _lines_in(stream: BinaryIO) -> Iterator[str]:
    # A line longer than the limit is read in pieces and only its first piece is kept: it is
    # longer than any identifier, and said to be so.
    while line := stream.readline(LINE_BYTES_MAX):
        rest = line
        while len(rest) == LINE_BYTES_MAX and not rest.endswith(b"\n"):
            rest = stream.readline(LINE_BYTES_MAX)
        yield line.decode("utf-8", "replace").rstrip("\r\n")


def _warn(couriers: Path) -> None:
    from tidewaiter.knowledge.couriers import load_couriers

    for fault in load_couriers(couriers).faults:
        typer.echo(f"tidewaiter: {fault}", err=True)
