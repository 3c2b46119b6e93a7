"""Duty texts as TARIC and the UK tariff write them, such as `10 % MIN 1.20 EUR/kg MAX 3 EUR/kg`.

From memory of the duty expressions of Regulation (EU) 2658/87, Annex I, and of TARIC; no official
file was seen. `MIN` is a floor (at least that much) and `MAX` a cap (at most that much): the
greater and the lesser of two, read from left to right. Components that need the composition of
goods (EA, AD S/Z, AD F/M: Meursing) are `Unknown` parts of the tree, so that the rest still gives
a lower bound. What is not understood makes the whole text `Unknown`, never free. Numbers may have a
decimal comma, but one before exactly three digits could be thousands and is not guessed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from tidewaiter.knowledge.rates.tree import (
    Free,
    Greater,
    Lesser,
    Minus,
    Percent,
    Rate,
    Specific,
    Sum,
    Unknown,
)

TEXT_CHARS_MAX = 2000
BLANK = Unknown("no rate stands on the line")
#: unit as written, lower case without blanks -> our code, and how many of ours it stands for
UNIT_WORDS: dict[str, tuple[str, int]] = {
    "kg": ("kg", 1), "kgm": ("kg", 1), "100kg": ("kg", 100), "dtn": ("kg", 100),
    "1000kg": ("t", 1), "tne": ("t", 1), "t": ("t", 1), "tonne": ("t", 1),
    "g": ("g", 1), "grm": ("g", 1),
    "item": ("unit", 1), "nar": ("unit", 1), "p/st": ("unit", 1), "unit": ("unit", 1),
    "piece": ("unit", 1), "100items": ("hundred", 1), "100p/st": ("hundred", 1),
    "cen": ("hundred", 1), "hundred": ("hundred", 1), "1000items": ("thousand", 1),
    "1000p/st": ("thousand", 1), "mil": ("thousand", 1), "thousand": ("thousand", 1),
    "pair": ("pair", 1), "pa": ("pair", 1), "npr": ("pair", 1),
    "dozen": ("dozen", 1), "gross": ("gross", 1),
    "l": ("litre", 1), "ltr": ("litre", 1), "litre": ("litre", 1), "liter": ("litre", 1),
    "100l": ("hl", 1), "hl": ("hl", 1), "hlt": ("hl", 1), "1000l": ("hl", 10),
    "m": ("m", 1), "mtr": ("m", 1), "m2": ("m2", 1), "m²": ("m2", 1), "mtk": ("m2", 1),
    "m3": ("m3", 1), "m³": ("m3", 1), "mtq": ("m3", 1), "carat": ("carat", 1), "ctm": ("carat", 1),
}  # fmt: skip
_SIGNS = {"€": "EUR", "£": "GBP"}
_NUMBER = r"(\d{1,3}(?:[ ]\d{3})+(?:[.,]\d+)?|\d+(?:[.,]\d+)?)"
_MONEY_AFTER = rf"{_NUMBER} ?(€|£|[A-Z]{{3}}(?![A-Za-z]))"
_MONEY_BEFORE = rf"(€|£) ?{_NUMBER}"
_UNIT = r"/? ?((?:1[ .,]?000|100) ?(?:kg|p/st|l\b|items)|[A-Za-z]+/st|[A-Za-z][A-Za-z0-9²³]*)"
_NOT_UNITS = re.compile(r"\s*(?:MIN|MAX|AD|EA)\b")
_COMPONENTS = {
    "EA": "agricultural component",
    "AD S/Z": "additional duty on sugar",
    "AD F/M": "additional duty on flour",
}
_SIGNED = re.compile(r"\s*([+-])")
_LIMIT = re.compile(r"\s*(MIN|MAX)\b", re.IGNORECASE)


def parse_taric(text: str) -> Rate:
    """Read a duty text.

    Args:
        text: as in the tariff.

    Returns:
        The rate; `Unknown` with the reason where the text is blank or not understood.

    >>> parse_taric("4 % MAX 3 EUR/kg")
    Lesser(left=Percent(percent=Decimal('4'), of='base'), \
right=Specific(amount=Decimal('3'), currency='EUR', unit='kg'))
    """
    if len(text) > TEXT_CHARS_MAX:
        return Unknown(f"a text of {len(text):,} characters is no rate")
    said = " ".join(text.replace("\u00a0", " ").replace("\u202f", " ").split())
    if not said:
        return BLANK
    if said.lower().rstrip(".") in ("free", "nihil"):
        return Free()
    reader = _Reader(said)
    try:
        return reader.all()
    except _NotReadError as fault:
        return Unknown(str(fault))


class _NotReadError(Exception):
    """A text that is not understood; its text is the reason. Never leaves this module."""


@dataclass(slots=True)
class _Reader:
    """A text and how far it is read."""

    text: str
    at: int = 0

    def all(self) -> Rate:
        """Read the whole text, from left to right."""
        rate = self._term()
        while self.at < len(self.text):
            if (sign := self._take(_SIGNED)) is not None:
                rate = _joined(rate, self._term(), sign[1])
            elif (limit := self._take(_LIMIT)) is not None:
                kind = Greater if limit[1].upper() == "MIN" else Lesser
                rate = kind(rate, self._term())
            else:
                raise _NotReadError(self._here())
        return rate

    def _term(self) -> Rate:
        for sign, meaning in _COMPONENTS.items():
            if self._match(rf"{sign}(?![A-Za-z])"):
                return Unknown(f"{meaning} ({sign})", ("meursing_code",))
        if found := self._match(rf"{_NUMBER} ?%"):
            return Percent(_decimal(found[1]))
        if found := self._match(_MONEY_BEFORE):
            return self._amount(_decimal(found[2]), _SIGNS[found[1]])
        if found := self._match(_MONEY_AFTER):
            return self._amount(_decimal(found[1]), _SIGNS.get(found[2], found[2]))
        raise _NotReadError(self._here())

    def _amount(self, amount: Decimal, currency: str) -> Rate:
        found = None if _NOT_UNITS.match(self.text, self.at) else self._match(_UNIT)
        if found is None:
            return Specific(amount, currency)
        known = UNIT_WORDS.get(re.sub(r"(?<=\d)[.,](?=\d)|\s", "", found[1].lower()))
        if known is None:
            raise _NotReadError(f"the unit {found[1]!r} is not one we can count")
        unit, many = known
        return Specific(amount / many, currency, unit)

    def _match(self, pattern: str) -> re.Match[str] | None:
        return self._take(re.compile(rf"\s*(?:{pattern})"))

    def _take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.match(self.text, self.at)
        if found is not None:
            self.at = found.end()
        return found

    def _here(self) -> str:
        rest = self.text[self.at : self.at + 80].strip()
        return f"not understood from {rest!r} on" if rest else "the text ends too early"


def _joined(left: Rate, right: Rate, sign: str) -> Rate:
    if sign == "-":
        return Minus(left, right)
    return Sum((*left.parts, right)) if isinstance(left, Sum) else Sum((left, right))


def _decimal(written: str) -> Decimal:
    bare = written.replace(" ", "")
    if re.fullmatch(r"\d{1,3},\d{3}", bare):
        raise _NotReadError(f"{written!r} may be thousands or a decimal comma")
    return Decimal(bare.replace(",", "."))
