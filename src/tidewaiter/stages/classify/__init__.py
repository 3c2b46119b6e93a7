"""Classify: which HS subheading the goods of a line are, how sure, by which words.

In layers: what was verified for this product (GTIN, product id, words) answers from memory;
otherwise a model of goods and its nearest known examples score the words (`scoring`), a declared
code is weighed against them, guards take down what cannot be, and the cheapest way to answer is
chosen: accept, name the heading, ask the question that would decide, or have a person look.

Works on distinct texts only. Words, weights and limits are the nomenclature pack's; the model is
given with the knowledge (`Knowledge.goods`). National digits hang under the answer in tariff packs.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl

from tidewaiter.knowledge.goods_facts import goods_facts
from tidewaiter.knowledge.goods_words import Ints
from tidewaiter.knowledge.load import Knowledge
from tidewaiter.stages.classify.answers import FLAGS, GIVES, declared_code, settle
from tidewaiter.stages.classify.memory import agreeing, remembered
from tidewaiter.stages.classify.recall import recall
from tidewaiter.stages.classify.scoring import Scores, score
from tidewaiter.stages.classify.stakes import choose, stakes
from tidewaiter.stages.classify.texts import TEXT_COLUMNS, joined_text
from tidewaiter.vocabulary.batch import Batch, conform
from tidewaiter.vocabulary.findings import finding
from tidewaiter.vocabulary.stage import StageContract
from tidewaiter.vocabulary.terms import Scope

KEY_COLUMNS = ("gtin", "product_id", "sku")
LINE_COLUMNS = (*TEXT_COLUMNS, "hs_code", "description_quality", *KEY_COLUMNS)

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
        (at most five), `hs6_evidence`, `hs6_novelty`, `hs6_outcome`, `hs6_question`, the spread of
        duty and `insufficient_description` on its lines, and findings.
    """
    items = batch.goods_items
    wanted = LINE_COLUMNS if knowledge.verified.valid.height else LINE_COLUMNS[:-3]
    lines, line = _distinct(items, wanted)
    known_as = f"{knowledge.digest} {on}"
    answers = recall(lines, known_as, lambda new: classify_lines(new, knowledge, on))
    answers = answers[line] if items.height else answers
    done = items.drop(*GIVES, strict=False).hstack(answers)
    return batch.with_frames(
        goods_items=conform(done.drop(FLAGS), "goods_items")
    ).with_findings(*_findings(done, knowledge, on))  # fmt: skip


def classify_lines(lines: pl.DataFrame, knowledge: Knowledge, on: dt.date) -> pl.DataFrame:
    """Answer distinct lines.

    Args:
        lines: frame with `LINE_COLUMNS` (without `KEY_COLUMNS` where nothing is verified).
        knowledge: nomenclature, model, memory, regime and controls.
        on: day whose law applies.

    Returns:
        One row a line: the columns `classify` gives, and `answers.FLAGS`.
    """
    nomenclature, model = knowledge.nomenclature, knowledge.goods
    joined = joined_text(lines)
    declared = declared_code(lines)
    verified = remembered(lines, joined, knowledge.verified)
    said = joined.zip_with(~verified["_exact"], pl.Series([""]))  # no need to ask the model
    texts = pl.DataFrame({"text": said, "declared": declared})
    distinct, text = _distinct(texts, ("text", "declared"))
    found = score(distinct["text"], model, nomenclature, distinct["declared"]).at_rows(text)
    facts = goods_facts(nomenclature)
    choice = choose(
        found.at, found.sure6, found.sure4[:, 0], stakes(knowledge, on), facts, nomenclature.costs
    )
    verified = agreeing(verified, found, nomenclature.declared)
    stated = lines.select("description_quality").with_columns(declared)
    return settle(stated, found, choice, verified, nomenclature, facts)


def suggest(text: str, knowledge: Knowledge) -> pl.DataFrame:
    """Give the candidates for one text: `hs6, probability, label`, most probable first.

    Args:
        text: what the goods are called.
        knowledge: gives the nomenclature and the model.
    """
    line = pl.DataFrame([{"title": text}], schema=dict.fromkeys(TEXT_COLUMNS, pl.String))
    found = score(joined_text(line), knowledge.goods, knowledge.nomenclature)
    return candidates(found, knowledge)


def candidates(found: Scores, knowledge: Knowledge) -> pl.DataFrame:
    """Give the candidates of the first text as `hs6, probability, label`."""
    there = found.code6[0] >= 0
    rows = pl.DataFrame(
        {
            "hs6": pl.Series(found.code6[0][there]).cast(pl.String).str.zfill(6),
            "probability": pl.Series(found.sure6[0][there].astype(float)).round(4),
        }
    )
    labels = knowledge.nomenclature.labels
    return rows.join(labels, on="hs6", how="left", maintain_order="left")


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
