"""Measures, one by one: who is hit, on which base, how much; and the `charges` frame."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

import polars as pl

from tidewaiter.knowledge.regimes import CONDITION_COLUMNS, KINDS, Measure, RegimeDay
from tidewaiter.vocabulary.batch import empty
from tidewaiter.vocabulary.columns import CHARGES, MONEY

HALF_UP: Literal["half_away_from_zero"] = "half_away_from_zero"
PARCEL_COLUMNS = (
    "transport_mode", "nature", "country_departure", "country_destination", "fiscal_reference",
    "fiscal_role",
)  # fmt: skip


def apply_measures(
    items: pl.DataFrame, parcels: pl.DataFrame, law: RegimeDay
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Reckon every measure in force; gives the lines with `duty`, `tax`, rate, and `charges`.

    A measure per parcel stands on the parcel's first line in the lines' sums, and in `charges`
    without line number.
    """
    zero = pl.lit(Decimal(0), dtype=MONEY)
    work = _working_frame(items, parcels).with_columns(
        zero.alias("duty"),
        zero.alias("tax"),
        zero.alias("_fee"),
        pl.lit(None, dtype=MONEY).alias("duty_rate_percent"),
        *(pl.lit(value=False).alias(f"_open_{kind}") for kind in KINDS),
    )
    charges = []
    for measure in law.measures:
        hit = work.select(measure.when.alias("_hit"))["_hit"]
        if not hit.any():
            continue
        work = _apply(work.with_columns(hit), measure, law)
        charges.append(_charge_rows(work, measure, law))
        work = work.drop("_hit", "_amount", "_rate", "_base")
    kept = [column for column in work.columns if column not in _added(items)]
    table = pl.concat(charges) if charges else empty("charges")
    return work.select(kept), table


def _added(items: pl.DataFrame) -> set[str]:
    return set(CONDITION_COLUMNS) - set(items.columns)


def _working_frame(items: pl.DataFrame, parcels: pl.DataFrame) -> pl.DataFrame:
    own = [column for column in PARCEL_COLUMNS if column not in items.columns]
    facts = parcels.select(
        "consignment_id",
        *own,
        pl.col("customs_value").alias("parcel_value"),
        pl.col("_limit_value").alias("limit_value"),
        pl.col("_over_limit").alias("over_limit"),
    )
    return items.join(facts, on="consignment_id", how="left", maintain_order="left").with_columns(
        pl.col("hs6").str.slice(0, 2).alias("chapter")
    )


def _apply(work: pl.DataFrame, measure: Measure, law: RegimeDay) -> pl.DataFrame:
    """Add `_rate` (percent), `_base`, `_amount` (null = not known) and add up the kind's column."""
    base = pl.col("customs_value")
    if measure.base == "customs_value_and_duty":
        base = base + pl.col("duty")
    work = work.with_columns(base.alias("_base"))
    if measure.table:
        table = law.tables[measure.table]
        rates = table.rows.rename({"key": table.column, "percent": "_rate"})
        work = work.join(rates, on=table.column, how="left", maintain_order="left")
        if table.default is not None:
            known = pl.col(table.column).is_not_null()
            default = pl.when(known).then(pl.lit(table.default, dtype=MONEY))
            work = work.with_columns(pl.coalesce("_rate", default).alias("_rate"))
    else:
        work = work.with_columns(pl.lit(measure.percent, dtype=MONEY).alias("_rate"))
    work = work.with_columns(_amount(measure, law).alias("_amount"))
    column = {"duty": "duty", "tax": "tax", "fee": "_fee"}[measure.kind]
    still_open = f"_open_{measure.kind}"
    hit = pl.col("_hit")
    rate = pl.when(hit & pl.col("_rate").is_not_null()).then("_rate")
    changes = [
        pl.when(hit)
        .then(pl.col(column) + pl.col("_amount").fill_null(0))
        .otherwise(pl.col(column))
        .cast(MONEY)
        .alias(column),
        (pl.col(still_open) | (hit & pl.col("_amount").is_null())).alias(still_open),
    ]
    if measure.kind == "duty":
        total = pl.coalesce("duty_rate_percent", pl.lit(0, dtype=MONEY)) + rate
        changes.append(pl.coalesce(total, "duty_rate_percent").alias("duty_rate_percent"))
    return work.with_columns(changes)


def _amount(measure: Measure, law: RegimeDay) -> pl.Expr:
    decimals = law.regime.decimals
    if measure.undetermined:
        return pl.lit(None, dtype=MONEY)
    if measure.amount is None:
        share = pl.col("_base") * pl.col("_rate") / pl.lit(Decimal(100), dtype=MONEY)
        return share.cast(MONEY).round(decimals, mode=HALF_UP)
    rates = dict(zip(law.rates["declared_currency"], law.rates["per_unit"], strict=True))
    if measure.currency not in rates:
        return pl.lit(None, dtype=MONEY)
    fixed = pl.lit(measure.amount * rates[measure.currency], dtype=MONEY).round(
        decimals, mode=HALF_UP
    )
    if measure.per == "item":
        return fixed
    group = ["consignment_id", "hs6"] if measure.per == "distinct_hs6" else ["consignment_id"]
    first = pl.struct(*group, "_hit").is_first_distinct()
    amount = pl.when(first).then(fixed).otherwise(pl.lit(Decimal(0), dtype=MONEY))
    if measure.per == "distinct_hs6":
        return pl.when(pl.col("hs6").is_not_null()).then(amount)
    return amount


def _charge_rows(work: pl.DataFrame, measure: Measure, law: RegimeDay) -> pl.DataFrame:
    hit = work.filter(pl.col("_hit"))
    if measure.per in ("consignment", "distinct_hs6"):
        hit = hit.filter(pl.col("_amount").is_null() | (pl.col("_amount") > 0))
    state = (
        pl.when(pl.col("_amount").is_not_null())
        .then(pl.lit("exact"))
        .otherwise(pl.lit("undetermined"))
    )
    if measure.percent is not None or measure.table:
        rate = pl.format("{} %", pl.col("_rate").cast(pl.String).str.replace(r"\.?0+$", ""))
        how = pl.format(
            "{} {} x {}",
            pl.col("_base").round(law.regime.decimals),
            pl.lit(law.regime.currency),
            rate,
        )
    else:
        text = measure.undetermined or f"{measure.amount} {measure.currency} per {measure.per}"
        rate, how = pl.lit(text), pl.lit(text)
    per_parcel = measure.per == "consignment"
    return hit.select(
        "consignment_id",
        (pl.lit(None, dtype=pl.Int32) if per_parcel else pl.col("item_no")).alias("item_no"),
        pl.lit(measure.id).alias("layer"),
        pl.lit(measure.kind).alias("kind"),
        pl.col("_base").alias("base"),
        rate.alias("rate"),
        pl.col("_amount").fill_null(0).cast(MONEY).alias("amount"),
        pl.lit(law.regime.currency).alias("currency"),
        state.alias("state"),
        pl.lit(measure.source).alias("legal_basis"),
        pl.concat_str([pl.lit(f"{measure.title}: "), how], ignore_nulls=True).alias("explanation"),
    ).select(CHARGES.schema.keys())
