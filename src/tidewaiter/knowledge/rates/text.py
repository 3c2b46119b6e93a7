"""Rates as texts: in the language of our packs (`house` reads it back), and in plain words.

The house language knows no facts: an `Unknown` keeps its reason (brackets in it become square) and
loses the names of the facts that would help. A sum within the first part of a sum is written
without brackets, which means the same.
"""

from __future__ import annotations

from decimal import Decimal

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

_PLURAL = {"dozen_pairs": "dozen pairs", "m2": "square metre", "m3": "cubic metre", "m": "metre"}
_BRACKETS = str.maketrans("()", "[]")


def rate_text(rate: Rate) -> str:
    """Write a rate in the language of our packs.

    >>> rate_text(Greater(NormalRate(), Percent(Decimal("15"))))
    'max(normal, 15 %)'
    """
    match rate:
        case Free():
            said = "free"
        case NormalRate():
            said = "normal"
        case EachComponent():
            said = "each_component"
        case Percent(percent, of):
            said = f"{_number(percent)} %" + ("" if of == "base" else f" of {of}")
        case Specific(amount, currency, unit):
            said = f"{_number(amount)} {currency}" + (f"/{unit}" if unit else "")
        case Sum(parts):
            said = " + ".join(_part(part, first=not at) for at, part in enumerate(parts)) or "free"
        case Minus(left, right):
            said = f"{rate_text(left)} - {_part(right, first=False)}"
        case Greater(left, right):
            said = f"max({rate_text(left)}, {rate_text(right)})"
        case Lesser(left, right):
            said = f"min({rate_text(left)}, {rate_text(right)})"
        case FromTable(table):
            said = f"table({table})"
        case Unknown(reason):
            why = " ".join(reason.translate(_BRACKETS).split())
            said = f"unknown({why})" if why else "unknown"
    return said


def rate_words(rate: Rate) -> str:
    """Say a rate in words, for a person.

    >>> rate_words(Greater(NormalRate(), Percent(Decimal("15"))))
    'the normal duty, but at least 15 %'
    """
    match rate:
        case Free():
            said = "free"
        case NormalRate():
            said = "the normal duty"
        case EachComponent():
            said = "the rate of each part, as if it came alone"
        case Percent(percent, of):
            said = f"{_number(percent)} %" + _share_of(of)
        case Specific(amount, currency, unit):
            per = f" per {_PLURAL.get(unit, unit)}" if unit else ""
            said = f"{currency} {_number(amount)}{per}"
        case Sum(parts):
            said = " plus ".join(rate_words(part) for part in parts) or "free"
        case Minus(left, right):
            said = f"{rate_words(left)} less {rate_words(right)}"
        case Greater(left, right):
            said = f"{rate_words(left)}, but at least {rate_words(right)}"
        case Lesser(left, right):
            said = f"{rate_words(left)}, but at most {rate_words(right)}"
        case FromTable(table):
            said = f"a percentage by the table {table}"
        case Unknown(reason):
            said = f"not known: {reason}" if reason else "not known"
    return said


def _part(rate: Rate, *, first: bool) -> str:
    bare = rate_text(rate)
    return bare if first or not isinstance(rate, Sum | Minus) else f"({bare})"


def _share_of(name: str) -> str:
    if name == "base":
        return ""
    if name.startswith("content("):
        return f" of the value of the {name[8:-1].replace('_', ' ')} content"
    return f" of the {name.replace('_', ' ')}"


def _number(value: Decimal) -> str:
    plain = f"{value:f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain
