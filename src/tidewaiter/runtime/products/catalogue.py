"""The local product catalogue: import of GS1-like attributes, and looking a product up.

One Parquet file, one row a GTIN (frame `CATALOGUE`). Beside each field stands `<field>_import`: the
number of the import whose word it is; the imports (file, SHA-256, day, rows) stand in the file's
head. Later rows win, field by field; an empty field never wipes a known one. A file that was
imported before (same SHA-256) adds nothing. Rows without a valid, global GTIN are rejected with the
reason: a number of restricted circulation names another thing in the next shop.

The country of a GS1 prefix is shown as what it is, the GS1 organisation that gave the number, and
never as an origin.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from tidewaiter.knowledge.codelists import Codelists, load_codelists
from tidewaiter.knowledge.product_rules import load_attributes
from tidewaiter.runtime.products import files
from tidewaiter.runtime.products.reading import BETWEEN, POSITION, SEPARATOR, read_records, take
from tidewaiter.vocabulary.errors import InputError
from tidewaiter.vocabulary.folding import folded
from tidewaiter.vocabulary.identifiers import columnar, identify
from tidewaiter.vocabulary.product_frames import CATALOGUE

FILE = "catalogue.parquet"
FIELDS = tuple(column.name for column in CATALOGUE.columns if column.name != "gtin")
COUNTRIES = ("country_origin", "maker_country", "owner_country")
LISTS = frozenset({"resellers", "markets"})
REJECTED_SHOWN_MAX = 20
_IMPORT = "{}_import"


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did.

    Args:
        path: the catalogue.
        read: rows read.
        taken: rows taken.
        new: GTINs that were not known.
        known: GTINs now in the catalogue.
        again: whether the same file had been imported before.
        rejected: frame `position, gtin, reason`.
        unread: names of the fields no column stands for.
    """

    path: Path
    read: int
    taken: int
    new: int
    known: int
    again: bool
    rejected: pl.DataFrame
    unread: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Give the figures for machines."""
        return {
            "catalogue": str(self.path),
            "read": self.read,
            "taken": self.taken,
            "new": self.new,
            "known": self.known,
            "imported_before": self.again,
            "rejected": self.rejected.height,
            "reasons": dict(
                self.rejected["reason"].value_counts(sort=True).iter_rows()  # a handful of rows
            ),
            "first_rejected": self.rejected.head(REJECTED_SHOWN_MAX).to_dicts(),
            "unread": list(self.unread),
        }


def place(path: Path) -> Path:
    """Give the catalogue's file: the path itself, or the usual name in a folder."""
    return path / FILE if path.is_dir() or not path.suffix else path


def import_file(source: Path, catalogue: Path, *, on: dt.date) -> Imported:
    """Import a CSV, JSON or NDJSON file into the catalogue.

    Args:
        source: the file.
        catalogue: the catalogue's file or folder; made if it is not there.
        on: day the data is of.

    Raises:
        InputError: a file that cannot be read at all, or no catalogue.
    """
    target = place(catalogue)
    records, faults = read_records(source)
    old, imports = _old(target)
    digest = files.digest(source)
    rows, rejected = _rows(records, load_codelists())
    broken = pl.DataFrame(
        {"position": [None] * len(faults), "gtin": [None] * len(faults), "reason": faults},
        schema=rejected.schema,
    )
    rejected = pl.concat([rejected, broken])
    again = any(entry["sha256"] == digest for entry in imports)
    new = rows.join(old.select("gtin"), on="gtin", how="anti").height
    if not again:
        number = len(imports) + 1
        imports.append(
            {"number": number, "source": source.name, "sha256": digest, "on": on.isoformat(),
             "read": records.height + len(faults), "products": rows.height}
        )  # fmt: skip
        old = _merged(old, rows, number)
        files.write(old, target, {"kind": "catalogue", "imports": imports})
    names = {name for listed in load_attributes().names["catalogue"].values() for name in listed}
    return Imported(
        path=target,
        read=records.height + len(faults),
        taken=records.height - rejected.height + len(faults),
        new=new,
        known=old.height,
        again=again,
        rejected=rejected,
        unread=tuple(sorted(set(records.columns) - names - {POSITION})),
    )


def load_catalogue(path: Path) -> pl.DataFrame:
    """Read a catalogue: frame `CATALOGUE`, sorted by GTIN.

    Raises:
        InputError: no catalogue there.
    """
    target = place(path)
    files.head(target, "catalogue")
    return pl.read_parquet(target, columns=list(CATALOGUE.schema))


