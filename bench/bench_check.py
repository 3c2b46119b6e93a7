"""check: parcels a second over made postal messages, and milliseconds for one parcel alone.

The batch is made in memory: 1.5 lines and 2.5 parties a parcel, most data right, some of it written
in other ways (commas, names of countries, ounces), a few per cent wrong, as in the field.
"""

from __future__ import annotations

import datetime as dt
import time
from types import SimpleNamespace
from typing import Any

import polars as pl

from tidewaiter.knowledge.codelists import load_codelists
from tidewaiter.knowledge.findings import load_findings
from tidewaiter.knowledge.nomenclature import load_nomenclature
from tidewaiter.knowledge.quality import load_quality
from tidewaiter.knowledge.vague import load_vague
from tidewaiter.stages.check import check
from tidewaiter.vocabulary.batch import Batch, conform

PARCELS, ROUNDS, ALONE = 200_000, 3, 50
ON = dt.date(2026, 11, 22)
ARTICLES = (
    "phone case", "shirt", "dress", "coffee mug", "wall clock", "handbag", "sunglasses", "necklace",
    "usb cable", "toy car", "pillow cover", "running shoes", "wrist watch", "hair clip", "notebook",
)  # fmt: skip
MATERIALS = ("cotton", "plastic", "steel", "leather", "silicone", "wooden", "ceramic", "silk")
STYLES = (
    "printed",
    "with pattern",
    "for women",
    "for men",
    "2 pcs",
    "large",
    "with lace",
    "retro style",
)
COLOURS = ("blue", "black", "red", "green", "white", "pink", "grey", "yellow", "brown")


