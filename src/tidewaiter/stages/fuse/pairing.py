"""Pairing: which messages speak of one parcel.

First by identifiers, pooled over all kinds, because one party's order number is another's
reference; then, for parcels that still lack a view, by evidence among messages that agree in a
cheap key. Messages join best pair first, each pair being the other's best, so that of two like
parcels each finds its own. Two messages of one view never join, except a message sent again
(same format, sender and parcel id) and, where they share an identifier, two senders' views.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from tidewaiter.knowledge.matching import Matching
from tidewaiter.stages.fuse.blocks import evidence_pairs, identifier_pairs
from tidewaiter.stages.fuse.evidence import weigh
from tidewaiter.stages.fuse.keys import once, with_plain_ids, with_plain_texts
from tidewaiter.stages.fuse.naming import parcel_ids
from tidewaiter.stages.fuse.rounds import Edges, Groups, join_best_first
from tidewaiter.stages.fuse.units import units

PAIRING = {
    "contribution_id": pl.String(),
    "consignment_id": pl.String(),
    "confidence": pl.Float64(),
}
SLOT_BITS = 64  # with more senders than this some share a bit and never join
VIEWS_MIN = 2


def pair(keys: pl.DataFrame, matching: Matching) -> pl.DataFrame:
    """Say for each message which parcel it is about.

    Args:
        keys: rows of `match_keys`, of the whole input; a message that came twice counts once.
        matching: the matching packs.

    Returns:
        `contribution_id` (each once), `consignment_id` (the order's id where an order speaks of
        the parcel, else the tracking number, else the sender's own), `confidence` (0-1; 1 for a
        message alone).
    """
    rows = once(keys, "contribution_id")
    one_view = rows["view"].n_unique() <= 1 and rows["said_id"].n_unique() == rows.height
    if one_view and (rows["sender"].n_unique() <= 1 or not _share_identifiers(rows, matching)):
        return rows.select(
            "contribution_id", consignment_id="said_id", confidence=pl.lit(1.0, pl.Float64)
        )
    rows = with_plain_texts(with_plain_ids(rows), matching)
    of_unit, nodes = units(rows, matching)
    groups = _grouped(nodes, matching)
    label = groups.label[of_unit]
    found = rows.select("contribution_id").with_columns(
        pl.Series("group", label), pl.Series("confidence", groups.confidence[label])
    )
    named = parcel_ids(nodes, groups.label)
    return found.join(named, on="group", how="left", maintain_order="left").select(PAIRING.keys())


def _share_identifiers(rows: pl.DataFrame, matching: Matching) -> bool:
    return identifier_pairs(with_plain_ids(rows), matching).height > 0


def _grouped(nodes: pl.DataFrame, matching: Matching) -> Groups:
    groups = _single(nodes)
    rounds_max = int(matching.fuse["limit"]["rounds_max"])
    pairs = identifier_pairs(nodes, matching)
    edges = _edges(pairs.filter(_fitting(pairs, groups)), nodes, matching)
    groups = join_best_first(groups, edges, rounds_max)
    every_view = np.bitwise_or.reduce(groups.views)
    lacking = np.flatnonzero(groups.views[groups.label] != every_view)
    if lacking.size < VIEWS_MIN or np.bitwise_count(every_view) < VIEWS_MIN:
        return groups
    open_nodes = nodes[lacking].with_columns(
        pl.Series("node", lacking, dtype=pl.UInt32),
        pl.Series("group", groups.label[lacking]),
        pl.Series("views", groups.views[groups.label[lacking]]),
    )
    more = evidence_pairs(open_nodes, matching).join(pairs, on=["left", "right"], how="anti")
    more = more.with_columns(pl.lit(0, pl.UInt32).alias("shared"))
    found = _edges(more.filter(_fitting(more, groups)), nodes, matching)
    return join_best_first(groups, edges.and_also(found), rounds_max)


def _single(nodes: pl.DataFrame) -> Groups:
    views = nodes["view"].fill_null("").rank("dense").cast(pl.UInt64).to_numpy() - 1
    senders = nodes.select(pl.struct("view", "sender").rank("dense")).to_series()
    slots = (senders.cast(pl.UInt64).to_numpy() - 1) % SLOT_BITS
    one = np.uint64(1)
    return Groups(
        label=np.arange(nodes.height, dtype=np.int64),
        views=np.left_shift(one, views % SLOT_BITS),
        slots=np.left_shift(one, slots),
        confidence=np.ones(nodes.height, dtype=np.float64),
    )


def _fitting(pairs: pl.DataFrame, groups: Groups) -> pl.Series:
    """Whether the groups of both sides may be one parcel."""
    a, b = (groups.label[pairs[side].to_numpy()] for side in ("left", "right"))
    shared = pairs["shared"].to_numpy() > 0
    clash = (groups.slots[a] & groups.slots[b]) > 0
    clash |= ((groups.views[a] & groups.views[b]) > 0) & ~shared
    return pl.Series((a != b) & ~clash)


def _edges(pairs: pl.DataFrame, nodes: pl.DataFrame, matching: Matching) -> Edges:
    surplus = weigh(pairs, nodes, matching) - matching.fuse_threshold
    tie = nodes["contribution_id"].hash()
    every = Edges(
        left=pairs["left"].cast(pl.Int64).to_numpy(),
        right=pairs["right"].cast(pl.Int64).to_numpy(),
        surplus=surplus,
        shared=pairs["shared"].to_numpy() > 0,
        tie=tie.gather(pairs["left"]).to_numpy() ^ tie.gather(pairs["right"]).to_numpy(),
    )
    return every.only(surplus >= 0)
