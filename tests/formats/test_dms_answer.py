from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.formats.drawn import Row, rows
from tests.shared_data import shared
from tidewaiter.formats import dms_answer, get, h7
from tidewaiter.formats.parts.wco_dec import NS_METADATA, NS_RES

SAMPLES = "messages/hmrc/samples"
REFERENCE = "4.1.0CDSP10284_TC02_18"
MRN = "23GB5SCPZSPYDAUAA1"
ANSWERS: dict[str, Row] = {
    "1_DMSRCV_Function_Code_02.xml": {
        "message_function": "02",
        "message_at_text": "20230526203214+01",
        "unread": {"Declaration/VersionID": "1"},
    },
    "2_DMSRCV_2__Function_Code_02.xml": {
        "consignment_id": "M35",
        "declaration_ref": "M35",
        "message_function": "02",
        "message_at_text": "20230526205508+01",
    },
    "3_DMSACC_Function_Code_01.xml": {
        "message_function": "01",
        "message_at_text": "20230526205509+01",
        "unread": {
            "Declaration/AcceptanceDateTime/DateTimeString": "20230526205507+01",
            "Declaration/AcceptanceDateTime/DateTimeString@formatCode": "304",
            "Declaration/VersionID": "2",
        },
    },
    "5_DMSCLE_Function_Code_09.xml": {
        "message_function": "09",
        "message_at_text": "20230526205510+01",
        "unread": {
            "AdditionalInformation/StatementCode": "A2",
            "AdditionalInformation/StatementTypeCode": "AFB",
            "Declaration/VersionID": "2",
        },
    },
}


def sample(name: str) -> bytes:
    return shared(f"{SAMPLES}/res/{name}").read_bytes()


@pytest.mark.requirement("A2")
@pytest.mark.partly("answers of the UK's CDS; UPU M44 is not public")
@pytest.mark.parametrize("name", ANSWERS)
def test_each_value_of_a_published_answer_lands_in_its_column(name: str) -> None:
    batch = dms_answer.decode(sample(name), source=name)
    assert batch.rejected.is_empty()
    usual = {"consignment_id": REFERENCE, "declaration_ref": REFERENCE, "entry_number": MRN}
    assert rows(batch, "consignments") == [usual | ANSWERS[name]]
    said = batch.contributions.to_dicts()[0]
    assert (said["sender"], said["source"]) == ("customs", name)
    assert said["said_at_text"] == ANSWERS[name]["message_at_text"]
    assert len(said["message_id"]) == 32


def test_a_request_to_change_keeps_every_pointer() -> None:
    batch = dms_answer.decode(sample("4_DMSRES_Function_Code_07.xml"))
    row = rows(batch, "consignments")[0]
    assert row["message_function"] == "07"
    kept = row["unread"]
    assert kept["Amendment/ChangeReasonCode"] == "16"
    assert kept["Amendment[4]/Pointer[5]/TagID"] == "410"
    assert kept["Declaration[2]/GoodsShipment/Consignment/GoodsLocation/Name"] == "BELBFSBEL"


def response(inner: str) -> bytes:
    return (
        f'<m:MetaData xmlns:m="{NS_METADATA}"><m:WCOTypeName>RES</m:WCOTypeName>{inner}</m:MetaData>'
    ).encode()


def answer(name: str, more: str = "", space: str = f' xmlns="{NS_RES}"') -> str:
    return (
        f"<Response{space}><FunctionCode>09</FunctionCode>{more}<Declaration>"
        f"<FunctionalReferenceID>{name}</FunctionalReferenceID></Declaration></Response>"
    )


def test_several_responses_and_extracts_without_namespace_are_read() -> None:
    batch = dms_answer.decode(response(answer("A") + answer("B")))
    assert batch.consignments["declaration_ref"].to_list() == ["A", "B"]
    assert batch.contributions["position"].to_list() == [1, 2]
    bare = dms_answer.decode(answer("C", space="").encode())
    assert bare.consignments["declaration_ref"].to_list() == ["C"]


def test_people_in_an_answer_stand_in_parties() -> None:
    batch = dms_answer.decode(response(answer("A", "<Submitter><Name>Ann</Name></Submitter>")))
    assert rows(batch, "parties") == [
        {"consignment_id": "A", "role": "other", "unread": {"Submitter/Name": "Ann"}}
    ]
    assert "Ann" not in repr(rows(batch, "consignments"))


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (response(""), "no Response in MetaData"),
        (response(f'<Response xmlns="{NS_RES}"/>'), "names no declaration"),
        (b"<MetaData><Declaration/></MetaData>", "read a declaration as h7"),
        (b"<MetaData>", "line 1"),
    ],
    ids=["empty", "about nothing", "a declaration", "cut off"],
)
def test_what_is_no_answer_is_rejected_with_a_sentence(data: bytes, sentence: str) -> None:
    batch = dms_answer.decode(data)
    assert batch.consignments.is_empty()
    assert sentence in batch.rejected["detail"][0]


def test_an_answer_given_to_the_declaration_reader_is_told_where_it_belongs() -> None:
    batch = h7.decode(response(answer("A")))
    assert "read an answer of customs as dms-answer" in batch.rejected["detail"][0]


def test_answers_are_told_from_declarations_and_cannot_be_written() -> None:
    head = sample("4_DMSRES_Function_Code_07.xml")[:1024]
    assert dms_answer.FORMAT.sniff(head, "x.xml") > h7.FORMAT.sniff(head, "x.xml") == 0
    declaration = shared(f"{SAMPLES}/h7/TT_IM067a.xml").read_bytes()[:1024]
    assert h7.FORMAT.sniff(declaration, "x.xml") > dms_answer.FORMAT.sniff(declaration, "x.xml")
    assert get("dms-answer").encode is None
    assert not dms_answer.FORMAT.writes


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_a_damaged_answer_is_read_or_rejected_but_never_crashes(data: st.DataObject) -> None:
    whole = response(answer("A"))
    start = data.draw(st.integers(0, len(whole)))
    stop = data.draw(st.integers(start, len(whole)))
    batch = dms_answer.decode(whole[:start] + data.draw(st.binary(max_size=6)) + whole[stop:])
    assert batch.consignments.height + batch.rejected.height == 1
