"""The wide frame of ITMATT-shaped items out of a batch, whatever format the batch came in.

Items that came ITMATT-shaped go out as they were. For others the post's way is followed:
kilograms, the amount of each whole piece, the total as the sum of pieces where none is told,
consignor and consignee from whoever plays that part. A figure that cannot be read is left out.
"""

from __future__ import annotations

from decimal import Decimal

import polars as pl

from tidewaiter.formats.parts.filing import GRAMS_PER_UNIT
from tidewaiter.formats.parts.itmatt_fields import (
    ITEM,
    KINDS,
    PARTIES,
    PARTY,
    PIECE,
    POSTS,
    SENDER,
    SIZES,
    full_name,
)
from tidewaiter.vocabulary.batch import Batch
from tidewaiter.vocabulary.terms import Basis, Role

_STAND_INS = {
    "SEND": (Role.CONSIGNOR, Role.SELLER, Role.PLATFORM),
    "RECP": (Role.CONSIGNEE, Role.IMPORTER, Role.BUYER),
}
_CM = r"^(\S+) x (\S+) x (\S+) cm$"
_MONEY = pl.Decimal(38, 6)
_KILOGRAMS = {unit: str(grams / 1000) for unit, grams in GRAMS_PER_UNIT.items()}


def to_wide(batch: Batch) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Make the wide frame of a batch and its pieces.

    Returns:
        The item fields as text, `unread`, `SEND_unread`, `RECP_unread` (only where the item came
        ITMATT-shaped); the pieces with `item`, the row of their item from 0, in order.
    """
    rows = batch.consignments.with_row_index("item")
    single = not rows["consignment_id"].is_duplicated().any()
    keys = ["consignment_id"] if single else ["consignment_id", "contribution_id"]
    said = batch.contributions.group_by(keys).agg(
        pl.col("format").is_in(KINDS).all().alias("native"), pl.col("sender").first()
    )
    rows = rows.join(said, on=keys, how="left", maintain_order="left").with_columns(
        pl.col("native").fill_null(value=False)
    )
    pieces = _pieces(batch, rows, keys)
    for prefix in PARTIES:
        found = _party(batch.parties, rows, keys, prefix)
        rows = rows.join(found, on="item", how="left", maintain_order="left")
    rows = rows.join(_totals(pieces), on="item", how="left", maintain_order="left")
    wide = rows.select(
        *_fields(rows),
        *(pl.col(f"{prefix}_{name}") for prefix in PARTIES for name in PARTY),
        *(pl.col(f"{prefix}_unread") for prefix in PARTIES),
        pl.when("native").then("unread").alias("unread"),
    )
    return wide, pieces.select("item", *PIECE, "unread")


def _fields(rows: pl.DataFrame) -> list[pl.Expr]:
    native = pl.col("native")
    given = {name: pl.col(column) for name, column in ITEM.items()}
    total, code = pl.col("total_value_text"), pl.col("total_currency_text")
    sums = ~native & total.is_null()
    local = pl.when(~native & pl.col("tracking_id").is_null()).then("consignment_id")
    given |= {
        "LOCALID": pl.coalesce("house_document", local),
        "MESG_TYPE_CD": pl.when(native).then("declaration_type").otherwise(pl.lit("ITMATT")),
        "POSTINGDT": _posting_day(rows),
        "GROSS_WT": _kilograms(rows, "gross_mass", "gross_mass_unit"),
        "TOT_DECL_VAL": pl.when(sums).then("sum").otherwise(total),
        "TOT_DECL_VAL_CURRCD": pl.when(sums).then("sum_currency").otherwise(code),
    }
    posts = [
        pl.coalesce(column, pl.when(~native).then(f"{prefix}_CNTRY_CD")).alias(name)
        for (name, column), prefix in zip(POSTS.items(), PARTIES, strict=True)
    ]
    sizes = [
        pl.col("dimensions_text").str.extract(_CM, number).alias(name)
        for number, name in enumerate(SIZES, start=1)
    ]
    sender = pl.when(native).then("sender").alias(SENDER)
    return [text.alias(name) for name, text in given.items()] + posts + [sender] + sizes


def _posting_day(rows: pl.DataFrame) -> pl.Expr:
    text = pl.col("message_at_text")
    kept = pl.when(pl.col("native") | text.str.contains("^[0-9]{8}$")).then(text)
    if "message_at" in rows.columns:
        return pl.coalesce(kept, pl.col("message_at").dt.strftime("%Y%m%d"))
    return kept


def _kilograms(rows: pl.DataFrame, name: str, unit: str) -> pl.Expr:
    """Give a mass in kilograms: as written if it is in kilograms, else turned, to the gram."""
    text = pl.col(f"{name}_text")
    word = pl.col(unit).str.strip_chars().str.to_lowercase()
    factor = word.replace_strict(_KILOGRAMS, default=None, return_dtype=pl.String)
    turned = text.cast(_MONEY, strict=False) * factor.cast(pl.Decimal(38, 12))
    if f"{name}_g" in rows.columns:
        turned = pl.coalesce(pl.col(f"{name}_g") * pl.lit(Decimal("0.001")), turned)
    return pl.when(word.is_in(["kg", "kgm"])).then(text).otherwise(_figure(turned, 3))


def _figure(value: pl.Expr, decimals: int) -> pl.Expr:
    """Write a figure, rounded half up, without trailing zeros."""
    rounded = value.round(decimals, mode="half_away_from_zero").cast(pl.Decimal(38, decimals))
    text = rounded.cast(pl.String)
    return text.str.strip_chars_end("0").str.strip_chars_end(".")


def _pieces(batch: Batch, rows: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    items = batch.goods_items.join(rows.select("item", "native", *keys), on=keys, how="inner")
    items = items.sort("item", "item_no", maintain_order=True)
    whole = {
        "CP_NETWT": _whole(items, _kilograms(items, "net_mass", "mass_unit"), "mass_basis", 3),
        "CP_AMT": _whole(items, pl.col("declared_value_text"), "value_basis", 2),
        "CP_DESC": pl.coalesce(
            "description_text", pl.when(~pl.col("native")).then(pl.col("title"))
        ),
    }
    return items.select(
        "item",
        "native",
        *(whole.get(name, pl.col(column)).alias(name) for name, column in PIECE.items()),
        pl.when("native").then("unread").alias("unread"),
    )


def _whole(items: pl.DataFrame, text: pl.Expr, basis: str, decimals: int) -> pl.Expr:
    """State a figure that is of one unit for the whole piece; a unit count not told is one."""
    if not (items[basis] == Basis.UNIT.value).any():
        return text
    units = pl.col("quantity_text").fill_null("1").cast(_MONEY, strict=False)
    times = _figure(text.cast(_MONEY, strict=False) * units, decimals)
    return pl.when(pl.col(basis) == Basis.UNIT.value).then(times).otherwise(text)


def _totals(pieces: pl.DataFrame) -> pl.DataFrame:
    value = pl.col("CP_AMT").cast(_MONEY, strict=False)
    sound = value.is_not_null().all() & (pl.col("CP_CURRCD").n_unique() == 1)
    return pieces.group_by("item").agg(
        pl.when(sound).then(_figure(value.sum(), 2)).alias("sum"),
        pl.when(sound).then(pl.col("CP_CURRCD").first()).alias("sum_currency"),
    )


def _party(parties: pl.DataFrame, rows: pl.DataFrame, keys: list[str], prefix: str) -> pl.DataFrame:
    """Give the party of a prefix for each item; a stand-in only where it came in another form."""
    roles = {role.value: rank for rank, role in enumerate(_STAND_INS[prefix])}
    mine = parties.filter(pl.col("role").is_in(list(roles)))
    mine = mine.join(rows.select("item", "native", *keys), on=keys, how="inner")
    rank = pl.col("role").replace_strict(roles, return_dtype=pl.Int8)
    mine = mine.with_columns(rank.alias("rank")).filter(~pl.col("native") | (pl.col("rank") == 0))
    mine = mine.sort("item", "rank", maintain_order=True).unique("item", keep="first")
    texts = {name: pl.col(column) for name, column in PARTY.items()}
    told = pl.when("native").then(full_name(prefix))
    texts["NAME"] = pl.when(pl.col("name").ne_missing(told)).then("name")
    texts["ADD1"] = pl.coalesce("street", pl.when(~pl.col("native")).then("address"))
    return mine.select(
        "item",
        *(text.alias(f"{prefix}_{name}") for name, text in texts.items()),
        pl.when("native").then("unread").alias(f"{prefix}_unread"),
    )
