"""Regimes: who owes what on a low-value parcel in one jurisdiction, from when.

Read from `packs/regimes/<cc>.toml`. A regime has a currency, dated exchange rates, dated limits
and measures (duty, tax, fee). A measure is in force from its first day up to, not including, its
last (half-open). Dates, rates and legal bases are data; this module knows only their shapes.

Pack body::

    [regime]          currency, decimals, destinations, day_rule, value_note
    [[rate]]          currency, per_unit, from, to?, source      (1 unit = per_unit regime currency)
    [[limit]]         id, title, amount, basis, from, to?, source    basis: person_day | consignment
    [[table]]         id, key (chapter | country_origin | country_destination), values, default?
    [[measure]]       id, kind, title, from, to?, when, source, and one of
                      percent | table | amount + per | undetermined     (+ base, debtor, ask)

An undetermined measure with ``ask = false`` is one the law leaves open: no sender can answer it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import polars as pl

from tidewaiter.knowledge.expressions import compile_condition
from tidewaiter.knowledge.pack import PACKS_DIR, Pack, Table, check_keys, check_source, read_pack
from tidewaiter.vocabulary.columns import MONEY
from tidewaiter.vocabulary.errors import InputError, PackError

KINDS = ("duty", "tax", "fee")
BASES = ("person_day", "consignment")
PER = ("distinct_hs6", "consignment", "item")
ON = ("customs_value", "customs_value_and_duty")
TABLE_KEYS = ("chapter", "country_origin", "country_destination")
LAST_DAY = dt.date.max
#: what a measure's `when` may speak of
CONDITION_COLUMNS = (
    "limit_value", "over_limit", "parcel_value", "customs_value", "nature", "transport_mode",
    "country_origin", "country_departure", "country_destination", "hs6", "chapter",
    "fiscal_reference", "fiscal_role",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Limit:
    """A low-value limit: amount in regime currency, and what it is measured on."""

    id: str
    title: str
    amount: Decimal
    basis: str
    source: str


@dataclass(frozen=True, slots=True)
class Measure:
    """One layer of what is owed; exactly one of percent, table, amount, undetermined is set."""

    id: str
    kind: str
    title: str
    when: pl.Expr
    condition: str
    percent: Decimal | None
    table: str
    amount: Decimal | None
    currency: str
    per: str
    base: str
    undetermined: str
    ask: bool
    confidence: str
    source: str


@dataclass(frozen=True, slots=True)
class Regime:
    """A regime; `on_day` gives what is in force on a day."""

    title: str
    jurisdiction: str
    currency: str
    decimals: int
    destinations: frozenset[str]
    digests: dict[str, str]
    pack: Pack
    _days: dict[dt.date, RegimeDay] = field(default_factory=dict, repr=False)

    def on_day(self, on: dt.date) -> RegimeDay:
        """Give rates, limits, tables and measures in force on a day."""
        if on not in self._days:
            self._days[on] = self._compile(on)
        return self._days[on]

    def _compile(self, on: dt.date) -> RegimeDay:
        body = self.pack.body
        sources = self.pack.sources
        return RegimeDay(
            regime=self,
            on=on,
            rates=_rates(self, body.get("rate", []), on),
            limits=tuple(
                Limit(
                    e["id"], e["title"], Decimal(e["amount"]), e["basis"], str(sources[e["source"]])
                )
                for e in body.get("limit", [])
                if _in_force(e, on)
            ),
            measures=tuple(
                _measure(entry, self.pack, self.currency)
                for entry in body.get("measure", [])
                if _in_force(entry, on)
            ),
            tables={e["id"]: _table(e) for e in body.get("table", [])},
        )


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
        rates: `declared_currency, per_unit`: 1 unit of it in regime currency (Decimal).
        limits: low-value limits.
        measures: layers of duty, tax and fee, in the pack's order.
        tables: rate tables by id.
    """

    regime: Regime
    on: dt.date
    rates: pl.DataFrame
    limits: tuple[Limit, ...]
    measures: tuple[Measure, ...]
    tables: dict[str, RateTable]


def load_regime(name: str, packs_dir: Path = PACKS_DIR) -> Regime:
    """Read one regime pack.

    Raises:
        InputError: no such regime.
        PackError: all faults of the pack at once.
    """
    pack = read_pack("regimes", name, packs_dir)
    faults = _faults(pack)
    if faults:
        raise PackError(faults)
    head = pack.body["regime"]
    return Regime(
        title=pack.title,
        jurisdiction=head["jurisdiction"],
        currency=head["currency"],
        decimals=head["decimals"],
        destinations=frozenset(head["destinations"]),
        digests={pack.id: pack.digest},
        pack=pack,
    )


def _in_force(entry: Table, on: dt.date) -> bool:
    return bool(entry["from"] <= on < entry.get("to", LAST_DAY))


