"""Words of goods as numbers: what a model of goods sees of a text.

A text gives three kinds of features: its words, its pairs of neighbouring words, and the runs of
3 to 5 characters of each word (in scripts without blanks, of 1 to 3), which carry over inflection,
compounds and slips of the pen. A feature is known by a 32-bit hash of its characters, defined
here, so that it is the same on every machine and in every version of every library.

Words and characters are two blocks; each is weighed by rarity and brought to length one. All steps
are columns over distinct words, then sparse products; no text is walked by itself.
Knows no code of the nomenclature (see `knowledge.goods_model`, `stages.classify`).
Source of the method: term frequency and inverse document frequency are textbook; subword hashing
after Bojanowski et al. 2017 (arXiv 1607.04606), the idea, not the code.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
import scipy.sparse as sp

from tidewaiter.knowledge.goods_words import (
    BREAK,
    FIELD_MARK,
    OPENER,
    SILENT,
    GoodsWords,
    Ints,
    tokens,
)

Keys = npt.NDArray[np.uint32]
Singles = npt.NDArray[np.float32]
Hashes = npt.NDArray[np.uint64]

WORD_CHARS_MAX = 24  # a longer token is read up to here
GRAMS = (3, 4, 5)
GRAMS_UNSPACED = (1, 2, 3)  # Han, kana, hangul: a token is a whole clause
_UNSPACED_FROM = 0x2E80
_FIELDS = 6
_WHAT_BITS = 32  # positions of words and keys of pairs have no more
_WHAT = (1 << _WHAT_BITS) - 1
_LETTER = r"^[a-z]$"  # a single letter names no goods by itself; in a pair ("vitamin c") it counts
_PRIME = np.uint64(0x100000001B3)  # FNV-1a, 64 bit
_BASIS = np.uint64(0xCBF29CE484222325)
_MIX = np.uint64(0xFF51AFD7ED558CCD)
_PAIR_SALT = np.uint64(0x9E3779B97F4A7C15)
_GRAM_SALT = np.uint64(0x2545F4914F6CDD1D)


@dataclass(frozen=True, slots=True)
class FieldWeights:
    """How loud a word is by where it stands.

    Args:
        title, description, kind, category, brand, attributes: by field; `description` is beside a
            title, alone it counts as one; `kind` is the last level of a category path.
        qualifier: times this after "for", "with", "in" ...
    """

    title: float
    description: float
    kind: float
    category: float
    brand: float
    attributes: float
    qualifier: float


@dataclass(frozen=True, slots=True)
class Read:
    """Texts cut into distinct words and pairs.

    Args:
        texts: how many texts.
        words: the distinct words, and
        keys: the key of each.
        of_text, word, weight: which text holds which word, how loud (its loudest place).
        pair_text, pair, pair_weight: the same for pairs of neighbours, by their key.
    """

    texts: int
    words: pl.Series
    keys: Keys
    of_text: Ints
    word: Ints
    weight: Singles
    pair_text: Ints
    pair: Keys
    pair_weight: Singles


def read_texts(texts: pl.Series, words: GoodsWords, weights: FieldWeights) -> Read:
    """Cut joined texts into weighted words and pairs.

    Args:
        texts: fields in the order of `FieldWeights`, `FIELD_MARK` between; null counts as empty.
        words: the reading lists.
        weights: loudness by field.
    """
    read = tokens(texts, words)
    mark = (read.word == FIELD_MARK).to_numpy()
    start = np.searchsorted(read.text, np.arange(len(texts)))
    before = np.cumsum(mark)
    first = np.zeros(len(texts), np.int64)
    some = start < len(mark)
    first[some] = before[start[some]] - mark[start[some]]
    field = np.minimum(before - first[read.text], _FIELDS - 1) if len(mark) else before
    loud = _loudness(read.text, field, weights, len(texts), ids=read.id)
    part = np.cumsum(mark | (read.id == BREAK)) + read.text
    keep = np.flatnonzero(~np.isin(read.id, (BREAK, OPENER, SILENT)) & ~mark)
    written = read.word.gather(keep)
    distinct = written.unique().sort()
    word = distinct.search_sorted(written).to_numpy().astype(np.int64)
    text, loud, part = read.text[keep], loud[keep], part[keep]
    hashes = word_hashes(distinct)
    near = np.flatnonzero((part[1:] == part[:-1]) & (text[1:] == text[:-1]))
    beside = _pair_keys(hashes[word[near]], hashes[word[near + 1]]).astype(np.int64)
    pair_text, pair, pair_loud = _loudest(
        text[near], beside, np.minimum(loud[near], loud[near + 1])
    )
    spoken = ~distinct.str.contains(_LETTER).to_numpy()[word]
    of_text, word, loud = _loudest(text[spoken], word[spoken], loud[spoken])
    return Read(
        len(texts), distinct, _key(hashes), of_text, word, loud,
        pair_text, pair.astype(np.uint32), pair_loud,
    )  # fmt: skip


def _loudness(text: Ints, field: Ints, weights: FieldWeights, texts: int, *, ids: Ints) -> Singles:
    by_field = np.array(
        (weights.title, weights.description, weights.kind, weights.category, weights.brand,
         weights.attributes), np.float32,
    )  # fmt: skip
    spoken = ~np.isin(ids, (BREAK, OPENER, SILENT))
    titled = np.zeros(texts, bool)
    titled[text[(field == 0) & spoken]] = True
    loud = by_field[field]
    loud = np.where((field == 1) & ~titled[text], by_field[0], loud)
    broken = (ids == BREAK).astype(np.int64)
    opened = (ids == OPENER).astype(np.int64)
    last_break = np.maximum.accumulate(np.where(broken == 1, np.arange(len(ids)), -1))
    last_open = np.maximum.accumulate(np.where(opened == 1, np.arange(len(ids)), -1))
    start = np.searchsorted(text, np.arange(texts))
    inside = (last_open > last_break) & (last_open >= start[text] if len(text) else False)
    return np.where(inside, loud * weights.qualifier, loud).astype(np.float32)


def _loudest(text: Ints, what: Ints, loud: Singles) -> tuple[Ints, Ints, Singles]:
    """Give each pair of text and thing once, at its loudest, sorted."""
    if not len(text):
        return text, what, loud
    key = (text << _WHAT_BITS) | what  # one number sorts several times quicker than two
    order = np.argsort(key)
    key = key[order]
    new = np.flatnonzero(np.append(True, key[1:] != key[:-1]))
    key = key[new]
    return key >> _WHAT_BITS, key & _WHAT, np.maximum.reduceat(loud[order], new)


def _points(words: pl.Series) -> tuple[npt.NDArray[np.uint64], Ints]:
    """Give the characters of words as a matrix of code points, and their lengths."""
    cut = words.str.slice(0, WORD_CHARS_MAX)
    plain = np.array(cut.to_list() or [""], dtype=f"U{WORD_CHARS_MAX}")
    points = plain.view(np.uint32).reshape(len(plain), WORD_CHARS_MAX).astype(np.uint64)
    return points[: len(words)], cut.str.len_chars().to_numpy().astype(np.int64)


def word_hashes(words: pl.Series) -> Hashes:
    """Give a 64-bit hash of each word (FNV-1a over its code points)."""
    points, lengths = _points(words)
    found = np.full(len(words), _BASIS, np.uint64)
    for place in range(int(lengths.max(initial=0))):
        there = lengths > place
        found[there] = (found[there] ^ points[there, place]) * _PRIME
    return found


def word_keys(words: pl.Series) -> Keys:
    """Give the key of each word."""
    return _key(word_hashes(words))


def _pair_keys(left: Hashes, right: Hashes) -> Keys:
    return _key((left * _PRIME) ^ (right + _PAIR_SALT))


def _key(hashes: Hashes) -> Keys:
    mixed = hashes ^ (hashes >> np.uint64(33))
    mixed = mixed * _MIX
    return (mixed >> np.uint64(32)).astype(np.uint32)


def gram_keys(words: pl.Series) -> tuple[Ints, Keys]:
    """Give the runs of characters of each word, with its edges: positions of words, and keys."""
    points, lengths = _points(words)
    size = len(words)
    edged = np.zeros((size, WORD_CHARS_MAX + 2), np.uint64)
    edged[:, 0] = 32
    edged[:, 1:-1] = points
    edged[np.arange(size), lengths + 1] = 32
    unspaced = (points >= _UNSPACED_FROM).any(axis=1)
    of, keys = [np.zeros(0, np.int64)], [np.zeros(0, np.uint32)]
    for run in sorted({*GRAMS, *GRAMS_UNSPACED}):
        wanted = np.where(unspaced, run in GRAMS_UNSPACED, run in GRAMS)
        edge = np.where(unspaced, 0, 1)  # without blanks the edges of a token mean nothing
        start = np.arange(WORD_CHARS_MAX + 3 - run)
        last = (lengths + 1 + edge - run)[:, None]
        rows, at = np.nonzero(wanted[:, None] & (start >= (1 - edge)[:, None]) & (start <= last))
        found = np.full(len(rows), _GRAM_SALT, np.uint64)
        for place in range(run):
            found = (found ^ edged[rows, at + place]) * _PRIME
        of.append(rows)
        keys.append(_key(found))
    return np.concatenate(of), np.concatenate(keys)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The features a model knows.

    Args:
        keys: words and pairs first, then runs of characters; each part sorted.
        rarity: weight of each (inverse document frequency).
        words: how many of `keys` are words and pairs.
    """

    keys: Keys
    rarity: Singles
    words: int

    def __len__(self) -> int:
        return len(self.keys)

    def with_words(self, keys: Keys, rarity: float) -> tuple[Vocabulary, Ints]:
        """Give the vocabulary with more words and pairs, and the place each old feature has now.

        Args:
            keys: keys of words and pairs; those that are known already are left out.
            rarity: weight of the new ones.
        """
        new = np.unique(keys[self.find(keys, grams=False) < 0])
        joined = np.concatenate([self.keys[: self.words], new])
        order = np.argsort(joined, kind="stable")
        place = np.empty(len(joined), np.int64)
        place[order] = np.arange(len(joined))
        weights = np.concatenate([self.rarity[: self.words], np.full(len(new), rarity, np.float32)])
        old = np.concatenate(
            [place[: self.words], np.arange(self.words, len(self.keys)) + len(new)]
        )
        return (
            Vocabulary(
                np.concatenate([joined[order], self.keys[self.words :]]),
                np.concatenate([weights[order], self.rarity[self.words :]]),
                len(joined),
            ),
            old,
        )

    def find(self, keys: Keys, *, grams: bool) -> Ints:
        """Give the position of each key, -1 where it is not known."""
        low, high = (self.words, len(self.keys)) if grams else (0, self.words)
        part = self.keys[low:high]
        if not len(part):
            return np.full(len(keys), -1, np.int64)
        at = np.minimum(np.searchsorted(part, keys), len(part) - 1)
        return np.where(part[at] == keys, at + low, -1)


