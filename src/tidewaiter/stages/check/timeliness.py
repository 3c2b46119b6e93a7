"""Timeliness: whether the data was there by the deadline of its destination and mode.

Deadlines are dated pack data (`quality/deadlines`: ACAS, mail advance data, ICS2, PACT). Judged
only where the message's own time and the event's time are both known. A time without a zone, or a
day alone, is given the benefit of the doubt: its slack is taken off, and where the slack decides, a
note says so. Orders and payments have no deadline.
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache

import polars as pl

from tidewaiter.knowledge.codelists import Codelists
from tidewaiter.knowledge.quality import QualityRules
from tidewaiter.stages.check.desk import Desk, Rule
from tidewaiter.vocabulary.terms import View

EU, ANY = "EU", "*"
FILED_VIEWS = [View.TRANSPORT.value, View.POSTAL.value, View.DECLARATION.value]


def has_times(desk: Desk) -> bool:
    """Say whether some message could be judged at all."""
    return desk.has("message_at") and (desk.has("loading_at") or desk.has("arrival_at"))


def with_timeliness(
    plan: pl.LazyFrame, lists: Codelists, rules: QualityRules, lane: str, on: dt.date
) -> pl.LazyFrame:
    """Add `quality_timeliness` (0-100, null where it cannot be judged) and what `TIME_RULES` need.

    Needs `_view`, `_receiver`, mode, countries and the times as read. The deadline of a message's
    own destination stands before that of all.
    """
    own, of_all = _deadlines(rules, on)
    return (
        plan.with_columns(*_place_and_way(lists, lane, on))
        .join(own, on=["_zone", "_way"], how="left", maintain_order="left")
        .join(of_all, on="_way", how="left", maintain_order="left")
        .with_columns(_DUE)
        .with_columns(_LATE, _SLACK)
        .with_columns(_score(rules), _SURE.alias("_sure"))
    )


NO_TIMELINESS = pl.lit(None, dtype=pl.Int64).alias("quality_timeliness")
_LATE = ((pl.col("message_at") - pl.col("_due")).dt.total_seconds() / 60).alias("_late")
_SLACK = pl.sum_horizontal(
    pl.col("_message_at_slack").fill_null(0),
    pl.max_horizontal("_loading_at_slack", "_arrival_at_slack").fill_null(0),
).alias("_slack")
_SURE = pl.col("_late") - pl.col("_slack")


_BEFORE = (pl.coalesce("_before", "_before_all") * 3_600_000_000).cast(pl.Duration("us"))
_EVENT = pl.coalesce("_event", "_event_all")
_DUE = (
    pl.when(pl.col("_view").is_in(FILED_VIEWS))
    .then(
        pl.when(_EVENT == "loading").then("loading_at").when(_EVENT == "arrival").then("arrival_at")
        - _BEFORE
    )
    .alias("_due")
)


@lru_cache(maxsize=64)
def _place_and_way(lists: Codelists, lane: str, on: dt.date) -> tuple[pl.Expr, pl.Expr]:
    where = pl.coalesce("country_destination", "_receiver", pl.lit(lane))
    inside = where.is_in([*lists.eu_members(on), EU])
    posted = pl.when(pl.col("_view") == View.POSTAL.value).then(pl.lit("post"))
    return (
        pl.when(inside).then(pl.lit(EU)).otherwise(where).alias("_zone"),
        posted.otherwise("transport_mode").alias("_way"),
    )


@lru_cache(maxsize=64)
def _deadlines(rules: QualityRules, on: dt.date) -> tuple[pl.LazyFrame, pl.LazyFrame]:
    """Deadlines in force by destination and mode, and those of all other destinations by mode."""
    standing = (
        rules.deadlines.filter(pl.col("since") <= on)
        .sort("since")
        .unique(["destination", "mode"], keep="last", maintain_order=True)
        .rename({"mode": "_way", "event": "_event", "before": "_before"})
    )
    others = standing.filter(pl.col("destination") == ANY)
    return (
        standing.select(pl.col("destination").alias("_zone"), "_way", "_event", "_before").lazy(),
        others.select("_way", _event_all="_event", _before_all="_before").lazy(),
    )


@lru_cache(maxsize=8)
def _score(rules: QualityRules) -> pl.Expr:
    late = _SURE
    score = pl.lit(0)
    for minutes, points in reversed(rules.lateness):
        score = pl.when(late <= minutes).then(points).otherwise(score)
    return pl.when(late.is_not_null()).then(score).cast(pl.Int64).alias("quality_timeliness")


_BY = pl.concat_str(
    pl.col("_late").round(0).cast(pl.Int64), pl.lit(" minutes after the deadline "),
    pl.col("_due").dt.strftime("%Y-%m-%dT%H:%MZ"),
)  # fmt: skip
TIME_RULES = (
    Rule(
        "check.data_late",
        pl.col("_sure") > 0,
        "message_at_text",
        seen=pl.col("message_at_text"),
        detail=_BY,
        needs=("_sure",),
    ),
    Rule(
        "check.time_zone_matters",
        (pl.col("_sure") <= 0) & (pl.col("_late") > 0),
        "message_at_text",
        seen=pl.col("message_at_text"),
        detail=_BY,
        needs=("_sure",),
    ),
)
