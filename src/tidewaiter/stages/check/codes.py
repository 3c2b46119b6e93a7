"""Codes as people write them: countries, modes of transport, nature of the transaction.

A right code is taken as it stands ("NA" is Namibia, "NO" is Norway). Other ways to write a country
(alpha-3, numeric, names in seven languages, UK, EL) are read with a repair beside the declared
text. What is not read stays null with a finding. Law and lists: packs `codelists/*`.
"""

from __future__ import annotations

import polars as pl

from tidewaiter.knowledge.codelists import Codelists
from tidewaiter.stages.check.desk import Desk
from tidewaiter.vocabulary.folding import folded, plain

SMALL_LETTERS = "code in small letters"
ELSEWHERE_CONFIDENCE = 0.7


def country_code(text: str, lists: Codelists) -> pl.Expr:
    """Give the text of a column where it is a known country code as it stands."""
    return pl.when(pl.col(text).is_in(lists.countries["code"].implode())).then(pl.col(text))


def listed_code(text: str, listed: pl.DataFrame) -> pl.Expr:
    """Read a column through a list of `key` and value, for keys written plainly."""
    key, value = listed.columns
    return pl.col(text).replace_strict(
        listed[key], listed[value], default=None, return_dtype=pl.String
    )


def read_countries(desk: Desk, text: str, out: str, lists: Codelists) -> None:
    """Read the country texts that are no codes as they stand; `out` holds the others already.

    Notes a repair for each reading, `check.country_not_code` where it is not the ISO code, and
    `check.country_unknown` where it is not read at all.
    """
    rows = desk.left_open(text, out)
    if rows is None:
        return
    known = read_distinct(rows[text], lists)
    rows = rows.join(known, left_on=text, right_on="text", how="left", maintain_order="left")
    desk.put(rows, out, "code")
    desk.repair(
        rows,
        out,
        declared=pl.col(text),
        repaired=pl.col("code"),
        source=pl.col("rule"),
        confidence=pl.col("confidence"),
    )
    said = pl.col(text).str.strip_chars().str.to_uppercase()
    why = said.replace_strict(lists.specials, default=None, return_dtype=pl.String)
    desk.mark(
        rows.filter(pl.col("code").is_null()), "check.country_unknown", text,
        seen=pl.col(text), detail=why,
    )  # fmt: skip
    desk.mark(
        rows.filter(pl.col("code").is_not_null() & (pl.col("rule") != SMALL_LETTERS)),
        "check.country_not_code",
        text,
        seen=pl.col(text),
        detail=pl.concat_str(pl.col("rule"), pl.lit(": "), pl.col("code")),
    )


def read_distinct(texts: pl.Series, lists: Codelists) -> pl.DataFrame:
    """Read texts as countries: `text, code, rule, confidence`, one row a distinct text."""
    distinct = texts.drop_nulls().unique().alias("text").to_frame()
    keyed = distinct.with_columns(key=folded(pl.col("text")))
    return keyed.join(lists.country_names, on="key", how="left").drop("key")


def find_country_elsewhere(desk: Desk, out: str, fields: tuple[str, ...], lists: Codelists) -> None:
    """Read a country from another field where its own holds none (fields filled one off).

    Only names and alpha-3 codes count, for a city may well be called like a two-letter code.
    """
    if not desk.has("country_text"):
        return
    for field in fields:
        wanted = pl.col("country_text").is_not_null() & pl.col(out).is_null()
        rows = desk.rows(wanted & pl.col(field).is_not_null(), field, "country_text")
        if not rows.height:
            continue
        known = read_distinct(rows[field], lists).filter(
            pl.col("rule").is_in(["country name", "country alias", "ISO alpha-3"])
        )
        rows = rows.join(known, left_on=field, right_on="text", how="inner")
        desk.put(rows, out, "code")
        desk.repair(
            rows,
            out,
            declared=pl.col("country_text"),
            repaired=pl.col("code"),
            source=f"country found in {field}",
            confidence=ELSEWHERE_CONFIDENCE,
        )
        desk.mark(rows, "check.fields_swapped", "country_text", detail=pl.lit(f"with {field}"))


def read_listed(desk: Desk, text: str, out: str, listed: pl.DataFrame, code: str) -> None:
    """Read what `listed_code` left open, in any case and with underscores; mark the rest `code`."""
    rows = desk.left_open(text, out)
    if rows is None:
        return
    key, value = listed.columns
    distinct = rows[text].unique().alias("text").to_frame().with_columns(_key=plain(pl.col("text")))
    known = distinct.join(listed.select(_key=key, code=value), on="_key", how="left").drop("_key")
    rows = rows.join(known, left_on=text, right_on="text", how="left", maintain_order="left")
    desk.put(rows, out, "code")
    desk.mark(rows.filter(pl.col("code").is_null()), code, text, seen=pl.col(text))
