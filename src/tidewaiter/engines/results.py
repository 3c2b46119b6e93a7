"""One row a parcel: a finished batch as one nested frame and back, for lakes and clusters.

Every declared column of the parcel, and the other frames as lists of structs in columns of the
frame's name, so that Parquet, Arrow and Spark carry a parcel whole. (Messages before the flow have
such a shape too: `formats.canonical.to_nested`.)
"""

from __future__ import annotations

import polars as pl

from tidewaiter.vocabulary.batch import Batch, empty
from tidewaiter.vocabulary.columns import FRAMES, TIME

KEY = "consignment_id"
NESTED = (
    "goods_items", "parties", "contributions", "findings", "repairs", "lineage", "charges",
    "decisions",
)  # fmt: skip


def schema() -> dict[str, pl.DataType]:
    """Give the schema of the nested frame."""
    flat: dict[str, pl.DataType] = dict(FRAMES["consignments"].schema)
    return flat | {name: pl.List(pl.Struct(dict(FRAMES[name].schema))) for name in NESTED}


def to_rows(batch: Batch) -> pl.DataFrame:
    """Give one row a parcel, with every declared column (null where no stage gave it)."""
    frames = batch.frames()
    rows = _full(frames["consignments"], "consignments")
    for name in NESTED:
        frame = _full(frames[name], name)
        lists = frame.group_by(KEY, maintain_order=True).agg(pl.struct(frame.columns).alias(name))
        rows = rows.join(lists, on=KEY, how="left", maintain_order="left")
    return rows.select(list(schema()))


def from_rows(rows: pl.DataFrame) -> Batch:
    """Give the frames back."""
    frames = {"consignments": _cast(rows, dict(FRAMES["consignments"].schema))}
    for name in NESTED:
        lists = rows.select(name).filter(pl.col(name).list.len() > 0)
        frames[name] = _cast(lists.explode(name).unnest(name), dict(FRAMES[name].schema))
    return Batch(**frames)


def _cast(frame: pl.DataFrame, schema: dict[str, pl.DataType]) -> pl.DataFrame:
    """Other writers give times without zone or in other units; all of ours are UTC."""
    return frame.select(
        pl.col(name).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
        if dtype == TIME and frame.schema[name] != TIME
        else pl.col(name).cast(dtype)
        for name, dtype in schema.items()
    )


def _full(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    return pl.concat([empty(name), frame], how="diagonal")
