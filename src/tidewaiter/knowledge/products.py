"""What is known of products beyond the packs: catalogue, recalls and history, ready to look up.

`Products` is data that the runtime loads from local files and hands to the flow beside the packs
(`Knowledge.products`); empty by default, and then the stage `products` does nothing. GTINs are
looked up as numbers in a sorted array, so one parcel pays microseconds however large the catalogue
is. Knows nothing of files; its digests go into every decision's digest.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt
import polars as pl

from tidewaiter.vocabulary.folding import folded
from tidewaiter.vocabulary.product_frames import CATALOGUE, HISTORY, RECALLS, empty_frame

Numbers = npt.NDArray[np.uint64]
Places = npt.NDArray[np.int64]

NOWHERE = -1
_COUNTRY_BASE = np.uint64(1 << 10)  # two letters fit in 26 x 26 < 1024; a GTIN in 47 bits
_BETWEEN_MODELS = r"(?i)\s+(?:and|or)\s+|[;/|]"
_PRODUCT_HISTORY = (pl.col("kind") == "product") & pl.col("key").str.contains(r"^\d{14}$")


def gtin_numbers(gtins: pl.Series) -> Numbers:
    """Give GTINs of 14 digits as numbers, 0 for null (no valid GTIN is 0)."""
    return gtins.cast(pl.UInt64, strict=False).fill_null(0).to_numpy()


def places(keys: Numbers, wanted: Numbers) -> Places:
    """Give where each wanted number stands in sorted keys, `NOWHERE` if it does not."""
    if not len(keys):
        return np.full(len(wanted), NOWHERE, np.int64)
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where((keys[at] == wanted) & (wanted > 0), at, NOWHERE)


def country_numbers(codes: pl.Series) -> Numbers:
    """Give ISO alpha-2 codes as numbers below 1024, 1023 for null or anything else."""
    letters = codes.to_frame("code").select(
        pl.when(pl.col("code").str.contains(r"^[A-Z]{2}$"))
        .then(
            pl.col("code").str.encode("hex").str.to_integer(base=16, strict=False).cast(pl.UInt64)
        )
        .alias("code")
    )["code"]
    pair = letters.fill_null(0).to_numpy()
    first, second = pair >> np.uint64(8), pair & np.uint64(0xFF)
    number = (first - np.uint64(65)) * np.uint64(26) + (second - np.uint64(65))
    return np.where(pair > 0, number, np.uint64(1023)).astype(np.uint64)


@dataclass(frozen=True, slots=True, eq=False)
class OriginHistory:
    """Origins declared for each GTIN in the past.

    Args:
        keys: sorted GTINs as numbers.
        lines: lines with an origin, per GTIN.
        most: the most frequent origin, per GTIN.
        pair_keys: sorted numbers of GTIN and country together.
        pair_lines: lines of each pair.
    """

    keys: Numbers
    lines: Places
    most: pl.Series
    pair_keys: Numbers
    pair_lines: Places

    def with_origin(self, gtins: Numbers, countries: Numbers) -> Places:
        """Give how many lines of each GTIN had that country as origin."""
        if not len(self.pair_keys):
            return np.zeros(len(gtins), np.int64)
        at = places(self.pair_keys, gtins * _COUNTRY_BASE + countries)
        return np.where(at >= 0, self.pair_lines[at], 0)


@dataclass(frozen=True, eq=False)
class Products:
    """Catalogue, recalls and history of products.

    Args:
        catalogue: frame `CATALOGUE`, sorted by `gtin`, each once.
        recalls: frame `RECALLS`.
        history: frame `HISTORY`.
        digests: what was loaded, to its SHA-256.
    """

    catalogue: pl.DataFrame = field(default_factory=lambda: empty_frame(CATALOGUE))
    recalls: pl.DataFrame = field(default_factory=lambda: empty_frame(RECALLS))
    history: pl.DataFrame = field(default_factory=lambda: empty_frame(HISTORY))
    digests: dict[str, str] = field(default_factory=dict)

    @cached_property
    def empty(self) -> bool:
        """Whether nothing is known."""
        return not (self.catalogue.height or self.recalls.height or self.history.height)

    @cached_property
    def keys(self) -> Numbers:
        """The catalogue's GTINs as sorted numbers."""
        return gtin_numbers(self.catalogue["gtin"])

    @cached_property
    def recalled(self) -> tuple[Numbers, Places]:
        """Recalled GTINs as sorted numbers, and the recall (row) of each: the latest."""
        listed = (
            self.recalls.select("gtins", "day", pl.int_range(pl.len()).alias("row"))
            .explode("gtins")
            .drop_nulls("gtins")
            .sort("gtins", "day", "row", nulls_last=False)
            .unique("gtins", keep="last", maintain_order=True)
        )
        return gtin_numbers(listed["gtins"]), listed["row"].to_numpy().astype(np.int64)

    @cached_property
    def models(self) -> pl.DataFrame:
        """Models of recalls: `row` (recall), `model` and `names` (both folded, one row a model)."""
        makers = pl.concat_str(
            pl.col("makers").list.join(" "), "brand", separator=" ", ignore_nulls=True
        )
        rows = self.recalls.select(
            pl.int_range(pl.len()).alias("row"), makers.alias("names"), "products"
        )
        listed = pl.col("products").struct.field("model").str.replace_all(_BETWEEN_MODELS, ",")
        models = (
            rows.explode("products")
            .with_columns(listed.str.split(",").alias("model"))
            .explode("model")
            .drop_nulls("model")
        )
        return models.select("row", folded(pl.col("names")), folded(pl.col("model"))).filter(
            pl.col("model") != ""
        )

    @cached_property
    def origins(self) -> OriginHistory:
        """Past origins by GTIN."""
        rows = (
            self.history.filter(_PRODUCT_HISTORY & (pl.col("field") == "origin"))
            .select("key", pl.col("value").alias("origin"), "n")
            .sort("key", "n", "origin", descending=[False, True, False])
        )
        by_product = rows.group_by("key", maintain_order=True).agg(
            pl.col("n").sum(), pl.col("origin").first()
        )
        pairs = gtin_numbers(rows["key"]) * _COUNTRY_BASE + country_numbers(rows["origin"])
        order = np.argsort(pairs)
        return OriginHistory(
            keys=gtin_numbers(by_product["key"]),
            lines=by_product["n"].to_numpy().astype(np.int64),
            most=by_product["origin"],
            pair_keys=pairs[order],
            pair_lines=rows["n"].to_numpy().astype(np.int64)[order],
        )


NO_PRODUCTS = Products()
