"""`tidewaiter classify`, `evaluate` and `hs search`: lines in, lines out, nothing falls over."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tidewaiter.cli.main import build

RUNNER = CliRunner()


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIDEWAITER_DATA", str(tmp_path / "data"))


def run(*words: str, lines: str | bytes = "") -> str:
    done = RUNNER.invoke(build(), [*words], input=lines, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.mark.requirement("D3")
@pytest.mark.partly("see the classification guide for what was measured")
def test_one_answer_a_line_in_order_with_what_was_promised() -> None:
    lines = '{"id":"a","text":"men\'s cotton t-shirt"}\nnonsense\n{"id":"b","title":"Mug","attributes":{"Material":"Stoneware"},"category":"Home > Mugs"}\n'
    told = [json.loads(line) for line in run("classify", lines=lines).splitlines()]
    assert [one["id"] for one in told] == ["a", None, "b"]
    assert told[1]["outcome"] == "rejected"
    assert told[1]["line"] == 2
    first = told[0]
    assert first["candidates"][0]["hs6"] == "610910"
    assert first["candidates"][0]["label"]
    assert {"questions", "novelty", "evidence", "duty_spread", "headings", "chapters"} <= set(first)
    assert told[2]["hs6"] == "691200"


@pytest.mark.parametrize(
    "line",
    [
        b'{"text":""}',
        '{"text":"😀😀😀"}'.encode(),
        b'{"text":"\\u0000\\u0007"}',
        json.dumps({"text": "x" * 100_000}).encode(),
        b'{"text":"caf\xe9 cr\xe8me"}',
        '{"text":"красное платье"}'.encode(),
        b'{"text":12}',
        b'{"text":null}',
        b'{"text":{"a":[1]}}',
    ],
)
def test_bad_input_gets_an_answer(line: bytes) -> None:
    (told,) = run("classify", lines=line + b"\n").splitlines()
    assert json.loads(told)["outcome"] in ("accept", "heading", "ask", "person")


def test_confirm_then_classify_then_evaluate(tmp_path: Path) -> None:
    said = run(
        "classify", "confirm", "--text", "Acme gadget", "--hs6", "8517.62", "--by", "officer 3"
    )
    assert "1 new of 1" in said
    told = json.loads(run("classify", lines='{"text":"acme GADGET"}\n'))
    assert told["layer"] == "memory"
    path = tmp_path / "t.csv"
    path.write_text("text,hs6\nacme gadget,851762\nmen's cotton t-shirt,610910\n", "utf-8")
    found = json.loads(run("evaluate", "classify", str(path), "--json"))
    assert found["from_memory"]["rows"] == 1
    assert found["answered"]["right"] == 1.0
    assert json.loads(run("classify", "evaluate", str(path), "--json"))["rows"] == 2
    assert "HS6" in run("evaluate", "classify", str(path))


def test_the_model_in_force_is_listed() -> None:
    assert "default" in run("classify", "models")
    assert "in force" in run("classify", "use", "default")
