"""The official files of the US schedule are read whole (reference data beside the clone)."""

from __future__ import annotations

import csv
import json

import polars as pl
import pytest

from tests.knowledge.tariff.samples import table
from tests.shared_data import shared
from tidewaiter.knowledge.tariff.table import with_paths

ROWS = {"61": 1345, "62": 2088, "99": 3438}
TEN_DIGITS = {"61": 838, "62": 1247, "99": 0}
LINES_9903 = 712


def read(chapter: str) -> pl.DataFrame:
    return table(shared(f"tariff/us_hts/chapter_{chapter}.json").read_bytes()).lines


@pytest.mark.parametrize("chapter", sorted(ROWS))
def test_every_row_is_kept_and_none_rejected(chapter: str) -> None:
    made = table(shared(f"tariff/us_hts/chapter_{chapter}.json").read_bytes())
    assert made.counts["records"] == made.counts["kept"] == ROWS[chapter]
    assert made.counts["rejected"] == made.counts["path_incomplete"] == 0
    assert made.counts.get("codes_of_10_digits", 0) == TEN_DIGITS[chapter]


def test_all_of_9903_is_there_and_hangs_under_no_subheading() -> None:
    lines = read("99").filter(pl.col("code").is_not_null())
    assert lines.filter(pl.col("code").str.starts_with("9903")).height == LINES_9903
    assert lines["hs6"].null_count() == lines.height


@pytest.mark.parametrize("chapter", ["61", "62"])
def test_ten_digit_leaves_have_the_rates_of_their_line(chapter: str) -> None:
    lines = read(chapter)
    leaves = lines.filter(pl.col("declarable"))
    assert leaves["code"].str.len_chars().unique().to_list() == [10]
    assert leaves["rate_general"].null_count() == 0
    assert leaves["rate_other"].null_count() == 0
    heirs = leaves.filter(pl.col("rates_from").is_not_null())
    above = lines.select(
        pl.col("code").alias("rates_from"), pl.col("rate_general").alias("own"),
        pl.col("rates_from").alias("from_above"),
    ).drop_nulls("rates_from")  # fmt: skip
    joined = heirs.join(above, on="rates_from", how="left")
    assert heirs.height > 700
    assert joined.filter(pl.col("own").ne_missing(pl.col("rate_general"))).height == 0
    assert joined["from_above"].null_count() == heirs.height
    assert heirs.filter(pl.col("rates_from") != pl.col("code").str.head(8)).height == 0


@pytest.mark.parametrize("chapter", ["61", "62"])
def test_every_subheading_is_one_of_hs_2022_and_every_one_of_hs_2022_is_there(chapter: str) -> None:
    with shared("classification/hs2022/harmonized-system.csv").open(encoding="utf-8") as file:
        hs = {row["hscode"] for row in csv.DictReader(file) if row["level"] == "6"}
    wanted = {code for code in hs if code.startswith(chapter)}
    assert set(read(chapter)["hs6"].drop_nulls()) == wanted


def test_paths_are_those_of_the_indents_in_the_file() -> None:
    rows = json.loads(shared("tariff/us_hts/chapter_62.json").read_text("utf-8"))
    stack: list[str] = []
    expected: list[str | None] = []
    for row in rows:
        del stack[int(row["indent"]) :]
        expected.append(" > ".join(stack) or None)
        stack.append(row["description"].strip())
    assert with_paths(read("62"))["path"].to_list() == expected


def test_no_text_keeps_stray_blanks() -> None:
    for chapter in sorted(ROWS):
        lines = read(chapter)
        notes = lines["footnotes"].explode().struct.field("text").drop_nulls()
        units = lines["units"].explode().drop_nulls()
        for texts in (notes, units, lines["description"], lines["rate_general"].drop_nulls()):
            assert texts.equals(texts.str.strip_chars())
