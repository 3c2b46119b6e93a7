"""Tidewaiter: cross-border e-commerce parcels checked, fused, classified, charged and decided.

The same verbs as on the command line are functions here (`tidewaiter.assess`, ...); see
`tidewaiter.runtime.verbs`. They are loaded on first use, so that `import tidewaiter` is cheap.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from tidewaiter.runtime.verbs import assess as assess

_VERBS = frozenset({"assess"})


def __getattr__(name: str) -> Any:
    if name in _VERBS:
        from tidewaiter.runtime import verbs

        return getattr(verbs, name)
    raise AttributeError(f"module 'tidewaiter' has no attribute {name!r}")
