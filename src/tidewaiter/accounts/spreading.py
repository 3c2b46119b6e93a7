"""Spread an event's amount over the debts it means, and say why one cannot be.

How far a debt may move by an event stands in `_reach`; which accounts move in `_moved`.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from tidewaiter.accounts.rounding import rounded
from tidewaiter.knowledge.accounts import AccountRules
from tidewaiter.vocabulary.account_frames import LINE_KEY, REFUSED_EVENTS, fitted
from tidewaiter.vocabulary.columns import MONEY

REFUNDS = ("refund", "drawback")
HUNDRED = pl.lit(100, dtype=MONEY)
NOTHING = pl.lit(0, dtype=MONEY)
ONE = pl.lit(1, dtype=pl.Decimal(38, 3))
_OWN = "_said_"


@dataclass(frozen=True, slots=True)
class Spread:
    """Moves of the events that are taken; all pairs of event and debt with their `reach`."""

    moves: pl.DataFrame
    pairs: pl.DataFrame


def spread(events: pl.DataFrame, states: pl.DataFrame, rules: AccountRules) -> Spread:
    """Spread events over debts.

    Args:
        events: frame `EVENTS` with `posting_id`, no two about the same parcel.
        states: from `line_states`, of all debts they may mean.
        rules: refund rules and decimals.
    """
    pairs = _with_reach(_pairs(events, states), rules)
    reach = pl.col("reach")
    order = ["posting_id", "credit", "due_on", *LINE_KEY]
    pairs = (
        pairs.with_columns((reach < 0).alias("credit"))
        .sort(order, descending=[False, True, *[False] * (len(order) - 2)], nulls_last=True)
        .with_columns(
            reach.cum_sum().over("posting_id").alias("_run"),
            reach.sum().over("posting_id").alias("total"),
            pl.col("currency").n_unique().over("posting_id").alias("_currencies"),
        )
    )
    wanted = pl.coalesce(f"{_OWN}amount", "total")
    before = pl.col("_run") - reach
    take = (
        pl.when(reach < 0)
        .then(reach)
        .otherwise(pl.min_horizontal(reach, pl.max_horizontal(wanted - before, NOTHING)))
    )
    taken = (
        (pl.col("total") > 0)
        & (pl.coalesce(f"{_OWN}amount", "total") <= pl.col("total"))
        & ((pl.col("_currencies") == 1) | pl.col(f"{_OWN}amount").is_null())
    )
    good = pairs.filter(taken).with_columns(take.alias("take")).filter(pl.col("take") != 0)
    return Spread(_moved(good), pairs)


def refusals(events: pl.DataFrame, done: Spread) -> pl.DataFrame:
    """Give the events that moved nothing, each with the reason."""
    taken = done.moves["posting_id"].unique().implode()
    rest = events.filter(~pl.col("posting_id").is_in(taken))
    told = done.pairs.group_by("posting_id").agg(
        pl.col("total").first(),
        pl.col("_currencies").first(),
        pl.col("currency").first().alias("_money"),
        pl.col("hindrance").filter(pl.col("hindrance") != NO_RULE).first(),
        (pl.col("hindrance") == NO_RULE).fill_null(value=False).all().alias("_unruled"),
    )
    joined = rest.join(told, on="posting_id", how="left")
    nothing = pl.col("event").replace_strict(_NOTHING_WORDS, default="there is nothing to do")
    why = (
        pl.when(pl.col("total").is_null())
        .then(pl.lit("the book knows no such debt"))
        .when((pl.col("total") <= 0) & pl.col("_unruled"))
        .then(pl.lit(NO_RULE))
        .when(pl.col("total") <= 0)
        .then(pl.coalesce("hindrance", nothing))
        .when(pl.col("_currencies") > 1)
        .then(pl.lit("its debts are in several currencies; say which"))
        .otherwise(
            pl.format(
                "{} is more than the {} {} that may be moved by it", _plain("amount"),
                _plain("total"), "_money",
            )
        )
    )  # fmt: skip
    return fitted(joined.with_columns(why.alias("why")), REFUSED_EVENTS)


_NOTHING_WORDS = {
    "collect": "nothing is left to be paid on it",
    "remit": "nothing is left to be handed over on it",
    "refund": "nothing was paid on it, so nothing can be given back; an unpaid debt is abandoned",
    "drawback": "nothing was paid on it, so nothing can be drawn back",
    "repay": "nothing is granted that is not paid out",
    "reclaim": "the debtor has no credit on it",
    "abandon": "nothing unpaid is left on it",
    "write_off": "nothing is left to be paid on it",
    "guarantee": "nothing is owed that the guarantee does not stand for",
    "free": "the guarantee does not stand for it",
}
TWICE = "it was given back before; the same goods are given back once only"
NO_RULE = "for this reason nothing of this kind is given back"
TOO_LATE = "it is too late: the time for such a claim is over"
TOO_MANY = "more units than are left: the others were given back before, or never declared"
OWN_DEBT = "the payer is the debtor himself; a debt to the treasury ends by abandon"


def _plain(column: str) -> pl.Expr:
    return pl.col(column).cast(pl.String).str.replace(r"\.?0+$", "")


def _pairs(events: pl.DataFrame, states: pl.DataFrame) -> pl.DataFrame:
    """Pair each event with each debt it may mean; the event's own columns get a prefix."""
    own = events.rename(
        {
            name: f"{_OWN}{name}"
            for name in ("consignment_id", "item_no", "layer", "kind", "currency", "amount",
                         "party", "quantity", "regime")
        }
    )  # fmt: skip
    by_parcel = own.filter(pl.col(f"{_OWN}consignment_id").is_not_null()).join(
        states, left_on=f"{_OWN}consignment_id", right_on="consignment_id", how="inner",
        coalesce=False,
    )  # fmt: skip
    month = pl.col("arose_on").dt.strftime("%Y-%m")
    by_month = own.filter(pl.col(f"{_OWN}consignment_id").is_null()).join(
        states, left_on=f"{_OWN}party", right_on="debtor", how="inner", coalesce=False
    )
    by_month = by_month.filter(pl.col("month") == month)
    pairs = pl.concat([by_parcel, by_month.select(by_parcel.columns)])
    for name in ("item_no", "layer", "kind", "currency"):
        said = pl.col(f"{_OWN}{name}")
        pairs = pairs.filter(said.is_null() | (said == pl.col(name)))
    party = pl.col(f"{_OWN}party")
    return pairs.filter(party.is_null() | (party == pl.col("debtor")) | (party == pl.col("payer")))


