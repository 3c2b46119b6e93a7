"""How the words of goods are read: text to tokens, tokens to one common form.

The nomenclature's own words and the sender's words go through the same reading, so that "Men's
T-Shirts" and "mens t shirt" meet. Lower case, accents off, possessive and usual English plural
off, spellings and shop abbreviations made one (the pack's lists), numbers and measures left out.
Chinese has no blanks: a run of Han characters is read as its pairs of neighbours, with the first
and the last character alone beside them; the last one often names the kind (hat, shoe, lamp).

Knows no code and no weight. Other languages than English are only read, not inflected; that is for
a later version.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import polars as pl

Ints = npt.NDArray[np.int64]

BREAK = -2  # a comma, a bracket, a dash between blanks: no phrase runs across it
OPENER = -4  # "for", "with", "of": what follows qualifies what came before
SILENT = -1  # numbers, measures, articles, words that name no goods
UNKNOWN = -3  # words the nomenclature does not know: brands, slips of the pen
MODEL = -5  # the same with a digit in it: sizes, models
FIELD_MARK = "\ue000"  # private-use character: the next field begins (see `stages.classify.texts`)

# A token: a word (with its apostrophe), a mark that breaks a phrase, or a field mark.
_TOKEN = rf"[\p{{L}}\p{{M}}\p{{N}}]+(?:['’`][\p{{L}}]+)?|[,;:()\[\]/|+>&{FIELD_MARK}]|\s[-–—]+\s"
_MARK = r"^[\s,;:()\[\]/|+>\-–—]+$"
_NUMBER = r"^\d+$"
# Accents, Arabic vowel signs and hamza (an alef is an alef), and the stroke that widens a word.
_SILENT_MARKS = r"[\p{M}\x{640}]"
_DIGIT = r"\d"
_HAN = r"\p{Han}\p{M}*"
# Marks that break a phrase in a text with Han characters.
_HAN_MARK = r"[，、。；：！？（）［］【】「」『』《》〈〉｜／＋～·…]"
_ARABIC_FROM = "ٱىیکڪةہۀھگپچڤ"
_ARABIC_TO = "اييككههههجبجف"
_ARABIC_ARTICLE = r"^(?:و?ال|وبال|بال|ولل|لل)(\p{Arabic}{3,})$"
_ARABIC_NO_ARTICLE = r"^بال(?:ون|طو|ات)"


@dataclass(frozen=True)
class GoodsWords:
    """The pack's lists that govern reading, and the vocabulary once it is known.

    Args:
        openers: words after which a phrase only qualifies what came before (for, with, of).
        containers: words that count goods and, before "of", name none (pack of, set of).
        silent: words that say nothing of the goods.
        same: spelling or abbreviation to the form used here, both in common form.
        vocabulary: every word the nomenclature knows, sorted; ids are positions.
    """

    openers: tuple[str, ...]
    containers: tuple[str, ...]
    silent: tuple[str, ...]
    same: dict[str, str]
    vocabulary: pl.Series = field(default_factory=lambda: pl.Series(dtype=pl.String))

    def knowing(self, phrases: pl.Series) -> GoodsWords:
        """Give the same lists with the words of some phrases as vocabulary."""
        bare = replace(self, vocabulary=pl.Series(dtype=pl.String))
        read = tokens(phrases, bare)
        spoken = read.word.filter(np.isin(read.id, (UNKNOWN, MODEL)))
        return replace(self, vocabulary=spoken.unique().sort())

    @cached_property
    def steps(self) -> tuple[tuple[pl.Expr, ...], ...]:
        """The expressions from `written` to common form and id, in steps; built once."""
        return _steps(self)


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of some texts in order.

    Args:
        text: which text each token stands in.
        written: the token as written, lower case.
        word: its common form.
        id: position of the word in the vocabulary, or `BREAK`, `OPENER`, `SILENT`, `UNKNOWN`
            or `MODEL`.
    """

    text: Ints
    written: pl.Series
    word: pl.Series
    id: Ints


def tokens(texts: pl.Series, words: GoodsWords) -> Tokens:
    """Cut texts into tokens, give each its common form and its id.

    A word of `containers` right before "of" ("set of") is silent and so is the "of"; the goods
    come after it.

    Args:
        texts: any texts; null counts as empty.
        words: the pack's lists and the vocabulary.
    """
    found = pl.col("written").fill_null("").str.to_lowercase().str.extract_all(_TOKEN)
    cut = _cut_han(texts).alias("written").to_frame()
    listed = cut.select(found, found.list.len().alias("count"))
    written = listed["written"].explode().drop_nulls().to_frame()
    text = np.repeat(np.arange(len(texts)), listed["count"].to_numpy())
    forms = _forms(written.unique(), words)
    read = written.join(forms, on="written", how="left", maintain_order="left")
    ids = read["id"].to_numpy().copy()
    spot = np.flatnonzero(
        read["container"].to_numpy()[:-1] & read["of"].to_numpy()[1:] & (text[1:] == text[:-1])
    )
    ids[spot] = ids[spot + 1] = SILENT
    return Tokens(text, read["written"], read["word"], ids)


