"""VAT number of an EU member state, the United Kingdom or Northern Ireland, with its country.

The national rules and check digits are those of the library python-stdnum. Valid means well-formed
with right check digits; whether the number is in use only VIES or HMRC can tell.
"""

from __future__ import annotations

from tidewaiter.vocabulary.identifiers.countries import NORTHERN_IRELAND
from tidewaiter.vocabulary.identifiers.identification import Identification, Kind, compact

KIND = Kind(
    "vat",
    "A VAT number",
    "the country's two letters (EL for Greece, XI for Northern Ireland) and its national number, "
    "such as DE136695976",
    0.9,
)
_MISTAKEN = {"GR": "EL", "UK": "GB"}


def identify(value: str) -> Identification:
    """Read a VAT number; parts: country.

    >>> identify("DE 136 695 976").normal, identify("GR094259216").parts["fault"]
    ('DE136695976', 'component')
    """
    from stdnum import exceptions
    from stdnum.eu import vat as european
    from stdnum.gb import vat as british

    number = compact(value)
    prefix = number[:2]
    known = {state.upper() for state in european.MEMBER_STATES} - {"GR"} | {"EL", "GB"}
    if not (number.isascii() and number.isalnum() and len(number) > 4):
        return KIND.misshapen(value, number)
    if prefix not in known:
        better = _MISTAKEN.get(prefix)
        told = f" Write {better} instead of {prefix}." if better else ""
        return KIND.bad(
            value,
            "component",
            f"{prefix} is not the prefix of an EU member state, GB or XI; {KIND.title} is "
            f"{KIND.form}.{told}",
        )
    try:
        if prefix in ("GB", NORTHERN_IRELAND):
            normal = prefix + british.validate(number[2:])
        else:
            normal = european.validate(number)
    except exceptions.InvalidChecksum:
        return KIND.bad(
            value,
            "check_digit",
            f"The check digits of this {prefix} number do not agree; "
            "one of the signs was probably mistyped, compare it with the invoice.",
        )
    except exceptions.ValidationError:
        return KIND.bad(
            value,
            "form",
            f"Length or signs are not those of a {prefix} VAT number; {KIND.title} is {KIND.form}.",
        )
    return KIND.good(value, normal, country=prefix)
