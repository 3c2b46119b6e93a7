"""ITMATT-shaped postal items as JSON: one object an item, its content pieces a list inside.

Fields and their meaning are those of `itmatt_fields` (which says what was and was not read; it is
never M33-conformant); the pieces stand in `CONTENT_PIECES` (also read as `PIECES`), or, of an item
with one piece, beside the other fields. Takes one object, an array, or one object a line. Plain
lines (known fields, texts and figures) are read at once, with an account: every member counted in
the text must be found in the columns. Any other line is read with care, so that numbers of codes
are noted, unknown fields are kept and a broken line costs only itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from types import GenericAlias, NoneType
from typing import Any

import msgspec
import polars as pl

from tidewaiter.formats.parts.draft import Draft, Json, NumberText, content_id, to_json
from tidewaiter.formats.parts.itmatt_fields import (
    ALIASES,
    CODES,
    ITEM_FIELDS,
    PARTIES,
    PIECE,
    PIECE_CODES,
    schema,
    to_batch,
)
from tidewaiter.formats.parts.itmatt_write import to_wide
from tidewaiter.formats.parts.json_messages import load, objects, parse_line
from tidewaiter.formats.parts.json_records import is_lines, tell_tale
from tidewaiter.formats.parts.layout import scalar
from tidewaiter.formats.spec import MESSAGE_BYTES_MAX, FormatSpec
from tidewaiter.formats.spec import Pieces as Cut
from tidewaiter.vocabulary.batch import Batch
from tidewaiter.vocabulary.columns import FINDINGS
from tidewaiter.vocabulary.terms import Severity, View

TOGETHER_MIN = 16  # fewer lines are sooner read one by one
PIECES, PIECES_TOO = "CONTENT_PIECES", "PIECES"
FIGURES = frozenset(
    {"GROSS_WT", "TOT_DECL_VAL", "POSTAGE_AMT", "INS_VAL", "CP_NOU", "CP_NETWT", "CP_AMT"}
    | {"LENGTH", "WIDTH", "HEIGHT"}
)
_TELLS = {"ITEM_ID": 0.4, PIECES: 0.4, "CP_DESC": 0.3, "ORIGPOST_ORG_CD": 0.2, "SEND_NAME": 0.2}
_ANSWER = b'"DECI_CD"'
_ODD = (b"\\u00", b"\\ud", b"\\uD")  # perhaps a control sign or half a character
_UNREAD = tuple(f"{prefix}_unread" for prefix in PARTIES)
_MARK = b'":'


def _sniff(head: bytes, _file_name: str) -> float:
    return 0.0 if _ANSWER in head else tell_tale(head, _TELLS)


FORMAT = FormatSpec(
    name="itmatt",
    title="Postal item, ITMATT-shaped, JSON or NDJSON",
    view=View.POSTAL.value,
    pieces=Cut.LINES,
    extensions=(".json", ".ndjson"),
    sniff=_sniff,
    source="union of public field lists (India FPO tables, Taiwan Post, NZ TSW, IPC) as restated. "
    "Not read: UPU M33, M43, code lists 136, 185; never M33-conformant",
)


def _kind(name: str) -> Any:
    return Any if name in FIGURES else str | None


_Piece = msgspec.defstruct(
    "_Piece",
    [(name, _kind(name), None) for name in PIECE],
    forbid_unknown_fields=True,
    gc=False,
)
_Item = msgspec.defstruct(
    "_Item",
    [
        *((name, _kind(name), None) for name in ITEM_FIELDS),
        (PIECES, GenericAlias(list, (_Piece,)) | None, None),
    ],
    forbid_unknown_fields=True,
    gc=False,
)
_DECODER = msgspec.json.Decoder(_Item, float_hook=NumberText)


@dataclass(slots=True)
class _Read:
    """Items read: rows of the wide frame and of the pieces, and codes that came as numbers."""

    items: list[dict[str, Any]] = field(default_factory=list)
    pieces: list[dict[str, Any]] = field(default_factory=list)
    numbers: list[tuple[str, int | None, str, str]] = field(default_factory=list)


def decode(data: bytes, *, source: str = "", position: int = 0) -> Batch:
    """Read items; one item is one consignment with consignor and consignee.

    Args:
        data: one object, an array, or one object a line.
        source: name of the file or request.
        position: number of lines before this piece of the source.

    Returns:
        Batch of text as written; codes that came as numbers are findings
        (`format.code_as_number`); what is no item stands in `rejected`.
    """
    draft = Draft(FORMAT.name, source, FORMAT.view)
    read = _Read()
    quick = None
    if len(data) <= MESSAGE_BYTES_MAX and is_lines(data):
        left = _lines(data, position)
        if len(left) >= TOGETHER_MIN:
            quick, left = _quick(left)
        for place, line in left:
            tree = parse_line(line, draft, place)
            if tree is not None:
                _careful(place, tree, content_id(FORMAT.name, line), read, draft)
    else:
        for place, tree in objects(data, draft, position):
            content = to_json(tree).encode("utf-8", "surrogatepass")
            _careful(place, tree, content_id(FORMAT.name, content), read, draft)
    wide, pieces = _together(quick, read)
    batch = to_batch(wide, pieces, FORMAT.name, source) if wide.height else Batch()
    batch = batch.with_frames(rejected=draft.batch().rejected)
    return batch.with_findings(_numbers(read, batch)) if read.numbers else batch


def _lines(data: bytes, position: int) -> list[tuple[int, bytes]]:
    """Give the lines that are not blank, with their numbers."""
    numbered = enumerate(data.removeprefix(b"\xef\xbb\xbf").split(b"\n"), position + 1)
    return [(place, text) for place, line in numbered if (text := line.strip())]


def _quick(
    given: list[tuple[int, bytes]],
) -> tuple[tuple[pl.DataFrame, pl.DataFrame], list[tuple[int, bytes]]]:
    """Read plain lines; give their frames and, with their numbers, the lines left."""
    read: list[Any] = []
    places: list[int] = []
    texts: list[bytes] = []
    left: list[tuple[int, bytes]] = []
    for place, text in given:
        try:
            item = _DECODER.decode(text) if _is_plain(text) else None
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            item = None
        if item is None:
            left.append((place, text))
        else:
            read.append(item)
            places.append(place)
            texts.append(text)
    wide, pieces, sound = _frames(read, texts)
    left += [(places[n], texts[n]) for n in (~sound).arg_true()]
    wide = wide.with_columns(
        pl.Series("position", places, pl.Int64),
        pl.Series("contribution_id", [content_id(FORMAT.name, text) for text in texts], pl.String),
    )
    if not sound.all():
        wide = wide.filter(sound)
        numbers = sound.cum_sum().cast(pl.Int64) - 1
        kept = pieces.filter(sound.gather(pieces["item"]))
        pieces = kept.with_columns(numbers.gather(kept["item"]).alias("item"))
    return (wide, pieces), sorted(left)


def _is_plain(text: bytes) -> bool:
    return b"\\u" not in text or not any(sign in text for sign in _ODD)


def _frames(read: list[Any], texts: list[bytes]) -> tuple[pl.DataFrame, pl.DataFrame, pl.Series]:
    """Give the frames of items read at once, and which lines' accounts close."""
    parts = [getattr(item, PIECES) for item in read]
    rows = [piece for part in parts if part for piece in part]
    lengths = pl.Series([len(part or ()) for part in parts], dtype=pl.Int64)
    item_of = pl.int_range(len(read), eager=True).repeat_by(lengths).explode().drop_nulls()
    strange: set[int] = set()
    wide = _columns(read, ITEM_FIELDS, strange, None)
    pieces = _columns(rows, tuple(PIECE), strange, item_of).with_columns(item_of.alias("item"))
    told = wide.select(pl.sum_horizontal(pl.all().is_not_null().cast(pl.Int64))).to_series()
    inside = pieces.select(
        "item", pl.sum_horizontal(pl.col(*PIECE).is_not_null().cast(pl.Int64)).alias("told")
    )
    by_item = inside.group_by("item").agg(pl.col("told").sum())
    index = pl.DataFrame({"item": pl.int_range(len(read), eager=True)})
    more = index.join(by_item, on="item", how="left", maintain_order="left")["told"].fill_null(0)
    lists = pl.Series([part is not None for part in parts], dtype=pl.Int64)
    counted = pl.Series([text.count(_MARK) for text in texts], dtype=pl.Int64)
    usual = pl.Series([place not in strange for place in range(len(read))], dtype=pl.Boolean)
    wide, pieces = _no_blanks(wide), _no_blanks(pieces)
    named = wide["ITEM_ID"].is_not_null() | wide["LOCALID"].is_not_null() | (lengths > 0)
    return wide, pieces, (told + more + lists == counted) & usual & named


