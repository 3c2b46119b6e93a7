"""What a measure does to the frame of lines, prepared once a day: plain expressions.

Building expressions costs more than running them on one parcel; they depend on the measure alone,
so they are made once and kept with the law of the day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from tidewaiter.knowledge.rates.tree import FromTable, NormalRate, Percent, Specific, nodes
from tidewaiter.knowledge.regimes import Measure, RegimeDay
from tidewaiter.stages.charge.amounts import NOTHING, QUANTITIES, Desk, Range, amount, rounded
from tidewaiter.stages.charge.layers import layer_row
from tidewaiter.vocabulary.columns import MONEY

FROM_DUTY = ("duty", "tax", "fee")
PREPARED = "charge.plans"
_NONE = pl.lit(None, dtype=MONEY)


@dataclass(frozen=True, slots=True)
class Plan:
    """The steps of one measure.

    Args:
        bases: `_base`, `_base_high`: what percentages are of.
        amounts: `_low`, `_high`, and `_rate` (percent): what is owed by a line that is hit.
        sums: the running sums of the measure's kind.
        standing: lines on which a row of charges stands.
        row: the columns of that row.
    """

    bases: tuple[pl.Expr, ...]
    amounts: tuple[pl.Expr, ...]
    sums: tuple[pl.Expr, ...]
    standing: pl.Expr
    row: tuple[pl.Expr, ...]


def plans(law: RegimeDay) -> Sequence[Plan]:
    """Give the plans of a day's measures, in order; made once."""
    if PREPARED not in law.prepared:
        law.prepared[PREPARED] = tuple(_plan(measure, law) for measure in law.measures)
    made: Sequence[Plan] = law.prepared[PREPARED]
    return made


def _plan(measure: Measure, law: RegimeDay) -> Plan:
    rates = dict(zip(law.rates["declared_currency"], law.rates["per_unit"], strict=True))
    base_low, base_high = together(measure, base_range(measure))
    desk = Desk((pl.col("_base"), pl.col("_base_high")), rates, QUANTITIES)
    low, high = once(measure, amount(measure.rate, desk))
    return Plan(
        bases=(base_low.alias("_base"), base_high.alias("_base_high")),
        amounts=(
            pl.when(pl.col("_maybe") | low.is_null())
            .then(NOTHING)
            .otherwise(rounded(low, measure.rounding))
            .alias("_low"),
            rounded(high, measure.rounding).alias("_high"),
            ad_valorem(measure).alias("_rate"),
        ),
        sums=tuple(_sums(measure.kind)),
        standing=_standing(measure),
        row=tuple(layer_row(measure, law)),
    )


def _sums(kind: str) -> list[pl.Expr]:
    hit = pl.col("_hit")
    most = f"{kind}_high"
    changes = [
        pl.when(hit).then(pl.col(kind) + pl.col("_low")).otherwise(kind).cast(MONEY).alias(kind),
        pl.when(hit).then(pl.col(most) + pl.col("_high")).otherwise(most).cast(MONEY).alias(most),
    ]
    if kind == "duty":
        rate = pl.when(hit & ~pl.col("_maybe") & pl.col("_rate").is_not_null()).then("_rate")
        total = pl.coalesce("duty_rate_percent", pl.lit(0, dtype=MONEY)) + rate
        changes.append(pl.coalesce(total, "duty_rate_percent").alias("duty_rate_percent"))
    return changes


def _standing(measure: Measure) -> pl.Expr:
    if measure.per in ("", "item"):
        return pl.col("_hit")
    # not the lines on which the parcel's or the classification's amount does not stand
    return pl.col("_hit") & (pl.col("_high").is_null() | (pl.col("_high") > 0))


def base_range(measure: Measure) -> Range:
    """Give least and most of a measure's base."""
    low = _added([pl.col(_part(part)) for part in measure.base])
    high = _added(
        [pl.col(f"{part}_high" if part in FROM_DUTY else _part(part)) for part in measure.base]
    )
    if measure.base_rounding is not None:
        return rounded(low, measure.base_rounding), rounded(high, measure.base_rounding)
    return low, high


_GROUPS = {
    "consignment": ("consignment_id",),
    "distinct_hs6": ("consignment_id", "hs6"),
    "distinct_code": ("consignment_id", "goods_code"),
}


def together(measure: Measure, base: Range) -> Range:
    """Add up the base over the lines an amount is owed once for: the parcel, or the code."""
    group = _GROUPS.get(measure.per)
    if group is None or all(isinstance(node, Specific) for node in nodes(measure.rate)):
        return base
    low, high = (pl.when(pl.col("_hit")).then(side) for side in base)
    whole = (pl.col("_hit") & high.is_null()).any().over(*group)
    return low.sum().over(*group), pl.when(~whole).then(high.sum().over(*group))


def _part(part: str) -> str:
    return f"_{part}" if part in ("freight", "insurance") else part


def _added(parts: list[pl.Expr]) -> pl.Expr:
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total


def once(measure: Measure, owed: Range) -> Range:
    """Keep an amount that is owed once a parcel, or once a classification, on its first line."""
    if measure.per in ("", "item"):
        return owed
    group = _GROUPS[measure.per]
    first = pl.struct(*group, "_hit").is_first_distinct()
    low, high = owed
    if measure.per == "consignment":
        return (
            pl.when(first).then(low).otherwise(NOTHING),
            pl.when(first).then(high).otherwise(NOTHING),
        )
    there = pl.col(group[1]).is_not_null()
    return (
        pl.when(there & first).then(low).otherwise(NOTHING),
        pl.when(there & ~first).then(NOTHING).when(there).then(high),
    )


def ad_valorem(measure: Measure) -> pl.Expr:
    """Give the ad valorem rate a measure adds, null where it has none."""
    rate = measure.rate
    if isinstance(rate, Percent):
        return pl.lit(rate.percent, dtype=MONEY)
    if isinstance(rate, FromTable):
        return pl.col(f"_table_{rate.table}")
    if isinstance(rate, NormalRate):
        return pl.col("_normal_percent")
    return _NONE
