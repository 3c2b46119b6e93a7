from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.formats.drawn import Row, assert_same, batch_of, maybe, rows, texts
from tests.formats.w3c_schemas import assert_valid
from tests.shared_data import shared
from tidewaiter.formats import section321
from tidewaiter.vocabulary.batch import Batch

SCHEMAS = "messages/w3c/schemas"


def place(city: str) -> Row:
    return {
        "type": ["PostalAddress"],
        "streetAddress": "7 Dock Road",
        "addressLocality": city,
        "addressRegion": "CA",
        "postalCode": "90802",
        "addressCountry": "US",
    }


def organization(name: str, city: str) -> Row:
    return {
        "type": ["Organization"],
        "name": name,
        "location": {"type": ["Place"], "address": place(city)},
    }


def shipment() -> Row:
    """A made-up shipment with every member of the shape."""
    return {
        "type": ["DeMinimisShipment"],
        "originatorCode": "0123",
        "participantFilerType": "Online Marketplace",
        "shipmentTrackingNumber": "LP202607315DE",
        "houseBillOfLadingNumber": "H1",
        "masterBillOfLadingNumber": "M1",
        "modeOfTransportation": "Air",
        "shipmentInitiator": organization("Quay Linen Ltd", "Izmir"),
        "seller": organization("Quay Shop", "Izmir"),
        "buyer": {
            "type": ["Entity"],
            "entityType": "Person",
            "name": "Ada Byrne",
            "address": place("Long Beach"),
        },
        "finalDeliverTo": {
            "type": ["Entity"],
            "entityType": "Organization",
            "name": "Depot 9",
            "address": place("Reno"),
        },
        "enhancedProductDescription": "Cotton bath towel, woven, 70 x 140 cm",
        "shipmentSecurityScan": True,
        "knownCarrierCustomerFlag": False,
        "knownMarketplaceSellerFlag": True,
        "marketplaceSellerAccountNumber": "S-77",
        "productPicture": "https://shop.example/towel.jpg?size=2",
        "listedPriceOnMarketplace": {
            "type": ["PriceSpecification"],
            "price": 12.50,
            "priceCurrency": "USD",
        },
        "colour": "red",
    }


def credential() -> Row:
    issuer = {"id": "did:web:shop.example", **organization("Shop Inc", "Reno")}
    return {
        "@context": ["https://www.w3.org/ns/credentials/v2", "https://w3id.org/traceability/v1"],
        "id": "urn:uuid:00000000-0000-4000-8000-000000000001",
        "type": ["VerifiableCredential", "CBPSection321DeMinimisCredential"],
        "validFrom": "2024-11-05T10:00:00Z",
        "issuer": issuer,
        "credentialSubject": shipment(),
    }


@pytest.mark.requirement("A2")
@pytest.mark.partly("the US shapes of the W3C vocabulary; ITMATT is not public")
def test_each_member_lands_in_its_column() -> None:
    batch = section321.decode(json.dumps(credential()).encode())
    assert batch.rejected.is_empty()
    assert batch.findings.is_empty()
    key = {"consignment_id": "LP202607315DE"}
    assert rows(batch, "consignments") == [
        {
            **key,
            "tracking_id": "LP202607315DE",
            "house_document": "H1",
            "master_document": "M1",
            "transport_mode_text": "Air",
            "security_scan": True,
            "known_carrier_customer": False,
            "known_marketplace_seller": True,
            "message_at_text": "2024-11-05T10:00:00Z",
            "unread": {
                "colour": "red",
                "@credential": {
                    "id": "urn:uuid:00000000-0000-4000-8000-000000000001",
                    "type": ["VerifiableCredential", "CBPSection321DeMinimisCredential"],
                },
            },
        }
    ]
    assert rows(batch, "goods_items") == [
        {
            **key,
            "item_no": 1,
            "description_text": "Cotton bath towel, woven, 70 x 140 cm",
            "image_url": "https://shop.example/towel.jpg?size=2",
            "declared_value_text": "12.5",
            "declared_currency_text": "USD",
            "value_basis": "unit",
        }
    ]
    people = {row["role"]: row for row in rows(batch, "parties")}
    assert set(people) == {"consignor", "seller", "buyer", "consignee", "platform", "declarant"}
    assert people["platform"] == {
        **key,
        "role": "platform",
        "id_number": "0123",
        "id_type": "originatorCode",
    }
    assert people["seller"]["account"] == "S-77"
    assert people["consignee"] == {
        **key,
        "role": "consignee",
        "name": "Depot 9",
        "person_type": "Organization",
        "street": "7 Dock Road",
        "city": "Reno",
        "region": "CA",
        "postcode": "90802",
        "country_text": "US",
    }
    assert batch.contributions["sender"].to_list() == ["did:web:shop.example"]


@pytest.mark.parametrize(
    ("message", "name"),
    [
        (shipment(), "common/DeMinimisShipment.yml"),
        (credential(), "credentials/CBPSection321DeMinimisCredential.yml"),
    ],
    ids=["the bare shape", "the shape in its credential"],
)
def test_a_message_is_written_back_member_for_member_and_fits_its_schema(
    message: Row, name: str
) -> None:
    assert_valid(message, shared(f"{SCHEMAS}/{name}"))
    batch = section321.decode(json.dumps(message).encode())
    assert json.loads(section321.encode(batch)) == message
    assert section321.missing_for_filing(batch).is_empty()