def show(gtin: str, path: Path) -> dict[str, Any]:
    """Give what the catalogue knows of a product, with source and day of each field.

    Raises:
        InputError: no valid GTIN, or no catalogue.
    """
    normal, parts = normal_gtin(gtin)
    target = place(path)
    imports = {entry["number"]: entry for entry in files.head(target, "catalogue")["imports"]}
    found = pl.scan_parquet(target).filter(pl.col("gtin") == normal).collect()
    row = found.row(0, named=True) if found.height else {}
    fields = {}
    for field in FIELDS:
        if row.get(field) is not None:
            entry = imports[row[_IMPORT.format(field)]]
            fields[field] = {"value": row[field], "source": entry["source"], "on": entry["on"]}
    return {"gtin": normal, "known": bool(row), "prefix": parts, "fields": fields}


def normal_gtin(gtin: str) -> tuple[str, dict[str, str]]:
    """Give a GTIN's 14 digits and what its prefix means.

    Raises:
        InputError: it is no GTIN; says why.
    """
    answer = identify("gtin", gtin)
    if not answer.valid or answer.normal is None:
        raise InputError(f"{gtin!r} is no GTIN. {answer.reason}")
    return answer.normal, dict(answer.parts)


def read_country(column: str, lists: Codelists) -> pl.Expr:
    """Read a country written as a code, number or name; null where it is none."""
    text = pl.col(column).str.strip_chars()
    number = text.str.zfill(3)
    by_number = number.replace_strict(
        lists.countries["numeric"], lists.countries["code"], default=None, return_dtype=pl.String
    )
    by_name = folded(text).replace_strict(
        lists.country_names["key"], lists.country_names["code"], default=None,
        return_dtype=pl.String,
    )  # fmt: skip
    upper = text.str.to_uppercase()
    code = pl.when(upper.is_in(lists.countries["code"].implode())).then(upper)
    return pl.coalesce(
        code, pl.when(text.str.contains(r"^\d{1,3}$")).then(by_number), by_name
    ).alias(column)


def _old(target: Path) -> tuple[pl.DataFrame, list[dict[str, Any]]]:
    if not target.exists():
        return pl.DataFrame(schema=_kept_schema()), []
    imports = files.head(target, "catalogue")["imports"]
    return pl.read_parquet(target), list(imports)


def _kept_schema() -> dict[str, pl.DataType]:
    numbers = {_IMPORT.format(field): pl.UInt32() for field in FIELDS}
    return {**CATALOGUE.schema, **numbers}


def _rows(records: pl.DataFrame, lists: Codelists) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Give one row a GTIN (later rows win, field by field) and the rejected rows."""
    named = take(records, load_attributes().names["catalogue"], lists=LISTS).with_columns(
        pl.col(column).str.replace_all(BETWEEN, SEPARATOR, literal=True) for column in LISTS
    )
    written = pl.col("gtin").alias("written")
    normal = columnar.gtin_normal(pl.col("gtin")).alias("gtin")
    read = named.with_columns(written, normal).with_columns(
        columnar.gtin_use(pl.col("gtin")).alias("use"),
        columnar.hs_digits(pl.col("hs_code")).alias("hs_code"),
        *(read_country(column, lists) for column in COUNTRIES),
    )
    restricted = columnar.gtin_restricted(pl.col("gtin")).fill_null(value=False)
    reason = (
        pl.when(pl.col("written").is_null())
        .then(pl.lit("no GTIN"))
        .when(pl.col("written").str.contains(r"[eE]\+?\d|\.\d"))
        .then(pl.lit("GTIN is a number in a spreadsheet's form: its digits are lost"))
        .when(pl.col("gtin").is_null())
        .then(pl.lit("GTIN has a wrong length or check digit"))
        .when(restricted)
        .then(pl.format("GTIN is not global: {}", pl.col("use")))
    )
    read = read.with_columns(reason.alias("reason"))
    rejected = read.filter(pl.col("reason").is_not_null()).select(
        pl.col(POSITION).cast(pl.Int64).alias("position"),
        pl.col("written").alias("gtin"),
        "reason",
    )
    good = read.filter(pl.col("reason").is_null())
    if good["gtin"].is_duplicated().any():
        good = good.group_by("gtin", maintain_order=True).agg(pl.col(FIELDS).drop_nulls().last())
    return good.select("gtin", *FIELDS), rejected


def _merged(old: pl.DataFrame, rows: pl.DataFrame, number: int) -> pl.DataFrame:
    told = rows.with_columns(
        pl.when(pl.col(field).is_not_null())
        .then(pl.lit(number, dtype=pl.UInt32))
        .alias(_IMPORT.format(field))
        for field in FIELDS
    )
    if old.height:
        columns = [column for column in old.columns if column != "gtin"]
        both = old.join(told, on="gtin", how="full", coalesce=True, suffix="_told")
        told = both.select(
            "gtin", *(pl.coalesce(f"{column}_told", column).alias(column) for column in columns)
        )
    return told.select(list(_kept_schema())).sort("gtin")
