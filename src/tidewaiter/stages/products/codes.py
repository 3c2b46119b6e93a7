"""The catalogue's code against the declared one, and gaps filled beside what was declared.

A repair from the catalogue is a proposal with a confidence (the pack's): it stands in `repairs`
only, so that what is owed and required still rests on what was declared and read. Nothing is filled
from a product whose words contradict the line: its number may be the wrong one.
"""

from __future__ import annotations

import datetime as dt

import polars as pl

from tidewaiter.knowledge.load import Knowledge
from tidewaiter.knowledge.product_rules import ProductRules
from tidewaiter.stages.products.lines import KEYS
from tidewaiter.vocabulary.columns import REPAIRS
from tidewaiter.vocabulary.findings import finding

CODES = ("products.code_contradicts_product", "products.code_differs_from_product")
SOURCE = "catalogue"
FILLED = ("hs_code", "brand", "country_origin", "maker_name")
HEADING, SUBHEADING = 4, 6


def find(lines: pl.DataFrame, knowledge: Knowledge, on: dt.date) -> list[pl.DataFrame]:
    """Give findings where the declared code is not the product's."""
    declared, known = pl.col("hs_code"), pl.col("p_hs_code")
    heading = declared.str.slice(0, HEADING) != known.str.slice(0, HEADING)
    six = (declared.str.len_chars() >= SUBHEADING) & (known.str.len_chars() >= SUBHEADING)
    subheading = declared.str.slice(0, SUBHEADING) != known.str.slice(0, SUBHEADING)
    detail = pl.format("declared {}; the catalogue says {}", declared, known)
    when = {
        CODES[0]: heading & (known.str.len_chars() >= HEADING) & ~pl.col("other_goods"),
        CODES[1]: ~heading & six & subheading,
    }
    return [
        finding(
            lines,
            hit,
            code,
            knowledge.findings.severity(code, on),
            field="goods_items.hs_code",
            seen=declared,
            detail=detail,
        )
        for code, hit in when.items()
    ]


def fill(lines: pl.DataFrame, makers: pl.DataFrame, rules: ProductRules) -> list[pl.DataFrame]:
    """Give repairs for what is missing on the lines and known of their products.

    Args:
        lines: lines of known products, with `other_goods`.
        makers: parcels that name their maker as a party (`consignment_id`).
        rules: gives the confidence of each field.
    """
    named = pl.col("consignment_id").is_in(makers["consignment_id"].implode())
    filled = []
    for column in FILLED:
        gap = pl.col(column).is_null() & pl.col(f"p_{column}").is_not_null()
        gap = gap & ~named if column == "maker_name" else gap
        rows = lines.filter(gap & ~pl.col("other_goods"))
        if not rows.height:
            continue
        filled.append(
            rows.select(
                *KEYS,
                pl.lit(None, dtype=pl.String).alias("role"),
                pl.lit(f"goods_items.{column}").alias("field"),
                pl.lit(None, dtype=pl.String).alias("declared"),
                pl.col(f"p_{column}").alias("repaired"),
                pl.lit(SOURCE).alias("source"),
                pl.lit(rules.limits[f"fill.{column}"]).alias("confidence"),
            ).select(REPAIRS.schema.keys())
        )
    return filled
