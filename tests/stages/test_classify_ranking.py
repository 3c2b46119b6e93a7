"""Ranking: leaving most classes out first gives the same best five as sorting all of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidewaiter.knowledge.goods_features import Singles
from tidewaiter.knowledge.goods_groups import Groups
from tidewaiter.knowledge.goods_words import Ints
from tidewaiter.stages.classify.ranking import CANDIDATES_MAX, Found, candidates_of


def groups_of(sizes: list[int]) -> Groups:
    headings = np.repeat(np.arange(len(sizes)) + 101, sizes)
    return Groups.of_classes(headings, headings // 10)


def ranked(chance: Singles, groups: Groups) -> tuple[Found, Found]:
    flat = np.append(chance.ravel(), np.float32(0.0))
    return candidates_of(flat, np.empty_like(chance), groups)


def sorted_whole(values: Singles) -> tuple[Ints, Singles]:
    order = np.argsort(-values, axis=1, kind="stable")[:, :CANDIDATES_MAX]
    return order, np.take_along_axis(values, order, axis=1)


@given(
    sizes=st.lists(st.integers(1, 12), min_size=1, max_size=150),
    texts=st.integers(1, 4),
    seed=st.integers(0, 2**32 - 1),
    levels=st.sampled_from([3, 1000]),
    power=st.sampled_from([1, 8, 40]),
)
@settings(max_examples=150, deadline=None)
def test_the_best_five_are_those_of_a_whole_sort_to_the_last_bit(
    sizes: list[int], texts: int, seed: int, levels: int, power: int
) -> None:
    groups = groups_of(sizes)
    drawn = np.random.default_rng(seed).integers(1, levels, (texts, sum(sizes))) / levels
    weight = drawn**power  # in double: probabilities are never all nothing
    chance = (weight / weight.sum(axis=1, keepdims=True)).astype(np.float32)
    by_class, by_heading = ranked(chance, groups)
    sums: Singles = np.add.reduceat(chance, groups.heading_first, axis=1)
    for found, values in ((by_class, chance), (by_heading, sums)):
        what, value = found.best(texts, values.shape[1])
        wanted_what, wanted_value = sorted_whole(values)
        assert what.tolist() == wanted_what.tolist()
        assert value.tolist() == wanted_value.tolist()


def test_a_heading_of_many_small_classes_is_not_left_out() -> None:
    sizes = [40, *[1] * 200]
    groups = groups_of(sizes)
    chance = np.full((1, sum(sizes)), 1e-6, np.float32)
    chance[0, :40] = 0.01
    chance[0, 40::20] = 0.05
    by_class, by_heading = ranked(chance, groups)
    assert by_heading.best(1, 201)[0][0, 0] == 0
    assert by_class.best(1, 240)[0][0, 0] == 40


def test_most_classes_are_left_out() -> None:
    groups = groups_of([5] * 1000)
    chance = np.random.default_rng(1).random((8, 5000)).astype(np.float32) ** 40
    by_class, by_heading = ranked(chance, groups)
    assert len(by_class.row) < 8 * 40
    assert len(by_heading.row) < 8 * 250


@pytest.mark.parametrize("texts", [pytest.param(0, id="no text"), pytest.param(1, id="one text")])
def test_fewer_classes_than_candidates_give_all(texts: int) -> None:
    groups = groups_of([1, 2])
    chance = np.tile(np.array([0.2, 0.5, 0.3], np.float32), (texts, 1))
    by_class, by_heading = ranked(chance, groups)
    assert by_class.best(texts, 3)[0].tolist() == [[1, 2, 0]] * texts
    assert by_heading.best(texts, 2)[0].tolist() == [[1, 0]] * texts
