"""The figures of a run, small and mergeable: built per bucket, added up at the end.

`build(batch)` gives counts and sums; `merge(summaries)` adds them. Lists for people (held parcels,
split person-days) are capped by named limits and say how many there are in all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from tidewaiter.vocabulary.batch import Batch
from tidewaiter.vocabulary.terms import DECISION_RANK, Decision

HELD_MAX = 500
HELD_ITEMS_MAX = 10
HELD_REASONS_MAX = 10
TEXT_CHARS_MAX = 240
SPLITS_MAX = 200
REJECTED_MAX = 100
Frames = dict[str, pl.DataFrame]

_SUMMED: dict[str, tuple[str, ...]] = {
    "counts": ("what",),
    "decisions": ("decision",),
    "days": ("day", "decision"),
    "findings": ("code", "severity"),
    "actions": ("action",),
    "chapters": ("chapter", "currency"),
    "owed": ("currency",),
    "quality": ("dimension", "band"),
    "reasons": ("decision", "code"),
}
_LISTED = {"held": HELD_MAX, "splits": SPLITS_MAX, "rejected": REJECTED_MAX}
_RANK = pl.col("decision").replace_strict(DECISION_RANK, return_dtype=pl.Int64)
#: how a list is ordered before it is cut: sort keys and whether each goes down
_ORDER: dict[str, tuple[list[pl.Expr], list[bool]]] = {
    "held": ([_RANK, pl.col("consignment_id")], [True, False]),
    "splits": ([pl.col("total"), pl.col("day"), pl.col("person_key")], [True, False, False]),
    "rejected": ([pl.col("source"), pl.col("position"), pl.col("code")], [False, False, False]),
}


@dataclass(frozen=True, slots=True)
class Summary:
    """Figures of a run: frames by name, each small (see `_SUMMED` and `_LISTED`)."""

    frames: Frames

    def count(self, what: str) -> int:
        """Give one of the counts (parcels, items, messages, findings, ...)."""
        rows = self.frames["counts"].filter(pl.col("what") == what)
        return int(rows["n"].sum())

    def by_decision(self) -> dict[str, int]:
        """Give how many parcels got each decision, lightest first, none left out."""
        have = dict(self.frames["decisions"].select("decision", "n").iter_rows())
        return {word: int(have.get(word, 0)) for word in Decision}


def build(batch: Batch) -> Summary:
    """Reckon the figures of one finished batch."""
    parcels, items = batch.consignments, batch.goods_items
    days = person_days(batch)
    return Summary(
        {
            "counts": _counts(batch, days),
            "decisions": parcels.group_by("decision").len("n"),
            "days": parcels.group_by(pl.col("ordered_day").alias("day"), "decision").len("n"),
            "findings": batch.findings.group_by("code", "severity").agg(
                pl.len().alias("n"), pl.col("consignment_id").n_unique().alias("parcels")
            ),
            "actions": items.filter(pl.col("action").is_not_null()).group_by("action").len("n"),
            "chapters": items.group_by(
                pl.col("hs6").str.slice(0, 2).alias("chapter"), "currency"
            ).agg(pl.len().alias("n"), pl.col("customs_value").sum(), pl.col("duty", "tax").sum()),
            "owed": parcels.group_by("currency").agg(
                pl.col("customs_value", "duty", "tax", "fee").sum(), pl.len().alias("n")
            ),
            "quality": _quality(parcels),
            "reasons": _reasons(batch.decisions),
            "held": _held(batch),
            "splits": _top("splits", days.filter(pl.col("split"))),
            "rejected": _top("rejected", batch.rejected.drop("raw")).with_columns(_short("detail")),
        }
    )


def merge(summaries: Sequence[Summary]) -> Summary:
    """Add figures up; lists keep their weightiest rows up to their limits."""
    merged: Frames = {}
    for name, keys in _SUMMED.items():
        rows = pl.concat([summary.frames[name] for summary in summaries], how="vertical_relaxed")
        merged[name] = rows.group_by(keys).agg(pl.exclude(keys).sum()).sort(keys)
    for name in _LISTED:
        rows = pl.concat([summary.frames[name] for summary in summaries], how="vertical_relaxed")
        merged[name] = _top(name, rows)
    return Summary(merged)


def person_days(batch: Batch) -> pl.DataFrame:
    """Give `person_key, day, total, currency, orders, split`, one row a person and day."""
    return (
        batch.consignments.filter(pl.col("person_key").is_not_null())
        .group_by("person_key", pl.col("ordered_day").alias("day"))
        .agg(
            pl.col("person_day_total").first().alias("total"),
            pl.col("currency").first(),
            pl.len().alias("orders"),
            pl.col("split").any(),
        )
        .sort("day", "person_key")
    )


def _counts(batch: Batch, days: pl.DataFrame) -> pl.DataFrame:
    counts = {
        "messages": batch.contributions.height,
        "parcels": batch.consignments.height,
        "items": batch.goods_items.height,
        "findings": batch.findings.height,
        "repairs": batch.repairs.height,
        "rejected": batch.rejected.height,
        "fused": batch.consignments.filter(pl.col("contribution_ids").list.len() > 1).height,
        "person_days": days.height,
        "splits": days.filter(pl.col("split")).height,
        "held": batch.consignments.filter(pl.col("decision") != Decision.RELEASE.value).height,
    }
    return pl.DataFrame({"what": list(counts), "n": list(counts.values())})


def _quality(parcels: pl.DataFrame) -> pl.DataFrame:
    dimensions = ["quality", *(c for c in parcels.columns if c.startswith("quality_"))]
    return (
        parcels.select(dimensions)
        .unpivot(variable_name="dimension", value_name="score")
        .drop_nulls()
        .group_by("dimension", (pl.min_horizontal(pl.col("score"), 99) // 10 * 10).alias("band"))
        .len("n")
    )


def _top(name: str, rows: pl.DataFrame) -> pl.DataFrame:
    keys, down = _ORDER[name]
    return rows.sort(keys, descending=down, nulls_last=True).head(_LISTED[name])


def _short(text: str | pl.Expr) -> pl.Expr:
    """Cut a sender's text to what a reader can take in; a cut one ends in an ellipsis."""
    whole = pl.col(text) if isinstance(text, str) else text
    return (
        pl.when(whole.str.len_chars() > TEXT_CHARS_MAX)
        .then(pl.concat_str(whole.str.slice(0, TEXT_CHARS_MAX - 1), pl.lit("…")))
        .otherwise(whole)
    )


