"""Harmonized System as UN Comtrade lists it, JSON H4 to H6 (2012, 2017, 2022); its own terms.

From memory and from public programs that read it; no file was seen. An object with `results`, a
list of `id` ("01", "0101", "010121"), `text` (which repeats the id: "010121 - Horses; ..."),
`parent` (an id, "TOTAL" or "#"), and in newer files `isLeaf`, `aggrLevel`, `standardUnitAbbr`
("n/a" for none). The classification stands beside it (`classCode` "H6", `className`). Totals
("TOTAL", "ALL", "AG2" ...) are no goods and are left out by name.
"""

from __future__ import annotations

import re
from typing import Any

from tidewaiter.knowledge.tariff.json_records import load_records, told_total
from tidewaiter.knowledge.tariff.lines import (
    Line,
    Parents,
    Reading,
    SourceSpec,
    Unreadable,
    digits,
    raw_text,
    text,
)

KNOWN = frozenset({"id", "text", "parent", "isLeaf", "aggrLevel", "aggrlevel", "standardUnitAbbr"})
LENGTHS = frozenset({2, 4, 6})
TOP = frozenset({"#", "TOTAL", "ALL"})
NO_UNIT = frozenset({"n/a", "na", "-"})
SAYS = ("classCode", "className")
_TOTALS = re.compile(r"^(?:TOTAL|ALL|AG\d)$")


def sniff(head: bytes, file_name: str) -> float:  # noqa: ARG001 - the content says it all
    """Say how sure it is that a file is this list."""
    if b'"htsno"' in head:
        return 0.0
    return 0.9 if all(name in head for name in (b'"id"', b'"text"', b'"parent"')) else 0.0


SOURCE = SourceSpec(
    name="comtrade-hs-json",
    title="Harmonized System of UN Comtrade, JSON",
    jurisdiction="WCO",
    schedule="HS",
    leaf_digits=frozenset({6}),
    sniff=sniff,
    source="UN Comtrade reference files H4 to H6; from memory, no file seen",
)


def read(data: bytes) -> Reading:
    """Read the list.

    Raises:
        InputError: not JSON, or no list of records.
    """
    rows, beside = load_records(data)
    says = {name: raw_text(beside[name]) for name in SAYS if isinstance(beside.get(name), str)}
    reading = Reading(parents=Parents.KEY, told=told_total(beside), says=says)
    for number, row in enumerate(rows, start=1):
        try:
            if not isinstance(row, dict):
                raise Unreadable("not an object.")  # noqa: TRY301 - one way out for all faults
            if _TOTALS.match(str(row.get("id"))):
                reading.ignored += 1
            else:
                reading.lines.append(_line(number, row))
        except Unreadable as fault:
            reading.reject(number, str(fault), row)
    return reading


def _line(number: int, row: dict[str, Any]) -> Line:
    written = text(row.get("id"), "id")
    code = digits(written, LENGTHS)
    if code is None:
        raise Unreadable("no id.")
    said = text(row.get("text"), "text")
    if said is None:
        raise Unreadable("no text.")
    parent = text(row.get("parent"), "parent")
    unit = text(row.get("standardUnitAbbr"), "unit")
    unread = {name: value for name, value in row.items() if name not in KNOWN}
    return Line(
        line=number,
        description=re.sub(rf"^{re.escape(str(written))}\s*[-–:]\s*", "", said),
        code=code,
        key=code,
        parent_key=None if parent is None or parent in TOP else parent,
        units=[] if unit is None or unit.lower() in NO_UNIT else [unit],
        unread=unread,
    )
