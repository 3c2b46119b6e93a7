"""The truth about a block: what a perfect system would find; never part of a message.

`parcels`: one row a parcel, `items`: one row a goods item, `messages`: one row a message of each
view, also the missing. A split here is what the lane's rule says of the true person: the day's
total is above the limit though no single order is; `planted` tells those that were planted. The
action of an item is that of the strictest control in force (on the first day) about its kind of
goods whose condition holds for its true value.
"""

from __future__ import annotations

import polars as pl

from tidewaiter.knowledge.controls import CONDITION_COLUMNS
from tidewaiter.simulate.block import Block
from tidewaiter.simulate.draws import amount
from tidewaiter.simulate.market import Market
from tidewaiter.simulate.messages import MISSING
from tidewaiter.simulate.views import sender_id
from tidewaiter.vocabulary.columns import CONSIGNMENTS, GOODS_ITEMS, MONEY
from tidewaiter.vocabulary.terms import View


def parcel_truth(block: Block, market: Market) -> pl.DataFrame:
    """Give the truth of each parcel.

    Returns:
        Frame `consignment_id` (order id), `tracking_id, declaration_ref, person` (true id), `day,
        order_value, declared_value` (order currency), `currency, undervalued, ratio,
        person_day, person_day_orders, person_day_total` (`lane_currency`, exact),
        `lane_currency, over_limit, split, planted, written` (how name or address differ),
        `seller_kind`.
    """
    decimals = market.lane.order_decimals
    per_minor = pl.lit(market.lane_per_minor, dtype=MONEY)
    total = pl.col("minor").sum().over("person_day")
    limit = pl.lit(market.money.limit_minor, dtype=pl.Int64)
    over = (total > limit).fill_null(value=False)
    return block.orders.select(
        pl.col("order_id").alias("consignment_id"),
        "tracking_id",
        "declaration_ref",
        "person",
        "day",
        amount(pl.col("minor"), decimals).alias("order_value"),
        amount(pl.col("declared_minor"), decimals).alias("declared_value"),
        pl.lit(market.lane.order_currency).alias("currency"),
        "undervalued",
        pl.col("ratio").round(4),
        pl.format("{}:{}", "person", "day").alias("person_day"),
        pl.len().over("person_day").cast(pl.Int64).alias("person_day_orders"),
        (total.cast(MONEY) * per_minor).alias("person_day_total"),
        pl.lit(market.currency).alias("lane_currency"),
        over.alias("over_limit"),
        (over & (pl.col("minor").max().over("person_day") <= limit)).alias("split"),
        "planted",
        "written",
        "seller_kind",
    )


def item_truth(block: Block, market: Market) -> pl.DataFrame:
    """Give the truth of each goods item.

    Returns:
        Frame `consignment_id` (order id), `item_no, product, hs6, hs_declared, value` (order
        currency), `currency, vague, vague_in_order, restricted` (kinds, `|` between),
        `look_alike, action, description` (what it truly is).
    """
    listing = market.listings.frame.select("plain")[block.items["listing"]]
    items = block.items.with_columns(
        block.orders["order_id"][block.items["order"]].alias("consignment_id"),
        listing["plain"].alias("description"),
        _actions(block, market),
    )
    return items.select(
        "consignment_id",
        "item_no",
        "product",
        "hs6",
        pl.col("hs_said").alias("hs_declared"),
        amount(pl.col("minor"), market.lane.order_decimals).alias("value"),
        pl.lit(market.lane.order_currency).alias("currency"),
        "vague",
        pl.col("everywhere").alias("vague_in_order"),
        pl.col("control").alias("restricted"),
        pl.col("look_alike").fill_null(""),
        "action",
        "description",
    )


def message_truth(block: Block, view: str) -> pl.DataFrame:
    """Give the truth of each message of a view.

    Returns:
        Frame `consignment_id` (true order id), `view, sender_id` (what its sender calls the
        parcel, as written), `order_id, tracking_id` (as written; null if the view has none),
        `mistyped` (which of these are wrong, `|` between), `state` (sent, late or missing).
    """
    said = block.messages[view]
    true = block.orders.select(pl.col("order_id").alias("consignment_id"), "declaration_ref")
    rows = pl.concat([true, said], how="horizontal")
    tracked = pl.lit(None, dtype=pl.String) if view == View.ORDER else pl.col("tracking_id")
    return rows.select(
        "consignment_id",
        pl.lit(view).alias("view"),
        pl.col(sender_id(view)).alias("sender_id"),
        "order_id",
        tracked.alias("tracking_id"),
        "mistyped",
        "state",
    ).with_columns(
        pl.when(pl.col("state") == MISSING).then(None).otherwise(pl.col(name)).alias(name)
        for name in ("sender_id", "order_id", "tracking_id")
    )


def _actions(block: Block, market: Market) -> pl.Series:
    """Give each item the action of the strictest control about its kind of goods."""
    items = block.items
    place = pl.int_range(pl.len()).alias("place")
    some = items.with_columns(place).filter(pl.col("control") != "")
    orders = block.orders[some["order"]]
    dtypes = GOODS_ITEMS.schema | CONSIGNMENTS.schema
    known = some.with_columns(
        (pl.col("minor").cast(MONEY) * pl.lit(market.lane_per_minor, dtype=MONEY)).alias(
            "customs_value"
        ),
        pl.col("origin").alias("country_origin"),
        orders["seller_country"].alias("country_departure"),
        orders["country"].alias("country_destination"),
    )
    known = known.with_columns(
        pl.lit(None, dtype=dtypes[name]).alias(name)
        for name in CONDITION_COLUMNS
        if name not in known.columns
    )
    action = pl.lit("")
    found = [(control, kind) for kind, controls in market.controls.items() for control in controls]
    for control, kind in sorted(found, key=lambda pair: pair[0].action.rank):
        about = pl.col("control").str.split("|").list.contains(kind)
        hit = (about & control.when).fill_null(value=False)
        action = pl.when(hit).then(pl.lit(control.action.word)).otherwise(action)
    acted = known.select("place", action.alias("action"))
    whole = pl.Series("action", [""]).new_from_index(0, items.height)
    return whole.scatter(acted["place"], acted["action"])
