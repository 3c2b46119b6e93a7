"""Rate texts of the Harmonized Tariff Schedule of the United States, as the USITC exports them.

The columns `general` and `other` ("column 2") hold percent, cents and dollars by unit and sums of
them; those of chapter 99 also the duty of the goods' own subheading with something on top, perhaps
on the value of a content only. `special` holds such texts, each with the programmes it is for.
Texts of chapters 61, 62 and 99 were read (2026); other shapes are from memory of the schedule.

A text is understood whole or not at all: what is not understood is `Unknown` with the reason,
never free and never a guess. A blank is `Unknown` too: the line above has the rate (the tariff
table lets lines inherit, see `tariff.table`). `NormalRate` stands for the rate of the goods' own
subheading in the same column. Currency is the US dollar. Dates and notes are not read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from tidewaiter.knowledge.rates.tree import (
    EachComponent,
    Free,
    Greater,
    Lesser,
    NormalRate,
    Percent,
    Rate,
    Specific,
    Sum,
    Unknown,
)

TEXT_CHARS_MAX = 2000
CURRENCY = "USD"
BLANK = Unknown("no rate stands on the line; a line above may have it")
#: unit as written, lower case without dots, commas and blanks -> our code
UNIT_WORDS = {
    "kg": "kg", "kilogram": "kg", "g": "g", "gram": "g", "t": "t", "metricton": "t",
    "each": "unit", "no": "unit", "unit": "unit", "article": "unit",
    "pr": "pair", "prs": "pair", "pair": "pair",
    "doz": "dozen", "dozen": "dozen",
    "dozpr": "dozen_pairs", "dozprs": "dozen_pairs", "dozpair": "dozen_pairs",
    "dozenpairs": "dozen_pairs", "dozpairs": "dozen_pairs",
    "gross": "gross", "100": "hundred", "hundred": "hundred",
    "1000": "thousand", "thousand": "thousand",
    "liter": "litre", "liters": "litre", "litre": "litre", "hl": "hl", "hectoliter": "hl",
    "m": "m", "meter": "m", "m2": "m2", "m²": "m2", "m3": "m3", "m³": "m3",
    "carat": "carat", "carats": "carat",
}  # fmt: skip
_NUMBER = r"(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)"
_MARKER = re.compile(r"(?: \d{1,2}/)+$")  # footnote marks of older exports: "6.6% 1/"
_ENSEMBLE = re.compile(
    r"the rates? applicable to each (?:garment|article) in the (?:in the )?(?:ensemble|set)"
    r" if (?:separately entered|entered separately)",
    re.IGNORECASE,
)
_WHICHEVER = re.compile(
    r"(.+?) or (.+?),? whichever (?:rate )?is (?:the )?(higher|greater|lower|less|lesser)",
    re.IGNORECASE,
)
#: beginnings of texts that name something else, why they cannot be reckoned, what would help
_CONDITIONAL: tuple[tuple[re.Pattern[str], str, tuple[str, ...]], ...] = (
    (re.compile(r"free,? under bond\b"), "free only under bond", ("under_bond",)),
    (re.compile(r"free,? "), "free only under a condition", ()),
    (re.compile(r"see\b"), "the rate stands elsewhere", ()),
    (
        re.compile(r"the (?:duty|rate)s? provided (?:for )?in subheading"),
        "the rate of other subheadings",
        (),
    ),
    (re.compile(r"the (?:duty )?rate|a duty upon"), "the rate depends on what the text names", ()),
)
_NORMAL = r"(?:no change|the duty provided (?:for )?in ?the applicable (?:sub)?heading)(?![a-z0-9])"
_PERCENT = rf"(?:a duty of )?{_NUMBER} ?(?:%|percent\b)(?: ad val(?:orem\b|\.)?)?"
_FULL = r"(?:up)?on the (?:full |entire )?value of the (?:imported )?article(?![a-z])"
_CONTENT = r"(?:up)?on the value of the ([a-z][a-z. -]*?) content(?![a-z])"
_PART = r"on the ([a-z][a-z, ]*[a-z])(?= ?(?:\+|$)| plus )"
_DOLLARS = rf"\$ ?{_NUMBER}"
_CENTS = rf"{_NUMBER} ?(?:¢|cents?\b)"
_UNIT = (
    r"(?:(each)\b|(?:/|per\b) ?(doz(?:en|\.)? ?(?:prs?|pairs?)\b|[a-z0-9.,]*[a-z0-9²³]))"
    r"(?=[ .+,]|$)"
)
_PROGRAMME = r"[A-Z]{1,2}[*+#]?"
_SYMBOLS = re.compile(rf"\(\s*({_PROGRAMME}(?:\s*,\s*{_PROGRAMME})*)\s*,?\s*\)")


def parse_hts(text: str) -> Rate:
    """Read a text of the general or other column.

    Args:
        text: as in the schedule.

    Returns:
        The rate; `Unknown` with the reason where the text is blank or not understood.

    >>> parse_hts("47.3¢/kg + 9%")
    Sum(parts=(Specific(amount=Decimal('0.473'), currency='USD', unit='kg'), \
Percent(percent=Decimal('9'), of='base')))
    """
    if len(text) > TEXT_CHARS_MAX:
        return Unknown(f"a text of {len(text):,} characters is no rate")
    said = _MARKER.sub("", " ".join(text.replace("\u00a0", " ").split()))
    said = said.removesuffix(".").rstrip()
    if not said:
        return BLANK
    whole = _whole(said)
    if whole is not None:
        return whole
    choice = _WHICHEVER.fullmatch(said)
    if choice is None:
        return _Reader(said).all()
    left, right = _Reader(choice[1]).all(), _Reader(choice[2]).all()
    for side in (left, right):
        if isinstance(side, Unknown):
            return side
    return (Greater if choice[3].lower() in ("higher", "greater") else Lesser)(left, right)


def parse_special(text: str) -> tuple[tuple[Rate, tuple[str, ...]], ...]:
    """Read a text of the special column: each rate with the symbols of its programmes.

    Args:
        text: as in the schedule, such as "Free (AU,BH, CL) 5% (E)".

    Returns:
        Pairs of rate and symbols, in the order of the text; no symbol where the text names none
        (it then counts for every programme); nothing for a blank.

    >>> [(type(rate).__name__, symbols) for rate, symbols in parse_special("Free (A*,CA) 5% (E)")]
    [('Free', ('A*', 'CA')), ('Percent', ('E',))]
    """
    found: list[tuple[Rate, tuple[str, ...]]] = []
    at = 0
    for match in _SYMBOLS.finditer(text):
        symbols = tuple(symbol.strip() for symbol in match[1].split(","))
        found.append((parse_hts(text[at : match.start()]), symbols))
        at = match.end()
    rest = text[at:].strip(" .,;\u00a0\n\t")
    if rest:
        found.append((parse_hts(rest), ()))
    return tuple(found)


def _whole(said: str) -> Rate | None:
    """Give the meaning of texts that mean something only as a whole."""
    lower = said.lower()
    if lower == "free":
        return Free()
    if _ENSEMBLE.fullmatch(said):
        return EachComponent()
    for pattern, reason, facts in _CONDITIONAL:
        if pattern.match(lower):
            return Unknown(f"{reason}: {said}", facts)
    return None


class _NotReadError(Exception):
    """A text that is not understood; its text is the reason. Never leaves this module."""


@dataclass(slots=True)
class _Reader:
    """A text and how far it is read."""

    text: str
    at: int = 0

    def all(self) -> Rate:
        """Read the whole text: a sum, perhaps with a least and a most."""
        try:
            rate = self._sum()
            while self.at < len(self.text):
                if self._match(r",? ?but not less than\b"):
                    rate = Greater(rate, self._sum())
                elif self._match(r",? ?(?:but )?(?:not|nor) (?:more than|over|exceeding)\b"):
                    rate = Lesser(rate, self._sum())
                else:
                    return Unknown(self._here())
        except _NotReadError as fault:
            return Unknown(str(fault))
        return rate

    def _sum(self) -> Rate:
        terms = [self._term()]
        while self._match(r"\+|plus\b"):
            terms.append(self._term())
        return terms[0] if len(terms) == 1 else Sum(tuple(terms))

    def _term(self) -> Rate:
        if self._match(_NORMAL):
            return NormalRate()
        if (found := self._match(_PERCENT)) is not None:
            return self._share(_decimal(found[1]))
        if (found := self._match(_DOLLARS)) is not None:
            return self._amount(_decimal(found[1]))
        if (found := self._match(_CENTS)) is not None:
            return self._amount(_decimal(found[1]) / 100)
        raise _NotReadError(self._here())

    def _share(self, percent: Decimal) -> Rate:
        if self._match(_FULL):
            return Percent(percent)
        found = self._match(_CONTENT) or self._match(_PART)
        return Percent(percent, f"content({_slug(found[1])})") if found else Percent(percent)

    def _amount(self, amount: Decimal) -> Rate:
        found = self._match(_UNIT)
        if found is None:
            raise _NotReadError(f"an amount without a unit: {self._here()}")
        written = found[1] or found[2]
        unit = UNIT_WORDS.get(re.sub(r"[ .,]", "", written.lower()))
        if unit is None:
            raise _NotReadError(f"the unit {written!r} is not one we can count")
        if self.text.startswith(".", self.at):
            self.at += 1  # the dot of an abbreviation
        return Specific(amount, CURRENCY, unit)

    def _match(self, pattern: str) -> re.Match[str] | None:
        found = re.compile(rf" *(?:{pattern})", re.IGNORECASE).match(self.text, self.at)
        if found is not None:
            self.at = found.end()
        return found

    def _here(self) -> str:
        rest = self.text[self.at : self.at + 80].strip()
        return f"not understood from {rest!r} on" if rest else "the text ends too early"


def _decimal(written: str) -> Decimal:
    return Decimal(written.replace(",", ""))


def _slug(words: str) -> str:
    """Give a name for a part of the goods, such as `steel` or `non_us`."""
    return re.sub(r"[^a-z]+", "_", words.lower().replace(".", "")).strip("_")
