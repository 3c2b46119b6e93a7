"""Amounts of money and their currencies: read, with the sign in the amount or a swap of both.

Knows decimal commas, thousands signs, codes and signs beside the number ("€12,50", "USD 12.50"),
currencies written as signs or words, and amount and currency in each other's field. Never converts:
an amount stays in the currency it was declared in.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import polars as pl

from tidewaiter.knowledge.codelists import Codelists
from tidewaiter.knowledge.quality import QualityRules
from tidewaiter.stages.check.desk import PLACE, Desk
from tidewaiter.stages.check.numbers import plain_number, read_numbers, shown
from tidewaiter.vocabulary.folding import plain

SIGN_SURE = 0.9
SWAP_CONFIDENCE = 0.9
CODE_SURE = 0.99


@dataclass(frozen=True, slots=True)
class Amount:
    """The columns of one amount.

    Args:
        text: the amount as written.
        currency_text: its currency as written.
        out: the amount as read.
        currency: its currency as read.
        unreadable: code of the finding where it cannot be read.
    """

    text: str
    currency_text: str
    out: str
    currency: str
    unreadable: str

    def fast_number(self) -> pl.Expr:
        """Read an amount written plainly."""
        return plain_number(pl.col(self.text)).alias(self.out)

    def fast_currency(self, lists: Codelists) -> pl.Expr:
        """Read a currency written as its code."""
        known = pl.col(self.currency_text).is_in(lists.currencies["code"].implode())
        return pl.when(known).then(pl.col(self.currency_text)).alias(self.currency)


def read_amount(desk: Desk, amount: Amount, lists: Codelists) -> None:
    """Read what the fast expressions left open, and note repairs and faults."""
    swapped = _read_figures(desk, amount, lists)
    rows = desk.left_open(amount.currency_text, amount.currency)
    if rows is not None and swapped is not None:
        rows = rows.join(swapped, on=PLACE, how="anti", maintain_order="left")
    if rows is not None and rows.height:
        _read_currencies(desk, amount, rows, lists)


def _read_figures(desk: Desk, amount: Amount, lists: Codelists) -> pl.DataFrame | None:
    rows = desk.left_open(amount.text, amount.out, amount.currency_text, amount.currency)
    if rows is None:
        return None
    text, beside = pl.col(amount.text), pl.col(amount.currency_text)
    swap = (~text.str.contains("[0-9]") & beside.str.contains("[0-9]")).fill_null(value=False)
    rows = rows.with_columns(
        _swap=swap,
        _figures=pl.when(swap).then(beside).otherwise(text),
        _money=pl.when(swap).then(text).otherwise(beside),
    )
    numbers = read_numbers(rows["_figures"].unique())
    signs = read_currencies(numbers["beside"], lists)
    numbers = numbers.join(signs, left_on="beside", right_on="money", how="left")
    stranger = pl.col("beside").is_not_null() & pl.col("code").is_null()
    numbers = numbers.with_columns(
        number=pl.when(~stranger).then("number"),
        fault=pl.when(stranger & pl.col("fault").ne_missing("scientific"))
        .then(pl.lit("unreadable"))
        .otherwise("fault"),
    )
    rows = rows.join(
        numbers, left_on="_figures", right_on="text", how="left", maintain_order="left"
    )
    desk.put(rows, amount.out, "number")
    _note_figures(desk, amount, rows)
    _take_sign(desk, amount, rows)
    return _swap_back(desk, amount, rows, lists)


def _note_figures(desk: Desk, amount: Amount, rows: pl.DataFrame) -> None:
    seen = pl.col(amount.text)
    code = pl.col("fault").replace_strict(
        {
            "unreadable": amount.unreadable,
            "ambiguous": "check.amount_ambiguous",
            "scientific": "check.number_scientific",
        },
        default=None,
        return_dtype=pl.String,
    )
    desk.mark(rows, code, amount.text, seen=seen, detail=_read_as(pl.col("number")))
    desk.repair(
        rows.filter(pl.col("number").is_not_null() & ~pl.col("_swap")),
        amount.out,
        declared=seen,
        repaired=shown(pl.col("number")),
        source=pl.col("rule"),
        confidence=pl.col("confidence"),
    )


def _read_as(number: pl.Expr) -> pl.Expr:
    return pl.when(number.is_not_null()).then(pl.concat_str(pl.lit("read as "), shown(number)))


def _take_sign(desk: Desk, amount: Amount, rows: pl.DataFrame) -> None:
    """Take the currency from a sign in the amount where the currency's own field is empty."""
    signed = rows.filter(pl.col("code").is_not_null() & ~pl.col("_swap"))
    bare = signed.filter(pl.col(amount.currency_text).is_null())
    desk.put(bare, amount.currency, "code")
    desk.repair(
        bare,
        amount.currency,
        declared=pl.col(amount.text),
        repaired=pl.col("code"),
        source="currency in the amount",
        confidence=pl.col("sure"),
    )
    desk.mark(
        bare.filter(pl.col("sure") < SIGN_SURE),
        "check.currency_ambiguous",
        amount.currency_text,
        seen=pl.col("beside"),
        detail=pl.concat_str(pl.lit("read as "), pl.col("code")),
    )
    desk.mark(
        signed.filter(
            pl.col(amount.currency).is_not_null()
            & (pl.col(amount.currency) != pl.col("code"))
            & (pl.col("sure") >= SIGN_SURE)
        ),
        "check.currency_contradicts_sign",
        amount.currency_text,
        seen=pl.col(amount.text),
        detail=pl.concat_str(pl.lit("currency field says "), pl.col(amount.currency)),
    )


