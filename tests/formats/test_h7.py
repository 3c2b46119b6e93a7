from __future__ import annotations

import json
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from tests.formats.drawn import Row, assert_same, batch_of, codes, figures, maybe, rows, texts
from tests.shared_data import SHARED, shared
from tidewaiter.formats import h7
from tidewaiter.formats import orders as orders_format
from tidewaiter.formats.parts.h7_elements import procedures
from tidewaiter.formats.parts.h7_tables import ROLES
from tidewaiter.formats.parts.wco_dec import NS_BULK, NS_DEC, NS_METADATA, ORDER
from tidewaiter.vocabulary.batch import Batch, concat

SAMPLES = "messages/hmrc/samples"
XS = "{http://www.w3.org/2001/XMLSchema}"


@lru_cache(maxsize=1)
def driver() -> etree.XMLSchema:
    """The declaration driver: the metadata's strict `any` needs both schemas imported."""
    folder = shared("messages/hmrc/schemas/wco/declaration")
    imports = "".join(
        f'<xs:import namespace="{space}" schemaLocation="{(folder / name).as_uri()}"/>'
        for space, name in (
            (NS_METADATA, "DocumentMetaData_2_DMS.xsd"),
            (NS_DEC, "WCO_DEC_2_DMS.xsd"),
        )
    )
    text = f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">{imports}</xs:schema>'
    return etree.XMLSchema(etree.fromstring(text))


def assert_valid(data: bytes) -> None:
    root = etree.fromstring(data)
    documents = list(root) if root.tag == f"{{{NS_BULK}}}Declarations" else [root]
    for document in documents:
        alone = etree.fromstring(etree.tostring(document))
        assert driver().validate(alone), driver().error_log.last_error


def sample(name: str) -> bytes:
    return shared(f"{SAMPLES}/{name}").read_bytes()


def only(batch: Batch, frame: str) -> list[Row]:
    return [
        {k: v for k, v in row.items() if v is not None} for row in getattr(batch, frame).to_dicts()
    ]


# --- what the samples say ------------------------------------------------------------------------

