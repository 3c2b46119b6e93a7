"""Training: what the pack says and what was verified become a model with a calibration.

Examples are texts with a subheading, a weight and a source. Part of the verified history is held
out (chosen by a hash of its words, so the same text never stands on both sides), a first model is
fitted without it, and the calibration is taken there; the model that is given away has then learned
from everything. Without enough history the pack's own listings and some of its words take its
place: they are of one pen, so the figure flatters. Pure: the seed is the pack's or the caller's;
see `fitting` on reproducibility.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl
from scipy.optimize import minimize

from tidewaiter.knowledge.goods_features import (
    Seen,
    Singles,
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
from tidewaiter.stages.classify.scoring import Asked, best_of, measures_of, probabilities, sums_by
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
    if held is not None:
        progress(f"measuring on {int(held.sum()):,} texts held out")
        part = _fitted(examples.filter(~held), nomenclature, classes, {}, progress)
        measured = _measure(part, examples.filter(held), nomenclature)
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


def _held_out(examples: pl.DataFrame, nomenclature: Nomenclature) -> pl.Series | None:
    """Mark the examples to hold out: a share of the history, else of the pack's listings."""
    share = nomenclature.fit.held_out
    if share <= 0:
        return None
    plain = examples["text"].str.to_lowercase().str.replace_all(r"[^\p{L}\p{N}]+", " ")
    number = pl.Series(word_hashes(plain.str.strip_chars()) >> np.uint64(40)) % 1000
    drawn = number < 1000 * share
    source = examples["source"]
    held = drawn & source.is_in(list(VERIFIED))
    if held.sum() >= CALIBRATION_MIN:
        return held
    few = (number < 1000 * share * _WORDS_HELD) & (source == "words")
    held = (drawn & (source == "listing")) | few
    return held if held.sum() >= CALIBRATION_MIN else None


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


def _measure(model: GoodsModel, held: pl.DataFrame, nomenclature: Nomenclature) -> Held:
    """Fit the calibration of each level on texts the model has not seen."""
    read = read_texts(held["text"], nomenclature.words, model.fields)
    seen = see(read, model.vocabulary)
    ask = Asked(model, model.neighbours(nomenclature.words), guards(nomenclature, model))
    chance, near, _ = probabilities(seen, slice(0, held.height), ask)
    code = held["code"].to_numpy()
    calibration, right = {}, {}
    for level in LEVELS:
        group = model.classes.str.slice(0, level).cast(pl.Int64).to_numpy()
        mass, names = sums_by(chance, group)
        best, raw = best_of(mass)
        hit = names[best[:, 0]] == group[code]
        calibration[level] = _logistic(raw, near, seen, hit)
        right[level] = float(hit.mean())
    return Held(str(held["source"].unique().sort().str.join("+").item()), held.height,
                calibration, right)  # fmt: skip


def _logistic(
    raw: Singles, near: Singles, seen: Seen, hit: np.ndarray[tuple[int], np.dtype[np.bool_]]
) -> tuple[float, ...]:
    """Fit the coefficients of the logistic map from measures to how often right."""
    x = measures_of(raw, near, seen).astype(float)
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