def _with_reach(pairs: pl.DataFrame, rules: AccountRules) -> pl.DataFrame:
    """Add `reach` (how far the event may move the debt), `part` (units) and `hindrance`."""
    event = pl.col("event")
    own_debt = pl.col("payer") == pl.col("debtor")
    unpaid = pl.max_horizontal("receivable", NOTHING)
    owed = pl.max_horizontal("owed", NOTHING)
    month_whole = pl.col(f"{_OWN}consignment_id").is_null()
    pairs = _with_refund(pairs, rules)
    reach = (
        pl.when(event == "collect").then(unpaid)
        .when((event == "remit") & month_whole & ~own_debt).then("owed")
        .when(event == "remit").then(owed)
        .when(event == "abandon").then(pl.min_horizontal(unpaid, owed))
        .when((event == "write_off") & ~own_debt).then(unpaid)
        .when(event == "repay").then(pl.max_horizontal("payable", NOTHING))
        .when((event == "reclaim") & ~own_debt).then(pl.max_horizontal(-pl.col("owed"), NOTHING))
        .when(event == "guarantee").then(pl.max_horizontal(owed - pl.col("held"), NOTHING))
        .when(event == "free").then(pl.max_horizontal("held", NOTHING))
        .when(event.is_in(REFUNDS)).then("granted")
        .otherwise(NOTHING)
    )  # fmt: skip
    hindrance = (
        pl.when((event == "write_off") & own_debt)
        .then(pl.lit(OWN_DEBT))
        .when(event.is_in(REFUNDS))
        .then("refund_hindrance")
    )
    return pairs.with_columns(reach.cast(MONEY).alias("reach"), hindrance.alias("hindrance"))


