"""Guesses what a value without a label is: the kinds it is valid as, surest first.

How sure a kind is (`Kind.sureness`) is our own ranking: the more a kind's rules exclude, the
surer. A value may be several things (each GTIN-13 is a GLN by its digits); only kinds that are
not mere digits with no check, and not national tax numbers of the same digits, are guessed.
"""

from __future__ import annotations

from functools import cache

from tidewaiter.vocabulary.identifiers.identification import Identification, compact
from tidewaiter.vocabulary.identifiers.registry import describe, identify, kinds

UNKNOWN = "unknown"
_NEARLY = frozenset({"check_digit", "issuer"})
_NEARLY_SURENESS_MIN = 0.6


def guess(value: str) -> list[Identification]:
    """Give one answer for each plausible kind of a value, surest first.

    If it is valid as none, those whose shape it has but whose check digit is wrong; if there are
    none either, one answer of the kind `unknown`.

    >>> [found.kind for found in guess("CP001020301BR")], guess("?")[0].kind
    (['s10'], 'unknown')
    """
    signs = len(compact(value))
    found = [identify(name, value) for name in guessed() if signs >= describe(name).signs_min]
    valid = [
        answer
        for answer in found
        if answer.valid and answer.parts.get("check_digit_agrees", "yes") == "yes"
    ]
    if valid:
        return valid
    nearly = [
        answer
        for answer in found
        if answer.parts["fault"] in _NEARLY
        and describe(answer.kind).sureness >= _NEARLY_SURENESS_MIN
    ]
    return nearly or [
        Identification(
            value,
            UNKNOWN,
            False,
            "",
            "It has the form of no kind that can be guessed; name the kind if you know it.",
            {"fault": "form"},
        )
    ]


@cache
def guessed() -> tuple[str, ...]:
    """Give the kinds that are guessed, surest first."""
    ranked = [(-describe(name).sureness, name) for name in kinds()]
    return tuple(name for sureness, name in sorted(ranked) if sureness < 0)
