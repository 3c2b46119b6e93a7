"""The whole flow over a file of simulated orders, and one parcel alone.

Peer: a plain Python script over the csv module that does the least of the lane's gates (day totals,
keywords, duty at one rate): no check, repair, classification, fuzzy persons, reasons or files.
"""

from __future__ import annotations

import csv
import datetime as dt
import os
import statistics
import tempfile
import time
from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Any

from tidewaiter import formats
from tidewaiter.engines.pieces import pieces
from tidewaiter.knowledge.load import load
from tidewaiter.runtime.assess import assess
from tidewaiter.runtime.flow import STAGES, assess_batch
from tidewaiter.simulate.config import Config
from tidewaiter.simulate.export import write_world

ON = dt.date(2026, 11, 24)
SINGLES = 60


def run() -> list[dict[str, Any]]:
    parcels = int(os.environ.get("TIDEWAITER_BENCH_PARCELS", "200000"))
    with tempfile.TemporaryDirectory(prefix="tidewaiter-bench-") as scratch:
        orders = write_orders(Path(scratch), parcels)
        peer = rate(plain_script, orders, parcels)
        ours = rate(
            lambda path: assess([path], lane="AE", on=ON, out=Path(scratch) / "out"),
            orders,
            parcels,
        )
        rows = [
            {
                "what": f"assess, {parcels:,} parcels, file to files",
                "rows_per_s": ours,
                "peer": "plain Python script",
                "peer_rows_per_s": peer,
                "ratio": ours / peer,
            }
        ]
        return [*rows, *stages(orders), *single(orders)]


def write_orders(folder: Path, parcels: int) -> Path:
    write_world(Config(seed=7, parcels=parcels), ["orders"], folder)
    return folder / "orders.csv"


def rate(work: Any, path: Path, parcels: int) -> float:
    start = time.perf_counter()
    work(path)
    return parcels / (time.perf_counter() - start)


def stages(orders: Path) -> list[dict[str, Any]]:
    knowledge = load("AE")
    form = formats.get("orders")
    piece = next(iter(pieces(orders, form.spec)))
    start = time.perf_counter()
    batch = form.decode(piece.data)
    took = time.perf_counter() - start
    parcels = batch.consignments.height
    rows: list[dict[str, Any]] = [{"what": "decode orders", "rows_per_s": parcels / took}]
    for contract, stage in STAGES:
        start = time.perf_counter()
        batch = stage(batch, knowledge, on=ON)
        took = time.perf_counter() - start
        micro = took / parcels * 1e6
        rows.append(
            {
                "what": contract.name,
                "rows_per_s": parcels / took,
                "note": f"{micro:.1f} us a parcel",
            }
        )
    return rows


def single(orders: Path) -> list[dict[str, Any]]:
    knowledge = load("AE")
    lines = orders.read_bytes().split(b"\n")[: SINGLES + 1]
    decode = formats.get("orders").decode
    took = []
    for line in lines[1:]:
        start = time.perf_counter()
        assess_batch(decode(lines[0] + b"\n" + line + b"\n"), knowledge, on=ON)
        took.append((time.perf_counter() - start) * 1000)
    took = sorted(took[10:])
    return [
        {
            "what": "one parcel alone",
            "p50_ms": statistics.median(took),
            "p99_ms": took[int(len(took) * 0.99)],
        }
    ]


def plain_script(path: Path) -> None:
    words = ("battery", "knife", "drone", "blade", "power bank", "sword", "lithium", "cutter")
    totals: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    rows = []
    with path.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            value = Decimal(row["item_price_inr"]) * Decimal("0.044")
            key = (row["importer_name"], row["delivery_address"], row["timestamp"][:10])
            totals[key] += value
            text = f"{row['product_category']} {row['product_title']} {row['description']}".lower()
            rows.append((key, value, any(word in text for word in words)))
    for key, value, _ in rows:
        if totals[key] > 1000:
            round(value * Decimal("0.05"), 2)