def _cut_han(texts: pl.Series) -> pl.Series:
    """Put blanks into runs of Han characters: "ABC" as "A AB BC C"; other texts stay as they are.

    >>> _cut_han(pl.Series(["纯棉T恤", "cotton"])).to_list()
    [' 纯 纯棉 棉 T 恤 恤 ', 'cotton']
    """
    han = texts.str.contains(_HAN)
    if not han.any():
        return texts
    text = pl.col("text")
    runs = text.str.replace_all(_HAN_MARK, " , ").str.replace_all(rf"(?:{_HAN})+", " ${0} ")
    pairs = runs.str.replace_all(rf"({_HAN})", "${1} ${1}")
    frame = pl.DataFrame({"text": texts, "han": han})
    return frame.select(pl.when("han").then(pairs).otherwise(text).alias("text"))["text"]


def _forms(written: pl.DataFrame, words: GoodsWords) -> pl.DataFrame:
    """Give `written, word, id, container, of` for distinct tokens."""
    for step in words.steps:
        written = written.with_columns(step)
    return written.select("written", "word", "id", "container", "of")


def _fold_arabic(word: pl.Expr) -> pl.Expr:
    """Bring Arabic words to one writing: letter forms of other keyboards, no tatweel, no article.

    The article stays on three common words that only look as if they had it ("balloon"); words of
    other scripts stay as they are.
    """
    letters = word.str.replace_all("\u0640", "", literal=True).str.replace_many(
        list(_ARABIC_FROM), list(_ARABIC_TO)
    )
    bare = letters.str.replace(_ARABIC_ARTICLE, "$1")
    folded = pl.when(letters.str.contains(_ARABIC_NO_ARTICLE)).then(letters).otherwise(bare)
    return pl.when(word.str.contains(r"\p{Arabic}")).then(folded).otherwise(word)


def _steps(words: GoodsWords) -> tuple[tuple[pl.Expr, ...], ...]:
    same, sames = list(words.same.keys()), list(words.same.values())
    bare = pl.col("written").str.replace(r"['’`]s?$|['’`]", "")
    accents = bare.str.normalize("NFKD").str.replace_all(_SILENT_MARKS, "")
    accents = _fold_arabic(accents)
    plain, word = pl.col("plain"), pl.col("word")
    replaced = plain.replace(same, sames)
    folded = (
        pl.when(replaced == plain).then(singular(plain).replace(same, sames)).otherwise(replaced)
    )
    mark = pl.col("written").str.contains(_MARK)
    vocabulary = words.vocabulary if len(words.vocabulary) else pl.Series([""])
    at = pl.lit(vocabulary).search_sorted(word).cast(pl.Int64).clip(0, len(vocabulary) - 1)
    silent = word.is_in(words.silent) | word.str.contains(_NUMBER)
    number = (
        pl.when(word.is_in([",", FIELD_MARK])).then(BREAK)
        .when(word.is_in(words.openers)).then(OPENER)
        .when(silent).then(SILENT)
        .when(pl.lit(vocabulary).gather(pl.col("at")) == word).then(pl.col("at"))
        .when(word.str.contains(_DIGIT)).then(MODEL)
        .otherwise(UNKNOWN)
    )  # fmt: skip
    return (
        (pl.when(bare.str.contains(r"[^\x00-\x7f]")).then(accents).otherwise(bare).alias("plain"),),
        (pl.when(mark).then(pl.lit(",")).otherwise(folded).alias("word"),),
        (at.alias("at"),),
        (
            number.cast(pl.Int64).alias("id"),
            word.is_in(words.containers).alias("container"),
            (word == "of").alias("of"),
        ),
    )


def singular(word: pl.Expr) -> pl.Expr:
    """Give the usual English singular of lower-case words.

    >>> frame = pl.DataFrame({"w": ["shoes", "watches", "glass", "batteries", "gas"]})
    >>> frame.select(singular(pl.col("w")))["w"].to_list()
    ['shoe', 'watch', 'glass', 'battery', 'gas']
    """
    return (
        pl.when((word.str.len_chars() <= 3) | word.str.contains(r"(?:ss|us|is|[^s])$"))
        .then(word)
        .when(word.str.contains(r"..ies$"))
        .then(word.str.replace(r"ies$", "y"))
        .when(word.str.contains(r"(?:[xz]|ch|sh|ss)es$"))
        .then(word.str.replace(r"es$", ""))
        .otherwise(word.str.replace(r"s$", ""))
    )
