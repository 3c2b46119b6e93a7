"""Chinese: texts without blanks are cut, and what sellers write meets the pack's Chinese words."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from tidewaiter.knowledge.goods_features import learn_vocabulary, read_texts, see
from tidewaiter.knowledge.goods_words import BREAK, tokens
from tidewaiter.knowledge.load import load
from tidewaiter.knowledge.nomenclature import load_nomenclature
from tidewaiter.stages.classify import suggest

KNOWLEDGE = load("AE")
NOMENCLATURE = load_nomenclature()
WORDS = NOMENCLATURE.words
CHINESE = NOMENCLATURE.tables.other_words.filter(pl.col("language") == "zh")
PHRASES = CHINESE.select("hs6", pl.col("words").str.split("|")).explode("words")

SOLD = [
    pytest.param("纯棉T恤 男士", "610910", id="cotton t-shirt, men"),
    pytest.param("女式牛仔裤 高腰 修身", "620462", id="women's jeans with praise"),
    pytest.param("男士运动鞋网面透气跑步鞋", "640411", id="running shoes without a blank"),
    pytest.param("苹果15手机壳 硅胶透明防摔", "392690", id="phone case with a model number"),
    pytest.param("20000毫安充电宝 大容量", "850760", id="power bank after a figure"),
    pytest.param("儿童毛绒玩具熊", "950300", id="plush bear"),
    pytest.param("【新款】不锈钢保温杯，500ml", "961700", id="vacuum flask among Chinese marks"),
    pytest.param("洗发水 去屑 500ml", "330510", id="shampoo"),
    pytest.param("自动折叠雨伞", "660191", id="folding umbrella"),
    pytest.param("宠物牵引绳 狗狗胸背带", "420100", id="dog leash"),
]


def read(text: str) -> list[str]:
    return tokens(pl.Series([text]), WORDS).word.to_list()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("手机壳", ["手", "手机", "机壳", "壳"], id="pairs, first and last alone"),
        pytest.param("棉T恤", ["棉", "棉", "t", "恤", "恤"], id="Latin letters stand apart"),
        pytest.param("3D打印", ["3d", "打", "打印", "印"], id="figures stand apart"),
        pytest.param("cotton t-shirt", ["cotton", "t", "shirt"], id="other scripts as ever"),
        pytest.param("تي شيرت", ["تي", "شيرت"], id="scripts with blanks as ever"),
    ],
)
def test_runs_of_han_are_read_as_pairs(text: str, words: list[str]) -> None:
    assert read(text) == words


def test_chinese_marks_break_a_phrase() -> None:
    found = tokens(pl.Series(["雨伞，灯（红）"]), WORDS)
    assert (found.id == BREAK).sum() == 3


@pytest.mark.parametrize(
    "text", ["Men's cotton T-shirt", "Größe， weiß", "スニーカー", "", "kettle – steel", "a·b"]
)
def test_a_chinese_text_beside_changes_no_other(text: str) -> None:
    """Its marks too stay as they were: a model that learned from other scripts stays valid."""
    alone = tokens(pl.Series([text]), WORDS)
    beside = tokens(pl.Series([text, "纯棉，T恤"]), WORDS)
    own = beside.text == 0
    assert beside.word.filter(own).to_list() == alone.word.to_list()
    assert beside.id[own].tolist() == alone.id.tolist()


def test_the_chinese_words_reach_the_goods_that_are_sold() -> None:
    spanish = NOMENCLATURE.tables.other_words.filter(pl.col("language") == "es")
    assert CHINESE.height >= 1600
    assert set(spanish["hs6"]) <= set(CHINESE["hs6"])


def test_chinese_phrases_are_chinese_and_stand_at_one_code() -> None:
    assert PHRASES.filter(~pl.col("words").str.contains(r"\p{Han}")).is_empty()
    assert PHRASES.filter(pl.col("words").str.contains(r"^\s|\s$")).is_empty()
    assert PHRASES.filter(pl.col("words").is_duplicated()).is_empty()


@pytest.mark.parametrize(("text", "hs6"), SOLD)
def test_the_nearest_chinese_phrase_is_of_the_right_code(text: str, hs6: str) -> None:
    known = read_texts(PHRASES["words"], WORDS, NOMENCLATURE.fields)
    vocabulary = learn_vocabulary(known, words_min=1, grams_min=1)
    asked = read_texts(pl.Series([text]), WORDS, NOMENCLATURE.fields)
    cosine = (see(asked, vocabulary).both @ see(known, vocabulary).both.T).toarray()[0]
    assert PHRASES["hs6"][int(np.argmax(cosine))] == hs6


@pytest.mark.requirement("D3")
@pytest.mark.partly("Chinese words only")
@pytest.mark.parametrize(("text", "hs6"), SOLD)
def test_search_finds_what_is_asked_in_chinese(text: str, hs6: str) -> None:
    """By the packs' own model: fails until it has learned the Chinese words (`./dev model`)."""
    assert suggest(text, KNOWLEDGE)["hs6"].head(1).to_list() == [hs6]
