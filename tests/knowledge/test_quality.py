"""The quality rules: the packs' own examples, and sense in the figures."""

from __future__ import annotations

import tomllib

import polars as pl
import pytest

from tidewaiter.knowledge.pack import PACKS_DIR
from tidewaiter.knowledge.quality import load_quality
from tidewaiter.knowledge.vague import load_vague
from tidewaiter.stages.check.descriptions import read_descriptions
from tidewaiter.vocabulary.errors import PackError
from tidewaiter.vocabulary.folding import folded_list
from tidewaiter.vocabulary.terms import View

RULES = load_quality()


def body(name: str) -> dict:
    return tomllib.loads((PACKS_DIR / "quality" / f"{name}.toml").read_text("utf-8"))


@pytest.mark.parametrize("example", body("placeholders")["example"], ids=lambda e: e["text"])
def test_a_placeholder_of_the_examples_is_told_from_a_name(example: dict) -> None:
    words = RULES.names if example["list"] == "names" else RULES.addresses
    assert (folded_list([example["text"]])[0] in words) == example["caught"]


@pytest.mark.parametrize("example", body("plausibility")["example"], ids=lambda e: e["text"])
def test_a_text_of_the_examples_falls_into_its_group(example: dict) -> None:
    read = read_descriptions(pl.Series([example["text"]]), load_vague(), RULES, frozenset())
    assert (read["band"][0] or "") == example["band"]


def test_every_band_has_its_limits_the_right_way_round() -> None:
    wrong = RULES.bands.filter(
        (pl.col("mass_g_min") >= pl.col("mass_g_max"))
        | (pl.col("value_eur_min") >= pl.col("value_eur_max"))
    )
    assert wrong.height == 0


def test_no_phrase_belongs_to_two_bands() -> None:
    table = pl.read_csv(PACKS_DIR / "quality/plausibility/bands.csv", infer_schema=False)
    words = [w for listed in table["words"] for w in set(folded_list(listed.split("|")))]
    assert len(words) == len(set(words))


def test_every_view_is_asked_for_something() -> None:
    asked = {view for element in RULES.elements for view in element.must | element.should}
    assert asked == {str(view) for view in View}


def test_element_bits_fit_into_an_integer() -> None:
    assert len(RULES.elements) < 63
    assert len({element.id for element in RULES.elements}) == len(RULES.elements)


def test_lateness_takes_points_off_the_later_the_more() -> None:
    minutes = [step[0] for step in RULES.lateness]
    scores = [step[1] for step in RULES.lateness]
    assert minutes == sorted(minutes)
    assert scores == sorted(scores, reverse=True)


def test_all_faults_of_all_packs_come_at_once(tmp_path) -> None:
    folder = tmp_path / "quality"
    folder.mkdir()
    for path in (PACKS_DIR / "quality").glob("*.toml"):
        text = path.read_text("utf-8")
        if path.stem == "messages":
            text = text.replace('columns = ["order_id"', 'columns = ["oder_id"', 1)
            text = text.replace('must = ["transport"', 'must = ["trunsport"', 1)
        if path.stem == "deadlines":
            text = text.replace('event = "loading"', 'happening = "loading"', 1)
        (folder / path.name).write_text(text, "utf-8")
    with pytest.raises(PackError) as error:
        load_quality(tmp_path)
    assert len(error.value.faults) == 4
