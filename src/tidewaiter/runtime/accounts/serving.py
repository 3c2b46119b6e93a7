"""The service behind `tidewaiter book`: a book, a run's folder or a file of events; answers out.

Answers are dictionaries for machines: amounts are text, days ISO dates, what is not known is null.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from tidewaiter.accounts import Assessment, Book, assess, balances, merge, open_ranges, post
from tidewaiter.accounts.assessing import terms
from tidewaiter.accounts.claims import claim, refund_event
from tidewaiter.accounts.cross_checking import cross_check, declared_tax
from tidewaiter.accounts.statements import guarantees, late_cases, month_summary
from tidewaiter.accounts.states import outstanding
from tidewaiter.knowledge.accounts import load_account_rules
from tidewaiter.knowledge.regimes import load_regime
from tidewaiter.runtime.accounts.keeping import add, read_book
from tidewaiter.runtime.accounts.telling import (
    read_declared,
    read_events,
    read_numbers,
    read_return,
)
from tidewaiter.vocabulary.batch import Batch, conform
from tidewaiter.vocabulary.errors import InputError, unknown_name

ROLES = ("carrier", "declarant", "platform", "seller")
RUN = ("consignments", "goods_items", "charges", "decisions")
OWNERS = ("formats", "check", "fuse", "classify", "link", "charge", "restrict", "decide")
CENTS = 2


def book_run(
    folder: Path, path: Path, *, parties: Mapping[str, str], holidays: Collection[dt.date] = ()
) -> dict[str, Any]:
    """Post what a run says is owed into a book.

    Args:
        folder: where `assess` wrote.
        path: the book.
        parties: names of institutions by role.
        holidays: days that are no working days.

    Raises:
        InputError: no run there, or a role nobody knows.
        LedgerError: see `keeping.read_book`.
    """
    for role in parties:
        if role not in ROLES:
            raise unknown_name("role", role, ROLES, where="--party")
    run = read_run(folder)
    rules = load_account_rules()

    def make(held: Book) -> tuple[Book, dict[str, Any]]:
        added, waiting = [], []
        for part, lane, on in _by_law(run):
            how = Assessment(on, load_regime(lane.lower()).on_day(on), rules, parties, holidays)
            done = assess(held, part, how)
            held = done.book
            added.append(done.added)
            waiting.append(done.waiting)
        more = merge(added)
        return more, _told(more, held, pl.concat(waiting), run.consignments.height)

    return add(path, make)


def _told(added: Book, held: Book, waiting: pl.DataFrame, parcels: int) -> dict[str, Any]:
    ids = added.postings.implode()
    ranges = open_ranges(held).filter(pl.col("posting_id").is_in(ids))
    whys = waiting.group_by("why").agg(pl.col("consignment_id").n_unique().alias("parcels"))
    return {
        "parcels": parcels,
        "postings": len(added.postings),
        "assessed": rows(
            balances(added, ["debtor", "account", "kind", "currency"])
            .filter(pl.col("account") == "due_to_treasury")
            .select("debtor", "kind", -pl.col("amount"), "currency")
        ),
        "open_ranges": ranges.height,
        "waiting": rows(whys.sort("parcels", "why", descending=[True, False])),
    }


def _by_law(run: Batch) -> list[tuple[Batch, str, dt.date]]:
    """Cut a run by the law applied (one part, as a rule)."""
    laws = run.decisions.select("lane", "on").unique().sort("lane", "on")
    parts = []
    for lane, on in laws.rows():
        ids = run.decisions.filter((pl.col("lane") == lane) & (pl.col("on") == on))
        frames = {
            name: run.frames()[name].join(ids, on="consignment_id", how="semi") for name in RUN
        }
        parts.append((Batch(**frames), lane, on))
    return parts


def read_run(folder: Path) -> Batch:
    """Read the frames of a finished run a book needs.

    Raises:
        InputError: the folder holds no finished run.
    """
    frames = {}
    for name in RUN:
        place = folder / f"{name}.parquet"
        if not place.exists():
            raise InputError(
                f"there is no {name}.parquet.",
                where=str(folder),
                remedy="Give the folder `tidewaiter assess --out` wrote to.",
            )
        files = sorted(place.glob("*.parquet")) if place.is_dir() else [place]
        frames[name] = conform(
            pl.concat([pl.read_parquet(file) for file in files], how="diagonal"), name, OWNERS
        )
    return Batch(**frames)


def tell(data: bytes, path: Path) -> dict[str, Any]:
    """Post events (NDJSON) into a book that is there."""
    read_book(path)
    told, bad = read_events(data)
    rules = load_account_rules()

    def make(held: Book) -> tuple[Book, dict[str, Any]]:
        done = post(held, told, rules)
        return done.added, {
            "events": told.height + len(bad),
            "posted": told.height - done.known - done.refused.height,
            "known": done.known,
            "refused": [*bad, *rows(done.refused)],
            "moved": rows(balances(done.added)),
        }

    return add(path, make)


def balance(path: Path, party: str = "") -> dict[str, Any]:
    """Give the balances of all parties, or of one, the guarantees, and the sum (zero)."""
    held = read_book(path)
    found = balances(held)
    pledged = guarantees(held)
    if party:
        found = found.filter(pl.col("party") == party)
        pledged = pledged.filter(pl.col("party") == party)
    return {
        "balances": rows(found),
        "guarantees": rows(pledged),
        "open_ranges": rows(open_ranges(held)),
        "sum": [
            {"currency": currency, "amount": shown(amount, currency)}
            for currency, amount in held.entries.group_by("currency")
            .agg(pl.col("amount").sum())
            .sort("currency")
            .rows()
        ],
    }


def summary(path: Path, month: str, on: dt.date) -> dict[str, Any]:
    """Give the summary of a month and the cases of late payment among it."""
    try:
        dt.date.fromisoformat(f"{month}-01")
    except ValueError as fault:
        raise InputError(
            f"{month!r} is no month.", where="--month", remedy="Write it as 2026-07."
        ) from fault
    held = read_book(path)
    told = month_summary(held, month, on)
    return {"month": month, "on": on.isoformat(), "summary": rows(told)}


def due(path: Path, on: dt.date, *, late_only: bool = False) -> dict[str, Any]:
    """Give what is not handed over by a day, and what lateness costs."""
    held = read_book(path)
    open_debts = outstanding(held, on)
    if late_only:
        open_debts = open_debts.filter(pl.col("days_late") > 0)
    return {
        "on": on.isoformat(),
        "outstanding": rows(
            open_debts.select(
                "debtor", "payer", "consignment_id", "item_no", "layer", "kind", "owed",
                "currency", "arose_on", "due_on", "days_late",
            )
        ),
        "late_cases": rows(late_cases(held, on, load_account_rules())),
        "guarantees": rows(guarantees(held).filter(pl.col("state") != "enough")),
    }  # fmt: skip


def refund(  # noqa: PLR0913 - each is an option of the verb
    path: Path,
    consignment_id: str,
    *,
    on: dt.date,
    item_no: int | None = None,
    quantity: str | None = None,
    reason: str = "return",
    event: str = "refund",
    reference: str | None = None,
    file_it: bool = False,
) -> dict[str, Any]:
    """Fill in a refund claim, and post it if asked to."""
    try:
        units = None if quantity is None else Decimal(quantity)
    except ArithmeticError as fault:
        raise InputError(
            f"{quantity!r} is no number.", where="--quantity", remedy="Write it as 2."
        ) from fault
    said = refund_event(
        consignment_id, on, item_no=item_no, quantity=units, reason=reason, event=event,
        reference=reference,
    )  # fmt: skip
    rules = load_account_rules()

    def make(held: Book) -> tuple[Book, dict[str, Any]]:
        lines, why = claim(held, said, rules)
        done = post(held, said, rules)
        answer = {
            "consignment_id": consignment_id, "reason": reason, "event": event,
            "on": on.isoformat(), "lines": rows(lines), "refused": why,
            "refund_path": _paths(lines), "known": bool(done.known),
            "posted": file_it and not done.refused.height and not done.known,
        }  # fmt: skip
        return (done.added if file_it else merge([])), answer

    if not file_it:
        return make(read_book(path))[1]
    read_book(path)
    return add(path, make)


def _paths(lines: pl.DataFrame) -> list[dict[str, str]]:
    """Say how each regime gives back under the scheme, in its pack's words."""
    found: list[dict[str, str]] = []
    ways = lines.select("regime", "scheme", "model", "arose_on").drop_nulls().unique()
    for regime, scheme, model, day in ways.sort(ways.columns).rows():
        law = terms(load_regime(regime.lower()).on_day(day))
        here = law.filter((pl.col("scheme") == scheme) & (pl.col("model") == model))
        found += [
            {"regime": regime, "scheme": scheme, "how": row["refund"], "law": row["law"]}
            for row in here.unique("refund", maintain_order=True).to_dicts()
        ]
    return found


