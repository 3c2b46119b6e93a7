"""UK tariff, CSV of the commodities report (Department for Business and Trade; OGL v3).

From public documentation and programs that read it; no file was seen. Columns: id, commodity__sid,
commodity__code (10 digits, filled with zeros), commodity__suffix ("80": a commodity; others: a
heading between), commodity__description, commodity__validity_start, commodity__validity_end,
parent__sid, parent__code, parent__suffix; "#NA" stands for nothing. Other lists of the same service
have an indent and no parent. Rows hang under their parent's sid, else by their indent (chapters
above headings, which both have indent 0), else by their code. Measures (rates, controls) are other
tables of the service and are not read.
"""

from __future__ import annotations

from tidewaiter.knowledge.tariff.csv_records import Record, find_columns, head_names, records
from tidewaiter.knowledge.tariff.lines import (
    DEPTH_MAX,
    Line,
    Parents,
    Reading,
    SourceSpec,
    Unreadable,
    day,
    depth,
    digits,
    text,
)

COLUMNS = {
    "key": ("commodity__sid", "sid", "goods_nomenclature_sid"),
    "code": ("commodity__code", "code", "item_id", "goods_nomenclature_item_id", "commodity code"),
    "suffix": ("commodity__suffix", "suffix", "producline_suffix", "productline_suffix"),
    "indent": ("commodity__indent", "indent", "number_indents"),
    "description": ("commodity__description", "description"),
    "valid_from": ("commodity__validity_start", "validity_start", "validity_start_date"),
    "valid_to": ("commodity__validity_end", "validity_end", "validity_end_date"),
    "parent_key": ("parent__sid", "parent_sid"),
    "parent_code": ("parent__code", "parent_code"),
    "parent_suffix": ("parent__suffix", "parent_suffix"),
    "id": ("id",),
}
NEEDED = ("code", "suffix", "description")
NOTHING = "#NA"
COMMODITY = "80"


def sniff(head: bytes, file_name: str) -> float:  # noqa: ARG001 - the content says it all
    """Say how sure it is that a file is this report."""
    names = set(head_names(head))
    if {"commoditycode", "commoditysuffix"} <= names:
        return 1.0
    return 0.6 if "description" in names and names & {"suffix", "productlinesuffix"} else 0.0


SOURCE = SourceSpec(
    name="uk-commodity-csv",
    title="UK tariff, commodities report as CSV",
    jurisdiction="GB",
    schedule="UKT",
    leaf_digits=frozenset({10}),
    sniff=sniff,
    source="UK trade data service, uk-tariff-2021-01-01, commodities; documentation, no file seen",
    leaf_suffix=COMMODITY,
    padded=True,
)


def read(data: bytes) -> Reading:
    """Read the report.

    Raises:
        InputError: no header, or one without the needed columns.
    """
    header, rows = records(data)
    places = find_columns(header, COLUMNS, NEEDED)
    if {"key", "parent_key"} <= places.keys():
        parents = Parents.KEY
    else:
        parents = Parents.INDENT if "indent" in places else Parents.CODE
    reading = Reading(parents=parents)
    for row in rows:
        try:
            if row.fault:
                raise Unreadable(row.fault)  # noqa: TRY301 - one way out for all faults
            reading.lines.append(_line(header, row, places))
        except Unreadable as fault:
            reading.reject(row.number, str(fault), row.raw)
    return reading


def _line(header: list[str], row: Record, places: dict[str, int]) -> Line:
    said = {name: _said(row.fields[at], name) for name, at in places.items()}
    code = digits(said["code"], frozenset({10}))
    if code is None:
        raise Unreadable("no commodity code.")
    if said["suffix"] is None:
        raise Unreadable("no product line suffix.")
    used = set(places.values())
    unread = {
        header[at]: value
        for at in range(len(header))
        if at not in used and (value := _said(row.fields[at], header[at]))
    }
    return Line(
        line=row.number,
        description=said["description"] or "",
        code=code,
        suffix=said["suffix"],
        indent=_depth(said.get("indent"), code),
        key=said.get("key"),
        parent_key=said.get("parent_key"),
        valid_from=day(said.get("valid_from"), "validity start"),
        valid_to=day(said.get("valid_to"), "validity end"),
        unread=dict(unread),
    )


def _said(value: str, name: str) -> str | None:
    said = text(value, name)
    return None if said == NOTHING else said


def _depth(written: str | None, code: str) -> int | None:
    if written is None:
        return None
    chapter = code.endswith("00000000")
    return 0 if chapter else min(DEPTH_MAX, 1 + depth(written))
