"""Taking: of each thing said, the most trusted word; where it came from; who agrees, who differs.

Works on rows sorted by group (a parcel, a line, a role). For each bundle of columns it finds the
row to take and takes the whole bundle from it. Does not know what a parcel is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from tidewaiter.stages.fuse.fields import DESCRIBED, LISTS, UNREAD, Bundle

Ints = npt.NDArray[np.int64]
ROW_BITS = 32
NO_SCORE = 1 << 30
INSTEAD = 1 << 24  # after every row that has the reading itself
LENGTH_MAX = (1 << 20) - 1
QUALITY = {"specific": 0, "ask": 1}
OTHER_QUALITY = 2
ORIGIN = {
    "group": pl.Int64(),
    "row": pl.Int64(),
    "field": pl.UInt16(),
    "agreeing": pl.Int64(),
    "contradicting": pl.Int64(),
}


@dataclass(frozen=True, slots=True)
class Taken:
    """What was taken for each group.

    Args:
        frame: the values, one row a group; columns nobody told are left out.
        origin: for each group and bundle told: `group`, `row` taken, number of the `field`, rows
            `agreeing` and `contradicting`.
        fields: the key column of each bundle, by number.
    """

    frame: pl.DataFrame
    origin: pl.DataFrame
    fields: tuple[str, ...]


def take(
    rows: pl.DataFrame, starts: Ints, bundles: tuple[Bundle, ...], ranks: pl.DataFrame
) -> Taken:
    """Take each bundle from the most trusted row of each group that has it.

    Args:
        rows: sorted by group; within a group the earlier row wins between equals.
        starts: number of each group's first row.
        bundles: what moves together.
        ranks: one Int64 column a family, one row a row of `rows`; 0 is trusted most.

    Returns:
        One row a group, and where each value came from.
    """
    have = set(rows.columns)
    told = [bundle for bundle in bundles if _told(rows, bundle)]
    scores = rows.hstack(ranks.rename(lambda family: f"rank {family}")).select(
        _score(bundle, have).alias(str(at)) for at, bundle in enumerate(told)
    )
    numbers = np.arange(rows.height, dtype=np.int64)
    group_of = np.repeat(np.arange(starts.size), np.diff(np.append(starts, rows.height)))
    values: dict[str, pl.Series] = {}
    origins = [pl.DataFrame(schema=ORIGIN)]
    for at, bundle in enumerate(told):
        best = np.minimum.reduceat((scores[str(at)].to_numpy() << ROW_BITS) | numbers, starts)
        found = (best >> ROW_BITS) < NO_SCORE
        row = np.where(found, best & ((1 << ROW_BITS) - 1), -1)
        at_row = _index(row)
        values |= {c: rows[c].gather(at_row) for c in bundle.columns if c in rows.columns}
        same, other = _voices(rows, bundle, row[group_of])
        origins.append(
            pl.DataFrame(
                {
                    "group": np.flatnonzero(found),
                    "row": row[found],
                    "field": np.full(int(found.sum()), at, dtype=np.uint16),
                    "agreeing": np.add.reduceat(same, starts)[found],
                    "contradicting": np.add.reduceat(other, starts)[found],
                },
                schema=ORIGIN,
            )
        )
    return Taken(pl.DataFrame(values), pl.concat(origins), tuple(bundle.key for bundle in told))


def _told(rows: pl.DataFrame, bundle: Bundle) -> bool:
    return any(rows[c].null_count() < rows.height for c in bundle.columns if c in rows.columns)


def _score(bundle: Bundle, have: set[str]) -> pl.Expr:
    told = {c: pl.col(c).is_not_null() for c in bundle.columns if c in have}
    keys = [told[c] for c in (bundle.key, *bundle.also) if c in told]
    present = pl.any_horizontal(keys) if keys else pl.lit(False)
    for column in bundle.others:
        if column.endswith("_currency"):
            present &= told.get(column, pl.lit(False))
    rank = _specific() if bundle.family == DESCRIBED else pl.col(f"rank {bundle.family}")
    if bundle.family == DESCRIBED and not {"description", "description_quality"} <= have:
        rank, present = pl.lit(0), pl.lit(False)
    return (
        pl.when(present)
        .then(rank)
        .when(pl.any_horizontal(told.values()))
        .then(rank.clip(upper_bound=INSTEAD) + INSTEAD)
        .otherwise(NO_SCORE)
        .cast(pl.Int64)
    )


def _specific() -> pl.Expr:
    """Rank of a description: specific before doubtful before vague, then the longer one."""
    quality = pl.col("description_quality").replace_strict(
        QUALITY, default=OTHER_QUALITY, return_dtype=pl.Int64
    )
    length = pl.col("description").str.len_chars().cast(pl.Int64).clip(upper_bound=LENGTH_MAX)
    return (quality * (LENGTH_MAX + 1) + LENGTH_MAX - length).fill_null(INSTEAD)


def _voices(rows: pl.DataFrame, bundle: Bundle, taken: Ints) -> tuple[Ints, Ints]:
    """For each row: 1 where it says what was taken; 1 where it says something else."""
    keys = [c for c in (bundle.key, *bundle.also) if c in rows.columns]
    if not keys:
        return np.zeros(taken.size, dtype=np.int64), np.zeros(taken.size, dtype=np.int64)
    key = rows[keys[0]] if len(keys) == 1 else rows.select(pl.coalesce(keys)).to_series()
    chosen = key.gather(_index(taken))
    same = (key == chosen).fill_null(value=False)
    for column in bundle.others:
        if column.endswith("_currency") and column in rows.columns:
            same &= rows[column].eq_missing(rows[column].gather(_index(taken)))
    other = (key.is_not_null() & chosen.is_not_null() & ~same).to_numpy().copy()
    if key.dtype == pl.String and other.any():
        at = np.flatnonzero(other)
        alike = _plain(key.gather(at)) == _plain(chosen.gather(at))
        other[at] = ~alike.to_numpy()
    agreeing = (key.is_not_null() & chosen.is_not_null()).to_numpy() & ~other
    return agreeing.astype(np.int64), other.astype(np.int64)


def _plain(texts: pl.Series) -> pl.Series:
    return texts.str.to_lowercase().str.replace_all(r"[^\p{L}\p{N}]+", "")


def _index(rows: Ints) -> pl.Series:
    index = pl.Series(rows)
    return index.set(index < 0, None) if (rows < 0).any() else index


def put_together(rows: pl.DataFrame, group: pl.Series, height: int) -> pl.DataFrame:
    """Put the lists and unread fields of a group's rows after one another.

    Args:
        rows: with `contribution_id`, and `unread` and the list columns where anyone told them.
        group: each row's group number.
        height: number of groups.

    Returns:
        The same of `unread` and the list columns, one row a group. A single word stays as it was;
        several lists become one list, several unread objects one object by contribution.
    """
    out = pl.DataFrame({"group": pl.int_range(height, dtype=pl.Int64, eager=True)})
    by_group = pl.Series("group", group, dtype=pl.Int64)
    for column in (*LISTS, UNREAD):
        if column not in rows.columns:
            continue
        said = rows.select("contribution_id", column, by_group).drop_nulls(column)
        text = pl.col(column)
        if column == UNREAD:
            inner = pl.format('"{}":{}', "contribution_id", text).str.join(",")
            several = pl.concat_str(pl.lit("{"), inner, pl.lit("}"))
        else:
            inner = text.filter(text != "[]").unique(maintain_order=True)
            inner = inner.str.slice(1).str.head(-1).str.join(",")
            several = pl.concat_str(pl.lit("["), inner, pl.lit("]"))
        joined = said.group_by("group").agg(
            pl.when(text.n_unique() == 1).then(text.first()).otherwise(several).alias(column)
        )
        out = out.join(joined, on="group", how="left", maintain_order="left")
    return out.drop("group")
