"""Run the examples and cases of a controls pack through the real stage.

An example names a text and the action it gets::

    title, text, value, action, hs_code?, set_aside?, on?, nature?, net_mass_g?

A case names codes and the agency that has a say in goods of that code, or "none"; it is met when
the agency is among those of the controls that apply, or when there are none. `agreement` gives all
cases of a pack with what came out; `case_faults` lists those that came out otherwise.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import polars as pl

from tidewaiter.knowledge.controls.model import NONE
from tidewaiter.knowledge.load import Knowledge
from tidewaiter.knowledge.pack import Pack, Table
from tidewaiter.stages.restrict import restrict
from tidewaiter.vocabulary.batch import Batch, conform

OWNERS = ("formats", "check", "fuse", "classify", "link", "charge")
EXAMPLE_DAY = dt.date(2026, 11, 1)


def example_faults(example: Table, knowledge: Knowledge) -> list[str]:
    """Give a sentence for each thing that comes out otherwise than the example says."""
    line: Table = {
        "description": example["text"],
        "hs_code": example.get("hs_code"),
        "customs_value": Decimal(example["value"]),
        "net_mass_g": Decimal(example["net_mass_g"]) if "net_mass_g" in example else None,
    }
    batch = _batch([line], nature=example.get("nature"))
    items = restrict(batch, knowledge, on=example.get("on", EXAMPLE_DAY)).goods_items
    done = items.row(0, named=True)
    wrong = []
    if (done["action"] or "") != example["action"]:
        wrong.append(f"action is {done['action']!r}, not {example['action']!r}")
    aside = example.get("set_aside")
    reasons = done["control_reasons"] or []
    if aside and not any(reason.startswith("set aside") for reason in reasons):
        wrong.append(f"control {aside} is not shown as set aside; reasons are {reasons}")
    return wrong


def agreement(pack: Pack, knowledge: Knowledge) -> pl.DataFrame:
    """Give every case of a controls pack and what came of it.

    Returns:
        `agency` (expected), `hs, found` (agencies), `agrees`, one row a code.
    """
    cases = [
        {"agency": case["agency"], "hs": code, "text": case.get("text"), "on": case.get("on")}
        for case in pack.body.get("case", [])
        for code in case["hs"]
    ]
    parts = []
    for day in sorted({case["on"] or EXAMPLE_DAY for case in cases}):
        of_day = [case for case in cases if (case["on"] or EXAMPLE_DAY) == day]
        lines = [{"hs6": case["hs"], "description": case["text"]} for case in of_day]
        items = restrict(_batch(lines), knowledge, on=day).goods_items
        said = pl.DataFrame(of_day, infer_schema_length=None).select("agency", "hs")
        parts.append(said.with_columns(items["agencies"].alias("found")))
    rows = pl.concat(parts)
    none = pl.col("found").list.len().fill_null(0) == 0
    listed = pl.col("found").list.contains(pl.col("agency")).fill_null(value=False)
    return rows.with_columns(agrees=pl.when(pl.col("agency") == NONE).then(none).otherwise(listed))


def case_faults(pack: Pack, knowledge: Knowledge) -> list[str]:
    """Give a sentence for each case that comes out otherwise than it says."""
    if not pack.body.get("case"):
        return []
    wrong = agreement(pack, knowledge).filter(~pl.col("agrees"))
    said = [(row, ", ".join(row["found"] or []) or NONE) for row in wrong.to_dicts()]
    return [f"case {row['hs']}: agencies are {found}, not {row['agency']}" for row, found in said]


def _batch(lines: list[dict[str, Any]], nature: str | None = None) -> Batch:
    """Make a batch with one parcel a line."""
    ids = [f"parcel-{number}" for number in range(1, len(lines) + 1)]
    keys = {"consignment_id": ids, "contribution_id": ids}
    items = pl.DataFrame(lines, infer_schema_length=None).with_columns(
        pl.Series(name, values) for name, values in keys.items()
    )
    nulls = [
        pl.col(name).cast(pl.String) for name, dtype in items.schema.items() if dtype == pl.Null
    ]
    items = items.with_columns(pl.lit(1, pl.Int32).alias("item_no"), *nulls)
    parcels = pl.DataFrame(keys).with_columns(pl.lit(nature, pl.String).alias("nature"))
    return Batch(
        consignments=conform(parcels, "consignments", OWNERS),
        goods_items=conform(items, "goods_items", OWNERS),
        parties=conform(pl.DataFrame(keys).clear(), "parties", OWNERS),
    )
