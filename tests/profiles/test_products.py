"""The product profile merges exactly, in any order and cut; counts, prices and sellers are right."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidewaiter.profiles.products import build, distinct, merge, quantile
from tidewaiter.vocabulary.batch import Batch, conform
from tidewaiter.vocabulary.product_frames import HISTORY

ON = dt.date(2026, 11, 25)
OWNERS = ("formats", "check", "fuse", "classify")
GTIN = "09521101530001"


def world(parcels: list[dict[str, Any]]) -> Batch:
    """Make parcels: each a dict with `id, day, seller, maker?, lines`."""
    rows, items, parties = [], [], []
    for parcel in parcels:
        key = {"consignment_id": parcel["id"], "contribution_id": parcel["id"]}
        rows.append({**key, "ordered_day": parcel["day"], "country_destination": "AE"})
        for number, line in enumerate(parcel["lines"], start=1):
            items.append({**key, "item_no": number, **line})
        parties.append({**key, "role": "seller", "name": parcel["seller"], "country": "CN"})
        if parcel.get("maker"):
            parties.append(
                {**key, "role": "maker", "name": parcel["maker"], "city": "Yiwu", "country": "CN"}
            )
    return Batch(
        consignments=conform(pl.DataFrame(rows, infer_schema_length=None), "consignments", OWNERS),
        goods_items=conform(pl.DataFrame(items, infer_schema_length=None), "goods_items", OWNERS),
        parties=conform(pl.DataFrame(parties, infer_schema_length=None), "parties", OWNERS),
    )


def line(**more: Any) -> dict[str, Any]:
    base = {
        "gtin": GTIN, "title": "Toothbrush", "brand": "Zorvex", "country_origin": "CN",
        "hs6": "850980", "declared_value": Decimal(20), "quantity": Decimal(2),
        "declared_currency": "EUR", "maker_name": None,
    }  # fmt: skip
    return {**base, **more}


LINES = st.builds(
    line,
    gtin=st.sampled_from([GTIN, "04006381333931", None]),
    title=st.sampled_from(["Toothbrush", "Watch", "Tôothbrush!", None]),
    brand=st.sampled_from(["Zorvex", None]),
    country_origin=st.sampled_from(["CN", "VN", None]),
    hs6=st.sampled_from(["850980", "910211", None]),
    declared_value=st.one_of(
        st.none(), st.decimals(min_value=0, max_value=10**6, places=2, allow_nan=False)
    ),
    quantity=st.sampled_from([Decimal(1), Decimal(3), Decimal(0), None]),
    declared_currency=st.sampled_from(["EUR", "USD", None]),
    maker_name=st.sampled_from(["Zorvex Works", "zorvex WORKS", None]),
)
PARCELS = st.lists(
    st.fixed_dictionaries(
        {
            "day": st.one_of(st.none(), st.dates(dt.date(2026, 1, 1), dt.date(2026, 12, 31))),
            "seller": st.sampled_from(["Happy Shop", "Best Mall", "Seller 3", "Seller 4"]),
            "maker": st.sampled_from([None, "Zorvex Works", "Other Works"]),
            "lines": st.lists(LINES, min_size=1, max_size=3),
        }
    ),
    min_size=1,
    max_size=12,
).map(lambda parcels: [{"id": f"p{n}", **parcel} for n, parcel in enumerate(parcels)])


@pytest.mark.requirement("D5")
@settings(max_examples=40, deadline=None)
@given(PARCELS, st.integers(1, 11), st.booleans())
def test_parts_merge_to_the_whole_in_any_order(
    parcels: list[dict[str, Any]], cut: int, turned: bool
) -> None:
    parts = [part for part in (parcels[:cut], parcels[cut:]) if part]
    built = [build(world(part), on=ON) for part in parts]
    if turned:
        built.reverse()
    whole = build(world(parcels), on=ON)
    assert merge(built).equals(whole)
    assert merge([*built, merge([])]).equals(whole)


@settings(max_examples=15, deadline=None)
@given(PARCELS)
def test_row_order_does_not_matter(parcels: list[dict[str, Any]]) -> None:
    assert build(world(parcels[::-1]), on=ON).equals(build(world(parcels), on=ON))


def facts(history: pl.DataFrame, key: str, field: str) -> dict[str, int]:
    rows = history.filter((pl.col("key") == key) & (pl.col("field") == field))
    return dict(zip(rows["value"].to_list(), rows["n"].to_list(), strict=True))


def test_lines_parcels_days_and_origins_are_counted() -> None:
    first, last = dt.date(2026, 3, 1), dt.date(2026, 4, 2)
    history = build(
        world(
            [
                {
                    "id": "a",
                    "day": last,
                    "seller": "S",
                    "lines": [line(), line(country_origin="VN")],
                },
                {"id": "b", "day": first, "seller": "T", "lines": [line()]},
            ]
        ),
        on=ON,
    )
    assert facts(history, GTIN, "lines") == {"": 3}
    assert facts(history, GTIN, "parcels") == {"": 2}
    assert facts(history, GTIN, "origin") == {"CN": 2, "VN": 1}
    assert facts(history, GTIN, "destination") == {"AE": 3}
    row = history.row(
        by_predicate=(pl.col("key") == GTIN) & (pl.col("field") == "lines"), named=True
    )
    assert (row["first_on"], row["last_on"], row["label"]) == (first, last, "Toothbrush")


def test_without_a_gtin_brand_and_title_make_the_product() -> None:
    lines = [line(gtin=None), line(gtin=None, title="TOOTHBRUSH."), line(gtin=None, title=None)]
    history = build(world([{"id": "a", "day": ON, "seller": "S", "lines": lines}]), on=ON)
    assert facts(history, "~zorvex toothbrush", "lines") == {"": 2}


def test_makers_and_factories_have_their_own_rows() -> None:
    parcels = [
        {"id": "a", "day": ON, "seller": "S", "maker": "Zorvex Works", "lines": [line()]},
        {"id": "b", "day": ON, "seller": "S", "lines": [line(maker_name="ZORVEX works")]},
    ]
    history = build(world(parcels), on=ON)
    assert facts(history, "zorvex works", "lines") == {"": 2}
    factory = history.filter((pl.col("kind") == "factory") & (pl.col("field") == "lines"))
    assert factory["label"].to_list() == ["Zorvex Works, Yiwu, CN"]
    assert factory["n"].to_list() == [1]


def test_a_quantile_is_right_within_a_bin() -> None:
    lines = [line(declared_value=Decimal(price), quantity=Decimal(1)) for price in range(1, 101)]
    history = build(world([{"id": "a", "day": ON, "seller": "S", "lines": lines}]), on=ON)
    bins = history.filter((pl.col("key") == GTIN) & (pl.col("field") == "price:EUR"))
    for share in (0.1, 0.5, 0.9):
        found = quantile(bins, share)
        assert found is not None
        assert abs(found / (100 * share) - 1) < 0.11
    assert quantile(bins.clear(), 0.5) is None


@pytest.mark.parametrize("sellers", [1, 30, 200, 5000])
def test_sellers_are_estimated_within_their_error(sellers: int) -> None:
    parcels = [
        {"id": f"p{n}", "day": ON, "seller": f"Seller {n % sellers}", "lines": [line()]}
        for n in range(sellers)
    ]
    history = build(world(parcels), on=ON)
    found = distinct(history.filter((pl.col("key") == GTIN) & (pl.col("field") == "seller")))
    assert abs(found - sellers) <= max(1, 0.15 * sellers)


def test_no_consignee_and_no_seller_can_be_read_from_it() -> None:
    history = build(
        world([{"id": "a", "day": ON, "seller": "Happy Shop", "lines": [line()]}]), on=ON
    )
    assert "happy" not in history.write_csv().lower()


def test_an_empty_batch_gives_an_empty_profile() -> None:
    assert build(Batch(), on=ON).schema == pl.DataFrame(schema=HISTORY.schema).schema
