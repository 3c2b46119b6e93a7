"""The catalogue of invented goods is whole, and its words hide no control that it does not name."""

from __future__ import annotations

import shutil
from pathlib import Path

import polars as pl
import pytest

from tidewaiter.knowledge.catalogue import load_goods, load_people
from tidewaiter.knowledge.controls import load_controls, word_pattern
from tidewaiter.knowledge.load import lanes
from tidewaiter.knowledge.pack import PACKS_DIR
from tidewaiter.vocabulary.errors import PackError

PRODUCTS_MIN, CHAPTERS_MIN = 400, 60


def texts() -> pl.DataFrame:
    """One row a product and phrase that may stand in its text, lower case."""
    goods = load_goods().products
    return goods.with_columns(
        pl.col("control").list.join("|").alias("kinds"),
        fixed=pl.format("{} | {}", "product", "category").str.to_lowercase(),
        told=pl.col("details").list.eval(pl.element().str.to_lowercase()),
        more=pl.col("features").list.join(" | ").str.to_lowercase(),
    )


def test_there_are_many_products_over_all_consumer_chapters() -> None:
    products = load_goods().products
    assert products.height >= PRODUCTS_MIN
    assert products["hs6"].str.slice(0, 2).n_unique() >= CHAPTERS_MIN
    assert products["hs6"].str.contains("^[0-9]{6}$").all()
    for column in ("product", "category", "department"):
        assert (products[column].str.strip_chars() != "").all(), column
    for column in ("origins", "details", "features"):
        assert (products[column].list.len() > 0).all(), column


def test_every_code_stands_in_the_nomenclature() -> None:
    tables = sorted((PACKS_DIR / "nomenclature" / "hs2022").glob("chapter_*.csv"))
    known = pl.concat(pl.read_csv(path, infer_schema=False).select("hs6") for path in tables)
    strange = load_goods().products.join(known, on="hs6", how="anti")
    assert strange.select("product", "hs6").rows() == []


def test_the_controls_that_kinds_name_exist() -> None:
    known = {
        entry["id"]
        for lane in lanes()
        for entry in load_controls(lane.lower()).pack.body["control"]
    }
    named = {control for controls in load_goods().kinds.values() for control in controls}
    assert named <= known


@pytest.mark.parametrize("kind", ["batteries", "weapons", "drones", "precious"])
def test_in_the_lane_goods_of_a_kind_always_say_so_and_others_never_do(kind: str) -> None:
    control = next(
        entry for entry in load_controls("ae").pack.body["control"] if entry["id"] == f"ae.{kind}"
    )
    pattern = word_pattern(tuple(control["words"]))
    rows = texts()
    always = (
        pl.col("fixed").str.contains(pattern)
        | pl.col("told").list.eval(pl.element().str.contains(pattern)).list.all()
    )
    ever = (
        pl.col("fixed").str.contains(pattern)
        | pl.col("told").list.eval(pl.element().str.contains(pattern)).list.any()
        | pl.col("more").str.contains(pattern)
    )
    mine = pl.col("control").list.contains(kind)
    if kind == "precious":  # the alert also needs a value that cheap goods never reach
        ever = ever & (pl.col("usd_high") > 1361)
    silent = rows.filter(mine & ~always)["product"].to_list()
    assert silent == [], "these are of the kind, but a text may not say so"
    telling = rows.filter(~mine & (pl.col("look_alike") != kind).fill_null(True) & ever)
    assert telling["product"].to_list() == [], "these are not of the kind, but a text may say so"


def test_names_have_given_and_family_part_in_every_culture_used() -> None:
    people = load_people()
    used = {culture for country in people.countries.values() for culture in country.cultures}
    have = people.names.group_by("culture").agg(pl.col("part").n_unique())
    assert used <= set(have.filter(pl.col("part") == 2)["culture"])


def test_all_faults_of_the_goods_are_listed_at_once(tmp_path: Path) -> None:
    shutil.copytree(PACKS_DIR / "catalogue", tmp_path / "catalogue")
    table = tmp_path / "catalogue" / "goods" / "food.csv"
    lines = table.read_text("utf-8").splitlines()
    lines.append("fish and chips,16,Food,9,2,10,20,GB,fried cod,hot,no_variant,no_kind,,0")
    table.write_text("\n".join(lines), "utf-8")
    pack = tmp_path / "catalogue" / "goods.toml"
    pack.write_text(pack.read_text("utf-8").replace('of = "title"', 'of = "headline"'), "utf-8")
    with pytest.raises(PackError) as caught:
        load_goods(tmp_path)
    listing = str(caught.value)
    for part in (
        "hs6 is not six digits",
        "prices are no rising band",
        "weight is not above 0",
        "control holds no kind",
        "variants hold no variant",
        "no pattern of title",
    ):
        assert part in listing


def test_a_missing_table_is_a_fault_that_names_it(tmp_path: Path) -> None:
    shutil.copytree(PACKS_DIR / "catalogue", tmp_path / "catalogue")
    (tmp_path / "catalogue" / "goods" / "food.csv").unlink()
    (tmp_path / "catalogue" / "people" / "names.csv").unlink()
    with pytest.raises(PackError, match=r"food\.csv"):
        load_goods(tmp_path)
    with pytest.raises(PackError, match=r"names\.csv"):
        load_people(tmp_path)