def _swap_back(
    desk: Desk, amount: Amount, rows: pl.DataFrame, lists: Codelists
) -> pl.DataFrame | None:
    swapped = rows.filter(pl.col("_swap") & pl.col("number").is_not_null())
    if not swapped.height:
        return None
    money = read_currencies(swapped["_money"], lists).rename({"code": "_code"})
    swapped = swapped.join(
        money, left_on="_money", right_on="money", how="left", maintain_order="left"
    )
    desk.put(swapped, amount.currency, "_code")
    for out, declared, repaired in (
        (amount.out, amount.text, shown(pl.col("number"))),
        (amount.currency, amount.currency_text, pl.col("_code")),
    ):
        desk.repair(
            swapped,
            out,
            declared=pl.col(declared),
            repaired=repaired,
            source="amount and currency swapped",
            confidence=SWAP_CONFIDENCE,
        )
    desk.mark(
        swapped, "check.fields_swapped", amount.text, detail=pl.lit(f"with {amount.currency_text}")
    )
    return swapped.select(PLACE)


def _read_currencies(desk: Desk, amount: Amount, rows: pl.DataFrame, lists: Codelists) -> None:
    known = read_currencies(rows[amount.currency_text], lists)
    rows = rows.join(
        known, left_on=amount.currency_text, right_on="money", how="left", maintain_order="left"
    )
    seen = pl.col(amount.currency_text)
    desk.put(rows, amount.currency, "code")
    desk.repair(
        rows,
        amount.currency,
        declared=seen,
        repaired=pl.col("code"),
        source=pl.lit("currency sign or word"),
        confidence=pl.col("sure"),
    )
    desk.mark(
        rows.filter(pl.col("code").is_null()), "check.currency_unknown", amount.currency_text,
        seen=seen,
    )  # fmt: skip
    desk.mark(
        rows.filter(pl.col("sure") < SIGN_SURE),
        "check.currency_ambiguous",
        amount.currency_text,
        seen=seen,
        detail=pl.concat_str(pl.lit("read as "), pl.col("code")),
    )


def read_currencies(texts: pl.Series, lists: Codelists) -> pl.DataFrame:
    """Read texts as currencies: `money, code, sure` (0-1), one row a distinct text."""
    distinct = texts.drop_nulls().unique().alias("money").to_frame()
    codes = lists.currencies.select(_code="code", by_code="code")
    signs = lists.currency_signs.select(_sign="key", by_sign="code", sign_sure="confidence")
    money = pl.col("money")
    return (
        distinct.with_columns(
            _code=money.str.strip_chars(" .").str.to_uppercase(),
            _sign=plain(money).str.strip_chars(" "),
        )
        .join(codes, on="_code", how="left")
        .join(signs, on="_sign", how="left")
        .select(
            "money",
            pl.coalesce("by_code", "by_sign").alias("code"),
            pl.when(pl.col("by_code").is_not_null()).then(CODE_SURE).otherwise("sign_sure").alias(
                "sure"
            ),
        )
    )  # fmt: skip


@lru_cache(maxsize=8)
def euros(rules: QualityRules) -> pl.Expr:
    """Give a line's declared value in EUR by rough rates (Float64), for suspicion only: `_eur`."""
    rate = pl.col("declared_currency").replace_strict(
        rules.rates["currency"], rules.rates["eur"], default=None, return_dtype=pl.Float64
    )
    return (pl.col("declared_value").cast(pl.Float64) * rate).alias("_eur")
