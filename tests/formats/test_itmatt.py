from __future__ import annotations

import csv
import io
import json
import time
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.formats.drawn import Row, assert_same, batch_of, codes, figures, maybe, rows, texts
from tidewaiter.formats import itmatt, itmatt_csv
from tidewaiter.formats.parts.draft import to_json
from tidewaiter.vocabulary.batch import Batch, concat

BOTH = {"itmatt": itmatt, "itmatt-csv": itmatt_csv}


def item() -> Row:
    """A made-up item with every kind of field."""
    return {
        "MESG_TYPE_CD": "ITMATT",
        "ITEM_ID": "LP202607315DE",
        "LOCALID": "00340434",
        "DECLARATION_PID": "D-1",
        "POSTINGDT": "20260701",
        "ORIGPOST_ORG_CD": "DEA",
        "DESTPOST_ORG_CD": "GBA",
        "POST_ORG_CD": "DEA",
        "CUST_ORG_CD": "GBC",
        "MAIL_CLASS_CD": "C",
        "HANDLING_CLASS_CD": "EX",
        "TRANS_MODE": "air",
        "NATURE_TYPE_CD": "11",
        "GROSS_WT": "0.450",
        "TOT_DECL_VAL": "25.00",
        "TOT_DECL_VAL_CURRCD": "EUR",
        "POSTAGE_AMT": "4.50",
        "POSTAGE_AMT_CURRCD": "EUR",
        "INS_VAL": "50",
        "INS_VAL_CURRCD": "XDR",
        "LENGTH": "30.0",
        "WIDTH": "20.5",
        "HEIGHT": "10.0",
        "RECEPTACLE_ID": "DEFRAAGBLALBAUN60001001000045",
        "ORDER_REF": "ORD-7",
        "FISCAL_REF": "IM2760000000",
        "FISCAL_ROLE": "FR5",
        "SEND_NAME": "Quay Linen Ltd",
        "SEND_ADD1": "7 Dock Road",
        "SEND_ADD2": "Unit 2",
        "SEND_CITY": "Hamburg",
        "SEND_ZIP": "20459",
        "SEND_CNTRY_CD": "DE",
        "SEND_TAXID": "DE0",
        "SEND_FAX": "+49 40 2",
        "RECP_FNAME": "Ada",
        "RECP_LNAME": "Byrne",
        "RECP_ADD1": "12 Mill Lane",
        "RECP_CITY": "Belfast",
        "RECP_STATE": "Antrim",
        "RECP_ZIP": "BT1 1AA",
        "RECP_CNTRY_CD": "GB",
        "RECP_PHONE": "+44 28 1",
        "RECP_EMAILID": "ada@example.org",
        "RECP_IDREF": "GB0",
        "CONTENT_PIECES": [
            {
                "CP_DESC": "cotton bath towel",
                "CP_HS": "630260",
                "CP_NOU": "2",
                "CP_NETWT": "0.4",
                "CP_AMT": "20.00",
                "CP_CURRCD": "EUR",
                "CP_ORIGCNTRYCD": "TR",
                "CP_GTIN": "9521101530001",
                "CP_SKU": "T-1",
                "CP_URL": "https://shop.example/7",
                "CP_REVISEDHS": "630291",
            },
            {"CP_DESC": "soap dish", "CP_AMT": "5.00", "CP_CURRCD": "EUR"},
        ],
    }


def as_csv(found: Row) -> bytes:
    head = {name: value for name, value in found.items() if name != "CONTENT_PIECES"}
    pieces = found["CONTENT_PIECES"]
    out = io.StringIO()
    writer = csv.DictWriter(out, [*head, *dict.fromkeys(name for p in pieces for name in p)])
    writer.writeheader()
    for piece in pieces:
        writer.writerow(head | piece)
    return out.getvalue().encode()


