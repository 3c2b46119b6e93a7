"""Answering: what each text of goods is, with candidates at every level, evidence and questions.

The same stage code as the flow, with more of it told: candidates at two, four and six digits, the
nearest known example, the spread of duty, and national codes where a tariff pack is given. An
outside language model, where one is switched on, is heard as one more list of candidates.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

import polars as pl

from tidewaiter.knowledge.goods_model import LEVELS
from tidewaiter.knowledge.load import Knowledge
from tidewaiter.runtime.goods.national import National
from tidewaiter.stages.check.descriptions import read_descriptions
from tidewaiter.stages.classify import classify_lines
from tidewaiter.stages.classify.scoring import Scores, score
from tidewaiter.stages.classify.texts import joined_text

ROWS_AT_ONCE = 20_000
Adviser = Callable[[Sequence[str]], list[list[tuple[str, float]]]]


def lines_of(rows: pl.DataFrame, knowledge: Knowledge) -> pl.DataFrame:
    """Turn read texts into what the stage reads: `LINE_COLUMNS`, and attributes.

    Args:
        rows: from `reading`.
        knowledge: gives the vague terms.
    """
    spoken = rows.with_columns(pl.coalesce("title", "description").fill_null("").alias("_said"))
    quality = _quality(spoken["_said"], knowledge)
    none = pl.lit(None, dtype=pl.String)
    return rows.select(
        "title",
        "description",
        "category_path",
        "brand",
        none.alias("hs_code"),
        quality,
        "gtin",
        pl.col("product").alias("product_id"),
        none.alias("sku"),
        "attributes",
    )


def _quality(texts: pl.Series, knowledge: Knowledge) -> pl.Series:
    distinct = texts.unique()
    read = read_descriptions(
        distinct, knowledge.vague, knowledge.quality, knowledge.nomenclature.terms
    )
    both = pl.DataFrame({"said": distinct, "description_quality": read["quality"]})
    return texts.alias("said").to_frame().join(
        both, on="said", how="left", maintain_order="left"
    )["description_quality"]  # fmt: skip


def answer(
    rows: pl.DataFrame,
    knowledge: Knowledge,
    *,
    on: dt.date,
    national: National | None = None,
    adviser: Adviser | None = None,
) -> list[dict[str, Any]]:
    """Answer texts of goods.

    Args:
        rows: from `reading`.
        knowledge: with the model and memory in force.
        on: day whose law applies.
        national: gives the national lines under subheadings (`national.national_codes`).
        adviser: an outside model; given texts, gives each a list of (code, probability).

    Returns:
        One dictionary a row: id, outcome, hs6, probability, candidates, headings, chapters,
        questions, novelty, evidence, layer, duty_spread, description_quality, model.
    """
    out: list[dict[str, Any]] = []
    for low in range(0, rows.height, ROWS_AT_ONCE):
        out += _answer_part(rows.slice(low, ROWS_AT_ONCE), knowledge, on, adviser)
    if national is not None:
        _add_national(out, _plain_texts(rows), national)
    return out


def _answer_part(
    rows: pl.DataFrame, knowledge: Knowledge, on: dt.date, adviser: Adviser | None
) -> list[dict[str, Any]]:
    lines = lines_of(rows, knowledge)
    answers = classify_lines(lines, knowledge, on)
    joined = joined_text(lines)
    found = score(joined, knowledge.goods, knowledge.nomenclature)
    advice = adviser(_plain_texts(rows)) if adviser else None
    labels = dict(knowledge.nomenclature.labels.rows())
    headings = dict(knowledge.nomenclature.tables.headings.select("hs4", "label").rows())
    told = []
    ids = rows["id"].to_list()
    for number, row in enumerate(answers.to_dicts()):
        one = _told(number, row, found, knowledge, labels, headings)
        if advice is not None:
            one["outside_candidates"] = [
                {"hs6": code, "probability": chance, "label": labels[code]}
                for code, chance in advice[number]
                if code in labels
            ]
        told.append({"id": ids[number], **one, "description_quality":
                     lines["description_quality"][number]})  # fmt: skip
    return told


def _plain_texts(rows: pl.DataFrame) -> list[str]:
    columns = ("title", "description", "category_path", "brand", "attributes")
    joined = pl.concat_str(columns, separator=" | ", ignore_nulls=True).alias("said")
    return rows.select(joined)["said"].to_list()


def _told(
    number: int,
    row: dict[str, Any],
    found: Scores,
    knowledge: Knowledge,
    labels: dict[str, str],
    headings: dict[str, str],
) -> dict[str, Any]:
    """Tell one answer."""
    levels: dict[int, list[dict[str, Any]]] = {
        level: [
            {f"hs{level}": f"{code:0{level}d}", "probability": round(float(sure), 4)}
            for code, sure in zip(
                getattr(found, f"code{level}")[number],
                getattr(found, f"sure{level}")[number],
                strict=True,
            )
            if code >= 0
        ]
        for level in LEVELS
    }
    for one in levels[6]:
        one["label"] = labels[one["hs6"]]
    for one in levels[4]:
        one["label"] = headings.get(one["hs4"], "")
    return {
        "outcome": row["hs6_outcome"] if row["hs6"] else "person",
        "hs6": row["hs6"],
        "probability": row["hs6_confidence"],
        "level": _level(row, levels),
        "layer": _layer(row),
        "candidates": levels[6],
        "headings": levels[4],
        "chapters": levels[2],
        "questions": [row["hs6_question"]] if row["hs6_question"] else [],
        "novelty": row["hs6_novelty"],
        "evidence": _evidence(number, row, found, knowledge),
        "duty_spread": {"low": row["hs6_duty_low"], "high": row["hs6_duty_high"]},
        "insufficient_description": row["insufficient_description"],
        "model": knowledge.goods.id[:12],
    }


def _level(row: dict[str, Any], levels: dict[int, list[dict[str, Any]]]) -> int:
    """Say to how many digits the answer holds more likely than not."""
    if row["hs6_source"] == "verified":
        return 6
    for level in LEVELS:
        if levels[level] and levels[level][0]["probability"] >= 0.5:
            return level
    return 0


def _layer(row: dict[str, Any]) -> str:
    if row["hs6_source"] == "verified":
        return "memory"
    return "model" if row["hs6"] else "none"


def _evidence(
    number: int, row: dict[str, Any], found: Scores, knowledge: Knowledge
) -> dict[str, Any]:
    nearest = int(found.nearest[number])
    neighbour = None
    if nearest >= 0:
        example = knowledge.goods.examples.row(nearest, named=True)
        neighbour = {
            "text": example["text"],
            "hs6": knowledge.goods.classes[example["code"]],
            "similarity": round(float(found.near[number]), 3),
            "source": example["source"],
        }
    return {"words": row["hs6_evidence"], "neighbour": neighbour}


def _add_national(told: list[dict[str, Any]], texts: Sequence[str], national: National) -> None:
    """Add the national codes under each candidate."""
    pairs = [
        (text, candidate)
        for one, text in zip(told, texts, strict=True)
        for candidate in one["candidates"]
    ]
    found = national([text for text, _ in pairs], [one["hs6"] for _, one in pairs])
    for (_, candidate), lines in zip(pairs, found, strict=True):
        candidate["national"] = lines
