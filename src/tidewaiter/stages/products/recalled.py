"""Recalls: by GTIN, and by maker and model in the text.

A GTIN on a recall list is recalled from the day of the recall. In text a model counts only as whole
words, only if it holds a digit and is long enough (the pack's limit), and only together with a word
of the maker's or brand's name: "TB-200" alone names too much. Which units of a model are recalled
(dates of making, serial numbers) a list rarely tells in columns; the officer reads the recall.
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache

import numpy as np
import polars as pl

from tidewaiter.knowledge.load import Knowledge
from tidewaiter.knowledge.product_rules import ProductRules
from tidewaiter.knowledge.products import Places, Products, gtin_numbers, places
from tidewaiter.stages.products.lines import KEYS
from tidewaiter.vocabulary.findings import finding
from tidewaiter.vocabulary.folding import folded

CODES = ("products.recalled_gtin", "products.recalled_text")
TEXT = ("brand", "maker_name", "title", "description")
TEXT_CHARS_MAX = 300
TITLE_CHARS_MAX = 120


def find(items: pl.DataFrame, knowledge: Knowledge, on: dt.date) -> pl.DataFrame:
    """Give findings for recalled lines; a line hit by its GTIN is not named for its text too."""
    known = knowledge.products
    by_gtin = hits_by_gtin(items, known)
    legal = tuple(knowledge.matching.words.legal_forms)
    by_text = hits_by_text(items, known, knowledge.product_rules, legal)
    if by_gtin.height and by_text.height:
        by_text = by_text.join(by_gtin, on=["line", "recall"], how="anti", maintain_order="left")
    found = [
        _finding(items, hits, knowledge, on, code)
        for hits, code in ((by_gtin, CODES[0]), (by_text, CODES[1]))
        if hits.height
    ]
    return pl.concat(found) if found else _finding(items, by_gtin, knowledge, on, CODES[0])


def hits_by_gtin(items: pl.DataFrame, known: Products) -> pl.DataFrame:
    """Give `line` (row of items) and `recall` (row of recalls) for recalled GTINs."""
    keys, recall = known.recalled
    if not len(keys) or items["gtin"].null_count() == items.height:
        return _hits(np.zeros(0, np.int64), np.zeros(0, np.int64))
    at = places(keys, gtin_numbers(items["gtin"]))
    line = np.flatnonzero(at >= 0)
    return _hits(line, recall[at[line]])


def hits_by_text(
    items: pl.DataFrame, known: Products, rules: ProductRules, legal_forms: tuple[str, ...]
) -> pl.DataFrame:
    """Give `line` and `recall` where a text holds model and maker of a recall.

    Args:
        items: lines with the columns `TEXT`.
        known: gives the recalls.
        rules: gives the limits and the words that tell no names apart.
        legal_forms: kinds of company, which tell no names apart either.
    """
    none = _hits(np.zeros(0, np.int64), np.zeros(0, np.int64))
    models, patterns = _models(
        known,
        rules.generic | frozenset(legal_forms),
        int(rules.limits["names.word_letters_min"]),
        int(rules.limits["recall.model_signs_min"]),
    )
    if not patterns or not items.height:
        return none
    parts = [pl.col(column).str.slice(0, TEXT_CHARS_MAX) for column in TEXT]
    text = pl.concat_str(parts, separator=" ", ignore_nulls=True)
    texts = items.select(text.alias("text"))
    held = texts.unique().with_columns(pl.format(" {} ", folded(pl.col("text"))).alias("folded"))
    held = held.filter(pl.col("folded").str.contains_any(patterns))
    if not held.height:
        return none
    said = pl.col("folded").str.extract_many(patterns, overlapping=True)
    seen = (
        held.with_columns(said.alias("pattern"))
        .explode("pattern")
        .join(models, on="pattern", how="inner")
    )
    words = pl.col("folded").str.extract_all(r"\S+")
    named = words.list.set_intersection(pl.col("names")).list.len() > 0
    sure = seen.filter(named).select("text", pl.col("row").alias("recall")).unique()
    if not sure.height:
        return none
    hit = (
        texts.with_row_index("line")
        .join(sure, on="text", how="inner", maintain_order="left")
        .sort("line", "recall")
    )
    return hit.select(pl.col("line").cast(pl.Int64), pl.col("recall").cast(pl.Int64))


@lru_cache(maxsize=4)
def _models(
    known: Products, idle: frozenset[str], letters: int, signs: int
) -> tuple[pl.DataFrame, list[str]]:
    """Give `row, pattern, names` (models to look for, words of their makers) and all patterns."""
    words = pl.col("names").str.extract_all(rf"\S{{{letters},}}")
    together = pl.col("model").str.replace_all(" ", "", literal=True)
    models = (
        known.models.with_columns(words.list.set_difference(sorted(idle)).alias("names"))
        .filter((pl.col("names").list.len() > 0) & together.str.contains(r"\d"))
        .filter(together.str.len_chars() >= signs)
        .with_columns(pl.concat_list("model", together).alias("pattern"))
        .explode("pattern")
        .select("row", pl.format(" {} ", pl.col("pattern")).alias("pattern"), "names")
        .unique(["row", "pattern"], maintain_order=True)
    )
    return models, models["pattern"].unique().sort().to_list()


def _hits(line: Places, recall: Places) -> pl.DataFrame:
    return pl.DataFrame({"line": line, "recall": recall})


def _finding(
    items: pl.DataFrame, hits: pl.DataFrame, knowledge: Knowledge, on: dt.date, code: str
) -> pl.DataFrame:
    listed = knowledge.products.recalls.select("agency", "number", "day", "hazard", "title")[
        hits["recall"]
    ]
    rows = items.select(*KEYS, "gtin", "title").rename({"title": "said"})[hits["line"]]
    number = pl.coalesce("number", pl.lit("without number"))
    about = pl.coalesce("hazard", "title").str.slice(0, TITLE_CHARS_MAX)
    return finding(
        rows.hstack(listed),
        (pl.col("day") <= on) | pl.col("day").is_null(),
        code,
        knowledge.findings.severity(code, on),
        field="goods_items.gtin" if code == CODES[0] else "goods_items.title",
        seen=pl.col("gtin") if code == CODES[0] else pl.col("said").str.slice(0, TITLE_CHARS_MAX),
        detail=pl.concat_str(
            [
                pl.format("{} recall {}", pl.col("agency").fill_null("a"), number),
                pl.format(" of {}", pl.col("day")),
                pl.format(": {}", about),
            ],
            ignore_nulls=True,
        ),
    )
