"""CSV of official lists: delimiter and header told from the file, one broken record costs itself.

RFC 4180 (2005), with comma, semicolon or tab. A record whose quotation mark is never closed costs
its first line; reading resumes at the next. Bytes that are not UTF-8 spoil only the record they
stand in. Header names are compared by letters and digits alone, in any case.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import islice

from tidewaiter.knowledge.tariff.lines import raw_text
from tidewaiter.vocabulary.errors import InputError

LINES_PER_RECORD_MAX = 50
DELIMITERS = ",;\t|"
_BOM = "\ufeff"
_LINE = re.compile(r"[^\n]*\n|[^\n]+\Z")
_NOT_NAME = re.compile(r"[^a-z0-9]")


@dataclass(frozen=True, slots=True)
class Record:
    """One record: its number from 1 (the header does not count), its fields or why it has none."""

    number: int
    fields: list[str]
    raw: str
    fault: str = ""


def plain(name: str) -> str:
    """Give a header name as it is compared.

    >>> plain("Unit of Quantity")
    'unitofquantity'
    """
    return _NOT_NAME.sub("", name.lower())


def head_names(head: bytes) -> list[str]:
    """Give the header's names, compared form, from the beginning of a file; never fails."""
    first = head.decode("utf-8", "replace").lstrip(_BOM).splitlines()[:1]
    if not first:
        return []
    try:
        return [plain(name) for name in next(csv.reader(first, delimiter=delimiter(first[0])), [])]
    except csv.Error:
        return []


def delimiter(header: str) -> str:
    """Give the delimiter a header line uses: the most frequent, a comma if none is there."""
    return max(DELIMITERS, key=header.count)


def records(data: bytes) -> tuple[list[str], Iterator[Record]]:
    """Split a file into its header names and its records.

    Args:
        data: the whole file.

    Raises:
        InputError: no header line.
    """
    told = data.decode("utf-8", "surrogateescape").removeprefix(_BOM)
    lines = [line.rstrip("\r\n") + "\n" for line in _LINE.findall(told)]
    start = next((at for at, line in enumerate(lines) if line.strip()), None)
    if start is None:
        raise InputError("the file is empty.", remedy="Give a CSV with a header line.")
    between = delimiter(lines[start])
    try:
        header = next(csv.reader([lines[start]], delimiter=between, strict=True))
    except (csv.Error, StopIteration) as fault:
        raise InputError("the header line cannot be read.", remedy="Check its quotes.") from fault
    header = [raw_text(name) for name in header]
    return header, _walk(lines, start + 1, between, len(header))


def _walk(lines: list[str], start: int, between: str, width: int) -> Iterator[Record]:
    at, number = start, 0
    while at < len(lines):
        if not lines[at].strip():
            at += 1
            continue
        number += 1
        reader = csv.reader(
            islice(lines, at, at + LINES_PER_RECORD_MAX), delimiter=between, strict=True
        )
        try:
            fields = next(reader)
            taken = reader.line_num
        except (csv.Error, StopIteration):
            fault = "a quotation mark does not fit."
            yield Record(number, [], lines[at].rstrip("\n"), fault)
            at += 1
            continue
        raw = "".join(lines[at : at + taken]).rstrip("\n")
        at += taken
        if len(fields) != width:
            yield Record(number, [], raw, f"{len(fields)} fields, but the header has {width}.")
        else:
            yield Record(number, fields, raw)


def find_columns(
    header: list[str], wanted: Mapping[str, tuple[str, ...]], needed: tuple[str, ...]
) -> dict[str, int]:
    """Say at which place of the header each wanted column stands.

    Args:
        header: names as in the file.
        wanted: for each column the names it may have; the first that is there counts.
        needed: columns without which nothing can be read.

    Returns:
        Place by column; columns that are not there are left out.

    Raises:
        InputError: needed columns are missing; says the nearest names of the file.
    """
    have: dict[str, int] = {}
    for at, name in enumerate(header):
        have.setdefault(plain(name), at)
    found = {}
    for column, names in wanted.items():
        places = [have[plain(name)] for name in names if plain(name) in have]
        if places:
            found[column] = places[0]
    faults = []
    for column in needed:
        if column not in found:
            near = {
                header[have[hit]]
                for name in wanted[column]
                for hit in get_close_matches(plain(name), have, n=2, cutoff=0.6)
            }
            close = f"; nearest in the file: {', '.join(sorted(near))}" if near else ""
            faults.append(f"{column} (known as {', '.join(wanted[column])}{close})")
    if faults:
        said = ", ".join(name[:40] for name in header[:20])
        raise InputError(
            f"the header lacks {' and '.join(faults)}.",
            where=f"header {said}",
            remedy="Check that the file is the official export, or name another --format.",
        )
    return found
