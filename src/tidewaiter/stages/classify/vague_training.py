"""Learning to judge vagueness: vague texts against good ones become a judge.

A logistic regression over runs of characters, words and measures, both sides weighed alike, found
by L-BFGS from zero: no chance in it, so the same texts give the same judge bit for bit. Texts are
dealt into folds by a hash of their letters; every text is judged once by a judge that has not seen
it, which gives the threshold at the false alarms allowed and the figures on the card.
Features are counted anew within each fold. Pure. Source of the method: textbook; Liu and
Nocedal 1989 for L-BFGS; the code is ours.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import scipy.sparse as sp

from tidewaiter.knowledge.goods_features import word_hashes
from tidewaiter.knowledge.goods_model import GoodsModel
from tidewaiter.knowledge.nomenclature import Nomenclature
from tidewaiter.knowledge.vague_features import (
    Flags,
    learn_block,
    plain_text,
    run_keys,
    spoken_keys,
)
from tidewaiter.knowledge.vague_model import VagueModel
from tidewaiter.stages.classify.vague_measures import Measures, measures
from tidewaiter.vocabulary.errors import InputError
from tidewaiter.vocabulary.intervals import wilson

FOLDS = 5
TEXTS_MIN = 50  # of each side
FALSE_ALARMS = 0.05
_TEXTS_MIN_KEY = 2
_MEASURE_SCALE = 0.5  # how loud scaled measures are beside features of length one
_LOSS_WEIGHT = 1.0  # against the square of the weights
_STEPS_MAX = 300
_HALVINGS_MAX = 30
_MOVES_KEPT = 10
_SLOPE_MIN = 1e-4  # stop at this share of the first slope
Reals = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Taught:
    """A judge, and what it was taught by.

    Args:
        model: the judge.
        texts: plain texts, vague ones first.
        vague: which are vague.
        chance: of each text, the probability given by a judge that had not seen it.
    """

    model: VagueModel
    texts: pl.Series
    vague: Flags
    chance: Reals


def sides(vague: pl.Series, good: pl.Series) -> tuple[pl.Series, pl.Series, int]:
    """Give both sides as distinct plain texts, and how many good ones were also vague."""
    bad, fine = (plain_text(one).unique().sort() for one in (vague, good))
    bad, fine = bad.filter(bad != ""), fine.filter(fine != "")
    both = fine.is_in(bad.implode())
    return bad, fine.filter(~both), int(both.sum())


def train_judge(
    vague: pl.Series,
    good: pl.Series,
    quality: pl.Series,
    goods: GoodsModel,
    nomenclature: Nomenclature,
    learned_from: dict[str, str],
) -> Taught:
    """Train a judge.

    Args:
        vague: from `sides`.
        good: from `sides`.
        quality: what the rules said of the vague, then of the good texts.
        goods: a model of goods that has learned from neither.
        nomenclature: gives the reading lists.
        learned_from: file to digest, for the card.

    Raises:
        InputError: too few texts on a side.
    """
    if min(len(vague), len(good)) < TEXTS_MIN:
        raise InputError(
            f"{len(vague):,} vague and {len(good):,} good texts are too few to learn from.",
            remedy=f"Give at least {TEXTS_MIN} distinct texts of each.",
        )
    texts = pl.concat([vague.alias("text"), good.alias("text")])
    truth = np.arange(len(texts)) < len(vague)
    seen = _Seen(
        len(texts), *run_keys(texts), *spoken_keys(texts),
        measures(texts, quality, goods, nomenclature)[0],
    )  # fmt: skip
    fold = (word_hashes(texts) >> np.uint64(20)) % np.uint64(FOLDS)
    chance = np.zeros(len(texts))
    for number in range(FOLDS):
        held = fold == number
        judge = _fitted(seen.only(~held), truth[~held], goods.id)
        chance[held] = _judged(seen.only(held), judge)
    threshold = threshold_at(chance[~truth], FALSE_ALARMS)
    whole = _fitted(seen, truth, goods.id)
    card = {
        "learned_from": dict(sorted(learned_from.items())),
        "goods": goods.id,
        "texts": {"vague": len(vague), "good": len(good)},
        "features": {"runs": len(whole.runs.keys), "words": len(whole.words.keys)},
        "folds": FOLDS,
        "false_alarms": FALSE_ALARMS,
        "threshold": threshold,
        "out_of_fold": figures(chance, truth),
    }
    return Taught(replace(whole, threshold=threshold, card=card), texts, truth, chance)


def threshold_at(good: Reals, share: float) -> float:
    """Give the lowest probability at which no more than `share` of the good texts are asked."""
    ordered = np.sort(good)[::-1]
    allowed = int(share * len(ordered))
    limit = float(ordered[allowed]) if allowed < len(ordered) else 0.0
    return float(np.nextafter(limit, 2.0))


def figures(chance: Reals, vague: Flags) -> dict[str, Any]:
    """Give area under the curve and recall at 5 and 10 % false alarms with Wilson intervals."""
    return {
        "auc": round(_area(chance, vague), 4),
        "recall_at_5": recall_at(chance, vague, 0.05),
        "recall_at_10": recall_at(chance, vague, 0.10),
    }


def recall_at(chance: Reals, vague: Flags, share: float) -> dict[str, Any]:
    """Give the share of vague texts found where `share` of the good ones are false alarms."""
    limit = threshold_at(chance[~vague], share)
    return shown(int((chance[vague] >= limit).sum()), int(vague.sum()))


def shown(hits: int, of: int) -> dict[str, Any]:
    """Give a share with its 95 % interval (Wilson 1927)."""
    share, (low, high) = hits / max(of, 1), wilson(hits, of)
    return {"share": round(share, 4), "interval": [round(low, 4), round(high, 4)], "of": of}


def _area(chance: Reals, vague: Flags) -> float:
    """Give the chance that a vague text stands above a good one (ties count half)."""
    rank = pl.Series(chance).rank("average").to_numpy()
    bad, fine = int(vague.sum()), int((~vague).sum())
    if not bad or not fine:
        return 0.5
    return float((rank[vague].sum() - bad * (bad + 1) / 2) / (bad * fine))


@dataclass(frozen=True, slots=True)
class _Seen:
    """Texts cut into keys, and their measures."""

    texts: int
    run_text: npt.NDArray[np.int64]
    runs: npt.NDArray[np.uint32]
    word_text: npt.NDArray[np.int64]
    words: npt.NDArray[np.uint32]
    measured: Measures

    def only(self, kept: Flags) -> _Seen:
        """Give some of the texts, numbered anew."""
        place = np.cumsum(kept) - 1
        run, word = kept[self.run_text], kept[self.word_text]
        return _Seen(
            int(kept.sum()),
            place[self.run_text[run]], self.runs[run],
            place[self.word_text[word]], self.words[word],
            self.measured[kept],
        )  # fmt: skip


def _fitted(seen: _Seen, truth: Flags, goods: str) -> VagueModel:
    """Fit a judge without threshold and card."""
    runs = learn_block(seen.run_text, seen.runs, seen.texts, texts_min=_TEXTS_MIN_KEY)
    words = learn_block(seen.word_text, seen.words, seen.texts, texts_min=_TEXTS_MIN_KEY)
    middle, spread = seen.measured.mean(axis=0), seen.measured.std(axis=0) / _MEASURE_SCALE
    spread = np.where(spread > 1e-9, spread, 1.0)
    matrix = sp.hstack(
        [
            runs.see(seen.run_text, seen.runs, seen.texts),
            words.see(seen.word_text, seen.words, seen.texts),
            sp.csr_matrix((seen.measured - middle) / spread),
        ]
    ).tocsr()
    found = _logistic(matrix, truth)
    cuts = np.cumsum([len(runs.keys), len(words.keys)])
    of_runs, of_words, of_measures = np.split(found[:-1].astype(np.float32), cuts)
    return VagueModel(
        runs, words, of_runs, of_words, middle.astype(np.float32), spread.astype(np.float32),
        of_measures, bias=float(np.float32(found[-1])), threshold=0.5, goods=goods, card={},
    )  # fmt: skip


def _judged(seen: _Seen, model: VagueModel) -> Reals:
    return chances(
        model.runs.see(seen.run_text, seen.runs, seen.texts),
        model.words.see(seen.word_text, seen.words, seen.texts),
        seen.measured,
        model,
    )


def chances(
    runs: sp.csr_matrix, words: sp.csr_matrix, measured: Measures, model: VagueModel
) -> Reals:
    """Give the probability that texts are vague, were half of all texts vague."""
    scaled = (measured - model.middle) / model.spread
    odds = runs @ model.run_weights + words @ model.word_weights + model.bias
    odds = odds + (scaled * model.measure_weights).sum(axis=1)
    held: Reals = 1.0 / (1.0 + np.exp(-np.clip(odds, -30.0, 30.0)))
    return held


def _logistic(matrix: sp.csr_matrix, truth: Flags) -> Reals:
    """Find weights and bias of least loss, both sides weighed alike."""
    sign = np.where(truth, 1.0, -1.0)
    share = np.where(truth, truth.sum(), (~truth).sum())
    weight = _LOSS_WEIGHT * len(truth) / (2.0 * share)
    across = matrix.T.tocsr()

    def loss(vector: Reals) -> tuple[float, Reals]:
        margin = sign * (matrix @ vector[:-1] + vector[-1])
        value = float(
            (weight * np.logaddexp(0.0, -margin)).sum() + 0.5 * _dot(vector[:-1], vector[:-1])
        )
        back = -sign * weight / (1.0 + np.exp(np.clip(margin, -500.0, 500.0)))
        return value, np.append(across @ back + vector[:-1], back.sum())

    return _lowest(loss, np.zeros(matrix.shape[1] + 1))


def _lowest(loss: Callable[[Reals], tuple[float, Reals]], at: Reals) -> Reals:
    """Find the lowest point of a smooth convex function by L-BFGS.

    Our own, of plain sums: a library's dot products are cut up by how many threads it finds, so
    the last bits (and on a busy machine the time) would differ from run to run.
    """
    value, slope = loss(at)
    limit = _SLOPE_MIN * _dot(slope, slope) ** 0.5
    moves: list[tuple[Reals, Reals, float]] = []
    for _ in range(_STEPS_MAX):
        if _dot(slope, slope) ** 0.5 <= limit:
            break
        way = -_turned(slope, moves)
        down = _dot(way, slope)
        step = 1.0 if moves else 1.0 / max(_dot(slope, slope) ** 0.5, 1.0)
        for _ in range(_HALVINGS_MAX):
            new = at + step * way
            found, steep = loss(new)
            if found <= value + 1e-4 * step * down:
                break
            step /= 2.0
        else:
            break
        moved, bent = new - at, steep - slope
        curve = _dot(moved, bent)
        if curve > 0.0:
            moves = [*moves[1 - _MOVES_KEPT :], (moved, bent, 1.0 / curve)]
        at, value, slope = new, found, steep
    return at


def _turned(slope: Reals, moves: list[tuple[Reals, Reals, float]]) -> Reals:
    """Turn the slope by the curvature seen in the last moves (the two-loop recursion)."""
    way, shares = slope.copy(), []
    for moved, bent, per in reversed(moves):
        share = per * _dot(moved, way)
        way -= share * bent
        shares.append(share)
    if moves:
        _, bent, per = moves[-1]
        way /= per * _dot(bent, bent)
    for (moved, bent, per), share in zip(moves, reversed(shares), strict=True):
        way += (share - per * _dot(bent, way)) * moved
    return way


def _dot(left: Reals, right: Reals) -> float:
    return float((left * right).sum())
