"""What the digits of a GS1 number mean: use of the prefix, GS1 organisation, company prefix.

Ranges: GS1 General Specifications 1.4 (restricted circulation 02, 04, 2 and GTIN-8 0, 2; coupons
05, 981-984, 99; refunds 980; ISSN 977; ISBN 978, 979; demonstration 952; general manager number
951). Organisation and company prefix come from the table in the library biip. A prefix tells
which GS1 organisation gave the number, never where the goods are from.
"""

from __future__ import annotations

import re

from tidewaiter.vocabulary.identifiers import checkdigits

GLOBAL = "global"
RESTRICTED = "restricted circulation"
COUPON = "coupon"
REFUND = "refund receipt"
ISSN = "ISSN"
ISBN = "ISBN"
ISMN = "ISMN"
DEMONSTRATION = "demonstration"
GID = "general manager number"
NOT_GLOBAL = (RESTRICTED, COUPON, REFUND)
# First match wins; the pattern is matched at the first of fourteen digits.
USES: tuple[tuple[str, str], ...] = (
    (r"0{6}[02]", RESTRICTED),  # GTIN-8 whose first digit is 0 or 2
    (r"0{6}", GLOBAL),  # any other GTIN-8: its prefixes are a list of their own
    (r".0[24]", RESTRICTED),
    (r".2", RESTRICTED),
    (r".05", COUPON),
    (r".98[1-4]", COUPON),
    (r".99", COUPON),
    (r".980", REFUND),
    (r".977", ISSN),
    (r".9790", ISMN),
    (r".97[89]", ISBN),
    (r".951", GID),
    (r".952", DEMONSTRATION),
)
_USES = tuple((re.compile(pattern), use) for pattern, use in USES)
_NOTES = {
    RESTRICTED: "Not global: a shop or region gives such numbers to its own goods.",
    COUPON: "Not global: a coupon, not goods.",
    REFUND: "Not global: a refund receipt, not goods.",
    DEMONSTRATION: "A number for examples, which no product bears.",
}


def use_of(normal: str) -> str:
    """Give the use of a GTIN of 14 digits.

    >>> use_of("02012345678909"), use_of("09780306406157"), use_of("00000020123451")
    ('restricted circulation', 'ISBN', 'restricted circulation')
    """
    for pattern, use in _USES:
        if pattern.match(normal):
            return use
    return GLOBAL


def meaning(normal: str) -> dict[str, str]:
    """Give the parts of a valid GTIN of 14 digits that follow from its prefix."""
    use = use_of(normal)
    thirteen = normal[1:]
    parts = {
        "use": use,
        "global": "no" if use in NOT_GLOBAL else "yes",
        "note": _NOTES.get(use, ""),
        **owner(normal[6:] if normal.startswith("000000") else thirteen),
    }
    if normal[0] == "9":
        parts["measure"] = "variable"
    if use == ISSN:
        parts["issn"] = f"{thirteen[3:7]}-{thirteen[7:10]}{_issn_check(thirteen[3:10])}"
    if use == ISBN:
        parts["isbn"] = thirteen
    return parts


def owner(digits: str) -> dict[str, str]:
    """Give GS1 prefix, its organisation and the company prefix, as far as biip knows them."""
    from biip.gs1_prefixes import GS1CompanyPrefix, GS1Prefix, GS18Prefix

    if len(digits) == 8:
        short = GS18Prefix.extract(digits)
        return {"gs1_prefix": short.value, "gs1_organisation": short.usage} if short else {}
    parts = {}
    prefix = GS1Prefix.extract(digits)
    if prefix is not None:
        parts = {"gs1_prefix": prefix.value, "gs1_organisation": prefix.usage}
    company = GS1CompanyPrefix.extract(digits)
    if company is not None:
        parts["company_prefix"] = company.value
    return parts


def check_fault(digits: str) -> str:
    """Give the right check digit if the last of the digits is wrong, else empty text."""
    right = checkdigits.gs1(digits[:-1])
    return "" if digits[-1] == right else right


def _issn_check(serial: str) -> str:
    rest = -sum(int(digit) * (8 - index) for index, digit in enumerate(serial)) % 11
    return "X" if rest == 10 else str(rest)
