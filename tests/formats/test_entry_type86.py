from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.formats.drawn import Row, assert_same, batch_of, codes, maybe, rows, texts
from tests.formats.w3c_schemas import assert_valid
from tests.shared_data import SHARED, shared
from tidewaiter.formats import entry_type86, section321
from tidewaiter.vocabulary.batch import Batch

EXAMPLES = "messages/w3c/examples"
SCHEMAS = "messages/w3c/schemas"


def example(name: str) -> bytes:
    return shared(f"{EXAMPLES}/{name}").read_bytes()


def every_example() -> list[str]:
    folder = SHARED / EXAMPLES
    found = [p.relative_to(folder).as_posix() for p in folder.rglob("CBPEntryType86*.json")]
    return sorted(found) or ["common/none.json"]


@pytest.mark.requirement("A2")
@pytest.mark.partly("the US shapes of the W3C vocabulary; ITMATT is not public")
def test_each_value_of_the_published_credential_lands_in_its_column() -> None:
    batch = entry_type86.decode(example("credentials/CBPEntryType86Credential.json"))
    assert batch.rejected.is_empty()
    assert batch.findings.is_empty()
    key = {"consignment_id": "87654321A"}
    assert rows(batch, "consignments") == [
        {
            **key,
            "house_document": "87654321A",
            "entry_number": "12345123456",
            "message_at_text": "2022-02-25T14:34:00Z",
            "total_value_text": "729",
            "total_currency_text": "USD",
            "goods_location": "2709",
            "unread": {
                "@credential": {
                    "id": "urn:uuid:14583cb3-8ce8-4dc5-89f7-1ee5cda8c068",
                    "type": ["VerifiableCredential", "CBPEntryType86Credential"],
                }
            },
        }
    ]
    assert rows(batch, "goods_items") == [
        {
            **key,
            "item_no": 1,
            "hs_code_text": "9403 7000 00",
            "hs_code_type": "HTS",
            "package_count_text": "1",
            "declared_value_text": "729",
            "declared_currency_text": "USD",
            "value_basis": "total",
            "country_origin_text": "DK",
        }
    ]
    people = {row.pop("role"): row for row in rows(batch, "parties")}
    assert people == {
        "consignor": {
            **key,
            "name": "Onwards A/S",
            "street": "Sludevej 63",
            "city": "Kgs. Lyngby",
            "postcode": "2800",
            "country_text": "DK",
        },
        "consignee": {
            **key,
            "name": "Future Mobility, Inc.",
            "street": "2016 W Farmington Rd",
            "city": "West Peoria",
            "postcode": "61604",
            "country_text": "US",
        },
        "importer": {**key, "id_number": "10025672", "id_type": "CBP"},
        "declarant": {
            **key,
            "name": "Ahead Customs Brokers, Ltd.",
            "street": "4405 Jager Dr NE",
            "city": "Rio Rancho",
            "postcode": "87144",
            "country_text": "US",
            "id_number": "did:web:organization.example.com",
            "id_type": "IRI",
        },
    }


@pytest.mark.parametrize("name", every_example())
def test_a_published_example_is_written_back_member_for_member(name: str) -> None:
    data = example(name)
    batch = entry_type86.decode(data)
    again = json.loads(entry_type86.encode(batch))
    assert again == json.loads(data)
    assert_valid(again, shared(f"{SCHEMAS}/{name.replace('.json', '.yml')}"))
    assert entry_type86.missing_for_filing(batch).is_empty()


def test_type_may_be_a_text() -> None:
    text = example("common/CBPEntryType86.json").decode()
    flat = json.loads(text)
    flat["type"], flat["shipper"]["type"] = "CBPEntryType86", "Organization"
    batch = entry_type86.decode(json.dumps(flat).encode())
    assert_same(batch, entry_type86.decode(text.encode()))


