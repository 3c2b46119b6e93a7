"""Notes: what fusing itself found remarkable: resends, parts, shared ids, unsure matches.

Findings about messages, not about the goods; contradictions are in `contradictions`.
"""

from __future__ import annotations

import datetime as dt

import polars as pl

from tidewaiter.knowledge.load import Knowledge
from tidewaiter.stages.fuse.naming import SHARED_ID
from tidewaiter.vocabulary.findings import finding

CONFIDENCE_SURE = 0.98
CODES = ("fuse.resent", "fuse.parts_joined", "fuse.id_shared", "fuse.unsure_match")


def notes(told: pl.DataFrame, knowledge: Knowledge, on: dt.date) -> list[pl.DataFrame]:
    """Write the findings about messages.

    Args:
        told: rows of `said`.
        knowledge: gives the finding weights.
        on: day whose weights count.
    """
    rows = told.select(
        "message_at",
        "stands",
        "times",
        "parts",
        "weight",
        "confidence",
        "contribution_id",
        "main",
        consignment_id="parcel",
    )
    main = pl.col("contribution_id") == pl.col("main")
    when = pl.col("message_at").dt.strftime("%Y-%m-%d %H:%M")
    said = {
        "fuse.resent": (
            pl.col("stands") & (pl.col("times") > 1),
            "contributions.message_id",
            pl.format(
                "said {} times; the last counts{}",
                "times",
                pl.format(", of {}", when).fill_null(""),
            ),
        ),
        "fuse.parts_joined": (
            (pl.col("parts") > 1) & main,
            "contributions.position",
            pl.format("{} pieces of one message were put together", "parts"),
        ),
        "fuse.id_shared": (
            pl.col("consignment_id").str.contains(SHARED_ID) & main,
            "consignments.consignment_id",
            pl.format(
                "another parcel goes under {}", pl.col("consignment_id").str.split("~").list.first()
            ),
        ),
        "fuse.unsure_match": (
            (pl.col("confidence") < CONFIDENCE_SURE) & main,
            "consignments.match_confidence",
            pl.format(
                "messages joined by evidence, {} % sure",
                (pl.col("confidence") * 100).floor().cast(pl.Int64),
            ),
        ),
    }
    seen = rows.select(hit.any().alias(code) for code, (hit, _, _) in said.items()).row(
        0, named=True
    )
    return [
        finding(rows, hit, code, knowledge.findings.severity(code, on), field=place, detail=detail)
        for code, (hit, place, detail) in said.items()
        if seen[code]
    ]
