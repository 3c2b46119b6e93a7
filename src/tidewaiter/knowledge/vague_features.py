"""Texts as a judge of vagueness sees them: runs of characters, words and pairs of words.

Other than for goods (`goods_features`), signs, figures and the edges of the text count here:
"(gcj024-clear," and "3xl, beige" are told by their shape. Case does not count: it says who wrote
the text, not what it says. Keys are 32-bit hashes of characters, defined here, the same on every
machine. Each block is damped (1 + log count), weighed by rarity and brought to length one.

All steps are arrays over texts. Does not judge (`stages.classify.vagueness`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
import scipy.sparse as sp

from tidewaiter.knowledge.goods_features import Keys, Singles, word_keys
from tidewaiter.knowledge.goods_words import Ints

READ_CHARS_MAX = 80  # declared texts are short; what comes later is not looked at
RUNS = (1, 2, 3, 4, 5)
TEXTS_AT_ONCE = 4096
_EDGES = (2, 3)  # control characters that no cleaned text holds
_PRIME = np.uint64(0x100000001B3)  # FNV-1a, 64 bit
_BASIS = np.uint64(0xCBF29CE484222325)
_MIX = np.uint64(0xFF51AFD7ED558CCD)
_WORD = r"[^\s,()]+"

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Block:
    """One kind of feature a judge knows.

    Args:
        keys: sorted.
        rarity: weight of each (inverse document frequency).
    """

    keys: Keys
    rarity: Singles

    def see(self, text: Ints, keys: Keys, texts: int) -> sp.csr_matrix:
        """Give texts x features from the keys that stand in them (with repeats)."""
        if not len(self.keys):
            return sp.csr_matrix((texts, 0))
        at = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        known = self.keys[at] == keys
        shape = (texts, len(self.keys))
        ones = np.ones(int(known.sum()))
        found = sp.csr_matrix((ones, (text[known], at[known])), shape=shape)
        found.sum_duplicates()
        found.data = (1.0 + np.log(found.data)) * self.rarity[found.indices]
        length = np.sqrt(np.asarray(found.multiply(found).sum(axis=1)).ravel())
        found.data /= np.repeat(np.maximum(length, 1e-9), np.diff(found.indptr))
        return found


def plain_text(texts: pl.Series) -> pl.Series:
    """Give texts in small letters, blanks squeezed, control characters out; null is empty."""
    text = pl.col("text").fill_null("").str.head(4 * READ_CHARS_MAX).str.to_lowercase()
    clean = text.str.replace_all(r"[\p{Cc}\s]+", " ").str.strip_chars().str.head(READ_CHARS_MAX)
    return texts.alias("text").to_frame().select(clean)["text"]


def run_keys(texts: pl.Series) -> tuple[Ints, Keys]:
    """Give which text holds which run of characters (with repeats); edges count as characters.

    Args:
        texts: from `plain_text`.
    """
    of, keys = [np.zeros(0, np.int64)], [np.zeros(0, np.uint32)]
    for low in range(0, len(texts), TEXTS_AT_ONCE):
        part = texts.slice(low, TEXTS_AT_ONCE)
        points, lengths = _points(part)
        found = np.full(points.shape, _BASIS, np.uint64)
        for run in RUNS:
            width = points.shape[1] - run + 1
            found = (found[:, :width] ^ points[:, run - 1 : run - 1 + width]) * _PRIME
            rows, places = np.nonzero(np.arange(width) + run <= lengths[:, None])
            of.append(rows + low)
            keys.append(_key(found[rows, places]))
    return np.concatenate(of), np.concatenate(keys)


def spoken_keys(texts: pl.Series) -> tuple[Ints, Keys]:
    """Give which text holds which word and pair of neighbouring words (with repeats).

    Args:
        texts: from `plain_text`.
    """
    listed = texts.str.extract_all(_WORD)
    text = np.repeat(np.arange(len(texts)), listed.list.len().to_numpy())
    word = listed.explode().drop_nulls()
    near = np.flatnonzero(text[1:] == text[:-1])
    pair = word.gather(near) + " " + word.gather(near + 1)
    return np.concatenate([text, text[near]]), word_keys(pl.concat([word, pair]))


def learn_block(text: Ints, keys: Keys, texts: int, *, texts_min: int) -> Block:
    """Take the keys that stand in at least `texts_min` of the texts."""
    order = np.lexsort((text, keys))
    text, keys = text[order], keys[order]
    new = np.ones(len(keys), bool)
    new[1:] = (keys[1:] != keys[:-1]) | (text[1:] != text[:-1])
    unique, count = np.unique(keys[new], return_counts=True)
    kept = count >= texts_min
    rarity = np.log((1 + texts) / (1 + count[kept])) + 1.0
    return Block(unique[kept].astype(np.uint32), rarity.astype(np.float32))


def _points(texts: pl.Series) -> tuple[npt.NDArray[np.uint64], Ints]:
    """Give code points with an edge before and after each text, and the lengths with edges."""
    width = READ_CHARS_MAX
    written = np.array(texts.to_list() or [""], dtype=f"U{width}")
    points = np.zeros((len(written), width + 2), np.uint64)
    points[:, 0] = _EDGES[0]
    points[:, 1:-1] = written.view(np.uint32).reshape(len(written), width)
    lengths = texts.str.len_chars().to_numpy().astype(np.int64)
    points[np.arange(len(lengths)), lengths + 1] = _EDGES[1]
    return points, lengths + 2


def _key(hashes: npt.NDArray[np.uint64]) -> Keys:
    mixed = (hashes ^ (hashes >> np.uint64(33))) * _MIX
    return (mixed >> np.uint64(32)).astype(np.uint32)
