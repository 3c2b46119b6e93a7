"""GLN: global location number, 13 digits with a GS1 check digit, for a party or a place.

Standard: GS1 General Specifications. It cannot be told from a GTIN-13 by its digits.
"""

from __future__ import annotations

from tidewaiter.vocabulary.identifiers import gs1
from tidewaiter.vocabulary.identifiers.identification import Identification, Kind, compact

KIND = Kind("gln", "A GLN", "13 digits, such as 9521101530001", 0.4)


def identify(value: str) -> Identification:
    """Read a GLN; parts: gs1_prefix, gs1_organisation, company_prefix.

    >>> identify("9521101530001").valid
    True
    """
    digits = compact(value)
    fault = KIND.not_digits(value, digits)
    if fault is not None:
        return fault
    if len(digits) != 13:
        return KIND.wrong_length(value, digits)
    right = gs1.check_fault(digits)
    if right:
        return KIND.wrong_check(value, digits[:-1], digits[-1], right)
    return KIND.good(value, digits, **gs1.owner(digits))
