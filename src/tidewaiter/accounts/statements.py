"""Statements: a party's month, what is outstanding and late, and guarantees that do not suffice.

A month is of debts that arose in it. Interest and damages are estimates by dated rates of the pack
`accounts/interest`; where no rate is known they are null, never 0. Posts nothing.
"""

from __future__ import annotations

import datetime as dt

import polars as pl

from tidewaiter.accounts.book import Book
from tidewaiter.accounts.rounding import rounded
from tidewaiter.accounts.states import LATE_KINDS, line_states
from tidewaiter.knowledge.accounts import AccountRules
from tidewaiter.vocabulary.account_frames import LINE_KEY
from tidewaiter.vocabulary.columns import MONEY

SUMS = (
    "assessed", "abandoned", "refunded", "collected", "remitted", "owed", "receivable", "cash",
    "written_off",
)  # fmt: skip
DAYS_OF_YEAR = 365
_NOTHING = pl.lit(0, dtype=MONEY)
_HUNDRED_YEARS = pl.lit(100 * DAYS_OF_YEAR, dtype=MONEY)


def month_lines(held: Book, month: str) -> pl.DataFrame:
    """Give the debts that arose in a month (`2026-07`): see `line_states`."""
    states = line_states(held.entries)
    return states.filter(pl.col("arose_on").dt.strftime("%Y-%m") == month)


def month_summary(held: Book, month: str, on: dt.date) -> pl.DataFrame:
    """Sum a month's debts per debtor, currency, kind and last day.

    Returns:
        `debtor, regime, model, currency, kind, due_on, parcels, lines`, the sums of `line_states`,
        `remitted_on` (last day of handing over) and `state`: settled, settled_late, late, open, or
        no_day_known.
    """
    keys = ["debtor", "regime", "model", "currency", "kind", "due_on"]
    late = pl.col("remitted_on") > pl.col("due_on")
    state = (
        pl.when((pl.col("owed") <= 0) & late.fill_null(value=False))
        .then(pl.lit("settled_late"))
        .when(pl.col("owed") <= 0)
        .then(pl.lit("settled"))
        .when(pl.col("due_on").is_null())
        .then(pl.lit("no_day_known"))
        .when(pl.col("due_on") < on)
        .then(pl.lit("late"))
        .otherwise(pl.lit("open"))
    )
    return (
        month_lines(held, month)
        .group_by(keys)
        .agg(
            pl.col("consignment_id").n_unique().alias("parcels"),
            pl.len().alias("lines"),
            pl.col(*SUMS).sum(),
            pl.col("remitted_on").max(),
        )
        .with_columns(state.alias("state"))
        .sort(keys, nulls_last=True)
    )


def late_cases(held: Book, on: dt.date, rules: AccountRules) -> pl.DataFrame:
    """Give what was handed over too late, or is late by now, per debtor, last day and day of it.

    Returns:
        `debtor, regime, model, currency, due_on, handed_over_on` (null: not yet), `amount,
        days_late, interest, interest_law, damages, damages_law, confidence`.
    """
    debts = held.entries.filter(~pl.col("kind").is_in((*LATE_KINDS, "security")))
    states = line_states(debts)
    keys = ["debtor", "regime", "model", "currency", "due_on"]
    due = states.select(*LINE_KEY, "due_on").filter(pl.col("due_on").is_not_null())
    paid = (
        debts.filter(
            pl.col("event").is_in(("collect", "remit"))
            & (pl.col("account") == "due_to_treasury")
            & (pl.col("amount") > 0)
        )
        .drop("due_on", "regime", "model")
        .join(due, on=LINE_KEY, how="inner", nulls_equal=True)
        .join(states.select(*LINE_KEY, "regime", "model"), on=LINE_KEY, nulls_equal=True)
        .filter(pl.col("day") > pl.col("due_on"))
        .select(*keys, pl.col("day").alias("handed_over_on"), "amount")
    )
    still = states.filter((pl.col("owed") > 0) & (pl.col("due_on") < on)).select(
        *keys, pl.lit(None, dtype=pl.Date).alias("handed_over_on"), pl.col("owed").alias("amount")
    )
    cases = (
        pl.concat([paid, still])
        .group_by(*keys, "handed_over_on")
        .agg(pl.col("amount").sum())
        .with_columns(
            (pl.coalesce("handed_over_on", pl.lit(on)) - pl.col("due_on"))
            .dt.total_days()
            .alias("days_late")
        )
    )
    priced = _with_damages(_with_interest(cases, rules), rules)
    return priced.sort(*keys, "handed_over_on", nulls_last=True)