@pytest.mark.requirement("A2")
@pytest.mark.partly(
    "ITMATT-shaped; UPU M33 and M43 are not public, so no message of theirs was read"
)
@pytest.mark.parametrize("form", ["json", "indented json", "csv"])
def test_each_field_lands_in_its_column(form: str) -> None:
    data = {
        "json": json.dumps(item()).encode(),
        "indented json": json.dumps([item()], indent=1).encode(),
        "csv": as_csv(item()),
    }[form]
    batch = (itmatt_csv if form == "csv" else itmatt).decode(data, source="x", position=4)
    assert batch.rejected.is_empty()
    assert batch.findings.is_empty()
    key = {"consignment_id": "LP202607315DE"}
    assert rows(batch, "consignments") == [
        {
            **key,
            "tracking_id": "LP202607315DE",
            "house_document": "00340434",
            "declaration_ref": "D-1",
            "declaration_type": "ITMATT",
            "message_at_text": "20260701",
            "customs_office": "GBC",
            "mail_class": "C",
            "transport_mode_text": "air",
            "nature_text": "11",
            "gross_mass_text": "0.450",
            "gross_mass_unit": "kg",
            "total_value_text": "25.00",
            "total_currency_text": "EUR",
            "freight_text": "4.50",
            "freight_currency_text": "EUR",
            "insured_text": "50",
            "insured_currency_text": "XDR",
            "dimensions_text": "30.0 x 20.5 x 10.0 cm",
            "receptacle_id": "DEFRAAGBLALBAUN60001001000045",
            "order_id": "ORD-7",
            "fiscal_reference": "IM2760000000",
            "fiscal_role": "FR5",
            "country_departure_text": "DE",
            "country_destination_text": "GB",
            "unread": {
                "HANDLING_CLASS_CD": "EX",
                "ORIGPOST_ORG_CD": "DEA",
                "DESTPOST_ORG_CD": "GBA",
            },
        }
    ]
    first, second = sorted(rows(batch, "goods_items"), key=lambda row: row["item_no"])
    assert first == {
        **key,
        "item_no": 1,
        "description_text": "cotton bath towel",
        "hs_code_text": "630260",
        "quantity_text": "2",
        "net_mass_text": "0.4",
        "mass_unit": "kg",
        "mass_basis": "total",
        "declared_value_text": "20.00",
        "declared_currency_text": "EUR",
        "value_basis": "total",
        "country_origin_text": "TR",
        "gtin_text": "9521101530001",
        "sku": "T-1",
        "listing_url": "https://shop.example/7",
        "unread": {"CP_REVISEDHS": "630291"},
    }
    assert second == {
        **key,
        "item_no": 2,
        "description_text": "soap dish",
        "declared_value_text": "5.00",
        "declared_currency_text": "EUR",
        "value_basis": "total",
    }
    people = {row.pop("role"): row for row in rows(batch, "parties")}
    assert people["consignor"] == {
        **key,
        "name": "Quay Linen Ltd",
        "street": "7 Dock Road",
        "street_extra": "Unit 2",
        "city": "Hamburg",
        "postcode": "20459",
        "country_text": "DE",
        "tax_id": "DE0",
        "unread": {"SEND_FAX": "+49 40 2"},
    }
    assert people["consignee"] == {
        **key,
        "name": "Ada Byrne",
        "street": "12 Mill Lane",
        "city": "Belfast",
        "region": "Antrim",
        "postcode": "BT1 1AA",
        "country_text": "GB",
        "phone": "+44 28 1",
        "email": "ada@example.org",
        "id_number": "GB0",
        "unread": {"RECP_FNAME": "Ada", "RECP_LNAME": "Byrne"},
    }
    said = batch.contributions.to_dicts()[0]
    assert (said["sender"], said["said_at_text"], said["position"]) == ("DEA", "20260701", 5)


