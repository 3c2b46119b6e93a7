"""Which lines a measure or a way of collection hits: the pack's words compiled to one expression.

A measure names goods by code prefixes, origins, destinations, channels and more; all of them must
hold, beside the free condition `when`. Declared facts are asked for by name: a fact that is not
told counts as untrue, and where the pack says it must be asked the measure is `open` (it may or may
not apply). A null is never met.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from tidewaiter.knowledge.expressions import compile_condition
from tidewaiter.knowledge.pack import Table

#: what a condition may speak of, and whether it is a line's or a parcel's
LINE_COLUMNS = (
    "item_value", "unit_value", "customs_value", "quantity", "net_mass_g", "goods_code", "hs6",
    "heading", "chapter", "country_origin", "origins_in_parcel",
)  # fmt: skip
PARCEL_COLUMNS = (
    "parcel_value", "parcel_customs_value", "limit_value", "over_limit", "person_day_total",
    "person_day_orders", "nature", "business", "channel", "transport_mode", "country_departure",
    "country_destination", "region_destination", "scheme", "fiscal_reference", "fiscal_role",
    "declaration_type", "loading_day", "ordered_day", "arrival_day",
)  # fmt: skip
CONDITION_COLUMNS = LINE_COLUMNS + PARCEL_COLUMNS
NOTES = "tariff_notes"
#: list keys of an entry and the column each speaks of
LISTS = {
    "origins": "country_origin",
    "destinations": "country_destination",
    "channels": "channel",
    "business": "business",
    "schemes": "scheme",
}


@dataclass(frozen=True, slots=True)
class Hit:
    """Who is hit.

    Args:
        when: met by the lines that are, or may be, hit.
        maybe: of those, met where a fact that must be asked for is not told.
        facts: declared facts it looks at.
        text: the condition in words of the pack.
    """

    when: pl.Expr
    maybe: pl.Expr
    facts: tuple[str, ...]
    text: str


def fact_column(fact: str) -> str:
    """Give the column a declared fact stands in while measures are reckoned."""
    return f"fact_{fact}"


def compile_hit(entry: Table, sets: dict[str, tuple[str, ...]], where: str) -> Hit:
    """Compile who an entry hits.

    Raises:
        InputError: the free condition is not allowed.
    """
    met: list[pl.Expr] = []
    words: list[str] = []
    if entry.get("when"):
        met.append(compile_condition(entry["when"], CONDITION_COLUMNS, where=where))
        words.append(entry["when"])
    for key, column in LISTS.items():
        if key in entry:
            met.append(pl.col(column).is_in(expand(entry[key], sets)))
            words.append(f"{column} in {', '.join(entry[key])}")
        if f"{key}_not" in entry:
            inside = pl.col(column).is_in(expand(entry[f"{key}_not"], sets))
            met.append(~inside.fill_null(value=False))
            words.append(f"{column} not in {', '.join(entry[f'{key}_not'])}")
    for key, wanted in (("goods", True), ("goods_not", False)):
        if key in entry:
            under = _under(expand(entry[key], sets))
            met.append(under if wanted else ~under)
            words.append(f"goods {'' if wanted else 'not '}of {', '.join(entry[key])}")
    maybe = [pl.lit(value=False)]
    asked = set(entry.get("facts_ask", ()))
    for key, wanted in (("facts_off", False), ("facts_on", True)):
        for fact in entry.get(key, ()):
            told = pl.col(fact_column(fact))
            true = (told == "true").fill_null(value=False)
            open_fact = told.is_null() if fact in asked else pl.lit(value=False)
            met.append((true | open_fact) if wanted else ~true)
            maybe.append(open_fact)
            words.append(f"{'' if wanted else 'not '}{fact}")
    if "notes" in entry:
        named = pl.col(NOTES).list.eval(pl.element().is_in(list(entry["notes"]))).list.any()
        met.append(named.fill_null(value=True))
        maybe.append(pl.col(NOTES).is_null())
        words.append(f"tariff line names {', '.join(entry['notes'])}")
    return Hit(
        when=pl.all_horizontal(met).fill_null(value=False) if met else pl.lit(value=True),
        maybe=pl.any_horizontal(maybe),
        facts=(*entry.get("facts_off", ()), *entry.get("facts_on", ())),
        text="; ".join(words) or "all",
    )


def expand(values: list[str], sets: dict[str, tuple[str, ...]]) -> list[str]:
    """Put the members of named sets (`@id`) in place of their names."""
    return [
        member
        for value in values
        for member in (sets[value[1:]] if value.startswith("@") else (value,))
    ]


def _under(prefixes: list[str]) -> pl.Expr:
    by_length: dict[int, list[str]] = {}
    for prefix in prefixes:
        by_length.setdefault(len(prefix), []).append(prefix)
    code = pl.col("goods_code")
    return pl.any_horizontal(
        code.str.slice(0, length).is_in(codes) for length, codes in sorted(by_length.items())
    ).fill_null(value=False)
