"""A labelled set of 1,000 messages: defects planted by kind, found again with few false alarms."""

from __future__ import annotations

import random

import polars as pl
import pytest

from tests.stages.check_messages import Message, changed, checked, sound

MESSAGES, SEED = 1_000, 20261122
RECALL_MIN, PRECISION_MIN = 0.95, 0.9

# description, code, grams and value of one unit (from, to), as such goods are
GOODS = (
    ("ceramic coffee mug, white", "691200", 250, 500, 4, 25),
    ("men's T-shirt, cotton, blue", "610910", 120, 300, 5, 40),
    ("women's dress, polyester", "620443", 180, 600, 10, 120),
    ("silicone phone case", "392690", 15, 90, 3, 30),
    ("usb cable, 1 m, copper", "854442", 20, 120, 2, 20),
    ("leather wallet, brown", "420231", 60, 200, 8, 90),
    ("sunglasses, plastic frame", "900410", 20, 90, 5, 150),
    ("running shoes, rubber sole", "640411", 400, 1200, 20, 150),
    ("jigsaw puzzle, 1000 pieces, cardboard", "950300", 400, 900, 8, 40),
    ("children's picture book", "490300", 100, 700, 4, 30),
    ("stainless steel water bottle", "732393", 150, 600, 6, 40),
    ("wall clock, plastic, quartz", "910521", 200, 1200, 8, 80),
    ("cotton pillow cover 40x40", "630231", 60, 250, 3, 30),
    ("necklace, glass beads", "711790", 8, 120, 3, 60),
    ("led bulb 9 W", "853952", 30, 150, 2, 15),
    ("bluetooth speaker", "851821", 150, 1500, 12, 200),
    ("knitting wool, merino, grey", "510910", 50, 600, 3, 40),
    ("guitar strings, steel", "920999", 5, 90, 4, 30),
    ("Herrenhemd aus Baumwolle", "620520", 180, 400, 15, 80),
    ("funda de silicona para tableta", "392690", 40, 300, 5, 40),
)
PLACES = (
    ("DE", "Berlin", "10115"), ("FR", "Lyon", "69001"), ("ES", "Madrid", "28013"),
    ("NL", "Utrecht", "3511 AB"), ("PL", "Gdynia", "81-364"), ("GB", "Leeds", "LS1 4AP"),
    ("US", "Dayton", "45402"), ("IT", "Torino", "10121"),
)  # fmt: skip
PEOPLE = ("Petra Lindqvist", "Jean-Luc Moreau", "Li Wei", "Ana Sofía Ruiz", "O. Brien", "محمد علي")
STREETS = (
    "Lange Gasse 12",
    "3 rue Haute",
    "Calle Mayor 4, 2º",
    "Flat 2, 14 Hill Road",
    "ul. Morska 7",
)


def one_of(field: str, *values: str | None) -> list[dict[str, str | None]]:
    return [{field: value} for value in values]


# finding to be raised, and ways to spoil a message so that it must be
DEFECTS: tuple[tuple[str, list[dict[str, str | None]]], ...] = (
    ("description_vague", one_of(
        "line__description_text", "gift", "parts", "Clothes", "goods", "accessories", "sample",
        "1 pc item", "regalo", "Geschenk", "礼品", "cadeaux", "peças",
    )),
    ("description_characters", one_of("line__description_text", "123456", "---", "xxx", ".jpg")),
    ("description_ask", one_of(
        "line__description_text", "shoe accessories", "bicycle parts", "battery case",
    )),
    ("value_zero", [{"line__declared_value_text": "0", "total_value_text": "0"}]),
    ("value_one", [{"line__declared_value_text": "1", "total_value_text": "1"}]),
    ("value_negative", one_of("line__declared_value_text", "-12.00")),
    ("value_unreadable", one_of("line__declared_value_text", "twelve")),
    ("amount_ambiguous", one_of("line__declared_value_text", "1,234")),
    ("currency_missing", one_of("line__declared_currency_text", None)),
    ("currency_unknown", one_of("line__declared_currency_text", "ABC")),
    ("name_placeholder", one_of(
        "consignee__name", "Test", "John Doe", "unknown", "N/A", "asdf", "Max Mustermann",
    )),
    ("name_characters", one_of("consignor__name", "12345", "****", "aaaa")),
    ("address_placeholder", one_of("consignee__street", "unknown", "see invoice", "n/a")),
    ("address_characters", one_of("consignee__street", "17", "...", "12/3")),
    ("element_missing", [
        {field: None}
        for field in ("consignee__street", "consignor__name", "gross_mass_text",
                      "line__description_text", "line__quantity_text")
    ]),
    ("country_unknown", one_of("consignee__country_text", "Atlantis", "ZZ", "AN")),
    ("postcode_shape", one_of("consignee__postcode", "1")),
    ("mass_per_unit", [{"line__net_mass_text": "30", "gross_mass_text": "31"}]),
    ("gross_below_net", one_of("gross_mass_text", "0.003")),
    ("mass_unit_unknown", one_of("line__mass_unit", "stone")),
    ("mass_not_positive", one_of("gross_mass_text", "0")),
    ("total_not_sum", one_of("total_value_text", "777.77")),
    ("total_currency_differs", one_of("total_currency_text", "AUD")),
    ("item_count_differs", one_of("item_count_text", "7")),
    ("gift_from_shop", [{"nature_text": "31", "payment_id": "PAY-1"}]),
    ("route_receiver_elsewhere", one_of("country_destination_text", "BR")),
    ("tracking_check_digit", one_of("tracking_id", "LP202607311CN")),
    ("gtin_check_digit", one_of("line__gtin_text", "4006381333930")),
    ("number_scientific", one_of("line__gtin_text", "4.00638E+12")),
    ("hs_leading_zero", one_of("line__hs_code_text", "90210")),
    ("hs_malformed", one_of("line__hs_code_text", "mug")),
    ("fields_swapped", [
        {"line__description_text": "6912.00", "line__hs_code_text": "ceramic mug"},
    ]),
    ("data_late", one_of("message_at_text", "2026-10-07T08:00:00Z")),
    ("time_unreadable", one_of("message_at_text", "next week")),
    ("insured_above_value", [{"insured_text": "5000", "insured_currency_text": "EUR"}]),
)  # fmt: skip