def test_a_link_that_is_no_picture_is_the_listing() -> None:
    message = shipment() | {"productPicture": "https://shop.example/item/7"}
    batch = section321.decode(json.dumps(message).encode())
    assert batch.goods_items["listing_url"].to_list() == ["https://shop.example/item/7"]
    assert batch.goods_items["image_url"].to_list() == [None]


def test_an_unknown_kind_of_filer_is_kept_unread() -> None:
    message = shipment() | {"participantFilerType": "Robot"}
    batch = section321.decode(json.dumps(message).encode())
    kept = rows(batch, "consignments")[0]["unread"]
    assert kept["participantFilerType"] == "Robot"
    assert kept["originatorCode"] == "0123"
    assert json.loads(section321.encode(batch)) == message


def test_an_order_becomes_a_shipment_that_fits_the_schema_or_says_what_it_lacks() -> None:
    key = {"consignment_id": "ORD-1", "contribution_id": "orders:1"}
    people = [
        {**key, "role": "platform", "name": "Shop", "id_number": "0123"},
        {**key, "role": "seller", "name": "Quay Shop", "address": "7 Dock Road, Izmir"},
        {**key, "role": "consignee", "name": "Ada Byrne", "address": "1 Pier, Reno"},
    ]
    items = [
        {
            **key,
            "item_no": 1,
            "title": "Towel",
            "quantity_text": "2",
            "declared_value_text": "25",
            "declared_currency_text": "USD",
            "value_basis": "total",
        }
    ]
    said = [{**key, "format": "orders", "view": "order", "position": 1}]
    batch = batch_of([{**key, "transport_mode_text": "air"}], items, people, said)
    assert section321.missing_for_filing(batch).is_empty()
    message = json.loads(section321.encode(batch))
    assert_valid(message, shared(f"{SCHEMAS}/common/DeMinimisShipment.yml"))
    assert message["listedPriceOnMarketplace"]["price"] == 12.5
    assert message["modeOfTransportation"] == "Air"
    bare = batch_of([key], items, [], said)
    assert section321.missing_for_filing(bare)["detail"].to_list() == [
        "originatorCode",
        "participantFilerType",
        "modeOfTransportation",
    ]


@st.composite
def batches(draw: st.DrawFn) -> Batch:
    heads, items, people, said = [], [], [], []
    for name in draw(st.lists(texts(), min_size=1, max_size=3, unique=True)):
        key = {"consignment_id": name, "contribution_id": f"x:{name}"}
        heads.append(
            {
                **key,
                "tracking_id": name,
                "house_document": draw(maybe(texts())),
                "master_document": draw(maybe(texts())),
                "transport_mode_text": draw(maybe(texts())),
                "security_scan": draw(maybe(st.booleans())),
                "known_carrier_customer": draw(maybe(st.booleans())),
                "known_marketplace_seller": draw(maybe(st.booleans())),
                "unread": draw(st.sampled_from([None, '{"colour":{"a":[1,2.50]}}'])),
            }
        )
        columns = ("name", "company", "street", "city", "region", "postcode", "country_text")
        for role in ("consignor", "seller", "buyer", "consignee"):
            row: Row = {c: draw(maybe(texts())) for c in (*columns, "email", "phone", "tax_id")}
            if role in ("buyer", "consignee"):
                row["person_type"] = draw(maybe(st.sampled_from(["Person", "Organization"])))
            if role == "seller":
                row["account"] = draw(maybe(texts()))
            if any(row.values()):
                people.append({**key, "role": role, **row})
        filer = draw(maybe(st.sampled_from(["platform", "carrier", "maker"])))
        code = draw(texts())
        if filer:
            people.append(
                {**key, "role": filer, "id_number": code, "id_type": section321.ORIGINATOR}
            )
        price = draw(maybe(st.decimals(0, 999, places=2).map(str)))
        item: Row = {
            "description_text": draw(maybe(texts(40))),
            "declared_value_text": price,
            "declared_currency_text": draw(maybe(texts(3))),
            "value_basis": "unit" if price else None,
            **draw(
                st.sampled_from(
                    [{}, {"image_url": "https://a.example/b.png"}, {"listing_url": "urn:listing:7"}]
                )
            ),
        }
        if any(item.values()):
            items.append({**key, **item, "item_no": 1})
        said.append(
            {
                **key,
                "format": "section321",
                "view": "declaration",
                "sender": code if filer else None,
            }
        )
    return batch_of(heads, items, people, said)


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(batches())
def test_what_is_written_is_read_back_the_same(batch: Batch) -> None:
    again = section321.decode(section321.encode(batch))
    assert again.rejected.is_empty()
    assert_same(again, batch)


def test_a_shape_of_another_kind_is_rejected_by_its_name() -> None:
    message: dict[str, Any] = {"type": ["CBPEntryType86"]}
    batch = section321.decode(json.dumps(message).encode())
    assert "is no DeMinimisShipment (CBPEntryType86)" in batch.rejected["detail"][0]
