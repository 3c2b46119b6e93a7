"""The batch: a frozen set of frames that every stage takes and returns.

Knows how to make frames fit their declaration, join batches and add findings. Does not know what
any stage does.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace
from functools import lru_cache, partial

import polars as pl

from tidewaiter.vocabulary.columns import FRAMES
from tidewaiter.vocabulary.errors import unknown_name


def empty(name: str, owners: Iterable[str] | None = None) -> pl.DataFrame:
    """Give an empty frame with the declared columns of the owners named (default: all).

    >>> empty("contributions").columns[:2]
    ['contribution_id', 'consignment_id']
    """
    return _empty(name, None if owners is None else tuple(owners)).clone()


@lru_cache(maxsize=128)  # a batch has ten frames, most of them empty: building them anew is slow
def _empty(name: str, owners: tuple[str, ...] | None) -> pl.DataFrame:
    return pl.DataFrame(schema=_schema(name, owners))


def conform(frame: pl.DataFrame, name: str, owners: Iterable[str] = ("formats",)) -> pl.DataFrame:
    """Make a frame carry at least the owners' columns, in declared order and dtype.

    Missing columns become null, columns already there beyond the owners' are kept (in declared
    order) and cast. A column that no frame declares is a bad call.

    Raises:
        InputError: a column that `vocabulary.columns` does not declare.
    """
    declared = FRAMES[name].schema
    for column in frame.columns:
        if column not in declared:
            raise unknown_name(f"column of {name}", column, declared)
    wanted = _wanted(name, tuple(owners))
    have = frame.schema
    names = [column for column in declared if column in have or column in wanted]
    if all(column in have and have[column] == declared[column] for column in names):
        return frame if names == frame.columns else frame[names]
    return frame.select(
        (pl.col(column).cast(dtype) if have[column] != dtype else pl.col(column))
        if column in have
        else _null(column, dtype)
        for column, dtype in ((column, declared[column]) for column in names)
    )


@lru_cache(maxsize=128)
def _wanted(name: str, owners: tuple[str, ...]) -> frozenset[str]:
    return frozenset(_schema(name, owners))


@lru_cache(maxsize=1024)
def _null(column: str, dtype: pl.DataType) -> pl.Expr:
    return pl.lit(None, dtype=dtype).alias(column)


def _schema(name: str, owners: Iterable[str] | None) -> dict[str, pl.DataType]:
    keep = None if owners is None else set(owners)
    return {
        column.name: column.dtype
        for column in FRAMES[name].columns
        if keep is None or column.owner in keep
    }


@dataclass(frozen=True, slots=True)
class Batch:
    """Frames of some parcels; see `vocabulary.columns` for every column.

    Stages return a new batch (`dataclasses.replace` or `with_frames`), never change one.
    """

    consignments: pl.DataFrame = field(default_factory=partial(empty, "consignments", ("formats",)))
    goods_items: pl.DataFrame = field(default_factory=partial(empty, "goods_items", ("formats",)))
    parties: pl.DataFrame = field(default_factory=partial(empty, "parties", ("formats",)))
    contributions: pl.DataFrame = field(
        default_factory=partial(empty, "contributions", ("formats",))
    )
    findings: pl.DataFrame = field(default_factory=partial(empty, "findings"))
    repairs: pl.DataFrame = field(default_factory=partial(empty, "repairs"))
    lineage: pl.DataFrame = field(default_factory=partial(empty, "lineage"))
    charges: pl.DataFrame = field(default_factory=partial(empty, "charges"))
    decisions: pl.DataFrame = field(default_factory=partial(empty, "decisions"))
    rejected: pl.DataFrame = field(default_factory=partial(empty, "rejected"))

    def frames(self) -> dict[str, pl.DataFrame]:
        """All frames by name."""
        return {part.name: getattr(self, part.name) for part in fields(self)}

    def with_frames(self, **frames: pl.DataFrame) -> Batch:
        """Give a copy with some frames put in place of the old ones."""
        return replace(self, **frames)

    def with_findings(self, *more: pl.DataFrame) -> Batch:
        """Give a copy with findings appended (frames from `findings.finding`)."""
        kept = [frame for frame in more if frame.height]
        if not kept:
            return self
        return replace(self, findings=pl.concat([self.findings, *kept]))


def concat(batches: Iterable[Batch]) -> Batch:
    """Put batches of the same point of the flow under one another."""
    parts = [batch.frames() for batch in batches]
    if not parts:
        return Batch()
    return Batch(
        **{name: pl.concat([part[name] for part in parts], how="diagonal") for name in parts[0]}
    )