@pytest.mark.parametrize("module", BOTH.values(), ids=BOTH)
def test_an_item_goes_out_as_it_came_in(module: Any) -> None:
    batch = itmatt.decode(json.dumps(item()).encode())
    data = module.encode(batch)
    if module is itmatt:
        assert json.loads(data) == item()
    else:
        cells = list(csv.DictReader(io.StringIO(data.decode())))
        pieces = item()["CONTENT_PIECES"]
        head = {name: value for name, value in item().items() if name != "CONTENT_PIECES"}
        for row, piece in zip(cells, pieces, strict=True):
            assert {name: value for name, value in row.items() if value} == head | piece
    assert_same(module.decode(data), batch, ("source", "position", "format"))


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b'{"ITEM_ID":"A","CP_DESC":"mug","CP_AMT":"3"}', "one piece beside the item's fields"),
        (b'{"ITEM_ID":"A","PIECES":[{"CP_DESC":"mug","CP_AMT":"3"}]}', "another name of the list"),
        (b'{"ITEM_ID":"A","CONTENT_PIECES":[{"CP_DESC":"mug","CP_AMT":3}]}', "an amount as number"),
        (b'{"ITEM_ID": "A", "CONTENT_PIECES": [{"CP_AMT": "3", "CP_DESC": "mug"}]}', "blanks"),
        (b'{"ITEM_ID":"A","LOCALID":null,"SEND_NAME":" ","CP_DESC":"mug","CP_AMT":"3"}', "empties"),
    ],
)
def test_other_ways_to_write_the_same_item_are_read_the_same(data: bytes, what: str) -> None:
    plain = b'{"ITEM_ID":"A","CONTENT_PIECES":[{"CP_DESC":"mug","CP_AMT":"3"}]}'
    other = b"".join(b'{"ITEM_ID":"B%d"}\n' % number for number in range(itmatt.TOGETHER_MIN))
    for one in (data, other + data, data + b"\n" + other):
        found = itmatt.decode(one)
        found = Batch(
            **{
                name: frame.filter(pl.col("consignment_id") == "A")
                for name, frame in found.frames().items()
                if name in ("consignments", "goods_items", "parties", "contributions")
            }
        )
        assert_same(found, itmatt.decode(plain)), what


def test_a_code_that_came_as_a_number_is_noted() -> None:
    data = (
        b'{"ITEM_ID":"A","RECP_ZIP":1067,"CONTENT_PIECES":[{"CP_DESC":"a","CP_HS":10121}]}\n'
        b'{"ITEM_ID":40000005,"CONTENT_PIECES":[{"CP_DESC":"b","CP_NOU":2,"CP_AMT":0.10}]}\n'
    )
    batch = itmatt.decode(data)
    found = batch.findings.select("consignment_id", "item_no", "code", "field", "seen").rows()
    assert sorted(found, key=str) == [
        ("40000005", None, "format.code_as_number", "consignments.tracking_id", "40000005"),
        ("A", 1, "format.code_as_number", "goods_items.hs_code_text", "10121"),
        ("A", None, "format.code_as_number", "parties.postcode", "1067"),
    ]
    assert batch.goods_items["declared_value_text"].to_list() == [None, "0.10"]


@pytest.mark.parametrize("many", [0, 40], ids=["few lines", "many lines"])
def test_a_broken_line_does_not_stop_the_others_and_order_is_kept(many: int) -> None:
    good = [json.dumps({"ITEM_ID": name, "CP_DESC": "x"}).encode() for name in "ABC"]
    more = [b'{"ITEM_ID":"P%d"}' % number for number in range(many)]
    bad = [b'{"ITEM_ID": "X"', b'"text"', b'{"colour":"red"}']
    batch = itmatt.decode(b"\n".join([good[0], *bad, *good[1:], *more]), source="f")
    assert batch.consignments["consignment_id"].to_list()[:3] == ["A", "B", "C"]
    assert batch.consignments.height == 3 + many
    assert batch.contributions["position"].to_list()[:3] == [1, 5, 6]
    assert batch.rejected["position"].to_list() == [2, 3, 4]
    sentences = batch.rejected["detail"].to_list()
    assert "line 1, column" in sentences[0]
    assert "no JSON object" in sentences[1]
    assert "neither ITEM_ID nor CONTENT_PIECES" in sentences[2]


def test_the_same_line_twice_counts_once() -> None:
    line = json.dumps(item()).encode()
    batch = itmatt.decode(line + b"\n" + line + b"\n")
    assert (batch.consignments.height, batch.goods_items.height) == (1, 2)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"ITEM,CP_DESC\nA,x\n", "the header names no column ITEM_ID; nearest in the header: ITEM"),
        (b'ITEM_ID,CP_DESC\nA,"x\n', "record 1 has a quotation mark that is not closed"),
        (b"ITEM_ID,CP_DESC\nA,x,y\n", "record 1 has 3 fields, the header names 2"),
    ],
)
def test_a_broken_table_is_rejected_with_a_sentence(data: bytes, sentence: str) -> None:
    batch = itmatt_csv.decode(data)
    assert sentence in batch.rejected["detail"][0]


