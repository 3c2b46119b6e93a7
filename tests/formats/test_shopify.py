"""Shopify: the client library's fixtures field by field; prices and grams are of one unit."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings

from tests.formats.layouts import batches, bent, carried
from tests.formats.samples import EASYPOST, SHOPIFY
from tests.shared_data import shared
from tidewaiter.formats import easypost, shopify
from tidewaiter.vocabulary.batch import Batch

PLACE = "messages/platforms/shopify"


def fixture(name: str) -> Batch:
    batch = shopify.decode(shared(f"{PLACE}/{name}.json").read_bytes(), source=name)
    assert batch.rejected.is_empty()
    assert carried(shopify.decode(shopify.encode(batch))) == carried(batch)
    return batch


def filled(batch: Batch, frame: str, *leave: str) -> list[dict[str, Any]]:
    aside = {"contribution_id", "consignment_id", "unread", *leave}
    return [
        {name: value for name, value in row.items() if value is not None and name not in aside}
        for row in batch.frames()[frame].to_dicts()
    ]


def test_the_order_fixture_field_by_field() -> None:
    batch = fixture("order")
    assert batch.consignments["consignment_id"].item() == "450789469"
    assert filled(batch, "consignments") == [
        {
            "order_id": "#1001",
            "tracking_id": "1Z2345",
            "ordered_at_text": "2008-01-10T11:00:00-05:00",
            "message_at_text": "2008-01-10T11:00:00-05:00",
            "mail_class": "Free Shipping",
            "gross_mass_text": "0",
            "gross_mass_unit": "g",
            "total_value_text": "398.00",
            "total_currency_text": "USD",
            "freight_text": "0.00",
            "freight_currency_text": "USD",
        }
    ]
    kept = json.loads(batch.consignments["unread"].item())
    assert (kept["total_price"], kept["order_number"]) == ("409.94", 1001)
    assert filled(batch, "goods_items") == [
        {
            "item_no": item_no,
            "title": "IPod Nano - 8gb",
            "description_text": f"IPod Nano - 8gb - {colour}",
            "product_id": "632910392",
            "sku": f"IPOD2008{colour.upper()}",
            "quantity_text": "1",
            "net_mass_text": "200",
            "mass_unit": "g",
            "mass_basis": "unit",
            "declared_value_text": "199.00",
            "declared_currency_text": "USD",
            "value_basis": "unit",
        }
        for item_no, colour in enumerate(("green", "red", "black"), start=1)
    ]
    bob = {
        "name": "Bob Norman",
        "street": "Chestnut Street 92",
        "city": "Louisville",
        "region": "Kentucky",
        "postcode": "40202",
        "country_text": "US",
        "phone": "555-625-1199",
    }
    assert filled(batch, "parties") == [
        {"role": "consignee", **bob},
        {"role": "buyer", **bob, "email": "bob.norman@hostmail.com", "account": "207119551"},
    ]
    assert filled(batch, "contributions") == [
        {
            "format": "shopify",
            "view": "order",
            "source": "order",
            "position": 1,
            "said_at_text": "2008-01-10T11:00:00-05:00",
        }
    ]


def test_personal_data_beyond_the_columns_stays_with_the_party() -> None:
    batch = fixture("order")
    kept = json.loads(batch.parties["unread"][1])
    assert kept["/customer"]["first_name"] == "Bob"
    assert kept["/payment_details"]["credit_card_company"] == "Visa"
    assert "Norman" not in batch.consignments["unread"].item()


def test_a_fulfilment_is_the_carriers_view_of_the_order_it_names() -> None:
    batch = fixture("fulfillment")
    assert batch.contributions["view"].item() == "transport"
    assert batch.consignments["consignment_id"].item() == "450789469"
    assert filled(batch, "consignments") == [
        {"tracking_id": "1Z2345", "message_at_text": "2013-11-01T16:06:08-04:00"}
    ]
    assert filled(batch, "parties") == [{"role": "carrier", "name": "null-company"}]
    assert batch.goods_items["sku"].to_list() == ["IPOD2008GREEN"]
    assert batch.goods_items["declared_currency_text"].to_list() == [None]


def test_a_product_gives_a_line_for_each_variant_and_is_no_parcel() -> None:
    batch = fixture("product")
    assert batch.findings["code"].to_list() == ["format.no_parcel"]
    assert batch.goods_items["sku"].to_list() == [
        "IPOD2008PINK", "IPOD2008RED", "IPOD2008GREEN", "IPOD2008BLACK",
    ]  # fmt: skip
    line = filled(batch, "goods_items", "description_text")[0]
    assert line == {
        "item_no": 1,
        "title": "IPod Nano - 8GB",
        "brand": "Apple",
        "product_id": "632910392",
        "sku": "IPOD2008PINK",
        "net_mass_text": "200",
        "mass_unit": "g",
        "mass_basis": "unit",
        "declared_value_text": "199.00",
        "value_basis": "unit",
    }
    assert batch.goods_items["description_text"][0].startswith("<p>It's the small iPod")


@pytest.mark.parametrize(
    ("name", "line"),
    [
        pytest.param(
            "variant",
            {
                "item_no": 1,
                "title": "Pink",
                "sku": "IPOD2008PINK",
                "net_mass_text": "200",
                "mass_unit": "g",
                "mass_basis": "unit",
                "declared_value_text": "199.00",
                "value_basis": "unit",
            },
            id="a variant",
        ),
        pytest.param("inventory_item", {"item_no": 1, "sku": "IPOD2008PINK"}, id="a stock item"),
    ],
)
def test_a_catalogue_entry_is_a_line_without_a_parcel(name: str, line: dict[str, Any]) -> None:
    batch = fixture(name)
    assert filled(batch, "goods_items") == [line]
    assert batch.findings.select("code", "severity").rows() == [("format.no_parcel", "ask")]


def test_customs_members_of_inventory_items_are_read_on_a_line() -> None:
    data = SHOPIFY.replace(
        b'"sku":"C-R"', b'"sku":"C-R","country_code_of_origin":"CA","barcode":4006381333931'
    )
    line = shopify.decode(data).goods_items.row(0, named=True)
    assert (line["hs_code_text"], line["country_origin_text"]) == ("650500", "CA")
    assert line["gtin_text"] == "4006381333931"
    assert shopify.decode(data).findings["field"].to_list() == ["goods_items.gtin_text"]


def test_several_fulfilments_name_no_single_tracking_number() -> None:
    data = SHOPIFY.replace(b'"fulfillments":[', b'"fulfillments":[{"tracking_number":"2"},')
    batch = shopify.decode(data)
    assert batch.consignments["tracking_id"].to_list() == [None]
    assert len(json.loads(batch.consignments["unread"].item())["fulfillments"]) == 2


def test_totals_of_another_platform_are_written_as_prices_of_one_unit() -> None:
    written = json.loads(shopify.encode(easypost.decode(EASYPOST)))
    (order,) = written["orders"]
    (line,) = order["line_items"]
    assert (line["price"], line["quantity"], line["grams"]) == ("6.25", 2, 85.049)
    assert order["fulfillments"] == [{"tracking_number": "9400110200881234567890"}]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(batches(shopify.LAYOUT))
def test_what_is_written_reads_back_the_same(batch: Batch) -> None:
    again = shopify.decode(shopify.encode(batch))
    assert again.rejected.is_empty()
    assert carried(again) == carried(batch)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(bent(SHOPIFY))
def test_whatever_was_read_is_written_and_read_the_same(data: bytes) -> None:
    batch = shopify.decode(data)
    assert carried(shopify.decode(shopify.encode(batch))) == carried(batch)
