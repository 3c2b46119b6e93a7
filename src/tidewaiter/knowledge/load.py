"""All knowledge for one lane, read once and frozen: what the stages are given.

A lane is the regime of the country of destination (`AE`, `EU`, `US`, `GB`). The digests of every
pack used stand in `digests`; `digest` is over all of them, and goes into every decision so that it
can be replayed.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

from tidewaiter.knowledge.certificates import NO_CERTIFICATES, Certificates
from tidewaiter.knowledge.codelists import Codelists, load_codelists
from tidewaiter.knowledge.controls import Controls, load_controls
from tidewaiter.knowledge.decisions import DecisionRules, load_decisions
from tidewaiter.knowledge.findings import FindingTexts, load_findings
from tidewaiter.knowledge.goods_model import GoodsModel, load_default_model
from tidewaiter.knowledge.matching import Matching, load_matching
from tidewaiter.knowledge.nomenclature import Nomenclature, load_nomenclature
from tidewaiter.knowledge.pack import PACKS_DIR, pack_paths
from tidewaiter.knowledge.product_rules import ProductRules, load_product_rules
from tidewaiter.knowledge.products import NO_PRODUCTS, Products
from tidewaiter.knowledge.quality import QualityRules, load_quality
from tidewaiter.knowledge.regimes import Regime, load_regime
from tidewaiter.knowledge.schedules import Schedule
from tidewaiter.knowledge.vague import VagueTerms, load_vague
from tidewaiter.knowledge.verified import Verified, nothing_verified
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
    product_rules: ProductRules
    goods: GoodsModel
    verified: Verified
    digests: dict[str, str]
    digest: str
    products: Products = field(default=NO_PRODUCTS)
    certificates: Certificates = field(default=NO_CERTIFICATES)
    schedules: tuple[tuple[dt.date, Schedule], ...] = ()

    def schedule_on(self, on: dt.date) -> Schedule | None:
        """Give the tariff schedule in force on a day, if one is at hand."""
        begun = [schedule for first_day, schedule in self.schedules if first_day <= on]
        return begun[-1] if begun else None

    def with_schedules(self, schedules: tuple[tuple[dt.date, Schedule], ...]) -> Knowledge:
        """Give the knowledge with tariff schedules by first day; the digest speaks of them."""
        ordered = tuple(sorted(schedules, key=lambda pair: (pair[0], pair[1].id)))
        named = {f"tariff/{first_day}": schedule.id for first_day, schedule in ordered}
        for _, schedule in ordered:
            named |= schedule.programmes.digests
        digests = dict(sorted({**self.digests, **named}.items()))
        return replace(self, schedules=ordered, digests=digests, digest=_digest_of(digests))

    def with_regime(self, regime: Regime) -> Knowledge:
        """Give the knowledge with another regime (a what-if, or as known on an earlier day)."""
        digests = {k: v for k, v in self.digests.items() if not k.startswith("regimes/")}
        digests = dict(sorted({**digests, **regime.digests}.items()))
        return replace(self, regime=regime, digests=digests, digest=_digest_of(digests))

    def with_goods(self, model: GoodsModel, verified: Verified) -> Knowledge:
        """Give the knowledge with another model of goods and what was verified.

        Verified examples answer as neighbours at once, whether the model has learned from them or
        not; the digest speaks of both.
        """
        digests = {**self.digests, "model/goods": model.id}
        if verified.id:
            digests["verified/goods"] = verified.id
            new = verified.examples(self.nomenclature.weights.confirmed)
            model = model.with_examples(new, self.nomenclature.words)
        digests = dict(sorted(digests.items()))
        return replace(
            self, goods=model, verified=verified, digests=digests, digest=_digest_of(digests)
        )

    def with_products(self, products: Products) -> Knowledge:
        """Give the knowledge with what is known of products; its digest speaks of both."""
        digests = dict(sorted({**self.digests, **products.digests}.items()))
        return replace(self, products=products, digests=digests, digest=_digest_of(digests))

    def with_certificates(self, certificates: Certificates) -> Knowledge:
        """Give the knowledge with a certificate register; its digest speaks of it and its uses."""
        digests = dict(sorted({**self.digests, **certificates.digests}.items()))
        return replace(self, certificates=certificates, digests=digests, digest=_digest_of(digests))


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
    product_rules = load_product_rules(packs_dir)
    digests: dict[str, str] = dict(findings.digests)
    for part in (codelists, vague, quality, matching, nomenclature, regime, controls, decisions):
        digests |= part.digests
    digests |= product_rules.digests
    goods = load_default_model(packs_dir)
    digests["model/goods"] = goods.id
    digests = dict(sorted(digests.items()))
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
        product_rules=product_rules,
        goods=goods,
        verified=nothing_verified(nomenclature.edition),
        digests=digests,
        digest=_digest_of(digests),
    )


def _digest_of(digests: dict[str, str]) -> str:
    listing = "\n".join(f"{pack} {digest}" for pack, digest in digests.items())
    return hashlib.sha256(listing.encode()).hexdigest()
