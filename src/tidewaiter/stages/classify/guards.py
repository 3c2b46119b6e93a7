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

from tidewaiter.knowledge.goods_features import Seen, Singles, read_texts, see
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

    def held_to(self, chance: Singles, seen: Seen, rows: slice) -> Singles:
        """Take down, in place, the classes some texts speak against; rows sum to one again."""
        if not len(self.code):
            return chance
        has = seen.words[rows].copy()
        has.data = np.ones_like(has.data)
        met = (has @ self.phrases).tocoo()
        whole = met.data >= self.size[met.col]
        text, code = met.row[whole], self.code[met.col[whole]]
        if len(text):
            hit = np.unique(text * chance.shape[1] + code)
            chance.ravel()[hit] *= self.keeps
            touched = np.unique(text)
            chance[touched] /= np.maximum(chance[touched].sum(axis=1, keepdims=True), 1e-9)
        return chance


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
