"""Charge: the normal duty from a tariff schedule, claims of programmes, and the other rates."""

from __future__ import annotations

import datetime as dt
import json
import random
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.knowledge.tariff.samples import NOTE, hts, hts_csv, hts_json
from tests.stages.cases import batch
from tidewaiter.knowledge.load import Knowledge, load
from tidewaiter.knowledge.pack import PACKS_DIR
from tidewaiter.knowledge.programmes import load_programmes
from tidewaiter.knowledge.regimes import load_regime
from tidewaiter.knowledge.schedules import Schedule
from tidewaiter.runtime.tariff.importing import About, import_files
from tidewaiter.runtime.tariff.in_force import schedules_of
from tidewaiter.stages.charge import charge
from tidewaiter.vocabulary.batch import Batch
from tidewaiter.vocabulary.errors import PackError

OWNERS = ("formats", "check", "fuse", "classify", "link")
ON = dt.date(2026, 7, 15)
REGIME = """
[pack]
id = "regimes/zz"
kind = "regimes"
title = "Utopia"
retrieved_on = 2026-01-01
licence = "Apache-2.0"

[[source]]
id = "law"
title = "Utopian Tariff Act"
confidence = "own"

[regime]
jurisdiction = "ZZ"
currency = "USD"
decimals = 2
destinations = ["ZZ"]
valuation = "price"

[[measure]]
id = "zz.normal"
kind = "duty"
title = "normal duty"
from = 2020-01-01
rate = "normal"
source = "law"

[[measure]]
id = "zz.note"
kind = "duty"
title = "on top by footnote"
from = 2020-01-01
rate = "10 %"
notes = ["9903.99.99"]
source = "law"
"""
PROGRAMMES = """
[pack]
id = "programmes/us"
kind = "programmes"
title = "Utopian programmes"
retrieved_on = 2026-01-01
licence = "Apache-2.0"

[[source]]
id = "law"
title = "Utopian Tariff Act"
confidence = "own"

[programmes]
jurisdiction = "US"

[[programme]]
symbol = "XX"
title = "friends"
origins = ["NZ"]
needs = "proof of origin"
from = 2020-01-01
source = "law"

[[programme]]
symbol = "YY"
title = "old friends"
origins = ["AU"]
needs = "proof of origin"
from = 2000-01-01
to = 2026-01-01
source = "law"

[[programme]]
symbol = "Q"
title = "some friends"
origins = ["FJ"]
needs = "proof of origin"
from = 2020-01-01
source = "law"

[[other]]
origins = ["CU"]
from = 2020-01-01
source = "law"
"""
ROWS = [
    hts("6901", 0, "Kites:"),
    hts("6901.10", 1, "Of paper:"),
    hts("6901.10.10.00", 2, "Box", general="4%", special="Free (XX,YY) 1% (Q*)", other="40%",
        footnotes=[NOTE]),
    hts("6901.10.20.00", 2, "Plain", general="8%", special="Free (YY)", other="50%"),
    hts("6901.20.00.00", 1, "Of silk", general="2¢/kg + 3%", special="Free (XX)", other="$1 each",
        units=["kg"]),
    hts("6901.30.00.00", 1, "Sets", general="The rate applicable to each garment in the ensemble "
        "if separately entered", other="20%"),
    hts("6901.40.00.00", 1, "Free ones", general="Free", other="Free"),
]  # fmt: skip


@pytest.fixture(scope="module")
def schedule(tmp_path_factory: pytest.TempPathFactory) -> Schedule:
    return schedule_from(hts_json(ROWS), tmp_path_factory.mktemp("tariff"))


def schedule_from(data: bytes, folder: Path) -> Schedule:
    (folder / "file").write_bytes(data)
    (folder / "programmes").mkdir()
    (folder / "programmes" / "us.toml").write_text(PROGRAMMES, "utf-8")
    done = import_files([folder / "file"], folder / "out", About(valid_from=ON), imported_at=ON)
    [(_, made)] = schedules_of(done.pack)
    return replace(made, programmes=load_programmes("US", folder))


@pytest.fixture(scope="module")
def knowledge(tmp_path_factory: pytest.TempPathFactory, schedule: Schedule) -> Knowledge:
    folder = tmp_path_factory.mktemp("packs")
    for kind in ("regimes", "exchange"):
        (folder / kind).mkdir()
    (folder / "regimes" / "zz.toml").write_text(REGIME, "utf-8")
    (folder / "exchange" / "estimates.toml").write_bytes(
        (PACKS_DIR / "exchange" / "estimates.toml").read_bytes()
    )
    lawful = load("AE").with_regime(load_regime("zz", folder))
    return lawful.with_schedules(((dt.date(2020, 1, 1), schedule),))


def line(code: str, **more: Any) -> dict[str, Any]:
    facts = more.pop("facts", None)
    return {
        "consignment_id": more.pop("parcel", "p"), "declared_value": "100",
        "declared_currency": "USD", "hs6": code[:6], "hs_code": code, "country_origin": "CN",
        "declared_facts": None if facts is None else json.dumps(facts), **more,
    }  # fmt: skip


