"""Last day to hand over a debt, by the rule a regime's way of collection names.

Working days leave out Saturdays, Sundays and the days given as `holidays`; no calendar of a
country's holidays is known here. A last day that falls on a free day is not moved: laws differ.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Iterable

import polars as pl

_DAY = re.compile(r"day_(\d+)_next_month")
_WORKING_DAY = re.compile(r"business_day_(\d+)_next_month")
NO_DAY = pl.lit(None, dtype=pl.Date)


def last_day(arose: pl.Expr, rule: str, holidays: Collection[dt.date] = ()) -> pl.Expr:
    """Give the last day for debts that arose on a day; null where the rule is unknown or empty.

    >>> import datetime as dt
    >>> july = pl.select(pl.lit(dt.date(2026, 7, 20)).alias("day"))
    >>> july.select(last_day(pl.col("day"), "day_7_next_month")).item()
    datetime.date(2026, 8, 7)
    """
    next_month = arose.dt.month_start().dt.offset_by("1mo")
    if rule == "at_release":
        return arose
    if rule == "month_end_next":
        return next_month.dt.month_end()
    if rule == "quarter_month_end_next":
        return arose.dt.truncate("1q").dt.offset_by("3mo").dt.month_end()
    fixed = _DAY.fullmatch(rule)
    if fixed:
        return next_month.dt.offset_by(f"{int(fixed[1]) - 1}d")
    working = _WORKING_DAY.fullmatch(rule)
    if working:
        return next_month.dt.add_business_days(
            int(working[1]) - 1, holidays=sorted(holidays), roll="forward"
        )
    return NO_DAY


def last_days(
    arose: pl.Expr, rule: pl.Expr, rules: Iterable[str], holidays: Collection[dt.date] = ()
) -> pl.Expr:
    """Give the last day where the rule stands in a column; `rules` are those that occur."""
    chosen = NO_DAY
    for name in rules:
        chosen = pl.when(rule == name).then(last_day(arose, name, holidays)).otherwise(chosen)
    return chosen
