"""Values in regime currency, and their sums per parcel and per person and day."""

from __future__ import annotations

import polars as pl

from tidewaiter.knowledge.regimes import RegimeDay
from tidewaiter.vocabulary.columns import MONEY


def customs_values(items: pl.DataFrame, law: RegimeDay) -> pl.DataFrame:
    """Add `customs_value` (unrounded) and `currency` to the lines.

    A line without value, or in a currency the regime has no rate for on that day, gets null.
    """
    rates = dict(zip(law.rates["declared_currency"], law.rates["per_unit"], strict=True))
    rate = pl.lit(None, dtype=MONEY)
    for currency, per_unit in rates.items():
        rate = (
            pl.when(pl.col("declared_currency") == currency)
            .then(pl.lit(per_unit, dtype=MONEY))
            .otherwise(rate)
        )
    return items.with_columns(
        (pl.col("declared_value") * rate).cast(MONEY).alias("customs_value"),
        pl.lit(law.regime.currency).alias("currency"),
    )


def add_totals(parcels: pl.DataFrame, items: pl.DataFrame, law: RegimeDay) -> pl.DataFrame:
    """Add parcel value, the person's day total, number of orders, `split`, and limit columns.

    A parcel without a known person or day stands alone. `split`: the day is over a person-day
    limit although no single order is.
    """
    values = items.group_by("consignment_id").agg(pl.col("customs_value").sum())
    person = pl.coalesce("person_key", "consignment_id")
    day = pl.when(pl.col("person_key").is_null()).then(None).otherwise(pl.col("ordered_day"))
    alone = pl.col("person_key").is_null() | pl.col("ordered_day").is_null()
    keyed = (
        parcels.join(values, on="consignment_id", how="left", maintain_order="left")
        .with_columns(
            pl.col("customs_value").fill_null(0).cast(MONEY),
            pl.when(alone).then("consignment_id").otherwise(person).alias("_person"),
            day.alias("_day"),
        )
        .with_columns(pl.lit(law.regime.currency).alias("currency"))
    )
    days = keyed.group_by("_person", "_day").agg(
        pl.col("customs_value").sum().alias("person_day_total"),
        pl.len().cast(pl.Int64).alias("person_day_orders"),
        pl.col("customs_value").max().alias("_largest"),
    )
    joined = keyed.join(
        days, on=["_person", "_day"], how="left", nulls_equal=True, maintain_order="left"
    )
    return _limits(joined, law).drop("_person", "_day", "_largest")


def _limits(parcels: pl.DataFrame, law: RegimeDay) -> pl.DataFrame:
    by_day = [limit.amount for limit in law.limits if limit.basis == "person_day"]
    by_parcel = [limit.amount for limit in law.limits if limit.basis == "consignment"]
    basis = "person_day_total" if by_day else "customs_value"
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
