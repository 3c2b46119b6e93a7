"""The nodes of a rate tree, and the units a specific rate may be reckoned by.

A rate that cannot be reckoned is `Unknown` with the reason, never free. The measures' stacking,
dates and conditions are not here (see `knowledge.regimes`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

#: unit of a specific rate -> (what it measures, how many of that make one unit); `quantity` is
#: number of units as declared, `mass_kg` net mass; the others need a fact of their own name
UNITS: dict[str, tuple[str, Decimal]] = {
    "unit": ("quantity", Decimal(1)),
    "pair": ("quantity", Decimal(1)),
    "dozen": ("quantity", Decimal(12)),
    "dozen_pairs": ("quantity", Decimal(12)),
    "gross": ("quantity", Decimal(144)),
    "hundred": ("quantity", Decimal(100)),
    "thousand": ("quantity", Decimal(1000)),
    "g": ("mass_kg", Decimal("0.001")),
    "kg": ("mass_kg", Decimal(1)),
    "t": ("mass_kg", Decimal(1000)),
    "litre": ("litre", Decimal(1)),
    "hl": ("litre", Decimal(100)),
    "m": ("m", Decimal(1)),
    "m2": ("m2", Decimal(1)),
    "m3": ("m3", Decimal(1)),
    "carat": ("carat", Decimal(1)),
}


@dataclass(frozen=True, slots=True)
class Free:
    """No duty."""


@dataclass(frozen=True, slots=True)
class Percent:
    """A share, in percent, of the measure's base or of a named value (`content(steel)`)."""

    percent: Decimal
    of: str = "base"


@dataclass(frozen=True, slots=True)
class Specific:
    """An amount of money per unit; without unit once, as the measure's `per` says."""

    amount: Decimal
    currency: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Sum:
    """The sum of parts."""

    parts: tuple[Rate, ...]


@dataclass(frozen=True, slots=True)
class Minus:
    """Left less right, not below zero."""

    left: Rate
    right: Rate


@dataclass(frozen=True, slots=True)
class Greater:
    """The greater of two: a floor."""

    left: Rate
    right: Rate


@dataclass(frozen=True, slots=True)
class Lesser:
    """The lesser of two: a cap."""

    left: Rate
    right: Rate


@dataclass(frozen=True, slots=True)
class NormalRate:
    """The normal rate of the goods code ("column 1", third-country duty)."""


@dataclass(frozen=True, slots=True)
class FromTable:
    """Percent of the base by a table of the pack."""

    table: str


@dataclass(frozen=True, slots=True)
class EachComponent:
    """Each component of a set pays its own rate."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """Cannot be reckoned: why, and which facts would help."""

    reason: str
    facts: tuple[str, ...] = ()


Rate: TypeAlias = (
    Free
    | Percent
    | Specific
    | Sum
    | Minus
    | Greater
    | Lesser
    | NormalRate
    | FromTable
    | EachComponent
    | Unknown
)


def nodes(rate: Rate) -> Iterator[Rate]:
    """Give a tree's nodes, itself first.

    >>> [type(node).__name__ for node in nodes(Greater(NormalRate(), Free()))]
    ['Greater', 'NormalRate', 'Free']
    """
    yield rate
    if isinstance(rate, Sum):
        for part in rate.parts:
            yield from nodes(part)
    elif isinstance(rate, Minus | Greater | Lesser):
        yield from nodes(rate.left)
        yield from nodes(rate.right)
