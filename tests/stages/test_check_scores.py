"""Scores of `check`: what a message is worth in the four dimensions, and by what it loses."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from tests.stages.check_messages import ON, batch_of, changed, checked, known, parcel, sound
from tidewaiter.stages.check import check
from tidewaiter.vocabulary.batch import concat
from tidewaiter.vocabulary.findings import finding
from tidewaiter.vocabulary.terms import Severity

SCORES = ("timeliness", "accuracy", "completeness", "consistency")


def scores(batch: Any) -> dict[str, int]:
    return {name: parcel(batch, f"quality_{name}") for name in SCORES}


@pytest.mark.requirement("B1")
def test_a_sound_message_has_full_marks_in_all_four_dimensions() -> None:
    batch = checked(sound())
    assert scores(batch) == dict.fromkeys(SCORES, 100)
    assert parcel(batch, "quality") == 100


@pytest.mark.requirement("B1")
@pytest.mark.parametrize(
    ("changes", "dimension"),
    [
        ({"message_at_text": "2026-10-04T08:00:00Z"}, "timeliness"),
        ({"line__description_text": "gift"}, "accuracy"),
        ({"consignee__street": None}, "completeness"),
        ({"item_count_text": "5"}, "consistency"),
    ],
    ids=["late", "vague", "no address", "another number of lines"],
)
def test_a_fault_lowers_its_own_dimension_only(changes: dict[str, Any], dimension: str) -> None:
    got = scores(checked(changed(sound(), **changes)))
    assert got[dimension] < 100
    assert {name: score for name, score in got.items() if name != dimension} == {
        name: 100 for name in SCORES if name != dimension
    }


def test_a_message_that_must_be_rejected_is_never_good() -> None:
    assert parcel(checked(changed(sound(), line__description_text="gift")), "quality") <= 40


def test_a_message_that_must_be_asked_about_is_never_very_good() -> None:
    batch = checked(changed(sound(), consignee__street=None))
    assert parcel(batch, "quality") <= 70


def test_the_heavier_fault_costs_more() -> None:
    vague = scores(checked(changed(sound(), line__description_text="gift")))["accuracy"]
    asked = scores(checked(changed(sound(), line__description_text="shoe accessories")))
    assert vague < asked["accuracy"] < 100


def test_a_missing_element_is_named() -> None:
    batch = checked(changed(sound(), consignee__street=None, line__country_origin_text=None))
    missing = batch.findings.filter(code="check.element_missing")
    assert missing["field"].to_list() == ["parties.address"]
    assert missing["severity"].to_list() == ["ask"]
    assert missing["detail"].to_list() == ["consignee_address (consignee or importer or buyer)"]
    wanted = batch.findings.filter(code="check.element_wanted")
    assert wanted["field"].to_list() == ["goods_items.country_origin_text"]


def test_one_line_without_a_description_is_enough_to_miss_it() -> None:
    message = sound()
    message["lines"].append(
        {**message["lines"][0], "item_no": 2, "description_text": None, "title": None}
    )
    missing = checked(message).findings.filter(code="check.element_missing")
    assert missing["field"].to_list() == ["goods_items.description_text"]


def test_what_must_be_there_depends_on_the_view() -> None:
    bare = changed(sound(view="order"), gross_mass_text=None, tracking_id=None)
    assert parcel(checked(bare), "quality_completeness") == 100
    bare["view"] = "postal"
    assert parcel(checked(bare), "quality_completeness") < 100


@pytest.mark.requirement("B1")
def test_findings_of_the_reader_count_too() -> None:
    batch = batch_of(sound())
    seen = finding(
        batch.consignments, pl.lit(value=True), "check.total_not_sum", Severity.WARN, field="x"
    )
    before = check(batch, known(), on=ON)
    after = check(batch.with_findings(seen), known(), on=ON)
    assert parcel(after, "quality_consistency") < parcel(before, "quality_consistency") == 100


@pytest.mark.requirement("B1")
def test_the_same_message_always_scores_the_same() -> None:
    message = changed(sound(), line__description_text="gift", item_count_text="4")
    first, second = checked(message), checked(message)
    assert first.consignments.equals(second.consignments)
    crowd = checked(message, *(sound(number) for number in range(2, 300)))
    assert crowd.consignments.head(1).equals(first.consignments)


def test_scores_lie_between_nought_and_a_hundred_however_bad() -> None:
    message = changed(
        sound(), line__description_text="gift", line__declared_value_text="-1", item_count_text="9",
        consignee__name="test", consignee__street="x", gross_mass_text="0.1", nature_text="gift",
        payment_id="1", country_destination_text="FR", line__hs_code_text="x", tracking_id="LP202607310CN",
        total_value_text="77", message_at_text="2027-10-01T00:00:00Z", line__gtin_text="1",
    )  # fmt: skip
    frame = checked(message).consignments
    for name in ("quality", *(f"quality_{name}" for name in SCORES)):
        assert 0 <= frame[name][0] <= 100, name


def test_a_batch_of_nothing_is_checked_to_nothing() -> None:
    batch = check(concat([]), known(), on=ON)
    assert batch.consignments.height == 0
    assert "quality" in batch.consignments.columns
