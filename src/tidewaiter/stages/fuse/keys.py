"""Keys: what a message is paired by, as one slim row.

Knows which columns identify a parcel and which only speak for it (who receives it, what it is
worth and weighs, when it was ordered). Everything is as the message has it; it is brought to
comparable form only where there is something to compare (`with_plain_...`). The rows hold names and
addresses: they are working data, not a record.
"""

from __future__ import annotations

import polars as pl

from tidewaiter.knowledge.matching import Matching
from tidewaiter.knowledge.normal_forms import address_forms, name_forms
from tidewaiter.vocabulary.batch import Batch, conform

ID_KINDS = ("order", "payment", "tracking", "house", "declaration", "entry", "ucr")
ID_COLUMNS = (
    "order_id",
    "payment_id",
    "tracking_id",
    "house_document",
    "declaration_ref",
    "entry_number",
    "ucr",
)
RECEIVING_ROLES = ("consignee", "importer", "buyer")
ADDRESS_PARTS = ("address", "street", "street_extra", "city", "region", "postcode")
PHONE_DIGITS = 8
OWNERS = ("formats", "check")
LAST_OF_CHECK = {
    "consignments": "quality_consistency",
    "goods_items": "country_origin",
    "parties": "country",
}


def whole(batch: Batch) -> Batch:
    """Give the batch with every column of `check`, also where a frame came empty."""
    return batch.with_frames(
        **{
            name: conform(getattr(batch, name), name, OWNERS)
            for name, column in LAST_OF_CHECK.items()
            if column not in getattr(batch, name).columns
        }
    )


def match_keys(batch: Batch, matching: Matching) -> pl.DataFrame:
    """Give one slim row a contribution: all that `pair` looks at.

    Args:
        batch: after `check`.
        matching: gives how much of the goods' description is kept.

    Returns:
        `contribution_id, said_id` (the sender's own parcel id), `view, sender, format, source,
        position, message_at, id_order, id_payment, id_tracking, id_house, id_declaration,
        id_entry, id_ucr, name, address, postcode, email, phone, country, value` (Float64, evidence
        only), `currency, mass` (Float64 grams), `day, goods`.
    """
    batch = whole(batch)
    said = once(batch.contributions, "contribution_id").select(
        "contribution_id", "view", "sender", "format", "source", "position"
    )
    rows = once(batch.consignments, "contribution_id").select(
        "contribution_id",
        "message_at",
        *(
            pl.col(column).alias(f"id_{kind}")
            for kind, column in zip(ID_KINDS, ID_COLUMNS, strict=True)
        ),
        said_id="consignment_id",
        country="country_destination",
        value=pl.col("total_value").cast(pl.Float64),
        currency="total_currency",
        mass=pl.col("gross_mass_g").cast(pl.Float64),
        day=pl.coalesce("ordered_day", pl.col("message_at").dt.date()),
    )
    chars = int(matching.fuse["limit"]["goods_chars_max"])
    rows = beside(rows, said)
    rows = _with_lines(rows, batch.goods_items, chars)
    return beside(rows, _receivers(batch.parties))


def with_plain_ids(keys: pl.DataFrame) -> pl.DataFrame:
    """Bring identifiers to capitals and digits only, and add the sender's own as `id_own`."""
    columns = {"id_own": "said_id"} | {
        f"id_{kind}": f"id_{kind}"
        for kind in ID_KINDS
        if keys[f"id_{kind}"].null_count() < keys.height
    }
    rows = keys.with_columns(_capitals(said).alias(name) for name, said in columns.items())
    return rows.with_columns(_or_null(*columns))


def with_plain_texts(keys: pl.DataFrame, matching: Matching) -> pl.DataFrame:
    """Bring what speaks for a parcel to a form that can be compared across senders.

    Args:
        keys: rows of `match_keys`.
        matching: the matching packs.

    Returns:
        The rows with `name` and `address` in normal form, `postcode, email, phone, goods` plain;
        null where nothing is left.
    """
    plain = {
        "postcode": _capitals("postcode"),
        "email": pl.col("email").str.to_lowercase().str.strip_chars(),
        "phone": pl.col("phone").str.replace_all(r"[^0-9]+", "").str.tail(PHONE_DIGITS),
        "goods": pl.col("goods").str.to_lowercase(),
    }
    rows = keys.with_columns(
        name_forms(keys["name"], matching.words).alias("name"),
        address_forms(keys["address"], matching.words).alias("address"),
        *(text.alias(c) for c, text in plain.items() if keys[c].null_count() < keys.height),
    )
    return rows.with_columns(_or_null("name", "address", *plain))


