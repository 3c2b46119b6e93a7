"""Months, late cases, guarantees, last days, claims."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from tests.accounts.baskets import RULES, Parcel, booked, events, how
from tidewaiter.accounts import EMPTY, assess, book, post
from tidewaiter.accounts.claims import claim, refund_event
from tidewaiter.accounts.remitting import last_day
from tidewaiter.accounts.statements import guarantees, late_cases, month_lines, month_summary
from tidewaiter.accounts.states import outstanding

DAYS = [
    pytest.param("at_release", "2026-07-20", "2026-07-20", id="at release"),
    pytest.param("month_end_next", "2026-01-31", "2026-02-28", id="end of the next month"),
    pytest.param("month_end_next", "2027-12-01", "2028-01-31", id="end of the next month, new year"),
    pytest.param("quarter_month_end_next", "2026-07-01", "2026-10-31", id="month after the quarter"),
    pytest.param("quarter_month_end_next", "2026-12-31", "2027-01-31", id="quarter at the year's end"),
    pytest.param("day_7_next_month", "2026-07-31", "2026-08-07", id="the 7th"),
    pytest.param("day_15_next_month", "2026-07-01", "2026-08-15", id="the 15th"),
    pytest.param("day_20_next_month", "2026-12-31", "2027-01-20", id="the 20th"),
    pytest.param("day_28_next_month", "2026-01-30", "2026-02-28", id="the 28th"),
    pytest.param("business_day_7_next_month", "2025-09-10", "2025-10-09", id="7th working day"),
    pytest.param("business_day_7_next_month", "2026-07-10", "2026-08-11",
                 id="7th working day of a month that begins on a Saturday"),
    pytest.param("some_day", "2026-07-10", None, id="an unknown rule gives no day"),
    pytest.param("", "2026-07-10", None, id="no rule gives no day"),
]  # fmt: skip


@pytest.mark.requirement("G5", "G10")
@pytest.mark.parametrize(("rule", "arose", "wanted"), DAYS)
def test_last_day(rule: str, arose: str, wanted: str | None) -> None:
    frame = pl.DataFrame({"day": [dt.date.fromisoformat(arose)]})
    found = frame.select(last_day(pl.col("day"), rule)).item()
    assert found == (dt.date.fromisoformat(wanted) if wanted else None)


def test_a_holiday_given_is_no_working_day() -> None:
    frame = pl.DataFrame({"day": [dt.date(2025, 9, 10)]})
    moved = last_day(pl.col("day"), "business_day_7_next_month", [dt.date(2025, 10, 1)])
    assert frame.select(moved).item() == dt.date(2025, 10, 10)


def month_of(**more: Any) -> Any:
    charges = [(1, "duty", "6.00", "6.00"), (2, "duty", "1.10", "1.10"), (None, "fee", "2", "2")]
    return booked(*(Parcel(f"P{number}", charges=charges, **more) for number in range(40)))


@pytest.mark.requirement("G10")
def test_month_summary_is_the_sum_of_its_lines() -> None:
    held = post(month_of(), events({"event": "remit", "consignment_id": "P3"}), RULES).book
    told = month_summary(held, "2026-07", dt.date(2026, 8, 7))
    lines = month_lines(held, "2026-07")
    for column in ("assessed", "owed", "remitted", "receivable", "cash"):
        assert told[column].sum() == lines[column].sum()
    assert told.select("kind", "assessed", "owed", "due_on", "state").rows() == [
        ("duty", Decimal(284), Decimal("276.90"), dt.date(2026, 8, 7), "open"),
        ("fee", Decimal(80), Decimal(78), dt.date(2026, 8, 7), "open"),
    ]
    assert set(month_summary(held, "2026-07", dt.date(2026, 8, 8))["state"]) == {"late"}
    assert month_summary(held, "2026-08", dt.date(2026, 8, 8)).is_empty()


@pytest.mark.requirement("G10")
@pytest.mark.partly("rates of interest and damages are from memory")
def test_a_month_handed_over_late_is_a_case_with_days_interest_and_damages() -> None:
    entries = month_of().entries.with_columns(
        pl.lit("US").alias("regime"), pl.lit("USD").alias("currency")
    )
    said = {"event": "remit", "party": "Post of Xland", "month": "2026-07",
            "day": dt.date(2026, 8, 17)}  # fmt: skip
    part = events({**said, "amount": "100"})
    done = post(book(entries), part, RULES)
    assert done.refused.is_empty(), done.refused["why"].to_list()
    cases = late_cases(done.book, dt.date(2026, 9, 7), RULES).to_dicts()
    assert [(c["amount"], c["days_late"], c["interest"], c["damages"]) for c in cases] == [
        (Decimal(100), 10, Decimal("0.19"), Decimal(1000)),
        (Decimal(264), 31, Decimal("1.57"), Decimal(1000)),
    ]
    assert {c["confidence"] for c in cases} == {"memory"}
    whole = post(done.book, events({**said, "reference": "rest"}), RULES)
    assert set(month_summary(whole.book, "2026-07", dt.date(2027, 1, 1))["state"]) == {
        "settled_late"
    }
    assert late_cases(done.book, dt.date(2026, 8, 7), RULES).height == 1


def test_interest_no_pack_knows_is_null_and_rates_change_on_their_day() -> None:
    of = month_of().entries
    unknown = late_cases(book(of), dt.date(2026, 9, 7), RULES)
    assert unknown["interest"].to_list() == [None]
    assert unknown["damages"].to_list() == [None]
    of_gb = of.with_columns(
        pl.lit("GB").alias("regime"), pl.lit("GBP").alias("currency"),
        pl.when(pl.col("due_on").is_not_null()).then(pl.lit(dt.date(2026, 1, 4))).alias("due_on"),
    )  # fmt: skip
    case = late_cases(book(of_gb), dt.date(2026, 1, 14), RULES).row(0, named=True)
    year = Decimal(364) * (8 * 5 + Decimal("7.75") * 5) / 36500
    assert case["interest"] == round(year, 2)
    old = of_gb.with_columns(
        pl.when(pl.col("due_on").is_not_null()).then(pl.lit(dt.date(2020, 1, 1))).alias("due_on")
    )
    assert late_cases(book(old), dt.date(2026, 1, 14), RULES)["interest"].to_list() == [None]


@pytest.mark.requirement("G10")
def test_guarantee_that_does_not_suffice_is_found() -> None:
    held = month_of()
    assert guarantees(held)["state"].to_list() == ["none_lodged"]
    lodge = {"event": "lodge", "party": "Post of Xland", "amount": "300", "currency": "EUR"}
    done = post(held, events(lodge), RULES).book
    row = guarantees(done).row(0, named=True)
    assert (row["lodged"], row["held"], row["left"], row["state"]) == (
        Decimal(300), Decimal(364), Decimal(-64), "exhausted",
    )  # fmt: skip
    paid = {"event": "remit", "party": "Post of Xland", "month": "2026-07", "amount": "64"}
    assert guarantees(post(done, events(paid), RULES).book)["state"].to_list() == ["enough"]


def test_outstanding_counts_days_late_and_knows_where_no_day_is_known() -> None:
    held = booked(Parcel())
    assert outstanding(held, dt.date(2026, 8, 17))["days_late"].to_list() == [10, 10]
    assert outstanding(held, dt.date(2026, 8, 1))["days_late"].to_list() == [0, 0]
    from tests.accounts.baskets import batch

    none = assess(EMPTY, batch(Parcel()), how(carrier_or_post="")).book
    assert outstanding(none, dt.date(2026, 8, 17))["days_late"].to_list() == [None, None]


@pytest.mark.requirement("G9")
def test_claim_is_filled_in_from_the_assessment() -> None:
    held = post(
        booked(Parcel(charges=[(1, "duty", "6", "6"), (1, "tax", "25.20", "25.20"),
                               (None, "fee", "2", "2")])),
        events({"event": "collect", "consignment_id": "P1"}), RULES,
    ).book  # fmt: skip
    said = refund_event("P1", dt.date(2026, 8, 1), item_no=1, quantity=Decimal(1))
    lines, why = claim(held, said, RULES)
    assert not why
    assert lines.select("kind", "claimed", "units").rows() == [
        ("duty", Decimal(2), Decimal(3)), ("tax", Decimal("8.40"), Decimal(3)),
    ]  # fmt: skip
    whole, why = claim(held, refund_event("P1", dt.date(2026, 8, 1)), RULES)
    assert dict(whole.select("kind", "claimed").rows())["fee"] == 0, "a fee is not given back"
    assert set(whole.filter(pl.col("kind") != "fee")["law"]) == {"Tidewaiter's own rule of booking"}
    unpaid, why = claim(booked(Parcel()), said, RULES)
    assert "nothing was paid" in why
    assert unpaid["claimed"].sum() == 0