HEADS = {
    "h7/TT_IM067a.xml": {
        "consignment_id": "7848309YGA000B7QY",
        "declaration_ref": "7848309YGA000B7QY",
        "message_function": "9",
        "declaration_type": "IMA",
        "item_count_text": "1",
        "package_count_text": "8",
        "transport_mode_text": "5",
        "freight_text": "5.00",
        "freight_currency_text": "GBP",
        "fiscal_reference": "GB603202734",
        "fiscal_role": "FR2",
        "goods_location": "GBAUBELBFSBEL",
        "house_document": "GB/1234-:3333HB",
        "house_document_type": "271",
        "house_document_category": "Z",
        "documents": [
            {"kind": "previous", "category": "Z", "id": "GB/1234-:3332HB", "type": "MCR"}
        ],
        "unread": {"BorderTransportMeans/RegistrationNationalityCode": "GB"},
    },
    "h7/TT_IM068a.xml": {
        "consignment_id": "U.7849431R66ZB",
        "declaration_ref": "U.7849431R66ZB",
        "message_function": "9",
        "declaration_type": "IMD",
        "item_count_text": "1",
        "representative_status": "2",
        "transport_mode_text": "5",
        "freight_text": "13.75",
        "freight_currency_text": "GBP",
        "goods_location": "GBAUBELBFSBEL",
        "house_document": "PL20210630-281-284",
        "house_document_type": "271",
        "house_document_category": "Z",
    },
    "h7/TT_IM077a.xml": {
        "consignment_id": "U.7847767797YA",
        "declaration_ref": "U.7847767797YA",
        "message_function": "9",
        "declaration_type": "IMD",
        "item_count_text": "1",
        "representative_status": "2",
        "transport_mode_text": "5",
        "freight_text": "13.75",
        "freight_currency_text": "GBP",
        "goods_location": "GBAUBELBFSBEL",
        "house_document": "PL20250127-281-284",
        "house_document_type": "271",
        "house_document_category": "Z",
    },
    "birds/TT_IM072a.xml": {
        "consignment_id": "CDSP_9245_TC2_0811_01",
        "declaration_ref": "CDSP_9245_TC2_0811_01",
        "message_function": "9",
        "declaration_type": "COJ",
        "item_count_text": "1",
        "package_count_text": "200",
        "transport_mode_text": "1",
        "country_departure_text": "JE",
        "ucr": "1GB553202734852-12345",
        "goods_location": "GBAUPMEPTMFHQ",
        "house_document": "21GB34F7Y1O2CX8PT4",
        "house_document_type": "355",
        "house_document_category": "Z",
        "unread": {
            "AuthorisationHolder/ID": "GB553202734852",
            "AuthorisationHolder/CategoryCode": "BRD",
            "GoodsShipment/Consignment/ContainerCode": "1",
            "GoodsShipment/Consignment/ArrivalTransportMeans/ID": "12345",
            "GoodsShipment/Consignment/ArrivalTransportMeans/IdentificationTypeCode": "10",
            "GoodsShipment/Consignment/TransportEquipment/SequenceNumeric": "1",
            "GoodsShipment/Consignment/TransportEquipment/ID": "CN123456",
            "GoodsShipment/PreviousDocument/LineNumeric": "1",
            "SupervisingOffice/ID": "GBSAA001",
        },
    },
}
ITEMS = {
    "h7/TT_IM067a.xml": {
        "description_text": "Mens or Boys woolen blazer",
        "hs_code_text": "61031010",
        "hs_code_type": "TSP",
        "gross_mass_text": "5",
        "declared_value_text": "130.00",
        "declared_currency_text": "GBP",
        "procedure_codes": "40 00 1H7 C07",
        "documents": [
            {
                "kind": "document",
                "category": "C",
                "id": "GBICP22222",
                "type": "400",
                "exemption": "AC",
            },
            {
                "kind": "document",
                "category": "C",
                "id": "GBICP553202734852",
                "type": "635",
                "exemption": "AC",
            },
            {"kind": "document", "category": "Y", "name": "No cat or dog fur", "type": "922"},
            {
                "kind": "document",
                "category": "C",
                "id": "0054037-0054047",
                "type": "679",
                "exemption": "XB",
            },
            {
                "kind": "document",
                "category": "9",
                "id": "GBAHC11111",
                "type": "120",
                "exemption": "AC",
            },
            {"kind": "information", "code": "NIIMP"},
            {"kind": "information", "code": "00500", "text": "Importer"},
        ],
    },
    "h7/TT_IM068a.xml": {
        "description_text": "Antiques - Original engravings, prints and lithographs",
        "hs_code_text": "97020000",
        "hs_code_type": "TSP",
        "gross_mass_text": "2",
        "declared_value_text": "103.33",
        "declared_currency_text": "GBP",
        "procedure_codes": "40 00 1H7 C07",
        "documents": [{"kind": "information", "code": "NIIMP"}],
    },
    "h7/TT_IM077a.xml": {
        "description_text": "Antiques - Original engravings, prints and lithographs",
        "hs_code_text": "97020000",
        "hs_code_type": "TSP",
        "gross_mass_text": "2",
        "declared_value_text": "103.33",
        "declared_currency_text": "GBP",
        "procedure_codes": "40 00 1H7 C07 F47",
        "documents": [
            {
                "kind": "document",
                "category": "9",
                "id": "See attached Worksheet1154-27012025",
                "name": "See attached worksheet",
                "type": "WKS",
                "exemption": "AE",
            },
            {"kind": "information", "code": "NIIMP"},
            {
                "kind": "information",
                "code": "VR177",
                "text": "Items have variable duty rates, and use the same measurement unit",
            },
        ],
    },
    "birds/TT_IM072a.xml": {
        "description_text": "Small items of negligible cost",
        "package_count_text": "200",
        "gross_mass_text": "5",
        "net_mass_text": "4",
        "declared_value_text": "135",
        "declared_currency_text": "GBP",
        "procedure_codes": "00 20 21V 15F",
        "documents": [
            {
                "kind": "document",
                "category": "1",
                "id": "GBBIRDS55320273485220211018095959",
                "type": "BRD",
            },
            {"kind": "information", "code": "00500", "text": "IMPORTER"},
        ],
        "unread": {
            "@declared_value": "Commodity/InvoiceLine/ItemChargeAmount",
            "Packaging/MarksNumbersID": "ADR/PA/00001",
            "Packaging/TypeCode": "PA",
        },
    },
}
PEOPLE: dict[str, list[Row]] = {
    "h7/TT_IM067a.xml": [
        {"role": "declarant", "id_number": "GB553202734852"},
        {
            "role": "consignor",
            "name": "US Cloth Co.",
            "street": "1 Apparel Avenue",
            "city": "New York",
            "postcode": "NY2 345",
            "country_text": "US",
        },
        {"role": "importer", "id_number": "GB553202734852"},
    ],
    "h7/TT_IM068a.xml": [
        {"role": "declarant", "id_number": "XI603202734852"},
        {
            "role": "consignor",
            "name": "Invaluable Fine Arts Inc",
            "street": "26 Broadway Ave.",
            "city": "New York",
            "postcode": "NY1 4RT",
            "country_text": "US",
        },
        {"role": "importer", "id_number": "XI553202734852"},
    ],
    "h7/TT_IM077a.xml": [
        {"role": "declarant", "id_number": "XI603202734852"},
        {
            "role": "consignor",
            "name": "Invaluable Fine Arts Inc",
            "street": "26 Broadway Ave.",
            "city": "Sydney",
            "postcode": "SY1 4NY",
            "country_text": "AU",
        },
        {"role": "importer", "id_number": "XI553202734852"},
    ],
    "birds/TT_IM072a.xml": [
        {"role": "declarant", "id_number": "GB553202734852"},
        {
            "role": "consignor",
            "name": "Jersey Mail",
            "street": "1 Castle Street",
            "city": "St Helier",
            "postcode": "JE1 2ER",
            "country_text": "JE",
        },
        {"role": "importer", "id_number": "GB553202734852"},
    ],
}


