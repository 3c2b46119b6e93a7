"""Figures of a run: the same however the run is cut, and lists that keep the weightiest."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from tests.runtime.finished import finished_batch
from tidewaiter.runtime import summary
from tidewaiter.runtime.summary import HELD_ITEMS_MAX, TEXT_CHARS_MAX, build, merge
from tidewaiter.vocabulary.batch import Batch, concat
from tidewaiter.vocabulary.terms import DECISION_RANK

PARCELS = 240


@given(cut=st.integers(1, PARCELS - 1))
@settings(max_examples=12, deadline=None)
def test_figures_are_the_same_however_the_run_is_cut(cut: int) -> None:
    parts = [finished_batch(cut), finished_batch(PARCELS - cut, first=cut)]
    cut_up, whole = merge([build(part) for part in parts]), merge([build(concat(parts))])
    assert cut_up.frames.keys() == whole.frames.keys()
    for name, frame in whole.frames.items():
        assert_frame_equal(cut_up.frames[name], frame, check_row_order=name not in ("owed",))


def test_lists_keep_the_weightiest_of_all_buckets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(summary._LISTED, "held", 10)
    buckets = [build(finished_batch(200, first=first)) for first in (0, 200, 400)]
    held = merge(buckets).frames["held"]
    assert held.height == 10
    strictest = pl.concat([bucket.frames["held"] for bucket in buckets])["decision"]
    ranks = sorted((DECISION_RANK[word] for word in strictest), reverse=True)[:10]
    assert [DECISION_RANK[word] for word in held["decision"]] == ranks


def test_a_parcel_counts_once_under_a_reason_it_has_twice() -> None:
    batch = finished_batch(60)
    twice = batch.with_frames(
        decisions=batch.decisions.with_columns(
            *(pl.col(c).list.concat(c) for c in ("reasons", "reason_codes", "legal_basis"))
        )
    )
    once = merge([build(batch)]).frames["reasons"]
    assert_frame_equal(merge([build(twice)]).frames["reasons"], once)
    assert once["n"].sum() > 0


def test_a_released_parcel_is_neither_listed_nor_a_reason() -> None:
    frames = build(finished_batch(60)).frames
    assert "release" not in frames["held"]["decision"]
    assert "decide.nothing_found" not in frames["reasons"]["code"]


def test_a_parcel_of_many_lines_and_long_texts_stays_small() -> None:
    batch = finished_batch(40)
    line = batch.goods_items.with_columns(pl.lit("x" * 5000).alias("description"))
    many = pl.concat(
        line.with_columns((pl.col("item_no") + 2 * number).cast(pl.Int32)) for number in range(20)
    )
    held = build(batch.with_frames(goods_items=many)).frames["held"]
    assert held["items_n"].to_list() == [40] * held.height
    assert held["items"].list.len().to_list() == [HELD_ITEMS_MAX] * held.height
    texts = held["items"].explode().struct.field("description")
    assert set(texts.str.len_chars()) == {TEXT_CHARS_MAX}
    assert texts.str.ends_with("…").all()


def test_a_run_without_parcels_has_figures_too() -> None:
    full = finished_batch(1)
    nothing = Batch(**{name: frame.clear() for name, frame in full.frames().items()})
    figures = merge([build(nothing)])
    assert figures.count("parcels") == 0
    assert set(figures.by_decision().values()) == {0}
