"""What the report is given: the figures of a run and the words that explain them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from tidewaiter.knowledge.findings import FindingText
from tidewaiter.runtime.summary import Summary


@dataclass(frozen=True, slots=True)
class ReportView:
    """A finished run as the report needs it.

    Args:
        lane: regime applied, such as `AE`.
        regime: its title.
        on: day whose law was applied.
        sources: files read and the format each was in.
        digests: SHA-256 of every pack by pack id.
        digest: SHA-256 over all packs.
        texts: sentence, remedy and source of each finding code.
        summary: the figures.
        titles: titles of reason codes that are no findings (controls), by code.
        chapters: names of HS chapters by their two digits.
        decimals: decimals the lane's money is shown with.
    """

    lane: str
    regime: str
    on: dt.date
    sources: tuple[tuple[str, str], ...]
    digests: dict[str, str]
    digest: str
    texts: dict[str, FindingText]
    summary: Summary
    titles: Mapping[str, str] = field(default_factory=dict)
    chapters: Mapping[str, str] = field(default_factory=dict)
    decimals: int = 2

    def title(self, code: str) -> str:
        """Give the sentence of a reason or finding code; the code itself if none is known."""
        if code in self.texts:
            return self.texts[code].title
        title = self.titles.get(code, code)
        return title[:1].upper() + title[1:] if code in self.titles else code
