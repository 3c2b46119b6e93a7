"""Write marketplace orders as CSV: the tables of the layout, and the writer.

The layout itself is described in `orders`, which reads it. Not a format itself.
"""

from __future__ import annotations

import re
from typing import Any

import polars as pl

from tidewaiter.formats.parts.draft import UnreadableError, parse_json, to_json
from tidewaiter.formats.parts.filing import line_value, written
from tidewaiter.vocabulary.batch import Batch
from tidewaiter.vocabulary.terms import Basis, Role

NAME = "orders"
ORDER = {
    "timestamp": "ordered_at_text",
    "number_of_items": "item_count_text",
    "importer_name": "name",
    "delivery_address": "address",
}
ITEM = {
    "pid": "product_id",
    "product_category": "category_path",
    "product_title": "title",
    "description": "description_text",
    "image_url": "image_url",
}
PRICE, TOTAL = "item_price", "total_order_value"
_CURRENCY = re.compile(r"[A-Z]{3}")


def encode(batch: Batch) -> bytes:
    """Write the batch's orders as CSV, one row an item.

    Carries the columns that `decode` gives, and `unread` of orders that came in this format; an
    order without items becomes one row without goods. A price of one unit becomes that of the
    line. Amounts whose currency is not three capitals stand in a column without currency.
    """
    keys = ["consignment_id", "contribution_id"]
    consignee = batch.parties.filter(pl.col("role") == Role.CONSIGNEE.value)
    orders = batch.consignments.join(
        consignee.select(*keys, "name", "address"), on=keys, how="left", maintain_order="left"
    )
    rows = orders.drop("unread").join(
        _whole_lines(batch.goods_items.sort("item_no")).select(
            *keys, *ITEM.values(), "declared_value_text", "declared_currency_text", "unread"
        ),
        on=keys,
        how="left",
        maintain_order="left_right",
    )
    ours = batch.contributions.filter(pl.col("format") == NAME)["contribution_id"]
    mine = pl.col("contribution_id").is_in(ours.implode())
    kept = _kept(rows.select(pl.when(mine).then(pl.col("unread"))).to_series())
    prices = _by_currency(rows, PRICE, "declared_value_text", "declared_currency_text")
    totals = _by_currency(rows, TOTAL, "total_value_text", "total_currency_text")
    columns = {
        "order_id": pl.coalesce("order_id", "consignment_id"),
        "timestamp": pl.col("ordered_at_text"),
        "importer_name": pl.col("name"),
        "delivery_address": pl.col("address"),
        **{name: pl.col(column) for name, column in ITEM.items()},
        **prices,
        **totals,
        "number_of_items": pl.col("item_count_text"),
    }
    rows = rows.with_columns(pl.Series(f"kept {name}", values) for name, values in kept.items())
    for name in kept:
        own = pl.col(f"kept {name}")
        columns[name] = pl.coalesce(own, columns[name]) if name in columns else own
    return rows.select(text.alias(name) for name, text in columns.items()).write_csv().encode()


def _whole_lines(items: pl.DataFrame) -> pl.DataFrame:
    """State values that are of one unit, or perhaps so, as values of the line."""
    other = items["value_basis"].is_in([Basis.UNIT.value, Basis.UNKNOWN.value]).fill_null(False)
    if not other.any():
        return items
    values = [
        written(line_value(row), 6)
        if row["value_basis"] == Basis.UNIT or row["quantity_text"] in (None, "1")
        else None
        for row in items.filter(other).to_dicts()
    ]
    places = pl.Series(other).arg_true()
    return items.with_columns(items["declared_value_text"].clone().scatter(places, values))


def _by_currency(rows: pl.DataFrame, stem: str, value: str, currency: str) -> dict[str, pl.Expr]:
    amount, code = pl.col(value), pl.col(currency)
    plain = code.str.contains(f"^{_CURRENCY.pattern}$").fill_null(value=False)
    found = rows.filter(amount.is_not_null()).select(pl.when(plain).then(code).alias("code"))
    counted = found["code"].value_counts(sort=True)["code"].to_list()
    columns: dict[str, pl.Expr] = {
        f"{stem}_{name.lower()}": pl.when(plain & (code == name)).then(amount)
        for name in counted
        if name
    }
    if None in counted or not columns:
        columns[stem] = pl.when(~plain).then(amount)
    return columns


def _kept(unread: pl.Series) -> dict[str, list[str | None]]:
    """Take the items' `unread` apart into one list a name."""
    kept: dict[str, list[str | None]] = {}
    for place, text in enumerate(unread.to_list()):
        if text is None:
            continue
        for name, value in _members(text):
            kept.setdefault(name, [None] * len(unread))[place] = value
    return kept


def _members(text: str) -> list[tuple[str, str]]:
    try:
        tree: Any = parse_json(text.encode())
    except UnreadableError:
        tree = text
    if not isinstance(tree, dict):
        return [("unread", text)]
    return [(k, str(v) if isinstance(v, str) else to_json(v)) for k, v in tree.items()]
