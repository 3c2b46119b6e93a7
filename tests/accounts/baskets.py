"""Finished parcels and ways of collection, made by hand for the tests of the book."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from typing import Any

import polars as pl

from tidewaiter.accounts import EMPTY, Assessment, Book, assess
from tidewaiter.knowledge.accounts import load_account_rules
from tidewaiter.knowledge.regimes import Collection, RegimeDay, load_regime
from tidewaiter.knowledge.regimes.conditions import compile_hit
from tidewaiter.vocabulary.account_frames import EVENTS
from tidewaiter.vocabulary.batch import Batch, conform

RULES = load_account_rules()
DAY = dt.date(2026, 7, 20)
SALE = dt.date(2026, 7, 3)
ARRIVAL = dt.datetime(2026, 7, 18, 23, 30, tzinfo=dt.UTC)
ALL = ("formats", "check", "fuse", "classify", "link", "charge", "restrict", "decide")
NAMES = {"carrier": "Post of Xland", "declarant": "Fast Parcels", "platform": "Bazaar"}
MODELS = {
    "importer_at_border": ("at_release", "deferment guarantee"),
    "vendor_registration": ("month_end_next", "none"),
    "platform_deemed_importer": ("quarter_month_end_next", ""),
    "carrier_or_post": ("day_7_next_month", "bond of the carrier"),
    "hybrid": ("day_15_next_month", "deferment guarantee of the declarant"),
}


@lru_cache(maxsize=4)
def law(**rules: str) -> RegimeDay:
    """A regime with one way of collection for each model, its scheme called as the model."""
    regime = replace(load_regime("ae"), currency="EUR")
    ways = tuple(
        Collection(
            id=f"xx.{model}", scheme=model, title=model, model=model,
            hit=compile_hit({}, {}, "test"), debtor=f"debtor by {model}", moment="as it is",
            remit="as it is", remit_rule=rules.get(model, rule), guarantee=guarantee,
            refund=f"refund by {model}", asked_only=False, confidence="own", source="made up",
        )
        for model, (rule, guarantee) in MODELS.items()
    )  # fmt: skip
    return replace(regime.on_day(DAY), regime=regime, collections=ways)


@dataclass(frozen=True)
class Parcel:
    """One parcel: charges are (item_no, kind, low, high)."""

    id: str = "P1"
    model: str = "carrier_or_post"
    charges: Sequence[tuple[int | None, str, str, str | None]] = (
        (1, "duty", "6.00", "6.00"), (1, "tax", "25.20", "25.20"),
    )  # fmt: skip
    quantity: str = "3"
    decision: str = "release"
    person: str | None = "person-1"
    number: str | None = "IM2760000001"
    incoterm: str | None = None
    country: str = "FR"


def batch(*parcels: Parcel) -> Batch:
    def column(name: str, **more: Any) -> pl.Series:
        return pl.Series(name, [getattr(one, name) for one in parcels], **more)

    ids = column("id").alias("consignment_id")
    base = pl.DataFrame([ids]).with_columns(pl.col("consignment_id").alias("contribution_id"))
    consignments = base.with_columns(
        column("model").alias("scheme"),
        ("debtor by " + column("model")).alias("debtor"),
        column("person", dtype=pl.String).alias("person_key"),
        column("number", dtype=pl.String).alias("fiscal_reference"),
        column("incoterm", dtype=pl.String),
        column("country").alias("country_destination"),
        column("decision"),
        pl.lit(SALE).alias("ordered_day"),
        pl.lit(ARRIVAL).alias("arrival_at"),
    )
    lines = {
        (one.id, item): Decimal(one.quantity)
        for one in parcels
        for item, *_ in one.charges
        if item is not None
    }
    items = pl.DataFrame(
        [(id_, id_, item, quantity) for (id_, item), quantity in lines.items()],
        schema={"consignment_id": pl.String, "contribution_id": pl.String, "item_no": pl.Int32,
                "quantity": pl.Decimal(38, 3)}, orient="row",
    )  # fmt: skip
    charges = pl.DataFrame(
        [
            {"consignment_id": one.id, "item_no": item, "layer": f"xx.{kind}", "kind": kind,
             "base": Decimal(100), "rate": "20 %", "amount": Decimal(low),
             "amount_high": None if high is None else Decimal(high), "currency": "EUR",
             "needs": ["hs6"] if low != high else None}
            for one in parcels for item, kind, low, high in one.charges
        ],
        schema_overrides={"item_no": pl.Int32, "needs": pl.List(pl.String),
                          "amount_high": pl.Decimal(38, 6)},
    )  # fmt: skip
    decisions = base.select("consignment_id", pl.lit(DAY).alias("on"))
    return Batch(
        consignments=conform(consignments, "consignments", ALL),
        goods_items=conform(items, "goods_items", ALL),
        charges=conform(charges, "charges", ALL),
        decisions=conform(decisions, "decisions", ALL),
    )


def how(on: dt.date = DAY, **rules: str) -> Assessment:
    return Assessment(on=on, law=law(**rules), rules=RULES, institutions=NAMES)


def booked(*parcels: Parcel, held: Book = EMPTY, on: dt.date = DAY) -> Book:
    return assess(held, batch(*parcels), how(on)).book


def events(*said: dict[str, Any]) -> pl.DataFrame:
    rows = [{"day": DAY, **one} for one in said]
    for row in rows:
        for name in ("amount", "quantity"):
            if isinstance(row.get(name), str):
                row[name] = Decimal(row[name])
    return pl.DataFrame(
        [{name: row.get(name) for name in EVENTS.schema} for row in rows], schema=EVENTS.schema
    )


def amounts(frame: pl.DataFrame, *by: str) -> dict[Any, Decimal]:
    return {tuple(row[:-1]) if len(by) > 1 else row[0]: row[-1] for row in frame.rows()}
