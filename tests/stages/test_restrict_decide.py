"""Restrict and decide: what is flagged, why, and what follows from it."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from tests.stages.cases import DAY, batch
from tidewaiter.knowledge.load import load
from tidewaiter.stages.decide import decide
from tidewaiter.stages.restrict import restrict
from tidewaiter.vocabulary.batch import Batch
from tidewaiter.vocabulary.columns import FINDINGS
from tidewaiter.vocabulary.terms import Severity

OWNERS = ("formats", "check", "fuse", "classify", "link", "charge")


def goods(*titles: str, value: str = "10", **more: str) -> Batch:
    lines = [
        {"consignment_id": f"p{n}", "title": t, "customs_value": value, **more}
        for n, t in enumerate(titles)
    ]
    return batch(lines, owners=OWNERS)


def test_strictest_action_comes_first_and_all_reasons_stay() -> None:
    done = restrict(goods("Drone with knife and power bank"), load("AE"), on=DAY).goods_items
    assert done["action"].to_list() == ["HOLD FOR PERMIT CHECK"]
    assert done["controls"].to_list() == [["ae.drones", "ae.weapons", "ae.batteries"]]
    assert len(done["control_reasons"][0]) == 3


def test_what_is_set_aside_is_said_after_what_applies() -> None:
    done = restrict(goods("Fan blade cleaner with battery"), load("AE"), on=DAY).goods_items
    assert done["controls"].to_list() == [["ae.batteries"]]
    assert done["control_reasons"][0][1].startswith("set aside weapons: 'blade'")


@pytest.mark.parametrize("word", ["goldfish bowl", "Beyblade top", "swordfish tin", "silverware"])
def test_words_inside_words_are_no_hit(word: str) -> None:
    done = restrict(goods(word, value="9000"), load("AE"), on=DAY).goods_items
    assert done["controls"].to_list() == [None]


def test_declared_code_flags_without_any_word() -> None:
    done = restrict(goods("flying camera", hs_code="880621"), load("AE"), on=DAY).goods_items
    assert done["action"].to_list() == ["HOLD FOR PERMIT CHECK"]
    assert "declared code 880621" in done["control_reasons"][0][0]


def test_rows_and_their_order_are_kept() -> None:
    titles = ("shirt", "knife", "cup", "drone", "shoe")
    done = restrict(goods(*titles), load("AE"), on=DAY).goods_items
    assert tuple(done["title"]) == titles


def finding(code: str, severity: Severity) -> pl.DataFrame:
    row = {"consignment_id": "p0", "code": code, "severity": severity.value, "stage": "charge"}
    return pl.DataFrame([row], schema=FINDINGS.schema)


@pytest.mark.requirement("I2")
@pytest.mark.partly("in files and batches; the service with its latency is not there")
@pytest.mark.parametrize(
    ("severity", "decision"),
    [
        (Severity.NOTE, "release"),
        (Severity.WARN, "release"),
        (Severity.ASK, "ask"),
        (Severity.SUSPICIOUS, "hold"),
        (Severity.REJECT, "refuse"),
    ],
)
def test_weight_of_a_finding_leads_to_a_decision_with_a_reason(
    severity: Severity, decision: str
) -> None:
    clean = restrict(goods("shirt"), load("AE"), on=DAY)
    done = decide(clean.with_findings(finding("charge.no_value", severity)), load("AE"), on=DAY)
    row = done.decisions.row(0, named=True)
    assert row["decision"] == decision
    assert row["reasons"]
    assert len(row["reasons"]) == len(row["reason_codes"]) == len(row["legal_basis"])
    assert row["packs_digest"] == load("AE").digest


def test_strictest_wins_and_every_parcel_gets_exactly_one_decision() -> None:
    flagged = restrict(goods("knife", "shirt"), load("AE"), on=DAY)
    done = decide(
        flagged.with_findings(finding("charge.no_value", Severity.ASK)), load("AE"), on=DAY
    )
    assert done.decisions["decision"].to_list() == ["examine", "release"]
    assert done.consignments["decision"].to_list() == ["examine", "release"]
    assert done.decisions["reason_codes"][0].to_list() == ["ae.weapons", "charge.no_value"]


def test_a_code_may_lead_elsewhere_than_its_weight() -> None:
    rules = load("AE").decisions
    assert rules.by_severity["suspicious"] == "hold"
    assert rules.by_code["classify.code_contradicts_text"] == "release"
    clean = restrict(goods("shirt"), load("AE"), on=DAY)
    found = finding("classify.code_contradicts_text", Severity.SUSPICIOUS)
    done = decide(clean.with_findings(found), load("AE"), on=DAY)
    assert done.decisions["decision"].to_list() == ["release"]


# --- codes, agencies, papers, thresholds, exemptions ---------------------------------------------

LATER = dt.date(2026, 11, 1)


def lines(*given: dict[str, Any], **parcel: Any) -> Batch:
    made = [{"consignment_id": "p0", "title": "goods", "customs_value": "10", **g} for g in given]
    return batch(made, [{"consignment_id": "p0", **parcel}], owners=OWNERS)


def agencies(lane: str, *given: dict[str, Any], **parcel: Any) -> list[list[str] | None]:
    done = restrict(lines(*given, **parcel), load(lane), on=LATER)
    return done.goods_items["agencies"].to_list()


@pytest.mark.requirement("H1")
def test_taken_code_counts_like_the_declared_one_where_it_is_sure_enough() -> None:
    sure = {"hs6": "880621", "hs6_confidence": 0.9}
    assert agencies("GB", sure) == agencies("GB", {"hs_code": "88062110"}) == [["OFCOM", "OPSS"]]
    assert agencies("GB", sure | {"hs6_confidence": 0.59}) == [None]
    done = restrict(lines(sure), load("GB"), on=LATER).goods_items
    assert "code taken 880621" in done["control_reasons"][0][0]


def test_what_is_out_of_a_control_by_its_code_is_not_touched() -> None:
    assert agencies("EU", {"hs6": "080510"}) == [["PHYTO"]]
    assert agencies("EU", {"hs6": "080390"}) == [None]


def test_threshold_is_of_the_whole_parcel_and_its_law_is_told() -> None:
    jar = {"title": "jar", "hs6": "040900", "net_mass_g": Decimal(1000)}
    small = restrict(lines(jar, jar, nature="sale"), load("EU"), on=LATER).goods_items
    assert small["action"].to_list() == [None, None]
    assert "up to 2 kg in all for personal use" in small["control_reasons"][0][0]
    assert "2019/2122" in small["control_reasons"][0][0]
    more = jar | {"net_mass_g": Decimal("1000.001")}
    large = restrict(lines(jar, more, nature="sale"), load("EU"), on=LATER).goods_items
    assert large["action"].to_list() == ["PERMIT CHECK", "PERMIT CHECK"]
    unknown = restrict(lines(jar, jar | {"net_mass_g": None}, nature="sale"), load("EU"), on=LATER)
    assert unknown.goods_items["action"].to_list() == ["PERMIT CHECK", "PERMIT CHECK"]


def test_exemption_sets_aside_with_its_law() -> None:
    tea = {"hs6": "090210"}
    assert agencies("US", tea, nature="sale") == [["FDA"]]
    gift = restrict(lines(tea, nature="gift"), load("US"), on=LATER).goods_items
    assert gift["action"].to_list() == [None]
    assert "21 CFR 1.277" in gift["control_reasons"][0][0]


@pytest.mark.parametrize(
    ("hs6", "paper", "decision"),
    [
        pytest.param("090210", None, "ask", id="food without prior notice is asked for"),
        pytest.param("090210", "FDA-PN", "release", id="the number of the notice will do"),
        pytest.param("380891", "EPA-3540-1", "hold", id="naming a paper opens no held goods"),
        pytest.param("851713", None, "release", id="what an agency only hears of is released"),
        pytest.param("330300", None, "release", id="also where it names no paper"),
    ],
)
def test_paper_that_is_only_named(hs6: str, paper: str | None, decision: str) -> None:
    said = json.dumps([{"type": paper, "id": "77"}]) if paper else None
    done = restrict(lines({"hs6": hs6, "documents": said}), load("US"), on=LATER)
    assert decide(done, load("US"), on=LATER).decisions["decision"].to_list() == [decision]
    codes = done.findings["code"].to_list()
    assert codes == (["restrict.document_missing"] if decision == "ask" else [])


@pytest.mark.requirement("H1")
def test_lane_without_controls_says_so_once_a_parcel_and_a_person_sees_what_conventions_name() -> (
    None
):
    done = restrict(
        goods("cotton shirt", "carved ivory box", "elephant ivory and opium"), load("NO"), on=LATER
    )
    notes = done.findings.filter(pl.col("code") == "restrict.no_controls_known")
    assert notes["consignment_id"].to_list() == ["p0", "p1", "p2"]
    assert set(notes["severity"]) == {"note"}
    decided = decide(done, load("NO"), on=LATER).decisions["decision"].to_list()
    assert decided == ["release", "hold", "hold"]
    assert "controls/no" in load("NO").digests


@pytest.mark.requirement("H1")
@pytest.mark.parametrize("lane", ["US", "NO"])
def test_goods_nobody_can_read_go_to_a_human(lane: str) -> None:
    done = restrict(
        lines({"title": ""}, {"hs_code": "610910", "title": None}), load(lane), on=LATER
    )
    found = done.findings.filter(pl.col("code") == "restrict.goods_unknown")
    assert found["item_no"].to_list() == [1]
    assert decide(done, load(lane), on=LATER).decisions["decision"].to_list() == ["ask"]


@pytest.mark.requirement("H4")
@pytest.mark.partly("agencies and their strictest answer in one decision; no case with roles yet")
def test_set_of_controls_lists_agencies_and_papers_once_strictest_first() -> None:
    done = restrict(lines({"hs6": "010620", "title": "live snake"}), load("US"), on=LATER)
    row = done.goods_items.row(0, named=True)
    assert row["agencies"] == ["USDA APHIS", "FWS"]
    assert row["documents_needed"] == ["VS-16-6A", "CITES", "FWS-3-177"]
    assert row["controls"] == [
        "us.aphis_animal", "us.cites_codes", "us.wildlife", "us.fws_declaration",
    ]  # fmt: skip


def test_control_that_only_tells_an_agency_misses_no_paper() -> None:
    done = restrict(lines({"hs6": "080211"}), load("EU"), on=LATER)
    assert done.goods_items["documents_needed"].to_list() == [["C678"]]
    assert done.findings.height == 0
