"""Kinds of which only the shape can be checked here: one row a kind.

Codes of countries, currencies, ports and offices are lists that change; whether a code is on its
list is asked of the code list packs, not of this room. Lengths of SCAC, FIRMS and the US port
schedules: CBP; forms of the US importer number are from memory.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tidewaiter.vocabulary.identifiers.countries import ALPHA2, advice
from tidewaiter.vocabulary.identifiers.identification import Identification, Kind, compact

_NOTE = "Shape only: whether the code is on its list was not looked up."


@dataclass(frozen=True, slots=True)
class Shape:
    """A kind by shape.

    Args:
        kind: its name, title, form.
        pattern: regular expression of the compact value; its named groups become parts.
        country: name of the group that must be an ISO 3166-1 alpha-2 code, if any.
    """

    kind: Kind
    pattern: re.Pattern[str]
    country: str = ""


def _row(kind: Kind, pattern: str, country: str = "") -> Shape:
    return Shape(kind, re.compile(pattern), country)


SHAPES: dict[str, Shape] = {
    shape.kind.name: shape
    for shape in (
        _row(
            Kind(
                "country", "A country code", "2 or 3 letters or 3 digits, such as NA, NAM, 516", 0.1
            ),
            "[A-Z]{2,3}|[0-9]{3}",
        ),
        _row(Kind("currency", "A currency code", "3 letters, such as AED", 0.08), "[A-Z]{3}"),
        _row(Kind("iata-port", "An IATA port code", "3 letters, such as DXB", 0.05), "[A-Z]{3}"),
        _row(
            Kind("unlocode", "A UN/LOCODE", "country and 3 signs, such as AEDXB", 0.12),
            "(?P<country>[A-Z]{2})(?P<place>[2-9A-Z]{3})",
            "country",
        ),
        _row(
            Kind("impc", "A mail processing centre (IMPC)", "6 signs, such as CNSHAA", 0.1),
            "(?P<country>[A-Z]{2})(?P<place>[A-Z]{3})(?P<office>[0-9A-Z])",
            "country",
        ),
        _row(
            Kind(
                "mrn",
                "A movement reference number (MRN)",
                "18 signs: year, country, 13 signs and a check digit, such as 26DE123456789012A3",
                0.5,
            ),
            "(?P<year>[0-9]{2})(?P<country>[A-Z]{2})(?P<rest>[0-9A-Z]{13})(?P<check_digit>[0-9])",
        ),
        _row(Kind("scac", "A carrier code (SCAC)", "2 to 4 letters, such as UPSN"), "[A-Z]{2,4}"),
        _row(Kind("firms", "A FIRMS code", "4 letters or digits, such as Y123"), "[0-9A-Z]{4}"),
        _row(Kind("schedule-d", "A US port (Schedule D)", "4 digits, such as 2704"), "[0-9]{4}"),
        _row(Kind("schedule-k", "A foreign port (Schedule K)", "5 digits, as 57035"), "[0-9]{5}"),
        _row(
            Kind(
                "importer-number",
                "A US importer number",
                "an IRS number with suffix (NN-NNNNNNNXX), a social security number (NNN-NN-NNNN) "
                "or a number given by CBP (YYDDPP-NNNNN)",
            ),
            "(?P<irs>[0-9]{9}[0-9A-Z]{2})|(?P<ssn>[0-9]{9})|(?P<cbp>[0-9]{11})",
        ),
    )
}


def identify(name: str, value: str) -> Identification:
    """Read a value as the shape of that name.

    >>> identify("unlocode", "ae dxb").normal, identify("country", "UK").reason
    ('AEDXB', 'UK is no ISO 3166-1 code. Write GB instead of UK.')
    """
    shape = SHAPES[name]
    kind = shape.kind
    code = compact(value)
    found = shape.pattern.fullmatch(code)
    if found is None:
        return kind.misshapen(value, code)
    parts = {group: part for group, part in found.groupdict().items() if part}
    country = code if name == "country" else parts.get("country", "")
    if advice(country) or (shape.country and country not in ALPHA2):
        return kind.bad(value, "component", f"{country} is no ISO 3166-1 code.{advice(country)}")
    return kind.good(value, code, note=_NOTE, **parts)
