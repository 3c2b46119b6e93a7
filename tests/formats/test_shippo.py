"""Shippo: every field of the published tables has a place; amounts are totals and stay text."""

from __future__ import annotations

import csv
import json
from typing import Any

import pytest
from hypothesis import given, settings

from tests.formats.layouts import batches, bent, carried
from tests.formats.samples import SHIPPO
from tests.shared_data import shared
from tidewaiter.formats import shippo
from tidewaiter.vocabulary.batch import Batch

PLACE = "messages/platforms/shippo"
NESTED = {
    "exporter_identification": "CustomsExporterIdentification",
    "tax_id": "CustomsTaxIdentification",
    "invoiced_charges": "CustomsInvoicedCharges",
    "duties_payor": "CustomsDeclarationCreateRequestDutiesPayor",
    "address": "CustomsDeclarationCreateRequestAddress",
    "items": "CustomsItemCreateRequest",
}


def example(name: str) -> dict[str, Any]:
    """An object of the published field table, with its examples or its fields' names as values."""
    rows = csv.DictReader(shared(f"{PLACE}/customs_fields.csv").open(encoding="utf-8"))
    tree: dict[str, Any] = {}
    for row in [row for row in rows if row["object"] == name]:
        field = row["field"]
        if field in NESTED:
            inner = example(NESTED[field])
            tree[field] = [inner] if field == "items" else inner
        elif "bool" in row["type"]:
            tree[field] = True
        elif row["type"] == "int":
            tree[field] = int(row["example"])
        else:
            tree[field] = row["example"] or f"some {field}"
    return tree


def test_the_published_field_table_is_read_field_by_field() -> None:
    declaration = example("CustomsDeclaration")
    batch = shippo.decode(json.dumps({"results": [declaration]}).encode())
    assert batch.rejected.is_empty()
    parcel = batch.consignments.row(0, named=True)
    assert parcel["nature_text"] == "MERCHANDISE"
    assert parcel["incoterm"] == "DDP"
    assert parcel["message_at_text"] == "2014-07-17T01:01:08.306Z"
    assert parcel["declaration_ref"] == "some exporter_reference"
    assert parcel["freight_text"] == "some total_shipping"
    assert parcel["freight_currency_text"] == "some currency"
    item = {k: v for k, v in batch.goods_items.row(0, named=True).items() if v is not None}
    assert json.loads(item.pop("unread")) == {
        "eccn_ear99": "some eccn_ear99",
        "metadata": 'Order ID "123454"',
        "tariff_number": "some tariff_number",
    }
    del item["consignment_id"], item["contribution_id"]
    assert item == {
        "item_no": 1,
        "description_text": "T-Shirt",
        "hs_code_text": "0901.21",
        "quantity_text": "20",
        "net_mass_text": "5",
        "mass_unit": "lb",
        "mass_basis": "total",
        "declared_value_text": "200",
        "declared_currency_text": "USD",
        "value_basis": "total",
        "country_origin_text": "some origin_country",
        "sku": "HM-123",
    }
    parties = {row["role"]: row for row in batch.parties.to_dicts()}
    assert parties["declarant"]["name"] == "Shawn Ippotle"
    exporter = parties["consignor"]
    assert (exporter["id_number"], exporter["id_type"]) == ("PL123456790ABCDE", "EORI")
    assert exporter["tax_id"] == "123456789"
    payor = json.loads(parties["consignee"]["unread"])["/customs_declaration.duties_payor"]
    assert payor["address"]["name"] == "Patrick Kavanagh"
    assert batch.findings["code"].to_list() == ["format.no_parcel"]


@pytest.mark.parametrize("name", ["CustomsDeclaration", "CustomsDeclarationCreateRequest"])
def test_nothing_of_the_published_field_table_is_lost(name: str) -> None:
    declaration = example(name)
    batch = shippo.decode(json.dumps(declaration).encode())
    shipment = json.loads(shippo.encode(batch))
    moved = {"object_created": shipment.get("object_created")}  # the time of the whole message
    moved = {name: value for name, value in moved.items() if value}
    assert {**shipment["customs_declaration"], **moved} == declaration


