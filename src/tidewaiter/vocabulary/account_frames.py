"""Frames of the book of debts: postings, open items, events told, and comparisons with returns.

A batch says what is owed (`charges`); these frames say what became of it. Amounts are signed: a
posting adds up to zero in each currency and kind. `party` is a pseudonymous key (`person_key`), a
tax number or the name of an institution, never a person's name. Standard: double entry; the WCO
names of revenue models stand in `knowledge.accounts`. Names the columns; knows no rule of posting.
A table, so it may be longer than other modules.
"""

from __future__ import annotations

import polars as pl

from tidewaiter.vocabulary.columns import DAY, MONEY, NUMBER, TEXT, TEXTS, Column, Frame

LINE_NO = pl.Int32()
UNITS = pl.Decimal(38, 3)
PERCENT = pl.Decimal(38, 6)

ACCOUNTS: dict[str, str] = {
    "receivable": "what the payer still has to pay",
    "cash": "what the debtor has received and not handed over; negative: paid from its own money",
    "due_to_treasury": "negative: what the debtor still owes the treasury; positive: its credit",
    "guarantee_held": "part of the debtor's guarantee that stands for open debt",
    "guarantee_available": "what is left of the guarantee",
    "guarantee_lodged": "negative: the guarantee lodged",
    "refunds_payable": "negative: what is granted to the payer and not paid out yet",
    "written_off": "what the debtor will not get from the payer",
}
KINDS: dict[str, str] = {
    "duty": "customs duty",
    "tax": "VAT, GST or sales tax",
    "fee": "fee",
    "interest": "interest for late payment",
    "damages": "liquidated damages under a bond",
    "security": "a guarantee lodged",
}


def _rows(owner: str, *rows: tuple[str, pl.DataType, str]) -> tuple[Column, ...]:
    return tuple(Column(name, dtype, owner, meaning) for name, dtype, meaning in rows)


_LINE = (
    ("consignment_id", TEXT, "the parcel; null for what is not about one"),
    ("item_no", LINE_NO, "the line, null for what is owed on the whole parcel"),
    ("layer", TEXT, "id of the measure in the regime pack"),
    ("kind", TEXT, "duty, tax, fee, interest, damages or security"),
    ("currency", TEXT, "ISO 4217"),
    ("debtor", TEXT, "who owes the treasury"),
    ("payer", TEXT, "who bears it: pays the debtor, or the treasury where he is the debtor"),
)
LINE_KEY = tuple(name for name, _, _ in _LINE)

ENTRIES = Frame(
    "entries",
    "one side of a posting, on one account of one party",
    (),
    _rows(
        "book",
        ("posting_id", TEXT, "digest of the event: the same event, the same id"),
        ("event", TEXT, "assess, reassess, collect, remit, refund, abandon, ..."),
        ("day", DAY, "day of the event"),
        *_LINE,
        ("account", TEXT, "see the list of accounts"),
        ("party", TEXT, "whose account: the debtor or the payer"),
        ("amount", MONEY, "signed amount in `currency`"),
        ("quantity", UNITS, "units of the line it is about"),
        ("reason", TEXT, "why: return, export, abandonment, ..."),
        ("reference", TEXT, "the teller's own reference"),
        ("regime", TEXT, "whose law"),
        ("scheme", TEXT, "way of collection, as the regime names it"),
        ("model", TEXT, "revenue model of that way"),
        ("due_on", DAY, "last day to hand it over; null where no rule says"),
    ),
)

OPEN_ITEMS = Frame(
    "open_items",
    "an amount known only as a range (or, low and high alike, not open any more)",
    (),
    _rows(
        "book",
        ("posting_id", TEXT, "digest of the event"),
        ("number", NUMBER, "how often this line was assessed by then; the highest is in force"),
        ("day", DAY, "day of the event"),
        *_LINE,
        ("low", MONEY, "least that is owed: this part is booked"),
        ("high", MONEY, "most; null where nobody can say"),
        ("needs", TEXTS, "facts that would make it exact"),
        ("regime", TEXT, "whose law"),
        ("scheme", TEXT, "way of collection"),
    ),
)

