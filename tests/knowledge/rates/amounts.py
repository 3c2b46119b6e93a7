"""Plain reckoning of rates with decimals, one line at a time: the reference for the columns.

`amount` reckons fixed columns, `owed` walks a tree; they share nothing but the table of units.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tidewaiter.knowledge.rates.tree import (
    UNITS,
    Free,
    Greater,
    Lesser,
    Minus,
    Percent,
    Rate,
    Specific,
    Sum,
)


def amount(
    columns: dict[str, Any] | None, value: Decimal, quantities: dict[str, Decimal]
) -> Decimal | None:
    """What fixed columns give for a value and quantities by what is measured; None: not known."""
    if columns is None or columns["unknown"] is not None:
        return None
    total = columns["percent"] * value / 100
    for at in (1, 2):
        total += part(columns[f"amount_{at}"], columns[f"unit_{at}"], quantities)
    if columns["floor_percent"] is not None:
        total = max(total, limit("floor", columns, value, quantities))
    if columns["cap_percent"] is not None:
        total = min(total, limit("cap", columns, value, quantities))
    return total


def limit(
    name: str, columns: dict[str, Any], value: Decimal, quantities: dict[str, Decimal]
) -> Decimal:
    specific = part(columns[f"{name}_amount"], columns[f"{name}_unit"], quantities)
    return columns[f"{name}_percent"] * value / 100 + specific


def part(money: Decimal | None, unit: str | None, quantities: dict[str, Decimal]) -> Decimal:
    return Decimal(0) if money is None else money * count(unit or "", quantities)


def count(unit: str, quantities: dict[str, Decimal]) -> Decimal:
    if not unit:
        return Decimal(1)
    measure, size = UNITS[unit]
    return quantities[measure] / size


def owed(rate: Rate, value: Decimal, quantities: dict[str, Decimal]) -> Decimal:
    """What a tree gives, by walking it; only for trees that need nothing else."""
    match rate:
        case Free():
            total = Decimal(0)
        case Percent(percent, "base"):
            total = percent * value / 100
        case Specific(money, _, unit):
            total = money * count(unit, quantities)
        case Sum(parts):
            total = sum((owed(one, value, quantities) for one in parts), Decimal(0))
        case Minus(left, right):
            rest = owed(left, value, quantities) - owed(right, value, quantities)
            total = max(rest, Decimal(0))
        case Greater(left, right):
            total = max(owed(left, value, quantities), owed(right, value, quantities))
        case Lesser(left, right):
            total = min(owed(left, value, quantities), owed(right, value, quantities))
        case _:
            raise AssertionError(rate)
    return total
