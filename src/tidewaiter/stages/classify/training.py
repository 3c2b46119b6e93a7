"""Training: what the pack says and what was verified become a model with a calibration.

Examples are texts with a subheading, a weight and a source. Parts of the verified history are held
out in turn (chosen by a hash of the words, so the same text never stands on both sides), a model is
fitted without each, and the calibration is taken over all of them; the model that is given away has
then learned from everything. Without enough history the pack's own listings and some of its words
take its place: they are of one pen, so the figure flatters. Pure: the seed is the pack's or the
caller's; see `fitting` on reproducibility.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl
from scipy.optimize import minimize

from tidewaiter.knowledge.goods_features import (
    Vocabulary,
    learn_vocabulary,
    read_texts,
    see,
    word_hashes,
)
from tidewaiter.knowledge.goods_model import (
    CALIBRATORS,
    LEVELS,
    GoodsModel,
    from_bytes,
    to_bytes,
)
from tidewaiter.knowledge.nomenclature import Nomenclature
from tidewaiter.stages.classify.fitting import Progress, learn
from tidewaiter.stages.classify.guards import guards
from tidewaiter.stages.classify.ranking import best_of, sums_by
from tidewaiter.stages.classify.scoring import measures_of
from tidewaiter.stages.classify.voices import Asked, probabilities
from tidewaiter.vocabulary.errors import InputError

EXAMPLE_COLUMNS = ("text", "hs6", "weight", "source")
VERIFIED = ("history", "confirmed")
CALIBRATION_MIN = 200  # fewer held-out texts say nothing sure
EXAMPLES_MAX = 2_000_000
_WORDS_HELD = 0.1  # of the share held out: words are many
_PENALTY = 1e-3  # keeps coefficients small where the data does not decide


@dataclass(frozen=True, slots=True)
class Held:
    """What was measured on the texts held out."""

    on: str
    texts: int
    calibration: dict[int, tuple[float, ...]]
    right: dict[int, float]


def no_history() -> pl.DataFrame:
    """Give an empty frame of verified examples."""
    return pl.DataFrame(
        schema={"text": pl.String, "hs6": pl.String, "weight": pl.Float64, "source": pl.String}
    )


def train(
    nomenclature: Nomenclature,
    history: pl.DataFrame,
    *,
    learned_from: dict[str, str],
    progress: Progress = lambda _: None,
) -> GoodsModel:
    """Train a model.

    Args:
        nomenclature: gives its own examples and the settings.
        history: verified examples, frame `text, hs6, weight, source` (`history` or `confirmed`).
        learned_from: names and digests of what the history came from, for the card.
        progress: told a sentence now and then.

    Returns:
        The model; examples whose code is not in the edition are left out and counted in its card.

    Raises:
        InputError: too many examples.
    """
    both = pl.concat([nomenclature.examples().select(EXAMPLE_COLUMNS),
                      history.select(EXAMPLE_COLUMNS)])  # fmt: skip
    if both.height > EXAMPLES_MAX:
        raise InputError(
            f"{both.height:,} examples are more than can be learned from ({EXAMPLES_MAX:,}).",
            remedy="Give the newest or most trusted part of the history.",
        )
    classes = nomenclature.labels["hs6"]
    code = nomenclature.positions(both["hs6"])
    examples = both.with_columns(pl.Series("code", code)).filter(pl.col("code") >= 0)
    held = _held_out(examples, nomenclature)
    card: dict[str, Any] = {
        "edition": nomenclature.edition,
        "taught_by": teaching(nomenclature),
        "learned_from": dict(sorted(learned_from.items())),
        "examples": dict(sorted(examples.group_by("source").len().rows())),
        "examples_digest": _digest(examples),
        "left_out": both.height - examples.height,
        "seed": nomenclature.fit.seed,
    }
    measured = None
    if held:
        tried = []
        for part in held:
            progress(f"measuring on {int(part.sum()):,} texts held out")
            without = _fitted(examples.filter(~part), nomenclature, classes, {}, progress)
            tried.append(_try(without, examples.filter(part), nomenclature))
        measured = _calibrated(tried)
        card["calibrated_on"] = {"source": measured.on, "texts": measured.texts}
        card["right_on_held_out"] = {str(k): round(v, 4) for k, v in measured.right.items()}
    progress("learning from everything")
    model = _fitted(examples, nomenclature, classes, card, progress)
    if measured:
        model = replace(model, calibration=measured.calibration)
    return from_bytes(to_bytes(model))  # as it will be read: eight bits a number


def teaching(nomenclature: Nomenclature) -> str:
    """Digest of all that the nomenclature teaches: its examples, reading lists and settings."""
    shown = nomenclature.words
    lists = (shown.openers, shown.containers, shown.silent, tuple(sorted(shown.same.items())))
    settings = (nomenclature.fields, nomenclature.fit, nomenclature.blend, lists)
    text = f"{_digest(nomenclature.examples())} {settings!r} {nomenclature.edition}"
    return hashlib.sha256(text.encode()).hexdigest()


def _digest(examples: pl.DataFrame) -> str:
    """Digest of every example in order."""
    text = examples.select(pl.concat_str(EXAMPLE_COLUMNS, separator="\t", ignore_nulls=True))
    return hashlib.sha256("\n".join(text.to_series().to_list()).encode()).hexdigest()


def _held_out(examples: pl.DataFrame, nomenclature: Nomenclature) -> list[pl.Series]:
    """Mark the examples to hold out in turn: shares of the history, else one of our listings."""
    share, folds = nomenclature.fit.held_out, nomenclature.fit.folds
    if share <= 0:
        return []
    plain = examples["text"].str.to_lowercase().str.replace_all(r"[^\p{L}\p{N}]+", " ")
    number = pl.Series(word_hashes(plain.str.strip_chars()) >> np.uint64(40)) % 1000
    drawn = number < 1000 * share
    source = examples["source"]
    width = 1000 * share
    verified = source.is_in(list(VERIFIED))
    parts = [
        verified & (number >= width * fold) & (number < width * (fold + 1)) for fold in range(folds)
    ]
    if sum(int(part.sum()) for part in parts) >= CALIBRATION_MIN:
        return [part for part in parts if part.any()]
    few = (number < 1000 * share * _WORDS_HELD) & (source == "words")
    held = (drawn & (source == "listing")) | few
    return [held] if held.sum() >= CALIBRATION_MIN else []


def _fitted(
    examples: pl.DataFrame,
    nomenclature: Nomenclature,
    classes: pl.Series,
    card: dict[str, Any],
    progress: Progress,
) -> GoodsModel:
    how = nomenclature.fit
    read = read_texts(examples["text"], nomenclature.words, nomenclature.fields)
    found = learn_vocabulary(read, words_min=how.words_min, grams_min=how.grams_min)
    rarity = found.rarity.astype(np.float16).astype(np.float32)  # as it is kept in the file
    vocabulary = Vocabulary(found.keys, rarity, found.words)
    weight = examples["weight"].to_numpy().astype(np.float32)
    learned = learn(
        see(read, vocabulary).both, examples["code"].to_numpy(), weight, classes, how, progress
    )
    kinds = pl.Enum(sorted(examples["source"].unique()))
    one_line = pl.col("text").str.replace_all(r"[\r\n]+", " ")
    return GoodsModel(
        classes=classes,
        vocabulary=vocabulary,
        embed=learned.embed,
        out=learned.out,
        bias=learned.bias,
        examples=examples.select(
            one_line, "code", pl.col("weight").cast(pl.Float32), pl.col("source").cast(kinds)
        ),
        fields=nomenclature.fields,
        blend=nomenclature.blend,
        calibration={},
        card=card,
    )


@dataclass(frozen=True, slots=True)
class _Tried:
    """What a model said of texts it has not seen: by level its measures, and if it was right."""

    source: str
    seen: dict[int, tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]]


def _try(model: GoodsModel, held: pl.DataFrame, nomenclature: Nomenclature) -> _Tried:
    read = read_texts(held["text"], nomenclature.words, model.fields)
    seen = see(read, model.vocabulary)
    ask = Asked(model, model.neighbours(nomenclature.words), guards(nomenclature, model))
    chance, near, _ = probabilities(seen, slice(0, held.height), ask)
    code = held["code"].to_numpy()
    found = {}
    for level in LEVELS:
        group = model.classes.str.slice(0, level).cast(pl.Int64).to_numpy()
        mass, names = sums_by(chance, group)
        best, raw = best_of(mass)
        hit = names[best[:, 0]] == group[code]
        found[level] = (measures_of(raw, near, seen).astype(float), hit)
    return _Tried(str(held["source"].unique().sort().str.join("+").item()), found)


def _calibrated(tried: list[_Tried]) -> Held:
    """Fit the calibration of each level on all that was tried."""
    calibration, right, texts = {}, {}, 0
    for level in LEVELS:
        measures = np.concatenate([one.seen[level][0] for one in tried])
        hit = np.concatenate([one.seen[level][1] for one in tried])
        calibration[level] = _logistic(measures, hit)
        right[level], texts = float(hit.mean()), len(hit)
    return Held(tried[0].source, texts, calibration, right)


def _logistic(x: np.ndarray[Any, Any], hit: np.ndarray[Any, Any]) -> tuple[float, ...]:
    """Fit the coefficients of the logistic map from measures to how often right."""
    y = np.where(hit, 1.0, -1.0)

    def loss(w: np.ndarray[Any, Any]) -> tuple[float, np.ndarray[Any, Any]]:
        margin = y * (x @ w)
        value = np.logaddexp(0.0, -margin).mean() + _PENALTY * float(w @ w)
        slope = -(x * (y / (1.0 + np.exp(margin)))[:, None]).mean(axis=0) + 2 * _PENALTY * w
        return float(value), slope

    start = np.zeros(CALIBRATORS)
    start[1] = 1.0
    found = minimize(loss, start, jac=True, method="L-BFGS-B")
    return tuple(round(float(w), 5) for w in found.x)
