"""A rate tree as two columns: the least and the most it comes to.

Interval arithmetic on Decimal: the most is null where nobody can say. What is unknown never makes
an amount nothing; it opens it upwards (`../shared` law: undetermined is a value).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, TypeAlias

import polars as pl

from tidewaiter.knowledge.rates.tree import (
    UNITS,
    EachComponent,
    Free,
    FromTable,
    Greater,
    Lesser,
    Minus,
    NormalRate,
    Percent,
    Rate,
    Specific,
    Sum,
    Unknown,
)
from tidewaiter.knowledge.regimes.conditions import fact_column
from tidewaiter.knowledge.regimes.law import Rounding
from tidewaiter.vocabulary.columns import MONEY

Range: TypeAlias = tuple[pl.Expr, pl.Expr]
HALF_UP: Literal["half_away_from_zero"] = "half_away_from_zero"
HUNDRED = pl.lit(Decimal(100), dtype=MONEY)
NOTHING = pl.lit(Decimal(0), dtype=MONEY)
NOBODY_KNOWS = pl.lit(None, dtype=MONEY)


@dataclass(frozen=True, slots=True)
class Desk:
    """What amounts are reckoned with.

    Args:
        base: least and most of what percentages are of.
        per_unit: rate of exchange into regime currency by currency.
        quantities: declared column by what a unit measures.
    """

    base: Range
    per_unit: dict[str, Decimal]
    quantities: dict[str, pl.Expr] = field(default_factory=dict)


QUANTITIES = {
    "quantity": pl.col("quantity").cast(MONEY),
    "mass_kg": pl.col("net_mass_g").cast(MONEY) / pl.lit(Decimal(1000), dtype=MONEY),
}


def amount(rate: Rate, desk: Desk) -> Range:
    """Give the least and the most a rate comes to, unrounded, in regime currency.

    A specific amount without unit is given once a row; the measure's `per` says which rows keep it.
    """
    match rate:
        case Free():
            owed = (NOTHING, NOTHING)
        case Percent():
            owed = _percent(rate, desk)
        case Specific():
            owed = _specific(rate, desk)
        case Sum(parts=parts):
            ranges = [amount(part, desk) for part in parts]
            owed = (_added([low for low, _ in ranges]), _added([high for _, high in ranges]))
        case NormalRate():
            owed = (pl.col("_normal_low"), pl.col("_normal_high"))
        case FromTable(table=table):
            share = pl.col(f"_table_{table}")
            owed = (_of(desk.base[0], share).fill_null(NOTHING), _of(desk.base[1], share))
        case Unknown() | EachComponent():
            owed = (NOTHING, NOBODY_KNOWS)
        case Minus() | Greater() | Lesser():
            owed = _two(rate, desk)
    return owed


def _two(rate: Minus | Greater | Lesser, desk: Desk) -> Range:
    (low, high), (other_low, other_high) = amount(rate.left, desk), amount(rate.right, desk)
    if isinstance(rate, Greater):
        both = pl.when(high.is_not_null() & other_high.is_not_null())
        return pl.max_horizontal(low, other_low), both.then(pl.max_horizontal(high, other_high))
    if isinstance(rate, Lesser):
        # the lesser of a known and an unknown amount is at most the known one
        return pl.min_horizontal(low, other_low), pl.min_horizontal(high, other_high)
    least = pl.max_horizontal(low - other_high, NOTHING).fill_null(NOTHING)
    known = pl.when(other_high.is_not_null()).then(least).otherwise(NOTHING)
    return known, pl.max_horizontal(high - other_low, NOTHING)


def _percent(rate: Percent, desk: Desk) -> Range:
    share = pl.lit(rate.percent, dtype=MONEY)
    if rate.of == "duty":
        return _of(pl.col("duty"), share), _of(pl.col("duty_high"), share)
    if rate.of.startswith("content("):
        told = pl.col(fact_column(f"content_{rate.of[8:-1]}")).cast(MONEY, strict=False)
        low, high = desk.base
        part = _of(_of(low, told), share).fill_null(NOTHING)
        whole = _of(high, share)  # not told: at most the whole value is of it
        return part, pl.coalesce(_of(_of(high, told), share), whole)
    return _of(desk.base[0], share), _of(desk.base[1], share)


def _specific(rate: Specific, desk: Desk) -> Range:
    if rate.currency not in desk.per_unit:
        return NOTHING, NOBODY_KNOWS
    each = pl.lit((rate.amount * desk.per_unit[rate.currency]).quantize(Decimal("1e-6")), MONEY)
    if not rate.unit:
        return each, each
    measured, units = UNITS[rate.unit]
    if measured in desk.quantities:
        counted = desk.quantities[measured]
    else:
        counted = pl.lit(None, dtype=MONEY)
    owed = each * counted / pl.lit(units, dtype=MONEY)
    return owed.fill_null(NOTHING), owed


def _of(base: pl.Expr, percent: pl.Expr) -> pl.Expr:
    return base * percent / HUNDRED


def _added(parts: list[pl.Expr]) -> pl.Expr:
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total


def rounded(value: pl.Expr, rounding: Rounding) -> pl.Expr:
    """Round to multiples, half up, down or up; amounts are never below zero."""
    to = rounding.to
    if rounding.how == "half_up" and to == Decimal(1).scaleb(to.adjusted()) and to <= 1:
        return value.cast(MONEY).round(-to.adjusted(), mode=HALF_UP)
    step = pl.lit(to, dtype=MONEY)
    steps = value.cast(MONEY) / step
    if rounding.how == "half_up":
        whole = steps.round(0, mode=HALF_UP)
    else:
        whole = steps.floor() if rounding.how == "down" else steps.ceil()
    return (whole * step).cast(MONEY)
