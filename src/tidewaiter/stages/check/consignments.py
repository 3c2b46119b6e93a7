"""Consignments read: times, countries, mode, nature, gross mass, total value, freight, counts.

Also what lines and parties of the parcel say together, put beside the consignment for the rules
on contradictions. Knows no rule itself.
"""

from __future__ import annotations

from functools import lru_cache

import polars as pl

from tidewaiter.knowledge.codelists import Codelists
from tidewaiter.knowledge.quality import QualityRules
from tidewaiter.stages.check.codes import (
    country_code,
    listed_code,
    read_countries,
    read_listed,
)
from tidewaiter.stages.check.desk import PARCEL, Desk
from tidewaiter.stages.check.masses import Mass, read_count, read_mass
from tidewaiter.stages.check.money import Amount, euros, read_amount
from tidewaiter.stages.check.numbers import NUMBER, plain_number
from tidewaiter.stages.check.times import Moment, read_time
from tidewaiter.vocabulary.columns import FRAMES
from tidewaiter.vocabulary.terms import Role

TOTAL = Amount(
    "total_value_text",
    "total_currency_text",
    "total_value",
    "total_currency",
    "check.value_unreadable",
)
FREIGHT = Amount(
    "freight_text",
    "freight_currency_text",
    "freight",
    "freight_currency",
    "check.amount_unreadable",
)
INSURED = Amount(
    "insured_text",
    "insured_currency_text",
    "_insured",
    "_insured_currency",
    "check.amount_unreadable",
)
INSURANCE = Amount(
    "insurance_text",
    "insurance_currency_text",
    "insurance",
    "insurance_currency",
    "check.amount_unreadable",
)
AMOUNTS = (TOTAL, FREIGHT, INSURANCE, INSURED)
GROSS = Mass("gross_mass_text", "gross_mass_unit", "gross_mass_g")
MOMENTS = (
    Moment("ordered_at_text", "ordered_at", "ordered_day"),
    Moment("message_at_text", "message_at"),
    Moment("loading_at_text", "loading_at"),
    Moment("arrival_at_text", "arrival_at"),
)
COUNTRIES = (
    ("country_departure_text", "country_departure"),
    ("country_destination_text", "country_destination"),
)
_TEXTS = (
    *(moment.text for moment in MOMENTS),
    *(text for text, _ in COUNTRIES),
    "transport_mode_text",
    "nature_text",
    "item_count_text",
    GROSS.text,
    *(amount.text for amount in AMOUNTS),
    *(amount.currency_text for amount in AMOUNTS),
)
RECEIVERS = (Role.CONSIGNEE, Role.IMPORTER)
SENDERS = (Role.CONSIGNOR, Role.SELLER)


@lru_cache(maxsize=128)
def _fast(lists: Codelists, live: frozenset[str]) -> tuple[pl.Expr, ...]:
    """Expressions of the fast readings; of a text that is nowhere, nothing is read."""
    made = (
        *((moment.text, expr) for moment in MOMENTS for expr in moment.fast()),
        *((text, country_code(text, lists).alias(out)) for text, out in COUNTRIES),
        (
            "transport_mode_text",
            listed_code("transport_mode_text", lists.modes).alias("transport_mode"),
        ),
        ("nature_text", listed_code("nature_text", lists.natures).alias("nature")),
        (GROSS.text, GROSS.fast(lists)),
        *((amount.text, amount.fast_number()) for amount in AMOUNTS),
        *((amount.currency_text, amount.fast_currency(lists)) for amount in AMOUNTS),
        ("item_count_text", plain_number(pl.col("item_count_text")).cast(pl.Int64).alias(
            "item_count"
        )),
    )  # fmt: skip
    return tuple(expr if text in live else _nothing(expr.meta.output_name()) for text, expr in made)


def _nothing(name: str) -> pl.Expr:
    dtype = FRAMES["consignments"].schema.get(name) or _OWN[name]
    return pl.lit(None, dtype=dtype).alias(name)


_OWN: dict[str, pl.DataType] = {
    INSURED.out: NUMBER,
    INSURED.currency: pl.String(),
    **{moment.slack: pl.Int32() for moment in MOMENTS},
}


