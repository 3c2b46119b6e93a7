"""From a checked procedure pack to a `Procedure`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from tidewaiter.knowledge.pack import Pack, Table
from tidewaiter.knowledge.procedures.law import (
    LENGTHS,
    CausedEvent,
    ClockRule,
    EventRule,
    FieldRule,
    Invariant,
    Law,
    NoticeRule,
    Procedure,
    State,
    Way,
)


def build(pack: Pack) -> Procedure:
    """Build the procedure of a pack that has no faults."""
    body, head = pack.body, pack.body["procedure"]
    return Procedure(
        id=pack.path.stem,
        title=head["title"],
        order=head["order"],
        start=head["start"],
        opened_by=tuple(head["opened_by"]),
        opening_needs=tuple(head.get("opening_needs", ())),
        law=_law(pack, head),
        states={e["id"]: State(e["id"], e["title"], e.get("final", False)) for e in body["state"]},
        fields={
            e["id"]: FieldRule(e["id"], e["title"], e["kind"], tuple(e.get("words", ())))
            for e in body.get("field", ())
        },
        events={e["id"]: _event(pack, e, place) for place, e in enumerate(body["event"])},
        clocks=tuple(_clock(pack, entry) for entry in body.get("clock", ())),
        notices=tuple(_notice(entry) for entry in body.get("notice", ())),
        invariants=tuple(_invariant(pack, entry) for entry in body.get("invariant", ())),
        examples=tuple(body.get("example", ())),
        digest=pack.digest,
    )


def words_of(table: Mapping[str, Any]) -> dict[str, tuple[Any, ...]]:
    """Give a condition with one word or several as one with several."""
    return {
        name: tuple(word) if isinstance(word, list) else (word,) for name, word in table.items()
    }


def _law(pack: Pack, entry: Table, above: Table | None = None) -> Law:
    named = entry if "source" in entry or above is None else above
    source = pack.sources[named["source"]]
    clause = entry.get("clause", named.get("clause", ""))
    text = f"{source.title}, {clause}" if clause else str(source)
    return Law(text, source.confidence)


def _days(pack: Pack, *entries: Table) -> tuple[dt.date, dt.date]:
    head = pack.body["procedure"]
    first = next((entry["from"] for entry in (*entries, head) if "from" in entry), dt.date.min)
    until = next((entry["to"] for entry in entries if "to" in entry), dt.date.max)
    return first, until


def _event(pack: Pack, entry: Table, place: int) -> EventRule:
    ways = [_way(pack, entry, way) for way in entry.get("way", ())]
    if entry.get("noted_in"):
        noted: Table = {"in": entry["noted_in"]}
        ways.append(_way(pack, entry, noted))
    needs = tuple(entry.get("needs", ()))
    return EventRule(
        id=entry["id"],
        title=entry["title"],
        by=tuple(entry["by"]),
        needs=needs,
        takes=(*needs, *entry.get("takes", ())),
        ways=tuple(ways),
        place=place,
    )


def _way(pack: Pack, event: Table, way: Table) -> Way:
    first, until = _days(pack, way, event)
    return Way(
        states=tuple(way["in"]),
        leads_to=way.get("leads_to"),
        when=words_of(way.get("when", {})),
        given=tuple(way.get("given", ())),
        not_while=way.get("not_while"),
        first_day=first,
        until_day=until,
        law=_law(pack, way, event),
        causes=tuple(
            CausedEvent(cause["procedure"], cause["event"], cause.get("data", {}))
            for cause in way.get("causes", ())
        ),
    )


def _clock(pack: Pack, entry: Table) -> ClockRule:
    first, until = _days(pack, entry)
    unit = next(name for name in LENGTHS if name in entry)
    starts_in = tuple(entry.get("starts_in", ()))
    return ClockRule(
        id=entry["id"],
        title=entry["title"],
        starts_in=starts_in,
        starts_at=tuple(entry.get("starts_at", ())),
        runs_in=tuple(entry.get("runs_in", starts_in)),
        unit=unit,
        amount=entry[unit] if unit != "until" else 0,
        field=entry[unit] if unit == "until" else "",
        calendar=entry.get("calendar", ""),
        on_working_day=entry.get("on_working_day", False),
        fires=entry["fires"],
        first_day=first,
        until_day=until,
        law=_law(pack, entry),
    )


def _notice(entry: Table) -> NoticeRule:
    return NoticeRule(
        id=entry["id"],
        to=tuple(entry.get("to", ())),
        to_field=entry.get("to_field", ""),
        on=tuple(entry.get("on", ())),
        entering=tuple(entry.get("entering", ())),
        when=words_of(entry.get("when", {})),
        due=entry.get("due"),
        words=entry["words"],
    )


def _invariant(pack: Pack, entry: Table) -> Invariant:
    return Invariant(
        id=entry["id"],
        title=entry["title"],
        states=tuple(entry["in"]),
        given=tuple(entry.get("given", ())),
        equals=words_of(entry.get("is", {})),
        law=_law(pack, entry),
    )
