"""Memory: what was confirmed for a product answers, under its edition, unless the words deny it."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from tests.stages.test_classify import KNOWLEDGE, NOMENCLATURE, ON, batch
from tidewaiter.knowledge.verified import VERIFIED_COLUMNS, Verified
from tidewaiter.stages.classify import classify

VERIFIED = {
    "text": "acme gadget x1", "hs6": "851762", "gtin": "09521101530001", "product": "sku-7",
    "edition": "HS 2022", "by": "officer 3", "authority": "officer", "on": "2026-11-01",
}  # fmt: skip


def remembering(*entries: dict[str, str]) -> Any:
    rows = pl.DataFrame([VERIFIED | entry for entry in entries], schema=VERIFIED_COLUMNS)
    return KNOWLEDGE.with_goods(KNOWLEDGE.goods, Verified(rows, NOMENCLATURE.edition))


def recalled(knowledge: Any, **line: Any) -> dict[str, Any]:
    return classify(batch(line), knowledge, on=ON).goods_items.row(0, named=True)


@pytest.mark.requirement("D4")
@pytest.mark.partly("memory and answer; the officer's queue comes with the service")
@pytest.mark.parametrize(
    "line",
    [
        pytest.param({"description": "ACME gadget, x1!"}, id="the same words"),
        pytest.param({"title": "whatever", "gtin": "09521101530001"}, id="the same GTIN"),
        pytest.param({"title": "whatever", "product_id": "sku-7"}, id="the same product id"),
        pytest.param({"title": "whatever", "sku": "sku-7"}, id="the same SKU"),
    ],
)
def test_after_one_confirmation_the_same_product_is_known(line: dict[str, Any]) -> None:
    got = recalled(remembering({}), **line)
    assert got["hs6"] == "851762"
    assert got["hs6_source"] == "verified"
    assert got["hs6_outcome"] == "accept"
    assert got["hs6_evidence"] == "confirmed by officer 3"
    assert not got["insufficient_description"]
    assert recalled(KNOWLEDGE, **line)["hs6"] != "851762"


def test_memory_is_silent_under_another_edition() -> None:
    knowledge = remembering({"edition": "HS 2017"})
    assert recalled(knowledge, description="acme gadget x1")["hs6_source"] != "verified"


def test_a_gtin_of_other_goods_than_the_text_answers_nothing() -> None:
    knowledge = remembering({"hs6": "960321", "text": ""})
    got = recalled(knowledge, title="men's cotton t-shirt", gtin="09521101530001")
    assert got["hs6"] == "610910"


def test_the_highest_authority_speaks_then_the_newest() -> None:
    knowledge = remembering(
        {"hs6": "851713", "authority": "trader", "on": "2026-11-20"},
        {"hs6": "851762", "authority": "officer", "on": "2026-11-01"},
        {"hs6": "851769", "authority": "officer", "on": "2026-11-02"},
    )
    assert recalled(knowledge, description="acme gadget x1")["hs6"] == "851769"


def test_a_confirmed_example_answers_as_neighbour_at_once() -> None:
    knowledge = remembering({"text": "blorp widget deluxe", "hs6": "851762"})
    near = recalled(knowledge, description="deluxe blorp widget v2")
    assert "851762" in [one["hs6"] for one in near["hs6_candidates"]]
    assert near["hs6_novelty"] < recalled(KNOWLEDGE, description="blorp widget v2")["hs6_novelty"]
