"""Frames of a tariff pack: the lines of a national nomenclature, what was rejected, what changed.

A batch is about parcels (`vocabulary.columns`); these frames are about a schedule that was imported
from an official file. Elements: HTS = field of the USITC export of the Harmonized Tariff Schedule,
UK = column of the UK trade data service, Comtrade = field of the UN list. Names the columns; does
not know how a source or a pack is read.
A table, so it may be longer than other modules.
"""

from __future__ import annotations

import polars as pl

from tidewaiter.vocabulary.columns import DAY, FLAG, NUMBER, TEXT, TEXTS, Column, Frame

FOOTNOTES = pl.List(pl.Struct(dict.fromkeys(("columns", "marker", "text", "type"), pl.String())))


def _rows(owner: str, *rows: tuple[str, pl.DataType, str, str]) -> tuple[Column, ...]:
    return tuple(Column(name, dtype, owner, meaning, el) for name, dtype, meaning, el in rows)


TARIFF_LINES = Frame(
    "tariff_lines",
    "one row of a schedule, a code or a heading above codes, in the order of the source",
    ("row",),
    _rows(
        "tariff import",
        ("row", NUMBER, "place in the pack, from 1", ""),
        ("source", TEXT, "name of the file it was read from", ""),
        ("line", NUMBER, "record in that file, from 1 (the header of a CSV does not count)", ""),
        ("code", TEXT, "digits only; null for a heading without a code", "HTS htsno"),
        ("suffix", TEXT, "product line suffix; only 80 is a commodity", "UK commodity__suffix"),
        ("level", NUMBER, "how many digits of the code say something: 2, 4, 6, 8, 10", ""),
        ("hs6", TEXT, "subheading it hangs under; null above it and in chapters 98, 99", ""),
        ("indent", NUMBER, "depth below the top, from 0", "HTS indent"),
        ("parent_row", NUMBER, "`row` it stands under", ""),
        ("path_complete", FLAG, "false where a row above could not be read or is not there", ""),
        ("declarable", FLAG, "goods can be declared under it: it has no code below it", ""),
        ("description", TEXT, "own text, as in the source", "HTS description"),
        ("units", TEXTS, "units of quantity, as in the source", "HTS units"),
        ("rate_general", TEXT, "rate, as in the source, after inheritance", "HTS general"),
        ("rate_special", TEXT, "rates of programmes, after inheritance", "HTS special"),
        ("rate_other", TEXT, "rate for countries without normal relations", "HTS other"),
        ("rates_from", TEXT, "code above whose rates these are; null: its own", ""),
        ("footnotes", FOOTNOTES, "own footnotes: columns they are about, marker, text, type", ""),
        ("additional_duties", TEXT, "additional duties, as in the source", "HTS additionalDuties"),
        ("quota_quantity", TEXT, "quota, as in the source", "HTS quotaQuantity"),
        ("valid_from", DAY, "first day, where the source tells it", "UK validity_start"),
        ("valid_to", DAY, "last day, where the source tells it", "UK validity_end"),
        ("unread", TEXT, "what no column stands for, as a JSON object", ""),
    ),
)  # fmt: skip

TARIFF_REJECTED = Frame(
    "tariff_rejected",
    "one record of a source that could not be understood",
    (),
    _rows(
        "tariff import",
        ("source", TEXT, "name of the file", ""),
        ("line", NUMBER, "record in that file, from 1", ""),
        ("reason", TEXT, "what is wrong, in a sentence", ""),
        ("raw", TEXT, "the record itself", ""),
    ),
)

TARIFF_CHANGES = Frame(
    "tariff_changes",
    "one difference between two packs",
    (),
    _rows(
        "tariff diff",
        ("kind", TEXT, "added, removed, renumbered, moved, description, rate, units, ...", ""),
        ("code", TEXT, "the code (the old one if renumbered)", ""),
        ("field", TEXT, "column that differs", ""),
        ("before", TEXT, "what stood there", ""),
        ("after", TEXT, "what stands there now", ""),
    ),
)

TARIFF_FRAMES: dict[str, Frame] = {
    frame.name: frame for frame in (TARIFF_LINES, TARIFF_REJECTED, TARIFF_CHANGES)
}
