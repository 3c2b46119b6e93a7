"""Working days across weekends and holidays of several countries: days looked up in a calendar."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidewaiter.vocabulary.errors import InputError
from tidewaiter.vocabulary.working_days import (
    add_working_days,
    check_calendar,
    check_zone,
    end_of_day,
    is_working_day,
    known_calendars,
    local_day,
    next_working_day,
)


@pytest.mark.requirement("J1")
@pytest.mark.partly("the clocks; no officer's page opens and carries the case yet")
@pytest.mark.parametrize(
    ("start", "number", "calendar", "end"),
    [
        pytest.param("2026-11-23", 5, "US", "2026-12-01", id="Thanksgiving falls away in the US"),
        pytest.param("2026-11-23", 5, "DE", "2026-11-30", id="Germany works on Thanksgiving"),
        pytest.param("2026-11-09", 5, "US", "2026-11-17", id="Veterans Day falls away"),
        pytest.param("2026-07-01", 2, "US", "2026-07-06", id="4 July on a Saturday is kept on Friday"),
        pytest.param("2026-12-23", 3, "US", "2026-12-29", id="Christmas and a weekend fall away"),
        pytest.param("2027-12-30", 1, "US", "2028-01-03", id="New Year kept in the old year"),
        pytest.param("2026-12-24", 1, "GB", "2026-12-29", id="Boxing Day moved to Monday"),
        pytest.param("2026-07-10", 1, "GB-NIR", "2026-07-14", id="12 July kept in Northern Ireland"),
        pytest.param("2026-07-10", 1, "GB-ENG", "2026-07-13", id="12 July not kept in England"),
        pytest.param("2026-07-10", 1, "XI", "2026-07-14", id="XI is Northern Ireland"),
        pytest.param("2026-11-05", 1, "SA", "2026-11-08", id="weekend is Friday and Saturday"),
        pytest.param("2026-11-06", 1, "AE", "2026-11-09", id="the Emirates work on Friday"),
        pytest.param("2021-11-04", 1, "AE", "2021-11-07", id="before 2022 they did not"),
        pytest.param("2026-11-20", 0, "US", "2026-11-20", id="no days are no days"),
        pytest.param("2026-11-20", 1, "US", "2026-11-23", id="Friday to Monday"),
    ],
)  # fmt: skip
def test_working_days_are_counted(start: str, number: int, calendar: str, end: str) -> None:
    got = add_working_days(dt.date.fromisoformat(start), number, calendar)
    assert got == dt.date.fromisoformat(end)


@given(
    st.dates(dt.date(2000, 1, 1), dt.date(2060, 1, 1)),
    st.integers(0, 40),
    st.integers(0, 40),
    st.sampled_from(["US", "DE", "SA", "JP", "GB-NIR"]),
)
def test_days_add_up_and_end_on_a_working_day(
    day: dt.date, some: int, more: int, calendar: str
) -> None:
    end = add_working_days(day, some + more, calendar)
    assert add_working_days(add_working_days(day, some, calendar), more, calendar) == end
    if some + more:
        assert is_working_day(end, calendar)
        between = (day + dt.timedelta(days=n) for n in range(1, (end - day).days + 1))
        assert sum(is_working_day(one, calendar) for one in between) == some + more
    assert is_working_day(next_working_day(day, calendar), calendar)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        pytest.param(lambda: check_calendar("EU"), "no calendar", id="a union has no calendar"),
        pytest.param(lambda: check_calendar("GB-XX"), "NIR", id="the parts are named"),
        pytest.param(lambda: check_zone("Mars/Olympus"), "time zone", id="no such zone"),
        pytest.param(lambda: check_zone("../etc/passwd"), "time zone", id="no way to a file"),
        pytest.param(
            lambda: add_working_days(dt.date(2026, 1, 1), -1, "US"), "between", id="not backwards"
        ),
        pytest.param(
            lambda: is_working_day(dt.date(2150, 1, 1), "US"), "2100", id="not in the far future"
        ),
    ],
)
def test_what_cannot_be_counted_is_said(call: object, words: str) -> None:
    with pytest.raises(InputError, match=words):
        call()  # type: ignore[operator]


def test_every_calendar_that_is_named_works() -> None:
    assert {"US", "DE", "AE", "CN", "JP", "BR"} <= set(known_calendars())
    for calendar in known_calendars():
        assert add_working_days(dt.date(2026, 11, 25), 3, calendar) > dt.date(2026, 11, 25)


def test_a_day_ends_where_the_case_is() -> None:
    last = end_of_day(dt.date(2026, 11, 1), "America/New_York")  # 25 hours long: clocks go back
    assert last == dt.datetime(2026, 11, 2, 4, 59, 59, 999999, tzinfo=dt.UTC)
    assert local_day(last, "America/New_York") == dt.date(2026, 11, 1)
    assert local_day(last, "UTC") == dt.date(2026, 11, 2)