def charged(knowledge: Knowledge, *lines: dict[str, Any]) -> Batch:
    return charge(batch(list(lines), owners=OWNERS), knowledge, on=ON)


def normal(knowledge: Knowledge, *lines: dict[str, Any]) -> list[tuple[str, str | None, str]]:
    """Give least, most and rate of the normal duty of each line."""
    done = charged(knowledge, *lines).charges.filter(pl.col("layer") == "zz.normal")
    rows = done.select("amount", "amount_high", "rate").rows()
    return [
        (f"{low:.2f}", None if high is None else f"{high:.2f}", rate) for low, high, rate in rows
    ]


NOT_KNOWN = "normal rate, not known here"


@pytest.mark.parametrize(
    ("told", "owed"),
    [
        pytest.param({"code": "6901101000"}, ("4.00", "4.00", "4%"), id="the line's own rate"),
        pytest.param({"code": "690110"}, ("4.00", "8.00", NOT_KNOWN), id="a subheading is a range"),
        pytest.param(
            {"code": "6901109999"}, ("4.00", "8.00", NOT_KNOWN),
            id="a national code that is not there counts as its subheading",
        ),
        pytest.param({"code": "6901400000"}, ("0.00", "0.00", "Free"), id="free is known"),
        pytest.param(
            {"code": "6901200000", "net_mass_g": 50_000}, ("4.00", "4.00", "2¢/kg + 3%"),
            id="an amount by weight",
        ),
        pytest.param(
            {"code": "6901200000"}, ("3.00", None, "2¢/kg + 3%"),
            id="an amount by weight without weight has no upper bound",
        ),
        pytest.param(
            {"code": "6901300000"},
            ("0.00", None, ROWS[5]["general"]),
            id="a rate that is not known is not nothing",
        ),
        pytest.param({"code": "777777"}, ("0.00", None, NOT_KNOWN), id="a code that is not there"),
        pytest.param(
            {"code": "6901101000", "tariff_rate_text": "5 %"}, ("5.00", "5.00", "5 %"),
            id="the rate told with the line counts before the schedule",
        ),
        pytest.param(
            {"code": "6901101000", "country_origin": "NZ", "facts": {"preference": "xx "}},
            ("0.00", "0.00", "free under XX, with proof of origin"),
            id="a claim that the line and the origin allow",
        ),
        pytest.param(
            {"code": "6901101000", "country_origin": "CN", "facts": {"preference": "XX"}},
            ("4.00", "4.00", "4% (XX is not for goods of that origin)"),
            id="a claim that the origin does not allow",
        ),
        pytest.param(
            {"code": "6901101000", "country_origin": "AU", "facts": {"preference": "YY"}},
            ("4.00", "4.00", "4% (YY is not in force on that day)"),
            id="a claim of a programme that has ended",
        ),
        pytest.param(
            {"code": "6901102000", "country_origin": "NZ", "facts": {"preference": "XX"}},
            ("8.00", "8.00", "8% (XX is not in this tariff line)"),
            id="a claim that the tariff line does not have",
        ),
        pytest.param(
            {"code": "6901101000", "country_origin": "FJ", "facts": {"preference": "Q"}},
            ("1.00", "4.00", NOT_KNOWN),
            id="a marked symbol may leave the beneficiary out",
        ),
        pytest.param(
            {"code": "690110", "country_origin": "NZ", "facts": {"preference": "XX"}},
            ("0.00", "8.00", NOT_KNOWN),
            id="a claim that only some lines of the subheading have",
        ),
        pytest.param(
            {"code": "6901101000", "country_origin": "NZ", "facts": {"preference": 300}},
            ("4.00", "4.00", "4% (300 is not in this tariff line)"),
            id="a number as a preference",
        ),
        pytest.param(
            {"code": "6901101000", "country_origin": "NZ", "facts": {"preference": ""}},
            ("4.00", "4.00", "4%"),
            id="an empty claim is none",
        ),
        pytest.param(
            {"code": "6901101000", "country_origin": "NZ"}, ("4.00", "4.00", "4%"),
            id="nothing is claimed by itself",
        ),
        pytest.param(
            {"code": "6901101000", "country_origin": "CU"}, ("40.00", "40.00", "40 %"),
            id="origins without normal relations pay the other rate",
        ),
        pytest.param(
            {"code": "6901101000", "country_origin": "CU", "tariff_rate_text": "4 %"},
            ("40.00", "40.00", "40 %"),
            id="a normal rate told does not help them",
        ),
        pytest.param(
            {"code": "6901200000", "country_origin": "CU", "quantity": Decimal(7)},
            ("7.00", "7.00", "1 USD/unit"),
            id="an other rate by number",
        ),
    ],
)  # fmt: skip
def test_the_normal_duty_is(
    knowledge: Knowledge, told: dict[str, Any], owed: tuple[str, str | None, str]
) -> None:
    assert normal(knowledge, line(**told)) == [owed]


