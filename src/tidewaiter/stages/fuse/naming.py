"""Naming: under which id a parcel goes on.

The order's id where an order speaks of it, because the buyer and the shop know it; else the
tracking number; else what the sender said. Two parcels never get one id: the second is told apart
by the end of its message's digest.
"""

from __future__ import annotations

import polars as pl

from tidewaiter.stages.fuse.rounds import Ints
from tidewaiter.vocabulary.terms import View

DIGEST_TAIL = 8
SHARED_ID = rf"~[0-9A-Za-z]{{{DIGEST_TAIL}}}$"


def parcel_ids(nodes: pl.DataFrame, label: Ints) -> pl.DataFrame:
    """Name each group of messages.

    Args:
        nodes: rows of `match_keys`, one a unit.
        label: group of each node.

    Returns:
        `group`, `consignment_id`, one row a group.
    """
    order = (pl.col("view") == View.ORDER.value).fill_null(value=False)
    rows = nodes.select(
        "contribution_id",
        "said_id",
        "id_tracking",
        order.alias("order"),
        pl.when(order).then("said_id").alias("order_said"),
        pl.Series("group", label),
    )
    alone = rows.filter(~pl.col("group").is_duplicated()).select(
        "group", "contribution_id", "order", consignment_id="said_id", size=pl.lit(1, pl.UInt32)
    )
    joined = (
        rows.filter(pl.col("group").is_duplicated())
        .group_by("group")
        .agg(
            pl.col("contribution_id", "order_said", "id_tracking", "said_id").min(),
            pl.col("order").max(),
            pl.len().alias("size"),
        )
        .select(
            "group",
            "contribution_id",
            "order",
            consignment_id=pl.coalesce("order_said", "id_tracking", "said_id"),
            size="size",
        )
    )
    named = pl.concat([alone, joined])
    if not named["consignment_id"].is_duplicated().any():
        return named.select("group", "consignment_id")
    ranked = named.sort(
        "order", "size", "contribution_id", descending=[True, True, False]
    ).with_columns(pl.int_range(pl.len()).over("consignment_id").alias("place"))
    tail = pl.col("contribution_id").str.tail(DIGEST_TAIL)
    return ranked.select(
        "group",
        pl.when(pl.col("place") > 0)
        .then(pl.format("{}~{}", "consignment_id", tail))
        .otherwise("consignment_id")
        .alias("consignment_id"),
    )
