"""What an event moves: payment, remittance, refund, drawback, abandonment, and their refusals.

An event names a parcel (or the month of a party) and perhaps a line, kind, amount or quantity. It
is spread over the open debts it means, earliest last day first, as far as each may move. What is
more than there is, or comes a second time, is refused with the reason; the same event told again is
known and moves nothing. Events of one parcel are taken in their order, parcels side by side.

    collect       the payer pays (where he is the debtor himself: the treasury)
    remit         the debtor hands over; frees his guarantee
    refund        a paid debt is given back: a return, an overpayment; once a unit
    drawback      the same for goods that leave the country
    repay         what was granted is paid out to the payer
    reclaim       the treasury pays the debtor's credit back
    abandon       an unpaid debt ends: abandonment, destruction, re-export, remission
    write_off     the debtor will not get it from the payer; he owes it all the same
    guarantee     the guarantee is drawn for an open debt;  free: it is freed
    lodge         a party lodges a guarantee of an amount
    late_interest, damages   are charged to a party, by themselves
    reassess      one debt is set to `amount`
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from tidewaiter.accounts.book import EMPTY, Book, book, digests, entries_of, extended, merge
from tidewaiter.accounts.spreading import refusals, spread
from tidewaiter.accounts.standing import (
    CHARGED_APART,
    LODGE,
    NEEDS_AMOUNT,
    REASSESS,
    apart_moves,
    reassessed,
)
from tidewaiter.accounts.states import line_states
from tidewaiter.knowledge.accounts import AccountRules
from tidewaiter.vocabulary.account_frames import (
    EVENTS,
    REFUSED_EVENTS,
    fitted,
)

SPREAD = (
    "collect", "remit", "refund", "drawback", "repay", "reclaim", "abandon", "write_off",
    "guarantee", "free",
)  # fmt: skip
NAMES = (*SPREAD, REASSESS, *CHARGED_APART, LODGE)
_MONTH = r"^\d{4}-(0[1-9]|1[0-2])$"


@dataclass(frozen=True, slots=True)
class Posted:
    """A book after events.

    Args:
        book: with them.
        added: what they added.
        refused: frame `REFUSED_EVENTS`.
        known: events that were in the book already.
    """

    book: Book
    added: Book
    refused: pl.DataFrame
    known: int


def post(held: Book, events: pl.DataFrame, rules: AccountRules) -> Posted:
    """Post events into a book.

    Args:
        held: the book so far.
        events: frame `EVENTS` (missing columns are null), in the order they happened.
        rules: what is given back for which reason.

    Raises:
        LedgerError: see `book`.
    """
    told = fitted(events, EVENTS)
    told = told.with_columns(digests(told, told.columns, "event"))
    before = told.height
    told = told.unique("posting_id", keep="first", maintain_order=True).filter(
        ~pl.col("posting_id").is_in(held.postings.implode())
    )
    known = before - told.height
    wrong = told.with_columns(_misshapen().alias("why"))
    refused = [wrong.filter(pl.col("why").is_not_null())]
    good = wrong.filter(pl.col("why").is_null()).drop("why")
    now, added = held, [EMPTY]
    for part in _rounds(good):
        more, not_taken = _one_round(now, part, rules)
        added.append(more)
        now = Book(
            pl.concat([now.entries, more.entries]), pl.concat([now.open_items, more.open_items])
        )
        refused.append(not_taken)
    news = merge(added)
    return Posted(
        extended(held, news),
        news,
        pl.concat([fitted(rows, REFUSED_EVENTS) for rows in refused]),
        known,
    )


def _misshapen() -> pl.Expr:
    """Say what keeps an event from being looked at, null where nothing does."""
    whole = pl.col("consignment_id").is_null()
    monthly = pl.col("event").is_in(("remit", *CHARGED_APART, LODGE))
    amount = pl.col("amount")
    parts = pl.col("event").is_in(("refund", "drawback"))
    known = ", ".join(NAMES)
    checks = (
        (pl.col("event").is_null() | ~pl.col("event").is_in(NAMES),
         pl.format("no event is called {}; known: " + known, pl.col("event").fill_null("''"))),
        (pl.col("day").is_null(), pl.lit("it has no day")),
        (whole & ~monthly, pl.lit("it names no consignment_id")),
        (whole & monthly & pl.col("party").is_null(), pl.lit("it names neither parcel nor party")),
        (whole & (pl.col("event") == "remit") & ~pl.col("month").str.contains(_MONTH)
         .fill_null(value=False), pl.lit("it names no month such as 2026-07")),
        (pl.col("event").is_in((*CHARGED_APART, LODGE))
         & (pl.col("currency").is_null() | pl.col("party").is_null()),
         pl.lit("it needs party, amount and currency")),
        (pl.col("event").is_in(NEEDS_AMOUNT) & amount.is_null(), pl.lit("it has no amount")),
        ((amount < 0) | ((amount == 0) & (pl.col("event") != REASSESS)),
         pl.format("the amount is {}; it must be above 0", "amount")),
        (pl.col("quantity").is_not_null() & ~parts, pl.lit("only a refund has a quantity")),
        (pl.col("quantity").is_not_null() & pl.col("item_no").is_null(),
         pl.lit("a quantity needs item_no")),
        (pl.col("quantity") <= 0, pl.format("the quantity is {}", "quantity")),
        (parts & pl.col("reason").is_null(), pl.lit("it names no reason, such as return")),
    )  # fmt: skip
    why = pl.lit(None, dtype=pl.String)
    for wrong, words in reversed(checks):
        why = pl.when(wrong.fill_null(value=False)).then(words).otherwise(why)
    return why


def _rounds(events: pl.DataFrame) -> list[pl.DataFrame]:
    """Cut events so that no part holds two about one parcel, nor a party's month with anything."""
    if not events.height:
        return []
    month = pl.col("consignment_id").is_null()
    numbered = events.with_row_index("_at").with_columns(
        (month.cast(pl.Int64).cum_sum() * 2 + month.cast(pl.Int64)).alias("_segment")
    )
    turn = pl.col("_at").rank("ordinal").over("_segment", "consignment_id")
    parts = numbered.with_columns(turn.alias("_turn")).partition_by(
        "_segment", "_turn", as_dict=True, include_key=True
    )
    ordered = sorted(parts.items(), key=lambda pair: (int(pair[0][0]), int(pair[0][1])))
    return [part.drop("_at", "_segment", "_turn") for _, part in ordered]


def _one_round(held: Book, events: pl.DataFrame, rules: AccountRules) -> tuple[Book, pl.DataFrame]:
    apart = events.filter(pl.col("event").is_in((*CHARGED_APART, LODGE)))
    about = events.join(apart, on="posting_id", how="anti")
    states = line_states(_meant(held, events))
    set_anew = about.filter(pl.col("event") == REASSESS)
    others = about.join(set_anew, on="posting_id", how="anti")
    done = reassessed(set_anew, states, held)
    pairs = spread(others, states, rules)
    parts = [entries_of(apart_moves(apart, states)), done.entries, entries_of(pairs.moves)]
    added = book(pl.concat(parts), done.ranges)
    return added, pl.concat([done.refused, refusals(others, pairs)])


def _meant(held: Book, events: pl.DataFrame) -> pl.DataFrame:
    """Give the entries of the parcels and parties the events speak of."""
    parcels = events["consignment_id"].drop_nulls().unique().implode()
    months = events.filter(pl.col("consignment_id").is_null())
    parties = months["party"].drop_nulls().unique().implode()
    return held.entries.filter(
        pl.col("consignment_id").is_in(parcels) | pl.col("debtor").is_in(parties)
    )
