"""Check digits: the arithmetic that catches a mistyped sign. Plain text in, the right sign out.

Sources: GS1 General Specifications 7.9 (GS1), UPU S10 (S10), CBP Form 7512 (modulo 7), ISO/IEC
7812 (Luhn), ISO/IEC 7064 (MOD 37,36), and the checksums of the open courier files
(`tracking_number_data`), which use weighted sums of their own. Knows no identifier as a whole.
"""

from __future__ import annotations

from collections.abc import Sequence

DIGITS_AND_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
S10_WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)


def gs1(body: str) -> str:
    """Give the GS1 check digit (GTIN, GLN, SSCC): weights 3, 1, 3 ... from the right.

    >>> gs1("952110153000")
    '1'
    """
    total = sum(int(digit) * (1 if odd else 3) for odd, digit in _from_right(body))
    return str(-total % 10)


def s10(serial: str, weights: Sequence[int] = S10_WEIGHTS) -> str:
    """Give the check digit of a postal item number: modulo 11, with 10 -> 0 and 11 -> 5.

    >>> s10("20260731"), s10("40000005"), s10("40000008")
    ('5', '0', '5')
    """
    rest = (
        11 - sum(_digit(sign) * weight for sign, weight in zip(serial, weights, strict=False)) % 11
    )
    return {10: "0", 11: "5"}.get(rest, str(rest))


def mod7(serial: str) -> str:
    """Give the remainder by seven; it is never 7, 8 or 9.

    >>> mod7("4410022"), mod7("12345678")
    ('1', '2')
    """
    return str(int(serial) % 7)


def luhn(serial: str) -> str:
    """Give the Luhn check digit: double every other digit from the last, add the digits.

    >>> luhn("3004567891")
    '6'
    """
    total = 0
    for odd, sign in _from_right(serial):
        digit = _digit(sign)
        total += digit if odd else sum(divmod(2 * digit, 10))
    return str(-total % 10)


def mod10(serial: str, *, evens: int = 1, odds: int = 1, reverse: bool = False) -> str:
    """Give the check digit of a weighted sum, sign by sign from index 0.

    A letter counts as (ASCII - 3) modulo 10. Products are added whole, not by their digits.

    >>> mod10("41103150000187", evens=1, odds=2), mod10("AB", evens=1, odds=2)
    ('9', '2')
    """
    total = 0
    for index, sign in enumerate(reversed(serial) if reverse else serial):
        number = int(sign) if "0" <= sign <= "9" else (ord(sign) - 3) % 10
        total += number * (odds if index % 2 else evens)
    return str(-total % 10)


def mod_37_36(serial: str) -> str:
    """Give the check sign over digits and letters after ISO/IEC 7064 MOD 37,36.

    >>> mod_37_36("A12425GABC1234002")
    'M'
    """
    rest = 36
    for sign in serial:
        rest += DIGITS_AND_LETTERS.index(sign)
        rest = 2 * (rest - 36 if rest > 36 else rest)
        rest = rest - 37 if rest > 36 else rest
    return DIGITS_AND_LETTERS[(37 - rest) % 36]


def weighted(serial: str, weights: Sequence[int], modulo1: int, modulo2: int) -> str:
    """Give a weighted sum modulo one number, then modulo another.

    >>> weighted("98657878885", (3, 1, 7, 3, 1, 7, 3, 1, 7, 3, 1), 11, 10)
    '5'
    """
    total = sum(_digit(sign) * weight for sign, weight in zip(serial, weights, strict=False))
    return str(total % modulo1 % modulo2)


def _digit(sign: str) -> int:
    return int(sign) if "0" <= sign <= "9" else 0


def _from_right(serial: str) -> list[tuple[bool, str]]:
    return [(bool(index % 2), sign) for index, sign in enumerate(reversed(serial))]
