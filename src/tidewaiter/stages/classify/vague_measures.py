"""What is measured of a text to judge whether it is vague: its shape, its words, its goods.

Shape: length, share of figures and signs, short words, where it was cut. Words: how many the
nomenclature knows, whether the first and the last are among them. Goods: how near the nearest
known example is, how sure the model of goods is at two, four and six digits and how scattered.
And what the rules of `check` said, which is given. Case is left out: it says who wrote.

The model of goods must not have learned from the texts that are judged, else it would know them
by heart. All is columns over texts.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from tidewaiter.knowledge.goods_model import GoodsModel
from tidewaiter.knowledge.goods_words import MODEL, SILENT, UNKNOWN, tokens
from tidewaiter.knowledge.nomenclature import Nomenclature
from tidewaiter.stages.classify.scoring import Scores, score
from tidewaiter.stages.classify.texts import TEXT_COLUMNS, joined_text

Measures = npt.NDArray[np.float64]

_CUT_AT = ((28, 32), (30, 30), (33, 1000), (41, 1000))  # fields of carriers end at 30 or 32
_LEAST = 1e-4
_LEAST_SHARE = 1e-6
_SIZE = r"\d\s?(?:ml|g|kg|cl|oz|floz|cm|mm|l)\b"


def _shape() -> tuple[pl.Expr, ...]:
    """Give the expressions over `text` (small letters), `words` and `spelt`; built once."""
    text, words = pl.col("text"), pl.col("words")
    chars = text.str.len_chars().clip(1)
    count = words.list.len() + 0.01
    spelt = pl.col("spelt").list.len()
    lengths = words.list.eval(pl.element().str.len_chars())
    shares = {
        "figures": text.str.count_matches(r"\d") / chars,
        "letters": text.str.count_matches(r"\p{L}") / chars,
        "vowels": text.str.count_matches("[aeiou]") / chars,
        "coded": text.str.count_matches(r"\b\w*\d\w*\b") / count,
        "short": text.str.count_matches(r"\b\w{1,2}\b") / count,
    }
    counts = {
        "chars": chars.log1p(),
        "words": words.list.len().log1p(),
        "spelt": spelt,
        "commas": text.str.count_matches("[,;]"),
        "signs": text.str.count_matches(r"[()#&*/:]"),
        "joins": text.str.count_matches(r"[_+\-]"),
        "quotes": text.str.count_matches("['\"]"),
        "longest": lengths.list.max(),
        "mean": lengths.list.mean(),
        "last": words.list.last().str.len_chars(),
        "first": words.list.first().str.len_chars(),
    }
    flags = {
        "begins_with_figure": text.str.contains(r"^\d"),
        "ends_with_sign": text.str.contains(r"[^\w)]$"),
        "begins_with_sign": text.str.contains(r"^\W"),
        "beyond_ascii": text.str.len_bytes() != text.str.len_chars(),
        "size": text.str.contains(_SIZE),
        "times": text.str.contains(r"\d\s?x\s?\d|x\d|\dx"),
        "turned": text.str.contains(r"^\w[\w -]*, [a-z ]+$"),
        "plural": text.str.contains(r"\ws\b"),
        "plural_last": text.str.contains(r"[^s]s$"),
        "joined": text.str.contains(r"\b(?:for|or|and|of|not|other)\b"),
        "one": spelt == 1,
        "two": spelt == 2,
        **{f"cut_{low}_{high}": chars.is_between(low, high) for low, high in _CUT_AT},
    }
    named = {**shares, **counts, **flags}
    return tuple(one.cast(pl.Float64).fill_null(0.0).alias(name) for name, one in named.items())


_SHAPE = _shape()


def measures(
    texts: pl.Series, quality: pl.Series, model: GoodsModel, nomenclature: Nomenclature
) -> tuple[Measures, Scores]:
    """Measure texts.

    Args:
        texts: from `vague_features.plain_text`.
        quality: what the rules said of each: specific, ask or vague.
        model: a model of goods that has not learned from these texts.
        nomenclature: gives the reading lists.

    Returns:
        Texts x measures, not scaled, and the scores of the goods.
    """
    line = texts.alias("title").to_frame().with_columns(
        pl.lit(None, dtype=pl.String).alias(name) for name in TEXT_COLUMNS if name != "title"
    )  # fmt: skip
    found = score(joined_text(line), model, nomenclature)
    shaped = texts.alias("text").to_frame().select(
        "text",
        pl.col("text").str.extract_all(r"\S+").alias("words"),
        pl.col("text").str.extract_all(r"\p{L}+").alias("spelt"),
    ).select(*_SHAPE)  # fmt: skip
    said = quality.to_frame("said").select(
        (pl.col("said") == word).fill_null(value=False).cast(pl.Float64).alias(word)
        for word in ("vague", "ask")
    )
    spoken = _spoken(texts, nomenclature)
    parts = (shaped.to_numpy(), spoken, _goods(found), said.to_numpy())
    return np.concatenate(parts, axis=1, dtype=np.float64), found


def _spoken(texts: pl.Series, nomenclature: Nomenclature) -> Measures:
    """Count the words the nomenclature knows, does not know, and the silent ones."""
    read = tokens(texts, nomenclature.words)
    kinds = [read.id >= 0, read.id == UNKNOWN, read.id == MODEL, read.id == SILENT]
    known, strange, model, silent = (
        np.bincount(read.text[kind], minlength=len(texts)).astype(float) for kind in kinds
    )
    spoken = np.flatnonzero(kinds[0] | kinds[1] | kinds[2])
    last, first = np.zeros(len(texts)), np.zeros(len(texts))
    last[read.text[spoken]] = kinds[0][spoken]  # of equal places the last one written stays
    first[read.text[spoken][::-1]] = kinds[0][spoken][::-1]
    total = np.maximum(known + strange + model, 1.0)
    plain = strange == 0
    flags = (known == 0, plain, plain & (known >= 2), plain & (known == 1))
    counts = (known, strange, model, silent, known / total, strange / total, model / total)
    return np.stack([*counts, last, first, *(flag.astype(float) for flag in flags)], axis=1)


def _goods(found: Scores) -> Measures:
    """Give how near known goods are, and how sure and how scattered the model is."""
    near, known = found.near.astype(float), found.known.astype(float)
    sure = [_odds(one[:, 0]) for one in (found.sure2, found.sure4, found.sure6)]
    spread = [_scatter(one) for one in (found.sure2, found.sure4, found.sure6)]
    return np.stack(
        [
            near, near == 0, near > 0.999, near**2, known, known == 1.0, *sure,
            found.found.astype(float), *spread, found.sure2.sum(axis=1), found.sure4.sum(axis=1),
            sure[0] * known, sure[1] ** 2 / 10.0,
        ],
        axis=1,
    )  # fmt: skip


def _odds(share: npt.NDArray[np.float32]) -> Measures:
    held = np.clip(share.astype(float), _LEAST, 1.0 - _LEAST)
    odds: Measures = np.log(held / (1.0 - held))
    return odds


def _scatter(shares: npt.NDArray[np.float32]) -> Measures:
    held = np.clip(shares.astype(float), _LEAST_SHARE, 1.0)
    scatter: Measures = -(held * np.log(held)).sum(axis=1)
    return scatter
