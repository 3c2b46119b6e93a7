"""Tidewaiter: cross-border e-commerce parcels checked, fused, classified, charged and decided.

The same verbs as on the command line are functions here (`tidewaiter.assess`, `classify`,
`convert`, `identify`, `quote`); they stand in `tidewaiter.runtime.verbs` and are loaded on first
use, so that `import tidewaiter` is cheap.
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

VERBS = ("assess", "classify", "convert", "identify", "quote")


def __getattr__(name: str) -> Any:
    if name in VERBS:
        return getattr(importlib.import_module("tidewaiter.runtime.verbs"), name)
    raise AttributeError(f"module 'tidewaiter' has no attribute {name!r}")
