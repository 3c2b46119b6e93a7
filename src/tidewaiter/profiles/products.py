"""Products, makers and factories over all parcels, as a summary that merges exactly.

One frame (`HISTORY`) of facts: lines and parcels counted, first and last day, origins, subheadings
and destinations with their lines, prices in fixed bins, sellers by a sketch. Adding two summaries
is adding counts and taking the earlier, later or higher of the rest, so order and cut do not matter
as long as a parcel is in one part only.

- A product is its GTIN; without one, brand and title folded (`~brand title`, cut to 120 signs).
- A maker is its folded name; a factory is a digest of folded name and address.
- Prices per unit fall into `BINS_PER_DECADE` bins a power of ten, per currency: a quantile is right
  within 10 %. No money is reckoned from them.
- Distinct sellers: HyperLogLog (Flajolet et al. 2007) with 256 registers, about 6.5 % error; small
  counts by empty registers. Hashes are BLAKE2b of folded name and country, so they are the same in
  every version, and no name can be read from a register.

Holds no consignee. Knows no file.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import math
from collections.abc import Iterable

import numpy as np
import polars as pl

from tidewaiter.vocabulary.batch import Batch, conform
from tidewaiter.vocabulary.folding import folded
from tidewaiter.vocabulary.product_frames import HISTORY, empty_frame
from tidewaiter.vocabulary.terms import Role

PRODUCT, MAKER, FACTORY = "product", "maker", "factory"
LINES, PARCELS, ORIGIN, HS6, DESTINATION, SELLER = (
    "lines", "parcels", "origin", "hs6", "destination", "seller",
)  # fmt: skip
PRICE = "price:"
BINS_PER_DECADE = 24
REGISTERS = 256
RANK_BITS = 56
KEY_CHARS_MAX = 120
LABEL_CHARS_MAX = 120
_ALPHA = 0.7213 / (1 + 1.079 / REGISTERS)
_KEY = ("kind", "key", "field", "value")
_DAYS = (pl.col("day").min().alias("first_on"), pl.col("day").max().alias("last_on"))
_TEXT = pl.String()


def build(batch: Batch, *, on: dt.date) -> pl.DataFrame:
    """Summarise parcels after `classify` (or finished ones).

    Args:
        batch: parcels; parties may be missing (then sellers and factories are not known).
        on: day taken for parcels that tell none.

    Returns:
        Frame `HISTORY`, sorted by its key.
    """
    lines = _lines(batch, on)
    facts = [empty_frame(HISTORY)]
    for kind, key, label in (
        (PRODUCT, "product", "title"),
        (MAKER, "maker", "maker_name"),
        (FACTORY, "factory", "factory_name"),
    ):
        rows = lines.filter(pl.col(key).is_not_null())
        if rows.height:
            facts += _facts(rows.with_columns(pl.col(key).alias("key"), kind=pl.lit(kind)), label)
    return merge(facts)


def merge(parts: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Add summaries up.

    Args:
        parts: frames `HISTORY`; no parcel may be in two of them.
    """
    rows = pl.concat([empty_frame(HISTORY), *parts])
    registers = pl.col("field") == SELLER
    count = pl.when(registers.first()).then(pl.col("n").max()).otherwise(pl.col("n").sum())
    return (
        rows.group_by(_KEY)
        .agg(
            count.alias("n"),
            pl.col("first_on").min(),
            pl.col("last_on").max(),
            pl.col("label").min(),
        )
        .sort(_KEY)
        .select(HISTORY.schema.keys())
    )


def distinct(registers: pl.DataFrame) -> int:
    """Estimate how many sellers some registers (rows `seller` of one key) stand for."""
    filled = registers.height
    ranks = registers["n"].to_list()
    total = sum(math.ldexp(1.0, -int(rank)) for rank in ranks) + (REGISTERS - filled)
    estimate = _ALPHA * REGISTERS * REGISTERS / total
    if estimate <= 2.5 * REGISTERS and filled < REGISTERS:
        estimate = REGISTERS * math.log(REGISTERS / (REGISTERS - filled))
    return round(float(estimate))


def quantile(bins: pl.DataFrame, share: float) -> float | None:
    """Give the price a share of the lines lie at or below (the middle of its bin).

    Args:
        bins: rows `price:<currency>` of one key.
        share: from 0 to 1.
    """
    if not bins.height:
        return None
    rows = bins.select(pl.col("value").cast(pl.Int64), "n").sort("value")
    wanted = share * int(rows["n"].sum())
    at = rows.filter(pl.col("n").cum_sum() >= wanted)["value"]
    place = at[0] if len(at) else rows["value"][-1]
    return float(10.0 ** ((place + 0.5) / BINS_PER_DECADE))


def product_key(gtin: pl.Expr, brand: pl.Expr, title: pl.Expr) -> pl.Expr:
    """Give the key of a product: its GTIN, else folded brand and title; null without either."""
    words = folded(pl.concat_str([brand, title], separator=" ", ignore_nulls=True))
    named = pl.when(title.is_not_null()).then(words.str.slice(0, KEY_CHARS_MAX).replace("", None))
    return pl.coalesce(gtin, pl.concat_str([pl.lit("~"), named]))