@pytest.mark.requirement("A2")
@pytest.mark.partly("H7 is one of the message types; the ITMATT specification is not public")
@pytest.mark.parametrize("name", HEADS)
def test_each_value_of_a_published_sample_lands_in_its_column(name: str) -> None:
    batch = h7.decode(sample(name), source=name)
    assert batch.rejected.is_empty()
    assert batch.findings.is_empty()
    assert rows(batch, "consignments") == [HEADS[name]]
    key = {"consignment_id": HEADS[name]["consignment_id"]}
    fixed = {"item_no": 1, "mass_unit": "KGM", "mass_basis": "total", "value_basis": "total"}
    assert rows(batch, "goods_items") == [{**key, **fixed, **ITEMS[name]}]
    people = sorted(rows(batch, "parties"), key=lambda party: party["role"])
    assert people == sorted(
        ({**key, **party} for party in PEOPLE[name]), key=lambda party: str(party["role"])
    )
    said = only(batch, "contributions")[0]
    assert said["sender"] == PEOPLE[name][0]["id_number"]
    assert (said["format"], said["view"], said["source"]) == ("h7", "declaration", name)


def every_sample() -> list[str]:
    folder = SHARED / SAMPLES
    found = [
        f"{kind}/{path.name}" for kind in ("h7", "birds") for path in (folder / kind).glob("*")
    ]
    return sorted(found) or ["h7/none.xml"]


@pytest.mark.requirement("A2")
@pytest.mark.partly("H7 is one of the message types")
@pytest.mark.parametrize("name", every_sample())
def test_a_sample_written_back_is_schema_valid_and_says_the_same(name: str) -> None:
    batch = h7.decode(sample(name))
    data = h7.encode(batch)
    assert_valid(data)
    assert_same(h7.decode(data), batch)
    before, after = (set(leaves(etree.fromstring(d))) for d in (sample(name), data))
    assert before <= after, "an element of the sample is gone"


def leaves(root: etree._Element) -> list[tuple[str, str]]:
    return [
        (etree.QName(node).localname, (node.text or "").strip())
        for node in root.iter(etree.Element)
        if not len(node)
    ]


@pytest.mark.requirement("A2")
@pytest.mark.partly("H7 is one of the message types")
@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("TT_EX002a_not_well_formed.xml", r"line 72, column 8.*--.*take the double hyphen out"),
        (
            "example_submission_declaration_400_schema_invalid.xml",
            r"line 10.*no FunctionCode and no GoodsShipment.*holds <unknown>.*Send",
        ),
    ],
)
def test_a_broken_sample_is_rejected_with_place_reason_and_remedy(name: str, sentence: str) -> None:
    batch = h7.decode(sample(f"broken/{name}"), source=name)
    assert batch.consignments.is_empty()
    row = only(batch, "rejected")[0]
    assert re.search(sentence, row["detail"], re.DOTALL), row["detail"]
    assert (row["source"], row["position"], row["code"]) == (name, 1, "format.unreadable")
    assert row["raw"].startswith("\ufeff<?xml") or row["raw"].startswith("<?xml")


def test_the_table_of_element_order_is_the_schemas() -> None:
    path = shared("messages/hmrc/schemas/wco/declaration/WCO_DEC_2_DMS.xsd")
    root = etree.parse(path).getroot()
    holders = [root.find(f"{XS}complexType[@name='Declaration']")]
    holders += [e for e in root.iter(f"{XS}element") if e.find(f"{XS}complexType") is not None]
    assert len(holders) > 50
    for holder in holders:
        inner = holder if holder.tag.endswith("complexType") else holder.find(f"{XS}complexType")
        names = [e.get("name") for e in inner.find(f"{XS}sequence").findall(f"{XS}element")]
        ranks = [ORDER[holder.get("name")][name] for name in names]
        assert ranks == sorted(ranks), holder.get("name")


