"""AWB: air waybill number, airline prefix of three digits, serial of seven, and serial modulo 7.

Standard: IATA Resolution 600a; the check digit rule fits every published number tried, and is
never 7, 8 or 9. Leading zeros of the prefix (020) belong to it. Does not know the airlines.
"""

from __future__ import annotations

from tidewaiter.vocabulary.identifiers import checkdigits
from tidewaiter.vocabulary.identifiers.identification import Identification, Kind, compact

KIND = Kind("awb", "An air waybill number", "11 digits, such as 618-44100221", 0.6)


def identify(value: str) -> Identification:
    """Read an air waybill number; parts: prefix, serial, check_digit.

    >>> identify("618 4410 0221").normal, identify("176-08393330").valid
    ('618-44100221', False)
    """
    digits = compact(value)
    fault = KIND.not_digits(value, digits)
    if fault is not None:
        return fault
    if len(digits) != 11:
        return KIND.wrong_length(value, digits)
    prefix, serial, check = digits[:3], digits[3:10], digits[10]
    right = checkdigits.mod7(serial)
    if check != right:
        return KIND.wrong_check(value, f"{prefix}-{serial}", check, right)
    return KIND.good(
        value, f"{prefix}-{serial}{check}", prefix=prefix, serial=serial, check_digit=check
    )