def _lines(batch: Batch, on: dt.date) -> pl.DataFrame:
    """Give one row a line with its keys, its day and what is counted."""
    owners = ("formats", "check", "fuse", "classify")
    items = conform(batch.goods_items, "goods_items", owners)
    parcels = conform(batch.consignments, "consignments", owners).select(
        "consignment_id",
        pl.coalesce("ordered_day", pl.col("message_at").dt.date(), pl.lit(on)).alias("day"),
        pl.col("country_destination").alias("destination"),
    )
    title = pl.coalesce("title", "description", "description_text")
    price = pl.col("declared_value") / pl.col("quantity")
    rows = items.select(
        "consignment_id",
        product_key(pl.col("gtin"), pl.col("brand"), title).alias("product"),
        title.str.slice(0, LABEL_CHARS_MAX).alias("title"),
        "maker_name",
        pl.col("country_origin").alias("origin"),
        "hs6",
        pl.when(pl.col("quantity") > 0).then(price).cast(pl.Float64).alias("price"),
        pl.col("declared_currency").alias("currency"),
    ).join(parcels, on="consignment_id", how="left", maintain_order="left")
    parties = conform(batch.parties, "parties", ("formats", "check"))
    rows = rows.join(_sellers(parties), on="consignment_id", how="left", maintain_order="left")
    rows = rows.join(_makers(parties), on="consignment_id", how="left", maintain_order="left")
    maker = pl.coalesce("maker_name", "factory_maker")
    return rows.with_columns(
        pl.col("day").fill_null(on),
        maker.str.slice(0, LABEL_CHARS_MAX).alias("maker_name"),
        folded(maker).replace("", None).str.slice(0, KEY_CHARS_MAX).alias("maker"),
    )


def _sellers(parties: pl.DataFrame) -> pl.DataFrame:
    """Give `consignment_id, register, rank` of the seller."""
    who = pl.concat_str([folded(pl.coalesce("company", "name")), "country"], separator="|",
                        ignore_nulls=True)  # fmt: skip
    rows = _role(parties, Role.SELLER, who.alias("seller"))
    hashed = _hashed(rows["seller"])
    rest = hashed["hash"].to_numpy() & np.uint64((1 << RANK_BITS) - 1)
    # The highest bit; 56 bits are more than a float holds, so the upper half comes first.
    upper = (rest >> np.uint64(28)).astype(np.float64)
    lower = (rest & np.uint64((1 << 28) - 1)).astype(np.float64)
    bits = np.where(upper > 0, 28 + np.frexp(upper)[1], np.frexp(lower)[1])
    sketch = hashed.select(
        "seller", (pl.col("hash") // 2**RANK_BITS).cast(pl.Int64).alias("register")
    ).with_columns(pl.Series("rank", RANK_BITS - bits + 1).cast(pl.Int64))
    return rows.join(sketch, on="seller", how="left", maintain_order="left").drop("seller")


def _makers(parties: pl.DataFrame) -> pl.DataFrame:
    """Give `consignment_id, factory, factory_name, factory_maker` of the maker named as a party."""
    place = pl.concat_str(["address", "street", "city", "region", "postcode"], separator=" ",
                          ignore_nulls=True)  # fmt: skip
    name = pl.coalesce("company", "name")
    where = pl.concat_str([folded(name), folded(place), "country"], separator="|")
    shown = pl.concat_str([name, "city", "country"], separator=", ", ignore_nulls=True)
    rows = _role(
        parties,
        Role.MAKER,
        where.alias("seller"),
        shown.str.slice(0, LABEL_CHARS_MAX).alias("factory_name"),
        name.alias("factory_maker"),
    )
    hashed = _hashed(rows["seller"]).select(
        "seller", pl.format("f{}", pl.col("hash")).alias("factory")
    )
    return rows.join(hashed, on="seller", how="left", maintain_order="left").drop("seller")


def _role(parties: pl.DataFrame, role: Role, *columns: pl.Expr) -> pl.DataFrame:
    rows = parties.filter(pl.col("role") == role.value).unique(
        "consignment_id", keep="first", maintain_order=True
    )
    return rows.select("consignment_id", *columns)


def _hashed(texts: pl.Series) -> pl.DataFrame:
    """Give `seller, hash` (64 bits) for the distinct texts."""
    known = texts.drop_nulls().unique().sort()
    digests = [
        int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")
        for text in known.to_list()
    ]
    return pl.DataFrame({"seller": known, "hash": pl.Series(digests, dtype=pl.UInt64)})


def _facts(rows: pl.DataFrame, label: str) -> list[pl.DataFrame]:
    decade = (pl.col("price").log10() * BINS_PER_DECADE).floor().cast(pl.Int64)
    priced = rows.filter((pl.col("price") > 0) & pl.col("currency").is_not_null()).with_columns(
        decade.cast(pl.String).alias("value"), (PRICE + pl.col("currency")).alias("field")
    )
    counted = [
        rows.with_columns(field=pl.lit(LINES), value=pl.lit("")),
        rows.unique(["key", "consignment_id"], keep="any").with_columns(
            field=pl.lit(PARCELS), value=pl.lit("")
        ),
        *(
            rows.drop_nulls(column).with_columns(field=pl.lit(column), value=pl.col(column))
            for column in (ORIGIN, HS6, DESTINATION)
        ),
        priced,
    ]
    shown = pl.when(pl.col("field") == LINES).then(pl.col(label))
    facts = [
        part.with_columns(shown.alias("label")).group_by(_KEY).agg(
            pl.len().cast(pl.Int64).alias("n"), *_DAYS, pl.col("label").min()
        )
        for part in counted
    ]  # fmt: skip
    sketch = (
        rows.drop_nulls("register")
        .with_columns(field=pl.lit(SELLER), value=pl.col("register").cast(pl.String))
        .group_by(_KEY)
        .agg(pl.col("rank").max().alias("n"), *_DAYS, pl.lit(None, dtype=_TEXT).alias("label"))
    )
    return [part.select(HISTORY.schema.keys()) for part in (*facts, sketch)]
