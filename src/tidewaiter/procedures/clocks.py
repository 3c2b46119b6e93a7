"""When a clock ends: hours, days to their end, working days, or a time the case knows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from tidewaiter.knowledge.procedures import CASE_CALENDAR, ClockRule
from tidewaiter.procedures.case import Opening
from tidewaiter.vocabulary.errors import InputError
from tidewaiter.vocabulary.working_days import (
    add_working_days,
    end_of_day,
    local_day,
    next_working_day,
)


def ends_at(
    rule: ClockRule, started_at: dt.datetime, data: Mapping[str, Any], opening: Opening
) -> dt.datetime | None:
    """Give the last instant of a clock in UTC; None if the time it waits for is not known.

    Days are those of the case's place: the day it starts is not counted, the last runs to its end.
    """
    if rule.unit == "until":
        told = data.get(rule.field)
        return read_time(str(told), where=rule.field) if told else None
    if rule.unit == "hours":
        return started_at + dt.timedelta(hours=rule.amount)
    day = local_day(started_at, opening.zone)
    calendar = opening.country if rule.calendar == CASE_CALENDAR else rule.calendar
    if rule.unit == "working_days":
        return end_of_day(add_working_days(day, rule.amount, calendar), opening.zone)
    day += dt.timedelta(days=rule.amount)
    if rule.on_working_day:
        day = next_working_day(day, calendar)
    return end_of_day(day, opening.zone)


def read_time(text: str, *, where: str) -> dt.datetime:
    """Read an ISO 8601 time with its offset, as UTC.

    Raises:
        InputError: it is no such time.
    """
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError as fault:
        raise InputError(
            f"{text!r} is no time.", where=where, remedy="Write 2026-11-25T12:00:00+00:00."
        ) from fault
    return as_utc(moment, where=where)


def as_utc(moment: dt.datetime, *, where: str) -> dt.datetime:
    """Give a time in UTC.

    Raises:
        InputError: it has no offset.
    """
    if moment.tzinfo is None:
        raise InputError(
            f"{moment.isoformat()} has no offset from UTC.", where=where, remedy="Say +00:00."
        )
    return moment.astimezone(dt.UTC)
