"""Parties read and judged: countries, PACT's character rules, placeholders, postcodes, EORI.

Names and addresses are personal data: a finding on one says which rule and which role, never what
stood there, so that personal data stays in the parties. Names and addresses with wrongly decoded
letters are therefore found, and mended only by their sender.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TypeAlias

import polars as pl

from tidewaiter.knowledge.codelists import Codelists
from tidewaiter.knowledge.quality import QualityRules
from tidewaiter.stages.check.codes import country_code, find_country_elsewhere, read_countries
from tidewaiter.stages.check.desk import Desk, Rule, as_it_stands
from tidewaiter.stages.check.texts import (
    GARBLED,
    LOST,
    no_letter,
    only_file_ending,
    only_one_sign,
    starts_like,
)
from tidewaiter.vocabulary.folding import folded
from tidewaiter.vocabulary.identifiers.columnar import eori_wellformed
from tidewaiter.vocabulary.terms import Role

_Line: TypeAlias = tuple[str, str, frozenset[str], str, tuple[pl.Expr, ...]]
PLACEHOLDER_BYTES_MAX = 48
ELSEWHERE = ("city", "region", "postcode")
_ROLE = pl.concat_str(pl.lit("role: "), pl.col("role"))
_POSTCODE_ROLES = [
    role.value for role in (Role.CONSIGNEE, Role.CONSIGNOR, Role.IMPORTER, Role.SELLER)
]


@lru_cache(maxsize=8)
def _fast(lists: Codelists) -> tuple[pl.Expr, ...]:
    return (
        country_code("country_text", lists).alias("country"),
        pl.coalesce("address", "street").alias("_line"),
    )


def read_parties(desk: Desk, lists: Codelists, rules: QualityRules) -> None:
    """Add `country`, and note repairs and all findings on single parties."""
    desk.add(*_fast(lists))
    read_countries(desk, "country_text", "country", lists)
    if desk.frame["country"].null_count() > desk.frame["country_text"].null_count():
        find_country_elsewhere(desk, "country", ELSEWHERE, lists)
    if desk.has("id_number", "id_type"):
        desk.judge(_RULES)
    _judge_lines(desk, rules)
    _judge_postcodes(desk, rules)


def _judge_lines(desk: Desk, rules: QualityRules) -> None:
    """Judge names and addresses; a cheap sieve leaves the few that need a closer look."""
    asked = [line for line in _lines(rules) if desk.has(line[0])]
    if not asked:
        return
    sieved = desk.frame.select(expr for field, *_, exprs in asked for expr in exprs)
    for field, shown, words, code, _ in asked:
        odd = {kind: sieved[f"{field}:{kind}"] for kind in ("letterless", "garbled", "held")}
        if odd["letterless"].any():
            rows = desk.rows(odd["letterless"], field, "role")
            text = pl.col(field)
            broken = rows.filter(no_letter(text) | only_one_sign(text))
            desk.mark(broken, f"{code}_characters", shown, detail=_ROLE)
        if odd["garbled"].any():
            desk.mark(desk.rows(odd["garbled"], "role"), "check.text_garbled", shown, detail=_ROLE)
        if odd["held"].any():
            rows = desk.rows(odd["held"], field, "role")
            caught = rows.filter(_placeholder(pl.col(field), words, rules))
            desk.mark(caught, f"{code}_placeholder", shown, detail=_ROLE)


@lru_cache(maxsize=8)
def _lines(rules: QualityRules) -> tuple[_Line, ...]:
    return (
        ("name", "name", rules.names, "check.name", _sieve("name", rules.names, rules)),
        (
            "_line",
            "street",
            rules.addresses,
            "check.address",
            _sieve("_line", rules.addresses, rules),
        ),
    )


def _sieve(field: str, words: frozenset[str], rules: QualityRules) -> tuple[pl.Expr, ...]:
    text = pl.col(field)
    first = text.str.slice(0, 1)
    same = (text.str.slice(1, 1) == first) & (text.str.slice(2, 1) == first)
    short = text.str.len_bytes() <= PLACEHOLDER_BYTES_MAX
    return (
        (~text.str.contains("[A-Za-z]") | same).fill_null(value=False).alias(f"{field}:letterless"),
        text.str.contains(rf"{GARBLED}|{LOST}").fill_null(value=False).alias(f"{field}:garbled"),
        (short & starts_like(text, words | rules.file_endings))
        .fill_null(value=False)
        .alias(f"{field}:held"),
    )


@lru_cache(maxsize=8)
def _listed(words: frozenset[str]) -> pl.Series:
    return pl.Series("word", sorted(words), dtype=pl.String)


def _placeholder(text: pl.Expr, words: frozenset[str], rules: QualityRules) -> pl.Expr:
    listed = folded(text).is_in(_listed(words).implode())
    return listed | only_file_ending(text, rules.file_endings)


_NUMBER, _KIND = pl.col("id_number"), pl.col("id_type")
_RULES = (
    Rule(
        "check.eori_malformed",
        (_KIND.str.to_lowercase() == "eori") & ~eori_wellformed(_NUMBER),
        "id_number",
        detail=_ROLE,
        needs=("id_number", "id_type"),
    ),
)


def _judge_postcodes(desk: Desk, rules: QualityRules) -> None:
    """Compare the shape of each distinct postcode with those of its country."""
    if not desk.has("postcode", "country"):
        return
    pairs = (
        desk.frame.lazy()
        .filter(pl.col("role").is_in(_POSTCODE_ROLES) & pl.col("postcode").is_not_null())
        .select("country", "postcode")
        .unique()
        .join(rules.postcodes.lazy(), on="country", how="inner")
    )
    wrong = as_it_stands(pairs.filter(~_listed_shape(_BARE)))
    wrong = wrong.filter(~_listed_shape(_NUMBER_ONLY)) if wrong.height else wrong
    if not wrong.height:
        return
    rows = desk.rows(pl.col("role").is_in(_POSTCODE_ROLES), "country", "postcode", "role")
    rows = rows.join(wrong, on=["country", "postcode"], how="inner", maintain_order="left")
    desk.mark(
        rows,
        "check.postcode_shape",
        "postcode",
        detail=pl.concat_str(_ROLE, pl.lit("; country "), pl.col("country")),
    )


def _listed_shape(code: pl.Expr) -> pl.Expr:
    shape = code.str.replace_all("[0-9]", "9").str.replace_all("[A-Z]", "A")
    return pl.col("shapes").list.contains(shape)


_BARE = pl.col("postcode").str.to_uppercase().str.replace_all(r"[\s\-.]", "")
_NUMBER_ONLY = _BARE.str.replace(r"^[A-Z]{1,2}([0-9]+)$", "${1}")
