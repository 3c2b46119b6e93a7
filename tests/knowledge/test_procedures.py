"""Procedure packs load, and a broken one lists all its faults at once."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pytest

from tidewaiter.knowledge.pack import PACKS_DIR, read_pack
from tidewaiter.knowledge.procedures import ACTORS, load_procedures
from tidewaiter.knowledge.procedures.faults import procedure_faults
from tidewaiter.vocabulary.errors import InputError, PackError

HEAD = """
[pack]
id = "procedures/door"
kind = "procedures"
title = "A door"
retrieved_on = 2026-11-25
licence = "Apache-2.0"

[[source]]
id = "own"
title = "Test"
confidence = "own"

[procedure]
title = "Door"
order = "arrival"
start = "open"
opened_by = ["officer"]
from = 2020-01-01
source = "own"

[[state]]
id = "open"
title = "Open"

[[state]]
id = "shut"
title = "Shut"
final = true

[[field]]
id = "why"
title = "Why"
kind = "word"
words = ["wind", "night"]

[[event]]
id = "shut"
title = "It is shut"
by = ["officer", "clock"]
takes = ["why"]
source = "own"
[[event.way]]
in = ["open"]
leads_to = "shut"

[[clock]]
id = "evening"
title = "It is shut after a day"
starts_in = ["open"]
working_days = 1
calendar = "US"
fires = "shut"
source = "own"

