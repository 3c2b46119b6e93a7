"""Memory: what was verified for this very product.

By GTIN, by the shop's product id or SKU, by the words alone, in this order. A remembered code is
not given where the words of the line are clearly of another chapter: a GTIN of a toothbrush on a
line that says "watch" is a doubt, not an answer.
"""

from __future__ import annotations

import polars as pl

from tidewaiter.knowledge.nomenclature import DeclaredWeights
from tidewaiter.knowledge.verified import Verified, words_of_joined
from tidewaiter.stages.classify.scoring import Scores

_NONE = pl.lit(None, dtype=pl.String)


def remembered(lines: pl.DataFrame, joined: pl.Series, verified: Verified) -> pl.DataFrame:
    """Give frame `_verified, _by, _exact`, one row a line, null where nothing is remembered.

    `_exact` says that these very words were verified.

    Args:
        lines: frame with `gtin`, `product_id` and `sku` where something is verified.
        joined: the joined text of each line.
        verified: the memory.
    """
    if not verified.valid.height:
        never = pl.lit(value=False).alias("_exact")
        silent = lines.with_columns(_NONE.alias("_verified"), _NONE.alias("_by"), never)
        return silent.select("_verified", "_by", "_exact")
    product = pl.coalesce("product_id", "sku") if "sku" in lines.columns else _NONE
    gtin = pl.col("gtin") if "gtin" in lines.columns else _NONE
    named = lines.with_columns(gtin.alias("gtin"), product.alias("product"))
    keys = named.select("gtin", "product").hstack(
        joined.to_frame("joined").select(words_of_joined(pl.col("joined")).alias("text"))
    )
    for name, known in verified.answers.items():
        renamed = known.select(
            "key", pl.col("hs6").alias(f"_hs6_{name}"), pl.col("by").alias(f"_by_{name}")
        )
        keys = keys.join(renamed, left_on=name, right_on="key", how="left", maintain_order="left")
    names = list(verified.answers)
    return keys.select(
        pl.coalesce(f"_hs6_{name}" for name in names).alias("_verified"),
        pl.coalesce(f"_by_{name}" for name in names).alias("_by"),
        (
            pl.col("_hs6_text").is_not_null()
            & (pl.coalesce(f"_hs6_{name}" for name in names) == pl.col("_hs6_text"))
        ).alias("_exact"),
    )


def agreeing(verified: pl.DataFrame, scores: Scores, weights: DeclaredWeights) -> pl.DataFrame:
    """Take back what is remembered where the words are clearly of another chapter."""
    if verified["_verified"].null_count() == verified.height:
        return verified
    chapter = verified["_verified"].str.slice(0, 2).cast(pl.Int64).fill_null(0).to_numpy()
    other = ~(scores.code2 == chapter[:, None]).any(axis=1)
    firm = scores.found & (scores.sure2[:, 0] >= weights.contradicting_from)
    keep = pl.Series(~(other & firm))
    return verified.with_columns(pl.when(keep).then(pl.col("_verified", "_by")))
