"""The nomenclature's words turned into numbers: which word speaks for which subheading, how loud.

Built once per pack. A word counts by its rarity (few subheadings know it) and by its share of the
phrase it stands in: "toy" alone is all of the phrase "toy" but only half of "toy motor". The head
of a phrase (its last word) counts apart from the words that qualify it. A whole phrase found in
order counts on top; a phrase of `not_for` counts against.

Knows arrays only; the stage `classify` does the voting. Source of the method: inverse document
frequency and head nouns are textbook; the weights are the pack's, measured (see its [weights]).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import polars as pl

from tidewaiter.knowledge.goods_words import (
    BREAK,
    MODEL,
    OPENER,
    UNKNOWN,
    GoodsWords,
    Ints,
    tokens,
)

Floats = npt.NDArray[np.float64]
Keys = npt.NDArray[np.uint64]

PHRASE_WORDS_MAX = 4
_BASE = np.uint64(1 << 16)  # four word ids fit in 64 bits
VOCABULARY_MAX = (1 << 16) - 2

WORDS, CONTEXT, LABEL, NAMES, NOT_FOR = range(5)


@dataclass(frozen=True, slots=True)
class Postings:
    """For each of some features the subheadings it speaks for: rows `start[f]` to `start[f+1]`.

    Args:
        start: first row of each feature, and the end.
        code: position of the subheading.
        weight: how loud (negative: against).
    """

    start: Ints
    code: Ints
    weight: Floats


@dataclass(frozen=True, slots=True)
class WordIndex:
    """What the vote needs.

    Args:
        words: reading lists with the vocabulary.
        rarity: per word, log(1 + subheadings / subheadings that know it).
        can_head: per word, whether some phrase has it as head.
        as_head: postings of words that are the head of the sender's phrase.
        as_other: postings of words that qualify it (same rows, other weights).
        phrase_keys: sorted keys of whole phrases (see `phrase_keys`).
        phrases: postings of those phrases.
    """

    words: GoodsWords
    rarity: Floats
    can_head: npt.NDArray[np.bool_]
    as_head: Postings
    as_other: Postings
    phrase_keys: Keys
    phrases: Postings


@dataclass(frozen=True, slots=True)
class IndexWeights:
    """How the pack weighs the places of a word; see `[weights]` in the pack."""

    head_bonus: float
    head_as_head: float
    other_as_head: float
    head_as_other: float
    other_as_other: float
    context: float
    label: float
    repeated: float
    phrase: float
    names: float
    not_for: float


@dataclass(frozen=True, slots=True)
class _Read:
    """Content words of all phrases: word id, phrase, code, kind, whether head."""

    word: Ints
    phrase: Ints
    code: Ints
    kind: Ints
    head: npt.NDArray[np.bool_]


def build_index(
    phrases: pl.DataFrame, size: int, words: GoodsWords, weights: IndexWeights
) -> WordIndex:
    """Make the index.

    Args:
        phrases: `code` (position), `kind` (`WORDS` ...), `phrase`, one row a phrase.
        size: number of subheadings.
        words: reading lists; their vocabulary is replaced by the phrases' own.
        weights: the pack's weights.
    """
    read, words = _read(phrases, words)
    count = len(words.vocabulary)
    rarity = _rarity(read, count, size)
    can_head = np.zeros(count, bool)
    can_head[read.word[read.head & (read.kind == WORDS)]] = True
    letter = (words.vocabulary.str.len_chars() == 1).to_numpy()
    can_head &= ~letter  # the t of t-shirt names nothing; it counts in phrases only
    as_head, as_other = _word_postings(read, rarity, size, weights, ~letter)
    keys, postings = _phrase_postings(read, rarity, size, weights)
    return WordIndex(words, rarity, can_head, as_head, as_other, keys, postings)


def phrase_keys(word: Ints, group: Ints, length: int) -> tuple[Ints, Keys]:
    """Give start positions and keys of all runs of `length` words within a group.

    Args:
        word: word ids (not negative), in order.
        group: what a run may not cross, in order.
        length: 1 to `PHRASE_WORDS_MAX`.
    """
    last = len(word) - length + 1
    if last <= 0:
        return np.zeros(0, np.int64), np.zeros(0, np.uint64)
    start = np.flatnonzero(group[:last] == group[length - 1 :])
    key = np.zeros(len(start), np.uint64)
    for step in range(length):
        key = key * _BASE + (word[start + step] + 1).astype(np.uint64)
    return start, key


def _read(phrases: pl.DataFrame, words: GoodsWords) -> tuple[_Read, GoodsWords]:
    read = tokens(phrases["phrase"], words)
    known = read.word.filter(pl.Series((read.id == UNKNOWN) | (read.id == MODEL))).unique().sort()
    words = replace(words, vocabulary=known)
    read = tokens(phrases["phrase"], words)
    ids = read.id
    phrase = np.cumsum(changes(read.text) | (ids == BREAK) | (ids == OPENER))
    keep = np.flatnonzero(ids >= 0)
    text, part, word = read.text[keep], phrase[keep], ids[keep]
    code = phrases["code"].to_numpy().astype(np.int64)[text]
    kind = phrases["kind"].to_numpy().astype(np.int64)[text]
    first_part = part[np.flatnonzero(changes(text))]
    leading = part == np.repeat(first_part, np.diff(np.append(np.flatnonzero(changes(text)),
                                                              len(text))))  # fmt: skip
    last_of_part = np.append(part[1:] != part[:-1], True)
    return _Read(word, text, code, kind, leading & last_of_part), words


def changes(values: Ints) -> npt.NDArray[np.bool_]:
    """Say where a run of equal values begins."""
    if not len(values):
        return np.zeros(0, bool)
    return np.insert(values[1:] != values[:-1], 0, True)


def _rarity(read: _Read, count: int, size: int) -> Floats:
    def spread(mask: npt.NDArray[np.bool_]) -> Ints:
        pairs = np.unique(read.word[mask] * size + read.code[mask])
        return np.bincount(pairs // size, minlength=count)

    said = spread((read.kind == WORDS) | (read.kind == LABEL))
    anywhere = spread(np.ones(len(read.word), bool))
    known = np.where(said > 0, said, np.maximum(anywhere, 1))
    return np.log1p(size / known)


def _word_postings(
    read: _Read,
    rarity: Floats,
    size: int,
    weights: IndexWeights,
    speaks: npt.NDArray[np.bool_],
) -> tuple[Postings, Postings]:
    loud = rarity[read.word] * np.where(read.head, weights.head_bonus, 1.0)
    share = loud / np.bincount(read.phrase, weights=loud)[read.phrase]
    pair = read.word * size + read.code
    heard = (read.kind <= LABEL) & speaks[read.word]
    rows = np.unique(pair[heard])

    def best(mask: npt.NDArray[np.bool_], value: Floats) -> Floats:
        at = np.searchsorted(rows, pair[mask])
        out = np.zeros(len(rows))
        np.maximum.at(out, at, value[mask])
        times = np.bincount(at, minlength=len(rows))
        return np.where(times > 0, out + weights.repeated * np.log(np.maximum(times, 1)), 0.0)

    said = heard & (read.kind == WORDS)
    head = best(said & read.head, share)
    other = best(said & ~read.head, share)
    flat = np.ones(len(read.word))
    beside = np.maximum(
        np.where(best(heard & (read.kind == CONTEXT), flat) > 0, weights.context, 0.0),
        np.where(best(heard & (read.kind == LABEL), flat) > 0, weights.label, 0.0),
    )
    word, code = rows // size, rows % size
    start = np.searchsorted(word, np.arange(len(rarity) + 1))
    as_head = np.maximum(weights.head_as_head * head, weights.other_as_head * other)
    as_other = np.maximum(weights.head_as_other * head, weights.other_as_other * other)
    return (
        Postings(start, code, rarity[word] * np.maximum(as_head, beside)),
        Postings(start, code, rarity[word] * np.maximum(as_other, beside)),
    )


def _phrase_postings(
    read: _Read, rarity: Floats, size: int, weights: IndexWeights
) -> tuple[Keys, Postings]:
    factor = np.zeros(5)
    factor[WORDS], factor[CONTEXT] = weights.phrase, weights.phrase * weights.context
    factor[NAMES], factor[NOT_FOR] = weights.names, -weights.not_for
    length = np.bincount(read.phrase)
    total = np.bincount(read.phrase, weights=rarity[read.word])
    keys, codes, loud = [], [], []
    for words in range(1, PHRASE_WORDS_MAX + 1):
        start, key = phrase_keys(read.word, read.phrase, words)
        kind = read.kind[start]
        whole = (length[read.phrase[start]] == words) & (kind != LABEL)
        if words == 1:  # a single word of `words` or `context` is a posting of that word already
            whole &= (kind == NAMES) | (kind == NOT_FOR)
        keys.append(key[whole])
        codes.append(read.code[start][whole])
        loud.append((factor[kind] * total[read.phrase[start]])[whole])
    key, code, weight = np.concatenate(keys), np.concatenate(codes), np.concatenate(loud)
    distinct, feature = np.unique(key, return_inverse=True)
    rows, at = np.unique(feature * size + code, return_inverse=True)
    summed = np.zeros(len(rows))
    np.maximum.at(summed, at, np.maximum(weight, 0.0))
    against = np.zeros(len(rows))
    np.minimum.at(against, at, np.minimum(weight, 0.0))
    start = np.searchsorted(rows // size, np.arange(len(distinct) + 1))
    return distinct, Postings(start, rows % size, summed + against)
