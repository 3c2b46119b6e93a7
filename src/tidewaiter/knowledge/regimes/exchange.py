"""Rates of exchange: imported ones by authority and period, the regime's own, else estimates.

An official rate is imported (`exchange_file`) or stands in the regime pack; the bundled
`packs/exchange/estimates.toml` is from memory and only good for estimates. An imported rate counts
for its period only: once it has ended, and nothing newer is there, the rate is what it would be
without the import, and the day on which the official one ended is told. A currency without any rate
on that day has none: it is never taken one to one.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from tidewaiter.knowledge.pack import Table, check_keys, check_source, pack_paths, read_pack
from tidewaiter.vocabulary.errors import PackError

if TYPE_CHECKING:
    from tidewaiter.knowledge.regimes.law import Regime

KIND = "exchange"
RATE = pl.Decimal(38, 12)
SCHEMA = {
    "declared_currency": pl.String(), "per_unit": RATE, "rate_confidence": pl.String(),
    "rate_source": pl.String(), "rate_ended": pl.Date(),
}  # fmt: skip
#: imported rates: 1 unit in regime currency, from the first to the last day
IMPORTED = {
    "currency": pl.String(), "per_unit": RATE, "from": pl.Date(), "to": pl.Date(),
    "authority": pl.String(), "source": pl.String(), "imported_at": pl.Date(), "id": pl.String(),
}  # fmt: skip
OFFICIAL = "official"
ROUGH = "estimate from memory"
ESTIMATES = {
    "currency": pl.String(), "per_unit": RATE, "from": pl.Date(), "to": pl.Date(),
    "confidence": pl.String(),
}  # fmt: skip


@lru_cache(maxsize=4)
def estimates(packs_dir: Path) -> tuple[pl.DataFrame, dict[str, str]]:
    """Read the estimates: `currency, per_unit, from, to, confidence`; 1 unit in the pivot currency.

    Raises:
        PackError: all faults of the pack at once.
    """
    rows: list[dict[str, object]] = []
    digests = {}
    for path in pack_paths(KIND, packs_dir):
        pack = read_pack(KIND, path.stem, packs_dir)
        faults = check_keys(pack.id, pack.body, ("pivot", "rate"))
        for entry in pack.body.get("rate", []):
            place = f"{pack.id} rate {entry.get('currency')}"
            faults += check_keys(place, entry, ("currency", "per_unit", "from", "source"), ("to",))
            faults += check_source(place, entry, pack.sources) + decimal_fault(
                place, entry, "per_unit"
            )
        if faults:
            raise PackError(faults)
        digests[pack.id] = pack.digest
        own = {"currency": pack.body["pivot"], "per_unit": "1", "from": dt.date.min}
        rows += [
            {
                "currency": entry["currency"],
                "per_unit": Decimal(entry["per_unit"]),
                "from": entry["from"],
                "to": entry.get("to", dt.date.max),
                "confidence": pack.sources[entry["source"]].confidence
                if "source" in entry
                else "own",
            }
            for entry in (own, *pack.body["rate"])
        ]
    return pl.DataFrame(rows, schema=ESTIMATES), digests


@dataclass(frozen=True, slots=True)
class _Found:
    """A rate, how sure it is, where it is from, since when; and when a better one ended."""

    per_unit: Decimal
    confidence: str
    source: str
    first: dt.date | None = None
    ended: dt.date | None = None


def rates_on(regime: Regime, own: list[Table], on: dt.date) -> pl.DataFrame:
    """Give the rates of a day.

    Args:
        regime: whose currency is meant, and what was imported for it.
        own: the regime's own entries in force.
        on: the day.

    Returns:
        `declared_currency, per_unit, rate_confidence, rate_source, rate_ended`: the last is the
        last day of an imported rate that has ended with nothing newer, else null.
    """
    rates = _estimated(regime, on)
    for entry in sorted(own, key=lambda e: (e["from"], e.get("known", dt.date.min))):
        law = regime.pack.sources[entry["source"]]
        rates[entry["currency"]] = _Found(
            Decimal(entry["per_unit"]), law.confidence, str(law), entry["from"]
        )
    for currency, last in _imported(regime, on).items():
        there = rates.get(currency)
        if last["to"] >= on:
            said = ", ".join(part for part in (last["authority"], last["source"]) if part)
            source = f"{said}, {last['from']} to {last['to']}"
            rates[currency] = _Found(last["per_unit"], OFFICIAL, source, last["from"])
        elif there is not None and (there.first is None or there.first <= last["to"]):
            rates[currency] = replace(there, ended=last["to"])
    rates[regime.currency] = _Found(Decimal(1), OFFICIAL, "the currency itself")
    columns = {
        "declared_currency": list(rates),
        "per_unit": [rate.per_unit for rate in rates.values()],
        "rate_confidence": [rate.confidence for rate in rates.values()],
        "rate_source": [rate.source for rate in rates.values()],
        "rate_ended": [rate.ended for rate in rates.values()],
    }
    return pl.DataFrame(columns, schema=SCHEMA)


def _estimated(regime: Regime, on: dt.date) -> dict[str, _Found]:
    """Give the estimates of a day, crossed into regime currency."""
    rough = regime.exchange.filter((pl.col("from") <= on) & (pl.col("to") > on))
    pivot = rough.filter(pl.col("currency") == regime.currency)["per_unit"]
    if not len(pivot):
        return {}
    return {
        row["currency"]: _Found(
            (row["per_unit"] / pivot[0]).quantize(Decimal("1e-12")), row["confidence"], ROUGH
        )
        for row in rough.to_dicts()
    }


def _imported(regime: Regime, on: dt.date) -> dict[str, Table]:
    """Give of each currency the imported rate of a day, else the last one that ended before it.

    Of rates for one day the one that begins later counts, then the one imported last.
    """
    if regime.imported is None:
        return {}
    known = regime.imported.filter(pl.col("from") <= on)
    if regime.known_at is not None:
        known = known.filter(pl.col("imported_at") <= regime.known_at)
    live = pl.col("to") >= on
    ordered = known.sort(live, pl.when(~live).then("to"), "from", "imported_at", "id")
    return {row["currency"]: row for row in ordered.to_dicts()}


def decimal_fault(place: str, entry: Table, key: str) -> list[str]:
    """Give a fault where a value is not a decimal written as text."""
    try:
        Decimal(entry.get(key, "x"))
    except (InvalidOperation, TypeError):
        return [f"{place}: {key} must be a decimal written as text, such as '3.00'"]
    return []
