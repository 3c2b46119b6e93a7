"""Say a quote: amounts as decimal text, line by line, with law, sentence, and what is not known."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl

from tidewaiter.knowledge.load import Knowledge
from tidewaiter.knowledge.regimes import Collection, regime_for
from tidewaiter.knowledge.regimes.reading import as_known
from tidewaiter.runtime.goods.store import knowledge_in_force
from tidewaiter.runtime.law import refuse_later
from tidewaiter.runtime.quotes.asking import Asked, Json
from tidewaiter.runtime.quotes.batches import AS_ASKED, Variant
from tidewaiter.runtime.quotes.reckoning import Reckoned, reckon

KINDS = ("duty", "tax", "fee")
TOLD_STAGES = ("charge", "restrict", "classify")
ID_CHARS = 20
REFUSED = "charge.scheme_refused"
OPEN_CODES = ("charge.no_value", "charge.no_rate", "charge.no_code", "charge.no_law")
PARCEL_COLUMNS = (
    "consignment_id", "scheme", "channel", "customs_value", "duty", "tax", "fee", "owed_high",
    "charge_state",
)  # fmt: skip
GOODS_COLUMNS = (
    "consignment_id", "item_no", "hs6", "hs6_source", "hs6_confidence", "hs6_question",
    "customs_value", "controls", "action", "control_reasons",
)  # fmt: skip
Row = dict[str, Any]
_ENCODE = json.JSONEncoder(separators=(",", ":")).encode  # keys stand in the order asking gives


def quotes(
    asked: Sequence[Asked],
    *,
    until: dt.date | None = None,
    known_at: dt.date | None = None,
    tariff: Path | None = None,
    knowledge_for: Callable[[str], Knowledge] | None = None,
) -> list[Json]:
    """Quote parcels; gives one answer each, in order.

    Args:
        asked: the parcels.
        until: last day of the changes ahead; by default 90 days on.
        known_at: answer by what was known on that day.
        tariff: a tariff pack to use instead of the kept one.
        knowledge_for: gives the knowledge of a lane; by default all that is in force here.

    Raises:
        InputError: no regime for a country of destination, or a tariff of another place or day.
    """
    in_force = knowledge_for or partial(knowledge_in_force, known_at=known_at, tariff=tariff)
    groups: dict[tuple[str, dt.date], list[int]] = defaultdict(list)
    for number, one in enumerate(asked):
        groups[regime_for(one.destination), one.on].append(number)
    answers: dict[int, Json] = {}
    for (lane, on), numbers in groups.items():
        knowledge = in_force(lane)
        refuse_later(knowledge, on, tariff)
        if known_at is not None:
            knowledge = knowledge.with_regime(as_known(knowledge.regime, known_at))
        group = [asked[number] for number in numbers]
        told = _answers(group, reckon(group, knowledge, on, until))
        answers |= dict(zip(numbers, told, strict=True))
    return [answers[number] for number in range(len(asked))]


def _answers(asked: Sequence[Asked], reckoned: Reckoned) -> list[Json]:
    done = reckoned.done
    as_asked = pl.col("consignment_id").is_in([str(number) for number in range(len(asked))])
    parcels = done.consignments.select(PARCEL_COLUMNS).to_dicts()
    charges = _by_parcel(done.charges.filter(as_asked))
    refused = set(done.findings.filter(pl.col("code") == REFUSED)["consignment_id"])
    findings = _by_parcel(done.findings.filter(as_asked, pl.col("stage").is_in(TOLD_STAGES)))
    lines = _by_parcel(done.goods_items.filter(as_asked).select(GOODS_COLUMNS))
    variants: dict[int, list[tuple[Variant, Row]]] = defaultdict(list)
    for variant, parcel in zip(reckoned.variants, parcels, strict=True):
        if variant.kind == AS_ASKED or parcel["consignment_id"] not in refused:
            variants[variant.quote].append((variant, parcel))
    later = {
        day: batch.consignments.select(PARCEL_COLUMNS).to_dicts()
        for day, batch in reckoned.ahead.items()
    }
    say = _Speaker(reckoned)
    return [
        say.answer(
            one, variants[number], charges[str(number)], findings[str(number)], lines[str(number)],
            {day: rows[number] for day, rows in later.items()},
        )
        for number, one in enumerate(asked)
    ]  # fmt: skip


def _by_parcel(frame: pl.DataFrame) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in frame.to_dicts():
        found[row["consignment_id"]].append(row)
    return found


class _Speaker:
    """Says the answers of one regime and day."""

    def __init__(self, reckoned: Reckoned) -> None:
        self.reckoned = reckoned
        self.regime = reckoned.knowledge.regime
        self.law = self.regime.on_day(reckoned.on)
        digest = self.regime.digests[self.regime.pack.id]
        self.pack = f"{self.regime.pack.id}@{digest[:12]}"
        self.texts = reckoned.knowledge.findings.texts

    def answer(
        self,
        asked: Asked,
        variants: list[tuple[Variant, Row]],
        charges: list[Row],
        findings: list[Row],
        lines: list[Row],
        later: dict[dt.date, Row],
    ) -> Json:
        """Say one quote."""
        parcel = variants[0][1]
        told = {
            "currency": self.regime.currency,
            **self.sums(parcel),
            "state": parcel["charge_state"],
            "on": asked.on.isoformat(),
            "regime": self.regime.title,
            "scheme": parcel["scheme"],
            "mode": parcel["channel"],
            "customs_value": self.money(parcel["customs_value"]),
            "pays": self.pays(parcel),
            "lines": [self.line(row) for row in charges],
            "goods": [self.goods(row) for row in lines],
            "alternatives": self.alternatives(parcel, variants),
            "preferences": self.preferences(parcel, variants),
            "codes": self.codes(parcel, variants),
            "changes_ahead": self.ahead(parcel, later),
            "undetermined": self.undetermined(charges, findings),
            "notes": self.notes(findings),
        }
        body = {"asked": asked.as_json(), **told}
        return {"id": quote_id(body["asked"], self.reckoned.knowledge.digest), **body}

    def sums(self, parcel: Row) -> Json:
        """Say the sums: least, and most where anybody can say."""
        total = sum((parcel[kind] for kind in KINDS), Decimal(0))
        return {
            "duty": self.money(parcel["duty"]),
            "tax": self.money(parcel["tax"]),
            "fees": self.money(parcel["fee"]),
            "total": self.money(total),
            "total_high": self.money(parcel["owed_high"]),
        }

    def money(self, amount: Decimal | None) -> str | None:
        """Say an amount with the decimals of its currency; null where nobody knows."""
        if amount is None:
            return None
        least = Decimal(1).scaleb(-self.regime.decimals)
        return str(amount.quantize(least, rounding=ROUND_HALF_UP))

    def line(self, row: Row) -> Json:
        """Say one layer."""
        return {
            "kind": row["kind"],
            "layer": row["layer"],
            "item_no": row["item_no"],
            "basis": self.money(row["base"]),
            "rate": row["rate"],
            "amount": self.money(row["amount"]),
            "amount_high": self.money(row["amount_high"]),
            "state": row["state"],
            "debtor": row["debtor"],
            "legal": row["legal_basis"],
            "pack": self.pack,
            "confidence": row["confidence"],
            "sentence": row["explanation"],
        }

    def goods(self, row: Row) -> Json:
        """Say one line of goods: the code taken, and what restricts it."""
        return {
            "item_no": row["item_no"],
            "hs6": row["hs6"],
            "hs6_source": row["hs6_source"],
            "hs6_confidence": row["hs6_confidence"],
            "question": row["hs6_question"],
            "customs_value": self.money(row["customs_value"]),
            "controls": row["controls"] or [],
            "action": row["action"],
            "reasons": row["control_reasons"] or [],
        }

    def pays(self, parcel: Row) -> Json | None:
        """Say who pays, when and how; null where the pack says nothing."""
        for one in self.law.collections:
            if one.scheme == parcel["scheme"]:
                return _collection(one)
        return None

    def alternatives(self, parcel: Row, variants: list[tuple[Variant, Row]]) -> list[Json]:
        """Say what the same parcel owes by every other way that is open to it."""
        seen = {(parcel["scheme"], parcel["channel"])}
        told = []
        for variant, other in variants:
            way = (other["scheme"], other["channel"])
            if variant.kind != "way" or way in seen:
                continue
            seen.add(way)
            told.append(
                {"scheme": way[0], "mode": way[1], **self.sums(other),
                 "state": other["charge_state"], "pays": self.pays(other)}
            )  # fmt: skip
        return sorted(told, key=lambda one: Decimal(one["total"]))

    def preferences(self, parcel: Row, variants: list[tuple[Variant, Row]]) -> list[Json]:
        """Say which programmes would lower the duty of a line, and what they need."""
        told = []
        for variant, other in variants:
            if variant.kind != "preference":
                continue
            offer = self.reckoned.offers[variant.quote, variant.item_no, variant.preference]
            exact = parcel["charge_state"] == other["charge_state"] == "exact"
            saving = sum((parcel[kind] - other[kind] for kind in KINDS), Decimal(0))
            if exact and saving <= 0:
                continue
            told.append(
                {"item_no": variant.item_no, "programme": variant.preference,
                 "title": offer.title, "rate": offer.rate, **self.sums(other),
                 "saving": self.money(saving) if exact else None, "state": other["charge_state"],
                 "needs": [offer.needs]}
            )  # fmt: skip
        return told

    def codes(self, parcel: Row, variants: list[tuple[Variant, Row]]) -> Json:
        """Say what the parcel owes under other candidate codes, and the range over them."""
        others = [
            {"item_no": variant.item_no, "hs6": variant.hs6, **self.sums(other)}
            for variant, other in variants
            if variant.kind == "code"
        ]
        totals = [Decimal(self.sums(parcel)["total"]), *(Decimal(o["total"]) for o in others)]
        return {
            "total_low": self.money(min(totals)),
            "total_high": self.money(max(totals)),
            "candidates": others,
        }

    def ahead(self, parcel: Row, later: dict[dt.date, Row]) -> list[Json]:
        """Say what changes, and what the same parcel owes from then on."""
        told = []
        for change in self.reckoned.changes:
            then = later.get(change.day)
            told.append(
                {
                    "day": change.day.isoformat(),
                    "sentence": change.sentence,
                    "legal": change.source,
                    "confidence": change.confidence,
                    **({"then": self.sums(then), "now": self.sums(parcel)} if then else {}),
                }
            )
        return told

    def undetermined(self, charges: list[Row], findings: list[Row]) -> list[Json]:
        """Say what is not known, and the question that would tell."""
        told = [
            {
                "layer": row["layer"],
                "item_no": row["item_no"],
                "reason": row["explanation"],
                "needs": row["needs"] or [],
                "questions": self.questions(row["needs"] or []),
            }
            for row in charges
            if row["state"] != "exact"
        ]
        for row in findings:
            if row["code"] in OPEN_CODES:
                text = self.texts[row["code"]]
                told.append(
                    {"layer": row["code"], "item_no": row["item_no"], "reason": text.title,
                     "needs": [row["field"]], "questions": [text.remedy]}
                )  # fmt: skip
        return told

    def questions(self, needs: Iterable[str]) -> list[str]:
        """Give the questions for facts that are missing."""
        return [self.regime.questions[fact] for fact in needs if fact in self.regime.questions]

    def notes(self, findings: list[Row]) -> list[str]:
        """Say what else was found about the parcel."""
        return [
            ": ".join(part for part in (self.texts[row["code"]].title, row["detail"]) if part)
            for row in findings
        ]


def _collection(one: Collection) -> Json:
    return {
        "scheme": one.scheme, "title": one.title, "model": one.model, "debtor": one.debtor,
        "moment": one.moment, "remit": one.remit, "guarantee": one.guarantee,
        "refund": one.refund, "legal": one.source, "confidence": one.confidence,
    }  # fmt: skip


def quote_id(asked: Json, digest: str) -> str:
    """Give the id of a quote: the same question under the same knowledge has the same id."""
    text = _ENCODE([asked, digest])
    return "q-" + hashlib.sha256(text.encode()).hexdigest()[:ID_CHARS]
