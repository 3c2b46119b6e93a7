"""The rate language of our packs says what it means and where it is wrong."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tidewaiter.knowledge.rates.house import parse_rate
from tidewaiter.knowledge.rates.tree import (
    EachComponent,
    FromTable,
    Greater,
    Lesser,
    Minus,
    NormalRate,
    Percent,
    Rate,
    Specific,
    Sum,
    Unknown,
)
from tidewaiter.vocabulary.errors import InputError

EUR = Specific(Decimal(3), "EUR")
READ: list[tuple[str, Rate]] = [
    ("12.5 %", Percent(Decimal("12.5"))),
    ("25% of content(steel)", Percent(Decimal(25), "content(steel)")),
    ("3 EUR", EUR),
    ("3 EUR/dozen_pairs", Specific(Decimal(3), "EUR", "dozen_pairs")),
    ("normal + 10 % + 3 EUR", Sum((NormalRate(), Percent(Decimal(10)), EUR))),
    ("normal - 3 EUR", Minus(NormalRate(), EUR)),
    ("max(normal, 15 %)", Greater(NormalRate(), Percent(Decimal(15)))),
    ("clamp(normal, 1 %, 3 EUR)", Lesser(Greater(NormalRate(), Percent(Decimal(1))), EUR)),
    ("table(vat.1)", FromTable("vat.1")),
    ("each_component", EachComponent()),
    ("unknown(by note 16)", Unknown("by note 16")),
    ("(3 EUR)", EUR),
]
WRONG = [
    ("", "expected a number"),
    ("5", "'%' or a currency"),
    ("5 % of", "what the percentage is of"),
    ("3 EUR/bucket", "unit of a rate"),
    ("max(5 %)", "','"),
    ("table()", "id of a table"),
    ("5 % 6 %", "the end"),
    ("unknown(a(b))", "reason in brackets"),
    ("(" * 30, "brackets"),
    ("-5 %", "expected a number"),
    ("5 % " + " " * 2000, "longer than"),
]


@pytest.mark.requirement("G1")
@pytest.mark.parametrize(("text", "rate"), READ, ids=[text for text, _ in READ])
def test_a_text_means(text: str, rate: Rate) -> None:
    assert parse_rate(text, "pack x") == rate


@pytest.mark.parametrize(
    ("text", "expected"), WRONG, ids=[text[:20] or "blank" for text, _ in WRONG]
)
def test_a_fault_says_where_and_what_is_expected(text: str, expected: str) -> None:
    with pytest.raises(InputError, match="pack x") as fault:
        parse_rate(text, "pack x")
    assert expected in str(fault.value)
