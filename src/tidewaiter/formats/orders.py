"""Marketplace orders as CSV: one row an item, order fields repeated on each of its rows.

Layout of the WCO e-commerce lane's orders file (2026), read from a restatement of the challenge:
`order_id, timestamp, importer_name, delivery_address, pid, product_category, product_title,
description, image_url, item_price_<ccy>, total_order_value_<ccy>, number_of_items`. The currency
is in the column's name (`item_price_inr`); several such columns may stand side by side. One row is
one item, so a price is the total of its line; quantity is not told and stays empty.

Columns are text as written; other columns are kept in the item's `unread`. Rows of one order that
are scattered over a file are gathered only within a piece (readers keep neighbours together). Does
not parse dates or amounts, and does not sum anything.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np
import polars as pl

from tidewaiter.formats.parts.content_ids import digests, mixed, summed
from tidewaiter.formats.parts.draft import Draft
from tidewaiter.formats.parts.orders_write import ITEM, NAME, ORDER, PRICE, TOTAL, encode
from tidewaiter.formats.parts.rfc4180 import read_records, split_header
from tidewaiter.formats.spec import MESSAGE_BYTES_MAX, FormatSpec, Pieces
from tidewaiter.vocabulary.batch import Batch, conform
from tidewaiter.vocabulary.errors import InputError
from tidewaiter.vocabulary.findings import finding
from tidewaiter.vocabulary.terms import Basis, Role, Severity, View

__all__ = ["FORMAT", "decode", "encode", "sniff"]

NEEDED = ("order_id", "timestamp", "importer_name", "delivery_address")
_AMOUNT = re.compile(rf"({PRICE}|{TOTAL})(?:_([a-z]{{3}}))?")


def sniff(head: bytes, file_name: str) -> float:
    """Tell by the header line: an `order_id` and an item price."""
    line = head.removeprefix(b"\xef\xbb\xbf").partition(b"\n")[0].lower().replace(b'"', b"")
    names = {name.strip() for name in line.split(b",")}
    if b"order_id" not in names:
        return 0.0
    priced = any(name.startswith(PRICE.encode()) for name in names)
    return 0.95 if priced else 0.4 if file_name.lower().endswith(".csv") else 0.2


FORMAT = FormatSpec(
    name=NAME,
    title="Marketplace orders, CSV, one row an item (layout of the WCO e-commerce lane)",
    view=View.ORDER.value,
    pieces=Pieces.CSV,
    extensions=(".csv",),
    sniff=sniff,
    source="WCO hackathon 2026 challenge text, restated facts; RFC 4180 for the records",
    group_column="order_id",
)


@dataclass(frozen=True, slots=True)
class _Layout:
    """Which column of the file plays which part.

    Args:
        names: our name of each column: the layout's, or `+N` for another one.
        prices: columns of item prices, with the currency in their name.
        totals: columns of order totals, likewise.
        extra: the other columns, with their name in the file.
    """

    names: list[str]
    prices: dict[str, str | None]
    totals: dict[str, str | None]
    extra: dict[str, str]


def decode(data: bytes, *, source: str = "", position: int = 0) -> Batch:
    """Read orders; one order is one consignment with one consignee.

    Args:
        data: header line and records.
        source: name of the file or request.
        position: how many records of the file stand before this piece.

    Returns:
        Batch with the columns that formats own; broken rows stand in `rejected`. Each order's
        `contribution_id` is a 128-bit digest of its fields (stable within a Polars version), so
        the same order again is the same contribution.
    """
    draft = Draft(FORMAT.name, source, FORMAT.view)
    if len(data) > MESSAGE_BYTES_MAX:
        draft.reject(
            position + 1,
            f"the piece has {len(data)} bytes, more than {MESSAGE_BYTES_MAX}; split the file",
            data[:1000],
            "format.too_large",
        )
        return draft.batch()
    try:
        names, body = split_header(data)
        layout = _layout(names)
    except InputError as fault:
        draft.reject(position + 1, fault.what, data)
        return draft.batch()
    records = read_records(body, layout.names)
    for broken in records.faults:
        place = position + broken.record
        draft.reject(place, f"record {place} {broken.detail}", broken.raw)
    rows = records.frame
    _reject_without_order(rows.filter(pl.col("order_id").is_null()), layout, draft, position)
    rows = _gather(rows.filter(pl.col("order_id").is_not_null()), layout)
    batch = _batch(rows, layout, source, position) if rows.height else Batch()
    return batch.with_frames(rejected=draft.rejected())


def _layout(header: list[str]) -> _Layout:
    names: list[str] = []
    for place, title in enumerate(header):
        name = title.lower()
        known = name in {*ORDER, *ITEM, "order_id"} or _AMOUNT.fullmatch(name)
        names.append(name if known and name not in names else f"+{place}")
    amounts = [found for name in names if (found := _AMOUNT.fullmatch(name))]
    prices = {found[0]: found[2] and found[2].upper() for found in amounts if found[1] == PRICE}
    totals = {found[0]: found[2] and found[2].upper() for found in amounts if found[1] == TOTAL}
    missing = [name for name in NEEDED if name not in names]
    if not prices:
        missing.append(f"{PRICE}_<currency>")
    if not {"product_title", "description"} & set(names):
        missing.append("product_title")
    if missing:
        near = {near for name in missing for near in get_close_matches(name, header, n=1)}
        hint = f"; nearest in the header: {', '.join(sorted(near))}" if near else ""
        if len(header) == 1 and (";" in header[0] or "\t" in header[0]):
            hint = "; separate the columns by commas"
        raise InputError(f"the header names no column {', '.join(missing)}{hint}")
    extra = {name: header[int(name[1:])] for name in names if name.startswith("+")}
    return _Layout(names, prices, totals, extra)


def _reject_without_order(rows: pl.DataFrame, layout: _Layout, draft: Draft, position: int) -> None:
    for row in rows.to_dicts():
        place = position + row["record"]
        raw = ",".join(json.dumps(row[name] or "", ensure_ascii=False) for name in layout.names)
        if any(row[name] for name in layout.names):
            draft.reject(place, f"record {place} has no order_id; give the order's number", raw)


def _gather(rows: pl.DataFrame, layout: _Layout) -> pl.DataFrame:
    """Number the orders (`order`, from 0) and their rows (`item_no`), drop orders said twice.

    Gives the rows sorted by order, with the order's digest as `contribution_id`.
    """
    if not rows.height:
        return rows
    rows = _digest(_runs(rows), layout)
    if rows["order"][-1] + 1 != rows["order_id"].n_unique():
        first = rows.filter(pl.col("item_no") == 1).unique("contribution_id", keep="first")
        rows = rows.join(first.select("order"), on="order", how="semi", maintain_order="left")
        place = rows.group_by("order_id").agg(pl.col("order").min().alias("at"))
        rows = rows.join(place, on="order_id", how="left", maintain_order="left")
        rows = rows.sort("at", maintain_order=True).drop("at", "contribution_id")
        rows = _digest(_runs(rows), layout)
    return rows


def _runs(rows: pl.DataFrame) -> pl.DataFrame:
    """Number neighbours with the same order id, and the rows within each run."""
    begins = pl.col("order_id").ne_missing(pl.col("order_id").shift())
    place = pl.int_range(pl.len(), dtype=pl.Int32)
    start = pl.when(begins).then(place).forward_fill()
    return rows.with_columns(
        (begins.cum_sum().cast(pl.Int64) - 1).alias("order"), (place - start + 1).alias("item_no")
    )


def _digest(rows: pl.DataFrame, layout: _Layout) -> pl.DataFrame:
    starts = np.flatnonzero(rows["item_no"].to_numpy() == 1)
    labels = {name: layout.extra.get(name, name) for name in layout.names}
    said = rows.select(*summed(labels), "item_no").select(mixed("item_no"))
    by_order = [pl.Series(np.bitwise_xor.reduceat(side.to_numpy(), starts)) for side in said]
    ids = digests(FORMAT.name, by_order)
    return rows.with_columns(ids.gather(rows["order"]))


def _batch(rows: pl.DataFrame, layout: _Layout, source: str, position: int) -> Batch:
    shared = [name for name in (*ORDER, *layout.totals) if name in layout.names]
    differ = _differing(rows, shared)
    total, total_currency = _amount(layout.totals)
    price, price_currency = _amount(layout.prices)
    extra = _extra(rows, layout, differ)
    keys = ("contribution_id", pl.col("order_id").alias("consignment_id"))
    has = set(layout.names)
    first = rows.filter(pl.col("item_no") == 1)
    given = {name: pl.col(name).alias(to) for name, to in (ORDER | ITEM).items() if name in has}
    consignments = first.select(
        *keys,
        "order_id",
        *(given[name] for name in ("timestamp", "number_of_items") if name in has),
        total.alias("total_value_text"),
        total_currency.alias("total_currency_text"),
    )
    items = rows.with_columns(extra).select(
        *keys,
        "item_no",
        *(given[name] for name in ITEM if name in has),
        price.alias("declared_value_text"),
        price_currency.alias("declared_currency_text"),
        pl.when(price.is_not_null()).then(pl.lit(Basis.TOTAL.value)).alias("value_basis"),
        "unread",
    )
    parties = first.select(
        *keys,
        pl.lit(Role.CONSIGNEE.value).alias("role"),
        given["importer_name"],
        given["delivery_address"],
    ).filter(pl.any_horizontal(pl.col("name", "address").is_not_null()))
    contributions = first.select(
        *keys,
        pl.lit(FORMAT.name).alias("format"),
        pl.lit(FORMAT.view).alias("view"),
        pl.lit(source).alias("source"),
        (pl.col("record").cast(pl.Int64) + position).alias("position"),
        pl.col("timestamp").alias("said_at_text"),
    )
    return Batch(
        consignments=conform(consignments, "consignments"),
        goods_items=conform(items, "goods_items"),
        parties=conform(parties, "parties"),
        contributions=conform(contributions, "contributions"),
    ).with_findings(*_disagreements(rows, differ))


def _amount(columns: dict[str, str | None]) -> tuple[pl.Expr, pl.Expr]:
    """Give the first amount filled of several columns, and the currency its column names."""
    none = pl.lit(None, dtype=pl.String)
    if not columns:
        return none, none
    currency = pl.coalesce(
        pl.when(pl.col(name).is_not_null()).then(pl.lit(code or "", dtype=pl.String))
        for name, code in columns.items()
    )
    return pl.coalesce(list(columns)), currency.replace("", None)


def _differing(rows: pl.DataFrame, shared: list[str]) -> dict[str, pl.Expr]:
    """Of the order's columns, those that say something else on a later row of an order."""
    later = pl.col("item_no") > 1
    found = rows.select(
        (later & pl.col(name).ne_missing(pl.col(name).shift())).any().alias(name) for name in shared
    ).row(0, named=True)
    return {
        name: later & pl.col(name).ne_missing(pl.col(name).first().over("order"))
        for name in shared
        if found[name]
    }


