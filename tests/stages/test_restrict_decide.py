"""Restrict and decide: what is flagged, why, and what follows from it."""

from __future__ import annotations

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