# --- single cases --------------------------------------------------------------------------------


def document(body: str, envelope: str = "<md:WCOTypeName>DEC</md:WCOTypeName>") -> bytes:
    return (
        f'<md:MetaData xmlns:md="{NS_METADATA}">{envelope}'
        f'<Declaration xmlns="{NS_DEC}">{body}</Declaration></md:MetaData>'
    ).encode()


LINE = (
    "<GovernmentAgencyGoodsItem><SequenceNumeric>{}</SequenceNumeric><Commodity><Description>"
    "{}</Description></Commodity></GovernmentAgencyGoodsItem>"
)
START = "<FunctionCode>9</FunctionCode><FunctionalReferenceID>R1</FunctionalReferenceID>"


def shipment(inner: str) -> bytes:
    return document(f"{START}<GoodsShipment>{inner}</GoodsShipment>")


def test_a_byte_order_mark_comments_and_instructions_are_skipped() -> None:
    data = b"\xef\xbb\xbf<?xml version='1.0'?><?go now?>" + shipment(
        "<!-- one -->" + LINE.format("1", "Cotton <!-- two --> towel")
    )
    batch = h7.decode(data)
    assert batch.rejected.is_empty()
    assert batch.goods_items["description_text"].to_list() == ["Cotton  towel"]


@pytest.mark.parametrize(
    "prolog",
    [
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE a SYSTEM "http://example.org/a.dtd">',
    ],
    ids=["an entity that reads a file", "a document type definition in the network"],
)
def test_a_document_type_definition_is_refused(prolog: str) -> None:
    batch = h7.decode(prolog.encode() + shipment(LINE.format("1", "x")))
    assert batch.consignments.is_empty()
    assert "DOCTYPE" in only(batch, "rejected")[0]["detail"]


def test_several_lines_keep_their_numbers_and_the_code_list_entry_that_counts_comes_first() -> None:
    more = (
        "<GovernmentAgencyGoodsItem><SequenceNumeric>02</SequenceNumeric><Commodity>"
        "<Description>Mug</Description>"
        "<Classification><ID>1234</ID><IdentificationTypeCode>TRA</IdentificationTypeCode>"
        "</Classification>"
        "<Classification><ID>69111000</ID><IdentificationTypeCode>TSP</IdentificationTypeCode>"
        "</Classification></Commodity></GovernmentAgencyGoodsItem>"
    )
    batch = h7.decode(shipment(LINE.format("1", "Towel") + more))
    assert batch.goods_items["item_no"].to_list() == [1, 2]
    second = next(row for row in rows(batch, "goods_items") if row["item_no"] == 2)
    assert (second["hs_code_text"], second["hs_code_type"]) == ("69111000", "TSP")
    assert second["unread"] == {
        "Commodity/Classification[2]/ID": "1234",
        "Commodity/Classification[2]/IdentificationTypeCode": "TRA",
    }


@pytest.mark.parametrize("numbers", [("1", "1"), ("a", "2"), ("0", "1")])
def test_line_numbers_that_are_no_key_are_counted_anew_and_noted(numbers: tuple[str, str]) -> None:
    batch = h7.decode(shipment("".join(LINE.format(n, f"Goods {n}") for n in numbers)))
    assert batch.goods_items["item_no"].to_list() == [1, 2]
    written = leaves(etree.fromstring(h7.encode(batch)))
    assert [text for name, text in written if name == "SequenceNumeric"] == list(numbers)
    assert batch.findings["code"].to_list() == ["format.item_numbers"]
    assert_same(h7.decode(h7.encode(batch)), batch)


def test_the_ioss_party_is_the_fiscal_reference_whatever_its_place() -> None:
    parties = "".join(
        f"<DomesticDutyTaxParty><ID>{i}</ID><RoleCode>{r}</RoleCode></DomesticDutyTaxParty>"
        for i, r in (("GB1", "FR2"), ("IM2760000000", "FR5"))
    )
    batch = h7.decode(shipment(parties))
    head = rows(batch, "consignments")[0]
    assert (head["fiscal_reference"], head["fiscal_role"]) == ("IM2760000000", "FR5")
    assert head["unread"] == {
        "GoodsShipment/DomesticDutyTaxParty[2]/ID": "GB1",
        "GoodsShipment/DomesticDutyTaxParty[2]/RoleCode": "FR2",
    }


