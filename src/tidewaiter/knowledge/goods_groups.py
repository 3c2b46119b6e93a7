"""Groups of subheadings: the headings and chapters of the classes a model of goods answers with.

Classes are sorted, so the classes of one heading or chapter stand side by side. Knows no model.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tidewaiter.knowledge.goods_features import Singles
from tidewaiter.knowledge.goods_words import Ints

RUNS = 96  # about this many runs of headings


@dataclass(frozen=True, slots=True)
class Groups:
    """How classes are grouped; a group is a run of classes, as they are sorted.

    Args:
        heading, chapter: names of the groups.
        heading_first, chapter_first: where each begins.
        of: number of the heading of each class.
        size: how many classes the heading of each class has.
        run_first: where each run of whole headings begins.
    """

    heading: Ints
    heading_first: Ints
    chapter: Ints
    chapter_first: Ints
    of: Ints
    size: Singles
    run_first: Ints

    @classmethod
    def of_classes(cls, headings: Ints, chapters: Ints) -> Groups:
        """Group classes by the heading and chapter of each."""
        heading, heading_first = np.unique(headings, return_index=True)
        chapter, chapter_first = np.unique(chapters, return_index=True)
        sizes = np.diff(np.append(heading_first, len(headings)))
        run = heading_first * RUNS // max(len(headings), 1)
        return cls(
            heading,
            heading_first,
            chapter,
            chapter_first,
            np.repeat(np.arange(len(heading)), sizes),
            np.repeat(sizes, sizes).astype(np.float32),
            heading_first[np.unique(run, return_index=True)[1]],
        )