def commerce(**more: Any) -> Batch:
    key = {"consignment_id": "ORD-1", "contribution_id": "orders:1"}
    place = {"street": "1 Quay", "city": "Izmir", "country_text": "TR"}
    people = [
        {"role": "seller", "name": "Quay Linen Ltd", **place},
        {"role": "buyer", "name": "Ada Byrne", **place},
        {"role": "importer", "id_number": "10-0256720", "id_type": "IRS"},
    ]
    item = {
        **key,
        "item_no": 1,
        "hs_code_text": "6302.60.0020",
        "quantity_text": "3",
        "package_count_text": "1",
        "declared_value_text": "12.50",
        "declared_currency_text": "USD",
        "value_basis": "unit",
        "country_origin_text": "TR",
    }
    head = {
        **key,
        "entry_number": "30045678916",
        "house_document": "H1",
        "goods_location": "2709",
    }
    said = {**key, "format": "orders", "view": "order", "position": 1}
    return batch_of([head], [item | more], [{**key, **party} for party in people], [said])


@pytest.mark.requirement("I3")
@pytest.mark.partly("H7 and the US shapes; informal and mail entry are not built")
def test_a_complete_order_becomes_an_entry_in_whole_dollars_and_packages() -> None:
    batch = commerce()
    assert entry_type86.missing_for_filing(batch).is_empty()
    entry = json.loads(entry_type86.encode(batch))
    assert_valid(entry, shared(f"{SCHEMAS}/common/CBPEntryType86.yml"))
    assert entry["fairRetailValue"] == {"type": ["MonetaryAmount"], "value": 38, "currency": "USD"}
    assert entry["quantity"]["value"] == "1"
    assert entry["htsusNumber"] == "6302600020"


def test_an_order_lacks_what_it_cannot_know() -> None:
    batch = commerce(hs_code_text="630260", declared_currency_text="EUR", package_count_text=None)
    found = entry_type86.missing_for_filing(batch)
    assert found.select("field", "detail", "item_no").rows() == [
        ("goods_items.package_count_text", "quantity", 1),
        ("goods_items.declared_value_text", "fairRetailValue", 1),
        ("goods_items.hs_code_text", "htsusNumber", 1),
    ]


def test_codes_that_came_as_numbers_are_noted() -> None:
    entry = json.loads(example("common/CBPEntryType86.json"))
    entry |= {"htsusNumber": 9403700000, "entryNumber": 12345123456}
    found = entry_type86.decode(json.dumps(entry).encode()).findings
    assert set(found["field"]) == {"goods_items.hs_code_text", "consignments.entry_number"}


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b'{"type": ["Invoice"]}', "record 1 is no CBPEntryType86 (Invoice)"),
        (b"{}", "no type"),
        (b'{"type": "CBPEntryType86"', "line 1"),
        (b'{"type": "VerifiableCredential", "credentialSubject": "x"}', "send it, or its"),
    ],
)
def test_what_is_no_entry_is_rejected_with_a_sentence(data: bytes, sentence: str) -> None:
    batch = entry_type86.decode(data)
    assert batch.consignments.is_empty()
    assert sentence in batch.rejected["detail"][0]