def check_return(
    source: Path,
    returned: Path,
    *,
    month: str = "",
    register: Path | None = None,
    tolerance: str = "0",
    currency: str = "EUR",
) -> dict[str, Any]:
    """Hold declared lines (a run's folder, or a file of lines) against a return."""
    declared = (
        declared_tax(read_run(source), month)
        if source.is_dir()
        else read_declared(source, currency)
    )
    try:
        room = Decimal(tolerance)
    except ArithmeticError as fault:
        raise InputError(
            f"{tolerance!r} is no amount.", where="--tolerance", remedy="Write it as 0.05."
        ) from fault
    found = cross_check(
        declared,
        read_return(returned, currency),
        registered=None if register is None else read_numbers(register),
        tolerance=room,
    )
    missing = found.group_by("currency").agg(
        pl.col("tax_missing").filter(pl.col("tax_missing") > 0).sum().alias("under_declared"),
        (-pl.col("tax_missing").filter(pl.col("tax_missing") < 0).sum()).alias("over_declared"),
    )
    return {
        "lines": declared.height,
        "numbers": declared["number"].n_unique(),
        "mismatches": rows(found),
        "totals": rows(missing.sort("currency")),
    }


def rows(frame: pl.DataFrame) -> list[dict[str, Any]]:
    """Give rows for machines: amounts as text in the decimals of the row's currency."""
    return [
        {
            key: shown(value, row.get("currency"))
            if isinstance(value, Decimal)
            else value.isoformat()
            if isinstance(value, dt.date)
            else value
            for key, value in row.items()
        }
        for row in frame.to_dicts()
    ]


def shown(amount: Decimal, currency: str | None) -> str:
    """Write an amount with the decimals of its currency, or more where it has more.

    >>> shown(Decimal("25.200000"), "EUR"), shown(Decimal("330.000000"), "JPY")
    ('25.20', '330')
    """
    known = _decimals().get(currency or "", CENTS)
    whole, _, rest = f"{amount:f}".partition(".")
    rest = rest.rstrip("0").ljust(known, "0")
    return f"{whole}.{rest}" if rest else whole


def _decimals() -> dict[str, int]:
    return dict(load_account_rules().decimals.rows())
