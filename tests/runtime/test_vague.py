"""Vague text with files: judging lines, teaching, measuring, which judge is in force."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from tidewaiter.runtime.data_dir import ENVIRONMENT
from tidewaiter.runtime.goods.reading import read_lines
from tidewaiter.runtime.goods.vague import (
    answer_vague,
    judge_in_force,
    judges,
    judges_dir,
    train_vague,
    use_judge,
)
from tidewaiter.runtime.goods.vague_evaluating import evaluate_vague
from tidewaiter.vocabulary.errors import InputError

ON = dt.date(2026, 11, 25)
VAGUE = [f"{colour} {number}xl" for colour in ("beige", "black", "mixed") for number in range(20)]
GOOD = [f"{material} {article}" for material in ("cotton", "steel", "leather", "plastic", "wooden")
        for article in ("mug", "shirt", "belt", "spoon", "chair", "bag", "lamp", "bowl", "brush",
                        "handle", "toy car")]  # fmt: skip


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give every test a data directory of its own."""
    monkeypatch.setenv(ENVIRONMENT, str(tmp_path / "data"))


def files(folder: Path) -> tuple[Path, Path]:
    vague, good = folder / "vague.csv", folder / "good.csv"
    vague.write_text("text\n" + "\n".join(VAGUE) + "\n", "utf-8")
    good.write_text("text,hs6\n" + "\n".join(f"{one},610910" for one in [*GOOD, VAGUE[0]]) + "\n")
    return vague, good


def told(line: str, lane: str = "EU", on: dt.date = ON) -> dict[str, object]:
    return answer_vague(read_lines(line.encode()).rows, judge_in_force(), lane=lane, on=on)[0]


def test_without_a_judge_the_rules_answer_and_say_so() -> None:
    one = told('{"id": 7, "text": "gift"}')
    assert (one["id"], one["outcome"], one["judge"]) == ("7", "reject", "rules")
    assert one["probability"] is None


def test_teaching_puts_a_judge_in_force_and_rules_take_it_out(tmp_path: Path) -> None:
    vague, good = files(tmp_path)
    kept = train_vague(vague, [good], on=ON, use=False)
    assert judge_in_force() is None
    assert kept.on_both_sides == 1
    done = train_vague(vague, [good], on=dt.date(2026, 12, 1))
    assert done.taught.model.id == kept.taught.model.id
    assert done.path.read_bytes() == kept.path.read_bytes()
    assert set(done.card["learned_from"]) == {"vague.csv", "good.csv"}
    assert [card["in_force"] for card in judges()] == [True]
    one = told('{"text": "beige 4xl"}')
    assert one["judge"] == done.path.stem
    assert one["probability"] > 0.5
    use_judge("rules")
    assert told('{"text": "gift"}')["judge"] == "rules"


def test_a_judge_of_another_model_of_goods_is_a_bad_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    from tidewaiter.runtime.goods import vague as module

    vague, good = files(tmp_path)
    train_vague(vague, [good], on=ON)
    whole = module.load("EU")
    other = replace(whole, goods=replace(whole.goods, card={"other": 1}))
    monkeypatch.setattr(module, "load", lambda _: other)
    with pytest.raises(InputError, match="beside model"):
        judge_in_force()


@pytest.mark.parametrize("name", ["nonsense", ""])
def test_a_judge_nobody_kept_is_a_bad_call(name: str) -> None:
    with pytest.raises(InputError, match="judge"):
        use_judge(name)


def test_a_damaged_judge_is_a_bad_call(tmp_path: Path) -> None:
    vague, good = files(tmp_path)
    done = train_vague(vague, [good], on=ON)
    done.path.write_bytes(b"torn")
    assert done.path.parent == judges_dir()
    with pytest.raises(InputError, match="is not a judge"):
        judge_in_force()


@pytest.mark.parametrize(
    ("lane", "day", "outcome", "programmes"),
    [
        pytest.param("US", "2024-03-31", "ask", [], id="US before any programme"),
        pytest.param("US", "2024-04-01", "ask", ["CBP"], id="CBP tells from 2024-04"),
        pytest.param("US", "2024-11-01", "reject", ["CBP", "ACAS"], id="ACAS refuses from 2024-11"),
        pytest.param("EU", "2026-11-25", "reject", ["ICS2"], id="ICS2 refuses"),
        pytest.param("ca", "2026-11-25", "reject", ["PACT"], id="PACT refuses"),
        pytest.param("AE", "2020-01-01", "reject", [], id="no date known: the rules hold"),
    ],
)
def test_each_lane_refuses_from_its_day(
    lane: str, day: str, outcome: str, programmes: list[str]
) -> None:
    one = told('{"text": "gift"}', lane, dt.date.fromisoformat(day))
    assert one["outcome"] == outcome
    assert [name["programme"] for name in one["enforced_by"]] == programmes


def test_an_unknown_lane_is_a_bad_call() -> None:
    with pytest.raises(InputError, match="lane"):
        told('{"text": "gift"}', "XX")


@pytest.mark.parametrize(
    "text", ["", "😀😀😀", "\x00\x07", "x" * 100_000, "красное платье", "手机壳", "\x02\x03", "caf\ufffd"]
)  # fmt: skip
def test_bad_input_gets_an_answer(tmp_path: Path, text: str) -> None:
    line = json.dumps({"text": text})
    assert told(line)["outcome"] in ("reject", "ask", "pass")
    vague, good = files(tmp_path)
    train_vague(vague, [good], on=ON)
    assert 0.0 <= told(line)["probability"] <= 1.0


def test_measuring_tells_both_sides_and_what_was_learned(tmp_path: Path) -> None:
    vague, good = files(tmp_path)
    rules = evaluate_vague(vague, [good], None)
    assert rules["judge"] == "rules"
    assert rules["auc"] is None
    done = train_vague(vague, [good], on=ON)
    terms = tmp_path / "terms.csv"
    terms.write_text("term,also_written\ngift,gifts; presents\nparts,\n", "utf-8")
    found = evaluate_vague(vague, [good], done.taught.model, terms=[terms])
    assert found["learned_before"] == ["good.csv", "vague.csv"]
    assert found["texts"] == {"vague": len(VAGUE), "good": len(GOOD), "on_both_sides": 1}
    assert found["auc"] > 0.9
    assert found["recall_at_5"]["share"] <= found["recall_at_10"]["share"]
    assert found["listed_terms"]["terms.csv"]["of"] == 4
    assert set(found["by_source"]) == {"vague.csv", "good.csv"}


def test_measuring_needs_both_sides(tmp_path: Path) -> None:
    vague, _ = files(tmp_path)
    with pytest.raises(InputError, match="no text to measure"):
        evaluate_vague(vague, [vague], None)
