"""F43-shaped entry summary filing of ICS2 (postal item), as JSON after HTI v2.02.

Element names, formats and status follow the field table of the Harmonised Trader Interface v2.02
for IE3A43; that the filing F43 is this amendment without its MRN, and with an LRN, is inferred.
Not read: interface v3 (Release 3), rule texts, contents of code lists. Reading and writing are in
`ics2`, the table in `ics2_fields`. It never claims to be a filing customs would accept.
"""

from __future__ import annotations

import polars as pl

from tidewaiter.formats.parts import ics2
from tidewaiter.formats.spec import FormatSpec, Pieces
from tidewaiter.vocabulary.batch import Batch
from tidewaiter.vocabulary.terms import View

KIND = "F43"


def _sniff(head: bytes, _file_name: str) -> float:
    return ics2.sniff(head, KIND)


FORMAT = FormatSpec(
    name="ics2-f43",
    title="ICS2 F43-shaped entry summary filing (postal item), JSON",
    view=View.POSTAL.value,
    pieces=Pieces.LINES,
    extensions=(".json", ".ndjson"),
    sniff=_sniff,
    source="shaped after the ICS2 HTI v2.02 field table (2022-05-04) for IE3A43; F43 itself is "
    "inferred. Not read: HTI v3, rule texts, contents of the code lists",
)


def decode(data: bytes, *, source: str = "", position: int = 0) -> Batch:
    """Read filings; each house consignment becomes a consignment.

    Args:
        data: one message, an array, or one message a line.
        source: name of the file or request.
        position: number of lines before this piece of the source.
    """
    return ics2.decode(FORMAT, KIND, data, source, position)


def encode(batch: Batch) -> bytes:
    """Write filings, one message a line; houses with the same head and LRN share a message."""
    return ics2.encode(FORMAT, KIND, batch)


def missing_for_filing(batch: Batch) -> pl.DataFrame:
    """Say what a filing lacks: `format.missing_mandatory` and `format.value_cut` findings."""
    return ics2.missing_for_filing(FORMAT, KIND, batch)
