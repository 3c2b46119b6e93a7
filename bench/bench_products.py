"""Products: judging texts, the stage with and without a catalogue, imports, recalls, history.

Pairs of texts: simulated listings against the plain name of the same listing (right) and of a
listing of another chapter (wrong), without the classifier's word. Where reference data is beside
the clone, also pairs of UK short texts: two texts of one subheading (right, though often of
different goods, so the false alarms are an upper bound) and of two chapters (wrong).
"""

from __future__ import annotations

import datetime as dt
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from tidewaiter.knowledge.load import Knowledge, load
from tidewaiter.knowledge.products import Products
from tidewaiter.profiles.products import build
from tidewaiter.runtime.products.catalogue import import_file, load_catalogue
from tidewaiter.runtime.products.recalled_parcels import check
from tidewaiter.simulate.config import Config
from tidewaiter.simulate.world import generate
from tidewaiter.stages.check import check as check_stage
from tidewaiter.stages.products import products
from tidewaiter.stages.products.texts import contradicting
from tidewaiter.vocabulary.batch import Batch, conform
from tidewaiter.vocabulary.identifiers.checkdigits import gs1
from tidewaiter.vocabulary.product_frames import RECALLS

ON = dt.date(2026, 11, 25)
OWNERS = ("formats", "check", "fuse", "classify")
PRODUCTS = int(os.environ.get("TIDEWAITER_BENCH_PRODUCTS", "1000000"))
PARCELS = 100_000
SINGLES = 40
UK = Path(__file__).resolve().parents[2] / "shared" / "data" / "classification" / "uk_train.csv"


def run() -> list[dict[str, Any]]:
    knowledge = load("AE")
    rows = judging(knowledge)
    world = generate(Config(seed=7, parcels=PARCELS))
    listings = world.market.listings.frame.filter(pl.col("gtin").is_not_null())
    batch = prepared(world.batches["order"], listings, knowledge)
    with tempfile.TemporaryDirectory(prefix="tidewaiter-bench-") as scratch:
        folder = Path(scratch)
        source = folder / "products.csv"
        catalogue_of(listings).write_csv(source)
        rows.append(timed(f"products import, {PRODUCTS:,} rows of CSV", PRODUCTS,
                          lambda: import_file(source, folder, on=ON)))  # fmt: skip
        loading = time.perf_counter()
        known = Products(load_catalogue(folder), digests={"catalogue": "bench"})
        known.keys  # noqa: B018 - made once
        rows.append(
            {"what": "load that catalogue", "p50_ms": 1e3 * (time.perf_counter() - loading)}
        )
        rows += stage_costs(batch, knowledge, knowledge.with_products(known))
        rows.append(timed("history of products, build", PARCELS, lambda: build(batch, on=ON)))
        rows.append(recall_check(batch, folder))
    return rows


def judging(knowledge: Knowledge) -> list[dict[str, Any]]:
    listings = generate(Config(seed=3, parcels=4000)).market.listings.frame
    named = listings.select("hs6", pl.col("title").alias("said"), pl.col("plain").alias("known"))
    other = named.select(pl.col("hs6", "known").reverse().name.suffix("_other"))
    sets = {"simulated": (named, apart(named.hstack(other)))}
    if UK.exists():
        texts = pl.read_csv(UK, infer_schema=False).filter(pl.col("text").str.len_chars() > 3)
        mixed = texts.sample(fraction=1, seed=1, shuffle=True)
        both = mixed.group_by("hs6", maintain_order=True).agg("text")
        both = both.filter(pl.col("text").list.len() > 1).select(
            pl.col("text").list.get(0).alias("said"), pl.col("text").list.get(1).alias("known")
        )
        left = mixed.select("hs6", pl.col("text").alias("said"))
        right = mixed.reverse().select(
            pl.col("hs6").alias("hs6_other"), pl.col("text").alias("known_other")
        )
        sets["UK short texts"] = (both, apart(left.hstack(right)))
    return [judged(name, right, wrong, knowledge) for name, (right, wrong) in sets.items()]


def apart(pairs: pl.DataFrame) -> pl.DataFrame:
    chapters = (pl.col(column).str.slice(0, 2) for column in ("hs6", "hs6_other"))
    return pairs.filter(next(chapters) != next(chapters)).select(
        "said", pl.col("known_other").alias("known")
    )


