"""The rates of a pack: one row a code, every text read once, footnotes from above, speed."""

from __future__ import annotations

import time
from decimal import Decimal
from functools import cache

import polars as pl
import pytest

from tests.knowledge.tariff.samples import HTS_ROWS, cn_csv, hts, hts_json, manifest, pack
from tests.shared_data import shared
from tidewaiter.knowledge.tariff import sources
from tidewaiter.knowledge.tariff.pack import TariffPack, from_bytes, to_bytes
from tidewaiter.knowledge.tariff.rates import headings_of, rates_of
from tidewaiter.knowledge.tariff.table import build
from tidewaiter.vocabulary.tariff_frames import TARIFF_HEADINGS, TARIFF_RATES

SECONDS_MAX = 2.0


@cache
def official() -> TariffPack:
    files = []
    for chapter in (61, 62, 99):
        path = shared(f"tariff/us_hts/chapter_{chapter}.json")
        source, reading = sources.read(path.read_bytes(), path.name)
        files.append((path.name, reading))
    table = build(files, source.spec)
    return from_bytes(to_bytes(manifest(table), table))


def by_code(held: TariffPack) -> dict[str, dict[str, object]]:
    return {row["code"]: row for row in rates_of(held).to_dicts()}


@pytest.mark.requirement("G1")
def test_declarable_codes_have_the_rates_of_their_line_in_columns() -> None:
    rows = by_code(pack())
    assert sorted(rows) == [
        "6901101010", "6901101020", "6901102000", "6901109000", "6901900030", "6901900090",
    ]  # fmt: skip
    red = rows["6901101010"]
    assert (red["rate_text"], red["rate"], red["percent"]) == ("4.5%", "4.5 %", Decimal("4.5"))
    assert (red["other_text"], red["other"]) == ("40%", "40 %")
    paper = rows["6901109000"]
    assert paper["percent"] == 3
    assert (paper["amount_1"], paper["unit_1"], paper["currency"]) == (Decimal("0.02"), "kg", "USD")
    assert paper["special"] == [{"rate": "free", "symbols": []}] or paper["special"]


@pytest.mark.requirement("G2")
def test_a_footnote_counts_for_all_lines_below_it() -> None:
    rows = by_code(pack())
    assert rows["6901101010"]["notes"] == rows["6901101020"]["notes"] == ["9903.99.99"]
    assert rows["6901102000"]["notes"] == []


@pytest.mark.requirement("G2")
def test_headings_of_chapter_99_are_apart_and_say_what_comes_on_top() -> None:
    more = [
        hts("9903.99.98", 0, "Kites of steel", general="The duty provided in the applicable "
            "subheading + a duty of 25% upon the value of the steel content"),
        hts("9903.99.97", 0, "Kites of note 1", general="No change"),
        hts("9903.99.96", 0, "Kites of note 2", general="Free"),
        hts("9903.99.95", 0, "Kites of note 3", general="See note 3"),
        hts("9903.99.94", 0, "Kites", general="The duty provided in the applicable subheading "
            "+ 10%"),
    ]  # fmt: skip
    held = pack(hts_json([*HTS_ROWS[:-1], *more]))
    rows = {row["heading"]: row for row in headings_of(held).to_dicts()}
    read = {name: (row["on_top"], row["percent"]) for name, row in rows.items()}
    assert read == {
        "9903.99.94": (True, Decimal(10)),
        "9903.99.95": (None, None),
        "9903.99.96": (False, Decimal(0)),
        "9903.99.97": (True, Decimal(0)),
        "9903.99.98": (True, None),
    }
    assert "elsewhere" in rows["9903.99.95"]["unknown"]
    assert rows["9903.99.98"]["rate"] == "normal + 25 % of content(steel)"


@pytest.mark.requirement("G1")
def test_a_code_without_any_rate_is_unknown_not_free() -> None:
    rows = by_code(pack(cn_csv()))
    assert len(rows) == 3
    assert {row["percent"] for row in rows.values()} == {None}
    assert all(row["unknown"] for row in rows.values())


def test_frames_are_as_declared_also_where_there_is_nothing() -> None:
    for held in (pack(), pack(cn_csv()), official()):
        assert rates_of(held).schema == TARIFF_RATES.schema
        assert headings_of(held).schema == TARIFF_HEADINGS.schema


@pytest.mark.requirement("G1")
def test_the_us_lines_of_knitted_cotton_shirts() -> None:
    rows = by_code(official())
    shirts = rows["6109100012"]
    assert shirts["percent"] == Decimal("16.5")
    assert shirts["notes"] == ["9903.88.15"]
    assert any("KR" in one["symbols"] and one["rate"] == "free" for one in shirts["special"])
    assert shirts["other"] == "90 %"
    known = [row for row in rows.values() if row["unknown"] is None]
    sets = {row["unknown"] for row in rows.values()} - {None}
    assert sets == {"each part of the set pays its own rate"}
    assert len(known) > 0.85 * len(rows)


@pytest.mark.requirement("G2")
def test_the_us_headings_on_top() -> None:
    frame = headings_of(official())
    rows = {row["heading"]: row for row in frame.to_dicts()}
    assert (rows["9903.88.15"]["on_top"], rows["9903.88.15"]["percent"]) == (True, Decimal("7.5"))
    assert (rows["9903.88.01"]["on_top"], rows["9903.88.01"]["percent"]) == (True, Decimal(25))
    told = frame.filter(pl.col("rate_text").is_not_null())
    assert told["unknown"].null_count() >= 0.99 * told.height


def test_a_whole_schedule_is_read_in_two_seconds() -> None:
    held = official()
    rates_of(held)
    start = time.perf_counter()
    rates = rates_of(held)
    headings = headings_of(held)
    assert rates.height + headings.height > 5000
    assert time.perf_counter() - start < SECONDS_MAX
