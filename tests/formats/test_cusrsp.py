from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.formats.drawn import Row, assert_same, batch_of, maybe, rows, texts
from tidewaiter.formats import cusrsp, itmatt
from tidewaiter.vocabulary.batch import Batch, concat, conform
from tidewaiter.vocabulary.columns import FRAMES
from tidewaiter.vocabulary.errors import InputError
from tidewaiter.vocabulary.terms import Decision


def full(name: str, found: list[Row]) -> pl.DataFrame:
    owners = [column.owner for column in FRAMES[name].columns]
    schema = FRAMES[name].schema
    return conform(pl.DataFrame(found, schema=schema), name, owners)


def items(*names: str) -> Batch:
    return itmatt.decode(
        "".join(
            json.dumps(
                {
                    "ITEM_ID": name,
                    "POSTINGDT": "20260701",
                    "ORIGPOST_ORG_CD": "TRA",
                    "DESTPOST_ORG_CD": "GB",
                    "MAIL_CLASS_CD": "C",
                    "NATURE_TYPE_CD": "11",
                    "CUST_ORG_CD": "GBC",
                    "CONTENT_PIECES": [{"CP_DESC": "towel"}],
                }
            )
            + "\n"
            for name in names
        ).encode()
    )


def decided(batch: Batch, *decisions: Row) -> Batch:
    found = [
        {
            "reasons": ["The declared value is exactly 1"],
            "reason_codes": ["check.value_one"],
            "legal_basis": [""],
            "on": dt.date(2026, 7, 2),
            **decision,
        }
        for decision in decisions
    ]
    return batch.with_frames(decisions=full("decisions", found))


@pytest.mark.requirement("A3")
@pytest.mark.partly(
    "the UPU's own M43/M44 layouts are not public; a post's key is not checked here"
)
def test_every_item_of_a_despatch_gets_exactly_one_answer() -> None:
    names = [f"LP{number:09d}DE" for number in range(5)]
    batch = items(*names)
    kinds = list(Decision)
    answered = decided(
        batch,
        *(
            {"consignment_id": name, "decision": kind.value}
            for name, kind in zip(names, kinds, strict=True)
        ),
    )
    twice = answered.with_frames(
        consignments=pl.concat([answered.consignments, answered.consignments])
    )
    for one in (answered, twice):
        answers = [json.loads(line) for line in cusrsp.encode(one).splitlines()]
        assert [answer["ITEM_ID"] for answer in answers] == names
        assert [answer["DECI_CD"] for answer in answers] == ["RLS", "RFI", "HLD", "EXM", "REF"]
        states = [answer["ENTITY_STATE"] for answer in answers]
        assert states == ["FINAL", "OPEN", "OPEN", "OPEN", "FINAL"]


def test_an_answer_carries_the_item_the_reason_the_day_and_the_money() -> None:
    batch = decided(items("LP000000001DE"), {"consignment_id": "LP000000001DE", "decision": "hold"})
    charges = [
        {"kind": "duty", "amount": Decimal("3.00")},
        {"kind": "tax", "amount": Decimal("5.605")},
        {"kind": "fee", "amount": Decimal("8.00")},
    ]
    key = {"consignment_id": "LP000000001DE", "currency": "GBP", "state": "exact"}
    batch = batch.with_frames(charges=full("charges", [{**key, **charge} for charge in charges]))
    assert json.loads(cusrsp.encode(batch)) == {
        "ITEM_ID": "LP000000001DE",
        "POSTINGDT": "20260701",
        "ENTITY_STATE": "OPEN",
        "DESTPOST_ORGCD": "GB",
        "ORIGPOST_ORGCD": "TRA",
        "MAIL_CLASS_CD": "C",
        "NATURE_TYPE_CD": "11",
        "CUST_ORG_CD": "GBC",
        "CLEARANCE_DT": "20260702",
        "DECI_CD": "HLD",
        "DECI_REAS_CD": "check.value_one",
        "DECI_REAS_NM": "The declared value is exactly 1",
        "DUTIABLE": "Y",
        "TOT_DUTY": "8.605",
        "TOT_FEE": "8.00",
        "TOT_FEE_CURRCD": "GBP",
    }


def test_an_amount_that_is_not_sure_is_not_told() -> None:
    batch = decided(items("A"), {"consignment_id": "A", "decision": "release"})
    charge = {"consignment_id": "A", "kind": "duty", "amount": Decimal(1), "currency": "GBP"}
    batch = batch.with_frames(charges=full("charges", [{**charge, "state": "bounded"}]))
    assert not json.loads(cusrsp.encode(batch)).keys() & {"DUTIABLE", "TOT_DUTY", "TOT_FEE"}


def test_sums_on_the_consignment_count_before_the_single_charges() -> None:
    batch = decided(items("A"), {"consignment_id": "A", "decision": "release"})
    money = {"duty": "1.00", "tax": "0.20", "fee": "0"}
    consignments = batch.consignments.with_columns(
        *(pl.lit(text).cast(pl.Decimal(38, 6)).alias(name) for name, text in money.items()),
        pl.lit("EUR").alias("currency"),
        pl.lit("exact").alias("charge_state"),
    )
    answer = json.loads(cusrsp.encode(batch.with_frames(consignments=consignments)))
    assert (answer["TOT_DUTY"], answer["TOT_FEE"], answer["TOT_FEE_CURRCD"]) == (
        "1.20",
        "0.00",
        "EUR",
    )


