"""S9 receptacle number: 29 signs that name one bag or container of a postal despatch.

Standard: UPU S9, from memory: origin and destination office (IMPC, six signs each), category,
subclass, year, despatch, receptacle, highest receptacle, registered or insured, weight. It has no
check digit; a layout from memory refuses only what cannot be split at all.
"""

from __future__ import annotations

import re

from tidewaiter.vocabulary.identifiers.countries import ALPHA2
from tidewaiter.vocabulary.identifiers.identification import Identification, Kind, compact

KIND = Kind(
    "receptacle",
    "A receptacle number",
    "29 signs, such as CNSHAADEFRAAAUN60123001000085",
    0.9,
)
_SHAPE = re.compile(
    r"(?P<origin>[A-Z]{5}[A-Z0-9])(?P<destination>[A-Z]{5}[A-Z0-9])(?P<category>[A-Z])"
    r"(?P<subclass>[A-Z0-9]{2})(?P<year>[0-9])(?P<despatch>[0-9]{4})(?P<receptacle>[0-9]{3})"
    r"(?P<highest>[0-9])(?P<registered_or_insured>[0-9])(?P<weight>[0-9]{4})"
)
_NOTE = "The layout is from memory (UPU S9); it has no check digit."


def identify(value: str) -> Identification:
    """Read a receptacle number; parts: the fields, despatch_id, weight_kg, and a note.

    >>> identify("CNSHAADEFRAAAUN60123001000085").parts["weight_kg"]
    '8.5'
    """
    number = compact(value)
    found = _SHAPE.fullmatch(number)
    if found is None:
        return KIND.misshapen(value, number)
    fields = found.groupdict()
    tenths = int(fields.pop("weight"))
    strange = [fields[end][:2] for end in ("origin", "destination")]
    strange = [code for code in strange if code not in ALPHA2]
    note = f"{_NOTE} {strange[0]} is no ISO 3166-1 country." if strange else _NOTE
    return KIND.good(
        value,
        number,
        despatch_id=number[:20],
        weight_kg=f"{tenths // 10}.{tenths % 10}",
        note=note,
        **fields,
    )
