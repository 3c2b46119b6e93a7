"""Lines whose product is known, with the catalogue's values beside the declared ones.

The catalogue's columns carry the prefix `p_`, so that no reader takes them for declared data.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from tidewaiter.knowledge.products import Products, gtin_numbers, places
from tidewaiter.vocabulary.terms import Role

KEYS = ("consignment_id", "contribution_id", "item_no")
LINE = (
    *KEYS, "title", "description", "category_path", "brand", "maker_name", "gtin", "hs_code",
    "hs6_candidates", "country_origin", "description_quality", "insufficient_description",
)  # fmt: skip
PRODUCT = (
    "name", "brand", "category", "gpc_text", "hs_code", "country_origin", "maker_name",
    "maker_country", "owner_name", "resellers",
)  # fmt: skip


def known_lines(items: pl.DataFrame, known: Products) -> pl.DataFrame:
    """Give the lines whose GTIN is in the catalogue: `LINE`, `line` (row), `p_<column>`."""
    none = items.height == 0 or items["gtin"].null_count() == items.height
    if none or not known.catalogue.height:
        return pl.DataFrame()
    at = places(known.keys, gtin_numbers(items["gtin"]))
    line = np.flatnonzero(at >= 0)
    if not len(line):
        return pl.DataFrame()
    lines = items.select(LINE)[line].with_columns(pl.Series("line", line))
    product = known.catalogue.select(pl.col(PRODUCT).name.prefix("p_"))[at[line]]
    return lines.hstack(product)


def makers_named(parties: pl.DataFrame) -> pl.DataFrame:
    """Give the makers that parcels name as a party: `consignment_id, maker_party` (country)."""
    return party(parties, Role.MAKER, pl.col("country").alias("maker_party")).drop_nulls()


def party(parties: pl.DataFrame, role: Role, *columns: pl.Expr) -> pl.DataFrame:
    """Give columns of the party in a role, one row a parcel."""
    if not parties.height or not (parties["role"] == role.value).any():
        return parties.clear().select("consignment_id", *columns)
    rows = parties.filter(pl.col("role") == role.value).select("consignment_id", *columns)
    return rows.unique("consignment_id", keep="first", maintain_order=True)
