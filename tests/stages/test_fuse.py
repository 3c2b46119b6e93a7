"""Several parties' messages about one parcel become one consignment."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from tests.stages.messages import MOMENT, Message, batch_of, known
from tests.stages.planted_parcels import planted
from tidewaiter.knowledge.load import Knowledge
from tidewaiter.stages.fuse import CONTRACT, fuse, match_keys, merge, pair
from tidewaiter.stages.fuse.fields import KEYS, LISTS, MAIN_ONLY, OWNERS, UNREAD, bundles
from tidewaiter.vocabulary.batch import Batch, concat
from tidewaiter.vocabulary.columns import FRAMES
from tidewaiter.vocabulary.findings import finding
from tidewaiter.vocabulary.terms import Severity

ON = dt.date(2026, 3, 3)
BUYER = {"name": "Ada Byron", "address": "Flat 3, Building 14, Corniche Road, Abu Dhabi"}
LAMP = {"description": "steel desk lamp", "declared_value": 120, "declared_currency": "EUR"}


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return known()


def order(**changes: object) -> Message:
    message = Message(
        "order",
        "ORD-900001",
        values={"order_id": "ORD-900001", "total_value": 120, "total_currency": "EUR"},
        items=[LAMP],
        parties={"buyer": BUYER, "consignee": BUYER, "seller": {"name": "Lamp House Ltd"}},
    )
    return replace(message, **changes)


def payment() -> Message:
    return Message(
        "payment",
        "PAY-77001",
        values={
            "payment_id": "PAY-77001",
            "order_id": "ORD 900001",
            "total_value": 120,
            "total_currency": "EUR",
        },
        parties={"buyer": {"name": "A. Byron"}},
    )


def manifest(**values: object) -> Message:
    return Message(
        "transport",
        "RR123456785CN",
        values={"tracking_id": "RR123456785CN", "ucr": "ORD900001", "gross_mass_g": 900} | values,
        items=[{"description": "lamp"}],
        parties={"consignee": BUYER, "carrier": {"name": "Fast Wings"}},
    )


def postal() -> Message:
    return Message(
        "postal",
        "RR123456785CN",
        values={
            "tracking_id": "RR123456785CN",
            "country_departure": "CN",
            "country_departure_text": "CHN",
            "nature": "sale",
        },
        items=[{"description": "desk lamp", "net_mass_g": 800}],
        parties={"consignee": {"name": "BYRON, ADA", "phone": "+971 50 123 4567"}},
    )


def declaration(value: object = 12, **item: object) -> Message:
    return Message(
        "declaration",
        "LRN-5",
        values={
            "declaration_ref": "LRN-5",
            "house_document": "RR123456785CN",
            "total_value": value,
            "total_currency": "EUR",
        },
        items=[{"description": "lamp", "hs_code": "940520"} | item],
        parties={"consignee": BUYER, "declarant": {"name": "Broker & Co"}},
    )


def row(batch: Batch, frame: str, **where: object) -> dict[str, object]:
    rows = getattr(batch, frame).filter(**where)
    assert rows.height == 1, rows
    return rows.row(0, named=True)


def codes(batch: Batch) -> list[str]:
    return batch.findings["code"].unique().sort().to_list()


@pytest.mark.requirement("A1", "C1")
@pytest.mark.partly("A1: messages come as files; no REST door yet")
def test_five_parties_each_tell_their_part_and_one_parcel_comes_out(knowledge: Knowledge) -> None:
    said = [order(), payment(), manifest(), postal(), declaration(120)]
    fused = fuse(batch_of(*said), knowledge, on=ON)
    parcel = row(fused, "consignments")
    assert parcel["consignment_id"] == "ORD-900001"
    assert parcel["contribution_id"] == said[0].contribution_id
    assert parcel["views"] == ["declaration", "order", "payment", "postal", "transport"]
    assert set(parcel["contribution_ids"]) == {message.contribution_id for message in said}
    assert parcel["match_confidence"] > 0.98
    assert parcel["payment_id"] == "PAY-77001"
    assert parcel["tracking_id"] == "RR123456785CN"
    assert parcel["declaration_ref"] == "LRN-5"
    assert parcel["gross_mass_g"] == 900
    assert (parcel["country_departure"], parcel["country_departure_text"]) == ("CN", "CHN")
    line = row(fused, "goods_items")
    assert line["description"] == "steel desk lamp", "the longest word wins"
    assert line["hs_code"] == "940520"
    assert line["net_mass_g"] == 800
    roles = dict(fused.parties.select("role", "name").iter_rows())
    assert roles == {
        "buyer": "Ada Byron",
        "consignee": "Ada Byron",
        "seller": "Lamp House Ltd",
        "carrier": "Fast Wings",
        "declarant": "Broker & Co",
    }
    assert row(fused, "parties", role="consignee")["phone"] == "+971 50 123 4567"
    assert fused.contributions.height == 5, "every message is remembered"
    assert "fuse.value_contradiction" not in codes(fused)


@pytest.mark.requirement("A8")
@pytest.mark.partly("no store yet, so nothing to survive a crash")
def test_the_same_file_twice_adds_nothing(knowledge: Knowledge) -> None:
    once = planted(3, 60).batch
    twice = concat([once, once])
    one, two = (fuse(batch, knowledge, on=ON) for batch in (once, twice))
    for name, frame in one.frames().items():
        assert_frame_equal(frame, getattr(two, name), check_row_order=name != "lineage")


@pytest.mark.requirement("A8")
@pytest.mark.partly("no store yet, so nothing to survive a crash")
def test_findings_of_a_message_that_came_twice_count_once(knowledge: Knowledge) -> None:
    one = batch_of(order())
    found = finding(one.consignments, pl.lit(True), "check.value_one", Severity.WARN)
    one = one.with_findings(found)
    fused = fuse(concat([one, one]), knowledge, on=ON)
    assert fused.findings.height == 1


def test_a_single_file_passes_untouched_with_the_columns_of_fuse(knowledge: Knowledge) -> None:
    batch = batch_of(order(), order(own_id="ORD-900002", values={"order_id": "ORD-900002"}))
    fused = fuse(batch, knowledge, on=ON)
    assert fused.goods_items is batch.goods_items
    assert fused.consignments["views"].to_list() == [["order"], ["order"]]
    assert fused.consignments["match_confidence"].to_list() == [1.0, 1.0]
    assert fused.lineage.height == 0
    assert fused.findings.height == 0


def test_short_way_and_long_way_give_the_same(knowledge: Knowledge) -> None:
    batch = batch_of(order(), order(own_id="ORD-900002", values={"order_id": "ORD-900002"}))
    keys = match_keys(batch, knowledge.matching)
    long = merge(batch, pair(keys, knowledge.matching), knowledge, on=ON)
    for name, frame in fuse(batch, knowledge, on=ON).frames().items():
        assert_frame_equal(frame, getattr(long, name))


@pytest.mark.requirement("A8")
@pytest.mark.partly("no store yet, so nothing to survive a crash")
def test_of_a_message_sent_again_the_latest_counts(knowledge: Knowledge) -> None:
    late = MOMENT + dt.timedelta(hours=2)
    again = order(
        values=order().values | {"total_value": 125, "message_at": late},
        source="second",
        position=9,
    )
    fused = fuse(batch_of(again, order()), knowledge, on=ON)
    parcel = row(fused, "consignments")
    assert parcel["total_value"] == 125
    assert parcel["contribution_id"] == again.contribution_id
    assert set(parcel["contribution_ids"]) == {again.contribution_id, order().contribution_id}
    assert fused.goods_items.height == 1
    assert fused.parties.height == 3
    told = row(fused, "findings", code="fuse.resent")
    assert told["detail"] == "said 2 times; the last counts, of 2026-03-02 14:00"
    assert told["severity"] == "note"


def test_two_shops_with_one_order_number_stay_two_parcels(knowledge: Knowledge) -> None:
    other = order(
        values={"order_id": "ORD-900001", "total_value": 7, "total_currency": "EUR"},
        items=[{"description": "cotton socks", "declared_value": 7, "declared_currency": "EUR"}],
        parties={"consignee": {"name": "Bo Li", "address": "9 Harbour Lane, Dubai"}},
        source="other",
    )
    fused = fuse(batch_of(order(), other), knowledge, on=ON)
    ids = fused.consignments["consignment_id"].to_list()
    assert len(set(ids)) == 2
    assert "ORD-900001" in ids
    assert codes(fused) == ["fuse.id_shared"]
    assert set(fused.goods_items["consignment_id"]) == set(ids)


def test_an_order_torn_over_two_pieces_is_put_together(knowledge: Knowledge) -> None:
    lines = [{"description": f"thing {n}", "declared_value": n} for n in (1, 2, 3)]
    values = order().values | {"item_count": 3}
    first = order(values=values, items=lines[:2], position=10)
    second = order(values=values, items=lines[2:], position=12)
    fused = fuse(batch_of(second, first), knowledge, on=ON)
    assert fused.consignments.height == 1
    lines_out = fused.goods_items.sort("item_no").select("item_no", "description")
    assert lines_out.rows() == [(1, "thing 1"), (2, "thing 2"), (3, "thing 3")]
    assert codes(fused) == ["fuse.parts_joined"]


@pytest.mark.requirement("C2")
@pytest.mark.partly("no risk score yet for the finding to raise")
def test_platform_says_120_and_declaration_12_is_under_declared_ten_times(
    knowledge: Knowledge,
) -> None:
    said = [order(), manifest(), declaration(12)]
    fused = fuse(batch_of(*said), knowledge, on=ON)
    told = row(fused, "findings", code="fuse.value_contradiction")
    assert told["detail"] == (
        "under-declared, 10x: order says 120.00 EUR, declaration says 12.00 EUR"
    )
    assert told["severity"] == "suspicious"
    assert told["field"] == "consignments.total_value"
    assert told["contribution_id"] == said[2].contribution_id
    assert row(fused, "consignments")["total_value"] == 120, "the price of the order is taken"


CONTRADICTIONS = [
    pytest.param(
        {"total_value": 180},
        "fuse.value_contradiction",
        "over-declared, 1.5x: order says 120.00 EUR, transport says 180.00 EUR",
        id="a declared value half over the price is told with its direction",
    ),
    pytest.param({"total_value": 125}, None, "", id="a small difference is none"),
    pytest.param(
        {"total_value": 160, "freight": 40, "freight_currency": "EUR"},
        None,
        "",
        id="a difference that the freight explains is none",
    ),
    pytest.param(
        {"total_value": 138, "total_currency": "USD"},
        None,
        "",
        id="the same value in another currency is none",
    ),
    pytest.param(
        {"total_value": 13, "total_currency": "USD"},
        "fuse.value_contradiction",
        "under-declared, 10.6x: order says 120.00 EUR, transport says 13.00 USD",
        id="values in two currencies are compared by rate",
    ),
    pytest.param(
        {"total_value": 12, "total_currency": "XXX"},
        "fuse.value_not_comparable",
        "order says 120.00 EUR, transport says 12.00 XXX: no rate between them",
        id="a currency without a rate is said to be not comparable",
    ),
    pytest.param(
        {"total_value": 0},
        "fuse.value_contradiction",
        "under-declared: order says 120.00 EUR, transport says 0.00 EUR",
        id="nothing declared has no ratio",
    ),
    pytest.param(
        {"gross_mass_g": 200},
        "fuse.mass_contradiction",
        "heavier, 5x: transport says 200 g, order says 1000 g",
        id="a mass five times the manifest's is told",
    ),
    pytest.param({"gross_mass_g": 930}, None, "", id="a mass a little off is none"),
    pytest.param(
        {"country_destination": "SA"},
        "fuse.country_contradiction",
        "destination: transport says SA, order says AE",
        id="two countries of destination are told",
    ),
]


@pytest.mark.requirement("C2")
@pytest.mark.partly("no risk score yet for the finding to raise")
@pytest.mark.parametrize(("values", "code", "detail"), CONTRADICTIONS)
def test_contradiction_of_parcels(
    values: dict[str, object], code: str | None, detail: str, knowledge: Knowledge
) -> None:
    first = order(values=order().values | {"gross_mass_g": 1000, "country_destination": "AE"})
    other = manifest(**({"total_currency": "EUR", "gross_mass_g": 1000} | values))
    fused = fuse(batch_of(first, other), knowledge, on=ON)
    found = fused.findings.filter(pl.col("code").str.contains("contradiction|comparable"))
    assert found["code"].to_list() == ([code] if code else [])
    assert not code or found["detail"][0].startswith(detail)


GOODS = [
    pytest.param(
        {"description": "cotton socks"},
        "fuse.goods_contradiction",
        "no word in common: order says 'steel desk lamp', declaration says 'cotton socks'",
        id="goods without a common word contradict",
    ),
    pytest.param({"description": "table lamps"}, None, "", id="a common word is enough"),
    pytest.param({"description": "настольная"}, None, "", id="another script is not compared"),
    pytest.param(
        {"description": "goods", "description_quality": "vague"},
        None,
        "",
        id="vague words contradict nobody",
    ),
    pytest.param(
        {"description": "Tischleuchte", "hs_code": "9405.21"[:4]},
        None,
        "",
        id="the same heading speaks against a contradiction of words",
    ),
    pytest.param(
        {"description": "lamp", "hs_code": "610910"},
        "fuse.hs_contradiction",
        "declaration says heading 6109, order says 9405",
        id="two headings contradict",
    ),
]


@pytest.mark.requirement("C2")
@pytest.mark.partly("no risk score yet for the finding to raise")
@pytest.mark.parametrize(("item", "code", "detail"), GOODS)
def test_contradiction_of_goods(
    item: dict[str, object], code: str | None, detail: str, knowledge: Knowledge
) -> None:
    first = order(items=[LAMP | {"hs_code": "940520"}])
    other = declaration(120)
    other.values["ucr"] = "ORD-900001"
    other.items = [item]
    fused = fuse(batch_of(first, other), knowledge, on=ON)
    found = fused.findings.filter(pl.col("code").str.contains("contradiction"))
    assert found["code"].to_list() == ([code] if code else [])
    assert not code or found["detail"][0] == detail


@pytest.mark.requirement("C2")
@pytest.mark.partly("no risk score yet for the finding to raise")
@pytest.mark.parametrize(
    ("role", "name", "code"),
    [
        pytest.param("consignee", "Zoltan Varga", "fuse.consignee_contradiction", id="receivers"),
        pytest.param("consignee", "BYRON, A.", None, id="one receiver written in two ways"),
        pytest.param("seller", "Moon Traders", "fuse.seller_contradiction", id="sellers"),
        pytest.param("seller", "LAMP HOUSE", None, id="one seller with and without its legal form"),
    ],
)
def test_contradiction_of_parties_names_no_person(
    role: str, name: str, code: str | None, knowledge: Knowledge
) -> None:
    other = manifest()
    other.parties = {role: {"name": name, "address": BUYER["address"]}}
    fused = fuse(batch_of(order(), other), knowledge, on=ON)
    found = fused.findings.filter(pl.col("code").str.contains("contradiction"))
    assert found["code"].to_list() == ([code] if code else [])
    for word in (*name.split(), "Ada", "Byron"):
        assert word not in " ".join(fused.findings["detail"].drop_nulls())


@pytest.mark.requirement("C4")
@pytest.mark.partly("down to the message; its bytes are not kept yet")
def test_lineage_says_who_said_it_when_and_how_sure(knowledge: Knowledge) -> None:
    paid = payment()
    paid.values["message_at"] = MOMENT + dt.timedelta(days=1)
    fused = fuse(batch_of(order(), paid, manifest(), declaration(12)), knowledge, on=ON)
    value = row(fused, "lineage", field="consignments.total_value")
    assert value["contribution_id"] == paid.contribution_id, "the payment knows the price best"
    assert value["view"] == "payment"
    assert value["said_at"] == MOMENT + dt.timedelta(days=1)
    assert (value["agreeing"], value["contradicting"]) == (2, 1)
    assert 0.5 < value["confidence"] < 0.8
    hs = row(fused, "lineage", field="goods_items.hs_code")
    assert (hs["view"], hs["item_no"]) == ("declaration", 1)
    name = row(fused, "lineage", field="parties.name", role="declarant")
    assert name["view"] == "declaration"
    told = set(fused.lineage["field"])
    for frame in ("consignments", "goods_items", "parties"):
        rows = getattr(fused, frame)
        for bundle in bundles(frame):
            if rows[bundle.key].drop_nulls().len():
                assert f"{frame}.{bundle.key}" in told, "every fused field has its chain"


def test_typed_reading_and_text_move_together(knowledge: Knowledge) -> None:
    first, other = order(), manifest()
    first.values |= {"gross_mass_text": "about 2 lb", "total_value_text": "120,-"}
    other.values |= {"gross_mass_text": "0.9", "gross_mass_unit": "kg", "total_value_text": "?"}
    parcel = row(fuse(batch_of(first, other), knowledge, on=ON), "consignments")
    assert (parcel["gross_mass_g"], parcel["gross_mass_text"], parcel["gross_mass_unit"]) == (
        Decimal("900.000"),
        "0.9",
        "kg",
    )
    assert (parcel["total_value"], parcel["total_value_text"]) == (Decimal(120), "120,-")


def test_text_that_could_not_be_read_is_kept_where_nobody_has_a_reading(
    knowledge: Knowledge,
) -> None:
    other = manifest()
    other.values |= {"arrival_at_text": "soon"}
    parcel = row(fuse(batch_of(order(), other), knowledge, on=ON), "consignments")
    assert (parcel["arrival_at"], parcel["arrival_at_text"]) == (None, "soon")


def test_unread_fields_and_papers_of_all_messages_are_kept(knowledge: Knowledge) -> None:
    first, other = order(), manifest()
    first.values |= {"unread": '{"colour":"red"}', "documents": '[{"id":1}]'}
    other.values |= {"unread": '{"bay":7}', "documents": '[{"id":2}]'}
    parcel = row(fuse(batch_of(first, other), knowledge, on=ON), "consignments")
    assert parcel["documents"] == '[{"id":1},{"id":2}]'
    assert parcel["unread"] == (
        f'{{"{first.contribution_id}":{{"colour":"red"}},"{other.contribution_id}":{{"bay":7}}}}'
    )


def test_lines_are_aligned_by_what_they_are_and_strange_ones_kept(knowledge: Knowledge) -> None:
    names = ("red silk scarf", "leather wallet", "usb cable")
    first = order(items=[{"description": n, "declared_value": 40} for n in names])
    other = declaration(120)
    other.values["ucr"] = "ORD-900001"
    codes_said = {"usb cable": "854442", "wallet of leather": "420231", "scarf silk": "621410"}
    other.items = [{"description": n, "hs_code": c} for n, c in codes_said.items()]
    other.items.append({"description": "hunting knife", "hs_code": "821192"})
    fused = fuse(batch_of(first, other), knowledge, on=ON)
    lines = fused.goods_items.sort("item_no").select("item_no", "hs_code", "declared_value")
    assert lines.rows() == [
        (1, "621410", Decimal(40)),
        (2, "420231", Decimal(40)),
        (3, "854442", Decimal(40)),
        (4, "821192", None),
    ]
    assert "fuse.line_count_contradiction" in codes(fused)


def test_one_vague_line_for_three_does_not_count_the_goods_twice(knowledge: Knowledge) -> None:
    first = order(items=[{"description": f"thing {n}", "declared_value": 40} for n in (1, 2, 3)])
    other = declaration(12)
    other.values["ucr"] = "ORD-900001"
    other.items = [{"description": "gifts", "declared_value": 12, "description_quality": "vague"}]
    fused = fuse(batch_of(first, other), knowledge, on=ON)
    assert fused.goods_items.height == 3
    assert fused.goods_items["declared_value"].sum() == 120


def test_findings_and_repairs_follow_their_parcel_and_line(knowledge: Knowledge) -> None:
    names = ("red silk scarf", "leather wallet")
    first = order(items=[{"description": n} for n in names])
    other = declaration(120)
    other.values["ucr"] = "ORD-900001"
    other.items = [{"description": n} for n in ("wallet leather", "silk scarf")]
    batch = batch_of(first, other)
    wallet = batch.goods_items.filter(pl.col("description") == "wallet leather")
    found = finding(wallet, pl.lit(True), "check.some_rule", Severity.WARN)
    repaired = wallet.select("consignment_id", "contribution_id", "item_no", field=pl.lit("x"))
    repairs = pl.concat([batch.repairs, repaired], how="diagonal")
    fused = fuse(batch.with_findings(found).with_frames(repairs=repairs), knowledge, on=ON)
    for frame in (fused.findings.filter(pl.col("code") == "check.some_rule"), fused.repairs):
        assert frame.select("consignment_id", "contribution_id", "item_no").rows() == [
            ("ORD-900001", other.contribution_id, 2)
        ]


def test_row_order_does_not_matter(knowledge: Knowledge) -> None:
    batch = planted(11, 300).batch
    rng = np.random.default_rng(5)
    mixed = batch.with_frames(
        **{
            name: frame[rng.permutation(frame.height)]
            for name, frame in batch.frames().items()
            if frame.height
        }
    )
    one, two = (fuse(part, knowledge, on=ON) for part in (batch, mixed))
    for name in ("consignments", "goods_items", "parties", "lineage", "findings"):
        frame, other = getattr(one, name), getattr(two, name)
        keys = [
            c for c in ("consignment_id", "item_no", "role", "field", "code") if c in frame.columns
        ]
        keys += [c for c in ("contribution_id",) if name == "findings"]
        assert_frame_equal(frame.sort(keys), other.sort(keys))


def test_merging_by_parts_gives_the_same_as_at_once(knowledge: Knowledge) -> None:
    batch = planted(12, 300).batch
    keys = match_keys(batch, knowledge.matching)
    pairing = pair(keys, knowledge.matching)
    whole = merge(batch, pairing, knowledge, on=ON)
    parcels = pairing.with_columns(half=pl.col("consignment_id").hash() % 2)
    parts = []
    for half in (0, 1):
        ids = parcels.filter(pl.col("half") == half)
        cut = {
            name: frame.join(ids.select("contribution_id"), on="contribution_id", how="semi")
            for name, frame in batch.frames().items()
            if frame.height
        }
        parts.append(merge(batch.with_frames(**cut), ids.drop("half"), knowledge, on=ON))
    for name in ("consignments", "goods_items", "parties", "lineage", "findings"):
        frame, other = getattr(whole, name), pl.concat(getattr(part, name) for part in parts)
        order_by = [c for c in frame.columns if frame.schema[c] != pl.List(pl.String)]
        assert_frame_equal(frame.sort(order_by), other.sort(order_by))


def test_keys_made_piece_by_piece_pair_the_same(knowledge: Knowledge) -> None:
    batch = planted(13, 200).batch
    ids = batch.contributions["contribution_id"]
    pieces = []
    for part in (ids[: ids.len() // 3], ids[ids.len() // 3 :]):
        cut = {
            name: frame.filter(pl.col("contribution_id").is_in(part.implode()))
            for name, frame in batch.frames().items()
            if frame.height
        }
        pieces.append(match_keys(batch.with_frames(**cut), knowledge.matching))
    whole = pair(match_keys(batch, knowledge.matching), knowledge.matching)
    by_piece = pair(pl.concat(pieces), knowledge.matching)
    assert_frame_equal(whole.sort("contribution_id"), by_piece.sort("contribution_id"))


def test_nothing_in_nothing_out(knowledge: Knowledge) -> None:
    fused = fuse(Batch(), knowledge, on=ON)
    assert fused.consignments.height == 0
    assert {"views", "contribution_ids", "match_confidence"} <= set(fused.consignments.columns)


@pytest.mark.parametrize("frame", ["consignments", "goods_items", "parties"])
def test_every_declared_column_moves_in_exactly_one_bundle(frame: str) -> None:
    moved = [column for bundle in bundles(frame) for column in bundle.columns]
    assert len(moved) == len(set(moved))
    declared = {c.name for c in FRAMES[frame].columns if c.owner in OWNERS}
    fixed = {*KEYS, *LISTS, UNREAD, *(MAIN_ONLY if frame == "consignments" else ())}
    assert set(moved) | (fixed & declared) == declared


def test_families_of_all_bundles_have_an_order_of_trust(knowledge: Knowledge) -> None:
    families = {b.family for frame in ("consignments", "goods_items") for b in bundles(frame)}
    assert families - {"described"} <= set(knowledge.matching.trust)


def test_contract_names_only_described_findings(knowledge: Knowledge) -> None:
    assert set(CONTRACT.codes) <= set(knowledge.findings.texts)
    own = {code for code in knowledge.findings.texts if code.startswith("fuse.")}
    assert own == set(CONTRACT.codes)
