"""The drawn flow is the executed flow: every arrow can be taken, and nothing else moves a case."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import product

import pytest

from tests.procedures.cases import HORIZON, KNOWN, NAMES, opening, some
from tidewaiter.knowledge.procedures import EventRule, Procedure
from tidewaiter.procedures import Event, mermaid, open_case
from tidewaiter.procedures.course import Course

ARROW = re.compile(r"^  (\w+) --> (\w+): (.+)$", re.MULTILINE)


def drawn(procedure: Procedure) -> set[tuple[str, str, str]]:
    return {
        (came, to, event.removesuffix(" (clock)"))
        for came, to, names in ARROW.findall(mermaid(procedure))
        for event in names.split(", ")
    }


def tellings(procedure: Procedure, rule: EventRule) -> list[dict[str, object]]:
    """Every word each condition may look at, with everything else the event takes told."""
    looked_at = {name for way in rule.ways for name in way.when}
    choices: dict[str, tuple[object, ...]] = {
        name: (*procedure.fields[name].words, *(() if name in rule.needs else (None,)))
        for name in looked_at
    }
    plain = {name: some(procedure.fields[name]) for name in rule.takes if name not in looked_at}
    return [
        {**plain, **dict(zip(choices, words, strict=True))} for words in product(*choices.values())
    ]


def executed(procedure: Procedure) -> set[tuple[str, str, str]]:
    start = open_case(opening(procedure.id), KNOWN).case
    full = {name: some(field) for name, field in procedure.fields.items()}
    moves = set()
    for state in procedure.states:
        for rule in procedure.events.values():
            for data in tellings(procedure, rule):
                course = Course(procedure, start.opening)
                course.resume(replace(start, state=state, data={**full, **data}, clocks=()))
                told = {
                    name: word
                    for name, word in data.items()
                    if name in rule.takes and word is not None
                }
                why = course.take(Event(rule.id, HORIZON, rule.by[0], data=told))
                if not why and not course.log[-1].noted:
                    moves.add((state, course.state, rule.id))
    return moves


@pytest.mark.requirement("I6")
@pytest.mark.partly("flows of procedures; not yet one chart per business model, nor live in a page")
@pytest.mark.parametrize("name", NAMES)
def test_the_drawn_flow_is_the_executed_flow(name: str) -> None:
    procedure = KNOWN.get(name)
    assert drawn(procedure) == executed(procedure)


@pytest.mark.parametrize("name", NAMES)
def test_the_chart_names_every_state_and_every_end(name: str) -> None:
    procedure = KNOWN.get(name)
    text = mermaid(procedure)
    assert text.startswith("stateDiagram-v2\n")
    assert f"[*] --> {procedure.start}\n" in text
    for state in procedure.states.values():
        assert f"\n  {state.id}: " in text
        assert (f"\n  {state.id} --> [*]\n" in text) == state.final


def test_an_arrow_that_is_not_executed_would_be_seen() -> None:
    procedure = KNOWN.get("inspection")
    assert ("clear", "ordered", "open") not in executed(procedure)