def test_rows_of_an_item_may_leave_its_fields_empty_but_not_contradict_them() -> None:
    data = (
        b"ITEM_ID,POSTINGDT,SEND_NAME,CP_DESC\n"
        b"A,20260701,Quay,towel\nA,,,mug\nA,20260702,Quay,bowl\nB,20260703,,pen\n"
    )
    batch = itmatt_csv.decode(data)
    assert batch.consignments["message_at_text"].to_list() == ["20260701", "20260703"]
    assert batch.goods_items["item_no"].to_list() == [1, 2, 3, 1]
    found = batch.findings.select("consignment_id", "code", "detail").rows()
    assert found == [("A", "format.item_rows_disagree", "POSTINGDT")]
    assert json.loads(batch.goods_items["unread"][2]) == {"POSTINGDT": "20260702"}
    assert_same(itmatt_csv.decode(itmatt_csv.encode(batch)), batch)


def test_a_file_that_is_too_large_is_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (itmatt, itmatt_csv):
        monkeypatch.setattr(module, "MESSAGE_BYTES_MAX", 10)
    monkeypatch.setattr("tidewaiter.formats.parts.json_messages.MESSAGE_BYTES_MAX", 10)
    for module in (itmatt, itmatt_csv):
        batch = module.decode(b'{"ITEM_ID":"A"}\n{"ITEM_ID":"B"}\n')
        assert batch.rejected["code"].to_list() == ["format.too_large"]


# --- from commerce data --------------------------------------------------------------------------


@pytest.mark.requirement("I3")
@pytest.mark.partly("postal item from an order; informal and mail entry are not built")
@pytest.mark.parametrize("module", BOTH.values(), ids=BOTH)
def test_an_order_becomes_an_item_in_kilograms_and_whole_amounts(module: Any) -> None:
    key = {"consignment_id": "ORD-1", "contribution_id": "orders:1"}
    head = {**key, "order_id": "ORD-1", "gross_mass_text": "16", "gross_mass_unit": "oz"}
    line: Row = {
        **key,
        "item_no": 1,
        "title": "Towel",
        "quantity_text": "3",
        "net_mass_text": "120",
        "mass_unit": "g",
        "mass_basis": "unit",
        "declared_value_text": "12.50",
        "declared_currency_text": "EUR",
        "value_basis": "unit",
        "unread": '{"colour":"red"}',
    }
    people = [
        {**key, "role": "seller", "name": "Quay", "country_text": "TR"},
        {**key, "role": "buyer", "name": "Bo", "address": "1 Pier, Reno", "country_text": "US"},
        {**key, "role": "consignee", "name": "Ada", "address": "2 Pier", "country_text": "US"},
    ]
    said = [{**key, "format": "orders", "view": "order", "position": 1}]
    batch = batch_of([head], [line, {**line, "item_no": 2}], people, said)
    again = module.decode(module.encode(batch))
    found = rows(again, "consignments")[0]
    assert found["house_document"] == "ORD-1"
    assert found["gross_mass_text"] == "0.454"
    assert (found["total_value_text"], found["total_currency_text"]) == ("75", "EUR")
    assert (found["country_departure_text"], found["country_destination_text"]) == ("TR", "US")
    assert "unread" not in found
    first = rows(again, "goods_items")[0]
    assert first["description_text"] == "Towel"
    assert (first["net_mass_text"], first["declared_value_text"]) == ("0.36", "37.5")
    assert "unread" not in first
    names = {row["role"]: row for row in rows(again, "parties")}
    assert names["consignor"]["name"] == "Quay"
    assert names["consignee"]["name"] == "Ada"
    assert names["consignee"]["street"] == "2 Pier"


# --- properties ----------------------------------------------------------------------------------

PARTY_TEXTS = (
    "name",
    "company",
    "street",
    "street_extra",
    "city",
    "region",
    "postcode",
    "phone",
    "email",
    "id_number",
    "tax_id",
)
HEAD_TEXTS = (
    "house_document",
    "declaration_ref",
    "declaration_type",
    "message_at_text",
    "customs_office",
    "mail_class",
    "transport_mode_text",
    "nature_text",
    "total_value_text",
    "total_currency_text",
    "freight_text",
    "freight_currency_text",
    "insured_text",
    "insured_currency_text",
    "order_id",
    "receptacle_id",
    "fiscal_reference",
    "fiscal_role",
)


