"""The batch as one row a parcel: lines, parties and findings as lists inside it.

The form of the Parquet lake, of the Spark engine and of canonical NDJSON. Holds what formats own
(one row of `consignments` with its contribution, `goods_items`, `parties`) and the reader's
findings; what stages add is not carried. Knows frames only. Not a format itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from tidewaiter.formats.parts.content_ids import SIDES, digests, mixed, summed
from tidewaiter.vocabulary.batch import Batch, conform
from tidewaiter.vocabulary.columns import FRAMES

KEYS = ("consignment_id", "contribution_id")


def _owned(frame: str) -> dict[str, pl.DataType]:
    return {
        column.name: column.dtype
        for column in FRAMES[frame].columns
        if column.owner in ("formats", "every stage") and column.name not in KEYS
    }


CONSIGNMENT = _owned("consignments")
ITEM = _owned("goods_items")
PARTY = _owned("parties")
CONTRIBUTION = _owned("contributions")
FINDING = _owned("findings")
LISTS: dict[str, dict[str, pl.DataType]] = {
    "goods_items": ITEM,
    "parties": PARTY,
    "findings": FINDING,
}
_SAID = ("view", "sender", "message_id", "said_at_text")
_HEAD: dict[str, pl.DataType] = {"position": pl.Int64(), **dict.fromkeys(KEYS, pl.String())}
NESTED: dict[str, pl.DataType] = {
    **dict.fromkeys(KEYS, pl.String()),
    **CONSIGNMENT,
    "contribution": pl.Struct(CONTRIBUTION),
    **{name: pl.List(pl.Struct(fields)) for name, fields in LISTS.items()},
}


def to_nested(batch: Batch) -> pl.DataFrame:
    """Give one row a message: its parcel's columns, `contribution`, lists of what belongs to it.

    Returns:
        Frame with the schema `NESTED`; a list is null where there is nothing in it.
    """
    rows = batch.consignments.select(*KEYS, *CONSIGNMENT)
    said = batch.contributions.select(*KEYS, pl.struct(CONTRIBUTION.keys()).alias("contribution"))
    rows = rows.join(said, on=KEYS, how="left", maintain_order="left")
    for name, fields in LISTS.items():
        frame = getattr(batch, name)
        if not frame.height:
            rows = rows.with_columns(pl.lit(None, dtype=NESTED[name]).alias(name))
            continue
        grouped = frame.group_by(KEYS, maintain_order=True).agg(
            pl.struct(fields.keys()).alias(name)
        )
        rows = rows.join(grouped, on=KEYS, how="left", maintain_order="left")
    return rows.cast({name: NESTED[name] for name in ("contribution", *LISTS)})


@dataclass(frozen=True, slots=True)
class Flat:
    """The parts of nested rows as frames, joined by `position`; all sorted by it.

    Columns without any value may be missing.

    Args:
        rows: `position`, the keys, the parcel's columns and `contribution`, one row a message.
        lists: `goods_items`, `parties` and `findings` by name: `position` and their columns.
    """

    rows: pl.DataFrame
    lists: dict[str, pl.DataFrame]


def flat_rows(rows: Sequence[dict[str, Any]]) -> Flat:
    """Give parcels that were read one by one (members as in `NESTED`, and `position`) as frames."""
    lists = {
        name: _frame(
            [{**one, "position": row["position"]} for row in rows for one in row[name]],
            {"position": pl.Int64(), **fields},
        )
        for name, fields in LISTS.items()
    }
    said = pl.Series("contribution", [row["contribution"] for row in rows], pl.Struct(CONTRIBUTION))
    top = _frame(rows, {**_HEAD, **CONSIGNMENT})
    return Flat(top.with_columns(said), lists)


def _frame(rows: Sequence[dict[str, Any]], schema: dict[str, pl.DataType]) -> pl.DataFrame:
    used = {"position", *KEYS} if "consignment_id" in schema else {"position"}
    used.update(name for row in rows for name in row)
    return pl.DataFrame(
        [
            pl.Series(name, [row.get(name) for row in rows], dtype=dtype)
            for name, dtype in schema.items()
            if name in used
        ]
    )


def together(parts: Sequence[Flat]) -> Flat:
    """Put parts together in the order of their positions."""
    if len(parts) == 1:
        return parts[0]
    rows = pl.concat((part.rows for part in parts), how="diagonal")
    lists = {
        name: pl.concat((part.lists[name] for part in parts), how="diagonal") for name in LISTS
    }
    return Flat(
        rows.sort("position"),
        {name: frame.sort("position", maintain_order=True) for name, frame in lists.items()},
    )


def identified(flat: Flat, prefix: str, known_by: Sequence[str]) -> Flat:
    """Give each message the digest of what it says as `contribution_id`.

    A parcel without `consignment_id` gets the first filled of `known_by`, else the digest.
    """
    said = flat.rows.select(
        "position",
        "consignment_id",
        *_owned_in(flat.rows, CONSIGNMENT),
        *(pl.col("contribution").struct.field(name).alias(f"said {name}") for name in _SAID),
    )
    labels = {name: name for name in _filled(said) if name != "position"}
    total = said.select("position", *summed(labels))
    for name in ("goods_items", "parties"):
        frame = flat.lists[name]
        if not frame.height:
            continue
        fields = {column: column for column in _filled(frame) if column != "position"}
        part = frame.select("position", *summed(fields, name)).select("position", *mixed())
        per_message = part.group_by("position").agg(pl.col(SIDES).sum())
        total = total.join(per_message, on="position", how="left", maintain_order="left").select(
            "position",
            *(pl.col(side) + pl.col(f"{side}_right").fill_null(0) for side in SIDES),
        )
    ids = digests(prefix, total.select(mixed()))
    known = pl.coalesce("consignment_id", *_owned_in(flat.rows, known_by), "contribution_id")
    rows = flat.rows.with_columns(ids).with_columns(known.alias("consignment_id"))
    return Flat(rows, flat.lists)


def _owned_in(frame: pl.DataFrame, names: Iterable[str]) -> list[str]:
    have = set(frame.columns)
    return [name for name in names if name in have]


def _filled(frame: pl.DataFrame) -> list[str]:
    return [column.name for column in frame if column.null_count() < frame.height]


def batch_of(flat: Flat) -> Batch:
    """Give the batch; a message that comes twice counts once, where it came first."""
    rows = flat.rows
    lists = flat.lists
    if not rows["contribution_id"].is_unique().all():
        rows = rows.unique(KEYS, keep="first", maintain_order=True)
    keys = rows.select("position", *KEYS)
    owned = {
        name: frame.join(keys, on="position", maintain_order="left").drop("position")
        for name, frame in lists.items()
    }
    said = rows.select(*KEYS, "contribution").unnest("contribution")
    return Batch(
        consignments=conform(rows.drop("position", "contribution"), "consignments"),
        contributions=conform(said, "contributions"),
        goods_items=conform(owned["goods_items"], "goods_items"),
        parties=conform(owned["parties"], "parties"),
        findings=conform(owned["findings"], "findings", ("every stage",)),
    )


def from_nested(frame: pl.DataFrame) -> Batch:
    """Give the batch of nested rows; a message that comes twice counts once.

    Args:
        frame: columns of `NESTED` (others are not taken; missing ones are null).
    """
    have = frame.schema
    rows = frame.select(
        pl.col(name) if name in have else pl.lit(None, dtype=dtype).alias(name)
        for name, dtype in NESTED.items()
    )
    rows = rows.with_row_index("position")
    lists = {}
    for name in LISTS:
        some = rows.filter(pl.col(name).list.len() > 0).select("position", name)
        lists[name] = some.explode(name).unnest(name)
    return batch_of(Flat(rows.drop(LISTS), lists))