def _reasons(decisions: pl.DataFrame) -> pl.DataFrame:
    """Count the parcels held for each reason, each parcel once a reason."""
    return (
        decisions.filter(pl.col("decision") != Decision.RELEASE.value)
        .select("decision", pl.col("reason_codes").list.unique().alias("code"))
        .explode("code")
        .group_by("decision", "code")
        .len("n")
    )


def _held(batch: Batch) -> pl.DataFrame:
    """Give the weightiest held parcels with what an officer wants to see at once."""
    top = _top("held", batch.decisions.filter(pl.col("decision") != Decision.RELEASE.value)).select(
        "consignment_id",
        "decision",
        pl.col("reasons")
        .list.head(HELD_REASONS_MAX)
        .list.eval(_short(pl.element()))
        .alias("reasons"),
        pl.col("legal_basis").list.head(HELD_REASONS_MAX),
        pl.col("reasons").list.len().alias("reasons_n"),
    )
    lines = (
        batch.goods_items.join(top.select("consignment_id"), on="consignment_id", how="semi")
        .sort("consignment_id", "item_no")
        .group_by("consignment_id")
        .agg(
            pl.struct(
                "item_no",
                _short(pl.coalesce("description", "title", "description_text")).alias(
                    "description"
                ),
                "hs6",
                pl.col("hs6_confidence").round(2),
                "customs_value",
                "duty",
                "action",
            )
            .head(HELD_ITEMS_MAX)
            .alias("items"),
            pl.len().alias("items_n"),
        )
    )
    sums = batch.consignments.select(
        "consignment_id", "person_key", "ordered_day", "customs_value", "duty", "tax", "fee",
        "currency", "person_day_total", "split", "quality", "charge_explanation",
    )  # fmt: skip
    return top.join(sums, on="consignment_id", how="left", maintain_order="left").join(
        lines, on="consignment_id", how="left", maintain_order="left"
    )