def _rates(regime: Regime, entries: list[Table], on: dt.date) -> pl.DataFrame:
    own = {regime.currency: Decimal(1)}
    for entry in sorted(entries, key=lambda e: e["from"]):
        if _in_force(entry, on):
            own[entry["currency"]] = Decimal(entry["per_unit"])
    return pl.DataFrame(
        {"declared_currency": list(own), "per_unit": list(own.values())},
        schema={"declared_currency": pl.String, "per_unit": MONEY},
    )


def _table(entry: Table) -> RateTable:
    values = entry["values"]
    rows = {"key": list(values), "percent": [Decimal(value) for value in values.values()]}
    return RateTable(
        column=entry["key"],
        rows=pl.DataFrame(rows, schema={"key": pl.String, "percent": MONEY}),
        default=Decimal(entry["default"]) if "default" in entry else None,
    )


def _measure(entry: Table, pack: Pack, currency: str) -> Measure:
    source = pack.sources[entry["source"]]
    return Measure(
        id=entry["id"],
        kind=entry["kind"],
        title=entry["title"],
        when=compile_condition(
            entry["when"], CONDITION_COLUMNS, where=f"{pack.id} measure {entry['id']}"
        ),
        condition=entry["when"],
        percent=Decimal(entry["percent"]) if "percent" in entry else None,
        table=entry.get("table", ""),
        amount=Decimal(entry["amount"]) if "amount" in entry else None,
        currency=entry.get("currency", currency),
        per=entry.get("per", ""),
        base=entry.get("base", "customs_value"),
        undetermined=entry.get("undetermined", ""),
        ask=entry.get("ask", True),
        confidence=source.confidence,
        source=str(source),
    )


def _faults(pack: Pack) -> list[str]:
    where, body = pack.id, pack.body
    head = body.get("regime", {})
    faults = check_keys(
        f"{where} [regime]",
        head,
        ("jurisdiction", "currency", "decimals", "destinations"),
        ("note",),
    )
    faults += check_keys(where, body, ("regime",), ("rate", "limit", "table", "measure", "example"))
    for entry in body.get("rate", []):
        place = f"{where} rate {entry.get('currency')}"
        faults += check_keys(place, entry, ("currency", "per_unit", "from", "source"), ("to",))
        faults += _decimal(place, entry, "per_unit") + check_source(place, entry, pack.sources)
    for entry in body.get("limit", []):
        place = f"{where} limit {entry.get('id')}"
        needed = ("id", "title", "amount", "basis", "from", "source")
        faults += check_keys(place, entry, needed, ("to",)) + _decimal(place, entry, "amount")
        faults += check_source(place, entry, pack.sources)
        if entry.get("basis") not in BASES:
            faults.append(f"{place}: basis must be one of {', '.join(BASES)}")
    tables = set()
    for entry in body.get("table", []):
        place = f"{where} table {entry.get('id')}"
        faults += check_keys(place, entry, ("id", "key", "values", "source"), ("default",))
        if entry.get("key") not in TABLE_KEYS:
            faults.append(f"{place}: key must be one of {', '.join(TABLE_KEYS)}")
        tables.add(entry.get("id"))
    for entry in body.get("measure", []):
        faults += _measure_faults(where, entry, pack, tables)
    return faults


def _measure_faults(where: str, entry: Table, pack: Pack, tables: set[Any]) -> list[str]:
    place = f"{where} measure {entry.get('id')}"
    needed = ("id", "kind", "title", "from", "when", "source")
    rates = ("percent", "table", "amount", "undetermined")
    faults = check_keys(
        place, entry, needed, (*rates, "to", "per", "currency", "base", "debtor", "ask")
    )
    faults += check_source(place, entry, pack.sources)
    if sum(rate in entry for rate in rates) != 1:
        faults.append(f"{place}: needs exactly one of {', '.join(rates)}")
    if entry.get("kind") not in KINDS:
        faults.append(f"{place}: kind must be one of {', '.join(KINDS)}")
    if "amount" in entry and entry.get("per") not in PER:
        faults.append(f"{place}: per must be one of {', '.join(PER)}")
    if entry.get("base", ON[0]) not in ON:
        faults.append(f"{place}: base must be one of {', '.join(ON)}")
    if "table" in entry and entry["table"] not in tables:
        faults.append(f"{place}: table {entry['table']!r} is not in the pack")
    for key in ("percent", "amount"):
        faults += _decimal(place, entry, key) if key in entry else []
    try:
        compile_condition(str(entry.get("when", "")), CONDITION_COLUMNS, where=place)
    except InputError as fault:
        faults.append(str(fault))
    return faults


def _decimal(place: str, entry: Table, key: str) -> list[str]:
    try:
        Decimal(entry.get(key, "x"))
    except (InvalidOperation, TypeError):
        return [f"{place}: {key} must be a decimal written as text, such as '3.00'"]
    return []
