"""Read what is told about debts: events (NDJSON), tax returns and declared lines (CSV, Parquet).

A line that cannot be used is refused with the reason and its number; the others are taken. Amounts
are decimals: text or JSON numbers, which are read digit by digit, never as floats.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import polars as pl

from tidewaiter.vocabulary.account_frames import DECLARED_TAX, EVENTS, TAX_RETURN, fitted
from tidewaiter.vocabulary.columns import Frame
from tidewaiter.vocabulary.errors import InputError, unknown_name

EVENTS_MAX = 1_000_000
AMOUNT_MAX = Decimal(10) ** 20
ALIASES = {
    "ioss": "number", "ioss_number": "number", "vat_number": "number", "tax_number": "number",
    "fiscal_reference": "number", "member_state": "country", "country_destination": "country",
    "vat_rate": "rate", "rate_percent": "rate", "taxable_amount": "taxable", "value": "taxable",
    "base": "taxable", "vat": "tax", "vat_amount": "tax", "tax_amount": "tax",
}  # fmt: skip


def read_events(data: bytes) -> tuple[pl.DataFrame, list[dict[str, Any]]]:
    """Read events, one JSON object a line.

    Returns:
        Frame `EVENTS`, and `line, why, raw` of lines that are none.
    """
    rows, bad = [], []
    lines = data.decode("utf-8", "replace").splitlines()
    if len(lines) > EVENTS_MAX:
        raise InputError(
            f"{len(lines):,} events at once; {EVENTS_MAX:,} are allowed.", remedy="Cut the file."
        )
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            rows.append(_event(line))
        except InputError as fault:
            bad.append({"line": number, "why": str(fault), "raw": line})
    return pl.DataFrame(rows, schema=EVENTS.schema), bad


def _event(line: str) -> dict[str, Any]:
    try:
        said = json.loads(line, parse_float=Decimal, parse_int=Decimal)
    except ValueError as fault:
        raise InputError(f"not JSON: {fault}.") from fault
    if not isinstance(said, dict):
        raise InputError("not a JSON object.")
    known = EVENTS.schema
    for name in said:
        if name not in known:
            raise unknown_name("field of an event", name, known)
    return {name: _value(name, said.get(name), dtype) for name, dtype in known.items()}


def _value(name: str, value: Any, dtype: pl.DataType) -> Any:
    if value is None or value == "":
        return None
    text = str(value)
    if isinstance(dtype, pl.Date):
        try:
            return dt.date.fromisoformat(text)
        except ValueError as fault:
            raise InputError(f"{name} {text!r} is no date such as 2026-07-31.") from fault
    if isinstance(dtype, pl.String):
        return text
    try:
        number = Decimal(text)
    except InvalidOperation as fault:
        raise InputError(f"{name} {text!r} is no number such as 12.50.") from fault
    places = number.as_tuple().exponent
    if not isinstance(places, int) or abs(number) >= AMOUNT_MAX:
        raise InputError(f"{name} {text!r} is out of all bounds.")
    if isinstance(dtype, pl.Decimal):
        if -places > (dtype.scale or 0):
            raise InputError(f"{name} {text!r} has more than {dtype.scale} decimals.")
        return number
    if number != number.to_integral_value():
        raise InputError(f"{name} {text!r} is no whole number.")
    return int(number)


def read_return(path: Path, currency: str = "EUR") -> pl.DataFrame:
    """Read a tax return (CSV or Parquet): number, country, rate?, taxable, tax, currency?.

    Args:
        path: the file; other usual names of the columns are known (`ioss_number, vat_rate, ...`).
        currency: of lines that tell none.

    Raises:
        InputError: no such file, a column is missing, or an amount is none.
    """
    frame = _read(path, TAX_RETURN, needed=("number", "country", "tax"))
    return frame.with_columns(pl.col("currency").fill_null(currency))


def read_declared(path: Path, currency: str = "EUR") -> pl.DataFrame:
    """Read declared lines (CSV or Parquet) as `read_return` does, with `consignment_id?`."""
    frame = _read(path, DECLARED_TAX, needed=("number", "country", "tax"))
    return frame.with_columns(pl.col("currency").fill_null(currency))


def read_numbers(path: Path) -> frozenset[str]:
    """Read registered numbers, one a line."""
    if not path.is_file():
        raise InputError(f"no file {str(path)!r}.", where="--register", remedy="Check the path.")
    lines = path.read_text("utf-8").splitlines()
    return frozenset(line.strip().upper() for line in lines if line.strip())


def _read(path: Path, shape: Frame, needed: Iterable[str]) -> pl.DataFrame:
    if not path.is_file():
        raise InputError(f"no file {str(path)!r}.", remedy="Check the path.")
    try:
        if path.suffix == ".parquet":
            frame = pl.read_parquet(path)
        else:
            frame = pl.read_csv(path, infer_schema=False)
    except pl.exceptions.PolarsError as fault:
        raise InputError(
            f"it cannot be read: {fault}", where=str(path), remedy="Give CSV or Parquet."
        ) from fault
    names = {name: name.strip().lower().replace(" ", "_") for name in frame.columns}
    frame = frame.rename({name: ALIASES.get(plain, plain) for name, plain in names.items()})
    missing = [name for name in needed if name not in frame.columns]
    if missing:
        raise InputError(
            f"column {missing[0]!r} is missing; there are {', '.join(frame.columns)}.",
            where=str(path),
            remedy=f"Name the columns {', '.join(shape.schema)}.",
        )
    decimals = [n for n, d in shape.schema.items() if isinstance(d, pl.Decimal)]
    plain = fitted(
        frame.select(pl.all().cast(pl.String)),
        Frame(shape.name, "", (), tuple(_as_text(c.name) for c in shape.columns)),
    )
    typed = fitted(plain.with_columns(_decimal(name) for name in decimals), shape)
    wrong = [name for name in decimals if (typed[name].is_null() & plain[name].is_not_null()).any()]
    if wrong:
        row = typed[wrong[0]].is_null() & plain[wrong[0]].is_not_null()
        raise InputError(
            f"{wrong[0]} {plain[wrong[0]].filter(row)[0]!r} is no number.",
            where=str(path),
            remedy="Write numbers with a point, such as 1234.50.",
        )
    return typed


def _as_text(name: str) -> Any:
    from tidewaiter.vocabulary.columns import TEXT, Column

    return Column(name, TEXT, "", "")


def _decimal(name: str) -> pl.Expr:
    text = pl.col(name).str.strip_chars().str.strip_suffix("%").str.strip_chars()
    plain = pl.when(text.str.contains(r"^-?\d+(\.\d+)?$")).then(text)
    return plain.cast(pl.Decimal(38, 6))
