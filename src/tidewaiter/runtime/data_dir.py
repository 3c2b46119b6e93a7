"""The data directory: what this installation keeps of its own, beside the packs."""

from __future__ import annotations

import os
from pathlib import Path

ENVIRONMENT = "TIDEWAITER_DATA"


def data_dir() -> Path:
    """Give the data directory: `TIDEWAITER_DATA`, else `~/.local/share/tidewaiter`."""
    held = os.environ.get(ENVIRONMENT)
    return Path(held) if held else Path.home() / ".local" / "share" / "tidewaiter"