def run() -> list[dict[str, Any]]:
    knowledge: Any = known()
    batch = made(PARCELS)
    alone = _message(made(20), 7)
    check(alone, knowledge, on=ON)
    seconds, busy = (
        min(times)
        for times in zip(*(_seconds(batch, knowledge) for _ in range(ROUNDS)), strict=True)
    )
    single = sorted(_seconds(alone, knowledge)[0] for _ in range(ALONE))
    return [
        {
            "what": f"check, {PARCELS} parcels (1.5 lines, 2.5 parties each)",
            "rows_per_s": round(PARCELS / seconds),
            "note": f"{seconds * 1e6 / PARCELS:.2f} us a parcel by the clock (ceiling 7), "
            f"{busy * 1e6 / PARCELS:.2f} us of processor time",
        },
        {
            "what": "check, one parcel alone",
            "p50_ms": single[ALONE // 2] * 1000,
            "p99_ms": single[-1] * 1000,
            "note": f"best {single[0] * 1000:.1f} ms; ceiling 10 ms",
        },
    ]


def _message(batch: Batch, number: int) -> Batch:
    """Give one message of a batch alone."""
    key = batch.consignments["contribution_id"][number]
    names = ("consignments", "goods_items", "parties", "contributions")
    frames = batch.frames()
    return Batch(**{name: frames[name].filter(contribution_id=key) for name in names})


def known() -> SimpleNamespace:
    """Give what `check` needs to know, without the packs of other stages."""
    return SimpleNamespace(
        lane="EU",
        codelists=load_codelists(),
        vague=load_vague(),
        quality=load_quality(),
        nomenclature=load_nomenclature("hs2022"),
        findings=load_findings(),
    )


def made(parcels: int) -> Batch:
    """Make postal messages; the same number gives the same messages."""
    number = pl.int_range(parcels, dtype=pl.Int64)
    base = pl.select(number.alias("n")).with_columns(
        consignment_id=pl.concat_str(pl.lit("LP"), (pl.col("n") + 10_000_000).cast(pl.String)),
        contribution_id=pl.concat_str(
            pl.lit("itmatt:"), pl.col("n").hash(1).cast(pl.String).str.zfill(32)
        ),
    )
    n = pl.col("n")
    return Batch(
        consignments=conform(_parcels(base, n), "consignments"),
        goods_items=conform(_lines(base, n), "goods_items"),
        parties=conform(_parties(base, n), "parties"),
        contributions=conform(
            base.select("contribution_id", "consignment_id", view=pl.lit("postal")),
            "contributions",
        ),
    )


def _one_of(values: tuple[str, ...], by: pl.Expr) -> pl.Expr:
    return by.cast(pl.Int64).mod(len(values)).replace_strict(
        list(range(len(values))), list(values), return_dtype=pl.String
    )  # fmt: skip


def _parcels(base: pl.DataFrame, n: pl.Expr) -> pl.DataFrame:
    moment = pl.lit(dt.datetime(2026, 11, 1, tzinfo=dt.UTC)) + pl.duration(seconds=n % 1_000_000)
    day = pl.lit(dt.datetime(2026, 11, 10, tzinfo=dt.UTC)) + pl.duration(days=n % 20)
    return base.select(
        "consignment_id",
        "contribution_id",
        tracking_id="consignment_id",
        message_at_text=moment.dt.strftime("%Y-%m-%dT%H:%M:%SZ"),
        loading_at_text=day.dt.strftime("%Y-%m-%dT%H:%M:%SZ"),
        country_departure_text=pl.when(n % 50 == 0).then(pl.lit("China")).otherwise(pl.lit("CN")),
        country_destination_text=_one_of(("DE", "FR", "ES", "IT", "NL"), n),
        transport_mode_text=pl.lit("5"),
        nature_text=_one_of(("11", "11", "11", "31", "sale"), n // 7),
        gross_mass_text=(n % 900 + 700).truediv(1000).round(3).cast(pl.String),
        gross_mass_unit=pl.when(n % 100 == 0).then(pl.lit("Kgs.")).otherwise(pl.lit("kg")),
        total_value_text=(n % 90 + 10).cast(pl.String),
        total_currency_text=_one_of(("EUR", "USD", "GBP"), n),
        item_count_text=(n % 2 + 1).cast(pl.String),
    )


def _lines(base: pl.DataFrame, n: pl.Expr) -> pl.DataFrame:
    lines = pl.concat(
        [
            base.with_columns(item_no=pl.lit(1, dtype=pl.Int32)),
            base.filter(n % 2 == 1).with_columns(item_no=pl.lit(2, dtype=pl.Int32)),
        ]
    ).sort("n", "item_no")
    by = n * 7 + pl.col("item_no")
    words = pl.concat_str(
        _one_of(COLOURS, by),
        _one_of(MATERIALS, by // 9),
        _one_of(ARTICLES, by // 72),
        _one_of(STYLES, by // 1080),
        separator=" ",
    )
    worth = pl.when(n % 2 == 1).then((n % 90 + 10) / 2).otherwise((n % 90 + 10).cast(pl.Float64))
    return lines.select(
        "consignment_id",
        "contribution_id",
        "item_no",
        description_text=pl.when(n % 60 == 0).then(pl.lit("gift")).otherwise(words),
        hs_code_text=pl.when(n % 40 == 0).then(pl.lit("6109.10")).otherwise(pl.lit("610910")),
        gtin_text=pl.when(n % 3 == 0).then(pl.lit("4006381333931")),
        quantity_text=pl.when(n % 10 == 0).then(pl.lit("2")).otherwise(pl.lit("1")),
        net_mass_text=(n % 240 + 60).truediv(1000).round(3).cast(pl.String),
        mass_unit=pl.lit("kg"),
        declared_value_text=pl.when(n % 45 == 0)
        .then(worth.cast(pl.String).str.replace(".", ",", literal=True))
        .otherwise(worth.cast(pl.String)),
        declared_currency_text=_one_of(("EUR", "USD", "GBP"), n),
        value_basis=pl.lit("total"),
        mass_basis=pl.lit("total"),
        country_origin_text=pl.lit("CN"),
    )


def _parties(base: pl.DataFrame, n: pl.Expr) -> pl.DataFrame:
    roles = pl.concat(
        [
            base.with_columns(role=pl.lit("consignor")),
            base.with_columns(role=pl.lit("consignee")),
            base.filter(n % 2 == 0).with_columns(role=pl.lit("seller")),
        ]
    ).sort("n")
    receiving = pl.col("role") == "consignee"
    here = _one_of(("DE", "FR", "ES", "IT", "NL"), n)
    who = pl.concat_str(pl.lit("Anna Maria Person "), (n % 65_000).cast(pl.String))
    shop = pl.concat_str(pl.lit("Trading House "), (n % 900).cast(pl.String), pl.lit(" Ltd"))
    postcode = pl.when(here == "NL").then(pl.lit("1012 AB")).otherwise(
        (n % 89_999 + 10_000).cast(pl.String)
    )  # fmt: skip
    return roles.select(
        "consignment_id",
        "contribution_id",
        "role",
        name=pl.when(n % 700 == 0).then(pl.lit("Test")).when(receiving).then(who).otherwise(shop),
        street=pl.concat_str(pl.lit("Long Street "), (n % 300).cast(pl.String)),
        city=pl.when(receiving).then(pl.lit("Newtown")).otherwise(pl.lit("Shenzhen")),
        postcode=pl.when(receiving).then(postcode).otherwise(pl.lit("518000")),
        country_text=pl.when(receiving).then(here).otherwise(pl.lit("CN")),
        phone=pl.when(receiving).then(pl.lit("+49 30 1234567")),
    )


def _seconds(batch: Batch, knowledge: Any) -> tuple[float, float]:
    """Give the time by the clock, and the processor time, of checking a batch."""
    start, busy = time.perf_counter(), time.process_time()
    check(batch, knowledge, on=ON)
    return time.perf_counter() - start, time.process_time() - busy
