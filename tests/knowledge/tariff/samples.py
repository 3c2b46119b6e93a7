"""Small schedules in the official shapes, made by us: invented goods, invented rates."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from typing import Any

from tidewaiter.knowledge.tariff import sources
from tidewaiter.knowledge.tariff.pack import Manifest, TariffPack, from_bytes, to_bytes
from tidewaiter.knowledge.tariff.table import TariffTable, build


def hts(htsno: str, indent: int, description: str, **more: Any) -> dict[str, Any]:
    """One row of the USITC export."""
    return {
        "htsno": htsno, "indent": str(indent), "description": description,
        "superior": None if htsno else "true", "units": [], "general": "", "special": "",
        "other": "", "footnotes": [] if htsno else None, "quotaQuantity": None,
        "additionalDuties": None, "addiitionalDuties": None, **more,
    }  # fmt: skip


NOTE = {"columns": ["general"], "marker": "1", "value": "See 9903.99.99. ", "type": "endnote"}
HTS_ROWS = [
    hts("6901", 0, "Kites and streamers:"),
    hts("6901.10", 1, "Of paper:"),
    hts("", 2, "Kites:"),
    hts("6901.10.10", 3, "Box kites", general="4.5%", special="Free (XX)", other="40%",
        footnotes=[NOTE]),
    hts("6901.10.10.10", 4, "Red", units=["No.", "kg "]),
    hts("6901.10.10.20", 4, "Other", units=["No.", "kg "]),
    hts("6901.10.20.00", 3, "Other kites", general="Free", other="35%", units=["No."]),
    hts("", 2, "Streamers:"),
    hts("6901.10.90.00", 3, "Paper streamers", general="2¢/kg + 3%", special="Free (XX)",
        other="20%", units=["kg"], addiitionalDuties="1¢/kg"),
    hts("6901.90.00", 1, "Other", general="6%", special="Free (XX)", other="45%"),
    hts("6901.90.00.30", 2, "Of silk", units=["doz.", "kg"]),
    hts("6901.90.00.90", 2, "Other", units=["doz.", "kg"]),
    hts("9903.99.99", 0, "Kites of heading 6901", general="The duty + 10%"),
]  # fmt: skip


def hts_json(rows: list[Any] | None = None) -> bytes:
    """The JSON export."""
    return json.dumps(HTS_ROWS if rows is None else rows, ensure_ascii=False).encode()


def hts_csv() -> bytes:
    """The CSV export of the same rows."""
    head = ["HTS Number", "Indent", "Description", "Unit of Quantity", "General Rate of Duty",
            "Special Rate of Duty", "Column 2 Rate of Duty", "Quota Quantity",
            "Additional Duties"]  # fmt: skip
    rows = [
        [row["htsno"], row["indent"], row["description"],
         json.dumps(row["units"]) if row["units"] else "", row["general"], row["special"],
         row["other"], "", row["addiitionalDuties"] or ""]
        for row in HTS_ROWS
    ]  # fmt: skip
    return b"\xef\xbb\xbf" + csv_bytes(head, rows)


def csv_bytes(head: list[str], rows: list[list[str]], delimiter: str = ",") -> bytes:
    """A CSV."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\r\n")
    writer.writerows([head, *rows])
    return out.getvalue().encode()


CN_HEAD = ["CNKEY", "CN_CODE", "LEVEL", "NAME_EN", "NAME_DE", "SU"]
CN_ROWS = [
    ["I", "I", "1", "SECTION I - THINGS THAT FLY", "", ""],
    ["690021000090", "69", "2", "CHAPTER 69 - KITES", "Drachen", ""],
    ["690100000080", "6901", "3", "Kites and streamers", "", ""],
    ["690110000080", "6901 10", "4", "Of paper", "", ""],
    ["690110100080", "6901 10 10", "5", "Box kites", "Kastendrachen", "p/st"],
    ["690110900080", "6901 10 90", "5", "Other", "", "-"],
    ["690190000080", "6901 90 00", "4", "Other", "", "p/st"],
]


def cn_csv(delimiter: str = ";") -> bytes:
    """A list of the Combined Nomenclature, with levels."""
    return csv_bytes(CN_HEAD, CN_ROWS, delimiter)


