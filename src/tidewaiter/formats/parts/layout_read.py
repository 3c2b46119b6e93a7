"""Read platform JSON by the tables of a `Layout`.

What no table names stays in `unread`; what a party's object holds beyond its columns stays with
the party, because it is personal data. A `contribution_id` is the digest of what was read, so the
same message in another spelling of JSON is the same contribution. Does not parse amounts, dates or
codes. Not a format itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from tidewaiter.formats.parts.draft import Cursor, Draft, Json, Row, content_id, to_json
from tidewaiter.formats.parts.json_records import Record, json_records
from tidewaiter.formats.parts.layout import (
    ENVELOPE,
    Default,
    Field,
    Kind,
    Label,
    Layout,
    Place,
    Shape,
    Tree,
    at,
    default_word,
    is_minimal,
    labelled,
    scalar,
)
from tidewaiter.formats.spec import MESSAGE_BYTES_MAX
from tidewaiter.vocabulary.batch import Batch
from tidewaiter.vocabulary.terms import Basis, Severity

ENVELOPES_MAX = 3


@dataclass(slots=True)
class _Message:
    """A message being read: its rows, and the numbers that should have been text."""

    consignment: Row = field(default_factory=dict)
    items: list[Row] = field(default_factory=list)
    parties: list[Row] = field(default_factory=list)
    numbers: list[tuple[str, int | None, str]] = field(default_factory=list)


def read(layout: Layout, data: bytes, source: str, position: int) -> Batch:
    """Read all messages of a layout; what cannot be read stands in `rejected`."""
    spec = layout.spec
    draft = Draft(spec.name, source, spec.view)
    if len(data) > MESSAGE_BYTES_MAX:
        detail = f"the message has {len(data)} bytes, more than {MESSAGE_BYTES_MAX}; split it"
        draft.reject(position + 1, detail, data[:1000], "format.too_large")
        return draft.batch()
    for record in json_records(data):
        place = position + record.number
        if record.fault:
            draft.reject(place, f"record {place}: {record.fault}", record.raw)
            continue
        for step, (tree, shape) in enumerate(_messages(layout, record.value)):
            where = place if record.line else place + step
            if shape is None:
                draft.reject(where, _strange(layout, where), _raw(record, tree))
            else:
                _note(layout, tree, shape, draft, where)
    return draft.batch()


def _strange(layout: Layout, place: int) -> str:
    return (
        f"record {place} is no message of {layout.spec.name}: it has none of {layout.expected}; "
        "name the right format, or send the whole message"
    )


def _raw(record: Record, found: Json) -> str:
    return record.raw if found is record.value else to_json(found)


def _messages(layout: Layout, value: Json, depth: int = 0) -> Iterator[tuple[Json, Shape | None]]:
    """Give the messages in a value, out of their envelopes; no shape for what is none."""
    if not isinstance(value, dict):
        yield value, None
        return
    shape = _shape(layout, value)
    if shape:
        yield from ((tree, shape) for tree in shape.unfold(dict(value)))
        return
    wraps = [key for key in layout.envelopes if key in value]
    inner = [one for key in wraps for one in _each(layout, value[key])]
    if not inner or depth >= ENVELOPES_MAX:
        yield value, None
        return
    rest = {key: part for key, part in value.items() if key not in wraps}
    for one in inner:
        for found, kind in _messages(layout, one, depth + 1):
            if rest and kind:
                yield {**found, ENVELOPE: rest}, kind
                rest = {}
            else:
                yield found, kind


def _shape(layout: Layout, value: Tree) -> Shape | None:
    return next((shape for shape in layout.shapes if shape.tells(value)), None)


def _each(layout: Layout, value: Json) -> list[Json]:
    """Elements of a list; the objects of an object of named objects; else the value itself."""
    if isinstance(value, list):
        return value
    named = isinstance(value, dict) and all(isinstance(part, dict) for part in value.values())
    return list(value.values()) if named and not _shape(layout, value) else [value]


def _note(layout: Layout, tree: Tree, shape: Shape, draft: Draft, position: int) -> None:
    message = _read_message(layout, tree)
    row = message.consignment
    named = row.pop("consignment_id", None)
    own = named or next((row[name] for name in layout.identity if row.get(name)), None)
    said = [own, row, message.items, message.parties]
    content = json.dumps(said, sort_keys=True, ensure_ascii=False).encode()
    consignment_id = own or content_id(layout.spec.name, content)
    contribution_id = draft.message(
        content,
        consignment_id,
        position=position,
        view=shape.view,
        said_at_text=row.get("message_at_text") or row.get("ordered_at_text"),
    )
    keys = {"consignment_id": consignment_id, "contribution_id": contribution_id}
    draft.add("consignments", **keys, **row)
    for item_no, item in enumerate(message.items, start=1):
        draft.add("goods_items", **keys, item_no=item_no, **item)
    for party in message.parties:
        draft.add("parties", **keys, **party)
    for code, severity, line, column, seen in _remarks(message, shape):
        draft.finding(
            code,
            severity,
            consignment_id=consignment_id,
            contribution_id=contribution_id,
            item_no=line,
            field=column,
            seen=seen,
        )


def _remarks(
    message: _Message, shape: Shape
) -> Iterator[tuple[str, Severity, int | None, str, str]]:
    for column, line, seen in message.numbers:
        shown = "" if column.startswith("parties.") else seen  # personal data stays with the party
        yield "format.code_as_number", Severity.WARN, line, column, shown
    for item_no, item in enumerate(message.items, start=1):
        if item.get("value_basis") == Basis.UNKNOWN:
            column, seen = "goods_items.declared_value_text", item["declared_value_text"]
            yield "format.value_basis_unknown", Severity.WARN, item_no, column, seen
    if not shape.parcel:
        yield "format.no_parcel", Severity.ASK, None, "", ""


def _read_message(layout: Layout, tree: Tree) -> _Message:
    message = _Message()
    row = message.consignment
    tree = {key: _single(layout, key, value) for key, value in tree.items()}
    tree = _take_labels(tree, layout.labels, row)
    lines, tree = _lines(tree, layout.items)
    cursor = Cursor(tree)
    _take_fields(cursor, layout.consignment, row, ("consignments", None), message)
    if layout.dimensions:
        row["dimensions_text"] = _dimensions(cursor, tree, layout.dimensions)
    _fill(layout.defaults, row, row)
    for item_no, line in enumerate(lines, start=1):
        message.items.append(_item(layout, line, item_no, message))
    for place in layout.parties:
        party = _party(cursor, tree, place, message)
        if any(value is not None for value in party.values()):
            message.parties.append({"role": place.role, **party})
    row["unread"] = cursor.leftover()
    return message


def _single(layout: Layout, key: str, value: Json) -> Json:
    alone = key in layout.singles and isinstance(value, list) and len(value) == 1
    return value[0] if alone and isinstance(value[0], dict) else value


def _lines(tree: Tree, path: str) -> tuple[list[Tree], Tree]:
    """Give the objects of the list of lines, and the tree with only the others left in it."""
    value = at(tree, path)
    if value is None:
        return [], tree
    rows = value if isinstance(value, list) else [value]
    strange = [row for row in rows if not isinstance(row, dict)]
    return [row for row in rows if isinstance(row, dict)], _with(tree, path.split("."), strange)


def _with(tree: Tree, way: list[str], value: Json) -> Tree:
    step, *further = way
    return {**tree, step: _with(tree[step], further, value) if further else value}


def _dimensions(cursor: Cursor, tree: Tree, paths: tuple[str, ...]) -> str | None:
    parts = [path[1:] if path[0] == '"' else scalar(at(tree, path)) for path in paths]
    known = [part for part in parts if part and not re.search(r"\s", part)]
    if len(known) < len(paths):
        return None
    for path in paths:
        if path[0] != '"':
            cursor.text(path)
    return f"{' x '.join(known[:-1])} {known[-1]}"


def _item(layout: Layout, line: Tree, item_no: int, message: _Message) -> Row:
    row: Row = {}
    cursor = Cursor(_take_labels(line, layout.item_labels, row))
    _take_fields(cursor, layout.item, row, ("goods_items", item_no), message)
    _fill(layout.item_defaults, row, message.consignment)
    row["unread"] = cursor.leftover()
    return row


def _party(cursor: Cursor, tree: Tree, place: Place, message: _Message) -> Row:
    row: Row = {}
    node = at(tree, place.path) if place.path else None
    own = Cursor(cursor.take(place.path)) if isinstance(node, dict) else Cursor({})
    for one in place.fields:
        top = one.paths[0].startswith("/")
        paths = tuple(path.removeprefix("/") for path in one.paths)
        source = cursor if top else own
        _take_fields(source, (Field(one.column, paths, one.kind),), row, ("parties", None), message)
    if place.names and isinstance(node, dict):
        parts = [part for name in place.names if (part := scalar(node.get(name)))]
        joined = " ".join(parts)
        if joined and row.get("name") in (None, joined):
            row["name"] = joined
            for name in place.names:
                own.text(name)
    _fill(place.defaults, row, message.consignment)
    kept = {f"/{path}": found for path in place.keeps if (found := cursor.take(path)) is not None}
    row["unread"] = Cursor({**own.rest(), **kept}).leftover()
    return row


def _take_fields(
    cursor: Cursor,
    fields: tuple[Field, ...],
    row: Row,
    where: tuple[str, int | None],
    message: _Message,
) -> None:
    frame, item_no = where
    for one in fields:
        if row.get(one.column) is not None:
            continue
        row[one.column] = None
        for path in one.paths:
            found = cursor.text(path)
            if found is not None:
                row[one.column] = found
                if one.kind is Kind.CODE and path in cursor.numbers:
                    message.numbers.append((f"{frame}.{one.column}", item_no, found))
                break


def _take_labels(tree: Tree, labels: tuple[Label, ...], row: Row) -> Tree:
    """Take labelled values; give the tree without the objects that hold nothing else."""
    for label in labels:
        found = labelled(tree, label)
        if found is None or row.get(label.column) is not None:
            continue
        place, holder, row[label.column] = found
        row.update(label.sets)
        if is_minimal(holder, label):
            rows = at(tree, label.path)
            left = rows[:place] + rows[place + 1 :] if isinstance(rows, list) else None
            tree = _with(tree, label.path.split("."), left)
    return tree


def _fill(defaults: tuple[Default, ...], row: Row, parcel: Row) -> None:
    for default in defaults:
        if row.get(default.column) is None:
            row[default.column] = default_word(default, row, parcel)
