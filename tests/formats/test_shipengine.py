"""ShipEngine: messages built from the published schemas; what a value is of stays open."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings

from tests.formats.layouts import batches, bent, carried
from tests.formats.samples import EASYPOST, SHIPENGINE
from tests.shared_data import shared
from tidewaiter.formats import easypost, shipengine
from tidewaiter.vocabulary.batch import Batch

SCHEMAS = "messages/platforms/shipengine/customs_schemas.json"


def example(name: str) -> dict[str, Any]:
    """An object with every member of a published schema; its example where there is one."""
    schema = json.loads(shared(SCHEMAS).read_bytes())[name]
    made: dict[str, Any] = {}
    for member, rule in schema["properties"].items():
        if "example" in rule:
            made[member] = rule["example"]
        elif member == "weight":
            made[member] = {"value": 3, "unit": "ounce"}
        elif member == "importer_of_record":
            made[member] = example("importer_of_records")
        elif member == "customs_items":
            made[member] = [example("customs_item")]
        elif rule.get("type") in ("integer", "number"):
            made[member] = 2
        elif rule.get("type") == "object":
            made[member] = {"note": f"some {member}"}
        else:
            made[member] = f"some {member}"
    return made


def test_the_published_schemas_are_read_field_by_field() -> None:
    options = example("international_shipment_options")
    shipment = {
        "shipment_id": "se-28529731",
        "ship_to": example("importer_of_records"),
        "customs": options,
        "tax_identifiers": [{**example("tax_identifier"), "identifier_type": "ioss"}],
    }
    batch = shipengine.decode(json.dumps({"shipments": [shipment]}).encode())
    assert batch.rejected.is_empty()
    parcel = batch.consignments.row(0, named=True)
    assert parcel["consignment_id"] == "se-28529731"
    assert parcel["nature_text"] == "some contents"
    assert parcel["incoterm"] == "some terms_of_trade_code"
    assert (parcel["fiscal_reference"], parcel["fiscal_role"]) == ("some value", "FR5")
    item = {k: v for k, v in batch.goods_items.row(0, named=True).items() if v is not None}
    assert json.loads(item.pop("unread")) == {"customs_item_id": "some customs_item_id"}
    del item["consignment_id"], item["contribution_id"]
    assert item == {
        "item_no": 1,
        "title": "some sku_description",
        "description_text": "some description",
        "sku": "some sku",
        "hs_code_text": "3926.1",
        "quantity_text": "2",
        "quantity_unit": "some unit_of_measure",
        "net_mass_text": "3",
        "mass_unit": "ounce",
        "mass_basis": "unknown",
        "declared_value_text": "2",
        "declared_currency_text": "some value_currency",
        "value_basis": "unknown",
        "country_origin_text": "some country_of_origin",
    }
    parties = {row["role"]: row for row in batch.parties.to_dicts()}
    for role in ("consignee", "importer"):
        party = {k: v for k, v in parties[role].items() if v is not None}
        assert json.loads(party.pop("unread")) == {"address_line3": "Building #7"}
        del party["consignment_id"], party["contribution_id"]
        assert party == {
            "role": role,
            "name": "John Doe",
            "company": "The Home Depot",
            "street": "1999 Bishop Grandin Blvd.",
            "street_extra": "Unit 408",
            "city": "Winnipeg",
            "region": "Manitoba",
            "postcode": "some postal_code",
            "country_text": "some country_code",
            "email": "example@example.com",
            "phone": "+1 204-253-9411 ext. 123",
        }


def test_an_unknown_basis_and_a_numeric_code_are_found() -> None:
    batch = shipengine.decode(json.dumps(example("customs_item")).encode())
    assert sorted(
        batch.findings.select("code", "field", "seen").rows(), key=lambda row: row[0]
    ) == [
        ("format.code_as_number", "goods_items.hs_code_text", "3926.1"),
        ("format.no_parcel", None, None),
        ("format.value_basis_unknown", "goods_items.declared_value_text", "2"),
    ]
    assert set(batch.findings["severity"]) == {"warn", "ask"}


def test_products_of_packages_and_customs_items_are_the_lines() -> None:
    batch = shipengine.decode(SHIPENGINE)
    assert batch.goods_items.select("item_no", "description_text").rows() == [
        (1, "Mug"),
        (2, "Spoon"),
    ]
    assert batch.consignments.select("gross_mass_text", "gross_mass_unit").rows() == [
        ("2", "pound")
    ]
    several = SHIPENGINE.replace(
        b'"packages":[', b'"packages":[{"products":[{"description":"Lid"}]},'
    )
    more = shipengine.decode(several)
    assert more.goods_items["description_text"].to_list() == ["Mug", "Lid", "Spoon"]
    assert more.consignments["gross_mass_text"].to_list() == [None]  # of one box of two


def test_a_value_may_come_as_amount_and_currency() -> None:
    data = SHIPENGINE.replace(
        b'"value":8.0,"value_currency":"USD"', b'"value":{"amount":8.0,"currency":"USD"}'
    )
    assert carried(shipengine.decode(data)) == carried(shipengine.decode(SHIPENGINE))


def test_totals_of_another_platform_are_written_as_values_of_one_unit() -> None:
    written = json.loads(shipengine.encode(easypost.decode(EASYPOST)))
    (line,) = written["customs"]["customs_items"]
    assert (line["quantity"], line["value"], line["value_currency"]) == (2, 6.25, "USD")
    assert line["weight"] == {"value": 3, "unit": "oz"}


def test_a_label_alone_gives_the_tracking_number() -> None:
    data = b'{"label_id":"se-1","shipment_id":"se-2","tracking_number":"783","carrier_code":"ups"}'
    batch = shipengine.decode(data)
    assert batch.consignments.select("consignment_id", "tracking_id").rows() == [("se-2", "783")]
    assert batch.parties.select("role", "name").rows() == [("carrier", "ups")]


def test_the_schema_file_itself_is_no_shipment() -> None:
    batch = shipengine.decode(shared(SCHEMAS).read_bytes())
    assert batch.consignments.is_empty()
    assert "no message of shipengine" in batch.rejected["detail"].item()


@settings(max_examples=60, deadline=None, derandomize=True)
@given(batches(shipengine.LAYOUT))
def test_what_is_written_reads_back_the_same(batch: Batch) -> None:
    again = shipengine.decode(shipengine.encode(batch))
    assert again.rejected.is_empty()
    assert carried(again) == carried(batch)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(bent(SHIPENGINE))
def test_whatever_was_read_is_written_and_read_the_same(data: bytes) -> None:
    batch = shipengine.decode(data)
    assert carried(shipengine.decode(shipengine.encode(batch))) == carried(batch)
