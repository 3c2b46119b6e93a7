"""Simulator: parcels a second into each format, beside the csv module writing ready rows.

The peer only writes: rows of the same orders, already made, through `csv.writer`.
"""

from __future__ import annotations

import csv
import io
import time
from typing import Any

from tidewaiter import formats
from tidewaiter.simulate.config import VIEWS, Config
from tidewaiter.simulate.export import write_stream
from tidewaiter.simulate.world import blocks, generate

PARCELS, ROUNDS = 200_000, 3
DOCUMENTS = 4_000


class Nowhere(io.RawIOBase):
    """A sink that counts bytes."""

    def write(self, data: Any) -> int:
        return len(data)


def run() -> list[dict[str, Any]]:
    for _ in blocks(Config(1, 100)):
        pass
    peer = _peer()
    return [
        _row("orders CSV", "orders", PARCELS, (), peer),
        _row("NDJSON, manifests", "ndjson", PARCELS, (), peer),
        _row("NDJSON, four views (per parcel)", "ndjson", PARCELS // 4, VIEWS, peer),
        _row("postal items CSV", "itmatt", PARCELS // 4, (), peer),
        _row("H7 XML", "h7", DOCUMENTS, (), peer),
        _making("world and truth only, order view", (VIEWS[0],)),
        _making("world and truth only, four views", VIEWS),
    ]


def _row(what: str, name: str, parcels: int, views: tuple[str, ...], peer: float) -> dict[str, Any]:
    config = Config(seed=1, parcels=parcels)
    best = min(
        _wall(lambda: write_stream(config, name, Nowhere(), views=views)) for _ in range(ROUNDS)
    )
    return {
        "what": what,
        "rows_per_s": round(parcels / best),
        "peer": "csv.writer",
        "peer_rows_per_s": round(peer),
        "ratio": parcels / best / peer,
    }


def _making(what: str, views: tuple[str, ...]) -> dict[str, Any]:
    config = Config(seed=1, parcels=PARCELS, views=views)

    def work() -> None:
        for _ in blocks(config):
            pass

    return {"what": what, "rows_per_s": round(PARCELS / min(_wall(work) for _ in range(ROUNDS)))}


def _peer() -> float:
    """Parcels a second through `csv.writer`."""
    data = formats.get("orders").encode(generate(Config(1, 20_000)).batches["order"])
    rows = list(csv.reader(io.StringIO(data.decode())))
    sink = io.StringIO()
    return 20_000 / min(_wall(lambda: csv.writer(sink).writerows(rows)) for _ in range(ROUNDS))


def _wall(work: Any) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
