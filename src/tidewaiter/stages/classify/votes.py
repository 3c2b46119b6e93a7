"""The vote: each known word of a text speaks for subheadings; the sums become probabilities.

Sums per (text, subheading); a text's scores are eased by how much there was to explain; the
exponential of the score, beside a constant for "none of these", is the raw probability.
Probabilities (not scores) are summed to heading and chapter, and a subheading gains as its heading
and chapter gain (back-off). The pack's calibration turns raw into how often it was right.

Everything is arrays; one row of `Voices` is one word or phrase of one text speaking for one
subheading. Knows no declared code (see `answers`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from tidewaiter.knowledge.goods_words import Ints
from tidewaiter.knowledge.nomenclature import Nomenclature
from tidewaiter.knowledge.word_index import (
    PHRASE_WORDS_MAX,
    Floats,
    Postings,
    changes,
    phrase_keys,
)
from tidewaiter.stages.classify.texts import Words, read_words

CANDIDATES_MAX = 5
EVIDENCE_MAX = 3
TEXTS_AT_ONCE = 256  # sums of that many texts x all subheadings stay in the processor's cache
KEPT_FROM = 0.01  # less probable subheadings and chapters are not told, only counted
NEAR = 0.15  # scores below this share of the best of their text are dropped
_SCORE_MAX = 50.0
_LEAST = 1e-3  # what is left to a subheading that was named and then spoken against
_LOOSE = 0.7  # a phrase that does not end in the head noun counts by this


@dataclass(frozen=True, slots=True)
class Voices:
    """Who spoke for what.

    Args:
        text: which text.
        code: position of the subheading.
        weight: how loud; negative: against.
        at: first word of the phrase, a position in `Words`.
        length: words in it.
    """

    text: Ints
    code: Ints
    weight: Floats
    at: Ints
    length: Ints

    def rows(self, rows: Ints) -> Voices:
        """Give some rows."""
        return Voices(
            self.text[rows], self.code[rows], self.weight[rows], self.at[rows], self.length[rows]
        )


@dataclass(frozen=True, slots=True)
class Votes:
    """The outcome for some texts.

    Args:
        text, code, probability: sparse, sorted by text, then code; calibrated.
        chapter_of, chapter, share: text, chapter as a number, its whole probability; sparse,
            sorted.
        top: rows of the best candidates, `[texts, CANDIDATES_MAX]`; -1 where there is none.
        evidence: per text, the words that decided for the best candidate; null if none.
        names_goods: per text, whether any word can be the name of goods (head of a phrase).
    """

    text: Ints
    code: Ints
    probability: Floats
    chapter_of: Ints
    chapter: Ints
    share: Floats
    top: Ints
    evidence: pl.Series
    names_goods: npt.NDArray[np.bool_]


def vote(texts: pl.Series, nomenclature: Nomenclature) -> Votes:
    """Vote on joined texts (see `texts.joined_text`)."""
    words, written = read_words(texts, nomenclature)
    blocks = []
    for start in range(0, max(words.texts, 1), TEXTS_AT_ONCE):
        part = words.part(start, min(start + TEXTS_AT_ONCE, words.texts))
        blocks.append(_vote_block(part, nomenclature))
    word_before = np.searchsorted(words.text, np.arange(len(blocks)) * TEXTS_AT_ONCE)
    row_before = np.cumsum([0, *(len(block.code) for block in blocks)])
    numbered = list(enumerate(blocks))
    at = np.concatenate([b.spoke.at + word_before[i] for i, b in numbered])
    length = np.concatenate([b.spoke.length for b in blocks])
    loud = np.concatenate([b.spoke.weight for b in blocks])
    names_goods = np.zeros(words.texts, bool)
    names_goods[words.text[nomenclature.index.can_head[words.word]]] = True
    return Votes(
        text=np.concatenate([b.text + i * TEXTS_AT_ONCE for i, b in numbered]),
        code=np.concatenate([b.code for b in blocks]),
        probability=np.concatenate([b.probability for b in blocks]),
        chapter_of=np.concatenate([b.chapter_of + i * TEXTS_AT_ONCE for i, b in numbered]),
        chapter=np.concatenate([b.chapter for b in blocks]),
        share=np.concatenate([b.share for b in blocks]),
        top=np.concatenate([np.where(b.top >= 0, b.top + row_before[i], -1) for i, b in numbered]),
        evidence=_evidence(words, written, at, length, loud),
        names_goods=names_goods,
    )


@dataclass(frozen=True, slots=True)
class _Block:
    """The outcome for some texts; `spoke` are the voices for each text's best candidate."""

    text: Ints
    code: Ints
    probability: Floats
    chapter_of: Ints
    chapter: Ints
    share: Floats
    top: Ints
    spoke: Voices


