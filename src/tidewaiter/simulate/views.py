"""The messages of one block as batches, one a view: order, manifest, postal item, declaration.

Each view says what its sender would: the order has the price paid, the others the declared value;
careless and hiding senders describe vaguely; the post reckons in US dollars and writes in
capitals. Gives the columns that formats own, so any format can write them. Says nothing that the
message's sender would not know; the truth is `truth`.
"""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from tidewaiter.simulate.block import Block
from tidewaiter.simulate.draws import amount, kilograms
from tidewaiter.simulate.market import Market
from tidewaiter.simulate.messages import MISSING
from tidewaiter.vocabulary.batch import Batch, conform
from tidewaiter.vocabulary.terms import Basis, Role, View

STAMP = "%Y-%m-%dT%H:%M:%S"
STAMP_UTC = f"{STAMP}Z"
NO_CATEGORY = "Other >> General"
MODE_TEXT = {"post": "post", "air": "air"}
FREIGHT_CENTS, FREIGHT_GRAMS_PER_CENT = 180, 2
_KEYS = ("consignment_id", "contribution_id")


def batch_of(block: Block, view: str, market: Market) -> Batch:
    """Give the messages of one view that were sent, in the order of the orders' time."""
    said = block.messages[view]
    rows = pl.concat(
        [block.orders.drop("order_id", "tracking_id"), said], how="horizontal"
    ).with_columns(
        pl.col(sender_id(view)).alias("consignment_id"),
        pl.format("simulate:{}:{}", pl.lit(view), "serial").alias("contribution_id"),
    )
    sent = pl.col("state") != MISSING
    lines = _lines(block, view, market, rows)
    rows = rows.filter(sent)
    make = _CONSIGNMENTS[view]
    return Batch(
        consignments=conform(make(rows, market), "consignments"),
        goods_items=conform(lines, "goods_items"),
        parties=conform(_parties(rows, view), "parties"),
        contributions=conform(_contributions(rows, view), "contributions"),
    )


def sender_id(view: str) -> str:
    """Give the column that a view's sender knows the parcel by."""
    if view == View.DECLARATION:
        return "declaration_ref"
    return "order_id" if view == View.ORDER else "tracking_id"


def _order(rows: pl.DataFrame, market: Market) -> pl.DataFrame:
    return rows.select(
        *_KEYS,
        "order_id",
        pl.col("ordered_at").dt.strftime(STAMP).alias("ordered_at_text"),
        pl.col("country").alias("country_destination_text"),
        pl.col("item_count").cast(pl.String).alias("item_count_text"),
        amount(pl.col("minor"), market.lane.order_decimals).alias("total_value_text"),
        pl.lit(market.lane.order_currency).alias("total_currency_text"),
    )


def _transport(rows: pl.DataFrame, market: Market) -> pl.DataFrame:
    day = pl.col("loading_at").dt.date().cast(pl.Int32).cast(pl.Int64)
    serial = day % 10_000 * 1_000 + pl.col("seller_country").rank("dense").cast(pl.Int64)
    return rows.select(
        *_KEYS,
        "order_id",
        "tracking_id",
        pl.col("tracking_id").alias("house_document"),
        pl.format("{}-{}{}", "awb_prefix", serial.cast(pl.String).str.zfill(7), serial % 7).alias(
            "master_document"
        ),
        *_times(),
        *_route(),
        *_mass(),
        *_declared_total(market),
    )


def _postal(rows: pl.DataFrame, _market: Market) -> pl.DataFrame:
    return rows.select(
        *_KEYS,
        "order_id",
        "tracking_id",
        pl.lit("ITMATT").alias("declaration_type"),
        pl.col("tracking_id").str.slice(0, 1).replace({"L": "U", "R": "U"}).alias("mail_class"),
        pl.lit("sale").alias("nature_text"),
        *_times(),
        *_route(),
        *_mass(),
        amount(pl.col("usd_cents"), 2).alias("total_value_text"),
        pl.lit("USD").alias("total_currency_text"),
        *_freight(),
    )


def _declaration(rows: pl.DataFrame, market: Market) -> pl.DataFrame:
    return rows.select(
        *_KEYS,
        "declaration_ref",
        pl.lit("9").alias("message_function"),
        pl.lit("IMD").alias("declaration_type"),
        pl.col("tracking_id").alias("house_document"),
        "tracking_id",
        pl.col("order_id").alias("ucr"),
        "message_at",
        *_times(),
        *_route(),
        *_mass(),
        *_declared_total(market),
        *_freight(),
    )


