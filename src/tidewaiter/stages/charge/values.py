"""Values in regime currency: goods, freight and insurance of each line, and its customs value.

Freight and insurance of a parcel are shared out over its lines by their value (a parcel without any
value: evenly). What the customs value holds is the regime's: cif = goods, freight and insurance;
fob and price = the goods alone (WTO Valuation Agreement, Art. 8.2 leaves it to each member).
"""

from __future__ import annotations

import polars as pl

from tidewaiter.knowledge.regimes import RegimeDay
from tidewaiter.knowledge.regimes.exchange import RATE
from tidewaiter.vocabulary.columns import MONEY

ZERO = pl.lit(0, dtype=MONEY)
COSTS = ("freight", "insurance")


def customs_values(items: pl.DataFrame, parcels: pl.DataFrame, law: RegimeDay) -> pl.DataFrame:
    """Add `customs_value` (unrounded), `currency` and what it is made of to the lines.

    Adds for the stage's own use `_item_value`, `_freight`, `_insurance` (regime currency) and
    `_rate_confidence`. A line without value, or in a currency without a rate on that day, has null;
    so has the freight of a parcel whose freight is in such a currency.
    """
    valued = _in_currency(items, law)
    costs = _costs(parcels, law)
    if costs is None:
        return valued.with_columns(
            ZERO.alias("_freight"),
            ZERO.alias("_insurance"),
            pl.col("_item_value").alias("customs_value"),
        )
    alone = pl.len().over("consignment_id").cast(MONEY)
    whole = pl.col("_item_value").sum().over("consignment_id")
    joined = valued.join(costs, on="consignment_id", how="left", maintain_order="left")
    joined = joined.with_columns(_share(f"_parcel_{cost}", whole, alone, cost) for cost in COSTS)
    added = pl.col("_item_value")
    if law.regime.valuation == "cif":
        added = added + pl.col("_freight") + pl.col("_insurance")
    return joined.with_columns(added.cast(MONEY).alias("customs_value")).drop(
        *(f"_parcel_{cost}" for cost in COSTS)
    )


def _in_currency(items: pl.DataFrame, law: RegimeDay) -> pl.DataFrame:
    rates = law.rates
    if items.height:
        known = items["declared_currency"].unique().implode()
        rates = rates.filter(pl.col("declared_currency").is_in(known))
    factor, confidence = _chosen(rates)
    return items.with_columns(
        (pl.col("declared_value").cast(RATE) * factor).cast(MONEY).alias("_item_value"),
        confidence.alias("_rate_confidence"),
        pl.lit(law.regime.currency).alias("currency"),
    )


def _chosen(rates: pl.DataFrame) -> tuple[pl.Expr, pl.Expr]:
    """Give the rate of a line's currency and its confidence; few currencies stand in one batch."""
    factor, confidence = pl.lit(None, dtype=RATE), pl.lit(None, dtype=pl.String)
    for row in rates.to_dicts():
        here = pl.col("declared_currency") == row["declared_currency"]
        factor = pl.when(here).then(pl.lit(row["per_unit"], dtype=RATE)).otherwise(factor)
        confidence = pl.when(here).then(pl.lit(row["rate_confidence"])).otherwise(confidence)
    return factor, confidence


def _costs(parcels: pl.DataFrame, law: RegimeDay) -> pl.DataFrame | None:
    """Give freight and insurance of each parcel in regime currency; None where nobody has any."""
    if all(parcels[cost].null_count() == parcels.height for cost in COSTS):
        return None
    frame = parcels.select("consignment_id", *COSTS, *(f"{cost}_currency" for cost in COSTS))
    for cost in COSTS:
        rates = law.rates.select(
            pl.col("declared_currency").alias(f"{cost}_currency"),
            pl.col("per_unit").alias(f"_rate_{cost}"),
        )
        frame = frame.join(rates, on=f"{cost}_currency", how="left", maintain_order="left")
    # no freight told counts as none; freight in a currency without a rate is not known
    return frame.select(
        "consignment_id",
        *(
            pl.when(pl.col(cost).is_null())
            .then(ZERO)
            .otherwise((pl.col(cost).cast(RATE) * pl.col(f"_rate_{cost}")).cast(MONEY))
            .alias(f"_parcel_{cost}")
            for cost in COSTS
        ),
    )


def _share(column: str, whole: pl.Expr, alone: pl.Expr, cost: str) -> pl.Expr:
    by_value = pl.col(column) * pl.col("_item_value") / whole
    even = pl.col(column) / alone
    return pl.when(whole > 0).then(by_value).otherwise(even).cast(MONEY).alias(f"_{cost}")
