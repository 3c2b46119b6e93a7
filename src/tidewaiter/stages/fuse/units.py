"""Units: messages that are one party's word on one parcel, said again or in parts.

Knows that the same format, sender and parcel id mean the same parcel, unless the rest speaks
against it: then a number was mistyped, or (where no sender is named) two shops used one number.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from tidewaiter.knowledge.matching import Matching
from tidewaiter.stages.fuse.evidence import weigh

Ints = npt.NDArray[np.int64]


def units(rows: pl.DataFrame, matching: Matching) -> tuple[Ints, pl.DataFrame]:
    """Fold messages of one format, sender and parcel id.

    Args:
        rows: of `match_keys`, each contribution once.
        matching: weights of evidence.

    Returns:
        For each row its node, and the nodes: the latest row of each unit, in order of the first.
    """
    marked = rows.with_columns(pl.struct("format", "sender", "said_id").hash().alias("unit"))
    if not marked["unit"].is_duplicated().any():
        return np.arange(rows.height, dtype=np.int64), rows
    strangers = _strangers(marked, matching)
    marked = marked.with_row_index("row").with_columns(
        pl.when(pl.col("row").is_in(strangers.implode()))
        .then(pl.col("contribution_id").hash())
        .otherwise("unit")
        .alias("unit")
    )
    latest = marked.sort("message_at", "position", nulls_last=False, maintain_order=True)
    latest = latest.unique("unit", keep="last", maintain_order=True)
    order = marked.select("unit").unique(maintain_order=True).with_row_index("node")
    nodes = order.join(latest, on="unit", how="left", maintain_order="left")
    of_unit = marked.select("unit").join(order, on="unit", how="left", maintain_order="left")
    return of_unit["node"].cast(pl.Int64).to_numpy(), nodes.select(rows.columns)


def _strangers(marked: pl.DataFrame, matching: Matching) -> pl.Series:
    """Rows whose evidence speaks against the first message under the same id."""
    again = marked.with_row_index("row").filter(pl.col("unit").is_duplicated())
    first = again.select(
        "row", pl.col("row").sort_by("contribution_id").first().over("unit").alias("first")
    )
    others = first.filter(pl.col("row") != pl.col("first"))
    pairs = others.select(left="first", right="row", shared=pl.lit(0, pl.UInt32))
    bits = pl.Series(weigh(pairs, marked, matching))
    limit = matching.fuse["limit"]
    named = marked["sender"].gather(others["row"]).is_not_null()
    least = named.replace_strict(
        {True: limit["resent_bits_min"], False: limit["resent_unnamed_bits_min"]},
        return_dtype=pl.Float64,
    )
    return others["row"].filter(bits < least)
