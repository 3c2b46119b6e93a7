"""Events that are not spread: setting a debt anew, interest and damages, lodging a guarantee."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from tidewaiter.accounts.assessing import assessing_moves
from tidewaiter.accounts.book import Book, entries_of
from tidewaiter.accounts.states import latest_ranges
from tidewaiter.vocabulary.account_frames import LINE_KEY, OPEN_ITEMS, REFUSED_EVENTS, fitted

REASSESS, LODGE = "reassess", "lodge"
CHARGED_APART = ("late_interest", "damages")
NEEDS_AMOUNT = (REASSESS, LODGE, *CHARGED_APART)
LATE_LAYER = "late"
_OPTIONAL = ("item_no", "layer", "kind", "currency")


@dataclass(frozen=True, slots=True)
class Reassessed:
    """Entries and ranges of debts set anew; events refused."""

    entries: pl.DataFrame
    ranges: pl.DataFrame
    refused: pl.DataFrame


def reassessed(events: pl.DataFrame, states: pl.DataFrame, held: Book) -> Reassessed:
    """Set debts to the amounts told; a range on them is exact from then on."""
    own = events.rename({name: f"_said_{name}" for name in (*_OPTIONAL, "party", "regime")})
    own = own.drop("quantity")
    pairs = own.join(states, on="consignment_id", how="inner")
    for name in _OPTIONAL:
        said = pl.col(f"_said_{name}")
        pairs = pairs.filter(said.is_null() | (said == pl.col(name)))
    party = pl.col("_said_party")
    pairs = pairs.filter(
        party.is_null() | (party == pl.col("debtor")) | (party == pl.col("payer"))
    ).with_columns(pl.len().over("posting_id").alias("_debts"))
    secured = (pl.col("held") > 0) & (pl.col("held") >= pl.col("owed"))
    one = pairs.filter(pl.col("_debts") == 1).with_columns(
        (pl.col("amount") - pl.col("assessed")).alias("change"), secured.alias("secured")
    )
    last = latest_ranges(held).select(*LINE_KEY, "number", "low", "high")
    told = one.join(last, on=LINE_KEY, how="left", nulls_equal=True)
    exact = pl.col("low").eq_missing(pl.col("amount")) & pl.col("high").eq_missing(pl.col("amount"))
    ranged = told.filter(pl.col("number").is_not_null() & ~exact).with_columns(
        pl.col("number") + 1, pl.col("amount").alias("low"), pl.col("amount").alias("high")
    )
    moves = assessing_moves(one.with_columns(pl.col("units").alias("quantity")))
    moving = moves.filter(pl.col("due_to_treasury") != 0)
    done = pl.concat([moving["posting_id"], ranged["posting_id"]]).implode()
    counts = pairs.group_by("posting_id").agg(pl.len().alias("_debts"))
    rest = events.filter(~pl.col("posting_id").is_in(done)).join(
        counts, on="posting_id", how="left"
    )
    why = (
        pl.when(pl.col("_debts").is_null())
        .then(pl.lit("the book knows no such debt"))
        .when(pl.col("_debts") > 1)
        .then(pl.lit("it means several debts; name item_no, kind or layer"))
        .otherwise(pl.lit("the debt stands at that amount already, or ended otherwise"))
    )
    return Reassessed(
        entries_of(moving),
        fitted(ranged, OPEN_ITEMS),
        fitted(rest.with_columns(why.alias("why")), REFUSED_EVENTS),
    )


def apart_moves(events: pl.DataFrame, states: pl.DataFrame) -> pl.DataFrame:
    """Give the moves of interest and damages (owed by the party itself) and of guarantees."""
    lodged = pl.col("event") == LODGE
    kind = (
        pl.when(lodged)
        .then(pl.lit("security"))
        .when(pl.col("event") == "damages")
        .then(pl.lit("damages"))
        .otherwise(pl.lit("interest"))
    )
    of_parcel = states.group_by("consignment_id").agg(
        pl.col("regime", "scheme", "model").drop_nulls().first()
    )
    amount = pl.col("amount")
    return (
        events.rename({"regime": "_said_regime"})
        .join(of_parcel, on="consignment_id", how="left")
        .with_columns(
            pl.coalesce("_said_regime", "regime").alias("regime"),
            kind.alias("kind"),
            pl.when(lodged).then(None).otherwise(pl.lit(LATE_LAYER)).alias("layer"),
            pl.col("party").alias("debtor"),
            pl.col("party").alias("payer"),
            pl.when(~lodged).then(amount).alias("receivable"),
            pl.when(~lodged).then(-amount).alias("due_to_treasury"),
            pl.when(lodged).then(amount).alias("guarantee_available"),
            pl.when(lodged).then(-amount).alias("guarantee_lodged"),
        )
    )
