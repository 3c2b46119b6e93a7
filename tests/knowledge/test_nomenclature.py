"""The nomenclature pack: complete and sound, its faults told at once, its words read one way."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.shared_data import shared
from tidewaiter.knowledge.goods_words import BREAK, OPENER, SILENT, UNKNOWN, singular, tokens
from tidewaiter.knowledge.nomenclature import (
    LABEL_CHARS_MAX,
    Nomenclature,
    load_nomenclature,
)
from tidewaiter.knowledge.pack import PACKS_DIR
from tidewaiter.knowledge.word_index import PHRASE_WORDS_MAX, phrase_keys
from tidewaiter.vocabulary.errors import InputError, PackError

HEAD = "hs6,label,words,context,not_for\n"
GOOD = HEAD + (
    "610910,T-shirts of cotton,t-shirt|tee,cotton,t-shirt bra\n"
    "610990,T-shirts of other fibres,polyester t-shirt,sports,\n"
)
COUNTS = """[counts]
subheadings_min = 1800
subheadings_max = 5612
headings_min = 700
chapters_min = 90
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
@pytest.mark.partly("subheadings met in parcels and one for every other heading, not all 5,613")
def test_every_code_exists_in_the_edition_and_nearly_every_heading_is_there(
    nomenclature: Nomenclature,
) -> None:
    edition = pl.read_csv(shared("classification/hs2022/harmonized-system.csv"), infer_schema=False)
    subheadings = edition.filter(pl.col("level") == "6")["hscode"]
    headings = edition.filter(pl.col("level") == "4")["hscode"]
    ours = nomenclature.labels["hs6"]
    assert ours.filter(~ours.is_in(subheadings.implode())).to_list() == []
    assert headings.is_in(ours.str.slice(0, 4).unique().implode()).mean() >= 0.97


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
        "61091,Short code,a,,\n"
        "620910,Wrong table,b,,\n"
        "610910,T-shirts of cotton,t-shirt,,\n"
        "610910,Again,c,,\n"
        f"610990,{'x' * 81},d,,\n"
        "611010,Loud,Sweater,,\n"
        "611011,Gap,wool sweater||jumper,,\n"
        "611012,Nothing,,,\n"
        "779999,No such chapter,e,,\n"
    )
    table(small, "chapter_61.csv").write_text(HEAD + rows, "utf-8")
    table(small, "chapter_62.csv").write_text("code,words\n620342,jeans\n", "utf-8")
    table(small, "makers.csv").write_text("hs6,names\n999999,acme\n", "utf-8")
    head = small / "nomenclature" / "hs2022.toml"
    text = head.read_text("utf-8")
    head.write_text(text.replace("title = 1.0", "titel = 1.0").replace("0.86]", "0.5]"), "utf-8")
    with pytest.raises(PackError) as caught:
        load_nomenclature("hs2022", small)
    listing = str(caught.value)
    for part in (
        "61091: code is not six digits",
        "620910: code is not of the table's chapter",
        "610910: code stands twice",
        "610990: label over 80 chars",
        "611010: lists must be lower case",
        "611011: lists must be lower case",
        "611012: words are empty",
        "779999: chapter does not exist",
        "chapter_62.csv: columns are",
        "makers.csv: 999999: no table lists this code",
        "at most 3 expected",
        "key 'title' is missing",
        "key 'titel' is not known",
        "right must not fall",
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
    words = nomenclature.index.words
    read = [tokens(pl.Series([text]), words).word.to_list() for text in (one, other)]
    assert read[0] == read[1]


def test_set_of_is_silent_and_with_opens_a_qualification(nomenclature: Nomenclature) -> None:
    read = tokens(pl.Series(["Set of 6 mugs with lid, qqzzx"]), nomenclature.index.words)
    kinds = dict(zip(read.word.to_list(), read.id.tolist(), strict=True))
    assert kinds["set"] == kinds["of"] == kinds["6"] == SILENT
    assert kinds["with"] == OPENER
    assert kinds[","] == BREAK
    assert kinds["qqzzx"] == UNKNOWN
    assert nomenclature.index.words.vocabulary[kinds["mug"]] == "mug"


@pytest.mark.parametrize(
    ("plural", "one"),
    [("boxes", "box"), ("toys", "toy"), ("cherries", "cherry"), ("dress", "dress"), ("gas", "gas")],
)
def test_usual_plurals_fold(plural: str, one: str) -> None:
    assert pl.DataFrame({"w": [plural]}).select(singular(pl.col("w"))).item() == one


@given(
    st.lists(st.tuples(st.integers(0, 60_000), st.booleans()), max_size=30),
    st.integers(1, PHRASE_WORDS_MAX),
)
def test_equal_phrase_keys_mean_equal_words_within_a_group(
    words: list[tuple[int, bool]], length: int
) -> None:
    word = np.array([w for w, _ in words], np.int64)
    group = np.cumsum(np.array([cut for _, cut in words], np.int64))
    start, key = phrase_keys(word, group, length)
    seen: dict[int, tuple[int, ...]] = {}
    for at, number in zip(start.tolist(), key.tolist(), strict=True):
        run = tuple(word[at : at + length].tolist())
        assert len(run) == length
        assert len(set(group[at : at + length].tolist())) == 1
        assert seen.setdefault(number, run) == run
    whole = [
        at
        for at in range(len(words) - length + 1)
        if len(set(group[at : at + length].tolist())) == 1
    ]
    assert start.tolist() == whole


def test_a_single_letter_names_nothing(nomenclature: Nomenclature) -> None:
    index = nomenclature.index
    letters = np.flatnonzero((index.words.vocabulary.str.len_chars() == 1).to_numpy())
    assert len(letters)
    assert not index.can_head[letters].any()
    assert (np.diff(index.as_head.start)[letters] == 0).all()


def test_a_brand_speaks_as_a_whole_phrase_only(small: Path) -> None:
    table(small, "makers.csv").write_text("hs6,names\n610990,zippo wear\n", "utf-8")
    index = load_nomenclature("hs2022", small).index
    zippo, wear = (index.words.vocabulary.to_list().index(word) for word in ("zippo", "wear"))
    assert index.as_head.start[zippo + 1] == index.as_head.start[zippo]
    _, key = phrase_keys(np.array([zippo, wear]), np.zeros(2, np.int64), 2)
    assert key[0] in index.phrase_keys
