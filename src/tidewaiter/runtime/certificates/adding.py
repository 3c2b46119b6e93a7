"""Certificates from a file (CSV, JSON, NDJSON) into the register, each row checked first.

Columns are named as in the frame `certificates` (letters and digits count: `Type code`,
`holderId`); `hs_prefixes` is a list or a text with anything between the codes. Days are ISO dates.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from tidewaiter.runtime.certificates.store import certificates_dir, keep
from tidewaiter.runtime.products.reading import POSITION, folded_name, read_records, take
from tidewaiter.vocabulary.certificate_frames import CERTIFICATES, UNIT, UNITS
from tidewaiter.vocabulary.columns import MASS

REJECTED_SHOWN_MAX = 20
_UPPER = ("type_code", "number", "issuer", "holder_id")
_LOWER = ("unit", "holder_key")
_DAYS = tuple(name for name, dtype in CERTIFICATES.schema.items() if dtype == pl.Date)
_PREFIX_LENGTHS = (2, 4, 6, 8, 10)


@dataclass(frozen=True, slots=True)
class Added:
    """What came of adding.

    Args:
        read: rows read.
        taken: rows that are certificates.
        new: of these, those that were not known or say something new.
        rejected: position and reason of the others.
    """

    read: int
    taken: int
    new: int
    rejected: tuple[tuple[int, str], ...]

    def as_json(self) -> dict[str, Any]:
        """Give the figures for machines."""
        return {
            "read": self.read,
            "taken": self.taken,
            "new": self.new,
            "rejected": [
                {"row": row, "reason": reason} for row, reason in self.rejected[:REJECTED_SHOWN_MAX]
            ],
            "rejected_in_all": len(self.rejected),
            "register": str(certificates_dir()),
        }


def add_file(path: Path) -> Added:
    """Add the certificates of a file to the register.

    Raises:
        InputError: no such file, or neither CSV nor JSON.
    """
    records, _ = read_records(path)
    return add(records, source=path.name)


def add_one(fields: dict[str, str | None], *, source: str) -> Added:
    """Add one certificate told by its fields."""
    said = {folded_name(name): [value] for name, value in fields.items() if value}
    frame = pl.DataFrame(said, schema=dict.fromkeys(said, pl.String))
    return add(frame.with_row_index(POSITION, offset=1), source=source)


def add(records: pl.DataFrame, *, source: str) -> Added:
    """Check rows of text and add those that are certificates.

    Args:
        records: from `read_records`.
        source: who tells.
    """
    names: dict[str, tuple[str, ...]] = {
        name: (folded_name(name),) for name in CERTIFICATES.schema if name != "source"
    }
    told = take(records, names, lists=frozenset({"hs_prefixes"}))
    upper = [pl.col(name).str.strip_chars().str.to_uppercase() for name in _UPPER]
    lower = [pl.col(name).str.strip_chars().str.to_lowercase() for name in _LOWER]
    told = told.with_columns(*upper, *lower)
    typed = told.with_columns(
        pl.col("issuer").fill_null(""),
        pl.col("hs_prefixes").str.extract_all(r"\d+").alias("codes"),
        pl.col("quantity").cast(MASS, strict=False).alias("amount"),
        pl.col("unit").fill_null(UNIT),
        *(
            pl.col(name).str.to_date("%Y-%m-%d", strict=False).alias(f"{name}_day")
            for name in _DAYS
        ),
    )
    judged = typed.with_columns(reason=_reason())
    good = judged.filter(pl.col("reason").is_null()).select(
        *("type_code", "number", "issuer", "holder_id", "holder_key"),
        pl.col("codes").alias("hs_prefixes"),
        "product",
        pl.col("amount").alias("quantity"),
        "unit",
        *(pl.col(f"{name}_day").alias(name) for name in _DAYS),
        pl.lit(source).alias("source"),
    )
    bad = judged.filter(pl.col("reason").is_not_null())
    return Added(
        read=records.height,
        taken=good.height,
        new=keep(good.select(CERTIFICATES.schema.keys())),
        rejected=tuple(zip(bad[POSITION].to_list(), bad["reason"].to_list(), strict=True)),
    )


def _reason() -> pl.Expr:
    """Give why a row is no certificate, null if it is one."""
    lengths = pl.col("codes").list.eval(pl.element().str.len_chars().is_in(_PREFIX_LENGTHS).not_())
    tests = {
        "no type code": pl.col("type_code").is_null(),
        "no number": pl.col("number").is_null(),
        "the quantity is no number": pl.col("quantity").is_not_null() & pl.col("amount").is_null(),
        "the quantity is negative": pl.col("amount") < 0,
        f"the unit must be one of {', '.join(UNITS)}": ~pl.col("unit").is_in(UNITS),
        "goods codes have 2, 4, 6, 8 or 10 digits": lengths.list.any(),
        "goods codes hold no digit": pl.col("hs_prefixes").is_not_null()
        & (pl.col("codes").list.len() == 0),
        **{
            f"{name} is no date such as 2026-11-01": pl.col(name).is_not_null()
            & pl.col(f"{name}_day").is_null()
            for name in _DAYS
        },
        "valid_until is before valid_from": pl.col("valid_until_day") < pl.col("valid_from_day"),
    }
    return pl.coalesce(pl.when(test).then(pl.lit(why)) for why, test in tests.items())