def test_people_stand_in_parties_and_nowhere_else() -> None:
    line = (
        "<GovernmentAgencyGoodsItem><SequenceNumeric>{}</SequenceNumeric><Seller><Name>{}</Name>"
        "</Seller></GovernmentAgencyGoodsItem>"
    )
    body = line.format(1, "Ann Lee") + line.format(2, "Bo Chan")
    body += "<Payer><Name>Cy Dean</Name></Payer>"
    batch = h7.decode(shipment(body))
    people = {party["role"]: party for party in rows(batch, "parties")}
    assert people["seller"]["name"] == "Ann Lee"
    assert people["other"]["unread"] == {
        "GoodsShipment/Payer/Name": "Cy Dean",
        "GoodsShipment/GovernmentAgencyGoodsItem[2]/Seller/Name": "Bo Chan",
    }
    rest = repr(rows(batch, "consignments") + rows(batch, "goods_items"))
    assert not any(name in rest for name in ("Ann", "Bo ", "Cy "))
    assert_same(h7.decode(h7.encode(batch)), batch)


def test_a_postal_item_number_among_the_papers_is_the_tracking_number() -> None:
    paper = "<PreviousDocument><ID>LP202607315DE</ID><TypeCode>750</TypeCode></PreviousDocument>"
    assert h7.decode(shipment(paper)).consignments["tracking_id"].to_list() == ["LP202607315DE"]


def test_an_element_of_another_namespace_is_kept_and_comes_back() -> None:
    batch = h7.decode(shipment('<x:Note xmlns:x="urn:x/y">hello</x:Note>'))
    assert rows(batch, "consignments")[0]["unread"] == {"GoodsShipment/{urn:x%2Fy}Note": "hello"}
    assert_same(h7.decode(h7.encode(batch)), batch)


def test_a_bulk_file_gives_each_declaration_and_only_the_broken_one_is_rejected() -> None:
    pieces = [
        shipment(LINE.format("1", name)).replace(b"R1", name.encode())
        for name in ("AA", "BB", "CC")
    ]
    pieces[1] = pieces[1].replace(b"</Commodity>", b"")
    wrapped = f'<t:Declarations xmlns:t="{NS_BULK}">'.encode() + b"\n".join(pieces)
    batch = h7.decode(wrapped + b"</t:Declarations>")
    assert batch.consignments["consignment_id"].to_list() == ["AA", "CC"]
    assert batch.contributions["position"].to_list() == [1, 3]
    row = only(batch, "rejected")[0]
    assert row["position"] == 2
    assert "line 1" in row["detail"]
    assert "BB" in row["raw"]


def test_a_file_that_is_too_large_is_rejected_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tidewaiter.formats.parts.wco_xml.MESSAGE_BYTES_MAX", 100)
    batch = h7.decode(shipment(LINE.format("1", "x")))
    row = only(batch, "rejected")[0]
    assert row["code"] == "format.too_large"
    assert "more than 100; split it" in row["detail"]


def test_the_same_declaration_has_the_same_id_alone_and_in_bulk() -> None:
    one = shipment(LINE.format("1", "Towel"))
    alone = h7.decode(one)
    bulk = f'<Declarations xmlns="{NS_BULK}">'.encode() + one + one + b"</Declarations>"
    together = h7.decode(bulk)
    assert together.contributions["contribution_id"].to_list() == (
        alone.contributions["contribution_id"].to_list()
    )
    assert together.consignments.height == 1


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("40 00 1H7 C07", [("40", "00"), ("1H7", ""), ("C07", "")]),
        ("4000 1H7", [("40", "00"), ("1H7", "")]),
        ("40/00 1H7", [("40", "00"), ("1H7", "")]),
        ("40", [("40", "")]),
        (None, []),
    ],
)
def test_procedure_codes_are_told_apart(text: str | None, pairs: list[tuple[str, str]]) -> None:
    assert procedures(text) == pairs


# --- from commerce data --------------------------------------------------------------------------


def order(**more: Any) -> Batch:
    """A complete order as a shop would hand it over, with what a filing asks for."""
    key = {"consignment_id": "ORD-1", "contribution_id": "orders:1"}
    head = {
        **key,
        "order_id": "ORD-1",
        "tracking_id": "LP202607315DE",
        "freight_text": "4.5",
        "freight_currency_text": "EUR",
        "goods_location": "GBAUBELBFSBEL",
        "fiscal_reference": "IM2760000000",
        "nature_text": "sale",
    }
    item = {
        **key,
        "item_no": 1,
        "description_text": "Cotton bath towel, woven",
        "hs_code_text": "6302.60.00",
        "quantity_text": "2",
        "gross_mass_text": "450",
        "mass_unit": "g",
        "mass_basis": "unit",
        "declared_value_text": "12.5",
        "declared_currency_text": "EUR",
        "value_basis": "unit",
        "country_origin_text": "tr",
    }
    people = [
        {
            "role": "seller",
            "name": "Quay Linen Ltd",
            "street": "7 Dock Road",
            "city": "Izmir",
            "postcode": "35210",
            "country_text": "TR",
        },
        {
            "role": "consignee",
            "name": "Ada Byrne",
            "address": "12 Mill Lane, Belfast",
            "country_text": "XI",
        },
        {"role": "declarant", "id_number": "XI000000000000"},
    ]
    said = {**key, "format": "orders", "view": "order", "position": 1}
    return batch_of([head | more], [item], [{**key, **p} for p in people], [said])


