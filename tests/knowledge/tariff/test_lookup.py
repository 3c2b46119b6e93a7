"""What stands under a subheading, whether codes exist, and which edition counts on a day."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.knowledge.tariff.samples import hts, hts_json, manifest, pack, table, uk_csv
from tidewaiter.knowledge.tariff.lookup import (
    CANDIDATE_COLUMNS,
    choose,
    exists,
    is_leaf,
    national_candidates,
    under,
)  # fmt: skip
from tidewaiter.knowledge.tariff.pack import from_bytes, to_bytes
from tidewaiter.vocabulary.errors import InputError

DAY = dt.date


def hs6(*codes: str | None) -> pl.DataFrame:
    return pl.DataFrame({"hs6": codes}, schema={"hs6": pl.String})


def test_national_codes_under_a_subheading_come_with_all_their_texts() -> None:
    found = national_candidates(pack(), hs6("690110", "690110", None, "690190", "123456"))
    assert found.columns == list(CANDIDATE_COLUMNS)
    assert found["code"].to_list() == [
        "6901101010", "6901101020", "6901102000", "6901109000", "6901900030", "6901900090",
    ]  # fmt: skip
    first = found.row(0, named=True)
    assert first["text"] == "Kites and streamers: > Of paper: > Kites: > Box kites > Red"
    assert (first["description"], first["rate_general"]) == ("Red", "4.5%")


def test_no_subheading_or_no_column_is_an_empty_answer_or_a_bad_call() -> None:
    assert under(pack(), hs6()).height == 0
    with pytest.raises(InputError, match="hs6"):
        under(pack(), pl.DataFrame({"code": ["690110"]}))


def test_a_day_leaves_out_codes_that_have_ended() -> None:
    held = pack(uk_csv(), schedule="UKT")
    codes = pl.Series("code", ["6901100010", "6901.10.0090"])
    assert under(held, hs6("690110"), DAY(2026, 6, 30)).height == 2
    assert under(held, hs6("690110"), DAY(2026, 7, 1))["code"].to_list() == ["6901100090"]
    assert exists(held, codes, DAY(2026, 7, 1)).to_list() == [False, True]
    assert exists(held, codes).to_list() == [True, True]


def test_codes_exist_and_leaves_are_told_from_headings() -> None:
    codes = pl.Series("c", ["6901", "6901.10.10", "6901.10.10.10", "6909", None, "", "x"])
    assert exists(pack(), codes).to_list() == [True, True, True, False, None, False, False]
    assert is_leaf(pack(), codes).to_list() == [False, False, True, False, None, False, False]


@given(st.permutations(["690110", "690190", "999999"]))
def test_order_of_the_question_does_not_matter(codes: list[str]) -> None:
    held = pack()
    whole = under(held, hs6(*codes))
    parts = pl.concat([under(held, hs6(code)) for code in codes]).sort("hs6", "code")
    assert whole.equals(parts)


FIRST = {"edition": "1", "valid_from": DAY(2026, 1, 1), "imported_at": DAY(2026, 1, 5)}
CORRECTED = {
    "edition": "1 corrected",
    "valid_from": DAY(2026, 1, 1),
    "imported_at": DAY(2026, 3, 1),
}
SECOND = {"edition": "2", "valid_from": DAY(2026, 7, 1), "imported_at": DAY(2026, 6, 1)}


@pytest.mark.parametrize(
    ("on", "known_at", "edition"),
    [
        pytest.param(DAY(2025, 12, 31), None, None, id="before the first edition there is none"),
        pytest.param(DAY(2026, 2, 1), None, "1 corrected", id="a correction counts from then on"),
        pytest.param(DAY(2026, 2, 1), DAY(2026, 2, 1), "1", id="a replay knows no later import"),
        pytest.param(DAY(2026, 2, 1), DAY(2026, 1, 1), None, id="nothing was known yet"),
        pytest.param(DAY(2026, 6, 30), None, "1 corrected", id="the day before a new edition"),
        pytest.param(DAY(2026, 7, 1), None, "2", id="the first day of a new edition"),
        pytest.param(DAY(2026, 7, 1), DAY(2026, 5, 1), "1 corrected", id="not yet imported"),
    ],
)
def test_two_packs_coexist_and_the_right_one_counts(
    on: DAY, known_at: DAY | None, edition: str | None
) -> None:
    packs = [pack(**FIRST), pack(**SECOND), pack(**CORRECTED)]
    for order in (packs, packs[::-1]):
        found = choose(order, on, known_at)
        assert (found.manifest.edition if found else None) == edition


def test_packs_of_two_schedules_are_not_chosen_among() -> None:
    with pytest.raises(InputError, match="different schedules"):
        choose([pack(), pack(jurisdiction="GB")], DAY(2026, 2, 1))


def test_a_schedule_of_thirty_thousand_rows_is_read_whole_and_looked_up() -> None:
    rows = []
    for chapter in range(1, 98):
        for heading in range(1, 13):
            four = f"{chapter:02d}{heading:02d}"
            rows.append(hts(four, 0, f"Invented goods of heading {four} of all kinds and sizes:"))
            for at in range(1, 6):
                rows += [
                    hts(f"{four}.{at}0", 1, f"Of material number {at}, whether or not dyed:"),
                    hts("", 2, "Other:"),
                    hts(f"{four}.{at}0.10", 3, "Valued over 5 each", general=f"{at}.5%"),
                    hts(f"{four}.{at}0.10.10", 4, "Large", units=["No.", "kg"]),
                    hts(f"{four}.{at}0.10.90", 4, "Other", units=["No.", "kg"]),
                ]
    made = table(hts_json(rows))
    assert made.counts["kept"] > 30_000
    data = to_bytes(manifest(made), made)
    held = from_bytes(data)
    every = held.lines.select("hs6").drop_nulls()
    assert under(held, every).height == made.counts["declarable"] == 97 * 12 * 5 * 2
