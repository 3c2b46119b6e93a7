"""EasyPost: published fixtures and recorded calls, field by field; totals stay totals."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings

from tests.formats.layouts import batches, bent, bodies, carried
from tests.formats.samples import EASYPOST, SHOPIFY
from tests.shared_data import shared
from tidewaiter.formats import easypost, shopify
from tidewaiter.vocabulary.batch import Batch

PLACE = "messages/platforms/easypost"
SHIRTS = {
    "description_text": "Sweet shirts",
    "hs_code_text": "654321",
    "quantity_text": "2",
    "net_mass_text": "11",
    "mass_unit": "oz",
    "mass_basis": "total",
    "declared_value_text": "23.25",
    "declared_currency_text": "USD",
    "value_basis": "total",
    "country_origin_text": "US",
}
JACK = {
    "role": "consignor",
    "name": "Jack Sparrow",
    "street": "388 Townsend St",
    "street_extra": "Apt 20",
    "city": "San Francisco",
    "region": "CA",
    "postcode": "94107",
    "country_text": "US",
    "email": "test@example.com",
    "phone": "5555555555",
}


def fixtures() -> dict[str, Any]:
    return json.loads(shared(f"{PLACE}/client-library-fixtures.json").read_bytes())


def filled(batch: Batch, frame: str, *leave: str) -> list[dict[str, Any]]:
    aside = {"contribution_id", "item_no", *leave}
    return [
        {name: value for name, value in row.items() if value is not None and name not in aside}
        for row in batch.frames()[frame].to_dicts()
    ]


def test_the_full_shipment_fixture_field_by_field() -> None:
    batch = easypost.decode(json.dumps(fixtures()["shipments"]["full"]).encode(), source="f.json")
    assert batch.rejected.is_empty()
    assert batch.findings.is_empty()
    (parcel,) = filled(batch, "consignments")
    assert json.loads(parcel.pop("unread")) == {
        "customs_info": {
            "eel_pfc": "NOEEI 30.37(a)",
            "customs_certify": True,
            "restriction_type": "none",
            "non_delivery_option": "return",
        },
        "options": {"label_format": "PNG", "invoice_number": "123"},
    }
    assert parcel == {
        "consignment_id": "123",
        "order_id": "123",
        "nature_text": "merchandise",
        "gross_mass_text": "15.4",
        "gross_mass_unit": "oz",
        "dimensions_text": "10 x 8 x 4 in",
    }
    assert filled(batch, "goods_items", "consignment_id") == [SHIRTS]
    parties = filled(batch, "parties", "consignment_id")
    assert parties[0] == JACK
    assert (parties[1]["role"], parties[1]["name"]) == ("consignee", "Elizabeth Swan")
    assert parties[2] == {"role": "declarant", "name": "Steve Brule"}
    assert filled(batch, "contributions", "consignment_id") == [
        {"format": "easypost", "view": "transport", "source": "f.json", "position": 1}
    ]


def test_the_whole_fixture_file_gives_its_shipments_and_keeps_the_rest() -> None:
    batch = easypost.decode(shared(f"{PLACE}/client-library-fixtures.json").read_bytes())
    assert batch.rejected.is_empty()
    assert batch.consignments["gross_mass_text"].to_list() == [
        "15.4", "15.4", "10.2", "17.5", None, None,
    ]  # fmt: skip
    assert batch.goods_items.height == 3
    assert batch.findings["code"].to_list() == ["format.no_parcel"] * 2
    kept = json.loads(batch.consignments["unread"][0])["_envelope"]
    assert set(kept) == set(fixtures()) - {"shipments", "orders", "customs_infos", "customs_items"}
    assert carried(easypost.decode(easypost.encode(batch))) == carried(batch)


@pytest.mark.parametrize("name", ["test_customs_info_create", "test_customs_item_create"])
def test_recorded_calls_are_goods_without_a_parcel(name: str) -> None:
    asked, answered = bodies(shared(f"{PLACE}/{name}.yaml").read_text("utf-8"))
    for body, mass in ((asked, "11"), (answered, "11.0")):
        batch = easypost.decode(body.encode())
        assert filled(batch, "goods_items", "consignment_id", "unread") == [
            {**SHIRTS, "net_mass_text": mass}
        ]
        assert batch.rejected.is_empty()
    assert json.loads(batch.goods_items["unread"].item())["mode"] == "test"
    assert batch.findings["code"].to_list() == ["format.no_parcel"]


def test_an_order_is_as_many_parcels_as_it_has_shipments() -> None:
    order = {**fixtures()["orders"]["basic"], "reference": "R1", "carrier_accounts": ["a"]}
    batch = easypost.decode(json.dumps({"order": order}).encode())
    assert batch.consignments["consignment_id"].to_list() == ["R1/1", "R1/2"]
    assert batch.consignments["order_id"].to_list() == ["R1", "R1"]
    assert batch.parties["role"].to_list() == ["consignor", "consignee"] * 2
    assert json.loads(batch.consignments["unread"][0]) == {"_order": {"carrier_accounts": ["a"]}}


def test_a_tax_identifier_names_the_ioss_number_and_keeps_its_country() -> None:
    batch = easypost.decode(EASYPOST)
    parcel = batch.consignments.row(0, named=True)
    assert (parcel["fiscal_reference"], parcel["fiscal_role"]) == ("IM123", "FR5")
    assert json.loads(parcel["unread"])["tax_identifiers"][0]["issuing_country"] == "GB"
    plain = EASYPOST.replace(b',"issuing_country":"GB"', b"")
    assert easypost.decode(plain).consignments["unread"].item() is None


def test_a_code_that_came_as_a_number_is_found() -> None:
    data = EASYPOST.replace(b'"630291"', b"30291").replace(b'"0150"', b"150")
    batch = easypost.decode(data)
    found = batch.findings.select("code", "severity", "item_no", "field", "seen").rows()
    assert found == [
        ("format.code_as_number", "warn", 1, "goods_items.hs_code_text", "30291"),
        ("format.code_as_number", "warn", None, "parties.postcode", None),
    ]


def test_prices_of_one_unit_become_totals_and_grams_become_ounces() -> None:
    written = json.loads(easypost.encode(shopify.decode(SHOPIFY)))
    (line,) = written["customs_info"]["customs_items"]
    assert (line["quantity"], line["value"], line["currency"]) == (2, 40, "CAD")
    assert line["weight"] == 6.349  # 2 x 90 g
    assert "_unread" not in json.dumps(written)
    assert "first_name" not in json.dumps(written)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        pytest.param(b'{"hello":1}', "no message of easypost", id="another thing"),
        pytest.param(b'{"to_address":{}', "not well-formed JSON at line 1", id="broken off"),
        pytest.param(b"", "nothing in it", id="an empty file"),
        pytest.param(b'{"shipments":[5]}', "no message of easypost", id="a number in the envelope"),
    ],
)
def test_what_is_no_shipment_is_one_clear_sentence(data: bytes, sentence: str) -> None:
    batch = easypost.decode(data, position=6)
    assert batch.consignments.is_empty()
    assert sentence in batch.rejected["detail"].item()
    assert batch.rejected["position"].item() == 7


def test_lines_of_which_one_is_broken_give_the_others() -> None:
    line = EASYPOST.replace(b"\n", b"")
    batch = easypost.decode(line + b"\n{broken}\n" + line.replace(b"shp_1", b"shp_2"))
    assert batch.consignments["consignment_id"].to_list() == ["shp_1", "shp_2"]
    assert batch.rejected["position"].to_list() == [2]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(batches(easypost.LAYOUT))
def test_what_is_written_reads_back_the_same(batch: Batch) -> None:
    again = easypost.decode(easypost.encode(batch))
    assert again.rejected.is_empty()
    assert carried(again) == carried(batch)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(bent(EASYPOST))
def test_whatever_was_read_is_written_and_read_the_same(data: bytes) -> None:
    batch = easypost.decode(data)
    assert carried(easypost.decode(easypost.encode(batch))) == carried(batch)
