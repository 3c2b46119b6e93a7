"""What a regime is once it is read: limits, measures, ways of collection, on one day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import polars as pl

from tidewaiter.knowledge.pack import Pack
from tidewaiter.knowledge.rates.tree import FromTable, Rate, nodes
from tidewaiter.knowledge.regimes.conditions import Hit

KINDS = ("duty", "tax", "fee")


@dataclass(frozen=True, slots=True)
class Limit:
    """A low-value limit: amount in regime currency, and what it is measured on."""

    id: str
    title: str
    amount: Decimal
    basis: str
    source: str


@dataclass(frozen=True, slots=True)
class Rounding:
    """How an amount is rounded: to multiples of `to`, half_up, down or up."""

    to: Decimal
    how: str


@dataclass(frozen=True, slots=True)
class Measure:
    """One layer of what is owed.

    Args:
        id: its id.
        kind: duty, tax or fee.
        title: the sentence for a person.
        layer: layer it belongs to; others exclude or replace it by this name.
        hit: who is hit.
        rate: how much.
        rate_text: the rate as the pack has it.
        per: for an amount without unit: consignment, item, distinct_hs6 or distinct_code.
        base: columns that are added up to the base of a percentage.
        notes: chapter 99 headings of which the tariff line must name one.
        excluded_by: layers that take this one off a line they hit.
        replaces: layers this one takes off a line it hits.
        undetermined: why it cannot be reckoned, where its rate is unknown.
        ask: whether anybody can tell what is missing.
        rounding: of the amount.
        base_rounding: of the base, if any.
        debtor: who owes it, if not the debtor of the way of collection.
        confidence: of its source.
        source: law and clause.
    """

    id: str
    kind: str
    title: str
    layer: str
    hit: Hit
    rate: Rate
    rate_text: str
    per: str
    base: tuple[str, ...]
    notes: tuple[str, ...]
    facts_ask: tuple[str, ...]
    excluded_by: tuple[str, ...]
    replaces: tuple[str, ...]
    undetermined: str
    ask: bool
    rounding: Rounding
    base_rounding: Rounding | None
    debtor: str
    confidence: str
    source: str

    @property
    def tables(self) -> tuple[str, ...]:
        """Tables its rate looks into."""
        return tuple(node.table for node in nodes(self.rate) if isinstance(node, FromTable))


@dataclass(frozen=True, slots=True)
class Collection:
    """A way in which what is owed is collected (a scheme of the WCO's revenue models).

    Args:
        scheme: short name senders ask for it by.
        model: importer_at_border, vendor_registration, platform_deemed_importer, carrier_or_post
            or hybrid.
        hit: every line of the parcel must meet it.
        debtor, moment, remit, guarantee, refund: who owes, when it arises, when it is handed over,
            what secures it, how it is given back.
        remit_rule: the moment of handing over, readable by machines.
        asked_only: never chosen unless the sender asks for it.
    """

    id: str
    scheme: str
    title: str
    model: str
    hit: Hit
    debtor: str
    moment: str
    remit: str
    remit_rule: str
    guarantee: str
    refund: str
    asked_only: bool
    confidence: str
    source: str


@dataclass(frozen=True, slots=True)
class RateTable:
    """Percent by the value of a column; `default` for values not listed, if the law has one."""

    column: str
    rows: pl.DataFrame
    default: Decimal | None


@dataclass(frozen=True, slots=True)
class RegimeDay:
    """What is in force on one day.

    Args:
        regime: whose.
        on: the day.
        rates: 1 unit in regime currency, with source and confidence (see `exchange.rates_on`).
        limits: low-value limits.
        measures: layers of duty, tax and fee, in the pack's order.
        collections: ways of collection, in the pack's order.
        tables: rate tables by id.
        covered: whether the pack speaks for the day at all.
        prepared: what stages made of it once, by their own names.
    """

    regime: Regime
    on: dt.date
    rates: pl.DataFrame
    limits: tuple[Limit, ...]
    measures: tuple[Measure, ...]
    collections: tuple[Collection, ...]
    tables: dict[str, RateTable]
    covered: bool
    prepared: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Regime:
    """A regime; `on_day` gives what is in force on a day.

    Args:
        title: of the pack.
        jurisdiction: ISO 3166 code, EU or XI.
        currency: amounts are owed in it.
        decimals: of that currency.
        destinations: countries whose parcels fall under it.
        valuation: what the customs value holds: cif, fob or price.
        scenario: not the law of the place.
        questions: how a declared fact is asked for.
        digests: pack ids and digests.
        pack: the file.
        exchange: estimates of rates of exchange.
        known_at: replay by what was known on that day; None: by all that is known.
        imported: official rates of exchange that were imported (`exchange.IMPORTED`), if any.
    """

    title: str
    jurisdiction: str
    currency: str
    decimals: int
    destinations: frozenset[str]
    valuation: str
    scenario: bool
    questions: dict[str, str]
    digests: dict[str, str]
    pack: Pack
    compile_day: Callable[[Regime, dt.date], RegimeDay]
    exchange: pl.DataFrame
    known_at: dt.date | None = None
    imported: pl.DataFrame | None = None
    _days: dict[dt.date, RegimeDay] = field(default_factory=dict, repr=False)

    def on_day(self, on: dt.date) -> RegimeDay:
        """Give rates, limits, tables, measures and ways of collection in force on a day."""
        if on not in self._days:
            self._days[on] = self.compile_day(self, on)
        return self._days[on]
