"""`tidewaiter tariff measures` as a user runs it, and the guide to it."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tidewaiter.cli.main import build
from tidewaiter.knowledge.regimes import load_regime
from tidewaiter.vocabulary.errors import InputError

RUNNER = CliRunner()
GUIDE = Path(__file__).resolve().parents[2] / "docs" / "guides" / "import-measures.md"
TOLD = ("--jurisdiction", "xk", "--currency", "eur", "--imported-at", "2026-07-01")


def run(*args: str) -> str:
    done = RUNNER.invoke(build(), ["tariff", *args], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return str(done.output)


def blocks(kind: str) -> list[str]:
    text = GUIDE.read_text("utf-8")
    return [block.split("```")[0] for block in text.split(f"```{kind}\n")[1:]]


@pytest.mark.requirement("G1", "G2")
@pytest.mark.partly(
    "G2: quotas and anti-dumping are measures with conditions; balances are not kept"
)
def test_the_commands_of_the_guide_do_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("duties.csv").write_text(blocks("csv")[0], "utf-8")
    commands = re.findall(r"^\./dev tariff (.+)$", "".join(blocks("sh")), re.MULTILINE)
    assert len(commands) == 1
    assert run(*shlex.split(commands[0])) == blocks("text")[0]
    Path("regimes").mkdir()
    Path("xk.toml").rename("regimes/xk.toml")
    assert load_regime("xk", tmp_path).jurisdiction == "XK"
    Path("duties.xml").write_text(blocks("xml")[0], "utf-8")
    assert "1 records became 1 measures" in run("measures", "duties.xml", "--out", "xk.toml", *TOLD)


def test_json_accounts_for_every_record(tmp_path: Path) -> None:
    file, out = tmp_path / "a.csv", tmp_path / "xk.toml"
    file.write_text("goods,rate\n69,5 %\n69,6 %\n101,1 %\n70,who knows\n", "utf-8")
    told = json.loads(run("measures", str(file), "--out", str(out), *TOLD, "--json"))
    assert (told["records"], told["read"], told["measures"]) == (4, 2, 2)
    assert [one["line"] for one in told["rejected"]] == [2, 3]
    assert [one["line"] for one in told["unknown"]] == [4]
    assert 'id = "regimes/xk"' in out.read_text("utf-8")


@pytest.mark.parametrize(
    ("file", "out", "more", "reason"),
    [
        ("a.csv", "XK.toml", (), "small letters"),
        ("a.csv", "xk.toml", ("--valuation", "exw"), "valuation"),
        ("a.csv", "xk.toml", ("--confidence", "sure"), "confidence"),
        ("a.csv", "xk.toml", ("--currency", "EUX"), "no currency"),
        ("none.csv", "xk.toml", (), "no file"),
        ("empty.csv", "xk.toml", (), "no measure could be read"),
    ],
    ids=["name", "valuation", "confidence", "currency", "no file", "nothing in it"],
)
def test_a_call_that_cannot_be_is_refused_with_the_reason(
    tmp_path: Path, file: str, out: str, more: tuple[str, ...], reason: str
) -> None:
    (tmp_path / "a.csv").write_text("goods,rate\n69,5 %\n", "utf-8")
    (tmp_path / "empty.csv").write_text("goods,rate\nkites,5 %\n", "utf-8")
    args = ["measures", str(tmp_path / file), "--out", str(tmp_path / out), *TOLD, *more]
    with pytest.raises(InputError, match=reason):
        run(*args)
    assert not (tmp_path / out).exists()
