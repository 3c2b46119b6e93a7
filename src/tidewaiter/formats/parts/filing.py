"""What every written declaration needs: parcels as documents, fitting values, what is missing.

Order and platform data hold what a shop knows; a declaration wants kilograms, the value of a
whole line, a consignor with an address. `parcels` gives a batch as one `Parcel` per message to
write; the readings below turn text of any sender into what a declaration may hold, or give None;
`Gaps` notes what a filing would lack. The typed columns of `check` win over the text where they
are there; without them only plain figures and known units are read, nothing is guessed.

It knows no single message: which element is mandatory is each format's own table.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, TypeAlias

import polars as pl

from tidewaiter.vocabulary.batch import Batch
from tidewaiter.vocabulary.columns import FINDINGS
from tidewaiter.vocabulary.terms import Basis, Role, Severity

Row: TypeAlias = dict[str, Any]

MISSING = "format.missing_mandatory"
CUT = "format.value_cut"
SEVERITIES = {MISSING: Severity.REJECT, CUT: Severity.WARN}

GRAMS_PER_UNIT = {
    "kg": Decimal(1000),
    "kgm": Decimal(1000),
    "g": Decimal(1),
    "gr": Decimal(1),
    "grm": Decimal(1),
    "oz": Decimal("28.349523125"),
    "onz": Decimal("28.349523125"),
    "lb": Decimal("453.59237"),
    "lbs": Decimal("453.59237"),
    "lbr": Decimal("453.59237"),
}
"""Grams in a unit of mass: SI and UN/ECE Recommendation 20 codes, international avoirdupois."""

S10 = re.compile(r"[A-Z]{2}[0-9]{9}[A-Z]{2}")
"""Shape of a postal item number (UPU S10); the check digit is for `check`."""

_FIGURE = re.compile(r"[0-9]{1,18}(?:\.[0-9]{1,12})?")
_ORDINAL = re.compile(r"[0-9]{1,6}")
_SENDERS = (Role.CONSIGNOR, Role.SELLER, Role.PLATFORM)
_RECIPIENTS = (Role.CONSIGNEE, Role.IMPORTER, Role.BUYER)


@dataclass(frozen=True, slots=True)
class Parcel:
    """One message to write: the consignment's row, its lines in order, its parties by role."""

    consignment: Row
    items: list[Row]
    parties: dict[str, Row]
    contribution: Row
    decision: Row = field(default_factory=dict)
    native: bool = False

    def first(self, roles: Iterable[str]) -> Row | None:
        """Give the first party there is of some roles, in their order."""
        return next((self.parties[role] for role in roles if role in self.parties), None)

    def sender(self) -> Row | None:
        """Who sends: the consignor, else the seller, else the platform."""
        return self.first(_SENDERS)

    def recipient(self) -> Row | None:
        """Who receives: the consignee, else the importer, else the buyer."""
        return self.first(_RECIPIENTS)

    def with_rows(self, consignment: Row, items: list[Row], parties: dict[str, Row]) -> Parcel:
        """Give a copy with other rows."""
        return replace(self, consignment=consignment, items=items, parties=parties)


def parcels(batch: Batch, format_names: Iterable[str] = ()) -> Iterator[Parcel]:
    """Give each row of `consignments` with what belongs to it, in row order.

    Before `fuse` rows are joined by consignment and contribution, after it (one row a parcel) by
    consignment. A parcel is `native` if all its messages came in one of `format_names`: only then
    do its `unread` fields fit the message being written.
    """
    single = not batch.consignments["consignment_id"].is_duplicated().any()
    keys = ["consignment_id"] if single else ["consignment_id", "contribution_id"]
    items = _grouped(batch.goods_items, keys)
    parties = _grouped(batch.parties, keys)
    said = _grouped(batch.contributions, keys)
    decisions = _grouped(batch.decisions, ["consignment_id"])
    names = set(format_names)
    for row in batch.consignments.rows(named=True):
        key = tuple(row[column] for column in keys)
        messages = said.get(key, [])
        yield Parcel(
            consignment=row,
            items=items.get(key, []),
            parties={party["role"]: party for party in reversed(parties.get(key, []))},
            contribution=messages[0] if messages else {},
            decision=next(iter(decisions.get((row["consignment_id"],), [])), {}),
            native=bool(messages) and all(said_by["format"] in names for said_by in messages),
        )


def _grouped(frame: pl.DataFrame, keys: list[str]) -> dict[tuple[Any, ...], list[Row]]:
    groups: dict[tuple[Any, ...], list[Row]] = {}
    for row in frame.rows(named=True):
        groups.setdefault(tuple(row[key] for key in keys), []).append(row)
    return groups


def figure(text: Any) -> Decimal | None:
    """Read a plain figure (`12`, `12.50`, or a Decimal); None for anything else.

    >>> figure("12.50"), figure("12,50"), figure(None)
    (Decimal('12.50'), None, None)
    """
    if isinstance(text, Decimal):
        return text if text >= 0 else None
    if isinstance(text, str) and _FIGURE.fullmatch(text.strip()):
        return Decimal(text.strip())
    return None


def written(value: Decimal | None, decimals: int) -> str | None:
    """Write a figure with at most so many decimals, rounded half up, no trailing zeros.

    >>> written(Decimal("0.0450"), 6), written(Decimal("1200"), 2), written(None, 2)
    ('0.045', '1200', None)
    """
    if value is None:
        return None
    text = f"{value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def amount(value: Decimal | None) -> str | None:
    """Write money: two decimals, or three where a third counts.

    >>> amount(Decimal("406")), amount(Decimal("1.2345"))
    ('406.00', '1.235')
    """
    text = written(value, 3)
    if text is None:
        return None
    whole, _, part = text.partition(".")
    return f"{whole}.{part:0<2}"


