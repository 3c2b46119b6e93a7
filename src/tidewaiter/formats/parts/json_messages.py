"""Messages of customs and posts in JSON: objects in, objects out, unknown fields kept.

`objects` gives the objects of a file with their numbers and notes what cannot be read as rejected,
while the rest still runs; `put` and `merged` build a document and put kept unknown fields back;
`lines` writes one object a line, numbers as they were written. Knows nothing of what the messages
mean; platform JSON is read by the tables of `layout` instead.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from tidewaiter.formats.parts.draft import (
    Cursor,
    Draft,
    Json,
    NumberText,
    UnreadableError,
    parse_json,
    to_json,
)
from tidewaiter.formats.parts.json_records import json_records
from tidewaiter.formats.spec import MESSAGE_BYTES_MAX
from tidewaiter.vocabulary.terms import Severity

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")


def objects(data: bytes, draft: Draft, position: int) -> Iterator[tuple[int, dict[str, Json]]]:
    """Give the objects of a file with their numbers: line of NDJSON, or element of an array.

    Args:
        data: the file, UTF-8, with or without byte order mark.
        draft: takes the rejections.
        position: number of lines or messages before this piece of the source.
    """
    if len(data) > MESSAGE_BYTES_MAX:
        detail = f"the message has {len(data)} bytes, more than {MESSAGE_BYTES_MAX}; split it"
        draft.reject(position + 1, detail, data[:1000], "format.too_large")
        return
    for record in json_records(data):
        place = position + record.number
        if record.fault:
            draft.reject(place, f"record {place}: {record.fault}", record.raw)
        elif isinstance(record.value, dict):
            yield place, record.value
        else:
            draft.reject(place, f"record {place} is no JSON object; send an object", record.raw)


def parse_line(line: bytes, draft: Draft, place: int) -> dict[str, Json] | None:
    """Read one line; None, and noted as rejected, if it is no JSON object."""
    try:
        value = parse_json(line)
    except UnreadableError as fault:
        draft.reject(place, f"record {place}: {fault}", line)
        return None
    if isinstance(value, dict):
        return value
    draft.reject(place, f"record {place} is no JSON object; send an object", line)
    return None


def canonical(tree: Json) -> bytes:
    """The message's content in one form, whatever its blanks and the order of its fields."""
    return to_json(_sorted(tree)).encode("utf-8", "surrogatepass")


def _sorted(value: Json) -> Json:
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(inner) for inner in value] if isinstance(value, list) else value


def put(tree: dict[str, Json], path: str, value: Json) -> None:
    """Put a value at a dotted path; None puts nothing."""
    if value is None:
        return
    *way, last = path.split(".")
    for step in way:
        tree = tree.setdefault(step, {})
    tree[last] = value


def merged(tree: Json, extra: Json) -> Json:
    """Put kept unknown fields back into a document; what is there already stays."""
    if not isinstance(tree, dict) or not isinstance(extra, dict):
        return tree
    both = {key: merged(tree[key], extra[key]) if key in extra else tree[key] for key in tree}
    return both | {key: value for key, value in extra.items() if key not in tree}


def number(text: Any) -> Json:
    """Give a text as a JSON number if it is one as it stands, else as text.

    >>> to_json([number("0.10"), number("12,5"), number("007")])
    '[0.10,"12,5","007"]'
    """
    return NumberText(text) if isinstance(text, str) and _NUMBER.fullmatch(text) else text


def lines(messages: Iterable[Json]) -> bytes:
    """Write one object a line."""
    written = "".join(f"{to_json(message)}\n" for message in messages)
    return written.encode("utf-8", "replace")


def note_numbers(
    cursor: Cursor, codes: dict[str, str], draft: Draft, key: dict[str, str], item_no: int = 0
) -> None:
    """Note each code that came as a JSON number: its leading zeros, if any, are gone.

    Args:
        cursor: the object that was read.
        codes: path of each code and the `frame.column` it went to.
        draft: takes the finding.
        key: `consignment_id` and `contribution_id`.
        item_no: the line it is about, if one.
    """
    for path in sorted(cursor.numbers & codes.keys()):
        draft.finding(
            "format.code_as_number",
            Severity.WARN,
            **key,
            item_no=item_no or None,
            field=codes[path],
            detail=path,
        )


def load(text: str | None) -> dict[str, Json]:
    """Read a JSON object text; an unreadable one, or none, counts as empty."""
    try:
        value = json.loads(text, parse_float=NumberText, parse_int=NumberText) if text else {}
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
