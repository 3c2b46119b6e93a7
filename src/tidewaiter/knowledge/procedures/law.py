"""The shape of a procedure once its pack is read: frozen, checked, by name."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tidewaiter.vocabulary.errors import unknown_name

EVENT_TIME, ARRIVAL = "event_time", "arrival"
ORDERS = (ARRIVAL, EVENT_TIME)
CLOCK, SYSTEM = "clock", "system"
CASE_CALENDAR = "case"
#: who may act, in one word each; a partner's kind and a user's role map to one of them
ACTORS = {
    "officer": "customs officer",
    "supervisor": "officer who may overrule, for the two-person rule",
    "agency": "partner agency of government",
    "rights_holder": "holder of an intellectual property right",
    "seller": "seller",
    "platform": "marketplace",
    "buyer": "buyer",
    "consignee": "addressee",
    "declarant": "declarant, broker or representative",
    "carrier": "carrier or express company",
    "post": "designated postal operator",
    "warehouse": "fulfilment centre or bonded warehouse",
    SYSTEM: "Tidewaiter itself, following a decision or another case",
    CLOCK: "a deadline that ran out",
}
KINDS = ("text", "word", "time", "number", "flag")
LENGTHS = ("hours", "calendar_days", "working_days", "until")
#: what a notice may say beside the fields of the procedure
PLACEHOLDERS = ("case", "consignment", "state", "event", "law", "at", "due")


@dataclass(frozen=True, slots=True)
class Law:
    """A legal basis: citation and how sure we are of it."""

    text: str
    confidence: str


@dataclass(frozen=True, slots=True)
class State:
    """Where a case can stand."""

    id: str
    title: str
    final: bool


@dataclass(frozen=True, slots=True)
class FieldRule:
    """A thing a case can know; `words` closes the set of answers of kind `word`."""

    id: str
    title: str
    kind: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CausedEvent:
    """An event another case of the same consignment gets."""

    procedure: str
    event: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Way:
    """One transition; `leads_to` None: the event is noted and the case stays."""

    states: tuple[str, ...]
    leads_to: str | None
    when: Mapping[str, tuple[Any, ...]]
    given: tuple[str, ...]
    not_while: str | None
    first_day: dt.date
    until_day: dt.date
    law: Law
    causes: tuple[CausedEvent, ...]

    def in_force(self, on: dt.date) -> bool:
        """Tell whether the law has this way on a day."""
        return self.first_day <= on < self.until_day

    def holds(self, data: Mapping[str, Any]) -> bool:
        """Tell whether the conditions on the data of the case hold."""
        return all(data.get(name) in words for name, words in self.when.items()) and all(
            is_given(data, name) for name in self.given
        )

    def condition(self) -> str:
        """Say the conditions in words; empty if there are none."""
        parts = [f"{name} is {' or '.join(map(str, w))}" for name, w in self.when.items()]
        parts += [f"{name} is given" for name in self.given]
        parts += [f"clock {self.not_while} has ended"] if self.not_while else []
        return " and ".join(parts)


@dataclass(frozen=True, slots=True)
class EventRule:
    """Something that happens to a case, by whom, with what it must and may tell."""

    id: str
    title: str
    by: tuple[str, ...]
    needs: tuple[str, ...]
    takes: tuple[str, ...]
    ways: tuple[Way, ...]
    place: int


@dataclass(frozen=True, slots=True)
class ClockRule:
    """A deadline: what starts it, how long it runs, what happens by itself at its end."""

    id: str
    title: str
    starts_in: tuple[str, ...]
    starts_at: tuple[str, ...]
    runs_in: tuple[str, ...]
    unit: str
    amount: int
    field: str
    calendar: str
    on_working_day: bool
    fires: str
    first_day: dt.date
    until_day: dt.date
    law: Law

    def in_force(self, on: dt.date) -> bool:
        """Tell whether the law has this clock on a day."""
        return self.first_day <= on < self.until_day

    def length(self) -> str:
        """Say how long it runs, in words."""
        if self.unit == "until":
            return f"until the time in `{self.field}`"
        unit = self.unit.replace("_", " ")
        day = f"{self.amount} {unit.removesuffix('s') if self.amount == 1 else unit}"
        where = f" ({self.calendar})" if self.calendar else ""
        return f"{day}{where}{', to a working day' if self.on_working_day else ''}"


@dataclass(frozen=True, slots=True)
class NoticeRule:
    """What is told to whom when an event happens or a state is entered.

    Args:
        id: its name.
        to: actors it goes to.
        to_field: the field that names the one actor it goes to instead.
        on: events that make it due.
        entering: states whose entering makes it due.
        when: what the data must say.
        due: the clock whose end it tells.
        words: text by language.
    """

    id: str
    to: tuple[str, ...]
    to_field: str
    on: tuple[str, ...]
    entering: tuple[str, ...]
    when: Mapping[str, tuple[Any, ...]]
    due: str | None
    words: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Invariant:
    """What must hold while a case is in certain states; an event that would break it is refused."""

    id: str
    title: str
    states: tuple[str, ...]
    given: tuple[str, ...]
    equals: Mapping[str, tuple[Any, ...]]
    law: Law

    def broken(self, state: str, data: Mapping[str, Any]) -> bool:
        """Tell whether a state with these data breaks it."""
        return state in self.states and not (
            all(is_given(data, name) for name in self.given)
            and all(data.get(name) in words for name, words in self.equals.items())
        )


@dataclass(frozen=True, slots=True)
class Procedure:
    """One procedure."""

    id: str
    title: str
    order: str
    start: str
    opened_by: tuple[str, ...]
    opening_needs: tuple[str, ...]
    law: Law
    states: Mapping[str, State]
    fields: Mapping[str, FieldRule]
    events: Mapping[str, EventRule]
    clocks: tuple[ClockRule, ...]
    notices: tuple[NoticeRule, ...]
    invariants: tuple[Invariant, ...]
    examples: tuple[Mapping[str, Any], ...]
    digest: str

    def event(self, name: str) -> EventRule:
        """Give an event by name.

        Raises:
            InputError: no such event; names the nearest ones.
        """
        if name not in self.events:
            raise unknown_name(f"event of procedure {self.id}", name, self.events)
        return self.events[name]

    @property
    def calendar_of_case(self) -> bool:
        """Tell whether a case must say its country, because a clock counts its working days."""
        return any(clock.calendar == CASE_CALENDAR for clock in self.clocks)


@dataclass(frozen=True, slots=True)
class Procedures:
    """All procedures by name, and the digests of their packs."""

    by_name: Mapping[str, Procedure]
    digests: dict[str, str]

    def get(self, name: str) -> Procedure:
        """Give a procedure by name.

        Raises:
            InputError: no such procedure; names the nearest ones.
        """
        if name not in self.by_name:
            raise unknown_name("procedure", name, self.by_name)
        return self.by_name[name]


def is_given(data: Mapping[str, Any], name: str) -> bool:
    """Tell whether a field is there and not empty."""
    return data.get(name) not in (None, "")
