"""Rows stand under the right rows, and nothing wrong is said where a row above is missing."""

from __future__ import annotations

import polars as pl
import pytest

from tests.knowledge.tariff.samples import HTS_ROWS, cn_csv, hts, hts_json, table
from tidewaiter.knowledge.tariff.table import with_paths


def paths(rows: list[object]) -> dict[str, tuple[str | None, bool]]:
    made = with_paths(table(hts_json(rows), "us-hts-json").lines)
    return {row["code"] or row["description"]: (row["path"], row["path_complete"])
            for row in made.to_dicts()}  # fmt: skip


def test_paths_join_the_texts_above_with_headings_that_have_no_code() -> None:
    found = paths(list(HTS_ROWS))
    assert found["6901101010"] == ("Kites and streamers: > Of paper: > Kites: > Box kites", True)
    assert found["6901109000"] == ("Kites and streamers: > Of paper: > Streamers:", True)
    assert found["6901"] == (None, True)


@pytest.mark.parametrize("indent", ["2", "no number"], ids=["known depth", "unknown depth"])
def test_below_a_rejected_heading_the_path_is_open_and_never_wrong(indent: str) -> None:
    rows: list[object] = list(HTS_ROWS)
    rows[7] = {**hts("69x", 2, "Streamers:"), "indent": indent}
    found = paths(rows)
    assert found["6901109000"] == ("Kites and streamers: > Of paper:", False)
    assert found["6901101010"][1] is True
    assert found["6901900030"] == ("Kites and streamers: > Other", True)


def test_a_code_that_does_not_begin_like_the_one_above_is_not_hung_under_it() -> None:
    rows: list[object] = [*HTS_ROWS[:5], hts("6907.55.55.55", 4, "Stray"), *HTS_ROWS[5:]]
    found = paths(rows)
    assert found["6907555555"] == (None, False)
    assert found["6901101020"] == ("Kites and streamers: > Of paper: > Kites: > Box kites", True)


def test_a_jump_in_depth_is_kept_and_marked() -> None:
    found = paths([hts("6901", 0, "Kites"), hts("6901.10.10.00", 4, "Red")])
    assert found["6901101000"] == ("Kites", False)


def test_rates_are_taken_whole_from_the_nearest_code_above_or_not_at_all() -> None:
    rows = [
        hts("6901", 0, "Kites"),
        hts("6901.10.10", 1, "Box", general="5%"),
        hts("6901.10.10.10", 2, "Red"),
        hts("6901.10.10.20", 2, "Blue", special="Free (XX)"),
        hts("6901.90", 1, "Other"),
        hts("6901.90.10.00", 2, "Silk"),
    ]
    told = {row["code"]: (row["rate_general"], row["rate_special"], row["rates_from"])
            for row in table(hts_json(rows)).lines.to_dicts()}  # fmt: skip
    assert told["6901101010"] == ("5%", None, "69011010")
    assert told["6901101020"] == (None, "Free (XX)", None)
    assert told["6901901000"] == (None, None, None)


def test_an_eight_digit_line_is_declarable_only_if_it_is_not_split() -> None:
    rows = [hts("6901.10.10", 0, "Split", general="5%"), hts("", 1, "Between:"),
            hts("6901.10.10.10", 2, "Leaf"), hts("6901.10.20", 0, "Whole", general="6%"),
            hts("6901.20", 0, "A subheading is never declarable")]  # fmt: skip
    lines = table(hts_json(rows)).lines
    assert lines.filter(pl.col("declarable"))["code"].to_list() == ["6901101010", "69011020"]


def test_order_of_children_follows_the_source_and_counts_fit() -> None:
    made = table(cn_csv())
    assert made.lines["row"].to_list() == list(range(1, made.lines.height + 1))
    assert made.counts["codes"] + made.counts["without_code"] == made.counts["kept"]
    assert made.counts["subheadings"] == 2