def read_consignments(desk: Desk, lists: Codelists) -> None:
    """Add the columns `check` gives on consignments but the scores; note repairs and faults."""
    desk.add(*_fast(lists, frozenset(filter(desk.has, _TEXTS))))
    for moment in MOMENTS:
        read_time(desk, moment)
    for text, out in COUNTRIES:
        read_countries(desk, text, out, lists)
    read_listed(desk, "transport_mode_text", "transport_mode", lists.modes, "check.mode_unknown")
    read_listed(desk, "nature_text", "nature", lists.natures, "check.nature_unknown")
    read_mass(desk, GROSS, lists)
    for amount in AMOUNTS:
        read_amount(desk, amount, lists)
    read_count(desk, "item_count_text", "item_count", "check.count_unreadable")


def with_what_lines_say(
    plan: pl.LazyFrame, goods: Desk, presence: pl.Expr, rules: QualityRules
) -> pl.LazyFrame:
    """Add sums and counts over the parcel's lines: `_lines`, `_value`, `_net` and others.

    Args:
        plan: the consignments.
        goods: the lines, read.
        presence: bits of what each line holds; `_has_g` are those every line has.
        rules: for rough values in EUR.
    """
    lines = goods.frame.lazy().select(*_LINE_COLUMNS, euros(rules), presence.alias("_has_g"))
    said = lines.group_by(PARCEL).agg(*_OF_LINES)
    return plan.join(said, on=PARCEL, how="left", maintain_order="left")


def with_what_parties_say(plan: pl.LazyFrame, parties: Desk, presence: pl.Expr) -> pl.LazyFrame:
    """Add the receiver's and sender's countries, and whether a shop's account is named.

    Args:
        plan: the consignments.
        parties: the parties, read.
        presence: bits of what each party holds; `_has_p` are those some party has.
    """
    held = parties.frame.lazy().select(PARCEL, *_PARTY_COLUMNS, presence.alias("_has_p"))
    said = held.group_by(PARCEL).agg(*_OF_PARTIES)
    return plan.join(said, on=PARCEL, how="left", maintain_order="left").with_columns(
        *_WHERE_PARTIES_ARE
    )


_LINE_COLUMNS = (PARCEL, "declared_value", "declared_currency", "net_mass_g", "listing_url")
_OF_LINES = (
    pl.len().alias("_lines"),
    pl.col("declared_value").sum().alias("_value"),
    pl.col("declared_value").null_count().alias("_valueless"),
    pl.col("declared_currency").min().alias("_currency"),
    pl.col("declared_currency").max().alias("_currency_other"),
    pl.col("net_mass_g").sum().alias("_net"),
    pl.col("listing_url").count().alias("_listings"),
    pl.col("_eur").sum().alias("_parcel_eur"),
    pl.col("_eur").null_count().alias("_unconverted"),
    pl.col("_has_g").bitwise_and(),
)
_COUNTRY_ROLES = (*RECEIVERS, *SENDERS)
_SHOP = (pl.col("role") == Role.PLATFORM.value) | (
    (pl.col("role") == Role.SELLER.value) & pl.col("account").is_not_null()
)
_PARTY_COLUMNS = (
    *(
        pl.when(pl.col("role") == role.value).then("country").alias(f"_{role}")
        for role in _COUNTRY_ROLES
    ),
    _SHOP.alias("_shop"),
)
_OF_PARTIES = (
    *(pl.col(f"_{role}").max() for role in _COUNTRY_ROLES),
    pl.col("_shop").any(),
    pl.col("_has_p").bitwise_or(),
)
_WHERE_PARTIES_ARE = (
    pl.coalesce(f"_{role}" for role in RECEIVERS).alias("_receiver"),
    pl.coalesce(f"_{role}" for role in SENDERS).alias("_sender"),
)


def fill_destination(parcels: Desk) -> None:
    """Take the receiver's country for a destination that no message tells; recorded as a repair.

    Platform messages name the receiver but no destination. Runs after all rules, so that none of
    them takes the filled value for a declared one.
    """
    if not parcels.has("_receiver"):
        return
    untold = pl.col("country_destination").is_null() & pl.col("country_destination_text").is_null()
    rows = parcels.frame.filter(untold & pl.col("_receiver").is_not_null())
    parcels.repair(
        rows,
        "country_destination",
        declared=pl.lit(None, dtype=pl.String),
        repaired=pl.col("_receiver"),
        source="the receiver's country, as no destination is told",
        confidence=0.9,
    )
    parcels.add(
        pl.when(untold)
        .then(pl.col("_receiver"))
        .otherwise(pl.col("country_destination"))
        .alias("country_destination")
    )
