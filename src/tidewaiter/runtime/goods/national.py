"""National codes under a subheading: the lines of a tariff pack, those most like the words first.

The pack's texts are the schedule's own; a line shares its subheading's probability with the other
lines under it by how many of the goods' words its path of texts holds. That is a help for choosing,
not a measured probability, and is called `share`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from tidewaiter.knowledge.goods_words import MODEL, SILENT, UNKNOWN, GoodsWords, tokens
from tidewaiter.knowledge.tariff.lookup import under
from tidewaiter.knowledge.tariff.pack import load_tariff

LINES_MAX = 12  # under one subheading; the rest is counted, not told
TOLD = ("code", "description", "share", "rate_general", "lines_in_all")
_ASKED = {"said": pl.String, "hs6": pl.String}
_SHARED = pl.col("spoken").list.set_intersection("holds").list.len()
_WEIGHT = 1.0 + _SHARED.fill_null(0)  # a line that holds none of the words weighs one

National = Callable[[Sequence[str], Sequence[str]], list[list[dict[str, Any]]]]


def national_codes(path: Path, words: GoodsWords, on: dt.date) -> National:
    """Give a function from (texts, subheadings), side by side, to the lines under each.

    Args:
        path: tariff pack (see `tidewaiter tariff import`).
        words: reading lists.
        on: day the codes must be valid.

    Raises:
        InputError: no such pack, or a damaged one.
    """
    pack = load_tariff(path)

    def codes(texts: Sequence[str], hs6: Sequence[str]) -> list[list[dict[str, Any]]]:
        asked = pl.DataFrame({"said": list(texts), "hs6": list(hs6)}, schema=_ASKED)
        lines = under(pack, asked.select("hs6"), on)
        lines = lines.with_columns(_held(lines["text"], words).alias("holds"))
        rows = (
            asked.with_columns(_held(asked["said"], words).alias("spoken"))
            .with_row_index("row")
            .join(lines, on="hs6", maintain_order="left_right")
            .with_columns(_WEIGHT.alias("weight"), pl.len().over("row").alias("lines_in_all"))
            .with_columns((pl.col("weight") / pl.sum("weight").over("row")).round(4).alias("share"))
            .sort("row", "share", "code", descending=[False, True, False])
            .group_by("row", maintain_order=True)
            .head(LINES_MAX)
        )
        out: list[list[dict[str, Any]]] = [[] for _ in texts]
        for told in rows.select("row", *TOLD).to_dicts():
            out[told.pop("row")].append(told)
        return out

    return codes


def _held(texts: pl.Series, words: GoodsWords) -> pl.Series:
    """Give the words of each text in common form, as lists."""
    read = tokens(texts, words)
    listed = (
        pl.DataFrame({"row": read.text, "word": read.word})
        .filter(pl.Series(read.id > SILENT) | pl.Series(np.isin(read.id, (UNKNOWN, MODEL))))
        .group_by("row")
        .agg("word")
    )
    every = pl.DataFrame({"row": np.arange(len(texts))})
    return every.join(listed, on="row", how="left", maintain_order="left")["word"]