def _vote_block(words: Words, nomenclature: Nomenclature) -> _Block:
    voices = hear(words, nomenclature)
    text, code, score = _sums(voices, words.texts, len(nomenclature.codes))
    raw = _probabilities(text, code, score, words.mass, nomenclature)
    top = _best(text, raw, words.texts)
    sure = _calibrated(text, raw, top[:, 0], nomenclature)
    chapter = nomenclature.chapters[code]
    share = np.minimum(_group_sum(text, chapter, sure), 1.0)
    probability = _at_six_digits(code, sure, top, nomenclature)
    best = np.full(words.texts, -1)
    some = top[:, 0] >= 0
    best[some] = code[top[some, 0]]
    spoke = np.flatnonzero((voices.code == best[voices.text]) & (voices.weight > 0))
    told = np.flatnonzero(changes(text * 100 + chapter) & (share >= KEPT_FROM))
    kept = probability >= KEPT_FROM
    kept[top[top >= 0]] = True
    if len(kept):
        top = np.where(top >= 0, (np.cumsum(kept) - 1)[top], -1)
    return _Block(
        text=text[kept],
        code=code[kept],
        probability=probability[kept],
        chapter_of=text[told],
        chapter=chapter[told],
        share=share[told],
        top=top,
        spoke=voices.rows(spoke),
    )


def hear(words: Words, nomenclature: Nomenclature) -> Voices:
    """Collect what every word and phrase says."""
    index, weights = nomenclature.index, nomenclature.vote
    counting = np.flatnonzero(words.counts)
    row, of = _rows(index.as_head, words.word[counting])
    at = counting[of]
    loud = np.where(words.head[at], index.as_head.weight[row], index.as_other.weight[row])
    heard = [Voices(words.text[at], index.as_head.code[row], loud * words.weight[at], at,
                    np.ones(len(at), np.int64))]  # fmt: skip
    for length in range(1, PHRASE_WORDS_MAX + 1):
        start, key = phrase_keys(words.word, words.phrase, length)
        feature = np.searchsorted(index.phrase_keys, key)
        feature[feature == len(index.phrase_keys)] = 0
        hit = np.flatnonzero(index.phrase_keys[feature] == key)
        start, feature = start[hit], feature[hit]
        once = np.unique(words.field[start] << 32 | feature, return_index=True)[1]
        row, of = _rows(index.phrases, feature[once])
        at = start[once][of]
        end = at + length - 1
        loud = index.phrases.weight[row] * np.where(words.head[end], 1.0, _LOOSE)
        whole = (loud < 0) & words.opens[at] & words.closes[end]
        loud = np.where(whole, loud * weights.not_for_whole, loud)
        heard.append(Voices(words.text[at], index.phrases.code[row], loud * words.weight[at], at,
                            np.full(len(at), length)))  # fmt: skip
    return Voices(
        text=np.concatenate([one.text for one in heard]),
        code=np.concatenate([one.code for one in heard]),
        weight=np.concatenate([one.weight for one in heard]),
        at=np.concatenate([one.at for one in heard]),
        length=np.concatenate([one.length for one in heard]),
    )


def _rows(postings: Postings, feature: Ints) -> tuple[Ints, Ints]:
    """Give all rows of the features, and for each row which feature (by position) it is of."""
    counts = postings.start[feature + 1] - postings.start[feature]
    of = np.repeat(np.arange(len(feature)), counts)
    before = np.cumsum(counts) - counts
    return np.arange(len(of)) + np.repeat(postings.start[feature] - before, counts), of


def _sums(voices: Voices, texts: int, codes: int) -> tuple[Ints, Ints, Floats]:
    """Sum weights per (text, code), sorted; only what comes near the best of its text."""
    total = np.bincount(
        voices.text * codes + voices.code, weights=voices.weight, minlength=texts * codes
    )
    best = total.reshape(texts, codes).max(axis=1, initial=0.0)
    near = np.where(best > 0.0, best * NEAR, -np.inf)
    # a search over booleans is ten times as fast as one over floats
    named = np.flatnonzero((total.reshape(texts, codes) >= near[:, None]).ravel() & (total != 0.0))
    return named // codes, named % codes, np.maximum(total[named], _LEAST)


