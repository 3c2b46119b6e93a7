"""Declared lines of a month against a tax return: what differs, by number and country.

Made for IOSS (Directive 2006/112/EC, art. 369l to 369x: returns per country and rate) and like
schemes (OVR): the parcels' declarations name the tax number, the return comes from the tax
administration. Sums are compared, so a return that lumps parcels together is no matter. Does not
read files, and does not know whether a number is registered unless told.
"""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal

import polars as pl

from tidewaiter.vocabulary.account_frames import DECLARED_TAX, MISMATCHES, TAX_RETURN, fitted
from tidewaiter.vocabulary.batch import Batch
from tidewaiter.vocabulary.columns import MONEY
from tidewaiter.vocabulary.identifiers.columnar import compact
from tidewaiter.vocabulary.terms import Decision

UNDER, OVER = "under_declared", "over_declared"
NOT_IN_RETURN, COUNTRY_NOT_IN_RETURN = "number_not_in_return", "country_not_in_return"
RATE_NOT_IN_RETURN, NOT_DECLARED = "rate_not_in_return", "not_declared"
NOT_REGISTERED, CURRENCY = "number_not_registered", "currency_differs"
_WORDS = {
    UNDER: "the return has less tax than was declared",
    OVER: "the return has more tax than was declared",
    NOT_IN_RETURN: "the return does not have this number",
    COUNTRY_NOT_IN_RETURN: "the return of this number does not have this country",
    RATE_NOT_IN_RETURN: "the return does not have this rate for number and country",
    NOT_DECLARED: "the return has it, no declaration names it",
    NOT_REGISTERED: "the register does not have this number",
    CURRENCY: "the return is in another currency",
}


def declared_tax(batch: Batch, month: str = "") -> pl.DataFrame:
    """Give the tax lines of parcels that name a tax number: frame `DECLARED_TAX`.

    Args:
        batch: a finished run.
        month: such as 2026-07, by the day of the order, else of arrival, else of the run.
    """
    parcels = batch.consignments.join(
        batch.decisions.select("consignment_id", pl.col("on").alias("_on")),
        on="consignment_id", how="left",
    )  # fmt: skip
    day = pl.coalesce("ordered_day", pl.col("arrival_at").dt.date(), "_on")
    named = parcels.filter(
        pl.col("fiscal_reference").is_not_null() & (pl.col("decision") != Decision.REFUSE.value)
    ).select(
        "consignment_id", pl.col("fiscal_reference").alias("number"),
        pl.col("country_destination").alias("country"), day.alias("day"),
    )  # fmt: skip
    if month:
        named = named.filter(pl.col("day").dt.strftime("%Y-%m") == month)
    rate = pl.col("rate").str.extract(r"^([0-9.]+) %$").cast(pl.Decimal(38, 6))
    lines = (
        batch.charges.filter(pl.col("kind") == "tax")
        .join(named, on="consignment_id", how="inner")
        .with_columns(
            rate.alias("rate"), pl.col("base").alias("taxable"), pl.col("amount").alias("tax")
        )
    )
    return fitted(lines, DECLARED_TAX)


