"""Chapters of the Harmonized System by short everyday names, for people who read figures.

Read from `packs/codelists/hs_chapters.toml` and its table. No decision rests on them; the law's
own titles are not here.
"""

from __future__ import annotations

import csv
import re
from functools import lru_cache
from pathlib import Path

from tidewaiter.knowledge.pack import PACKS_DIR, check_keys, check_source, read_pack
from tidewaiter.vocabulary.errors import PackError


@lru_cache(maxsize=4)
def load_chapters(packs_dir: Path = PACKS_DIR) -> dict[str, str]:
    """Give the name of each chapter by its two digits.

    Raises:
        PackError: all faults of the pack at once.

    >>> load_chapters()["64"]
    'footwear'
    """
    pack = read_pack("codelists", "hs_chapters", packs_dir)
    where = f"{pack.id} [table]"
    head = pack.body.get("table", {})
    faults = check_keys(where, head, ("name", "source", "chapters_min", "chapters_max"))
    faults += check_source(where, head, pack.sources)
    if faults:
        raise PackError(faults)
    with (pack.tables_dir / f"{head['name']}.csv").open(encoding="utf-8", newline="") as file:
        rows = [(row["chapter"], row["name"]) for row in csv.DictReader(file)]
    faults = [
        f"{where}: chapter {chapter!r} is not two digits with a name"
        for chapter, name in rows
        if not re.fullmatch(r"\d\d", chapter) or not name
    ]
    names = dict(rows)
    if len(names) < len(rows):
        faults.append(f"{where}: a chapter stands twice")
    if not head["chapters_min"] <= len(names) <= head["chapters_max"]:
        faults.append(f"{where}: {len(names)} chapters; expected about {head['chapters_min']}")
    if faults:
        raise PackError(faults)
    return names
