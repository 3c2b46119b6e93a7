"""The guide is true: its file loads and its Python runs."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

from tests.procedures.cases import KNOWN
from tidewaiter.knowledge.pack import PACKS_DIR
from tidewaiter.knowledge.procedures import load_procedures

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "guides" / "add-a-procedure.md"
HEAD = """
[pack]
id = "procedures/permit"
kind = "procedures"
title = "Permit"
retrieved_on = 2026-11-25
licence = "Apache-2.0"

[[source]]
id = "law"
title = "A law"
confidence = "own"

"""


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
    assert found
    return found[1]


def test_the_file_in_the_guide_loads_beside_the_others(tmp_path: Path) -> None:
    folder = tmp_path / "procedures"
    folder.mkdir()
    for path in (PACKS_DIR / "procedures").glob("*.toml"):
        (folder / path.name).write_text(path.read_text("utf-8"), "utf-8")
    (folder / "permit.toml").write_text(HEAD + block("toml"), "utf-8")
    known = load_procedures(tmp_path)
    assert set(known.by_name) == {*KNOWN.by_name, "permit"}


def test_the_python_in_the_guide_runs_and_says_what_it_promises() -> None:
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(compile(block("python"), str(GUIDE), "exec"), {})  # noqa: S102 - our own guide
    lines = said.getvalue().splitlines()
    assert lines[0] == "2026-12-02 04:59:59.999999+00:00"
    assert lines[1].startswith("detained")
    assert "notify" in lines[2]
    assert lines[3] == "excluded"
