"""HS code by shape: 2, 4, 6, 8 or 10 digits, chapter 01 to 97 without 77.

Standard: Harmonized System Convention (chapter 77 is reserved); chapters 98 and 99 are for
national use. Dots, blanks and hyphens are taken out. Whether the code exists in an edition or in
a national tariff is not known here; that is nomenclature, in packs.
"""

from __future__ import annotations

from tidewaiter.vocabulary.identifiers.identification import Identification, Kind, compact

KIND = Kind("hs", "An HS code", "2, 4, 6, 8 or 10 digits, such as 6109.10", 0.2)
LENGTHS = (2, 4, 6, 8, 10)
RESERVED = "77"
NATIONAL = ("98", "99")


def identify(value: str) -> Identification:
    """Read a tariff code; parts: level, chapter, heading, subheading.

    >>> identify("6109.10").normal, identify("7701.10").parts["fault"]
    ('610910', 'component')
    """
    digits = compact(value).replace(".", "")
    fault = KIND.not_digits(value, digits)
    if fault is not None:
        return fault
    if len(digits) not in LENGTHS:
        lost = f"0{digits}" if len(digits) in (3, 5, 7, 9) else ""
        told = f" A leading zero may be lost: {lost} would have the right length." if lost else ""
        return KIND.bad(
            value, "length", f"It has {len(digits)} digits; {KIND.title} is {KIND.form}.{told}"
        )
    if digits[:2] == "00":
        return KIND.bad(
            value, "component", "There is no chapter 00; chapters are 01 to 97, then 98 and 99."
        )
    if digits[:2] == RESERVED:
        return KIND.bad(
            value, "component", "Chapter 77 is reserved and holds no goods; look the code up again."
        )
    national = "Chapters 98 and 99 are national: other countries do not know this code."
    return KIND.good(
        value,
        digits,
        level={2: "chapter", 4: "heading", 6: "subheading"}.get(len(digits), "national"),
        chapter=digits[:2],
        heading=digits[:4] if len(digits) >= 4 else "",
        subheading=digits[:6] if len(digits) >= 6 else "",
        note=national if digits[:2] in NATIONAL else "",
    )