def judged(
    name: str, right: pl.DataFrame, wrong: pl.DataFrame, knowledge: Knowledge
) -> dict[str, Any]:
    brand = pl.lit(None, pl.String).alias("p_brand")
    start = time.perf_counter()
    accused, found = (
        contradicting(pairs.select("said", "known", brand), knowledge) for pairs in (right, wrong)
    )
    took = time.perf_counter() - start
    false, recall = float(accused.mean()), float(found.mean())
    return {
        "what": f"text against product, {name}",
        "rows_per_s": (len(accused) + len(found)) / took,
        "right_pairs": len(accused),
        "wrong_pairs": len(found),
        "false_alarms": f"{false:.2%}",
        "recall": f"{recall:.1%}",
        "precision_at_half": f"{recall / max(recall + false, 1e-9):.1%}",
        "precision_at_5_percent": f"{recall / max(recall + 19 * false, 1e-9):.1%}",
    }


def prepared(batch: Batch, listings: pl.DataFrame, knowledge: Knowledge) -> Batch:
    """Give orders as the stage gets them: six of ten lines name a GTIN of the catalogue."""
    gtins = listings.select("product_id", pl.col("gtin").alias("gtin_new")).unique("product_id")
    items = batch.goods_items.join(gtins, on="product_id", how="left", maintain_order="left")
    items = items.with_columns(pl.col("gtin_new").alias("gtin_text")).drop("gtin_new")
    done = check_stage(batch.with_frames(goods_items=items), knowledge, on=ON)
    return done.with_frames(goods_items=conform(done.goods_items, "goods_items", OWNERS))


def catalogue_of(listings: pl.DataFrame) -> pl.DataFrame:
    """Give the listings' products and invented ones up to `PRODUCTS`."""
    own = listings.select(
        "gtin", pl.col("plain").alias("name"), "brand", pl.col("hs6").alias("hsCode"),
        pl.col("origin").alias("countryOfOrigin"),
    ).unique("gtin")  # fmt: skip
    more = max(0, PRODUCTS - own.height)
    body = [f"{n:012d}" for n in range(600_000_000_000, 600_000_000_000 + more)]
    place = np.arange(more) % own.height
    rest = own[place].with_columns(pl.Series("gtin", [b + gs1(b) for b in body]))
    return pl.concat([own, rest])


def stage_costs(batch: Batch, empty: Knowledge, known: Knowledge) -> list[dict[str, Any]]:
    one = next_with_gtin(batch)
    without = one.with_frames(
        goods_items=one.goods_items.with_columns(gtin=pl.lit(None, pl.String))
    )
    rows = [
        timed("products, no catalogue", PARCELS, lambda: products(batch, empty, on=ON)),
        timed(
            f"products, catalogue of {PRODUCTS:,}", PARCELS, lambda: products(batch, known, on=ON)
        ),
    ]
    for what, alone, knowledge in (
        ("one parcel, no catalogue", one, empty),
        ("one parcel, catalogue, GTIN not in it", without, known),
        ("one parcel, catalogue, GTIN in it", one, known),
    ):
        times = [1e3 * seconds(partial(products, alone, knowledge, on=ON)) for _ in range(SINGLES)]
        rows.append({"what": what, "p50_ms": statistics.median(times), "p99_ms": max(times)})
    return rows


def next_with_gtin(batch: Batch) -> Batch:
    name = batch.goods_items.drop_nulls("gtin")["consignment_id"][0]
    return batch.with_frames(
        **{
            frame: getattr(batch, frame).filter(pl.col("consignment_id") == name)
            for frame in ("consignments", "goods_items", "parties", "findings", "repairs")
        }
    )


def recall_check(batch: Batch, folder: Path) -> dict[str, Any]:
    """Look for 9,000 recalls (50 by GTIN, the rest by maker and model) in a run's results."""
    finished = batch.consignments.with_columns(
        pl.lit("release").alias("decision"), pl.col("consignment_id").alias("person_key")
    )
    finished.write_parquet(folder / "consignments.parquet")
    batch.goods_items.write_parquet(folder / "goods_items.parquet")
    gtins = batch.goods_items["gtin"].drop_nulls().unique().sort().head(50).to_list()
    recalls = pl.DataFrame(
        [
            {"agency": "X", "recall_id": f"{n}", "number": f"{n}", "makers": [f"Maker{n} Works"],
             "gtins": gtins[n : n + 1], "products": [{"name": "thing", "model": f"QX-{n:05d}"}]}
            for n in range(9000)
        ],
        schema=RECALLS.schema,
    )  # fmt: skip
    row = timed("recalls check, 9,000 recalls", PARCELS, lambda: check(recalls, [folder], on=ON))
    return {**row, "seconds": f"{PARCELS / row['rows_per_s']:.2f}"}


def timed(what: str, rows: int, work: Callable[[], object]) -> dict[str, Any]:
    return {"what": what, "rows_per_s": rows / seconds(work)}


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
