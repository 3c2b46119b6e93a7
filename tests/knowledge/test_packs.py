"""Every pack loads, its examples come out, and a broken one lists all its faults at once."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pytest

from tidewaiter.knowledge.controls import load_controls
from tidewaiter.knowledge.findings import load_findings
from tidewaiter.knowledge.load import lanes, load
from tidewaiter.knowledge.pack import PACKS_DIR, pack_paths, read_pack
from tidewaiter.knowledge.regimes import load_regime
from tidewaiter.runtime.flow import CONTRACTS
from tidewaiter.runtime.pack_examples import faults
from tidewaiter.vocabulary.errors import InputError, PackError
from tidewaiter.vocabulary.terms import Severity

ALL = sorted(path.relative_to(PACKS_DIR) for path in PACKS_DIR.glob("*/*.toml"))
WITH_EXAMPLES = [(kind, path.stem) for kind in ("regimes", "controls") for path in pack_paths(kind)]


@pytest.mark.parametrize("pack", ALL, ids=str)
def test_pack_has_head_and_sources(pack: Path) -> None:
    loaded = read_pack(pack.parent.name, pack.stem)
    assert loaded.title
    assert len(loaded.digest) == 64


@pytest.mark.requirement("G4", "P5")
@pytest.mark.partly("thresholds, flat duties, origin layers; the full tariff is not there")
@pytest.mark.parametrize(("kind", "name"), WITH_EXAMPLES, ids=str)
def test_examples_in_pack_come_out(kind: str, name: str) -> None:
    assert read_pack(kind, name).body.get("example"), "a pack carries its own examples"
    assert faults(kind, name) == []


def test_an_example_that_is_wrong_is_found(tmp_path: Path) -> None:
    shutil.copytree(PACKS_DIR / "regimes", tmp_path / "regimes")
    pack = tmp_path / "regimes" / "ae.toml"
    pack.write_text(pack.read_text("utf-8").replace('duty = ["132.00"]', 'duty = ["131.00"]'))
    assert any("gold ring of 120,000" in fault for fault in faults("regimes", "ae", tmp_path))


@pytest.mark.parametrize("lane", lanes())
def test_every_lane_has_controls_or_says_so_and_a_digest(lane: str) -> None:
    knowledge = load(lane)
    assert knowledge.controls.on_day(dt.date(2026, 11, 1))
    assert f"controls/{lane.lower()}" in knowledge.digests
    assert f"regimes/{lane.lower()}" in knowledge.digests
    assert len(knowledge.digest) == 64


def test_unknown_lane_names_the_known_ones() -> None:
    with pytest.raises(InputError, match="AE"):
        load("AX")


def test_all_faults_of_a_regime_are_listed_at_once(tmp_path: Path) -> None:
    (tmp_path / "regimes").mkdir()
    text = (PACKS_DIR / "regimes" / "ae.toml").read_text("utf-8")
    broken = (
        text.replace('kind = "duty"', 'kind = "toll"')
        .replace('basis = "person_day"', 'basis = "person_week"')
        .replace('per_unit = "0.044"', 'per_unit = "x"')
        .replace('when = "over_limit"', 'when = "over_limits"')
    )
    (tmp_path / "regimes" / "ae.toml").write_text(broken, "utf-8")
    with pytest.raises(PackError) as caught:
        load_regime("ae", tmp_path)
    listing = str(caught.value)
    for part in (
        "toll" if "toll" in listing else "kind must be",
        "basis",
        "per_unit",
        "over_limits",
    ):
        assert part in listing


def test_control_without_source_or_with_unknown_action_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "controls").mkdir()
    text = (PACKS_DIR / "controls" / "ae.toml").read_text("utf-8")
    broken = text.replace('action = "HOLD FOR PERMIT CHECK"', 'action = "SHRUG"').replace(
        'question = "Is there a permit?"\nfrom = 2020-01-01\nsource = "lane"',
        'question = "Is there a permit?"\nfrom = 2020-01-01\nsource = "hearsay"',
    )
    (tmp_path / "controls" / "ae.toml").write_text(broken, "utf-8")
    with pytest.raises(PackError) as caught:
        load_controls("ae", tmp_path)
    assert "SHRUG" in str(caught.value)
    assert "hearsay" in str(caught.value)


def test_every_finding_code_of_a_stage_is_described_and_none_is_idle() -> None:
    texts = load_findings().texts
    promised = {code for contract in CONTRACTS for code in contract.codes}
    described = {code for code in texts if not code.startswith("format.")}
    assert promised == described


def test_dated_severity_changes_on_its_day() -> None:
    texts = load_findings().texts.values()
    dated = [text for text in texts if len(text.severities) > 1]
    assert dated, "at least the EU product identifiers change their weight"
    for text in dated:
        (before, light), (after, heavy) = text.severities[-2:]
        assert text.severity(before) == light
        assert text.severity(after - dt.timedelta(days=1)) == light
        assert text.severity(after) == heavy
        assert heavy in set(Severity)
