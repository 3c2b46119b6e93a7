"""Which messages speak of one parcel: by identifiers, and where those fail by evidence."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

from tests.stages.messages import Message, batch_of
from tests.stages.planted_parcels import planted, scores
from tidewaiter.knowledge.matching import Matching, load_matching
from tidewaiter.stages.fuse import match_keys, pair
from tidewaiter.stages.fuse.rounds import Edges, Groups, join_best_first

DAY = dt.date(2026, 3, 2)
ADA = {"name": "Ada Byron", "address": "Flat 3, Building 14, Corniche Road", "postcode": "12345"}


@pytest.fixture(scope="module")
def matching() -> Matching:
    return load_matching()


def paired(matching: Matching, *messages: Message) -> list[set[str]]:
    pairing = pair(match_keys(batch_of(*messages), matching), matching)
    names = {m.contribution_id: f"{m.view}:{m.own_id}" for m in messages}
    groups = pairing.group_by("consignment_id").agg("contribution_id")["contribution_id"].to_list()
    return sorted(({names[i] for i in group} for group in groups), key=sorted)


def order(number: str, value: float, words: str = "steel desk lamp", **values: object) -> Message:
    said = {"order_id": number, "total_value": value, "total_currency": "EUR", "ordered_day": DAY}
    items = [{"description": words}]
    return Message("order", number, said | values, items, {"consignee": ADA})


def manifest(number: str, value: float, words: str = "desk lamp", **values: object) -> Message:
    said = {"tracking_id": number, "total_value": value, "total_currency": "EUR"}
    items = [{"description": words}]
    return Message("transport", number, said | values, items, {"consignee": ADA})


@pytest.mark.requirement("C1")
@pytest.mark.parametrize(
    ("changes", "least"),
    [
        pytest.param({}, 0.99, id="with 5 % typing errors in identifiers"),
        pytest.param({"quoting_share": 0.0}, 0.98, id="where no side quotes another's number"),
        pytest.param({"typo_share": 0.2}, 0.97, id="with 20 % typing errors"),
        pytest.param({"twin_share": 0.3}, 0.99, id="with three near-twins in ten"),
    ],
)
def test_planted_parcels_are_paired(
    changes: dict[str, float], least: float, matching: Matching
) -> None:
    world = planted(21, 3000, **changes)
    pairing = pair(match_keys(world.batch, matching), matching)
    assert pairing["contribution_id"].n_unique() == pairing.height == world.truth.height
    assert scores(pairing, world.truth)["f1"] >= least


def test_the_measure_can_fail(matching: Matching) -> None:
    world = planted(21, 300)
    alone = world.truth.select("contribution_id", consignment_id="contribution_id")
    lumped = world.truth.select("contribution_id", consignment_id=pl.lit("one"))
    assert scores(alone, world.truth)["f1"] == 0
    assert scores(lumped, world.truth)["f1"] < 0.1


def test_an_identifier_is_the_same_under_another_name_and_writing(matching: Matching) -> None:
    other = manifest("RR123456785CN", 40, words="toy", ucr="ord-2026/77")
    assert len(paired(matching, order("ORD 202677", 120), other)) == 1


def test_a_mistyped_identifier_is_made_good_by_the_rest(matching: Matching) -> None:
    other = manifest("RR123456785CN", 120, ucr="ORD-202687")
    assert len(paired(matching, order("ORD-202678", 120), other)) == 1


def test_a_mistyped_identifier_that_is_anothers_does_not_mislead(matching: Matching) -> None:
    stranger = {"name": "Zoltan Varga", "address": "9 Harbour Lane", "postcode": "99999"}
    theirs = Message(
        "order",
        "ORD-202687",
        {"order_id": "ORD-202687", "total_value": 15, "total_currency": "EUR"},
        [{"description": "socks"}],
        {"consignee": stranger},
    )
    other = manifest("RR123456785CN", 120, ucr="ORD-202687")
    assert paired(matching, order("ORD-202678", 120), theirs, other) == [
        {"order:ORD-202678", "transport:RR123456785CN"},
        {"order:ORD-202687"},
    ]


def test_of_two_like_parcels_each_finds_its_own(matching: Matching) -> None:
    orders = [order("ORD-500001", 30, "red scarf"), order("ORD-500002", 55, "blue mug")]
    others = [
        manifest("RR000000001CN", 55, "mug blue", ucr="ORD-50002"),
        manifest("RR000000002CN", 30, "scarf", ucr="ORD-50001"),
    ]
    assert paired(matching, *orders, *others) == [
        {"order:ORD-500001", "transport:RR000000002CN"},
        {"order:ORD-500002", "transport:RR000000001CN"},
    ]


def test_two_messages_of_one_view_never_join_on_evidence(matching: Matching) -> None:
    postal = Message("postal", "X1", {"tracking_id": "CP000000001DE"}, [{"description": "tyre"}])
    said = [order("ORD-500001", 30), order("ORD-777001", 30), postal]
    assert len(paired(matching, *said)) == 3


def test_two_senders_of_one_view_join_on_a_common_identifier(matching: Matching) -> None:
    one, other = (
        manifest("RR123456785CN", 30),
        manifest("MY-1", 30, house_document="RR123456785CN"),
    )
    one.sender, other.sender = "airline", "courier"
    assert len(paired(matching, one, other)) == 1


def test_an_identifier_in_too_many_messages_is_no_parcels(matching: Matching) -> None:
    people = [{"name": f"Person {n} Quux{n}", "address": f"{n} Long Street"} for n in range(40)]
    said = [
        Message("order", f"ORD-80{n:04d}", {"ucr": "BAG-000001"}, [], {"consignee": person})
        for n, person in enumerate(people)
    ]
    said += [Message("postal", "CP1", {"ucr": "BAG-000001"}, [{"description": "sock"}])]
    assert len(paired(matching, *said)) == 41


@pytest.mark.parametrize(
    ("messages", "name"),
    [
        pytest.param(
            [order("ORD-1", 9, tracking_id="RR1CN0001"), manifest("RR1CN0001", 9)],
            "ORD-1",
            id="the order's id where an order speaks of it",
        ),
        pytest.param(
            [
                manifest("RR1 CN0001", 9),
                Message("declaration", "LRN-1", {"house_document": "RR1CN0001"}),
            ],
            "RR1CN0001",
            id="else the tracking number",
        ),
        pytest.param([manifest("RR1 CN0001", 9)], "RR1 CN0001", id="else what the sender said"),
    ],
)
def test_parcel_goes_under(messages: list[Message], name: str, matching: Matching) -> None:
    pairing = pair(match_keys(batch_of(*messages), matching), matching)
    assert set(pairing["consignment_id"]) == {name}


def test_rounds_join_best_pairs_first_and_never_two_of_a_view() -> None:
    import numpy as np

    bits = np.array([1, 2, 1, 2], dtype=np.uint64)
    groups = Groups(np.arange(4), bits, bits.copy(), np.ones(4))
    edges = Edges(
        left=np.array([0, 0, 1, 2]),
        right=np.array([1, 3, 2, 3]),
        surplus=np.array([5.0, 4.0, 6.0, 1.0]),
        shared=np.zeros(4, dtype=bool),
        tie=np.zeros(4, dtype=np.uint64),
    )
    joined = join_best_first(groups, edges, rounds_max=5)
    assert joined.label.tolist() == [0, 1, 1, 0]
    assert joined.confidence[1] > joined.confidence[0]
