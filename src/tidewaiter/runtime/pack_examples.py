"""Run the examples that stand in the packs themselves, through the real stages.

A regime's example names lines and what they owe; a control pack's example names a text and the
action it gets. `faults(kind, name)` says which example comes out otherwise; CI runs all of them,
so a new country is one data file and no test. An example marked `invalid` must come out otherwise
than it says: it shows a mistake people make.

A regime's example::

    title, on, destination?, departure?, mode?, scheme?, nature?, business?, region?, freight?,
    insurance?, loaded?, known?, orders?, invalid?
    items = [{ value, currency, hs6 | code, origin, quantity?, net_mass_g?, tariff_rate?, facts? }]
    duty = [per line], tax_total?, fee_total?, total?, high?, state?, scheme_taken?, split?
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from tidewaiter.knowledge.controls import load_controls
from tidewaiter.knowledge.load import Knowledge, load
from tidewaiter.knowledge.pack import PACKS_DIR, Table, check_keys, read_pack
from tidewaiter.knowledge.regimes import load_regime
from tidewaiter.knowledge.regimes.reading import as_known
from tidewaiter.runtime.control_examples import case_faults, example_faults
from tidewaiter.stages.charge import charge
from tidewaiter.vocabulary.batch import Batch, conform

BEFORE_CHARGE = ("formats", "check", "fuse", "classify", "link")
UNKNOWN = "unknown"
_NEEDED = ("title", "on", "items", "duty")
_ALLOWED = (
    "destination", "departure", "mode", "scheme", "nature", "business", "region", "freight",
    "freight_currency", "insurance", "insurance_currency", "loaded", "known", "orders", "invalid",
    "tax_total", "fee_total", "total", "high", "state", "scheme_taken", "split", "note",
)  # fmt: skip
_ITEM = ("value", "currency")
_ITEM_MORE = ("hs6", "code", "origin", "quantity", "net_mass_g", "tariff_rate", "facts")


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
        run = example_faults
    wrong = [
        f"{example.get('title')}: {fault}"
        for example in pack.body.get("example", [])
        for fault in run(example, knowledge)
    ]
    if kind == "controls":
        wrong += case_faults(pack, knowledge)
    return [f"{pack.id}: {fault}" for fault in wrong]


def _regime_faults(example: Table, knowledge: Knowledge) -> list[str]:
    wrong = check_keys("example", example, _NEEDED, _ALLOWED)
    for line in example.get("items", ()):
        wrong += check_keys("item", line, _ITEM, _ITEM_MORE)
    if wrong:
        return wrong
    if "known" in example:
        knowledge = replace(knowledge, regime=as_known(knowledge.regime, example["known"]))
    wrong = _differences(example, charge(_regime_batch(example), knowledge, on=example["on"]))
    if example.get("invalid"):
        return [] if wrong else ["it comes out as said, but is marked invalid"]
    return wrong


def _differences(example: Table, done: Batch) -> list[str]:
    parcels, items = done.consignments, done.goods_items
    wrong = []
    duty = items["duty"].to_list()
    wanted = [Decimal(amount) for amount in example["duty"]]
    if duty != wanted:
        wrong.append(f"duty is {_shown(duty)}, not {_shown(wanted)}")
    total = sum((parcels[kind].sum() for kind in ("duty", "tax", "fee")), Decimal(0))
    high = parcels["owed_high"].sum() if not parcels["owed_high"].has_nulls() else None
    sums = {
        "tax_total": parcels["tax"].sum(), "fee_total": parcels["fee"].sum(),
        "total": total, "high": high,
    }  # fmt: skip
    for key, amount in sums.items():
        if key in example:
            want = None if example[key] == UNKNOWN else Decimal(example[key])
            if amount != want:
                wrong.append(f"{key} is {_shown([amount])}, not {_shown([want])}")
    said = (("split", "split"), ("state", "charge_state"), ("scheme_taken", "scheme"))
    for key, column in said:
        if key in example and set(parcels[column]) != {example[key]}:
            wrong.append(f"{column} is {parcels[column].to_list()}, not {example[key]}")
    return wrong


def _shown(amounts: Iterable[Any]) -> str:
    return ", ".join(UNKNOWN if amount is None else f"{amount:.2f}" for amount in amounts)


def _regime_batch(example: Table) -> Batch:
    lines = example["items"]
    each = example.get("orders") == "each"
    ids = [f"parcel-{number if each else 1}" for number in range(1, len(lines) + 1)]
    items = pl.DataFrame([_line(line) for line in lines], schema=_LINE).with_columns(
        pl.Series("consignment_id", ids),
        pl.Series("contribution_id", ids),
        pl.Series("item_no", range(1, len(lines) + 1), dtype=pl.Int32),
    )
    parcel = _parcel(example)
    parcels = pl.DataFrame({"consignment_id": ids}).unique(maintain_order=True)
    parcels = parcels.with_columns(
        pl.col("consignment_id").alias("contribution_id"),
        *(pl.lit(value).alias(column) for column, value in parcel.items() if value is not None),
    )
    parties = parcels.select(
        "consignment_id", "contribution_id", pl.lit("consignee").alias("role"),
        pl.lit(example.get("region"), dtype=pl.String).alias("region"),
    )  # fmt: skip
    return Batch(
        consignments=conform(parcels, "consignments", BEFORE_CHARGE),
        goods_items=conform(items, "goods_items", BEFORE_CHARGE),
        parties=conform(parties, "parties", BEFORE_CHARGE),
    )


_LINE: dict[str, pl.DataType] = {
    "declared_value": pl.Decimal(38, 6),
    "declared_currency": pl.String(),
    "hs6": pl.String(),
    "hs_code": pl.String(),
    "country_origin": pl.String(),
    "quantity": pl.Decimal(38, 3),
    "net_mass_g": pl.Decimal(38, 3),
    "tariff_rate_text": pl.String(),
    "declared_facts": pl.String(),
}


def _line(line: Table) -> dict[str, Any]:
    code = line.get("code", line.get("hs6"))
    return {
        "declared_value": Decimal(line["value"]),
        "declared_currency": line["currency"],
        "hs6": code[:6] if code else None,
        "hs_code": code,
        "country_origin": line.get("origin"),
        "quantity": Decimal(line.get("quantity", 1)),
        "net_mass_g": Decimal(line["net_mass_g"]) if "net_mass_g" in line else None,
        "tariff_rate_text": line.get("tariff_rate"),
        "declared_facts": json.dumps(line["facts"]) if "facts" in line else None,
    }


def _parcel(example: Table) -> dict[str, Any]:
    mode = example.get("mode")
    loaded = example.get("loaded")
    costs = {
        name: Decimal(example[name]) if name in example else None
        for name in ("freight", "insurance")
    }
    first = example["items"][0]["currency"] if example["items"] else None
    return {
        "person_key": "person",
        "ordered_day": example["on"],
        "country_destination": example.get("destination"),
        "country_departure": example.get("departure"),
        "nature": example.get("nature"),
        "business_text": example.get("business"),
        "scheme_text": example.get("scheme"),
        "channel_text": mode if mode in ("post", "express", "other") else None,
        "transport_mode": {"express": "air", "other": None}.get(mode, mode) if mode else None,
        "loading_at": (dt.datetime.combine(loaded, dt.time(12), tzinfo=dt.UTC) if loaded else None),
        **costs,
        **{
            f"{name}_currency": example.get(f"{name}_currency", first)
            for name, cost in costs.items()
            if cost is not None
        },
    }
