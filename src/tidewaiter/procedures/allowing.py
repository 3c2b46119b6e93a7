"""What may happen to a case now: which event, by whom, telling what, and from when."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from tidewaiter.knowledge.procedures import CLOCK, EventRule, Procedure, Procedures, Way
from tidewaiter.procedures.case import Case
from tidewaiter.procedures.checking import procedure_of
from tidewaiter.procedures.clocks import as_utc
from tidewaiter.vocabulary.working_days import end_of_day, local_day


@dataclass(frozen=True, slots=True)
class Allowed:
    """An event the case may take.

    Args:
        event: its name.
        title: what it is, for a person.
        by: actors who may cause it.
        needs: fields it must tell.
        leads_to: states it may lead to; empty if it is only noted.
        condition: what must hold of the data, in words; empty if nothing.
        since: from when; None: now.
        law: its legal basis.
    """

    event: str
    title: str
    by: tuple[str, ...]
    needs: tuple[str, ...]
    leads_to: tuple[str, ...]
    condition: str
    since: dt.datetime | None
    law: str


def allowed(case: Case, at: dt.datetime, knowledge: Procedures) -> tuple[Allowed, ...]:
    """Give the events the law has for the state a case is in, those that only wait included.

    Conditions are told, not judged: data may come with the event itself. Call `advance` first if
    clocks may have ended.
    """
    return allowed_by(case, as_utc(at, where="at"), procedure_of(case, knowledge))


def allowed_by(case: Case, at: dt.datetime, procedure: Procedure) -> tuple[Allowed, ...]:
    """Give the same for a procedure at hand."""
    found = (_allowed(case, at, rule) for rule in procedure.events.values())
    return tuple(one for one in found if one is not None)


def _allowed(case: Case, at: dt.datetime, rule: EventRule) -> Allowed | None:
    on = local_day(at, case.opening.zone)
    here = [way for way in rule.ways if case.state in way.states and on < way.until_day]
    if not here or rule.by == (CLOCK,):
        return None
    waits = [_since(case, at, way) for way in here]
    first = here[0]
    return Allowed(
        event=rule.id,
        title=rule.title,
        by=tuple(actor for actor in rule.by if actor != CLOCK),
        needs=rule.needs,
        leads_to=tuple(dict.fromkeys(way.leads_to for way in here if way.leads_to is not None)),
        condition=" or ".join(way.condition() for way in here)
        if all(way.condition() for way in here)
        else "",
        since=None if None in waits else min(wait for wait in waits if wait is not None),
        law=first.law.text,
    )


def _since(case: Case, at: dt.datetime, way: Way) -> dt.datetime | None:
    waits = [clock.ends_at for clock in case.clocks if clock.clock == way.not_while]
    if local_day(at, case.opening.zone) < way.first_day:
        waits.append(end_of_day(way.first_day - dt.timedelta(days=1), case.opening.zone))
    return max(waits, default=None)
