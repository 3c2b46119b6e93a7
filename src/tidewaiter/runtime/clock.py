"""The only place that reads the clock; pure rooms are given `on`."""

from __future__ import annotations

import datetime as dt

from tidewaiter.vocabulary.errors import InputError


def today() -> dt.date:
    """Give today's date in UTC."""
    return dt.datetime.now(dt.UTC).date()  # noqa: TID251 - the one allowed reading of the clock


def parse_day(text: str | None) -> dt.date:
    """Read `--on`: an ISO date; today if none is given.

    Raises:
        InputError: not a date.
    """
    if text is None:
        return today()
    try:
        return dt.date.fromisoformat(text)
    except ValueError as fault:
        raise InputError(
            f"{text!r} is not a date.", where="--on", remedy="Write it as 2026-11-01."
        ) from fault