def _probabilities(
    text: Ints, code: Ints, score: Floats, mass: Floats, nomenclature: Nomenclature
) -> Floats:
    """Turn scores into raw probabilities with heading and chapter heard."""
    weights = nomenclature.vote
    eased = score / (np.maximum(mass, 1e-9) ** weights.length_power * weights.temperature)[text]
    texts = len(mass)
    loud = np.expm1(np.minimum(eased, _SCORE_MAX))
    share = loud / (np.bincount(text, weights=loud, minlength=texts) + weights.nothing)[text]
    backed = (
        share
        * _group_sum(text, nomenclature.headings[code], share) ** weights.heading_power
        * _group_sum(text, nomenclature.chapters[code], share) ** weights.chapter_power
    )
    none = np.clip(1.0 - np.bincount(text, weights=share, minlength=texts), 0.0, 1.0)
    none **= 1.0 + weights.heading_power + weights.chapter_power
    total: Floats = np.bincount(text, weights=backed, minlength=texts) + none
    raw: Floats = backed / total[text]
    return raw


def _calibrated(text: Ints, raw: Floats, first: Ints, nomenclature: Nomenclature) -> Floats:
    """Give calibrated probabilities: the best by the pack's map, the others scaled below it."""
    if not len(raw):
        return raw
    best = np.where(first >= 0, raw[first], 0.0)
    right = nomenclature.calibration.read(best)
    up = (1.0 - right) / np.maximum(1.0 - best, 1e-9)
    down = right / np.maximum(best, 1e-9)
    out = np.minimum(raw * np.minimum(up, down)[text], right[text])
    leaders = first[first >= 0]
    out[leaders] = right[text[leaders]]
    return out


def _at_six_digits(code: Ints, sure: Floats, top: Ints, nomenclature: Nomenclature) -> Floats:
    """Take down subheadings that stand for a whole heading; keep the order of the candidates."""
    out = sure * np.where(nomenclature.wider[code], nomenclature.limits.wider_right, 1.0)
    for rank in range(1, CANDIDATES_MAX):
        there = top[:, rank] >= 0
        above, below = top[there, rank - 1], top[there, rank]
        out[below] = np.minimum(out[below], out[above])
    return out


def _group_sum(text: Ints, level: Ints, value: Floats) -> Floats:
    """Sum over the rows of one text and level (neighbours, for codes are sorted); spread back."""
    if not len(text):
        return value
    first = np.flatnonzero(changes(text * 10_000 + level))
    return np.repeat(np.add.reduceat(value, first), np.diff(np.append(first, len(text))))


def _best(text: Ints, value: Floats, texts: int) -> Ints:
    """Give the rows of the best values of each text; of equal ones the lower code first."""
    top = np.full((texts, CANDIDATES_MAX), -1, np.int64)
    if not len(text):
        return top
    first = np.flatnonzero(changes(text))
    lengths = np.diff(np.append(first, len(text)))
    left, position = value.copy(), np.arange(len(text))
    for rank in range(CANDIDATES_MAX):
        most = np.repeat(np.maximum.reduceat(left, first), lengths)
        spot = np.minimum.reduceat(
            np.where((left == most) & (left > 0), position, len(text)), first
        )
        there = spot < len(text)
        top[text[first[there]], rank] = spot[there]
        left[spot[there]] = 0.0
    return top


def _evidence(words: Words, written: pl.Series, at: Ints, length: Ints, loud: Floats) -> pl.Series:
    """Give per text the loudest words and phrases that spoke for its best code, as written."""
    covered = np.zeros(len(words.text), np.int64)  # words in the longest phrase over a word
    for words_in in range(2, PHRASE_WORDS_MAX + 1):
        of_length = at[length == words_in]
        for step in range(words_in):
            covered[of_length + step] = words_in
    shown = np.flatnonzero(covered[at] <= length)
    order = shown[np.lexsort((at[shown], -loud[shown], words.text[at[shown]]))]
    at, length = at[order], length[order]
    last = max(len(words.text) - 1, 0)
    said = [
        pl.when(pl.col("length") > step).then(
            pl.lit(written).gather((pl.col("at") + step).clip(0, last))
        )
        for step in range(PHRASE_WORDS_MAX)
    ]
    listed = (
        pl.DataFrame({"text": words.text[at], "at": at, "length": length})
        .with_columns(pl.concat_str(said, separator=" ", ignore_nulls=True).alias("said"))
        .group_by("text", maintain_order=True)
        .agg(pl.col("said").unique(maintain_order=True).head(EVIDENCE_MAX).str.join(", "))
    )
    return listed.select(pl.col("said").gather(places(listed["text"], words.texts)))["said"]


def places(text: pl.Series, texts: int) -> pl.Series:
    """Give for each text the row that holds it, null where none does."""
    row = np.full(texts, np.nan)
    row[text.to_numpy()] = np.arange(len(text))
    return pl.Series(row, nan_to_null=True).cast(pl.UInt32)
