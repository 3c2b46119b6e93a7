"""JSON Schema of canonical consignment JSON, generated from the declared columns.

JSON Schema draft 2020-12. Strict on purpose (no other members), so that a sender who validates
before sending finds a misspelt name; the reader itself keeps unknown members in `unread`. The
schema speaks of form only: what a value must be like is for `check`.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import polars as pl

from tidewaiter.formats.parts.canonical_tree import (
    FORMAT_ID,
    FRAME_FIELDS,
    ITEM_NO_MAX,
    json_name,
    number_columns,
)
from tidewaiter.vocabulary.columns import FRAMES, Column
from tidewaiter.vocabulary.terms import Basis, Role, View

Schema: TypeAlias = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
SCHEMA_ID = "urn:tidewaiter:consignment:1"
_WORDS: dict[str, tuple[str, ...]] = {
    "role": tuple(Role),
    "value_basis": tuple(Basis),
    "mass_basis": tuple(Basis),
}
_RAW = {"unread": "object", "documents": ["array", "object", "string"]}
_SAID = ("view", "sender", "message_id", "said_at_text")
_REQUIRED = {"consignments": ["consignment_id"], "goods_items": [], "parties": ["role"]}


def consignment_schema() -> Schema:
    """Give the JSON Schema of one parcel as `canonical` reads and writes it.

    >>> schema = consignment_schema()
    >>> schema["properties"]["total_value"]["type"], schema["required"]
    (['string', 'number'], ['consignment_id'])
    """
    said = FRAMES["contributions"].columns
    meta = {json_name(c.name): _text(c) for c in said if c.name in _SAID}
    meta["view"] = {**meta["view"], "enum": list(View), "default": View.DECLARATION.value}
    return {
        "$schema": DIALECT,
        "$id": SCHEMA_ID,
        "title": "Consignment",
        "description": f"{FRAMES['consignments'].row}, as canonical JSON ({FORMAT_ID})",
        "type": "object",
        "properties": {
            "format": {"const": FORMAT_ID, "description": "name and version of this form"},
            **meta,
            **_properties("consignments"),
            "goods_items": {
                "type": "array",
                "description": "the declared lines of the parcel",
                "items": {"$ref": "#/$defs/goods_item"},
            },
            "parties": {
                "type": "array",
                "description": "the parties of the parcel, each role once",
                "items": {"$ref": "#/$defs/party"},
            },
        },
        "required": _REQUIRED["consignments"],
        "additionalProperties": False,
        "$defs": {"goods_item": _object("goods_items"), "party": _object("parties")},
    }


def _object(frame: str) -> Schema:
    return {
        "type": "object",
        "description": FRAMES[frame].row,
        "properties": _properties(frame),
        "required": _REQUIRED[frame],
        "additionalProperties": False,
    }


def _properties(frame: str) -> Schema:
    declared = {column.name: column for column in FRAMES[frame].columns}
    figures = number_columns(frame)
    return {
        json_name(name): _property(declared[name], number=name in figures)
        for name in FRAME_FIELDS[frame]
    }


def _property(column: Column, *, number: bool) -> Schema:
    special: Schema = {}
    if column.name in _RAW:
        special = {"type": _RAW[column.name]}
    elif column.dtype == pl.Boolean():
        special = {"type": "boolean"}
    elif column.dtype.is_integer():
        special = {"type": "integer", "minimum": 1, "maximum": ITEM_NO_MAX}
    elif number:
        special = {"type": ["string", "number"]}
    elif column.name in _WORDS:
        special = {"enum": list(_WORDS[column.name])}
    return {**_text(column), **special}


def _text(column: Column) -> Schema:
    element = f" ({column.element})" if column.element else ""
    return {"type": "string", "description": f"{column.meaning}{element}"}
