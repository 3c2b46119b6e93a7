"""The fields of an ITMATT-shaped postal item, and frames from and to them, in columns.

Posts tell one another ahead what is in an item (UPU messages ITMATT, CUSITM). The specification
(M33, M43) is not public, so this is *ITMATT-shaped*: the union of fields that posts and customs
demonstrably hold (India's postal import tables, Taiwan Post's form, New Zealand's TSW note, IPC's
quality page; formats.md section 3). Fields marked ours are not among them. The organisation code
of a post is its ISO country and a letter (from memory): the country goes into our columns, the
code stays in `unread` beside it.

A wide frame has one row an item with the fields as text columns, and a pieces frame one row a
content piece; `to_batch` makes a batch of them, `itmatt_write` makes them of a batch. Masses are
kilograms and a piece's amount is that of the whole piece.
"""

from __future__ import annotations

import polars as pl

from tidewaiter.vocabulary.batch import Batch, conform
from tidewaiter.vocabulary.terms import Basis, Role, View

ITEM = {
    "ITEM_ID": "tracking_id",
    "LOCALID": "house_document",
    "DECLARATION_PID": "declaration_ref",
    "MESG_TYPE_CD": "declaration_type",
    "POSTINGDT": "message_at_text",
    "CUST_ORG_CD": "customs_office",
    "MAIL_CLASS_CD": "mail_class",
    "TRANS_MODE": "transport_mode_text",
    "NATURE_TYPE_CD": "nature_text",
    "GROSS_WT": "gross_mass_text",
    "TOT_DECL_VAL": "total_value_text",
    "TOT_DECL_VAL_CURRCD": "total_currency_text",
    "POSTAGE_AMT": "freight_text",
    "POSTAGE_AMT_CURRCD": "freight_currency_text",
    "INS_VAL": "insured_text",
    "INS_VAL_CURRCD": "insured_currency_text",
    "DOCUMENTS": "documents",
    "ORDER_REF": "order_id",  # ours
    "RECEPTACLE_ID": "receptacle_id",  # ours
    "FISCAL_REF": "fiscal_reference",  # ours, for an IOSS or like number
    "FISCAL_ROLE": "fiscal_role",  # ours
}
POSTS = {
    "ORIGPOST_ORG_CD": "country_departure_text",
    "DESTPOST_ORG_CD": "country_destination_text",
}
SENDER = "POST_ORG_CD"
SIZES = ("LENGTH", "WIDTH", "HEIGHT")  # cm; ours in name
PARTY = {
    "NAME": "name",
    "COMPANY": "company",  # ours
    "ADD1": "street",
    "ADD2": "street_extra",
    "CITY": "city",
    "STATE": "region",
    "ZIP": "postcode",
    "CNTRY_CD": "country_text",
    "PHONE": "phone",
    "EMAILID": "email",
    "IDREF": "id_number",
    "TAXID": "tax_id",  # ours in name
}
PARTIES = {"SEND": Role.CONSIGNOR, "RECP": Role.CONSIGNEE}
PIECE = {
    "CP_DESC": "description_text",
    "CP_HS": "hs_code_text",
    "CP_NOU": "quantity_text",
    "CP_NETWT": "net_mass_text",
    "CP_AMT": "declared_value_text",
    "CP_CURRCD": "declared_currency_text",
    "CP_ORIGCNTRYCD": "country_origin_text",
    "CP_GTIN": "gtin_text",  # ours: proposed extension
    "CP_SKU": "sku",  # ours: proposed extension
    "CP_URL": "listing_url",  # ours: proposed extension
}
ALIASES = {
    "POSTAGE_CURRCD": "POSTAGE_AMT_CURRCD",
    "POSTAGE_CURR": "POSTAGE_AMT_CURRCD",
    "INS_CURRCD": "INS_VAL_CURRCD",
    "TOT_DECL_CURRCD": "TOT_DECL_VAL_CURRCD",
}
ITEM_FIELDS = (
    *ITEM,
    *POSTS,
    SENDER,
    *SIZES,
    *(f"{prefix}_{name}" for prefix in PARTIES for name in PARTY),
)
CODES = {
    "ITEM_ID": "consignments.tracking_id",
    "LOCALID": "consignments.house_document",
    "DECLARATION_PID": "consignments.declaration_ref",
    "ORDER_REF": "consignments.order_id",
    "FISCAL_REF": "consignments.fiscal_reference",
    **{f"{prefix}_ZIP": "parties.postcode" for prefix in PARTIES},
    **{f"{prefix}_IDREF": "parties.id_number" for prefix in PARTIES},
    **{f"{prefix}_TAXID": "parties.tax_id" for prefix in PARTIES},
}
PIECE_CODES = {"CP_HS": "goods_items.hs_code_text", "CP_GTIN": "goods_items.gtin_text"}
KINDS = ("itmatt", "itmatt-csv")  # whose unread fields have the same names
KEYS = ("contribution_id", "consignment_id")
_ORG = "^[A-Z]{3}$"
_SIZE = r"^[0-9.,]+$"


def schema(*more: str) -> dict[str, pl.DataType]:
    """Give the columns of a wide frame, and some more, all text."""
    names = (*ITEM_FIELDS, "unread", *(f"{prefix}_unread" for prefix in PARTIES), *more)
    return dict.fromkeys(names, pl.String())


