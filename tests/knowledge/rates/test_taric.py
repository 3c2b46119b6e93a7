"""TARIC-like duty texts: MIN is a floor, MAX a cap, from left to right; the rest is unknown."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.knowledge.rates.amounts import owed
from tidewaiter.knowledge.rates.house import parse_rate
from tidewaiter.knowledge.rates.taric import parse_taric
from tidewaiter.knowledge.rates.tree import Free, Sum, Unknown, nodes

READ = [
    ("a percentage", "9.600 %", "9.6 %"),
    ("a percentage with a decimal comma", "9,5 %", "9.5 %"),
    ("nothing", "NIHIL", "free"),
    ("free", "Free", "free"),
    ("a floor", "10 % MIN 1.20 EUR/kg", "max(10 %, 1.2 EUR/kg)"),
    ("a cap", "10 % MAX 3 EUR/kg", "min(10 %, 3 EUR/kg)"),
    ("floor and cap, from left to right", "10 % MIN 1.20 EUR/kg MAX 3.00 EUR/kg",
     "min(max(10 %, 1.2 EUR/kg), 3 EUR/kg)"),
    ("cap and floor, from left to right", "10 % MAX 3 EUR/kg MIN 1 EUR/kg",
     "max(min(10 %, 3 EUR/kg), 1 EUR/kg)"),
    ("a floor of a sum", "2 % + 1 EUR/t MIN 5 %", "max(2 % + 1 EUR/t, 5 %)"),
    ("less", "10 % - 1 EUR/kg", "10 % - 1 EUR/kg"),
    ("by a hundred kilograms, as a code", "41.340 EUR DTN", "0.4134 EUR/kg"),
    ("by a hundred kilograms, in words", "9.600 EUR / 100 kg", "0.096 EUR/kg"),
    ("by a thousand pieces", "30 EUR/1 000 p/st", "30 EUR/thousand"),
    ("by the hectolitre, in pounds", "£5/hl", "5 GBP/hl"),
    ("by the pair", "3 EUR NPR", "3 EUR/pair"),
    ("once", "3 EUR", "3 EUR"),
    ("with hard blanks", "1\u00a0000,5 EUR / t", "1000.5 EUR/t"),
]  # fmt: skip
NOT_READ = [
    ("a blank", "", "no rate"),
    ("a comma that may be thousands", "9,600 EUR DTN", "thousands or a decimal comma"),
    ("alcohol by volume", "0.9 EUR ASV/HLT", "'ASV'"),
    ("a condition", "Cond: A cert: D-008 (01):0.000 %", "not understood"),
    ("an open end", "10 % MIN", "ends too early"),
    ("a number alone", "10", "not understood"),
    ("small letters for money", "3 eur", "not understood"),
]


@pytest.mark.requirement("G1")
@pytest.mark.parametrize(("text", "house"), [case[1:] for case in READ], ids=[c[0] for c in READ])
def test_a_text_means(text: str, house: str) -> None:
    assert parse_taric(text) == parse_rate(house, "here")


@pytest.mark.parametrize(
    ("text", "reason"), [case[1:] for case in NOT_READ], ids=[case[0] for case in NOT_READ]
)
def test_what_is_not_understood_is_unknown_with_the_reason(text: str, reason: str) -> None:
    rate = parse_taric(text)
    assert isinstance(rate, Unknown)
    assert reason in rate.reason


@pytest.mark.requirement("G1")
@pytest.mark.parametrize(("value", "duty"), [("4", "0.60"), ("12", "1.20"), ("20", "1.50")])
def test_min_is_at_least_and_max_is_at_most(value: str, duty: str) -> None:
    rate = parse_taric("10 % MIN 1.20 EUR/kg MAX 3.00 EUR/kg")
    assert owed(rate, Decimal(value), {"mass_kg": Decimal("0.5")}) == Decimal(duty)


def test_a_component_by_composition_is_an_unknown_part_and_asks_for_its_code() -> None:
    rate = parse_taric("9 % + EA MAX 24.2 % + AD S/Z")
    assert isinstance(rate, Sum)
    unknown = [node for node in nodes(rate) if isinstance(node, Unknown)]
    assert [node.facts for node in unknown] == [("meursing_code",), ("meursing_code",)]


@given(st.text("0123456789.,% EURMINAXkgDTNfree/+-()£ñ", max_size=40))
def test_any_text_is_a_rate_or_unknown_and_only_free_texts_are_free(text: str) -> None:
    rate = parse_taric(text)
    if any(isinstance(node, Free) for node in nodes(rate)):
        assert text.strip(". ").lower() == "free"
    assert not isinstance(rate, Unknown) or rate.reason
