"""The frame measures look at: one row a line, with what conditions may speak of.

Only columns that a measure or way of collection in force speaks of are made.
"""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from tidewaiter.knowledge.rates.tree import Percent, nodes
from tidewaiter.knowledge.regimes import RegimeDay
from tidewaiter.knowledge.regimes.conditions import LINE_COLUMNS, NOTES, PARCEL_COLUMNS, fact_column

CHANNELS = ("post", "express", "other")
BUSINESSES = ("b2c", "b2b", "c2c")
EXPRESS_WORDS = ("express", "courier")
_CONTENT = "content("


def add_ways(parcels: pl.DataFrame) -> pl.DataFrame:
    """Add `channel` and `business` to the parcels.

    The channel is what the message says, else post for the mode post, else other: an airway
    parcel is express only where somebody says so. Gifts are between persons unless told otherwise.
    """
    said = pl.col("channel_text").str.strip_chars().str.to_lowercase()
    kind = pl.col("business_text").str.strip_chars().str.to_lowercase()
    return parcels.with_columns(
        pl.when(said.is_in(CHANNELS))
        .then(said)
        .when(said.is_in(EXPRESS_WORDS))
        .then(pl.lit("express"))
        .when(pl.col("transport_mode") == "post")
        .then(pl.lit("post"))
        .otherwise(pl.lit("other"))
        .alias("channel"),
        pl.when(kind.is_in(BUSINESSES))
        .then(kind)
        .when(pl.col("nature") == "gift")
        .then(pl.lit("c2c"))
        .otherwise(pl.lit("b2c"))
        .alias("business"),
    )


def needed_facts(law: RegimeDay) -> tuple[str, ...]:
    """Give the declared facts that any measure or collection of the day looks at."""
    hits = [part.hit for part in law.measures] + [part.hit for part in law.collections]
    asked = {fact for hit in hits for fact in hit.facts}
    for measure in law.measures:
        asked |= {
            f"content_{node.of.removeprefix(_CONTENT).removesuffix(')')}"
            for node in nodes(measure.rate)
            if isinstance(node, Percent) and node.of.startswith(_CONTENT)
        }
    return tuple(sorted(asked))


def lines_and_facts(
    items: pl.DataFrame, parcels: pl.DataFrame, parties: pl.DataFrame, law: RegimeDay
) -> pl.DataFrame:
    """Give one row a line with every column a condition of the day may speak of."""
    wanted = _wanted(law)
    facts = parcels.select("consignment_id", *_of_parcels(wanted))
    if "region_destination" in wanted:
        facts = facts.join(
            _regions(parties), on="consignment_id", how="left", maintain_order="left"
        )
    made = items.select(
        "consignment_id", "contribution_id", "item_no", "customs_value", "_freight", "_insurance",
        "_item_value", "_rate_confidence", "hs6", "country_origin", "quantity", "net_mass_g",
        "tariff_rate_text", "declared_facts", pl.col("_item_value").alias("item_value"),
        _goods_code().alias("goods_code"), *(column for column in (NOTES,) if column in items),
    )  # fmt: skip
    made = made.with_columns(
        (pl.col("item_value") / pl.col("quantity").cast(pl.Decimal(38, 6))).alias("unit_value")
        if "unit_value" in wanted
        else pl.lit(None, dtype=pl.Null).alias("unit_value"),
        pl.col("country_origin").n_unique().over("consignment_id").alias("origins_in_parcel")
        if "origins_in_parcel" in wanted
        else pl.lit(None, dtype=pl.UInt32).alias("origins_in_parcel"),
        pl.col("hs6").str.slice(0, 4).alias("heading"),
        pl.col("hs6").str.slice(0, 2).alias("chapter"),
        *_facts(items, needed_facts(law)),
    )
    return made.join(facts, on="consignment_id", how="left", maintain_order="left")


def _wanted(law: RegimeDay) -> set[str]:
    named: set[str] = {table.column for table in law.tables.values()}
    for hit in [m.hit for m in law.measures] + [c.hit for c in law.collections]:
        named |= set(hit.when.meta.root_names())
    return named & {*LINE_COLUMNS, *PARCEL_COLUMNS}


def _goods_code() -> pl.Expr:
    """The declared code where it begins with the subheading taken, else the subheading."""
    longer = pl.col("hs_code").str.starts_with(pl.col("hs6")) & (
        pl.col("hs_code").str.len_chars() > 6
    )
    return pl.when(longer).then("hs_code").otherwise("hs6")


def _of_parcels(wanted: Iterable[str]) -> list[pl.Expr]:
    made = {
        "parcel_value": pl.col("_goods_value"),
        "parcel_customs_value": pl.col("customs_value"),
        "limit_value": pl.col("_limit_value"),
        "over_limit": pl.col("_over_limit"),
        "loading_day": pl.col("loading_at").dt.date(),
        "arrival_day": pl.col("arrival_at").dt.date(),
        "scheme": pl.lit(None, dtype=pl.String),
    }
    skipped = {"region_destination", *LINE_COLUMNS}
    return [
        made.get(column, pl.col(column)).alias(column)
        for column in PARCEL_COLUMNS
        if column in wanted and column not in skipped
    ]


def _regions(parties: pl.DataFrame) -> pl.DataFrame:
    """Give the consignee's region (state, province) of each parcel, in capitals."""
    there = parties.filter(pl.col("role").is_in(["consignee", "importer", "buyer"]))
    region = pl.col("region").str.strip_chars().str.to_uppercase()
    return (
        there.filter(pl.col("region").is_not_null())
        .sort("role", descending=True)
        .group_by("consignment_id", maintain_order=True)
        .agg(region.last().alias("region_destination"))
    )


def _facts(items: pl.DataFrame, facts: tuple[str, ...]) -> list[pl.Expr]:
    told = items["declared_facts"].null_count() < items.height
    return [
        (
            pl.col("declared_facts").str.json_path_match(f"$.{fact}")
            if told
            else pl.lit(None, dtype=pl.String)
        ).alias(fact_column(fact))
        for fact in facts
    ]
