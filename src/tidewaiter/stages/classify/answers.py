"""Settle: the words' vote and the declared code become one answer with a confidence.

A declared code is evidence, never truth. Where the words name it too (with 1 % or more), both
count as independent witnesses; where they give their probability to other chapters, the declared
code keeps what they leave it; where they are clearly of another chapter, that is a contradiction.
The declared code stays the answer in all three cases: it is what the sender answers for.

The share of declared codes that are right and the limits are the pack's.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from tidewaiter.knowledge.goods_words import Ints
from tidewaiter.knowledge.nomenclature import CHAPTERS, Nomenclature
from tidewaiter.knowledge.word_index import Floats
from tidewaiter.stages.classify.votes import Votes, places

GIVES = (
    "hs6", "hs6_confidence", "hs6_source", "hs6_candidates", "hs6_evidence",
    "insufficient_description",
)  # fmt: skip
FLAGS = ("_contradicted", "_unlisted", "_best_hs6", "share", "_evidence")
VAGUE = "vague"
_HS6 = pl.col("hs_code").str.extract(r"^(\d{6})\d*$", 1)
_CODES = 1_000_000  # more than there are codes
_DECLARED, _BEST = pl.col("declared"), pl.col("_best_hs6")
_READ = (
    pl.when(_HS6.str.slice(0, 2).is_in(list(CHAPTERS))).then(_HS6).alias("declared"),
    (pl.col("description_quality") == VAGUE).fill_null(value=False).alias("vague"),
)
_ANSWER = (
    pl.coalesce(_DECLARED, _BEST).alias("hs6"),
    pl.when(_DECLARED.is_not_null()).then("sure").otherwise("best_sure").round(4)
    .alias("hs6_confidence"),
    pl.when("agrees").then(pl.lit("declared+words"))
    .when(_DECLARED.is_not_null()).then(pl.lit("declared"))
    .when(_BEST.is_not_null()).then(pl.lit("words"))
    .alias("hs6_source"),
    pl.col("hs6_candidates"),
    pl.when(_DECLARED.is_null() | pl.col("agrees")).then("_evidence").alias("hs6_evidence"),
)  # fmt: skip

_OUTCOME = (
    pl.col("hs6").first().alias("_best_hs6"),
    pl.col("sure").first().alias("best_sure"),
    pl.col("share").first(),
    pl.struct("hs6", pl.col("sure").round(4).alias("probability")).alias("hs6_candidates"),
)


def _insufficient(below: float) -> pl.Expr:
    """Vague by itself; or no code was declared, and no word names goods or they scatter widely."""
    scattered = (pl.col("share") < below).fill_null(value=True)
    unclear = _DECLARED.is_null() & (scattered | ~pl.col("names_goods"))
    return (pl.col("vague") | unclear).alias("insufficient_description")


def settle(
    lines: pl.DataFrame, text: Ints, votes: Votes, nomenclature: Nomenclature
) -> pl.DataFrame:
    """Give one answer a line.

    Args:
        lines: frame with `hs_code` and `description_quality`.
        text: which text of the vote each line has.
        votes: the outcome of the vote.
        nomenclature: gives codes, shares and limits.

    Returns:
        Frame with the columns `GIVES`, and `FLAGS` for the findings.
    """
    weights, limits = nomenclature.declared, nomenclature.limits
    read = lines.select(_READ)
    said = read["declared"].is_not_null().to_numpy()
    listed = nomenclature.positions(read["declared"])
    own, own_chapter, heard = _heard_of(read["declared"], listed, text, votes)
    elsewhere = np.clip(heard - own_chapter, 0.0, 1.0)
    agrees = said & (own > 0.0)
    together = 1.0 - (1.0 - weights.right) * (1.0 - own)
    alone = weights.right * (1.0 - elsewhere)
    against = own_chapter < weights.contradicted_below
    found = outcomes(votes, nomenclature)[text]
    firm = (found["share"] >= weights.contradicting_from).fill_null(value=False).to_numpy()
    answers = found.with_columns(
        read["declared"],
        read["vague"],
        pl.Series("agrees", agrees),
        pl.Series("sure", np.where(agrees, together, alone)),
        pl.Series("_contradicted", said & against & firm),
        pl.Series("_unlisted", said & (listed < 0)),
    )
    return answers.select(*_ANSWER, _insufficient(limits.insufficient_below), *FLAGS)


def outcomes(votes: Votes, nomenclature: Nomenclature) -> pl.DataFrame:
    """Give one row a text: its best code and candidates; nulls where no word is known.

    Columns: `_best_hs6`, `best_sure`, `share` (of its chapter), `_evidence`, `names_goods`,
    `hs6_candidates`.
    """
    of, rank = np.nonzero(votes.top >= 0)
    row = votes.top[of, rank]
    chapter = nomenclature.chapters[votes.code[row]]
    share = _look_up(votes.chapter_of * 100 + votes.chapter, votes.share, of * 100 + chapter)
    listed = (
        pl.DataFrame({"text": of, "sure": votes.probability[row], "share": share})
        .with_columns(nomenclature.labels["hs6"].gather(votes.code[row]))
        .group_by("text", maintain_order=True)
        .agg(_OUTCOME)
    )
    there = places(listed["text"], len(votes.top))
    return listed.select(pl.exclude("text").gather(there)).with_columns(
        votes.evidence.alias("_evidence"), pl.Series("names_goods", votes.names_goods)
    )


def _heard_of(
    declared: pl.Series, listed: Ints, text: Ints, votes: Votes
) -> tuple[Floats, Floats, Floats]:
    """Give per line what the words give the declared code, its chapter, and all chapters."""
    chapter = declared.str.slice(0, 2).cast(pl.Int64).fill_null(0).to_numpy()
    own = _look_up(votes.text * _CODES + votes.code, votes.probability, text * _CODES + listed)
    key = votes.chapter_of * 100 + votes.chapter
    own_chapter = _look_up(key, votes.share, text * 100 + chapter)
    heard = np.bincount(votes.chapter_of, weights=votes.share, minlength=len(votes.top))
    return np.where(listed >= 0, own, 0.0), own_chapter, heard[text].astype(float)


def _look_up(keys: Ints, values: Floats, wanted: Ints) -> Floats:
    """Give the value of each wanted key; 0 where there is none. Keys are sorted."""
    if not len(keys):
        return np.zeros(len(wanted))
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[at] == wanted, values[at], 0.0)
