"""All knowledge for one lane, read once and frozen: what the stages are given.

A lane is the regime of the country of destination (`AE`, `EU`, `US`, `GB`). The digests of every
pack used stand in `digests`; `digest` is over all of them, and goes into every decision so that it
can be replayed.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from tidewaiter.knowledge.codelists import Codelists, load_codelists
from tidewaiter.knowledge.controls import Controls, load_controls
from tidewaiter.knowledge.decisions import DecisionRules, load_decisions
from tidewaiter.knowledge.findings import FindingTexts, load_findings
from tidewaiter.knowledge.matching import Matching, load_matching
from tidewaiter.knowledge.nomenclature import Nomenclature, load_nomenclature
from tidewaiter.knowledge.pack import PACKS_DIR, pack_paths
from tidewaiter.knowledge.quality import QualityRules, load_quality
from tidewaiter.knowledge.regimes import Regime, load_regime
from tidewaiter.knowledge.vague import VagueTerms, load_vague
from tidewaiter.vocabulary.errors import unknown_name


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What the stages know for one lane."""

    lane: str
    codelists: Codelists
    vague: VagueTerms
    quality: QualityRules
    matching: Matching
    nomenclature: Nomenclature
    regime: Regime
    controls: Controls
    decisions: DecisionRules
    findings: FindingTexts
    digests: dict[str, str]
    digest: str


def lanes(packs_dir: Path = PACKS_DIR) -> list[str]:
    """Names of all lanes: one regime pack each."""
    return [path.stem.upper() for path in pack_paths("regimes", packs_dir)]


@lru_cache(maxsize=16)
def load(lane: str, packs_dir: Path = PACKS_DIR) -> Knowledge:
    """Read every pack a lane needs.

    Raises:
        InputError: no such lane; names the nearest ones.
        PackError: a pack breaks its contract; all its faults are listed.
    """
    name = lane.strip().upper()
    if name not in lanes(packs_dir):
        raise unknown_name("lane", lane, lanes(packs_dir))
    codelists = load_codelists(packs_dir)
    vague = load_vague(packs_dir)
    quality = load_quality(packs_dir)
    matching = load_matching(packs_dir)
    nomenclature = load_nomenclature("hs2022", packs_dir)
    regime = load_regime(name.lower(), packs_dir)
    controls = load_controls(name.lower(), packs_dir)
    decisions = load_decisions(packs_dir)
    findings = load_findings(packs_dir)
    digests: dict[str, str] = dict(findings.digests)
    for part in (codelists, vague, quality, matching, nomenclature, regime, controls, decisions):
        digests |= part.digests
    digests = dict(sorted(digests.items()))
    listing = "\n".join(f"{pack} {digest}" for pack, digest in digests.items())
    return Knowledge(
        lane=name,
        codelists=codelists,
        vague=vague,
        quality=quality,
        matching=matching,
        nomenclature=nomenclature,
        regime=regime,
        controls=controls,
        decisions=decisions,
        findings=findings,
        digests=digests,
        digest=hashlib.sha256(listing.encode()).hexdigest(),
    )
