"""The tables a platform's JSON format is made of: which path stands for which column.

A `Layout` says where the fields of the parcel, its lines and its parties stand, what its values
and masses are of (`basis`), and as what kinds of objects a message may come (`Shape`). It is read
by `layout_read` and written by `layout_write`. Not a format itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias

from tidewaiter.formats.parts.draft import Cursor, Json, NumberText
from tidewaiter.formats.spec import FormatSpec
from tidewaiter.vocabulary.terms import Basis

Tree: TypeAlias = dict[str, Any]

ENVELOPE = "_envelope"  # what stood around the messages, kept with the first of them


class Kind(StrEnum):
    """What a value is, as far as reading and writing it go."""

    TEXT = "text"
    CODE = "code"  # a JSON number here is a finding: leading zeros may be lost
    NUMBER = "number"  # written as a JSON number where its text is one


@dataclass(frozen=True, slots=True)
class Field:
    """One column and the dotted paths it may stand at, the usual one first."""

    column: str
    paths: tuple[str, ...]
    kind: Kind = Kind.TEXT


def text(column: str, *paths: str) -> Field:
    """Field of plain text."""
    return Field(column, paths)


def code(column: str, *paths: str) -> Field:
    """Field of a code, which must come as text."""
    return Field(column, paths, Kind.CODE)


def number(column: str, *paths: str) -> Field:
    """Field of a figure."""
    return Field(column, paths, Kind.NUMBER)


@dataclass(frozen=True, slots=True)
class Default:
    """What a column is where the message does not say: part of the platform's definition.

    Args:
        column: the column.
        needs: the column that must be filled for it.
        word: the word; `=name` copies another column of the row, `^name` one of the parcel.
    """

    column: str
    needs: str
    word: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a party stands.

    Args:
        role: its role.
        path: of the party's object; "" if its parts are scattered.
        fields: its columns; paths below `path`, or from the top with a leading "/".
        names: members for first and last name, where the name may come in parts.
        defaults: as for the parcel.
        keeps: paths of other personal data; it stays in this party's `unread`, below `/<path>`.
    """

    role: str
    path: str
    fields: tuple[Field, ...]
    names: tuple[str, ...] = ()
    defaults: tuple[Default, ...] = ()
    keeps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Label:
    """A value in a list of labelled objects, such as `{"key": "_hs_code", "value": "6109"}`.

    An object with further members is read but left in `unread` as well: they have no column.

    Args:
        column: the column it stands for (of the parcel; of the line in `Layout.item_labels`).
        path: where the list (or the one object) stands.
        key: member of each object that holds the label.
        words: labels that mean this column (lower case, leading underscores off).
        value: member of each object that holds the value.
        written: the other members, as we write them.
        sets: columns that follow from it, with their word.
        listed: whether we write a list, or the one object itself.
    """

    column: str
    path: str
    key: str
    words: frozenset[str]
    value: str
    written: tuple[tuple[str, str], ...]
    sets: tuple[tuple[str, str], ...] = ()
    listed: bool = True


@dataclass(frozen=True, slots=True)
class Shape:
    """One kind of object a message may come as.

    Args:
        tells: whether an object is of this kind.
        unfold: gives the layout's tree or trees for it.
        parcel: whether it speaks of a parcel at all (a catalogue entry does not).
        view: its view, if not the layout's.
    """

    tells: Callable[[Tree], bool]
    unfold: Callable[[Tree], list[Tree]]
    parcel: bool = True
    view: str = ""


@dataclass(frozen=True, slots=True)
class Layout:
    """A platform's format as tables.

    Args:
        spec: what the format says of itself.
        expected: fields named in the error for an object of no known kind.
        shapes: kinds of objects, the most telling first.
        envelopes: members that hold messages.
        marker: member by which a written message is told, if nothing else tells it.
        consignment: fields of the parcel.
        items: path of the list of lines.
        item: fields of a line.
        parties: where the parties stand.
        basis: of what a line's value is.
        mass_basis: of what a line's mass is.
        mass_unit: unit of masses where the platform fixes one.
        currency: of a line's value where the line gives none (a word as in `Default`).
        identity: columns the parcel is known by where it has no id of its own.
        defaults: of the parcel.
        labels: labelled values of the parcel.
        item_labels: labelled values of a line.
        singles: members that are a list, but stand for one object if there is only one.
        dimensions: paths of length, width, height and their unit (`"in` for a fixed unit).
    """

    spec: FormatSpec
    expected: str
    shapes: tuple[Shape, ...]
    envelopes: tuple[str, ...]
    marker: str
    consignment: tuple[Field, ...]
    items: str
    item: tuple[Field, ...]
    parties: tuple[Place, ...]
    basis: Basis
    mass_basis: Basis
    mass_unit: str = ""
    currency: str = ""
    identity: tuple[str, ...] = ("tracking_id", "order_id")
    defaults: tuple[Default, ...] = ()
    labels: tuple[Label, ...] = ()
    item_labels: tuple[Label, ...] = ()
    singles: tuple[str, ...] = ()
    dimensions: tuple[str, ...] = ()

    @property
    def item_defaults(self) -> tuple[Default, ...]:
        """What a line's value and mass are of, by the platform's definition."""
        found = [
            Default("value_basis", "declared_value_text", self.basis.value),
            Default("mass_basis", "net_mass_text", self.mass_basis.value),
        ]
        if self.mass_unit:
            found.append(Default("mass_unit", "net_mass_text", self.mass_unit))
        if self.currency:
            found.append(Default("declared_currency_text", "declared_value_text", self.currency))
        return tuple(found)


def default_word(default: Default, row: dict[str, Any], parcel: dict[str, Any]) -> str | None:
    """Give the word a column has by default in a row; None if it has none."""
    if row.get(default.needs) is None:
        return None
    if default.word.startswith("="):
        return row.get(default.word[1:])
    return parcel.get(default.word[1:]) if default.word.startswith("^") else default.word


def at(tree: Json, path: str) -> Json:
    """Give what stands at a dotted path; None if nothing does.

    >>> at({"to": {"city": "Lyon"}}, "to.city")
    'Lyon'
    """
    for step in path.split("."):
        if not isinstance(tree, dict):
            return None
        tree = tree.get(step)
    return tree


def scalar(value: Json) -> str | None:
    """Give a scalar as text, as `Cursor.text` does; None for blanks and all else."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str) and value.strip() else None


def labelled(tree: Tree, label: Label) -> tuple[int, Tree, str] | None:
    """Find a labelled value: its place in the list, its object, and its text."""
    rows = at(tree, label.path)
    for place, row in enumerate(rows if isinstance(rows, list) else [rows]):
        if not isinstance(row, dict):
            continue
        word = scalar(row.get(label.key))
        found = scalar(row.get(label.value))
        if word and found and word.lower().lstrip("_") in label.words:
            return place, row, found
    return None


def is_minimal(row: Tree, label: Label) -> bool:
    """Whether a labelled object holds nothing but what we would write."""
    plain = {key: value for key, value in Cursor(row).rest().items() if key != label.value}
    numbers = any(isinstance(value, NumberText) for value in plain.values())
    return plain == dict(label.written) and not numbers
