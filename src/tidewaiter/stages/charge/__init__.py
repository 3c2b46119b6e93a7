"""Charge: what is owed on each line and parcel under the law of one day.

The limits, rates and measures are the regime pack's (`knowledge.regimes`); this stage only knows
how to reckon: value into regime currency, sums per parcel and per person and day, each measure on
its base, half-up rounding to the currency's decimals per line, sums of rounded lines. What cannot
be reckoned is `undetermined` with its lower bound, never 0 as if it were known.

Does not know any country, and does not decide (see `decide`).
"""

from __future__ import annotations

import datetime as dt

import polars as pl

from tidewaiter.knowledge.load import Knowledge
from tidewaiter.knowledge.regimes import KINDS
from tidewaiter.stages.charge.layers import PARCEL_COLUMNS, apply_measures
from tidewaiter.stages.charge.totals import add_totals, customs_values
from tidewaiter.stages.charge.words import add_sums, charge_findings
from tidewaiter.vocabulary.batch import Batch, conform
from tidewaiter.vocabulary.stage import StageContract
from tidewaiter.vocabulary.terms import Scope

ITEM_GIVES = ("customs_value", "currency", "duty_rate_percent", "duty", "tax")
PARCEL_GIVES = (
    "customs_value", "currency", "person_day_total", "person_day_orders", "split", "duty", "tax",
    "fee", "charge_state", "charge_explanation",
)  # fmt: skip

CONTRACT = StageContract(
    name="charge",
    needs=(
        "goods_items.declared_value",
        "goods_items.declared_currency",
        "goods_items.hs6",
        "goods_items.country_origin",
        "consignments.person_key",
        "consignments.ordered_day",
        *(f"consignments.{column}" for column in PARCEL_COLUMNS),
    ),
    gives=(
        *(f"goods_items.{column}" for column in ITEM_GIVES),
        *(f"consignments.{column}" for column in PARCEL_GIVES),
        "charges",
    ),
    scope=Scope.GROUP,
    group_key=("person_key", "ordered_day"),
    codes=(
        "charge.no_value",
        "charge.no_rate",
        "charge.no_code",
        "charge.undetermined",
        "charge.law_open",
        "charge.other_destination",
        "charge.split_shipment",
    ),
)


def charge(batch: Batch, knowledge: Knowledge, *, on: dt.date) -> Batch:
    """Reckon what is owed.

    Args:
        batch: after `classify` and `link`; all parcels of a person and day together.
        knowledge: gives the regime.
        on: day whose law applies.

    Returns:
        The batch with customs values, day totals, duty, tax and fee in regime currency, the
        `charges` frame, and findings.
    """
    law = knowledge.regime.on_day(on)
    items = customs_values(batch.goods_items, law)
    parcels = add_totals(batch.consignments, items, law)
    items, charges = apply_measures(items, parcels, law)
    parcels = add_sums(parcels, items, law)
    done = batch.with_frames(
        goods_items=conform(
            items.drop("_fee", *(f"_open_{kind}" for kind in KINDS)), "goods_items"
        ),
        consignments=conform(parcels, "consignments"),
        charges=pl.concat([batch.charges, charges]) if batch.charges.height else charges,
    )
    return done.with_findings(*charge_findings(done, law, knowledge, on))
