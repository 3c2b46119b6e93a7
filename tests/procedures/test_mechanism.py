"""What the mechanism does with a procedure made for the purpose: clocks, rules that hold, notices."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from tests.procedures.cases import START
from tidewaiter.knowledge.procedures import Procedures, load_procedures
from tidewaiter.procedures import Case, Event, Opening, advance, due_at, open_case, step
from tidewaiter.procedures.course import RINGS_MAX
from tidewaiter.vocabulary.errors import ProcedureError

HOUR = dt.timedelta(hours=1)
TOY = """
[pack]
id = "procedures/toy"
kind = "procedures"
title = "A toy"
retrieved_on = 2026-11-25
licence = "Apache-2.0"

[[source]]
id = "own"
title = "Test"
confidence = "own"

[procedure]
title = "Toy"
order = "arrival"
start = "here"
opened_by = ["officer"]
from = 2020-01-01
source = "own"

[[state]]
id = "here"
title = "Here"

[[state]]
id = "there"
title = "There"

[[state]]
id = "gone"
title = "Gone"
final = true

[[field]]
id = "paper"
title = "Paper"
kind = "text"

[[field]]
id = "mood"
title = "Mood"
kind = "word"
words = ["good", "bad"]

[[field]]
id = "stop_at"
title = "Stop"
kind = "time"

[[event]]
id = "walk"
title = "It walks there"
by = ["officer"]
takes = ["mood", "stop_at"]
source = "own"
[[event.way]]
in = ["here"]
leads_to = "there"

[[event]]
id = "walk_back"
title = "It walks back"
by = ["officer"]
source = "own"
[[event.way]]
in = ["there"]
leads_to = "here"

[[event]]
id = "begin_again"
title = "It begins again where it is"
by = ["officer"]
source = "own"
[[event.way]]
in = ["here"]
leads_to = "here"

[[event]]
id = "wave"
title = "It waves"
by = ["officer"]
takes = ["paper", "mood"]
source = "own"
noted_in = ["here", "there"]

[[event]]
id = "leave"
title = "It leaves"
by = ["officer", "clock"]
takes = ["paper"]
source = "own"
[[event.way]]
in = ["here", "there"]
leads_to = "gone"

[[clock]]
id = "patience"
title = "Ten hours"
starts_in = ["here"]
runs_in = ["here", "there"]
hours = 10
fires = "leave"
source = "own"

[[invariant]]
id = "paper"
title = "Nobody leaves without a paper"
in = ["gone"]
given = ["paper"]
source = "own"

[[notice]]
id = "cheer"
to = ["officer"]
on = ["wave"]
when = { mood = "good" }
[notice.words]
en = "Hello {consignment}"
"""


@pytest.fixture
def law(tmp_path: Path) -> Procedures:
    return written(tmp_path, TOY)


def written(folder: Path, text: str) -> Procedures:
    (folder / "procedures").mkdir()
    (folder / "procedures" / "toy.toml").write_text(text, "utf-8")
    return load_procedures(folder)


def begun(law: Procedures) -> Case:
    return open_case(Opening("toy", "toy-1", "parcel-1", START, "officer"), law).case


def does(case: Case, law: Procedures, name: str, hours: float, **data: str) -> Case:
    when = START + hours * HOUR
    return step(case, Event(name, when, "officer", data=data), when, law).case


def test_a_clock_runs_on_through_the_states_it_runs_in_and_is_not_wound_up_again(
    law: Procedures,
) -> None:
    case = does(does(begun(law), law, "walk", 2), law, "walk_back", 4)
    assert due_at(case) == START + 10 * HOUR
    assert case.clocks[0].started_at == START


def test_a_way_back_into_the_same_state_winds_the_clock_up_again(law: Procedures) -> None:
    case = does(begun(law), law, "begin_again", 4)
    assert due_at(case) == START + 14 * HOUR
    assert case.entered_at == START + 4 * HOUR


def test_what_is_only_noted_winds_nothing_up(law: Procedures) -> None:
    case = does(begun(law), law, "wave", 4)
    assert due_at(case) == START + 10 * HOUR
    assert case.entered_at == START


def test_an_event_that_would_break_a_rule_that_always_holds_is_refused_by_its_name(
    law: Procedures,
) -> None:
    case = begun(law)
    with pytest.raises(ProcedureError, match="Nobody leaves without a paper"):
        does(case, law, "leave", 1)
    assert does(case, law, "leave", 1, paper="P-1").state == "gone"
    assert does(does(case, law, "wave", 1, paper="P-1"), law, "leave", 2).state == "gone"


def test_a_clock_that_would_break_such_a_rule_rings_once_and_is_logged_as_refused(
    law: Procedures,
) -> None:
    done = advance(begun(law), START + 20 * HOUR, law)
    assert done.case.state == "here"
    assert [one.event.actor for one in done.refused] == ["clock"]
    assert "without a paper" in done.refused[0].why
    assert done.case.clocks == ()
    assert advance(done.case, START + 99 * HOUR, law).case is done.case


@pytest.mark.parametrize(("mood", "notices"), [("good", 1), ("bad", 0)])
def test_a_notice_goes_out_only_when_its_condition_holds(
    law: Procedures, mood: str, notices: int
) -> None:
    wave = Event("wave", START + HOUR, "officer", data={"mood": mood})
    done = step(begun(law), wave, wave.at, law)
    assert [notice.words["en"] for notice in done.notices] == ["Hello parcel-1"] * notices


def test_clocks_that_ring_one_another_without_end_are_stopped(tmp_path: Path) -> None:
    chase = TOY.replace('hours = 10\nfires = "leave"', 'until = "stop_at"\nfires = "begin_again"')
    chase = chase.replace('by = ["officer"]\nsource = "own"\n[[event.way]]\nin = ["here"]\nleads_to = "here"',
                          'by = ["clock"]\nsource = "own"\n[[event.way]]\nin = ["here", "there"]\nleads_to = "here"')  # fmt: skip
    law = written(tmp_path, chase)
    past = {"stop_at": "2026-11-01T00:00:00+00:00"}
    case = open_case(Opening("toy", "toy-1", "parcel-1", START, "officer", data=past), law).case
    with pytest.raises(ProcedureError, match=f"more than {RINGS_MAX} clocks"):
        advance(case, START + HOUR, law)
