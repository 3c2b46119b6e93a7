"""From an assessed run to debts: who owes each charge to whom, since when, until when, how sure.

A debt is booked on the day it arises: at the sale, at arrival, or at release (then only if the
parcel was released). Booked is what is sure: the exact amount, or the least; the range above it is
an open item, never 0. A second run over the same parcels books the differences only.

Who pays comes from the regime's [[collection]] (by the parcel's scheme and debtor) and the model it
names (`knowledge.accounts`). A charge with a way of collection nobody knows waits, with the reason.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import polars as pl

from tidewaiter.accounts.book import Book, book, digests, entries_of, merge
from tidewaiter.accounts.remitting import last_days
from tidewaiter.accounts.states import ASSESSING, is_open, latest_ranges, line_states
from tidewaiter.knowledge.accounts import OF_SCHEME, AccountRules
from tidewaiter.knowledge.regimes import KINDS, RegimeDay
from tidewaiter.vocabulary.account_frames import LINE_KEY, OPEN_ITEMS, WAITING, fitted
from tidewaiter.vocabulary.batch import Batch
from tidewaiter.vocabulary.columns import MONEY
from tidewaiter.vocabulary.terms import Decision

UNNAMED = ("", "none")
SELLER_PAYS = "DDP"
_TERMS = {
    "regime": pl.String, "scheme": pl.String, "debtor_words": pl.String, "model": pl.String,
    "moment": pl.String, "remit_rule": pl.String, "remit": pl.String, "guarantee": pl.String,
    "refund": pl.String, "law": pl.String, "confidence": pl.String,
}  # fmt: skip
_KEPT = ("regime", "scheme", "model", "due_on", "units")
_NOTHING = pl.lit(0, dtype=MONEY)


@dataclass(frozen=True, slots=True)
class Assessment:
    """What is needed to read debts off a run.

    Args:
        on: day of the run: release is taken to be then, and what has no day of its own.
        law: of that day.
        rules: models of revenue.
        institutions: names of `carrier, declarant, platform, seller`, where the data tells none.
        holidays: days that are no working days.
    """

    on: dt.date
    law: RegimeDay
    rules: AccountRules
    institutions: Mapping[str, str] = field(default_factory=dict)
    holidays: Collection[dt.date] = ()


@dataclass(frozen=True, slots=True)
class Assessed:
    """A book with a run in it, what was added to it, and what waits."""

    book: Book
    added: Book
    waiting: pl.DataFrame


def terms(law: RegimeDay) -> pl.DataFrame:
    """Give the ways of collection of a day, one row for each scheme and debtor in words."""
    name = law.regime.pack.path.stem.upper()
    rows = [
        {
            "regime": name, "scheme": way.scheme, "debtor_words": way.debtor,
            "model": way.model, "moment": way.moment, "remit_rule": way.remit_rule,
            "remit": way.remit, "guarantee": way.guarantee, "refund": way.refund,
            "law": way.source, "confidence": way.confidence,
        }
        for way in law.collections
    ]  # fmt: skip
    frame = pl.DataFrame(rows, schema=_TERMS)
    return frame.unique(["scheme", "debtor_words"], keep="first", maintain_order=True)


def assess(held: Book, batch: Batch, how: Assessment) -> Assessed:
    """Post what a finished batch says is owed into a book: debts anew, or the differences.

    Args:
        held: the book so far.
        batch: after `decide` (`consignments`, `goods_items`, `charges`, `decisions`).
        how: day, law, rules, names.

    Raises:
        LedgerError: see `book`.
    """
    wanted, waiting = assessments(batch, how)
    spoken = batch.consignments.select("consignment_id").join(
        pl.DataFrame({"kind": list(KINDS)}), how="cross"
    )
    spoken = spoken.join(waiting, on=["consignment_id", "kind"], how="anti")
    added = postings(held, wanted, spoken)
    return Assessed(merge([held, added]), added, waiting)


def assessments(batch: Batch, how: Assessment) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Read debts off a finished batch.

    Returns:
        One row a debt: `LINE_KEY, day, low, high, needs, units, secured, paid_at_sale, regime,
        scheme, model, due_on`; and frame `WAITING`.
    """
    charges = _with_parcels(batch)
    parts = how.rules.parts
    placed = charges.join(terms(how.law), on=["scheme", "debtor_words"], how="left").join(
        parts, on=["model", "kind"], how="left"
    )
    refused = pl.col("decision") == Decision.REFUSE.value
    held_back = (pl.col("arises") == "release") & (pl.col("decision") != Decision.RELEASE.value)
    why = (
        pl.when(pl.col("model").is_null())
        .then(pl.lit("the regime names no way of collection for this parcel"))
        .when(refused)
        .then(pl.lit("the parcel is refused"))
        .when(held_back)
        .then(pl.format("the debt arises at release, and the answer is: {}", "decision"))
    )
    placed = placed.with_columns(why.alias("why"))
    waiting = placed.filter(pl.col("why").is_not_null()).group_by(
        "consignment_id", "kind", "currency", "why"
    ).agg(pl.col("low").sum().alias("amount"))  # fmt: skip
    debts = _with_days(placed.filter(pl.col("why").is_null()), how)
    return _one_a_debt(debts), fitted(waiting, WAITING).sort("consignment_id", "kind", "why")


