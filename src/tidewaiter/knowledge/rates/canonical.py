"""A rate tree in fixed columns, so that millions of lines are reckoned as columns.

    value = percent * base / 100 + amount_1 * q(unit_1) + amount_2 * q(unit_2)
    value = max(value, floor_percent * base / 100 + floor_amount * q(floor_unit))   where a floor is
    value = min(value, cap_percent * base / 100 + cap_amount * q(cap_unit))         where a cap is

`q(unit)` is how many of that unit the line has; unit "" counts once. There is a floor where
`floor_percent` is not null, a cap where `cap_percent` is not null. `percent` is null, and `unknown`
says why, where the rate cannot be reckoned from base and quantities alone. An amount may be less
than nothing only where a floor stands ("10 % less 3 EUR/kg" is never below zero).

Nothing is rounded to fit: amounts finer than the columns, more than two units, two currencies or
limits in another order have no columns.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from functools import reduce
from typing import Any

import polars as pl

from tidewaiter.knowledge.rates.tree import (
    EachComponent,
    Free,
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
from tidewaiter.vocabulary.tariff_frames import RATE_COLUMN_LIST

#: column name to dtype
RATE_COLUMNS: dict[str, pl.DataType] = {column.name: column.dtype for column in RATE_COLUMN_LIST}
UNITS_MAX = 2
DECIMALS_MAX = 6
_NOTHING = dict.fromkeys(RATE_COLUMNS)


def columns(rate: Rate) -> dict[str, Any] | None:
    """Bring a rate into the fixed columns.

    Args:
        rate: the tree.

    Returns:
        A value for every column of `RATE_COLUMNS`, with `unknown` set where the rate says itself
        that it is not known; None where the tree does not fit, or leans on the normal rate or a
        table, which only a regime knows.

    >>> columns(Percent(Decimal("16.5")))["percent"]
    Decimal('16.5')
    """
    try:
        return _as_columns(_shape(rate))
    except _UnknownRateError as fault:
        return {**_NOTHING, "unknown": str(fault)}
    except _NoFitError:
        return None


def columns_or_reason(rate: Rate) -> dict[str, Any]:
    """Bring a rate into the fixed columns; where it does not fit, `unknown` says why."""
    try:
        return _as_columns(_shape(rate))
    except (_UnknownRateError, _NoFitError) as fault:
        return {**_NOTHING, "unknown": str(fault)}


class _UnknownRateError(Exception):
    """The rate is not known; its text is the reason. Never leaves this module."""


class _NoFitError(Exception):
    """The tree has no such columns; its text is the reason. Never leaves this module."""


@dataclass(frozen=True, slots=True)
class _Linear:
    """Percent of the base and amounts by unit, in one currency."""

    percent: Decimal = Decimal(0)
    amounts: dict[str, Decimal] = field(default_factory=dict)
    currency: str = ""

    def plus(self, other: _Linear, sign: int = 1) -> _Linear:
        """Add, or with sign -1 take away."""
        amounts = dict(self.amounts)
        for unit, amount in other.amounts.items():
            amounts[unit] = amounts.get(unit, Decimal(0)) + sign * amount
        held = {unit: amount for unit, amount in amounts.items() if amount}
        return _Linear(self.percent + sign * other.percent, held, self.money(other))

    def money(self, other: _Linear) -> str:
        """Give the one currency of both."""
        if self.currency and other.currency and self.currency != other.currency:
            raise _NoFitError(f"amounts in {self.currency} and in {other.currency}")
        return self.currency or other.currency

    def covers(self, other: _Linear) -> bool:
        """Say whether it is never less than the other, whatever base and quantities are."""
        self.money(other)
        units = self.amounts.keys() | other.amounts.keys()
        return self.percent >= other.percent and all(
            self.amounts.get(unit, 0) >= other.amounts.get(unit, 0) for unit in units
        )


_ZERO = _Linear()


@dataclass(frozen=True, slots=True)
class _Shape:
    """Main part, least and most: min(max(main, floor), cap)."""

    main: _Linear
    floor: _Linear | None = None
    cap: _Linear | None = None

    @property
    def bare(self) -> bool:
        """Whether it has neither floor nor cap."""
        return self.floor is None and self.cap is None


def _shape(rate: Rate) -> _Shape:
    match rate:
        case Free():
            shape = _Shape(_ZERO)
        case Percent(percent, "base"):
            shape = _Shape(_Linear(percent))
        case Specific(amount, currency, unit):
            shape = _Shape(_Linear(amounts={unit: amount} if amount else {}, currency=currency))
        case Sum(parts):
            shape = reduce(_add, map(_shape, parts), _Shape(_ZERO))
        case Minus(left, right):
            shape = _less(_shape(left), _shape(right))
        case Greater(left, right):
            shape = _at_least(_shape(left), _shape(right))
        case Lesser(left, right):
            shape = _at_most(_shape(left), _shape(right))
        case _:
            raise _refusal(rate)
    return shape


def _refusal(rate: Rate) -> Exception:
    match rate:
        case Unknown(reason):
            return _UnknownRateError(reason or "the rate is not known")
        case EachComponent():
            return _UnknownRateError("each part of the set pays its own rate")
        case Percent(_, of):
            return _UnknownRateError(f"a percentage of {of}, which is not the base")
        case NormalRate():
            return _NoFitError("it leans on the normal rate of the goods")
        case FromTable(table):
            return _NoFitError(f"it leans on the table {table}")
    return _NoFitError("it is no simple rate")


def _add(left: _Shape, right: _Shape) -> _Shape:
    if not right.bare:
        left, right = right, left
    if not right.bare:
        raise _NoFitError("a sum of two rates that both have a least or a most")
    return _each(left, right.main, 1)


def _each(shape: _Shape, other: _Linear, sign: int) -> _Shape:
    return _Shape(
        shape.main.plus(other, sign),
        None if shape.floor is None else shape.floor.plus(other, sign),
        None if shape.cap is None else shape.cap.plus(other, sign),
    )


def _less(left: _Shape, right: _Shape) -> _Shape:
    if not right.bare:
        raise _NoFitError("less a rate that has a least or a most")
    return _at_least(_each(left, right.main, -1), _Shape(_ZERO))


def _at_least(left: _Shape, right: _Shape) -> _Shape:
    if left.bare and right.bare:
        one, other = left.main, right.main
        if one.covers(other):
            return left
        if other.covers(one):
            return right
        simple = len(other.amounts) <= 1
        return _Shape(one, floor=other) if simple else _Shape(other, floor=one)
    if not right.bare:
        left, right = right, left
    if not right.bare:
        raise _NoFitError("the greater of two rates that both have a least or a most")
    least = right.main
    if left.cap is not None and not left.cap.covers(least):
        raise _NoFitError("a least above a most")
    return _Shape(left.main, _greater(left, least), left.cap)


def _greater(shape: _Shape, least: _Linear) -> _Linear | None:
    """Give the floor of a shape that shall also be at least so much."""
    held = shape.floor
    if shape.main.covers(least) or (held is not None and held.covers(least)):
        return held
    if held is None or least.covers(held):
        return least
    raise _NoFitError("two different leasts")


def _at_most(left: _Shape, right: _Shape) -> _Shape:
    if left.bare and right.bare:
        one, other = left.main, right.main
        if one.covers(other):
            return right
        if other.covers(one):
            return left
        simple = len(other.amounts) <= 1
        return _Shape(one, cap=other) if simple else _Shape(other, cap=one)
    if not right.bare:
        left, right = right, left
    if not right.bare:
        raise _NoFitError("the lesser of two rates that both have a least or a most")
    most = right.main
    if left.cap is None or left.cap.covers(most):
        return _Shape(left.main, left.floor, most)
    if most.covers(left.cap):
        return left
    raise _NoFitError("two different mosts")


def _as_columns(shape: _Shape) -> dict[str, Any]:
    main, floor, cap = shape.main, shape.floor, shape.cap
    if len(main.amounts) > UNITS_MAX:
        raise _NoFitError(f"more than {UNITS_MAX} units")
    pairs = [*sorted(main.amounts.items()), (None, None), (None, None)]
    values: dict[str, Any] = {"percent": main.percent, "unknown": None}
    for at, (unit, amount) in enumerate(pairs[:UNITS_MAX], start=1):
        values |= {f"amount_{at}": amount, f"unit_{at}": unit}
    for name, limit in (("floor", floor), ("cap", cap)):
        if limit is not None and len(limit.amounts) > 1:
            raise _NoFitError(f"a {name} with more than one unit")
        unit, amount = next(iter(limit.amounts.items()), (None, None)) if limit else (None, None)
        values |= {
            f"{name}_percent": limit.percent if limit else None,
            f"{name}_amount": amount,
            f"{name}_unit": unit,
        }
    money = reduce(lambda one, other: _Linear(currency=one.money(other)), (
        part for part in (main, floor, cap) if part is not None
    ), _ZERO).currency  # fmt: skip
    values["currency"] = money or None
    for value in values.values():
        if isinstance(value, Decimal) and value != round(value, DECIMALS_MAX):
            raise _NoFitError(f"an amount finer than {DECIMALS_MAX} decimals")
    return {name: values[name] for name in RATE_COLUMNS}
