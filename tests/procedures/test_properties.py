"""What always holds, whatever is told, in whatever order, however often."""

from __future__ import annotations

import datetime as dt
import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.procedures.cases import HORIZON, KNOWN, NAMES, events, kept, opened, rung, told
from tidewaiter.knowledge.procedures import CLOCK, EVENT_TIME
from tidewaiter.procedures import (
    Case,
    advance,
    allowed,
    case_from_json,
    case_to_json,
    due,
    due_at,
    step,
)
from tidewaiter.procedures.chart import edges
from tidewaiter.vocabulary.errors import ProcedureError

BY_EVENT_TIME = [name for name in NAMES if KNOWN.get(name).order == EVENT_TIME]
BY_ARRIVAL = [name for name in NAMES if KNOWN.get(name).order != EVENT_TIME]
FEW = settings(max_examples=60, deadline=None)


def story(case: Case) -> tuple[object, ...]:
    return case.state, case.entered_at, case.data, case.log, set(map(repr, case.refused))


def check_whole(case: Case) -> None:
    """One state, reached by an unbroken chain of lawful moves; no clock in a final state."""
    procedure = KNOWN.get(case.procedure)
    state, lawful = procedure.start, set(edges(procedure))
    for taken in case.log:
        assert taken.came_from == state
        assert not procedure.states[state].final or taken.noted
        if taken.noted:
            assert taken.led_to == state
        else:
            assert (taken.came_from, taken.led_to, taken.event.name) in lawful
        assert taken.law
        state = taken.led_to
    assert case.state == state
    if procedure.states[state].final:
        assert not case.clocks
    for clock in case.clocks:
        rules = [rule for rule in procedure.clocks if rule.id == clock.clock]
        assert any(state in rule.runs_in for rule in rules)
    assert [taken.event.at for taken in case.log] == sorted(taken.event.at for taken in case.log)


@pytest.mark.requirement("A6")
@pytest.mark.partly("the machine; events do not yet come in through the service")
@pytest.mark.parametrize("name", NAMES)
@FEW
@given(data=st.data())
def test_a_case_is_always_in_one_state_that_the_law_led_to(name: str, data: st.DataObject) -> None:
    case = opened(name).case
    drawn = data.draw(st.lists(events(KNOWN.get(name)), max_size=14))
    if data.draw(st.booleans()):
        drawn.sort(key=lambda event: event.at)
    for event in drawn:
        case = told(case, event)
        check_whole(case)
    check_whole(rung(case, HORIZON))


@pytest.mark.requirement("A6")
@pytest.mark.partly("the machine; events do not yet come in through the service")
@pytest.mark.parametrize("name", BY_EVENT_TIME)
@FEW
@given(data=st.data())
def test_facts_in_any_order_and_told_twice_end_in_the_same_state(
    name: str, data: st.DataObject
) -> None:
    facts = data.draw(st.lists(events(KNOWN.get(name)), max_size=9))
    seed = data.draw(st.integers(0, 1000))
    again = [
        *facts,
        *data.draw(st.lists(st.sampled_from(facts), max_size=4) if facts else st.just([])),
    ]
    random.Random(seed).shuffle(again)
    one = two = opened(name).case
    for event in facts:
        one = told(one, event)
    for event in again:
        two = told(two, event, event.at + dt.timedelta(days=data.draw(st.integers(0, 3))))
    assert story(rung(one, HORIZON)) == story(rung(two, HORIZON))


@pytest.mark.parametrize("name", NAMES)
@FEW
@given(data=st.data())
def test_nothing_that_happens_later_leaves_a_final_state(name: str, data: st.DataObject) -> None:
    procedure = KNOWN.get(name)
    case = opened(name).case
    drawn = data.draw(st.lists(events(procedure), max_size=14))
    if procedure.order != EVENT_TIME:
        drawn.sort(key=lambda event: event.at)
    for event in drawn:
        before = case
        closed = procedure.states[case.state].final and procedure.order == EVENT_TIME
        if closed and event.at <= case.entered_at:
            continue
        case = told(case, event)
        if procedure.states[before.state].final:
            assert case.state == before.state
            assert case.entered_at == before.entered_at


@pytest.mark.parametrize("name", NAMES)
@FEW
@given(data=st.data())
def test_a_case_survives_json(name: str, data: st.DataObject) -> None:
    case = opened(name).case
    for event in data.draw(st.lists(events(KNOWN.get(name)), max_size=8)):
        case = told(case, event)
        assert case_from_json(json.loads(json.dumps(case_to_json(case)))) == case


@pytest.mark.parametrize("name", NAMES)
@FEW
@given(data=st.data())
def test_a_clock_never_rings_before_its_last_instant_is_past(
    name: str, data: st.DataObject
) -> None:
    case = opened(name).case
    for event in data.draw(st.lists(events(KNOWN.get(name)), max_size=6)):
        case = told(case, event)
    last = due_at(case)
    if last is not None:
        assert due(case, last) == ()
        assert advance(case, last, KNOWN).case is case
        after = last + dt.timedelta(microseconds=1)
        assert due(case, after)
        rang = advance(case, after, KNOWN)
        assert rang.taken or rang.refused
    for taken in case.log:
        if taken.event.actor == CLOCK:
            assert taken.event.at <= case.seen_at


@pytest.mark.parametrize("name", BY_ARRIVAL)
@FEW
@given(data=st.data())
def test_it_does_not_matter_when_somebody_looks_at_the_clocks(
    name: str, data: st.DataObject
) -> None:
    drawn = data.draw(st.lists(events(KNOWN.get(name)), max_size=8))
    facts = sorted(drawn, key=lambda event: event.at)
    eager = lazy = opened(name).case
    for event in facts:
        eager = told(rung(eager, event.at), event)
        lazy = told(lazy, event)
    assert story(rung(eager, HORIZON)) == story(rung(lazy, HORIZON))


@pytest.mark.parametrize("name", NAMES)
@FEW
@given(data=st.data())
def test_what_is_not_allowed_is_refused_and_what_is_refused_was_not_allowed(
    name: str, data: st.DataObject
) -> None:
    case = opened(name).case
    drawn = data.draw(
        st.lists(events(KNOWN.get(name)), max_size=8, unique_by=lambda event: event.at)
    )
    for event in sorted(drawn, key=lambda event: event.at):
        case = rung(case, event.at)
        options = {option.event: option for option in allowed(case, event.at, KNOWN)}
        fault: ProcedureError | None = None
        try:
            after = step(case, event, event.at, KNOWN).case
        except ProcedureError as caught:
            fault, after = caught, kept(caught)
        if fault is not None:
            assert fault.state in str(fault)
            assert set(fault.allowed) == set(options)
        elif after is not case:
            assert event.name in options
            assert options[event.name].since is None
            assert event.actor in options[event.name].by
        case = after


@pytest.mark.parametrize("name", NAMES)
def test_the_law_lets_every_case_end(name: str) -> None:
    procedure = KNOWN.get(name)
    ways = {came: set() for came in procedure.states}
    for came, to, _ in edges(procedure):
        ways[came].add(to)
    for state in procedure.states:
        seen, fresh = {state}, {state}
        while fresh:
            fresh = {to for came in fresh for to in ways[came]} - seen
            seen |= fresh
        assert any(procedure.states[one].final for one in seen), state
