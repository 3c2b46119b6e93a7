"""Lists of measures become a regime pack that loads, says every rate and hides none."""

from __future__ import annotations

import datetime as dt
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidewaiter.knowledge.rates.house import parse_rate
from tidewaiter.knowledge.rates.tree import Percent
from tidewaiter.knowledge.regimes import load_regime
from tidewaiter.knowledge.tariff import measures
from tidewaiter.knowledge.tariff.lines import Unreadable
from tidewaiter.knowledge.tariff.measure_lines import Measure, MeasureReading, make
from tidewaiter.knowledge.tariff.measure_pack import About, as_regime
from tidewaiter.vocabulary.errors import InputError
from tidewaiter.vocabulary.tariff_frames import TARIFF_MEASURES

ON = dt.date(2026, 7, 1)
ABOUT = About(
    name="xk", title="A land of kites", jurisdiction="XK", currency="EUR", decimals=2,
    valuation="cif", source="list of kites", confidence="official", retrieved_on=ON,
    valid_from=dt.date(2026, 1, 1), licence="invented",
)  # fmt: skip
HEAD = "goods,rate,type,origin,from,last_day,title,legal,conditions\n"
XML = """<measures>
  <area id="2020"><member>KE</member><member>TZ</member></area>
  <measure id="1" goods-code="6901100000" type="103" geographical-area="1011"
           valid-from="2026-01-01" valid-to="2026-12-31" legal="Act 5">
    <title>Third country duty</title>
    <duty-expression>10 % MIN 1.20 EUR/kg MAX 3.00 EUR/kg</duty-expression>
    <exclude-area>CN</exclude-area>
  </measure>
  <measure id="2" goods-code="6901000000" type="142" geographical-area="2020">
    <duty-expression>0.000 %</duty-expression>
    <condition code="U088">Movement certificate, EUR.1</condition>
  </measure>
  <measure id="3" goods-code="6901000000" type="750" geographical-area="1011"/>
</measures>"""


def read(text: str, name: str = "list.csv") -> MeasureReading:
    return measures.read(text.encode(), name)


def pack(reading: MeasureReading) -> dict[str, Any]:
    return tomllib.loads(as_regime(reading, ABOUT)[0])


def entries(text: str) -> list[dict[str, Any]]:
    return pack(read(HEAD + pad(text)))["measure"]


def load(tmp_path: Path, reading: MeasureReading) -> Any:
    (tmp_path / "regimes").mkdir()
    (tmp_path / "regimes" / "xk.toml").write_text(as_regime(reading, ABOUT)[0], "utf-8")
    return load_regime("xk", tmp_path)


@pytest.mark.requirement("G1")
def test_two_columns_are_enough(tmp_path: Path) -> None:
    regime = load(tmp_path, read("HS code;percent\n69.01;12,5\n6902;12,5 %\n6903;0\n"))
    held = {measure.rate_text: measure.hit.text for measure in regime.on_day(ON).measures}
    assert held == {"12.5 %": "goods of 6901, 6902", "0 %": "goods of 6903"}
    assert not regime.on_day(dt.date(2025, 12, 31)).measures


@pytest.mark.requirement("G1")
def test_a_longer_code_beats_a_shorter_one_for_as_long_as_it_is_in_force() -> None:
    found = entries("69,20 %\n690110,5 %,,,2026-03-01,2026-05-31\n")
    told = [(one["from"], one.get("to"), one["rate"], one.get("goods_not")) for one in found]
    assert sorted(told, key=str) == [
        (dt.date(2026, 1, 1), dt.date(2026, 3, 1), "20 %", None),
        (dt.date(2026, 3, 1), dt.date(2026, 6, 1), "20 %", ["690110"]),
        (dt.date(2026, 3, 1), dt.date(2026, 6, 1), "5 %", None),
        (dt.date(2026, 6, 1), None, "20 %", None),
    ]


@pytest.mark.requirement("G1")
def test_a_preference_stands_instead_of_the_normal_duty_and_needs_its_proof() -> None:
    found = {one["layer"]: one for one in entries("69,20 %\n6901,0 %,preference,KE; TZ\n")}
    preference = found["xk.preference"]
    assert preference["replaces"] == ["xk.normal"]
    assert preference["origins"] == ["KE", "TZ"]
    assert preference["facts_on"] == ["proof_of_origin"]
    made = pack(read(HEAD + pad("6901,0 %,preference,KE")))
    assert made["question"][0]["fact"] == "proof_of_origin"
    assert "replaces" not in made["measure"][0]  # there is no normal duty to replace


