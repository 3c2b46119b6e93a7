"""Classify: which HS subheading the goods of a line are, how sure, by which words.

The words, weights and the calibration are the nomenclature pack's (`knowledge.nomenclature`); this
stage votes over them in columns, on distinct texts only, and settles the vote with a declared code.
It gives a best guess as soon as any word is known, for duty by chapter needs one, and says by
confidence and flag how little that may be worth; nothing known, nothing given.

First version: words only. It remembers no verified answers, corrects no spelling, and reads other
languages only where the pack has their words. National digits are not given.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl

from tidewaiter.knowledge.goods_words import Ints
from tidewaiter.knowledge.load import Knowledge
from tidewaiter.knowledge.nomenclature import Nomenclature
from tidewaiter.stages.classify.answers import FLAGS, GIVES, outcomes, settle
from tidewaiter.stages.classify.recall import recall
from tidewaiter.stages.classify.texts import TEXT_COLUMNS, joined_text
from tidewaiter.stages.classify.votes import vote
from tidewaiter.vocabulary.batch import Batch, conform
from tidewaiter.vocabulary.findings import finding
from tidewaiter.vocabulary.stage import StageContract
from tidewaiter.vocabulary.terms import Scope

LINE_COLUMNS = (*TEXT_COLUMNS, "hs_code", "description_quality")

CONTRACT = StageContract(
    name="classify",
    needs=tuple(f"goods_items.{column}" for column in LINE_COLUMNS),
    gives=tuple(f"goods_items.{column}" for column in GIVES),
    scope=Scope.ROW,
    codes=(
        "classify.insufficient_description",
        "classify.low_confidence",
        "classify.code_contradicts_text",
        "classify.code_not_known",
        "classify.edition_not_in_force",
    ),
)


def classify(batch: Batch, knowledge: Knowledge, *, on: dt.date) -> Batch:
    """Give each goods item its HS subheading.

    Args:
        batch: after `check` and `fuse`.
        knowledge: gives the nomenclature and the finding texts.
        on: day whose law applies.

    Returns:
        The batch with `hs6`, `hs6_confidence` (0-1, calibrated), `hs6_source`, `hs6_candidates`
        (at most five), `hs6_evidence` and `insufficient_description` on its lines, and findings.
    """
    items = batch.goods_items
    lines, line = _distinct(items, LINE_COLUMNS)
    answers = recalled(lines, knowledge.nomenclature)
    answers = answers[line] if items.height else answers
    done = items.drop(*GIVES, strict=False).hstack(answers)
    return batch.with_frames(
        goods_items=conform(done.drop(FLAGS), "goods_items")
    ).with_findings(*_findings(done, knowledge, on))  # fmt: skip


def classify_lines(lines: pl.DataFrame, nomenclature: Nomenclature) -> pl.DataFrame:
    """Answer distinct lines.

    Args:
        lines: frame with `LINE_COLUMNS`.
        nomenclature: the edition.

    Returns:
        One row a line: the columns `classify` gives, and `answers.FLAGS`.
    """
    texts = joined_text(lines).to_frame()
    distinct, text = _distinct(texts, ("text",))
    return settle(lines, text, vote(distinct["text"], nomenclature), nomenclature)


def recalled(lines: pl.DataFrame, nomenclature: Nomenclature) -> pl.DataFrame:
    """Answer distinct lines, those met before from memory; else as `classify_lines`."""
    edition = " ".join(nomenclature.digests.values())
    return recall(lines, edition, lambda new: classify_lines(new, nomenclature))


def suggest(text: str, nomenclature: Nomenclature) -> pl.DataFrame:
    """Give the candidates for one text: `hs6, probability, label`, most probable first.

    Args:
        text: what the goods are called.
        nomenclature: the edition.
    """
    line = pl.DataFrame([{"title": text}], schema=dict.fromkeys(TEXT_COLUMNS, pl.String))
    found = outcomes(vote(joined_text(line), nomenclature), nomenclature)
    rows = found["hs6_candidates"].explode().drop_nulls().struct.unnest()
    return rows.join(nomenclature.labels, on="hs6", how="left", maintain_order="left")


def _distinct(rows: pl.DataFrame, columns: tuple[str, ...]) -> tuple[pl.DataFrame, Ints]:
    """Give the distinct values of some columns, and for each row which of them it has."""
    if rows.height < 2:
        return rows.select(columns), np.zeros(rows.height, np.int64)
    numbered = rows.lazy().select(columns).with_row_index("_row")
    grouped = numbered.group_by(columns).agg("_row").with_row_index("_which").collect()
    spread = grouped.lazy().select("_which", "_row").explode("_row").collect()
    which = np.empty(rows.height, np.int64)
    which[spread["_row"].to_numpy()] = spread["_which"].to_numpy()
    return grouped.select(columns), which


_PERCENT = (100 * pl.col("hs6_confidence")).round(0).cast(pl.Int64)
_QUOTED = pl.coalesce("description", "title", "category_path")
_AGAINST = pl.format(
    "declared {}; '{}' points to {}, its chapter {}%",
    pl.col("hs6"),
    pl.col("_evidence"),
    pl.col("_best_hs6"),
    (100 * pl.col("share")).round(0).cast(pl.Int64),
)
_SURE = pl.concat_str(
    pl.format("{}%", _PERCENT), pl.format(" by '{}'", pl.col("hs6_evidence")).fill_null("")
)


def _findings(items: pl.DataFrame, knowledge: Knowledge, on: dt.date) -> list[pl.DataFrame]:
    """Say which lines need a better description or whose code is doubtful."""
    nomenclature = knowledge.nomenclature
    vague, contradicted = pl.col("insufficient_description"), pl.col("_contradicted")
    low = pl.col("hs6_confidence") < nomenclature.limits.low_confidence_below
    early = pl.lit(on < nomenclature.valid_from) & pl.col("hs6").is_not_null()
    edition = pl.lit(f"{nomenclature.edition} is in force from {nomenclature.valid_from}")
    guess = pl.format("best guess {}", pl.col("hs6"))
    rules: dict[str, tuple[pl.Expr, str, pl.Expr, pl.Expr | None]] = {
        "insufficient_description": (vague, "description", _QUOTED, guess),
        "low_confidence": (low & ~vague & ~contradicted, "hs6", pl.col("hs6"), _SURE),
        "code_contradicts_text": (contradicted, "hs_code", pl.col("hs_code"), _AGAINST),
        "code_not_known": (pl.col("_unlisted"), "hs_code", pl.col("hs_code"), None),
        "edition_not_in_force": (early, "hs6", pl.col("hs6"), edition),
    }
    hit = items.select(when.any().alias(rule) for rule, (when, *_) in rules.items())
    return [
        finding(
            items,
            when,
            f"classify.{rule}",
            knowledge.findings.severity(f"classify.{rule}", on),
            field=f"goods_items.{column}",
            seen=seen,
            detail=detail,
        )
        for rule, (when, column, seen, detail) in rules.items()
        if hit[rule][0]
    ]
