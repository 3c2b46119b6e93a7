"""Whether what a caller hands in can be a case or an event of a procedure at all.

This is about the call (names, kinds, times), not about the law: it raises `InputError`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tidewaiter.knowledge.procedures import ACTORS, CLOCK, FieldRule, Procedure, Procedures
from tidewaiter.procedures.case import Case, Event, Opening
from tidewaiter.procedures.clocks import as_utc, read_time
from tidewaiter.vocabulary.errors import InputError, ProcedureError, unknown_name
from tidewaiter.vocabulary.working_days import check_calendar, check_zone

TEXT_CHARS_MAX = 4000
KEY_CHARS_MAX = 400


def procedure_of(case: Case, knowledge: Procedures) -> Procedure:
    """Give the procedure of a case.

    Raises:
        InputError: there is none, or it no longer has the state the case stands in.
    """
    procedure = knowledge.get(case.procedure)
    if case.state not in procedure.states:
        raise InputError(
            f"the case stands in {case.state!r}, a state that {procedure.id} no longer has.",
            where=case.case_id,
            remedy="A pack's states are never taken out: put it back, and let nothing lead to it "
            "any more by ending its ways with `to`.",
        )
    return procedure


def check_opening(opening: Opening, procedure: Procedure) -> Opening:
    """Give the opening with its time in UTC.

    Raises:
        InputError: an unknown actor, field, word, country or zone, or a time without offset.
        ProcedureError: the actor may not open such a case, or a field is missing.
    """
    where = f"{opening.case_id} ({procedure.id})"
    _check_actor(opening.actor, where)
    check_zone(opening.zone, where=where)
    if opening.country or procedure.calendar_of_case:
        check_calendar(opening.country, where=where)
    check_data(opening.data, procedure, where=where)
    if opening.actor not in procedure.opened_by:
        raise ProcedureError(
            f"a {opening.actor} may not open a case of {procedure.title}.",
            where=where,
            remedy=f"It is opened by {', '.join(procedure.opened_by)}.",
            clause=procedure.law.text,
        )
    missing = [name for name in procedure.opening_needs if opening.data.get(name) in (None, "")]
    if missing:
        raise ProcedureError(
            f"a case of {procedure.title} cannot be opened without {', '.join(missing)}.",
            where=where,
            remedy="Tell "
            + "; ".join(f"{name}: {procedure.fields[name].title}" for name in missing)
            + ".",
            clause=procedure.law.text,
        )
    return replace(opening, at=as_utc(opening.at, where=where), data=dict(opening.data))


def check_event(event: Event, procedure: Procedure) -> Event:
    """Give the event with its time in UTC.

    Raises:
        InputError: no such event or actor, a time without offset, a key that is too long, or data
            the event does not take.
    """
    rule = procedure.event(event.name)
    where = f"{procedure.id} {event.name}"
    _check_actor(event.actor, where)
    if event.actor != CLOCK and event.key.startswith(f"{CLOCK}:"):
        raise InputError("keys that begin with 'clock:' are the clocks' own.", where=where)
    if len(event.key) > KEY_CHARS_MAX:
        raise InputError(f"the key is longer than {KEY_CHARS_MAX} characters.", where=where)
    for name in event.data:
        if name not in rule.takes:
            raise unknown_name(f"field of event {event.name}", name, rule.takes, where=where)
    return replace(event, at=as_utc(event.at, where=where), data=dict(event.data))


def check_data(data: Mapping[str, Any], procedure: Procedure, *, where: str) -> None:
    """Make sure that data are fields of the procedure, each of its kind.

    Raises:
        InputError: a field or word that is not known, or a value of another kind.
    """
    for name, value in data.items():
        if name not in procedure.fields:
            raise unknown_name(f"field of {procedure.id}", name, procedure.fields, where=where)
        _check_value(procedure.fields[name], value, where=f"{where} {name}")


def _check_value(field: FieldRule, value: Any, *, where: str) -> None:
    wanted: dict[str, type] = {"flag": bool, "number": int}
    kind = wanted.get(field.kind, str)
    if type(value) is not kind:
        raise InputError(f"{value!r} is no {field.kind}.", where=where)
    if isinstance(value, str):
        if len(value) > TEXT_CHARS_MAX:
            raise InputError(f"longer than {TEXT_CHARS_MAX} characters.", where=where)
        if field.words and value not in field.words:
            raise unknown_name("word", value, field.words, where=where)
        if field.kind == "time":
            read_time(value, where=where)


def _check_actor(actor: str, where: str) -> None:
    if actor not in ACTORS:
        raise unknown_name("actor", actor, ACTORS, where=where)
