"""Groups that edges make."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tidewaiter.vocabulary.components import components

SIZE = 12
NODE = st.integers(0, SIZE - 1)


def by_hand(edges: list[tuple[int, int]]) -> list[int]:
    label = list(range(SIZE))
    for left, right in edges:
        low, high = sorted((label[left], label[right]))
        label = [low if name == high else name for name in label]
    return label


@given(st.lists(st.tuples(NODE, NODE), max_size=30))
def test_components_are_those_found_by_hand(edges: list[tuple[int, int]]) -> None:
    left, right = (np.array([e[side] for e in edges], dtype=np.int64) for side in (0, 1))
    assert components(SIZE, left, right).tolist() == by_hand(edges)


def test_a_long_chain_hangs_together() -> None:
    order = np.random.default_rng(1).permutation(5000)
    assert set(components(5000, order[:-1], order[1:]).tolist()) == {0}
