"""Which chapters of the Harmonized System words speak of: are two texts about the same goods?

Made from the nomenclature's own words and labels: a word speaks for the chapters whose phrases hold
it, louder as the last word of a phrase ("brush" in "tooth brush"), and less the more chapters know
it. A text is the sum of its words, one figure a chapter, and apart from that its head noun. Two
texts are as alike as these figures point the same way (cosine). Weaker than the classifier on
purpose: it must only tell brushes from watches, whatever names a catalogue gives them.

Knows no code below the chapter; does not classify.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from tidewaiter.knowledge.goods_words import (
    BREAK,
    OPENER,
    SILENT,
    UNKNOWN,
    GoodsWords,
    Ints,
    Tokens,
    tokens,
)
from tidewaiter.knowledge.nomenclature import Nomenclature

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Keys = npt.NDArray[np.uint64]

CHAPTERS = 98
KEPT = 6  # chapters kept of a word
LAST, OTHER = 1.0, 0.2  # weight of the last word of a phrase, and of the others
RARITY_MAX = 3.0
RARITY_UNKNOWN = 2.0  # of a word the nomenclature does not know: a brand, another language
_SPREAD = np.uint64(0x9E3779B97F4A7C15)  # keeps the words of one pair apart from another's
_MADE: dict[str, WordChapters] = {}
_MADE_MAX = 4


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike two columns of texts are, row by row.

    Args:
        shared: what the words both hold weigh, as a share of the lighter text.
        chapters: cosine of the chapters their words speak of.
        heads: the same by their head nouns alone; 0 where one has none.
        headed: whether both have a head noun.
        known: weight of the known words of the one that has less.
    """

    shared: Floats
    chapters: Floats
    heads: Floats
    headed: Flags
    known: Floats


@dataclass(frozen=True, slots=True)
class WordChapters:
    """What each word of the nomenclature's vocabulary speaks of.

    Args:
        words: reading lists with the vocabulary.
        chapters: per word, the chapters it speaks for most (`KEPT` a word).
        weights: their weights; no row sums to more than the word's rarity.
        rarity: per word, high where few chapters know it.
        can_head: per word, whether it is the last word of some phrase.
    """

    words: GoodsWords
    chapters: Ints
    weights: Floats
    rarity: Floats
    can_head: Flags

    def compare(self, left: pl.Series, right: pl.Series, without: pl.Series) -> Likeness:
        """Compare texts (some thousands at once: it holds 400 figures a pair).

        Args:
            left: texts.
            right: as many texts.
            without: as many texts whose words are passed over in both, such as the brand.
        """
        count = len(left)
        everything = pl.concat([s.rename("text") for s in (left, right, without)])
        read = tokens(everything, self.words)
        keys = _word_keys(read, count)
        cut = int(np.searchsorted(read.text, 2 * count))
        passed = np.isin(keys[:cut], keys[cut:])
        ids = read.id[:cut]
        ids = np.where(passed & (ids != BREAK) & (ids != OPENER), SILENT, ids)
        text = read.text[:cut]

        known = np.flatnonzero(ids >= 0)
        loud = np.where(_last(text, ids)[known], LAST, OTHER)
        chapters = self._sums(text[known], ids[known], loud, 2 * count)
        weight = np.bincount(
            text[known], weights=self.rarity[ids[known]] * loud, minlength=2 * count
        )
        headed_text, head = _heads(text, ids, self.can_head)
        heads = self._sums(headed_text, head, np.ones(len(head)), 2 * count)
        headed = np.zeros(2 * count, bool)
        headed[headed_text] = True
        return Likeness(
            shared=self._shared(text, ids, keys[:cut], count),
            chapters=_cosine(chapters[:count], chapters[count:]),
            heads=_cosine(heads[:count], heads[count:]),
            headed=headed[:count] & headed[count:],
            known=np.minimum(weight[:count], weight[count:]),
        )

    def _shared(self, text: Ints, ids: Ints, keys: Keys, count: int) -> Floats:
        said = np.flatnonzero((ids >= 0) | (ids == UNKNOWN))
        right = int(np.searchsorted(text[said], count))
        sides = []
        for part, start in ((said[:right], 0), (said[right:], count)):
            key, first = np.unique(keys[part], return_index=True)
            at = part[first]
            word = ids[at]
            weight = np.where(word >= 0, self.rarity[np.maximum(word, 0)], RARITY_UNKNOWN)
            sides.append((key, text[at] - start, weight))
        (left_key, left_text, left_weight), (right_key, right_text, right_weight) = sides
        both = np.isin(left_key, right_key, assume_unique=True)
        common = np.bincount(left_text[both], weights=left_weight[both], minlength=count)
        lighter = np.minimum(
            np.bincount(left_text, weights=left_weight, minlength=count),
            np.bincount(right_text, weights=right_weight, minlength=count),
        )
        return np.divide(common, lighter, out=np.zeros(count), where=lighter > 0)

    def _sums(self, text: Ints, word: Ints, loud: Floats, count: int) -> Floats:
        place = (text[:, None] * CHAPTERS + self.chapters[word]).ravel()
        weight = (self.weights[word] * loud[:, None]).ravel()
        sums = np.bincount(place, weights=weight, minlength=count * CHAPTERS)
        return sums.astype(np.float64, copy=False).reshape(count, CHAPTERS)


