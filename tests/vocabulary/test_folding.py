"""Folding: the same for pack and data, stable, and blind to what does not tell words apart."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidewaiter.vocabulary.folding import folded, folded_list, plain_list


@pytest.mark.parametrize(
    ("text", "fold"),
    [
        (" Côte d’Ivoire ", "cote d ivoire"),
        ("U.S.A.", "u s a"),
        ("GROSSE Größe", "grosse grosse"),
        ("礼品", "礼品"),
        ("الهدايا", "الهدايا"),
        ("--", ""),
    ],
)
def test_accents_signs_and_case_do_not_matter(text: str, fold: str) -> None:
    assert folded_list([text]) == [fold]


def test_plain_keeps_signs() -> None:
    assert plain_list([" RETURN_MERCHANDISE ", "US$ ", "€"]) == ["return merchandise", "us$", "€"]


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=30))
def test_folding_twice_is_folding_once(text: str) -> None:
    once = folded_list([text])
    assert folded_list(once) == once


def test_nothing_folds_to_nothing() -> None:
    frame = pl.DataFrame({"t": [None, ""]}, schema={"t": pl.String})
    assert frame.select(folded(pl.col("t")))["t"].to_list() == [None, ""]
