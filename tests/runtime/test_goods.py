"""Goods with files: reading texts, confirming, training, measuring, which model is in force."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tidewaiter.knowledge.nomenclature import Nomenclature, load_nomenclature
from tidewaiter.runtime.data_dir import ENVIRONMENT
from tidewaiter.runtime.goods import store, training
from tidewaiter.runtime.goods.answering import answer
from tidewaiter.runtime.goods.evaluating import calibration_error, coverage, evaluate
from tidewaiter.runtime.goods.reading import read_file, read_lines
from tidewaiter.runtime.goods.store import confirmed, knowledge_in_force
from tidewaiter.runtime.goods.training import confirm_rows, train_files
from tidewaiter.vocabulary.errors import InputError
from tidewaiter.vocabulary.intervals import wilson

ON = dt.date(2026, 11, 25)


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give every test a data directory of its own."""
    monkeypatch.setenv(ENVIRONMENT, str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Train small and fast."""
    whole = load_nomenclature()
    fit = replace(whole.fit, dimensions=4, models=1, epochs=1, held_out=0.0, grams_min=50)
    small = replace(whole, fit=fit)
    monkeypatch.setattr(training, "load_nomenclature", lambda: small)


def write(path: Path, *rows: dict[str, Any]) -> Path:
    path.write_text("\n".join(json.dumps(row) for row in rows) + "\n", "utf-8")
    return path


def rows_of(**columns: str | None) -> pl.DataFrame:
    names = (
        "title",
        "description",
        "category_path",
        "brand",
        "attributes",
        "gtin",
        "product",
        "hs6",
    )
    row = {name: columns.get(name) for name in names}
    return pl.DataFrame([row], schema=dict.fromkeys(names, pl.String))


def test_columns_go_by_many_names_and_others_are_told(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.ndjson",
        {"id": 7, "product_name": "Mug", "attributes": {"Material": "Stoneware"},
         "category": ["Home", "Mugs"], "hs_code": "6912.00.44", "price": 3},
    )  # fmt: skip
    read = read_file(path, labelled=True)
    row = read.rows.row(0, named=True)
    assert row["title"] == "Mug"
    assert row["attributes"] == "Material: Stoneware"
    assert row["category_path"] == "Home Mugs"
    assert row["hs6"] == "691200"
    assert row["id"] == "7"
    assert read.ignored == ["price"]


def test_leading_zeros_survive_a_csv(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("text,hs6\nroasted coffee,090121\n", "utf-8")
    assert read_file(path, labelled=True).rows["hs6"].to_list() == ["090121"]


def test_bad_rows_are_told_with_their_line(tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    path.write_text('{"text":"mug","hs6":"691200"}\n[1]\nnonsense\n{"text":"cup","hs6":"12"}\n')
    read = read_file(path, labelled=True)
    assert read.rows.height == 1
    assert sorted(read.rejected["line"].to_list()) == [2, 3, 4]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", "colour,hs6\nred,691200\n", "no column of goods"),
        ("a.csv", "text\nmug\n", "no column hs6"),
        ("a.parquet", "no parquet", "cannot be read"),
    ],
)
def test_files_that_cannot_serve_are_bad_calls(
    tmp_path: Path, name: str, content: str, message: str
) -> None:
    path = tmp_path / name
    path.write_text(content, "utf-8")
    with pytest.raises(InputError, match=message):
        read_file(path, labelled=True)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.binary(max_size=200) | st.text(max_size=60).map(lambda t: json.dumps({"text": t}).encode())
)
def test_any_bytes_get_an_answer_or_a_rejection(line: bytes) -> None:
    knowledge = knowledge_in_force("EU")
    read = read_lines(line + b'\n{"text": "mug"}\n')
    told = answer(read.rows, knowledge, on=ON)
    assert len(told) == read.rows.height
    assert told[-1]["hs6"] is not None
    for one in told:
        assert one["outcome"] in ("accept", "heading", "ask", "person")
        assert len(one["candidates"]) <= 5


def test_a_hundred_kilobytes_of_text_are_read_up_to_a_limit() -> None:
    read = read_lines(json.dumps({"text": "mug " * 25_000}).encode())
    assert answer(read.rows, knowledge_in_force("EU"), on=ON)[0]["hs6"].startswith("69")


def test_a_confirmed_answer_is_remembered_at_once_and_only_once(data: Path) -> None:
    row = rows_of(title="Acme gadget", hs6="851762")
    assert confirm_rows(row, by="officer 3", authority="officer", on=ON) == 1
    assert confirm_rows(row, by="officer 3", authority="officer", on=ON) == 0
    assert confirmed().height == 1
    told = answer(read_lines(b'{"text":"ACME gadget"}').rows, knowledge_in_force("EU"), on=ON)[0]
    assert (told["hs6"], told["layer"], told["outcome"]) == ("851762", "memory", "accept")


def test_a_torn_last_line_loses_nothing_else(data: Path) -> None:
    confirm_rows(rows_of(title="one", hs6="851762"), by="a", authority="broker", on=ON)
    path = store.goods_dir() / "confirmed.ndjson"
    path.write_bytes(path.read_bytes() + b'{"text": "torn')
    confirm_rows(rows_of(title="two", hs6="851762"), by="a", authority="broker", on=ON)
    assert confirmed()["text"].to_list() == ["one", "two"]


@pytest.mark.parametrize(
    ("code", "by", "authority", "message"),
    [
        ("000000", "a", "officer", "no subheading"),
        ("851762", "a", "king", "authority"),
        ("851762", " ", "officer", "nobody confirms"),
    ],
)
def test_what_cannot_be_confirmed_is_a_bad_call(
    code: str, by: str, authority: str, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        confirm_rows(rows_of(title="x", hs6=code), by=by, authority=authority, on=ON)


@pytest.mark.requirement("D4")
@pytest.mark.partly("memory, training and measure; the officer's desk comes with the service")
def test_training_puts_a_model_in_force_and_default_brings_the_old_one_back(
    quick: None, tmp_path: Path
) -> None:
    path = write(tmp_path / "h.ndjson", {"text": "acme gadget", "hs6": "851762"},
                 {"text": "no code", "hs6": "1"})  # fmt: skip
    before = knowledge_in_force("EU").goods.id
    done = train_files([path], on=ON)
    assert done.rejected == {"h.ndjson": 1}
    assert done.card["learned_from"]["h.ndjson"]
    assert done.card["trained_on"] == "2026-11-25"
    assert knowledge_in_force("EU").goods.id == done.model.id != before
    assert store.models()[0]["in_force"]
    again = train_files([path], on=dt.date(2026, 12, 1))
    assert again.model.id == done.model.id
    store.put_in_force("default")
    assert knowledge_in_force("EU").goods.id == before
    with pytest.raises(InputError, match="model"):
        store.put_in_force("nonsense")


def test_the_digest_of_a_decision_speaks_of_the_model_and_the_memory(
    quick: None, tmp_path: Path
) -> None:
    plain = knowledge_in_force("AE").digest
    confirm_rows(rows_of(title="one", hs6="851762"), by="a", authority="broker", on=ON)
    remembering = knowledge_in_force("AE").digest
    train_files([write(tmp_path / "h.ndjson", {"text": "a b", "hs6": "851762"})], on=ON)
    assert len({plain, remembering, knowledge_in_force("AE").digest}) == 3


def test_measuring_tells_what_the_model_has_learned_before(tmp_path: Path) -> None:
    path = write(
        tmp_path / "t.ndjson",
        {"text": "men's cotton t-shirt", "hs6": "610910"},
        {"text": "roasted coffee beans", "hs6": "090121"},
        {"text": "coffee mug, stoneware", "hs6": "691200"},
        {"text": "moon rock", "hs6": "999998"},
    )
    found = evaluate(read_file(path, labelled=True), knowledge_in_force("EU"), on=ON)
    assert found["rows"] == 4
    assert found["codes_not_in_edition"] == 1
    assert found["learned_before"] == 0
    assert found["hs6"]["top1"]["right"] == pytest.approx(0.75)
    assert found["hs2"]["top5"]["interval"][0] < found["hs2"]["top5"]["right"]
    assert sum(band["of"] for band in found["by_similarity"]) == 4
    assert sum(found["outcomes"].values()) == pytest.approx(1.0, abs=0.01)


def test_intervals_errors_and_coverage_by_hand() -> None:
    low, high = wilson(8, 10)
    assert (round(low, 3), round(high, 3)) == (0.490, 0.943)
    said = pl.Series([0.9, 0.9, 0.1, 0.1]).to_numpy()
    right = pl.Series([True, True, False, False]).to_numpy()
    assert calibration_error(said, right) == pytest.approx(0.1)
    assert coverage(said, right, 0.9) == pytest.approx(0.5)


def test_the_nomenclature_in_force_is_that_of_the_model() -> None:
    nomenclature: Nomenclature = load_nomenclature()
    assert knowledge_in_force("EU").goods.classes.equals(nomenclature.labels["hs6"])
