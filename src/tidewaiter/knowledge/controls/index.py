"""Which controls a text or a code may touch: looked up for all controls at once.

Made once for the controls of a day. Codes are met by one join for each length of prefix, over
distinct codes; texts by one pass that says which controls' pieces stand in them.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from tidewaiter.knowledge.controls.model import Control

NUMBER = pl.UInt16
CODE_HITS: dict[str, pl.DataType | type[pl.DataType]] = {"code": pl.String, "control": NUMBER}


class ControlIndex:
    """The controls of a day, strictest first, and how to find those that may be touched."""

    def __init__(self, controls: Sequence[Control]) -> None:
        self.controls = tuple(controls)
        pieces = [
            (piece, number) for number, c in enumerate(self.controls) for piece in set(c.quick)
        ]
        schema = {"piece": pl.String, "control": NUMBER}
        self.pieces = pl.DataFrame(pieces, schema=schema, orient="row")
        self.quick = self.pieces["piece"].unique().sort().to_list()
        self._into = _prefixes(self.controls, "hs")
        self._out = _prefixes(self.controls, "hs_not")
        self.by_code = bool(self._into)
        self.attributes = _attributes(self.controls)

    def by_codes(self, codes: pl.Series) -> pl.DataFrame:
        """Give `code, control` for each distinct code and each control that names it."""
        distinct = codes.drop_nulls().unique().alias("code").to_frame()
        hits = _met(distinct, self._into)
        return hits.join(_met(distinct, self._out), on=["code", "control"], how="anti")

    def by_texts(self, texts: pl.Series) -> pl.DataFrame:
        """Give `text, control` where a piece of the control's words stands in the text."""
        found = pl.DataFrame({"text": texts}).with_columns(
            piece=pl.col("text").str.extract_many(self.quick, overlapping=True)
        )
        rows = found.explode("piece", empty_as_null=True).join(self.pieces, on="piece")
        return rows.select("text", "control").unique(maintain_order=True)


def _prefixes(controls: Sequence[Control], name: str) -> dict[int, pl.DataFrame]:
    rows = [
        (prefix, number)
        for number, control in enumerate(controls)
        for prefix in getattr(control, name)
    ]
    schema = {"prefix": pl.String, "control": NUMBER}
    frame = pl.DataFrame(rows, schema=schema, orient="row").unique(maintain_order=True)
    lengths = frame["prefix"].str.len_chars().unique().sort()
    return {n: frame.filter(pl.col("prefix").str.len_chars() == n) for n in lengths}


def _met(codes: pl.DataFrame, prefixes: dict[int, pl.DataFrame]) -> pl.DataFrame:
    parts = [
        codes.with_columns(prefix=pl.col("code").str.slice(0, length)).join(rows, on="prefix")
        for length, rows in prefixes.items()
    ]
    if not parts:
        return pl.DataFrame(schema=CODE_HITS)
    return pl.concat(parts).select("code", "control").unique(maintain_order=True)


def _attributes(controls: Sequence[Control]) -> pl.DataFrame:
    """Give what is said of a control, one row a control in order."""
    return pl.DataFrame(
        [
            {
                "control": number,
                "id": control.id,
                "title": control.title,
                "tail": _tail(control),
                "action": control.action.word,
                "agencies": [agency.id for agency in control.agencies],
                "documents": [document.code for document in control.documents],
            }
            for number, control in enumerate(controls)
        ],
        schema={
            "control": NUMBER,
            "id": pl.String,
            "title": pl.String,
            "tail": pl.String,
            "action": pl.String,
            "agencies": pl.List(pl.String),
            "documents": pl.List(pl.String),
        },
    )


def _tail(control: Control) -> str:
    """Give what follows the evidence in a reason: the question, the agency, the paper."""
    parts = [control.question]
    if control.agencies:
        parts.append(f"Agency: {', '.join(map(str, control.agencies))}.")
    if control.documents:
        parts.append(f"Paper: {control.papers}.")
    return " ".join(parts)
