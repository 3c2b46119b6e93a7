"""Measuring a judge of vague text on vague and good texts it should not have seen.

Told with every run: recall at 5 and 10 % false alarms with Wilson 95 % intervals, area under the
curve, what the outcomes are on both sides, officially listed terms alone, the figures by file, and
which of the files the judge has learned from (a score on those is memory, not skill).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from tidewaiter.knowledge.load import Knowledge, load
from tidewaiter.knowledge.vague_features import Flags, plain_text
from tidewaiter.knowledge.vague_model import VagueModel
from tidewaiter.runtime.goods.reading import Texts, read_file
from tidewaiter.runtime.goods.vague import (
    LANE_OF_PACKS,
    RULES,
    judged_by_rules,
    spoken,
    two_sides,
)
from tidewaiter.stages.classify.vague_training import figures, shown
from tidewaiter.stages.classify.vagueness import vague_chances
from tidewaiter.vocabulary.errors import InputError

_UNSEEN = {"auc": None, "recall_at_5": None, "recall_at_10": None}


def evaluate_vague(
    vague: Path, good: Sequence[Path], judge: VagueModel | None, *, terms: Sequence[Path] = ()
) -> dict[str, Any]:
    """Measure a judge, or the rules alone.

    Args:
        vague: texts that are vague.
        good: texts that name their goods.
        judge: the judge, or nothing for the rules alone (they give no probability, so no curve).
        terms: officially listed terms (`term`, perhaps `also_written`), each judged alone.

    Raises:
        InputError: a file that cannot be read, or no text on a side.
    """
    read = {path: read_file(path, labelled=False) for path in (vague, *good)}
    knowledge = load(LANE_OF_PACKS)
    bad, fine, both = two_sides(read, vague, good)
    if not len(bad) or not len(fine):
        raise InputError("there is no text to measure on a side.", remedy="Give both files.")
    texts = pl.concat([bad, fine])
    quality = judged_by_rules(texts, knowledge)["quality"]
    chance, found = vague_chances(texts, quality, judge, knowledge.goods, knowledge.nomenclature)
    truth = np.arange(len(texts)) < len(bad)
    refused = (quality == "vague").to_numpy()
    unclear = (quality == "ask").to_numpy()
    if judge is None or chance is None:
        asked, curve = (unclear | ~found.found) & ~refused, _UNSEEN
    else:
        asked, curve = (unclear | (chance >= judge.threshold)) & ~refused, figures(chance, truth)
    learned = set(judge.card["learned_from"].values()) if judge else set()
    return {
        "judge": judge.id if judge else RULES,
        "texts": {"vague": len(bad), "good": len(fine), "on_both_sides": both},
        "files": {path.name: one.digest for path, one in read.items()},
        "learned_before": sorted(p.name for p, one in read.items() if one.digest in learned),
        **curve,
        "outcomes": {
            side: {"reject": _share(refused[kept]), "ask": _share(asked[kept])}
            for side, kept in (("vague", truth), ("good", ~truth))
        },
        "listed_terms": {path.name: _listed(path, knowledge) for path in terms},
        "by_source": _by_source(read, texts, refused | asked),
    }


def _share(hits: Flags) -> dict[str, Any]:
    return shown(int(hits.sum()), len(hits))


def _listed(path: Path, knowledge: Knowledge) -> dict[str, Any]:
    """Give the share of listed terms that are refused, each alone."""
    if not path.is_file():
        raise InputError(f"no file {str(path)!r}.", remedy="Give a CSV with a column term.")
    table = pl.read_csv(path, infer_schema=False)
    if "term" not in table.columns:
        raise InputError(f"{path.name} has no column term.", remedy="Name the column term.")
    also = table["also_written"] if "also_written" in table.columns else table["term"].clear()
    written = also.drop_nulls().str.split("; ").explode().drop_nulls()
    listed = pl.concat([table["term"].drop_nulls(), written.alias("term")])
    return _share((judged_by_rules(listed, knowledge)["quality"] == "vague").to_numpy())


def _by_source(
    read: dict[Path, Texts], texts: pl.Series, stopped: Flags
) -> dict[str, dict[str, Any]]:
    """Give by file the share of its texts that did not pass."""
    held = pl.DataFrame({"text": texts, "stopped": stopped})
    out = {}
    for path, one in read.items():
        own = plain_text(spoken(one.rows)).unique().alias("text").to_frame()
        out[path.name] = _share(own.join(held, on="text", how="inner")["stopped"].to_numpy())
    return out
