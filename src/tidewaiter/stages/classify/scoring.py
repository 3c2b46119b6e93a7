"""Scoring: a model of goods and its neighbours give each text probabilities of subheadings.

The model's scores become probabilities; the nearest known examples (cosine over words and pairs)
give others; both are blended, the nearer the neighbours the more they count. Probabilities, not
scores, are summed to headings and chapters. A logistic map per level, measured on texts the model
had not seen, turns the blend into how often it was right.

All is arrays over blocks of texts. Knows no declared code's meaning (see `answers`).
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import polars as pl

from tidewaiter.knowledge.goods_features import Read, Seen, Singles, read_texts, see
from tidewaiter.knowledge.goods_model import GoodsModel
from tidewaiter.knowledge.goods_words import Ints
from tidewaiter.knowledge.nomenclature import Nomenclature
from tidewaiter.stages.classify.guards import guards
from tidewaiter.stages.classify.ranking import Found, best_of, candidates_of
from tidewaiter.stages.classify.voices import ROWS_AT_ONCE, Asked, voices

EVIDENCE_MAX = 3
TEXTS_AT_ONCE = 512
BLOCKS_AT_ONCE = 2
_LEAST = np.float32(1e-9)
_TINY = np.float32(1e-6)


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
    starts = range(0, max(read.texts, 1), TEXTS_AT_ONCE)

    def block(low: int) -> dict[str, np.ndarray[Any, Any]]:
        return _block(seen, slice(low, low + TEXTS_AT_ONCE), ask, said)

    if len(starts) == 1:
        blocks = [block(0)]
    else:
        with ThreadPoolExecutor(BLOCKS_AT_ONCE) as pool:  # NumPy leaves the interpreter free
            blocks = list(pool.map(block, starts))
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
class Declared:
    """Positions of the declared codes among the classes, and their chapters; -1 for none."""

    at: Ints
    chapter: Ints

    @classmethod
    def read(cls, codes: pl.Series | None, model: GoodsModel, texts: int) -> Declared:
        """Read declared subheadings."""
        if codes is None or codes.null_count() == texts:
            return cls(np.full(texts, -1), np.full(texts, -1))
        chapter = codes.str.slice(0, 2).cast(pl.Int64, strict=False).fill_null(-1)
        return cls(model.positions(codes), chapter.to_numpy())


@dataclass(frozen=True, slots=True)
class Room:
    """Memory for the classes of some texts, used again and again: new memory costs more than sums.

    Args:
        flat: probabilities, and one place more (see `ranking.candidates_of`).
        spare: texts x classes.
    """

    flat: Singles
    spare: Singles

    @classmethod
    def for_texts(cls, texts: int, classes: int) -> Room:
        """Take memory."""
        return cls(
            np.zeros(texts * classes + 1, np.float32), np.empty((texts, classes), np.float32)
        )


def _block(
    seen: Seen, rows: slice, ask: Asked, declared: Declared
) -> dict[str, np.ndarray[Any, Any]]:
    groups = ask.model.groups
    heard = voices(seen, rows, ask)
    texts, classes = len(heard.hidden), len(ask.model.classes)
    said, of_chapter = declared.at[rows], declared.chapter[rows]
    own = np.zeros(texts, np.float32)
    by_chapter = np.zeros((texts, len(groups.chapter)), np.float32)
    room = Room.for_texts(min(texts, ROWS_AT_ONCE), classes)
    parts = []
    for low in range(0, max(texts, 1), ROWS_AT_ONCE):
        count = min(ROWS_AT_ONCE, texts - low)
        flat, spare = room.flat[: count * classes + 1], room.spare[:count]
        chance = flat[:-1].reshape(count, classes)
        heard.chances(low, ask, chance)
        of = slice(low, low + count)
        own[of] = np.where(said[of] >= 0, chance[np.arange(count), said[of]], 0.0)
        by_chapter[of] = np.add.reduceat(chance, groups.chapter_first, axis=1)
        parts.append(candidates_of(flat, spare, groups))
    at, raw6 = Found.joined([part[0] for part in parts], ROWS_AT_ONCE).best(texts, classes)
    at4, raw4 = Found.joined([part[1] for part in parts], ROWS_AT_ONCE).best(
        texts, len(groups.heading)
    )
    at2, raw2 = best_of(by_chapter)
    place = np.minimum(np.searchsorted(groups.chapter, of_chapter), len(groups.chapter) - 1)
    of_own = by_chapter[np.arange(texts), place]
    return {
        "at": at,
        "code6": ask.model.codes[at],
        "code4": groups.heading[at4],
        "code2": groups.chapter[at2],
        "raw6": raw6,
        "raw4": raw4,
        "raw2": raw2,
        "own": own,
        "own_chapter": np.where(groups.chapter[place] == of_chapter, of_own, 0.0),
        "near": heard.near,
        "nearest": heard.nearest,
    }


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
    column = model.vocabulary.find(read.keys, grams=False)
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
