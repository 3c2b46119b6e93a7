"""Small batches for stage tests, built through the declared columns."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import polars as pl

from tidewaiter.vocabulary.batch import Batch, conform

DAY = dt.date(2026, 1, 18)


def batch(
    items: list[dict[str, Any]],
    parcels: list[dict[str, Any]] | None = None,
    *,
    owners: tuple[str, ...],
) -> Batch:
    """Make a batch from lines (and parcels, else one per consignment_id named in the lines)."""
    lines = [
        {"contribution_id": line["consignment_id"], "item_no": number, **line}
        for number, line in enumerate(items, start=1)
    ]
    for line in lines:
        for key in ("declared_value", "customs_value"):
            if isinstance(line.get(key), str):
                line[key] = Decimal(line[key])
    ids = list(dict.fromkeys(line["consignment_id"] for line in lines))
    rows = parcels or [{"consignment_id": name} for name in ids]
    rows = [{"contribution_id": row["consignment_id"], **row} for row in rows]
    return Batch(
        consignments=conform(pl.DataFrame(rows, infer_schema_length=None), "consignments", owners),
        goods_items=conform(pl.DataFrame(lines, infer_schema_length=None), "goods_items", owners),
    )
