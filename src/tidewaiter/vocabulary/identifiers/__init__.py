"""Identifiers of parcels, goods, parties and places: read one value, or a whole column.

`identify(kind, value)` says whether one value is valid and why not, `kinds()` what can be asked,
`guess(value)` what a value without a label may be; `columnar` has the same rules as Polars
expressions, which is what stages use. Standards stand in each module. Knows no code lists (they
are packs), no courier files (`knowledge.couriers`), and never whether a number is in use.
"""

from __future__ import annotations

from tidewaiter.vocabulary.identifiers.guess import guess
from tidewaiter.vocabulary.identifiers.identification import Identification, Kind
from tidewaiter.vocabulary.identifiers.registry import describe, identify, kinds

__all__ = ["Identification", "Kind", "describe", "guess", "identify", "kinds"]
