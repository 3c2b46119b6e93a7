"""Whole columns: the same answers as one value at a time, and what check digits can promise."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tidewaiter.vocabulary.identifiers import checkdigits, columnar, gs1, identify
from tidewaiter.vocabulary.identifiers.countries import ALPHA2

Twin = Callable[[str], object]


def normal(kind: str) -> Twin:
    return lambda value: identify(kind, value).normal or None


def valid(kind: str) -> Twin:
    return lambda value: identify(kind, value).valid


TWINS: dict[str, Twin] = {
    "gtin_normal": normal("gtin"),
    "gtin_valid": valid("gtin"),
    "s10_normal": normal("s10"),
    "s10_valid": valid("s10"),
    "s10_country": lambda value: identify("s10", value).parts.get("country"),
    "awb_normal": normal("awb"),
    "awb_valid": valid("awb"),
    "entry_number_normal": normal("entry-number"),
    "entry_number_valid": valid("entry-number"),
    "hs_digits": normal("hs"),
    "ioss_wellformed": valid("ioss"),
    "eori_wellformed": valid("eori"),
}
DIGIT = st.sampled_from("0123456789")


def digits(least: int, most: int | None = None) -> st.SearchStrategy[str]:
    return st.text(DIGIT, min_size=least, max_size=most or least)


@st.composite
def gtins(draw: st.DrawFn) -> str:
    body = draw(st.sampled_from([7, 11, 12, 13]).flatmap(digits))
    return body + checkdigits.gs1(body)


@st.composite
def postal(draw: st.DrawFn) -> str:
    serial = draw(digits(8))
    country = draw(st.sampled_from([*sorted(ALPHA2), "XX", "UK"]))
    return f"RB{serial}{checkdigits.s10(serial)}{country}"


@st.composite
def waybills(draw: st.DrawFn) -> str:
    serial = draw(digits(7))
    return f"{draw(digits(3))}-{serial}{checkdigits.mod7(serial)}"


@st.composite
def entries(draw: st.DrawFn) -> str:
    filer = draw(st.text("0123AZ", min_size=3, max_size=3))
    serial = draw(digits(7))
    check = checkdigits.luhn(filer + serial) if filer.isdigit() else draw(DIGIT)
    return f"{filer}-{serial}-{check}"


HS = digits(2, 10).map(lambda code: f"{code[:4]}.{code[4:]}")
NUMBERS = st.one_of(
    gtins(),
    postal(),
    waybills(),
    entries(),
    HS,
    digits(9).map(lambda tail: f"IM276{tail[:7]}"),
    digits(11, 16).map(lambda tail: f"GB{tail}"),
    st.text("GBXIDEUK0123456789", min_size=3, max_size=18),
)
SPOILT = st.tuples(
    NUMBERS, st.integers(0, 20), st.sampled_from("0123456789 -.ABx\u00a0\n\u2013é١")
).map(lambda spoilt: spoilt[0][: spoilt[1]] + spoilt[2] + spoilt[0][spoilt[1] + 1 :])
LONG = NUMBERS.map(lambda number: number + " " * 256)
VALUES = st.one_of(NUMBERS, NUMBERS.map(str.lower), SPOILT, LONG, st.text(max_size=20))


def column(name: str, values: list[str | None]) -> list[object]:
    frame = pl.DataFrame({"x": values}, schema={"x": pl.String})
    return frame.select(getattr(columnar, name)(pl.col("x")))["x"].to_list()


@pytest.mark.requirement("D1")
@pytest.mark.partly("that H7 lines carry identifiers is judged by the check stage")
@settings(max_examples=200, deadline=None)
@given(st.lists(VALUES, min_size=1, max_size=12))
def test_a_column_says_what_the_single_value_says(values: list[str]) -> None:
    for name, twin in TWINS.items():
        assert column(name, list(values)) == [twin(value) for value in values], name


@pytest.mark.parametrize("name", TWINS)
def test_null_stays_null_and_an_empty_column_stays_empty(name: str) -> None:
    assert column(name, [None]) == [None]
    assert column(name, []) == []
    assert len(column(name, ["?", None, "4006381333931"])) == 3


@settings(max_examples=60, deadline=None)
@given(st.lists(gtins(), min_size=1, max_size=20))
def test_use_of_a_prefix_is_the_same_in_columns(values: list[str]) -> None:
    padded = [value.zfill(14) for value in values]
    uses = [gs1.use_of(value) for value in padded]
    assert column("gtin_use", list(padded)) == uses
    assert column("gtin_restricted", list(padded)) == [use in gs1.NOT_GLOBAL for use in uses]


def test_use_of_nothing_is_nothing() -> None:
    assert column("gtin_use", [None]) == [None]
    assert column("gtin_restricted", [None]) == [None]


def test_postal_columns_tell_wrong_digit_from_wrong_issuer() -> None:
    values = ["RB123456785GB", "RB123456786GB", "RB123456785XX", "nothing"]
    assert column("s10_shaped", list(values)) == [True, True, True, False]
    assert column("s10_check_valid", list(values)) == [True, False, True, None]
    assert column("s10_country_known", list(values)) == [True, True, False, None]


@pytest.mark.parametrize("name", [*TWINS, "gtin_use", "gtin_restricted", "s10_shaped"])
def test_a_column_keeps_its_name(name: str) -> None:
    frame = pl.DataFrame({"gtin_text": ["4006381333931"]})
    assert frame.select(getattr(columnar, name)(pl.col("gtin_text"))).columns == ["gtin_text"]


def test_issuers_may_be_given() -> None:
    frame = pl.DataFrame({"x": ["RB123456785GB", "RB123456785XX"]})
    assert frame.select(columnar.s10_valid(pl.col("x"), {"XX"}))["x"].to_list() == [False, True]


@given(st.lists(VALUES, min_size=2, max_size=12), st.integers(1, 11))
@settings(max_examples=25, deadline=None)
def test_any_cut_of_a_column_gives_the_same(values: list[str], cut: int) -> None:
    for name in ("gtin_normal", "s10_normal", "entry_number_normal"):
        whole = column(name, list(values))
        assert whole == column(name, list(values[:cut])) + column(name, list(values[cut:]))


@given(digits(7, 9))
def test_a_remainder_by_seven_is_never_seven_or_more(serial: str) -> None:
    assert checkdigits.mod7(serial) in "0123456"


@given(digits(3), digits(7), st.sampled_from("789"))
def test_no_air_waybill_ends_in_seven_or_more(prefix: str, serial: str, last: str) -> None:
    assert not identify("awb", f"{prefix}{serial}{last}").valid


@given(gtins(), st.data())
def test_one_changed_digit_makes_a_gtin_invalid(value: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(value) - 1))
    digit = data.draw(DIGIT)
    assume(digit != value[place])
    assert not identify("gtin", value[:place] + digit + value[place + 1 :]).valid


@given(digits(8), st.integers(0, 8), DIGIT)
def test_one_changed_digit_makes_a_postal_number_invalid_but_for_remainders_0_and_6(
    serial: str, place: int, digit: str
) -> None:
    number = f"RB{serial}{checkdigits.s10(serial)}GB"
    assume(number[2 + place] != digit)
    changed = f"{number[: 2 + place]}{digit}{number[3 + place :]}"
    rests = {_s10_rest(one[2:10]) for one in (number, changed)}
    # Remainders 0 and 6 share the check digit 5: the one weakness of the algorithm.
    assert identify("s10", changed).valid == (place < 8 and rests == {0, 6})


def _s10_rest(serial: str) -> int:
    return sum(int(d) * w for d, w in zip(serial, checkdigits.S10_WEIGHTS, strict=True)) % 11
