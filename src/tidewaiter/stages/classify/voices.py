"""Voices: what the model, the nearest known examples and the guards say of some texts.

The model's scores become probabilities; the nearest examples (cosine over words and pairs) add
theirs, the nearer the more; guards take down what a text cannot be. Here are the products of texts
with all classes, so here is how they are kept exact and quick: whole numbers, few texts at once.

Chooses nothing (see `ranking`) and calibrates nothing (see `scoring`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from tidewaiter.knowledge.goods_features import Seen, Singles
from tidewaiter.knowledge.goods_model import GoodsModel
from tidewaiter.knowledge.goods_words import Ints
from tidewaiter.stages.classify.guards import Guards

FAR = 0.4  # neighbours below this share of the best cosine are not heard
ROWS_AT_ONCE = 64  # as many texts x classes as stay near the processor
_LEAST = np.float32(1e-9)
_EXACT = 1 << 24  # whole numbers below are exact in single precision


@dataclass(frozen=True, slots=True)
class Asked:
    """Who is asked: the model, its examples as features x examples, and the guards."""

    model: GoodsModel
    neighbours: sp.csr_matrix
    guards: Guards


@dataclass(frozen=True, slots=True)
class Voices:
    """What speaks for and against the classes of some texts.

    Args:
        hidden: texts x dimensions: the texts as the model sees them.
        share: per text, how much the neighbours count.
        heard_by, heard_for, voice: per neighbour heard, of which text, for which class, how loud.
        near, nearest: per text, the cosine of the nearest example, and which one that is.
        against_by, against: which text speaks against which class.
    """

    hidden: Singles
    share: Singles
    heard_by: Ints
    heard_for: Ints
    voice: Singles
    near: Singles
    nearest: Ints
    against_by: Ints
    against: Ints

    def chances(self, low: int, ask: Asked, out: Singles) -> None:
        """Write the blend for the texts from `low` on, as many as `out` has rows."""
        high, model = low + len(out), ask.model
        exact_product(self.hidden[low:high], model, out)
        out += model.bias
        if model.blend.temperature != 1.0:
            out /= np.float32(model.blend.temperature)
        out -= out.max(axis=1, keepdims=True)
        np.exp(out, out=out)
        out /= out.sum(axis=1, keepdims=True)
        out *= 1.0 - self.share[low:high, None]
        of = slice(*np.searchsorted(self.heard_by, (low, high)))
        np.add.at(out, (self.heard_by[of] - low, self.heard_for[of]), self.voice[of])
        of = slice(*np.searchsorted(self.against_by, (low, high)))
        ask.guards.hold(out, self.against_by[of] - low, self.against[of])


def voices(seen: Seen, rows: slice, ask: Asked) -> Voices:
    """Hear the model, the neighbours and the guards on some texts."""
    words = seen.words[rows]
    hidden = np.asarray((words + seen.grams[rows]) @ ask.model.embed, np.float32)
    nearest, near = _nearest(words @ ask.neighbours, ask.model.blend.neighbours)
    heard = _heard(nearest, near, ask.model)
    return Voices(hidden, *heard, *ask.guards.against(words))


def probabilities(seen: Seen, rows: slice, ask: Asked) -> tuple[Singles, Singles, Ints]:
    """Give the blend for some texts, `[texts, classes]`; the nearest cosine and which example."""
    heard = voices(seen, rows, ask)
    chance = np.empty((len(heard.hidden), len(ask.model.classes)), np.float32)
    for low in range(0, len(chance), ROWS_AT_ONCE):
        heard.chances(low, ask, chance[low : low + ROWS_AT_ONCE])
    return chance, heard.near, heard.nearest


def exact_product(hidden: Singles, model: GoodsModel, out: Singles) -> None:
    """Multiply texts and classes in whole numbers small enough to add up exactly.

    So a text gets the same score to the last bit whatever stands beside it: a library may add in
    another order for another number of texts, and rounding would show it.

    Args:
        hidden: texts x dimensions.
        model: the model.
        out: texts x classes, written over; its rows must lie one after another.
    """
    tiles, rest, scale = model.whole_out
    levels = np.float32(_EXACT // (127 * max(len(rest), 1)))
    step = np.maximum(np.abs(hidden).max(axis=1, keepdims=True, initial=0.0), _LEAST) / levels
    whole = np.rint(hidden / step)
    main = tiles.shape[0] * tiles.shape[2]
    shaped = out[:, :main].reshape(len(out), tiles.shape[0], tiles.shape[2])
    np.matmul(whole, tiles, out=shaped.transpose(1, 0, 2))
    np.matmul(whole, rest, out=out[:, main:])
    out *= step
    out *= scale


def _heard(
    nearest: Ints, near: Singles, model: GoodsModel
) -> tuple[Singles, Ints, Ints, Singles, Singles, Ints]:
    """Give how much the neighbours count, each one's voice, and the nearest, as in `Voices`."""
    blend = model.blend
    code = model.examples["code"].to_numpy()
    weight = model.examples["weight"].to_numpy()
    texts = np.arange(len(near))
    if not len(code):
        none, nobody = np.zeros(len(near), np.float32), np.zeros(0, np.int64)
        return none, nobody, nobody, none[:0], none, np.full(len(near), -1)
    heard = np.where(nearest >= 0, near**blend.power * weight[nearest], 0.0)
    total = heard.sum(axis=1, keepdims=True)
    best = near.max(axis=1, initial=0.0)
    share = (blend.share + (blend.share_near - blend.share) * best)[:, None]
    share = np.where(total > 0, share, 0.0).astype(np.float32)
    voice = (share * heard / np.maximum(total, _LEAST)).astype(np.float32)
    text, rank = np.nonzero(voice > 0)
    return (
        share[:, 0],
        text,
        code[nearest[text, rank]],
        voice[text, rank],
        best.astype(np.float32),
        nearest[texts, near.argmax(axis=1)],
    )


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
    text = np.searchsorted(cosine.indptr, close, side="right") - 1
    who, alike = cosine.indices[close], cosine.data[close]
    order = np.lexsort((who, -alike, text))
    text, who, alike = text[order], who[order], alike[order]
    rank = np.arange(len(text)) - np.searchsorted(text, text)
    kept = rank < count
    nearest[text[kept], rank[kept]] = who[kept]
    near[text[kept], rank[kept]] = alike[kept]
    return nearest, near
