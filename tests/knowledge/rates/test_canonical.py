"""The fixed columns give what the tree gives, or say that they cannot."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.knowledge.rates.amounts import amount, owed
from tests.knowledge.rates.trees import grown, leaves, simple
from tidewaiter.knowledge.rates.canonical import RATE_COLUMNS, columns, columns_or_reason
from tidewaiter.knowledge.rates.house import parse_rate
from tidewaiter.knowledge.rates.tree import Rate, Unknown

quantities = st.fixed_dictionaries(
    {
        measure: st.decimals(min_value=0, max_value=1000, places=3)
        for measure in ("quantity", "mass_kg", "litre", "m", "m2", "m3", "carat")
    }
)
FITS = [
    ("a percentage", "16.5 %", {"percent": "16.5"}),
    ("free", "free", {"percent": "0"}),
    ("an amount once", "3 EUR", {"percent": "0", "amount_1": "3", "unit_1": "", "currency": "EUR"}),
    ("compound", "0.473 USD/kg + 9 %",
     {"percent": "9", "amount_1": "0.473", "unit_1": "kg", "currency": "USD"}),
    ("two units, in order", "1 EUR/pair + 2 EUR/kg",
     {"percent": "0", "amount_1": "2", "unit_1": "kg", "amount_2": "1", "unit_2": "pair",
      "currency": "EUR"}),
    ("floor and cap", "min(max(10 %, 1.2 EUR/kg), 3 EUR/kg)",
     {"percent": "10", "floor_percent": "0", "floor_amount": "1.2", "floor_unit": "kg",
      "cap_percent": "0", "cap_amount": "3", "cap_unit": "kg", "currency": "EUR"}),
    ("something on top of a floor", "max(5 %, 1 EUR/kg) + 2 %",
     {"percent": "7", "floor_percent": "2", "floor_amount": "1", "floor_unit": "kg",
      "currency": "EUR"}),
    ("less is never below nothing", "10 % - 3 EUR/kg",
     {"percent": "10", "amount_1": "-3", "unit_1": "kg", "floor_percent": "0", "currency": "EUR"}),
    ("the greater of two percentages", "max(5 %, 7 %)", {"percent": "7"}),
    ("the lesser of two percentages", "min(5 %, 7 %)", {"percent": "5"}),
]  # fmt: skip
FITS_NOT = [
    ("the normal rate", "max(normal, 15 %)", "normal rate"),
    ("a table", "table(vat)", "table vat"),
    ("three units", "1 EUR/kg + 1 EUR/pair + 1 EUR/m", "units"),
    ("two currencies", "1 EUR/kg + 1 USD", "EUR and in USD"),
    ("a least above a most", "max(min(10 %, 1 EUR/kg), 3 EUR/kg)", "least above"),
    ("two leasts", "max(max(10 %, 1 EUR/kg), 1 EUR/pair)", "two different leasts"),
    ("finer than the columns", "0.0000001 EUR/kg", "finer"),
]
UNKNOWN = [
    ("said so", "unknown(read note 16)", "read note 16"),
    ("in a part", "5 % + unknown(read note 16)", "read note 16"),
    ("each part of a set", "each_component", "each part"),
    ("a content", "5 % of content(steel)", "content(steel)"),
]


@pytest.mark.requirement("G1")
@pytest.mark.parametrize(("text", "told"), [case[1:] for case in FITS], ids=[c[0] for c in FITS])
def test_a_rate_fits(text: str, told: dict[str, str]) -> None:
    made = columns(parse_rate(text, "here"))
    assert made is not None
    assert list(made) == list(RATE_COLUMNS)
    held = {name: str(value) for name, value in made.items() if value is not None}
    assert held == told


@pytest.mark.parametrize(
    ("text", "reason"), [case[1:] for case in FITS_NOT], ids=[case[0] for case in FITS_NOT]
)
def test_what_does_not_fit_has_no_columns_and_a_reason(text: str, reason: str) -> None:
    rate = parse_rate(text, "here")
    assert columns(rate) is None
    said = columns_or_reason(rate)
    assert said["percent"] is None
    assert reason in said["unknown"]


@pytest.mark.parametrize(
    ("text", "reason"), [case[1:] for case in UNKNOWN], ids=[case[0] for case in UNKNOWN]
)
def test_what_is_not_known_is_no_amount(text: str, reason: str) -> None:
    made = columns(parse_rate(text, "here"))
    assert made is not None
    assert reason in made["unknown"]
    assert amount(made, Decimal(100), {}) is None
    assert all(value is None for name, value in made.items() if name != "unknown")


@pytest.mark.requirement("G1")
@given(
    rate=grown(simple), value=st.decimals(min_value=0, max_value=5000, places=2), held=quantities
)
def test_columns_give_what_the_tree_gives(
    rate: Rate, value: Decimal, held: dict[str, Decimal]
) -> None:
    made = columns(rate)
    if made is None:
        return
    told = amount(made, value, held)
    assert told is not None
    assert abs(told - owed(rate, value, held)) < Decimal("1e-15")
    assert told >= 0


@given(rate=grown(simple, leaves_max=2))
def test_two_leaves_always_fit_unless_the_amounts_are_too_fine(rate: Rate) -> None:
    assert columns(rate) is not None


@given(rate=grown(leaves))
def test_every_tree_has_columns_or_a_reason(rate: Rate) -> None:
    made = columns_or_reason(rate)
    assert list(made) == list(RATE_COLUMNS)
    assert (made["percent"] is None) == (made["unknown"] is not None)
    if isinstance(rate, Unknown):
        assert made["unknown"] == rate.reason
