"""Guards: what a text cannot be, whatever the model says.

A `not_for` phrase of the nomenclature that stands whole in a text ("toy boat") takes its subheading
(boats) down to a small share. The model can only answer codes of its edition, so a code that does
not exist, of chapter 77 or of the statistical 99, never comes up.

Built once per nomenclature and model. Source: the pack's own words.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
import scipy.sparse as sp

from tidewaiter.knowledge.goods_features import Singles, read_texts, see
from tidewaiter.knowledge.goods_model import GoodsModel
from tidewaiter.knowledge.goods_words import Ints
from tidewaiter.knowledge.nomenclature import Nomenclature

_made: dict[tuple[str, str], Guards] = {}
_MADE_MAX = 4


@dataclass(frozen=True, slots=True)
class Guards:
    """Phrases that speak against a class.

    Args:
        phrases: features x phrases, one where the phrase holds the feature.
        size: how many features a phrase holds; a text holds the phrase if it has them all.
        code: position of the class it speaks against.
        keeps: share the class keeps.
    """

    phrases: sp.csr_matrix
    size: Ints
    code: Ints
    keeps: float

    def against(self, words: sp.csr_matrix) -> tuple[Ints, Ints]:
        """Give which texts speak against which classes, sorted by text, then class."""
        nobody = np.zeros(0, np.int64)
        if not len(self.code):
            return nobody, nobody
        has = sp.csr_matrix(
            (np.ones_like(words.data), words.indices, words.indptr), shape=words.shape
        )
        met = has @ self.phrases
        whole = np.flatnonzero(met.data >= self.size[met.indices])
        text = np.searchsorted(met.indptr, whole, side="right") - 1
        classes = int(self.code.max()) + 1
        hit = np.unique(text * classes + self.code[met.indices[whole]])
        return hit // classes, hit % classes

    def hold(self, chance: Singles, text: Ints, code: Ints) -> None:
        """Take down, in place, the classes texts speak against; rows sum to one again."""
        if not len(text):
            return
        chance[text, code] *= self.keeps
        touched = text[np.append(True, text[1:] != text[:-1])]
        total = np.ones(len(chance), np.float32)
        total[touched] = np.maximum(chance[touched].sum(axis=1), 1e-9)
        chance /= total[:, None]


def guards(nomenclature: Nomenclature, model: GoodsModel) -> Guards:
    """Build the guards of a nomenclature for a model; kept in memory."""
    key = (nomenclature.digests[nomenclature.pack.id], model.id)
    if key not in _made:
        if len(_made) >= _MADE_MAX:
            _made.pop(next(iter(_made)))
        _made[key] = _build(nomenclature, model)
    return _made[key]


def _build(nomenclature: Nomenclature, model: GoodsModel) -> Guards:
    listed = (
        nomenclature.rows.select("hs6", pl.col("not_for").str.split("|").alias("phrase"))
        .explode("phrase")
        .filter(pl.col("phrase").fill_null("") != "")
    )
    code = model.positions(listed["hs6"])
    read = read_texts(listed["phrase"], nomenclature.words, model.fields)
    seen = see(read, model.vocabulary).words
    spoken = np.bincount(read.of_text, minlength=read.texts)
    spoken = spoken + np.bincount(read.pair_text, minlength=read.texts)
    size = np.diff(seen.indptr)
    whole = np.flatnonzero((size == spoken) & (size > 0) & (code >= 0))
    kept = seen[whole]
    kept.data = np.ones_like(kept.data)
    return Guards(kept.T.tocsr(), size[whole], code[whole], nomenclature.limits.against)