def _with_interest(cases: pl.DataFrame, rules: AccountRules) -> pl.DataFrame:
    """Add simple interest, each rate for the days it was in force; null where a day has none."""
    end = pl.col("due_on") + pl.duration(days=pl.col("days_late"))
    cases = cases.with_row_index("_case").with_columns(end.alias("_end"))
    pairs = cases.join(rules.interest, on="regime", how="inner")
    begun = pl.max_horizontal("due_on", "since")
    days = (pl.min_horizontal("_end", "until") - begun).dt.total_days()
    parts = (
        pairs.with_columns(days.alias("_days"))
        .filter(pl.col("_days") > 0)
        .with_columns(
            (pl.col("amount") * pl.col("percent_per_year") * pl.col("_days") / _HUNDRED_YEARS)
            .alias("_interest")
        )
        .group_by("_case")
        .agg(
            pl.col("_interest").sum(),
            pl.col("_days").sum(),
            pl.col("law").unique().sort().str.join("; ").alias("interest_law"),
            pl.col("confidence").first(),
        )
    )  # fmt: skip
    joined = cases.join(parts, on="_case", how="left").join(
        rules.decimals, on="currency", how="left"
    )
    whole = pl.col("_days") == pl.col("days_late")
    return joined.with_columns(
        pl.when(whole).then(rounded(pl.col("_interest"))).alias("interest")
    ).drop("_case", "_end", "_interest", "_days", "decimals")


def _with_damages(cases: pl.DataFrame, rules: AccountRules) -> pl.DataFrame:
    known = rules.damages.rename(
        {"law": "damages_law", "since": "_since", "until": "_until"}
    ).drop("confidence")  # fmt: skip
    joined = cases.join(known, on=["regime", "model", "currency"], how="left")
    held = (pl.col("due_on") >= pl.col("_since")) & (pl.col("due_on") < pl.col("_until"))
    damages = pl.max_horizontal(pl.col("amount") * pl.col("times"), pl.col("least"))
    return joined.with_columns(
        pl.when(held).then(damages).cast(MONEY).alias("damages"),
        pl.when(held).then("damages_law").alias("damages_law"),
    ).drop("times", "least", "_since", "_until")


def guarantees(held: Book) -> pl.DataFrame:
    """Hold what guarantees stand for against what was lodged.

    Returns:
        `party, currency, lodged, held, left, state`: enough, exhausted (more open debt than
        guarantee), or none_lodged.
    """
    sums = (
        held.entries.group_by("party", "currency")
        .agg(
            (-_of("guarantee_lodged")).alias("lodged"),
            _of("guarantee_held").alias("held"),
            _of("guarantee_available").alias("left"),
        )
        .filter((pl.col("lodged") != 0) | (pl.col("held") != 0))
    )
    state = (
        pl.when(pl.col("lodged") == 0)
        .then(pl.lit("none_lodged"))
        .when(pl.col("left") < 0)
        .then(pl.lit("exhausted"))
        .otherwise(pl.lit("enough"))
    )
    return sums.with_columns(state.alias("state")).sort("party", "currency")


def _of(account: str) -> pl.Expr:
    return pl.when(pl.col("account") == account).then("amount").otherwise(_NOTHING).sum()
