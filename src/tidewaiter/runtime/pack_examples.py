"""Run the examples that stand in the packs themselves, through the real stages.

A regime's example names lines and what they owe; a control pack's example names a text and the
action it gets. `faults(kind, name)` says which example comes out otherwise; CI runs all of them,
so a new country is one data file and no test.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import polars as pl

from tidewaiter.knowledge.controls import load_controls
from tidewaiter.knowledge.load import Knowledge, load
from tidewaiter.knowledge.pack import PACKS_DIR, Table, read_pack
from tidewaiter.knowledge.regimes import load_regime
from tidewaiter.stages.charge import charge
from tidewaiter.stages.restrict import restrict
from tidewaiter.vocabulary.batch import Batch, conform

BEFORE_CHARGE = ("formats", "check", "fuse", "classify", "link")
EXAMPLE_DAY = dt.date(2026, 11, 1)


def faults(kind: str, name: str, packs_dir: Path = PACKS_DIR) -> list[str]:
    """Give a sentence for each example of a pack that comes out otherwise than it says.

    Only kinds whose examples run through stages are known here: `regimes` and `controls`.
    """
    pack = read_pack(kind, name, packs_dir)
    knowledge = load("AE")
    if kind == "regimes":
        knowledge = replace(knowledge, regime=load_regime(name, packs_dir), lane=name.upper())
        run = _regime_faults
    else:
        knowledge = replace(knowledge, controls=load_controls(name, packs_dir))
        run = _control_faults
    return [
        f"{pack.id}: {example['title']}: {fault}"
        for example in pack.body.get("example", [])
        for fault in run(example, knowledge)
    ]


def _regime_faults(example: Table, knowledge: Knowledge) -> list[str]:
    done = charge(_regime_batch(example), knowledge, on=example["on"])
    parcels, items = done.consignments, done.goods_items
    wrong = []
    duty = items["duty"].to_list()
    wanted = [Decimal(amount) for amount in example["duty"]]
    if duty != wanted:
        wrong.append(f"duty is {duty}, not {wanted}")
    for kind in ("tax", "fee"):
        if f"{kind}_total" in example:
            total, want = parcels[kind].sum(), Decimal(example[f"{kind}_total"])
            if total != want:
                wrong.append(f"{kind} is {total}, not {want}")
    for key, column in (("split", "split"), ("state", "charge_state")):
        if key in example and set(parcels[column]) != {example[key]}:
            wrong.append(f"{column} is {parcels[column].to_list()}, not {example[key]}")
    return wrong


def _regime_batch(example: Table) -> Batch:
    lines = example["items"]
    each = example.get("orders") == "each"
    ids = [f"parcel-{number if each else 1}" for number in range(1, len(lines) + 1)]
    items = pl.DataFrame(
        {
            "consignment_id": ids,
            "contribution_id": ids,
            "item_no": range(1, len(lines) + 1),
            "declared_value": [Decimal(line["value"]) for line in lines],
            "declared_currency": [line["currency"] for line in lines],
            "hs6": [line["hs6"] for line in lines],
            "country_origin": [line.get("origin") for line in lines],
        },
        schema_overrides={"country_origin": pl.String},
    )
    parcels = pl.DataFrame({"consignment_id": ids}).unique(maintain_order=True)
    parcels = parcels.with_columns(
        pl.col("consignment_id").alias("contribution_id"),
        pl.lit("person").alias("person_key"),
        pl.lit(example["on"]).alias("ordered_day"),
        *(
            pl.lit(example.get(key), dtype=pl.String).alias(column)
            for key, column in (
                ("destination", "country_destination"),
                ("nature", "nature"),
                ("mode", "transport_mode"),
            )
        ),
    )
    return Batch(
        consignments=conform(parcels, "consignments", BEFORE_CHARGE),
        goods_items=conform(items, "goods_items", BEFORE_CHARGE),
    )


def _control_faults(example: Table, knowledge: Knowledge) -> list[str]:
    items = pl.DataFrame(
        {
            "consignment_id": ["parcel"],
            "contribution_id": ["parcel"],
            "item_no": [1],
            "description": [example["text"]],
            "hs_code": [example.get("hs_code")],
            "customs_value": [Decimal(example["value"])],
        },
        schema_overrides={"hs_code": pl.String},
    )
    parcels = pl.DataFrame({"consignment_id": ["parcel"], "contribution_id": ["parcel"]})
    batch = Batch(
        consignments=conform(parcels, "consignments", (*BEFORE_CHARGE, "charge")),
        goods_items=conform(items, "goods_items", (*BEFORE_CHARGE, "charge")),
    )
    line = restrict(batch, knowledge, on=example.get("on", EXAMPLE_DAY)).goods_items.row(
        0, named=True
    )
    wrong = []
    if (line["action"] or "") != example["action"]:
        wrong.append(f"action is {line['action']!r}, not {example['action']!r}")
    aside = example.get("set_aside")
    reasons = line["control_reasons"] or []
    if aside and not any(reason.startswith("set aside") for reason in reasons):
        wrong.append(f"control {aside} is not shown as set aside; reasons are {reasons}")
    return wrong