@pytest.mark.requirement("I3")
@pytest.mark.partly("H7 only, as filed in CDS for Northern Ireland; informal entry is not built")
def test_a_complete_order_becomes_a_valid_declaration_with_nothing_missing() -> None:
    batch = order()
    assert h7.missing_for_filing(batch).is_empty()
    data = h7.encode(batch)
    assert_valid(data)
    again = h7.decode(data)
    item = rows(again, "goods_items")[0]
    assert item["gross_mass_text"] == "0.9"
    assert (item["mass_unit"], item["mass_basis"]) == ("KGM", "total")
    assert (item["declared_value_text"], item["value_basis"]) == ("25.00", "total")
    assert (item["hs_code_text"], item["hs_code_type"]) == ("63026000", "TSP")
    assert item["procedure_codes"] == "40 00 1H7 C07 F48"
    head = rows(again, "consignments")[0]
    assert head["declaration_type"] == "IMD"
    assert head["transport_mode_text"] == "5"
    assert (head["fiscal_reference"], head["fiscal_role"]) == ("IM2760000000", "FR5")
    assert (head["house_document"], head["house_document_type"]) == ("LP202607315DE", "750")
    people = {party["role"]: party for party in rows(again, "parties")}
    assert people["importer"]["street"] == "12 Mill Lane, Belfast"
    assert people["consignor"]["name"] == "Quay Linen Ltd"


def test_what_a_filing_lacks_is_said_element_by_element() -> None:
    batch = order(freight_text=None, goods_location=None)
    batch = batch.with_frames(parties=batch.parties.filter(batch.parties["role"] != "declarant"))
    found = h7.missing_for_filing(batch)
    assert set(found["code"]) == {"format.missing_mandatory"}
    assert found.select("field", "detail").rows() == [
        (
            "consignments.goods_location",
            "GoodsShipment/Consignment/GoodsLocation/Name",
        ),
        ("consignments.freight_text", "GoodsShipment/CustomsValuation/FreightChargeAmount"),
        ("parties.id_number", "Declarant/ID"),
    ]
    assert_valid(h7.encode(batch))


def test_a_text_that_is_too_long_is_cut_and_that_is_said() -> None:
    batch = order()
    long = batch.parties.with_columns(city=batch.parties["city"] + "x" * 40)
    batch = batch.with_frames(parties=long)
    found = h7.missing_for_filing(batch)
    assert found["code"].to_list() == ["format.value_cut"]
    assert found["field"].to_list() == ["parties.city"]
    assert_valid(h7.encode(batch))


# --- properties ----------------------------------------------------------------------------------

S10 = codes("[A-Z]{2}[0-9]{9}[A-Z]{2}")


@st.composite
def party_rows(draw: st.DrawFn) -> list[Row]:
    found = []
    for role in draw(st.sets(st.sampled_from(sorted(role.value for role in ROLES.values())))):
        columns = ("name", "id_number", "street", "city", "region", "postcode", "country_text")
        row = {column: draw(maybe(texts())) for column in columns}
        row |= draw(st.sampled_from([{}, {"email": "a@b.example"}, {"phone": "+44 1"}]))
        if any(row.values()):
            found.append({"role": role, **row})
    return found


@st.composite
def paper_lists(draw: st.DrawFn, *, previous: bool = True) -> str | None:
    entries: list[Row] = []
    for kind, keys in (
        ("document", ("category", "type", "id", "name", "exemption")),
        ("information", ("code", "text", "type")),
        ("previous", ("category", "type", "id", "line")),
    ):
        for _ in range(draw(st.integers(0, 2 if previous or kind != "previous" else 0))):
            given_keys = draw(st.sets(st.sampled_from(keys), min_size=1))
            entries.append({"kind": kind, **{k: draw(texts().filter(not_s10)) for k in given_keys}})
    return json.dumps(entries) if entries else None


def not_s10(text: str) -> bool:
    return not re.fullmatch("[A-Z]{2}[0-9]{9}[A-Z]{2}", text)


