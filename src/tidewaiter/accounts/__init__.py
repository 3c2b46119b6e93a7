"""Accounts: what became of what is owed, as a double-entry book in columns. Pure.

    assessments(batch, ...) -> moves          what a run says is owed (`assessing`)
    post(book, events, ...) -> Posted         what happened since: paid, handed over, given back
    merge([a, b]) == book of a and b          the same posting twice counts once
    balances, month_summary, due_on, ...      statements
    cross_check(declared, returned)           declared lines against a tax return

Each posting adds up to zero in each currency and kind, so the whole book does. Who owes, when a
debt arises and how it is given back are pack data (`knowledge.accounts`, [[collection]] of the
regime); this room knows accounts only. It reads no clock, file or network.
"""

from __future__ import annotations

from tidewaiter.accounts.assessing import Assessed, Assessment, assess, assessments
from tidewaiter.accounts.book import EMPTY, Book, balances, book, merge
from tidewaiter.accounts.posting import Posted, post
from tidewaiter.accounts.states import line_states, open_ranges

__all__ = [
    "EMPTY",
    "Assessed",
    "Assessment",
    "Book",
    "Posted",
    "assess",
    "assessments",
    "balances",
    "book",
    "line_states",
    "merge",
    "open_ranges",
    "post",
]
