"""Cut files into pieces that decode alone, so that a file may be larger than memory.

Knows lines, CSV records (quoted line breaks, header repeated, rows of one group kept together)
and whole documents. Does not know what any record means.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from tidewaiter.formats.spec import MESSAGE_BYTES_MAX, FormatSpec, Pieces

PIECE_BYTES_MAX = 48 * 1024 * 1024
HEAD_BYTES = 8192


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a file.

    Args:
        data: its bytes (for CSV with the header line on top).
        position: how many records of the file stand before it.
    """

    data: bytes
    position: int


def head(path: Path) -> bytes:
    """Give the first bytes of a file, for sniffing."""
    with path.open("rb") as file:
        return file.read(HEAD_BYTES)


def pieces(path: Path, spec: FormatSpec, bytes_max: int = PIECE_BYTES_MAX) -> Iterator[Piece]:
    """Cut a file into pieces of at most about `bytes_max` (whole documents are never cut)."""
    with path.open("rb") as file:
        if spec.pieces is Pieces.WHOLE or (spec.pieces is Pieces.LINES and _is_document(file)):
            yield Piece(file.read(MESSAGE_BYTES_MAX + 1), 0)
        elif spec.pieces is Pieces.LINES:
            yield from _line_pieces(file, b"", bytes_max)
        else:
            yield from _csv_pieces(file, spec.group_column, bytes_max)


def _is_document(file: BinaryIO) -> bool:
    """Say whether a file of lines is one JSON document instead: an array, or an object on lines."""
    first = file.read(HEAD_BYTES)
    file.seek(0)
    line = first.removeprefix(b"\xef\xbb\xbf").lstrip().split(b"\n", 1)[0].rstrip()
    return line.startswith(b"[") or line == b"{"


def _line_pieces(file: BinaryIO, header: bytes, bytes_max: int) -> Iterator[Piece]:
    rest, position = b"", 0
    while block := file.read(bytes_max):
        cut = block.rfind(b"\n") + 1
        if not cut and len(rest) + len(block) <= MESSAGE_BYTES_MAX:
            rest += block
            continue
        data = rest + block[:cut] if cut else rest + block
        rest = block[cut:] if cut else b""
        yield Piece(header + data, position)
        position += data.count(b"\n")
    if rest:
        yield Piece(header + rest, position)


def _csv_pieces(file: BinaryIO, group_column: str, bytes_max: int) -> Iterator[Piece]:
    header = file.readline()
    column = _group_index(header, group_column)
    rest, position = b"", 0
    while block := file.read(bytes_max):
        data = rest + block
        cut = _record_cut(data, column)
        if not cut:
            rest = data
            if len(rest) > MESSAGE_BYTES_MAX:
                yield Piece(header + rest, position)
                position += rest.count(b"\n")
                rest = b""
            continue
        rest = data[cut:]
        yield Piece(header + data[:cut], position)
        position += data[:cut].count(b"\n")
    if rest or not position:
        yield Piece(header + rest, position)


def _group_index(header: bytes, group_column: str) -> int | None:
    names = [name.strip().strip(b'"') for name in header.removeprefix(b"\xef\xbb\xbf").split(b",")]
    wanted = group_column.encode()
    return names.index(wanted) if group_column and wanted in names else None


def _record_cut(data: bytes, column: int | None) -> int:
    """Find the last place where a record ends and a new group begins; 0 if there is none."""
    ends = _record_ends(data)
    if len(ends) < 2:
        return 0
    last = ends[-1]
    if column is None:
        return last
    group = _field(data[last : last + HEAD_BYTES], column)
    if group is None:  # the tail breaks off within its group field: keep the record before it too
        group = _field(data[ends[-2] : last], column)
    for end, start in zip(reversed(ends), reversed(ends[:-1]), strict=False):
        if _field(data[start : start + HEAD_BYTES], column) != group:
            return end
    return 0


def _record_ends(data: bytes) -> list[int]:
    """Ends of records in the last stretch of `data`, quoted line breaks not counted."""
    ends: list[int] = []
    quotes_before = 0
    stretch = max(0, len(data) - 4 * 1024 * 1024)
    if stretch:
        quotes_before = data.count(b'"', 0, stretch)
    position = stretch
    while (found := data.find(b"\n", position)) >= 0:
        quotes_before += data.count(b'"', position, found)
        position = found + 1
        if quotes_before % 2 == 0:
            ends.append(position)
    return ends


def _field(record: bytes, column: int) -> bytes | None:
    """Give a field of a record by its index, unquoted; None if the record breaks off before it."""
    inside, start, index = False, 0, 0
    for place, sign in enumerate(record):
        if sign == 0x22:
            inside = not inside
        elif sign in (0x2C, 0x0A) and not inside:
            if index == column:
                return record[start:place].strip().strip(b'"')
            index, start = index + 1, place + 1
    return None
