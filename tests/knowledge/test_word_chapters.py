"""Are two texts about the same goods? Examples, and how often it errs on simulated pairs."""

from __future__ import annotations

import polars as pl
import pytest

from tidewaiter.knowledge.nomenclature import load_nomenclature
from tidewaiter.knowledge.product_rules import load_product_rules
from tidewaiter.knowledge.word_chapters import Flags, word_chapters
from tidewaiter.simulate.config import Config
from tidewaiter.simulate.world import generate


def different(left: list[str], right: list[str], without: list[str | None]) -> Flags:
    """Judge as the stage does, without the classifier's word."""
    like = word_chapters(load_nomenclature()).compare(
        *(pl.Series(texts, dtype=pl.String) for texts in (left, right, without))
    )
    limits = load_product_rules().limits
    return (
        (like.shared <= limits["text.shared_max"])
        & (like.chapters <= limits["text.alike_max"])
        & (like.heads <= limits["text.heads_max"])
        & (like.known >= limits["text.known_min"])
        & like.headed
    )


@pytest.mark.parametrize(
    ("said", "known", "apart"),
    [
        pytest.param("men's watch", "electric toothbrush", True, id="a watch is no toothbrush"),
        pytest.param("soft toothbrush", "electric toothbrush", False, id="a brush is a brush"),
        pytest.param("wristwatch, steel", "men's watch", False, id="other word, same chapter"),
        pytest.param("qqq zzz", "electric toothbrush", False, id="unknown words say nothing"),
        pytest.param("", "electric toothbrush", False, id="no text says nothing"),
        pytest.param("cepillo", "electric toothbrush", False, id="another language says nothing"),
    ],
)
def test_examples(said: str, known: str, apart: bool) -> None:
    assert different([said], [known], [None]).tolist() == [apart]


def test_the_brand_is_no_word_in_common() -> None:
    said, known = "Zorvex watch", "Zorvex toothbrush"
    assert not different([said], [known], [None])[0]
    assert different([said], [known], ["Zorvex"])[0]


def test_each_pair_is_judged_alone() -> None:
    said = ["men's watch", "soft toothbrush", "cotton t-shirt"]
    known = ["electric toothbrush", "electric toothbrush", "men's watch"]
    together = different(said, known, [None] * 3).tolist()
    alone = [different([a], [b], [None])[0] for a, b in zip(said, known, strict=True)]
    assert together == alone == [True, False, True]


def test_no_pair_at_all_is_judged() -> None:
    assert different([], [], []).tolist() == []


@pytest.mark.requirement("D2")
def test_right_pairs_are_hardly_ever_accused_and_most_wrong_ones_are() -> None:
    listings = generate(Config(seed=3, parcels=2000)).market.listings.frame
    named = listings.select("hs6", pl.col("title").alias("said"), pl.col("plain").alias("known"),
                            pl.lit(None, pl.String).alias("brand"))  # fmt: skip
    apart = named.with_columns(pl.col("known", "hs6").reverse().name.suffix("_other")).filter(
        pl.col("hs6").str.slice(0, 2) != pl.col("hs6_other").str.slice(0, 2)
    )
    right = different(*(named[c].to_list() for c in ("said", "known", "brand")))
    wrong = different(*(apart[c].to_list() for c in ("said", "known_other", "brand")))
    accused, found = right.mean(), wrong.mean()
    assert accused <= 0.005, f"{accused:.2%} of {len(right)} right pairs accused"
    assert found >= 0.5, f"only {found:.1%} of {len(wrong)} wrong pairs found"
