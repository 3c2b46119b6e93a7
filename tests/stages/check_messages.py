"""Messages for the tests of `check`: a sound one, to be spoilt in one place at a time."""

from __future__ import annotations

import copy
import datetime as dt
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

import polars as pl

from tidewaiter.knowledge.codelists import load_codelists
from tidewaiter.knowledge.findings import load_findings
from tidewaiter.knowledge.nomenclature import load_nomenclature
from tidewaiter.knowledge.quality import load_quality
from tidewaiter.knowledge.vague import load_vague
from tidewaiter.stages.check import check
from tidewaiter.vocabulary.batch import Batch, conform

ON = dt.date(2026, 10, 20)
Message = dict[str, Any]


@lru_cache(maxsize=8)
def known(lane: str = "EU") -> Any:
    """What `check` needs to know."""
    return SimpleNamespace(
        lane=lane,
        codelists=load_codelists(),
        vague=load_vague(),
        quality=load_quality(),
        nomenclature=load_nomenclature("hs2022"),
        findings=load_findings(),
    )


def sound(number: int = 1, view: str = "postal") -> Message:
    """A complete and sound postal message from China to Germany."""
    return {
        "view": view,
        "consignment": {
            "consignment_id": f"P{number:06d}",
            "contribution_id": f"made:{number:032x}",
            "order_id": f"O-{number}",
            "tracking_id": "LP202607315CN",
            "message_at_text": "2026-10-01T08:00:00Z",
            "loading_at_text": "2026-10-03T08:00:00Z",
            "country_departure_text": "CN",
            "country_destination_text": "DE",
            "transport_mode_text": "5",
            "nature_text": "11",
            "gross_mass_text": "0.450",
            "gross_mass_unit": "kg",
            "total_value_text": "24.90",
            "total_currency_text": "EUR",
            "item_count_text": "1",
        },
        "lines": [
            {
                "item_no": 1,
                "description_text": "ceramic coffee mug, white",
                "hs_code_text": "691200",
                "gtin_text": "4006381333931",
                "merchant_product_id": "M-1",
                "manufacturer_product_id": "F-1",
                "quantity_text": "1",
                "net_mass_text": "0.350",
                "mass_unit": "kg",
                "declared_value_text": "24.90",
                "declared_currency_text": "EUR",
                "value_basis": "total",
                "mass_basis": "total",
                "country_origin_text": "CN",
            }
        ],
        "parties": [
            {
                "role": "consignor",
                "name": "Sunrise Trading Ltd",
                "street": "88 Xinhua Road",
                "city": "Dongguan",
                "postcode": "523000",
                "country_text": "CN",
            },
            {
                "role": "consignee",
                "name": "Petra Lindqvist",
                "street": "Lange Gasse 12",
                "city": "Berlin",
                "postcode": "10115",
                "country_text": "DE",
                "phone": "+49 30 5550100",
            },
        ],
    }


def changed(message: Message, **changes: Any) -> Message:
    """A copy with changes: `field=...` on the consignment, `line__field`, `consignee__field`, ..."""
    spoilt = copy.deepcopy(message)
    for name, value in changes.items():
        place, _, field = name.partition("__")
        if not field:
            spoilt["consignment"][place] = value
        elif place == "line":
            spoilt["lines"][0][field] = value
        else:
            next(p for p in spoilt["parties"] if p["role"] == place)[field] = value
    return spoilt


def batch_of(*messages: Message) -> Batch:
    """Put messages into frames as a format would."""
    keys = [
        {key: m["consignment"][key] for key in ("consignment_id", "contribution_id")}
        for m in messages
    ]
    frames = {
        "consignments": [m["consignment"] for m in messages],
        "goods_items": [
            key | line for key, m in zip(keys, messages, strict=True) for line in m["lines"]
        ],
        "parties": [key | p for key, m in zip(keys, messages, strict=True) for p in m["parties"]],
        "contributions": [key | {"view": m["view"]} for key, m in zip(keys, messages, strict=True)],
    }
    return Batch(
        **{
            name: conform(
                pl.DataFrame(
                    rows,
                    schema=dict.fromkeys(dict.fromkeys(k for r in rows for k in r), pl.String)
                    | ({"item_no": pl.Int32} if name == "goods_items" else {}),
                )
                if rows
                else pl.DataFrame(),
                name,
            )
            for name, rows in frames.items()
        }
    )


def checked(*messages: Message, lane: str = "EU", on: dt.date = ON) -> Batch:
    """Check messages together."""
    return check(batch_of(*messages), known(lane), on=on)


def codes(batch: Batch) -> set[str]:
    """Codes of all findings, without their stage."""
    return {code.removeprefix("check.") for code in batch.findings["code"]}


def item(batch: Batch, column: str) -> Any:
    return batch.goods_items[column][0]


def parcel(batch: Batch, column: str) -> Any:
    return batch.consignments[column][0]
