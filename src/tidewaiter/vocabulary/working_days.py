"""Working days of a country: how long "five working days" is, across weekends and holidays.

Knows, through the `holidays` library, the public holidays and the weekend of each country and of
its parts (`US`, `GB-NIR`, `SA`). Counting is as the law mostly counts: the day on which something
happens is not counted, the last day runs to its end. Does not know half days, days on which one
office alone is closed, or days that a government adds at short notice: renew the library for those.
Pure: the library's calendars are reckoned, no clock or network is read.
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import holidays

from tidewaiter.vocabulary.errors import InputError, unknown_name

#: years the library can reckon
YEAR_MIN, YEAR_MAX = 1970, 2100
DAYS_MAX = 3660
#: customs names that are no names of a calendar
_ALIASES = {"XI": "GB-NIR"}
_LAST_INSTANT = dt.time(23, 59, 59, 999999)


def known_calendars() -> list[str]:
    """Names of all countries with a calendar; a part of one is written `GB-NIR`."""
    return sorted(holidays.list_supported_countries(include_aliases=False))


def check_calendar(calendar: str, *, where: str = "") -> None:
    """Make sure that a calendar is known.

    Raises:
        InputError: no such country or part; names the nearest ones.
    """
    country, part = _parts(calendar)
    parts_of = holidays.list_supported_countries(include_aliases=False)
    if country not in parts_of:
        raise unknown_name("calendar of working days", calendar, parts_of, where=where)
    if part and part not in parts_of[country]:
        raise unknown_name(f"part of {country}", part, parts_of[country], where=where)


def check_zone(zone: str, *, where: str = "") -> None:
    """Make sure that a time zone is known.

    Raises:
        InputError: no such zone.
    """
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError) as fault:
        raise InputError(
            f"no time zone is called {zone!r}.", where=where, remedy="Say America/New_York or UTC."
        ) from fault


def is_working_day(day: dt.date, calendar: str) -> bool:
    """Tell whether people work on a day.

    Raises:
        InputError: no such calendar, or a year that cannot be reckoned.

    >>> is_working_day(dt.date(2026, 11, 26), "US")  # Thanksgiving
    False
    """
    return day in _working_days(calendar, day.year)


def add_working_days(day: dt.date, number: int, calendar: str) -> dt.date:
    """Give the last of a number of working days after a day; the day itself is not counted.

    Raises:
        InputError: no such calendar, a negative number or more than `DAYS_MAX`.
        Source: the way 19 CFR 151.16(b) counts ("following the date on which").

    >>> add_working_days(dt.date(2026, 11, 23), 5, "US")  # across Thanksgiving
    datetime.date(2026, 12, 1)
    """
    if not 0 <= number <= DAYS_MAX:
        raise InputError(f"{number} working days are not between 0 and {DAYS_MAX}.")
    left = number
    while left:
        day += dt.timedelta(days=1)
        left -= is_working_day(day, calendar)
    return day


def next_working_day(day: dt.date, calendar: str) -> dt.date:
    """Give the day itself if people work on it, else the first working day after it."""
    while not is_working_day(day, calendar):
        day += dt.timedelta(days=1)
    return day


def local_day(at: dt.datetime, zone: str) -> dt.date:
    """Give the day it is at a place at an instant."""
    return at.astimezone(ZoneInfo(zone)).date()


def end_of_day(day: dt.date, zone: str) -> dt.datetime:
    """Give the last microsecond of a day at a place, in UTC."""
    return dt.datetime.combine(day, _LAST_INSTANT, ZoneInfo(zone)).astimezone(dt.UTC)


def _parts(calendar: str) -> tuple[str, str]:
    country, _, part = _ALIASES.get(calendar, calendar).partition("-")
    return country, part


@lru_cache(maxsize=512)
def _working_days(calendar: str, year: int) -> frozenset[dt.date]:
    # a year is reckoned once and frozen: the library's own growing calendars are not safe to share
    check_calendar(calendar)
    if not YEAR_MIN <= year <= YEAR_MAX:
        raise InputError(f"working days of {year} are not known, only {YEAR_MIN} to {YEAR_MAX}.")
    country, part = _parts(calendar)
    known = holidays.country_holidays(country, subdiv=part or None, years=year, expand=False)
    first = dt.date(year, 1, 1)
    days = (first + dt.timedelta(days=n) for n in range(366))
    return frozenset(day for day in days if day.year == year and known.is_working_day(day))
