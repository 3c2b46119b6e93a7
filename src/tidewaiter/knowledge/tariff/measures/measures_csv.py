"""Measures as a simple CSV: what a small administration keeps in a spreadsheet.

Our own shape; two columns are enough: `goods` (a code or its beginning; blank or `all` for all
goods) and `rate` ("12.5 %", "0.4 USD/kg + 9 %", "free", "10 % MIN 1.20 EUR/kg"), or `percent` with
a bare number. All others may be left out: `type` (normal, preference, vat, fee ...; default
normal), `origin` and `origin_not` (countries, split by `;`), `from` and `last_day`, `title`,
`legal`, `conditions` (what must hold, split by `;`), `per` (consignment, item, distinct_hs6,
distinct_code: what an amount without a unit is for), `base`, `id`. Header names are matched in any
case; columns we do not know are not read.
"""

from __future__ import annotations

from tidewaiter.knowledge.tariff.csv_records import Record, find_columns, head_names, records
from tidewaiter.knowledge.tariff.lines import Unreadable, text
from tidewaiter.knowledge.tariff.measure_lines import (
    Measure,
    MeasureReading,
    MeasureSpec,
    asked,
    make,
    split,
)
from tidewaiter.vocabulary.errors import InputError

COLUMNS = {
    "goods": ("goods", "goods code", "hs code", "hs", "code", "commodity code", "commodity",
              "tariff code", "tariff line", "heading"),
    "rate": ("rate", "duty rate", "duty", "tariff", "tariff rate", "duty expression"),
    "percent": ("percent", "rate percent", "duty percent", "ad valorem", "%"),
    "type": ("type", "measure type", "kind"),
    "origins": ("origin", "origins", "country of origin", "geographical area", "countries"),
    "origins_not": ("origin_not", "excluded origins", "except", "exclusions"),
    "valid_from": ("from", "first day", "valid from", "start date", "effective from"),
    "valid_to": ("last day", "valid to", "to", "end date", "until"),
    "title": ("title", "name", "measure"),
    "legal": ("legal", "legal basis", "law", "regulation", "source"),
    "conditions": ("conditions", "condition", "if", "requires"),
    "per": ("per",),
    "base": ("base",),
    "id": ("id", "measure id"),
}  # fmt: skip


def sniff(head: bytes, file_name: str) -> float:
    """Say how sure it is that a file is such a list."""
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return 0.0
    found = set(head_names(head))
    told = bool(found & {"goods", "goodscode", "hscode", "hs", "code", "commoditycode"})
    rated = bool(found & {"rate", "dutyrate", "duty", "percent", "tariffrate", "tariff"})
    return 0.9 if told and rated else 0.3 if file_name.lower().endswith(".csv") else 0.0


SOURCE = MeasureSpec(
    name="measures-csv",
    title="Measures as a simple CSV",
    sniff=sniff,
    source="our own shape",
)


def read(data: bytes) -> MeasureReading:
    """Read the list.

    Raises:
        InputError: no header, or one without goods and a rate.
    """
    header, rows = records(data)
    places = find_columns(header, COLUMNS, ("goods",))
    if "rate" not in places and "percent" not in places:
        raise InputError(
            "the header has no column with the rate.",
            where=f"header {', '.join(name[:40] for name in header[:20])}",
            remedy="Name it rate ('12.5 %', '0.4 USD/kg') or percent (12.5).",
        )
    reading = MeasureReading()
    for row in rows:
        try:
            reading.measures.append(_measure(row, places, reading))
        except Unreadable as fault:
            reading.reject(row.number, str(fault), row.raw)
    return reading


def _measure(row: Record, places: dict[str, int], reading: MeasureReading) -> Measure:
    if row.fault:
        raise Unreadable(row.fault)
    said = {name: text(row.fields[at], name) for name, at in places.items()}
    percent = said.pop("percent", None)
    if percent is not None:
        if said.get("rate") is not None:
            raise Unreadable("both a rate and a percent are told.")
        said["rate"] = percent if percent.endswith("%") else f"{percent} %"
    made = make(row.number, said)
    reading.questions.update(asked(split(said.get("conditions"))))
    return made
