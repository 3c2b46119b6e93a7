"""One block of a world: its orders, goods items and messages, with everything the truth needs.

A block is made from the seed and its own number alone, so a world streams in bounded memory and
its bytes do not depend on how many blocks are held at once. Persons live in one block, so all of a
person's orders of a day are in it. Writes no message: that is `views`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from tidewaiter.simulate.draws import (
    Bytes,
    Flags,
    Floats,
    Ints,
    Rng,
    digits,
    generator,
    pick,
    scattered,
    text,
)
from tidewaiter.simulate.market import Market, draw_sellers
from tidewaiter.simulate.messages import make_messages
from tidewaiter.simulate.population import Persons, make_persons
from tidewaiter.simulate.purchases import Purchases, buy
from tidewaiter.simulate.writing import rewritten

BLOCK_PARCELS = 20_000
UNDERVALUED, VAGUE = 1, 2
RATIO_MIN, RATIO_MAX = 0.05, 0.6
VAGUE_EVERYWHERE_SHARE = 0.5
NO_CODE_SHARE = 0.04
_BLOCKS = 1
_ORDER_SPACE, _ORDER_FACTOR = 10**10, 6_180_339_887
_ITEM_SPACE, _ITEM_FACTOR = 10**8, 61_803_399
_OFFSET = 4_711_000
_SERVICES = (b"LP", b"CP", b"RR", b"EB")
_S10_WEIGHTS = np.array([8, 6, 4, 2, 3, 5, 9, 7], dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Block:
    """Orders, items and messages of one block, with what is true about them.

    Args:
        number: number of the block, from 0.
        first: serial number of its first parcel in the world, from 0.
        orders: one row a parcel in the order of time.
        items: one row a goods item; `order` is the place of its parcel in `orders`.
        messages: by view, one row a message sent or missing; `order` as in `items`.
        persons: the people of the block.
        purchases: the numbers behind it.
    """

    number: int
    first: int
    orders: pl.DataFrame
    items: pl.DataFrame
    messages: dict[str, pl.DataFrame]
    persons: Persons
    purchases: Purchases


def make_block(market: Market, number: int) -> Block:
    """Make a block; the last one of a world holds what is left."""
    config = market.config
    first = number * BLOCK_PARCELS
    count = min(BLOCK_PARCELS, config.parcels - first)
    rng = generator(config.seed, _BLOCKS, number)
    bought = buy(rng, config, count, market.listings, market.money)
    persons = make_persons(
        rng, bought.household, number, market.people, market.names, market.countries
    )
    low = rng.random(count) < config.shares.undervalue
    ratio = np.where(low, np.exp(rng.uniform(np.log(RATIO_MIN), np.log(RATIO_MAX), count)), 1.0)
    items = _items(rng, market, bought, ratio)
    vague = np.zeros(count, dtype=bool)
    vague[bought.order[items["vague"].to_numpy()]] = True
    why = np.where(low, UNDERVALUED, np.where(vague, VAGUE, 0))
    orders = _orders(rng, market, bought, persons, first, why)
    goods = items.group_by("order", maintain_order=True).agg(
        pl.len().alias("item_count"),
        pl.sum("minor", "declared_minor", "usd_cents", "net_g"),
    )
    packing = 20 + goods["net_g"].to_numpy() * rng.uniform(0.04, 0.12, count)
    orders = pl.concat(
        [
            orders,
            goods.drop("order"),
            pl.DataFrame(
                {
                    "gross_g": goods["net_g"] + pl.Series(packing).cast(pl.Int64),
                    "undervalued": low,
                    "ratio": ratio,
                }
            ),
        ],
        how="horizontal",
    )
    return Block(number, first, orders, items, make_messages(rng, config, orders), persons, bought)


def _items(rng: Rng, market: Market, bought: Purchases, ratio: Floats) -> pl.DataFrame:
    config, listings = market.config, market.listings
    count = bought.order.size
    listing = bought.listing
    goods = listings.frame.select("product", "hs6", "control", "look_alike", "origin")[listing]
    free = (goods["control"] == "").to_numpy()
    vague = free & (rng.random(count) < config.shares.vague)
    everywhere = vague & (rng.random(count) < VAGUE_EVERYWHERE_SHARE)
    words = len(market.goods.vague)
    declared = np.maximum(np.rint(bought.minor * ratio[bought.order]), 1).astype(np.int64)
    cents = np.maximum(np.rint(declared * market.usd_per_minor * 100), 1).astype(np.int64)
    wrong = rng.random(count) < config.shares.wrong_code
    other = listings.frame["hs6"][rng.integers(0, listings.frame.height, count)]
    none = rng.random(count) < NO_CODE_SHARE
    return goods.with_columns(
        order=pl.Series(bought.order),
        item_no=pl.Series(bought.item_no),
        listing=pl.Series(listing),
        units=pl.Series(bought.units),
        minor=pl.Series(bought.minor),
        declared_minor=pl.Series(declared),
        usd_cents=pl.Series(cents),
        net_g=pl.Series(listings.mass_g[listing] * bought.units),
        vague=pl.Series(vague),
        everywhere=pl.Series(everywhere),
        said=pl.Series(rng.integers(0, words, count)),
        hs_said=pl.when(pl.Series(none))
        .then(None)
        .when(pl.Series(wrong))
        .then(pl.lit(other))
        .otherwise("hs6"),
    )


def _orders(
    rng: Rng, market: Market, bought: Purchases, persons: Persons, first: int, why: Ints
) -> pl.DataFrame:
    count = bought.person.size
    serial = np.arange(first, first + count, dtype=np.int64)
    origin = market.listings.frame["origin"][bought.listing[bought.first_item]]
    seller = draw_sellers(rng, market, origin, why)
    platform = pick(rng, [share for _, share in market.people.platforms], count)
    carrier = pick(rng, [share for _, _, _, share in market.people.carriers], count)
    start = np.datetime64(market.config.start, "us")
    placed = start + (bought.day * 86_400 + bought.second).astype("timedelta64[s]")
    sellers = market.sellers.frame[seller].select(pl.all().name.prefix("seller_"))
    frame = pl.concat([_written(rng, market, bought, persons), sellers], how="horizontal")
    return frame.with_columns(
        order_id=text(b"ORD", digits(scattered(serial + _OFFSET, _ORDER_FACTOR, _ORDER_SPACE), 10)),
        tracking_id=_tracking(serial, market.people.seller_countries, seller, market),
        declaration_ref=text(b"TWD", digits(serial, 9)),
        serial=pl.Series(serial),
        ordered_at=pl.Series(placed),
        day=pl.Series(placed).dt.date(),
        person_day=pl.Series(bought.person_day),
        planted=pl.Series(bought.planted),
        platform=pl.Series([name for name, _ in market.people.platforms])[platform],
        carrier=pl.Series([name for name, _, _, _ in market.people.carriers])[carrier],
        mode=pl.Series([mode for _, mode, _, _ in market.people.carriers])[carrier],
        awb_prefix=pl.Series([awb for _, _, awb, _ in market.people.carriers])[carrier],
    )


def _written(rng: Rng, market: Market, bought: Purchases, persons: Persons) -> pl.DataFrame:
    """Give for each order name and address as the buyer wrote them there."""
    shares = market.config.shares
    share = np.where(bought.planted & (bought.turn > 0), shares.rewrite, shares.vary)
    differs: Flags = rng.random(share.size) < share
    rows = pl.Series(bought.person[differs])
    others = rewritten(persons, rows, market.names, market.countries, rng)
    kept = ("name", "address", "street_line")
    texts = pl.concat(
        [
            persons.frame.select(*kept, pl.lit("").alias("written")),
            others.select(*kept, "written"),
        ]
    )
    place = bought.person.copy()
    place[differs] = persons.frame.height + np.arange(rows.len())
    constant = ("person", "city", "postcode", "country", "email", "phone")
    return pl.concat(
        [texts[place], persons.frame.select(constant)[bought.person]], how="horizontal"
    )


def _tracking(
    serial: Ints,
    countries: tuple[tuple[str, tuple[str, ...], int], ...],
    seller: Ints,
    market: Market,
) -> pl.Series:
    """Give valid postal item numbers (UPU S10) of the seller's country."""
    number = digits(scattered(serial + _OFFSET, _ITEM_FACTOR, _ITEM_SPACE), 8)
    total = (number.astype(np.int64) - ord("0")) @ _S10_WEIGHTS
    rest = 11 - total % 11
    check = np.where(rest == 10, 0, np.where(rest == 11, 5, rest))
    services = np.frombuffer(b"".join(_SERVICES), dtype=np.uint8).reshape(-1, 2)
    codes = "".join(code for code, _, _ in countries).encode()
    lands = np.frombuffer(codes, dtype=np.uint8).reshape(-1, 2)
    land: Bytes = lands[seller // market.people.sellers_per_country]
    return text(services[serial % len(_SERVICES)], number, digits(check, 1), land)
