"""Decision rules: what a finding's weight and a control's action lead to.

Read from `packs/rules/decide.toml`::

    [[weight]]   severity, decision, source          # what a finding of that weight leads to
    [[code]]     code, decision, reason, source      # a finding code that leads elsewhere
    [release]    code, sentence, source              # the reason given where nothing holds a parcel
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tidewaiter.knowledge.pack import PACKS_DIR, Pack, check_keys, check_source, read_pack
from tidewaiter.vocabulary.errors import PackError
from tidewaiter.vocabulary.terms import Decision, Severity


@dataclass(frozen=True, slots=True)
class DecisionRules:
    """Decisions by finding weight, by finding code, and the sentence for a clean parcel."""

    by_severity: dict[str, Decision]
    by_code: dict[str, Decision]
    release_code: str
    release_sentence: str
    release_source: str
    digests: dict[str, str]


def load_decisions(packs_dir: Path = PACKS_DIR) -> DecisionRules:
    """Read the decision rules.

    Raises:
        PackError: all faults of the pack at once.
    """
    pack = read_pack("rules", "decide", packs_dir)
    faults = _faults(pack)
    if faults:
        raise PackError(faults)
    release = pack.body["release"]
    return DecisionRules(
        by_severity={e["severity"]: Decision(e["decision"]) for e in pack.body["weight"]},
        by_code={e["code"]: Decision(e["decision"]) for e in pack.body.get("code", [])},
        release_code=release["code"],
        release_sentence=release["sentence"],
        release_source=str(pack.sources[release["source"]]),
        digests={pack.id: pack.digest},
    )


def _faults(pack: Pack) -> list[str]:
    where, body = pack.id, pack.body
    faults = check_keys(where, body, ("weight", "release"), ("code", "example"))
    for entry in body.get("weight", []):
        place = f"{where} weight {entry.get('severity')}"
        faults += check_keys(place, entry, ("severity", "decision", "source"))
        faults += check_source(place, entry, pack.sources)
        if entry.get("decision") not in set(Decision):
            faults.append(f"{place}: decision must be one of {', '.join(Decision)}")
    missing = set(Severity) - {entry.get("severity") for entry in body.get("weight", [])}
    faults += [f"{where}: no weight for severity {word!r}" for word in sorted(missing)]
    for entry in body.get("code", []):
        place = f"{where} code {entry.get('code')}"
        faults += check_keys(place, entry, ("code", "decision", "reason", "source"))
        faults += check_source(place, entry, pack.sources)
        if entry.get("decision") not in set(Decision):
            faults.append(f"{place}: decision must be one of {', '.join(Decision)}")
    release = body.get("release", {})
    faults += check_keys(f"{where} [release]", release, ("code", "sentence", "source"))
    return faults + check_source(f"{where} [release]", release, pack.sources)
