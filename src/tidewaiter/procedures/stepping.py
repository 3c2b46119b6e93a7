"""Open a case, take an event, let clocks ring: the verbs of the room.

Legal order: `open_case` once; then `step` and `advance` in any order. `advance` may come late,
twice or never: `step` first lets ring what ended before the event, so the outcome does not depend
on when somebody looked at the clocks.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from tidewaiter.knowledge.procedures import (
    CLOCK,
    EVENT_TIME,
    SYSTEM,
    Procedure,
    Procedures,
)
from tidewaiter.procedures.case import (
    EVENTS_MAX,
    Case,
    Cause,
    Event,
    Opening,
    Refused,
    Running,
    Step,
    Taken,
    digest,
)
from tidewaiter.procedures.checking import check_data, check_event, check_opening, procedure_of
from tidewaiter.procedures.clocks import as_utc
from tidewaiter.procedures.course import Course
from tidewaiter.procedures.refusing import refusal
from tidewaiter.procedures.telling import opening_notices, told

__all__ = ["advance", "due", "due_at", "open_case", "step"]


def open_case(opening: Opening, knowledge: Procedures) -> Step:
    """Begin a case.

    Raises:
        InputError: no such procedure, field, country or zone, or a time without offset.
        ProcedureError: the actor may not open it, or a field it needs is missing.
    """
    procedure = knowledge.get(opening.procedure)
    opening = check_opening(opening, procedure)
    course = Course(procedure, opening)
    course.begin()
    case = _case(course, opening.at, version=1)
    return Step(case, notices=opening_notices(case, procedure), clocks=case.clocks)


def step(case: Case, event: Event, at: dt.datetime, knowledge: Procedures) -> Step:
    """Take one event.

    Args:
        case: the case as kept.
        event: what happened, and when it happened.
        at: when it is told, not before it happened; clocks that ended before this ring too.
        knowledge: all procedures.

    Returns:
        the step; its case is the same object if the event was known already.

    Raises:
        InputError: an event, field or word the procedure does not know.
        ProcedureError: the law does not allow it now. `.case`, if there is one, is the case with
            the refusal logged and is to be kept.
    """
    procedure = procedure_of(case, knowledge)
    event, at = check_event(event, procedure), as_utc(at, where="at")
    if event.actor == CLOCK:
        return _rung(case, event, at, knowledge)
    known = _known(case, event)
    if known is not None and known.event != event:
        raise refusal(case, event, "another event has its key", procedure)
    if isinstance(known, Refused):
        raise refusal(case, event, known.why, procedure, state=known.state)
    if known is not None:
        return Step(case, clocks=case.clocks)
    if event.at > at:
        raise refusal(case, event, "it has not happened yet", procedure)
    if len(case.log) + len(case.refused) >= EVENTS_MAX:
        raise refusal(case, event, f"the case holds {EVENTS_MAX} events already", procedure)
    check_data(event.data, procedure, where=f"{case.case_id} {event.name}")
    if procedure.order == EVENT_TIME:
        course = _refold(case, event, max(at, case.seen_at), procedure)
    else:
        course = _append(case, event, max(at, case.seen_at), procedure)
    return _outcome(case, event, course, max(at, case.seen_at), procedure)


def advance(case: Case, now: dt.datetime, knowledge: Procedures) -> Step:
    """Let every clock ring that ended before `now`; the same case if there is none.

    Raises:
        ProcedureError: clocks ring without end.
    """
    now = as_utc(now, where="now")
    if not due(case, now):
        return Step(case, clocks=case.clocks)
    procedure = procedure_of(case, knowledge)
    course = Course(procedure, case.opening)
    course.resume(case)
    course.until(now)
    return _stepped(case, course, max(now, case.seen_at), procedure)


def due(case: Case, now: dt.datetime) -> tuple[Event, ...]:
    """Give the events of the clocks that ended before `now`, earliest first.

    These are what is due at once; what they start may be due too, and `advance` follows it through.
    """
    now = as_utc(now, where="now")
    past = sorted(
        (clock for clock in case.clocks if clock.ends_at < now),
        key=lambda clock: (clock.ends_at, clock.clock),
    )
    return tuple(Event(clock.fires, clock.ends_at, CLOCK) for clock in past)


def due_at(case: Case) -> dt.datetime | None:
    """Give the last instant before the next clock rings; None if none runs."""
    return min((clock.ends_at for clock in case.clocks), default=None)


def _rung(case: Case, event: Event, at: dt.datetime, knowledge: Procedures) -> Step:
    """Take an event of a clock: only if it is due."""
    if any(taken.event.actor == CLOCK and _same(taken.event, event) for taken in case.log):
        return Step(case, clocks=case.clocks)
    if not any(_same(event, other) for other in due(case, at)):
        procedure = procedure_of(case, knowledge)
        raise refusal(case, event, "no clock that causes it has ended", procedure)
    return advance(case, at, knowledge)


def _same(one: Event, other: Event) -> bool:
    return one.name == other.name and one.at == other.at


def _known(case: Case, event: Event) -> Taken | Refused | None:
    """Give what became of an event that was told already."""
    known: tuple[Taken | Refused, ...] = (*case.log, *case.refused)
    return next((one for one in known if one.event.identity == event.identity), None)


def _append(case: Case, event: Event, until: dt.datetime, procedure: Procedure) -> Course:
    """Go on from where the case stands; the past is closed."""
    course = Course(procedure, case.opening)
    course.resume(case)
    course.until(event.at)
    latest = course.log[-1].event.at if course.log else case.opening.at
    if event.at < latest:
        moved_on = f"the case has moved on since, at {latest:%Y-%m-%d %H:%M:%S} UTC"
        course.refused.append(Refused(event, course.state, moved_on))
    else:
        course.take(event)
    course.until(until)
    return course


def _refold(case: Case, event: Event, until: dt.datetime, procedure: Procedure) -> Course:
    """Tell the whole story again, in the order in which things happened."""
    course = Course(procedure, case.opening)
    latest = max((taken.event.at for taken in case.log), default=None)
    if latest is not None and event.at > latest and not case.refused:
        course.resume(case)
        story = [event]
    else:
        course.begin()
        story = [taken.event for taken in case.log if taken.event.actor != CLOCK]
        story += [refused.event for refused in case.refused if refused.event.actor != CLOCK]
        story.append(event)
        story.sort(key=lambda e: (e.at, procedure.event(e.name).place, e.identity))
    for one in story:
        course.until(one.at)
        course.take(one)
    course.until(until)
    return course


def _outcome(
    case: Case, event: Event, course: Course, seen_at: dt.datetime, procedure: Procedure
) -> Step:
    """Give the step, or raise if the event itself was refused."""
    done = _stepped(case, course, seen_at, procedure)
    for refused in done.refused:
        if refused.event == event:
            raise refusal(done.case, event, refused.why, procedure, state=refused.state)
    return done


def _stepped(case: Case, course: Course, seen_at: dt.datetime, procedure: Procedure) -> Step:
    after = _case(course, seen_at, version=case.version + 1)
    before = {_fact(taken) for taken in case.log}
    kept = {_fact(taken) for taken in after.log}
    news = [move for move in course.moves if _fact(move[0]) not in before]
    known_refusals = {refused.event.identity for refused in case.refused}
    return Step(
        case=after,
        notices=told(after, news, procedure),
        clocks=after.clocks,
        causes=tuple(
            Cause(
                caused.procedure,
                case.consignment_id,
                Event(
                    caused.event,
                    taken.event.at,
                    SYSTEM,
                    by=case.case_id,
                    data=caused.data,
                    key=digest([taken.event.identity, taken.led_to, caused.procedure]),
                ),
            )
            for taken, way, _, _ in news
            for caused in way.causes
        ),
        taken=tuple(move[0] for move in news),
        undone=tuple(taken for taken in case.log if _fact(taken) not in kept),
        refused=tuple(r for r in after.refused if r.event.identity not in known_refusals),
    )


def _fact(taken: Taken) -> tuple[str, str, bool]:
    return taken.event.identity, taken.led_to, taken.noted


def _case(course: Course, seen_at: dt.datetime, *, version: int) -> Case:
    opening = course.opening
    return Case(
        case_id=opening.case_id,
        procedure=course.procedure.id,
        consignment_id=opening.consignment_id,
        opening=opening,
        state=course.state,
        entered_at=course.entered_at,
        law=course.law,
        seen_at=seen_at,
        version=version,
        data=course.data,
        log=tuple(course.log),
        refused=tuple(course.refused),
        clocks=_in_order(course.clocks.values()),
    )


def _in_order(clocks: Iterable[Running]) -> tuple[Running, ...]:
    return tuple(sorted(clocks, key=lambda clock: (clock.ends_at, clock.clock)))