_CONSIGNMENTS: dict[str, Callable[[pl.DataFrame, Market], pl.DataFrame]] = {
    View.ORDER.value: _order,
    View.TRANSPORT.value: _transport,
    View.POSTAL.value: _postal,
    View.DECLARATION.value: _declaration,
}


def _times() -> list[pl.Expr]:
    return [
        pl.col(name).dt.strftime(STAMP_UTC).alias(f"{name}_text")
        for name in ("message_at", "loading_at", "arrival_at")
    ]


def _route() -> list[pl.Expr]:
    return [
        pl.col("seller_country").alias("country_departure_text"),
        pl.col("country").alias("country_destination_text"),
        pl.col("mode").replace_strict(MODE_TEXT).alias("transport_mode_text"),
    ]


def _mass() -> list[pl.Expr]:
    return [
        kilograms(pl.col("gross_g")).alias("gross_mass_text"),
        pl.lit("kg").alias("gross_mass_unit"),
        pl.lit("1").alias("package_count_text"),
        pl.col("item_count").cast(pl.String).alias("item_count_text"),
    ]


def _declared_total(market: Market) -> list[pl.Expr]:
    return [
        amount(pl.col("declared_minor"), market.lane.order_decimals).alias("total_value_text"),
        pl.lit(market.lane.order_currency).alias("total_currency_text"),
    ]


def _freight() -> list[pl.Expr]:
    cents = FREIGHT_CENTS + pl.col("gross_g") // FREIGHT_GRAMS_PER_CENT
    return [
        amount(cents, 2).alias("freight_text"),
        pl.lit("USD").alias("freight_currency_text"),
    ]


def _lines(block: Block, view: str, market: Market, rows: pl.DataFrame) -> pl.DataFrame:
    items = block.items
    wanted = "everywhere" if view == View.ORDER else "vague"
    shown = {
        View.ORDER.value: ("title", "description", "category_path", "brand", "product_id",
                           "image_url"),
        View.TRANSPORT.value: ("plain",),
        View.POSTAL.value: ("plain", "origin"),
        View.DECLARATION.value: ("title", "origin", "product_id", "model", "gtin"),
    }[view]  # fmt: skip
    known = market.listings.frame.select(shown)[items["listing"]]
    vague = pl.Series(market.goods.vague)[items["said"]]
    flag = items[wanted]
    frame = pl.concat(
        [
            rows.select(*_KEYS, "state")[items["order"]],
            items.select("item_no", "units", "minor", "declared_minor", "usd_cents", "net_g",
                         "hs_said"),
            known.with_columns(vague=vague, hide=flag),
        ],
        how="horizontal",
    ).filter(pl.col("state") != MISSING)  # fmt: skip
    return frame.select(*_KEYS, "item_no", *_LINES[view](market))


def _unless_hidden(name: str, instead: pl.Expr) -> pl.Expr:
    return pl.when("hide").then(instead).otherwise(name)


def _order_line(market: Market) -> list[pl.Expr]:
    vague = pl.col("vague")
    return [
        _unless_hidden("title", vague).alias("title"),
        _unless_hidden("description", vague).alias("description_text"),
        _unless_hidden("category_path", pl.lit(NO_CATEGORY)).alias("category_path"),
        pl.when(~pl.col("hide")).then("brand").alias("brand"),
        pl.col("product_id"),
        pl.col("image_url"),
        pl.col("units").cast(pl.String).alias("quantity_text"),
        *_value("minor", market.lane.order_decimals, market.lane.order_currency),
    ]


def _transport_line(market: Market) -> list[pl.Expr]:
    return [
        _unless_hidden("plain", pl.col("vague")).alias("description_text"),
        *_quantity(),
        *_value("declared_minor", market.lane.order_decimals, market.lane.order_currency),
    ]


def _postal_line(market: Market) -> list[pl.Expr]:
    return [
        _unless_hidden("plain", pl.col("vague")).str.to_uppercase().alias("description_text"),
        pl.col("hs_said").alias("hs_code_text"),
        *_quantity(),
        *_value("usd_cents", 2, market.lane.postal_currency),
        pl.col("origin").alias("country_origin_text"),
    ]


