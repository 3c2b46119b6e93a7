"""Settle: memory, the model and the declared code become one answer with a confidence.

What was verified for this very product speaks first. A declared code is evidence, never truth:
where the words name it too, both count as independent witnesses; where they give their probability
to other chapters, it keeps what they leave it; where they are clearly of another chapter, that is a
contradiction. The declared code stays the answer in all three cases: it is what the sender answers
for. Where only words speak, the cheapest way to answer is chosen (see `stakes`).

The share of declared codes that are right and the limits are the pack's.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import polars as pl

from tidewaiter.knowledge.goods_facts import GoodsFacts
from tidewaiter.knowledge.goods_features import Singles
from tidewaiter.knowledge.goods_words import Ints
from tidewaiter.knowledge.nomenclature import Nomenclature
from tidewaiter.knowledge.nomenclature_tables import CHAPTERS
from tidewaiter.stages.classify.ranking import CANDIDATES_MAX
from tidewaiter.stages.classify.scoring import Scores
from tidewaiter.stages.classify.stakes import ASK, OUTCOMES, Choice

GIVES = (
    "hs6", "hs6_confidence", "hs6_source", "hs6_candidates", "hs6_evidence",
    "hs6_novelty", "hs6_outcome", "hs6_question", "hs6_duty_low", "hs6_duty_high",
    "insufficient_description",
)  # fmt: skip
FLAGS = ("_contradicted", "_unlisted", "_best_hs6", "share", "_evidence")
VAGUE = "vague"
OWN_MIN = 0.01  # from here on the words name a declared code too
_HS6 = pl.col("hs_code").str.extract(r"^(\d{6})\d*$", 1)
_DECLARED, _BEST, _VERIFIED = pl.col("declared"), pl.col("_best_hs6"), pl.col("_verified")


@dataclass(frozen=True, slots=True)
class Weighed:
    """What the declared code and the words are worth together, per line."""

    agrees: np.ndarray[tuple[int], np.dtype[np.bool_]]
    sure: Singles
    contradicted: np.ndarray[tuple[int], np.dtype[np.bool_]]


def declared_code(lines: pl.DataFrame) -> pl.Series:
    """Give the declared subheading of each line, null where there is none of a real chapter."""
    there = _HS6.str.slice(0, 2).is_in(list(CHAPTERS))
    return lines.select(pl.when(there).then(_HS6).alias("declared"))["declared"]


def weigh(declared: pl.Series, scores: Scores, nomenclature: Nomenclature) -> Weighed:
    """Weigh a declared code against the words.

    Args:
        declared: from `declared_code`.
        scores: of the same lines.
        nomenclature: gives shares and limits.
    """
    weights = nomenclature.declared
    said = declared.is_not_null().to_numpy()
    heard = np.where(scores.found, scores.known, 0.0)
    elsewhere = np.clip((1.0 - scores.own_chapter) * heard, 0.0, 1.0)
    number = declared.cast(pl.Int64).fill_null(-1).to_numpy()
    named = scores.code6 == number[:, None]  # among the candidates: calibrated
    own = np.where(named.any(axis=1), (scores.sure6 * named).sum(axis=1), scores.own)
    agrees = said & scores.found & (own >= OWN_MIN)
    together = 1.0 - (1.0 - weights.right) * (1.0 - own)
    alone = weights.right * (1.0 - elsewhere)
    firm = scores.found & (scores.sure2[:, 0] >= weights.contradicting_from)
    against = scores.own_chapter < weights.contradicted_below
    sure = np.where(agrees, together, alone)
    return Weighed(agrees, np.where(said, sure, scores.sure6[:, 0]), said & against & firm)


def settle(
    lines: pl.DataFrame,
    scores: Scores,
    choice: Choice,
    verified: pl.DataFrame,
    nomenclature: Nomenclature,
    facts: GoodsFacts,
) -> pl.DataFrame:
    """Give one answer a line.

    Args:
        lines: frame with `declared` (from `declared_code`) and `description_quality`.
        scores: of the same lines.
        choice: of the same lines.
        verified: frame `_verified, _by, _exact` of the same lines, null where nothing is known.
        nomenclature: gives codes, shares and limits.
        facts: gives the questions' values.

    Returns:
        Frame with the columns `GIVES`, and `FLAGS` for the findings.
    """
    declared = lines["declared"]
    weighed = weigh(declared, scores, nomenclature)
    none = declared.null_count() == len(declared)
    listed = np.zeros(len(declared), bool) if none else nomenclature.positions(declared) >= 0
    firm = (lines["description_quality"] == VAGUE).fill_null(value=False)
    frame = pl.DataFrame(
        {
            "declared": declared,
            "vague": firm,
            "_best_hs6": _codes(scores.code6[:, 0], scores.found),
            "share": _rounded(np.where(scores.found, scores.sure2[:, 0], 0.0)),
            "_evidence": scores.evidence,
            "hs6_candidates": _candidates(scores),
            "hs6_novelty": _rounded(1.0 - scores.near),
            "agrees": weighed.agrees,
            "sure": pl.Series(weighed.sure.astype(float)),
            "named": pl.Series(scores.known > 0),
            "_contradicted": weighed.contradicted
            | _of_another_chapter(declared, verified["_verified"]),
            "_unlisted": declared.is_not_null().to_numpy() & ~listed,
            "hs6_outcome": pl.Series(OUTCOMES).gather(choice.outcome),
            "hs6_question": _questions(scores, choice, nomenclature, facts),
            "hs6_duty_low": _rounded(choice.percent_low),
            "hs6_duty_high": _rounded(choice.percent_high),
        }
    ).hstack(verified)
    limits, weights = nomenclature.limits, nomenclature.declared
    return frame.select(*_answer(limits.insufficient_below, weights.verified), *FLAGS)


@lru_cache(maxsize=8)
def _answer(insufficient_below: float, verified: float) -> tuple[pl.Expr, ...]:
    remembered, said = _VERIFIED.is_not_null(), _DECLARED.is_not_null()
    doubtful = pl.col("_contradicted") | pl.col("_unlisted")
    settled = remembered | (said & ~doubtful)
    scattered = pl.col("share") < insufficient_below
    unclear = ~remembered & _DECLARED.is_null() & (scattered | ~pl.col("named"))
    return (
        pl.coalesce(_VERIFIED, _DECLARED, _BEST).alias("hs6"),
        pl.when(remembered).then(verified)
        .when(said | _BEST.is_not_null()).then("sure").round(4).alias("hs6_confidence"),
        pl.when(remembered).then(pl.lit("verified"))
        .when("agrees").then(pl.lit("declared+words"))
        .when(said).then(pl.lit("declared"))
        .when(_BEST.is_not_null()).then(pl.lit("words")).alias("hs6_source"),
        pl.col("hs6_candidates"),
        pl.when(remembered).then(pl.format("confirmed by {}", "_by"))
        .when(_DECLARED.is_null() | pl.col("agrees")).then("_evidence").alias("hs6_evidence"),
        pl.when(remembered).then(0.0).otherwise("hs6_novelty").alias("hs6_novelty"),
        pl.when(settled).then(pl.lit(OUTCOMES[0])).otherwise("hs6_outcome").alias("hs6_outcome"),
        pl.when(~settled).then("hs6_question").alias("hs6_question"),
        pl.col("hs6_duty_low"),
        pl.col("hs6_duty_high"),
        ((pl.col("vague") & ~remembered) | unclear).alias("insufficient_description"),
    )  # fmt: skip


def _of_another_chapter(declared: pl.Series, verified: pl.Series) -> Any:
    """Mark the lines whose declared code is of another chapter than what was verified."""
    other = declared.str.slice(0, 2) != verified.str.slice(0, 2)
    return other.fill_null(value=False).to_numpy()


def _rounded(values: Singles) -> pl.Series:
    """Round so that a sum's order in memory cannot be seen."""
    return pl.Series(np.round(values.astype(float), 3))


