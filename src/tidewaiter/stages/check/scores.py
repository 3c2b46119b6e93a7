"""Scores: the quality of a message in the four WCO-UPU dimensions, 0-100 each and as a whole.

- completeness: weight of the elements that are there, of those its view must or should hold;
- accuracy: weight of the elements present, less for each one what its worst finding takes off;
- consistency: 100 less points for each contradiction;
- timeliness: see `timeliness`.

Weights are pack data (`quality/messages`). Only a message's own rows enter, so a message scores the
same alone and among a million. Elements missing that a view must or should hold become findings.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import polars as pl

from tidewaiter.knowledge.findings import FindingTexts
from tidewaiter.knowledge.quality import QualityRules
from tidewaiter.stages.check.desk import PARCEL, Desk, as_it_stands
from tidewaiter.vocabulary.terms import Dimension, View

PERCENT = 100
_HELD = ("_has_c", "_has_g", "_has_p")


def presence(desk: Desk, rules: QualityRules) -> pl.Expr:
    """Give an expression of bits (Int64): which elements of its frame a row holds."""
    wanted = [element for element in rules.elements if element.frame == desk.name]
    columns = dict.fromkeys(column for element in wanted for column in element.columns)
    return _presence(rules, desk.name, tuple(column for column in columns if desk.has(column)))


@lru_cache(maxsize=256)
def _presence(rules: QualityRules, frame: str, live: tuple[str, ...]) -> pl.Expr:
    parts = [pl.lit(0, dtype=pl.Int64)]
    for place, element in enumerate(rules.elements):
        columns = [column for column in element.columns if column in live]
        if element.frame != frame or not columns:
            continue
        there = pl.any_horizontal(pl.col(column).is_not_null() for column in columns)
        if element.roles:
            there = there & pl.col("role").is_in(list(element.roles))
        parts.append(there.cast(pl.Int64) * (1 << place))
    return pl.sum_horizontal(parts)


def note_missing(desk: Desk, rules: QualityRules) -> None:
    """Add `quality_completeness` and `_there` (weight present); mark what is missing.

    Needs the bits of what is there: `_has_c` of the consignment, `_has_g` of every line, `_has_p`
    of some party.
    """
    desk.add(_HAVE, _SEEN)
    seen = desk.frame.lazy().select("_seen", "_have").unique()
    needs = _needs(rules).lazy()
    weighed = as_it_stands(
        seen.join(needs, on="_seen", how="left")
        .group_by("_seen", "_have")
        .agg(*_WEIGHED)
        .with_columns(_COMPLETE)
    )
    desk.take(desk.frame.join(weighed, on=["_seen", "_have"], how="left", maintain_order="left"))
    bits = weighed.select(pl.col("_must", "_should").bitwise_or().fill_null(0)).row(0)
    gaps = dict(zip(("_must", "_should"), bits, strict=True))
    for place, element in enumerate(rules.elements):
        for name, code in (("_must", "check.element_missing"), ("_should", "check.element_wanted")):
            if gaps[name] & (1 << place):
                rows = desk.rows(pl.col(name) & (1 << place) != 0)
                roles = f" ({' or '.join(element.roles)})" if element.roles else ""
                desk.mark(rows, code, element.field, detail=pl.lit(f"{element.id}{roles}"))


@lru_cache(maxsize=8)
def _needs(rules: QualityRules) -> pl.DataFrame:
    """One row a view and element: its bit, weight, and whether the view must or should hold it."""
    rows = [
        (view, 1 << place, element.weight, view in element.must, view in element.should)
        for view in ("", *View)
        for place, element in enumerate(rules.elements)
    ]
    shape = {
        "_seen": pl.String,
        "bit": pl.Int64,
        "weight": pl.Int64,
        "must": pl.Boolean,
        "should": pl.Boolean,
    }
    return pl.DataFrame(rows, schema=shape, orient="row")


_HAVE = pl.sum_horizontal(pl.col(_HELD).fill_null(0)).alias("_have")
_SEEN = pl.col("_view").fill_null("").alias("_seen")
_HELD_ELEMENT = (pl.col("_have") & pl.col("bit")) != 0
_WANTED = pl.col("must") | pl.col("should")
_WEIGHED = (
    pl.col("weight").filter(_WANTED).sum().alias("_asked"),
    pl.col("weight").filter(_WANTED & _HELD_ELEMENT).sum().alias("_met"),
    pl.col("weight").filter(_HELD_ELEMENT).sum().alias("_there"),
    pl.col("bit").filter(pl.col("must") & ~_HELD_ELEMENT).sum().alias("_must"),
    pl.col("bit").filter(pl.col("should") & ~_HELD_ELEMENT).sum().alias("_should"),
)


def score(desk: Desk, marks: pl.DataFrame, rules: QualityRules, texts: FindingTexts) -> None:
    """Add the scores of accuracy, consistency and the whole.

    Args:
        desk: consignments, after `note_missing` and `judge_timeliness`.
        marks: all findings on them: `_parcel, code, field, severity`.
        rules: the weights.
        texts: for each code's dimension.
    """
    if not marks.height:
        desk.add_in_turn(_FAULTLESS, [_whole(rules)])
        return
    codes = marks["code"].unique().to_list()
    dimensions = {code: texts.texts[code].dimension for code in codes if code in texts.texts}
    faults = marks.lazy().select(PARCEL, "code", "field", "severity", *_fault(rules, dimensions))
    lost = (
        faults.filter(pl.col(PARCEL).is_not_null())
        .group_by(PARCEL, "dimension", "about")
        .agg(pl.col("fault").max(), pl.col("_best").min())
        .group_by(PARCEL)
        .agg(
            _sum_of(Dimension.ACCURACY, pl.col("fault") * _field_weight(rules)).alias("_lost"),
            _sum_of(Dimension.CONSISTENCY, pl.col("fault")).alias("_points"),
            pl.col("_best").min(),
        )
    )
    frame = desk.frame.lazy().join(lost, on=PARCEL, how="left", maintain_order="left")
    desk.take(as_it_stands(frame.with_columns(*_SCORES).with_columns(_whole(rules))))


def _sum_of(dimension: Dimension, figure: pl.Expr) -> pl.Expr:
    return pl.when(pl.col("dimension") == dimension.value).then(figure).sum()


def _fault(rules: QualityRules, dimensions: Mapping[str, str]) -> tuple[pl.Expr, ...]:
    """What each finding is about (an element, or a rule), and what it takes off."""
    dimension = pl.col("code").replace_strict(
        list(dimensions), list(dimensions.values()), default="", return_dtype=pl.String
    )
    contradiction = dimension == Dimension.CONSISTENCY.value
    severity = pl.col("severity")
    return (
        dimension.alias("dimension"),
        pl.when(contradiction).then("code").otherwise("field").alias("about"),
        severity.replace_strict(rules.faults, default=0, return_dtype=pl.Int64).alias("fault"),
        severity.replace_strict(rules.caps, default=PERCENT, return_dtype=pl.Int64).alias("_best"),
    )


@lru_cache(maxsize=8)
def _field_weight(rules: QualityRules) -> pl.Expr:
    weights: dict[str, int] = {}
    for element in rules.elements:
        for column in element.columns:
            field = f"{element.frame}.{column}"
            weights[field] = max(weights.get(field, 0), element.weight)
    return pl.col("about").replace_strict(
        list(weights), list(weights.values()), default=rules.other_weight, return_dtype=pl.Int64
    )


def _rounded(figure: pl.Expr) -> pl.Expr:
    return figure.round(0, mode="half_away_from_zero").cast(pl.Int64)


_COMPLETE = (
    pl.when(pl.col("_asked") > 0)
    .then(_rounded(pl.col("_met") * PERCENT / pl.col("_asked")))
    .otherwise(PERCENT)
    .alias("quality_completeness")
)
_LOST_SHARE = pl.col("_lost").fill_null(0) / pl.col("_there").clip(1)
_FAULTLESS = (
    pl.lit(PERCENT, dtype=pl.Int64).alias("quality_accuracy"),
    pl.lit(PERCENT, dtype=pl.Int64).alias("quality_consistency"),
    pl.lit(PERCENT, dtype=pl.Int64).alias("_best"),
)
_SCORES = (
    _rounded(PERCENT - _LOST_SHARE).clip(0, PERCENT).alias("quality_accuracy"),
    (PERCENT - pl.col("_points").fill_null(0)).clip(0, PERCENT).alias("quality_consistency"),
)


@lru_cache(maxsize=8)
def _whole(rules: QualityRules) -> pl.Expr:
    """Weighted mean of the dimensions that are known, not above the cap of the worst finding."""
    weights = {f"quality_{name}": weight for name, weight in rules.dimensions.items()}
    total = pl.sum_horizontal(pl.col(name) * weight for name, weight in weights.items())
    known = pl.sum_horizontal(
        pl.col(name).is_not_null().cast(pl.Int64) * weight for name, weight in weights.items()
    )
    return pl.min_horizontal(_rounded(total / known), "_best").cast(pl.Int64).alias("quality")