def _with_parcels(batch: Batch) -> pl.DataFrame:
    """Give charges with what is known of their parcel and line, and the debtor in words."""
    parcels = batch.consignments.select(
        "consignment_id", "person_key", "ordered_day", "arrival_at", "incoterm", "scheme",
        "fiscal_reference", pl.col("debtor").alias("debtor_words"), "decision",
    )  # fmt: skip
    units = batch.goods_items.select("consignment_id", "item_no", pl.col("quantity").alias("units"))
    return (
        batch.charges.select(
            "consignment_id", "item_no", "layer", "kind", "currency", "needs",
            pl.col("amount").fill_null(0).alias("low"), pl.col("amount_high").alias("high"),
        )
        .join(parcels, on="consignment_id", how="inner")
        .join(units, on=["consignment_id", "item_no"], how="left")
    )  # fmt: skip


def _with_days(debts: pl.DataFrame, how: Assessment) -> pl.DataFrame:
    """Add parties, day, last day and whether a guarantee stands for it."""
    on = pl.lit(how.on)
    day = (
        pl.when(pl.col("arises") == "sale")
        .then(pl.coalesce("ordered_day", on))
        .when(pl.col("arises") == "arrival")
        .then(pl.coalesce(pl.col("arrival_at").dt.date(), on))
        .otherwise(on)
    )
    rule = pl.when(pl.col("remit") == OF_SCHEME).then("remit_rule").otherwise("remit")
    debts = debts.drop("remit").rename({"remit_right": "remit"}).with_columns(day.alias("day"))
    debts = debts.with_columns(rule.alias("rule"))
    rules = debts["rule"].drop_nulls().unique().to_list()
    named = ~pl.col("guarantee").str.to_lowercase().is_in(UNNAMED)
    seller_pays = pl.col("incoterm").str.to_uppercase().str.starts_with(SELLER_PAYS)
    payer = (
        pl.when(pl.col("payer_role") != "incoterm")
        .then("payer_role")
        .when(seller_pays.fill_null(value=False))
        .then(pl.lit("seller"))
        .otherwise(pl.lit("consignee"))
    )
    return debts.with_columns(
        last_days(pl.col("day"), pl.col("rule"), rules, how.holidays).alias("due_on"),
        ((pl.col("guarantee_right") == "as_named") & named).alias("secured"),
        _party(payer, how.institutions).alias("payer"),
        _party(pl.col("debtor_role"), how.institutions).alias("debtor"),
    )


