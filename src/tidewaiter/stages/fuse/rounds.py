"""Rounds: joining groups best pair first, each the other's best, until no pair is left.

Plain arithmetic over edges; what a node is and how an edge got its weight is its callers' matter.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Bits = npt.NDArray[np.uint64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
CONFIDENCE_BITS = 3.0  # a pair right at the threshold is held to be right 8 times in 9


@dataclass(frozen=True, slots=True)
class Edges:
    """Pairs of nodes, with weight over the threshold.

    Args:
        left, right: node numbers.
        surplus: bits over the threshold, not negative.
        shared: they have an identifier in common.
        tie: number that settles which of two equal weights goes first.
    """

    left: Ints
    right: Ints
    surplus: Floats
    shared: Flags
    tie: Bits

    def only(self, keep: Flags | Ints) -> Edges:
        """Give some of the edges, in that order."""
        return Edges(
            self.left[keep],
            self.right[keep],
            self.surplus[keep],
            self.shared[keep],
            self.tie[keep],
        )

    def and_also(self, more: Edges) -> Edges:
        """Give these edges and more."""
        return Edges(
            np.concatenate([self.left, more.left]),
            np.concatenate([self.right, more.right]),
            np.concatenate([self.surplus, more.surplus]),
            np.concatenate([self.shared, more.shared]),
            np.concatenate([self.tie, more.tie]),
        )


@dataclass(frozen=True, slots=True)
class Groups:
    """Groups so far.

    Args:
        label: smallest node of each node's group.
        views: bit a view, of the whole group at its label.
        slots: bit a view and sender, of the whole group at its label.
        confidence: of the group at its label.
    """

    label: Ints
    views: Bits
    slots: Bits
    confidence: Floats


def join_best_first(groups: Groups, edges: Edges, rounds_max: int) -> Groups:
    """Join groups along edges.

    Args:
        groups: what is joined already.
        edges: in any order; of equal weights the higher `tie` wins.
        rounds_max: most rounds; each round joins every pair that is best for both its groups.

    Returns:
        The groups after the last round.
    """
    label, views, slots = groups.label.copy(), groups.views.copy(), groups.slots.copy()
    confidence = groups.confidence.copy()
    edges = edges.only(np.lexsort((edges.tie, edges.surplus)))
    for _ in range(rounds_max):
        a, b = label[edges.left], label[edges.right]
        clash = (slots[a] & slots[b]) > 0
        clash |= ((views[a] & views[b]) > 0) & ~edges.shared
        keep = (a != b) & ~clash
        if not keep.any():
            break
        edges, a, b = edges.only(keep), a[keep], b[keep]
        rank = np.arange(a.size, dtype=np.int64)
        best = np.full(label.size, -1, dtype=np.int64)
        np.maximum.at(best, a, rank)
        np.maximum.at(best, b, rank)
        chosen = (best[a] == rank) & (best[b] == rank)
        low, high = np.minimum(a, b)[chosen], np.maximum(a, b)[chosen]
        root = np.arange(label.size, dtype=np.int64)
        root[high] = low
        label = root[label]
        views[low] |= views[high]
        slots[low] |= slots[high]
        sure = 1.0 / (1.0 + np.exp2(-(edges.surplus[chosen] + CONFIDENCE_BITS)))
        confidence[low] = np.minimum(np.minimum(confidence[low], confidence[high]), sure)
    return Groups(label, views, slots, confidence)