@st.composite
def batches(draw: st.DrawFn) -> Batch:
    heads, items, people, said = [], [], [], []
    for name in draw(st.lists(texts(), min_size=1, max_size=3, unique=True)):
        key = {"consignment_id": name, "contribution_id": f"x:{name}"}
        wrapped = draw(st.booleans())
        entry_number = draw(maybe(codes("[A-Z0-9]{11}")))
        value = draw(maybe(st.integers(0, 800).map(str)))
        code = draw(maybe(texts()))
        money = {"declared_value_text": value, "declared_currency_text": draw(maybe(texts(3)))}
        kind = draw(st.sampled_from([None, "HTS", "HS"]))
        item: Row = {
            **money,
            "value_basis": "total" if value else None,
            "country_origin_text": draw(maybe(texts(2))),
            "package_count_text": draw(maybe(texts(4))),
            "hs_code_text": code,
            "hs_code_type": kind,
            "description_text": draw(maybe(texts())) if kind else None,
        }
        extra: Row = draw(st.sampled_from([{}, {"quantity": {"unitCode": "C62"}}]))
        if item["package_count_text"] is None:
            extra = {}
        when = draw(maybe(texts())) if wrapped else None
        if wrapped:
            extra = {
                **extra,
                "@credential": {
                    "type": ["VerifiableCredential", "CBPEntryType86Credential"],
                    "proof": {"x": "y"},
                },
            }
        parties: list[Row] = []
        columns = ("name", "company", "street", "city", "region", "postcode", "country_text")
        for role in ("consignor", "consignee", *(["declarant"] if wrapped else [])):
            row: Row = {c: draw(maybe(texts())) for c in (*columns, "email", "phone", "tax_id")}
            if any(row.values()):
                parties.append({**key, "role": role, **row})
        number = draw(maybe(texts()))
        if number:
            identifier_type = draw(maybe(st.sampled_from(["IRS", "SSN", "CBP"])))
            parties.append(
                {**key, "role": "importer", "id_number": number, "id_type": identifier_type}
            )
        heads.append(
            {
                **key,
                "house_document": name,
                "entry_number": entry_number,
                "goods_location": draw(maybe(st.sampled_from(["2709", "USLBC"]))),
                "total_value_text": value,
                "total_currency_text": money["declared_currency_text"],
                "message_at_text": when,
                "unread": json.dumps(extra) if extra else None,
            }
        )
        if any(item.values()) and (code or not kind):
            items.append({**key, **item, "item_no": 1})
        else:
            heads[-1] |= {"total_value_text": None, "total_currency_text": None}
            heads[-1]["unread"] = (
                json.dumps({k: v for k, v in extra.items() if k != "quantity"}) if wrapped else None
            )
        people += parties
        said.append(
            {
                **key,
                "format": "entry-type86",
                "view": "declaration",
                "sender": entry_number[:3] if entry_number else None,
                "said_at_text": when,
            }
        )
    return batch_of(heads, items, people, said)


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(batches())
def test_what_is_written_is_read_back_the_same(batch: Batch) -> None:
    again = entry_type86.decode(entry_type86.encode(batch))
    assert again.rejected.is_empty()
    assert_same(again, batch)


WORDS = [
    "type",
    "credentialSubject",
    "issuer",
    "shipper",
    "location",
    "address",
    "streetAddress",
    "quantity",
    "value",
    "htsusNumber",
    "commodityCode",
    "portOfEntry",
    "usPortCode",
    "seller",
    "buyer",
    "participantFilerType",
    "originatorCode",
    "listedPriceOnMarketplace",
    "price",
    "productPicture",
    "validFrom",
]
TREES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from(["2709", "Carrier", "Organization", "Place", "a"])
    | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=5)
    ),
    max_leaves=25,
)


@settings(max_examples=200, deadline=None)
@given(TREES, st.sampled_from([entry_type86, section321]))
def test_whatever_stands_where_the_reader_looks_it_does_not_crash(tree: Any, module: Any) -> None:
    bare = {**(tree if isinstance(tree, dict) else {}), "type": module.SHAPE.name}
    credential = {"type": module.SHAPE.credential, "issuer": tree, "credentialSubject": tree}
    for value in (tree, bare, credential, {**credential, "credentialSubject": bare}):
        batch = module.decode(json.dumps(value).encode())
        assert batch.consignments.height + batch.rejected.height >= (value != [])
        again = module.decode(module.encode(batch))
        if batch.consignments.height <= 1:  # empty subjects of one credential become one message
            assert_same(again, batch, ("source", "position", "consignment_id"))


def test_the_two_us_shapes_are_told_apart() -> None:
    head = example("credentials/CBPEntryType86Credential.json")[:512]
    assert entry_type86.FORMAT.sniff(head, "x.json") > 0.9
    assert section321.FORMAT.sniff(head, "x.json") == 0
