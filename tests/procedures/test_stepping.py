"""What a step does: takes, notes, refuses with the clause, counts twice-told as once."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from tests.procedures.cases import KNOWN, START, at, opened, opening, told
from tidewaiter.procedures import (
    Case,
    Event,
    advance,
    allowed,
    case_from_json,
    case_to_json,
    due,
    due_at,
    open_case,
    step,
)
from tidewaiter.procedures.case import EVENTS_MAX
from tidewaiter.vocabulary.errors import InputError, ProcedureError, TidewaiterError

HOUR = dt.timedelta(hours=1)


def tell(case: Case, name: str, hours: float, actor: str, **data: Any) -> Case:
    return step(case, Event(name, START + hours * HOUR, actor, data=data), START + 999 * HOUR,
                KNOWN).case  # fmt: skip


def refused(case: Case, event: Event, when: dt.datetime | None = None) -> ProcedureError:
    with pytest.raises(ProcedureError) as caught:
        step(case, event, when or event.at, KNOWN)
    return caught.value


@pytest.mark.requirement("A6")
@pytest.mark.partly("the machine; events do not yet come in through the service")
def test_an_illegal_event_is_refused_with_clause_state_and_what_is_allowed_and_logged() -> None:
    case = opened("parcel").case
    case = told(case, Event("post", START + HOUR, "post"))
    case = told(case, Event("forbid_loading", START + 2 * HOUR, "officer"))
    fault = refused(case, Event("load", START + 3 * HOUR, "carrier"))
    assert isinstance(fault, TidewaiterError)
    assert fault.state == "forbidden"
    assert "not loaded" in fault.clause
    assert "clear" in fault.allowed
    assert "deliver" not in fault.allowed
    text = str(fault)
    for part in ("'load'", "'forbidden' (Not to be loaded)", "ICS2", "clear (by officer", "now)"):
        assert part in text
    assert isinstance(fault.case, Case)
    assert fault.case.state == "forbidden"
    assert [one.event.name for one in fault.case.refused] == ["load"]
    again = refused(fault.case, Event("load", START + 3 * HOUR, "carrier"))
    assert again.case is fault.case, "the same refusal is not logged twice"


@pytest.mark.requirement("A6")
@pytest.mark.partly("the machine; events do not yet come in through the service")
def test_a_refused_fact_is_taken_once_an_older_fact_makes_it_lawful() -> None:
    case = opened("parcel").case
    case = told(case, Event("deliver", START + 9 * HOUR, "post"))
    assert case.state == "expected"
    case = told(case, Event("arrive", START + 7 * HOUR, "post"))
    assert case.state == "arrived"
    decide = Event("decide", START + 8 * HOUR, "officer", data={"decision": "release"})
    done = step(case, decide, START + 10 * HOUR, KNOWN)
    assert done.case.state == "delivered"
    assert done.case.refused == ()
    assert [taken.event.name for taken in done.taken] == ["decide", "deliver"]


@pytest.mark.requirement("A6")
@pytest.mark.partly("the machine; events do not yet come in through the service")
def test_an_older_fact_can_undo_and_says_so() -> None:
    case = opened("parcel").case
    case = tell(case, "arrive", 5, "post")
    case = tell(case, "decide", 6, "officer", decision="release")
    case = tell(case, "deliver", 8, "post")
    late = Event("detain", START + 5.5 * HOUR, "officer")
    done = step(case, late, START + 9 * HOUR, KNOWN)
    assert done.case.state == "delivered", "a later release ended the detention"
    assert done.undone == ()
    stop = Event("decide", START + 7 * HOUR, "officer", data={"decision": "hold"})
    done = step(case, stop, START + 9 * HOUR, KNOWN)
    assert done.case.state == "held"
    assert [taken.event.name for taken in done.undone] == ["deliver"]
    assert [one.event.name for one in done.refused] == ["deliver"]


def test_the_same_event_twice_is_one_event_and_one_key_is_one_event() -> None:
    case = opened("parcel").case
    post = Event("post", START + HOUR, "post", key="scan-1")
    done = step(case, post, START + HOUR, KNOWN)
    twice = step(done.case, post, START + 5 * HOUR, KNOWN)
    assert twice.case is done.case
    assert twice.notices == twice.causes == twice.taken == ()
    other = Event("post", START + 2 * HOUR, "post", key="scan-1")
    assert "another event has its key" in str(refused(done.case, other))


def test_the_same_key_of_another_party_is_another_event() -> None:
    case = told(opened("parcel").case, Event("post", START, "post", by="post-1", key="1"))
    other = Event("load", START + HOUR, "carrier", by="air-9", key="1")
    assert told(case, other).state == "loaded"


def test_an_event_caused_elsewhere_is_one_the_other_case_takes_however_long_its_cause() -> None:
    case = opened("inspection").case
    scan = Event("scan", START + HOUR, "system", key="k" * 400, by="b" * 300,
                 data={"verdict": "clear", "image": "i" * 3000})  # fmt: skip
    (cause,) = step(case, scan, scan.at, KNOWN).causes
    parcel = told(opened("parcel").case, Event("arrive", START, "post"))
    done = step(parcel, cause.event, scan.at, KNOWN)
    assert done.case.state == "released"
    assert step(done.case, cause.event, scan.at, KNOWN).case is done.case


def test_a_fact_repeated_by_another_party_is_noted_and_moves_nothing() -> None:
    case = tell(opened("parcel").case, "post", 1, "post")
    done = step(case, Event("post", START + 2 * HOUR, "carrier"), START + 3 * HOUR, KNOWN)
    assert done.case.state == "posted"
    assert done.case.entered_at == START + HOUR
    assert done.taken[0].noted


@pytest.mark.parametrize(
    ("event", "words"),
    [
        pytest.param(Event("delivr", START, "post"), "deliver", id="unknown event, near ones named"),
        pytest.param(Event("deliver", START, "pst"), "post", id="unknown actor, near ones named"),
        pytest.param(
            Event("deliver", START, "post", data={"name": "Ann"}), "name", id="undeclared field"
        ),
        pytest.param(
            Event("decide", START, "officer", data={"decision": "maybe"}), "release",
            id="unknown word",
        ),
        pytest.param(
            Event("deliver", START, "post", data={"place": 7}), "no text", id="wrong kind"
        ),
        pytest.param(
            Event("deliver", START.replace(tzinfo=None), "post"), "offset", id="no offset from UTC"
        ),
        pytest.param(
            Event("deliver", START, "post", data={"place": "x" * 5000}), "longer", id="too long"
        ),
        pytest.param(Event("deliver", START, "post", key="k" * 500), "key", id="key too long"),
        pytest.param(Event("deliver", START, "post", key="clock:x"), "own", id="a clock's key"),
    ],
)  # fmt: skip
def test_a_call_that_makes_no_sense_is_an_input_error_and_leaves_no_trace(
    event: Event, words: str
) -> None:
    with pytest.raises(InputError, match=words):
        step(opened("parcel").case, event, START, KNOWN)


@pytest.mark.parametrize(
    ("event", "words"),
    [
        pytest.param(Event("decide", START, "seller", data={"decision": "release"}),
                     "a seller may not", id="nobody decides for customs"),
        pytest.param(Event("decide", START, "officer"), "must tell decision", id="without a word"),
        pytest.param(Event("wait_long", START, "clock"), "no clock", id="a clock that has not ended"),
        pytest.param(Event("wait_long", START, "officer"), "may not", id="nobody plays the clock"),
    ],
)  # fmt: skip
def test_who_may_not_or_says_too_little_is_refused(event: Event, words: str) -> None:
    assert words in str(refused(opened("parcel").case, event))


def test_what_has_not_happened_yet_is_refused() -> None:
    fault = refused(opened("parcel").case, Event("post", START + HOUR, "post"), START)
    assert "not happened yet" in str(fault)


def test_acts_of_an_office_are_not_put_before_what_was_done_already() -> None:
    case = opened("abandonment").case
    case = told(case, Event("consent", START + 5 * HOUR, "consignee", data={"consent": "link"}))
    fault = refused(case, Event("decline", START + 2 * HOUR, "consignee"), START + 9 * HOUR)
    assert "moved on" in str(fault)
    assert isinstance(fault.case, Case)
    assert fault.case.state == "consented"


def test_a_case_that_is_told_too_much_stops_listening() -> None:
    case = opened("parcel").case
    for number in range(EVENTS_MAX):
        case = told(case, Event("post", START + number * dt.timedelta(seconds=1), "post"))
    fault = refused(case, Event("arrive", START + 9 * HOUR, "post"))
    assert "500" in str(fault)


def test_the_last_instant_is_in_time_and_a_microsecond_later_is_not() -> None:
    case = opened("abandonment").case
    last = due_at(case)
    assert last == at("2026-12-09T04:59:59.999999"), "ten working days, Thanksgiving left out"
    consent = {"consent": "link"}
    assert told(case, Event("consent", last, "consignee", data=consent)).state == "consented"
    late = Event("consent", last + dt.timedelta(microseconds=1), "consignee", data=consent)
    assert told(case, late).state == "lapsed"


def test_due_gives_the_events_of_the_clocks_and_stepping_one_lets_it_ring() -> None:
    case = opened("abandonment").case
    later = START + dt.timedelta(days=30)
    (event,) = due(case, later)
    assert (event.name, event.actor, event.at) == ("lapse", "clock", due_at(case))
    by_step = step(case, event, later, KNOWN)
    by_advance = advance(case, later, KNOWN)
    assert by_step == by_advance
    assert by_step.case.state == "lapsed"
    assert step(by_step.case, event, later, KNOWN).case is by_step.case, "twice is once"
    assert due(by_step.case, later) == ()


def test_allowed_says_who_may_do_what_and_needs_what() -> None:
    options = {one.event: one for one in allowed(opened("referral").case, START, KNOWN)}
    assert options["screen"].needs == ("screening_result", "screening_method", "proof")
    assert options["screen"].by == ("carrier", "post")
    assert "kind is rfs" in options["screen"].condition
    assert "remind" not in options, "nobody but the clock reminds"
    assert options["withdraw"].leads_to == ("withdrawn",)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        pytest.param({"actor": "seller"}, "opened by officer", id="who may not open"),
        pytest.param({"data": {"question": ""}}, "without question", id="nothing asked"),
        pytest.param({"country": "EU"}, "calendar", id="no calendar of that country"),
        pytest.param({"country": ""}, "calendar", id="no country where working days count"),
        pytest.param({"zone": "Berlin"}, "time zone", id="no such time zone"),
        pytest.param({"procedure": "information_requests"}, "information_request", id="no such one"),
        pytest.param({"at": dt.datetime(2026, 1, 1)}, "offset", id="no offset"),  # noqa: DTZ001
    ],
)  # fmt: skip
def test_a_case_that_cannot_be_opened_says_why(more: dict[str, Any], words: str) -> None:
    start = opening("information_request", **{k: v for k, v in more.items() if k != "procedure"})
    if "procedure" in more:
        start = opening("information_request")
        start = type(start)(**{**{f: getattr(start, f) for f in start.__slots__}, **more})
    with pytest.raises((InputError, ProcedureError), match=words):
        open_case(start, KNOWN)


def test_a_case_in_a_state_the_pack_no_longer_has_is_said() -> None:
    case = replace(opened("parcel").case, state="weighed")
    for call in (
        lambda: step(case, Event("post", START, "post"), START, KNOWN),
        lambda: allowed(case, START, KNOWN),
    ):
        with pytest.raises(InputError, match="no longer has"):
            call()


@pytest.mark.parametrize(
    "tree",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"form": 2}, id="another form"),
        pytest.param({"form": 1, "opening": {}}, id="half a case"),
        pytest.param(
            {**case_to_json(opened("parcel").case), "log": [{"event": 3}]}, id="a log of numbers"
        ),
    ],
)
def test_a_tree_that_is_no_case_is_refused(tree: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        case_from_json(tree)


@pytest.mark.parametrize(
    ("day", "state", "words"),
    [
        pytest.param("2026-12-31", "answered", "", id="the last day of the old law"),
        pytest.param("2027-01-01", "asked", "from 2020-01-01 to 2027-01-01", id="the first day after"),
    ],
)  # fmt: skip
def test_a_way_counts_only_while_the_law_has_it(day: str, state: str, words: str) -> None:
    procedure = KNOWN.get("information_request")
    rule = procedure.events["answer"]
    way = replace(rule.ways[0], until_day=dt.date(2027, 1, 1))
    changed = replace(procedure, events={**procedure.events, "answer": replace(rule, ways=(way,))})
    law = replace(KNOWN, by_name={**KNOWN.by_name, changed.id: changed})
    start = at(f"{day}T15:00")
    case = open_case(opening(changed.id, at=start), law).case
    answer = Event("answer", start, "seller", data={"answer": "msg-1"})
    if words:
        with pytest.raises(ProcedureError, match=words):
            step(case, answer, start, law)
    else:
        assert step(case, answer, start, law).case.state == state


@pytest.mark.parametrize(
    ("day", "deadline"),
    [
        pytest.param("2026-12-30", "2026-12-31", id="opened under the old law: one day"),
        pytest.param("2027-01-04", "2027-01-07", id="opened under the new law: three days"),
    ],
)
def test_a_clock_runs_as_long_as_the_law_said_when_it_started(day: str, deadline: str) -> None:
    procedure = KNOWN.get("abandonment")
    old = next(clock for clock in procedure.clocks if clock.id == "answer")
    first = replace(old, amount=1, until_day=dt.date(2027, 1, 1))
    second = replace(old, amount=3, first_day=dt.date(2027, 1, 1))
    changed = replace(procedure, clocks=(first, second))
    law = replace(KNOWN, by_name={**KNOWN.by_name, changed.id: changed})
    case = open_case(opening(changed.id, at=at(f"{day}T15:00")), law).case
    assert f"{due_at(case) - 6 * HOUR:%Y-%m-%d}" == deadline


def test_a_clock_rings_though_its_rule_ended_while_it_ran() -> None:
    procedure = KNOWN.get("locate_present")
    first, second = (
        replace(clock, until_day=dt.date(2026, 11, 24)) if clock.id == "search" else clock
        for clock in procedure.clocks
    )
    changed = replace(procedure, clocks=(first, second))
    law = replace(KNOWN, by_name={**KNOWN.by_name, changed.id: changed})
    case = open_case(opening(changed.id), law).case
    later = Event("acknowledge", START + 30 * HOUR, "post")
    case = step(case, later, later.at, law).case
    assert [clock.clock for clock in case.clocks] == ["search"]
    assert advance(case, START + 999 * HOUR, law).case.state == "not_found"


def test_notices_say_the_facts_in_every_language_of_the_pack() -> None:
    done = opened("information_request", data={"question": "Of what is it made? {x}"})
    first = done.notices[0]
    assert (first.to, first.notice, first.due_at) == ("declarant", "asked", due_at_of(done.case))
    assert "Of what is it made? {x}" in first.words["en"]
    assert "2026-12-08 23:59 America/New_York" in first.words["en"]
    assert set(first.words) == {"en", "fr", "zh", "ar"}
    assert all("{" not in words.replace("{x}", "") for words in first.words.values())
    assert len({notice.key for notice in done.notices}) == len(done.notices)


def due_at_of(case: Case) -> dt.datetime:
    return next(clock.ends_at for clock in case.clocks if clock.clock == "deadline")
