"""Whatever parties say, each message ends in exactly one parcel, and nothing stands twice."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.stages.messages import MOMENT, Message, batch_of, known
from tidewaiter.stages.fuse import fuse
from tidewaiter.stages.link import link

ON = dt.date(2026, 3, 3)
IDS = st.sampled_from(["ORD-900001", "ORD-900002", "ORD-90001", "RR123456785CN", "A", "7", "-"])
MAYBE_ID = st.none() | IDS
NAMES = st.none() | st.sampled_from(["Ada Byron", "BYRON, A.", "Zoltan", "Mr", "", "李 伟", "O"])
PLACES = st.none() | st.sampled_from(
    ["Flat 3, 9 High St", "9 High Street", "High St", "", "弄堂 5"]
)
AMOUNTS = st.none() | st.sampled_from([0, 1, 12, 120, 10**12])
CURRENCIES = st.none() | st.sampled_from(["EUR", "USD", "XXX", ""])
WORDS = st.none() | st.sampled_from(["lamp", "desk lamp", "gift", "", "лампа", "sock"])
CODES = st.none() | st.sampled_from(["940520", "9405", "61", ""])
TIMES = st.none() | st.sampled_from([MOMENT, MOMENT + dt.timedelta(days=90)])

ITEM = st.fixed_dictionaries(
    {
        "description": WORDS,
        "description_quality": st.none() | st.sampled_from(["specific", "ask", "vague"]),
        "hs_code": CODES,
        "declared_value": AMOUNTS,
        "declared_currency": CURRENCIES,
        "net_mass_g": AMOUNTS,
        "item_no": st.none() | st.integers(1, 4),
    }
)
PARTY = st.fixed_dictionaries(
    {"name": NAMES, "address": PLACES, "phone": st.none() | st.sampled_from(["", "0501234567"])}
)
VALUES = st.fixed_dictionaries(
    {
        "order_id": MAYBE_ID,
        "tracking_id": MAYBE_ID,
        "ucr": MAYBE_ID,
        "total_value": AMOUNTS,
        "total_currency": CURRENCIES,
        "gross_mass_g": AMOUNTS,
        "item_count": st.none() | st.integers(0, 4),
        "message_at": TIMES,
        "ordered_day": st.none() | st.just(ON),
        "country_destination": st.none() | st.sampled_from(["AE", "DE"]),
        "unread": st.none() | st.just('{"a":1}'),
        "documents": st.none() | st.sampled_from(["[]", '[{"id":1}]']),
    }
)


@st.composite
def messages(draw: Any) -> Message:
    items = draw(st.lists(ITEM, max_size=3))
    for number, item in enumerate(items, start=1):
        item["item_no"] = item["item_no"] or number
    items = list({item["item_no"]: item for item in items}.values())
    roles = st.sampled_from(["consignee", "buyer", "seller", "importer"])
    return Message(
        view=draw(st.sampled_from(["order", "payment", "transport", "postal", "declaration"])),
        own_id=draw(IDS),
        values=draw(VALUES),
        items=items,
        parties=draw(st.dictionaries(roles, PARTY, max_size=3)),
        sender=draw(st.none() | st.sampled_from(["one", "two"])),
        source=draw(st.sampled_from(["file", "other"])),
        position=draw(st.integers(1, 9)),
    )


@pytest.mark.requirement("C1", "A8")
@pytest.mark.partly("A8: no store yet, so nothing to survive a crash")
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(messages(), min_size=1, max_size=7))
def test_every_message_ends_in_one_parcel_and_nothing_stands_twice(said: list[Message]) -> None:
    knowledge = known()
    batch = batch_of(*said)
    fused = link(fuse(batch, knowledge, on=ON), knowledge, on=ON)
    parcels = fused.consignments
    assert parcels["consignment_id"].n_unique() == parcels.height
    remembered = parcels["contribution_ids"].explode().to_list()
    assert sorted(remembered) == sorted({message.contribution_id for message in said})
    assert (parcels["contribution_ids"].list.contains(parcels["contribution_id"])).all()
    ids = set(parcels["consignment_id"])
    for name, key in (("goods_items", "item_no"), ("parties", "role")):
        rows = getattr(fused, name)
        assert rows.select("consignment_id", key).n_unique() == rows.height
        assert set(rows["consignment_id"]) <= ids
    for name in ("findings", "lineage"):
        assert set(getattr(fused, name)["consignment_id"]) <= ids
    assert parcels["match_confidence"].is_between(0, 1).all()
    assert fused.lineage["confidence"].is_between(0, 1).all()
    assert parcels["person_key"].null_count() == 0
