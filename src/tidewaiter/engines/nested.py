"""One row a message or a parcel: a batch as one nested frame and back, for lakes and clusters.

`MESSAGES` is the shape before `fuse`: one row a message, key `contribution_id`, the columns that
formats give. `RESULTS` is the shape after the flow: one row a parcel, key `consignment_id`, every
column. The other frames become lists of structs in columns of the frame's name. Parquet, Arrow and
Spark carry such rows whole, so a parcel is never torn apart.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from tidewaiter.vocabulary.batch import Batch, empty
from tidewaiter.vocabulary.columns import FRAMES, TIME


@dataclass(frozen=True, slots=True)
class Shape:
    """A nested shape.

    Args:
        key: what one row is told by.
        nested: the frames that become lists.
        owners: whose columns it carries; None for all.
    """

    key: str
    nested: tuple[str, ...]
    owners: frozenset[str] | None

    def frame_schema(self, name: str) -> dict[str, pl.DataType]:
        """Columns of one frame in this shape."""
        return {
            column.name: column.dtype
            for column in FRAMES[name].columns
            if self.owners is None or column.owner in self.owners
        }

    def schema(self) -> dict[str, pl.DataType]:
        """Give the schema of the nested frame."""
        schema = self.frame_schema("consignments")
        for name in self.nested:
            schema[name] = pl.List(pl.Struct(self.frame_schema(name)))
        return schema


MESSAGES = Shape(
    "contribution_id",
    ("goods_items", "parties", "contributions", "findings"),
    frozenset({"formats", "every stage"}),
)
RESULTS = Shape(
    "consignment_id",
    (
        "goods_items", "parties", "contributions", "findings", "repairs", "lineage", "charges",
        "decisions",
    ),
    None,
)  # fmt: skip


def to_rows(batch: Batch, shape: Shape) -> pl.DataFrame:
    """Give one row a message or parcel, with every column of the shape (null where not given)."""
    frames = batch.frames()
    rows = _full(frames["consignments"], "consignments", shape)
    for name in shape.nested:
        frame = _full(frames[name], name, shape)
        lists = frame.group_by(shape.key, maintain_order=True).agg(
            pl.struct(frame.columns).alias(name)
        )
        rows = rows.join(lists, on=shape.key, how="left", maintain_order="left")
    return rows.select(list(shape.schema()))


def from_rows(rows: pl.DataFrame, shape: Shape) -> Batch:
    """Give the frames back."""
    frames = {"consignments": _cast(rows, shape.frame_schema("consignments"))}
    for name in shape.nested:
        lists = rows.select(name).filter(pl.col(name).list.len() > 0)
        flat = lists.explode(name).unnest(name)
        frames[name] = _cast(flat, shape.frame_schema(name))
    return Batch(**frames)


def _cast(frame: pl.DataFrame, schema: dict[str, pl.DataType]) -> pl.DataFrame:
    """Other writers give times without zone or in other units; all of ours are UTC."""
    return frame.select(
        pl.col(name).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
        if dtype == TIME and frame.schema[name] != TIME
        else pl.col(name).cast(dtype)
        for name, dtype in schema.items()
    )


def _full(frame: pl.DataFrame, name: str, shape: Shape) -> pl.DataFrame:
    schema = shape.frame_schema(name)
    kept = frame.select(column for column in frame.columns if column in schema)
    return pl.concat([empty(name).select(list(schema)), kept], how="diagonal")
