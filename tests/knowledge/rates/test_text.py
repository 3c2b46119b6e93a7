"""A rate is written so that the house language reads the same rate back; words are for people."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.knowledge.rates.amounts import owed
from tests.knowledge.rates.trees import grown, leaves, percents, simple
from tidewaiter.knowledge.rates.house import parse_rate
from tidewaiter.knowledge.rates.text import rate_text, rate_words
from tidewaiter.knowledge.rates.tree import Percent, Rate, Sum, Unknown

WORDS = [
    ("0.473 USD/kg + 9 %", "USD 0.473 per kg plus 9 %"),
    ("max(normal, 15 %)", "the normal duty, but at least 15 %"),
    ("clamp(10 %, 1 EUR/kg, 3 EUR/kg)",
     "10 %, but at least EUR 1 per kg, but at most EUR 3 per kg"),
    ("3 EUR", "EUR 3"),
    ("25 % of content(steel)", "25 % of the value of the steel content"),
    ("12 % of duty", "12 % of the duty"),
    ("unknown(read note 16)", "not known: read note 16"),
    ("unknown", "not known"),
    ("2 EUR/dozen_pairs", "EUR 2 per dozen pairs"),
    ("5 % - 1 EUR", "5 % less EUR 1"),
    ("each_component", "the rate of each part, as if it came alone"),
    ("table(vat)", "a percentage by the table vat"),
]  # fmt: skip


@pytest.mark.requirement("G1")
@given(rate=grown(leaves, leaves_max=10))
def test_what_is_written_is_read_back(rate: Rate) -> None:
    assert parse_rate(rate_text(rate), "here") == rate


@given(parts=st.lists(grown(simple), min_size=1, max_size=3), value=percents)
def test_any_sum_keeps_its_amount(parts: list[Rate], value: Percent) -> None:
    rate = Sum(tuple(parts))
    held = dict.fromkeys(("quantity", "mass_kg", "litre", "m", "m2", "m3", "carat"), Decimal(7))
    again = parse_rate(rate_text(rate), "here")
    assert abs(owed(again, value.percent, held) - owed(rate, value.percent, held)) < Decimal("1e-9")


@pytest.mark.parametrize(("text", "words"), WORDS)
def test_a_person_reads(text: str, words: str) -> None:
    assert rate_words(parse_rate(text, "here")) == words


def test_brackets_in_a_reason_do_not_break_the_text() -> None:
    rate = Unknown("see note 3(e) (of the chapter)")
    assert parse_rate(rate_text(rate), "here") == Unknown("see note 3[e] [of the chapter]")
    assert rate_text(Unknown(" ")) == "unknown"


def test_numbers_are_written_plain() -> None:
    assert rate_text(Percent(Decimal("1E+2"))) == "100 %"
    assert rate_text(Percent(Decimal("0.500"))) == "0.5 %"
