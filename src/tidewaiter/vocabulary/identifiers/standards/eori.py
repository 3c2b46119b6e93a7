"""EORI: economic operators registration and identification number, country and up to 15 signs.

Law: Regulation (EU) No 952/2013 art. 9; GB numbers as HMRC's schema has them (11 to 15 digits,
usually 12, or 15 with a branch). It has no check digit of its own, so valid means well-formed.
Where the national part is a valid VAT number that is told as a hint, never used to refuse.
"""

from __future__ import annotations

import re
from functools import cache

from tidewaiter.vocabulary.identifiers.countries import ALPHA2, NORTHERN_IRELAND, advice
from tidewaiter.vocabulary.identifiers.identification import Identification, Kind, compact

KIND = Kind(
    "eori",
    "An EORI number",
    "two letters for the country and up to 15 letters or digits, such as GB123456789000",
    0.15,
    signs_min=8,
)
SHAPE = "[A-Z]{2}[0-9A-Z]{1,15}"
BRITISH = ("GB", NORTHERN_IRELAND)
BRITISH_SHAPE = "[0-9]{11,15}"
_SHAPE = re.compile(SHAPE)
_BRITISH_SHAPE = re.compile(BRITISH_SHAPE)


def identify(value: str) -> Identification:
    """Read an EORI number; parts: country, vat_number (a hint), note.

    >>> identify("gb 123456789000").normal, identify("GB12345").parts["fault"]
    ('GB123456789000', 'form')
    """
    number = compact(value)
    if not _SHAPE.fullmatch(number):
        return KIND.misshapen(value, number)
    country, national = number[:2], number[2:]
    if country not in ALPHA2 and country != NORTHERN_IRELAND:
        return KIND.bad(
            value,
            "component",
            f"{country} is no country; an EORI number begins with the ISO 3166-1 code of the "
            f"country that gave it, such as DE.{advice(country)}",
        )
    if country in BRITISH and not _BRITISH_SHAPE.fullmatch(national):
        return KIND.bad(
            value, "form", f"After {country} stand 12 digits, or 15 with a branch, and no letters."
        )
    note = "Well-formed only: an EORI number has no check digit."
    if country in BRITISH and len(national) not in (12, 15):
        note += f" After {country} usually stand 12 or 15 digits; here {len(national)}."
    elif country not in BRITISH and country not in _issuers():
        note += f" {country} is not known to give EORI numbers; EU members and GB do."
    return KIND.good(value, number, country=country, vat_number=_vat(country, national), note=note)


@cache
def _issuers() -> frozenset[str]:
    from stdnum.eu.vat import MEMBER_STATES

    return frozenset(state.upper() for state in MEMBER_STATES)


def _vat(country: str, national: str) -> str:
    from tidewaiter.vocabulary.identifiers.standards import vat

    prefix = {"GR": "EL"}.get(country, country)
    body = national[:9] if country in BRITISH else national
    if len(body) < 8:
        return ""
    found = vat.identify(prefix + body)
    return found.normal if found.valid else ""
