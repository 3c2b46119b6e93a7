"""Restrict and the certificate register: what a named permit must be, and how much is left of it."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.stages.cases import batch
from tidewaiter.knowledge.certificates import Certificates, within_balance
from tidewaiter.knowledge.load import Knowledge, load
from tidewaiter.stages.decide import decide
from tidewaiter.stages.restrict import CONTRACT, restrict
from tidewaiter.vocabulary.batch import Batch, conform
from tidewaiter.vocabulary.certificate_frames import CERTIFICATE_USES, CERTIFICATES

ON = dt.date(2026, 11, 1)
OWNERS = ("formats", "check", "fuse", "classify", "link", "charge")
PERMIT = {
    "type_code": "C400", "number": "CN/2026/77", "issuer": "CN", "hs_prefixes": ["9601"],
    "quantity": Decimal(10), "unit": "kg", "valid_from": dt.date(2026, 6, 1),
    "valid_until": dt.date(2026, 11, 30),
}  # fmt: skip


def knowing(*permits: dict[str, Any], uses: list[dict[str, Any]] | None = None) -> Knowledge:
    register = pl.DataFrame(list(permits), schema=CERTIFICATES.schema)
    drawn = pl.DataFrame(uses or [], schema=CERTIFICATE_USES.schema)
    return load("EU").with_certificates(Certificates(register, drawn, {"certificates:x": "1"}))


def papers(*numbers: str, kind: str = "C400") -> str:
    return json.dumps([{"kind": "document", "type": kind, "id": number} for number in numbers])


def carvings(*lines: dict[str, Any], parties: list[dict[str, Any]] | None = None) -> Batch:
    given_lines = [
        {
            "consignment_id": f"p{n}", "title": "carved ivory box", "hs6": "960110",
            "hs6_confidence": 0.9, "customs_value": "40", "net_mass_g": Decimal(4000),
            "documents": papers("CN/2026/77"), **line,
        }
        for n, line in enumerate(lines, start=1)
    ]  # fmt: skip
    made = batch(given_lines, owners=OWNERS)
    people = pl.DataFrame(parties or [], schema_overrides={"consignment_id": pl.String})
    if not parties:
        people = pl.DataFrame(
            {"consignment_id": [], "role": []},
            schema_overrides={"consignment_id": pl.String, "role": pl.String},
        )
    return made.with_frames(parties=conform(people, "parties", OWNERS))


def codes(done: Batch) -> list[str]:
    return done.findings["code"].sort().to_list()


def decisions(done: Batch, knowledge: Knowledge) -> list[str]:
    return decide(done, knowledge, on=ON).decisions["decision"].to_list()


@pytest.mark.requirement("H2")
def test_cites_permit_reused_beyond_its_quantity_is_refused() -> None:
    knowledge = knowing(PERMIT)
    done = restrict(carvings({}, {}, {}), knowledge, on=ON)
    assert decisions(done, knowledge) == ["release", "release", "refuse"]
    assert codes(done) == ["restrict.certificate_used_up"]
    used = done.goods_items["certificates_used"].to_list()
    assert [lines[0]["quantity"] if lines else None for lines in used] == [4, 4, None]
    assert done.goods_items["control_reasons"][0][0].startswith("set aside ")
    assert (
        "C400 CN/2026/77 is in the register and good" in done.goods_items["control_reasons"][0][0]
    )


def test_what_was_drawn_before_counts_but_not_by_the_same_line() -> None:
    used = {
        "type_code": "C400",
        "number": "CN/2026/77",
        "issuer": "CN",
        "item_no": 1,
        "quantity": Decimal(4),
        "unit": "kg",
        "on": ON,
    }
    knowledge = knowing(
        PERMIT, uses=[used | {"consignment_id": "p1"}, used | {"consignment_id": "old"}]
    )
    done = restrict(carvings({}, {}), knowledge, on=ON)
    assert decisions(done, knowledge) == ["release", "refuse"]


def test_a_later_smaller_use_may_still_fit() -> None:
    knowledge = knowing(PERMIT)
    weights = [Decimal(6000), Decimal(6000), Decimal(3000)]
    done = restrict(carvings(*({"net_mass_g": w} for w in weights)), knowledge, on=ON)
    assert decisions(done, knowledge) == ["release", "refuse", "release"]


def test_order_of_rows_does_not_decide_who_is_refused() -> None:
    knowledge = knowing(PERMIT)
    lines = carvings({}, {}, {})
    turned = lines.with_frames(
        goods_items=lines.goods_items.reverse(), consignments=lines.consignments.reverse()
    )
    for given_batch in (lines, turned):
        found = restrict(given_batch, knowledge, on=ON).findings
        assert found["consignment_id"].to_list() == ["p3"]


@pytest.mark.requirement("H2")
@pytest.mark.parametrize(
    ("change", "code", "decision"),
    [
        pytest.param({"number": "CN/2026/78"}, "unknown", "hold", id="a number not in the register"),
        pytest.param({"revoked_on": ON}, "revoked", "refuse", id="revoked on the day"),
        pytest.param({"valid_until": dt.date(2026, 10, 31)}, "out_of_date", "hold", id="expired the day before"),
        pytest.param({"valid_from": dt.date(2026, 11, 2)}, "out_of_date", "hold", id="valid from tomorrow"),
        pytest.param({"hs_prefixes": ["4106", "430"]}, "other_goods", "hold", id="for other goods"),
        pytest.param({"product": "00000000000017"}, "other_goods", "hold", id="for one product only"),
        pytest.param({"holder_id": "DE123"}, "other_holder", "hold", id="nobody in the parcel is the holder"),
        pytest.param({"quantity": Decimal("3.999")}, "used_up", "refuse", id="a gram too much"),
    ],
)  # fmt: skip
def test_a_permit_that_does_not_hold_is_told_and_leaves_the_control(
    change: dict[str, Any], code: str, decision: str
) -> None:
    knowledge = knowing(PERMIT | change)
    done = restrict(carvings({}), knowledge, on=ON)
    assert codes(done) == [f"restrict.certificate_{code}"]
    assert decisions(done, knowledge) == [decision]
    assert done.goods_items["certificates_used"].null_count() == 1
    assert "eu.cites_codes" in done.goods_items["controls"][0]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"valid_until": ON}, id="on its last day"),
        pytest.param({"valid_from": ON}, id="on its first day"),
        pytest.param({"hs_prefixes": None}, id="for any goods"),
        pytest.param({"quantity": None}, id="without limit"),
        pytest.param({"quantity": Decimal(4)}, id="for exactly as much"),
        pytest.param({"holder_id": "DE9"}, id="held by the importer"),
        pytest.param({"holder_key": "abc"}, id="held by a party known by its key"),
        pytest.param({"unit": "g", "quantity": Decimal(4000)}, id="counted in grams"),
    ],
)
def test_a_permit_that_holds_sets_the_control_aside(change: dict[str, Any]) -> None:
    knowledge = knowing(PERMIT | change)
    people = [{"consignment_id": "p1", "role": "importer", "id_number": "de9", "party_key": "abc"}]
    done = restrict(carvings({}, parties=people), knowledge, on=ON)
    assert codes(done) == []
    assert decisions(done, knowledge) == ["release"]


def test_permit_counted_in_units_draws_units_and_asks_where_there_are_none() -> None:
    knowledge = knowing(PERMIT | {"unit": "unit", "quantity": Decimal(3)})
    done = restrict(carvings({"quantity": Decimal(3)}, {"net_mass_g": None}), knowledge, on=ON)
    assert codes(done) == ["restrict.certificate_quantity_unknown"]
    assert decisions(done, knowledge) == ["release", "hold"]


def test_of_two_issuers_with_the_number_the_one_that_holds_counts() -> None:
    other = PERMIT | {"issuer": "US", "hs_prefixes": ["01"]}
    knowledge = knowing(other, PERMIT)
    done = restrict(carvings({}), knowledge, on=ON)
    assert codes(done) == []
    assert done.goods_items["certificates_used"][0][0]["issuer"] == "CN"
    said = json.dumps([{"type": "C400", "id": "CN/2026/77", "issuer": "US"}])
    assert codes(restrict(carvings({"documents": said}), knowledge, on=ON)) == [
        "restrict.certificate_other_goods"
    ]


@pytest.mark.requirement("H1")
def test_without_a_paper_the_missing_one_is_named_with_its_agency() -> None:
    knowledge = knowing()
    done = restrict(carvings({"documents": None}), knowledge, on=ON)
    finding = done.findings.row(0, named=True)
    assert finding["code"] == "restrict.document_missing"
    assert "C400 CITES import permit" in finding["detail"]
    assert "CITES" in done.goods_items["agencies"][0]
    assert "C400 or C401" in done.goods_items["documents_needed"][0].to_list()
    assert (
        "Agency: CITES (CITES management authority). Paper: C400"
        in done.goods_items["control_reasons"][0][0]
    )


def test_a_paper_nobody_can_check_stays_with_a_person() -> None:
    knowledge = knowing()
    done = restrict(carvings({}), knowledge, on=ON)
    assert codes(done) == ["restrict.certificate_unchecked"]
    assert decisions(done, knowledge) == ["hold"]


def test_paper_of_the_whole_parcel_counts_for_the_lines_that_need_it_only() -> None:
    knowledge = knowing(PERMIT)
    lines = carvings({"documents": None}, {"documents": None, "title": "cotton shirt", "hs6": "610910", "consignment_id": "p1"})  # fmt: skip
    named = lines.consignments.with_columns(pl.lit(papers("CN/2026/77")).alias("documents"))
    done = restrict(lines.with_frames(consignments=named), knowledge, on=ON)
    assert codes(done) == []
    assert done.goods_items["certificates_used"].list.len().to_list() == [1, None]


@pytest.mark.parametrize(
    "written",
    [
        '[{"kind":"document","category":"C","type":"400","id":"cn/2026/77"}]',
        '[{"kind":"document","type":"C400","id":" CN/2026/77 "}]',
        '[{"type":"c400","number":"CN/2026/77"},{"kind":"information","code":"X"}]',
    ],
    ids=["as WCO declarations write it", "as ICS2 writes it", "by other names"],
)
def test_papers_are_read_as_the_formats_give_them(written: str) -> None:
    knowledge = knowing(PERMIT)
    assert codes(restrict(carvings({"documents": written}), knowledge, on=ON)) == []


@pytest.mark.parametrize("written", ["[]", "nonsense", "{", '[{"id":5}]', '[{"type":"C400"}]', '[{"kind":"previous","type":"C400","id":"CN/2026/77"}]'])  # fmt: skip
def test_what_is_no_paper_is_a_missing_paper_and_no_error(written: str) -> None:
    done = restrict(carvings({"documents": written}), knowing(PERMIT), on=ON)
    assert set(codes(done)) == {"restrict.document_missing"}


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 20)), min_size=1, max_size=40),
    st.fixed_dictionaries({"a": st.integers(0, 60), "b": st.integers(0, 60), "c": st.none()}),
)
def test_balance_is_that_of_one_use_after_another(
    uses: list[tuple[str, int]], limits: dict[str, int | None]
) -> None:
    left = dict(limits)
    wanted = []
    for name, quantity in uses:
        rest = left[name]
        wanted.append(rest is None or quantity <= rest)
        if rest is not None and quantity <= rest:
            left[name] = rest - quantity
    frame = pl.DataFrame(
        {
            "type_code": ["C"] * len(uses),
            "number": [name for name, _ in uses],
            "issuer": [""] * len(uses),
            "quantity": pl.Series([Decimal(q) for _, q in uses], dtype=pl.Decimal(38, 3)),
            "left": pl.Series([limits[name] for name, _ in uses], dtype=pl.Int64).cast(
                pl.Decimal(38, 3)
            ),
        }
    )
    assert within_balance(frame).to_list() == wanted


def test_contract_names_every_certificate_finding() -> None:
    assert sum(code.startswith("restrict.certificate_") for code in CONTRACT.codes) == 8


def test_a_batch_without_registered_permits_may_be_cut_anywhere() -> None:
    knowledge = knowing()
    whole = carvings({}, {"title": "live parrot", "hs6": "010632"}, {"title": "", "hs6": None}, {"hs6": "610910"})  # fmt: skip
    done = restrict(whole, knowledge, on=ON)
    for n in range(1, 5):
        one = whole.with_frames(
            **{
                name: getattr(whole, name).filter(pl.col("consignment_id") == f"p{n}")
                for name in ("consignments", "goods_items")
            }
        )
        part = restrict(one, knowledge, on=ON)
        same = pl.col("consignment_id") == f"p{n}"
        assert part.goods_items.equals(done.goods_items.filter(same))
        assert codes(part) == done.findings.filter(same)["code"].sort().to_list()
