"""Entry number of US customs: filer code of three signs, seven digits, check digit.

Source: CATAIR appendix E for the forms of filer codes (001-999, A00-Z99, AA0-ZZ9, AAA-ZZZ,
A0A-Z9Z, 0A0-9Z9, 00A-99Z, 0AA-9ZZ: any three signs but 000) and for the check digit of numeric
codes, which fits all published numbers. How letters count is from memory (A-I 1-9, J-R 1-9, S-Z
2-9), so a filer code with letters is never refused for its check digit; `check_digit_agrees` and
`note` say what the rule gives.
"""

from __future__ import annotations

import re

from tidewaiter.vocabulary.identifiers import checkdigits
from tidewaiter.vocabulary.identifiers.identification import Identification, Kind, compact

KIND = Kind(
    "entry-number",
    "A CBP entry number",
    "11 signs: a filer code of three letters or digits, seven digits and a check digit, "
    "such as 300-4567891-6",
    0.65,
)
SHAPE = "[0-9A-Z]{3}[0-9]{8}"
_SHAPE = re.compile(SHAPE)
_LETTERS = dict(
    zip(map(ord, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"), "12345678912345678923456789", strict=True)
)


def identify(value: str) -> Identification:
    """Read an entry number; parts: filer, filer_form, serial, check_digit and more.

    >>> identify("30045678916").normal, identify("300-4567891-7").valid
    ('300-4567891-6', False)
    """
    number = compact(value)
    if not _SHAPE.fullmatch(number):
        return KIND.misshapen(value, number)
    filer, serial, check = number[:3], number[3:10], number[10]
    if filer == "000":
        return KIND.bad(
            value, "component", "The filer code is 000, which CBP does not give; it begins at 001."
        )
    right = checkdigits.luhn((filer + serial).translate(_LETTERS))
    note = agrees = ""
    if not filer.isdigit():
        agrees = "yes" if check == right else "no"
        note = f"How letters count is from memory, and gives the check digit {right}."
    elif check != right:
        return KIND.wrong_check(value, f"{filer}-{serial}-", check, right)
    return KIND.good(
        value,
        f"{filer}-{serial}-{check}",
        filer=filer,
        filer_form="".join("N" if sign.isdigit() else "A" for sign in filer),
        serial=serial,
        check_digit=check,
        check_digit_agrees=agrees,
        note=note,
    )