EVENTS = Frame(
    "account_events",
    "one thing that happened to a debt, as told",
    (),
    _rows(
        "book",
        ("event", TEXT, "collect, remit, refund, ... (see the guide)"),
        ("day", DAY, "day it happened"),
        ("consignment_id", TEXT, "the parcel; null for a whole month of a party"),
        ("item_no", LINE_NO, "the line, if one"),
        ("layer", TEXT, "the measure, if one"),
        ("kind", TEXT, "duty, tax, fee, interest or damages, if one"),
        ("party", TEXT, "debtor or payer, if the parcel has several, or whose month"),
        ("month", TEXT, "month whose debts are meant, such as 2026-07"),
        ("amount", MONEY, "amount; null for all there is"),
        ("currency", TEXT, "ISO 4217"),
        ("quantity", UNITS, "units sent back, for a refund of a part"),
        ("reason", TEXT, "return, export, abandonment, ..."),
        ("reference", TEXT, "own reference; tells two like events of one day apart"),
        ("regime", TEXT, "whose law, where no parcel tells it"),
    ),
)

REFUSED_EVENTS = Frame(
    "refused_events",
    "one event that was not posted",
    (),
    (*EVENTS.columns, *_rows("book", ("why", TEXT, "why, in a sentence"))),
)

WAITING = Frame(
    "waiting",
    "one amount that is not in the book yet",
    (),
    _rows(
        "book",
        ("consignment_id", TEXT, "the parcel"),
        ("kind", TEXT, "duty, tax or fee"),
        ("amount", MONEY, "the least it comes to"),
        ("currency", TEXT, "ISO 4217"),
        ("why", TEXT, "why, in a sentence"),
    ),
)

DECLARED_TAX = Frame(
    "declared_tax",
    "one declared line under a tax number",
    (),
    _rows(
        "cross-check",
        ("consignment_id", TEXT, "the parcel"),
        ("number", TEXT, "tax number, such as an IOSS number"),
        ("country", TEXT, "country of destination, ISO 3166-1 alpha-2"),
        ("rate", PERCENT, "rate, percent; null where not known"),
        ("taxable", MONEY, "taxable amount"),
        ("tax", MONEY, "tax"),
        ("currency", TEXT, "ISO 4217"),
    ),
)

TAX_RETURN = Frame(
    "tax_return",
    "one line of a tax return",
    (),
    _rows(
        "cross-check",
        ("number", TEXT, "tax number"),
        ("country", TEXT, "country of consumption, ISO 3166-1 alpha-2"),
        ("rate", PERCENT, "rate, percent; null where the return tells none"),
        ("taxable", MONEY, "taxable amount"),
        ("tax", MONEY, "tax"),
        ("currency", TEXT, "ISO 4217"),
    ),
)

MISMATCHES = Frame(
    "mismatches",
    "one difference between what was declared and what a return says",
    (),
    _rows(
        "cross-check",
        ("number", TEXT, "tax number"),
        ("country", TEXT, "country"),
        ("rate", PERCENT, "rate, percent, where both sides tell it"),
        ("what", TEXT, "under_declared, over_declared, number_not_in_return, ..."),
        ("lines", NUMBER, "declared lines behind it"),
        ("declared_taxable", MONEY, "taxable amount by the declarations"),
        ("returned_taxable", MONEY, "taxable amount by the return"),
        ("declared_tax", MONEY, "tax by the declarations"),
        ("returned_tax", MONEY, "tax by the return"),
        ("tax_missing", MONEY, "declared less returned; negative: the return says more"),
        ("currency", TEXT, "ISO 4217"),
        ("sentence", TEXT, "the same for a person"),
    ),
)

ACCOUNT_FRAMES: dict[str, Frame] = {
    frame.name: frame
    for frame in (
        ENTRIES, OPEN_ITEMS, EVENTS, REFUSED_EVENTS, WAITING, DECLARED_TAX, TAX_RETURN, MISMATCHES,
    )
}  # fmt: skip


def fitted(frame: pl.DataFrame, shape: Frame) -> pl.DataFrame:
    """Give a frame the declared columns in order; missing ones are null.

    >>> fitted(pl.DataFrame({"event": ["collect"]}), EVENTS).width
    14
    """
    have = frame.schema
    return frame.select(
        (pl.col(name).cast(dtype) if name in have else pl.lit(None, dtype=dtype).alias(name))
        for name, dtype in shape.schema.items()
    )
