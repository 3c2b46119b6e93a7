"""Identifiers read with code lists and courier files."""

from __future__ import annotations

import pytest

from tests.shared_data import shared
from tidewaiter.knowledge.identify import kinds, reader
from tidewaiter.vocabulary.errors import InputError

FOLDER = "identifiers/tracking_numbers/couriers"


@pytest.mark.parametrize(
    ("kind", "value", "valid", "normal"),
    [
        ("country", "NA", True, "NA"),
        ("country", "nam", True, "NA"),
        ("country", "516", True, "NA"),
        ("country", "QQ", False, ""),
        ("country", "SU", False, ""),
        ("currency", "aed", True, "AED"),
        ("currency", "XYZ", False, ""),
    ],
)
def test_countries_and_currencies_are_looked_up(
    kind: str, value: str, valid: bool, normal: str
) -> None:
    (found,) = reader(kind)(value)
    assert (found.valid, found.normal, bool(found.reason)) == (valid, normal, not valid)


def test_a_withdrawn_country_is_told_what_it_was() -> None:
    assert "withdrawn" in reader("country")("SU")[0].reason


def test_without_courier_files_only_two_kinds_are_known_and_that_is_said() -> None:
    read = reader("tracking")
    assert read("RB123456785GB")[0].valid
    assert read("618-44100221")[0].normal == "618-44100221"
    unknown = read("986578788855")[0]
    assert (unknown.kind, unknown.valid) == ("tracking", False)
    assert "--couriers" in unknown.reason


def test_with_courier_files_the_surest_courier_answers() -> None:
    read = reader("tracking", shared(FOLDER))
    found = read("986578788855")[0]
    assert (found.kind, found.valid, found.parts["courier"]) == ("tracking", True, "fedex")
    assert read("RB123456785XX")[0].parts["fault"] == "issuer"
    assert read("???")[0].parts["fault"] == "form"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("USD", ["currency", "iata-port"]),
        ("AE", ["country"]),
        ("QQ", ["unknown"]),
        ("XQZ", ["iata-port"]),
        ("CP001020301BR", ["s10"]),
    ],
)
def test_a_guess_asks_the_code_lists(value: str, expected: list[str]) -> None:
    assert [found.kind for found in reader("any")(value)] == expected


def test_a_guess_with_courier_files_adds_the_courier() -> None:
    read = reader("any", shared(FOLDER))
    assert [found.kind for found in read("RB123456785GB")] == ["s10", "tracking"]
    assert [found.kind for found in read("986578788855")] == ["tracking"]
    shape_only = [found.kind for found in read("KYV009956937")]
    assert shape_only[-1] == "tracking"


def test_an_unknown_kind_is_told_the_nearest_names() -> None:
    with pytest.raises(InputError, match="'tracking'"):
        reader("trakcing")
    assert {"any", "tracking", "gtin", "vat"} <= set(kinds())