@pytest.mark.parametrize(
    ("code", "owed", "state"),
    [
        pytest.param("6901101000", "14.00", "exact", id="the line names the heading"),
        pytest.param("6901102000", "8.00", "exact", id="the line does not name it"),
        pytest.param("690110", "4.00", "bounded", id="some lines of the subheading name it"),
        pytest.param("777777", "0.00", "undetermined", id="the line is not known"),
    ],
)
def test_layers_by_footnote(knowledge: Knowledge, code: str, owed: str, state: str) -> None:
    done = charged(knowledge, line(code)).consignments
    assert f"{done['duty'][0]:.2f}" == owed
    assert done["charge_state"][0] == state


def test_a_file_without_footnotes_says_nothing_of_layers(
    knowledge: Knowledge, tmp_path: Path
) -> None:
    bare = schedule_from(hts_csv(), tmp_path)
    blind = knowledge.with_schedules(((dt.date(2020, 1, 1), bare),))
    done = charged(blind, line("6901101010"))
    layer = done.charges.filter(pl.col("layer") == "zz.note").to_dicts()[0]
    assert (layer["amount"], layer["amount_high"]) == (0, 10)
    assert layer["needs"] == ["national tariff code"]
    assert normal(blind, line("6901101010")) == [("4.50", "4.50", "4.5%")]


def test_without_a_schedule_nothing_changes(knowledge: Knowledge) -> None:
    assert normal(knowledge.with_schedules(()), line("6901101000")) == [("0.00", None, NOT_KNOWN)]


CODES = ("6901101000", "6901102000", "690110", "6901200000", "6901300000", "6901400000", "777777")
DRAWN = st.lists(
    st.tuples(
        st.sampled_from(CODES),
        st.sampled_from(("NZ", "CU", "CN", "FJ", None)),
        st.sampled_from((None, "XX", "YY", "Q")),
        st.sampled_from((None, "5 %", "3 USD/kg")),
        st.sampled_from((None, 250, 10_000)),
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=25, deadline=None)
@given(drawn=DRAWN, seed=st.integers(0, 9))
def test_order_and_company_of_lines_change_nothing(
    knowledge: Knowledge, drawn: list[Any], seed: int
) -> None:
    lines = [
        line(code, parcel=f"p{n}", country_origin=origin, tariff_rate_text=rate, net_mass_g=mass,
             facts=None if claim is None else {"preference": claim})
        for n, (code, origin, claim, rate, mass) in enumerate(drawn)
    ]  # fmt: skip
    columns = ("consignment_id", "duty", "owed_high", "charge_state")
    whole = charged(knowledge, *lines).consignments.select(columns).sort("consignment_id")
    shuffled = random.Random(seed).sample(lines, len(lines))
    other = charged(knowledge, *shuffled).consignments.select(columns).sort("consignment_id")
    alone = pl.concat([charged(knowledge, one).consignments.select(columns) for one in lines])
    assert whole.rows() == other.rows() == alone.sort("consignment_id").rows()
    known = whole.filter(pl.col("owed_high").is_not_null())
    assert (known["duty"] <= known["owed_high"]).all()


def test_offers_are_those_of_the_line_the_origin_and_the_day(schedule: Schedule) -> None:
    pairs = [("6901101000", "NZ"), ("690110", "NZ"), ("6901102000", "NZ"), ("6901101000", "AU"),
             ("6901101000", "FJ"), ("6901101000", "CN")]  # fmt: skip
    asked = pl.DataFrame(pairs, schema=["goods_code", "country_origin"], orient="row")
    told = schedule.offers(asked, ON).select("goods_code", "preference", "rate").rows()
    assert sorted(told) == [
        ("690110", "XX", "free"), ("6901101000", "Q", "1 %"), ("6901101000", "XX", "free"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("was", "becomes", "fault"),
    [
        pytest.param('symbol = "XX"', 'symbol = "XX*"', "without a mark", id="a marked symbol"),
        pytest.param('origins = ["NZ"]', 'origins = "NZ"', "two-letter", id="origins as text"),
        pytest.param("to = 2026-01-01", "to = 1999-01-01", "from before to", id="ends too early"),
        pytest.param('jurisdiction = "US"', 'jurisdiction = "GB"', "name of the file", id="place"),
        pytest.param('title = "friends"', "", "'title' is missing", id="no title"),
    ],
)
def test_a_programmes_pack_with_a_fault_is_refused(
    tmp_path: Path, was: str, becomes: str, fault: str
) -> None:
    (tmp_path / "programmes").mkdir()
    text = PROGRAMMES.replace(was, becomes)
    (tmp_path / "programmes" / "us.toml").write_text(text, "utf-8")
    with pytest.raises(PackError, match=fault):
        load_programmes("US", tmp_path)


def test_the_bundled_programmes_are_marked_as_from_memory() -> None:
    known = load_programmes("US").known
    assert known
    assert {one.confidence for one in known} == {"memory"}
    assert load_programmes("NZ").known == ()
