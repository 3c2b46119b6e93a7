"""GTIN: global trade item number, 8, 12 (UPC), 13 (EAN) or 14 digits with a GS1 check digit.

Standard: GS1 General Specifications. The normal form has 14 digits, so that one product written
as UPC and as EAN is one. Knows what the prefix is used for; does not know the product, and a
prefix is not a country of origin.
"""

from __future__ import annotations

from tidewaiter.vocabulary.identifiers import gs1
from tidewaiter.vocabulary.identifiers.identification import Identification, Kind, compact

KIND = Kind("gtin", "A GTIN", "8, 12, 13 or 14 digits, such as 9521101530001", 0.8)
LENGTHS = (8, 12, 13, 14)


def identify(value: str) -> Identification:
    """Read a GTIN; parts: form, use, global, gs1_prefix, gs1_organisation, company_prefix.

    >>> identify("012345678905").normal, identify("2012345678900").reason[:44]
    ('00012345678905', 'The check digit is 0 but should be 3, as in ')
    """
    digits = compact(value)
    fault = KIND.not_digits(value, digits)
    if fault is not None:
        return fault
    if len(digits) not in LENGTHS:
        return KIND.bad(value, "length", _length_fault(digits))
    right = gs1.check_fault(digits)
    if right:
        return KIND.wrong_check(value, digits[:-1], digits[-1], right)
    normal = digits.zfill(14)
    return KIND.good(value, normal, form=f"GTIN-{len(digits)}", **gs1.meaning(normal))


def _length_fault(digits: str) -> str:
    told = f"It has {len(digits)} digits; {KIND.title} is {KIND.form}."
    longer = [length for length in LENGTHS if length > len(digits)]
    if longer and len(digits) > 5:
        padded = digits.zfill(longer[0])
        if not gs1.check_fault(padded):
            told += f" Leading zeros were probably lost: {padded} would be right."
    return told
