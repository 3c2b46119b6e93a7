"""Ids of messages from what they say: the same content, the same id, whatever its spelling.

Each filled value is hashed with a seed of its column's name and the hashes are added up, so that
neither the order of columns nor empty ones count. 128 bits, from the hash of Polars: it is fast and
the same on every machine, but only within one version of Polars (a test holds it fast). It is no
signature: whoever wants a collision can make one. Not a format itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from functools import lru_cache

import numpy as np
import polars as pl

SIDES = ("left", "right")
_HEX = np.array([f"{number:02x}".encode() for number in range(256)], dtype="S2")


def summed(labels: Mapping[str, str], salt: str = "") -> list[pl.Expr]:
    """Give the two hashes of a row (`left`, `right`, `UInt64`).

    Args:
        labels: column to the name it is hashed under.
        salt: sets rows of one kind apart from those of another.
    """
    return [
        pl.sum_horizontal(
            pl.col(column).hash(_seed(f"{side} {salt} {label}")) * pl.col(column).is_not_null()
            for column, label in labels.items()
        ).alias(side)
        for side in SIDES
    ]


def mixed(*more: str) -> list[pl.Expr]:
    """Give `left` and `right` hashed once more, together with other columns."""
    return [pl.struct(*SIDES, *more).hash(_seed(side)).alias(side) for side in SIDES]


def digests(prefix: str, sides: Iterable[pl.Series]) -> pl.Series:
    """Write pairs of hashes as `contribution_id`: `prefix:` and 32 hex digits."""
    columns = [side.to_numpy() for side in sides]
    pair = np.empty((len(columns[0]), len(SIDES)), dtype=">u8")
    for place, column in enumerate(columns):
        pair[:, place] = column
    text = _HEX[pair.view(np.uint8).reshape(-1, 16)].view("S32").ravel()
    return (prefix + ":" + pl.Series(text).cast(pl.String)).alias("contribution_id")


@lru_cache(maxsize=8192)
def _seed(label: str) -> int:
    return int.from_bytes(hashlib.sha256(label.encode()).digest()[:8], "big")