def test_enums_of_the_contents_and_terms_are_kept_as_written() -> None:
    rows = csv.DictReader(shared(f"{PLACE}/customs_enums.csv").open(encoding="utf-8"))
    for row in rows:
        data = SHIPPO
        if row["enum"] == "CustomsDeclarationContentsTypeEnum":
            data = data.replace(b"MERCHANDISE", row["value"].encode())
            column = "nature_text"
        elif row["enum"] == "CustomsDeclarationIncotermEnum":
            data = data.replace(b"DDU", row["value"].encode())
            column = "incoterm"
        else:
            continue
        assert shippo.decode(data).consignments[column].item() == row["value"]


def test_an_ioss_number_is_the_parcels_and_another_tax_number_the_exporters() -> None:
    batch = shippo.decode(SHIPPO)
    parcel = batch.consignments.row(0, named=True)
    assert (parcel["fiscal_reference"], parcel["fiscal_role"]) == ("IM1", "FR5")
    assert batch.parties.row(0, named=True)["tax_id"] is None
    other = shippo.decode(SHIPPO.replace(b'"IOSS"', b'"EIN"'))
    assert other.consignments["fiscal_reference"].item() is None
    assert other.parties.row(0, named=True)["tax_id"] == "IM1"
    assert json.loads(other.consignments["unread"].item()) == {
        "customs_declaration": {
            "certify": True,
            "exporter_identification": {"tax_id": {"type": "EIN"}},
        }
    }


def test_a_parcel_of_several_boxes_keeps_them_and_names_no_mass() -> None:
    one = shippo.decode(SHIPPO).consignments.row(0, named=True)
    assert (one["gross_mass_text"], one["gross_mass_unit"]) == ("2", "kg")
    assert one["dimensions_text"] == "5 x 5 x 5 cm"
    two = shippo.decode(SHIPPO.replace(b'"parcels":[', b'"parcels":[{"weight":"1"},'))
    parcel = two.consignments.row(0, named=True)
    assert parcel["gross_mass_text"] is None
    assert len(json.loads(parcel["unread"])["parcels"]) == 2


def test_items_that_are_only_ids_give_no_lines_and_are_kept() -> None:
    data = b'{"results":[{"object_id":"d1","contents_type":"GIFT","certify":true,"items":["i1","i2"]}]}'
    batch = shippo.decode(data)
    assert batch.goods_items.is_empty()
    kept = json.loads(batch.consignments["unread"].item())["customs_declaration"]
    assert kept["items"] == ["i1", "i2"]


def test_a_transaction_gives_the_tracking_number_of_its_shipment() -> None:
    data = b'{"object_id":"t1","tracking_number":"92055","rate":"r","label_url":"u","parcel":"p"}'
    batch = shippo.decode(data)
    assert batch.consignments.select("consignment_id", "tracking_id").rows() == [("t1", "92055")]


@pytest.mark.parametrize(
    "data",
    [pytest.param(b'{"results":[]}', id="an empty page"), pytest.param(b'["x"]', id="a text")],
)
def test_what_is_no_shipment_is_one_clear_sentence(data: bytes) -> None:
    assert "no message of shippo" in shippo.decode(data).rejected["detail"].item()


@settings(max_examples=60, deadline=None, derandomize=True)
@given(batches(shippo.LAYOUT))
def test_what_is_written_reads_back_the_same(batch: Batch) -> None:
    again = shippo.decode(shippo.encode(batch))
    assert again.rejected.is_empty()
    assert carried(again) == carried(batch)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(bent(SHIPPO))
def test_whatever_was_read_is_written_and_read_the_same(data: bytes) -> None:
    batch = shippo.decode(data)
    assert carried(shippo.decode(shippo.encode(batch))) == carried(batch)
