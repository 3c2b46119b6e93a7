"""Listings: within their bands, with sound numbers, in as many words as a marketplace has."""

from __future__ import annotations

import numpy as np
import polars as pl

from tidewaiter.knowledge.catalogue import load_goods
from tidewaiter.simulate.draws import generator
from tidewaiter.simulate.listings import LISTINGS_MAX, LISTINGS_MIN, listing_count, make_listings
from tidewaiter.vocabulary.identifiers import checkdigits

COUNT = 20_000
GOODS = load_goods()
MADE = make_listings(GOODS, generator(4), COUNT)


def test_every_product_is_on_offer() -> None:
    assert set(MADE.frame["product"]) == set(GOODS.products["product"])


def test_prices_and_masses_stay_within_the_band_of_the_product() -> None:
    frame = MADE.frame.with_columns(usd=pl.Series(MADE.price_usd), g=pl.Series(MADE.mass_g))
    bands = frame.join(GOODS.products, on="product", how="left")
    assert bands.select(pl.col("usd").is_between("usd_low", "usd_high").all()).item()
    assert bands.select(pl.col("g").is_between("g_low", "g_high").all()).item()


def test_pools_part_the_listings_and_match_their_marks() -> None:
    pools = (MADE.ordinary.places, MADE.restricted.places, MADE.look_alike.places)
    assert sorted(np.concatenate(pools)) == list(range(COUNT))
    assert (MADE.frame["control"][MADE.restricted.places] != "").all()
    assert MADE.frame["look_alike"][MADE.look_alike.places].is_not_null().all()
    assert (MADE.frame["control"][MADE.ordinary.places] == "").all()
    assert (np.diff(MADE.price_usd[MADE.by_price]) >= 0).all()


def test_texts_are_many_name_the_product_and_leave_no_place_unfilled() -> None:
    frame = MADE.frame
    assert frame["description"].n_unique() > COUNT * 0.9
    for column in ("title", "description"):
        assert not frame[column].str.contains(r"[{}]").any()
        told = (
            pl.col(column)
            .str.to_lowercase()
            .str.contains(pl.col("product").str.to_lowercase(), literal=True)
        )
        assert frame.select(told.all()).item(), column
    assert frame["category_path"].str.contains(" >> ").all()


def test_gtins_are_sound_and_nobodys() -> None:
    gtins = MADE.frame["gtin"].drop_nulls()
    assert 0.5 < gtins.len() / COUNT < 0.7
    for gtin in gtins[:2000]:
        assert gtin.startswith("952")
        assert gtin[-1] == checkdigits.gs1(gtin[:-1])


def test_bigger_worlds_have_more_listings_within_bounds() -> None:
    assert listing_count(1) == LISTINGS_MIN
    assert listing_count(400_000) == 40_000
    assert listing_count(50_000_000) == LISTINGS_MAX
