"""Looking products up: numbers for GTINs and countries, past origins, models of recalls."""

from __future__ import annotations

import datetime as dt
import string

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from tidewaiter.knowledge.products import (
    NO_PRODUCTS,
    NOWHERE,
    Products,
    country_numbers,
    gtin_numbers,
    places,
)
from tidewaiter.vocabulary.product_frames import HISTORY, RECALLS

GTINS = st.from_regex(r"[0-9]{13}[1-9]", fullmatch=True)
CODES = st.text(string.ascii_uppercase, min_size=2, max_size=2)


@given(st.lists(GTINS, unique=True), st.lists(GTINS))
def test_a_gtin_is_found_where_it_stands_and_nowhere_else(
    kept: list[str], asked: list[str]
) -> None:
    kept = sorted(kept)
    asked += kept
    at = places(
        gtin_numbers(pl.Series(kept, dtype=pl.String)),
        gtin_numbers(pl.Series(asked, dtype=pl.String)),
    )
    assert [kept[i] if i != NOWHERE else None for i in at] == [
        g if g in kept else None for g in asked
    ]


def test_null_and_text_are_no_gtin() -> None:
    keys = gtin_numbers(pl.Series(["09521101530001"]))
    asked = gtin_numbers(pl.Series([None, "x", "9521101530001"]))
    assert places(keys, asked).tolist() == [NOWHERE, NOWHERE, 0]


@given(st.lists(CODES, unique=True, min_size=1))
def test_country_numbers_tell_countries_apart(codes: list[str]) -> None:
    numbers = country_numbers(pl.Series(codes)).tolist()
    assert len(set(numbers)) == len(codes)
    assert max(numbers) < 1023


def test_what_is_no_code_has_the_number_of_none() -> None:
    assert (
        country_numbers(pl.Series([None, "", "cn", "CHN"], dtype=pl.String)).tolist() == [1023] * 4
    )


def test_past_origins_are_counted_by_gtin_and_country() -> None:
    rows = [("09521101530001", "CN", 90), ("09521101530001", "VN", 10), ("~brush", "DE", 5)]
    history = pl.DataFrame(
        [{"kind": "product", "key": k, "field": "origin", "value": v, "n": n} for k, v, n in rows],
        schema=HISTORY.schema,
    )
    origins = Products(history=history).origins
    assert origins.lines.tolist() == [100]
    assert origins.most.to_list() == ["CN"]
    gtins = gtin_numbers(pl.Series(["09521101530001"] * 3))
    assert origins.with_origin(gtins, country_numbers(pl.Series(["CN", "VN", "DE"]))).tolist() == [
        90, 10, 0,
    ]  # fmt: skip


def test_models_are_cut_apart_and_the_latest_recall_of_a_number_counts() -> None:
    recalls = pl.DataFrame(
        [
            {"agency": "A", "recall_id": "1", "day": dt.date(2026, 1, 1), "makers": ["Zorvex Ltd"],
             "gtins": ["09521101530001"], "products": [{"name": "Brush", "model": "TB-1 and TB-2; C/9"}]},
            {"agency": "A", "recall_id": "2", "day": dt.date(2026, 5, 1), "makers": [],
             "gtins": ["09521101530001"], "products": []},
        ],
        schema=RECALLS.schema,
    )  # fmt: skip
    known = Products(recalls=recalls)
    assert known.models["model"].to_list() == ["tb 1", "tb 2", "c", "9"]
    assert known.recalled[1].tolist() == [1]


def test_nothing_known_is_empty() -> None:
    assert NO_PRODUCTS.empty
    assert len(NO_PRODUCTS.keys) == 0
    assert NO_PRODUCTS.origins.lines.tolist() == []
