"""S10: number of a postal item, two letters, eight digits, a check digit and the issuer's country.

Standard: UPU S10. A right check digit with a country that ISO 3166-1 does not know is a fault of
its own: such a number was made up or its country was mistyped. Widely printed numbers that fail
their check digit (CP001020301BR) are not valid. Does not know whether the item exists.
"""

from __future__ import annotations

import re

from tidewaiter.vocabulary.identifiers import checkdigits
from tidewaiter.vocabulary.identifiers.countries import ALPHA2, advice
from tidewaiter.vocabulary.identifiers.identification import Identification, Kind, compact

KIND = Kind(
    "s10",
    "An S10 number",
    "13 signs: two letters, eight digits, a check digit and two letters for the country, "
    "such as LP202607315DE",
    0.98,
)
SHAPE = "[A-Z]{2}[0-9]{9}[A-Z]{2}"
_SHAPE = re.compile(SHAPE)
# Service indicators of UPU S10; the reserved ones are from memory.
_SERVICES: tuple[tuple[str, str], ...] = (
    ("E[A-Z]", "express mail (EMS)"),
    ("L[A-Z]", "letter post, express"),
    ("M[A-Z]", "letter post, M-bag"),
    ("Q[A-M]", "letter post, business reply (IBRS)"),
    ("R[A-Z]", "letter post, registered"),
    ("U[A-Z]", "letter post, other"),
    ("V[A-Z]", "letter post, insured"),
    ("C[A-Z]", "parcel post"),
    ("H[A-Z]", "parcel post, e-commerce"),
    ("[BDNPZ][A-Z]|A[V-Z]|G[AD]", "domestic, bilateral or multilateral use"),
    ("[JKSTW][A-Z]", "reserved"),
)
_COMPILED = tuple((re.compile(pattern), meaning) for pattern, meaning in _SERVICES)


def identify(value: str) -> Identification:
    """Read a postal item number; parts: service_indicator, service, serial, country.

    >>> identify("rb 12345678 5 gb").normal, identify("RB123456785XX").parts["fault"]
    ('RB123456785GB', 'issuer')
    """
    number = compact(value)
    if not _SHAPE.fullmatch(number):
        return KIND.misshapen(value, number)
    serial, check, country = number[2:10], number[10], number[11:]
    parts = {
        "service_indicator": number[:2],
        "service": service(number[:2]),
        "serial": serial,
        "check_digit": check,
        "country": country,
    }
    right = checkdigits.s10(serial)
    if check != right:
        return KIND.bad(
            value,
            "check_digit",
            f"The check digit is {check} but should be {right}, as in "
            f"{number[:10]}{right}{country}; one of the digits was probably mistyped.",
            check_digit_right=right,
            **parts,
        )
    if country not in ALPHA2:
        return KIND.bad(
            value,
            "issuer",
            f"The check digit is right, but {country} is no country of a post that issues such "
            f"numbers; the last two letters must be an ISO 3166-1 code, such as GB."
            f"{advice(country)}",
            **parts,
        )
    return KIND.good(value, number, **parts)


def service(indicator: str) -> str:
    """Give the meaning of a service indicator of two letters; empty if none is known.

    >>> service("RB"), service("QZ")
    ('letter post, registered', '')
    """
    for pattern, meaning in _COMPILED:
        if pattern.fullmatch(indicator):
            return meaning
    return ""
