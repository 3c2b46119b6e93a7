"""Finding texts: for each finding code the officer's sentence, the remedy, weight and source.

Read from `packs/findings/<stage>.toml`. A severity may change with time: then it is a list of
dated values, and `severity(code, on)` gives the one in force.

Pack body::

    [[finding]]
    code = "check.value_one"          # <stage>.<rule>
    title = "The declared value is exactly 1 or 0.01"
    element = "goods_items.declared_value"
    remedy = "Give the price the buyer paid, such as 24.90 EUR."
    dimension = "accuracy"            # timeliness, accuracy, completeness, consistency or ""
    severity = "suspicious"           # or [{ word = "warn", from = 2026-07-01 }, ...]
    source = "wco-upu"                # id of a [[source]]
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from tidewaiter.knowledge.pack import (
    PACKS_DIR,
    Pack,
    check_keys,
    check_source,
    pack_paths,
    read_pack,
)
from tidewaiter.vocabulary.errors import PackError, unknown_name
from tidewaiter.vocabulary.terms import Dimension, Severity

KEYS = ("code", "title", "element", "remedy", "dimension", "severity", "source")


@dataclass(frozen=True, slots=True)
class FindingText:
    """What is said about one finding code."""

    code: str
    title: str
    element: str
    remedy: str
    dimension: str
    severities: tuple[tuple[dt.date, Severity], ...]
    source: str

    def severity(self, on: dt.date) -> Severity:
        """Give the weight in force on a day (before the first date: the first)."""
        past = [word for since, word in self.severities if since <= on]
        return past[-1] if past else self.severities[0][1]


@dataclass(frozen=True, slots=True)
class FindingTexts:
    """All finding texts by code, and the digests of the packs they came from."""

    texts: dict[str, FindingText]
    digests: dict[str, str]

    def severity(self, code: str, on: dt.date) -> Severity:
        """Give the weight of a finding code on a day.

        Raises:
            InputError: no pack describes the code.
        """
        if code not in self.texts:
            raise unknown_name("finding code", code, self.texts)
        return self.texts[code].severity(on)

    def frame(self) -> pl.DataFrame:
        """Give `code, title, element, remedy, dimension, source`, one row a code."""
        return pl.DataFrame(
            [
                {
                    "code": text.code,
                    "title": text.title,
                    "element": text.element,
                    "remedy": text.remedy,
                    "dimension": text.dimension,
                    "source": text.source,
                }
                for text in self.texts.values()
            ],
            schema=dict.fromkeys(
                ("code", "title", "element", "remedy", "dimension", "source"), pl.String
            ),
        )


def load_findings(packs_dir: Path = PACKS_DIR) -> FindingTexts:
    """Read every findings pack.

    Raises:
        PackError: all faults of all findings packs at once.
    """
    texts: dict[str, FindingText] = {}
    digests: dict[str, str] = {}
    faults: list[str] = []
    for path in pack_paths("findings", packs_dir):
        pack = read_pack("findings", path.stem, packs_dir)
        digests[pack.id] = pack.digest
        for number, entry in enumerate(pack.body.get("finding", []), start=1):
            where = f"{pack.id} [[finding]] {number}"
            wrong = _faults(where, entry, pack)
            if entry.get("code") in texts:
                wrong.append(f"{where}: code {entry['code']!r} stands twice")
            faults += wrong
            if not wrong:
                texts[entry["code"]] = _text(entry, pack)
    if faults:
        raise PackError(faults)
    return FindingTexts(texts, digests)


def _faults(where: str, entry: dict[str, Any], pack: Pack) -> list[str]:
    faults = check_keys(where, entry, KEYS)
    if faults:
        return faults
    stage = pack.path.stem
    if not str(entry["code"]).startswith(f"{stage}."):
        faults.append(f"{where}: code {entry['code']!r} does not begin with {stage!r}")
    if entry["dimension"] not in {"", *Dimension}:
        faults.append(f"{where}: dimension {entry['dimension']!r} is none of {list(Dimension)}")
    for step in _steps(entry["severity"]):
        if step["word"] not in set(Severity):
            faults.append(f"{where}: severity {step['word']!r} is none of {list(Severity)}")
    return faults + check_source(where, entry, pack.sources)


def _steps(severity: str | list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"word": severity, "from": dt.date.min}] if isinstance(severity, str) else severity


def _text(entry: dict[str, Any], pack: Pack) -> FindingText:
    steps = sorted(_steps(entry["severity"]), key=lambda step: step["from"])
    return FindingText(
        code=entry["code"],
        title=entry["title"],
        element=entry["element"],
        remedy=entry["remedy"],
        dimension=entry["dimension"],
        severities=tuple((step["from"], Severity(step["word"])) for step in steps),
        source=str(pack.sources[entry["source"]]),
    )
