"""Measuring a model of goods on labelled texts it has not seen.

Told with every run: right among the best one, three and five at two, four and six digits with
Wilson 95 % intervals; the majority baseline and the macro mean; calibration error over bins of
equal mass; coverage at 90 and 95 % right; results by novelty; questions asked and what the cheapest
outcomes were; the digests of test set and model. Rows whose text the model has learned from are
counted, and told apart: a score on them is memory, not skill.
"""

from __future__ import annotations

import datetime as dt
import time
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from tidewaiter.knowledge.load import Knowledge
from tidewaiter.knowledge.verified import plain
from tidewaiter.runtime.goods.answering import lines_of
from tidewaiter.runtime.goods.reading import Texts
from tidewaiter.stages.classify import classify_lines
from tidewaiter.stages.classify.scoring import Scores, score
from tidewaiter.stages.classify.texts import joined_text
from tidewaiter.vocabulary.errors import InputError
from tidewaiter.vocabulary.intervals import wilson

RANKS = (1, 3, 5)
BINS = 15
BANDS = ((0.0, 0.4), (0.4, 0.6), (0.6, 0.8), (0.8, 1.01))
Flags = npt.NDArray[np.bool_]


def calibration_error(said: npt.NDArray[Any], right: Flags) -> float:
    """Give the expected calibration error over bins of equal mass."""
    bins = [b for b in np.array_split(np.argsort(said, kind="stable"), BINS) if len(b)]
    return float(sum(len(b) * abs(said[b].mean() - right[b].mean()) for b in bins) / len(said))


def coverage(said: npt.NDArray[Any], right: Flags, wanted: float) -> float:
    """Give the largest share of texts, surest first, that is right as often as wanted."""
    order = np.argsort(-said, kind="stable")
    enough = np.flatnonzero(np.cumsum(right[order]) / np.arange(1, len(order) + 1) >= wanted)
    return float((enough.max() + 1) / len(order)) if len(enough) else 0.0


def evaluate(texts: Texts, knowledge: Knowledge, *, on: dt.date) -> dict[str, Any]:
    """Measure the model in force on labelled texts.

    Args:
        texts: labelled texts.
        knowledge: with model and memory.
        on: day whose law applies (costs of wrong codes).

    Raises:
        InputError: no row to measure.
    """
    rows = texts.rows
    if not rows.height:
        raise InputError("there is no row to measure.", remedy="Give a file with text and hs6.")
    lines = lines_of(rows, knowledge)
    joined = joined_text(lines)
    start = time.perf_counter()
    found = score(joined, knowledge.goods, knowledge.nomenclature)
    seconds = time.perf_counter() - start
    answers = classify_lines(lines, knowledge, on)
    learned = _learned(joined, knowledge)
    levels = {f"hs{level}": _level(found, rows["hs6"], level) for level in (2, 4, 6)}
    truth = rows["hs6"].cast(pl.Int64).to_numpy()
    hit = found.code6[:, 0] == truth
    unlisted = knowledge.nomenclature.positions(rows["hs6"]) < 0
    outcome = answers["hs6_outcome"].value_counts(sort=True, normalize=True).rows()
    asked = (answers["hs6_outcome"] == "ask").sum()
    memory = (answers["hs6_source"] == "verified").fill_null(value=False).to_numpy()
    final = (answers["hs6"] == rows["hs6"]).fill_null(value=False).to_numpy()
    return {
        "rows": rows.height,
        "rejected": texts.rejected.height,
        "test_set": texts.digest,
        "model": knowledge.goods.id,
        "model_card": {k: v for k, v in knowledge.goods.card.items() if k != "settings"},
        "codes_not_in_edition": int(unlisted.sum()),
        "learned_before": int(learned.sum()),
        "not_learned_before": _share(hit[~learned]),
        "majority_baseline": int(rows["hs6"].value_counts(sort=True)["count"][0]) / rows.height,
        "macro_hs6": _macro(truth, hit),
        **levels,
        "answered": _share(final),
        "from_memory": {"rows": int(memory.sum()), **_share(final[memory])},
        "by_similarity": _bands(found, hit),
        "outcomes": {name: round(share, 4) for name, share in outcome},
        "questions_per_row": round(asked / rows.height, 4),
        "rows_per_second": round(rows.height / max(seconds, 1e-9)),
    }


def _share(right: Flags) -> dict[str, Any]:
    low, high = wilson(int(right.sum()), len(right))
    share = float(right.mean()) if len(right) else 0.0
    return {"right": round(share, 4), "interval": [round(low, 4), round(high, 4)], "of": len(right)}


def _learned(joined: pl.Series, knowledge: Knowledge) -> Flags:
    """Mark the texts the model has learned from, word for word."""
    known = knowledge.goods.examples.filter(
        pl.col("source").cast(pl.String).is_in(["history", "confirmed"])
    ).select(plain(pl.col("text")).alias("text"))["text"]
    said = joined.to_frame("text").select(plain(pl.col("text")))["text"]
    return said.is_in(known.unique().implode()).to_numpy()


def _level(found: Scores, truth: pl.Series, level: int) -> dict[str, Any]:
    code, sure = getattr(found, f"code{level}"), getattr(found, f"sure{level}")
    wanted = truth.str.slice(0, level).cast(pl.Int64).to_numpy()
    hits = code == wanted[:, None]
    best, said = hits[:, 0], np.where(code[:, 0] >= 0, sure[:, 0], 0.0)
    return {
        **{f"top{rank}": _share(hits[:, :rank].any(axis=1)) for rank in RANKS},
        "calibration_error": round(calibration_error(said, best), 4),
        "coverage_at_90": round(coverage(said, best, 0.90), 4),
        "coverage_at_95": round(coverage(said, best, 0.95), 4),
    }


def _macro(truth: npt.NDArray[Any], hit: Flags) -> float:
    """Give the mean over codes of the share right, so that a frequent code does not hide others."""
    _, of = np.unique(truth, return_inverse=True)
    return round(float((np.bincount(of, weights=hit) / np.bincount(of)).mean()), 4)


def _bands(found: Scores, hit: Flags) -> list[dict[str, Any]]:
    """Give what is right by the cosine of the nearest known example."""
    out = []
    for low, high in BANDS:
        within = (found.near >= low) & (found.near < high)
        out.append({"from": low, "to": min(high, 1.0), **_share(hit[within])})
    return out