def word_chapters(nomenclature: Nomenclature) -> WordChapters:
    """Give the words of an edition; made once and kept."""
    key = " ".join(nomenclature.digests.values())
    if key not in _MADE:
        while len(_MADE) >= _MADE_MAX:
            _MADE.pop(next(iter(_MADE)))
        _MADE[key] = _build(nomenclature)
    return _MADE[key]


def _changes(values: Ints) -> Flags:
    """Say where a run of equal values begins."""
    return np.append(True, values[1:] != values[:-1])[: len(values)]


def _cosine(left: Floats, right: Floats) -> Floats:
    size = np.sqrt(np.einsum("ij,ij->i", left, left) * np.einsum("ij,ij->i", right, right))
    product = np.einsum("ij,ij->i", left, right)
    cosine: Floats = np.divide(product, size, out=np.zeros(len(size)), where=size > 0)
    return cosine


def _word_keys(read: Tokens, count: int) -> Keys:
    """Give a number for each word within its pair: the same word of the same pair, the same."""
    words: Keys = read.word.hash().to_numpy()
    return words + (read.text % count).astype(np.uint64) * _SPREAD


def _last(text: Ints, ids: Ints) -> Flags:
    """Say which token is the last before a mark, an opener, or the end of its text."""
    if not len(ids):
        return np.zeros(0, bool)
    stop = (ids == BREAK) | (ids == OPENER)
    ends = np.append(text[1:] != text[:-1], True)
    before = np.append(stop[1:] & ~ends[:-1], False)
    last: Flags = ~stop & (ends | before)
    return last


def _heads(text: Ints, ids: Ints, can_head: Flags) -> tuple[Ints, Ints]:
    """Give the texts that have a head noun, and the noun of each.

    It is the last word that can be one in the first part (up to a mark or an opener) that has one.
    """
    part = np.cumsum((ids == BREAK) | (ids == OPENER)) + text
    able = np.flatnonzero((ids >= 0) & can_head[np.maximum(ids, 0)])
    owner = text[able]
    first = np.flatnonzero(_changes(owner))
    main = np.repeat(part[able][first], np.diff(np.append(first, len(owner))))
    kept = able[part[able] == main]
    owner = text[kept]
    last = np.append(owner[1:] != owner[:-1], True)[: len(owner)]
    return owner[last], ids[kept][last]


def _build(nomenclature: Nomenclature) -> WordChapters:
    rows = nomenclature.rows.select(
        pl.col("hs6").str.slice(0, 2).cast(pl.Int64, strict=False).alias("chapter"),
        "label",
        "words",
    ).filter(pl.col("chapter") < CHAPTERS)
    listed = pl.col("words").str.split("|").alias("phrase")
    phrases = pl.concat(
        [
            rows.select("chapter", listed, pl.lit(value=True).alias("named")).explode("phrase"),
            rows.select(
                "chapter", pl.col("label").alias("phrase"), pl.lit(value=False).alias("named")
            ),
        ]
    ).filter(pl.col("phrase").str.len_chars() > 0)
    words = nomenclature.words
    read = tokens(phrases["phrase"], words)
    keep = np.flatnonzero(read.id >= 0)
    text, word = read.text[keep], read.id[keep]
    last = _last(read.text, read.id)[keep]
    weight = np.zeros((len(words.vocabulary), CHAPTERS))
    place = (word, phrases["chapter"].to_numpy()[text])
    np.add.at(weight, place, np.where(last, LAST, OTHER))
    weight = np.log1p(weight)
    spread = np.maximum((weight > 0).sum(axis=1), 1)
    rarity = RARITY_MAX * np.log(CHAPTERS / spread) / np.log(CHAPTERS)
    share = weight / np.maximum(weight.sum(axis=1, keepdims=True), 1e-9)
    most = np.argsort(-share, axis=1, kind="stable")[:, :KEPT]
    can_head = np.zeros(len(words.vocabulary), bool)
    can_head[word[last & phrases["named"].to_numpy()[text]]] = True
    can_head &= (words.vocabulary.str.len_chars() > 1).to_numpy()  # the t of t-shirt names nothing
    return WordChapters(
        words=words,
        chapters=most,
        weights=np.take_along_axis(share, most, axis=1) * rarity[:, None],
        rarity=rarity,
        can_head=can_head,
    )
