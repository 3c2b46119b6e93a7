"""Differences between two editions are named one by one, by kind."""

from __future__ import annotations

import copy
from typing import Any

import polars as pl
import pytest

from tests.knowledge.tariff.samples import HTS_ROWS, UK_ROWS, hts, hts_json, pack, uk_csv
from tidewaiter.knowledge.tariff.changes import KINDS, counts, diff
from tidewaiter.vocabulary.tariff_frames import TARIFF_CHANGES


def changed(**edits: Any) -> list[Any]:
    """The sample with rows edited by code: a dict of fields, or None to take the row away."""
    rows = []
    for row in copy.deepcopy(HTS_ROWS):
        edit = edits.get("_" + row["htsno"].replace(".", ""), {})
        if edit is not None:
            rows.append({**row, **edit})
    return rows


def compare(rows: list[Any]) -> list[tuple[Any, ...]]:
    return diff(pack(), pack(hts_json(rows), edition="2026 rev 2")).rows()


def test_equal_packs_do_not_differ() -> None:
    found = diff(pack(), pack(imported_at=pack().manifest.valid_from))
    assert found.height == 0
    assert found.schema == pl.Schema(TARIFF_CHANGES.schema)
    assert counts(found) == dict.fromkeys(KINDS, 0)


@pytest.mark.parametrize(
    ("edits", "expected"),
    [
        pytest.param({"_6901101020": None}, [("removed", "6901101020", "description", "Other", None)],
                     id="a code is gone"),
        pytest.param({"_6901109000": {"description": "Paper  streamers "}}, [],
                     id="blanks are no change"),
        pytest.param(
            {"_6901109000": {"description": "Streamers of paper"}},
            [("description", "6901109000", "description", "Paper streamers", "Streamers of paper")],
            id="a text is changed"),
        pytest.param(
            {"_69011010": {"general": "5%"}},
            [("rate", code, "rate_general", "4.5%", "5%")
             for code in ("69011010", "6901101010", "6901101020")],
            id="a rate is changed for every line that inherits it"),
        pytest.param({"_6901102000": {"special": "Free (XX)"}},
                     [("rate", "6901102000", "rate_special", "", "Free (XX)")],
                     id="a programme is added"),
        pytest.param({"_6901109000": {"units": ["kg", "m"]}},
                     [("units", "6901109000", "units", "kg", "kg, m")], id="units are changed"),
        pytest.param({"_69011010": {"footnotes": []}},
                     [("footnotes", "69011010", "footnotes", "general 1 See 9903.99.99. endnote", "")],
                     id="a footnote is gone"),
        pytest.param(
            {"_690110": {"description": "Of paper or paperboard:"}},
            [("description", "690110", "description", "Of paper:", "Of paper or paperboard:")],
            id="new words of a coded heading move nothing"),
    ],
)  # fmt: skip
def test_what_an_edit_is_called(edits: dict[str, Any], expected: list[tuple[Any, ...]]) -> None:
    assert compare(changed(**edits)) == expected


def test_a_code_under_another_heading_has_moved() -> None:
    rows = [row for row in HTS_ROWS if row["htsno"] != "6901.10.20.00"]
    row = next(row for row in HTS_ROWS if row["htsno"] == "6901.10.20.00")
    rows.insert(-4, row)  # now below "Streamers:"
    assert compare(rows) == [
        ("moved", "6901102000", "above", "6901 > 690110 > Kites:", "6901 > 690110 > Streamers:")
    ]


def test_a_new_number_for_the_same_text_in_the_same_place_is_a_hint() -> None:
    found = compare(changed(_6901109000={"htsno": "6901.10.95.00"}))
    assert ("renumbered", "6901109000", "code", "6901109000", "6901109500") in found
    assert [row[0] for row in found] == ["added", "removed", "renumbered"]


def test_a_split_line_is_no_longer_declarable_and_its_parts_are_added() -> None:
    rows = [*HTS_ROWS, hts("9903.99.99.10", 1, "Red")]
    found = compare(rows)
    assert [row[:2] for row in found] == [("added", "9903999910"), ("declarable", "99039999")]


def test_days_and_repeated_codes_are_paired_in_order() -> None:
    rows = copy.deepcopy(UK_ROWS)
    rows[4][6] = "2026-12-31"
    again = ["9", "108", "6901100010", "80", "Red again", "2027-01-01", "#NA", "103", "x", "80"]
    before, after = pack(uk_csv(), schedule="UKT"), pack(uk_csv([*rows, again]), schedule="UKT")
    found = diff(before, after)
    assert found.select("kind", "code", "before", "after").rows() == [
        ("added", "6901100010", None, "Red again"),
        ("validity", "6901100010", "2026-06-30", "2026-12-31"),
    ]
