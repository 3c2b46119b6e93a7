"""Strategies for drawn batches, and the comparison of two batches, for the format tests."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import polars as pl
from hypothesis import strategies as st

from tidewaiter.vocabulary.batch import Batch, conform, empty
from tidewaiter.vocabulary.columns import FRAMES

Row = dict[str, Any]

# What XML and JSON can both hold: no control characters, no surrogates.
_SIGNS = st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")


def texts(size: int = 12) -> st.SearchStrategy[str]:
    """Texts without outer blanks, of any script."""
    return st.text(_SIGNS, min_size=1, max_size=size).map(str.strip).filter(bool)


def codes(pattern: str) -> st.SearchStrategy[str]:
    return st.from_regex(pattern, fullmatch=True)


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


figures = st.decimals(0, 99999, places=2).map(str)


def batch_of(
    consignments: list[Row],
    goods_items: list[Row],
    parties: list[Row],
    contributions: list[Row],
) -> Batch:
    """Make a batch of rows that name only some columns."""

    def frame(name: str, rows: list[Row]) -> pl.DataFrame:
        if not rows:
            return empty(name, ["formats"])
        schema = FRAMES[name].schema
        named = {c: t for c, t in schema.items() if any(c in row for row in rows)}
        return conform(pl.DataFrame(rows, schema=named), name)

    return Batch(
        consignments=frame("consignments", consignments),
        goods_items=frame("goods_items", goods_items),
        parties=frame("parties", parties),
        contributions=frame("contributions", contributions),
    )


def rows(batch: Batch, frame: str, leave: Iterable[str] = ()) -> list[Row]:
    """Rows of a frame without its nulls and without contribution ids, JSON read, sorted."""
    left = {"contribution_id", *leave}
    found = []
    for row in getattr(batch, frame).to_dicts():
        kept = {k: v for k, v in row.items() if v is not None and k not in left}
        for column in ("unread", "documents"):
            if column in kept:
                kept[column] = json.loads(kept[column])
        found.append(kept)
    return sorted(found, key=lambda row: json.dumps(row, sort_keys=True, default=str))


def assert_same(one: Batch, other: Batch, leave: Iterable[str] = ("source", "position")) -> None:
    """Assert that two batches say the same in every column of `formats`, ids and places aside."""
    for name in ("consignments", "goods_items", "parties", "contributions"):
        got, wanted = rows(one, name, leave), rows(other, name, leave)
        assert got == wanted, f"{name}: {got} is not {wanted}"
