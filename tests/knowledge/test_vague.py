"""The vague terms: the pack's own examples, and that it is a pack and not a copied list."""

from __future__ import annotations

import re

import polars as pl
import pytest

from tidewaiter.knowledge.pack import PACKS_DIR, read_pack
from tidewaiter.knowledge.quality import load_quality
from tidewaiter.knowledge.vague import lexicon, load_vague
from tidewaiter.stages.check.descriptions import read_descriptions
from tidewaiter.vocabulary.errors import PackError

PACK = read_pack("vague", "terms")
VAGUE = load_vague()
NAMED = frozenset(PACK.body["examples"]["named"])


@pytest.mark.requirement("B2")
@pytest.mark.parametrize("example", PACK.body["example"], ids=lambda e: e["text"])
def test_an_example_of_the_pack_is_judged_as_the_pack_says(example: dict[str, str]) -> None:
    read = read_descriptions(pl.Series([example["text"]]), VAGUE, load_quality(), NAMED)
    assert read["quality"][0] == example["outcome"], read.row(0, named=True)


def test_every_language_has_the_kinds_that_make_a_text_vague() -> None:
    needed = {"object", "part", "family", "packing", "paper", "test", "broad"}
    for entry in PACK.body["language"]:
        table = pl.read_csv(PACK.tables_dir / f"{entry['id']}.csv", infer_schema=False)
        assert needed <= set(table["kind"]), entry["id"]


def test_every_kind_is_used_by_a_rule_or_counted_apart() -> None:
    used = 0
    for verdict in VAGUE.verdicts:
        used |= verdict.any | verdict.none
        for mask in verdict.every:
            used |= mask
    for entry in PACK.body["kind"]:
        if entry.get("vague"):
            assert used & VAGUE.bits[entry["id"]], entry["id"]


def test_a_word_with_a_kind_keeps_it_though_the_nomenclature_has_it() -> None:
    words = dict(lexicon(VAGUE, frozenset({"parts", "mug"})).iter_rows())
    assert not words["parts"] & VAGUE.bits["named"]
    assert words["mugs"] & VAGUE.bits["named"]


def test_each_filler_phrase_holds_one_of_its_hints() -> None:
    samples = {
        "en": ["for customs purposes only", "no commercial value", "returned to sender"],
        "es": ["sin valor comercial"],
        "fr": ["sans valeur commerciale"],
        "de": ["ohne Handelswert"],
        "pt": ["sem valor comercial"],
        "zh": ["无商业价值"],
        "ar": ["بدون قيمة تجارية"],
    }
    pattern = re.compile(VAGUE.fillers.removeprefix("(?i)"), re.IGNORECASE)
    for phrases in samples.values():
        for phrase in phrases:
            assert pattern.search(phrase), phrase
            assert any(hint in phrase.lower() for hint in VAGUE.filler_hints), phrase


def test_all_faults_of_the_pack_come_at_once(tmp_path) -> None:
    folder = tmp_path / "vague" / "terms"
    folder.mkdir(parents=True)
    text = (PACKS_DIR / "vague/terms.toml").read_text("utf-8")
    text = text.replace('outcome = "vague"', 'outcome = "dull"', 1)
    text = text.replace("at_most = { named = 0", "at_most = { name = 0", 1)
    (tmp_path / "vague/terms.toml").write_text(text, "utf-8")
    for table in (PACKS_DIR / "vague/terms").iterdir():
        (folder / table.name).write_bytes(table.read_bytes())
    with pytest.raises(PackError) as error:
        load_vague(tmp_path)
    assert len(error.value.faults) == 2
