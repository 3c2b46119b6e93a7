"""Write platform JSON by the tables of a `Layout`.

A value that another platform states for one unit is written as this platform states it (whole line
or unit), a mass in this platform's unit; a figure that cannot be turned exactly is left out rather
than written with another meaning. What was left unread is written back where it stood if the
message came in this format, else not at all: what one platform knows of a person beyond the parcel
is not another's business. Not a format itself.
"""

from __future__ import annotations

import re
from decimal import Decimal

from tidewaiter.formats.parts.draft import (
    Json,
    NumberText,
    Row,
    UnreadableError,
    parse_json,
    to_json,
)
from tidewaiter.formats.parts.filing import GRAMS_PER_UNIT, Parcel, figure, parcels, written
from tidewaiter.formats.parts.layout import (
    Default,
    Field,
    Kind,
    Label,
    Layout,
    Place,
    Tree,
    at,
    default_word,
    is_minimal,
    labelled,
)
from tidewaiter.vocabulary.batch import Batch
from tidewaiter.vocabulary.terms import Basis

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")

_DIMENSIONS = re.compile(r"(\S+) x (\S+) x (\S+) (\S+)")


def write(layout: Layout, batch: Batch, envelope: str = "") -> bytes:
    """Write every parcel of a batch: one object, an array, or a list in an envelope."""
    trees = [_message(layout, parcel) for parcel in parcels(batch, (layout.spec.name,))]
    if envelope:
        inner = ",\n".join(map(to_json, trees))
        return f'{{"{envelope}":[\n{inner}\n]}}\n'.encode()
    if len(trees) == 1:
        return f"{to_json(trees[0])}\n".encode()
    return ("[\n" + ",\n".join(map(to_json, trees)) + "\n]\n").encode()


def _message(layout: Layout, parcel: Parcel) -> Tree:
    row = dict(parcel.consignment)
    if _is_made_up(layout, row, parcel):
        row["consignment_id"] = None
    if layout.mass_unit:
        _turn_mass(row, "gross_mass_text", "gross_mass_unit", layout.mass_unit)
    tree = _unread(row, native=parcel.native)
    _put_fields(tree, layout.consignment, row, layout.defaults, row)
    for label in layout.labels:
        _put_label(tree, label, row)
    if layout.dimensions:
        _put_dimensions(tree, layout.dimensions, row.get("dimensions_text"))
    for place in layout.parties:
        if place.role in parcel.parties:
            party = parcel.parties[place.role]
            _put_party(tree, place, party, row, native=parcel.native)
    lines = [_line(layout, item, row, native=parcel.native) for item in parcel.items]
    if lines:
        _put_rows(tree, layout.items, lines)
    for key in layout.singles:
        if isinstance(tree.get(key), dict):
            tree[key] = [tree[key]]
    told = next((shape for shape in layout.shapes if shape.tells(tree)), None)
    if not told or not told.parcel:
        tree.setdefault(layout.marker, [] if layout.marker == layout.items else {})
    return tree


def _is_made_up(layout: Layout, row: Row, parcel: Parcel) -> bool:
    """Whether a reader would give the parcel this id even if it were not written."""
    known = next((row[name] for name in layout.identity if row.get(name)), None)
    made = str(row["consignment_id"]).startswith(f"{layout.spec.name}:") and parcel.native
    return bool(row["consignment_id"] == known if known else made)


def _unread(row: Row, *, native: bool) -> Tree:
    kept = row.get("unread")
    if not kept or not native:
        return {}
    try:
        tree = parse_json(kept.encode())
    except UnreadableError:
        return {}
    return tree if isinstance(tree, dict) else {}


def _put_fields(
    tree: Tree, fields: tuple[Field, ...], row: Row, defaults: tuple[Default, ...], parcel: Row
) -> None:
    usual = {one.column: default_word(one, row, parcel) for one in defaults}
    for one in fields:
        value = row.get(one.column)
        if isinstance(value, str) and value != usual.get(one.column):
            plain = one.kind is Kind.NUMBER and _NUMBER.fullmatch(value)
            _put(tree, one.paths, NumberText(value) if plain else value)


def _put(tree: Tree, paths: tuple[str, ...], value: Json) -> None:
    """Put a value at the first path that is free; nowhere if none is."""
    for path in paths:
        *way, last = path.split(".")
        node: Json = tree
        for step in way:
            node = node.setdefault(step, {}) if isinstance(node, dict) else None
        if isinstance(node, dict) and last not in node:
            node[last] = value
            return


