"""Charge: what is owed on each line and parcel under the law of one day, and by whom.

The limits, rates, measures and ways of collection are the regime pack's (`knowledge.regimes`); this
stage only knows how to reckon: values into regime currency (`values`), sums per parcel and per
person and day (`totals`), the way of collection (`schemes`), each measure on its base (`measures`,
`amounts`, `normal`), rounding per line, sums of rounded lines. What cannot be reckoned keeps its
lower bound and, where there is one, its upper, never 0 as if it were known.

Does not know any country, and does not decide (see `decide`).
"""

from __future__ import annotations

import datetime as dt

import polars as pl

from tidewaiter.knowledge.load import Knowledge
from tidewaiter.stages.charge.facts import add_ways, lines_and_facts
from tidewaiter.stages.charge.measures import apply_measures
from tidewaiter.stages.charge.schemes import REFUSED, add_schemes
from tidewaiter.stages.charge.totals import add_totals
from tidewaiter.stages.charge.values import customs_values
from tidewaiter.stages.charge.words import add_sums, charge_findings
from tidewaiter.vocabulary.batch import Batch, conform
from tidewaiter.vocabulary.stage import StageContract
from tidewaiter.vocabulary.terms import Scope

ITEM_GIVES = ("customs_value", "currency", "duty_rate_percent", "duty", "duty_high", "tax")
PARCEL_GIVES = (
    "channel", "business", "scheme", "debtor", "customs_value", "currency", "person_day_total",
    "person_day_orders", "split", "duty", "tax", "fee", "owed_high", "charge_state",
    "charge_explanation",
)  # fmt: skip
PARCEL_NEEDS = (
    "person_key", "ordered_day", "transport_mode", "nature", "country_departure",
    "country_destination", "fiscal_reference", "fiscal_role", "declaration_type", "loading_at",
    "arrival_at", "freight", "freight_currency", "insurance", "insurance_currency", "scheme_text",
    "channel_text", "business_text",
)  # fmt: skip
ITEM_NEEDS = (
    "declared_value", "declared_currency", "hs_code", "hs6", "country_origin", "quantity",
    "net_mass_g", "tariff_rate_text", "declared_facts",
)  # fmt: skip

CONTRACT = StageContract(
    name="charge",
    needs=(
        *(f"goods_items.{column}" for column in ITEM_NEEDS),
        *(f"consignments.{column}" for column in PARCEL_NEEDS),
        "parties.role",
        "parties.region",
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
        "charge.rate_stale",
        "charge.no_code",
        "charge.undetermined",
        "charge.law_open",
        "charge.other_destination",
        "charge.split_shipment",
        "charge.scheme_refused",
        "charge.no_law",
        "charge.open_at_sale",
    ),
)


def charge(batch: Batch, knowledge: Knowledge, *, on: dt.date) -> Batch:
    """Reckon what is owed.

    Args:
        batch: after `classify` and `link`; all parcels of a person and day together.
        knowledge: gives the regime, and a tariff schedule if one is at hand.
        on: day whose law applies.

    Returns:
        The batch with customs values, day totals, way of collection and debtor, least and most of
        what is owed in regime currency, the `charges` frame, and findings.
    """
    law = knowledge.regime.on_day(on)
    parcels = add_ways(batch.consignments)
    items = customs_values(batch.goods_items, parcels, law)
    parcels = add_totals(parcels, items, law)
    work = lines_and_facts(items, parcels, batch.parties, law)
    parcels = add_schemes(parcels, work, law)
    of_parcel = parcels.select("consignment_id", "scheme", "debtor")
    work = work.drop("scheme", strict=False).join(
        of_parcel, on="consignment_id", how="left", maintain_order="left"
    )
    work, charges = apply_measures(work, law, knowledge.schedule_on(on))
    items = items.drop("duty", "duty_high", "tax", strict=False).with_columns(
        work.select("duty_rate_percent", "duty", "duty_high", "tax")
    )
    parcels = add_sums(parcels, work, law)
    refused = parcels.select(pl.col(REFUSED)).to_series()
    done = batch.with_frames(
        goods_items=conform(
            items.drop("_item_value", "_freight", "_insurance", "_rate_confidence"), "goods_items"
        ),
        consignments=conform(parcels.drop(REFUSED), "consignments"),
        charges=pl.concat([batch.charges, charges]) if batch.charges.height else charges,
    )
    return done.with_findings(*charge_findings(done, refused, law, knowledge, on))
