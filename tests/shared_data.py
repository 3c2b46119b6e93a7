"""Where the reference data lies that is not part of the project, or a clear skip."""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


def shared(name: str) -> Path:
    """Give the path of a reference file; skip the test, saying why, where it is absent."""
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"reference data ../shared/data/{name} is not beside this clone")
    return path
