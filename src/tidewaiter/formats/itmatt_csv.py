"""ITMATT-shaped postal items as CSV: one row a content piece, the item's fields on each row.

Fields and their meaning are those of `itmatt_fields` (which says what was and was not read; it is
never M33-conformant). Rows of one item stand together and carry the same ITEM_ID; on later rows
the item's fields may be empty. Other columns are kept: those that begin with CP_ with the piece,
with SEND_ or RECP_ with the party, all else with the item. Text is kept as written.
"""

from __future__ import annotations

from difflib import get_close_matches

import numpy as np
import polars as pl

from tidewaiter.formats.parts.content_ids import digests, mixed, summed
from tidewaiter.formats.parts.draft import Draft, Json, NumberText, to_json
from tidewaiter.formats.parts.itmatt_fields import (
    ALIASES,
    ITEM_FIELDS,
    PARTIES,
    PIECE,
    joined_object,
    to_batch,
)
from tidewaiter.formats.parts.itmatt_write import to_wide
from tidewaiter.formats.parts.json_messages import load
from tidewaiter.formats.parts.rfc4180 import read_records, split_header
from tidewaiter.formats.spec import MESSAGE_BYTES_MAX, FormatSpec, Pieces
from tidewaiter.vocabulary.batch import Batch
from tidewaiter.vocabulary.errors import InputError
from tidewaiter.vocabulary.findings import finding
from tidewaiter.vocabulary.terms import Severity, View

NEEDED = ("ITEM_ID", "CP_DESC")


def _sniff(head: bytes, _file_name: str) -> float:
    line = head.removeprefix(b"\xef\xbb\xbf").partition(b"\n")[0].replace(b'"', b"")
    names = {name.strip() for name in line.split(b",")}
    if b"ITEM_ID" not in names:
        return 0.0
    return 0.95 if any(name.startswith((b"CP_", b"SEND_")) for name in names) else 0.3


FORMAT = FormatSpec(
    name="itmatt-csv",
    title="Postal item, ITMATT-shaped, CSV with one row a content piece",
    view=View.POSTAL.value,
    pieces=Pieces.CSV,
    extensions=(".csv",),
    sniff=_sniff,
    source="union of public field lists (India FPO tables, Taiwan Post, NZ TSW, IPC) as restated. "
    "Not read: UPU M33, M43, code lists 136, 185; never M33-conformant",
    group_column="ITEM_ID",
)


def decode(data: bytes, *, source: str = "", position: int = 0) -> Batch:
    """Read items; one item is one consignment with consignor and consignee.

    Args:
        data: header line and records.
        source: name of the file or request.
        position: number of records before this piece of the file.

    Returns:
        Batch of text as written; broken records stand in `rejected`. The `contribution_id` is a
        128-bit digest of the item's rows (stable within a version of Polars).
    """
    draft = Draft(FORMAT.name, source, FORMAT.view)
    if len(data) > MESSAGE_BYTES_MAX:
        detail = f"the piece has {len(data)} bytes, more than {MESSAGE_BYTES_MAX}; split the file"
        draft.reject(position + 1, detail, data[:1000], "format.too_large")
        return draft.batch()
    try:
        names, body = split_header(data)
        names = _named(names)
    except InputError as fault:
        draft.reject(position + 1, fault.what, data)
        return draft.batch()
    records = read_records(body, names)
    for broken in records.faults:
        place = position + broken.record
        draft.reject(place, f"record {place} {broken.detail}", broken.raw)
    rows = records.frame.filter(pl.any_horizontal(pl.col(names).is_not_null()))
    batch = _batch(rows, names, source, position) if rows.height else Batch()
    return batch.with_frames(rejected=draft.batch().rejected)


def _named(header: list[str]) -> list[str]:
    names: list[str] = []
    for name in header:
        known = ALIASES.get(name, name)
        names.append(name if known in names else known)
    missing = [name for name in NEEDED if name not in names]
    if missing:
        near = {near for name in missing for near in get_close_matches(name, names, n=1)}
        hint = f"; nearest in the header: {', '.join(sorted(near))}" if near else ""
        raise InputError(f"the header names no column {', '.join(missing)}{hint}")
    return names


def _batch(rows: pl.DataFrame, names: list[str], source: str, position: int) -> Batch:
    rows = _numbered(rows, names)
    shared = [name for name in ITEM_FIELDS if name in names]
    extra = [name for name in names if name not in ITEM_FIELDS and name not in PIECE]
    differ = _differing(rows, shared)
    kept_of = {prefix: [n for n in extra if n.startswith(f"{prefix}_")] for prefix in PARTIES}
    of_piece = [name for name in extra if name.startswith("CP_")]
    elsewhere = {*of_piece, *(name for kept in kept_of.values() for name in kept)}
    of_item = [name for name in extra if name not in elsewhere]
    first = rows.filter(pl.col("begins"))
    has = set(names)
    wide = first.select(
        *(pl.col(name) if name in has else _none().alias(name) for name in ITEM_FIELDS),
        _kept(of_item).alias("unread"),
        *(_kept(kept).alias(f"{prefix}_unread") for prefix, kept in kept_of.items()),
        "contribution_id",
        (pl.col("record").cast(pl.Int64) + position).alias("position"),
    )
    tests = {name: pl.col(name).is_not_null() for name in of_piece} | differ
    pieces = rows.select(
        "item",
        *(pl.col(name) if name in has else _none().alias(name) for name in PIECE),
        (joined_object([], tests) if tests else _none()).alias("unread"),
    ).filter(pl.any_horizontal(pl.col(*PIECE, "unread").is_not_null()))
    batch = to_batch(wide, pieces, FORMAT.name, source)
    return batch.with_findings(*_disagreements(rows, batch, differ))


