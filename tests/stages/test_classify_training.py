"""Training: the same data give the same model, a model survives its file, calibration is measured."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from tidewaiter.knowledge.goods_model import GoodsModel, from_bytes, load_default_model, to_bytes
from tidewaiter.knowledge.nomenclature import Nomenclature, load_nomenclature
from tidewaiter.knowledge.pack import PACKS_DIR
from tidewaiter.stages.classify.scoring import score
from tidewaiter.stages.classify.training import no_history, teaching, train
from tidewaiter.vocabulary.errors import InputError, PackError

HEAD = "hs6,label,words,context,not_for,facts,difference\n"
CHAPTER_61 = HEAD + (
    "610910,T-shirts of cotton,t-shirt|cotton t-shirt|tee,cotton,,material=cotton,\n"
    "610990,T-shirts of other fibres,polyester t-shirt|sports jersey,,,material=other,\n"
)
CHAPTER_09 = HEAD + (
    "090121,Roasted coffee,roasted coffee|coffee beans|espresso beans,drink,,state=roasted,\n"
    "090240,Black tea in bulk,black tea|assam tea|tea leaves,drink,iced tea,state=fermented,\n"
)
HISTORY = [("round neck tee", "610910"), ("football jersey", "610990"), ("arabica beans", "090121"),
           ("darjeeling loose leaf", "090240"), ("moon rock", "999998")]  # fmt: skip


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Nomenclature:
    """Give a nomenclature of four subheadings with quick settings."""
    packs = tmp_path_factory.mktemp("packs")
    folder = packs / "nomenclature" / "hs2022"
    folder.mkdir(parents=True)
    head = (PACKS_DIR / "nomenclature" / "hs2022.toml").read_text("utf-8")
    start, end = head.index("[counts]"), head.index("[reading]")
    counts = (
        "[counts]\nsubheadings_min = 4\nsubheadings_max = 4\nheadings_min = 3\nchapters_min = 2\n\n"
    )
    head = head[:start] + counts + head[end:]
    (packs / "nomenclature" / "hs2022.toml").write_text(head, "utf-8")
    (folder / "chapter_61.csv").write_text(CHAPTER_61, "utf-8")
    (folder / "chapter_09.csv").write_text(CHAPTER_09, "utf-8")
    (folder / "headings.csv").write_text(
        "hs4,label\n0901,Coffee\n0902,Tea\n6109,T-shirts\n", "utf-8"
    )
    whole = load_nomenclature("hs2022", packs)
    quick = replace(whole.fit, dimensions=8, models=2, epochs=30, grams_min=1)
    return replace(whole, fit=quick)


def history(times: int = 1) -> pl.DataFrame:
    rows = [
        (f"{text} {number}" if number else text, code, 1.0, "history")
        for number in range(times)
        for text, code in HISTORY
    ]
    return pl.DataFrame(rows, schema=no_history().schema, orient="row")


@pytest.fixture(scope="module")
def model(small: Nomenclature) -> GoodsModel:
    return train(small, history(), learned_from={"test": "0"})


def best(text: str, model: GoodsModel, nomenclature: Nomenclature) -> str:
    return f"{score(pl.Series([text]), model, nomenclature).code6[0, 0]:06d}"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("cotton tee", "610910"),
        ("t-shirts", "610910"),
        ("jersey for sports", "610990"),
        ("espresso", "090121"),
        ("darjeelings", "090240"),
    ],
)
def test_it_learns_what_it_is_told(
    text: str, code: str, model: GoodsModel, small: Nomenclature
) -> None:
    assert best(text, model, small) == code


def test_what_is_no_code_of_the_edition_is_left_out_and_counted(model: GoodsModel) -> None:
    assert model.card["left_out"] == 1
    assert model.card["examples"]["history"] == 4


@pytest.mark.requirement("D4")
@pytest.mark.partly("learning itself; the officer's desk comes with the service")
def test_training_twice_gives_the_same_model_bit_for_bit(
    model: GoodsModel, small: Nomenclature
) -> None:
    again = train(small, history(), learned_from={"test": "0"})
    assert again.id == model.id
    assert to_bytes(again) == to_bytes(model)
    other = train(small.with_seed(7), history(), learned_from={"test": "0"})
    assert other.id != model.id


def test_order_of_the_history_is_part_of_the_data(model: GoodsModel, small: Nomenclature) -> None:
    assert train(small, history().reverse(), learned_from={"test": "0"}).id != model.id


def test_a_model_survives_its_file(model: GoodsModel, small: Nomenclature) -> None:
    read = from_bytes(to_bytes(model))
    texts = pl.Series(["cotton tee", "tea", "zzqx", ""])
    one, other = score(texts, model, small), score(texts, read, small)
    assert one.code6.tolist() == other.code6.tolist()
    assert np.abs(one.sure6 - other.sure6).max() < 1e-6
    assert read.examples.equals(model.examples)
    assert from_bytes(to_bytes(read)).id == read.id


@pytest.mark.parametrize("damage", [b"", b"PK", b"nonsense" * 100])
def test_a_damaged_file_is_a_bad_call(damage: bytes) -> None:
    with pytest.raises(InputError, match="not a model of goods"):
        from_bytes(damage)


def test_a_cut_file_is_a_bad_call(model: GoodsModel) -> None:
    data = to_bytes(model)
    with pytest.raises(InputError, match="not a model of goods"):
        from_bytes(data[: len(data) // 2])


def test_enough_history_measures_the_calibration(small: Nomenclature) -> None:
    some = replace(small, fit=replace(small.fit, epochs=3, held_out=0.5))
    trained = train(some, history(150), learned_from={})
    assert trained.card["calibrated_on"]["source"] == "history"
    assert trained.card["calibrated_on"]["texts"] >= 200
    assert set(trained.calibration) == {2, 4, 6}
    assert all(0.0 <= right <= 1.0 for right in trained.card["right_on_held_out"].values())


def test_not_for_speaks_against(model: GoodsModel, small: Nomenclature) -> None:
    plain = score(pl.Series(["black tea"]), model, small)
    against = score(pl.Series(["iced tea"]), model, small)
    assert plain.code6[0, 0] == 90240
    assert against.sure6[0, list(against.code6[0]).index(90240)] < plain.sure6[0, 0]


def test_a_missing_default_model_says_how_to_make_it(tmp_path: Path) -> None:
    with pytest.raises(PackError, match="dev model"):
        load_default_model(tmp_path)


def test_the_packs_model_has_learned_from_the_packs_as_they_are() -> None:
    """Fails when words changed and the model was not made anew: run `./dev model`."""
    model = load_default_model(PACKS_DIR)
    nomenclature = load_nomenclature()
    assert model.classes.equals(nomenclature.labels["hs6"])
    assert model.card["taught_by"] == teaching(nomenclature)
    assert model.card["learned_from"] == {}
