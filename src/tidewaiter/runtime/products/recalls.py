"""Recall lists: import of what agencies publish.

The shape read is that of the US consumer agency's recall service (CPSC; from memory, not checked
against the service), as JSON, NDJSON or a plain CSV, which does for other agencies too: the names
of the fields are the pack's (`packs/products/attributes.toml`). A UPC of 12 digits becomes a GTIN
of 14; one with a wrong check digit is reported and not used. Lists often hold no number at all:
then maker and model in the text are all there is.

One Parquet file (frame `RECALLS`). A recall read again replaces the earlier reading.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from tidewaiter.knowledge.product_rules import load_attributes
from tidewaiter.runtime.products import files
from tidewaiter.runtime.products.reading import BETWEEN, POSITION, read_records, take
from tidewaiter.vocabulary.identifiers import columnar
from tidewaiter.vocabulary.product_frames import MODELS, RECALLS, empty_frame

FILE = "recalls.parquet"
AGENCY = "CPSC"
LISTS = frozenset({"makers", "maker_countries", "product_names", "product_models", "gtins"})
BROKEN_SHOWN_MAX = 20
_BETWEEN_NUMBERS = r"\s*[;,|\n]\s*|\s+and\s+"


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did.

    Args:
        path: the file of recalls.
        read: records read.
        new: recalls that were not known.
        known: recalls now in the file.
        gtins: valid GTINs in the records read.
        without: records of this file without a valid GTIN.
        broken: frame `recall_id, upc, reason`: numbers not used.
        faults: sentences for pieces that could not be read.
    """

    path: Path
    read: int
    new: int
    known: int
    gtins: int
    without: int
    broken: pl.DataFrame
    faults: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Give the figures for machines."""
        return {
            "recalls": str(self.path),
            "read": self.read,
            "new": self.new,
            "known": self.known,
            "gtins": self.gtins,
            "without_gtin": self.without,
            "broken_upcs": self.broken.height,
            "first_broken": self.broken.head(BROKEN_SHOWN_MAX).to_dicts(),
            "faults": list(self.faults),
        }


def place(path: Path) -> Path:
    """Give the file of recalls: the path itself, or the usual name in a folder."""
    return path / FILE if path.is_dir() or not path.suffix else path


def import_file(source: Path, recalls: Path, *, agency: str = AGENCY) -> Imported:
    """Import a recall list.

    Args:
        source: JSON, NDJSON or CSV file.
        recalls: the file of recalls, or its folder; made if it is not there.
        agency: who recalls, where the records do not say.

    Raises:
        InputError: a file that cannot be read at all.
    """
    target = place(recalls)
    records, faults = read_records(source)
    rows, broken, dropped = _rows(records, agency, source.name)
    old = load_recalls(target) if target.exists() else empty_frame(RECALLS)
    key = ["agency", "recall_id"]
    new = rows.join(old, on=key, how="anti").height
    merged = pl.concat([old.join(rows, on=key, how="anti"), rows]).sort(key)
    files.write(merged, target, {"kind": "recalls"})
    return Imported(
        path=target,
        read=records.height,
        new=new,
        known=merged.height,
        gtins=rows["gtins"].explode().drop_nulls().n_unique(),
        without=rows.filter(pl.col("gtins").list.len() == 0).height,
        broken=broken,
        faults=(*faults, *dropped),
    )


def load_recalls(path: Path) -> pl.DataFrame:
    """Read recalls: frame `RECALLS`.

    Raises:
        InputError: no file of recalls there.
    """
    target = place(path)
    files.head(target, "recalls")
    return pl.read_parquet(target).cast(dict(RECALLS.schema))  # type: ignore[arg-type] # schema of declared dtypes


def _rows(
    records: pl.DataFrame, agency: str, source: str
) -> tuple[pl.DataFrame, pl.DataFrame, list[str]]:
    """Give the recalls, the broken numbers, and a sentence for records without an id."""
    named = take(records, load_attributes().names["recalls"], lists=LISTS)
    named = named.with_columns(pl.coalesce("recall_id", "number").alias("recall_id"))
    dropped = [
        f"record {position} has neither id nor number"
        for position in named.filter(pl.col("recall_id").is_null())[POSITION].to_list()
    ]
    named = named.filter(pl.col("recall_id").is_not_null())
    split = pl.col("gtins").str.replace_all(BETWEEN, ",", literal=True)
    numbers = (
        named.select(
            POSITION, "recall_id", split.str.replace_all(_BETWEEN_NUMBERS, ",").str.split(",")
        )
        .explode("gtins")
        .with_columns(pl.col("gtins").str.strip_chars().alias("upc"))
        .filter(pl.col("upc") != "")
        .with_columns(columnar.gtin_normal(pl.col("upc")).alias("gtin"))
    )
    use = columnar.gtin_restricted(pl.col("gtin")).fill_null(value=False)
    reason = (
        pl.when(pl.col("gtin").is_null())
        .then(pl.lit("wrong length or check digit"))
        .when(use)
        .then(pl.lit("not global: another shop may use it for something else"))
    )
    numbers = numbers.with_columns(reason.alias("reason"))
    broken = numbers.filter(pl.col("reason").is_not_null()).select("recall_id", "upc", "reason")
    good = (
        numbers.filter(pl.col("reason").is_null())
        .group_by(POSITION)
        .agg(pl.col("gtin").unique().sort().alias("gtins"))
    )
    rows = (
        named.drop("gtins")
        .join(good, on=POSITION, how="left", maintain_order="left")
        .with_columns(
            pl.col("gtins").fill_null([]),
            pl.col("agency").fill_null(agency),
            pl.col("day").str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False),
            *(
                pl.col(column).str.split(BETWEEN).fill_null([])
                for column in ("makers", "maker_countries")
            ),
            _products(),
            pl.lit(source).alias("source"),
        )
        .unique(["agency", "recall_id"], keep="last", maintain_order=True)
    )
    return rows.select(RECALLS.schema.keys()), broken, dropped


def _products() -> pl.Expr:
    """Give all names and all models of a recall as one entry: lists rarely pair them rightly."""
    names = pl.col("product_names").str.replace_all(BETWEEN, "; ", literal=True)
    models = pl.col("product_models").str.replace_all(BETWEEN, ",", literal=True)
    entry = pl.struct(names.alias("name"), models.alias("model"))
    return pl.concat_list(entry).cast(MODELS).alias("products")