@st.composite
def item_rows(draw: st.DrawFn) -> Row:
    row: Row = {
        "description_text": draw(maybe(texts(40))),
        "hs_code_text": draw(maybe(texts())),
        "hs_code_type": draw(maybe(texts(3))),
        "package_count_text": draw(maybe(figures)),
        "country_origin_text": draw(maybe(texts(2))),
        "procedure_codes": draw(st.sampled_from([None, "40 00", "40 00 1H7 C07", "1H7 40 00"])),
        "documents": draw(paper_lists()),
    }
    masses = {"gross_mass_text": draw(maybe(figures)), "net_mass_text": draw(maybe(figures))}
    if any(masses.values()):
        masses |= {"mass_unit": draw(st.sampled_from(["KGM", "GRM"])), "mass_basis": "total"}
    value = draw(maybe(figures))
    if value:
        row |= {"declared_value_text": value, "value_basis": "total"}
        row["declared_currency_text"] = draw(maybe(texts(3)))
    extra = draw(
        st.sampled_from(
            [
                {},
                {"StatisticalValueAmount": "7", "StatisticalValueAmount@currencyID": "GBP"},
                {"Commodity/DutyTaxFee/TypeCode": "A00", "Commodity/DutyTaxFee[2]/TypeCode": "B00"},
            ]
        )
    )
    return row | masses | {"unread": json.dumps(extra) if extra else None}


@st.composite
def batches(draw: st.DrawFn) -> Batch:
    heads, items, people, said = [], [], [], []
    names = draw(st.lists(texts(), min_size=1, max_size=3, unique=True))
    for position, name in enumerate(names, start=1):
        key = {"consignment_id": name, "contribution_id": f"h7:{position}"}
        house = draw(maybe(texts() | S10))
        head: Row = {
            **key,
            "declaration_ref": name,
            "message_function": draw(texts(2)),
            "house_document": house,
            "house_document_type": draw(st.sampled_from(["271", "750"])) if house else None,
            "house_document_category": draw(maybe(texts(1))) if house else None,
            "tracking_id": house if house and not not_s10(house) else None,
            "goods_location": draw(st.sampled_from([None, "GBAUBELBFSBEL", "shed 4"])),
            # Without a parcel's own paper the first of the list would be it.
            "documents": draw(paper_lists(previous=house is not None)),
            "unread": draw(st.sampled_from([None, '{"ExitOffice/ID": "GB1"}'])),
        }
        for column in (
            "entry_number",
            "declaration_type",
            "item_count_text",
            "customs_office",
            "package_count_text",
            "representative_status",
            "transport_mode_text",
            "nature_text",
            "country_destination_text",
            "country_departure_text",
            "fiscal_reference",
            "fiscal_role",
            "incoterm",
            "ucr",
        ):
            head[column] = draw(maybe(texts()))
        head["message_at_text"] = draw(st.sampled_from([None, "20260701", "20260701101500Z"]))
        for value, unit in (
            ("total_value_text", "total_currency_text"),
            ("freight_text", "freight_currency_text"),
            ("gross_mass_text", "gross_mass_unit"),
        ):
            head[value] = draw(maybe(figures))
            head[unit] = draw(texts(3)) if head[value] else None
        parties = draw(party_rows())
        declarant = next((p for p in parties if p["role"] == "declarant"), {})
        heads.append(head)
        people += [{**key, **party} for party in parties]
        numbers = draw(st.lists(st.integers(1, 999), max_size=3, unique=True))
        items += [{**key, **draw(item_rows()), "item_no": number} for number in numbers]
        said.append(
            {
                **key,
                "format": "h7",
                "view": "declaration",
                "sender": declarant.get("id_number"),
                "message_id": name,
                "said_at_text": head["message_at_text"],
            }
        )
    return batch_of(heads, items, people, said)


@pytest.mark.requirement("A2")
@pytest.mark.partly("H7 is one of the message types")
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(batches())
def test_what_is_written_is_read_back_the_same(batch: Batch) -> None:
    again = h7.decode(h7.encode(batch))
    assert again.rejected.is_empty()
    assert_same(again, batch)