@pytest.mark.requirement("G2")
def test_trade_remedies_are_layers_of_their_own_side_by_side(tmp_path: Path) -> None:
    rows = "69,20 %\n6901,18 %,anti-dumping,CN,,,Case 1\n6901,7 %,countervailing,CN,,,Case 2\n"
    reading = read(HEAD + pad(rows))
    regime = load(tmp_path, reading)
    layers = sorted(measure.layer.rsplit(".", 1)[0] for measure in regime.on_day(ON).measures)
    assert layers == ["xk", "xk.antidumping", "xk.countervailing"]


@pytest.mark.requirement("G1")
def test_a_rate_that_is_not_understood_is_unknown_not_free_and_not_lost(tmp_path: Path) -> None:
    reading = read(HEAD + pad("69,see the schedule\n6902,5\n"))
    assert [bool(one.unknown) for one in reading.measures] == [True, True]
    for measure in load(tmp_path, reading).on_day(ON).measures:
        assert measure.undetermined
    assert measures.as_frame(reading)["unknown"].null_count() == 0


REJECTED = [
    ("a lost zero", "101,5 %", "leading zero"),
    ("letters for a code", "kites,5 %", "no code"),
    ("a country in words", "69,5 %,,China", "no country code"),
    ("a type unknown", "69,5 %,preferance", "preference"),
    ("an amount without a unit", "69,3 EUR", "needs per"),
    ("days in the wrong order", "69,5 %,,,2026-05-01,2026-04-30", "before the first"),
    ("no date", "69,5 %,,,soon", "not a date"),
    ("a table", "69,table(vat)", "table"),
]


@pytest.mark.parametrize(
    ("row", "reason"), [one[1:] for one in REJECTED], ids=[c[0] for c in REJECTED]
)
def test_a_record_that_is_not_understood_is_set_apart(row: str, reason: str) -> None:
    reading = read(HEAD + pad(f"{row}\n70,5 %"))
    assert len(reading.measures) == 1
    assert [one.line for one in reading.rejected] == [1]
    assert reason in reading.rejected[0].reason


@pytest.mark.parametrize(
    ("rows", "reason"),
    [("69,5 %\n69,6 %\n", "contradicts"), ("69,5 %\n69,5 %\n", "stands twice")],
    ids=["two rates", "the same twice"],
)
def test_contradictions_are_set_apart_and_the_first_counts(rows: str, reason: str) -> None:
    text, refused = as_regime(read(HEAD + pad(rows)), ABOUT)
    assert [(one.line, reason in one.reason) for one in refused] == [(2, True)]
    assert [one["rate"] for one in tomllib.loads(text)["measure"]] == ["5 %"]


def pad(rows: str) -> str:
    return "".join(
        f"{row}{',' * (HEAD.count(',') - row.count(','))}\n" for row in rows.splitlines()
    )


@pytest.mark.requirement("G1")
def test_xml_says_what_its_shape_says(tmp_path: Path) -> None:
    reading = read(XML, "list.xml")
    first, second = reading.measures
    assert (first.goods, first.type, first.origins, first.origins_not) == (
        ("690110",), "normal", (), ("CN",))  # fmt: skip
    assert first.rate == parse_rate("min(max(10 %, 1.2 EUR/kg), 3 EUR/kg)", "here")
    assert (first.valid_to, first.legal) == (dt.date(2026, 12, 31), "Act 5")
    assert (second.goods, second.origins) == (("6901",), ("KE", "TZ"))
    assert second.conditions == ("movement_certificate_eur_1",)
    assert reading.ignored == 1  # a control has no duty expression
    assert not reading.rejected
    regime = load(tmp_path, reading)
    assert len(regime.on_day(ON).measures) == 2
    assert len(regime.on_day(dt.date(2027, 1, 1)).measures) == 1