def test_an_undecided_item_is_a_bad_call_with_a_remedy() -> None:
    with pytest.raises(InputError, match=r"1 item.*such as B.*Decide the batch first"):
        cusrsp.encode(decided(items("A", "B"), {"consignment_id": "A", "decision": "release"}))


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ('{"DECI_CD": "RLS"}', "no ITEM_ID"),
        ('{"ITEM_ID": "A", "DECI_CD": "OK"}', "decision code 'OK'; known are RLS, RFI"),
        ('{"ITEM_ID": "A"}', "decision code None"),
        ('{"ITEM_ID": "A", "DECI_CD"', "line 1"),
    ],
)
def test_what_is_no_answer_is_rejected_and_the_others_are_read(line: str, sentence: str) -> None:
    good = '{"ITEM_ID": "Z", "DECI_CD": "RLS"}'
    batch = cusrsp.decode(f"{good}\n{line}\n".encode())
    assert batch.decisions["consignment_id"].to_list() == ["Z"]
    assert batch.rejected["position"].to_list() == [2]
    assert sentence in batch.rejected["detail"][0]


def test_a_second_answer_for_one_item_is_rejected() -> None:
    good = '{"ITEM_ID": "Z", "DECI_CD": "RLS"}'
    batch = cusrsp.decode(f"{good}\n{good.replace('RLS', 'REF')}\n".encode())
    assert batch.decisions["decision"].to_list() == ["release"]
    assert "a second time" in batch.rejected["detail"][0]


@st.composite
def answered(draw: st.DrawFn) -> Batch:
    heads, said, decisions, charges = [], [], [], []
    for name in draw(st.lists(texts(), min_size=1, max_size=4, unique=True)):
        key = {"consignment_id": name, "contribution_id": f"cusrsp:{name}"}
        office = draw(maybe(texts()))
        heads.append(
            {
                **key,
                "tracking_id": name,
                "message_at_text": draw(maybe(texts())),
                "mail_class": draw(maybe(texts())),
                "nature_text": draw(maybe(texts())),
                "customs_office": office,
                "country_departure_text": draw(maybe(texts())),
                "country_destination_text": draw(maybe(texts())),
                "unread": draw(st.sampled_from([None, '{"COLOUR":{"a":[1,2.50]}}'])),
            }
        )
        on = draw(maybe(st.dates(dt.date(2000, 1, 1), dt.date(2099, 12, 31))))
        reasons = draw(st.lists(st.tuples(texts(), texts(), st.just("") | texts()), max_size=3))
        decisions.append(
            {
                "consignment_id": name,
                "decision": draw(st.sampled_from(list(Decision))).value,
                "on": on,
                "reasons": [reason for reason, _, _ in reasons],
                "reason_codes": [code for _, code, _ in reasons],
                "legal_basis": [law for _, _, law in reasons],
            }
        )
        money = draw(maybe(st.decimals(0, 999, places=2)))
        if money is not None:
            for kind, value in (("duty", money), ("fee", draw(st.decimals(0, 99, places=2)))):
                charges.append(
                    {
                        "consignment_id": name,
                        "kind": kind,
                        "amount": value,
                        "currency": "EUR",
                        "state": "exact",
                    }
                )
        said.append(
            {
                **key,
                "format": "cusrsp",
                "view": "postal",
                "sender": office,
                "said_at_text": f"{on:%Y%m%d}" if on else None,
            }
        )
    batch = batch_of(heads, [], [], said)
    return batch.with_frames(
        decisions=full("decisions", decisions), charges=full("charges", charges)
    )


@pytest.mark.requirement("A2")
@pytest.mark.partly("CUSRSP-shaped; the UPU's M44 is not public")
@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(answered())
def test_what_is_answered_is_read_back_the_same(batch: Batch) -> None:
    data = cusrsp.encode(batch)
    again = cusrsp.decode(data)
    assert again.rejected.is_empty()
    assert_same(again, batch)
    for name in ("decisions", "charges"):
        assert rows(again, name) == rows(batch, name)
    assert cusrsp.encode(again) == data


def test_answers_are_told_from_items() -> None:
    head = b'{"ITEM_ID":"A","ENTITY_STATE":"FINAL","DECI_CD":"RLS"}'
    assert cusrsp.FORMAT.sniff(head, "x.ndjson") > 0.9
    assert itmatt.FORMAT.sniff(head, "x.ndjson") == 0
    assert cusrsp.FORMAT.sniff(b'{"ITEM_ID":"A","CP_DESC":"x"}', "x.ndjson") == 0


def test_decisions_of_two_batches_go_out_together() -> None:
    one = decided(items("A"), {"consignment_id": "A", "decision": "ask"})
    two = decided(items("B"), {"consignment_id": "B", "decision": "refuse"})
    assert cusrsp.encode(concat([one, two])).count(b"\n") == 2
