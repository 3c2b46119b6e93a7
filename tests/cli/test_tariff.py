"""`tidewaiter tariff` as a user runs it."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.knowledge.tariff.samples import HTS_ROWS, hts_json
from tidewaiter.cli.main import build
from tidewaiter.vocabulary.errors import InputError

RUNNER = CliRunner()
OLD = ("import", "old.json", "--out", "old.tariff", "--edition", "rev 1", "--valid-from",
       "2026-01-01", "--imported-at", "2026-01-05")  # fmt: skip


def run(*args: str, code: int = 0) -> str:
    done = RUNNER.invoke(build(), ["tariff", *args], catch_exceptions=False)
    assert done.exit_code == code, done.output
    return str(done.output)


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TIDEWAITER_DATA", str(tmp_path / "data"))
    (tmp_path / "old.json").write_bytes(hts_json([*HTS_ROWS, {"htsno": "6999"}]))
    cheaper = [{**row, "general": "0%"} if row["general"] == "4.5%" else row for row in HTS_ROWS]
    (tmp_path / "new.json").write_bytes(hts_json(cheaper))
    return tmp_path


def test_import_says_what_was_read_what_was_not_and_who_signed(files: Path) -> None:
    text = run(*OLD)
    assert "not signed" in text
    assert "rejected: old.json record 14: indent" in text
    assert "nobody told: licence, source_url" in text
    assert "maker.example+" in run("keygen", "key", "--name", "maker.example")
    told = json.loads(run(*OLD, "--key", "key", "--json"))
    assert told["counts"]["rejected"] == 1
    assert told["signature"].startswith("signed by maker.example (key id ")
    assert told["imported_at"] == "2026-01-05"


def test_show_tells_the_pack_and_a_code(files: Path) -> None:
    run(*OLD)
    assert "not signed" in run("show", "old.tariff")
    shown = run("show", "old.tariff", "6901.10.10.10")
    assert "rate general: 4.5%" in shown
    assert "inherited from 69011010" in shown
    assert "not signed" in shown
    assert "4 declarable below it" in run("show", "old.tariff", "6901.10")
    asked = json.loads(run("show", "old.tariff", "6901.10", "--json"))
    assert next(row["code"] for row in asked["below"]) == "6901101010"
    assert json.loads(run("show", "old.tariff", "--json"))["schedule"] == "HTS"


def test_diff_counts_and_lists(files: Path) -> None:
    run(*OLD)
    run("import", "new.json", "--out", "new.tariff", "--edition", "rev 2")
    text = run("diff", "old.tariff", "new.tariff")
    assert "3 differences" in text
    assert "not signed" in text
    assert "4.5%" in text
    told = json.loads(run("diff", "old.tariff", "new.tariff", "--json"))
    assert told["counts"]["rate"] == 3
    assert told["changes"][0] == {
        "kind": "rate", "code": "69011010", "field": "rate_general", "before": "4.5%",
        "after": "0%"}  # fmt: skip


def test_verify_fails_for_a_stranger_and_for_a_changed_pack(files: Path) -> None:
    run("keygen", "key", "--name", "maker.example")
    run("keygen", "other", "--name", "other.example")
    run(*OLD, "--key", "key")
    assert "good" in run("verify", "old.tariff", "--key", "key.pub")
    assert "not checked" in run("verify", "old.tariff")
    assert "not signed by a key you trust" in run(
        "verify", "old.tariff", "--key", "other.pub", code=1)  # fmt: skip
    assert json.loads(run("verify", "old.tariff", "--json"))["whole"] is True
    data = bytearray(Path("old.tariff").read_bytes())
    data[len(data) // 2] ^= 1
    Path("old.tariff").write_bytes(bytes(data))
    with pytest.raises(InputError, match="not a whole tariff pack"):
        run("verify", "old.tariff")


def test_a_wrong_format_or_day_is_a_sentence(files: Path) -> None:
    with pytest.raises(InputError, match="Did you mean"):
        run("import", "old.json", "--out", "x", "--format", "us-hts-jsn")
    with pytest.raises(InputError, match="is not a date"):
        run("import", "old.json", "--out", "x", "--valid-from", "soon")


GUIDE = Path(__file__).resolve().parents[2] / "docs" / "guides" / "import-a-tariff.md"


def test_the_commands_of_the_guide_do_what_it_says(files: Path) -> None:
    text = GUIDE.read_text("utf-8")
    (files / "hts_rev20.json").write_bytes(hts_json())
    (files / "hts_rev21.json").write_bytes((files / "new.json").read_bytes())
    commands = re.findall(r"^\./dev tariff (.+)$", text, re.MULTILINE)
    shown = [run(*shlex.split(command)) for command in commands]
    assert len(commands) >= 8
    line = next(
        said for command, said in zip(commands, shown, strict=True) if "10.10.10" in command
    )
    told = next(block for block in text.split("```text\n")[1:])
    assert line.splitlines()[1:] == told.split("```")[0].splitlines()[1:]
    verified = commands.index("verify us-rev20.tariff --key customs.key.pub")
    assert "good" in shown[verified]
    assert "2026 rev 20" in shown[commands.index("kept")]
