"""Everything of a world that does not depend on the block: offers, sellers, money, the lane's law.

The limit, exchange rates and controls come from the lane's packs on the first day; a lane without
a limit on that day has no planted splits, for nobody gains from one. Built once a world.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

import numpy as np
import polars as pl

from tidewaiter.knowledge.catalogue import (
    Country,
    Goods,
    LaneMoney,
    People,
    load_goods,
    load_people,
)
from tidewaiter.knowledge.controls import Control, load_controls
from tidewaiter.knowledge.regimes import RegimeDay, load_regime
from tidewaiter.simulate.config import Config
from tidewaiter.simulate.draws import Ints, Rng, below, digits, generator, pick, text
from tidewaiter.simulate.listings import Listings, listing_count, make_listings
from tidewaiter.simulate.population import Names, sorted_names
from tidewaiter.simulate.purchases import Money
from tidewaiter.vocabulary.errors import InputError

HONEST, CARELESS, CHEAT = 0, 1, 2
SELLER_KINDS = ("honest", "careless", "cheat")
# Who sends what: of the parcels declared too low most are a cheat's, of the vague a careless one's.
SENT_BY = {"undervalued": (0.10, 0.05, 0.85), "vague": (0.20, 0.70, 0.10), "": (0.84, 0.12, 0.04)}
_LISTINGS, _SELLERS = 1, 2


@dataclass(frozen=True, slots=True)
class Sellers:
    """Sellers by country and kind.

    Args:
        frame: `name, country, city, street, postcode, kind, email`.
        first: place of the first seller of a country (row) and kind (column).
        count: how many there are.
        country: place of a country's code in the rows; others are drawn by share.
        shares: how much each country sells.
    """

    frame: pl.DataFrame
    first: Ints
    count: Ints
    country: dict[str, int]
    shares: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Market:
    """What all blocks of a world share.

    Args:
        config: what was asked for.
        goods: the catalogue.
        people: words for people and routes.
        names: names sorted for drawing.
        countries: where buyers live.
        listings: what is on offer.
        sellers: who sells.
        lane: currencies of the lane's orders.
        money: prices as whole minor units.
        currency: the lane's own currency.
        lane_per_minor: one minor unit of the order currency in the lane's currency.
        usd_per_minor: the same in US dollars, for postal declarations.
        limit: the lane's limit in its currency on the first day, if it has one.
        controls: by kind of goods the controls in force on the first day, strictest first.
    """

    config: Config
    goods: Goods
    people: People
    names: Names
    countries: list[Country]
    listings: Listings
    sellers: Sellers
    lane: LaneMoney
    money: Money
    currency: str
    lane_per_minor: Decimal
    usd_per_minor: float
    limit: Decimal | None
    controls: dict[str, tuple[Control, ...]]


def make_market(config: Config) -> Market:
    """Build what all blocks share.

    Raises:
        InputError: the catalogue has no orders' currency or no address for the lane.
    """
    goods, people = load_goods(), load_people()
    regime = load_regime(config.lane.lower()).on_day(config.start)
    countries = [
        country for code, country in people.countries.items() if code in regime.regime.destinations
    ]
    lane = people.lanes.get(config.lane)
    if lane is None or not countries:
        raise InputError(
            f"the catalogue knows no orders or addresses for lane {config.lane}.",
            where="packs/catalogue/people.toml",
            remedy="Add a [[lane]] and a [[country]] there.",
        )
    lane_per_minor = _rate(regime, lane.order_currency) / 10**lane.order_decimals
    usd = _rate(regime, "USD")
    limit = min((limit.amount for limit in regime.limits if limit.amount > 0), default=None)
    return Market(
        config=config,
        goods=goods,
        people=people,
        names=_names(),
        countries=countries,
        listings=_listings(config.seed, listing_count(config.parcels)),
        sellers=_sellers(people, generator(config.seed, 0, _SELLERS)),
        lane=lane,
        money=Money(
            minor_per_usd=float(usd / lane_per_minor),
            limit_minor=None if limit is None else int(limit / lane_per_minor),
        ),
        currency=regime.regime.currency,
        lane_per_minor=lane_per_minor,
        usd_per_minor=float(lane_per_minor / usd),
        limit=limit,
        controls=_controls(goods, config),
    )


def draw_sellers(rng: Rng, market: Market, origin: pl.Series, undervalued: Ints) -> Ints:
    """Give each parcel a seller in the country its first goods come from, if sellers are there.

    Args:
        rng: source of chance.
        market: the market.
        origin: country of origin of the first item.
        undervalued: 1 declared too low, 2 described vaguely, 0 neither.
    """
    sellers = market.sellers
    place = origin.replace_strict(
        list(sellers.country), list(sellers.country.values()), default=-1, return_dtype=pl.Int64
    ).to_numpy()
    country = np.where(place < 0, pick(rng, sellers.shares, place.size), place)
    kinds = [pick(rng, SENT_BY[why], place.size) for why in ("", "undervalued", "vague")]
    kind = np.choose(undervalued, kinds)
    chosen: Ints = sellers.first[country, kind] + below(rng, sellers.count[country, kind])
    return chosen


@lru_cache(maxsize=2)
def _listings(seed: int, count: int) -> Listings:
    return make_listings(load_goods(), generator(seed, 0, _LISTINGS), count)


@lru_cache(maxsize=1)
def _names() -> Names:
    return sorted_names(load_people())


def _rate(regime: RegimeDay, currency: str) -> Decimal:
    found = regime.rates.filter(pl.col("declared_currency") == currency)["per_unit"]
    if not found.len():
        raise InputError(
            f"the regime has no rate for {currency}.",
            where=regime.regime.pack.id,
            remedy="Add a [[rate]] in force on the first day.",
        )
    return Decimal(found.item())


def _controls(goods: Goods, config: Config) -> dict[str, tuple[Control, ...]]:
    in_force = load_controls(config.lane.lower()).on_day(config.start)
    return {
        kind: tuple(control for control in in_force if control.id in about)
        for kind, about in goods.kinds.items()
    }


def _sellers(people: People, rng: Rng) -> Sellers:
    per_country = people.sellers_per_country
    cheats = per_country * people.cheats_percent // 100
    careless = per_country * people.careless_percent // 100
    counts = (per_country - cheats - careless, careless, cheats)
    codes = [code for code, _, _ in people.seller_countries]
    total = per_country * len(codes)
    place = np.repeat(np.arange(len(codes), dtype=np.int64), per_country)
    cities = [pl.Series(cities) for _, cities, _ in people.seller_countries]
    kind = np.tile(np.repeat(np.arange(len(counts)), counts), len(codes))
    words = [pl.Series(part)[rng.integers(0, len(part), total)] for part in people.seller_words]
    number = text(digits(np.arange(total, dtype=np.int64) + 1, 4))
    frame = pl.DataFrame(
        {
            "head": words[0],
            "middle": words[1],
            "tail": words[2],
            "country": pl.Series(codes)[place],
            "city": pl.concat(city[rng.integers(0, city.len(), per_country)] for city in cities),
            "road": pl.Series(people.street_heads)[
                rng.integers(0, len(people.street_heads), total)
            ],
            "house": rng.integers(1, 400, total),
            "postcode": text(digits(rng.integers(100_000, 999_999, total), 6)),
            "kind": pl.Series(SELLER_KINDS)[kind],
            "number": number,
        }
    ).select(
        pl.format("{} {} {}", "head", "middle", "tail").alias("name"),
        "country",
        "city",
        pl.format("{} {} Industrial Road", "house", "road").alias("street"),
        "postcode",
        "kind",
        pl.format("shop{}@example.org", "number").alias("email"),
    )
    starts = np.cumsum((0, *counts[:-1]))
    return Sellers(
        frame=frame,
        first=np.arange(len(codes), dtype=np.int64)[:, None] * per_country + starts[None, :],
        count=np.tile(np.array(counts, dtype=np.int64), (len(codes), 1)),
        country={code: at for at, code in enumerate(codes)},
        shares=tuple(share for _, _, share in people.seller_countries),
    )