def cn_dashed_csv() -> bytes:
    """The same with dashes before the texts, headings between, and no levels."""
    rows = [
        ["69", "KITES", ""], ["6901", "Kites and streamers:", ""], ["", "- Of paper:", ""],
        ["6901 10 10", "- - Box kites", "p/st"], ["6901 10 90", "- - Other", ""],
        ["6901 90 00", "- Other", "p/st"], ["6902 00 00", "Balloons", "-"],
    ]  # fmt: skip
    return csv_bytes(["CN code", "Description", "Supplementary unit"], rows)


UK_HEAD = ["id", "commodity__sid", "commodity__code", "commodity__suffix",
           "commodity__description", "commodity__validity_start", "commodity__validity_end",
           "parent__sid", "parent__code", "parent__suffix"]  # fmt: skip
_NA = "#NA"
UK_ROWS = [
    ["1", "100", "6900000000", "80", "KITES", "1971-12-31", _NA, _NA, _NA, _NA],
    ["2", "101", "6901000000", "80", "Kites and streamers", "1972-01-01", _NA, "100",
     "6900000000", "80"],
    ["3", "102", "6901100000", "10", "Of paper", "2012-01-01", _NA, "101", "6901000000", "80"],
    ["4", "103", "6901100000", "80", "Box kites", "2012-01-01", _NA, "102", "6901100000", "10"],
    ["5", "104", "6901100010", "80", "Red", "2012-01-01", "2026-06-30", "103", "6901100000", "80"],
    ["6", "105", "6901100090", "80", "Other", "2012-01-01", _NA, "103", "6901100000", "80"],
    ["7", "106", "6901900000", "80", "Other", "2012-01-01", _NA, "101", "6901000000", "80"],
    ["8", "107", "6902000000", "80", "Balloons", "2012-01-01", _NA, "100", "6900000000", "80"],
]  # fmt: skip


def uk_csv(rows: list[list[str]] | None = None) -> bytes:
    """The UK commodities report."""
    return csv_bytes(UK_HEAD, UK_ROWS if rows is None else rows)


COMTRADE_ROWS: list[Any] = [
    {"id": "TOTAL", "text": "Total of all HS commodities", "parent": "#"},
    {"id": "69", "text": "69 - Kites", "parent": "TOTAL", "isLeaf": "0", "aggrLevel": 2,
     "standardUnitAbbr": "n/a"},
    {"id": "6901", "text": "6901 - Kites; streamers", "parent": "69"},
    {"id": "690110", "text": "690110 - Kites; of paper - box", "parent": "6901", "isLeaf": "1",
     "aggrLevel": 6, "standardUnitAbbr": "u"},
    {"id": "690190", "text": "690190 - Kites; n.e.c.", "parent": "6901"},
]  # fmt: skip


def comtrade_json() -> bytes:
    """The list of UN Comtrade."""
    return json.dumps(
        {"more": False, "classCode": "H6", "className": "HS2022", "results": COMTRADE_ROWS}
    ).encode()


SHAPES = {
    "us-hts-json": hts_json,
    "us-hts-csv": hts_csv,
    "eu-cn-csv": cn_csv,
    "uk-commodity-csv": uk_csv,
    "comtrade-hs-json": comtrade_json,
}


def table(data: bytes, format_name: str = "auto") -> TariffTable:
    """Read one file into a table."""
    source, reading = sources.read(data, "sample", format_name)
    return build([("sample", reading)], source.spec)


def manifest(made: TariffTable, **more: Any) -> Manifest:
    """A manifest for tests."""
    values: dict[str, Any] = {
        "jurisdiction": "US", "schedule": "HTS", "edition": "2026 rev 1",
        "valid_from": dt.date(2026, 1, 1), "imported_at": dt.date(2026, 1, 5),
        "source_url": "unstated", "licence": "ours", "format": "us-hts-json", "files": (),
        "says": {}, "assumed": (), "counts": made.counts, **more,
    }  # fmt: skip
    return Manifest(**values)


def pack(data: bytes | None = None, format_name: str = "auto", **more: Any) -> TariffPack:
    """A pack in memory."""
    made = table(hts_json() if data is None else data, format_name)
    return from_bytes(to_bytes(manifest(made, **more), made))
