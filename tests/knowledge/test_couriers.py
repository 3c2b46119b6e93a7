"""Courier files: the published ones, and files of our own that try each rule of the format."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.shared_data import shared
from tidewaiter.knowledge.couriers import CHECKSUMS, Candidate, Couriers, load_couriers
from tidewaiter.knowledge.pcre import compile_pcre, to_python
from tidewaiter.vocabulary.errors import InputError, PackError
from tidewaiter.vocabulary.identifiers import checkdigits

FOLDER = "identifiers/tracking_numbers/couriers"


def case(*values: object, why: str) -> object:
    return pytest.param(*values, id=why)


def couriers(tmp_path: Path, *formats: dict[str, Any]) -> Couriers:
    courier = {"name": "Toy Post", "courier_code": "toy", "tracking_numbers": list(formats)}
    (tmp_path / "toy.json").write_text(json.dumps(courier), "utf-8")
    return load_couriers(tmp_path)


def plain(regex: str | list[str], **more: Any) -> dict[str, Any]:
    return {"name": "Toy (A)", "id": "toy_a", "regex": regex, **more}


def checked(name: str, **spec: Any) -> dict[str, Any]:
    regex = r"T(?<SerialNumber>([0-9A-Z]\s*){6})(?<CheckDigit>[0-9A-Z])"
    return plain(regex, validation={"checksum": {"name": name, **spec}})


def only(found: list[Candidate]) -> Candidate:
    assert len(found) == 1
    return found[0]


def test_every_test_number_of_the_published_files_comes_out_right() -> None:
    known = load_couriers(shared(FOLDER))
    assert known.faults == ()
    assert known.wrong_examples() == []
    said = [valid for form in known.formats for _, valid in form.examples]
    assert len(known.formats) == 24
    assert (said.count(True), said.count(False)) == (116, 48)


def test_the_folder_above_and_a_single_file_may_be_given() -> None:
    assert len(load_couriers(shared(FOLDER).parent).formats) == 24
    assert [form.id for form in load_couriers(shared(f"{FOLDER}/s10.json")).formats] == ["s10"]


def test_a_postal_number_tells_service_post_and_country() -> None:
    found = load_couriers(shared(FOLDER)).identify("rb 123 456 785 gb")[0]
    assert (found.courier, found.valid, found.normal) == ("s10", True, "RB123456785GB")
    assert found.parts["CountryCode"] == "GB"
    assert found.parts["Service Type"] == "Letter Post Registered"


def test_a_right_check_digit_of_an_unknown_issuer_is_a_fault_of_its_own() -> None:
    known = load_couriers(shared(FOLDER))
    stranger, mistyped = known.identify("RB123456785XX")[0], known.identify("RB123456786US")[0]
    assert (stranger.valid, stranger.fault) == (False, "issuer")
    assert (mistyped.valid, mistyped.fault) == (False, "check_digit")
    assert "should be 5" in mistyped.reason


@pytest.mark.parametrize(
    ("name", "spec", "number"),
    [
        case("mod7", {}, f"T123456{123456 % 7}", why="remainder by seven"),
        case("luhn", {}, "T1234566", why="Luhn"),
        case(
            "mod10",
            {"evens_multiplier": 3, "odds_multiplier": 1},
            "T123456" + str(-(3 * 9 + 12) % 10),
            why="weighted modulo ten",
        ),
        case(
            "mod10",
            {"evens_multiplier": 3, "odds_multiplier": 1, "reverse": True},
            "T123456" + str(-(3 * 12 + 9) % 10),
            why="weighted modulo ten from the right",
        ),
        case(
            "mod10",
            {"odds_multiplier": 2},
            "TAB0000" + str(-(2 + 2 * 3) % 10),
            why="a letter counts as its ASCII code less three",
        ),
        case(
            "mod10",
            {"odds_multiplier": 0, "evens_multiplier": 1},
            "T102030" + str(-6 % 10),
            why="a multiplier of nought",
        ),
        case("s10", {"weightings": [8, 6, 4, 2, 3, 5, 9, 7]}, "T0000016", why="S10 weights"),
        case(
            "sum_product_with_weightings_and_modulo",
            {"weightings": [1, 2, 3, 4, 5, 6], "modulo1": 11, "modulo2": 10},
            f"T123456{91 % 11 % 10}",
            why="weighted sum and two moduli",
        ),
        case("mod_37_36", {}, "TA1B2C3" + checkdigits.mod_37_36("A1B2C3"), why="modulo 37, 36"),
    ],
)
def test_each_checksum_takes_the_right_sign_and_no_other(
    tmp_path: Path, name: str, spec: dict[str, Any], number: str
) -> None:
    known = couriers(tmp_path, checked(name, **spec))
    assert known.faults == ()
    found = only(known.identify(number))
    assert found.valid, found.reason
    for sign in "0123456789":
        answer = only(known.identify(number[:-1] + sign))
        assert answer.valid == (sign == number[-1])
        assert answer.valid or f"should be {number[-1]}" in answer.reason


def test_all_six_checksums_are_known() -> None:
    assert sorted(CHECKSUMS) == [
        "luhn",
        "mod10",
        "mod7",
        "mod_37_36",
        "s10",
        "sum_product_with_weightings_and_modulo",
    ]


def test_a_serial_number_gets_its_prefix_before_the_check(tmp_path: Path) -> None:
    form = checked("mod7")
    form["validation"]["serial_number_format"] = {
        "prepend_if": {"matches_regex": "^(?!9).+$", "content": "9"}
    }
    known = couriers(tmp_path, form)
    assert only(known.identify(f"T123456{9123456 % 7}")).valid
    assert only(known.identify(f"T912345{912345 % 7}")).valid


def test_lookups_by_text_pattern_and_list_give_parts(tmp_path: Path) -> None:
    form = plain(
        ["(?<Service>[A-Z]{2})", r"(?<SerialNumber>\d{4})"],
        additional=[
            {
                "name": "Service Type",
                "regex_group_name": "Service",
                "lookup": [
                    {"matches": ["AA", "AB"], "name": "slow"},
                    {"matches_regex": "^C[A-F]$", "name": "fast", "country": "Utopia"},
                ],
            }
        ],
        validation={"additional": {"exists": ["Service Type"]}},
        tracking_url="https://toy.example/?n=%s",
    )
    known = couriers(tmp_path, form)
    assert only(known.identify("ab 1234")).parts["Service Type"] == "slow"
    assert only(known.identify("CF1234")).parts["Country"] == "Utopia"
    assert only(known.identify("CF1234")).parts["tracking_url"] == "https://toy.example/?n=CF1234"
    assert only(known.identify("ZZ1234")).fault == "issuer"
    assert known.identify("ZZ12345") == []


def test_a_format_may_lack_id_validation_and_url(tmp_path: Path) -> None:
    known = couriers(tmp_path, {"name": "Toy 1X (18)", "regex": "X[0-9]+", "tracking_url": None})
    found = only(known.identify("X12"))
    assert (found.id, found.valid, found.reason) == ("toy_1x_18", True, "")


def test_candidates_come_valid_and_surest_first(tmp_path: Path) -> None:
    loose = plain("T?[0-9]{8}|T[0-9]{7}", id="loose")
    strict = checked("mod7") | {"id": "strict"}
    known = couriers(tmp_path, loose, strict)
    assert [one.id for one in known.identify(f"T123456{123456 % 7}")] == ["strict", "loose"]
    wrong = known.identify(f"T123456{(123456 + 1) % 7}")
    assert [(one.id, one.valid) for one in wrong] == [("loose", True), ("strict", False)]


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        case({"name": "A"}, "'regex'", why="no pattern"),
        case(plain("(["), "regular expression", why="a broken pattern"),
        case(plain(r"\p{L}+"), "PCRE", why="a pattern that cannot be translated"),
        case(checked("crc32"), "crc32", why="an unknown checksum"),
        case(
            checked("sum_product_with_weightings_and_modulo"), "weightings", why="weights missing"
        ),
        case(
            plain("[0-9]+", validation={"checksum": {"name": "luhn"}}),
            "SerialNumber",
            why="no serial number to check",
        ),
        case(
            plain("[0-9]+", validation={"additional": {"exists": ["Post"]}}),
            "Post",
            why="a lookup that is not there",
        ),
        case("text", "not an object", why="no object"),
    ],
)
def test_a_broken_format_is_left_out_and_named_and_the_rest_still_runs(
    tmp_path: Path, broken: dict[str, Any], told: str
) -> None:
    known = couriers(tmp_path, broken, plain("Z[0-9]{3}"))
    assert len(known.faults) == 1
    assert "toy.json tracking_numbers 1" in known.faults[0]
    assert told in known.faults[0]
    assert only(known.identify("Z123")).valid


def test_files_that_are_no_courier_files_are_named(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("{", "utf-8")
    (tmp_path / "b.json").write_text("[]", "utf-8")
    with pytest.raises(PackError) as fault:
        load_couriers(tmp_path)
    assert [text.split(":")[0] for text in fault.value.faults] == ["a.json", "b.json"]
    with pytest.raises(InputError, match="no courier files"):
        load_couriers(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("pcre", "yes", "no"),
    [
        case(r"(?<a>\d)\k<a>", "77", "78", why="named group and reference"),
        case(r"(?P<a>x)(?<=x)(?<!y)z", "xz", "yz", why="look-behind is no name"),
        case(r"[[:alpha:]_]+\h[[:digit:]]", "ab_ 1", "1 a", why="POSIX classes and blanks"),
        case(r"a(?i)b", "AB", "C", why="a flag in mid-pattern"),
        case(r"[]a(?<b>]+", "]a(?<b>", "c", why="a class keeps its signs"),
        case(r"(?:(?<n>a1)|(?<n>b2))", "b2", "c3", why="two groups of one name"),
        case(r"\Aab\z", "ab", "ab\n", why="ends of the text"),
        case(r"\d+", "12", "١٢", why="digits are ASCII"),
        case(r"a\/b\.c", "a/b.c", "a/bxc", why="escaped signs"),
    ],
)
def test_patterns_of_other_languages_are_translated(pcre: str, yes: str, no: str) -> None:
    pattern = compile_pcre(pcre)
    assert pattern.fullmatch(yes)
    assert not pattern.fullmatch(no)


def test_two_groups_of_one_name_are_one_part(tmp_path: Path) -> None:
    known = couriers(tmp_path, plain("(?:A(?<SerialNumber>[0-9]+)|B(?<SerialNumber>[0-9]+))"))
    assert only(known.identify("B12")).parts["SerialNumber"] == "12"


@given(st.text(max_size=200))
def test_no_text_breaks_the_published_couriers(value: str) -> None:
    for found in load_couriers(shared(f"{FOLDER}/fedex.json")).identify(value):
        assert found.valid == (not found.reason)


@given(st.text(alphabet="abd0(?<n>)[]:^\\sdkhz{}'", max_size=30))
def test_no_pattern_breaks_the_translation(pattern: str) -> None:
    assert isinstance(to_python(pattern.replace("[:", "")), str)