def currency(row: Row, name: str) -> str | None:
    """Give the currency `<name>` as read, else `<name>_text` if it is three capital letters."""
    text = row.get(name) or row.get(f"{name}_text")
    return text if isinstance(text, str) and re.fullmatch("[A-Z]{3}", text) else None


def country(row: Row, name: str = "country") -> str | None:
    """Give the country `<name>` as read, else `<name>_text` if it is two letters."""
    text = row.get(name) or row.get(f"{name}_text")
    return text.upper() if isinstance(text, str) and re.fullmatch("[A-Za-z]{2}", text) else None


def kilograms(row: Row, name: str, unit: str) -> Decimal | None:
    """Give a mass of a row in kilograms: `<name>_g` as read, else text and unit as written.

    A line's mass that is of one unit (`mass_basis`) is multiplied by the number of units.
    """
    grams = figure(row.get(f"{name}_g"))
    if grams is not None:
        return grams / 1000
    value = figure(row.get(f"{name}_text"))
    factor = GRAMS_PER_UNIT.get(str(row.get(unit) or "").strip().lower())
    if value is None or factor is None:
        return None
    return _whole(value * factor / 1000, row, "mass_basis")


def line_value(row: Row) -> Decimal | None:
    """Give a line's declared value for the whole line: as read, else text times units."""
    value = figure(row.get("declared_value"))
    if value is not None:
        return value
    value = figure(row.get("declared_value_text"))
    return None if value is None else _whole(value, row, "value_basis")


def _whole(value: Decimal, row: Row, basis: str) -> Decimal | None:
    if row.get(basis) != Basis.UNIT:
        return value
    units = figure(row.get("quantity") or row.get("quantity_text") or "1")
    return None if units is None else value * units


def total_value(parcel: Parcel) -> tuple[Decimal | None, str | None]:
    """Give the parcel's value and currency: as declared in total, else the sum of its lines."""
    row = parcel.consignment
    value = figure(row.get("total_value")) or figure(row.get("total_value_text"))
    code = currency(row, "total_currency")
    if value is not None and code is not None:
        return value, code
    lines = [(line_value(item), currency(item, "declared_currency")) for item in parcel.items]
    codes = {line_code for _, line_code in lines}
    values = [line for line, _ in lines if line is not None]
    if len(codes) != 1 or not lines or len(values) != len(lines):
        return None, None
    return sum(values, Decimal(0)), codes.pop()


def line_numbers(given: Sequence[str | None]) -> list[int] | None:
    """Read the numbers of a message's lines; None if they do not serve as a key.

    >>> line_numbers(["1", "02"]), line_numbers(["1", "1"]), line_numbers([None])
    ([1, 2], None, None)
    """
    numbers = [int(text) if text and _ORDINAL.fullmatch(text) else 0 for text in given]
    return numbers if all(numbers) and len(set(numbers)) == len(numbers) else None


def listed(documents: str | None) -> list[Row]:
    """Give the objects of a JSON list `documents`; an unreadable one counts as empty."""
    try:
        entries = json.loads(documents) if documents else []
    except ValueError:
        return []
    if not isinstance(entries, list):
        return []
    return [entry for entry in entries if isinstance(entry, dict)]


def one_line(text: str | None) -> str | None:
    """Give a text without line breaks and runs of blanks; None if nothing is left."""
    return " ".join(text.split()) or None if text else None


def street_of(party: Row) -> str | None:
    """Give street and further line, else the whole address on one line."""
    parts = [one_line(party.get("street")), one_line(party.get("street_extra"))]
    joined = ", ".join(part for part in parts if part)
    return joined or one_line(party.get("address"))


class Gaps:
    """Notes of what a filing would lack, per parcel; `findings()` gives them as a frame."""

    def __init__(self) -> None:
        self._rows: list[Row] = []

    def need(self, parcel: Parcel, value: Any, column: str, element: str, item_no: int = 0) -> None:
        """Note that a mandatory element has no value (None or empty text)."""
        if value in (None, ""):
            self._note(MISSING, parcel, None, (column, element, item_no))

    def cut(self, parcel: Parcel, text: str, column: str, element: str, item_no: int = 0) -> None:
        """Note that a value does not fit into its element."""
        self._note(CUT, parcel, text, (column, element, item_no))

    def _note(
        self, code: str, parcel: Parcel, seen: str | None, place: tuple[str, str, int]
    ) -> None:
        column, element, item_no = place
        self._rows.append(
            {
                "consignment_id": parcel.consignment["consignment_id"],
                "contribution_id": parcel.consignment["contribution_id"],
                "item_no": item_no or None,
                "stage": "format",
                "code": code,
                "severity": SEVERITIES[code].value,
                "field": column,
                "seen": seen,
                "detail": element,
            }
        )

    def findings(self) -> pl.DataFrame:
        """Give the notes as frame `findings`, in the order they were made."""
        return pl.DataFrame(self._rows, schema=FINDINGS.schema)


class Cut:
    """Makes texts fit into the elements of one parcel's filing, and notes what was cut.

    Called as `cut(text, chars_max, column, element, item_no)`; gives the text on one line, with at
    most `chars_max` characters (code points).
    """

    def __init__(self, parcel: Parcel, gaps: Gaps) -> None:
        self._parcel = parcel
        self._gaps = gaps

    def __call__(
        self, text: str | None, chars_max: int, column: str, element: str, item_no: int = 0
    ) -> str | None:
        """Give the text that fits; None if there is none."""
        line = one_line(text)
        if line is None or len(line) <= chars_max:
            return line
        self._gaps.cut(self._parcel, line, column, element, item_no)
        return line[:chars_max].rstrip()
