"""A refund claim filled in from the book: what was paid on which line under which law, what is due.

The claim is what the event `refund` or `drawback` would move; it posts nothing. What was never paid
is told too: it is not given back but ends by `abandon`.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import polars as pl

from tidewaiter.accounts.book import EMPTY, Book
from tidewaiter.accounts.posting import post
from tidewaiter.accounts.states import line_states
from tidewaiter.knowledge.accounts import AccountRules
from tidewaiter.vocabulary.account_frames import EVENTS, LINE_KEY

SHOWN = (
    *LINE_KEY, "regime", "scheme", "model", "arose_on", "units", "returned", "assessed",
    "collected", "remitted", "refunded", "receivable",
)  # fmt: skip


def refund_event(  # noqa: PLR0913 - a claim has as many facets
    consignment_id: str,
    day: dt.date,
    *,
    item_no: int | None = None,
    quantity: Decimal | None = None,
    reason: str = "return",
    event: str = "refund",
    reference: str | None = None,
) -> pl.DataFrame:
    """Give the event of a claim: one row of frame `EVENTS`."""
    said = {
        "event": event, "day": day, "consignment_id": consignment_id, "item_no": item_no,
        "quantity": quantity, "reason": reason, "reference": reference,
    }  # fmt: skip
    return pl.DataFrame([{name: said.get(name) for name in EVENTS.schema}], schema=EVENTS.schema)


def claim(held: Book, event: pl.DataFrame, rules: AccountRules) -> tuple[pl.DataFrame, str]:
    """Fill in the claim of one event.

    Returns:
        The parcel's debts (of the line, if the event names one): `SHOWN`, `claimed` and `law`, the
        law of the assessment's refund rule; and why nothing can be claimed, if so.
    """
    parcel, item = event["consignment_id"].item(), event["item_no"].item()
    ours = Book(held.entries.filter(pl.col("consignment_id") == parcel), EMPTY.open_items)
    done = post(ours, event, rules)
    why = done.refused["why"].item() if done.refused.height else ""
    granted = (
        done.added.entries.filter(pl.col("account") == "due_to_treasury")
        .group_by(LINE_KEY)
        .agg(pl.col("amount").sum().alias("claimed"))
    )
    states = line_states(ours.entries)
    if item is not None:
        states = states.filter(pl.col("item_no") == item)
    lines = (
        states.select(SHOWN)
        .join(granted, on=LINE_KEY, how="left", nulls_equal=True)
        .with_columns(pl.col("claimed").fill_null(0))
    )
    return _with_law(lines, event, rules), why


def _with_law(lines: pl.DataFrame, event: pl.DataFrame, rules: AccountRules) -> pl.DataFrame:
    ruled = rules.refunds.filter(
        (pl.col("event") == event["event"].item()) & (pl.col("reason") == event["reason"].item())
    )
    own = ruled.filter(pl.col("regime").is_not_null()).select("kind", "regime", "law")
    usual = ruled.filter(pl.col("regime").is_null()).select("kind", pl.col("law").alias("_usual"))
    return (
        lines.join(own, on=["kind", "regime"], how="left")
        .join(usual, on="kind", how="left")
        .with_columns(pl.coalesce("law", "_usual").alias("law"))
        .drop("_usual")
        .sort(LINE_KEY, nulls_last=True)
    )