def _columns(
    read: list[Any], names: Sequence[str], strange: set[int], item_of: pl.Series | None
) -> pl.DataFrame:
    """Give the fields of structs as text columns; items with a strange figure are noted."""
    by_field = zip(*map(msgspec.structs.astuple, read), strict=True) if read else [()] * len(names)
    columns = {}
    for name, field_values in zip(names, by_field, strict=False):
        values = list(field_values)
        if name in FIGURES and not set(map(type, values)) <= {str, NoneType}:
            for place, value in enumerate(values):
                if value is None or type(value) in (str, NumberText):
                    continue
                if type(value) is int and value:
                    values[place] = str(value)
                else:  # zero may have been "-0"; true, objects and lists are no figures
                    strange.add(place if item_of is None else item_of[place])
                    values[place] = None
        columns[name] = pl.Series(name, values, dtype=pl.String)
    return pl.DataFrame(columns)


def _no_blanks(frame: pl.DataFrame) -> pl.DataFrame:
    texts = pl.col(pl.String)
    return frame.with_columns(pl.when(texts.str.strip_chars() != "").then(texts))


def _careful(place: int, tree: dict[str, Json], key: str, read: _Read, draft: Draft) -> None:
    """Read an item member by member; what has no column is kept."""
    item: dict[str, Any] = {"contribution_id": key, "position": place}
    left: dict[str, Json] = {}
    given = tree.get(PIECES, tree.get(PIECES_TOO))
    listed = isinstance(given, list) and all(isinstance(piece, dict) for piece in given)
    inner: list[dict[str, Json]] = list(given) if listed and isinstance(given, list) else []
    alone = {} if listed else {name: tree[name] for name in tree if name.startswith("CP_")}
    used = {PIECES if PIECES in tree else PIECES_TOO} if listed else set(alone)
    for name, value in tree.items():
        if name not in used:
            known = ALIASES.get(name, name)
            _take(known if known in ITEM_FIELDS else None, name, value, item, left)
    if not any(item.get(name) for name in ("ITEM_ID", "LOCALID")) and not (inner or alone):
        detail = f"record {place} is no postal item: it has neither ITEM_ID nor {PIECES}"
        draft.reject(place, f"{detail}; send the item with its number", to_json(tree))
        return
    for prefix in PARTIES:
        kept = {name: left.pop(name) for name in list(left) if name.startswith(f"{prefix}_")}
        item[f"{prefix}_unread"] = to_json(kept) if kept else None
    item["unread"] = to_json(left) if left else None
    number = len(read.items)
    read.items.append(item)
    read.numbers += _as_numbers(tree, CODES, key, None)
    for item_no, piece in enumerate([alone] if alone else inner, start=1):
        row: dict[str, Any] = {"item": number}
        rest: dict[str, Json] = {}
        for name, value in piece.items():
            _take(name if name in PIECE else None, name, value, row, rest)
        row["unread"] = to_json(rest) if rest else None
        read.pieces.append(row)
        read.numbers += _as_numbers(piece, PIECE_CODES, key, item_no)


