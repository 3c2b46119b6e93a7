"""What changes ahead: entries that begin or end between two days, as sentences with their source.

Reads the dates of the pack only; it does not say what a change means for a given parcel (that is
reckoned by running the flow on both days).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from tidewaiter.knowledge.pack import Table
from tidewaiter.knowledge.regimes.law import Regime

KINDS_TOLD = ("measure", "limit", "collection")


@dataclass(frozen=True, slots=True)
class Change:
    """One entry that begins or ends.

    Args:
        day: first day on which things are different.
        event: begins or ends.
        id: of the entry.
        sentence: for a person.
        source: law and clause.
        confidence: of the source.
    """

    day: dt.date
    event: str
    id: str
    sentence: str
    source: str
    confidence: str


def changes(regime: Regime, after: dt.date, until: dt.date) -> list[Change]:
    """Give the changes after one day up to and including another, in order.

    Args:
        regime: whose.
        after: changes on or before this day are not told.
        until: last day looked at.
    """
    found = []
    for kind in KINDS_TOLD:
        for entry in regime.pack.body.get(kind, []):
            for event, key in (("begins", "from"), ("ends", "to")):
                day = entry.get(key)
                if day is not None and after < day <= until:
                    found.append(_change(regime, kind, entry, event, day))
    return sorted(found, key=lambda change: (change.day, change.event, change.id))


def _change(regime: Regime, kind: str, entry: Table, event: str, day: dt.date) -> Change:
    source = regime.pack.sources[entry["source"]]
    return Change(
        day=day,
        event=event,
        id=entry["id"],
        sentence=f"{day}: {entry['title']} {event}{_how_much(regime, kind, entry, event)}.",
        source=str(source),
        confidence=source.confidence,
    )


def _how_much(regime: Regime, kind: str, entry: Table, event: str) -> str:
    if event == "ends":
        return ""
    if kind == "limit":
        return f" ({entry['amount']} {regime.currency})"
    if kind == "measure":
        return f" ({entry.get('undetermined') or entry['rate']})"
    return ""
