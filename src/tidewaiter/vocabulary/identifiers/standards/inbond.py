"""In-bond number of US customs: eight digits and their remainder by seven.

Source: note to CBP Form 7512 (257700052). Does not know older numbers without a check digit.
"""

from __future__ import annotations

from tidewaiter.vocabulary.identifiers import checkdigits
from tidewaiter.vocabulary.identifiers.identification import Identification, Kind, compact

KIND = Kind("inbond", "A CBP in-bond number", "9 digits, such as 123456782", 0.3)


def identify(value: str) -> Identification:
    """Read an in-bond number; parts: serial, check_digit.

    >>> identify("123456782").valid, identify("12345678").reason[-33:]
    (True, 'heck digit it would be 123456782.')
    """
    digits = compact(value)
    fault = KIND.not_digits(value, digits)
    if fault is not None:
        return fault
    if len(digits) == 8:
        whole = digits + checkdigits.mod7(digits)
        return KIND.bad(
            value,
            "length",
            f"{KIND.title} is {KIND.form}; it has 8, and with its check digit it would be {whole}.",
        )
    if len(digits) != 9:
        return KIND.wrong_length(value, digits)
    serial, check = digits[:8], digits[8]
    right = checkdigits.mod7(serial)
    if check != right:
        return KIND.wrong_check(value, serial, check, right)
    return KIND.good(value, digits, serial=serial, check_digit=check)
