"""Frames of a tariff: lines of a nomenclature, what was rejected, what changed, rates, measures.

A batch is about parcels (`vocabulary.columns`); these frames are about a schedule that was imported
from an official file. Elements: HTS = field of the USITC export of the Harmonized Tariff Schedule,
UK = column of the UK trade data service, Comtrade = field of the UN list, TARIC = part of an EU
measure. Names the columns; does not know how a source or a pack is read.
A table, so it may be longer than other modules.
"""

from __future__ import annotations

import polars as pl

from tidewaiter.vocabulary.columns import DAY, FLAG, MONEY, NUMBER, TEXT, TEXTS, Column, Frame

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

#: a rate in fixed columns; how they are reckoned stands in `knowledge.rates.canonical`
RATE_COLUMN_LIST = _rows(
    "tariff rates",
    ("percent", MONEY, "percent of the base; null where `unknown`", ""),
    ("amount_1", MONEY, "amount per `unit_1`, in `currency`", ""),
    ("unit_1", TEXT, "unit of our own table of units; empty: once", ""),
    ("amount_2", MONEY, "amount per `unit_2`, in `currency`", ""),
    ("unit_2", TEXT, "second unit", ""),
    ("floor_percent", MONEY, "at least this percent; null: no floor", ""),
    ("floor_amount", MONEY, "and this amount per `floor_unit`", ""),
    ("floor_unit", TEXT, "unit of the floor", ""),
    ("cap_percent", MONEY, "at most this percent; null: no cap", ""),
    ("cap_amount", MONEY, "and this amount per `cap_unit`", ""),
    ("cap_unit", TEXT, "unit of the cap", ""),
    ("currency", TEXT, "currency of the amounts; null where there are none", ""),
    ("unknown", TEXT, "why the rate cannot be reckoned; null where it can", ""),
)  # fmt: skip

PROGRAMMES = pl.List(pl.Struct({"rate": pl.String(), "symbols": pl.List(pl.String())}))

TARIFF_RATES = Frame(
    "tariff_rates",
    "one declarable code of chapters 1 to 97, with its normal rate",
    ("code", "valid_from"),
    _rows(
        "tariff rates",
        ("code", TEXT, "digits only", "HTS htsno"),
        ("hs6", TEXT, "subheading", ""),
        ("rate_text", TEXT, "normal rate, as in the source, after inheritance", "HTS general"),
        ("rate", TEXT, "the same in the language of our packs", ""),
    )
    + RATE_COLUMN_LIST
    + _rows(
        "tariff rates",
        ("notes", TEXTS, "headings of chapter 99 named in footnotes, such as 9903.88.15", ""),
        ("special", PROGRAMMES, "rates of programmes, in the language of our packs", "HTS special"),
        ("other_text", TEXT, "rate for countries without normal relations", "HTS other"),
        ("other", TEXT, "the same in the language of our packs", ""),
        ("valid_from", DAY, "first day, where the source tells it", ""),
        ("valid_to", DAY, "last day, where the source tells it", ""),
    ),
)

TARIFF_HEADINGS = Frame(
    "tariff_headings",
    "one heading of chapter 99 that has a rate of its own or one on top",
    ("heading", "valid_from"),
    _rows(
        "tariff rates",
        ("heading", TEXT, "with dots, such as 9903.88.15", "HTS htsno"),
        ("description", TEXT, "own text, as in the source", "HTS description"),
        ("rate_text", TEXT, "rate, as in the source, after inheritance", "HTS general"),
        ("rate", TEXT, "the same in the language of our packs", ""),
        (
            "on_top",
            FLAG,
            "the columns below come on top of the normal rate; else instead of it",
            "",
        ),
    )
    + RATE_COLUMN_LIST
    + _rows(
        "tariff rates",
        ("special", PROGRAMMES, "rates of programmes, in the language of our packs", "HTS special"),
        ("other_text", TEXT, "rate for countries without normal relations", "HTS other"),
        ("valid_from", DAY, "first day, where the source tells it", ""),
        ("valid_to", DAY, "last day, where the source tells it", ""),
    ),
)

TARIFF_MEASURES = Frame(
    "tariff_measures",
    "one measure on goods of one code prefix, as an administration lists it",
    ("line", "goods"),
    _rows(
        "tariff measures",
        ("line", NUMBER, "record in the file, from 1 (the header of a CSV does not count)", ""),
        ("id", TEXT, "its own number, where the source has one", "TARIC measure sid"),
        ("goods", TEXT, "digits its goods codes begin with; empty: all goods", "TARIC goods code"),
        ("origins", TEXTS, "countries of origin; empty: all", "TARIC geographical area"),
        ("origins_not", TEXTS, "countries of origin left out", "TARIC excluded area"),
        ("kind", TEXT, "duty, tax or fee", ""),
        ("type", TEXT, "normal, preference, suspension, quota, vat, ...", "TARIC measure type"),
        ("title", TEXT, "what it is called", ""),
        ("rate_text", TEXT, "rate, as in the source", "TARIC duty expression"),
        ("rate", TEXT, "the same in the language of our packs", ""),
        ("unknown", TEXT, "why the rate is not known; null where it is", ""),
        ("per", TEXT, "what an amount without a unit is for: consignment, item, ...", ""),
        ("base", TEXT, "sum of columns a percentage is of; null: the usual one", ""),
        ("conditions", TEXTS, "facts that must hold, such as a proof of origin", "TARIC condition"),
        ("legal", TEXT, "legal basis", "TARIC regulation"),
        ("valid_from", DAY, "first day, where the source tells it", ""),
        ("valid_to", DAY, "last day, where it has one", ""),
    ),
)

TARIFF_FRAMES: dict[str, Frame] = {
    frame.name: frame
    for frame in (
        TARIFF_LINES,
        TARIFF_REJECTED,
        TARIFF_CHANGES,
        TARIFF_RATES,
        TARIFF_HEADINGS,
        TARIFF_MEASURES,
    )
}
