"""Run the examples that stand in the procedure packs, and say which come out otherwise.

An example::

    title, opened_at, events = [[event, at, actor, data?], ...]
    opened_by?, country?, zone?, data?, until? (let clocks ring up to then)
    state?      the state at the end
    due?        { clock = "2026-11-09" }: the day, at its place, on which a clock ends
    refused?    names of the events that are refused, in order
    told?       names of the notices, in order
    caused?     "procedure.event" that other cases get, in order
    invalid?    it must come out otherwise than it says: a mistake people make

Times without offset are those of the example's zone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from tidewaiter.knowledge.procedures import Procedure, Procedures
from tidewaiter.procedures.case import Case, Event, Opening, Step
from tidewaiter.procedures.stepping import advance, open_case, step
from tidewaiter.vocabulary.errors import InputError, ProcedureError
from tidewaiter.vocabulary.working_days import local_day


def example_faults(procedure: Procedure, knowledge: Procedures) -> list[str]:
    """Give a sentence for each example of a procedure that comes out otherwise than it says."""
    faults = [] if procedure.examples else [f"{procedure.id}: a pack carries its own examples"]
    for example in procedure.examples:
        try:
            wrong = _differences(example, _Played(example, procedure, knowledge))
        except (InputError, ProcedureError) as fault:
            wrong = [str(fault)]
        if example.get("invalid"):
            wrong = [] if wrong else ["it comes out as said, but is marked invalid"]
        faults += [f"{procedure.id}: {example['title']}: {fault}" for fault in wrong]
    return faults


class _Played:
    """An example once played: the case at its end, and all that was told, caused and refused."""

    def __init__(
        self, example: Mapping[str, Any], procedure: Procedure, knowledge: Procedures
    ) -> None:
        self.zone = example.get("zone", "UTC")
        self.told: list[str] = []
        self.caused: list[str] = []
        self.refused: list[str] = []
        opening = Opening(
            procedure=procedure.id,
            case_id="example",
            consignment_id="parcel",
            at=self._time(example["opened_at"]),
            actor=example.get("opened_by", procedure.opened_by[0]),
            data=example.get("data", {}),
            country=example.get("country", ""),
            zone=self.zone,
        )
        self.case: Case = self._keep(open_case(opening, knowledge))
        for name, at, actor, *data in example["events"]:
            event = Event(name, self._time(at), actor, data=data[0] if data else {})
            try:
                self._keep(step(self.case, event, max(event.at, self.case.seen_at), knowledge))
            except ProcedureError as fault:
                self.refused.append(name)
                self.case = fault.case if isinstance(fault.case, Case) else self.case
        if "until" in example:
            self._keep(advance(self.case, self._time(example["until"]), knowledge))

    def _keep(self, done: Step) -> Case:
        self.case = done.case
        self.told += [notice.notice for notice in done.notices]
        self.caused += [f"{cause.procedure}.{cause.event.name}" for cause in done.causes]
        return done.case

    def _time(self, moment: dt.datetime) -> dt.datetime:
        return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(self.zone))


def _differences(example: Mapping[str, Any], played: _Played) -> list[str]:
    due = {c.clock: str(local_day(c.ends_at, played.zone)) for c in played.case.clocks}
    got: dict[str, Any] = {
        "state": played.case.state,
        "refused": played.refused,
        "told": played.told,
        "caused": played.caused,
    }
    wrong = [
        f"{key} is {value!r}, not {example[key]!r}"
        for key, value in got.items()
        if key in example and example[key] != value
    ]
    wrong += [
        f"clock {clock} ends on {due.get(clock, 'no day')}, not {day}"
        for clock, day in example.get("due", {}).items()
        if due.get(clock) != day
    ]
    if "refused" not in example and played.refused:
        wrong.append(f"refused are {played.refused!r}, and the example names none")
    return wrong
