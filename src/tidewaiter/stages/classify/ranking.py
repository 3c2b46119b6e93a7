"""Ranking: the best subheadings, headings and chapters of texts, from probabilities of classes.

Sorting thousands of classes for five is most of the work, so most are left out first, by bounds
that cannot be wrong: classes are cut into runs of whole headings, and the fifth greatest of the
runs' maxima is a value that five classes, of five headings, reach. A class below it is not among
the best five; a heading of `n` classes that are all below an `n`-th of it is not either.

Sums are taken over the same classes in the same order whatever is left out. Knows no text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tidewaiter.knowledge.goods_features import Singles
from tidewaiter.knowledge.goods_groups import Groups
from tidewaiter.knowledge.goods_words import Ints

CANDIDATES_MAX = 5
_ROW, _VALUE = np.uint64(48), np.uint64(16)  # bits below the row, below the value
_WHAT, _LAST = np.uint64(0xFFFF), np.uint64(0xFFFFFFFF)
_BELOW = np.float32(1.0 - 1e-5)  # a sum is rounded: a bound on it is taken a little lower


@dataclass(frozen=True, slots=True)
class Found:
    """What may be among the best of some texts: rows, what, and its probability."""

    row: Ints
    what: Ints
    value: Singles

    @classmethod
    def joined(cls, parts: Sequence[Found], rows: int) -> Found:
        """Put parts of `rows` texts each under one another."""
        return cls(
            np.concatenate([part.row + number * rows for number, part in enumerate(parts)]),
            np.concatenate([part.what for part in parts]),
            np.concatenate([part.value for part in parts]),
        )

    def best(self, texts: int, of: int) -> tuple[Ints, Singles]:
        """Give what is best of each of `texts`, among `of` things, and its value; as `best_of`."""
        key = (self.row.astype(np.uint64) << _ROW) | self.what.astype(np.uint64)
        key |= (_LAST - self.value.view(np.uint32).astype(np.uint64)) << _VALUE
        key.sort()  # one number holds row, value and what: several times quicker than three
        row = key >> _ROW
        first = np.flatnonzero(np.append(np.ones(min(len(row), 1), bool), row[1:] != row[:-1]))
        kept = key[(first[:, None] + np.arange(min(CANDIDATES_MAX, of))).ravel()]
        value = (_LAST - ((kept >> _VALUE) & _LAST)).astype(np.uint32).view(np.float32)
        shape = (texts, min(CANDIDATES_MAX, of))
        return (kept & _WHAT).astype(np.int64).reshape(shape), value.reshape(shape)


def candidates_of(flat: Singles, spare: Singles, groups: Groups) -> tuple[Found, Found]:
    """Give all classes and headings that may be among the best of each text.

    Args:
        flat: probabilities of texts x classes, row after row, and one place more.
        spare: texts x classes, written over.
        groups: of the classes.
    """
    texts, classes = spare.shape
    chance = flat[:-1].reshape(spare.shape)
    if len(groups.run_first) < CANDIDATES_MAX:
        least = np.zeros(texts, np.float32)
    else:
        runs = np.maximum.reduceat(chance, groups.run_first, axis=1)
        place = runs.shape[1] - CANDIDATES_MAX
        runs.partition(place, axis=1)
        least = runs[:, place]
    np.multiply(chance, groups.size, out=spare)
    found = np.flatnonzero(spare >= (least * _BELOW)[:, None])
    row, what = np.divmod(found, classes)
    value = flat[found]
    enough = value >= least[row]
    of_class = Found(row[enough], what[enough], value[enough])
    heading = groups.of[what]
    new = np.ones(len(heading), bool)
    new[1:] = (heading[1:] != heading[:-1]) | (row[1:] != row[:-1])
    row, heading = row[new], heading[new]
    ends = np.append(groups.heading_first, classes)
    edges = np.stack([ends[heading], ends[heading + 1]], axis=1) + (row * classes)[:, None]
    sums = np.add.reduceat(flat, edges.ravel())[::2] if len(row) else flat[:0]
    return of_class, Found(row, heading, sums)


def sums_by(chance: Singles, group: Ints) -> tuple[Singles, Ints]:
    """Sum classes to groups (classes are sorted, so a group is a run): sums, and their names."""
    names, first = np.unique(group, return_index=True)
    return np.add.reduceat(chance, first, axis=1), names


def best_of(chance: Singles) -> tuple[Ints, Singles]:
    """Give position and value of the best of each text, best first; of equals the lower first."""
    count = min(CANDIDATES_MAX, chance.shape[1])
    part = np.sort(np.argpartition(-chance, count - 1, axis=1)[:, :count], axis=1)
    value = np.take_along_axis(chance, part, axis=1)
    order = np.argsort(-value, axis=1, kind="stable")
    return np.take_along_axis(part, order, axis=1), np.take_along_axis(value, order, axis=1)
