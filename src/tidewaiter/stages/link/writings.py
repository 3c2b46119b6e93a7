"""Writings: the distinct ways parties are named, their normal forms, keys and importing persons.

Knows how a party's columns make one name and one address, and which role imports. Compares
nothing.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl

from tidewaiter.knowledge.matching import Words
from tidewaiter.knowledge.normal_forms import address_forms, name_forms

IMPORTING_ROLES = ("importer", "buyer", "consignee")
NAME_PARTS = ("name", "company")
ADDRESS_PARTS = ("address", "street", "street_extra", "city", "region", "postcode")
KEY_BYTES = 8
FORM_SEEDS = (20_180_615, 19_520_101)
CONTACT_SEEDS = (19_741_009, 19_880_101)
LONE_SEED = 19_990_618
PHONE_DIGITS = 8  # the end of a number, without country and trunk prefixes
REPEATED_SHARE_MAX = 0.6


def read_writings(parties: pl.DataFrame, words: Words) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Give the parties with `party_key` and `form`, and the distinct forms.

    Args:
        parties: frame `parties`.
        words: words of names and addresses.

    Returns:
        Parties in their order with `form` (UInt64 id of the normal form, null without a name) and
        `party_key`; and one row a form: `form, name, address` (normal forms, empty if none).
    """
    parts = [c for c in (*NAME_PARTS, *ADDRESS_PARTS) if parties[c].null_count() < parties.height]
    marked = parties.with_columns(_row_hash(parts).alias("writing"))
    distinct = marked.select("writing", *parts)[marked["writing"].arg_unique()]
    names = _through(distinct.with_columns(_name(parts))["text"], name_forms, words)
    addresses = _through(distinct.with_columns(_address(parts))["text"], address_forms, words)
    forms = distinct.select("writing").with_columns(
        names.fill_null("").alias("name"), addresses.fill_null("").alias("address")
    )
    form = pl.col("name").hash(FORM_SEEDS[0]) ^ pl.col("address").hash(FORM_SEEDS[1])
    forms = forms.with_columns(pl.when(pl.col("name") != "").then(form).alias("form"))
    keyed = forms.select("writing", "form", party_key=hex_keys(forms["form"]))
    if keyed.height == marked.height:
        marked = marked.with_columns(keyed["form"], keyed["party_key"])
    else:
        marked = marked.drop("party_key", strict=False).join(
            keyed, on="writing", how="left", maintain_order="left"
        )
    kept = forms.filter(pl.col("form").is_not_null()).select("form", "name", "address")
    return marked.drop("writing"), kept.unique("form", keep="first", maintain_order=True)


def importing_persons(
    consignments: pl.DataFrame, parties: pl.DataFrame, writings: pl.DataFrame
) -> pl.DataFrame:
    """Give each parcel's importing person.

    Args:
        consignments: with `consignment_id`, `ordered_day`.
        parties: with `consignment_id, role, form, email, phone`.
        writings: with `form, address`.

    Returns:
        One row a parcel in the order of `consignments`: `consignment_id, day, form, email, phone,
        person`. `person` (UInt64) is the form; where there is no address, the form with e-mail
        and telephone; null where there is no name, or nothing beside it.
    """
    base = consignments.select("consignment_id", day="ordered_day")
    rows = parties.select("consignment_id", "role", "form", "email", "phone").filter(
        pl.col("role").is_in(IMPORTING_ROLES) & pl.col("form").is_not_null()
    )
    if rows["role"].n_unique() > 1:
        rank = pl.col("role").replace_strict(
            IMPORTING_ROLES, range(len(IMPORTING_ROLES)), return_dtype=pl.Int8
        )
        rows = rows.sort(rank, maintain_order=True)
    rows = rows.drop("role").with_columns(_contacts(rows))
    if rows.height == base.height and (rows["consignment_id"] == base["consignment_id"]).all():
        persons = base.with_columns(rows["form"], rows["email"], rows["phone"])
    else:
        first = rows.unique("consignment_id", keep="first", maintain_order=True)
        if first.height < rows.height:
            first = _with_contacts(first, rows, writings)
        persons = base.join(first, on="consignment_id", how="left", maintain_order="left")
    nowhere = writings.filter(pl.col("address") == "")["form"]
    if not nowhere.len():
        return persons.with_columns(pl.col("form").alias("person"))
    email, phone = pl.col("email"), pl.col("phone")
    contact = email.hash(CONTACT_SEEDS[0]) ^ phone.hash(CONTACT_SEEDS[1])
    return persons.with_columns(
        pl.when(pl.col("form").is_in(nowhere.implode()).not_())
        .then(pl.col("form"))
        .when(email.is_not_null() | phone.is_not_null())
        .then(pl.col("form") ^ contact)
        .alias("person")
    )


