"""The service behind `assess`: files in, decisions with reasons on disk, figures back."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tidewaiter.engines.local import LIMITS, Limits, Progress, Source, find_sources, run, silent
from tidewaiter.knowledge.chapters import load_chapters
from tidewaiter.knowledge.load import Knowledge
from tidewaiter.knowledge.products import NO_PRODUCTS, Products
from tidewaiter.runtime.certificates.recording import Recorded, Recorder
from tidewaiter.runtime.certificates.store import with_certificates_in_force
from tidewaiter.runtime.flow import Flow
from tidewaiter.runtime.goods.store import knowledge_in_force
from tidewaiter.runtime.law import refuse_later
from tidewaiter.runtime.outputs import Outputs
from tidewaiter.runtime.report import ReportView, render
from tidewaiter.runtime.summary import Summary
from tidewaiter.vocabulary.batch import Batch


@dataclass(frozen=True, slots=True)
class Run:
    """A finished run.

    Args:
        lane: regime applied.
        on: day whose law was applied.
        sources: files read and the formats they were in.
        knowledge: packs applied.
        summary: the figures.
        out: folder of the results.
        certificates: what was drawn on the certificate register.
    """

    lane: str
    on: dt.date
    sources: tuple[Source, ...]
    knowledge: Knowledge
    summary: Summary
    out: Path
    certificates: Recorded

    @property
    def report(self) -> Path:
        """The HTML report."""
        return self.out / "report.html"

    def as_json(self) -> dict[str, Any]:
        """Give the figures for machines."""
        frames = self.summary.frames
        return {
            "lane": self.lane,
            "on": self.on.isoformat(),
            "packs_digest": self.knowledge.digest,
            "sources": [{"file": s.path.name, "format": s.format} for s in self.sources],
            "counts": {row["what"]: row["n"] for row in frames["counts"].to_dicts()},
            "decisions": self.summary.by_decision(),
            "owed": [_plain(row) for row in frames["owed"].to_dicts()],
            "actions": {row["action"]: row["n"] for row in frames["actions"].to_dicts()},
            "findings": [_plain(row) for row in frames["findings"].to_dicts()],
            "certificates": self.certificates.as_json(),
            "out": str(self.out),
            "report": str(self.report),
        }


def assess(  # noqa: PLR0913 - each is an option of the verb
    paths: Sequence[Path],
    *,
    lane: str,
    on: dt.date,
    out: Path,
    format_name: str | None = None,
    products: Products = NO_PRODUCTS,
    tariff: Path | None = None,
    limits: Limits = LIMITS,
    progress: Progress = silent,
) -> Run:
    """Assess files of messages and write results, summaries and report to a folder.

    Certificates named are held against the register under the data directory, and what the parcels
    draw is recorded there (see `runtime.certificates.recording`).

    Args:
        paths: files; several views of the same parcels are fused across files.
        lane: country or union of destination whose law applies (`AE`, `EU`, `US`, `GB`).
        on: day whose law applies.
        out: folder for the results; results of an earlier run there are replaced.
        format_name: format of all files; told from their content if not given.
        products: catalogue, recalls and history (`runtime.products.loading`).
        tariff: a tariff pack to use instead of the kept one.
        limits: what may be in memory at once.
        progress: told how far the run is.

    Raises:
        InputError: a file, format or lane that does not exist, or a folder that is not ours.
        PackError: a pack breaks its contract.
    """
    knowledge = with_certificates_in_force(knowledge_in_force(lane, tariff=tariff))
    refuse_later(knowledge, on, tariff)
    if not products.empty:
        knowledge = knowledge.with_products(products)
    sources = find_sources(paths, format_name)
    outputs = Outputs(out, knowledge.findings.frame(), knowledge.regime.decimals)
    uses = Recorder(knowledge.certificates, on)

    def sink(batch: Batch) -> None:
        outputs(batch)
        uses.take(batch)

    run(sources, Flow(knowledge, on), sink, limits=limits, progress=progress)
    figures, drawn = outputs.summary(), uses.finish()
    done = Run(knowledge.lane, on, tuple(sources), knowledge, figures, out, drawn)
    (out / "packs.json").write_text(
        json.dumps({"digest": knowledge.digest, "packs": knowledge.digests}, indent=2) + "\n",
        encoding="utf-8",
    )
    (out / "summary.json").write_text(
        json.dumps(done.as_json(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    view = ReportView(
        lane=done.lane,
        regime=knowledge.regime.title,
        on=on,
        sources=tuple((source.path.name, source.format) for source in sources),
        digests=knowledge.digests,
        digest=knowledge.digest,
        texts=knowledge.findings.texts,
        summary=done.summary,
        titles={control.id: control.title for control in knowledge.controls.on_day(on)},
        chapters=load_chapters(),
        decimals=knowledge.regime.decimals,
    )
    done.report.write_text(render(view), encoding="utf-8")
    return done


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {
        key: value if value is None or isinstance(value, int | float | str) else str(value)
        for key, value in row.items()
    }
