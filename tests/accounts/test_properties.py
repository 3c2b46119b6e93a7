"""Whatever happens in whatever order: zero in all, once only, and books add up to a book."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from tests.accounts.baskets import MODELS, RULES, Parcel, batch, booked, events, how
from tidewaiter.accounts import EMPTY, Book, assess, balances, book, line_states, merge, post

IDS = ("A", "B", "C")
cents = st.integers(0, 5000).map(lambda number: f"{number / 100:.2f}")
CHARGES = st.lists(
    st.tuples(st.sampled_from([1, 2, None]), st.sampled_from(["duty", "tax", "fee"]), cents),
    min_size=1, max_size=3, unique_by=lambda charge: charge[:2],
).map(lambda found: [(item, kind, low, low) for item, kind, low in found])  # fmt: skip


def parcels(ids: Sequence[str] = IDS) -> st.SearchStrategy[list[Parcel]]:
    return st.tuples(*(st.builds(
        Parcel, id=st.just(id_), model=st.sampled_from(sorted(MODELS)), charges=CHARGES,
        quantity=st.sampled_from(["1", "3", "2.5"]),
    ) for id_ in ids)).map(list)  # fmt: skip


SAID = st.fixed_dictionaries(
    {
        "event": st.sampled_from([
            "collect", "remit", "refund", "drawback", "repay", "reclaim", "abandon", "write_off",
            "guarantee", "free", "reassess",
        ]),
        "consignment_id": st.sampled_from(IDS),
        "item_no": st.sampled_from([None, None, 1]),
        "kind": st.sampled_from([None, "duty", "tax"]),
        "amount": st.none() | cents.map(Decimal),
        "quantity": st.sampled_from([None, None, Decimal(1)]),
        "reason": st.sampled_from(["return", "export", "overpaid"]),
        "reference": st.sampled_from(["a", "b"]),
    }
)  # fmt: skip
FEW = settings(max_examples=40, deadline=None)


def zero(held: Book) -> None:
    sums = held.entries.group_by("posting_id", "currency", "kind").agg(pl.col("amount").sum())
    assert (sums["amount"] == 0).all()


def sound(held: Book) -> None:
    zero(held)
    states = line_states(held.entries)
    given_back = states["refunded"] + states["excess"]
    assert (
        given_back <= states.select(pl.max_horizontal("collected", "remitted")).to_series()
    ).all()
    assert (states["returned"] <= states["units"].fill_null(1)).all()
    assert (states["receivable"] >= 0).all()
    assert (states["payable"] >= 0).all()
    assert (states["held"] >= 0).all()
    assert (states["held"] <= states.select(pl.max_horizontal("owed", 0)).to_series()).all()


@pytest.mark.requirement("G5", "G9")
@FEW
@given(basket=parcels(), said=st.lists(SAID, max_size=12), again=parcels())
def test_any_sequence_keeps_the_book_at_zero_and_gives_back_at_most_once(
    basket: list[Parcel], said: list[dict[str, Any]], again: list[Parcel]
) -> None:
    held = booked(*basket)
    sound(held)
    done = post(held, events(*said), RULES)
    sound(done.book)
    sound(assess(done.book, batch(*again), how()).book)


@FEW
@given(basket=parcels(), said=st.lists(SAID, max_size=8))
def test_all_at_once_is_the_same_as_one_by_one(
    basket: list[Parcel], said: list[dict[str, Any]]
) -> None:
    held = booked(*basket)
    at_once = post(held, events(*said), RULES).book
    for one in said:
        held = post(held, events(one), RULES).book
    assert_frame_equal(at_once.entries, held.entries)


@FEW
@given(basket=parcels(), said=st.lists(SAID, max_size=8), seed=st.integers(0, 9))
def test_books_add_up_to_a_book_in_any_order_and_once_only(
    basket: list[Parcel], said: list[dict[str, Any]], seed: int
) -> None:
    whole = post(booked(*basket), events(*said), RULES).book
    parts = [
        post(booked(one), events(*(e for e in said if e["consignment_id"] == one.id)), RULES).book
        for one in basket
    ]
    for order in (parts, parts[::-1], [*parts, parts[0], whole]):
        merged = merge(order)
        assert_frame_equal(merged.entries, whole.entries)
        assert_frame_equal(merged.open_items, whole.open_items)
    mixed = book(whole.entries.sample(fraction=1, shuffle=True, seed=seed), whole.open_items)
    assert_frame_equal(balances(mixed), balances(whole))
    assert_frame_equal(line_states(mixed.entries), line_states(whole.entries))


def test_an_empty_book_is_at_zero() -> None:
    assert balances(EMPTY).is_empty()
    assert line_states(EMPTY.entries).is_empty()
