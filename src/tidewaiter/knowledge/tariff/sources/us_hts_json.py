"""US Harmonized Tariff Schedule, JSON export of the USITC (public domain).

Read from files of chapters 61, 62 and 99. A list of objects: `htsno` (with dots; empty for a
heading without a code, then `superior` is "true"), `indent` (a text), `description`, `units` (a
list), `general`, `special`, `other`, `footnotes` (a list of columns, marker, value, type; values
end in blanks), `quotaQuantity`, `additionalDuties` and its misspelt twin `addiitionalDuties`.
Rows hang under one another by their indent. A rate stands on the 8-digit row, or on the 10-digit
row if that is not split; blank means the rate of the code above (`table` inherits it). Does not
read what a rate's text means, and does not follow footnotes to chapter 99.
"""

from __future__ import annotations

from typing import Any

from tidewaiter.knowledge.tariff.json_records import load_records, told_total
from tidewaiter.knowledge.tariff.lines import (
    Footnote,
    Line,
    Reading,
    SourceSpec,
    Unreadable,
    depth,
    digits,
    text,
)

TWIN = "addiitionalDuties"
KNOWN = frozenset({
    "htsno", "indent", "description", "superior", "units", "general", "special", "other",
    "footnotes", "quotaQuantity", "additionalDuties", TWIN,
})  # fmt: skip


def sniff(head: bytes, file_name: str) -> float:  # noqa: ARG001 - the content says it all
    """Say how sure it is that a file is this export."""
    return 1.0 if b'"htsno"' in head and b'"indent"' in head else 0.0


SOURCE = SourceSpec(
    name="us-hts-json",
    title="US Harmonized Tariff Schedule, JSON export",
    jurisdiction="US",
    schedule="HTS",
    leaf_digits=frozenset({8, 10}),
    sniff=sniff,
    source="USITC, HTS export as JSON; files of chapters 61, 62, 99 read (2026)",
)


def read(data: bytes) -> Reading:
    """Read the export.

    Raises:
        InputError: not JSON, or no list of records.
    """
    rows, beside = load_records(data)
    reading = Reading(told=told_total(beside))
    for number, row in enumerate(rows, start=1):
        indent = None
        try:
            if not isinstance(row, dict):
                raise Unreadable("not an object.")  # noqa: TRY301 - one way out for all faults
            indent = depth(row.get("indent"))
            reading.lines.append(_line(number, row, indent))
        except Unreadable as fault:
            reading.reject(number, str(fault), row, indent)
    return reading


def _line(number: int, row: dict[str, Any], indent: int) -> Line:
    code = digits(text(row.get("htsno"), "htsno"))
    described = text(row.get("description"), "description")
    if code is None and described is None:
        raise Unreadable("neither htsno nor description.")
    unread = {name: value for name, value in row.items() if name not in KNOWN}
    duties = text(row.get("additionalDuties"), "additionalDuties")
    twin = text(row.get(TWIN), TWIN)
    if duties and twin and duties != twin:
        unread[TWIN] = twin
    return Line(
        line=number,
        description=described or "",
        code=code,
        indent=indent,
        units=_units(row.get("units")),
        general=text(row.get("general"), "general"),
        special=text(row.get("special"), "special"),
        other=text(row.get("other"), "other"),
        footnotes=_footnotes(row.get("footnotes")),
        additional_duties=duties or twin,
        quota_quantity=text(row.get("quotaQuantity"), "quotaQuantity"),
        unread=unread,
    )


def _units(value: Any) -> list[str]:
    if value is None:
        return []
    listed = value if isinstance(value, list) else [value]
    units = [text(unit, "a unit") for unit in listed]
    return [unit for unit in units if unit]


def _footnotes(value: Any) -> list[Footnote]:
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(note, dict) for note in value):
        raise Unreadable("footnotes are not a list of objects.")
    return [_footnote(note) for note in value]


def _footnote(note: dict[str, Any]) -> Footnote:
    columns = note.get("columns") or []
    if not isinstance(columns, list):
        columns = [columns]
    names = [text(name, "a footnote's column") or "" for name in columns]
    return {
        "columns": ",".join(names),
        "marker": text(note.get("marker"), "a footnote's marker"),
        "text": text(note.get("value"), "a footnote's text"),
        "type": text(note.get("type"), "a footnote's type"),
    }
