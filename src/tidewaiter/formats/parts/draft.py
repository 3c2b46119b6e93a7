"""Tools for formats that come as documents (JSON, XML): walk one, note rows, keep the rest.

`Cursor` reads a JSON object by path and knows what was never asked for; `Draft` collects rows of
one decode call and makes the batch. Formats that come as tables (CSV, NDJSON) build their frames
with Polars directly and do not need these.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any, TypeAlias

import polars as pl

from tidewaiter.formats.spec import NESTING_MAX, RAW_CHARS_MAX
from tidewaiter.vocabulary.batch import Batch, conform, empty
from tidewaiter.vocabulary.columns import FRAMES
from tidewaiter.vocabulary.terms import Severity

Json: TypeAlias = Any
Row: TypeAlias = dict[str, Any]


class UnreadableError(Exception):
    """Inside formats only: this message cannot be read; the text says what and what to do."""


def parse_json(data: bytes) -> Json:
    """Read one JSON document, with a sentence naming line and column if it is malformed.

    Floats are kept as their text's exact decimal (as `str` subclass is not needed: numbers come
    back as `int` or `NumberText`), so that `0.10` stays `0.10`.

    Raises:
        UnreadableError: not UTF-8, not JSON, or nested deeper than `NESTING_MAX`.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise UnreadableError(
            f"byte {fault.start + 1} is not UTF-8; save the file as UTF-8"
        ) from fault
    try:
        value = json.loads(
            text,
            parse_float=NumberText,
            parse_int=NumberText,
            parse_constant=_no_number,
            object_pairs_hook=_object,
        )
    except RecursionError as fault:
        raise UnreadableError(f"nested deeper than {NESTING_MAX} levels") from fault
    except ValueError as fault:
        at = f"line {getattr(fault, 'lineno', '?')}, column {getattr(fault, 'colno', '?')}"
        raise UnreadableError(
            f"not well-formed JSON at {at}: {getattr(fault, 'msg', fault)}"
        ) from fault
    deep = text.count("{") + text.count("[") > NESTING_MAX  # most are not: counting is cheap
    if deep and _depth_exceeds(value, NESTING_MAX):
        raise UnreadableError(f"nested deeper than {NESTING_MAX} levels")
    if "\\ud" in text or "\\uD" in text:
        _refuse_half_signs(value)
    return value


def _no_number(word: str) -> Json:
    raise UnreadableError(f"{word} is not a JSON number; write null or leave the field out")


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    tree = dict(pairs)
    if len(tree) != len(pairs):  # two values for one element: neither may win unseen
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise UnreadableError(f"the field {twice[:80]!r} stands twice in one object; keep one")
    return tree


def _refuse_half_signs(value: Json) -> None:
    try:
        to_json(value).encode("utf-8")
    except UnicodeEncodeError as fault:
        raise UnreadableError(
            "an escape holds half of a character (a lone surrogate); write the character itself"
        ) from fault


class NumberText(str):
    """A JSON number as it was written (so that `0.10` and `4.00638E+12` can be told apart)."""

    __slots__ = ()


def to_json(value: Json) -> str:
    """Write a value back as compact JSON, numbers as they were written."""
    if isinstance(value, NumberText):
        return str(value)
    if isinstance(value, dict):
        inner = ",".join(
            f"{json.dumps(k, ensure_ascii=False)}:{to_json(v)}" for k, v in value.items()
        )
        return "{" + inner + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(to_json, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def _depth_exceeds(value: Json, limit: int) -> bool:
    level = [value]
    for _ in range(limit):
        level = [
            child
            for node in level
            for child in (
                node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
            )
        ]
        if not level:
            return False
    return True


class Cursor:
    """A JSON object being read: values by path, and what was never asked for.

    >>> order = Cursor({"id": NumberText("7"), "to": {"city": "Lyon"}, "colour": "red"})
    >>> order.text("id"), order.text("to.city"), order.leftover()
    ('7', 'Lyon', '{"colour":"red"}')
    """

    __slots__ = ("_tree", "numbers")

    def __init__(self, tree: Json) -> None:
        self._tree: dict[str, Json] = dict(tree) if isinstance(tree, dict) else {}
        self.numbers: set[str] = set()

    def text(self, path: str) -> str | None:
        """Take the scalar at a dotted path as text; None if absent, null or not a scalar.

        Paths of values that came as JSON numbers are noted in `numbers`: for a code that is a
        fault (leading zeros are gone).
        """
        value = self.take(path)
        if value is None:
            return None
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, NumberText):
            self.numbers.add(path)
            return str(value)
        if isinstance(value, str):
            return value if value.strip() else None
        self._put_back(path, value)
        return None

    def flag(self, path: str) -> bool | None:
        """Take a boolean; None if absent or something else (which stays unread)."""
        value = self.take(path)
        if isinstance(value, bool):
            return value
        if value is not None:
            self._put_back(path, value)
        return None

    def take(self, path: str) -> Json:
        """Take whatever stands at a dotted path out of the tree; None if absent."""
        *way, last = path.split(".")
        node: Json = self._tree
        for step in way:
            child = node.get(step) if isinstance(node, dict) else None
            if not isinstance(child, dict):
                return None
            if node[step] is child:
                node[step] = child = dict(child)
            node = child
        return node.pop(last, None) if isinstance(node, dict) else None

    def objects(self, path: str) -> Iterator[Cursor]:
        """Take a list of objects (or one object) and give a cursor for each.

        Elements that are no objects stay unread.
        """
        value = self.take(path)
        rows = value if isinstance(value, list) else [value] if value is not None else []
        strange = [row for row in rows if not isinstance(row, dict)]
        if strange:
            self._put_back(path, strange)
        for row in rows:
            if isinstance(row, dict):
                yield Cursor(row)

    def leftover(self) -> str | None:
        """What was never taken, as a JSON object; None if nothing is left."""
        rest = self.rest()
        return to_json(rest) if rest else None

    def rest(self) -> dict[str, Json]:
        """What was never taken and is not empty."""
        return dict(_prune(self._tree))

    def _put_back(self, path: str, value: Json) -> None:
        *way, last = path.split(".")
        node = self._tree
        for step in way:
            node = node[step]
        node[last] = value


