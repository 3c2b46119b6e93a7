"""`tidewaiter vague` and `evaluate vague`: lines in, lines out, nothing falls over."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.runtime.test_vague import files
from tidewaiter.cli.main import build

RUNNER = CliRunner()


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIDEWAITER_DATA", str(tmp_path / "data"))


def run(*words: str, lines: str | bytes = "") -> str:
    done = RUNNER.invoke(build(), [*words], input=lines, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def test_one_answer_a_line_in_order_with_what_was_promised() -> None:
    lines = '{"id":"a","text":"gift"}\nnonsense\n{"id":"b","text":"men\'s cotton t-shirt"}\n'
    told = [json.loads(line) for line in run("vague", lines=lines).splitlines()]
    assert [one["id"] for one in told] == ["a", None, "b"]
    assert [one["outcome"] for one in told] == ["reject", "rejected", "pass"]
    assert told[1]["line"] == 2
    promised = {"id", "outcome", "probability", "reason", "question", "suggested", "judge"}
    assert promised <= set(told[0])


def test_train_judge_measure_and_back_to_the_rules(tmp_path: Path) -> None:
    vague, good = files(tmp_path)
    assert "in force" in run("vague", "train", str(vague), "--good", str(good))
    card = json.loads(run("vague", "train", str(vague), "--good", str(good), "--keep", "--json"))
    told = json.loads(run("vague", lines='{"text":"beige 4xl"}\n'))
    assert card["id"].startswith(told["judge"])
    assert told["judge"] in run("vague", "models")
    assert json.loads(run("vague", "models", "--json"))[0]["in_force"]
    assert "at 5 % false alarms" in run("evaluate", "vague", str(vague), "--good", str(good))
    found = json.loads(
        run("evaluate", "vague", str(vague), "--good", str(good), "--judge", "rules", "--json")
    )
    assert found["judge"] == "rules"
    assert "rules" in run("vague", "use", "rules")
    assert json.loads(run("vague", lines='{"text":"gift"}\n'))["judge"] == "rules"


@pytest.mark.parametrize("line", [b'{"text":12}', b'{"text":null}', b'{"text":"caf\xe9 cr\xe8me"}'])
def test_bad_input_gets_an_answer(line: bytes) -> None:
    (told,) = run("vague", lines=line + b"\n").splitlines()
    assert json.loads(told)["outcome"] in ("reject", "ask", "pass")
