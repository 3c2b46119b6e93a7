"""Buckets of whole days: which parcels are finished together.

The flow's `link` and `charge` need all of a person's parcels of a day, so a bucket holds whole
days. A parcel's day is the one its order tells, else the first its other messages tell.
"""

from __future__ import annotations

import datetime as dt

import polars as pl

NO_DAY = dt.date(1, 1, 1)


def said_days(parcels: pl.DataFrame) -> pl.DataFrame:
    """Give `contribution_id, day, sure` of checked messages; sure where an order's day is told."""
    return parcels.select(
        "contribution_id",
        pl.coalesce("ordered_day", pl.col("message_at").dt.date()).alias("day"),
        pl.col("ordered_day").is_not_null().alias("sure"),
    )


def assign(said: pl.DataFrame, pairing: pl.DataFrame, rows_max: int) -> pl.DataFrame:
    """Give `contribution_id, bucket`: whole days in order, filled up to `rows_max` messages.

    Args:
        said: from `said_days`, of all messages.
        pairing: `contribution_id, consignment_id`, which message belongs to which parcel.
        rows_max: messages in a bucket, unless one day alone has more.
    """
    parcel = pairing.select("contribution_id", parcel="consignment_id")
    known = said.unique("contribution_id", keep="first").join(
        parcel, on="contribution_id", how="left"
    )
    if known["parcel"].n_unique() == known.height:
        alone = known.with_columns(pl.col("day").fill_null(NO_DAY))
        return alone.join(_fill(alone.group_by("day").len(), rows_max), on="day").select(
            "contribution_id", "bucket"
        )
    days = known.group_by("parcel").agg(
        pl.coalesce(
            pl.col("day").filter(pl.col("sure")).min(), pl.col("day").min(), pl.lit(NO_DAY)
        ).alias("day"),
        pl.len(),
    )
    of_day = _fill(days.group_by("day").agg(pl.col("len").sum()), rows_max)
    of_parcel = days.join(of_day, on="day", how="left").select("parcel", "bucket")
    return known.join(of_parcel, on="parcel", how="left", nulls_equal=True).select(
        "contribution_id", "bucket"
    )


def _fill(sizes: pl.DataFrame, rows_max: int) -> pl.DataFrame:
    """Give `day, bucket` for `day, len`: days in order, a new bucket when one would be too full."""
    sizes = sizes.sort("day")
    number, filled, numbers = 0, 0, []
    for size in sizes["len"].to_list():
        if filled and filled + size > rows_max:
            number, filled = number + 1, 0
        filled += size
        numbers.append(number)
    return sizes.select("day", pl.Series("bucket", numbers, dtype=pl.UInt32))