def _with_refund(pairs: pl.DataFrame, rules: AccountRules) -> pl.DataFrame:
    """Add what may be given back: by reason and kind, by units not given back before, in time.

    The amount for all units given back so far is reckoned and rounded as a whole, and what was
    granted before is taken off: parts add up to the whole to the cent.
    """
    on = ["event", "reason", "kind"]
    keep = ("percent", "within_days")
    own = rules.refunds.filter(pl.col("regime").is_not_null())
    rest = rules.refunds.filter(pl.col("regime").is_null())
    pairs = pairs.join(
        own.select(*on, "regime", *keep), on=[*on, "regime"], how="left"
    ).join(rest.select(*on, *keep), on=on, how="left", suffix="_usual")  # fmt: skip
    pairs = pairs.join(rules.decimals, on="currency", how="left")
    ruled = pl.coalesce("percent", "percent_usual")
    days = pl.when(pl.col("percent").is_null()).then("within_days_usual").otherwise("within_days")
    units = pl.coalesce("units", ONE)
    back = pl.coalesce(f"{_OWN}quantity", units - pl.col("returned"))
    paid = pl.max_horizontal("collected", "remitted") - pl.col("excess")
    whole = paid * ruled / HUNDRED * (pl.col("returned") + back) / units
    granted = rounded(whole) - pl.col("refunded")
    late = (pl.col("day") - pl.col("arose_on")).dt.total_days() > days
    hindrance = (
        pl.when(ruled.is_null()).then(pl.lit(NO_RULE))
        .when(paid <= 0).then(None)
        .when(pl.col("returned") >= units).then(pl.lit(TWICE))
        .when(pl.col("returned") + back > units).then(pl.lit(TOO_MANY))
        .when(late.fill_null(value=False)).then(pl.lit(TOO_LATE))
    )  # fmt: skip
    allowed = hindrance.is_null() & (paid > 0)
    return pairs.with_columns(
        hindrance.alias("refund_hindrance"),
        pl.when(allowed).then(pl.max_horizontal(granted, NOTHING)).otherwise(NOTHING)
        .alias("granted"),
        back.alias("part"),
    )  # fmt: skip


def _moved(rows: pl.DataFrame) -> pl.DataFrame:
    """Give the moves of `take` on each account, and free the guarantee that is not needed."""
    event, take = pl.col("event"), pl.col("take")
    own_debt = pl.col("payer") == pl.col("debtor")

    def when(*pairs: tuple[pl.Expr, pl.Expr]) -> pl.Expr:
        moved: pl.Expr = NOTHING
        for condition, amount in reversed(pairs):
            moved = pl.when(condition).then(amount).otherwise(moved)
        return moved.cast(MONEY)

    pays = (event == "collect") | ((event == "remit") & own_debt)
    due = when(
        (pays & own_debt, take),
        (event == "remit", take),
        (event.is_in((*REFUNDS, "abandon")), take),
        ((event == "repay") & own_debt, -take),
        (event == "reclaim", -take),
    )
    rows = rows.with_columns(due.alias("due_to_treasury"))
    # what the debtor has handed over from its own money is no longer to be paid by the payer
    advanced = pl.min_horizontal(pl.col("remitted") - pl.col("collected"), pl.col("receivable"))
    cleared = pl.min_horizontal(take, pl.max_horizontal(advanced, NOTHING))
    owed_then = pl.max_horizontal(pl.col("owed") - pl.col("due_to_treasury"), NOTHING)
    freed = pl.max_horizontal(pl.col("held") - owed_then, NOTHING)
    frees = event.is_in(("collect", "remit", "abandon", *REFUNDS))
    guarantee = when((event == "guarantee", take), (event == "free", -take), (frees, -freed))
    moved = rows.with_columns(
        when(
            (pays | event.is_in(("abandon", "write_off")), -take), (event.is_in(REFUNDS), -cleared)
        ).alias("receivable"),
        when(
            ((event == "collect") & ~own_debt, take),
            ((event == "remit") & ~own_debt, -take),
            ((event == "repay") & ~own_debt, -take),
            (event == "reclaim", take),
        ).alias("cash"),
        when((event.is_in(REFUNDS), cleared - take), (event == "repay", take)).alias(
            "refunds_payable"
        ),
        when((event == "write_off", take)).alias("written_off"),
        guarantee.alias("guarantee_held"),
        (-guarantee).alias("guarantee_available"),
    )
    part = pl.when(event.is_in(REFUNDS)).then("part").cast(pl.Decimal(38, 3))
    return moved.drop("due_on", "quantity", strict=False).with_columns(part.alias("quantity"))
