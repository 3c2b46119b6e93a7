"""One value at a time: every kind's rules, sentences and examples."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.eu import oss

from tests.shared_data import shared
from tidewaiter.vocabulary.errors import InputError
from tidewaiter.vocabulary.identifiers import describe, guess, identify, kinds
from tidewaiter.vocabulary.identifiers.countries import ALPHA2
from tidewaiter.vocabulary.identifiers.standards.mid import (
    build_mid,
    mid_city,
    mid_country,
    mid_name,
    mid_street_number,
)

VECTOR_KINDS = {
    "s10": "s10",
    "cbp_entry_number": "entry-number",
    "ioss": "ioss",
    "awb": "awb",
    "gtin": "gtin",
}


def vectors() -> dict[str, dict[str, list[str]]]:
    return json.loads(shared("identifiers/vectors.json").read_text("utf-8"))


@pytest.mark.requirement("D1")
@pytest.mark.partly("that H7 lines carry identifiers is judged by the check stage")
@pytest.mark.parametrize("section", VECTOR_KINDS)
def test_published_vectors_come_out_right(section: str) -> None:
    seen = 0
    for said, values in vectors()[section].items():
        for value in values:
            found = identify(VECTOR_KINDS[section], value)
            assert found.valid == (said == "valid"), (said, found)
            if said == "invalid_country":
                assert found.parts["fault"] == "issuer"
            if said == "invalid_check":
                assert found.parts["fault"] == "check_digit"
            seen += 1
    assert seen >= 2


def test_published_name_parts_of_manufacturer_codes_come_out_right() -> None:
    for name, part in vectors()["mid_name_part"].items():
        assert mid_name(name) == part


def case(*values: object, why: str) -> object:
    return pytest.param(*values, id=why)


@pytest.mark.parametrize(
    ("kind", "value", "normal"),
    [
        case("s10", " rb 12345678 5 gb ", "RB123456785GB", why="blanks and small letters"),
        case("s10", "LP-202607315-DE", "LP202607315DE", why="hyphens"),
        case("s10", "AA400000050US", "AA400000050US", why="remainder ten is written 0"),
        case("s10", "AA400000085US", "AA400000085US", why="remainder eleven is written 5"),
        case("gtin", "4006381-333931", "04006381333931", why="a hyphen in an EAN"),
        case("gtin", "012345678905", "00012345678905", why="a UPC keeps its leading zero"),
        case("gtin", "73513537", "00000073513537", why="a GTIN-8"),
        case("gln", "9521101530001", "9521101530001", why="a GLN"),
        case("sscc", "(00)395211015300000019", "395211015300000019", why="identifier 00 goes"),
        case("sscc", "00395211015300000019", "395211015300000019", why="and without brackets"),
        case("awb", "61844100221", "618-44100221", why="an air waybill without hyphen"),
        case("awb", "020 1234 5675", "020-12345675", why="a prefix with a leading zero"),
        case("inbond", "257700052", "257700052", why="example of CBP Form 7512"),
        case("entry-number", "30045678916", "300-4567891-6", why="a numeric filer code"),
        case("ioss", "im2760010000", "IM2760010000", why="an IOSS number"),
        case("eori", "gb 123456789000", "GB123456789000", why="a British EORI"),
        case("eori", "XI123456789000", "XI123456789000", why="Northern Ireland"),
        case("vat", "DE 136.695.976".replace(".", " "), "DE136695976", why="a German VAT number"),
        case("vat", "EL094259216", "EL094259216", why="Greece is EL"),
        case("vat", "GB980780684", "GB980780684", why="a British VAT number"),
        case("vat", "XI980780684", "XI980780684", why="a Northern Irish VAT number"),
        case("hs", "6109.10.00", "61091000", why="dots in a tariff code"),
        case("hs", "01 01", "0101", why="a heading with leading zero"),
        case("unlocode", "AE DXB", "AEDXB", why="a place code"),
        case("container", "csqu 305438 3", "CSQU3054383", why="a container"),
        case("ean", "4006381333931", "04006381333931", why="an alias"),
        case("Entry_Number", "30045678916", "300-4567891-6", why="the name written otherwise"),
    ],
)
def test_valid_values_have_one_normal_form(kind: str, value: str, normal: str) -> None:
    found = identify(kind, value)
    assert (found.valid, found.normal, found.reason) == (True, normal, "")
    assert found.value == value


@pytest.mark.parametrize(
    ("kind", "value", "fault", "told"),
    [
        case("s10", "RB123456786US", "check_digit", "RB123456785US", why="wrong check digit"),
        case("s10", "RB123456785XX", "issuer", "XX", why="unknown issuer, right check digit"),
        case("s10", "RB123456785UK", "issuer", "GB instead of UK", why="UK for GB"),
        case("s10", "RB12345678GB", "form", "13 signs", why="a sign too few"),
        case("gtin", "2012345678900", "check_digit", "2012345678903", why="GTIN check digit"),
        case("gtin", "40063813339", "length", "11 digits", why="a length no GTIN has"),
        case("gtin", "12345678905", "length", "012345678905", why="a zero lost from a UPC"),
        case("gtin", "4.00638E+12", "form", "spreadsheet", why="scientific notation"),
        case("gtin", "4006381333931.0", "form", "spreadsheet", why="a number with decimals"),
        case("gtin", "40063813339ab", "signs", "letters and digits", why="letters in a GTIN"),
        case("gtin", "", "empty", "empty", why="nothing"),
        case("gtin", "9" * 300, "length", "longer than", why="endless digits"),
        case("s10", "RB123456785GB" + " " * 300, "length", "longer than", why="endless blanks"),
        case("awb", "176-08393330", "check_digit", "176-08393335", why="AWB check digit"),
        case("awb", "618-4410022", "length", "10 digits", why="AWB too short"),
        case("inbond", "25770005", "length", "257700052", why="no check digit yet"),
        case("entry-number", "300-4567891-7", "check_digit", "300-4567891-6", why="entry check"),
        case("entry-number", "000-4567891-7", "component", "001", why="no such filer"),
        case("ioss", "IN2760010000", "component", "intermediary", why="IN is no VAT number"),
        case("ioss", "IM5532027340", "component", "553", why="no member state"),
        case("eori", "UK123456789000", "component", "GB instead of UK", why="EORI of UK"),
        case("eori", "GB12345", "form", "12 digits", why="a British EORI too short"),
        case("vat", "GR094259216", "component", "EL instead of GR", why="GR for EL"),
        case("vat", "DE136695975", "check_digit", "mistyped", why="VAT check digit"),
        case("vat", "DE13669597", "form", "DE", why="VAT too short"),
        case("hs", "7701.10", "component", "77", why="chapter 77 is reserved"),
        case("hs", "0001", "component", "00", why="no chapter 00"),
        case("hs", "10121", "length", "010121", why="a leading zero lost"),
        case("mid", "CASUNTOY88TOR", "component", "XO", why="Canada goes by province"),
        case("mid", "QQSUNTOY88TOR", "component", "QQ", why="no such country"),
        case("country", "UK", "component", "GB instead of UK", why="UK is no ISO code"),
        case("in-gstin", "27AAPFU0939F1ZA", "check_digit", "ZV", why="library's check digit"),
    ],
)
def test_a_wrong_value_is_told_what_is_wrong_and_what_would_be_right(
    kind: str, value: str, fault: str, told: str
) -> None:
    found = identify(kind, value)
    assert (found.valid, found.normal) == (False, "")
    assert found.parts["fault"] == fault
    assert told in found.reason
    assert found.reason.endswith(".")


@pytest.mark.requirement("D1")
@pytest.mark.parametrize(
    ("body", "use", "is_global"),
    [
        case("201234567890", "restricted circulation", "no", why="number of a shop"),
        case("021234567890", "restricted circulation", "no", why="variable weight, 02"),
        case("041234567890", "restricted circulation", "no", why="within a company, 04"),
        case("2012345", "restricted circulation", "no", why="a GTIN-8 that begins with 2"),
        case("0012345", "restricted circulation", "no", why="a GTIN-8 that begins with 0"),
        case("051234567890", "coupon", "no", why="coupon, 05"),
        case("981234567890", "coupon", "no", why="coupon, 981"),
        case("991234567890", "coupon", "no", why="coupon, 99"),
        case("980234567890", "refund receipt", "no", why="refund receipt"),
        case("977037859500", "ISSN", "yes", why="serial publication"),
        case("978030640615", "ISBN", "yes", why="book"),
        case("979012345678", "ISMN", "yes", why="printed music"),
        case("951234567890", "general manager number", "yes", why="GID"),
        case("952110153000", "demonstration", "yes", why="demonstration"),
        case("400638133393", "global", "yes", why="a product of a German number range"),
    ],
)
def test_the_prefix_of_a_gtin_has_a_meaning(body: str, use: str, is_global: str) -> None:
    digit = next(d for d in "0123456789" if identify("gtin", body + d).valid)
    found = identify("gtin", body + digit)
    assert (found.parts["use"], found.parts["global"]) == (use, is_global)


def test_a_gs1_prefix_names_the_organisation_and_never_a_country_of_origin() -> None:
    parts = identify("gtin", "4006381333931").parts
    assert (parts["gs1_organisation"], parts["company_prefix"]) == ("GS1 Germany", "4006381")
    assert not any("origin" in name or "country" in name for name in parts)
    assert identify("gtin", "94006381333934").parts["measure"] == "variable"
    assert identify("gtin", "9770378595002").parts["issn"] == "0378-5955"


def test_a_filer_code_with_letters_is_never_refused_for_its_check_digit() -> None:
    answers = [identify("entry-number", f"A1B-4567891-{digit}") for digit in range(10)]
    assert all(answer.valid for answer in answers)
    assert [answer.parts["check_digit_agrees"] for answer in answers].count("yes") == 1
    assert all("from memory" in answer.parts["note"] for answer in answers)
    assert answers[0].parts["filer_form"] == "ANA"


def test_chapters_98_and_99_are_valid_but_national() -> None:
    assert "national" in identify("hs", "9804.00").parts["note"]
    assert "note" not in identify("hs", "9701.21").parts


def test_a_receptacle_is_split_and_marked_as_from_memory() -> None:
    parts = identify("receptacle", "CNSHAA DEFRAA A UN 6 0123 001 0 0 0085").parts
    assert parts["despatch_id"] == "CNSHAADEFRAAAUN60123"
    assert (parts["despatch"], parts["receptacle"], parts["weight_kg"]) == ("0123", "001", "8.5")
    assert "from memory" in parts["note"]


@pytest.mark.parametrize(
    ("name", "part"),
    [
        case("A.B.C. Company", "ABCCOM", why="initials with points are one word"),
        case("A B C Company", "ABCCOM", why="initials with blanks are one word"),
        case("Dr. S.A. Smith", "DRSA", why="initials as second word"),
        case("Shavings B L Inc.", "SHABL", why="initials after a word"),
        case("The Embassy of Spain", "EMBSPA", why="articles are left out"),
        case("Rawles-Aden Corp.", "RAWCOR", why="a hyphen joins"),
        case("Rawles - Aden Corp.", "RAWCOR", why="a hyphen with blanks joins"),
        case("20th Century Fox", "20TCEN", why="a name with a number"),
        case("Concept 2000", "CON200", why="a number as second word"),
        case("Fabrica de Artigos de Vestuario Jump High Ltd", "JUMHIG", why="Macau's beginning"),
        case("PT Morich Indo Fashion", "MORIND", why="Indonesian form of firm"),
        case("Société Générale", "SOCGEN", why="accents"),
        case("Ørsted Møbler A/S", "ORSMOB", why="Nordic letters"),
        case("深圳", "", why="no Latin letters"),
    ],
)
def test_name_part_of_a_manufacturer_code(name: str, part: str) -> None:
    assert mid_name(name) == part


@pytest.mark.parametrize(
    ("street", "digits"),
    [
        case("11455 Main Street, Suite 9999", "1145", why="four digits of the largest"),
        case("232 Main Street, Suite 1234", "1234", why="a suite may be the largest"),
        case("One Thousand Century Plaza", "", why="spelt out numbers are none"),
        case("12,34,56 Alaska Road", "1234", why="commas within are skipped"),
        case("12-34-56 Alaska Road", "1234", why="hyphens within are skipped"),
        case("Alaska Road 12 34 56", "56", why="blanks part numbers"),
        case("7 12th Street", "7", why="the street's own number is left out"),
        case("No.25-27", "2527", why="a range"),
        case("88 Xinhua Road", "88", why="one number"),
    ],
)
def test_street_number_of_a_manufacturer_code(street: str, digits: str) -> None:
    assert mid_street_number(street) == digits


@pytest.mark.parametrize(
    ("city", "letters"), [("St. Michel", "STM"), ("18-Mile High", "MIL"), ("The Hague", "HAG")]
)
def test_city_of_a_manufacturer_code(city: str, letters: str) -> None:
    assert mid_city(city) == letters


def test_a_manufacturer_code_is_built_and_can_be_read_back() -> None:
    built = build_mid("Sunrise Toy Factory Ltd", "88 Xinhua Road", "Dongguan", "cn")
    assert (built.valid, built.normal) == (True, "CNSUNTOY88DON")
    assert identify("mid", built.normal).valid
    for where in ("ON", "xo", "Ontario"):
        assert mid_country("CA", where) == "XO"
    assert "province" in build_mid("Maple", "1 Rd", "Toronto", "CA").reason
    assert "Latin" in build_mid("深圳", "1", "Shenzhen", "CN").reason


@given(
    st.text(min_size=1), st.text(), st.text(min_size=1), st.sampled_from(sorted(ALPHA2 - {"CA"}))
)
def test_whatever_is_built_as_a_manufacturer_code_has_its_shape(
    name: str, street: str, city: str, country: str
) -> None:
    built = build_mid(name, street, city, country)
    assert len(built.normal) <= 15
    if built.valid and len(mid_city(city)) == 3:
        assert identify("mid", built.normal).valid


@pytest.mark.parametrize("kind", kinds())
def test_the_example_in_the_form_of_a_kind_is_valid(kind: str) -> None:
    form = describe(kind).form
    example = re.search(r"\bas (?:in )?([0-9A-Z][0-9A-Za-z./ -]*?)(?:,| \(|$)", form)
    if example is None or "NNN" in example.group(1):
        assert kind in {"us-ssn", "us-tin", "vatin", "ch-vat", "importer-number"}
        return
    assert identify(kind, example.group(1)).valid, example.group(1)


@given(st.sampled_from(kinds()), st.text(max_size=40))
def test_no_text_breaks_any_kind(kind: str, value: str) -> None:
    found = identify(kind, value)
    assert found.value == value
    assert found.valid == bool(found.normal) == (not found.reason)
    assert found.valid or found.parts["fault"]


@given(st.text(alphabet="0123456789IMN -", max_size=16))
def test_ioss_agrees_with_the_library(tail: str) -> None:
    assert identify("ioss", f"IM{tail}").valid == oss.is_valid(f"IM{tail}")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        case("RB123456785GB", ["s10"], why="postal item"),
        case("CP001020301BR", ["s10"], why="postal item with a wrong check digit"),
        case("9780306406157", ["gtin", "isbn", "gln"], why="book"),
        case("618-44100221", ["awb"], why="air waybill"),
        case("GB82WEST12345698765432", ["iban"], why="bank account"),
        case("IM3720000224", ["ioss", "eori"], why="an IOSS number may look like an EORI of Man"),
        case("CSQU3054383", ["container"], why="container"),
        case("hello world", ["unknown"], why="no identifier"),
        case("", ["unknown"], why="nothing at all"),
    ],
)
def test_guesses_come_surest_first(value: str, expected: list[str]) -> None:
    assert [found.kind for found in guess(value)] == expected


def test_an_unknown_kind_is_told_the_nearest_names() -> None:
    with pytest.raises(InputError, match="'gtin'"):
        identify("gtni", "1")


def test_country_codes_of_identifiers_are_those_of_the_standard() -> None:
    assert len(ALPHA2) == 249
    assert {"NA", "NO", "GB", "TW", "CV"} <= ALPHA2
    assert not {"UK", "EL", "XI", "XK", "EU", "AN"} & ALPHA2
