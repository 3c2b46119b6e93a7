"""The code lists: their own examples, membership by day, and the ways a trader writes a country."""

from __future__ import annotations

import datetime as dt
import tomllib
from decimal import Decimal

import polars as pl
import pytest

from tidewaiter.knowledge.codelists import country, grams, load_codelists
from tidewaiter.knowledge.pack import PACKS_DIR
from tidewaiter.vocabulary.errors import PackError

LISTS = load_codelists()


def examples(name: str) -> list[dict[str, str]]:
    path = PACKS_DIR / "codelists" / f"{name}.toml"
    return tomllib.loads(path.read_text("utf-8"))["example"]


@pytest.mark.parametrize("example", examples("countries"), ids=lambda e: e["text"])
def test_a_country_of_the_packs_examples_is_read_as_said(example: dict[str, str]) -> None:
    said = example["text"]
    code = country(said, LISTS)
    if said.upper() in LISTS.specials and said.upper() not in LISTS.countries["code"]:
        code = None
    assert (code or "") == example["code"]


@pytest.mark.parametrize("example", examples("trade"), ids=lambda e: f"{e['list']} {e['text']}")
def test_a_unit_mode_or_nature_of_the_packs_examples_is_read_as_said(
    example: dict[str, str],
) -> None:
    if example["list"] == "unit":
        factor = grams(example["text"], LISTS)
        assert factor == (Decimal(example["reads"]) if example["reads"] else None)
        return
    frame = LISTS.modes if example["list"] == "mode" else LISTS.natures
    key = example["text"].lower().replace("_", " ")
    assert dict(frame.iter_rows())[key] == example["reads"]


def test_namibia_and_norway_are_countries_and_no_nulls() -> None:
    codes = LISTS.countries["code"]
    assert codes.null_count() == 0
    assert {"NA", "NO"} <= set(codes)


def test_every_country_has_three_codes_and_a_name_in_seven_languages() -> None:
    iso = LISTS.countries.drop_nulls("alpha3")
    assert 249 <= iso.height <= 251
    assert iso["alpha3"].n_unique() == iso["numeric"].n_unique() == iso.height
    named = pl.read_csv(PACKS_DIR / "codelists/countries/names.csv", infer_schema=False)
    assert named.group_by("code").len()["len"].unique().to_list() == [7]


@pytest.mark.parametrize(
    ("day", "inside", "outside"),
    [
        (dt.date(2013, 6, 30), "GB", "HR"),
        (dt.date(2013, 7, 1), "HR", "XI"),
        (dt.date(2020, 12, 31), "GB", "XI"),
        (dt.date(2021, 1, 1), "XI", "GB"),
        (dt.date(2026, 11, 1), "DE", "CH"),
    ],
    ids=[
        "Croatia is not yet in",
        "Croatia is in",
        "the last day of the United Kingdom",
        "Northern Ireland stays in for goods",
        "Switzerland never was",
    ],
)
def test_membership_of_the_union_goes_by_the_day(day: dt.date, inside: str, outside: str) -> None:
    members = LISTS.eu_members(day)
    assert inside in members
    assert outside not in members


def test_minor_units_are_those_of_iso_4217() -> None:
    decimals = dict(LISTS.currencies.select("code", "decimals").iter_rows())
    assert (decimals["EUR"], decimals["JPY"], decimals["KWD"], decimals["AFN"]) == (2, 0, 3, 2)


def test_a_currency_that_ended_says_when() -> None:
    ended = dict(LISTS.currencies.select("code", "tender_until").iter_rows())
    assert ended["HRK"] == dt.date(2023, 1, 14)
    assert ended["EUR"] is None


def test_no_key_stands_twice_in_any_list() -> None:
    for frame in (
        LISTS.country_names, LISTS.currency_signs, LISTS.units, LISTS.modes, LISTS.natures,
    ):  # fmt: skip
        assert frame["key"].n_unique() == frame.height


def test_a_dollar_sign_is_less_sure_than_a_euro_sign() -> None:
    sure = dict(LISTS.currency_signs.select("key", "confidence").iter_rows())
    assert sure["$"] < 0.9 <= sure["€"]


def test_all_faults_of_a_pack_come_at_once(tmp_path) -> None:
    folder = tmp_path / "codelists"
    folder.mkdir()
    for name in ("countries", "currencies", "trade"):
        text = (PACKS_DIR / "codelists" / f"{name}.toml").read_text("utf-8")
        if name == "trade":
            text = text.replace('grams = "1000"', 'gram = "1000"', 1).replace(
                'source = "rec19"', 'source = "nobody"', 1
            )
        (folder / f"{name}.toml").write_text(text, "utf-8")
    with pytest.raises(PackError) as error:
        load_codelists(tmp_path)
    assert len(error.value.faults) == 3
