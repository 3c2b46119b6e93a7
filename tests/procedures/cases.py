"""Cases and events for the tests of procedures."""

from __future__ import annotations

import datetime as dt
from typing import Any

from hypothesis import strategies as st

from tidewaiter.knowledge.procedures import CLOCK, FieldRule, Procedure, load_procedures
from tidewaiter.procedures import Case, Event, Opening, Step, advance, open_case, step
from tidewaiter.vocabulary.errors import ProcedureError

KNOWN = load_procedures()
NAMES = sorted(KNOWN.by_name)
START = dt.datetime(2026, 11, 23, 14, tzinfo=dt.UTC)
HORIZON = START + dt.timedelta(days=900)


def at(text: str) -> dt.datetime:
    """Read a time; UTC if it says no offset."""
    moment = dt.datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def opening(name: str, **more: Any) -> Opening:
    """An opening that has what the procedure needs."""
    procedure = KNOWN.get(name)
    needed = {field: some(procedure.fields[field]) for field in procedure.opening_needs}
    values: dict[str, Any] = {
        "procedure": name,
        "case_id": f"{name}-1",
        "consignment_id": "parcel-1",
        "at": START,
        "actor": procedure.opened_by[0],
        "country": "US",
        "zone": "America/New_York",
        **more,
    }
    values["data"] = {**needed, **more.get("data", {})}
    return Opening(**values)


def opened(name: str, **more: Any) -> Step:
    return open_case(opening(name, **more), KNOWN)


def some(field: FieldRule) -> Any:
    """One value a field can have."""
    return {
        "word": field.words[0] if field.words else "",
        "text": "told",
        "number": 7,
        "flag": True,
        "time": "2026-12-24T12:00:00+00:00",
    }[field.kind]


def values(field: FieldRule) -> st.SearchStrategy[Any]:
    """All kinds of values a field can have."""
    hours = st.integers(-24 * 20, 24 * 90).map(lambda number: START + dt.timedelta(hours=number))
    return {
        "word": st.sampled_from(field.words or ("",)),
        "text": st.sampled_from(["", "one", "two"]),
        "number": st.integers(0, 9),
        "flag": st.booleans(),
        "time": hours.map(dt.datetime.isoformat),
    }[field.kind]


@st.composite
def events(draw: st.DrawFn, procedure: Procedure) -> Event:
    """Any event a person could report, by anybody, mostly by one who may."""
    rule = draw(st.sampled_from([e for e in procedure.events.values() if e.by != (CLOCK,)]))
    people = [actor for actor in rule.by if actor != CLOCK]
    told = [name for name in rule.takes if name in rule.needs or draw(st.booleans())]
    return Event(
        name=rule.id,
        at=START + dt.timedelta(minutes=draw(st.integers(0, 60 * 24 * 60))),
        actor=draw(st.sampled_from([*people, *people, "warehouse"])),
        by=draw(st.sampled_from(["", "post-1", "ann"])),
        data={name: draw(values(procedure.fields[name])) for name in told},
    )


def told(case: Case, event: Event, when: dt.datetime | None = None) -> Case:
    """Take an event, or keep the refusal."""
    try:
        return step(case, event, when or event.at, KNOWN).case
    except ProcedureError as fault:
        return kept(fault)


def kept(fault: ProcedureError) -> Case:
    """The case a refusal gives to keep."""
    assert isinstance(fault.case, Case)
    return fault.case


def rung(case: Case, now: dt.datetime) -> Case:
    return advance(case, now, KNOWN).case
