"""Rates of exchange: the regime's own dated ones, else rough estimates that are marked as such.

An official rate (by authority and period) stands in the regime pack or is imported; the bundled
`packs/exchange/estimates.toml` is from memory and only good for estimates. A currency without any
rate on that day has none: it is never taken one to one.
"""

from __future__ import annotations

import datetime as dt
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
SCHEMA = {"declared_currency": pl.String(), "per_unit": RATE, "rate_confidence": pl.String()}
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


def rates_on(regime: Regime, own: list[Table], on: dt.date) -> pl.DataFrame:
    """Give the rates of a day: `declared_currency, per_unit, rate_confidence`.

    Args:
        regime: whose currency is meant.
        own: the regime's own entries in force.
        on: the day.
    """
    rough = regime.exchange.filter((pl.col("from") <= on) & (pl.col("to") > on))
    pivot = rough.filter(pl.col("currency") == regime.currency)["per_unit"]
    rates: dict[str, tuple[Decimal, str]] = {}
    if len(pivot):
        for row in rough.to_dicts():
            cross = (row["per_unit"] / pivot[0]).quantize(Decimal("1e-12"))
            rates[row["currency"]] = (cross, row["confidence"])
    for entry in sorted(own, key=lambda e: (e["from"], e.get("known", dt.date.min))):
        confidence = regime.pack.sources[entry["source"]].confidence
        rates[entry["currency"]] = (Decimal(entry["per_unit"]), confidence)
    rates[regime.currency] = (Decimal(1), "official")
    columns = {
        "declared_currency": list(rates),
        "per_unit": [rate for rate, _ in rates.values()],
        "rate_confidence": [confidence for _, confidence in rates.values()],
    }
    return pl.DataFrame(columns, schema=SCHEMA)


def decimal_fault(place: str, entry: Table, key: str) -> list[str]:
    """Give a fault where a value is not a decimal written as text."""
    try:
        Decimal(entry.get(key, "x"))
    except (InvalidOperation, TypeError):
        return [f"{place}: {key} must be a decimal written as text, such as '3.00'"]
    return []
