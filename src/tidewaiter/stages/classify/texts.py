"""What the sender wrote about the goods, cut once into weighted words.

The text fields of a line are read together but not thrown together: title, description, category
path and brand keep their weights, and a description or last category level that only repeats the
title is left out. The main part (the first with a known word) holds the head noun: the last word
before "for", "with", "of", a comma or a bracket that the nomenclature knows as a head.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from tidewaiter.knowledge.goods_words import BREAK, FIELD_MARK, OPENER, UNKNOWN, Ints, tokens
from tidewaiter.knowledge.nomenclature import Nomenclature
from tidewaiter.knowledge.word_index import Floats, changes

Flags = npt.NDArray[np.bool_]

TEXT_COLUMNS = ("title", "description", "category_path", "brand")
TITLE, DESCRIPTION, KIND, CATEGORY, BRAND = range(5)  # order of the fields in a joined text
FIELD_CHARS_MAX = 300  # a longer field is read up to here; the name of goods stands early
REPEAT_CHARS_MIN = 8
_LEVEL = r"\s*(?:>|/|\||::|;)+\s*"  # what stands between the levels of a category path
_LAST_LEVEL = rf"^(?s:.*){_LEVEL}(.+)$"
_UPPER_LEVELS = rf"^((?s:.*)){_LEVEL}.+$"
_QUALIFIES = 0.6  # what a word that is no head adds to what there is to explain


@dataclass(frozen=True, slots=True)
class Words:
    """The known words of some texts, in order of text, then place.

    Args:
        texts: how many texts.
        text: which text, from 0.
        word: id in the vocabulary.
        weight: how much the field counts.
        head: whether it is the head noun of its field's main part.
        field: which field, numbered through all texts.
        phrase: what a phrase may not run across (field and marks).
        opens, closes: whether the word begins or ends the main part of the first field.
        counts: whether it is the occurrence of the word in its field that counts (as head, else
            the first); phrases use the others too.
        mass: per text, how much there is to explain in its first field (other fields that agree
            make the answer surer).
    """

    texts: int
    text: Ints
    word: Ints
    weight: Floats
    head: Flags
    field: Ints
    phrase: Ints
    opens: Flags
    closes: Flags
    counts: Flags
    mass: Floats

    def part(self, start: int, end: int) -> Words:
        """Give the words of the texts from `start` to before `end`."""
        low, high = np.searchsorted(self.text, (start, end))
        rows = slice(low, high)
        return Words(
            end - start,
            self.text[rows] - start,
            self.word[rows],
            self.weight[rows],
            self.head[rows],
            self.field[rows],
            self.phrase[rows],
            self.opens[rows],
            self.closes[rows],
            self.counts[rows],
            self.mass[start:end],
        )


def _steps() -> tuple[tuple[pl.Expr, ...], ...]:
    """Give the expressions from the text columns to the joined text, in steps; built once."""
    title, description, path, brand, last = map(
        pl.col, ("title", "description", "category_path", "brand", "last")
    )

    def begins(text: pl.Expr, beginning: pl.Expr) -> pl.Expr:
        return text.str.to_lowercase().str.starts_with(beginning.str.to_lowercase())

    repeated = begins(description, title)
    repeats = (last.str.len_chars() >= REPEAT_CHARS_MIN) & begins(title, last)
    branded = (brand != "") & begins(title, brand)
    return (
        tuple(
            pl.col(name).fill_null("").str.head(FIELD_CHARS_MAX)
            .str.replace_all(FIELD_MARK, " ", literal=True).str.strip_chars()
            for name in TEXT_COLUMNS
        ),
        (
            pl.when(repeated).then(description).otherwise(title).alias("title"),
            pl.when(~repeated).then(description).otherwise(pl.lit("")).alias("description"),
            path.str.extract(_LAST_LEVEL, 1).fill_null(path).str.strip_chars(" .…").alias("last"),
            path.str.extract(_UPPER_LEVELS, 1).fill_null("").alias("upper"),
        ),
        (pl.when(repeats).then("upper").otherwise(path).alias("category_path"),),
        (
            pl.when(branded).then(title.str.slice(brand.str.len_chars())).otherwise(title)
            .alias("title"),
            path.str.extract(_LAST_LEVEL, 1).fill_null(path).alias("last"),
            path.str.extract(_UPPER_LEVELS, 1).fill_null("").alias("upper"),
        ),
    )  # fmt: skip


_STEPS = _steps()
_PARTS = ("title", "description", "last", "upper", "brand")  # order of TITLE ... BRAND


def joined_text(columns: pl.DataFrame) -> pl.Series:
    """Give one text a row: title, description, category (last level first) and brand.

    A brand at the beginning of the title is taken from there: it may be a word ("Boots").

    Args:
        columns: frame with `TEXT_COLUMNS`.
    """
    frame = columns.select(TEXT_COLUMNS)
    for step in _STEPS:
        frame = frame.with_columns(step)
    return frame.select(pl.concat_str(_PARTS, separator=FIELD_MARK).alias("text"))["text"]


def read_words(texts: pl.Series, nomenclature: Nomenclature) -> tuple[Words, pl.Series]:
    """Read joined texts into known words with their weights, and the words as written.

    Args:
        texts: from `joined_text`.
        nomenclature: gives the reading lists, the index and the weights.
    """
    index, vote = nomenclature.index, nomenclature.vote
    read = tokens(texts, index.words)
    ids = read.id
    mark = (read.word == FIELD_MARK).to_numpy()
    new_field = changes(read.text) | mark
    which = np.cumsum(new_field)
    phrase = np.cumsum(new_field | (ids == BREAK))
    part = np.cumsum(new_field | (ids == BREAK) | (ids == OPENER))
    field = np.cumsum(mark) - _at_start(np.cumsum(mark) - mark, read.text)

    keep = np.flatnonzero(ids >= 0)
    text, word, part, field = read.text[keep], ids[keep], part[keep], field[keep]
    main = part == _at_start(part, which[keep])
    head = _heads(part, index.can_head[word]) & (main | (field == CATEGORY))
    weight = _weights(text, field, nomenclature, len(texts))
    counts = _counting(which[keep], word, head)
    named = counts & (field == _at_start(field, text))
    loud = np.where(named, index.rarity[word] * weight * np.where(head, 1.0, _QUALIFIES), 0.0)
    unknown = np.bincount(read.text[ids == UNKNOWN], minlength=len(texts))
    first = main & (field == _at_start(field, text))
    words = Words(
        texts=len(texts),
        text=text,
        word=word,
        weight=weight,
        head=head,
        field=which[keep],
        phrase=phrase[keep],
        opens=first & changes(part),
        closes=first & changes(part[::-1])[::-1],
        counts=counts,
        mass=np.bincount(text, weights=loud, minlength=len(texts)) + vote.unknown_word * unknown,
    )
    return words, read.written.gather(keep)


def _counting(field: Ints, word: Ints, head: Flags) -> Flags:
    """Mark for each word of each field the occurrence that counts: as head, else the first."""
    same = field << 16 | word
    order = np.argsort(same << 1 | ~head, kind="stable")
    out = np.zeros(len(word), bool)
    out[order[changes(same[order])]] = True
    return out


def _weights(text: Ints, field: Ints, nomenclature: Nomenclature, texts: int) -> Floats:
    """Give each word its field's weight; a description without a title counts as one."""
    vote = nomenclature.vote
    titled = np.zeros(texts, bool)
    titled[text[field == TITLE]] = True
    weight = np.array([vote.title, vote.description, vote.kind, vote.category, vote.brand])[field]
    return np.where((field == DESCRIPTION) & ~titled[text], vote.title, weight)


def _at_start(value: Ints, group: Ints) -> Ints:
    """Give for each element the value of the first of its run of equal `group`."""
    first = np.flatnonzero(changes(group))
    return np.repeat(value[first], np.diff(np.append(first, len(group))))


def _heads(part: Ints, can_head: Flags) -> Flags:
    """Say which word is the head of each part: the last that can be one, else the last."""
    out = np.zeros(len(part), bool)
    if not len(part):
        return out
    first = np.flatnonzero(changes(part))
    able = np.maximum.reduceat(np.where(can_head, np.arange(len(part)), -1), first)
    last = np.append(first[1:], len(part)) - 1
    out[np.where(able >= 0, able, last)] = True
    return out
