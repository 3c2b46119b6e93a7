"""Features of goods: stable keys, fair weights, any script, nothing depends on the neighbours."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidewaiter.knowledge.goods_features import (
    FieldWeights,
    gram_keys,
    learn_vocabulary,
    read_texts,
    see,
    word_keys,
)
from tidewaiter.knowledge.goods_words import FIELD_MARK
from tidewaiter.knowledge.nomenclature import load_nomenclature

WORDS = load_nomenclature().words
FIELDS = FieldWeights(1.0, 0.5, 0.75, 0.5, 0.3, 0.4, 0.8)
TEXTS = pl.Series(["steel kettle", "copper kettle", "kettle for tea", "手机壳"])
VOCABULARY = learn_vocabulary(read_texts(TEXTS, WORDS, FIELDS), words_min=1, grams_min=1)


def loudness(text: str) -> dict[str, float]:
    read = read_texts(pl.Series([text]), WORDS, FIELDS)
    return dict(zip(read.words.gather(read.word).to_list(), read.weight.tolist(), strict=True))


def test_keys_are_the_same_for_ever() -> None:
    """Models in files rest on these numbers; they may never change."""
    assert word_keys(pl.Series(["kettle", "手机"])).tolist() == GOLDEN_WORDS
    of, keys = gram_keys(pl.Series(["tea"]))
    assert of.tolist() == [0] * 6
    assert sorted(keys.tolist())[:2] == GOLDEN_GRAMS


GOLDEN_WORDS = [41591550, 3826222319]
GOLDEN_GRAMS = [278316103, 1910195339]


def test_a_word_is_as_loud_as_its_loudest_place() -> None:
    text = FIELD_MARK.join(["kettle", "steel kettle", "Kettles", "Kitchen", "Acme", "material tin"])
    got = loudness(text)
    assert got["kettle"] == pytest.approx(1.0)
    assert got["steel"] == pytest.approx(0.5)
    assert got["kitchen"] == pytest.approx(0.5)
    assert got["acme"] == pytest.approx(0.3)
    assert got["tin"] == pytest.approx(0.4)


def test_a_description_alone_counts_as_a_title() -> None:
    assert loudness(FIELD_MARK + "steel kettle")["kettle"] == pytest.approx(1.0)


def test_what_follows_for_or_with_is_quieter_until_a_mark() -> None:
    got = loudness("case for iphone, leather")
    assert got == pytest.approx({"case": 1.0, "iphone": 0.8, "leather": 1.0})


def test_rows_have_length_one_in_both_blocks() -> None:
    seen = see(read_texts(TEXTS, WORDS, FIELDS), VOCABULARY)
    for block in (seen.words, seen.grams):
        lengths = np.sqrt(np.asarray(block.multiply(block).sum(axis=1)).ravel())
        assert lengths == pytest.approx(np.ones(len(TEXTS)), abs=1e-5)


def test_scripts_without_blanks_are_cut_into_short_runs() -> None:
    seen = see(read_texts(pl.Series(["红色手机壳"]), WORDS, FIELDS), VOCABULARY)
    assert seen.words.nnz >= 3  # 手机, 机壳, 壳
    assert seen.grams.nnz >= 4


def test_unknown_words_count_against_the_known_share() -> None:
    seen = see(read_texts(pl.Series(["steel zzqx", "", "zzqx"]), WORDS, FIELDS), VOCABULARY)
    assert seen.known == pytest.approx([0.5, 0.0, 0.0])


def test_the_vocabulary_keeps_what_stands_often_enough() -> None:
    read = read_texts(TEXTS, WORDS, FIELDS)
    often = learn_vocabulary(read, words_min=3, grams_min=100)
    assert len(often) == often.words == 1
    assert often.find(word_keys(pl.Series(["kettle", "steel"])), grams=False).tolist() == [0, -1]


PIECES = st.sampled_from(["steel", "kettle", "for", ",", FIELD_MARK, "手机壳", "😀", "\x00", "12"])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(PIECES, max_size=6).map(" ".join) | st.text(max_size=20), max_size=6))
def test_a_text_is_seen_the_same_whatever_stands_beside(texts: list[str]) -> None:
    together = see(read_texts(pl.Series(texts, dtype=pl.String), WORDS, FIELDS), VOCABULARY)
    for place, text in enumerate(texts):
        alone: Any = see(read_texts(pl.Series([text]), WORDS, FIELDS), VOCABULARY)
        assert abs(alone.words - together.words[place]).max() < 1e-6
        assert abs(alone.grams - together.grams[place]).max() < 1e-6
