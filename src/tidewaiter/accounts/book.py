"""The book: postings in one order, each adding up to zero; books add up to a book.

Double entry, signed amounts. A posting is all entries of one `posting_id`, a digest of the event it
stands for, so posting the same event twice changes nothing. Does not know what an event moves.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import polars as pl

from tidewaiter.vocabulary.account_frames import ENTRIES, LINE_KEY, OPEN_ITEMS, fitted
from tidewaiter.vocabulary.columns import MONEY
from tidewaiter.vocabulary.errors import LedgerError
from tidewaiter.vocabulary.product_frames import empty_frame

PARTY_OF = {
    "receivable": "payer",
    "refunds_payable": "payer",
    "cash": "debtor",
    "due_to_treasury": "debtor",
    "guarantee_held": "debtor",
    "guarantee_available": "debtor",
    "guarantee_lodged": "debtor",
    "written_off": "debtor",
}
_ORDER = ("day", "posting_id", *LINE_KEY, "account")
_RANGE_ORDER = ("day", "posting_id", *LINE_KEY)
_DIGEST_BYTES = 16
_SHOWN_MAX = 3


@dataclass(frozen=True, slots=True)
class Book:
    """A book.

    Args:
        entries: frame `ENTRIES`, in the book's order.
        open_items: frame `OPEN_ITEMS`, in the book's order.
    """

    entries: pl.DataFrame
    open_items: pl.DataFrame

    @property
    def postings(self) -> pl.Series:
        """Ids of all postings."""
        held = [frame["posting_id"] for frame in (self.entries, self.open_items)]
        return pl.concat(held).unique()


EMPTY = Book(empty_frame(ENTRIES), empty_frame(OPEN_ITEMS))


def book(entries: pl.DataFrame, open_items: pl.DataFrame | None = None) -> Book:
    """Make a book of entries, in any order, with repetitions.

    Raises:
        LedgerError: a posting that does not add up to zero, or that is told in two ways.
    """
    rows = fitted(entries, ENTRIES).unique()
    _refuse_unbalanced(rows)
    _refuse_twofold(rows)
    ranges = fitted(OPEN_ITEMS_EMPTY if open_items is None else open_items, OPEN_ITEMS)
    ranges = ranges.unique(["posting_id", "number", *LINE_KEY])
    return Book(rows.sort(_ORDER), ranges.sort(_RANGE_ORDER))


OPEN_ITEMS_EMPTY = empty_frame(OPEN_ITEMS)


def merge(books: Iterable[Book]) -> Book:
    """Put books together; a posting in several of them counts once.

    Raises:
        LedgerError: two books tell one posting differently.
    """
    parts = [EMPTY, *books]
    return book(
        pl.concat([part.entries for part in parts]), pl.concat([part.open_items for part in parts])
    )


def extended(held: Book, added: Book) -> Book:
    """Put postings into a book that has none of them; both were made by `book`."""
    entries = pl.concat([held.entries, added.entries])
    ranges = pl.concat([held.open_items, added.open_items])
    return Book(entries.sort(_ORDER), ranges.sort(_RANGE_ORDER))


def balances(held: Book, by: Sequence[str] = ("party", "account", "currency")) -> pl.DataFrame:
    """Add up the entries by columns of `ENTRIES`; sums of zero are left out.

    Returns:
        The columns of `by` and `amount`, sorted.
    """
    return (
        held.entries.group_by(by)
        .agg(pl.col("amount").sum())
        .filter(pl.col("amount") != 0)
        .sort(by, nulls_last=True)
    )


def entries_of(moves: pl.DataFrame) -> pl.DataFrame:
    """Turn moves into entries.

    Args:
        moves: the columns of `ENTRIES` but `account, party, amount`, and one column of signed
            amounts an account moved (null and zero: not moved).

    Returns:
        Frame `ENTRIES`.
    """
    accounts = [name for name in PARTY_OF if name in moves.columns]
    sides = [
        moves.filter(pl.col(account).fill_null(0) != 0)
        .with_columns(
            pl.lit(account).alias("account"),
            pl.col(PARTY_OF[account]).alias("party"),
            pl.col(account).cast(MONEY).alias("amount"),
        )
        .drop(accounts)
        for account in accounts
    ]
    if not sides:
        return empty_frame(ENTRIES)
    return fitted(pl.concat(sides, how="diagonal"), ENTRIES)


def digests(rows: pl.DataFrame, columns: Sequence[str], salt: str) -> pl.Series:
    """Give a digest of each row's content, the same in every version and on every machine."""
    said = rows.select(
        pl.concat_str(
            [pl.col(name).cast(pl.String).fill_null("\x00") for name in columns], separator="\x1f"
        )
    ).to_series()
    return pl.Series(
        "posting_id",
        [
            hashlib.blake2b(f"{salt}\x1f{text}".encode(), digest_size=_DIGEST_BYTES).hexdigest()
            for text in said.to_list()
        ],
        dtype=pl.String,
    )


def _refuse_unbalanced(rows: pl.DataFrame) -> None:
    sums = rows.group_by("posting_id", "currency", "kind").agg(pl.col("amount").sum())
    wrong = sums.filter((pl.col("amount") != 0) | pl.col("amount").is_null()).sort("posting_id")
    if wrong.height:
        first = wrong.row(0, named=True)
        raise LedgerError(
            f"{wrong.height} posting(s) do not add up to zero; the first is off by "
            f"{first['amount']} {first['currency']} of {first['kind']}.",
            where=f"posting {first['posting_id']}",
            remedy="Take from a whole copy of the book; nothing was changed.",
        )


def _refuse_twofold(rows: pl.DataFrame) -> None:
    keys = ["posting_id", *LINE_KEY, "account"]
    doubled = rows.group_by(keys).len().filter(pl.col("len") > 1)["posting_id"].unique().sort()
    if len(doubled):
        raise LedgerError(
            f"{len(doubled)} posting(s) are told in two ways.",
            where=f"posting {', '.join(doubled.head(_SHOWN_MAX))}",
            remedy="Books that were continued apart must not speak of the same parcel; "
            "post the events of one to the other instead.",
        )
