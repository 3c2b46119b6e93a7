"""Scoring: a model of goods and its neighbours give each text probabilities of subheadings.

The model's scores become probabilities; the nearest known examples (cosine over words and pairs)
give others; both are blended, the nearer the neighbours the more they count. Probabilities, not
scores, are summed to headings and chapters. A logistic map per level, measured on texts the model
had not seen, turns the blend into how often it was right.

All is arrays over blocks of texts. Knows no declared code's meaning (see `answers`).
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import polars as pl
import scipy.sparse as sp

from tidewaiter.knowledge.goods_features import Read, Seen, Singles, read_texts, see, word_keys
from tidewaiter.knowledge.goods_model import Blend, GoodsModel
from tidewaiter.knowledge.goods_words import Ints
from tidewaiter.knowledge.nomenclature import Nomenclature
from tidewaiter.stages.classify.guards import Guards, guards

CANDIDATES_MAX = 5
EVIDENCE_MAX = 3
FAR = 0.4  # neighbours below this share of the best cosine are not heard
TEXTS_AT_ONCE = 512
_LEAST = np.float32(1e-9)
_TINY = np.float32(1e-6)
_EXACT = 1 << 24  # whole numbers below are exact in single precision


@dataclass(frozen=True, slots=True)
class Scores:
    """What is known of some texts; `[texts, CANDIDATES_MAX]` where not said otherwise.

    Args:
        code6, code4, code2: best subheadings, headings and chapters as numbers, -1 where none.
        sure6, sure4, sure2: their calibrated probabilities, falling.
        at: position of `code6` in the model's classes.
        own: per text, what the blend gives its declared subheading, and
        own_chapter: its declared chapter (0 where none is declared).
        near: per text, cosine of the nearest example, and
        nearest: which example that is, -1 where none has a word in common.
        known: per text, the share of its words the model knows.
        found: per text, whether anything is said: a word of it is known, or its runs of characters
            alone speak firmly enough.
        evidence: per text, the words that speak most for the best candidate; null if none.
    """

    code6: Ints
    code4: Ints
    code2: Ints
    sure6: Singles
    sure4: Singles
    sure2: Singles
    at: Ints
    own: Singles
    own_chapter: Singles
    near: Singles
    nearest: Ints
    known: Singles
    found: np.ndarray[tuple[int], np.dtype[np.bool_]]
    evidence: pl.Series

    def at_rows(self, rows: Ints) -> Scores:
        """Give the scores of some texts, in the order asked for."""
        held = {field.name: getattr(self, field.name) for field in fields(self)}
        evidence = held.pop("evidence").gather(rows)
        return Scores(evidence=evidence, **{name: held[name][rows] for name in held})


def score(
    texts: pl.Series,
    model: GoodsModel,
    nomenclature: Nomenclature,
    declared: pl.Series | None = None,
) -> Scores:
    """Score joined texts.

    Args:
        texts: fields with `FIELD_MARK` between (see `texts.joined_text`).
        model: the model.
        nomenclature: gives the reading lists and what goods are not.
        declared: per text, its declared subheading (it need not exist), null for none.
    """
    read = read_texts(texts, nomenclature.words, model.fields)
    seen = see(read, model.vocabulary)
    said = Declared.read(declared, model, read.texts)
    ask = Asked(model, model.neighbours(nomenclature.words), guards(nomenclature, model))
    blocks = [
        _block(seen, slice(low, low + TEXTS_AT_ONCE), ask, said)
        for low in range(0, max(read.texts, 1), TEXTS_AT_ONCE)
    ]
    joined = {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}
    for level in (2, 4, 6):
        raw = joined.pop(f"raw{level}")
        joined[f"sure{level}"] = _calibrated(raw, model, level, joined["near"], seen)
    firm = joined["sure2"][:, 0] >= nomenclature.limits.strange_from
    found = (seen.known > 0) | (firm & (np.diff(seen.grams.indptr) > 0))
    for level in (6, 4, 2):
        joined[f"code{level}"][~found] = -1
    joined["at"][~found] = -1
    evidence = _evidence(read, model, np.where(found, joined["at"][:, 0], -1))
    kept = {field.name for field in fields(Scores)}
    return Scores(
        known=seen.known,
        found=found,
        evidence=evidence,
        **{name: value for name, value in joined.items() if name in kept},
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """Who is asked: the model, its examples as features x examples, and the guards."""

    model: GoodsModel
    neighbours: sp.csr_matrix
    guards: Guards


def probabilities(seen: Seen, rows: slice, ask: Asked) -> tuple[Singles, Singles, Ints]:
    """Give the blend for some texts, `[texts, classes]`; the nearest cosine and which example."""
    model = ask.model
    words = seen.words[rows]
    hidden = np.asarray((words + seen.grams[rows]) @ model.embed, np.float32)
    score = exact_product(hidden, model)
    score += model.bias
    score /= np.float32(model.blend.temperature)
    score -= score.max(axis=1, keepdims=True)
    np.exp(score, out=score)
    score /= score.sum(axis=1, keepdims=True)
    cosine = words @ ask.neighbours
    chance, near, nearest = blended(score, cosine, model.examples, model.blend)
    return ask.guards.held_to(chance, seen, rows), near, nearest


def exact_product(hidden: Singles, model: GoodsModel) -> Singles:
    """Multiply texts and classes in whole numbers small enough to add up exactly.

    So a text gets the same score to the last bit whatever stands beside it: a library may add in
    another order for another number of texts, and rounding would show it.
    """
    whole, scale = model.whole_out
    levels = np.float32(_EXACT // (127 * max(len(whole), 1)))
    step = np.maximum(np.abs(hidden).max(axis=1, keepdims=True, initial=0.0), _LEAST) / levels
    product: Singles = np.rint(hidden / step) @ whole
    product *= step
    product *= scale
    return product


def blended(
    model_says: Singles, cosine: sp.csr_matrix, examples: pl.DataFrame, blend: Blend
) -> tuple[Singles, Singles, Ints]:
    """Blend neighbours into what the model says, in place.

    Args:
        model_says: texts x classes.
        cosine: texts x examples.
        examples: frame with `code` and `weight`.
        blend: how.
    """
    nearest, near = _nearest(cosine, blend.neighbours)
    code = examples["code"].to_numpy()
    weight = examples["weight"].to_numpy()
    if not len(code):
        return model_says, np.zeros(len(model_says), np.float32), np.full(len(model_says), -1)
    heard = np.where(nearest >= 0, near**blend.power * weight[nearest], 0.0)
    total = heard.sum(axis=1, keepdims=True)
    best = near.max(axis=1, initial=0.0)
    share = (blend.share + (blend.share_near - blend.share) * best)[:, None]
    share = np.where(total > 0, share, 0.0).astype(np.float32)
    model_says *= 1.0 - share
    texts = np.arange(len(model_says))
    for rank in range(nearest.shape[1]):
        voice = (share[:, 0] * heard[:, rank] / np.maximum(total[:, 0], _LEAST)).astype(np.float32)
        there = voice > 0
        model_says[texts[there], code[nearest[there, rank]]] += voice[there]
    first = near.argmax(axis=1)
    return model_says, best.astype(np.float32), nearest[texts, first]


def _nearest(cosine: sp.csr_matrix, count: int) -> tuple[Ints, Singles]:
    """Give the `count` most alike examples of each text; -1 and 0 where there are fewer.

    Examples far less alike than the best one are left out: raised to the power they say nothing,
    and sorting them is most of the work.
    """
    texts = cosine.shape[0]
    nearest = np.full((texts, count), -1, np.int64)
    near = np.zeros((texts, count), np.float32)
    if not cosine.nnz:
        return nearest, near
    lengths = np.diff(cosine.indptr)
    some = np.flatnonzero(lengths)
    best = np.maximum.reduceat(cosine.data, cosine.indptr[some])
    close = np.flatnonzero(cosine.data >= np.repeat(best * FAR, lengths[some]))
    text = np.repeat(np.arange(texts), lengths)[close]
    who, alike = cosine.indices[close], cosine.data[close]
    order = np.lexsort((who, -alike, text))
    text, who, alike = text[order], who[order], alike[order]
    rank = np.arange(len(text)) - np.searchsorted(text, text)
    kept = rank < count
    nearest[text[kept], rank[kept]] = who[kept]
    near[text[kept], rank[kept]] = alike[kept]
    return nearest, near


@dataclass(frozen=True, slots=True)
class Declared:
    """Positions of the declared codes among the classes, and their chapters; -1 for none."""

    at: Ints
    chapter: Ints

    @classmethod
    def read(cls, codes: pl.Series | None, model: GoodsModel, texts: int) -> Declared:
        """Read declared subheadings."""
        if codes is None:
            return cls(np.full(texts, -1), np.full(texts, -1))
        chapter = codes.str.slice(0, 2).cast(pl.Int64, strict=False).fill_null(-1)
        return cls(model.positions(codes), chapter.to_numpy())


def _block(
    seen: Seen, rows: slice, ask: Asked, declared: Declared
) -> dict[str, np.ndarray[Any, Any]]:
    model = ask.model
    chance, near, nearest = probabilities(seen, rows, ask)
    heading, chapter = sums_by(chance, model.headings), sums_by(chance, model.chapters)
    said, of_chapter = declared.at[rows], declared.chapter[rows]
    texts = np.arange(len(chance))
    own = np.where(said >= 0, chance[texts, said], 0.0)
    place = np.minimum(np.searchsorted(chapter[1], of_chapter), len(chapter[1]) - 1)
    own_chapter = np.where(chapter[1][place] == of_chapter, chapter[0][texts, place], 0.0)
    at, raw6 = best_of(chance)
    at4, raw4 = best_of(heading[0])
    at2, raw2 = best_of(chapter[0])
    return {
        "at": at,
        "code6": model.classes.cast(pl.Int64).to_numpy()[at],
        "code4": heading[1][at4],
        "code2": chapter[1][at2],
        "raw6": raw6,
        "raw4": raw4,
        "raw2": raw2,
        "own": own,
        "own_chapter": own_chapter,
        "near": near,
        "nearest": nearest,
    }


def sums_by(chance: Singles, group: Ints) -> tuple[Singles, Ints]:
    """Sum classes to groups (classes are sorted, so a group is a run): sums, and their names."""
    names, first = np.unique(group, return_index=True)
    return np.add.reduceat(chance, first, axis=1), names


def best_of(chance: Singles) -> tuple[Ints, Singles]:
    """Give position and value of the best of each text, best first; of equals the lower first."""
    count = min(CANDIDATES_MAX, chance.shape[1])
    part = np.sort(np.argpartition(-chance, count - 1, axis=1)[:, :count], axis=1)
    value = np.take_along_axis(chance, part, axis=1)
    order = np.argsort(-value, axis=1, kind="stable")
    return np.take_along_axis(part, order, axis=1), np.take_along_axis(value, order, axis=1)


def measures_of(raw: Singles, near: Singles, seen: Seen) -> Singles:
    """Give what the calibration looks at, `[texts, CALIBRATORS]`.

    A constant; log-odds of the best candidate; cosine of the nearest example; share of known words;
    log of the number of words; how far the second is behind (log of the ratio); log-odds of all
    candidates together; whether no word is known; known share times log-odds; log-odds squared.

    Args:
        raw: probabilities of the candidates, best first, `[texts, CANDIDATES_MAX]`.
        near: cosine of the nearest example.
        seen: the texts.
    """
    best = raw[:, 0]
    second = raw[:, 1] if raw.shape[1] > 1 else np.zeros_like(best)
    odds = _odds(best)
    return np.stack(
        [
            np.ones_like(odds),
            odds,
            near,
            seen.known,
            np.log1p(seen.count).astype(np.float32),
            np.log(best / np.maximum(second, _TINY)),
            _odds(raw.sum(axis=1)),
            (seen.known == 0).astype(np.float32),
            seen.known * odds,
            odds * odds / 5.0,
        ],
        axis=1,
    ).astype(np.float32)


def _odds(chance: Singles) -> Singles:
    inside = np.clip(chance, _TINY, 1.0 - _TINY)
    logs: Singles = np.log(inside / (1.0 - inside))
    return logs


def _calibrated(raw: Singles, model: GoodsModel, level: int, near: Singles, seen: Seen) -> Singles:
    """Map the best by the model's calibration; scale the others so that all stay below one."""
    if level not in model.calibration:
        return raw
    best = raw[:, 0]
    weights = np.array(model.calibration[level], np.float32)
    weighed = (measures_of(raw, near, seen) * weights).sum(axis=1)
    right = (1.0 / (1.0 + np.exp(-weighed))).astype(np.float32)
    up = (1.0 - right) / np.maximum(1.0 - best, _LEAST)
    down = right / np.maximum(best, _LEAST)
    out: Singles = np.minimum(raw * np.minimum(up, down)[:, None], right[:, None])
    out[:, 0] = right
    return out


