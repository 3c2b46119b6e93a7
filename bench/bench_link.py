"""link: a million parcels over 28 days, mostly written alike; planted households written in many
ways; one parcel alone.

The world is planted (tests/stages/planted_persons.py): families, twins, flatmates, initials, typing
errors in names and numbers. The peer groups by name and address as written, in the same run.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from typing import Any

import polars as pl
from tests.stages.messages import known
from tests.stages.planted_persons import World, planted, scores

from tidewaiter.stages.link import link
from tidewaiter.vocabulary.batch import Batch

PERSONS, MIXED, ALONE = 420_000, 60_000, 60
ON = dt.date(2026, 1, 5)


def run() -> list[dict[str, Any]]:
    knowledge = known()
    rows = [
        _world("link: mostly written alike", planted(1, PERSONS, exact_share=0.95), knowledge),
        _world("link: 7 in 10 write in many ways", planted(2, MIXED, exact_share=0.3), knowledge),
    ]
    batch = planted(3, 10).batch
    alone = Batch(consignments=batch.consignments.head(1), parties=batch.parties.head(1))
    link(alone, knowledge, on=ON)
    took = sorted(_timed(lambda: link(alone, knowledge, on=ON))[1] for _ in range(ALONE))
    rows.append(
        {
            "what": "link: one parcel alone",
            "p50_ms": took[ALONE // 2] * 1e3,
            "p99_ms": took[-1] * 1e3,
            "note": "ceiling 5 ms",
        }
    )
    return rows


def _world(what: str, world: World, knowledge: Any) -> dict[str, Any]:
    parcels = world.truth.height
    linked, seconds = min(
        (_timed(lambda: link(world.batch, knowledge, on=ON)) for _ in range(2)), key=lambda t: t[1]
    )
    plain, plain_seconds = _timed(lambda: _as_written(world.batch))
    found = scores(linked, world.truth)
    return {
        "what": f"{what}, {parcels:,} parcels",
        "rows_per_s": round(parcels / seconds),
        "peer": "name and address as written",
        "peer_rows_per_s": round(parcels / plain_seconds),
        "ratio": plain_seconds / seconds,
        "f1": f"{found['f1']:.4f}",
        "precision": f"{found['precision']:.4f}",
        "recall": f"{found['recall']:.4f}",
        "peer f1": f"{scores(plain, world.truth)['f1']:.4f}",
    }


def _as_written(batch: Batch) -> Batch:
    written = batch.parties.select(
        "consignment_id", person_key=pl.concat_str("name", "address", separator="|")
    )
    return Batch(consignments=batch.consignments.join(written, on="consignment_id"))


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    began = time.perf_counter()
    result = work()
    return result, time.perf_counter() - began