EVIL = [
    ("an entity", '<!DOCTYPE m [<!ENTITY a "b">]><measures><measure/></measures>', "DOCTYPE"),
    ("cut off", "<measures><measure", "not well-formed"),
    ("another document", "<goods><measures/><measure/></goods>", "not <measures>"),
]


@pytest.mark.parametrize(
    ("text", "reason"), [one[1:] for one in EVIL], ids=[one[0] for one in EVIL]
)
def test_xml_that_is_no_list_is_refused(text: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        read(text, "list.xml")


def test_xml_with_unknown_parts_is_set_apart() -> None:
    strange = XML.replace("<title>", "<quota/><title>").replace('"2020">\n', '"2027">\n')
    reading = read(strange, "list.xml")
    assert [one.line for one in reading.rejected] == [1, 2]
    assert "quota" in reading.rejected[0].reason
    assert "2027" in reading.rejected[1].reason


def test_frames_are_as_declared() -> None:
    frame = measures.as_frame(read(XML, "list.xml"))
    assert frame.schema == TARIFF_MEASURES.schema
    assert frame["kind"].unique().to_list() == ["duty"]


def test_files_that_are_no_list_are_refused() -> None:
    with pytest.raises(InputError, match="cannot be told"):
        read("nothing", "list.dat")
    with pytest.raises(InputError, match="rate"):
        read("goods,colour\n69,red\n")
    with pytest.raises(Unreadable, match="no type"):
        make(1, {"goods": "69", "rate": "5 %", "type": "kite"})


codes = st.sampled_from(["", "69", "6901", "690110", "69011020", "6902", "70"])
days = st.integers(1, 12).map(lambda month: dt.date(2026, month, 1))
rows = st.lists(
    st.builds(
        lambda goods, percent, first, last: {
            "goods": goods, "rate": f"{percent} %", "valid_from": min(first, last).isoformat(),
            "valid_to": max(first, last).isoformat(),
        },
        codes, st.integers(0, 3), days, days,
    ),
    max_size=8,
)  # fmt: skip


@pytest.mark.requirement("G1")
@given(rows=rows, code=st.sampled_from(["6901102030", "690110", "6902", "70", "71"]), on=days)
def test_on_any_day_the_longest_code_in_force_counts_and_only_it(
    rows: list[dict[str, str | None]], code: str, on: dt.date
) -> None:
    reading = MeasureReading(measures=[make(at, row) for at, row in enumerate(rows, start=1)])
    text, refused = as_regime(reading, ABOUT)
    apart = {one.line for one in refused}
    kept = [one for one in reading.measures if one.line not in apart]
    assert hit(tomllib.loads(text).get("measure", []), code, on) == longest(kept, code, on)


def hit(found: list[dict[str, Any]], code: str, on: dt.date) -> list[Decimal]:
    def under(prefixes: list[str]) -> bool:
        return any(code.startswith(prefix) for prefix in prefixes)

    return [
        Decimal(one["rate"].removesuffix(" %"))
        for one in found
        if one["from"] <= on < one.get("to", dt.date.max)
        and under(one.get("goods", [""]))
        and not under(one.get("goods_not", []))
    ]


def longest(kept: list[Measure], code: str, on: dt.date) -> list[Decimal]:
    able = [
        (len(goods), one.rate.percent)
        for one in kept
        for goods in one.goods
        if code.startswith(goods) and one.valid_from <= on <= one.valid_to
        and isinstance(one.rate, Percent)
    ]  # fmt: skip
    return [max(able)[1]] if able else []


def test_the_same_list_gives_the_same_bytes_in_any_order() -> None:
    lines = ["69,20 %", "6901,5 %", "6902,5 %", "70,0.4 USD/kg + 9 %", ",18 %,vat"]
    one = as_regime(read(HEAD + pad("\n".join(lines))), ABOUT)[0]
    other = as_regime(read(HEAD + pad("\n".join(reversed(lines)))), ABOUT)[0]
    assert one == other


def test_ten_thousand_codes_become_few_measures() -> None:
    lines = "\n".join(f"{code},{code % 5 * 5} %" for code in range(10_000_000, 10_010_000))
    found = pack(read(HEAD + pad(lines)))["measure"]
    assert len(found) == 5
    assert sum(len(one["goods"]) for one in found) == 10_000
