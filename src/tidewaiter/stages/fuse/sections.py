"""Sections: the three frames of a parcel's messages, each merged by the same rules.

Knows which rows of `consignments`, `goods_items` and `parties` speak of the same parcel, line or
role, and what stays as it is. What to take from whom is in `fields` and `taking`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import polars as pl

from tidewaiter.knowledge.matching import Matching
from tidewaiter.stages.fuse.fields import (
    BY_ROLE,
    MAIN_ONLY,
    OTHER_ROLES,
    ROLE_FAMILIES,
    bundles,
)
from tidewaiter.stages.fuse.lines import COMPARED, aligned
from tidewaiter.stages.fuse.taking import Ints, Taken, put_together, take
from tidewaiter.vocabulary.terms import View

RANK_STEP = 1 << 32
TOLD = ("message", "parcel", "order", "weight", "several", "main", "view", "unit", "lines_before")


@dataclass(frozen=True, slots=True)
class Section:
    """One frame before and after.

    Args:
        merged: one row a parcel, line or role, under the new id; without columns nobody told.
        rows: the rows of parcels with several messages, sorted by group, with `message, parcel`;
            without columns nobody told.
        heads: one row a group: `parcel`, and `item_no` or `role`.
        taken: what was taken for each group.
        lines: for goods items, `contribution_id, item_no, line_no` where a number changed.
    """

    merged: pl.DataFrame
    rows: pl.DataFrame
    heads: pl.DataFrame
    taken: Taken | None
    lines: pl.DataFrame = field(default_factory=pl.DataFrame)


def consignments_of(frame: pl.DataFrame, told: pl.DataFrame, matching: Matching) -> Section:
    """Merge `consignments`, and say which messages each parcel rests on.

    Args:
        frame: the batch's consignments.
        told: rows of `said`.
        matching: gives the trust.
    """
    rows = frame.drop("consignment_id").with_columns(told[c] for c in TOLD)
    rows = rows.filter(told["stands"])
    section = _merged(rows, ("parcel",), "consignments", matching)
    merged = section.merged.join(
        _voices(told),
        left_on="consignment_id",
        right_on="parcel",
        how="left",
        maintain_order="left",
    )
    return Section(merged, section.rows, section.heads, section.taken)


def items_of(frame: pl.DataFrame, told: pl.DataFrame, matching: Matching) -> Section:
    """Merge `goods_items`, lines of different messages aligned.

    Args:
        frame: the batch's goods items.
        told: rows of `said`.
        matching: gives trust and weights of line evidence.
    """
    rows = _marked(frame, told)
    before = rows["item_no"]
    rows = rows.with_columns(
        (pl.col("item_no") + pl.col("lines_before")).cast(pl.Int32).alias("item_no")
    )
    several = rows.filter("several")
    changed = pl.DataFrame(
        schema={"contribution_id": pl.String, "item_no": pl.Int32, "line_no": pl.Int32}
    )
    if several.height:
        rank = _ranks(several["view"], matching)["goods"]
        several = several.with_columns(
            before.filter(rows["several"]).alias("item_no_said"), rank.alias("rank")
        )
        several = several.with_columns(
            (pl.col("rank") * RANK_STEP + pl.col("weight")).min().over("unit").alias("trust"),
            pl.int_range(1, pl.len() + 1, dtype=pl.Int32)
            .over("unit", order_by=["item_no", "message"])
            .alias("line"),
        )
        asked = several.select(*COMPARED, "unit", "trust", "line", parcel="order")
        several = several.with_columns(aligned(asked, matching).alias("line_no"))
        changed = several.select("contribution_id", "line_no", item_no="item_no_said")
        changed = changed.filter(pl.col("item_no").ne_missing(pl.col("line_no"))).select(
            "contribution_id", "item_no", "line_no"
        )
        several = several.with_columns(pl.col("line_no").alias("item_no")).select(rows.columns)
        rows = pl.concat([rows.filter(~pl.col("several")), several])
    section = _merged(rows, ("parcel", "item_no"), "goods_items", matching)
    return Section(section.merged, section.rows, section.heads, section.taken, changed)


def parties_of(frame: pl.DataFrame, told: pl.DataFrame, matching: Matching) -> Section:
    """Merge `parties`, one row a role.

    Args:
        frame: the batch's parties.
        told: rows of `said`.
        matching: gives the trust.
    """
    return _merged(_marked(frame, told), ("parcel", "role"), "parties", matching)


def _marked(frame: pl.DataFrame, told: pl.DataFrame) -> pl.DataFrame:
    standing = told.filter("stands").select("contribution_id", *TOLD)
    return frame.drop("consignment_id").join(
        standing, on="contribution_id", how="inner", maintain_order="left"
    )


def _merged(rows: pl.DataFrame, by: tuple[str, ...], name: str, matching: Matching) -> Section:
    rows = rows.drop(c for c in rows.columns if rows[c].null_count() == rows.height > 0)
    columns = [c for c in rows.columns if c not in TOLD]
    alone = rows.filter(~pl.col("several")).with_columns(
        pl.col("main").alias("contribution_id"), consignment_id="parcel"
    )
    alone = alone.select("consignment_id", *columns, "order")
    several = rows.filter("several")
    if not several.height:
        merged = alone if alone["order"].is_sorted() else alone.sort("order", maintain_order=True)
        return Section(merged.drop("order"), several, several.select(by), None)
    several = several.sort("order", *by[1:], "weight", nulls_last=True)
    starts = _starts(several, ("order", *by[1:]))
    ranks = _ranks(several["view"], matching)
    if name == "parties":
        ranks = _role_ranks(ranks, several["role"])
    taken = take(several, starts, bundles(name), ranks)
    first = several[starts]
    heads = first.select("parcel", "order", *by[1:])
    group = np.repeat(np.arange(starts.size), np.diff(np.append(starts, several.height)))
    extra = put_together(several, pl.Series(group), starts.size)
    kept = [c for c in MAIN_ONLY if c in columns]
    whole = pl.concat(
        [
            heads.rename({"parcel": "consignment_id"}),
            first.select(pl.col("main").alias("contribution_id"), *kept),
            taken.frame,
            extra,
        ],
        how="horizontal",
    )
    merged = (
        pl.concat([alone, whole], how="diagonal")
        .sort("order", *by[1:], maintain_order=True)
        .drop("order")
    )
    return Section(merged, several, heads, taken)


def _starts(rows: pl.DataFrame, by: tuple[str, ...]) -> Ints:
    changed = rows.select(
        pl.any_horizontal(pl.col(c).ne_missing(pl.col(c).shift(1)) for c in by)
    ).to_series()
    changed[0] = True
    return changed.arg_true().cast(pl.Int64).to_numpy()


def _ranks(view: pl.Series, matching: Matching) -> pl.DataFrame:
    """Rank of each row's view in each family; views no family names come last."""
    names = [word.value for word in View]
    code = view.replace_strict(names, range(len(names)), default=len(names), return_dtype=pl.Int64)
    at = code.fill_null(len(names)).to_numpy()
    return pl.DataFrame(
        {
            family: np.asarray([*map(order.index, names), len(names)], dtype=np.int64)[at]
            for family, order in matching.trust.items()
        }
    )


