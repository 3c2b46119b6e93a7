"""The house rules that tools check: style, types, direction of imports, lock files."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(["ruff", "check", "--no-cache", "."], id="style is clean"),
        pytest.param(["ruff", "format", "--no-cache", "--check", "."], id="layout is clean"),
        pytest.param(["mypy", "--cache-dir", "/dev/null"], id="types are strict and clean"),
        pytest.param(["lint-imports", "--no-cache"], id="imports go in one direction"),
    ],
)
def test_house_rule(command: list[str]) -> None:
    tool = Path(sys.executable).parent / command[0]
    done = subprocess.run(
        [str(tool), *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"


@pytest.mark.parametrize("lock", sorted((ROOT / "locks").glob("*.txt")), ids=lambda p: p.name)
def test_lock_file_pins_names_versions_and_hashes_only(lock: Path) -> None:
    text = lock.read_text("utf-8")
    assert "://" not in text
    for entry in re.split(r"\n(?=\S)", text.strip()):
        assert re.match(r"[A-Za-z0-9._-]+==\S+", entry), entry
        assert "--hash=sha256:" in entry, entry