@st.composite
def orders(draw: st.DrawFn) -> Batch:
    """Whatever a shop may hand over: long texts, odd units, missing things."""
    key = {"consignment_id": draw(texts(40)), "contribution_id": "orders:1"}
    wild = maybe(st.text(max_size=90))
    word = maybe(st.sampled_from(["", "kg", "g", "oz", "EUR", "eur", "12", "12,5", "0.5", "FR"]))
    columns = Batch().consignments.columns
    text_columns = [c for c in columns if not c.startswith(("known", "security", "con", "unread"))]
    head = {c: draw(word if c.endswith(("_text", "_unit")) else wild) for c in text_columns}
    item_columns = [c for c in Batch().goods_items.columns if c.endswith(("_text", "_unit"))]
    items = [
        {
            **key,
            "item_no": number,
            **{c: draw(word) for c in item_columns},
            "description_text": draw(wild),
            "value_basis": draw(st.sampled_from([None, "unit", "total"])),
        }
        for number in range(1, draw(st.integers(0, 2)) + 1)
    ]
    people = []
    for role in draw(st.sets(st.sampled_from(["seller", "consignee", "buyer", "declarant"]))):
        given_columns = ("name", "address", "street", "city", "postcode", "email", "id_number")
        people.append({**key, "role": role, **{c: draw(wild) for c in given_columns}})
    said = [{**key, "format": "orders", "view": "order", "position": 1}]
    return batch_of([{**key, **head}], items, people, said)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(orders())
def test_whatever_a_shop_hands_over_the_declaration_is_schema_valid(batch: Batch) -> None:
    assert_valid(h7.encode(batch))


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_damaged_document_is_read_or_rejected_but_never_crashes(data: st.DataObject) -> None:
    whole = shipment(LINE.format("1", "Cotton towel"))
    start = data.draw(st.integers(0, len(whole)))
    stop = data.draw(st.integers(start, len(whole)))
    batch = h7.decode(whole[:start] + data.draw(st.binary(max_size=6)) + whole[stop:])
    assert batch.consignments.height + batch.rejected.height == 1


ELEMENTS = [
    "GovernmentAgencyGoodsItem",
    "AdditionalDocument",
    "PreviousDocument",
    "Seller",
    "Address",
    "Commodity",
    "Classification",
    "GoodsMeasure",
    "GrossMassMeasure",
    "NetNetWeightMeasure",
    "GovernmentProcedure",
    "CurrentCode",
    "PreviousCode",
    "DomesticDutyTaxParty",
    "RoleCode",
    "Consignment",
    "GoodsLocation",
    "Packaging",
    "SequenceNumeric",
    "ID",
    "Name",
    "TypeCode",
    "CountryCode",
    "Line",
    "CustomsValueAmount",
    "Strange",
]
LEAVES = st.sampled_from(["", "1", "40", "FR5", "MCR", "TSP", "GB", "LP202607315DE", "a b"])
NODES = st.recursive(
    LEAVES,
    lambda inner: st.lists(st.tuples(st.sampled_from(ELEMENTS), inner, st.booleans()), max_size=5),
    max_leaves=30,
)


def xml_of(node: Any) -> str:
    if isinstance(node, str):
        return node
    unit = ' unitCode="GRM"'
    return "".join(
        f"<{name}{unit if marked else ''}>{xml_of(inner)}</{name}>" for name, inner, marked in node
    )


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(NODES, NODES)
def test_whatever_elements_stand_where_the_reader_looks_it_does_not_crash(
    head: Any, inside: Any
) -> None:
    body = f"<FunctionCode>9</FunctionCode>{xml_of(head)}<GoodsShipment>{xml_of(inside)}"
    batch = h7.decode(document(f"{body}</GoodsShipment>"))
    assert batch.consignments.height == 1
    again = h7.decode(h7.encode(batch))
    assert_same(again, batch, ("source", "position", "consignment_id"))


def test_orders_of_the_lane_become_valid_declarations() -> None:
    lines = shared("wco_lane/sample/orders.csv").read_bytes().split(b"\n")[:120]
    batch = orders_format.decode(b"\n".join([*lines, b""]))
    assert batch.consignments.height > 50
    assert_valid(h7.encode(batch))
    lacks = set(h7.missing_for_filing(batch)["detail"])
    assert "Declarant/ID" in lacks
    assert "Commodity/Description" not in lacks


def test_files_are_told_apart() -> None:
    assert h7.FORMAT.sniff(document(START)[:512], "a.xml") > 0.9
    assert h7.FORMAT.sniff(b"order_id,timestamp", "orders.csv") == 0.0
    assert h7.FORMAT.sniff(b'{"format":"tidewaiter-consignment/1"}', "a.json") == 0.0


def test_two_batches_put_together_are_written_as_one_bulk_file() -> None:
    one = h7.decode(shipment(LINE.format("1", "Towel")))
    two = h7.decode(shipment(LINE.format("1", "Mug")).replace(b"R1", b"R2"))
    both = concat([one, two])
    data = h7.encode(both)
    assert data.startswith(b"<?xml")
    assert NS_BULK.encode() in data
    assert_same(h7.decode(data), both)
    assert_valid(data)


def test_samples_folder_is_where_the_tests_expect_it() -> None:
    assert Path(shared(SAMPLES)).is_dir()