def keys_of(persons: pl.Series, consignment_ids: pl.Series) -> pl.Series:
    """Give `person_key`, for a parcel without identity one of its own.

    Args:
        persons: UInt64 ids, null where there is no identity.
        consignment_ids: the parcels.

    Returns:
        String `person_key`, never null.
    """
    if persons.null_count():
        persons = persons.zip_with(persons.is_not_null(), consignment_ids.hash(LONE_SEED))
    return hex_keys(persons).alias("person_key")


def hex_keys(ids: pl.Series) -> pl.Series:
    """Write 64-bit ids as pseudonyms of 16 hex digits; null stays null.

    >>> hex_keys(pl.Series([255, None], dtype=pl.UInt64)).to_list()
    ['00000000000000ff', None]
    """
    numbers = ids.fill_null(0).to_numpy().astype(">u8")
    raw = np.ones((ids.len(), KEY_BYTES + 1), dtype=np.uint8)  # last byte guards trailing zeros
    raw[:, :KEY_BYTES] = numbers.view(np.uint8).reshape(-1, KEY_BYTES)
    texts = pl.Series(raw.view(f"S{KEY_BYTES + 1}").ravel(), dtype=pl.Binary)
    keys = texts.bin.encode("hex").str.head(2 * KEY_BYTES)
    if not ids.null_count():
        return keys
    return keys.zip_with(ids.is_not_null(), pl.Series([None], dtype=pl.String))


def _row_hash(parts: list[str]) -> pl.Expr:
    total = pl.lit(0, dtype=pl.UInt64)
    for seed, part in enumerate(parts, start=1):
        total = total ^ pl.col(part).hash(seed)
    return total


def _name(parts: list[str]) -> pl.Expr:
    have = [part for part in NAME_PARTS if part in parts]
    return (pl.coalesce(have) if have else pl.lit(None, dtype=pl.String)).alias("text")


def _address(parts: list[str]) -> pl.Expr:
    have = [part for part in ADDRESS_PARTS if part in parts]
    if len(have) == 1:
        return pl.col(have[0]).alias("text")
    if not have:
        return pl.lit(None, dtype=pl.String).alias("text")
    return pl.concat_str(have, separator=" ", ignore_nulls=True).alias("text")


def _through(
    texts: pl.Series, read: Callable[[pl.Series, Words], pl.Series], words: Words
) -> pl.Series:
    apart = texts.to_frame().select(pl.all().approx_n_unique()).item()
    if apart > REPEATED_SHARE_MAX * texts.len():
        return read(texts, words)
    distinct = texts.unique()
    table = pl.DataFrame({"text": distinct, "form": read(distinct, words)})
    frame = texts.alias("text").to_frame()
    return frame.join(table, on="text", how="left", maintain_order="left", nulls_equal=True)["form"]


def _with_contacts(first: pl.DataFrame, rows: pl.DataFrame, writings: pl.DataFrame) -> pl.DataFrame:
    """Take telephone and e-mail from the person's other roles in the parcel where one has none."""
    names = writings.select("form", "name")
    named = first.join(names, on="form", how="left", maintain_order="left")
    key = ["consignment_id", "name"]
    for column in ("email", "phone"):
        told = rows.select("consignment_id", "form", column).drop_nulls(column)
        if not told.height or not first[column].null_count():
            continue
        told = told.join(names, on="form", how="left", maintain_order="left")
        told = told.unique(key, keep="first", maintain_order=True).select(*key, told=column)
        named = named.join(told, on=key, how="left", maintain_order="left").with_columns(
            pl.coalesce(column, "told").alias(column)
        )
        named = named.drop("told")
    return named.drop("name")


def _contacts(rows: pl.DataFrame) -> list[pl.Expr]:
    plain = {
        "email": pl.col("email").str.to_lowercase().str.strip_chars(),
        "phone": pl.col("phone").str.replace_all(r"[^0-9]+", "").str.tail(PHONE_DIGITS),
    }
    return [
        pl.when(text != "").then(text).alias(column)
        for column, text in plain.items()
        if rows[column].null_count() < rows.height
    ]
