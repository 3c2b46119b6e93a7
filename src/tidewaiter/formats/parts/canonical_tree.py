"""One parcel of canonical consignment JSON as a tree: names, reading and writing.

A member is called as its column, without `_text`: `declared_value` holds what the sender declared.
Amounts, masses and counts may be JSON numbers; everything else is text, and a number there is a
finding (its leading zeros may be lost). `unread` holds, as an object, what no column stands for;
members of other names are moved there. This is the careful reader, a parcel at a time; `canonical`
reads plain lines in columns. Not a format itself.
"""

from __future__ import annotations

from typing import Any

import polars as pl

from tidewaiter.formats.parts.draft import (
    Cursor,
    Json,
    NumberText,
    Row,
    UnreadableError,
    parse_json,
    to_json,
)
from tidewaiter.formats.parts.nested import CONSIGNMENT, ITEM, PARTY
from tidewaiter.vocabulary.columns import FRAMES
from tidewaiter.vocabulary.terms import Severity, View

FORMAT_ID = "tidewaiter-consignment/1"
META = ("view", "sender", "message_id", "said_at")
RAW = ("documents", "unread")
FRAME_FIELDS: dict[str, dict[str, pl.DataType]] = {
    "consignments": {"consignment_id": pl.String(), **CONSIGNMENT},
    "goods_items": ITEM,
    "parties": PARTY,
}
ITEM_NO_MAX = 2**31 - 1
_COUNTS = frozenset({"insured_text", "package_count_text"})
KNOWN_BY = ("tracking_id", "order_id")


def json_name(column: str) -> str:
    """Give the member's name of a column.

    >>> json_name("declared_value_text"), json_name("order_id")
    ('declared_value', 'order_id')
    """
    return column.removesuffix("_text")


def number_columns(frame: str) -> frozenset[str]:
    """Give the declared text columns of a frame that may come as JSON numbers.

    They are those whose reading is a figure (`quantity_text`, whose reading is `quantity`).
    """
    schema = FRAMES[frame].schema
    readings = {
        column: schema.get(base, schema.get(f"{base}_g"))
        for column in FRAME_FIELDS[frame]
        if (base := column.removesuffix("_text")) != column
    }
    figures = {column for column, dtype in readings.items() if dtype and dtype.is_numeric()}
    return frozenset(figures | (_COUNTS & readings.keys()))


NUMBERS = {frame: number_columns(frame) for frame in FRAME_FIELDS}
_COLUMNS = {
    frame: {json_name(column): column for column in fields if column not in ("unread", "item_no")}
    for frame, fields in FRAME_FIELDS.items()
}
_FLAGS = {
    column
    for fields in FRAME_FIELDS.values()
    for column, dtype in fields.items()
    if dtype == pl.Boolean()
}


def read_tree(tree: Json) -> Row:
    """Read one parcel into a row of the nested schema (without ids made up and without place).

    Raises:
        UnreadableError: no object, another format or version, or nothing in it that is known.
    """
    if not isinstance(tree, dict):
        raise UnreadableError("a parcel must be a JSON object with the columns as members")
    if tree.get("format") not in (None, FORMAT_ID):
        named = to_json(tree["format"])[:80]
        raise UnreadableError(f'"format" is {named}; this reader knows "{FORMAT_ID}"')
    tree = {name: value for name, value in tree.items() if name != "format"}
    findings: list[Row] = []
    said = {name: scalar for name in META if (scalar := _text(tree.get(name)))}
    items, strange = _items(tree.pop("goods_items", None), findings)
    parties, unplaced = _parties(tree.pop("parties", None), findings)
    tree = {name: value for name, value in tree.items() if name not in said}
    row = _fields(tree, "consignments", None, findings)
    if not (items or parties or any(name != "unread" for name in row)):
        raise UnreadableError("no member is known; name the columns as in the JSON Schema")
    left = {"goods_items": strange, "parties": unplaced}
    if strange or unplaced:
        row["unread"] = _merged(row.get("unread"), left)
    view = said.get("view")
    if view not in (None, *View):
        findings.append(_finding("format.unknown_view", field="contributions.view", seen=view))
        view = None
    return {
        **row,
        "contribution": {
            "view": view or View.DECLARATION.value,
            "sender": said.get("sender"),
            "message_id": said.get("message_id"),
            "said_at_text": said.get("said_at"),
        },
        "goods_items": items,
        "parties": parties,
        "findings": findings,
    }


def _finding(
    code: str, *, item_no: int | None = None, field: str = "", seen: str | None = None
) -> Row:
    return {
        "item_no": item_no,
        "stage": "format",
        "code": code,
        "severity": Severity.WARN.value,
        "field": field or None,
        "seen": seen,
    }


def _text(value: Json) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str) and value.strip() else None