def _prune(node: Json) -> Json:
    if not isinstance(node, dict):
        return node
    kept = {key: _prune(value) for key, value in node.items()}
    return {key: value for key, value in kept.items() if value not in (None, {}, [], "")}


def content_id(format_name: str, content: bytes) -> str:
    """Id of a message: format and the first 32 hex digits of the content's SHA-256."""
    return f"{format_name}:{hashlib.sha256(content).hexdigest()[:32]}"


class Draft:
    """Rows of one decode call; `batch()` makes the frames.

    Args:
        format_name: name of the format.
        source: name of the file or request.
        view: the view of its messages.
    """

    def __init__(self, format_name: str, source: str, view: str) -> None:
        self._format = format_name
        self._source = source
        self._view = view
        self._rows: dict[str, list[Row]] = {name: [] for name in FRAMES}

    def message(
        self,
        content: bytes,
        consignment_id: str,
        *,
        position: int,
        view: str = "",
        **said: str | None,
    ) -> str:
        """Note a message and give its `contribution_id`.

        Args:
            content: the message's own bytes in a canonical form (its identity).
            consignment_id: the parcel in the sender's id.
            position: line or element number in the source, from 1.
            view: if not the format's usual one.
            said: `sender`, `message_id`, `said_at_text`.
        """
        contribution_id = content_id(self._format, content)
        row: Row = {
            "contribution_id": contribution_id,
            "consignment_id": consignment_id,
            "format": self._format,
            "view": view or self._view,
            "source": self._source,
            "position": position,
            **said,
        }
        self._rows["contributions"].append(row)
        return contribution_id

    def add(self, frame: str, **values: Any) -> None:
        """Note a row of `consignments`, `goods_items` or `parties`."""
        self._rows[frame].append(values)

    def finding(  # noqa: PLR0913 - a finding has as many facets
        self,
        code: str,
        severity: Severity,
        *,
        consignment_id: str,
        contribution_id: str,
        item_no: int | None = None,
        field: str = "",
        seen: str = "",
        detail: str = "",
    ) -> None:
        """Note a finding of the reader itself (`format.<rule>`)."""
        self._rows["findings"].append(
            {
                "consignment_id": consignment_id,
                "contribution_id": contribution_id,
                "item_no": item_no,
                "stage": "format",
                "code": code,
                "severity": severity.value,
                "field": field or None,
                "seen": seen or None,
                "detail": detail or None,
            }
        )

    def reject(
        self, position: int, detail: str, raw: bytes | str, code: str = "format.unreadable"
    ) -> None:
        """Note a piece that cannot be read, whole (cut at `RAW_CHARS_MAX`, and then said so)."""
        text = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else raw
        if len(text) > RAW_CHARS_MAX:
            detail = f"{detail} (kept: the first {RAW_CHARS_MAX} of {len(text)} characters)"
        self._rows["rejected"].append(
            {
                "source": self._source,
                "format": self._format,
                "position": position,
                "code": code,
                "detail": detail,
                "raw": text[:RAW_CHARS_MAX],
            }
        )

    def batch(self) -> Batch:
        """Make the frames. A message that came twice in this call counts once."""
        frames = {}
        for name, rows in self._rows.items():
            owners = ("formats",)
            if name in ("findings", "repairs", "lineage", "charges", "decisions", "rejected"):
                if rows:
                    frame = pl.DataFrame(rows, schema_overrides=FRAMES[name].schema)
                    frames[name] = conform(
                        frame, name, owners=(c.owner for c in FRAMES[name].columns)
                    )
                continue
            if rows:
                schema = {k: v for k, v in FRAMES[name].schema.items() if any(k in r for r in rows)}
                frames[name] = conform(pl.DataFrame(rows, schema=schema), name, owners)
        return self._once(Batch(**frames))

    def rejected(self) -> pl.DataFrame:
        """Make the frame of rejected pieces alone."""
        rows = self._rows["rejected"]
        if not rows:
            return empty("rejected")
        frame = pl.DataFrame(rows, schema_overrides=FRAMES["rejected"].schema)
        return conform(frame, "rejected")

    def _once(self, batch: Batch) -> Batch:
        """Keep the first of each key: a message that came twice says nothing new."""
        keys = {
            "consignments": ["consignment_id", "contribution_id"],
            "goods_items": ["consignment_id", "contribution_id", "item_no"],
            "parties": ["consignment_id", "contribution_id", "role"],
            "contributions": ["contribution_id", "consignment_id"],
        }
        doubled = {
            name: key
            for name, key in keys.items()
            if len({tuple(row.get(part) for part in key) for row in self._rows[name]})
            < len(self._rows[name])
        }
        kept = {
            name: getattr(batch, name).unique(key, keep="first", maintain_order=True)
            for name, key in doubled.items()
        }
        if "contributions" in doubled and batch.findings.height:
            kept["findings"] = batch.findings.unique(keep="first", maintain_order=True)
        return batch.with_frames(**kept) if kept else batch