def _or_null(*columns: str) -> list[pl.Expr]:
    return [pl.when(pl.col(c) != "").then(pl.col(c)).alias(c) for c in columns]


def once(frame: pl.DataFrame, *key: str) -> pl.DataFrame:
    """Give the frame with each key once, the first row of it; order kept."""
    if frame.select(key).n_unique() == frame.height:
        return frame
    return frame.unique(key, keep="first", maintain_order=True)


def beside(rows: pl.DataFrame, more: pl.DataFrame, key: str = "contribution_id") -> pl.DataFrame:
    """Join `more` (each key once) to `rows`, without a join where they lie side by side."""
    if rows.height == more.height and rows[key].equals(more[key]):
        return rows.hstack(more.drop(key))
    return rows.join(more, on=key, how="left", maintain_order="left")


def _capitals(column: str) -> pl.Expr:
    return pl.col(column).str.to_uppercase().str.replace_all(r"[^0-9A-Z\p{L}]+", "")


def _with_lines(rows: pl.DataFrame, items: pl.DataFrame, chars: int) -> pl.DataFrame:
    """Fill value, currency and mass from the lines where the parcel has none; add `goods`."""
    first = once(
        items.select("contribution_id", "item_no", "title", "description"), "contribution_id"
    )
    goods = first.select(
        "contribution_id", goods=pl.coalesce("description", "title").str.slice(0, chars)
    )
    rows = beside(rows, goods)
    lacking = rows.filter(pl.col("value").is_null() | pl.col("mass").is_null())["contribution_id"]
    worth = ("declared_value", "gross_mass_g", "net_mass_g")
    if not lacking.len() or all(items[c].null_count() == items.height for c in worth):
        return rows
    lines = items.select(
        "contribution_id",
        "declared_value",
        "declared_currency",
        mass=pl.coalesce("gross_mass_g", "net_mass_g").cast(pl.Float64),
    )
    if lacking.len() < rows.height:
        lines = lines.filter(pl.col("contribution_id").is_in(lacking.implode()))
    sums = lines.group_by("contribution_id").agg(
        _sum_if_all("declared_value").cast(pl.Float64).alias("lines_value"),
        pl.when(pl.col("declared_currency").n_unique() == 1)
        .then(pl.col("declared_currency").first())
        .alias("lines_currency"),
        _sum_if_all("mass").alias("lines_mass"),
    )
    rows = rows.join(sums, on="contribution_id", how="left", maintain_order="left")
    return rows.with_columns(
        pl.coalesce("value", "lines_value").alias("value"),
        pl.when(pl.col("value").is_null())
        .then("lines_currency")
        .otherwise("currency")
        .alias("currency"),
        pl.coalesce("mass", "lines_mass").alias("mass"),
    ).drop("lines_value", "lines_currency", "lines_mass")


def _sum_if_all(column: str) -> pl.Expr:
    return pl.when(pl.col(column).null_count() == 0).then(pl.col(column).sum())


def _receivers(parties: pl.DataFrame) -> pl.DataFrame:
    columns = ("name", "company", *ADDRESS_PARTS, "email", "phone")
    rows = parties.select("contribution_id", "role", *columns)
    rows = rows.filter(pl.col("role").is_in(RECEIVING_ROLES))
    if rows["role"].n_unique() > 1:
        rank = pl.col("role").replace_strict(
            RECEIVING_ROLES, range(len(RECEIVING_ROLES)), return_dtype=pl.Int8
        )
        rows = rows.sort(rank, maintain_order=True)
    rows = once(rows, "contribution_id")
    parts = [c for c in ADDRESS_PARTS if rows[c].null_count() < rows.height]
    address = (
        pl.concat_str(parts, separator=" ", ignore_nulls=True)
        if len(parts) > 1
        else pl.col(parts[0] if parts else "address")
    )
    return rows.select(
        "contribution_id",
        pl.coalesce("name", "company").alias("name"),
        address.alias("address"),
        "postcode",
        "email",
        "phone",
    )
