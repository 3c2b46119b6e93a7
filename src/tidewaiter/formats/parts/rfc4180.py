"""Read comma-separated records so that one broken record costs only itself.

RFC 4180 (2005) with one liberty: lines may end with LF alone. Whole files are checked by the place
of their quotation marks (columnar) and parsed by Polars; only where that finds a fault is the file
walked record by record, to set the bad ones apart with a sentence that names place and remedy. A
record whose quotation mark is never closed costs its first line; reading resumes at the next one.
Does not know what any column means. Not a format itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import polars as pl

from tidewaiter.vocabulary.errors import InputError

BOM = b"\xef\xbb\xbf"
COMMA, LF, CR, QUOTE = 0x2C, 0x0A, 0x0D, 0x22
_FIELD = rb'(?:"[^"]*+(?:""[^"]*+)*+"|[^",\n]*+)'
_RECORD = re.compile(rb"%(f)s(?:,%(f)s)*+\r?" % {b"f": _FIELD})
_FIELDS = re.compile(rb"(?:^|,)(%s)" % _FIELD)
_QUOTED = re.compile(rb'"[^"]*+"')


@dataclass(frozen=True, slots=True)
class Fault:
    """A record set apart: its number (from 1, header not counted), what is wrong, itself."""

    record: int
    detail: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class Records:
    """The sound records of a piece, and the others.

    Args:
        frame: one text column a field (named as asked) and `record`, the record's number from 1;
            empty fields are null.
        faults: the records set apart.
    """

    frame: pl.DataFrame
    faults: tuple[Fault, ...]


def split_header(data: bytes) -> tuple[list[str], bytes]:
    """Give the names in the header line and the bytes after it.

    Names are stripped; an empty one becomes `column N`, a repeated one gets its count behind it.

    Raises:
        InputError: nothing is there, or the header line is not UTF-8 or its quotation marks do
            not fit.
    """
    line, _, body = data.removeprefix(BOM).partition(b"\n")
    if not line.strip() and not body.strip():
        raise InputError("there is nothing in it; send a header line and records")
    fault = _fault(line, None)
    if fault:
        raise InputError(f"the header line {fault}")
    names: list[str] = []
    for number, name in enumerate(_fields(line), start=1):
        plain = name.strip() or f"column {number}"
        names.append(plain if plain not in names else f"{plain} ({number})")
    return names, body


def read_records(body: bytes, names: list[str]) -> Records:
    r"""Read all records of a body into text columns called `names`.

    >>> read = read_records(b'7,"a, b"\nbroken\n8,\n', ["id", "text"])
    >>> read.frame.rows(), read.faults[0].detail
    ([('7', 'a, b', 1), ('8', None, 3)], 'has 1 field, the header names 2; add what is missing')
    """
    frame = None
    if b"\x00" not in body and _quotes_fit(body):
        frame = _parse(body, names)
    if frame is not None and not frame[names[-1]].has_nulls():
        return Records(frame.with_row_index("record", 1).select(*names, "record"), ())
    return _walk(body, names)


def _parse(body: bytes, names: list[str]) -> pl.DataFrame | None:
    schema = dict.fromkeys(names, pl.String)
    if not body or body.isspace():
        return pl.DataFrame(schema=schema)
    if body.startswith(BOM):  # Polars would take it off the first field
        return None
    tail = body[-4:]
    if tail.rstrip(b"\r\n") != tail.removesuffix(b"\n").removesuffix(b"\r"):
        body = body.rstrip(b"\r\n")  # blank lines at the end would read as records of nulls
    try:
        frame = pl.read_csv(body, has_header=False, schema=schema)
    except pl.exceptions.PolarsError:
        return None
    if b'""' in body:
        frame = frame.with_columns(pl.when(pl.col(names) != "").then(pl.col(names)))
    return frame


def _quotes_fit(body: bytes) -> bool:
    """Whether every quotation mark opens or closes a field, or is doubled within one."""
    signs = np.frombuffer(body, dtype=np.uint8)
    places = np.flatnonzero(signs == QUOTE)
    if not places.size:
        return True
    if places.size % 2:
        return False
    opening, closing = places[::2], places[1::2]
    before = np.where(opening > 0, signs[opening - 1], LF)
    doubled = np.zeros(opening.size, dtype=bool)
    doubled[1:] = opening[1:] == closing[:-1] + 1
    after = signs[np.minimum(closing + 1, signs.size - 1)]
    at_end = closing + 1 == signs.size
    ends = at_end | (after == COMMA) | (after == LF) | (after == CR)
    ends[:-1] |= doubled[1:]
    starts = (before == COMMA) | (before == LF) | doubled
    return bool(starts.all() and ends.all())


def _walk(body: bytes, names: list[str]) -> Records:
    lines = body.split(b"\n")
    sound = re.compile(_FIELD + rb"(?:,%s){%d}\r?" % (_FIELD, len(names) - 1)).fullmatch
    clean = b"\x00" not in body and _is_utf8(body)
    good: list[bytes] = []
    numbers: list[int] = []
    faults: list[Fault] = []
    place = 0
    number = 0
    while place < len(lines):
        if not lines[place].strip():
            place += 1
            continue
        number += 1
        raw, lines_taken = _record(lines, place)
        if sound(raw) and (clean or not _fault(raw, len(names))):
            good.append(raw)
            numbers.append(number)
        else:
            if not _RECORD.fullmatch(raw):  # its quotation marks are broken: trust no more of it
                raw, lines_taken = lines[place], 1
            faults.append(Fault(number, _fault(raw, len(names)), raw))
        place += lines_taken
    frame = _parse(b"\n".join(good), names)
    if frame is None or frame.height != len(good):
        rows = [[field or None for field in _fields(raw)] for raw in good]
        frame = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")
    record = pl.Series("record", numbers, dtype=pl.UInt32)
    return Records(frame.with_columns(record), tuple(faults))


def _record(lines: list[bytes], place: int) -> tuple[bytes, int]:
    """Give the record that begins at a line and how many lines it takes (quotes closed)."""
    if lines[place].count(b'"') % 2 == 0:
        return lines[place], 1
    for end in range(place + 1, len(lines)):
        if lines[end].count(b'"') % 2:
            return b"\n".join(lines[place : end + 1]), end + 1 - place
    return lines[place], 1


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _fault(raw: bytes, width: int | None) -> str:
    if b"\x00" in raw:
        return "holds a NUL character: the file is damaged here; export it again"
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as fault:
        return f"is not UTF-8 at its byte {fault.start + 1}; save the file as UTF-8"
    if not _RECORD.fullmatch(raw):
        return (
            "has a quotation mark that is not closed or not doubled; put the field in quotation "
            "marks and double those within it"
        )
    fields = _QUOTED.sub(b"", raw).count(b",") + 1
    if width is None or fields == width:
        return ""
    cure = "add what is missing" if fields < width else "put a field that holds a comma in quotes"
    return f"has {fields} field{'s' * (fields > 1)}, the header names {width}; {cure}"


def _fields(raw: bytes) -> list[str]:
    return [
        field[1:-1].replace(b'""', b'"').decode() if field[:1] == b'"' else field.decode()
        for field in _FIELDS.findall(raw.rstrip(b"\r"))
    ]
