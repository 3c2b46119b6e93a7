"""Lineage: for each field of a parcel of several messages, who said it, when, and how sure.

Knows only what `taking` noted. How sure a field is: how sure the messages are one parcel, times
the share of voices for it, one doubt counting as much as one word: `(agreeing + 1) / (agreeing +
contradicting + 1)`, at most 1.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from tidewaiter.stages.fuse.sections import Section
from tidewaiter.vocabulary.columns import LINEAGE


def lineage(sections: Mapping[str, Section], told: pl.DataFrame) -> pl.DataFrame:
    """Write the frame `lineage`.

    Args:
        sections: the merged frames by name.
        told: rows of `said`.

    Returns:
        One row a field told of a parcel, line or role that several messages speak of.
    """
    parts = [_of(name, section) for name, section in sections.items() if section.taken is not None]
    if not parts:
        return pl.DataFrame(schema=LINEAGE.schema)
    rows = pl.concat(parts)
    message = rows["message"]
    speaker = told.select("contribution_id", "view", "message_at", "confidence")[message]
    agreeing, contradicting = pl.col("agreeing"), pl.col("contradicting")
    share = (agreeing + 1) / (agreeing + contradicting + 1)
    return (
        rows.hstack(speaker.rename({"message_at": "said_at", "confidence": "matched"}))
        .with_columns((pl.col("matched") * share.clip(upper_bound=1.0)).alias("confidence"))
        .select(
            pl.col("parcel").alias("consignment_id"),
            *(pl.col(c) for c in LINEAGE.schema if c != "consignment_id"),
        )
    )


def _of(name: str, section: Section) -> pl.DataFrame:
    assert section.taken is not None  # noqa: S101 - the caller chose those that have it
    origin, fields = section.taken.origin, section.taken.fields
    words = pl.Series([f"{name}.{field}" for field in fields], dtype=pl.String)
    heads = section.heads[origin["group"]]
    none = {"item_no": pl.Int32, "role": pl.String}
    return origin.select(
        heads["parcel"],
        *(
            heads[c].alias(c) if c in heads.columns else pl.lit(None, dtype=dtype).alias(c)
            for c, dtype in none.items()
        ),
        words.gather(origin["field"]).alias("field"),
        section.rows["message"].gather(origin["row"]).alias("message"),
        "agreeing",
        "contradicting",
    )
