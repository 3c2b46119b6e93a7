"""Fuse: several parties' messages about one parcel become one consignment.

In three steps that can run apart: `match_keys` makes a slim row of each message, `pair` says over
all rows which message is about which parcel, `merge` makes one consignment of each parcel's
messages (and may run on any cut of the batch that keeps a parcel's messages together). `fuse` is
the three together. Where every message is of one view and has its own parcel id there is nothing
to fuse, and the frames pass untouched.

Idempotent: a message that came twice counts once; one said again with other content replaces the
earlier. Serves requirements A1, A8, C1, C2, C4 and, for parties within a parcel, C3.
Does NOT compare parcels of different persons (see `link`) or judge what a contradiction means.
"""

from __future__ import annotations

import datetime as dt

from tidewaiter.knowledge.load import Knowledge
from tidewaiter.stages.fuse import contradictions, notes
from tidewaiter.stages.fuse.keys import match_keys
from tidewaiter.stages.fuse.merging import merge, passed
from tidewaiter.stages.fuse.pairing import pair
from tidewaiter.vocabulary.batch import Batch
from tidewaiter.vocabulary.stage import StageContract
from tidewaiter.vocabulary.terms import Scope

__all__ = ["CONTRACT", "fuse", "match_keys", "merge", "pair"]

CONTRACT = StageContract(
    name="fuse",
    needs=(
        "consignments.order_id",
        "consignments.tracking_id",
        "consignments.message_at",
        "consignments.ordered_day",
        "consignments.total_value",
        "consignments.gross_mass_g",
        "consignments.item_count",
        "goods_items.declared_value",
        "goods_items.description",
        "goods_items.hs_code",
        "parties.name",
        "contributions.view",
    ),
    gives=(
        "consignments.views",
        "consignments.contribution_ids",
        "consignments.match_confidence",
        "lineage",
    ),
    scope=Scope.WHOLE,
    codes=(*contradictions.CODES, *notes.CODES),
)


def fuse(batch: Batch, knowledge: Knowledge, *, on: dt.date) -> Batch:
    """Make one consignment of all that is said about each parcel.

    Args:
        batch: after `check`; one row of `consignments` a message.
        knowledge: gives `matching`, `regime` and `quality` (rates) and `findings`.
        on: day whose rates and finding weights count.

    Returns:
        One row a parcel in `consignments` with `views, contribution_ids, match_confidence`, one
        row a line in `goods_items`, one a role in `parties`; `lineage` for parcels of several
        messages; findings `fuse.*`.
    """
    if _nothing_to_fuse(batch):
        return passed(batch)
    keys = match_keys(batch, knowledge.matching)
    return merge(batch, pair(keys, knowledge.matching), knowledge, on=on)


def _nothing_to_fuse(batch: Batch) -> bool:
    """Whether each message is of one view and one sender and has a parcel id of its own."""
    said = batch.contributions
    if said.height != batch.consignments.height:
        return False
    if said["view"].n_unique() > 1 or said["sender"].n_unique() > 1:
        return False
    return all(
        batch.consignments[key].n_unique() == batch.consignments.height
        for key in ("consignment_id", "contribution_id")
    )
