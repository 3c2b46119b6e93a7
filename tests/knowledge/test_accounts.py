"""Packs of booking: they load, cover every model, and a broken one lists all its faults."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tidewaiter.knowledge.accounts import load_account_rules
from tidewaiter.knowledge.pack import PACKS_DIR
from tidewaiter.knowledge.regimes.faults import MODELS
from tidewaiter.knowledge.regimes.law import KINDS
from tidewaiter.vocabulary.errors import PackError


@pytest.mark.requirement("G5")
def test_every_model_says_for_every_kind_who_owes_and_when() -> None:
    rules = load_account_rules()
    assert set(rules.parts.select("model", "kind").rows()) == {
        (model, kind) for model in MODELS for kind in KINDS
    }
    assert (
        not rules.parts.select("payer_role", "debtor_role", "arises").null_count().row(0).count(1)
    )


def test_all_faults_are_listed_at_once(tmp_path: Path) -> None:
    shutil.copytree(PACKS_DIR / "accounts", tmp_path / "accounts")
    models = tmp_path / "accounts" / "models.toml"
    text = models.read_text("utf-8")
    text = text.replace('arises = "sale"', 'arises = "wish"', 1).replace(
        'debtor = "carrier"', 'debtor = "smuggler"'
    )
    models.write_text(text.replace('id = "hybrid"', 'id = "hybrids"'), "utf-8")
    late = tmp_path / "accounts" / "interest.toml"
    late.write_text(late.read_text("utf-8").replace('source = "fa2009"', 'source = "gossip"'))
    with pytest.raises(PackError) as caught:
        load_account_rules(tmp_path)
    for word in ("arises must be", "debtor must be", "'hybrid' is missing", "gossip"):
        assert word in str(caught.value)
