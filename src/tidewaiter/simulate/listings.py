"""What is on offer: listings of invented products with title, text, price, mass and numbers.

A listing is a product of the catalogue under one brand in one variant, as a marketplace shows it.
A few listings sell very often (a Pareto tail). Prices and masses are log-normal within the
product's band. GTINs are valid and begin with 952, the GS1 prefix for examples, so that they are
nobody's. Knows no buyer.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from tidewaiter.knowledge.catalogue import Goods
from tidewaiter.simulate.draws import (
    Floats,
    Ints,
    Rng,
    below,
    chosen,
    digits,
    filled,
    hexadecimal,
    pick,
    text,
)

LISTINGS_MIN, LISTINGS_MAX = 4_000, 60_000
PARCELS_PER_LISTING = 10
GTIN_SHARE = 0.6
TYPICAL_USD, CHEAP_SELLS_MORE = 20.0, 0.4
SHOUTED_SHARE = 0.04
_GTIN_WEIGHTS = np.array([1, 3] * 6, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Pool:
    """Listings of one sort and the running total of how often each sells."""

    places: Ints
    total: Floats

    def draw(self, rng: Rng, count: int) -> Ints:
        """Draw listings by how often they sell."""
        at = np.searchsorted(self.total, rng.random(count) * self.total[-1], side="right")
        drawn: Ints = self.places[np.minimum(at, self.places.size - 1)]
        return drawn


@dataclass(frozen=True, slots=True)
class Listings:
    """All listings.

    Args:
        frame: one row a listing: `product, hs6, title, description, plain` (what a careful sender
            declares), `category_path, brand, product_id, model, gtin, image_url, origin`,
            `control` (kinds, `|` between), `look_alike`.
        price_usd: price of one unit.
        mass_g: net mass of one unit in grams.
        ordinary: listings no control is about.
        restricted: listings a control is about.
        look_alike: innocent ones whose words look like it.
        by_price: ordinary listings, cheapest first.
    """

    frame: pl.DataFrame
    price_usd: Floats
    mass_g: Ints
    ordinary: Pool
    restricted: Pool
    look_alike: Pool
    by_price: Ints


def listing_count(parcels: int) -> int:
    """How many listings a world of so many parcels has."""
    return max(LISTINGS_MIN, min(LISTINGS_MAX, parcels // PARCELS_PER_LISTING))


def make_listings(goods: Goods, rng: Rng, count: int) -> Listings:
    """Make listings; every product has at least one where `count` allows."""
    products = goods.products
    every = np.arange(min(products.height, count), dtype=np.int64)
    more = pick(rng, products["weight"].to_numpy(), count - every.size)
    place = np.concatenate([every, more])
    rows = products[place].with_columns(_brands(goods, products["department"][place], rng))
    worded = _worded(rows, goods, rng)
    price = _within(rng, rows["usd_low"].to_numpy(), rows["usd_high"].to_numpy())
    low, high = rows["g_low"].to_numpy(), rows["g_high"].to_numpy()
    mass = _within(rng, low.astype(np.float64), high.astype(np.float64))
    sells = rng.pareto(1.3, count) + 0.3
    control = worded["control"].to_numpy() != ""
    alike = worded["look_alike"].is_not_null().to_numpy()
    plain = np.flatnonzero(~control & ~alike)
    return Listings(
        frame=worded,
        price_usd=price,
        mass_g=np.maximum(np.rint(mass), 1).astype(np.int64),
        ordinary=_pool(plain, sells * (TYPICAL_USD / price) ** CHEAP_SELLS_MORE),
        restricted=_pool(np.flatnonzero(control), sells),
        look_alike=_pool(np.flatnonzero(alike), sells),
        by_price=plain[np.argsort(price[plain], kind="stable")],
    )


def _pool(places: Ints, sells: Floats) -> Pool:
    return Pool(places, np.cumsum(sells[places]))


def _within(rng: Rng, low: Floats, high: Floats) -> Floats:
    """Draw log-normally around the band's geometric middle, a band being four deviations wide."""
    middle = (np.log(low) + np.log(high)) / 2
    spread = (np.log(high) - np.log(low)) / 4
    drawn = np.exp(middle + spread * rng.standard_normal(low.size))
    return np.minimum(np.maximum(drawn, low), high)


