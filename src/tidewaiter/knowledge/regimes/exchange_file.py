"""Read a file of official rates of exchange: a CSV with a row a currency and period.

Columns (names in any case): `currency` (ISO 4217), `per_unit` (what one unit is in the currency of
the regime, as HMRC's inverse or a CBP rate) or `units_per` (how many units one of the regime's
currency buys, as the ECB and HMRC publish), `from` and `to`: first and last day the rate is for,
as authorities print them, written 2026-11-01. Delimiter comma, semicolon or tab; decimals with a
point. Read whole or not at all: for a rate silently left out an estimate would stand in.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

import polars as pl

from tidewaiter.knowledge.regimes.exchange import IMPORTED, RATE
from tidewaiter.knowledge.tariff.csv_records import Record, find_columns, records
from tidewaiter.vocabulary.errors import InputError

ROWS_MAX = 100_000
FAULTS_SHOWN_MAX = 20
RATE_MIN, RATE_MAX = Decimal("1e-7"), Decimal("1e7")  # beyond it too few digits are left
_COLUMNS = {
    "currency": ("currency", "currency_code", "code"),
    "per_unit": ("per_unit",),
    "units_per": ("units_per", "currency_units_per", "currency_units_per_1"),
    "from": ("from", "start_date", "valid_from"),
    "to": ("to", "end_date", "valid_to"),
}
_NEEDED = ("currency", "from", "to")
_DECIMAL = re.compile(r"[0-9]+(\.[0-9]+)?")


@dataclass(frozen=True, slots=True)
class About:
    """What is told of a file of rates.

    Args:
        currency: the regime's; rates are into it.
        authority: who published them, such as ECB or HMRC.
        source: where they are from.
        imported_at: day from which they are known here.
        id: digest of the file.
    """

    currency: str
    authority: str
    source: str
    imported_at: dt.date
    id: str


def read_rates(
    data: bytes, about: About, currencies: Collection[str], *, name: str
) -> pl.DataFrame:
    """Read a file of rates.

    Args:
        data: the whole file.
        about: what is told of it.
        currencies: codes that exist.
        name: of the file, for errors.

    Returns:
        Frame `IMPORTED`.

    Raises:
        InputError: a header that lacks columns, or rows with faults: all of them at once.
    """
    header, rows = records(data)
    places = find_columns(header, _COLUMNS, _NEEDED)
    both = [column for column in ("per_unit", "units_per") if column in places]
    if len(both) != 1:
        raise InputError(
            "the header needs either per_unit or units_per.",
            where=name,
            remedy=f"per_unit: one unit in {about.currency}; units_per: units for 1 "
            f"{about.currency}.",
        )
    found, faults = [], []
    seen: set[tuple[object, object]] = set()
    for record in rows:
        if record.number > ROWS_MAX:
            raise InputError(f"more than {ROWS_MAX:,} rows.", where=name)
        try:
            row = _row(record, places, both[0], about, currencies)
            key = (row["currency"], row["from"])
            if key in seen:
                faults.append(f"row {record.number}: {key[0]} from {key[1]} stands twice")
            seen.add(key)
            found.append(row)
        except InputError as fault:
            faults.append(f"row {record.number}: {fault.what.removesuffix('.')}")
    if faults or not found:
        more = len(faults) - FAULTS_SHOWN_MAX
        listing = "; ".join(faults[:FAULTS_SHOWN_MAX]) + (f"; and {more} more" if more > 0 else "")
        raise InputError(
            f"{listing or 'no rates in it'}.",
            where=name,
            remedy="Mend the file; nothing of it was taken.",
        )
    told = {"authority": about.authority, "source": about.source,
            "imported_at": about.imported_at, "id": about.id}  # fmt: skip
    return pl.DataFrame([{**row, **told} for row in found], schema=IMPORTED)


def _row(
    record: Record,
    places: dict[str, int],
    written: str,
    about: About,
    currencies: Collection[str],
) -> dict[str, object]:
    if record.fault:
        raise InputError(record.fault)
    said = {column: record.fields[at].strip() for column, at in places.items()}
    currency = said["currency"].upper()
    if currency not in currencies:
        raise InputError(f"{said['currency']!r} is no currency of ISO 4217")
    if currency == about.currency:
        raise InputError(f"{currency} is the regime's own currency")
    first, last = _day(said, "from"), _day(said, "to")
    if last < first:
        raise InputError(f"to {last} is before from {first}")
    rate = _rate(said[written], written)
    if written == "units_per":
        rate = 1 / rate
    return {
        "currency": currency, "per_unit": rate.quantize(Decimal(1).scaleb(-RATE.scale)),
        "from": first, "to": last,
    }  # fmt: skip


def _day(said: dict[str, str], column: str) -> dt.date:
    text = said[column]
    try:
        return dt.date.fromisoformat(text)
    except ValueError as fault:
        raise InputError(f"{column} {text!r} is not a day such as 2026-11-01") from fault


def _rate(text: str, column: str) -> Decimal:
    try:
        rate = Decimal(text) if _DECIMAL.fullmatch(text) else Decimal("NaN")
    except InvalidOperation:
        rate = Decimal("NaN")
    if not rate.is_finite() or not RATE_MIN <= rate <= RATE_MAX:
        raise InputError(f"{column} {text!r} is not a rate such as 1.0850")
    return rate