def good(number: int, chance: random.Random) -> Message:
    text, code, low, high, cheap, dear = chance.choice(GOODS)
    country, city, postcode = chance.choice(PLACES)
    units = chance.choice((1, 1, 1, 2, 3))
    grams = chance.randint(low, high) * units
    value = f"{chance.uniform(cheap, dear) * units:.2f}"
    return changed(
        sound(number),
        line__description_text=text,
        line__hs_code_text=code,
        line__quantity_text=str(units),
        line__net_mass_text=f"{grams / 1000:.3f}",
        line__declared_value_text=value,
        total_value_text=value,
        gross_mass_text=f"{(grams * 1.1 + 60) / 1000:.3f}",
        nature_text=chance.choice(("11", "31", "sale", "SALE OF GOODS")),
        country_destination_text=country,
        consignee__name=chance.choice(PEOPLE),
        consignee__street=chance.choice(STREETS),
        consignee__city=city,
        consignee__postcode=postcode,
        consignee__country_text=country,
    )


@pytest.fixture(scope="module")
def labelled() -> tuple[list[Message], dict[str, str | None]]:
    chance = random.Random(SEED)
    made: list[Message] = []
    planted: dict[str, str | None] = {}
    for number in range(1, MESSAGES + 1):
        message = good(number, chance)
        code = None
        if number % 2:
            code, ways = DEFECTS[number // 2 % len(DEFECTS)]
            message = changed(message, **chance.choice(ways))
        made.append(message)
        planted[message["consignment"]["consignment_id"]] = code
    return made, planted


@pytest.mark.requirement("B1")
@pytest.mark.partly("scores stand on each message; they are not yet kept by sender over time")
def test_planted_defects_are_found_and_good_messages_left_alone(
    labelled: tuple[list[Message], dict[str, str | None]],
) -> None:
    made, planted = labelled
    batch = checked(*made)
    raised = batch.findings.filter(pl.col("severity") != "note")
    found: dict[str, set[str]] = {}
    for key, code in raised.select("consignment_id", "code").rows():
        found.setdefault(key, set()).add(code.removeprefix("check."))
    bad = {key for key, code in planted.items() if code}
    missed = [(key, planted[key]) for key in bad if planted[key] not in found.get(key, set())]
    alarms = [(key, codes) for key, codes in found.items() if key not in bad]
    recall = 1 - len(missed) / len(bad)
    precision = len(bad & found.keys()) / len(found)
    assert recall >= RECALL_MIN, missed
    assert precision >= PRECISION_MIN, alarms


@pytest.mark.requirement("B1")
def test_good_messages_score_better_than_bad_ones(
    labelled: tuple[list[Message], dict[str, str | None]],
) -> None:
    made, planted = labelled
    scored = dict(checked(*made).consignments.select("consignment_id", "quality").rows())
    good_ones = [scored[key] for key, code in planted.items() if code is None]
    bad_ones = [scored[key] for key, code in planted.items() if code]
    assert min(good_ones) > sum(bad_ones) / len(bad_ones)
    assert sum(good_ones) / len(good_ones) >= 98