def _none() -> pl.Expr:
    return pl.lit(None, dtype=pl.String)


def _kept(names: list[str]) -> pl.Expr:
    if not names:
        return _none()
    return joined_object([], {name: pl.col(name).is_not_null() for name in names})


def _numbered(rows: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    """Number the items: neighbours with the same ITEM_ID, or LOCALID where there is none.

    A row without either is its own item.
    """
    known = pl.coalesce("ITEM_ID", "LOCALID") if "LOCALID" in names else pl.col("ITEM_ID")
    begins = known.is_null() | known.ne_missing(known.shift())
    rows = rows.with_columns(begins.alias("begins")).with_columns(
        (pl.col("begins").cum_sum().cast(pl.Int64) - 1).alias("item")
    )
    starts = np.flatnonzero(rows["begins"].to_numpy())
    place = pl.int_range(pl.len(), dtype=pl.Int64) - pl.Series(starts)[rows["item"]]
    said = rows.select(*summed({name: name for name in names}), place.alias("row in item"))
    sides = said.select(mixed("row in item"))
    by_item = [pl.Series(np.bitwise_xor.reduceat(side.to_numpy(), starts)) for side in sides]
    ids = digests(FORMAT.name, by_item)
    return rows.with_columns(ids.gather(rows["item"]))


def _differing(rows: pl.DataFrame, shared: list[str]) -> dict[str, pl.Expr]:
    """Of the item's fields, those that say something else on a later row of an item."""
    later = ~pl.col("begins")
    if not rows["begins"].all():
        changed = rows.select(
            (later & pl.col(n).is_not_null() & pl.col(n).ne_missing(pl.col(n).shift()))
            .any()
            .alias(n)
            for n in shared
        ).row(0)
    else:
        changed = (False,) * len(shared)
    return {
        name: later
        & pl.col(name).is_not_null()
        & pl.col(name).ne_missing(pl.col(name).first().over("item"))
        for name, differs in zip(shared, changed, strict=True)
        if differs
    }


def _disagreements(
    rows: pl.DataFrame, batch: Batch, differ: dict[str, pl.Expr]
) -> list[pl.DataFrame]:
    if not differ:
        return []
    ids = batch.consignments.select("contribution_id", "consignment_id").unique("contribution_id")
    keyed = rows.join(ids, on="contribution_id", how="left", maintain_order="left")
    return [
        finding(
            keyed,
            test,
            "format.item_rows_disagree",
            Severity.WARN,
            field="parties.name" if name[:4] in PARTIES else "consignments.tracking_id",
            detail=pl.lit(name),
        )
        for name, test in differ.items()
    ]


def encode(batch: Batch) -> bytes:
    """Write items as CSV, one row a piece; an item without pieces is one row without goods."""
    wide, pieces = to_wide(batch)
    rows = wide.with_row_index("item").join(
        pieces.rename({"unread": "CP_unread"}), on="item", how="left", maintain_order="left_right"
    )
    columns: dict[str, list[pl.Expr]] = {name: [pl.col(name)] for name in (*ITEM_FIELDS, *PIECE)}
    for column in ("unread", *(f"{prefix}_unread" for prefix in PARTIES), "CP_unread"):
        members = _members(rows[column])
        rows = rows.join(members, on=column, how="left", maintain_order="left")
        for name in members.columns[1:]:
            columns.setdefault(name.split(" ", 1)[1], []).insert(0, pl.col(name))
    return (
        rows.select(pl.coalesce(texts).alias(name) for name, texts in columns.items())
        .write_csv()
        .encode()
    )


def _members(unread: pl.Series) -> pl.DataFrame:
    """Take the distinct texts of a kept column apart: the text, and a column a member."""
    texts = unread.drop_nulls().unique()
    trees = [load(text) for text in texts]
    names = sorted({name for tree in trees for name in tree})
    return pl.DataFrame(
        {
            unread.name: texts,
            **{
                f"{unread.name} {name}": pl.Series(
                    [_cell(tree[name]) if name in tree else None for tree in trees],
                    dtype=pl.String,
                )
                for name in names
            },
        }
    )


def _cell(value: Json) -> str:
    if isinstance(value, str) and not isinstance(value, NumberText):
        return value
    return str(value) if isinstance(value, NumberText) else to_json(value)
