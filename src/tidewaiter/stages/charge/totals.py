"""Sums of values per parcel and per person and day, and whether a limit is passed."""

from __future__ import annotations

import polars as pl

from tidewaiter.knowledge.regimes import RegimeDay
from tidewaiter.vocabulary.columns import MONEY


def add_totals(parcels: pl.DataFrame, items: pl.DataFrame, law: RegimeDay) -> pl.DataFrame:
    """Add the parcel's values, the person's day total, number of orders, `split`, limit columns.

    A parcel without a known person or day stands alone. `split`: the day is over a person-day
    limit although no single order is. Limits look at the value of the goods, without freight.
    """
    values = items.group_by("consignment_id").agg(
        pl.col("customs_value").sum(), pl.col("_item_value").sum().alias("_goods_value")
    )
    person = pl.coalesce("person_key", "consignment_id")
    day = pl.when(pl.col("person_key").is_null()).then(None).otherwise(pl.col("ordered_day"))
    alone = pl.col("person_key").is_null() | pl.col("ordered_day").is_null()
    keyed = (
        parcels.join(values, on="consignment_id", how="left", maintain_order="left")
        .with_columns(
            pl.col("customs_value", "_goods_value").fill_null(0).cast(MONEY),
            pl.when(alone).then("consignment_id").otherwise(person).alias("_person"),
            day.alias("_day"),
        )
        .with_columns(pl.lit(law.regime.currency).alias("currency"))
    )
    days = keyed.group_by("_person", "_day").agg(
        pl.col("_goods_value").sum().alias("person_day_total"),
        pl.len().cast(pl.Int64).alias("person_day_orders"),
        pl.col("_goods_value").max().alias("_largest"),
    )
    joined = keyed.join(
        days, on=["_person", "_day"], how="left", nulls_equal=True, maintain_order="left"
    )
    return _limits(joined, law).drop("_person", "_day", "_largest")


def _limits(parcels: pl.DataFrame, law: RegimeDay) -> pl.DataFrame:
    by_day = [limit.amount for limit in law.limits if limit.basis == "person_day"]
    by_parcel = [limit.amount for limit in law.limits if limit.basis == "consignment"]
    basis = "person_day_total" if by_day else "_goods_value"
    amount = min(by_day or by_parcel, default=None)
    limit = pl.lit(amount, dtype=MONEY)
    split = (
        (pl.col("person_day_total") > limit) & (pl.col("_largest") <= limit)
        if by_day
        else pl.lit(value=False)
    )
    return parcels.with_columns(
        pl.col(basis).alias("_limit_value"),
        (pl.col(basis) > limit).fill_null(value=True).alias("_over_limit"),
        split.alias("split"),
    )