def cross_check(
    declared: pl.DataFrame,
    returned: pl.DataFrame,
    *,
    registered: Collection[str] | None = None,
    tolerance: Decimal = Decimal(0),
) -> pl.DataFrame:
    """List what differs between declared lines and a return.

    Args:
        declared: frame `DECLARED_TAX`.
        returned: frame `TAX_RETURN`; rates are compared where every line of it tells one.
        registered: numbers that exist; None: not known.
        tolerance: difference of tax that is let pass, for rounding.

    Returns:
        Frame `MISMATCHES`, the largest missing tax first.
    """
    by_rate = returned.height > 0 and not returned["rate"].has_nulls()
    keys = ["number", "country", *(["rate"] if by_rate else []), "currency"]
    said = _sums(fitted(declared, DECLARED_TAX), keys, "declared")
    told = _sums(fitted(returned, TAX_RETURN), keys, "returned")
    if not by_rate:
        said = said.with_columns(pl.lit(None, dtype=pl.Decimal(38, 6)).alias("rate"))
    both = said.join(told, on=keys, how="full", nulls_equal=True, coalesce=True)
    for side in ("declared", "returned"):
        for depth in (1, 2):
            mark = f"_{side}_{depth}"
            seen = (said if side == "declared" else told).select(keys[:depth]).unique()
            both = both.join(
                seen.with_columns(pl.lit(value=True).alias(mark)), on=keys[:depth], how="left",
                nulls_equal=True,
            )  # fmt: skip
    missing = pl.col("declared_tax").fill_null(0) - pl.col("returned_tax").fill_null(0)
    both = both.with_columns(missing.cast(MONEY).alias("tax_missing"))
    both = both.with_columns(_what(registered, tolerance, told, keys).alias("what"))
    found = both.filter(pl.col("what").is_not_null()).with_columns(_sentence().alias("sentence"))
    order = ["tax_missing", "number", "country", "rate"]
    return fitted(found, MISMATCHES).sort(
        order, descending=[True, False, False, False], nulls_last=True
    )


def _sums(lines: pl.DataFrame, keys: list[str], side: str) -> pl.DataFrame:
    spelled = lines.with_columns(
        pl.coalesce(compact(pl.col("number")), "number").alias("number"),
        pl.col("country").str.strip_chars().str.to_uppercase(),
    )
    counted = [pl.len().cast(pl.Int64).alias("lines")] if side == "declared" else []
    return spelled.group_by(keys).agg(
        *counted,
        pl.col("taxable").sum().alias(f"{side}_taxable"),
        pl.col("tax").sum().alias(f"{side}_tax"),
    )


def _what(
    registered: Collection[str] | None, tolerance: Decimal, told: pl.DataFrame, keys: list[str]
) -> pl.Expr:
    absent = pl.col("returned_tax").is_null()
    off = pl.col("tax_missing")
    room = pl.lit(tolerance, dtype=MONEY)
    currencies = told["currency"].unique().implode()
    other_money = (
        absent
        & pl.col("_returned_2").fill_null(value=False)
        & ~pl.col("currency").is_in(currencies)
    )
    unknown = pl.lit(value=False)
    if registered is not None:
        unknown = ~pl.col("number").is_in(sorted(registered))
    by_rate = "rate" in keys
    return (
        pl.when(unknown & pl.col("declared_tax").is_not_null()).then(pl.lit(NOT_REGISTERED))
        .when(pl.col("declared_tax").is_null()).then(pl.lit(NOT_DECLARED))
        .when(absent & pl.col("_returned_1").is_null()).then(pl.lit(NOT_IN_RETURN))
        .when(absent & pl.col("_returned_2").is_null()).then(pl.lit(COUNTRY_NOT_IN_RETURN))
        .when(other_money).then(pl.lit(CURRENCY))
        .when(absent).then(pl.lit(RATE_NOT_IN_RETURN if by_rate else CURRENCY))
        .when(off > room).then(pl.lit(UNDER))
        .when(off < -room).then(pl.lit(OVER))
    )  # fmt: skip


def _sentence() -> pl.Expr:
    words = pl.col("what").replace_strict(_WORDS)
    rate = pl.when(pl.col("rate").is_not_null()).then(pl.format(" at {} %", _plain(pl.col("rate"))))
    return pl.concat_str(
        [
            pl.format("{} in {}", pl.col("number"), pl.col("country").fill_null("?")),
            rate.fill_null(""),
            pl.format(
                ": {}; declared {}, returned {} {}", words,
                _plain(pl.col("declared_tax").fill_null(0)),
                _plain(pl.col("returned_tax").fill_null(0)), pl.col("currency").fill_null(""),
            ),
        ]
    )  # fmt: skip


def _plain(amount: pl.Expr) -> pl.Expr:
    return amount.cast(pl.String).str.replace(r"\.?0+$", "")