def _take(
    known: str | None, name: str, value: Json, row: dict[str, Any], left: dict[str, Json]
) -> None:
    text = scalar(value)
    if known and known not in row and (text is not None or value in (None, "")):
        row[known] = text
    elif value is not None and value != "" and (text is not None or not isinstance(value, str)):
        left[name] = value


def _as_numbers(
    tree: dict[str, Json], codes: dict[str, str], key: str, item_no: int | None
) -> Iterator[tuple[str, int | None, str, str]]:
    for name, column in codes.items():
        if isinstance(tree.get(name), NumberText):
            yield key, item_no, column, str(tree[name])


def _together(
    quick: tuple[pl.DataFrame, pl.DataFrame] | None, read: _Read
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Put what was read at once and what was read with care in one, in order of position."""
    columns = schema("contribution_id") | {"position": pl.Int64()}
    pieces_schema = {"item": pl.Int64(), **dict.fromkeys((*PIECE, "unread"), pl.String())}
    wide = pl.DataFrame(read.items, schema=columns)
    pieces = pl.DataFrame(read.pieces, schema=pieces_schema)
    if quick is None:
        return wide, pieces
    first, parts = quick
    none = pl.lit(None, dtype=pl.String)
    first = first.with_columns(none.alias(name) for name in ("unread", *_UNREAD)).select(
        list(columns)
    )
    parts = parts.with_columns(none.alias("unread")).select(list(pieces_schema))
    if not wide.height:
        return first, parts
    pieces = pieces.with_columns(pl.col("item") + first.height)
    whole = pl.concat([first, wide]).with_row_index("old").sort("position", maintain_order=True)
    order = whole.select(pl.col("old").cast(pl.Int64), pl.int_range(pl.len()).alias("new"))
    both = pl.concat([parts, pieces]).join(
        order, left_on="item", right_on="old", how="left", maintain_order="left"
    )
    both = both.with_columns(pl.col("new").alias("item")).drop("new")
    return whole.drop("old"), both.sort("item", maintain_order=True)


def _numbers(read: _Read, batch: Batch) -> pl.DataFrame:
    """Give a finding for each code that came as a number: its leading zeros may be gone."""
    names = ("contribution_id", "item_no", "field", "seen")
    rows = pl.DataFrame(
        read.numbers,
        schema={name: FINDINGS.schema[name] for name in names},
        orient="row",
    )
    ids = batch.contributions.select("contribution_id", "consignment_id")
    return rows.join(ids, on="contribution_id", how="left", maintain_order="left").select(
        "consignment_id",
        "contribution_id",
        "item_no",
        pl.lit("format").alias("stage"),
        pl.lit("format.code_as_number").alias("code"),
        pl.lit(Severity.WARN.value).alias("severity"),
        "field",
        "seen",
        pl.lit(None, dtype=pl.String).alias("detail"),
    )


def encode(batch: Batch) -> bytes:
    """Write items, one object a line, values as text."""
    wide, pieces = to_wide(batch)
    inside: dict[int, list[str]] = {}
    for row in pieces.rows(named=True):
        number, unread = row.pop("item"), row.pop("unread")
        inside.setdefault(number, []).append(_object(row, (unread,)))
    written = []
    for number, row in enumerate(wide.rows(named=True)):
        kept = tuple(row.pop(column) for column in ("unread", *_UNREAD))
        text = _object(row, kept)
        if number in inside:
            comma = "," if len(text) > len("{}") else ""
            text = f'{text[:-1]}{comma}"{PIECES}":[{",".join(inside[number])}]}}'
        written.append(f"{text}\n")
    return "".join(written).encode("utf-8", "replace")


def _object(row: dict[str, str | None], kept: tuple[str | None, ...]) -> str:
    """Write the texts of a row and the kept members as one object; kept ones win."""
    whole = [text for text in kept if text]
    taken = frozenset[str]().union(*map(_names, whole))
    told = {name: text for name, text in row.items() if text is not None and name not in taken}
    parts = [json.dumps(told, ensure_ascii=False, separators=(",", ":"))] if told else []
    return "{" + ",".join(part[1:-1] for part in [*parts, *whole]) + "}"


@lru_cache(maxsize=4096)
def _names(kept: str) -> frozenset[str]:
    return frozenset(load(kept))
