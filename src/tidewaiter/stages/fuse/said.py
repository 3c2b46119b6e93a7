"""Said: for each message its parcel, and whether it stands, is a part, or was said again.

A message of the same format, sender and parcel id with other content is either a part (pieces of
one source whose lines add up to the number of lines said) or the same said again: then the latest
stands and the earlier ones are only remembered.
"""

from __future__ import annotations

import polars as pl

from tidewaiter.knowledge.matching import Matching
from tidewaiter.vocabulary.batch import Batch


def said(batch: Batch, pairing: pl.DataFrame, matching: Matching) -> pl.DataFrame:
    """Describe each message of the batch.

    Args:
        batch: after `check`, each message once.
        pairing: `contribution_id, consignment_id, confidence` (from `pair`).

        matching: gives whose word is the main one.

    Returns:
        One row a row of `consignments`, in order: `message` (row number), `contribution_id,
        said_id, parcel, confidence, view, sender, format, source, position, message_at, unit`
        (UInt64, the same for messages that are one party's word), `stands` (false where said
        again later), `parts` (number of pieces, 1 if whole), `lines_before` (lines of the pieces
        before this one), `times` (how often it was said), `order` (first message of the parcel),
        `weight` (place among the parcel's messages, the main one lowest), `several` (the parcel
        has more standing messages than this one), `main` (the main message's id).
    """
    told = batch.contributions.select(
        "contribution_id", "view", "sender", "format", "source", "position"
    )
    rows = batch.consignments.select(
        "contribution_id", "message_at", "item_count", said_id="consignment_id"
    ).with_row_index("message")
    rows = rows.join(told, on="contribution_id", how="left", maintain_order="left").join(
        pairing.rename({"consignment_id": "parcel"}),
        on="contribution_id",
        how="left",
        maintain_order="left",
    )
    rows = rows.with_columns(
        pl.col("parcel").fill_null(pl.col("said_id")),
        pl.col("confidence").fill_null(1.0),
        pl.struct("parcel", "format", "view", "sender", "said_id").hash().alias("unit"),
    )
    again = rows["unit"].is_duplicated()
    whole = rows.filter(~again).with_columns(
        stands=pl.lit(True),
        parts=pl.lit(1, pl.UInt32),
        lines_before=pl.lit(0, pl.Int64),
        times=pl.lit(1, pl.UInt32),
    )
    if again.any():
        whole = pl.concat([whole, _judged(rows.filter(again), batch.goods_items)]).sort("message")
    return _placed(whole.drop("item_count"), matching)


def _placed(rows: pl.DataFrame, matching: Matching) -> pl.DataFrame:
    order = matching.trust["main"]
    rank = pl.col("view").replace_strict(
        order, range(len(order)), default=len(order), return_dtype=pl.Int64
    )
    places = rows.select(
        "message", "lines_before", "message_at", "contribution_id", "parcel", "stands", rank=rank
    ).sort(
        "rank",
        "lines_before",
        "message_at",
        "contribution_id",
        descending=[False, False, True, False],
        nulls_last=True,
    )
    ids = places["contribution_id"]
    weights = places.select("message").with_row_index("weight").sort("message")["weight"]
    placed = rows.with_columns(weights)
    stands = pl.col("stands")
    leading = pl.when(stands).then("weight").min().over("parcel")
    placed = placed.with_columns(
        pl.col("message").min().over("parcel").alias("order"),
        (stands & (stands.sum().over("parcel") > 1)).alias("several"),
        leading.alias("leading"),
    )
    return placed.with_columns(ids.gather(placed["leading"]).alias("main")).drop("leading")


def _judged(again: pl.DataFrame, items: pl.DataFrame) -> pl.DataFrame:
    counted = items.select("contribution_id").group_by("contribution_id").len("lines")
    rows = again.join(counted, on="contribution_id", how="left", maintain_order="left")
    rows = rows.with_columns(pl.col("lines").cast(pl.Int64).fill_null(0))
    count, lines = pl.col("item_count"), pl.col("lines")
    is_part = (
        (pl.col("source").n_unique() == 1)
        & (lines.sum() == count.max())
        & (count.n_unique() == 1)
        & (lines.max() < count.max())
    ).over("unit")
    rows = rows.with_columns(is_part.fill_null(value=False).alias("part"))
    rows = rows.sort("unit", "position", "message_at", "contribution_id", nulls_last=True)
    before = (lines.cum_sum() - lines).over("unit")
    by_time = rows.sort("message_at", "position", "contribution_id", nulls_last=False)
    latest = by_time.unique("unit", keep="last", maintain_order=True)["message"]
    part = pl.col("part")
    return rows.select(
        *again.columns,
        stands=part | pl.col("message").is_in(latest.implode()),
        parts=pl.when(part).then(pl.len().over("unit")).otherwise(1).cast(pl.UInt32),
        lines_before=pl.when(part).then(before).otherwise(0).cast(pl.Int64),
        times=pl.when(part).then(1).otherwise(pl.len().over("unit")).cast(pl.UInt32),
    )
