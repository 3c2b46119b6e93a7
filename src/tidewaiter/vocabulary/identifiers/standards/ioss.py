"""IOSS number: IM, a member state's numeric code, six digits and one more.

Law: Directive 2006/112/EC art. 369q. The algorithm of the last digit is not public, so valid
means well-formed. IN... is the number of an intermediary and not a VAT number. Member states
(with 900 for Northern Ireland) come from the library python-stdnum.
"""

from __future__ import annotations

from tidewaiter.vocabulary.identifiers.identification import Identification, Kind, compact

KIND = Kind(
    "ioss",
    "An IOSS number",
    "12 signs: IM, the three-digit code of a member state and seven digits, such as IM2760010000",
    0.95,
)
_NOTE = "Well-formed only: how its last digit is reckoned is not public."


def identify(value: str) -> Identification:
    """Read an IOSS number; parts: member_state (ISO 3166-1 numeric), note.

    >>> identify("im 372 0000224").normal, identify("IM5532027340").parts["fault"]
    ('IM3720000224', 'component')
    """
    number = compact(value)
    digits = number[2:]
    if number.startswith("IN") and len(number) == 12 and digits.isascii() and digits.isdigit():
        return KIND.bad(
            value,
            "component",
            "IN begins the number of an intermediary, which is no VAT number; "
            f"{KIND.title} is {KIND.form}.",
        )
    if not (
        number.startswith("IM") and len(number) == 12 and digits.isascii() and digits.isdigit()
    ):
        return KIND.misshapen(value, number)
    states = member_states()
    if digits[:3] not in states:
        return KIND.bad(
            value,
            "component",
            f"{digits[:3]} is no EU member state; after IM stands the ISO 3166-1 number of the "
            "state that gave it, such as 276 for Germany.",
        )
    return KIND.good(value, number, member_state=digits[:3], note=_NOTE)


def member_states() -> tuple[str, ...]:
    """Give the three-digit codes that may follow IM."""
    from stdnum.eu.oss import ISO_3166_1_MEMBER_STATES

    return tuple(ISO_3166_1_MEMBER_STATES)
