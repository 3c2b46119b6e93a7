"""EU Combined Nomenclature (CN), CSV of the yearly edition (Eurostat; reuse per Decision 2011/833).

From memory; no file was seen. The yearly lists of the Publications Office and CIRCABC have about
these columns: CNKEY (an order key of 12 digits, or a roman number for a section), CN_CODE ("0101",
"0101 21 00"), LEVEL, texts a language a column (NAME_EN ...), SU or Supplementary unit. Lists with
dashes before the text ("- - Pure-bred") are hung by their dashes; lists with a level by the level;
others, such as the self-explanatory texts, by their codes. The text of the wanted language is taken
in the order of `DESCRIPTIONS`; texts in other languages are kept in `unread`. Rates are not in it:
the conventional duty is in Annex I and in TARIC.
"""

from __future__ import annotations

import re

from tidewaiter.knowledge.tariff.csv_records import Record, find_columns, head_names, records
from tidewaiter.knowledge.tariff.lines import (
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

DESCRIPTIONS = (
    "NAME_EN", "EN", "DESCRIPTION_EN", "DESCR_EN", "CN_TEXT_EN", "SELF_TEXT_EN",
    "Self-explanatory text", "English", "DESCRIPTION", "Self-explanatory texts EN", "Label", "NAME",
)  # fmt: skip
COLUMNS = {
    "key": ("CNKEY", "CN_KEY", "Order", "Key"),
    "code": ("CN_CODE", "CN", "CN8", "CODE", "CN Code", "Code CN", "Goods code"),
    "level": ("LEVEL", "CN_LEVEL", "Niveau"),
    "description": DESCRIPTIONS,
    "units": ("SU", "SUP_UNIT", "SUPP_UNIT", "Supplementary unit", "Supplementary units", "Unit"),
    "valid_from": ("START_DATE", "VALID_FROM", "Start date"),
    "valid_to": ("END_DATE", "VALID_TO", "End date"),
}
NEEDED = ("code", "description")
LENGTHS = frozenset({2, 4, 6, 8})
NO_UNIT = frozenset({"-", "–", "NULL", "N/A", "NONE"})
_DASHES = re.compile(r"^((?:[-–—]\s*)+)")
_SECTION = re.compile(r"^(?:SECTION\s+)?[IVXL]+$", re.IGNORECASE)


def sniff(head: bytes, file_name: str) -> float:  # noqa: ARG001 - the content says it all
    """Say how sure it is that a file is this list."""
    names = set(head_names(head))
    if "cnkey" in names or "cncode" in names:
        return 1.0
    return (
        0.6 if names & {"cn", "cn8", "codecn"} and names & {"nameen", "en", "description"} else 0.0
    )


SOURCE = SourceSpec(
    name="eu-cn-csv",
    title="EU Combined Nomenclature, CSV",
    jurisdiction="EU",
    schedule="CN",
    leaf_digits=frozenset({8}),
    sniff=sniff,
    source="Eurostat and Publications Office, yearly CN list; from memory, no file seen",
)


def read(data: bytes) -> Reading:
    """Read the list.

    Raises:
        InputError: no header, or one without the needed columns.
    """
    header, found = records(data)
    places = find_columns(header, COLUMNS, NEEDED)
    rows = list(found)
    at = places["description"]
    dashed = any(_DASHES.match(row.fields[at].strip()) for row in rows if not row.fault)
    if dashed or "level" in places:
        reading = Reading(parents=Parents.INDENT)
    else:
        reading = Reading(parents=Parents.CODE)
    for row in rows:
        said: dict[str, str | None] = {}
        try:
            if row.fault:
                raise Unreadable(row.fault)  # noqa: TRY301 - one way out for all faults
            said = {name: text(row.fields[place], name) for name, place in places.items()}
            unread = _unread(header, row, places)
            reading.lines.append(_line(row.number, said, unread, dashed=dashed))
        except Unreadable as fault:
            reading.reject(row.number, str(fault), row.raw)
    told = [line.indent for line in reading.lines if line.indent is not None]
    for line in reading.lines:  # a list without sections begins with chapters
        line.indent = None if line.indent is None else line.indent - min(told)
    return reading


def _unread(header: list[str], row: Record, places: dict[str, int]) -> dict[str, str]:
    used = set(places.values())
    return {
        header[at] or f"column {at + 1}": value
        for at in range(len(header))
        if at not in used and (value := text(row.fields[at], header[at]))
    }


def _line(
    number: int, said: dict[str, str | None], unread: dict[str, str], *, dashed: bool
) -> Line:
    written = said["code"]
    described = said["description"]
    section = bool(written and _SECTION.match(written))
    code = None if section or written is None else digits(_full(written), LENGTHS)
    if described is None:
        raise Unreadable("no text.")
    bare = _DASHES.sub("", described).strip() if dashed else described
    if said.get("key"):
        unread["key"] = str(said["key"])
    if section:
        unread["section"] = str(written)
    unit = said.get("units")
    return Line(
        line=number,
        description=bare,
        code=code,
        key=code,
        indent=_depth(said, described, code, section=section, dashed=dashed),
        units=[] if unit is None or unit.upper() in NO_UNIT else [unit],
        valid_from=day(said.get("valid_from"), "start date"),
        valid_to=day(said.get("valid_to"), "end date"),
        unread=dict(unread),
    )


def _full(written: str) -> str:
    """Give chapters 1 to 9 their leading zero back, which spreadsheets take away."""
    return written.zfill(2) if len(written) == 1 else written


def _depth(
    said: dict[str, str | None],
    described: str,
    code: str | None,
    *,
    section: bool,
    dashed: bool,
) -> int | None:
    """Give the depth: section 0, chapter 1, heading 2, then one a dash; or the told level."""
    if dashed:
        dashes = _DASHES.match(described)
        if dashes:
            return 2 + len(re.findall(r"[-–—]", dashes.group(1)))
        if section or code is None:
            return 0
        return 1 if len(code) == 2 else 2
    if said.get("level") is not None:
        return depth(said["level"])
    return None
