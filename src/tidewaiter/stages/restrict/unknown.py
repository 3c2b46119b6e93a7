"""What nobody knows: goods without a word or a code, and lanes whose controls are not written."""

from __future__ import annotations

import datetime as dt

import polars as pl

from tidewaiter.knowledge.load import Knowledge
from tidewaiter.vocabulary.batch import Batch
from tidewaiter.vocabulary.findings import finding

TOLD = ("hs6", "hs_code", "title", "description", "category_path")


def unknown(batch: Batch, knowledge: Knowledge, *, on: dt.date) -> list[pl.DataFrame]:
    """Find goods nobody can say anything of, and parcels of a lane without controls.

    Returns:
        Findings `restrict.goods_unknown` (one a line) and `restrict.no_controls_known` (one a
        parcel that holds goods).
    """
    texts = knowledge.findings
    nothing = pl.all_horizontal(pl.col(name).fill_null("") == "" for name in TOLD)
    found = []
    code = "restrict.goods_unknown"
    maybe = batch.goods_items.filter(pl.col("hs6").is_null())
    if maybe.height:
        severity = texts.severity(code, on)
        field = "goods_items.description"
        found.append(finding(maybe, nothing, code, severity, field=field))
    if not knowledge.controls.known:
        code = "restrict.no_controls_known"
        holds = batch.consignments.join(batch.goods_items, on="consignment_id", how="semi")
        found.append(
            finding(
                holds,
                pl.lit(value=True),
                code,
                texts.severity(code, on),
                detail=pl.lit(f"lane {knowledge.lane}"),
            )
        )
    return found