def _brands(goods: Goods, departments: pl.Series, rng: Rng) -> pl.Series:
    known = list(goods.sentences)
    heads, tails = len(goods.brand_heads), len(goods.brand_tails)
    own = np.stack(
        [rng.permutation(heads * tails)[: goods.brands_per_department] for _ in known]
    ).astype(np.int64)
    department = departments.replace_strict(known, list(range(len(known)))).to_numpy()
    code = own[department, rng.integers(0, own.shape[1], department.size)]
    head = pl.Series(goods.brand_heads)[code // tails]
    tail = pl.Series(goods.brand_tails)[code % tails]
    brand: pl.Series = head + tail
    return brand.alias("brand")


def _worded(rows: pl.DataFrame, goods: Goods, rng: Rng) -> pl.DataFrame:
    count = rows.height
    rows = rows.with_columns(
        one=_one_of(rows, "features", rng),
        some=_one_of(rows, "details", rng),
        origin=_one_of(rows, "origins", rng),
        variant=_variants(rows, goods, rng),
        sentence=_sentence(rows, goods, rng),
        how=pl.Series(rng.integers(0, len(goods.titles), count)),
        told=pl.Series(rng.integers(0, len(goods.descriptions), count)),
        shouted=pl.Series(rng.random(count) < SHOUTED_SHARE),
    )
    places = {
        "Brand": pl.col("brand"),
        "product": pl.col("product"),
        "Product": _capital(pl.col("product")),
        "feature": pl.col("one"),
        "details": pl.col("some"),
        "Details": _capital(pl.col("some")),
        "variant": pl.col("variant"),
        "sentence": pl.col("sentence"),
        "title": pl.col("title"),
    }
    title = chosen(pl.col("how"), [filled(pattern, places) for pattern in goods.titles])
    told = chosen(pl.col("told"), [filled(pattern, places) for pattern in goods.descriptions])
    shouted = pl.when("shouted").then(title.str.to_uppercase()).otherwise(title)
    numbers = _numbers(rng, count)
    return (
        rows.with_columns(shouted.alias("title"), *numbers)
        .with_columns(told.alias("description"))
        .select(
            "product", "hs6", "title", "description",
            pl.format("{}, {}", _capital(pl.col("product")), "some").alias("plain"),
            pl.col("category").alias("category_path"),
            "brand", "product_id",
            pl.format("{}-{}", pl.col("brand").str.slice(0, 3).str.to_uppercase(), "model").alias(
                "model"
            ),
            "gtin",
            pl.format("https://images.example.org/{}.jpg", "product_id").alias("image_url"),
            "origin", pl.col("control").list.join("|"), "look_alike",
        )
    )  # fmt: skip


def _one_of(rows: pl.DataFrame, column: str, rng: Rng) -> pl.Series:
    place = below(rng, rows[column].list.len().cast(pl.Int64).to_numpy())
    return rows.select(pl.col(column).list.get(pl.lit(pl.Series(place)))).to_series()


def _variants(rows: pl.DataFrame, goods: Goods, rng: Rng) -> pl.Series:
    """Give ` (black, M)` for the variants a product has, else nothing."""
    words = pl.DataFrame(
        {"variant": list(goods.variants), "words": [list(w) for w in goods.variants.values()]}
    )
    spoken = []
    for number in range(int(rows["variants"].list.len().max() or 0)):  # type: ignore[arg-type]
        named = rows.select(pl.col("variants").list.get(number, null_on_oob=True).alias("variant"))
        known = named.join(words, on="variant", how="left", maintain_order="left")
        length = known["words"].list.len().fill_null(1).cast(pl.Int64).to_numpy()
        place = pl.Series(below(rng, length))
        spoken.append(
            known.select(pl.col("words").list.get(pl.lit(place)).alias(str(number))).to_series()
        )
    if not spoken:
        return pl.Series([""] * rows.height, dtype=pl.String)
    joined = pl.DataFrame(spoken).select(pl.concat_str("*", separator=", ", ignore_nulls=True))
    words_of = pl.col(joined.columns[0])
    return joined.select(
        pl.when(words_of == "").then(pl.lit("")).otherwise(pl.format(" ({})", words_of))
    ).to_series()


def _sentence(rows: pl.DataFrame, goods: Goods, rng: Rng) -> pl.Series:
    told = pl.DataFrame(
        {"department": list(goods.sentences), "told": [list(s) for s in goods.sentences.values()]}
    )
    known = rows.select("department").join(told, on="department", how="left", maintain_order="left")
    return _one_of(known, "told", rng)


def _numbers(rng: Rng, count: int) -> list[pl.Series]:
    body = np.concatenate(
        [np.tile(digits(np.array([952]), 3), (count, 1)), digits(rng.integers(0, 10**9, count), 9)],
        axis=1,
    )
    check = -((body.astype(np.int64) - ord("0")) @ _GTIN_WEIGHTS) % 10
    gtin = text(body, digits(check, 1))
    has = pl.Series(rng.random(count) < GTIN_SHARE)
    return [
        hexadecimal(rng, count, 32).alias("product_id"),
        text(digits(rng.integers(0, 100_000, count), 5)).alias("model"),
        gtin.to_frame("gtin").select(pl.when(pl.lit(has)).then("gtin").alias("gtin")).to_series(),
    ]


def _capital(words: pl.Expr) -> pl.Expr:
    return words.str.slice(0, 1).str.to_uppercase() + words.str.slice(1)
