"""The matching packs: their examples come out, their faults are all told at once."""

from __future__ import annotations

import shutil
from pathlib import Path

import polars as pl
import pytest

from tidewaiter.knowledge.matching import load_matching
from tidewaiter.knowledge.normal_forms import STREAM_ROWS_MIN, address_forms, name_forms
from tidewaiter.knowledge.pack import PACKS_DIR
from tidewaiter.vocabulary.errors import PackError

EXAMPLES = load_matching().words.examples


@pytest.mark.parametrize(
    ("kind", "a", "b", "same"), EXAMPLES, ids=[f"{kind}: {a} / {b}" for kind, a, b, _ in EXAMPLES]
)
def test_example_of_the_pack(kind: str, a: str, b: str, same: bool) -> None:
    forms = {"name": name_forms, "address": address_forms}[kind]
    one, other = forms(pl.Series([a, b]), load_matching().words)
    assert (one == other) is same


@pytest.mark.parametrize(
    ("written", "form"),
    [
        pytest.param("J. R. Okafor", "j okafor r", id="initials are words"),
        pytest.param("van der Berg, Jan", "jan vanderberg", id="particles join their word"),
        pytest.param("Muhammad Hussein", "hussain mohammed", id="usual spellings are one"),
        pytest.param("Γιώργος Παππάς", "giorgos pappas", id="Greek is read by sound"),
        pytest.param("Dr.", "", id="a title alone is no name"),
        pytest.param("  ", "", id="blanks are no name"),
        pytest.param(None, None, id="nothing stays nothing"),
        pytest.param("Łukasz Müller-Šimić", "lukasz muller simic", id="accents are dropped"),
        pytest.param("आरती राम", "आरती राम", id="vowel signs of other scripts are kept"),
    ],
)
def test_normal_form_of_a_name(written: str | None, form: str | None) -> None:
    assert name_forms(pl.Series([written], dtype=pl.String), load_matching().words)[0] == form


@pytest.mark.parametrize(
    ("written", "form"),
    [
        pytest.param("P.O. Box 77, Al Ain", "pobox77 alain", id="a post office box"),
        pytest.param("Unit 4b Tower 2", "flat4b tower2", id="designators join their number"),
        pytest.param("No. 12 The Avenue", "12 ave", id="empty words are dropped"),
        pytest.param("شقة ٣", "شقة 3", id="Arabic digits are digits"),
    ],
)
def test_normal_form_of_an_address(written: str, form: str) -> None:
    assert address_forms(pl.Series([written]), load_matching().words)[0] == form


def test_many_texts_come_out_as_few_do_and_in_order() -> None:
    words = load_matching().words
    few = pl.Series([f"Okafor{n}, John" for n in range(1000)])
    many = pl.concat([few] * (STREAM_ROWS_MIN // 1000 + 1))
    assert name_forms(many, words)[-1000:].equals(name_forms(few, words))


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    shutil.copytree(PACKS_DIR / "matching", tmp_path / "matching")
    for name, old, new in (
        ("words", 'titles = ["mr"', 'titel = ["mr"'),
        ("words", 'villa = ["vla"]', 'villa = ["vla", "apt"]'),
        ("link", "phone = 5.0", 'phone = "five"'),
        ("fuse", "rounds_max = 12", "rounds_most = 12"),
        ("fuse", 'seller = ["order", ', 'seller = ["orders", '),
    ):
        path = tmp_path / "matching" / f"{name}.toml"
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new), "utf-8")
    with pytest.raises(PackError) as caught:
        load_matching(tmp_path)
    for part in ("'titel'", "phone is no number", "'rounds_max' is missing", "seller must name"):
        assert part in str(caught.value)
    words = tmp_path / "matching" / "words.toml"
    words.write_text(words.read_text("utf-8").replace('titel = ["mr"', 'titles = ["mr"'), "utf-8")
    with pytest.raises(PackError, match="'apt' stands for 'flat' and for 'villa'"):
        load_matching(tmp_path)


def test_digests_are_those_of_the_three_packs() -> None:
    assert sorted(load_matching().digests) == ["matching/fuse", "matching/link", "matching/words"]
