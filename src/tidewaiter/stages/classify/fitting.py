"""Learning: labelled texts become a model of goods.

A softmax over all subheadings in which the vector of a subheading is the sum of its own, its
heading's and its chapter's: goods with few examples borrow from their neighbours. Features share a
small vector each (a product of two matrices), learned by AdaGrad in shuffled batches; a few such
models with other seeds are joined into one, which answers steadier than any of them.

Pure: the seed is given, every sum runs in one fixed order, so the same data on the same machine
gives the same model bit for bit. Source of the method: Joulin et al. 2016 (arXiv 1607.01759) for
the factored linear model, Duchi et al. 2011 (JMLR 12) for AdaGrad; the code is ours.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl
import scipy.sparse as sp

from tidewaiter.knowledge.goods_features import Singles
from tidewaiter.knowledge.goods_words import Ints
from tidewaiter.knowledge.nomenclature import Fit

_EPSILON = np.float32(1e-6)
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Learned:
    """What was learned: features x dimensions, dimensions x classes, and a constant a class."""

    embed: Singles
    out: Singles
    bias: Singles


def learn(
    texts: sp.csr_matrix,
    code: Ints,
    weight: Singles,
    classes: pl.Series,
    how: Fit,
    progress: Progress = lambda _: None,
) -> Learned:
    """Learn from texts as features.

    Args:
        texts: texts x features.
        code: position in `classes` of each text's subheading.
        weight: how much each text counts.
        classes: all subheadings, sorted.
        how: settings.
        progress: told a sentence after every pass.

    Returns:
        The joined models: their vectors side by side, their scores averaged.
    """
    members = []
    for number in range(how.models):
        learner = _Learner.start(texts.shape[1], classes, how, how.seed + number)
        for epoch in range(how.epochs):
            learner.walk(texts, code, weight, how, epoch)
            progress(f"model {number + 1} of {how.models}, pass {epoch + 1} of {how.epochs}")
        members.append(learner)
    return Learned(
        np.concatenate([one.embed for one in members], axis=1),
        np.concatenate([one.joined() for one in members], axis=0, dtype=np.float32)
        / np.float32(how.models),
        np.mean([one.bias for one in members], axis=0, dtype=np.float32),
    )


@dataclass(slots=True)
class _Learner:
    """One model while it learns: vectors, and the sums of squared steps beside them."""

    random: np.random.Generator
    embed: Singles
    embed_past: Singles
    own: Singles
    heading: Singles
    chapter: Singles
    past: list[Singles]
    bias: Singles
    bias_past: Singles
    heading_of: Ints
    chapter_of: Ints

    @classmethod
    def start(cls, features: int, classes: pl.Series, how: Fit, seed: int) -> _Learner:
        """Begin: small random vectors of features, nothing known of codes."""
        random = np.random.default_rng(seed)
        size = how.dimensions
        heading, chapter = (
            classes.str.slice(0, digits).rank("dense").cast(pl.Int64).to_numpy() - 1
            for digits in (4, 2)
        )
        embed = random.standard_normal((features, size), np.float32) / np.float32(size**0.5)
        codes = [
            np.zeros((size, count), np.float32)
            for count in (len(classes), heading.max() + 1, chapter.max() + 1)
        ]
        return cls(
            random=random,
            embed=embed,
            embed_past=np.full(features, _EPSILON),
            own=codes[0],
            heading=codes[1],
            chapter=codes[2],
            past=[np.full(one.shape, _EPSILON) for one in codes],
            bias=np.zeros(len(classes), np.float32),
            bias_past=np.full(len(classes), _EPSILON),
            heading_of=heading,
            chapter_of=chapter,
        )

    def joined(self) -> Singles:
        """Give dimensions x classes with heading and chapter added."""
        return self.own + self.heading[:, self.heading_of] + self.chapter[:, self.chapter_of]

    def walk(self, texts: sp.csr_matrix, code: Ints, weight: Singles, how: Fit, epoch: int) -> None:
        """Pass once over all texts in a new order."""
        rate = np.float32(how.rate * (1.0 - epoch / how.epochs))
        order = self.random.permutation(texts.shape[0])
        for start in range(0, len(order), how.batch):
            rows = order[start : start + how.batch]
            part = texts[rows]
            hidden = np.asarray(part @ self.embed, np.float32)
            out = self.joined()
            gap = self._gap(hidden @ out, code[rows], weight[rows])
            back = gap @ out.T
            self._step_codes(hidden.T @ gap, gap, rate, how)
            used = np.unique(part.indices)
            slope = np.asarray(part[:, used].T @ back, np.float32)
            self.embed_past[used] += (slope * slope).mean(axis=1)
            self.embed[used] -= rate * slope / np.sqrt(self.embed_past[used])[:, None]

    def _gap(self, score: Singles, code: Ints, weight: Singles) -> Singles:
        """Give said minus wanted probability of each class, weighted; in place of the score."""
        score += self.bias
        score -= score.max(axis=1, keepdims=True)
        np.exp(score, out=score)
        score /= score.sum(axis=1, keepdims=True)
        score[np.arange(len(code)), code] -= 1.0
        score *= (weight / np.float32(len(code)))[:, None]
        return score

    def _step_codes(self, slope: Singles, gap: Singles, rate: np.float32, how: Fit) -> None:
        """Move the vectors and constants of the codes a step against the gap.

        Classes are sorted, so those of a heading are a run, and so are those of a chapter.
        """
        up = rate * np.float32(how.rate_codes)
        starts = (
            np.flatnonzero(np.diff(of, prepend=-1)) for of in (self.heading_of, self.chapter_of)
        )
        slopes = [slope, *(np.add.reduceat(slope, start, axis=1) for start in starts)]
        vectors = (self.own, self.heading, self.chapter)
        for number, one in enumerate(slopes):
            self.past[number] += one * one
            vectors[number][...] -= up * one / np.sqrt(self.past[number])
        total = gap.sum(axis=0)
        self.bias_past += total * total
        self.bias -= rate * np.float32(how.rate_bias) * total / np.sqrt(self.bias_past)
