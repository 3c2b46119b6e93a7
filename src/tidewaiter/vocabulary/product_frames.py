"""Frames about products that stand beside a batch: the catalogue, recalls, and what was seen.

A batch is about parcels (`vocabulary.columns`); these frames are about products, kept from one run
to the next. Standards in `element`: GS1 = attribute names of the GS1 Web Vocabulary and of trade
item data (from memory), schema.org = its type Product, CPSC = shape of the CPSC recall service
(from memory). Names the columns; does not know how a file is read or kept.
A table, so it may be longer than other modules.
"""

from __future__ import annotations

import polars as pl

from tidewaiter.vocabulary.columns import DAY, NUMBER, TEXT, TEXTS, Column, Frame


def _rows(owner: str, *rows: tuple[str, pl.DataType, str, str]) -> tuple[Column, ...]:
    return tuple(Column(name, dtype, owner, meaning, el) for name, dtype, meaning, el in rows)


CATALOGUE = Frame(
    "catalogue",
    "one product, by its GTIN",
    ("gtin",),
    _rows(
        "products import",
        ("gtin", TEXT, "valid, global GTIN padded to 14 digits", "GS1 gtin; schema.org gtin"),
        ("name", TEXT, "name or description of the trade item", "GS1 tradeItemDescription"),
        ("brand", TEXT, "brand name", "GS1 brandName; schema.org brand"),
        ("category", TEXT, "category in words", "schema.org category"),
        ("gpc_code", TEXT, "GPC brick", "GS1 gpcCategoryCode"),
        ("gpc_text", TEXT, "name of the GPC brick", "GS1 gpcCategoryName"),
        ("net_content", TEXT, "net content, as written", "GS1 netContent"),
        ("hs_code", TEXT, "tariff code, digits only", "GS1 importClassificationValue"),
        ("country_origin", TEXT, "usual origin, ISO 3166-1 alpha-2", "GS1 countryOfOrigin"),
        ("maker_name", TEXT, "manufacturer", "GS1 manufacturerName; schema.org manufacturer"),
        ("maker_gln", TEXT, "its location number", "GS1 manufacturerGLN"),
        ("maker_country", TEXT, "where it makes, ISO 3166-1 alpha-2", ""),
        ("owner_name", TEXT, "who owns the number", "GS1 licenseeName, brandOwnerName"),
        ("owner_gln", TEXT, "its location number", "GS1 licenseeGLN, brandOwnerGLN"),
        ("owner_country", TEXT, "where it sits, ISO 3166-1 alpha-2", ""),
        ("resellers", TEXT, "sellers the owner names, | between", ""),
        ("markets", TEXT, "target markets, | between", "GS1 targetMarketCountryCode"),
        ("image_url", TEXT, "picture", "schema.org image"),
        ("product_url", TEXT, "page of the product", "schema.org url"),
        ("unread", TEXT, "what no column stands for, as a JSON object", ""),
    ),
)  # fmt: skip

MODELS = pl.List(pl.Struct({"name": pl.String(), "model": pl.String()}))

RECALLS = Frame(
    "recalls",
    "one recall of some products",
    ("agency", "recall_id"),
    _rows(
        "recalls import",
        ("agency", TEXT, "who recalls, such as CPSC", ""),
        ("recall_id", TEXT, "the agency's own key", "CPSC RecallID"),
        ("number", TEXT, "number the public is told", "CPSC RecallNumber"),
        ("day", DAY, "day of the recall", "CPSC RecallDate"),
        ("title", TEXT, "title", "CPSC Title"),
        ("description", TEXT, "description", "CPSC Description"),
        ("hazard", TEXT, "what may happen", "CPSC Hazards[].Name"),
        ("remedy", TEXT, "what the owner is to do", "CPSC Remedies[].Name"),
        ("brand", TEXT, "brand, where the list tells it", ""),
        ("makers", TEXTS, "manufacturers, importers, distributors", "CPSC Manufacturers[].Name"),
        ("maker_countries", TEXTS, "where they make, as written", "CPSC ManufacturerCountries[]"),
        ("products", MODELS, "names and models", "CPSC Products[].Name, Model"),
        ("gtins", TEXTS, "valid GTINs padded to 14 digits", "CPSC ProductUPCs[].UPC"),
        ("sold_at", TEXT, "where it was sold", "CPSC SoldAtLabel"),
        ("url", TEXT, "page of the recall", "CPSC URL"),
        ("source", TEXT, "file it was read from", ""),
        ("unread", TEXT, "what no column stands for, as a JSON object", ""),
    ),
)

HISTORY = Frame(
    "history",
    "one fact of a product, maker or factory over all its lines",
    ("kind", "key", "field", "value"),
    _rows(
        "profiles",
        ("kind", TEXT, "product, maker or factory", ""),
        ("key", TEXT, "GTIN, else ~brand title; folded name; digest of name and address", ""),
        ("field", TEXT, "lines, parcels, origin, hs6, destination, price:<currency>, seller", ""),
        ("value", TEXT, "the country, subheading, price bin or register; empty for counts", ""),
        ("n", NUMBER, "lines (parcels for `parcels`; highest rank for `seller`)", ""),
        ("first_on", DAY, "first day seen", ""),
        ("last_on", DAY, "last day seen", ""),
        ("label", TEXT, "name to show, on rows `lines`: the first in the alphabet", ""),
    ),
)  # fmt: skip

PRODUCT_FRAMES: dict[str, Frame] = {frame.name: frame for frame in (CATALOGUE, RECALLS, HISTORY)}


def empty_frame(frame: Frame) -> pl.DataFrame:
    """Give an empty frame with the declared columns.

    >>> empty_frame(HISTORY).columns[:3]
    ['kind', 'key', 'field']
    """
    return pl.DataFrame(schema=frame.schema)
