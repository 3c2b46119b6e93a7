"""Groups that edges make: which nodes hang together.

Knows plain graph arithmetic only; what a node or an edge stands for is its caller's matter.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Nodes = npt.NDArray[np.int64]


def components(count: int, left: Nodes, right: Nodes) -> Nodes:
    """Give each node the smallest node it hangs together with.

    Labels only ever fall, so the loop ends; pointer jumping keeps the rounds near log2(count).

    Args:
        count: number of nodes, numbered from 0.
        left: one end of each edge.
        right: the other end.

    Returns:
        `count` labels.

    >>> components(5, np.array([3, 1]), np.array([1, 0])).tolist()
    [0, 0, 2, 0, 4]
    """
    label = np.arange(count, dtype=np.int64)
    while left.size:
        lower = np.minimum(label[left], label[right])
        before = label.copy()
        np.minimum.at(label, label[left], lower)
        np.minimum.at(label, label[right], lower)
        label = label[label]
        if np.array_equal(before, label):
            break
        label = label[label]
    return label