def _declaration_line(market: Market) -> list[pl.Expr]:
    return [
        _unless_hidden("title", pl.col("vague")).alias("description_text"),
        pl.col("hs_said").alias("hs_code_text"),
        pl.when(pl.col("hs_said").is_not_null()).then(pl.lit("TSP")).alias("hs_code_type"),
        pl.col("product_id").alias("merchant_product_id"),
        pl.col("model").alias("manufacturer_product_id"),
        pl.col("gtin").alias("gtin_text"),
        *_quantity(),
        kilograms(pl.col("net_g") + 10).alias("gross_mass_text"),
        *_value("declared_minor", market.lane.order_decimals, market.lane.order_currency),
        pl.col("origin").alias("country_origin_text"),
    ]


_LINES: dict[str, Callable[[Market], list[pl.Expr]]] = {
    View.ORDER.value: _order_line,
    View.TRANSPORT.value: _transport_line,
    View.POSTAL.value: _postal_line,
    View.DECLARATION.value: _declaration_line,
}


def _quantity() -> list[pl.Expr]:
    return [
        pl.col("units").cast(pl.String).alias("quantity_text"),
        kilograms(pl.col("net_g")).alias("net_mass_text"),
        pl.lit("kg").alias("mass_unit"),
        pl.lit(Basis.TOTAL.value).alias("mass_basis"),
    ]


def _value(minor: str, decimals: int, currency: str) -> list[pl.Expr]:
    return [
        amount(pl.col(minor), decimals).alias("declared_value_text"),
        pl.lit(currency).alias("declared_currency_text"),
        pl.lit(Basis.TOTAL.value).alias("value_basis"),
    ]


def _parties(rows: pl.DataFrame, view: str) -> pl.DataFrame:
    """Give the people of each message; an order's buyer has one address line, others parts."""
    if view == View.ORDER:
        buyer = _buyer(rows, Role.CONSIGNEE, pl.col("name"), whole=True)
        return pl.concat([buyer, _seller(rows, Role.SELLER)], how="diagonal")
    name = pl.col("name").str.to_uppercase() if view == View.POSTAL else pl.col("name")
    role = Role.IMPORTER if view == View.DECLARATION else Role.CONSIGNEE
    parts = [_seller(rows, Role.CONSIGNOR), _buyer(rows, role, name, whole=False)]
    if view != View.POSTAL:
        role = Role.CARRIER if view == View.TRANSPORT else Role.DECLARANT
        parts.append(
            rows.select(*_KEYS, pl.lit(role.value).alias("role"), pl.col("carrier").alias("name"))
        )
    return pl.concat(parts, how="diagonal")


def _buyer(rows: pl.DataFrame, role: Role, name: pl.Expr, *, whole: bool) -> pl.DataFrame:
    address = (
        [pl.col("address")]
        if whole
        else [
            pl.col("street_line").alias("street"),
            pl.col("city"),
            pl.when(pl.col("postcode") != "").then("postcode").alias("postcode"),
        ]
    )
    return rows.select(
        *_KEYS,
        pl.lit(role.value).alias("role"),
        name.alias("name"),
        *address,
        pl.col("country").alias("country_text"),
        "email",
        "phone",
    )


def _seller(rows: pl.DataFrame, role: Role) -> pl.DataFrame:
    return rows.select(
        *_KEYS,
        pl.lit(role.value).alias("role"),
        pl.col("seller_name").alias("name"),
        pl.col("seller_street").alias("street"),
        pl.col("seller_city").alias("city"),
        pl.col("seller_postcode").alias("postcode"),
        pl.col("seller_country").alias("country_text"),
        pl.col("seller_email").alias("email"),
    )


def _contributions(rows: pl.DataFrame, view: str) -> pl.DataFrame:
    sender = {
        View.ORDER.value: pl.col("platform"),
        View.POSTAL.value: pl.format("post of {}", "seller_country"),
    }.get(view, pl.col("carrier"))
    stamp = STAMP if view == View.ORDER else STAMP_UTC
    return rows.select(
        *_KEYS,
        pl.lit(view).alias("view"),
        sender.alias("sender"),
        pl.col("message_at").dt.strftime(stamp).alias("said_at_text"),
    )
