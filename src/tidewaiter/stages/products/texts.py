"""Words against the product: is the text about the goods the GTIN names?

Texts are compared by the words they share and by the chapters their words and head nouns speak of
(`knowledge.word_chapters`); limits are the pack's. A vague text, or one without known words, says
nothing and is never held against a line. Where the catalogue has a tariff code, the classifier's
candidates have the last word: a text that may be of the product's chapter is no contradiction.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl

from tidewaiter.knowledge.load import Knowledge
from tidewaiter.knowledge.word_chapters import Flags, word_chapters
from tidewaiter.vocabulary.findings import finding

CODES = ("products.text_contradicts_gtin",)
PAIRS_MAX = 8192  # pairs of texts read at once
TEXT_CHARS_MAX = 300
QUOTED_CHARS_MAX = 80
_VAGUE = (pl.col("description_quality") == "vague").fill_null(value=False) | (
    pl.col("insufficient_description").fill_null(value=False)
)
_PAIR = ["said", "known", "p_brand"]
MARK = ", "  # parts a text so that no phrase runs across


def compare(lines: pl.DataFrame, knowledge: Knowledge) -> pl.DataFrame:
    """Add `other_goods`: whether the line's text is about other goods than its product."""
    limits = knowledge.product_rules.limits
    pairs = (
        lines.with_row_index("row")
        .filter(~_VAGUE)
        .select(
            "row",
            "p_brand",
            "hs6_candidates",
            _joined("title", "description").alias("said"),
            _joined("p_name", "p_gpc_text", "p_category").alias("known"),
            pl.col("p_hs_code").str.slice(0, 2).alias("chapter"),
        )
    )
    distinct = pairs.select(_PAIR).unique(maintain_order=True)
    far = distinct.filter(pl.Series(contradicting(distinct, knowledge)))
    other = np.zeros(lines.height, bool)
    if not far.height:
        return lines.with_columns(pl.Series("other_goods", other))
    doubted = pairs.join(far, on=_PAIR, how="semi", nulls_equal=True)
    of_chapter = (
        doubted.select("row", "chapter", pl.col("hs6_candidates").alias("each"))
        .explode("each")
        .select("row", "chapter", pl.col("each").struct.unnest())
        .filter(pl.col("hs6").str.slice(0, 2) == pl.col("chapter"))
        .group_by("row")
        .agg(pl.col("probability").sum())
        .filter(pl.col("probability") > limits["text.candidate_max"])
    )
    other[doubted["row"].to_numpy()] = True
    other[of_chapter["row"].to_numpy()] = False
    return lines.with_columns(pl.Series("other_goods", other))


def contradicting(pairs: pl.DataFrame, knowledge: Knowledge) -> Flags:
    """Say whether `said` and `known` are about different goods; `p_brand` is passed over."""
    limits = knowledge.product_rules.limits
    chapters = word_chapters(knowledge.nomenclature)
    out = np.zeros(pairs.height, bool)
    for start in range(0, pairs.height, PAIRS_MAX):
        part = pairs.slice(start, PAIRS_MAX)
        like = chapters.compare(part["said"], part["known"], part["p_brand"])
        out[start : start + PAIRS_MAX] = (
            (like.shared <= limits["text.shared_max"])
            & (like.chapters <= limits["text.alike_max"])
            & (like.heads <= limits["text.heads_max"])
            & (like.known >= limits["text.known_min"])
            & like.headed
        )
    return out


def find(lines: pl.DataFrame, knowledge: Knowledge, on: dt.date) -> pl.DataFrame:
    """Give a finding for each line about other goods than its product."""
    said = pl.coalesce("title", "description", "category_path").str.slice(0, QUOTED_CHARS_MAX)
    product = pl.coalesce("p_name", "p_gpc_text", "p_category").str.slice(0, QUOTED_CHARS_MAX)
    return finding(
        lines,
        pl.col("other_goods"),
        CODES[0],
        knowledge.findings.severity(CODES[0], on),
        field="goods_items.gtin",
        seen=pl.col("gtin"),
        detail=pl.format("'{}' is said; {} is '{}'", said, pl.col("gtin"), product),
    )


def _joined(*columns: str) -> pl.Expr:
    parts = [pl.col(column).str.slice(0, TEXT_CHARS_MAX) for column in columns]
    return pl.concat_str(parts, separator=MARK, ignore_nulls=True)
