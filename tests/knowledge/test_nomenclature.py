"""The nomenclature pack: complete and sound, its faults told at once, its words read one way."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from tests.shared_data import shared
from tidewaiter.knowledge.goods_facts import goods_facts
from tidewaiter.knowledge.goods_words import BREAK, OPENER, SILENT, UNKNOWN, singular, tokens
from tidewaiter.knowledge.nomenclature import Nomenclature, load_nomenclature
from tidewaiter.knowledge.nomenclature_tables import LABEL_CHARS_MAX
from tidewaiter.knowledge.pack import PACKS_DIR
from tidewaiter.vocabulary.errors import InputError, PackError

HEAD = "hs6,label,words,context,not_for,facts,difference\n"
GOOD = HEAD + (
    "610910,T-shirts of cotton,t-shirt|tee,cotton,t-shirt bra,material=cotton,Cotton.\n"
    "610990,T-shirts of other fibres,polyester t-shirt,sports,,material=other,\n"
)
COUNTS = """[counts]
subheadings_min = 5613
subheadings_max = 5613
headings_min = 1229
chapters_min = 97
"""
FEW = """[counts]
subheadings_min = 1
subheadings_max = 3
headings_min = 1
chapters_min = 1
"""


@pytest.fixture(scope="module")
def nomenclature() -> Nomenclature:
    return load_nomenclature("hs2022")


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """Give a packs folder with the real head and two subheadings."""
    folder = tmp_path / "nomenclature"
    (folder / "hs2022").mkdir(parents=True)
    head = (PACKS_DIR / "nomenclature" / "hs2022.toml").read_text("utf-8")
    assert COUNTS in head
    (folder / "hs2022.toml").write_text(head.replace(COUNTS, FEW), "utf-8")
    (folder / "hs2022" / "chapter_61.csv").write_text(GOOD, "utf-8")
    (folder / "hs2022" / "headings.csv").write_text("hs4,label\n6109,T-shirts\n", "utf-8")
    return tmp_path


def table(packs: Path, name: str) -> Path:
    return packs / "nomenclature" / "hs2022" / name


def test_the_edition_is_known_by_name_day_and_digest(nomenclature: Nomenclature) -> None:
    assert nomenclature.edition == "HS 2022"
    assert nomenclature.valid_from == dt.date(2022, 1, 1)
    assert nomenclature.digests == {"nomenclature/hs2022": nomenclature.pack.digest}


def test_every_code_stands_once_in_order_with_a_short_label(nomenclature: Nomenclature) -> None:
    labels = nomenclature.labels
    assert labels["hs6"].is_sorted()
    assert labels["hs6"].n_unique() == labels.height
    assert labels["label"].str.len_chars().max() <= LABEL_CHARS_MAX
    assert labels["hs6"].str.slice(0, 2).n_unique() >= 90


@pytest.mark.requirement("D3")
@pytest.mark.partly("the list of codes; national digits come from tariff packs")
def test_the_list_of_codes_is_that_of_the_edition(nomenclature: Nomenclature) -> None:
    edition = pl.read_csv(shared("classification/hs2022/harmonized-system.csv"), infer_schema=False)
    for level, ours in (
        (6, nomenclature.rows["hs6"]),
        (4, nomenclature.tables.headings["hs4"]),
        (2, nomenclature.rows["hs6"].str.slice(0, 2).unique().sort()),
    ):
        listed = edition.filter(pl.col("level") == str(level))["hscode"].sort()
        assert ours.to_list() == listed.to_list()


def test_no_label_is_the_official_text(nomenclature: Nomenclature) -> None:
    """Our words are ours; texts of up to three words ("Tin ores") may coincide."""
    edition = pl.read_csv(shared("classification/hs2022/harmonized-system.csv"), infer_schema=False)
    for level, ours in ((6, nomenclature.rows), (4, nomenclature.tables.headings)):
        both = ours.join(edition, left_on=f"hs{level}", right_on="hscode").select(
            _bare(pl.col("label")).alias("ours"), _bare(pl.col("description")).alias("theirs")
        )
        same = both.filter(
            (pl.col("ours") == pl.col("theirs")) & (pl.col("ours").str.count_matches(" ") > 2)
        )
        assert same["ours"].to_list() == []


def _bare(text: pl.Expr) -> pl.Expr:
    return text.str.to_lowercase().str.replace_all(r"[^a-z0-9]+", " ").str.strip_chars()


def test_nearly_every_row_has_words_facts_and_a_difference(nomenclature: Nomenclature) -> None:
    rows = nomenclature.rows
    phrases = rows["words"].str.split("|").list.len()
    assert phrases.min() >= 1
    assert phrases.mean() >= 8
    assert (rows["facts"] != "").mean() >= 0.99
    assert (rows["difference"] != "").mean() >= 0.85


def test_facts_become_numbers_by_attribute(small: Path) -> None:
    facts = goods_facts(load_nomenclature("hs2022", small))
    material = facts.attributes.index("material")
    assert [facts.names[value] for value in facts.values[:, material]] == ["cotton", "other"]
    assert (np.delete(facts.values, material, axis=1) == -1).all()


def test_the_packs_examples_for_learning_name_their_source(nomenclature: Nomenclature) -> None:
    examples = nomenclature.examples()
    assert set(examples["source"].unique()) >= {"words", "label", "context", "names", "listing"}
    assert not examples["hs6"].str.starts_with("99").any()
    assert examples.null_count().sum_horizontal().item() == 0


def test_terms_hold_words_as_written_and_in_common_form(nomenclature: Nomenclature) -> None:
    assert {"shoe", "shoes", "watch", "knife", "leggings", "legging"} <= nomenclature.terms
    assert "maybelline" not in nomenclature.terms  # a brand names no goods


def test_reading_twice_gives_the_same_object_until_a_file_changes(small: Path) -> None:
    first = load_nomenclature("hs2022", small)
    assert load_nomenclature("hs2022", small) is first
    table(small, "chapter_61.csv").write_text(GOOD.replace("|tee", "|tee|tee top"), "utf-8")
    again = load_nomenclature("hs2022", small)
    assert again is not first
    assert again.digests != first.digests


def test_an_unknown_edition_names_the_known_one() -> None:
    with pytest.raises(InputError, match="hs2022"):
        load_nomenclature("hs2028")


def test_all_faults_are_told_at_once(small: Path) -> None:
    rows = (
        "61091,Short code,a,,,,\n"
        "620910,Wrong table,b,,,,\n"
        "610910,T-shirts of cotton,t-shirt,,,,\n"
        "610910,Again,c,,,,\n"
        f"610990,{'x' * 81},d,,,,\n"
        "611010,Loud,Sweater,,,,\n"
        "611011,Gap,wool sweater||jumper,,,,\n"
        "611012,Nothing,,,,,\n"
        "611013,Fact,e,,,colour=red,\n"
        f"611014,Long,f,,,,{'y' * 161}\n"
        "611015,Wordy,a b c d e f g,,,,\n"
        "779999,No such chapter,g,,,,\n"
    )
    table(small, "chapter_61.csv").write_text(HEAD + rows, "utf-8")
    table(small, "chapter_62.csv").write_text("code,words\n620342,jeans\n", "utf-8")
    table(small, "makers.csv").write_text("hs6,names\n999999,acme\n", "utf-8")
    table(small, "notes.txt").write_text("no table", "utf-8")
    head = small / "nomenclature" / "hs2022.toml"
    text = head.read_text("utf-8")
    head.write_text(text.replace("title = 1.0", "titel = 1.0"), "utf-8")
    with pytest.raises(PackError) as caught:
        load_nomenclature("hs2022", small)
    listing = str(caught.value)
    for part in (
        "61091: code is not six digits",
        "620910: code is not of the table's chapter",
        "610910: code stands twice",
        "610990: label over 80 characters",
        "611010: lists must be lower case",
        "611011: lists must be lower case",
        "611012: words are empty",
        "611013: facts must be attribute=value",
        "611014: difference over 160 characters",
        "611015: a phrase of over 6 words",
        "779999: chapter does not exist",
        "chapter_62.csv: columns are",
        "makers.csv: 999999: no chapter table lists this code",
        "notes.txt: not a table",
        "headings.csv: 6110 is missing",
        "at most 3 expected",
        "key 'title' is missing",
        "key 'titel' is not known",
    ):
        assert part in listing, f"{part!r} is not in\n{listing}"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("Men's T-Shirts", "mens t shirt", id="case, possessive, plural and hyphen"),
        pytest.param("Pyjamas für Kinder", "pajama fur kinder", id="accents and spelling"),
        pytest.param("Kitchen Knives", "kitchen knife", id="irregular plural"),
        pytest.param("Watches, Batteries", "watch ; battery", id="usual plurals and marks"),
        pytest.param("jewelry", "Jewellery", id="two spellings"),
    ],
)
def test_two_ways_of_writing_read_the_same(
    nomenclature: Nomenclature, one: str, other: str
) -> None:
    words = nomenclature.words
    read = [tokens(pl.Series([text]), words).word.to_list() for text in (one, other)]
    assert read[0] == read[1]


def test_set_of_is_silent_and_with_opens_a_qualification(nomenclature: Nomenclature) -> None:
    read = tokens(pl.Series(["Set of 6 mugs with lid, qqzzx"]), nomenclature.words)
    kinds = dict(zip(read.word.to_list(), read.id.tolist(), strict=True))
    assert kinds["set"] == kinds["of"] == kinds["6"] == SILENT
    assert kinds["with"] == OPENER
    assert kinds[","] == BREAK
    assert kinds["qqzzx"] == UNKNOWN
    assert nomenclature.words.vocabulary[kinds["mug"]] == "mug"


@pytest.mark.parametrize(
    ("plural", "one"),
    [("boxes", "box"), ("toys", "toy"), ("cherries", "cherry"), ("dress", "dress"), ("gas", "gas")],
)
def test_usual_plurals_fold(plural: str, one: str) -> None:
    assert pl.DataFrame({"w": [plural]}).select(singular(pl.col("w"))).item() == one
