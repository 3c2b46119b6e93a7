"""Who buys what on which day: days of persons, their orders, the items; honest and split.

A person-day is one person's orders of one calendar day. About one in seven honest ones holds more
than one order. A planted split is one purchase above the lane's limit cut into two to four orders
that each stay below it. Numbers only (whole minor units of the order currency, grams of the
catalogue); texts are added by other modules. Knows the limit as a number, no law.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tidewaiter.simulate.config import Config
from tidewaiter.simulate.draws import Flags, Floats, Ints, Rng, below, pick
from tidewaiter.simulate.listings import Listings
from tidewaiter.simulate.population import households

ORDERS_A_DAY = (0.85, 0.11, 0.03, 0.01)
ORDERS_A_SPLIT = (0.0, 0.50, 0.35, 0.15)
ITEMS_AN_ORDER = (0.66, 0.22, 0.08, 0.03, 0.01)
ITEMS_A_SPLIT_ORDER = (0.7, 0.3)
UNITS_A_LINE = (0.87, 0.09, 0.04)
UNITS_A_SPLIT_LINE = (0.6, 0.25, 0.15)
SEVERAL_UNITS_USD_MAX = 60.0
DAYS_A_PERSON = 2.2
HOME_DAY_SHARE = 0.04
SAME_LISTING_SHARE = 0.35
SPLIT_TOTAL_MIN, SPLIT_TOTAL_MAX, SPLIT_PART_MAX = 1.03, 2.6, 0.97
WEEKDAYS = (1.0, 0.95, 0.95, 1.05, 1.25, 1.2, 1.1)
HOURS = (3, 2, 1, 1, 1, 1, 2, 3, 4, 5, 6, 6, 6, 6, 5, 5, 5, 6, 7, 8, 9, 9, 7, 5)
LAST_SECOND = 86_399
PRICE_NOISE = 0.03


@dataclass(frozen=True, slots=True)
class Money:
    """How prices become whole minor units.

    Args:
        minor_per_usd: minor units of the order currency for one US dollar.
        limit_minor: most an order may cost and still be within the lane's limit; None if none.
    """

    minor_per_usd: float
    limit_minor: int | None


@dataclass(frozen=True, slots=True)
class Purchases:
    """Orders of one block in the order of their time, and their items.

    Args:
        household: household of each person of the block.
        person: for each order its person.
        day: day of the order, from 0.
        second: second of that day.
        person_day: number of its person-day.
        planted: whether its person-day is a planted split.
        turn: number of the order within its person-day, from 0, before sorting by time.
        first_item: for each order the place of its first item.
        order: for each item its order.
        item_no: number of the item within its order, from 1.
        listing: what it is.
        units: how many.
        minor: price of the line in minor units.
    """

    household: Ints
    person: Ints
    day: Ints
    second: Ints
    person_day: Ints
    planted: Flags
    turn: Ints
    first_item: Ints
    order: Ints
    item_no: Ints
    listing: Ints
    units: Ints
    minor: Ints


def buy(rng: Rng, config: Config, count: int, listings: Listings, money: Money) -> Purchases:
    """Let people buy until there are `count` orders."""
    sizes, split = _person_days(rng, config, count, possible=money.limit_minor is not None)
    person, day, household = _who_and_when(rng, config, sizes.size)
    group = np.repeat(np.arange(sizes.size, dtype=np.int64), sizes)
    turn = np.arange(count, dtype=np.int64) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    planted = split[group]
    second = _seconds(rng, group, turn, planted)
    arranged = np.lexsort((second, day[group]))
    group, turn, second = group[arranged], turn[arranged], second[arranged]
    planted = planted[arranged]
    items = np.where(
        planted,
        pick(rng, ITEMS_A_SPLIT_ORDER, count) + 1,
        pick(rng, ITEMS_AN_ORDER, count) + 1,
    )
    order = np.repeat(np.arange(count, dtype=np.int64), items)
    first_item = np.cumsum(items) - items
    listing, units, minor = _honest_lines(rng, config, order.size, listings, money)
    if money.limit_minor is not None:
        mine = np.flatnonzero(planted[order])
        target = _targets(rng, sizes, group, turn, money.limit_minor)[order] / items[order]
        lines = _split_lines(rng, target[mine], group[order][mine], listings, money)
        for column, part in zip((listing, units, minor), lines, strict=True):
            column[mine] = part
    return Purchases(
        household=household,
        person=person[group],
        day=day[group],
        second=second,
        person_day=group,
        planted=planted,
        turn=turn,
        first_item=first_item,
        order=order,
        item_no=np.arange(order.size, dtype=np.int64) - first_item[order] + 1,
        listing=listing,
        units=units,
        minor=minor,
    )


def _person_days(rng: Rng, config: Config, count: int, *, possible: bool) -> tuple[Ints, Flags]:
    """Give the number of orders of each person-day, and which are planted splits."""
    share = config.shares.split if possible else 0.0
    honest_mean = 1 + np.arange(len(ORDERS_A_DAY)) @ np.array(ORDERS_A_DAY)
    split_mean = 1 + np.arange(len(ORDERS_A_SPLIT)) @ np.array(ORDERS_A_SPLIT)
    days = max(1, round(count / (share * split_mean + (1 - share) * honest_mean)))
    splits = pick(rng, ORDERS_A_SPLIT, int(rng.binomial(days, share))) + 1
    splits = splits[np.cumsum(splits) <= count]
    left = count - int(splits.sum())
    honest = pick(rng, ORDERS_A_DAY, left) + 1
    total = np.cumsum(honest)
    honest = honest[: int(np.searchsorted(total, left)) + 1]
    if honest.size:
        honest[-1] -= int(honest.sum()) - left
    sizes = np.concatenate([splits, honest])
    planted = np.arange(sizes.size) < splits.size
    mixed = rng.permutation(sizes.size)
    return sizes[mixed], planted[mixed]


def _who_and_when(rng: Rng, config: Config, days: int) -> tuple[Ints, Ints, Ints]:
    """Give person and day of each person-day, no pair twice, and everybody's household.

    Some order much oftener than others. On some days a second person of the same home orders too.
    """
    persons = max(1, int(days / DAYS_A_PERSON))
    home = households(rng, persons + days)
    person = (persons * rng.random(days) ** 1.6).astype(np.int64)
    weekday = (config.start.weekday() + np.arange(config.days)) % len(WEEKDAYS)
    day = pick(rng, np.array(WEEKDAYS)[weekday], days)
    together = np.flatnonzero(rng.random(days // 2) < HOME_DAY_SHARE) * 2 + 1
    mate = person[together - 1] + 1
    at_home = home[mate] == home[mate - 1]
    together, mate = together[at_home], mate[at_home]
    person[together], day[together] = mate, day[together - 1]
    key = person * config.days + day
    _, first = np.unique(key, return_index=True)
    again = np.ones(days, dtype=bool)
    again[first] = False
    extra = int(again.sum())
    person[again] = persons + np.arange(1, extra + 1)
    return person, day, home[: int(person.max()) + 1]


def _seconds(rng: Rng, group: Ints, turn: Ints, planted: Flags) -> Ints:
    """Give the second of the day; orders of a split follow one another within hours."""
    count = group.size
    own = pick(rng, HOURS, count) * 3600 + rng.integers(0, 3600, count)
    start = own[np.searchsorted(group, group)]
    room = np.maximum(LAST_SECOND - start, 4)
    gap = np.minimum(rng.integers(60, 5400, count), room // 4)
    later = np.minimum(start + turn * gap + turn, LAST_SECOND)
    result: Ints = np.where(planted, later, own)
    return result


def _honest_lines(
    rng: Rng, config: Config, count: int, listings: Listings, money: Money
) -> tuple[Ints, Ints, Ints]:
    shares = config.shares
    sort = rng.random(count)
    controlled = sort < shares.restricted
    alike = ~controlled & (sort < shares.restricted + shares.look_alike)
    listing = listings.ordinary.draw(rng, count)
    listing[controlled] = listings.restricted.draw(rng, int(controlled.sum()))
    listing[alike] = listings.look_alike.draw(rng, int(alike.sum()))
    usd = listings.price_usd[listing]
    several = usd <= SEVERAL_UNITS_USD_MAX
    units = np.where(several, pick(rng, UNITS_A_LINE, count) + 1, 1)
    noise = np.exp(PRICE_NOISE * rng.standard_normal(count))
    unit_minor = np.maximum(np.rint(usd * noise * money.minor_per_usd), 1).astype(np.int64)
    return listing, units, unit_minor * units


def _targets(rng: Rng, sizes: Ints, group: Ints, turn: Ints, limit_minor: int) -> Floats:
    """Give what each order is to cost, were its person-day a split: parts below, sum above."""
    total_max = np.minimum(0.93 * sizes, SPLIT_TOTAL_MAX)
    total = SPLIT_TOTAL_MIN + rng.random(sizes.size) * np.maximum(total_max - SPLIT_TOTAL_MIN, 0)
    part = 1 + 0.3 * (rng.random((sizes.size, len(ORDERS_A_SPLIT))) - 0.5)
    part[np.arange(part.shape[1])[None, :] >= sizes[:, None]] = 0
    part *= (total / part.sum(axis=1))[:, None]
    result: Floats = np.minimum(part, SPLIT_PART_MAX)[group, turn] * limit_minor
    return result


def _split_lines(
    rng: Rng, target: Floats, group: Ints, listings: Listings, money: Money
) -> tuple[Ints, Ints, Ints]:
    """Find ordinary listings of about the wanted price, and ask exactly that price."""
    count = target.size
    units = pick(rng, UNITS_A_SPLIT_LINE, count) + 1
    usd = target / units / money.minor_per_usd
    prices = listings.price_usd[listings.by_price]
    low = np.searchsorted(prices, usd * 0.88)
    high = np.maximum(np.searchsorted(prices, usd * 1.12), low + 1)
    place = np.minimum(low + below(rng, high - low), prices.size - 1)
    listing = listings.by_price[place]
    _, first, again = np.unique(group, return_index=True, return_inverse=True)
    same = (rng.random(first.size) < SAME_LISTING_SHARE)[again]
    listing = np.where(same, listing[first][again], listing)
    units = np.where(same, units[first][again], units)
    minor = np.maximum(np.rint(target / units), 1).astype(np.int64) * units
    return listing, units, minor
