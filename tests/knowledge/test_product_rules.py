"""The product packs: dated evidence, and a broken file lists all its faults at once."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pytest

from tidewaiter.knowledge.pack import PACKS_DIR
from tidewaiter.knowledge.product_rules import EVIDENCE, load_attributes, load_product_rules
from tidewaiter.vocabulary.errors import PackError

ON = dt.date(2026, 11, 25)


def test_every_piece_of_evidence_has_a_weight_today() -> None:
    assert {piece.id for piece in load_product_rules().evidence_on(ON)} == set(EVIDENCE)


def test_nothing_counts_before_its_first_day() -> None:
    rules = load_product_rules()
    assert rules.evidence_on(dt.date(2025, 12, 31)) == ()
    assert rules.watched(dt.date(2025, 12, 31)) == []
    assert "zorvex" in rules.watched(ON)


def test_no_evidence_speaks_of_a_prefix() -> None:
    sentences = " ".join(piece.sentence for piece in load_product_rules().evidence)
    assert "prefix" not in sentences


def test_a_sentence_is_cut_into_text_and_facts() -> None:
    piece = next(p for p in load_product_rules().evidence if p.id == "route_misses_origin")
    assert piece.pieces == (
        ("the route ", False), ("route", True), (" does not touch ", False), ("origin", True),
    )  # fmt: skip


def test_all_faults_of_the_rules_are_listed_at_once(tmp_path: Path) -> None:
    shutil.copytree(PACKS_DIR / "products", tmp_path / "products")
    pack = tmp_path / "products" / "rules.toml"
    text = pack.read_text("utf-8")
    broken = (
        text.replace('id = "maker_there"', 'id = "maker_near"')
        .replace("{maker_party}", "{makr}")
        .replace("shared_max", "shared_most")
        .replace('brand = "Lumora"', 'brnd = "Lumora"')
    )
    pack.write_text(broken, "utf-8")
    with pytest.raises(PackError) as caught:
        load_product_rules(tmp_path)
    for part in ("maker_near", "{makr}", "shared_most", "brnd"):
        assert part in str(caught.value)


def test_an_attribute_of_no_column_is_a_fault(tmp_path: Path) -> None:
    shutil.copytree(PACKS_DIR / "products", tmp_path / "products")
    pack = tmp_path / "products" / "attributes.toml"
    text = pack.read_text("utf-8").replace('column = "net_content"', 'column = "net_contents"')
    pack.write_text(text, "utf-8")
    with pytest.raises(PackError) as caught:
        load_attributes(tmp_path)
    assert "net_contents" in str(caught.value)
    assert "net_content has no names" in str(caught.value)
