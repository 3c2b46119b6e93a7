"""Frames of the certificate register: permits and certificates, and what was drawn on them.

A batch is about parcels (`vocabulary.columns`); these frames stand beside it and are kept from one
run to the next. A certificate (the WCO's LPCO: licence, permit, certificate or other document) is
known by its type code, its number and who issued it. Does not know how a file is read or kept.
A table, so it may be longer than other modules.
"""

from __future__ import annotations

import polars as pl

from tidewaiter.vocabulary.columns import DAY, MASS, TEXT, TEXTS, Column, Frame

GRAMS = {"g": 1, "kg": 1_000, "t": 1_000_000}
"""Units of mass a certificate may be for, in grams."""
UNIT = "unit"
"""The unit of certificates that count pieces."""
UNITS = (*GRAMS, UNIT)
CERTIFICATE_KEY = ("type_code", "number", "issuer")
USE_KEY = (*CERTIFICATE_KEY, "consignment_id", "item_no")


def _rows(owner: str, *rows: tuple[str, pl.DataType, str, str]) -> tuple[Column, ...]:
    return tuple(Column(name, dtype, owner, meaning, el) for name, dtype, meaning, el in rows)


CERTIFICATES = Frame(
    "certificates",
    "one permit or certificate, as its issuer last described it",
    CERTIFICATE_KEY,
    _rows(
        "certificates add",
        ("type_code", TEXT, "code of the kind of paper, such as C400", "WCO D006; EU 12 03 002"),
        ("number", TEXT, "its number, upper case", "WCO D005; EU 12 03 001"),
        ("issuer", TEXT, "who issued it (country or authority); empty if not told", "WCO R015"),
        ("holder_id", TEXT, "identification of the holder (EORI, tax number)", "WCO R038"),
        ("holder_key", TEXT, "the holder's `party_key`", ""),
        ("hs_prefixes", TEXTS, "goods covered, by code prefixes; null = any", "WCO 145"),
        ("product", TEXT, "GTIN or product id it is for; null = any", ""),
        ("quantity", MASS, "how much may be moved in all; null = no limit", "WCO 130"),
        ("unit", TEXT, "g, kg, t or unit", "UNECE Rec. 20"),
        ("issued_on", DAY, "day of issue", "WCO D002"),
        ("valid_from", DAY, "first day it is valid; null = from issue", "WCO D009"),
        ("valid_until", DAY, "last day it is valid; null = no end", "WCO D008"),
        ("revoked_on", DAY, "first day it is no longer valid although not expired", ""),
        ("source", TEXT, "who told the register", ""),
    ),
)

CERTIFICATE_USES = Frame(
    "certificate_uses",
    "how much one goods item drew on one certificate",
    USE_KEY,
    _rows(
        "assess",
        ("type_code", TEXT, "code of the kind of paper", ""),
        ("number", TEXT, "its number", ""),
        ("issuer", TEXT, "who issued it", ""),
        ("consignment_id", TEXT, "the parcel", ""),
        ("item_no", pl.Int32(), "the line", ""),
        ("quantity", MASS, "how much, in the certificate's unit", ""),
        ("unit", TEXT, "g, kg, t or unit", ""),
        ("on", DAY, "day the parcel was assessed for", ""),
    ),
)

CERTIFICATE_FRAMES: dict[str, Frame] = {
    frame.name: frame for frame in (CERTIFICATES, CERTIFICATE_USES)
}


def empty_frame(frame: Frame) -> pl.DataFrame:
    """Give an empty frame with the declared columns.

    >>> empty_frame(CERTIFICATES).columns[:2]
    ['type_code', 'number']
    """
    return pl.DataFrame(schema=frame.schema)
