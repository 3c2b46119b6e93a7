"""Controls: the quick look never misses; packs say all faults; no pack is said to be none."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidewaiter.knowledge.controls import Controls, load_controls
from tidewaiter.knowledge.load import load
from tidewaiter.knowledge.pack import PACKS_DIR, pack_paths
from tidewaiter.runtime.control_examples import agreement
from tidewaiter.vocabulary.errors import PackError

PACKS = {path.stem: load_controls(path.stem) for path in pack_paths("controls")}
WORDS = sorted(
    {w for pack in PACKS.values() for e in pack.pack.body["control"] for w in e.get("words", ())}
)
ENDINGS = ("", "s", "es", "ies", "ves")
LAW = ("us", "eu", "gb", "au")
ON = dt.date(2026, 11, 1)


@pytest.mark.parametrize("name", PACKS)
@given(
    word=st.sampled_from(WORDS),
    joint=st.sampled_from([" ", "-", ""]),
    cut=st.integers(0, 2),
    ending=st.sampled_from(ENDINGS),
)
def test_what_the_pattern_meets_has_a_quick_piece(
    name: str, word: str, joint: str, cut: int, ending: str
) -> None:
    first, *rest = re.split(r"[ -]", word)
    last = "".join(f"{joint if n == 0 else ' '}{part}" for n, part in enumerate(rest))
    written = f"{first}{last}"
    text = f"a {written[: len(written) - cut]}{ending} here"
    for entry in PACKS[name].pack.body["control"]:
        control = next(c for c in PACKS[name].on_day(entry["from"]) if c.id == entry["id"])
        if control.pattern and re.search(control.pattern, text):
            assert any(piece in text for piece in control.quick), (control.id, text)


def cases(name: str) -> pl.DataFrame:
    knowledge = replace(load("AE"), controls=PACKS[name])
    return agreement(PACKS[name].pack, knowledge)


@pytest.mark.requirement("H1")
@pytest.mark.partly("the reference list is our own reading from memory, not an agency's")
def test_at_least_200_cases_of_code_and_agency_agree_in_95_of_100() -> None:
    rows = pl.concat([cases(name) for name in LAW])
    assert rows.height >= 200
    assert rows["agrees"].mean() >= 0.95


@pytest.mark.parametrize("name", LAW)
def test_every_law_pack_has_cases_with_and_without_an_agency_and_no_idle_paper(name: str) -> None:
    rows = cases(name)
    assert rows["hs"].n_unique() >= 100
    assert rows.filter(pl.col("agency") == "none").height >= 20
    entries = PACKS[name].pack.body["control"]
    for key, declared in (("documents", PACKS[name].documents), ("agencies", PACKS[name].agencies)):
        assert {code for e in entries for code in e.get(key, ())} == set(declared)


@pytest.mark.parametrize("name", LAW)
def test_codes_find_what_each_control_says_for_itself(name: str) -> None:
    index = PACKS[name].index_on(ON)
    codes = pl.Series(
        ["0409", "040900", "9601100000", "960190", "300490", "61", "871160", "930310"]
    )
    found = set(index.by_codes(codes).iter_rows())
    for number, control in enumerate(index.controls):
        assert {c for c, n in found if n == number} == set(codes.filter(control.meets(codes)))


@pytest.mark.parametrize(
    ("day", "control"),
    [
        pytest.param(dt.date(2026, 7, 7), "us.cpsc_before", id="the day before certificates are filed"),
        pytest.param(dt.date(2026, 7, 8), "us.cpsc", id="the first day they are"),
    ],
)  # fmt: skip
def test_a_change_of_law_takes_its_day(day: dt.date, control: str) -> None:
    index = PACKS["us"].index_on(day)
    ids = {index.controls[n].id for n in index.by_codes(pl.Series(["950300"]))["control"]}
    assert control in ids
    assert len(ids & {"us.cpsc", "us.cpsc_before"}) == 1


def test_a_regime_without_a_pack_has_only_conventions_and_says_so(tmp_path: Path) -> None:
    none: Controls = load_controls("zz")
    assert not none.known
    assert {control.id.split(".")[0] for control in none.on_day(ON)} == {"conventions"}
    assert "none" in none.digests["controls/zz"]
    assert load_controls("us").known
    empty = load_controls("zz", tmp_path)
    assert not empty.known
    assert empty.on_day(ON) == ()


def test_all_faults_of_a_richer_pack_are_listed_at_once(tmp_path: Path) -> None:
    (tmp_path / "controls").mkdir()
    text = (PACKS_DIR / "controls" / "eu.toml").read_text("utf-8")
    broken = (
        text.replace('agencies = ["VET"]', 'agencies = ["VETS"]', 1)
        .replace('documents = ["C640"]', 'documents = ["C6400"]', 1)
        .replace('net_mass_g_max = "2000"', 'net_mass_g_max = "two kilos"', 1)
        .replace('check = "kept"', 'check = "guessed"', 1)
        .replace('hs_not = ["230990"]', 'hs_not = ["610910"]', 1)
        .replace("nature = 'gift' OR", "naturee = 'gift' OR", 1)
    )
    (tmp_path / "controls" / "eu.toml").write_text(broken, "utf-8")
    with pytest.raises(PackError) as caught:
        load_controls("eu", tmp_path)
    listing = str(caught.value)
    for part in ("VETS", "C6400", "net_mass_g_max", "register, named, kept", "610910", "naturee"):
        assert part in listing