def _put_dimensions(tree: Tree, paths: tuple[str, ...], written_as: str | None) -> None:
    found = _DIMENSIONS.fullmatch(written_as or "")
    if not found or (paths[-1][0] == '"' and found[4] != paths[-1][1:]):
        return
    for path, part in zip(paths, found.groups(), strict=True):
        if path[0] != '"':
            _put(tree, (path,), NumberText(part) if _NUMBER.fullmatch(part) else part)


def _put_party(tree: Tree, place: Place, party: Row, parcel: Row, *, native: bool) -> None:
    own = _unread(party, native=native)
    for path in place.keeps:
        if f"/{path}" in own:
            _put(tree, (path,), own.pop(f"/{path}"))
    usual = {one.column: default_word(one, party, parcel) for one in place.defaults}
    for one in place.fields:
        value = party.get(one.column)
        if value is None or value == usual.get(one.column):
            continue
        if one.paths[0].startswith("/"):
            _put(tree, tuple(path.removeprefix("/") for path in one.paths), value)
        else:
            _put(own, one.paths, value)
    if place.names and party.get("name") and not any(f.column == "name" for f in place.fields):
        _put_name(own, place.names, party["name"])
    if own and place.path:
        there = at(tree, place.path)
        if isinstance(there, dict):
            there.update({key: value for key, value in own.items() if key not in there})
        else:
            _put(tree, (place.path,), own)


def _put_name(own: Tree, names: tuple[str, ...], name: str) -> None:
    first, _, last = name.rpartition(" ")
    free = [part for part in names if part not in own]
    if first.strip() and last.strip() and len(free) == len(names):
        _put(own, names[:1], first)
        _put(own, names[1:], last)
    else:
        _put(own, names, name)


def _line(layout: Layout, item: Row, parcel: Row, *, native: bool) -> Tree:
    row = dict(item)
    if not native and row.get("description_text") is None:
        row["description_text"] = row.get("title")
    _turn_basis(row, "declared_value_text", "value_basis", layout.basis)
    _turn_basis(row, "net_mass_text", "mass_basis", layout.mass_basis)
    if layout.mass_unit:
        _turn_mass(row, "net_mass_text", "mass_unit", layout.mass_unit)
    tree = _unread(row, native=native)
    _put_fields(tree, layout.item, row, layout.item_defaults, parcel)
    for label in layout.item_labels:
        _put_label(tree, label, row)
    return tree


def _turn_basis(row: Row, column: str, basis_column: str, wanted: Basis) -> None:
    """State a line's figure as the platform does: of the whole line, or of one unit.

    A line whose number of units is not told is read as one unit.
    """
    basis = row.get(basis_column)
    target = Basis.UNIT if wanted is Basis.UNKNOWN else wanted
    if row.get(column) is None or basis is None or basis in (wanted, target):
        return
    value, units = figure(row[column]), figure(row.get("quantity_text") or "1")
    if value is None or not units or (basis == Basis.UNKNOWN and units != 1):
        row[column] = None
    elif target is Basis.TOTAL:
        row[column] = _plain(value * units) if basis == Basis.UNIT else row[column]
    else:
        one = (value / units).quantize(Decimal("0.000001"))
        row[column] = _plain(one) if one * units == value else None


def _plain(value: Decimal) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _turn_mass(row: Row, column: str, unit_column: str, wanted: str) -> None:
    """State a mass in the platform's unit, to a thousandth; leave it out if its unit is unknown."""
    unit = row.get(unit_column)
    if row.get(column) is None or unit == wanted:
        return
    value, grams = figure(row[column]), GRAMS_PER_UNIT.get(str(unit).strip().lower())
    turned = None if value is None or grams is None else value * grams / GRAMS_PER_UNIT[wanted]
    row[column] = written(turned, 3)
    row[unit_column] = wanted


def _put_rows(tree: Tree, path: str, rows: list[Tree]) -> None:
    """Put objects in front of the list at a path."""
    *way, last = path.split(".")
    node: Json = tree
    for step in way:
        node = node.setdefault(step, {}) if isinstance(node, dict) else None
    if isinstance(node, dict):
        others = node.get(last, [])
        node[last] = rows + (others if isinstance(others, list) else [others])


def _put_label(tree: Tree, label: Label, row: Row) -> None:
    value = row.get(label.column)
    if value is None or any(row.get(column) != word for column, word in label.sets):
        return
    found = labelled(tree, label)
    if found and found[2] == value and not is_minimal(found[1], label):
        return
    holder = {**dict(label.written), label.value: value}
    if label.listed:
        _put_rows(tree, label.path, [holder])
    else:
        _put(tree, (label.path,), holder)
