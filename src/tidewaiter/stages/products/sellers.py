"""Seller against owner: does the seller have to do with the brand whose number the goods bear?

A seller is known to the product if one word of its name that tells names apart is a word of the
brand, the number's owner, the maker or a listed reseller; or if the brand, written together, stands
in its name. Honest resale is the rule in trade, so a stranger is a note (only where the catalogue
names owner or resellers), and weighs only for brands of the pack's watch list. Where the words are
about other goods the number may be the wrong one, and nothing is said of the seller.
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache

import polars as pl

from tidewaiter.knowledge.load import Knowledge
from tidewaiter.knowledge.product_rules import ProductRules
from tidewaiter.stages.products.lines import party
from tidewaiter.vocabulary.findings import finding
from tidewaiter.vocabulary.folding import folded
from tidewaiter.vocabulary.terms import Role

CODES = ("products.seller_not_owner", "products.seller_of_watched_brand")
FIELD = "parties.name"


def find(
    lines: pl.DataFrame, parties: pl.DataFrame, knowledge: Knowledge, on: dt.date
) -> list[pl.DataFrame]:
    """Give findings for lines whose seller is a stranger to the product."""
    branded = _OWNED | pl.col("p_brand").is_not_null()
    told = lines.filter(branded & ~pl.col("other_goods"))
    sold_by = party(parties, Role.SELLER, _name().alias("seller")).drop_nulls("seller")
    if not told.height or not sold_by.height:
        return []
    rows = told.join(sold_by, on="consignment_id", how="inner", maintain_order="left")
    pairs = rows.select("seller", *_OWN).unique(maintain_order=True)
    legal_forms = tuple(knowledge.matching.words.legal_forms)
    strange = pairs.with_columns(_stranger(knowledge.product_rules, legal_forms))
    watched = folded(pl.col("p_brand")).is_in(knowledge.product_rules.watched(on))
    rows = rows.join(
        strange, on=["seller", *_OWN], how="left", maintain_order="left", nulls_equal=True
    ).with_columns(watched.fill_null(value=False).alias("watched"))
    who = pl.coalesce("p_owner_name", "p_brand")
    detail = pl.format("product of {}", who)
    return [
        finding(
            rows,
            pl.col("stranger")
            & (pl.col("watched") if code == CODES[1] else _OWNED & ~pl.col("watched")),
            code,
            knowledge.findings.severity(code, on),
            field=FIELD,
            seen=pl.col("gtin"),
            detail=detail,
        )
        for code in CODES
    ]


_OWNED = pl.col("p_owner_name").is_not_null() | pl.col("p_resellers").is_not_null()
_OWN = ("p_brand", "p_owner_name", "p_maker_name", "p_resellers")


def _name() -> pl.Expr:
    parts = [pl.col(column).replace("", None) for column in ("name", "company")]
    return pl.concat_str(parts, separator=" ", ignore_nulls=True).replace("", None)


@lru_cache(maxsize=4)
def _stranger(rules: ProductRules, legal_forms: tuple[str, ...]) -> pl.Expr:
    idle = sorted(rules.generic | frozenset(legal_forms))
    letters = int(rules.limits["names.word_letters_min"])

    def words(text: pl.Expr) -> pl.Expr:
        return folded(text).str.extract_all(rf"\S{{{letters},}}").list.set_difference(idle)

    own = pl.concat_str([pl.col(column) for column in _OWN], separator=" ", ignore_nulls=True)
    common = words(pl.col("seller")).list.set_intersection(words(own)).list.len() > 0
    brand = folded(pl.col("p_brand")).str.replace_all(" ", "", literal=True)
    together = folded(pl.col("seller")).str.replace_all(" ", "", literal=True)
    named = (brand.str.len_chars() >= letters) & together.str.contains(brand, literal=True)
    return (~common & ~named.fill_null(value=False)).alias("stranger")
