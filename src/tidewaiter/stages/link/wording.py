"""Wording: how the words of two texts answer each other, in any order.

Equal words first; what is left is set against what is left of the other: a typing error (rapidfuzz
OSA distance, which counts two swapped neighbours as one error), a particle left out, an initial, or
a word only one side has. Two known given names are never a typing error of each other. Knows
nothing of weights.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl
from rapidfuzz.distance import OSA, Levenshtein
from rapidfuzz.process import cpdist

from tidewaiter.knowledge.matching import Matching

Flags: TypeAlias = npt.NDArray[np.bool_]

WORDS_MAX = 12
TYPO, BEGINNING, INITIAL = 3, 2, 1
BEGINNING_MIN = 3  # letters of a word that may stand for the whole word


def align(
    left: pl.Series, right: pl.Series, matching: Matching, *, beginnings: bool = False
) -> pl.DataFrame:
    """Set the words of each left text against those of its right text.

    Args:
        left: normal forms, words apart by one blank.
        right: the same number of them.
        matching: the matching packs.
        beginnings: whether the beginning of a word may stand for it (`cor` for `corniche`); it
            then counts as a typing error.

    Returns:
        One row a pair, all Int64: `equal` (words of two letters or more), `typos`,
        `initials_left`, `initials_right` (where that side has the initial), `extra_left`,
        `extra_right` (words without an answer).
    """
    table = pl.DataFrame({"left": left, "right": right}).with_row_index("pair")
    distinct = table.select("left", "right").unique()
    counted = _align_distinct(distinct, matching, beginnings)
    return (
        table.join(counted, on=["left", "right"], how="left", maintain_order="left")
        .drop("pair", "left", "right")
        .cast(pl.Int64)
    )


def _align_distinct(texts: pl.DataFrame, matching: Matching, beginnings: bool) -> pl.DataFrame:
    words = texts.with_row_index("pair").with_columns(
        pl.col("left").str.extract_all(r"\S+").alias("words_left"),
        pl.col("right").str.extract_all(r"\S+").alias("words_right"),
    )
    left, right = pl.col("words_left"), pl.col("words_right")
    both = left.list.set_intersection(right)
    words = words.select(
        "pair",
        "left",
        "right",
        both.list.join(" ").str.count_matches(r"\S{2,}").alias("equal"),
        left.list.set_difference(right).list.head(WORDS_MAX).alias("l"),
        right.list.set_difference(left).list.head(WORDS_MAX).alias("r"),
    )
    answers = _answers(words, matching, beginnings)
    words = words.join(answers, on="pair", how="left").with_columns(
        pl.col("typos", "initials_left", "initials_right", "answered").fill_null(0)
    )
    return words.select(
        "left",
        "right",
        "equal",
        "typos",
        "initials_left",
        "initials_right",
        extra_left=pl.col("l").list.len() - pl.col("answered"),
        extra_right=pl.col("r").list.len() - pl.col("answered"),
    )


def _answers(words: pl.DataFrame, matching: Matching, beginnings: bool) -> pl.DataFrame:
    rest = (
        words.select("pair", "l", "r")
        .filter((pl.col("l").list.len() > 0) & (pl.col("r").list.len() > 0))
        .explode("l")
        .explode("r")
    )
    kinds = _word_kinds(rest.select("l", "r").unique(), matching)
    if not beginnings:
        kinds = kinds.filter(pl.col("kind") != BEGINNING)
    links = rest.join(kinds, on=["l", "r"]).sort("kind", "l", "r", descending=[True, False, False])
    taken = []
    for _ in range(WORDS_MAX):
        if not links.height:
            break
        best = links.unique(["pair", "l"], keep="first", maintain_order=True).unique(
            ["pair", "r"], keep="first", maintain_order=True
        )
        taken.append(best)
        links = links.join(best, on=["pair", "l"], how="anti").join(
            best, on=["pair", "r"], how="anti"
        )
    matched = pl.concat(taken) if taken else links
    initial = pl.col("kind") == INITIAL
    return matched.group_by("pair").agg(
        typos=(pl.col("kind") >= BEGINNING).sum().cast(pl.Int64),
        initials_left=(initial & (pl.col("l").str.len_chars() == 1)).sum().cast(pl.Int64),
        initials_right=(initial & (pl.col("r").str.len_chars() == 1)).sum().cast(pl.Int64),
        answered=pl.len().cast(pl.Int64),
    )


def _word_kinds(pairs: pl.DataFrame, matching: Matching) -> pl.DataFrame:
    left, right = pairs["l"], pairs["r"]
    typo = pl.Series(typing_error(left, right, matching))
    given = pl.Series(sorted(matching.words.given)).implode()
    l_size, r_size = pl.col("l").str.len_chars(), pl.col("r").str.len_chars()
    initial = ((l_size == 1) != (r_size == 1)) & (
        pl.col("l").str.slice(0, 1) == pl.col("r").str.slice(0, 1)
    )
    known = pl.col("l").is_in(given) & pl.col("r").is_in(given)
    begins = (pl.min_horizontal(l_size, r_size) >= BEGINNING_MIN) & (
        pl.col("l").str.starts_with(pl.col("r")) | pl.col("r").str.starts_with(pl.col("l"))
    )
    return pairs.with_columns(
        pl.when(initial)
        .then(INITIAL)
        .when(typo.alias("typo") & ~known)
        .then(TYPO)
        .when(_with_particle("l", "r", matching) | _with_particle("r", "l", matching))
        .then(TYPO)
        .when(begins)
        .then(BEGINNING)
        .otherwise(0)
        .cast(pl.Int8)
        .alias("kind")
    ).filter(pl.col("kind") > 0)


def _with_particle(one: str, other: str, matching: Matching) -> pl.Expr:
    """Whether `other` is `one` with a particle before it (`nuaimi`, `alnuaimi`)."""
    before = "|".join(word.replace(" ", "") for word in matching.words.particles)
    bare = pl.col(other).str.replace(rf"^(?:{before})", "")
    return (bare == pl.col(one)) & (bare != pl.col(other))


def typing_error(left: pl.Series, right: pl.Series, matching: Matching) -> Flags:
    """Say whether two words are likely one word with a typing error.

    Args:
        left: words.
        right: the same number of words.
        matching: gives the lengths from which each kind of error counts.

    Returns:
        Boolean array.
    """
    least = matching.link["typo"]
    texts = left.to_list(), right.to_list()
    osa = cpdist(*texts, scorer=OSA.distance, score_cutoff=2)
    plain = cpdist(*texts, scorer=Levenshtein.distance, score_cutoff=2)
    sizes = left.str.len_chars().to_numpy(), right.str.len_chars().to_numpy()
    longer, shorter = np.maximum(*sizes), np.minimum(*sizes)
    one = osa == 1
    same_length = longer == shorter
    swapped = one & (plain == 2) & (shorter >= least["swap_length_min"])
    dropped = one & ~same_length & (longer >= least["drop_length_min"])
    changed = one & same_length & (plain == 1) & (longer >= least["change_length_min"])
    twice = (osa == 2) & (shorter >= least["double_length_min"])
    return np.asarray(swapped | dropped | changed | twice)


def one_error(left: pl.Series, right: pl.Series) -> Flags:
    """Say whether two texts are one letter or digit apart (two swapped neighbours count as one)."""
    apart = cpdist(left.to_list(), right.to_list(), scorer=OSA.distance, score_cutoff=1)
    return np.asarray(apart == 1)
