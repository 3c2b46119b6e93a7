"""A finished batch by hand: parcels as they are after `decide`, without running any stage."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import polars as pl

from tidewaiter.knowledge.findings import FindingText
from tidewaiter.runtime.report import ReportView
from tidewaiter.runtime.summary import Summary, build, merge
from tidewaiter.vocabulary.batch import Batch, conform
from tidewaiter.vocabulary.columns import FRAMES
from tidewaiter.vocabulary.terms import Severity

ON = dt.date(2026, 1, 31)
CURRENCY = "AED"
RELEASED = ("decide.nothing_found", "Nothing was found that needs a look; released.", "WCO guide")
BATTERY = (
    "zz.batteries",
    "line 1: FLAG FOR INSPECTION: lithium batteries (fire): 'power bank' in the text. In equipment?",
    "Lane risk sheet, profile A1",
)
VAGUE = ("check.vague", "line 1: The description does not say what the goods are (seen: gift)", "")
SPLIT = (
    "charge.split",
    "One person's orders of the day pass the limit together (3 make 1,240.50 AED)",
    "E-commerce lane, gate 1",
)
UNDER = (
    "fuse.value",
    "The platform's price is 10 times the declared value (120.00 against 12.00)",
    "Valuation agreement, Article 1",
)
SIGNED = ("format.signature", "The declaration names no declarant", "Data annex, element 3/17")
REASONS = {
    "release": (RELEASED,),
    "ask": (VAGUE,),
    "hold": (SPLIT, VAGUE),
    "examine": (BATTERY, SPLIT),
    "refuse": (SIGNED,),
}
GOODS = (
    ("Power bank 20,000 mAh with two USB-C ports", "850760", "FLAG FOR INSPECTION"),
    ("Women's cotton T-shirt, knitted, short sleeves", "610910", None),
    ("Running shoes with rubber soles and textile uppers", "640411", None),
    ("Building blocks of plastic for children", "950300", None),
    ("Vitamin C tablets, 60 pieces", "210690", None),
    ("gift", None, None),
)
TITLES = {"zz.batteries": "lithium batteries and power banks (fire)"}
CHAPTERS = {
    "85": "electrical machines and equipment", "61": "knitted clothing", "64": "footwear",
    "95": "toys, games and sports goods", "21": "various foods",
}  # fmt: skip


def decision_of(number: int) -> str:
    """Most are released; the others come at even distances."""
    for every, word in ((211, "refuse"), (31, "examine"), (23, "hold"), (17, "ask")):
        if number % every == every - 1:
            return word
    return "release"


def finished_batch(parcels: int, first: int = 0, days: int = 31, **change: Any) -> Batch:
    """Make `parcels` parcels numbered from `first`, two goods items each; `change` alters rows."""
    numbers = range(first, first + parcels)
    rows = [_parcel(number, days) | change for number in numbers]
    items = [_item(number, line) for number in numbers for line in (1, 2)]
    return Batch(
        consignments=_frame("consignments", rows),
        goods_items=_frame("goods_items", items),
        contributions=_frame("contributions", [{"contribution_id": row["contribution_id"], "consignment_id": row["consignment_id"]} for row in rows]),
        findings=_frame("findings", [_finding(row) for row in rows if row["decision"] != "release"]),
        decisions=_frame("decisions", [_decision(row) for row in rows]),
        rejected=_frame("rejected", [{"source": "orders.csv", "format": "orders", "position": 77 + first, "code": "format.unreadable", "detail": "line 77 has 14 fields where 19 are needed", "raw": "Mary Poppins,17 Cherry Tree Lane"}]),
    )  # fmt: skip


def summary(parcels: int = 300, **change: Any) -> Summary:
    """Give the figures of such a batch."""
    return merge([build(finished_batch(parcels, **change))])


def view(figures: Summary, **change: Any) -> ReportView:
    """Give a report view over figures."""
    named: dict[str, Any] = {
        "lane": "ZZ",
        "regime": "Utopia: low-value lane",
        "on": ON,
        "sources": (("orders.csv", "orders"), ("manifest.json", "itmatt-json")),
        "digests": {"regimes/zz": "a" * 64, "controls/zz": "b" * 64},
        "digest": "c" * 64,
        "texts": texts(),
        "summary": figures,
        "titles": TITLES,
        "chapters": CHAPTERS,
    }
    return ReportView(**(named | change))


def texts() -> dict[str, FindingText]:
    """Give the words of the findings used here."""
    rows = (
        ("check.vague", "The description does not say what the goods are", "Say what the article is and what it is made of.", Severity.ASK),
        ("charge.split", "One person's orders of the day pass the limit together though none does alone", "File all goods of that person and day together.", Severity.SUSPICIOUS),
        ("fuse.value", "Two parties name different prices", "Send the invoice.", Severity.SUSPICIOUS),
        ("format.signature", "The declaration names no declarant", "Name the declarant and send the message again.", Severity.REJECT),
        ("format.unreadable", "A piece of the file cannot be read as a message", "Mend the line and send it again.", Severity.REJECT),
    )  # fmt: skip
    return {
        code: FindingText(code, title, "", remedy, "", ((dt.date.min, severity),), "Lane handbook")
        for code, title, remedy, severity in rows
    }


def _parcel(number: int, days: int) -> dict[str, Any]:
    value = Decimal(40 + number * 37 % 900) + Decimal(number % 100) / 100
    decision = decision_of(number)
    split = decision in ("hold", "examine")
    return {
        "consignment_id": f"ORD-{number:06d}",
        "contribution_id": f"orders:{number:032x}",
        "contribution_ids": [f"orders:{number:032x}"],
        "ordered_day": dt.date(2026, 1, 1) + dt.timedelta(number * number % 7 * 4 % days + number % 4) if days else None,
        "person_key": f"p-{number * 7919 % 1_000_003:016x}",
        "person_match": "single",
        "quality": 45 + number * 13 % 56,
        "quality_accuracy": 55 + number * 17 % 46,
        "quality_completeness": 30 + number * 29 % 71,
        "quality_consistency": 80 + number * 11 % 21,
        "customs_value": value,
        "currency": CURRENCY,
        "person_day_total": value * 3 if split else value,
        "person_day_orders": 3 if split else 1,
        "split": split,
        "duty": value / 20 if split else Decimal(0),
        "tax": Decimal(0),
        "fee": Decimal(0),
        "charge_state": "exact",
        "charge_explanation": "The person's orders of the day come to more than 1,000 AED, so duty is due: 5 % of the value.",
        "decision": decision,
    }  # fmt: skip


def _item(number: int, line: int) -> dict[str, Any]:
    text, hs6, action = GOODS[(number + line) % len(GOODS)]
    value = Decimal(20 + number * 37 % 450)
    return {
        "consignment_id": f"ORD-{number:06d}",
        "contribution_id": f"orders:{number:032x}",
        "item_no": line,
        "description_text": text,
        "description": text,
        "hs6": hs6,
        "hs6_confidence": 0.93 if hs6 else None,
        "customs_value": value,
        "currency": CURRENCY,
        "duty": value / 20 if decision_of(number) in ("hold", "examine") else Decimal(0),
        "tax": Decimal(0),
        "controls": ["zz.batteries"] if action else None,
        "action": action,
    }


def _finding(row: dict[str, Any]) -> dict[str, Any]:
    code = next(c for c, _, _ in REASONS[row["decision"]] if c in texts())
    severity = texts()[code].severity(ON).value
    return {"consignment_id": row["consignment_id"], "stage": code.split(".")[0], "code": code, "severity": severity}  # fmt: skip


def _decision(row: dict[str, Any]) -> dict[str, Any]:
    reasons = REASONS[row["decision"]]
    return {
        "consignment_id": row["consignment_id"],
        "decision": row["decision"],
        "reasons": [sentence for _, sentence, _ in reasons],
        "reason_codes": [code for code, _, _ in reasons],
        "legal_basis": [law for _, _, law in reasons],
        "on": ON,
        "lane": "ZZ",
        "packs_digest": "c" * 64,
    }


def _frame(name: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    schema = FRAMES[name].schema
    owners = {column.owner for column in FRAMES[name].columns}
    return conform(pl.DataFrame(rows, schema=schema), name, owners)
