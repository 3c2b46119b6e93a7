"""Reckon quotes: the flow's own stages over what was asked, over its variants, and over days ahead.

Questions of one regime and day are reckoned together, so a thousand of them cost little more than
one; how many come together never changes an answer.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from tidewaiter.knowledge.load import Knowledge
from tidewaiter.knowledge.regimes.changes import Change, changes
from tidewaiter.runtime.quotes.asking import Asked
from tidewaiter.runtime.quotes.batches import (
    AS_ASKED,
    Variant,
    as_messages,
    as_variants,
    ready_to_charge,
)
from tidewaiter.stages.charge import charge
from tidewaiter.stages.charge.normal import PREFERENCE
from tidewaiter.stages.check import check
from tidewaiter.stages.classify import classify
from tidewaiter.stages.restrict import restrict
from tidewaiter.vocabulary.batch import Batch

CHANNELS = ("post", "express")
AHEAD_DAYS = 90
CHANGE_DAYS_MAX = 6
CANDIDATES_MAX = 5
DECLARED = "as declared"


@dataclass(frozen=True, slots=True)
class Offer:
    """A programme a line could claim: its name, its rate in words if it is one, and the proof."""

    title: str
    rate: str | None
    needs: str


@dataclass(frozen=True, slots=True)
class Reckoned:
    """All that was reckoned for some questions of one regime and day.

    Args:
        knowledge: packs used.
        on: the day.
        classified: the questions after `classify`.
        variants: every variant, in the order of `done`'s parcels.
        done: the variants after `charge` and `restrict`.
        ahead: by day of change: the questions as asked, under the law of that day.
        changes: what changes, in order.
        offers: by question, line and symbol: a programme the line could claim.
    """

    knowledge: Knowledge
    on: dt.date
    classified: Batch
    variants: tuple[Variant, ...]
    done: Batch
    ahead: dict[dt.date, Batch]
    changes: tuple[Change, ...]
    offers: dict[tuple[int, int, str], Offer]


def reckon(
    asked: Sequence[Asked], knowledge: Knowledge, on: dt.date, until: dt.date | None = None
) -> Reckoned:
    """Reckon questions about one regime and day.

    Args:
        asked: the questions.
        knowledge: packs of the regime.
        on: day whose law applies.
        until: last day of the changes ahead; by default 90 days on.
    """
    classified = _classified(asked, knowledge, on)
    offers = _offers(classified, knowledge, on)
    variants = [
        *(Variant(n, AS_ASKED, one.scheme, one.mode) for n, one in enumerate(asked)),
        *_ways(asked, knowledge, on),
        *_codes(asked, classified),
        *(
            Variant(n, "preference", asked[n].scheme, asked[n].mode, item_no, preference=symbol)
            for n, item_no, symbol in offers
        ),
    ]
    done = charge(as_variants(classified, variants), knowledge, on=on)
    told = tuple(changes(knowledge.regime, on, until or on + dt.timedelta(days=AHEAD_DAYS)))
    as_asked = as_variants(classified, variants[: len(asked)])
    days = sorted({change.day for change in told})[:CHANGE_DAYS_MAX]
    return Reckoned(
        knowledge=knowledge,
        on=on,
        classified=classified,
        variants=tuple(variants),
        done=restrict(done, knowledge, on=on),
        ahead={day: charge(as_asked, knowledge, on=day) for day in days},
        changes=told,
        offers=offers,
    )


def _classified(asked: Sequence[Asked], knowledge: Knowledge, on: dt.date) -> Batch:
    """Check and classify; a code that was given is taken as it is if the edition has it."""
    batch = ready_to_charge(classify(check(as_messages(asked), knowledge, on=on), knowledge, on=on))
    known = knowledge.nomenclature.labels["hs6"].implode()
    given = pl.col("hs_code").str.slice(0, 6)
    there = given.is_not_null()
    items = batch.goods_items.with_columns(
        pl.when(there).then(pl.when(given.is_in(known)).then(given)).otherwise("hs6").alias("hs6"),
        pl.when(there).then(pl.lit(DECLARED)).otherwise("hs6_source").alias("hs6_source"),
    )
    return batch.with_frames(goods_items=items)


def _ways(asked: Sequence[Asked], knowledge: Knowledge, on: dt.date) -> list[Variant]:
    law = knowledge.regime.on_day(on)
    schemes = list(dict.fromkeys(one.scheme for one in law.collections)) or [""]
    return [
        Variant(n, "way", scheme, channel)
        for n in range(len(asked))
        for channel in CHANNELS
        for scheme in schemes
    ]


def _codes(asked: Sequence[Asked], classified: Batch) -> list[Variant]:
    """Give a variant for every other candidate code of a line whose code was not given."""
    guessed = classified.goods_items.filter(pl.col("hs_code").is_null()).select(
        pl.col("consignment_id").cast(pl.Int64),
        "item_no",
        "hs6",
        pl.col("hs6_candidates").list.head(CANDIDATES_MAX),
    )
    return [
        Variant(row["consignment_id"], "code", asked[row["consignment_id"]].scheme,
                asked[row["consignment_id"]].mode, row["item_no"], other["hs6"])
        for row in guessed.to_dicts()
        for other in row["hs6_candidates"] or ()
        if other["hs6"] != row["hs6"]
    ]  # fmt: skip


def _offers(
    classified: Batch, knowledge: Knowledge, on: dt.date
) -> dict[tuple[int, int, str], Offer]:
    """Give the programmes lines could claim: those that claim none and whose rate is not told."""
    schedule = knowledge.schedule_on(on)
    if schedule is None or not schedule.programmes.known:
        return {}
    said = pl.col("declared_facts").str.json_path_match(f"$.{PREFERENCE}")
    longer = pl.col("hs_code").str.starts_with(pl.col("hs6"))
    lines = classified.goods_items.filter(
        said.is_null(), pl.col("tariff_rate_text").is_null(), pl.col("hs6").is_not_null()
    ).select(
        pl.col("consignment_id").cast(pl.Int64), "item_no", "country_origin",
        pl.when(longer).then("hs_code").otherwise("hs6").alias("goods_code"),
    )  # fmt: skip
    keys = ("goods_code", "country_origin")
    open_ = schedule.offers(lines.select(keys).drop_nulls().unique(maintain_order=True), on)
    rows = lines.join(open_, on=keys, maintain_order="left").to_dicts()
    return {
        (row["consignment_id"], row["item_no"], row["preference"]): Offer(
            row["title"], row["rate"], row["needs"]
        )
        for row in rows
    }
