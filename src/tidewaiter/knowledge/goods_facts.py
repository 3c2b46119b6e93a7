"""The facts that tell subheadings apart, as numbers: attribute by attribute, value by value.

From the nomenclature's `facts` (material=cotton|construction=knitted). Serves questions: which
attribute, asked, would split the candidates? Values are the pack's words; a subheading without an
attribute says nothing about it. Knows no text of goods.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from tidewaiter.knowledge.nomenclature import Nomenclature

_made: dict[str, GoodsFacts] = {}
_MADE_MAX = 4


@dataclass(frozen=True, slots=True)
class GoodsFacts:
    """Facts of all subheadings of one edition.

    Args:
        attributes: names, in the order of the pack's questions.
        values: subheadings x attributes: number of the value, -1 where nothing is said.
        names: the value behind each number.
    """

    attributes: tuple[str, ...]
    values: npt.NDArray[np.int32]
    names: tuple[str, ...]


def goods_facts(nomenclature: Nomenclature) -> GoodsFacts:
    """Read the facts in the order of the nomenclature's labels; kept in memory."""
    key = nomenclature.digests[nomenclature.pack.id]
    if key not in _made:
        if len(_made) >= _MADE_MAX:
            _made.pop(next(iter(_made)))
        _made[key] = _read(nomenclature)
    return _made[key]


def _read(nomenclature: Nomenclature) -> GoodsFacts:
    attributes = tuple(nomenclature.questions)
    listed = (
        nomenclature.labels.join(nomenclature.rows, on="hs6", how="left", maintain_order="left")
        .select(pl.col("facts").str.split("|").alias("fact"))
        .with_row_index("row")
        .explode("fact")
        .filter(pl.col("fact").fill_null("") != "")
        .with_columns(
            pl.col("fact").str.extract(r"^([a-z]+)=").alias("attribute"),
            pl.col("fact").str.extract(r"=(.*)$").alias("value"),
        )
        .unique(["row", "attribute"], keep="first", maintain_order=True)
    )
    names = listed["value"].unique().sort()
    values = np.full((nomenclature.labels.height, len(attributes)), -1, np.int32)
    column = pl.Series(attributes)
    order = column.arg_sort()
    place = column.gather(order).search_sorted(listed["attribute"])
    values[listed["row"].to_numpy(), order.gather(place).to_numpy()] = names.search_sorted(
        listed["value"]
    ).to_numpy()
    return GoodsFacts(attributes, values, tuple(names.to_list()))
