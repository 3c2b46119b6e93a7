"""Folded text: the form in which words, names and codes are compared, as Polars expressions.

Folding is for comparing only; what was declared is never replaced by its folded form. Both sides
of a comparison (pack and data) are folded by the same expression. Knows no language: it lowers,
takes accents off (Unicode NFKD without marks) and reads every run of other signs as one blank.
It does not transliterate, and cuts no words in scripts written without blanks.
"""

from __future__ import annotations

import polars as pl

_NOT_WORD = r"[^\p{L}\p{N}]+"
_LETTERS = {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ı": "i"}
"""Letters that Unicode does not take apart."""


def folded(text: pl.Expr) -> pl.Expr:
    """Give text in lower case without accents, words parted by one blank, nothing else kept.

    >>> pl.select(folded(pl.lit(" Côte d’Ivoire "))).item()
    'cote d ivoire'
    """
    bare = text.str.normalize("NFKD").str.replace_all(r"\p{M}+", "").str.to_lowercase()
    plain_letters = bare.str.replace_many(list(_LETTERS), list(_LETTERS.values()))
    return plain_letters.str.replace_all(_NOT_WORD, " ").str.strip_chars(" ")


def plain(text: pl.Expr) -> pl.Expr:
    """Give text in lower case, blanks at the ends off, underscores and runs of blanks as one.

    Signs stay, so `US$` and `€` can be told apart.

    >>> pl.select(plain(pl.lit(" RETURN_MERCHANDISE "))).item()
    'return merchandise'
    """
    return text.str.to_lowercase().str.replace_all(r"[\s_\p{Zs}]+", " ").str.strip_chars(" ")


def folded_list(words: list[str]) -> list[str]:
    """Fold a list of pack words with the same expression the data is folded with."""
    return pl.Series("word", words, dtype=pl.String).to_frame().select(folded(pl.col("word")))[
        "word"
    ].to_list()  # fmt: skip


def plain_list(words: list[str]) -> list[str]:
    """Make a list of pack words plain with the same expression the data is made plain with."""
    return pl.Series("word", words, dtype=pl.String).to_frame().select(plain(pl.col("word")))[
        "word"
    ].to_list()  # fmt: skip
