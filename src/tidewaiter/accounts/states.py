"""How each debt stands: what was assessed, paid, handed over, given back, and what is open.

A debt is one `LINE_KEY`: a measure on a line of a parcel, between one debtor and one payer.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import polars as pl

from tidewaiter.accounts.book import Book
from tidewaiter.vocabulary.account_frames import LINE_KEY

ASSESSING = ("assess", "reassess")
CHARGING = (*ASSESSING, "late_interest", "damages")
PAYING = ("collect", "remit")
LATE_KINDS = ("interest", "damages")
REFUNDING = ("refund", "drawback")
_ZERO = pl.lit(Decimal(0), dtype=pl.Decimal(38, 6))


def line_states(entries: pl.DataFrame) -> pl.DataFrame:
    """Give one row a debt.

    Args:
        entries: frame `ENTRIES`, all entries of the debts asked for.

    Returns:
        `LINE_KEY`, `regime, scheme, model, arose_on, due_on, units` (quantity of the goods line)
        and amounts: `assessed` (after corrections), `receivable` (the payer has to pay it still),
        `owed` (the debtor has to hand it over still; negative: his credit), `collected`,
        `remitted`, `remitted_on` (last day), `cash`, `held` (guarantee), `refunded`, `excess`
        (paid, then assessed lower), `to_payer` (granted to the payer in all), `payable` (granted,
        not paid out), `abandoned`, `written_off`, and `returned` (units refunded).
    """
    debts = entries.filter(pl.col("kind") != "security")
    return (
        debts.group_by(LINE_KEY)
        .agg(
            pl.col("regime", "scheme", "model").filter(_of(CHARGING)).drop_nulls().first(),
            pl.col("day").filter(_of(CHARGING)).min().alias("arose_on"),
            pl.col("due_on").min(),
            pl.col("quantity").filter(_of(ASSESSING)).max().alias("units"),
            (-_sum("due_to_treasury", CHARGING)).alias("assessed"),
            _sum("receivable").alias("receivable"),
            (-_sum("due_to_treasury")).alias("owed"),
            (-_sum("receivable", PAYING)).alias("collected"),
            _sum("due_to_treasury", PAYING).alias("remitted"),
            pl.col("day")
            .filter(_of(PAYING) & (pl.col("account") == "due_to_treasury"))
            .max()
            .alias("remitted_on"),
            _sum("cash").alias("cash"),
            _sum("guarantee_held").alias("held"),
            _sum("due_to_treasury", REFUNDING).alias("refunded"),
            (-_sum("refunds_payable", ("reassess",))).alias("excess"),
            (-_sum("refunds_payable", (*REFUNDING, "reassess"))).alias("to_payer"),
            (-_sum("refunds_payable")).alias("payable"),
            _sum("due_to_treasury", ("abandon",)).alias("abandoned"),
            _sum("written_off").alias("written_off"),
            pl.col("quantity")
            .filter(_of(REFUNDING) & (pl.col("account") == "due_to_treasury"))
            .sum()
            .alias("returned"),
        )
        .sort(LINE_KEY)
    )


def _of(events: tuple[str, ...]) -> pl.Expr:
    return pl.col("event").is_in(events)


def _sum(account: str, events: tuple[str, ...] | None = None) -> pl.Expr:
    wanted = pl.col("account") == account
    if events is not None:
        wanted = wanted & _of(events)
    return pl.when(wanted).then("amount").otherwise(_ZERO).sum()


def latest_ranges(held: Book) -> pl.DataFrame:
    """Give the range last said of each debt that ever was one: frame `OPEN_ITEMS`."""
    return held.open_items.sort("number", "day", "posting_id").unique(
        LINE_KEY, keep="last", maintain_order=True
    )


def is_open() -> pl.Expr:
    """Say of rows of `OPEN_ITEMS` whether the amount is still not exact."""
    return pl.col("high").is_null() | (pl.col("low") != pl.col("high"))


def open_ranges(held: Book) -> pl.DataFrame:
    """Give the amounts that are still known as a range only: frame `OPEN_ITEMS`."""
    return latest_ranges(held).filter(is_open()).sort(LINE_KEY)


def outstanding(held: Book, on: dt.date) -> pl.DataFrame:
    """Give debts not handed over: states, and `days_late` (null: no last day is known)."""
    late = (pl.lit(on) - pl.col("due_on")).dt.total_days()
    return (
        line_states(held.entries)
        .filter(pl.col("owed") > 0)
        .with_columns(pl.when(late > 0).then(late).when(late <= 0).then(0).alias("days_late"))
        .sort("due_on", *LINE_KEY, nulls_last=True)
    )