def to_batch(wide: pl.DataFrame, pieces: pl.DataFrame, format_name: str, source: str) -> Batch:
    """Make the batch of a wide frame and its pieces.

    Args:
        wide: `schema()`, `contribution_id`, `position`.
        pieces: `item` (row of `wide`, from 0), the fields of a piece, `unread`; in order.
        format_name: name of the format.
        source: name of the file or request.
    """
    wide = wide.with_columns(
        pl.coalesce("ITEM_ID", "LOCALID", "contribution_id").alias("consignment_id")
    )
    text = {column: pl.col(name).alias(column) for name, column in ITEM.items()}
    consignments = wide.select(
        *KEYS,
        *text.values(),
        *(_country(name).alias(column) for name, column in POSTS.items()),
        pl.when(pl.col("GROSS_WT").is_not_null()).then(pl.lit("kg")).alias("gross_mass_unit"),
        pl.when(_sized())
        .then(pl.concat_str([*_joined_sizes(), pl.lit(" cm")]))
        .alias("dimensions_text"),
        _unread(wide).alias("unread"),
    )
    parties = pl.concat(_party(wide, prefix, role) for prefix, role in PARTIES.items())
    contributions = wide.select(
        *KEYS,
        pl.lit(format_name).alias("format"),
        pl.lit(View.POSTAL.value).alias("view"),
        pl.coalesce(SENDER, "ORIGPOST_ORG_CD").alias("sender"),
        pl.lit(source).alias("source"),
        "position",
        pl.col("ITEM_ID").alias("message_id"),
        pl.col("POSTINGDT").alias("said_at_text"),
    )
    return _once(
        Batch(
            consignments=conform(consignments, "consignments"),
            goods_items=conform(_items(wide, pieces), "goods_items"),
            parties=conform(parties, "parties"),
            contributions=conform(contributions, "contributions"),
        )
    )


def _country(name: str) -> pl.Expr:
    code = pl.col(name)
    return pl.when(code.str.contains(_ORG)).then(code.str.slice(0, 2)).otherwise(code)


def _sized() -> pl.Expr:
    return pl.all_horizontal(
        pl.col(name).str.contains(_SIZE).fill_null(value=False) for name in SIZES
    )


def _joined_sizes() -> list[pl.Expr]:
    length, width, height = (pl.col(name) for name in SIZES)
    by = pl.lit(" x ")
    return [length, by, width, by, height]


def _unread(wide: pl.DataFrame) -> pl.Expr:
    """Add to `unread` what a column holds only in part: organisation codes, odd sizes."""
    kept = {name: pl.col(name).str.contains(_ORG).fill_null(value=False) for name in POSTS}
    kept |= {name: pl.col(name).is_not_null() & ~_sized() for name in SIZES}
    used = (
        wide.select(test.any().alias(name) for name, test in kept.items()).row(0)
        if wide.height
        else ()
    )
    tests = {name: kept[name] for name, any_used in zip(kept, used, strict=False) if any_used}
    return joined_object([pl.col("unread")], tests)


def joined_object(objects: list[pl.Expr], tests: dict[str, pl.Expr]) -> pl.Expr:
    """Join JSON object texts and single columns (where a test holds) into one JSON object text."""
    inner = [text.str.slice(1).str.head(-1) for text in objects]
    inner += [pl.when(test).then(member(name)) for name, test in tests.items()]
    whole = pl.concat_str(inner, separator=",", ignore_nulls=True)
    return pl.when(whole != "").then(pl.concat_str(pl.lit("{"), whole, pl.lit("}")))


def member(name: str) -> pl.Expr:
    """Give a column as a member of a JSON object, `"name":"value"`."""
    return pl.struct(pl.col(name).alias(name)).struct.json_encode().str.slice(1).str.head(-1)


def _items(wide: pl.DataFrame, pieces: pl.DataFrame) -> pl.DataFrame:
    row = pieces["item"]
    number = pl.int_range(pl.len()).over("item") + 1
    mass = pl.col("CP_NETWT").is_not_null()
    return pieces.select(
        wide["contribution_id"].gather(row),
        wide["consignment_id"].gather(row),
        number.cast(pl.Int32).alias("item_no"),
        *(pl.col(name).alias(column) for name, column in PIECE.items()),
        pl.when(mass).then(pl.lit("kg")).alias("mass_unit"),
        pl.when(mass).then(pl.lit(Basis.TOTAL.value)).alias("mass_basis"),
        pl.when(pl.col("CP_AMT").is_not_null())
        .then(pl.lit(Basis.TOTAL.value))
        .alias("value_basis"),
        "unread",
    )


def _party(wide: pl.DataFrame, prefix: str, role: Role) -> pl.DataFrame:
    fields = {column: pl.col(f"{prefix}_{name}") for name, column in PARTY.items()}
    unread = pl.col(f"{prefix}_unread")
    rows = wide.select(
        *KEYS,
        pl.lit(role.value).alias("role"),
        *(text.alias(column) for column, text in fields.items()),
        unread.alias("unread"),
    ).filter(pl.any_horizontal(pl.col(*fields, "unread").is_not_null()))
    if not rows["unread"].count():
        return rows
    return rows.with_columns(pl.coalesce("name", full_name(prefix)).alias("name"))


def full_name(prefix: str) -> pl.Expr:
    """Give first and last name, joined, out of a party's `unread`; null if neither is told."""
    parts = [
        pl.col("unread").str.json_path_match(f"$.{prefix}_{part}") for part in ("FNAME", "LNAME")
    ]
    joined = pl.concat_str(parts, separator=" ", ignore_nulls=True)
    return pl.when(joined != "").then(joined)


def _once(batch: Batch) -> Batch:
    """Keep a message that came twice once."""
    said = batch.contributions
    if said["contribution_id"].is_unique().all():
        return batch
    keys = {
        "consignments": ["contribution_id"],
        "goods_items": ["contribution_id", "item_no"],
        "parties": ["contribution_id", "role"],
        "contributions": ["contribution_id"],
    }
    return batch.with_frames(
        **{
            name: getattr(batch, name).unique(key, keep="first", maintain_order=True)
            for name, key in keys.items()
        }
    )