def learn_vocabulary(read: Read, *, words_min: int, grams_min: int) -> Vocabulary:
    """Take the features that stand in enough texts.

    Args:
        read: the texts.
        words_min: in how many texts a word or pair must stand.
        grams_min: in how many texts a run of characters must stand.
    """
    of_word, gram = gram_keys(read.words)
    unique, column = np.unique(gram, return_inverse=True)
    holds = sp.csr_matrix(
        (np.ones(len(gram), np.float32), (of_word, column)), shape=(len(read.words), len(unique))
    )
    has = sp.csr_matrix(
        (np.ones(len(read.word), np.float32), (read.of_text, read.word)),
        shape=(read.texts, len(read.words)),
    )
    gram_count = np.asarray((has @ holds).astype(bool).sum(axis=0)).ravel()
    own = read.keys[read.word]
    keys, count = np.unique(np.concatenate([own, read.pair]), return_counts=True)
    kept_words, kept_grams = count >= words_min, gram_count >= grams_min
    counts = np.concatenate([count[kept_words], gram_count[kept_grams]])
    rarity = np.log((1 + read.texts) / (1 + counts)) + 1.0
    return Vocabulary(
        np.concatenate([keys[kept_words], unique[kept_grams]]),
        rarity.astype(np.float32),
        int(kept_words.sum()),
    )


