"""The rate language of our packs, such as ``max(normal, 15 %)`` or ``0.473 USD/kg + 9 %``.

    rate := term (("+" | "-") term)*
    term := NUMBER "%" ["of" NAME] | NUMBER CURRENCY ["/" UNIT] | "free" | "normal"
          | "each_component" | "table(" ID ")" | ("max" | "min") "(" rate "," rate ")"
          | "clamp(" rate "," low "," high ")" | "unknown" ["(" text ")"] | "(" rate ")"

Numbers are decimals with a point. The official texts of tariffs have readers of their own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from tidewaiter.knowledge.rates.tree import (
    UNITS,
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
from tidewaiter.vocabulary.errors import InputError, unknown_name

RATE_CHARS_MAX = 2000
NESTING_MAX = 20
_LEAVES: dict[str, Rate] = {
    "free": Free(),
    "normal": NormalRate(),
    "each_component": EachComponent(),
}
_WORDS = ("free", "normal", "table(...)", "max(...)", "min(...)", "clamp(...)", "unknown")


def parse_rate(text: str, where: str) -> Rate:
    """Read a rate text.

    Args:
        text: the rate, as in a pack.
        where: pack and entry, for the error.

    Raises:
        InputError: says what was expected where.

    >>> parse_rate("max(normal, 15 %)", "x")
    Greater(left=NormalRate(), right=Percent(percent=Decimal('15'), of='base'))
    """
    if len(text) > RATE_CHARS_MAX:
        raise InputError(f"rate longer than {RATE_CHARS_MAX} characters.", where=where)
    reader = _Reader(text, where)
    rate = reader.rate(0)
    reader.expect_end()
    return rate


@dataclass(slots=True)
class _Reader:
    """A rate text and how far it is read."""

    text: str
    where: str
    at: int = 0

    def rate(self, depth: int) -> Rate:
        """Read terms joined by plus and minus."""
        if depth > NESTING_MAX:
            raise self._fault(f"at most {NESTING_MAX} brackets within one another")
        left = self._term(depth)
        while (sign := self._peek()) in ("+", "-"):
            self._take(sign)
            right = self._term(depth)
            if sign == "-":
                left = Minus(left, right)
            else:
                left = Sum((*left.parts, right)) if isinstance(left, Sum) else Sum((left, right))
        return left

    def expect_end(self) -> None:
        """Check that nothing is left."""
        if self._peek():
            raise self._fault("the end, '+' or '-'")

    def _term(self, depth: int) -> Rate:
        number = self._match(r"\d+(?:\.\d+)?")
        if number:
            return self._amount(Decimal(number))
        if self._peek() == "(":
            self._take("(")
            inner = self.rate(depth + 1)
            self._take(")")
            return inner
        word = self._match(r"[a-z_]+")
        if word in _LEAVES:
            return _LEAVES[word]
        if word == "unknown":
            return self._unknown()
        if word == "table":
            self._take("(")
            name = self._match(r"[\w.]+")
            if not name:
                raise self._fault("the id of a table")
            self._take(")")
            return FromTable(name)
        if word in ("max", "min", "clamp"):
            return self._choice(word, depth)
        raise self._fault(f"a number or one of {', '.join(_WORDS)}")

    def _amount(self, number: Decimal) -> Rate:
        if self._peek() == "%":
            self._take("%")
            if not self._match(r"of\b"):
                return Percent(number)
            name = self._match(r"[a-z_]+(?:\([a-z_]+\))?")
            if not name:
                raise self._fault("what the percentage is of, such as content(steel)")
            return Percent(number, name)
        currency = self._match(r"[A-Z]{3}\b")
        if not currency:
            raise self._fault("'%' or a currency such as EUR after the number")
        if self._peek() != "/":
            return Specific(number, currency)
        self._take("/")
        unit = self._match(r"[a-z_0-9]+")
        if unit not in UNITS:
            raise unknown_name("unit of a rate", unit, UNITS, where=self.where)
        return Specific(number, currency, unit)

    def _unknown(self) -> Rate:
        if self._peek() != "(":
            return Unknown("")
        reason = self._match(r"\([^()]*\)")
        if not reason:
            raise self._fault("a reason in brackets")
        return Unknown(reason[1:-1].strip())

    def _choice(self, word: str, depth: int) -> Rate:
        self._take("(")
        first = self.rate(depth + 1)
        self._take(",")
        second = self.rate(depth + 1)
        if word == "clamp":
            self._take(",")
            third = self.rate(depth + 1)
        self._take(")")
        if word == "clamp":
            return Lesser(Greater(first, second), third)
        return Greater(first, second) if word == "max" else Lesser(first, second)

    def _peek(self) -> str:
        rest = self.text[self.at :].lstrip()
        return rest[:1]

    def _match(self, pattern: str) -> str:
        found = re.compile(rf"\s*({pattern})").match(self.text, self.at)
        if found is None:
            return ""
        self.at = found.end()
        return found[1]

    def _take(self, sign: str) -> None:
        if self._peek() != sign:
            raise self._fault(f"{sign!r}")
        self.at = self.text.index(sign, self.at) + 1

    def _fault(self, expected: str) -> InputError:
        here = self.text[self.at : self.at + 20].strip() or "the end"
        return InputError(
            f"rate {self.text!r}: expected {expected} at {here!r}.",
            where=self.where,
            remedy="Write for example '12.5 %', '3 EUR', '0.4 USD/kg + 9 %', 'max(normal, 15 %)'.",
        )