def _fields(tree: Json, frame: str, item_no: int | None, findings: list[Row]) -> Row:
    """Read the members of one object that stand for columns; the others go to `unread`."""
    row: Row = {}
    rest: dict[str, Json] = {}
    for name, value in tree.items():
        column = _COLUMNS[frame].get(name)
        flag = column in _FLAGS
        if column is None or (flag and not isinstance(value, bool)):
            rest[name] = value
        elif flag:
            row[column] = value
        elif column == "documents" and isinstance(value, list | dict):
            row[column] = to_json(value) if value else None
        elif (text := _text(value)) is not None:
            row[column] = text
            if isinstance(value, NumberText) and column not in NUMBERS[frame]:
                place, seen = f"{frame}.{column}", None if frame == "parties" else text
                findings.append(
                    _finding("format.code_as_number", item_no=item_no, field=place, seen=seen)
                )
        elif not isinstance(value, str):
            rest[name] = value
    given = rest.pop("unread", None)
    unread = _merged(to_json(given) if isinstance(given, dict) else None, rest)
    if given is not None and not isinstance(given, dict):
        unread = _merged(unread, {"unread": given})
    if unread:
        row["unread"] = unread
    return row


def _merged(unread: str | None, more: dict[str, Json]) -> str | None:
    """Add members to `unread`; where a name is taken, the old ones move below `unread`."""
    old = parse_json(unread.encode()) if unread else {}
    whole = {"unread": old, **more} if old.keys() & more.keys() else {**old, **more}
    return Cursor(whole).leftover()


def _objects(value: Json) -> tuple[list[Json], list[Json]]:
    rows = value if isinstance(value, list) else [] if value is None else [value]
    return [row for row in rows if isinstance(row, dict)], [
        row for row in rows if not isinstance(row, dict)
    ]


def _items(value: Json, findings: list[Row]) -> tuple[list[Row], list[Json]]:
    """Give the lines, and the elements that are none."""
    trees, strange = _objects(value)
    given = [tree.get("item_no") for tree in trees]
    numbers = [_item_no(number) for number in given]
    sound = None not in numbers and len(set(numbers)) == len(numbers)
    items = []
    for place, (tree, number) in enumerate(zip(trees, given, strict=True), start=1):
        item_no = _item_no(number) if sound else place
        row = _fields(
            {name: part for name, part in tree.items() if name != "item_no"},
            "goods_items",
            item_no,
            findings,
        )
        if not sound and number not in (None, "", [], {}):
            row["unread"] = _merged(row.get("unread"), {"item_no": number})
            seen, place_of = to_json(number)[:40], "goods_items.item_no"
            findings.append(
                _finding("format.item_numbers", item_no=item_no, field=place_of, seen=seen)
            )
        items.append({"item_no": item_no, **row})
    return items, strange


def _item_no(value: Json) -> int | None:
    plain = isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 10
    return int(value) if plain and 0 < int(value) <= ITEM_NO_MAX else None


def _parties(value: Json, findings: list[Row]) -> tuple[list[Row], list[Json]]:
    """Give the parties, and as trees those without a role of their own."""
    trees, unplaced = _objects(value)
    parties: list[Row] = []
    for tree in trees:
        role = _text(tree.get("role"))
        if role is None or role in {party["role"] for party in parties}:
            unplaced.append(tree)
            findings.append(_finding("format.party_unplaced", field="parties.role", seen=role))
        else:
            parties.append(_fields(tree, "parties", None, findings))
    return parties, unplaced


def write_tree(row: Row) -> dict[str, Any]:
    """Write one parcel (a row of the nested schema) as a tree; nulls are left out."""
    said = row.get("contribution") or {}
    tree: dict[str, Any] = {
        "format": FORMAT_ID,
        "view": said.get("view"),
        "sender": said.get("sender"),
        "message_id": said.get("message_id"),
        "said_at": said.get("said_at_text"),
        **_members(row, "consignments"),
        "goods_items": [_members(item, "goods_items") for item in row.get("goods_items") or []],
        "parties": [_members(party, "parties") for party in row.get("parties") or []],
    }
    return {name: value for name, value in tree.items() if value not in (None, [])}


def _members(row: Row, frame: str) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for column in FRAME_FIELDS[frame]:
        value = row.get(column)
        if value is None:
            continue
        if column in RAW:
            value = _tree(value, (dict,) if column == "unread" else (dict, list))
        elif isinstance(value, int) and not isinstance(value, bool):
            value = NumberText(value)
        members[json_name(column)] = value
    return members


def _tree(text: str, kinds: tuple[type, ...]) -> Json:
    """Give JSON text as a tree if it is of these kinds; else the text."""
    try:
        tree = parse_json(text.encode())
    except UnreadableError:
        return text
    return tree if isinstance(tree, kinds) else text
