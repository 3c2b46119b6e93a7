"""Merge: the messages of each parcel become one consignment, its lines and its parties.

A parcel of which one message speaks goes through as it is, under its new id. Of others each bundle
of fields is taken from the most trusted message that has it (see `fields`), and `lineage` keeps who
said it, when, how sure, who agrees and who does not. Messages said again later are remembered in
`contribution_ids` only. Findings and repairs follow their parcel and line.
"""

from __future__ import annotations

import datetime as dt

import polars as pl

from tidewaiter.knowledge.load import Knowledge
from tidewaiter.stages.fuse.contradictions import contradictions
from tidewaiter.stages.fuse.keys import beside, whole
from tidewaiter.stages.fuse.lineage import lineage
from tidewaiter.stages.fuse.notes import notes
from tidewaiter.stages.fuse.said import said
from tidewaiter.stages.fuse.sections import consignments_of, items_of, parties_of
from tidewaiter.vocabulary.batch import Batch, conform

FRAMES = ("consignments", "goods_items", "parties")
OWNERS = ("formats", "check", "fuse")


def merge(batch: Batch, pairing: pl.DataFrame, knowledge: Knowledge, *, on: dt.date) -> Batch:
    """Make one consignment of each parcel's messages.

    Args:
        batch: after `check`; every message of a parcel must be in it. A message that came twice
            counts once.
        pairing: `contribution_id, consignment_id, confidence` (from `pair`).
        knowledge: gives `matching` (trust), `regime` and `quality` (rates) and `findings`.
        on: day whose rates and finding weights count.

    Returns:
        One row a parcel in `consignments`, one a line, one a role; `lineage`; findings and repairs
        under the new ids, and findings `fuse.*`. Parcels in order of their first message.
    """
    matching = knowledge.matching
    batch = _each_once(whole(batch))
    alone = _all_alone(batch, pairing, knowledge, on)
    if alone is not None:
        return alone
    told = said(batch, pairing, matching)
    consignments = consignments_of(batch.consignments, told, matching)
    items = items_of(batch.goods_items, told, matching)
    parties = parties_of(batch.parties, told, matching)
    sections = {"consignments": consignments, "goods_items": items, "parties": parties}
    frames = {
        name: conform(section.merged, name, OWNERS if name == "consignments" else OWNERS[:2])
        for name, section in sections.items()
    }
    found = [*contradictions(sections, knowledge, on), *notes(told, knowledge, on)]
    rest = {
        "findings": _follow(batch.findings, told, items.lines),
        "repairs": _follow(batch.repairs, told, items.lines),
        "lineage": lineage(sections, told),
    }
    return batch.with_frames(**frames, **rest).with_findings(*found)


def passed(batch: Batch, confidence: pl.Series | None = None) -> Batch:
    """Give the batch, one message a parcel, with the columns of `fuse`; ids untouched."""
    views = batch.contributions["view"]
    same = views.n_unique() == 1
    consignments = batch.consignments
    view = (
        pl.lit(views.head(1).drop_nulls().to_list(), dtype=pl.List(pl.String))
        if same or not views.len()
        else pl.concat_list("view").list.drop_nulls()
    )
    if not same:
        said = batch.contributions.select("contribution_id", "view")
        consignments = beside(consignments, said)
    consignments = consignments.with_columns(
        view.alias("views"),
        pl.concat_list("contribution_id").alias("contribution_ids"),
        (pl.lit(1.0) if confidence is None else confidence).alias("match_confidence"),
    ).drop("view", strict=False)
    return batch.with_frames(consignments=conform(consignments, "consignments", ()))


def _all_alone(
    batch: Batch, pairing: pl.DataFrame, knowledge: Knowledge, on: dt.date
) -> Batch | None:
    """Pass the batch where every message has a parcel of its own; None where not."""
    ids = batch.consignments.select("contribution_id", "consignment_id")
    found = beside(ids, pairing.rename({"consignment_id": "parcel"}))
    found = found.with_columns(pl.coalesce("parcel", "consignment_id").alias("parcel"))
    if found["parcel"].n_unique() < found.height or (
        found["contribution_id"].n_unique() < found.height
    ):
        return None
    confidence = found["confidence"].fill_null(1.0)
    if found["parcel"].equals(found["consignment_id"]):
        return passed(batch, confidence)
    parcels = found.select("contribution_id", "parcel")
    frames = {
        name: beside(getattr(batch, name), parcels)
        .with_columns(pl.coalesce("parcel", "consignment_id").alias("consignment_id"))
        .drop("parcel")
        for name in (*FRAMES, "findings", "repairs")
    }
    told = said(batch, pairing, knowledge.matching)
    renamed = passed(batch.with_frames(**frames), confidence)
    return renamed.with_findings(*notes(told, knowledge, on))


def _each_once(batch: Batch) -> Batch:
    """Drop what a message that came twice brought the second time."""
    contributions = batch.contributions
    if contributions["contribution_id"].n_unique() == contributions.height:
        return batch
    keys = {
        "contributions": ["contribution_id"],
        "consignments": ["contribution_id"],
        "goods_items": ["contribution_id", "item_no"],
        "parties": ["contribution_id", "role"],
        "findings": None,
        "repairs": None,
    }
    twice = contributions.filter(pl.col("contribution_id").is_duplicated())["contribution_id"]
    again = pl.col("contribution_id").is_in(twice.unique().implode())
    frames = {}
    for name, key in keys.items():
        rows = getattr(batch, name).with_row_index("row")
        kept = rows.filter(again).unique(key or rows.columns[1:], keep="first")
        rest = rows.filter(~again.fill_null(value=False))
        frames[name] = pl.concat([rest, kept]).sort("row").drop("row")
    return batch.with_frames(**frames)


def _follow(rows: pl.DataFrame, told: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Put findings or repairs under their parcel's id and their line's new number."""
    if not rows.height:
        return rows
    columns = rows.columns
    parcels = told.select("contribution_id", "parcel")
    rows = rows.join(parcels, on="contribution_id", how="left", maintain_order="left")
    if rows["contribution_id"].null_count():
        only = told.group_by("said_id").agg(
            pl.col("parcel").first().alias("only"), pl.col("parcel").n_unique().alias("parcels")
        )
        rows = rows.join(
            only.filter(pl.col("parcels") == 1).select(consignment_id="said_id", only="only"),
            on="consignment_id",
            how="left",
            maintain_order="left",
        ).with_columns(pl.coalesce("parcel", "only").alias("parcel"))
    if lines.height:
        rows = rows.join(
            lines, on=["contribution_id", "item_no"], how="left", maintain_order="left"
        )
        rows = rows.with_columns(pl.coalesce("line_no", "item_no").alias("item_no"))
    return rows.with_columns(
        pl.coalesce("parcel", "consignment_id").alias("consignment_id")
    ).select(columns)