@dataclass(frozen=True, slots=True)
class Seen:
    """Texts as features, each block brought to length one.

    Args:
        words: texts x features, words and pairs only.
        grams: texts x features, runs of characters only.
        known: per text, the share of its words (by loudness) that are in the vocabulary.
        count: per text, how many words.
    """

    words: sp.csr_matrix
    grams: sp.csr_matrix
    known: Singles
    count: Ints

    @property
    def both(self) -> sp.csr_matrix:
        """Both blocks in one matrix."""
        return (self.words + self.grams).tocsr()


def see(read: Read, vocabulary: Vocabulary) -> Seen:
    """Turn read texts into features of a vocabulary."""
    shape = (read.texts, len(vocabulary))
    at_word = vocabulary.find(read.keys, grams=False)[read.word]
    at_pair = vocabulary.find(read.pair, grams=False)
    known_word, known_pair = at_word >= 0, at_pair >= 0
    rows = np.concatenate([read.of_text[known_word], read.pair_text[known_pair]])
    columns = np.concatenate([at_word[known_word], at_pair[known_pair]])
    loud = np.concatenate([read.weight[known_word], read.pair_weight[known_pair]])
    words = _unit(sp.csr_matrix((loud * vocabulary.rarity[columns], (rows, columns)), shape=shape))
    of_word, gram = gram_keys(read.words)
    at_gram = vocabulary.find(gram, grams=True)
    there = at_gram >= 0
    holds = sp.csr_matrix(
        (vocabulary.rarity[at_gram[there]], (of_word[there], at_gram[there])),
        shape=(len(read.words), len(vocabulary)),
    )
    has = sp.csr_matrix(
        (read.weight, (read.of_text, read.word)), shape=(read.texts, len(read.words))
    )
    total = np.bincount(read.of_text, weights=read.weight, minlength=read.texts)
    heard = np.bincount(
        read.of_text, weights=np.where(known_word, read.weight, 0.0), minlength=read.texts
    )
    return Seen(
        words,
        _unit((has @ holds).tocsr()),
        (heard / np.maximum(total, 1e-9)).astype(np.float32),
        np.bincount(read.of_text, minlength=read.texts),
    )


def _unit(matrix: sp.csr_matrix) -> sp.csr_matrix:
    """Bring each row to length one."""
    matrix.sum_duplicates()
    lengths = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    scale = np.repeat(1.0 / np.maximum(lengths, 1e-9), np.diff(matrix.indptr))
    matrix.data = (matrix.data * scale).astype(np.float32)
    return matrix