def _codes(numbers: Ints, found: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> pl.Series:
    """Give subheadings as text, null where nothing was found."""
    codes = pl.Series(np.where(found, numbers, 0)).cast(pl.String).str.zfill(6)
    return codes.to_frame("code").select(pl.when(pl.Series(found)).then("code"))["code"]


def _candidates(scores: Scores) -> pl.Series:
    """Give the candidates of each text as a list, most probable first; null where none."""
    rows, ranks = np.nonzero(scores.code6 >= 0)
    listed = pl.DataFrame(
        {
            "row": rows,
            "hs6": pl.Series(scores.code6[rows, ranks]).cast(pl.String).str.zfill(6),
            "probability": pl.Series(scores.sure6[rows, ranks].astype(float)).round(4),
        }
    )
    joined = listed.group_by("row", maintain_order=True).agg(pl.struct("hs6", "probability"))
    place = np.full(len(scores.code6), np.nan)
    place[joined["row"].to_numpy()] = np.arange(joined.height)
    return joined["hs6"].gather(pl.Series(place, nan_to_null=True).cast(pl.UInt32))


def _questions(
    scores: Scores, choice: Choice, nomenclature: Nomenclature, facts: GoodsFacts
) -> pl.Series:
    """Give the question of each text that is to be asked, with the answers that would decide."""
    asked = np.flatnonzero((choice.outcome == ASK) & (choice.attribute >= 0))
    if not len(asked):
        return pl.Series([None] * len(scores.found), dtype=pl.String)
    value = facts.values[scores.at[asked], choice.attribute[asked, None]]
    value = np.where(scores.at[asked] >= 0, value, -1)
    rows, ranks = np.nonzero(value >= 0)
    answers = (
        pl.DataFrame({"row": asked[rows], "value": value[rows, ranks]})
        .with_columns(pl.Series("answer", facts.names).gather(value[rows, ranks]))
        .group_by("row", maintain_order=True)
        .agg(pl.col("answer").unique(maintain_order=True).head(CANDIDATES_MAX).str.join(", "))
    )  # fmt: skip
    words = pl.Series([nomenclature.questions[name] for name in facts.attributes])
    question = pl.DataFrame({"row": asked, "question": words.gather(choice.attribute[asked])})
    both = question.join(answers, on="row", how="left", maintain_order="left").select(
        "row", pl.format("{} ({})", "question", "answer").alias("said")
    )
    place = np.full(len(scores.found), np.nan)
    place[both["row"].to_numpy()] = np.arange(both.height)
    return both["said"].gather(pl.Series(place, nan_to_null=True).cast(pl.UInt32))
