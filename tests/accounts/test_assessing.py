"""From charges to debts: ranges, second runs, changed amounts and parties."""

from __future__ import annotations

from decimal import Decimal

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from tests.accounts.baskets import DAY, RULES, Parcel, amounts, batch, booked, events, how
from tidewaiter.accounts import EMPTY, assess, balances, line_states, open_ranges, post
from tidewaiter.accounts.assessing import terms


def owed(held: object) -> dict[str, Decimal]:
    states = line_states(held.entries).filter(pl.col("owed") != 0)  # type: ignore[attr-defined]
    return amounts(states.select("kind", "owed"), "kind")


RANGES = [
    pytest.param("6.00", "9.00", "6.00", True, id="of a range the least is booked"),
    pytest.param("6.00", None, "6.00", True, id="at least so much is booked, the rest is open"),
    pytest.param("0", None, None, True, id="what nobody knows is an open item and not 0"),
    pytest.param("0", "9.00", None, True, id="from 0 to 9 is an open item and not 0"),
    pytest.param("0", "0", None, False, id="nothing owed is nothing booked and nothing open"),
    pytest.param("6.00", "6.00", "6.00", False, id="an exact amount is booked and not open"),
]


@pytest.mark.requirement("G5")
@pytest.mark.parametrize(("low", "high", "sure", "is_open"), RANGES)
def test_only_what_is_sure_is_booked(
    low: str, high: str | None, sure: str | None, is_open: bool
) -> None:
    held = booked(Parcel(charges=[(1, "duty", low, high)]))
    assert owed(held) == ({"duty": Decimal(sure)} if sure else {})
    rows = open_ranges(held).to_dicts()
    assert [(row["low"], row["high"]) for row in rows] == (
        [(Decimal(low), None if high is None else Decimal(high))] if is_open else []
    )
    if is_open:
        assert rows[0]["needs"] == ["hs6"]


def test_the_same_run_again_changes_nothing() -> None:
    parcel = Parcel(charges=[(1, "duty", "6", "9"), (None, "fee", "2", "2")])
    once = booked(parcel)
    again = assess(once, batch(parcel), how())
    assert again.added.entries.is_empty()
    assert again.added.open_items.is_empty()
    assert_frame_equal(again.book.entries, once.entries)


def test_a_later_run_books_the_difference_and_closes_the_range() -> None:
    held = booked(Parcel(charges=[(1, "duty", "0", None)]))
    exact = booked(Parcel(charges=[(1, "duty", "7.50", "7.50")]), held=held)
    assert owed(exact) == {"duty": Decimal("7.50")}
    assert open_ranges(exact).is_empty()
    nothing = booked(Parcel(charges=[(1, "duty", "0", None)]), held=exact)
    assert owed(nothing) == {}
    assert open_ranges(nothing).height == 1
    back = booked(Parcel(charges=[(1, "duty", "7.50", "7.50")]), held=nothing)
    assert owed(back) == {"duty": Decimal("7.50")}, "back and forth is not taken for a repetition"
    assert open_ranges(back).is_empty()
    assert back.entries["event"].unique().sort().to_list() == ["assess", "reassess"]


def test_a_lower_amount_gives_back_what_was_paid_too_much() -> None:
    held = booked(Parcel(charges=[(1, "duty", "9", "9")]))
    held = post(held, events({"event": "collect", "consignment_id": "P1"}), RULES).book
    lower = booked(Parcel(charges=[(1, "duty", "6", "6")]), held=held)
    row = line_states(lower.entries).row(0, named=True)
    assert (row["owed"], row["receivable"], row["payable"]) == (Decimal(6), Decimal(0), Decimal(3))
    part = {"event": "refund", "consignment_id": "P1", "item_no": 1, "quantity": "1",
            "reason": "return"}  # fmt: skip
    third = post(lower, events(part), RULES)
    assert balances(third.added, ["account"]).rows() == [
        ("due_to_treasury", Decimal(2)), ("guarantee_available", Decimal(2)),
        ("guarantee_held", Decimal(-2)), ("refunds_payable", Decimal(-2)),
    ]  # fmt: skip


def test_another_model_takes_the_debt_from_one_party_to_the_other() -> None:
    held = booked(Parcel(model="carrier_or_post"))
    moved = booked(Parcel(model="hybrid"), held=held)
    states = line_states(moved.entries).filter(pl.col("owed") != 0)
    assert states["debtor"].unique().to_list() == ["Fast Parcels"]
    assert balances(moved, ["account"]).filter(account="receivable")["amount"].item() == Decimal(
        "31.20"
    )


def test_a_charge_that_falls_away_is_taken_back_but_not_while_it_waits() -> None:
    held = booked(Parcel(), Parcel("P2", "hybrid"))
    less = booked(Parcel(charges=[(1, "tax", "25.20", "25.20")]), held=held)
    assert line_states(less.entries).filter(consignment_id="P1", kind="duty")["owed"].item() == 0
    waiting = booked(Parcel("P2", "hybrid", decision="hold"), held=held)
    assert_frame_equal(waiting.entries, held.entries)


def test_person_without_key_is_named_by_the_parcel() -> None:
    held = assess(EMPTY, batch(Parcel(person=None)), how()).book
    assert held.entries["payer"].unique().to_list() == ["consignee of P1"]


def test_every_way_of_collection_of_every_regime_is_told_apart_by_scheme_and_debtor() -> None:
    from tidewaiter.knowledge.pack import pack_paths
    from tidewaiter.knowledge.regimes import load_regime

    for path in pack_paths("regimes"):
        law = load_regime(path.stem).on_day(DAY)
        ways = pl.DataFrame(
            [(w.scheme, w.debtor, w.model, w.remit_rule) for w in law.collections],
            schema=["scheme", "debtor", "model", "rule"], orient="row",
        ).unique()  # fmt: skip
        assert ways.height == terms(law).height, path.stem