def _role_ranks(ranks: pl.DataFrame, roles: pl.Series) -> pl.DataFrame:
    family = ranks.with_columns(
        roles.replace_strict(ROLE_FAMILIES, default=OTHER_ROLES, return_dtype=pl.String).alias(
            "family"
        )
    )
    rank = pl.coalesce(
        pl.when(pl.col("family") == name).then(pl.col(name))
        for name in (*sorted(set(ROLE_FAMILIES.values())), OTHER_ROLES)
    )
    return family.select(rank.alias(BY_ROLE))


def _voices(told: pl.DataFrame) -> pl.DataFrame:
    """Give each parcel's views and messages, the main one first."""
    repeated = told["parcel"].is_duplicated()
    one = told.filter(~repeated).select(
        "parcel",
        pl.concat_list("view").list.drop_nulls().alias("views"),
        pl.concat_list("contribution_id").alias("contribution_ids"),
        match_confidence="confidence",
    )
    several = told.filter(repeated).sort("weight").group_by("parcel", maintain_order=True)
    return pl.concat(
        [
            one,
            several.agg(
                pl.col("view").drop_nulls().unique().sort().alias("views"),
                pl.col("contribution_id").alias("contribution_ids"),
                pl.col("confidence").min().alias("match_confidence"),
            ),
        ]
    )
