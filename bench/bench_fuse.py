"""fuse: four views of each parcel paired and merged; one view passed on; one parcel alone.

The world is planted (tests/stages/planted_parcels.py): 5 % typing errors in identifiers, names
written differently, freight in values, other currencies, fields missing, near-twins, parcels that
only one or two sides saw. The peer joins on identifiers alone, in the same run.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from typing import Any

import polars as pl
from tests.stages.messages import known
from tests.stages.planted_parcels import planted, scores

from tidewaiter.stages.fuse import fuse, match_keys, merge, pair
from tidewaiter.stages.fuse.keys import with_plain_ids
from tidewaiter.vocabulary.batch import Batch
from tidewaiter.vocabulary.components import components

PARCELS, PASSED, ALONE = 100_000, 500_000, 60
ON = dt.date(2026, 3, 1)


def run() -> list[dict[str, Any]]:
    knowledge = known()
    world = planted(1, PARCELS)
    keys, key_seconds = _timed(lambda: match_keys(world.batch, knowledge.matching))
    pairing, pair_seconds = _timed(lambda: pair(keys, knowledge.matching))
    by_id, id_seconds = _timed(lambda: _by_identifier(keys))
    _, merge_seconds = _timed(lambda: merge(world.batch, pairing, knowledge, on=ON))
    messages = world.truth.height
    found, plain = scores(pairing, world.truth), scores(by_id, world.truth)
    one_view = _only(planted(2, PASSED, lonely_share=0.0, typo_share=0.0).batch, "order")
    pass_seconds = min(_timed(lambda: fuse(one_view, knowledge, on=ON))[1] for _ in range(3))
    return [
        {
            "what": f"fuse: pair {messages:,} messages about {PARCELS:,} parcels",
            "rows_per_s": round(messages / (key_seconds + pair_seconds)),
            "peer": "identifiers alone",
            "peer_rows_per_s": round(messages / id_seconds),
            "ratio": id_seconds / (key_seconds + pair_seconds),
            "f1": f"{found['f1']:.4f}",
            "precision": f"{found['precision']:.4f}",
            "recall": f"{found['recall']:.4f}",
            "peer f1": f"{plain['f1']:.4f}",
        },
        {
            "what": "fuse: merge them, with lineage and contradictions",
            "rows_per_s": round(messages / merge_seconds),
            "parcels_per_s": round(PARCELS / merge_seconds),
        },
        {
            "what": f"fuse: pass {PASSED:,} parcels of one view",
            "rows_per_s": round(PASSED / pass_seconds),
            "note": "ceiling 1 us a parcel",
        },
        _alone("fuse: one parcel, one message alone", _first(one_view, 1), knowledge),
        _alone("fuse: one parcel, four messages", planted(3, 1, lonely_share=0.0).batch, knowledge),
    ]


def _by_identifier(keys: pl.DataFrame) -> pl.DataFrame:
    """What hangs together by equal identifiers of any kind."""
    rows = with_plain_ids(keys).with_row_index("node")
    ids = [c for c in rows.columns if c.startswith("id_")]
    held = rows.select("node", *ids).unpivot(index="node", value_name="id").drop_nulls("id")
    first = held.with_columns(pl.col("node").min().over("id").alias("first"))
    ends = (first[c].cast(pl.Int64).to_numpy() for c in ("node", "first"))
    group = components(rows.height, *ends)
    return rows.select("contribution_id", consignment_id=pl.Series(group).cast(pl.String))


def _only(batch: Batch, view: str) -> Batch:
    names = ("consignments", "goods_items", "parties", "contributions")
    mine = pl.col("contribution_id").str.starts_with(f"{view}:")
    return batch.with_frames(**{name: getattr(batch, name).filter(mine) for name in names})


def _first(batch: Batch, number: int) -> Batch:
    ids = batch.contributions.head(number).select("contribution_id")
    names = ("consignments", "goods_items", "parties", "contributions")
    return batch.with_frames(
        **{n: getattr(batch, n).join(ids, on="contribution_id", how="semi") for n in names}
    )


def _alone(what: str, batch: Batch, knowledge: Any) -> dict[str, Any]:
    fuse(batch, knowledge, on=ON)
    took = sorted(_timed(lambda: fuse(batch, knowledge, on=ON))[1] for _ in range(ALONE))
    return {"what": what, "p50_ms": took[ALONE // 2] * 1e3, "p99_ms": took[-1] * 1e3}


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    began = time.perf_counter()
    result = work()
    return result, time.perf_counter() - began