def _disagreements(rows: pl.DataFrame, differ: dict[str, pl.Expr]) -> list[pl.DataFrame]:
    keyed = rows.select(
        pl.col("order_id").alias("consignment_id"),
        "contribution_id",
        "item_no",
        *(test.alias(f"differs {name}") for name, test in differ.items()),
        *differ,
    )
    return [
        finding(
            keyed,
            pl.col(f"differs {name}"),
            "format.order_rows_disagree",
            Severity.WARN,
            field=_column_of(name),
            seen=None if name in ("importer_name", "delivery_address") else pl.col(name),
            detail=pl.lit(name),
        )
        for name in differ
    ]


def _column_of(name: str) -> str:
    frame = "parties" if name in ("importer_name", "delivery_address") else "consignments"
    return f"{frame}.{ORDER.get(name, 'total_value_text')}"


def _extra(rows: pl.DataFrame, layout: _Layout, differ: dict[str, pl.Expr]) -> pl.Expr:
    """Give `unread`: other columns, further amounts, and what a later row said differently."""
    tests = {name: pl.col(name).is_not_null() for name in layout.extra} | differ
    for columns in (layout.prices, layout.totals):
        for place, name in enumerate(columns):
            if place:
                filled = pl.any_horizontal(pl.col(list(columns)[:place]).is_not_null())
                also = pl.col(name).is_not_null() & filled
                tests[name] = also | tests[name] if name in tests else also
    used = rows.select(test.any().alias(name) for name, test in tests.items()).to_dicts()
    parts = [
        pl.when(test & pl.col(name).is_not_null()).then(_member(name, layout.extra.get(name, name)))
        for name, test in tests.items()
        if used[0][name]
    ]
    none = pl.lit(None, dtype=pl.String)
    if not parts:
        return none.alias("unread")
    inner = pl.concat_str(parts, separator=",", ignore_nulls=True)
    whole = pl.concat_str(pl.lit("{"), inner, pl.lit("}"))
    return pl.when(inner != "").then(whole).alias("unread")


def _member(name: str, title: str) -> pl.Expr:
    value = pl.struct(pl.col(name).alias("v")).struct.json_encode().str.slice(5)
    key = pl.lit(json.dumps(title, ensure_ascii=False) + ":")
    return pl.concat_str(key, value.str.head(-1))
