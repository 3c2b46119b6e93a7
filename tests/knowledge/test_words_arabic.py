"""The Arabic words of goods: sound as a table, and read by the tokeniser without loss."""

from __future__ import annotations

import polars as pl
import pytest

from tidewaiter.knowledge.goods_words import MODEL, SILENT, UNKNOWN, tokens
from tidewaiter.knowledge.nomenclature import Nomenclature, load_nomenclature

PHRASES_MAX = 6  # a code, as in the other languages
WORDS_MAX = 6  # a phrase
CODES_MIN = 1_500
# What a phrase may hold: bare Arabic letters (no vowel sign, no tatweel, no Persian or Urdu
# letter), lower-case Latin letters and digits of technical names, blanks.
WORD = r"[\x{0621}-\x{063a}\x{0641}-\x{064a}a-z0-9-]+"
TIDY = rf"^{WORD}(?: {WORD})*$"
ARABIC = r"[\x{0621}-\x{064a}]"


@pytest.fixture(scope="module")
def nomenclature() -> Nomenclature:
    return load_nomenclature("hs2022")


@pytest.fixture(scope="module")
def codes(nomenclature: Nomenclature) -> pl.DataFrame:
    """Give the table as it stands: frame `hs6, words, table, language`."""
    return nomenclature.tables.other_words.filter(pl.col("language") == "ar")


@pytest.fixture(scope="module")
def phrases(codes: pl.DataFrame) -> pl.DataFrame:
    """Give frame `hs6, phrase`, one row a phrase."""
    listed = codes.select("hs6", pl.col("words").str.split("|").alias("phrase"))
    return listed.explode("phrase", empty_as_null=True)


def read(nomenclature: Nomenclature, text: str) -> list[str]:
    return tokens(pl.Series([text]), nomenclature.words).word.to_list()


def test_every_code_is_a_subheading_of_goods_and_stands_once(
    nomenclature: Nomenclature, codes: pl.DataFrame
) -> None:
    assert codes.height >= CODES_MIN
    assert codes["hs6"].n_unique() == codes.height
    assert set(codes["hs6"]) <= set(nomenclature.codes)


def test_what_has_spanish_words_has_arabic_words(
    nomenclature: Nomenclature, codes: pl.DataFrame
) -> None:
    spanish = nomenclature.tables.other_words.filter(pl.col("language") == "es")
    assert spanish.height > 0
    assert spanish.join(codes, on="hs6", how="anti")["hs6"].to_list() == []


def test_phrases_are_short_bare_arabic(codes: pl.DataFrame, phrases: pl.DataFrame) -> None:
    phrase = pl.col("phrase")
    sound = (
        phrase.str.contains(TIDY)
        & phrase.str.contains(ARABIC)
        & (phrase.str.count_matches(" ") < WORDS_MAX)
    )
    assert phrases.filter(~sound.fill_null(value=False)).rows() == []
    many = codes.filter(pl.col("words").str.count_matches(r"\|") >= PHRASES_MAX)
    assert many["hs6"].to_list() == []


def test_no_phrase_names_two_subheadings(phrases: pl.DataFrame) -> None:
    twice = phrases.filter(pl.col("phrase").is_duplicated()).sort("phrase")
    assert twice.rows() == []


@pytest.mark.parametrize("chapter", ["33", "42", "61", "62", "63", "64", "71", "85", "94", "95"])
def test_chapters_that_shops_sell_most_have_many_words(phrases: pl.DataFrame, chapter: str) -> None:
    assert phrases["hs6"].str.starts_with(chapter).sum() >= 45


def test_every_phrase_is_read_word_for_word(
    nomenclature: Nomenclature, phrases: pl.DataFrame
) -> None:
    """The tokeniser cuts at blanks and hyphens only, and no phrase falls silent."""
    got = tokens(phrases["phrase"], nomenclature.words)
    frame = pl.DataFrame({"text": got.text, "written": got.written, "id": got.id})
    whole = frame.group_by("text", maintain_order=True).agg(
        pl.col("written").str.join(" "), (pl.col("id") != SILENT).any().alias("heard")
    )
    assert whole["written"].to_list() == phrases["phrase"].str.replace_all("-", " ").to_list()
    assert whole["heard"].all()


def test_the_pack_teaches_every_phrase_with_its_subheading(
    nomenclature: Nomenclature, phrases: pl.DataFrame
) -> None:
    taught = nomenclature.examples().filter(pl.col("source") == "other_words")
    missing = phrases.join(taught, left_on=["phrase", "hs6"], right_on=["text", "hs6"], how="anti")
    assert missing.rows() == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("قَمِيصُ قُطْنٍ", "قميص قطن", id="vowel signs do not count"),
        pytest.param("أحمر شفاه", "احمر شفاه", id="alef with hamza above is alef"),
        pytest.param("إضاءة", "اضاءة", id="alef with hamza below is alef"),
        pytest.param("آيفون", "ايفون", id="alef with madda is alef"),
        pytest.param("مؤقت", "موقت", id="hamza on waw is waw"),
        pytest.param("ﻗﻤﻴﺺ", "قميص", id="letters in their printed shapes are the letters"),
        pytest.param("\u200fشاحن\u200e جوال", "شاحن جوال", id="marks of direction do not count"),
        pytest.param("شاحن، جوال", "شاحن , جوال", id="an Arabic comma parts two words"),
    ],
)
def test_two_ways_of_writing_arabic_read_the_same(
    nomenclature: Nomenclature, one: str, other: str
) -> None:
    words = [[word for word in read(nomenclature, text) if word != ","] for text in (one, other)]
    assert words[0] == words[1] != []


def test_arabic_numbers_are_silent_and_sizes_are_models(nomenclature: Nomenclature) -> None:
    got = tokens(pl.Series(["كاسات ٦ 12 ٣٢جيجا"]), nomenclature.words)
    kinds = dict(zip(got.written.to_list(), got.id.tolist(), strict=True))
    assert kinds["٦"] == kinds["12"] == SILENT
    assert kinds["٣٢جيجا"] == MODEL
    assert kinds["كاسات"] == UNKNOWN or kinds["كاسات"] >= 0


@pytest.mark.parametrize(
    ("phrase", "code"),
    [
        pytest.param("تيشيرت قطن", "610910", id="a cotton t-shirt"),
        pytest.param("عباية نسائية", "621143", id="an abaya"),
        pytest.param("شماغ قطن", "621490", id="a cotton shemagh"),
        pytest.param("كفر جوال", "392690", id="a phone case"),
        pytest.param("شاحن جوال", "850440", id="a phone charger"),
        pytest.param("سماعات بلوتوث", "851830", id="bluetooth headphones"),
        pytest.param("عطر رجالي", "330300", id="perfume for men"),
        pytest.param("بخور", "330741", id="incense"),
        pytest.param("خاتم فضة", "711311", id="a silver ring"),
        pytest.param("فحمات فرامل", "870830", id="brake pads"),
        pytest.param("تمر", "080410", id="dates"),
        pytest.param("لمبة ليد", "853952", id="an LED bulb"),
    ],
)
def test_a_seller_in_the_gulf_finds_his_goods(
    phrases: pl.DataFrame, phrase: str, code: str
) -> None:
    assert phrases.filter(pl.col("phrase") == phrase)["hs6"].to_list() == [code]