[[notice]]
id = "told"
to = ["officer"]
entering = ["shut"]
[notice.words]
en = "Shut: {why}."
"""


def written(tmp_path: Path, text: str) -> Path:
    folder = tmp_path / "procedures"
    folder.mkdir(exist_ok=True)
    (folder / "door.toml").write_text(text, "utf-8")
    return tmp_path


def test_the_smallest_pack_loads(tmp_path: Path) -> None:
    door = load_procedures(written(tmp_path, HEAD)).get("door")
    assert door.events["shut"].ways[0].law.text == "Test"
    assert door.events["shut"].ways[0].in_force(dt.date(2020, 1, 1))
    assert not door.events["shut"].ways[0].in_force(dt.date(2019, 12, 31))
    assert door.clocks[0].length() == "1 working day (US)"


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('order = "arrival"', 'order = "random"', "order must be one of"),
        ('start = "open"', 'start = "ajar"', "start names 'ajar'"),
        ('opened_by = ["officer"]', 'opened_by = ["porter"]', "no actor"),
        ("from = 2020-01-01", 'from = "2020"', "from must be a date"),
        ('by = ["officer", "clock"]', 'by = "officer"', "by must be a list"),
        ('by = ["officer", "clock"]', 'by = ["officer"]', "does not allow the clock"),
        ('takes = ["why"]', 'takes = ["who"]', "takes names 'who'"),
        ('takes = ["why"]', 'needs = ["why"]', "which no clock can give"),
        ('takes = ["why"]', 'gives = ["why"]', "key 'gives' is not known"),
        ('leads_to = "shut"', 'leads_to = "locked"', "leads_to names 'locked'"),
        ('leads_to = "shut"', 'leads_to = "shut"\nwhen = { why = "rain" }', "none of"),
        ('leads_to = "shut"', 'leads_to = "shut"\nwhen = { why = "wind" }', "may not be allowed"),
        ('leads_to = "shut"', 'leads_to = "shut"\nnot_while = "noon"', "no clock"),
        ('leads_to = "shut"', 'leads_to = "shut"\nsource = "rumour"', "rumour"),
        ('leads_to = "shut"', 'leads_to = "open"', "nothing leads to it"),
        ('leads_to = "shut"', 'leads_to = "open"', "nothing leads out of it"),
        ('in = ["open"]', 'in = ["open", "shut"]', "which is final"),
        ("final = true", "final = false", "no state is final"),
        ('words = ["wind", "night"]', "words = []", "kind word"),
        ('kind = "word"', 'kind = "enum"', "kind must be one of"),
        ('id = "why"', 'id = "law"', "name is taken"),
        ("working_days = 1", "working_days = 0", "whole number"),
        ("working_days = 1", "hours = 1\nworking_days = 1", "exactly one of"),
        ("working_days = 1", "hours = 1", "a calendar goes with working days"),
        ('calendar = "US"', 'calendar = "EU"', "no calendar of working days"),
        ('calendar = "US"', "", "a calendar goes with working days"),
        ("working_days = 1\ncalendar = \"US\"", 'until = "why"', "no field of kind time"),
        ('starts_in = ["open"]', 'starts_in = ["shut"]', "which is final"),
        ('starts_in = ["open"]', 'runs_in = ["open"]', "say starts_in"),
        ('fires = "shut"', 'fires = "slam"', "fires names 'slam'"),
        ('to = ["officer"]', 'to = ["dog"]', "to names 'dog'"),
        ('to = ["officer"]', "", "say either to"),
        ('to = ["officer"]', 'to_field = "why"', "to_field names 'wind'"),
        ('entering = ["shut"]', "", "either on (events) or entering"),
        ("{why}", "{who}", "is no field"),
        ("{why}", "{why.__class__}", "is no field"),
        ("{why}", "{due}", "needs due"),
        ("{why}", "{why", "expected '}'"),
        ("en = ", "fr = ", "must have English"),
        ('id = "why"', 'id = "Why?"', "an id is small letters"),
        ('id = "shut"\ntitle = "Shut"', 'id = "end"\ntitle = "Shut"', "language of charts"),
        ('id = "shut"\ntitle = "Shut"', 'id = "open"\ntitle = "Shut"', "stands twice"),
    ],
)  # fmt: skip
def test_a_broken_pack_says_what_is_wrong(tmp_path: Path, old: str, new: str, fault: str) -> None:
    assert old in HEAD
    with pytest.raises(PackError) as caught:
        load_procedures(written(tmp_path, HEAD.replace(old, new)))
    assert fault in str(caught.value)


def test_all_faults_of_all_packs_are_listed_at_once(tmp_path: Path) -> None:
    broken = HEAD.replace('leads_to = "shut"', 'leads_to = "locked"').replace("{why}", "{who}")
    written(tmp_path, broken)
    other = HEAD.replace("procedures/door", "procedures/gate").replace("working_days = 1", "")
    (tmp_path / "procedures" / "gate.toml").write_text(other, "utf-8")
    with pytest.raises(PackError) as caught:
        load_procedures(tmp_path)
    assert {fault.split()[0] for fault in caught.value.faults} == {
        "procedures/door", "procedures/gate",
    }  # fmt: skip
    assert len(caught.value.faults) >= 3


@pytest.mark.parametrize(
    ("cause", "fault"),
    [
        ('procedure = "gate", event = "shut"', "has no pack"),
        ('procedure = "door", event = "slam"', "no event of"),
        ('procedure = "door", event = "shut"', "allows no system"),
        ('procedure = "door", event = "shut", data = { why = "rain" }', "none of"),
        ('procedure = "door", event = "shut", data = { who = "me" }', "does not take"),
        ('procedure = "door"', "key 'event' is missing"),
    ],
)
def test_an_event_caused_in_another_procedure_must_be_one_it_takes(
    tmp_path: Path, cause: str, fault: str
) -> None:
    text = HEAD.replace('leads_to = "shut"', f'leads_to = "shut"\ncauses = [{{ {cause} }}]')
    with pytest.raises(PackError) as caught:
        load_procedures(written(tmp_path, text))
    assert fault in str(caught.value)


def test_a_change_of_law_is_a_new_dated_clock_of_the_same_name(tmp_path: Path) -> None:
    second = HEAD[HEAD.index("[[clock]]") : HEAD.index("[[notice]]")]
    dated = HEAD.replace("working_days = 1", "working_days = 1\nto = 2027-01-01")
    later = second.replace("working_days = 1", "working_days = 3\nfrom = 2027-01-01")
    door = load_procedures(written(tmp_path, f"{dated}\n{later}")).get("door")
    assert [clock.amount for clock in door.clocks] == [1, 3]
    overlapping = tmp_path / "two"
    overlapping.mkdir()
    with pytest.raises(PackError, match="stands twice"):
        load_procedures(written(overlapping, f"{HEAD}\n{second}"))


def test_unknown_names_offer_the_nearest() -> None:
    with pytest.raises(InputError, match="inspection"):
        load_procedures().get("inspections")
    with pytest.raises(InputError, match="deliver"):
        load_procedures().get("parcel").event("delivered")


def test_each_pack_says_which_law_and_how_sure(tmp_path: Path) -> None:
    known = load_procedures()
    shutil.copytree(PACKS_DIR / "procedures", tmp_path / "procedures")
    assert load_procedures(tmp_path).digests == known.digests
    for name, procedure in known.by_name.items():
        assert known.digests[f"procedures/{name}"] == procedure.digest
        assert procedure_faults(read_pack("procedures", name)) == []
        for rule in procedure.events.values():
            assert set(rule.by) <= set(ACTORS)
            assert all(way.law.text and way.law.confidence for way in rule.ways)
        assert all(clock.law.text for clock in procedure.clocks)
