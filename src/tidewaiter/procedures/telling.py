"""Notices: the words of the pack with the facts of the case put in, in every language it has."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from tidewaiter.knowledge.procedures import NoticeRule, Procedure, Way
from tidewaiter.procedures.case import Case, Notice, Running, Taken

#: stands where a fact is not known
UNKNOWN = "-"


def told(
    case: Case,
    moves: Iterable[tuple[Taken, Way, dict[str, Any], dict[str, Running]]],
    procedure: Procedure,
) -> tuple[Notice, ...]:
    """Give the notices of the events taken, in order."""
    return tuple(
        notice
        for taken, _, data, clocks in moves
        for rule in procedure.notices
        if taken.event.name in rule.on or (taken.led_to in rule.entering and not taken.noted)
        for notice in _notices(rule, case, procedure, _Moment(taken, data, clocks))
    )


def opening_notices(case: Case, procedure: Procedure) -> tuple[Notice, ...]:
    """Give the notices of a case's first state."""
    moment = _Moment(None, case.data, {clock.clock: clock for clock in case.clocks})
    return tuple(
        notice
        for rule in procedure.notices
        if case.state in rule.entering
        for notice in _notices(rule, case, procedure, moment)
    )


class _Moment:
    """What was known when a notice became due; `taken` None: the opening."""

    def __init__(
        self, taken: Taken | None, data: Mapping[str, Any], clocks: Mapping[str, Running]
    ) -> None:
        self.taken = taken
        self.data = data
        self.clocks = clocks


def _notices(
    rule: NoticeRule, case: Case, procedure: Procedure, moment: _Moment
) -> Iterable[Notice]:
    if not all(moment.data.get(name) in words for name, words in rule.when.items()):
        return
    taken = moment.taken
    clock = moment.clocks.get(rule.due or "")
    at = taken.event.at if taken else case.opening.at
    facts = dict.fromkeys(procedure.fields, UNKNOWN)
    facts |= {name: _shown(value) for name, value in moment.data.items()}
    facts |= {
        "case": case.case_id,
        "consignment": case.consignment_id,
        "state": procedure.states[taken.led_to if taken else case.state].title,
        "event": procedure.event(taken.event.name).title if taken else procedure.title,
        "law": taken.law if taken else case.law,
        "at": _moment(at, case.opening.zone),
        "due": _moment(clock.ends_at, case.opening.zone) if clock else UNKNOWN,
    }
    words = {language: text.format_map(facts) for language, text in rule.words.items()}
    identity = taken.event.identity if taken else "opening"
    for to in (str(moment.data.get(rule.to_field, UNKNOWN)),) if rule.to_field else rule.to:
        yield Notice(
            key=f"{case.case_id}:{rule.id}:{to}:{identity}",
            notice=rule.id,
            case_id=case.case_id,
            consignment_id=case.consignment_id,
            to=to,
            at=at,
            due_at=clock.ends_at if clock else None,
            words=words,
        )


def _shown(value: Any) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _moment(at: dt.datetime, zone: str) -> str:
    return f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M} {zone}"
