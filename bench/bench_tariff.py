"""Tariff packs of the size of a whole national schedule: import, load, look up, compare.

The schedule is invented, 30,264 rows in the shape of the USITC export, with texts of about the
length of the real ones.
"""

from __future__ import annotations

import datetime as dt
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tidewaiter.knowledge.tariff.changes import diff
from tidewaiter.knowledge.tariff.lookup import exists, under
from tidewaiter.knowledge.tariff.pack import load_tariff
from tidewaiter.runtime.tariff.importing import About, import_files

ROUNDS = 5


def schedule() -> bytes:
    """Write the invented schedule."""
    rows: list[dict[str, Any]] = []

    def row(htsno: str, indent: int, description: str, **more: Any) -> None:
        blank = dict.fromkeys(("general", "special", "other"), "")
        fields = {"htsno": htsno, "indent": str(indent), "description": description}
        lists: dict[str, Any] = {"units": [], "footnotes": []}
        rows.append({**fields, **blank, **lists, "superior": None, **more})

    note = {"columns": ["general"], "value": "See 9903.88.15. ", "type": "endnote"}
    units = ["doz.", "kg"]
    for chapter in range(1, 98):
        for heading in range(1, 13):
            four = f"{chapter:02d}{heading:02d}"
            row(four, 0, f"Invented goods of heading {four}, of all kinds, sizes and colours:")
            for at in range(1, 6):
                row(f"{four}.{at}0", 1, f"Of material {at}, whether or not bleached or printed:")
                row("", 2, "Other:")
                row(f"{four}.{at}0.10", 3, f"Valued over {at} each, not for children",
                    general=f"{at}.5%", special="Free (A,AU,BH,CL,CO,D,E,IL,JO,KR,MA,OM,PE,S,SG)",
                    other="35%", footnotes=[note])  # fmt: skip
                row(f"{four}.{at}0.10.10", 4, "Large", units=units)
                row(f"{four}.{at}0.10.90", 4, "Other", units=units)
    return json.dumps(rows).encode()


def seconds(work: Callable[[], object]) -> float:
    """Give the median time of some rounds."""
    times = []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        work()
        times.append(time.perf_counter() - begin)
    return sorted(times)[ROUNDS // 2]


def run() -> list[dict[str, Any]]:
    """Measure."""
    with tempfile.TemporaryDirectory() as folder:
        source, out = Path(folder) / "hts.json", Path(folder) / "hts.tariff"
        source.write_bytes(schedule())
        about, on = About(edition="invented"), dt.date(2026, 1, 1)
        read = seconds(lambda: import_files([source], out, about, imported_at=on))
        load = seconds(lambda: load_tariff(out))
        pack = load_tariff(out)
        size, from_size = out.stat().st_size, source.stat().st_size
    rows = pack.lines.height
    every = pack.lines.select("hs6").drop_nulls().unique()
    ten = every.head(10)
    codes = pack.lines["code"].drop_nulls()
    return [
        {"what": "tariff: import", "rows_per_s": round(rows / read), "p50_ms": round(read * 1e3),
         "note": f"{rows:,} rows; pack {size:,} bytes from {from_size:,}"},
        {"what": "tariff: load a pack", "p50_ms": round(load * 1e3), "note": "ceiling 1,000 ms"},
        {"what": "tariff: codes under 10 subheadings",
         "p50_ms": round(seconds(lambda: under(pack, ten)) * 1e3, 1)},
        {"what": "tariff: codes under all subheadings",
         "p50_ms": round(seconds(lambda: under(pack, every)) * 1e3, 1)},
        {"what": "tariff: exists, all codes",
         "rows_per_s": round(codes.len() / seconds(lambda: exists(pack, codes)))},
        {"what": "tariff: diff with itself",
         "p50_ms": round(seconds(lambda: diff(pack, pack)) * 1e3)},
    ]  # fmt: skip
