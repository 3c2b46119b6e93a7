"""Events: what they move, what is refused and why, and what is known already."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from tests.accounts.baskets import DAY, RULES, Parcel, booked, events
from tidewaiter.accounts import balances, book, line_states, merge, open_ranges, post
from tidewaiter.vocabulary.errors import LedgerError

ONE = {"consignment_id": "P1"}
BACK = {**ONE, "event": "refund", "item_no": 1, "reason": "return"}


def paid(**more: Any) -> Any:
    held = booked(Parcel(**more))
    return post(held, events({"event": "collect", **ONE}), RULES).book


REFUSED = [
    pytest.param({"event": "pay", **ONE}, "no event is called pay", id="an unknown event"),
    pytest.param({"event": "collect", **ONE, "day": None}, "no day", id="no day"),
    pytest.param({"event": "collect"}, "names no consignment_id", id="no parcel"),
    pytest.param({"event": "collect", "consignment_id": "P9"}, "knows no such debt",
                 id="an unknown parcel"),
    pytest.param({"event": "collect", **ONE, "amount": "-1"}, "above 0", id="a negative amount"),
    pytest.param({"event": "collect", **ONE, "amount": "31.21"}, "31.21 is more than the 31.2 EUR",
                 id="more than is owed"),
    pytest.param({"event": "refund", **ONE, "reason": "return"}, "nothing was paid",
                 id="a refund of what was never paid"),
    pytest.param({"event": "refund", **ONE}, "names no reason", id="a refund without reason"),
    pytest.param({"event": "refund", **ONE, "reason": "mood"}, "nothing of this kind",
                 id="a refund for a reason the law does not know"),
    pytest.param({**BACK, "item_no": None, "quantity": "1"}, "needs item_no",
                 id="a part of no line"),
    pytest.param({"event": "repay", **ONE}, "nothing is granted", id="a payout never granted"),
    pytest.param({"event": "reclaim", **ONE}, "no credit", id="a credit that is none"),
    pytest.param({"event": "remit", "party": "Post of Xland"}, "no month",
                 id="a party without its month"),
    pytest.param({"event": "reassess", **ONE, "amount": "5"}, "several debts",
                 id="a new amount for two debts at once"),
    pytest.param({"event": "reassess", **ONE, "kind": "duty", "amount": "6"}, "stands at that",
                 id="a new amount that is the old"),
    pytest.param({"event": "damages", "party": "X", "amount": "5"}, "party, amount and currency",
                 id="damages in no currency"),
]  # fmt: skip


@pytest.mark.parametrize(("said", "why"), REFUSED)
def test_refused_with_the_reason_and_the_book_stays_as_it_is(
    said: dict[str, Any], why: str
) -> None:
    held = booked(Parcel())
    done = post(held, events(said), RULES)
    assert why in done.refused["why"].item()
    assert done.book.entries.equals(held.entries)


@pytest.mark.requirement("G9")
def test_the_same_goods_are_given_back_once_only() -> None:
    held = paid()
    first = post(held, events({**BACK, "quantity": "2"}), RULES)
    assert first.refused.is_empty()
    states = line_states(first.book.entries)
    assert states.select("kind", "refunded").rows() == [
        ("duty", Decimal("4.00")), ("tax", Decimal("16.80")),
    ]  # fmt: skip
    more = events(
        {**BACK, "quantity": "2", "reference": "b"},
        {**BACK, "event": "drawback", "reason": "export", "quantity": "2"},
        {**BACK, "reference": "the rest"},
        {**BACK, "event": "drawback", "reason": "export"},
        {**BACK, "reference": "again"},
    )
    second = post(first.book, more, RULES)
    assert second.refused["why"].to_list() == [
        "more units than are left: the others were given back before, or never declared",
        "more units than are left: the others were given back before, or never declared",
        "it was given back before; the same goods are given back once only",
        "it was given back before; the same goods are given back once only",
    ]
    states = line_states(second.book.entries)
    assert states["refunded"].to_list() == states["collected"].to_list()


@pytest.mark.requirement("G9")
def test_parts_add_up_to_the_whole_to_the_cent() -> None:
    held = paid(charges=[(1, "duty", "10.00", "10.00")])
    said = [{**BACK, "quantity": "1", "reference": str(number)} for number in range(3)]
    parts = []
    for one in said:
        done = post(held, events(one), RULES)
        held = done.book
        parts.append(balances(done.added, ["account"]).filter(account="refunds_payable"))
    assert [-part["amount"].item() for part in parts] == [
        Decimal("3.33"), Decimal("3.34"), Decimal("3.33"),
    ]  # fmt: skip


@pytest.mark.requirement("G9")
@pytest.mark.partly("shares and time limits of drawback are from memory, for two regimes")
def test_share_and_time_of_a_regime_go_before_the_usual_ones() -> None:
    held = paid(charges=[(1, "duty", "10.00", "10.00")])
    of_us = held.entries.with_columns(pl.lit("US").alias("regime"))
    drawn = {**BACK, "event": "drawback", "reason": "export"}
    done = post(book(of_us), events(drawn), RULES)
    assert line_states(done.book.entries)["refunded"].item() == Decimal("9.90")
    late = {**drawn, "day": dt.date(2031, 8, 1)}
    assert "too late" in post(book(of_us), events(late), RULES).refused["why"].item()
    assert post(held, events(late), RULES).refused.is_empty()


@pytest.mark.requirement("G9")
def test_abandonment_frees_what_is_not_paid_and_the_guarantee() -> None:
    half = events({"event": "collect", **ONE, "amount": "6"}, {"event": "abandon", **ONE})
    done = post(booked(Parcel()), half, RULES)
    states = line_states(done.book.entries)
    assert states["receivable"].to_list() == [Decimal(0), Decimal(0)]
    assert states["owed"].sum() == Decimal(6)
    assert states["held"].sum() == Decimal(6)
    again = post(done.book, events({"event": "abandon", **ONE, "reference": "b"}), RULES)
    assert "nothing unpaid" in again.refused["why"].item()


def test_write_off_leaves_the_debtor_owing() -> None:
    done = post(booked(Parcel()), events({"event": "write_off", **ONE}), RULES)
    states = line_states(done.book.entries)
    assert (states["receivable"].sum(), states["owed"].sum()) == (Decimal(0), Decimal("31.20"))
    own = post(
        booked(Parcel(model="importer_at_border")), events({"event": "write_off", **ONE}), RULES
    )
    assert "debtor himself" in own.refused["why"].item()


def test_a_month_is_handed_over_with_credits_set_off() -> None:
    held = booked(Parcel("A", "vendor_registration"), Parcel("B", "vendor_registration"))
    said = events(
        {"event": "remit", "consignment_id": "A"},
        {"event": "refund", "consignment_id": "A", "item_no": 1, "quantity": "1",
         "reason": "return"},
        {"event": "remit", "party": "IM2760000001", "month": "2026-07", "amount": "16.80"},
    )  # fmt: skip
    done = post(held, said, RULES)
    assert done.refused.is_empty(), done.refused["why"].to_list()
    states = line_states(done.book.entries).filter(debtor="IM2760000001")
    assert states["owed"].to_list() == [Decimal(0), Decimal(0)]
    more = events({"event": "remit", "party": "IM2760000001", "month": "2026-07", "amount": "1"})
    assert "nothing is left" in post(done.book, more, RULES).refused["why"].item()


@pytest.mark.requirement("G10")
def test_a_guarantee_is_lodged_and_interest_is_charged_by_themselves() -> None:
    said = events(
        {"event": "lodge", "party": "Post of Xland", "amount": "20", "currency": "EUR"},
        {"event": "late_interest", **ONE, "party": "Post of Xland", "amount": "0.40",
         "currency": "EUR"},
    )  # fmt: skip
    done = post(booked(Parcel()), said, RULES)
    assert done.refused.is_empty()
    late = line_states(done.book.entries).filter(kind="interest").row(0, named=True)
    assert (late["owed"], late["debtor"], late["regime"]) == (
        Decimal("0.40"),
        "Post of Xland",
        "AE",
    )


def test_setting_a_debt_anew_closes_its_range() -> None:
    held = booked(Parcel(charges=[(1, "duty", "0", "9")]))
    done = post(held, events({"event": "reassess", **ONE, "kind": "duty", "amount": "5"}), RULES)
    assert done.refused["why"].to_list() == ["the book knows no such debt"]
    held = booked(Parcel(charges=[(1, "duty", "1", "9")]))
    done = post(held, events({"event": "reassess", **ONE, "kind": "duty", "amount": "5"}), RULES)
    assert open_ranges(done.book).is_empty()
    assert line_states(done.book.entries)["owed"].item() == 5


def test_the_same_event_twice_is_known() -> None:
    said = {"event": "collect", **ONE, "amount": "5"}
    done = post(booked(Parcel()), events(said, said), RULES)
    assert (done.known, done.refused.height) == (1, 0)
    assert line_states(done.book.entries)["collected"].sum() == 5
    assert post(done.book, events(said), RULES).known == 1
    other = post(done.book, events({**said, "reference": "a second payment"}), RULES)
    assert line_states(other.book.entries)["collected"].sum() == 10


@pytest.mark.requirement("G5")
def test_a_posting_that_does_not_balance_is_refused() -> None:
    entries = booked(Parcel()).entries
    torn = entries.filter(pl.col("account") != "receivable")
    with pytest.raises(LedgerError, match="do not add up to zero"):
        book(torn)
    other_kind = entries.with_columns(
        pl.when(pl.col("account") == "receivable").then(pl.lit("fee")).otherwise("kind")
        .alias("kind")
    )  # fmt: skip
    with pytest.raises(LedgerError, match="do not add up to zero"):
        book(other_kind)
    doubled = entries.with_columns(pl.col("amount") * 2)
    with pytest.raises(LedgerError, match="told in two ways"):
        merge([book(entries), book(doubled)])


def test_many_events_are_taken_side_by_side() -> None:
    parcels = [Parcel(f"P{number}") for number in range(300)]
    said = [{"event": name, "consignment_id": one.id} for one in parcels
            for name in ("collect", "remit")]  # fmt: skip
    done = post(booked(*parcels), events(*said), RULES)
    assert done.refused.is_empty()
    assert balances(done.book).is_empty()


def test_day_is_kept() -> None:
    assert booked(Parcel()).entries["day"].max() <= DAY
