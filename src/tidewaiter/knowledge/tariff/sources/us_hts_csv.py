"""US Harmonized Tariff Schedule, CSV export of the USITC (public domain).

From memory and from public programs that read it; no file was seen. Columns: HTS Number, Indent,
Description, Unit of Quantity (a JSON list or names with commas), General Rate of Duty, Special Rate
of Duty, Column 2 Rate of Duty, Quota Quantity, Additional Duties. Rows as in the JSON export
(`us_hts_json`), but without footnotes.
"""

from __future__ import annotations

import json

from tidewaiter.knowledge.tariff.csv_records import find_columns, head_names, records
from tidewaiter.knowledge.tariff.lines import (
    Line,
    Reading,
    SourceSpec,
    Unreadable,
    depth,
    digits,
    text,
)

COLUMNS = {
    "code": ("HTS Number", "htsno", "HTS No", "Heading/Subheading"),
    "indent": ("Indent",),
    "description": ("Description", "Article Description"),
    "units": ("Unit of Quantity", "Units"),
    "general": ("General Rate of Duty", "General"),
    "special": ("Special Rate of Duty", "Special"),
    "other": ("Column 2 Rate of Duty", "Column 2", "Other"),
    "quota_quantity": ("Quota Quantity",),
    "additional_duties": ("Additional Duties", "addiitionalDuties"),
}
NEEDED = ("code", "indent", "description")


def sniff(head: bytes, file_name: str) -> float:  # noqa: ARG001 - the content says it all
    """Say how sure it is that a file is this export."""
    names = head_names(head)
    return 1.0 if "indent" in names and ("htsnumber" in names or "htsno" in names) else 0.0


SOURCE = SourceSpec(
    name="us-hts-csv",
    title="US Harmonized Tariff Schedule, CSV export",
    jurisdiction="US",
    schedule="HTS",
    leaf_digits=frozenset({8, 10}),
    sniff=sniff,
    source="USITC, HTS export as CSV; from memory, no file seen",
)


def read(data: bytes) -> Reading:
    """Read the export.

    Raises:
        InputError: no header, or one without the needed columns.
    """
    header, rows = records(data)
    places = find_columns(header, COLUMNS, NEEDED)
    others = [at for at in range(len(header)) if at not in places.values()]
    reading = Reading()
    for row in rows:
        indent = None
        try:
            if row.fault:
                raise Unreadable(row.fault)  # noqa: TRY301 - one way out for all faults
            indent = depth(row.fields[places["indent"]])
            said = {name: text(row.fields[at], name) for name, at in places.items()}
            code = digits(said["code"])
            if code is None and said["description"] is None:
                raise Unreadable("neither number nor description.")  # noqa: TRY301 - as above
            unread = {
                header[at]: value for at in others if (value := text(row.fields[at], header[at]))
            }
            reading.lines.append(_line(row.number, said, code, indent, unread))
        except Unreadable as fault:
            reading.reject(row.number, str(fault), row.raw, indent)
    return reading


def _line(
    number: int,
    said: dict[str, str | None],
    code: str | None,
    indent: int,
    unread: dict[str, str],
) -> Line:
    return Line(
        line=number,
        description=said["description"] or "",
        code=code,
        indent=indent,
        units=_units(said.get("units")),
        general=said.get("general"),
        special=said.get("special"),
        other=said.get("other"),
        additional_duties=said.get("additional_duties"),
        quota_quantity=said.get("quota_quantity"),
        unread=dict(unread),
    )


def _units(value: str | None) -> list[str]:
    if value is None:
        return []
    if value.startswith("["):
        try:
            listed = json.loads(value)
        except (ValueError, RecursionError):
            raise Unreadable("units look like a list but are not JSON.") from None
    else:
        listed = value.split(",")
    if not isinstance(listed, list):
        raise Unreadable("units are not a list.")
    units = [text(unit, "a unit") for unit in listed]
    return [unit for unit in units if unit]