@st.composite
def batches(draw: st.DrawFn, form: str) -> Batch:
    heads, items, people, said = [], [], [], []
    for name in draw(st.lists(texts(), min_size=1, max_size=4, unique=True)):
        key = {"consignment_id": name, "contribution_id": f"{form}:{name}"}
        weight = draw(maybe(figures))
        extra: Row = draw(st.sampled_from([{}, {"HANDLING_CLASS_CD": "EX"}, {"Größe": 'a"b'}]))
        extra = dict(extra)
        countries: Row = {}
        for field, column in (
            ("ORIGPOST_ORG_CD", "country_departure_text"),
            ("DESTPOST_ORG_CD", "country_destination_text"),
        ):
            code = draw(maybe(codes("[A-Z]{2,3}")))
            countries[column] = code[:2] if code else None
            if code and len(code) == 3:
                extra[field] = code
        heads.append(
            {
                **key,
                "tracking_id": name,
                "gross_mass_text": weight,
                "gross_mass_unit": "kg" if weight else None,
                "dimensions_text": draw(st.sampled_from([None, "1 x 2,5 x 3.0 cm"])),
                **{column: draw(maybe(texts())) for column in HEAD_TEXTS},
                **countries,
                "unread": json.dumps(extra) if extra else None,
            }
        )
        for role, prefix in (("consignor", "SEND"), ("consignee", "RECP")):
            row: Row = {column: draw(maybe(texts())) for column in PARTY_TEXTS}
            row["country_text"] = draw(maybe(texts(2)))
            if draw(st.booleans()):
                row["unread"] = json.dumps({f"{prefix}_FNAME": "Ada", f"{prefix}_LNAME": "Byrne"})
                row["name"] = row["name"] or "Ada Byrne"
            if any(row.values()):
                people.append({**key, "role": role, **row})
        for item_no in range(1, draw(st.integers(0, 3)) + 1):
            mass, value = draw(maybe(figures)), draw(maybe(figures))
            items.append(
                {
                    **key,
                    "item_no": item_no,
                    "description_text": draw(texts(40)),
                    "hs_code_text": draw(maybe(texts())),
                    "quantity_text": draw(maybe(texts())),
                    "net_mass_text": mass,
                    "mass_unit": "kg" if mass else None,
                    "mass_basis": "total" if mass else None,
                    "declared_value_text": value,
                    "value_basis": "total" if value else None,
                    "declared_currency_text": draw(maybe(texts())),
                    "country_origin_text": draw(maybe(texts())),
                    "gtin_text": draw(maybe(texts())),
                    "sku": draw(maybe(texts())),
                    "listing_url": draw(maybe(texts())),
                    "unread": draw(st.sampled_from([None, '{"CP_REVISEDHS":"630291"}'])),
                }
            )
        sender = extra.get("ORIGPOST_ORG_CD") or countries["country_departure_text"]
        said.append(
            {
                **key,
                "format": form,
                "view": "postal",
                "sender": sender,
                "message_id": name,
                "said_at_text": heads[-1]["message_at_text"],
            }
        )
    return batch_of(heads, items, people, said)


@pytest.mark.requirement("A2")
@pytest.mark.partly("ITMATT-shaped; UPU M33 is not public")
@pytest.mark.parametrize("form", BOTH)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_what_is_written_is_read_back_the_same(form: str, data: st.DataObject) -> None:
    batch = data.draw(batches(form))
    again = BOTH[form].decode(BOTH[form].encode(batch))
    assert again.rejected.is_empty()
    assert_same(again, batch)


VALUES = (
    st.none()
    | st.booleans()
    | st.integers(-5, 5)
    | st.floats(allow_nan=False, allow_infinity=False, width=32)
    | st.sampled_from(["", " ", "A", "DEA", "0.10", '":"', "a\u0000b", "ü", '\\":1'])
    | st.lists(st.none(), max_size=1)
    | st.dictionaries(st.just("x"), st.none(), max_size=1)
)
FIELDS = [
    "ITEM_ID",
    "LOCALID",
    "ORIGPOST_ORG_CD",
    "GROSS_WT",
    "LENGTH",
    "WIDTH",
    "HEIGHT",
    "SEND_NAME",
    "SEND_FNAME",
    "RECP_ZIP",
    "CP_HS",
    "CP_AMT",
    "CP_DESC",
    "colour",
    "unread",
    "CONTENT_PIECES",
]
OBJECTS = st.dictionaries(
    st.sampled_from(FIELDS),
    VALUES | st.lists(st.dictionaries(st.sampled_from(FIELDS[9:]), VALUES, max_size=4), max_size=2),
    max_size=6,
)


