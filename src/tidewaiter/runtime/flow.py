"""The flow: which stages, in which order, for one lane and day.

    check -> fuse -> classify -> products -> link -> charge -> restrict -> decide

`assess_batch` runs it over a batch that holds everything it must see together (an API call, a
small file). `Flow` cuts it at the two places where rows must meet: after `check` all messages are
paired over slim keys, and `finish` needs whole days together; the engines use it to run over data
that is too big for one call.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from tidewaiter.knowledge.load import Knowledge
from tidewaiter.runtime.certificates.store import with_certificates_in_force
from tidewaiter.runtime.goods.store import knowledge_in_force
from tidewaiter.stages.charge import CONTRACT as CHARGE
from tidewaiter.stages.charge import charge
from tidewaiter.stages.check import CONTRACT as CHECK
from tidewaiter.stages.check import check
from tidewaiter.stages.classify import CONTRACT as CLASSIFY
from tidewaiter.stages.classify import classify
from tidewaiter.stages.decide import CONTRACT as DECIDE
from tidewaiter.stages.decide import decide
from tidewaiter.stages.fuse import CONTRACT as FUSE
from tidewaiter.stages.fuse import fuse, match_keys, merge, pair
from tidewaiter.stages.link import CONTRACT as LINK
from tidewaiter.stages.link import link
from tidewaiter.stages.products import CONTRACT as PRODUCTS
from tidewaiter.stages.products import products
from tidewaiter.stages.restrict import CONTRACT as RESTRICT
from tidewaiter.stages.restrict import restrict
from tidewaiter.vocabulary.batch import Batch
from tidewaiter.vocabulary.stage import StageContract

Stage = Callable[..., Batch]
STAGES: tuple[tuple[StageContract, Stage], ...] = (
    (CHECK, check),
    (FUSE, fuse),
    (CLASSIFY, classify),
    (PRODUCTS, products),
    (LINK, link),
    (CHARGE, charge),
    (RESTRICT, restrict),
    (DECIDE, decide),
)
CONTRACTS: tuple[StageContract, ...] = tuple(contract for contract, _ in STAGES)
AFTER_MERGE = STAGES[2:]


def assess_batch(batch: Batch, knowledge: Knowledge, *, on: dt.date) -> Batch:
    """Run the whole flow over a batch of messages; gives one decision for each parcel.

    Args:
        batch: messages as the formats decode them.
        knowledge: packs of the lane.
        on: day whose law applies.
    """
    for _, stage in STAGES:
        batch = stage(batch, knowledge, on=on)
    return batch


@dataclass(frozen=True, slots=True)
class Flow:
    """The flow cut where rows must meet, for engines; knows its lane and day."""

    knowledge: Knowledge
    on: dt.date

    def check(self, batch: Batch) -> Batch:
        """Read and check messages (row scope: any cut of the input gives the same)."""
        return check(batch, self.knowledge, on=self.on)

    def keys(self, batch: Batch) -> pl.DataFrame:
        """Make the slim keys that pairing needs, one row a message."""
        return match_keys(batch, self.knowledge.matching)

    def pair(self, keys: pl.DataFrame) -> pl.DataFrame:
        """Say which messages speak of the same parcel (must see all keys)."""
        return pair(keys, self.knowledge.matching)

    def finish(self, batch: Batch, pairing: pl.DataFrame) -> Batch:
        """Merge the messages of each parcel and run the other stages (whole days together)."""
        batch = merge(batch, pairing, self.knowledge, on=self.on)
        for _, stage in AFTER_MERGE:
            batch = stage(batch, self.knowledge, on=self.on)
        return batch


def make_flow(lane: str, on: dt.date) -> Flow:
    """Make the flow for a lane and day; what a cluster's workers call."""
    return Flow(with_certificates_in_force(knowledge_in_force(lane)), on)
