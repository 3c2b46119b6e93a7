"""Charge: limits, days, splits, and what cannot be known."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.stages.cases import DAY, batch
from tidewaiter.knowledge.load import load
from tidewaiter.stages.charge import charge
from tidewaiter.vocabulary.batch import Batch

OWNERS = ("formats", "check", "fuse", "classify", "link")


def lane(values: list[tuple[str, str, str]], hs6: str | None = "610910") -> Batch:
    """Make orders of (person, day, rupees)."""
    items = [
        {"consignment_id": f"o{n}", "declared_value": v, "declared_currency": "INR", "hs6": hs6}
        for n, (_, _, v) in enumerate(values)
    ]
    parcels = [
        {"consignment_id": f"o{n}", "person_key": p, "ordered_day": dt.date.fromisoformat(d)}
        for n, (p, d, _) in enumerate(values)
    ]
    return batch(items, parcels, owners=OWNERS)


def owed(done: Batch) -> list[str]:
    return [f"{value:.2f}" for value in done.goods_items["duty"]]


@pytest.mark.requirement("E9")
@pytest.mark.partly("splitting; the bunching test over a seller's history is not there")
@pytest.mark.parametrize(
    ("orders", "duty", "split"),
    [
        pytest.param([("a", "2026-01-18", "22727.27")], ["0.00"], [False], id="the limit is free"),
        pytest.param([("a", "2026-01-18", "22728")], ["120.00"], [False], id="one big is no split"),
        pytest.param(
            [("a", "2026-01-18", "8000")] * 3,
            ["42.24"] * 3,
            [True] * 3,
            id="three small are a split",
        ),
        pytest.param(
            [("a", "2026-01-18", "8000"), ("a", "2026-01-19", "8000"), ("a", "2026-01-20", "8000")],
            ["0.00"] * 3,
            [False] * 3,
            id="three days are no split",
        ),
        pytest.param(
            [("a", "2026-01-18", "8000"), ("b", "2026-01-18", "8000"), ("c", "2026-01-18", "8000")],
            ["0.00"] * 3,
            [False] * 3,
            id="three persons are no split",
        ),
        pytest.param(
            [("a", "2026-01-18", "30000"), ("a", "2026-01-18", "1000")],
            ["158.40", "5.28"],
            [False] * 2,
            id="a big order makes the whole day dutiable without a split",
        ),
    ],
)
def test_person_day_decides(
    orders: list[tuple[str, str, str]], duty: list[str], split: list[bool]
) -> None:
    done = charge(lane(orders), load("AE"), on=DAY)
    assert owed(done) == duty
    assert done.consignments["split"].to_list() == split


def test_unknown_person_or_day_stands_alone() -> None:
    given = lane([("a", "2026-01-18", "20000")] * 2)
    nobody = given.with_frames(
        consignments=given.consignments.with_columns(
            pl.lit(None, dtype=pl.String).alias("person_key")
        )
    )
    assert owed(charge(nobody, load("AE"), on=DAY)) == ["0.00", "0.00"]


def test_no_code_is_asked_for_only_where_duty_is_due() -> None:
    free = charge(lane([("a", "2026-01-18", "100")], hs6=None), load("AE"), on=DAY)
    due = charge(lane([("a", "2026-01-18", "90000")], hs6=None), load("AE"), on=DAY)
    assert free.findings["code"].to_list() == []
    assert due.findings["code"].to_list() == ["charge.no_code"]
    assert due.consignments["charge_state"].to_list() == ["undetermined"]
    assert due.charges["state"].to_list() == ["undetermined"]


def test_currency_without_rate_is_a_finding_and_not_one_to_one() -> None:
    odd = batch(
        [
            {
                "consignment_id": "a",
                "declared_value": "5",
                "declared_currency": "XPF",
                "hs6": "610910",
            }
        ],
        owners=OWNERS,
    )
    done = charge(odd, load("AE"), on=DAY)
    assert done.goods_items["customs_value"].to_list() == [None]
    assert "charge.no_rate" in done.findings["code"].to_list()


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from("abc"),
            st.sampled_from(["2026-01-18", "2026-01-19"]),
            st.decimals(min_value=1, max_value=60000, places=2).map(str),
        ),
        min_size=1,
        max_size=12,
    ),
    st.randoms(use_true_random=False),
)
def test_order_of_rows_does_not_matter_and_lines_add_up(orders: list, chance) -> None:
    first = lane(orders)
    order = list(range(len(orders)))
    chance.shuffle(order)
    mixed = first.with_frames(
        goods_items=first.goods_items[order], consignments=first.consignments[order]
    )
    one, two = (charge(b, load("AE"), on=DAY) for b in (first, mixed))
    key = ["consignment_id", "item_no"]
    assert one.goods_items.sort(key).equals(two.goods_items.sort(key))
    assert one.consignments.sort(key[0]).equals(two.consignments.sort(key[0]))
    assert one.goods_items["duty"].sum() == one.consignments["duty"].sum()
    assert one.charges["amount"].sum() == one.consignments["duty"].sum()
    for row in one.consignments.to_dicts():
        assert (row["duty"] > 0) == (row["person_day_total"] > Decimal(1000))


@pytest.mark.requirement("G1")
@pytest.mark.partly("flat, ad valorem and per-parcel amounts; specific and compound rates not yet")
def test_flat_duty_counts_distinct_codes_not_pieces() -> None:
    lines = [
        {"consignment_id": "a", "declared_value": "10", "declared_currency": "EUR", "hs6": code}
        for code in ("610910", "640411", "610910", "851713")
    ]
    done = charge(
        batch(lines, [{"consignment_id": "a", "country_destination": "DE"}], owners=OWNERS),
        load("EU"),
        on=dt.date(2026, 7, 15),
    )
    assert owed(done) == ["3.00", "3.00", "0.00", "3.00"]
    assert done.consignments["duty"].to_list() == [Decimal(9)]


@pytest.mark.requirement("G4")
@pytest.mark.partly("AE, EU, GB, US; other countries have no pack yet")
def test_same_parcel_on_four_days_of_us_law() -> None:
    line = {"consignment_id": "a", "declared_value": "60", "declared_currency": "USD",
            "hs6": "610910", "country_origin": "DE"}  # fmt: skip
    parcel = {"consignment_id": "a", "transport_mode": "post", "country_destination": "US"}
    law = load("US")
    got = {
        day: charge(batch([line], [parcel], owners=OWNERS), law, on=dt.date.fromisoformat(day))
        .consignments.select("duty", "charge_state")
        .row(0)
        for day in ("2025-08-28", "2025-08-29", "2026-06-30", "2026-08-01")
    }
    assert got == {
        "2025-08-28": (Decimal(0), "exact"),
        "2025-08-29": (Decimal(9), "exact"),
        "2026-06-30": (Decimal(6), "exact"),
        "2026-08-01": (Decimal(6), "bounded"),
    }
