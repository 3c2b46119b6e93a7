"""A case as plain JSON and back: what a store keeps in a `jsonb` column."""

from __future__ import annotations

import datetime as dt
from typing import Any

from tidewaiter.procedures.case import Case, Event, Opening, Refused, Running, Taken
from tidewaiter.vocabulary.errors import InputError

#: form of the tree; a change of form gets a new number
FORM = 1


def case_to_json(case: Case) -> dict[str, Any]:
    """Give a case as dictionaries, lists and scalars that JSON can hold."""
    opening = case.opening
    return {
        "form": FORM,
        "opening": {
            "procedure": opening.procedure,
            "case_id": opening.case_id,
            "consignment_id": opening.consignment_id,
            "at": opening.at.isoformat(),
            "actor": opening.actor,
            "by": opening.by,
            "data": dict(opening.data),
            "country": opening.country,
            "zone": opening.zone,
        },
        "state": case.state,
        "entered_at": case.entered_at.isoformat(),
        "law": case.law,
        "seen_at": case.seen_at.isoformat(),
        "version": case.version,
        "data": dict(case.data),
        "log": [
            {
                "event": event_to_json(taken.event),
                "came_from": taken.came_from,
                "led_to": taken.led_to,
                "noted": taken.noted,
                "law": taken.law,
            }
            for taken in case.log
        ],
        "refused": [
            {"event": event_to_json(one.event), "state": one.state, "why": one.why}
            for one in case.refused
        ],
        "clocks": [
            {
                "clock": clock.clock,
                "started_at": clock.started_at.isoformat(),
                "ends_at": clock.ends_at.isoformat(),
                "fires": clock.fires,
            }
            for clock in case.clocks
        ],
    }


def case_from_json(tree: dict[str, Any]) -> Case:
    """Read a case that `case_to_json` gave.

    Raises:
        InputError: it is no such tree.
    """
    if tree.get("form") != FORM:
        raise InputError(
            f"a case in form {tree.get('form')!r} cannot be read.", remedy=f"The form is {FORM}."
        )
    try:
        return _case(tree)
    except (KeyError, TypeError, AttributeError, ValueError) as fault:
        raise InputError(f"no case can be read from this tree: {fault!r}.") from fault


def event_to_json(event: Event) -> dict[str, Any]:
    """Give an event as a dictionary."""
    return {
        "name": event.name,
        "at": event.at.isoformat(),
        "actor": event.actor,
        "by": event.by,
        "data": dict(event.data),
        "key": event.key,
    }


def _case(tree: dict[str, Any]) -> Case:
    opening = Opening(**{**tree["opening"], "at": _time(tree["opening"]["at"])})
    return Case(
        case_id=opening.case_id,
        procedure=opening.procedure,
        consignment_id=opening.consignment_id,
        opening=opening,
        state=tree["state"],
        entered_at=_time(tree["entered_at"]),
        law=tree["law"],
        seen_at=_time(tree["seen_at"]),
        version=tree["version"],
        data=tree["data"],
        log=tuple(Taken(**{**one, "event": _event(one["event"])}) for one in tree["log"]),
        refused=tuple(Refused(**{**one, "event": _event(one["event"])}) for one in tree["refused"]),
        clocks=tuple(
            Running(one["clock"], _time(one["started_at"]), _time(one["ends_at"]), one["fires"])
            for one in tree["clocks"]
        ),
    )


def _event(tree: dict[str, Any]) -> Event:
    return Event(**{**tree, "at": _time(tree["at"])})


def _time(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).astimezone(dt.UTC)
