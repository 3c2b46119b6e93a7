"""Read lines of canonical consignment JSON in columns, with an account of every member.

Lists of lines and parties are cut out by msgspec and read by Polars as records of their own (Polars
reads lists of objects thirty times slower). The account: members in the text = values read, values
that begin with a quotation mark = text values read. Where it does not close for a whole piece it is
drawn up line by line, and lines whose account is not in order (unknown members, a member twice or
at the wrong place, numbers for text, papers) are left for the careful reader of `canonical_tree`.
Not a format itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import chain
from operator import attrgetter
from typing import TypeAlias

import msgspec
import numpy as np
import polars as pl

from tidewaiter.formats.parts.canonical_tree import FORMAT_ID, FRAME_FIELDS, META, json_name
from tidewaiter.formats.parts.draft import UnreadableError
from tidewaiter.formats.parts.nested import CONTRIBUTION, FINDING, Flat, together
from tidewaiter.vocabulary.terms import View

LINES_TOGETHER_MIN = 128  # for fewer lines the careful reader is faster
_MEMBER = r'"[ \t\r]*:'
_NULL = r'"[ \t\r]*:[ \t\r]*null'
_TEXT = r'"[ \t\r]*:[ \t\r]*"'
_ODD = r'":[ \t]?"(?:"|\s|\\)|\\u[dD]'  # perhaps blank; perhaps half a character (a NUL in Polars)
_ODD_SPACED = r'"[ \t\r]*:[ \t\r]*"(?:"|\s|\\)|\\u[dD]'
_LISTS = ("goods_items", "parties")
_READ: Schemas = {
    frame: {json_name(column): dtype for column, dtype in fields.items() if column != "unread"}
    for frame, fields in FRAME_FIELDS.items()
}
_READ["consignments"] |= dict.fromkeys(("format", *META), pl.String())
_NEEDED = {"format", *META, "consignment_id", "item_no", "role"}
_NAME = re.compile(rb'"([a-z0-9_]+)"[ \t]*:')
LOOKED_AT_BYTES = 65_536
QUOTE, COLON, NULL = b'":n'
BLANKS = np.frombuffer(b" \t\r", dtype=np.uint8)
BLANKS_MAX = 8
Places: TypeAlias = "np.ndarray[tuple[int], np.dtype[np.int64]]"
Schemas: TypeAlias = dict[str, dict[str, pl.DataType]]


class _Top(msgspec.Struct, gc=False):
    """The lists of a parcel, each element as it stands; the rest of the line is skipped."""

    goods_items: list[msgspec.Raw] | msgspec.UnsetType | None = msgspec.UNSET
    parties: list[msgspec.Raw] | msgspec.UnsetType | None = msgspec.UNSET


_DECODER = msgspec.json.Decoder(_Top)


class _Piece:
    """Lines read together: the frames, and which line each row of the lists belongs to."""

    def __init__(self, lines: pl.DataFrame, data: bytes, read: Schemas) -> None:
        """Read the columns named in `read`.

        Raises:
            UnreadableError: a line or an element is no object.
            msgspec.MsgspecError: a line is malformed, or a list is something else.
            RecursionError: a line is nested too deep.
            polars.exceptions.PolarsError: a value does not fit its column.
        """
        self.lines = lines
        self.data = data
        tops = _DECODER.decode_lines(data)
        top = pl.read_ndjson(data, schema=read["consignments"])
        if not lines.height == len(tops) == top.height:
            raise UnreadableError("a line is no object")
        self.frames = {"consignments": top}
        self.line_of: dict[str, Places] = {}
        self.lists_read: Places = np.zeros(lines.height, dtype=np.int64)
        for name in _LISTS:
            rows = list(map(attrgetter(name), tops))
            kinds = list(map(type, rows))
            if kinds.count(list) < len(kinds):
                self.lists_read += np.array([kind is list for kind in kinds], dtype=np.int64)
                rows = [row if isinstance(row, list) else [] for row in rows]
            else:
                self.lists_read += 1
            lengths = list(map(len, rows))
            self.line_of[name] = np.repeat(np.arange(len(rows), dtype=np.int64), lengths)
            raw = b"\n".join(chain.from_iterable(rows))
            self.frames[name] = pl.read_ndjson(raw, schema=read[name])
            if self.frames[name].height != sum(lengths):
                raise UnreadableError("an element of a list is no object")
        self.closes, self.spaced = _account(self)


def read_lines(lines: pl.DataFrame, data: bytes) -> tuple[Flat | None, pl.DataFrame]:
    """Read plain lines in columns.

    Args:
        lines: `position, text`; no blank ones.
        data: the same lines as bytes (blank ones do no harm).

    Returns:
        What was read (None if nothing was), and the lines left.
    """
    parts = [_flat(piece, _sound(piece)) for piece in _pieces(lines, data)]
    parts = [part for part in parts if part.rows.height]
    if not parts:
        return None, lines
    whole = together(parts)
    read = whole.rows.select("position")
    return whole, lines.join(read, on="position", how="anti", maintain_order="left")


def _pieces(lines: pl.DataFrame, data: bytes) -> Iterable[_Piece]:
    """Read lines together; where that fails, their halves; few lines not at all.

    First only the members seen in the first lines are asked for (few columns are faster); if the
    account then does not close, all are.
    """
    if lines.height < LINES_TOGETHER_MIN:
        return
    try:
        few = _Piece(lines, data, _seen(data))
        yield few if few.closes else _Piece(lines, data, _READ)
    except (
        UnreadableError,
        msgspec.MsgspecError,
        RecursionError,
        pl.exceptions.PolarsError,
        pl.exceptions.PanicException,
    ):
        half = lines.height // 2
        for part in (lines[:half], lines[half:]) if half else ():
            yield from _pieces(part, "\n".join(part["text"]).encode())


def _seen(data: bytes) -> Schemas:
    found = {name.decode() for name in _NAME.findall(data, 0, LOOKED_AT_BYTES)} | _NEEDED
    return {
        frame: {name: dtype for name, dtype in schema.items() if name in found}
        for frame, schema in _READ.items()
    }


def _sound(piece: _Piece) -> pl.Series:
    """Say for each line whether it was read whole and right."""
    top = piece.frames["consignments"]
    odd = piece.lines["text"].str.contains(
        _ODD if piece.closes and not piece.spaced else _ODD_SPACED
    )
    sound: pl.Series = top.select(
        pl.col("consignment_id").is_not_null()
        & (pl.col("format").is_null() | (pl.col("format") == FORMAT_ID))
        & (pl.col("view").is_null() | pl.col("view").is_in([*View]))
    ).to_series()
    sound &= ~odd
    if not piece.closes:
        sound &= _closing(piece)
    wrong = np.zeros(top.height, dtype=bool)
    for name, key in (("goods_items", "item_no"), ("parties", "role")):
        lines = piece.line_of[name]
        keys = piece.frames[name][key]
        pairs = pl.DataFrame({"line": lines, "key": keys})
        wrong[lines[(pairs.is_duplicated() | keys.is_null()).to_numpy()]] = True
    numbers = piece.frames["goods_items"]["item_no"]
    wrong[piece.line_of["goods_items"][(numbers < 1).fill_null(value=True).to_numpy()]] = True
    return sound & ~pl.Series(wrong)


def _account(piece: _Piece) -> tuple[bool, bool]:
    """Say whether the account closes over the piece, and whether blanks stand before colons.

    Members of the text can be counted too often (a colon behind a quotation mark within a value),
    never too seldom, and what is read never exceeds what is there: so if the sums over the piece
    are equal, they are equal on each line.
    """
    signs = np.frombuffer(piece.data, dtype=np.uint8)
    colons = np.flatnonzero(signs == COLON)
    before = signs[np.maximum(colons - 1, 0)]
    members = colons[before == QUOTE]
    apart = colons[np.isin(before, BLANKS)]
    for _ in range(BLANKS_MAX):
        apart = np.where(np.isin(signs[apart - 1], BLANKS), apart - 1, apart)
    known = not np.isin(signs[apart - 1], BLANKS).any()
    spaced = int(np.count_nonzero(signs[apart - 1] == QUOTE))
    value = signs[np.minimum(members + 1, signs.size - 1)]
    value = np.where(value == BLANKS[0], signs[np.minimum(members + 2, signs.size - 1)], value)
    read = int(piece.lists_read.sum())
    texts = 0
    for frame in piece.frames.values():
        filled = {column.name: len(column) - column.null_count() for column in frame}
        read += sum(filled.values())
        texts += sum(filled[name] for name, dtype in frame.schema.items() if dtype == pl.String())
    named = members.size - int(np.count_nonzero(value == NULL))
    closes = named == read and int(np.count_nonzero(value == QUOTE)) == texts
    return closes and known and not spaced, bool(spaced) or not known


def _closing(piece: _Piece) -> pl.Series:
    """Say for each line whether its account closes."""
    text = pl.col("text")
    counted = piece.lines.select(
        members=text.str.count_matches(_MEMBER).cast(pl.Int64)
        - text.str.count_matches(_NULL).cast(pl.Int64),
        texts=text.str.count_matches(_TEXT).cast(pl.Int64),
    )
    read, texts = piece.lists_read.copy(), np.zeros_like(piece.lists_read)
    for name, frame in piece.frames.items():
        named = [column for column, dtype in frame.schema.items() if dtype == pl.String()]
        per_row = frame.select(
            read=pl.sum_horizontal(pl.all().is_not_null().cast(pl.Int64)),
            texts=pl.sum_horizontal(pl.col(named).is_not_null().cast(pl.Int64)),
        )
        lines = piece.line_of.get(name, np.arange(frame.height))
        np.add.at(read, lines, per_row["read"].to_numpy())
        np.add.at(texts, lines, per_row["texts"].to_numpy())
    return (counted["members"] == pl.Series(read)) & (counted["texts"] == pl.Series(texts))


def _flat(piece: _Piece, sound: pl.Series) -> Flat:
    """Give the sound lines as frames with our column names."""
    place = piece.lines.select("position")
    top = piece.frames["consignments"]
    said = {
        "format": pl.lit("canonical"),
        "view": pl.col("view").fill_null(View.DECLARATION.value),
        "sender": pl.col("sender"),
        "source": pl.lit(None, dtype=pl.String),
        "position": pl.col("position"),
        "message_id": pl.col("message_id"),
        "said_at_text": pl.col("said_at"),
    }
    rows = pl.concat([place, top], how="horizontal").select(
        "position",
        "consignment_id",
        pl.lit(None, dtype=pl.String).alias("contribution_id"),
        *_columns("consignments", top.columns, skip="consignment_id"),
        pl.struct(said[name].alias(name) for name in CONTRIBUTION).alias("contribution"),
    )
    lists = {}
    for name in _LISTS:
        lines = pl.Series(piece.line_of[name], dtype=pl.UInt32)
        whole = pl.concat([place[lines], piece.frames[name]], how="horizontal")
        kept = whole if sound.all() else whole.filter(sound.gather(lines))
        lists[name] = kept.select("position", *_columns(name, whole.columns))
    lists["findings"] = pl.DataFrame(schema={"position": pl.Int64(), **FINDING})
    return Flat(rows if sound.all() else rows.filter(sound), lists)


def _columns(frame: str, have: Iterable[str], skip: str = "") -> Iterable[pl.Expr]:
    have = set(have) - {"unread", skip}
    for column in FRAME_FIELDS[frame]:
        if json_name(column) in have:
            yield pl.col(json_name(column)).alias(column)
