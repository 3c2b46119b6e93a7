"""Reading labelled and unlabelled texts of goods: CSV, NDJSON or Parquet, or lines from a pipe.

Columns: `text` and / or `title` and `description`, optionally `attributes` (text, JSON object or
list), `category`, `brand`, `gtin`, `product` (or `product_id`, `sku`), `id`; for training and
evaluation `hs6` (or `hs_code`, `code`: its first six digits). Other columns are ignored and named.
Bad rows are kept apart with their line and reason, never dropped in silence; text in a wrong
encoding is read with marks in place of what could not be.
"""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from tidewaiter.vocabulary.errors import InputError

ROWS_MAX = 5_000_000
TEXT_CHARS_MAX = 4_000
ALIASES = {
    "text": ("text",),
    "title": ("title", "name", "product_name", "product_title"),
    "description": ("description",),
    "attributes": ("attributes", "product_attributes"),
    "category": ("category", "category_path", "product_category"),
    "brand": ("brand",),
    "gtin": ("gtin",),
    "product": ("product", "product_id", "sku"),
    "id": ("id", "pid"),
    "hs6": ("hs6", "hs_code", "code"),
}
TEXT_FIELDS = ("title", "description", "category_path", "brand", "attributes")
_GOODS = ("text", "title", "description")


@dataclass(frozen=True, slots=True)
class Texts:
    """Texts of goods.

    Args:
        rows: frame `id, title, description, category_path, brand, attributes, gtin, product, hs6`,
            all text.
        rejected: frame `line, reason`.
        ignored: columns nobody reads here.
        digest: SHA-256 of the file.
    """

    rows: pl.DataFrame
    rejected: pl.DataFrame
    ignored: list[str]
    digest: str


def read_file(path: Path, *, labelled: bool) -> Texts:
    """Read a file of texts.

    Args:
        path: CSV, NDJSON (or JSON lines) or Parquet, by its ending.
        labelled: whether every row needs a code of six digits.

    Raises:
        InputError: no such file, not readable, no column of goods, or no code where one is needed.
    """
    if not path.is_file():
        raise InputError(f"no file {str(path)!r}.", remedy="Give a CSV, NDJSON or Parquet file.")
    data = path.read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    rejected: list[tuple[int, str]] = []
    if path.suffix.lower() in (".ndjson", ".jsonl", ".json"):
        frame, rejected = _from_lines(data)
    else:
        try:
            frame = (
                pl.read_parquet(io.BytesIO(data))
                if path.suffix.lower() == ".parquet"
                else pl.read_csv(
                    io.BytesIO(_decoded(data).encode()), infer_schema=False,
                    truncate_ragged_lines=True,
                )
            )  # fmt: skip
        except pl.exceptions.PolarsError as fault:
            raise InputError(
                f"{path.name} cannot be read: {fault}", remedy="Give a CSV with a header line."
            ) from fault
    if frame.height > ROWS_MAX:
        raise InputError(f"{path.name} has more than {ROWS_MAX:,} rows.", remedy="Cut it.")
    return _named(frame, rejected, digest, labelled=labelled, name=path.name)


def read_lines(data: bytes) -> Texts:
    """Read NDJSON lines without labels; each line must have a text or a title."""
    frame, rejected = _from_lines(data)
    return _named(frame, rejected, hashlib.sha256(data).hexdigest(), labelled=False, name="input")


def read_frame(frame: pl.DataFrame, *, name: str) -> Texts:
    """Read a frame of texts without labels.

    Args:
        frame: any columns of `ALIASES`.
        name: how to call it in an error.

    Raises:
        InputError: no column of goods.
    """
    flat = frame.with_columns(
        pl.col(column).struct.json_encode()
        if isinstance(kind, pl.Struct)
        else pl.col(column).cast(pl.List(pl.String)).list.join(" ")
        if isinstance(kind, pl.List)
        else pl.col(column)
        for column, kind in frame.schema.items()
    )
    return _named(flat, [], "", labelled=False, name=name)


def _decoded(data: bytes) -> str:
    """Read bytes as UTF-8, with marks in place of what is not."""
    return data.decode("utf-8-sig", errors="replace")


def _from_lines(data: bytes) -> tuple[pl.DataFrame, list[tuple[int, str]]]:
    rows: list[dict[str, Any]] = []
    rejected: list[tuple[int, str]] = []
    for number, line in enumerate(_decoded(data).splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as fault:
            rejected.append((number, f"not JSON: {fault}"))
            continue
        if not isinstance(row, dict):
            rejected.append((number, "not a JSON object"))
            continue
        rows.append({**{str(k): _flat(v) for k, v in row.items()}, "_line": number})
    names = dict.fromkeys(key for row in rows for key in row)
    schema = {name: pl.Int64 if name == "_line" else pl.String for name in names}
    return pl.DataFrame(rows, schema=schema or {"_line": pl.Int64}, strict=False), rejected


def _flat(value: Any) -> str | None:
    """Give a JSON value as text: objects as `name: value; ...`, lists joined by blanks."""
    if value is None:
        return None
    if isinstance(value, dict):
        return "; ".join(f"{key}: {_flat(one) or ''}" for key, one in value.items())
    if isinstance(value, list):
        return " ".join(_flat(one) or "" for one in value)
    return str(value)


def _named(
    frame: pl.DataFrame, rejected: list[tuple[int, str]], digest: str, *, labelled: bool, name: str
) -> Texts:
    lower = {column.strip().lower(): column for column in frame.columns}
    found = {
        field: next((lower[alias] for alias in aliases if alias in lower), None)
        for field, aliases in ALIASES.items()
    }
    if frame.height and not any(found[field] for field in _GOODS):
        raise InputError(
            f"{name} has no column of goods; it has {', '.join(frame.columns)}.",
            remedy="Name a column text, title or description.",
        )
    if labelled and not found["hs6"]:
        raise InputError(f"{name} has no column hs6.", remedy="Name the column of codes hs6.")
    none = pl.lit(None, dtype=pl.String)
    taken = {
        field: (pl.col(column).cast(pl.String) if column else none)
        for field, column in found.items()
    }
    line = pl.col("_line") if "_line" in frame.columns else pl.int_range(pl.len()) + 2
    cut = {field: expr.str.head(TEXT_CHARS_MAX) for field, expr in taken.items()}
    rows = frame.select(
        line.cast(pl.Int64).alias("line"),
        cut["id"].alias("id"),
        pl.coalesce(cut["title"], cut["text"]).alias("title"),
        pl.when(cut["title"].is_not_null())
        .then(pl.coalesce(cut["description"], cut["text"]))
        .otherwise(cut["description"])
        .alias("description"),
        cut["category"].alias("category_path"),
        cut["brand"].alias("brand"),
        cut["attributes"].alias("attributes"),
        cut["gtin"].alias("gtin"),
        cut["product"].alias("product"),
        taken["hs6"].str.replace_all(r"\D", "").str.slice(0, 6).alias("hs6"),
    )
    if labelled:
        good = (pl.col("hs6").str.len_chars() == 6) & pl.coalesce(
            "title", "description"
        ).is_not_null()
        bad = rows.filter(~good.fill_null(value=False))["line"]
        rejected = rejected + [(number, "no text, or no code of six digits") for number in bad]
        rows = rows.filter(good)
    used = {column for column in found.values() if column}
    return Texts(
        rows,
        pl.DataFrame(rejected, schema={"line": pl.Int64, "reason": pl.String}, orient="row"),
        [c for c in frame.columns if c not in used and c != "_line"],
        digest,
    )