def _evidence(read: Read, model: GoodsModel, at: Ints) -> pl.Series:
    """Give per text the words that raise the score of its best class most above the average."""
    wanted = np.flatnonzero(at[read.of_text] >= 0)
    if not len(wanted):
        return pl.Series([None] * read.texts, dtype=pl.String)
    column = model.vocabulary.find(word_keys(read.words), grams=False)
    vector = np.where((column >= 0)[:, None], model.embed[column], 0.0).astype(np.float32)
    vector *= model.vocabulary.rarity[column][:, None]
    middle = model.out.mean(axis=1)
    classes, of = np.unique(at[read.of_text[wanted]], return_inverse=True)
    towards = model.out[:, classes].T - middle
    voice = (vector[read.word[wanted]] * towards[of]).sum(axis=1) * read.weight[wanted]
    listed = pl.DataFrame(
        {"text": read.of_text[wanted], "word": read.words.gather(read.word[wanted]), "voice": voice}
    )
    said = (
        listed.lazy()
        .filter(pl.col("voice") > 0)
        .sort("text", "voice", "word", descending=[False, True, False])
        .group_by("text", maintain_order=True)
        .agg(pl.col("word").head(EVIDENCE_MAX).str.join(", "))
        .collect(engine="in-memory")
    )
    row = np.full(read.texts, np.nan)
    row[said["text"].to_numpy()] = np.arange(said.height)
    return said["word"].gather(pl.Series(row, nan_to_null=True).cast(pl.UInt32))
