"""Show a country's regime on a day: limits, what is owed, who pays, and what changes ahead."""

from __future__ import annotations

import datetime as dt
from typing import Any

from tidewaiter.knowledge.pack import pack_paths
from tidewaiter.knowledge.regimes import (
    Collection,
    Limit,
    Measure,
    Regime,
    load_regime,
    regime_for,
)
from tidewaiter.knowledge.regimes.changes import changes
from tidewaiter.knowledge.regimes.reading import as_known

AHEAD_DAYS = 365
CONFIDENCE_WORDS = {
    "official": "official text",
    "secondary": "secondary source",
    "derived": "derived",
    "memory": "from memory, to be checked",
    "own": "own choice",
}


def overview(on: dt.date) -> list[dict[str, Any]]:
    """Give every regime in a line: who, low-value limits on a day, next change."""
    rows = []
    for path in pack_paths("regimes"):
        regime = load_regime(path.stem)
        law = regime.on_day(on)
        ahead = changes(regime, on, on + dt.timedelta(days=AHEAD_DAYS))
        rows.append(
            {
                "regime": path.stem.upper(),
                "title": regime.title,
                "currency": regime.currency,
                "limits": [limit.title for limit in law.limits],
                "measures": len(law.measures),
                "next_change": ahead[0].sentence if ahead else "",
                "scenario": regime.scenario,
            }
        )
    return rows


def describe(
    country: str, on: dt.date, *, until: dt.date | None = None, known_at: dt.date | None = None
) -> dict[str, Any]:
    """Give a country's regime on a day.

    Args:
        country: country of destination, or the name of a regime.
        on: the day.
        until: last day of the changes ahead; by default a year on.
        known_at: by what was known on that day.

    Raises:
        InputError: no regime for the country.
    """
    regime = load_regime(regime_for(country))
    if known_at is not None:
        regime = as_known(regime, known_at)
    law = regime.on_day(on)
    told = changes(regime, on, until or on + dt.timedelta(days=AHEAD_DAYS))
    return {
        "country": country.upper(),
        "regime": regime.title,
        "on": on.isoformat(),
        "currency": regime.currency,
        "customs_value": _VALUATION[regime.valuation],
        "scenario": regime.scenario,
        "limits": [_limit(limit, regime) for limit in law.limits],
        "measures": [_measure(measure) for measure in law.measures],
        "collection": [_collection(one) for one in law.collections],
        "changes_ahead": [
            {"day": one.day.isoformat(), "sentence": one.sentence, "legal": one.source,
             "confidence": one.confidence}
            for one in told
        ],
        "questions": regime.questions,
        "pack": f"{regime.pack.id}@{regime.pack.digest[:12]}",
        "retrieved_on": regime.pack.retrieved_on.isoformat(),
    }  # fmt: skip


_VALUATION = {
    "cif": "goods, freight and insurance (CIF)",
    "fob": "goods without freight and insurance (FOB)",
    "price": "price of the goods",
}


def _limit(limit: Limit, regime: Regime) -> dict[str, str]:
    return {
        "title": limit.title,
        "amount": f"{limit.amount} {regime.currency}",
        "measured_on": limit.basis.replace("_", " and "),
        "legal": limit.source,
    }


def _measure(measure: Measure) -> dict[str, str]:
    rate = measure.undetermined or measure.rate_text
    return {
        "layer": measure.id,
        "kind": measure.kind,
        "title": measure.title,
        "rate": f"{rate} per {measure.per.replace('_', ' ')}" if measure.per else rate,
        "on": " + ".join(part.replace("_", " ") for part in measure.base),
        "when": measure.hit.text,
        "legal": measure.source,
        "confidence": measure.confidence,
    }


def _collection(one: Collection) -> dict[str, str]:
    return {
        "scheme": one.scheme, "title": one.title, "model": one.model, "debtor": one.debtor,
        "moment": one.moment, "remit": one.remit, "guarantee": one.guarantee,
        "refund": one.refund, "when": one.hit.text, "legal": one.source,
        "confidence": one.confidence,
    }  # fmt: skip
