"""The book as a file: NDJSON, one posting a line, only ever added to.

Durability: postings are appended in one write and flushed to disk before the call returns, so what
was acknowledged survives a crash. A last line without its end was never acknowledged: it is not
read, and the next writer cuts it off. Writers wait for one another (a lock on the file), so two of
them never give back the same debt; the lock does not reach over a network file system. A line is
one whole posting, so a posting is there or not; a broken line further up, or a posting that does
not add up to zero, is an error and nothing is written. Whoever may write the file may change the
past: guard it.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from io import BufferedRandom
from pathlib import Path
from typing import TypeVar

import polars as pl

from tidewaiter.accounts.book import EMPTY, PARTY_OF, Book, book
from tidewaiter.vocabulary.account_frames import ENTRIES, OPEN_ITEMS, fitted
from tidewaiter.vocabulary.errors import InputError, LedgerError

T = TypeVar("T")
BOOK_BYTES_MAX = 16 * 1024**3
_HEAD = ("posting_id", "event", "day", "reason", "reference")
_DERIVED = ("party",)
_END = b"\n"


def _inner(shape: dict[str, pl.DataType], left_out: tuple[str, ...]) -> dict[str, pl.DataType]:
    """Give a frame's columns as they stand in a line: decimals as text."""
    return {
        name: pl.String() if isinstance(dtype, pl.Decimal) else dtype
        for name, dtype in shape.items()
        if name not in left_out
    }


_ENTRY = _inner(ENTRIES.schema, (*_HEAD, *_DERIVED))
_RANGE = _inner(OPEN_ITEMS.schema, ("posting_id", "day"))
_LINE: dict[str, pl.DataType] = {
    **{name: ENTRIES.schema[name] for name in _HEAD},
    "entries": pl.List(pl.Struct(_ENTRY)),
    "open_items": pl.List(pl.Struct(_RANGE)),
}


def read_book(path: Path) -> Book:
    """Read a book.

    Raises:
        InputError: no such file.
        LedgerError: a line that is no posting, or a posting that does not add up.
    """
    if not path.is_file():
        raise InputError(
            f"no book {str(path)!r}.",
            where="--book",
            remedy="Begin one: `tidewaiter book assess OUT_DIR --book FILE`.",
        )
    with path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        return _parse(file.read(), path)


def add(path: Path, make: Callable[[Book], tuple[Book, T]]) -> T:
    """Let `make` look at the book and append what it adds; a missing book is begun.

    Args:
        path: the book.
        make: gives the postings to add (those that are there already are left out) and an answer.

    Raises:
        LedgerError: see `read_book`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    new = not path.exists()
    with path.open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        held = _whole(file)
        added, answer = make(_parse(held, path))
        data = lines_of(added)
        if data:
            file.truncate(len(held))
            file.seek(0, os.SEEK_END)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    if new:
        _keep_name(path.parent)
    return answer


def lines_of(added: Book) -> bytes:
    """Write postings as lines."""
    if added is EMPTY or not len(added.postings):
        return b""
    entries = _nested(added.entries, _ENTRY, "entries")
    ranges = _nested(added.open_items, _RANGE, "open_items")
    heads = pl.concat(
        [added.entries.select(_HEAD), fitted(added.open_items, ENTRIES).select(_HEAD)]
    ).unique("posting_id", keep="first", maintain_order=True)
    nothing = [pl.col(name).fill_null([]) for name in ("entries", "open_items")]
    return (
        heads.join(entries, on="posting_id", how="left", maintain_order="left")
        .join(ranges, on="posting_id", how="left", maintain_order="left")
        .with_columns(nothing)
        .write_ndjson()
        .encode()
    )


def _nested(frame: pl.DataFrame, shape: dict[str, pl.DataType], name: str) -> pl.DataFrame:
    plain = frame.with_columns(pl.col(column).cast(dtype) for column, dtype in shape.items())
    return plain.group_by("posting_id", maintain_order=True).agg(pl.struct(list(shape)).alias(name))


def _parse(data: bytes, path: Path) -> Book:
    whole = data[: data.rfind(_END) + 1]
    if not whole:
        return EMPTY
    try:
        lines = pl.read_ndjson(whole, schema=_LINE)
    except pl.exceptions.PolarsError as fault:
        raise LedgerError(
            f"a line is no posting: {fault}",
            where=str(path),
            remedy="Take from a whole copy of the book; nothing was changed.",
        ) from fault
    owner = pl.col("account").replace_strict(PARTY_OF, default=None)
    entries = _flat(lines, "entries", _HEAD).with_columns(
        pl.when(owner == "payer").then("payer").otherwise("debtor").alias("party")
    )
    ranges = _flat(lines, "open_items", ("posting_id", "day"))
    return book(fitted(entries, ENTRIES), fitted(ranges, OPEN_ITEMS))


def _flat(lines: pl.DataFrame, name: str, head: tuple[str, ...]) -> pl.DataFrame:
    return lines.select(*head, name).filter(pl.col(name).list.len() > 0).explode(name).unnest(name)


def _whole(file: BufferedRandom) -> bytes:
    """Read the file up to the end of its last whole line."""
    file.seek(0)
    data = file.read(BOOK_BYTES_MAX)
    return data[: data.rfind(_END) + 1]


def _keep_name(folder: Path) -> None:
    """Flush the folder, so that the name of a new book survives too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