@settings(max_examples=200, deadline=None)
@given(st.lists(OBJECTS, min_size=2, max_size=4), st.booleans())
def test_lines_read_at_once_are_read_as_the_careful_reader_reads_them(
    found: list[Row], ascii_only: bool
) -> None:
    written = [json.dumps(one, ensure_ascii=ascii_only, separators=(",", ":")) for one in found]
    plain = [f'{{"ITEM_ID":"P{number}"}}' for number in range(itmatt.TOGETHER_MIN)]
    together = itmatt.decode("\n".join([*plain, *written]).encode())
    array = itmatt.decode(f"[{','.join([*plain, *written])}]".encode())
    assert_same(together, array, ("source", "consignment_id"))
    for name in ("findings", "rejected"):
        left = ("consignment_id", "raw")
        assert rows(together, name, left) == rows(array, name, left)


def test_lines_as_we_write_them_have_the_id_of_the_object_alone() -> None:
    batch = itmatt.decode(json.dumps(item()).encode())
    line = itmatt.encode(batch)
    alone = itmatt.decode(b"[" + line + b"]")
    among = itmatt.decode(line + b'{"ITEM_ID":"Z"}\n' * itmatt.TOGETHER_MIN)
    assert alone.contributions["contribution_id"][0] == among.contributions["contribution_id"][0]


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_a_damaged_file_is_read_or_rejected_but_never_crashes(data: st.DataObject) -> None:
    whole = data.draw(st.sampled_from([json.dumps(item()).encode(), as_csv(item())]))
    start = data.draw(st.integers(0, len(whole)))
    stop = data.draw(st.integers(start, min(len(whole), start + 40)))
    torn = whole[:start] + data.draw(st.binary(max_size=6)) + whole[stop:]
    for module in BOTH.values():
        batch = module.decode(torn)
        assert_same(
            module.decode(module.encode(batch)), batch, ("source", "position", "consignment_id")
        )


def test_files_are_told_apart() -> None:
    head = json.dumps(item()).encode()[:512]
    assert itmatt.FORMAT.sniff(head, "x.json") > 0.5
    assert itmatt_csv.FORMAT.sniff(as_csv(item())[:2048], "x.csv") > 0.9
    assert itmatt_csv.FORMAT.sniff(b"order_id,timestamp,item_price_inr\n", "x.csv") == 0
    assert itmatt.FORMAT.sniff(b'{"format":"tidewaiter-consignment/1"}', "x.json") == 0


@pytest.mark.requirement("X1")
@pytest.mark.partly("reading of one format only; the whole flow is measured in bench/")
def test_a_hundred_thousand_rows_are_read_in_a_few_seconds() -> None:
    head = b"ITEM_ID,POSTINGDT,SEND_NAME,RECP_NAME,RECP_ZIP,CP_DESC,CP_HS,CP_AMT,CP_CURRCD\n"
    line = b"LP%09dDE,20260701,Quay Linen,Ada Byrne,BT1 1AA,cotton towel,630260,12.50,EUR\n"
    data = head + b"".join(line % (number // 2) for number in range(100_000))
    start = time.process_time()
    batch = itmatt_csv.decode(data)
    spent = time.process_time() - start
    assert (batch.goods_items.height, batch.consignments.height) == (100_000, 50_000)
    assert spent < 5, f"{spent:.1f} s of processor time"


def test_two_batches_go_out_together_in_both_forms() -> None:
    one = itmatt.decode(json.dumps(item()).encode())
    two = itmatt.decode(to_json({"ITEM_ID": "Z", "CP_DESC": "mug"}).encode())
    both = concat([one, two])
    for module in BOTH.values():
        assert_same(module.decode(module.encode(both)), both, ("source", "position", "format"))
