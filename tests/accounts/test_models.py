"""One basket in each of the five revenue models: debtor, moment, guarantee, last day, refund."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from tests.accounts.baskets import ARRIVAL, DAY, RULES, SALE, Parcel, booked, events
from tidewaiter.accounts import balances, line_states, post

IOSS = "IM2760000001"
CASES = [
    pytest.param(
        "importer_at_border", None, "duty",
        {"debtor": "person-1", "payer": "person-1", "arose_on": DAY, "due_on": DAY,
         "held": "6.00", "collected": "0"},
        id="the importer owes at the border, at release, under its guarantee",
    ),
    pytest.param(
        "vendor_registration", None, "tax",
        {"debtor": IOSS, "payer": "person-1", "arose_on": SALE, "due_on": dt.date(2026, 8, 31),
         "held": "0", "collected": "25.20"},
        id="a registered seller owes the tax from the sale, without guarantee, by its return",
    ),
    pytest.param(
        "vendor_registration", None, "duty",
        {"debtor": "Fast Parcels", "payer": "person-1", "arose_on": DAY, "due_on": DAY,
         "held": "0", "collected": "0"},
        id="the duty of a registered seller's parcel is the declarant's, at release",
    ),
    pytest.param(
        "platform_deemed_importer", None, "duty",
        {"debtor": "Bazaar", "payer": "person-1", "arose_on": SALE,
         "due_on": dt.date(2026, 10, 31), "held": "0", "collected": "6.00"},
        id="the platform owes from the sale, in the month after the quarter",
    ),
    pytest.param(
        "carrier_or_post", None, "duty",
        {"debtor": "Post of Xland", "payer": "person-1", "arose_on": ARRIVAL.date(),
         "due_on": dt.date(2026, 8, 7), "held": "6.00", "collected": "0"},
        id="the post owes from arrival under its bond, by the 7th of the next month",
    ),
    pytest.param(
        "hybrid", None, "duty",
        {"debtor": "Fast Parcels", "payer": "person-1", "arose_on": DAY,
         "due_on": dt.date(2026, 8, 15), "held": "6.00", "collected": "0"},
        id="the declarant owes at release and gets it from the addressee (DDU)",
    ),
    pytest.param(
        "hybrid", "DDP", "duty",
        {"debtor": "Fast Parcels", "payer": IOSS, "arose_on": DAY,
         "due_on": dt.date(2026, 8, 15), "held": "6.00", "collected": "0"},
        id="the declarant owes at release and gets it from the seller (DDP)",
    ),
]  # fmt: skip


@pytest.mark.requirement("G5")
@pytest.mark.parametrize(("model", "incoterm", "kind", "wanted"), CASES)
def test_debtor_moment_guarantee_and_last_day(
    model: str, incoterm: str | None, kind: str, wanted: dict[str, Any]
) -> None:
    held = booked(Parcel(model=model, incoterm=incoterm))
    row = line_states(held.entries).filter(pl.col("kind") == kind).row(0, named=True)
    found = {name: row[name] for name in wanted}
    assert found == {
        name: Decimal(value) if name in ("held", "collected") else value
        for name, value in wanted.items()
    }
    assert held.entries["amount"].sum() == 0


WAYS = [
    pytest.param(
        "importer_at_border",
        ["collect", "refund", "repay"],
        id="importer: pays the treasury, which pays back",
    ),
    pytest.param(
        "vendor_registration",
        ["collect", "remit", "refund", "repay", "reclaim"],
        id="vendor: pays the buyer back and takes it off a later return",
    ),
    pytest.param(
        "platform_deemed_importer",
        ["remit", "refund", "repay", "reclaim"],
        id="platform: pays the buyer back and takes it off a later return",
    ),
    pytest.param(
        "carrier_or_post",
        ["collect", "remit", "refund", "repay", "reclaim"],
        id="post: collects, hands over, pays back, is paid back",
    ),
    pytest.param(
        "hybrid",
        ["remit", "collect", "refund", "repay", "reclaim"],
        id="declarant: pays first, collects later, pays back, is paid back",
    ),
    pytest.param(
        "hybrid",
        ["remit", "refund", "reclaim"],
        id="declarant: pays, the addressee never does, the treasury pays back",
    ),
]


@pytest.mark.requirement("G5", "G9")
@pytest.mark.parametrize(("model", "way"), WAYS)
def test_refund_path_ends_with_every_account_at_zero(model: str, way: list[str]) -> None:
    charges = [(1, "duty", "6.00", "6.00"), (1, "tax", "25.20", "25.20")]
    held = booked(Parcel(model=model, charges=charges))
    for name in way:
        done = post(
            held, events({"event": name, "consignment_id": "P1", "reason": "return"}), RULES
        )
        assert done.refused.is_empty(), (name, done.refused["why"].to_list())
        assert done.book.entries["amount"].sum() == 0
        held = done.book
    assert balances(held).is_empty(), balances(held)
    again = events(
        {"event": "refund", "consignment_id": "P1", "reason": "return", "reference": "2"}
    )
    assert "once only" in post(held, again, RULES).refused["why"].item()


@pytest.mark.requirement("G5")
def test_guarantee_is_freed_when_handed_over() -> None:
    held = booked(Parcel())
    by = ("account", "party")
    assert balances(held, by).filter(account="guarantee_held")["amount"].item() == Decimal("31.20")
    paid = post(held, events({"event": "remit", "consignment_id": "P1", "kind": "duty"}), RULES)
    left = balances(paid.book, by).filter(account="guarantee_held")
    assert left.rows() == [("guarantee_held", "Post of Xland", Decimal("25.20"))]


def test_debt_at_release_waits_for_the_release_and_a_refused_parcel_owes_nothing() -> None:
    from tests.accounts.baskets import batch, how
    from tidewaiter.accounts import EMPTY, assess

    done = assess(
        EMPTY,
        batch(
            Parcel("A", "hybrid", decision="hold"),
            Parcel("B", "vendor_registration", decision="ask"),
            Parcel("C", "carrier_or_post", decision="refuse"),
            Parcel("D", "unheard of"),
        ),
        how(),
    )
    assert set(done.book.entries.select("consignment_id", "kind").rows()) == {("B", "tax")}
    why = {(row["consignment_id"], row["kind"]): row["why"] for row in done.waiting.to_dicts()}
    assert set(why) == {("A", "duty"), ("A", "tax"), ("B", "duty"), ("C", "duty"), ("C", "tax"),
                        ("D", "duty"), ("D", "tax")}  # fmt: skip
    assert "hold" in why["A", "duty"]
    assert "refused" in why["C", "tax"]
    assert "no way of collection" in why["D", "tax"]
    released = assess(done.book, batch(Parcel("A", "hybrid")), how())
    assert set(released.added.entries["kind"]) == {"duty", "tax"}