def _party(role: pl.Expr, names: Mapping[str, str]) -> pl.Expr:
    """Name the party of a role: a key or number of the parcel's own, else the name given."""
    own = {
        "consignee": pl.coalesce("person_key", pl.format("consignee of {}", "consignment_id")),
        "seller": pl.coalesce("fiscal_reference", pl.lit(names.get("seller", "seller"))),
        "platform": pl.coalesce(
            pl.lit(names.get("platform"), dtype=pl.String), "fiscal_reference", pl.lit("platform")
        ),
        "carrier": pl.lit(names.get("carrier", "carrier")),
        "declarant": pl.lit(names.get("declarant", names.get("carrier", "declarant"))),
    }
    party = pl.lit(None, dtype=pl.String)
    for name, value in own.items():
        party = pl.when(role == name).then(value).otherwise(party)
    return party


def _one_a_debt(debts: pl.DataFrame) -> pl.DataFrame:
    """Add up charges of one key (a layer may stand in a parcel more than once)."""
    plain = ("units", "secured", "paid_at_sale", "regime", "scheme", "model", "due_on", "day")
    bounded = pl.col("high").is_not_null().all()
    return (
        debts.group_by(LINE_KEY)
        .agg(
            pl.col("low").sum(),
            pl.when(bounded).then(pl.col("high").sum()).alias("high"),
            pl.col("needs").explode().drop_nulls().unique().sort(),
            *(pl.col(name).first() for name in plain),
        )
        .sort(LINE_KEY)
    )


def postings(held: Book, wanted: pl.DataFrame, spoken: pl.DataFrame) -> Book:
    """Give the postings that bring the book to what is wanted, for the parcels spoken of.

    Args:
        held: the book so far.
        wanted: from `assessments`.
        spoken: `consignment_id, kind` about which the run has the last word: debts of those that
            are not wanted any more, or of another party now, are taken back.
    """
    entries = held.entries.join(spoken, on=["consignment_id", "kind"], how="semi")
    states = line_states(entries).rename({name: f"_{name}" for name in _KEPT})
    said = entries.filter(pl.col("event").is_in(ASSESSING))
    times = said.group_by("consignment_id").agg(pl.col("posting_id").n_unique().alias("times"))
    day_of = wanted.group_by("consignment_id").agg(pl.col("day").max().alias("_day"))
    last = entries.group_by("consignment_id").agg(pl.col("day").max().alias("_last"))
    rows = (
        wanted.join(states, on=LINE_KEY, how="full", nulls_equal=True, coalesce=True)
        .join(times, on="consignment_id", how="left")
        .join(day_of, on="consignment_id", how="left")
        .join(last, on="consignment_id", how="left")
        .with_columns(
            (pl.col("low").fill_null(0) - pl.col("assessed").fill_null(0)).alias("change"),
            pl.coalesce("day", "_day", "_last").alias("day"),
            pl.col("times").fill_null(0).cast(pl.String),
            *(pl.coalesce(name, f"_{name}").alias(name) for name in _KEPT),
            pl.when(pl.col("assessed").is_null())
            .then(pl.lit("assess"))
            .otherwise(pl.lit("reassess"))
            .alias("event"),
        )
    )
    moved = _with_ids(rows.filter(pl.col("change") != 0))
    paid = moved.filter(pl.col("paid_at_sale").fill_null(value=False) & (pl.col("change") > 0))
    parts = [entries_of(assessing_moves(moved)), entries_of(_paid_moves(paid))]
    return book(pl.concat(parts), _range_rows(held, rows, moved))


