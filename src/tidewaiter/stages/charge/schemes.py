"""Which way of collection a parcel takes: the one asked for if the law lets it, else the first.

A parcel takes a way only if every one of its lines may (one bottle of wine among toys refuses the
whole parcel). A way asked for and not allowed is a finding, and the parcel falls back.
"""

from __future__ import annotations

import polars as pl

from tidewaiter.knowledge.regimes import RegimeDay

NONE = pl.lit(None, dtype=pl.String)
REFUSED = "_scheme_refused"


def add_schemes(parcels: pl.DataFrame, work: pl.DataFrame, law: RegimeDay) -> pl.DataFrame:
    """Add `scheme`, `debtor` and the flag `_scheme_refused` to the parcels."""
    asked = pl.col("scheme_text").str.strip_chars().str.to_lowercase()
    if not law.collections:
        return parcels.with_columns(
            NONE.alias("scheme"), NONE.alias("debtor"), asked.is_not_null().alias(REFUSED)
        )
    able = work.group_by("consignment_id").agg(
        (one.hit.when.all()).alias(f"_able_{number}") for number, one in enumerate(law.collections)
    )
    joined = parcels.join(able, on="consignment_id", how="left", maintain_order="left")
    chosen, debtor, granted = NONE, NONE, pl.lit(value=False)
    for number, one in reversed(list(enumerate(law.collections))):
        met = pl.col(f"_able_{number}").fill_null(value=False)
        wanted = asked == one.scheme
        granted = granted | (met & wanted.fill_null(value=False))
        if not one.asked_only:
            chosen = pl.when(met).then(pl.lit(one.scheme)).otherwise(chosen)
            debtor = pl.when(met).then(pl.lit(one.debtor)).otherwise(debtor)
    for number, one in reversed(list(enumerate(law.collections))):
        met = pl.col(f"_able_{number}") & (asked == one.scheme)
        chosen = pl.when(met).then(pl.lit(one.scheme)).otherwise(chosen)
        debtor = pl.when(met).then(pl.lit(one.debtor)).otherwise(debtor)
    return joined.with_columns(
        chosen.alias("scheme"),
        debtor.alias("debtor"),
        (asked.is_not_null() & ~granted).fill_null(value=False).alias(REFUSED),
    ).drop(f"_able_{number}" for number in range(len(law.collections)))
