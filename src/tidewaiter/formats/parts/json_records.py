"""Cut JSON input into the records that are read alone: a document, an array, or lines (NDJSON).

A record that cannot be parsed is given with its fault, so that the others still run; an array that
breaks off or breaks in the middle gives the elements before the break. Does not know what any
record means. Not a format itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from tidewaiter.formats.parts.draft import Json, UnreadableError, parse_json, to_json

BOM = b"\xef\xbb\xbf"
LINES_LOOKED_AT = 20
_BLANKS = " \t\r\n"


@dataclass(frozen=True, slots=True)
class Record:
    """One record of the input.

    Args:
        number: line number (NDJSON) or element number, from 1.
        value: the parsed value; None where there is a fault.
        source: its bytes, where they stand alone in the input.
        fault: what is wrong, if it could not be parsed.
        line: whether it came as a line of NDJSON.
    """

    number: int
    value: Json = None
    source: bytes | None = None
    fault: str = ""
    line: bool = False

    @property
    def raw(self) -> str:
        """The record as text, to be kept when it is rejected."""
        return (
            to_json(self.value) if self.source is None else self.source.decode("utf-8", "replace")
        )


def is_lines(data: bytes) -> bool:
    r"""Whether the input is one JSON object a line (and not one document over many lines).

    >>> is_lines(b'{"a":1}\n{"a":2}\n'), is_lines(b'{"a":\n1}')
    (True, False)
    """
    start = data[:64].removeprefix(BOM).lstrip()[:1]
    if start == b"[":
        return False
    lines = [line.strip().removeprefix(BOM) for line in _first_lines(data, 4 * LINES_LOOKED_AT)]
    lines = [line for line in lines if line][:LINES_LOOKED_AT]
    whole = [line.startswith(b"{") and line.endswith(b"}") for line in lines]
    if not any(whole):
        return False
    return sum(whole) * 2 >= len(lines) or (whole[0] and _parses(lines[0]))


def _first_lines(data: bytes, count: int) -> Iterator[bytes]:
    place = 0
    while count and place < len(data):
        end = data.find(b"\n", place)
        end = len(data) if end < 0 else end
        yield data[place:end]
        place, count = end + 1, count - 1


def json_records(data: bytes) -> Iterator[Record]:
    """Give the records of a document, array or NDJSON input, in order."""
    if not data.removeprefix(BOM).strip():
        yield Record(1, source=data, fault="there is nothing in it; send at least one message")
    elif is_lines(data):
        for number, line in enumerate(data.split(b"\n"), start=1):
            if line.strip():
                yield _parse(number, line, line=True)
    else:
        document = _parse(1, data, line=False)
        if document.fault and data.removeprefix(BOM).lstrip()[:1] == b"[":
            yield from _salvage(data, document)
        elif isinstance(document.value, list):
            for number, value in enumerate(document.value, start=1):
                yield Record(number, value)
        else:
            yield document


def _parse(number: int, data: bytes, *, line: bool) -> Record:
    try:
        value = parse_json(data)
    except UnreadableError as fault:
        return Record(number, source=data, fault=str(fault), line=line)
    return Record(number, value, data, line=line)


def _parses(line: bytes) -> bool:
    try:
        parse_json(line)
    except UnreadableError:
        return False
    return True


def _salvage(data: bytes, broken: Record) -> Iterator[Record]:
    """Give the sound elements at the beginning of a broken array, then the rest as a fault."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        yield broken
        return
    scan = json.JSONDecoder().raw_decode
    place = text.index("[") + 1
    number = 0
    while True:
        start = _skip(text, place, _BLANKS + "," if number else _BLANKS)
        try:
            _, end = scan(text, start)
        except (ValueError, RecursionError):
            break
        number += 1
        place = end
        yield _parse(number, text[start:end].encode("utf-8", "replace"), line=False)
    rest = text[place:].lstrip(_BLANKS + "," if number else _BLANKS)
    if rest.rstrip(_BLANKS) != "]":
        yield Record(number + 1, source=rest.encode("utf-8", "replace"), fault=broken.fault)


def _skip(text: str, place: int, signs: str) -> int:
    while place < len(text) and text[place] in signs:
        place += 1
    return place


def tell_tale(head: bytes, weights: dict[str, float]) -> float:
    """Add up the weights of the JSON keys that stand in the head of a file (at most 0.97).

    >>> tell_tale(b'{"address_from": {}, "x": 1}', {"address_from": 0.5, "mass_unit": 0.3})
    0.5
    """
    if head.removeprefix(BOM).lstrip()[:1] not in (b"{", b"["):
        return 0.0
    return min(0.97, sum(weight for key, weight in weights.items() if f'"{key}"'.encode() in head))
