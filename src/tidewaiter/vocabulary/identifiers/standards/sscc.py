"""SSCC: serial shipping container code, 18 digits with a GS1 check digit, for one parcel or pallet.

Standard: GS1 General Specifications. The application identifier (00) before it, as labels print
it, is taken off.
"""

from __future__ import annotations

from tidewaiter.vocabulary.identifiers import gs1
from tidewaiter.vocabulary.identifiers.identification import Identification, Kind, compact

KIND = Kind("sscc", "An SSCC", "18 digits, such as 395211015300000019", 0.85)


def identify(value: str) -> Identification:
    """Read an SSCC; parts: extension, gs1_prefix, gs1_organisation, company_prefix.

    >>> identify("(00) 3 9521101 530000001 9").normal
    '395211015300000019'
    """
    digits = compact(value).removeprefix("(00)")
    if len(digits) == 20 and digits.startswith("00"):
        digits = digits[2:]
    fault = KIND.not_digits(value, digits)
    if fault is not None:
        return fault
    if len(digits) != 18:
        return KIND.wrong_length(value, digits)
    right = gs1.check_fault(digits)
    if right:
        return KIND.wrong_check(value, digits[:-1], digits[-1], right)
    return KIND.good(value, digits, extension=digits[0], **gs1.owner(digits[1:]))