def _with_ids(rows: pl.DataFrame) -> pl.DataFrame:
    """One posting a parcel, event and day; the count of earlier ones keeps repeats apart."""
    group = ["event", "consignment_id", "day", "times"]
    line = pl.concat_str(
        [pl.col(name).cast(pl.String).fill_null("") for name in (*LINE_KEY, "change")],
        separator="|",
    )
    said = rows.group_by(group).agg(line.sort().str.join("\n").alias("lines")).sort(group)
    said = said.with_columns(digests(said, [*group, "lines"], "assessment"))
    return rows.join(said.drop("lines"), on=group, how="left").rename({"units": "quantity"})


def assessing_moves(rows: pl.DataFrame) -> pl.DataFrame:
    """Give the moves of assessments by `change`: up draws the guarantee, down frees it.

    Down takes from what the payer has not paid; what he has paid already becomes payable to him.
    What ended otherwise before (abandoned, given back) is not taken off a second time.
    """
    asked = pl.col("change")
    down = asked < 0
    unpaid = pl.max_horizontal(pl.col("receivable").fill_null(0), _NOTHING)
    paid = pl.col("collected").fill_null(0) - pl.col("to_payer").fill_null(0)
    from_unpaid = pl.min_horizontal(-asked, unpaid)
    from_paid = pl.min_horizontal(-asked - from_unpaid, pl.max_horizontal(paid, _NOTHING))
    rows = rows.with_columns(
        pl.when(down).then(-from_unpaid).otherwise(asked).cast(MONEY).alias("_receivable"),
        pl.when(down).then(-from_paid).otherwise(_NOTHING).cast(MONEY).alias("refunds_payable"),
    )
    change = pl.col("_receivable") + pl.col("refunds_payable")
    owed_then = pl.max_horizontal(pl.col("owed").fill_null(0) + change, _NOTHING)
    freed = pl.max_horizontal(pl.col("held").fill_null(0) - owed_then, _NOTHING)
    drawn = pl.when(~down & pl.col("secured").fill_null(value=False)).then(change).otherwise(0)
    guarantee = pl.when(down & (change < 0)).then(-freed).otherwise(drawn)
    return rows.with_columns(
        pl.col("_receivable").alias("receivable"),
        (-change).alias("due_to_treasury"),
        guarantee.alias("guarantee_held"),
        (-guarantee).alias("guarantee_available"),
    ).drop("cash", "written_off", strict=False)


def _paid_moves(rows: pl.DataFrame) -> pl.DataFrame:
    """Give the moves of what the buyer has paid with the price."""
    change = pl.col("change")
    ids = digests(rows.select(pl.col("posting_id")), ["posting_id"], "paid at sale")
    return rows.with_columns(
        ids, pl.lit("collect").alias("event"), (-change).alias("receivable"), change.alias("cash")
    ).drop("written_off", strict=False)


def _range_rows(held: Book, rows: pl.DataFrame, moved: pl.DataFrame) -> pl.DataFrame:
    """Give the ranges that are new, changed, or exact now; each with the number of its telling."""
    last = latest_ranges(held).select(
        *LINE_KEY, pl.col("low").alias("_low"), pl.col("high").alias("_high"), "number"
    )
    joined = rows.with_columns(
        pl.col("low").fill_null(0),
        pl.when(pl.col("low").is_null()).then(_NOTHING).otherwise("high").alias("high"),
    ).join(last, on=LINE_KEY, how="left", nulls_equal=True)
    same = pl.col("low").eq_missing(pl.col("_low")) & pl.col("high").eq_missing(pl.col("_high"))
    news = pl.when(pl.col("number").is_null()).then(is_open()).otherwise(~same)
    found = joined.filter(news).with_columns(pl.col("number").fill_null(0) + 1)
    ids = moved.select(*LINE_KEY, "posting_id")
    found = found.join(ids, on=LINE_KEY, how="left", nulls_equal=True)
    columns = [*LINE_KEY, "number", "low", "high"]
    own = digests(found, columns, "range").alias("_own")
    found = found.with_columns(own).with_columns(pl.coalesce("posting_id", "_own"))
    return fitted(found, OPEN_ITEMS)
