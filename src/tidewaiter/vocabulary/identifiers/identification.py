"""What is said about one identifier, what is said of a kind, and how values are cleaned.

Knows the answer's shape and the signs that people put between the signs of a number (blanks,
hyphens). Knows no kind: those are in `standards/`, `shapes` and `library`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

VALUE_CHARS_MAX = 256
BLANKS = " \t\r\n\u00a0\u2007\u2009\u200b\u202f\u3000\ufeff"
HYPHENS = "-\u2010\u2011\u2012\u2013\u2014"
SEPARATORS = BLANKS + HYPHENS
_WITHOUT_SEPARATORS = dict.fromkeys(map(ord, SEPARATORS))
_SPREADSHEET = re.compile(r"[+-]?[0-9]+([.,][0-9]+)?[eE][+-]?[0-9]+|[0-9]+[.,]0")


@dataclass(frozen=True, slots=True)
class Identification:
    """What was found out about one value.

    Args:
        value: the value as it was given.
        kind: the kind it was read as.
        valid: whether it keeps every rule of the kind that has a source.
        normal: the one form in which equal identifiers are equal; empty unless valid.
        reason: what is wrong and what would be right, as a sentence; empty when valid.
        parts: what the signs mean. Two names are used by every kind: `note` (worth knowing,
            changes nothing) and, when not valid, `fault` (`empty`, `length`, `signs`,
            `check_digit`, `issuer`, `form`, `component`).
    """

    value: str
    kind: str
    valid: bool
    normal: str
    reason: str
    parts: dict[str, str]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of identifier.

    Args:
        name: as the command line takes it.
        title: what it is called.
        form: what one looks like, in words, after "is" (`"13 signs: two letters, ..."`).
        sureness: how sure one may be, 0-1, that a value which is valid as this kind is one;
            0 keeps the kind out of guesses.
        signs_min: shorter values are not guessed to be of this kind.
    """

    name: str
    title: str
    form: str
    sureness: float = 0.0
    signs_min: int = 0

    def good(self, value: str, normal: str, **parts: str) -> Identification:
        """Give the answer for a valid value; parts that are empty are left out."""
        return Identification(value, self.name, True, normal, "", _filled(parts))

    def bad(self, value: str, fault: str, reason: str, **parts: str) -> Identification:
        """Give the answer for a value that breaks a rule."""
        return Identification(
            value, self.name, False, "", reason, {"fault": fault, **_filled(parts)}
        )

    def misshapen(self, value: str, seen: str) -> Identification:
        """Give the answer for a value whose length or signs are wrong."""
        blank = self._blank_or_long(value)
        if blank is not None:
            return blank
        fault = "form" if seen.isascii() and seen.isalnum() else "signs"
        told = f"this has {len(seen)} signs and does not fit" if fault == "form" else _strange(seen)
        return self.bad(value, fault, f"{self.title} is {self.form}; {told}.")

    def wrong_length(self, value: str, digits: str) -> Identification:
        """Give the answer for digits that are too few or too many."""
        told = f"this has {len(digits)} digits"
        return self.bad(value, "length", f"{self.title} is {self.form}; {told}.")

    def not_digits(self, value: str, digits: str) -> Identification | None:
        """Give the fault of a value that should be digits only; None if it is."""
        blank = self._blank_or_long(value)
        if blank is not None:
            return blank
        if digits.isascii() and digits.isdigit():
            return None
        if _SPREADSHEET.fullmatch(value.strip()):
            return self.bad(
                value,
                "form",
                "A spreadsheet turned it into a number, so digits may be lost; "
                f"ask the sender for it as text. {self.title} is {self.form}.",
            )
        return self.bad(value, "signs", f"{self.title} is {self.form}; {_strange(digits)}.")

    def wrong_check(self, value: str, body: str, seen: str, right: str) -> Identification:
        """Give the answer for a value whose last sign, the check digit, is wrong."""
        return self.bad(
            value,
            "check_digit",
            f"The check digit is {seen} but should be {right}, as in {body}{right}; "
            "one of the signs was probably mistyped.",
            check_digit_right=right,
        )

    def _blank_or_long(self, value: str) -> Identification | None:
        if not value.strip(BLANKS):
            return self.bad(value, "empty", f"It is empty; {self.title} is {self.form}.")
        if len(value) > VALUE_CHARS_MAX:
            return self.bad(
                value,
                "length",
                f"It is longer than {VALUE_CHARS_MAX} signs; {self.title} is {self.form}.",
            )
        return None


def compact(value: str) -> str:
    """Take blanks and hyphens out and make letters large.

    >>> compact(" rb 1234-5678 5 gb")
    'RB123456785GB'
    """
    return value.translate(_WITHOUT_SEPARATORS).upper()


def _strange(seen: str) -> str:
    signs = sorted({sign for sign in seen if not (sign.isascii() and sign.isalnum())})
    if signs:
        return f"signs such as {signs[0]!r} do not belong there"
    return "letters and digits do not stand where they should"


def _filled(parts: dict[str, str]) -> dict[str, str]:
    return {name: part for name, part in parts.items() if part}
