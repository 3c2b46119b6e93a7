"""CUSRSP-shaped answers: what customs decided on each postal item, back to the post, as NDJSON.

The second half of the postal loop: the post sends its items (ITMATT- or CUSITM-shaped), customs
decides, and each item gets exactly one answer: decision, weightiest reason, duties and taxes, fees,
and the day. `ENTITY_STATE` says whether it is the last word (FINAL) or the post must still do
something (OPEN). Fields are those of India's postal answer table as restated (formats.md section
3.3); `REASONS` (all reasons with their legal basis) is ours. UPU M44 and list 183 (treatments
applied by customs) are not public and were not read: the decision codes are ours, mapped at this
edge, hence "-shaped".
"""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import Any

import polars as pl

from tidewaiter.formats.parts.draft import Cursor, Draft, Json, Row, to_json
from tidewaiter.formats.parts.filing import Parcel, amount, figure, parcels
from tidewaiter.formats.parts.itmatt_fields import KINDS
from tidewaiter.formats.parts.json_messages import canonical, lines, load, objects, put
from tidewaiter.formats.spec import FormatSpec, Pieces
from tidewaiter.vocabulary.batch import Batch
from tidewaiter.vocabulary.errors import InputError
from tidewaiter.vocabulary.terms import Decision, View

CODES = {
    Decision.RELEASE: "RLS",
    Decision.ASK: "RFI",
    Decision.HOLD: "HLD",
    Decision.EXAMINE: "EXM",
    Decision.REFUSE: "REF",
}
"""Our decisions as codes of the answer; ours, as UPU list 183 is not public."""
DECISIONS = {code: decision for decision, code in CODES.items()}
FINAL = frozenset({Decision.RELEASE, Decision.REFUSE})
_TEXTS = {
    "ITEM_ID": "tracking_id",
    "POSTINGDT": "message_at_text",
    "MAIL_CLASS_CD": "mail_class",
    "NATURE_TYPE_CD": "nature_text",
    "CUST_ORG_CD": "customs_office",
}
_POSTS = {
    "DESTPOST_ORGCD": ("DESTPOST_ORG_CD", "country_destination_text"),
    "ORIGPOST_ORGCD": ("ORIGPOST_ORG_CD", "country_departure_text"),
}
_MONEY = ("DUTIABLE", "TOT_DUTY", "TOT_FEE", "TOT_FEE_CURRCD")
_EXACT = "exact"


def _sniff(head: bytes, _file_name: str) -> float:
    return 0.95 if b'"DECI_CD"' in head else 0.0


FORMAT = FormatSpec(
    name="cusrsp",
    title="Answer of customs on postal items, CUSRSP-shaped, NDJSON",
    view=View.POSTAL.value,
    pieces=Pieces.LINES,
    extensions=(".ndjson", ".json"),
    sniff=_sniff,
    source="India FPO answer table (C_CUSRSP) as restated. Not read: UPU M44, list 183; never "
    "M44-conformant",
)


def encode(batch: Batch) -> bytes:
    """Write one answer for each decided item, a line each.

    Columns taken: consignments (tracking id, posts, class, nature, office; duty, tax, fee and
    currency if charged), `decisions`, `charges` where the consignments carry no sums.

    Raises:
        InputError: an item has no decision.
    """
    charged = _charged(batch.charges)
    answers = []
    seen: set[str] = set()
    undecided = []
    for parcel in parcels(batch, [FORMAT.name]):
        name = parcel.consignment["consignment_id"]
        if name in seen:
            continue
        seen.add(name)
        if parcel.decision.get("decision") is None:
            undecided.append(str(name))
        else:
            answers.append(_answer(parcel, charged.get(name, {})))
    if undecided:
        raise InputError(
            f"{len(undecided)} item(s) have no decision, such as {', '.join(undecided[:3])}.",
            where="decisions",
            remedy="Decide the batch first: every item gets exactly one answer.",
        )
    return lines(answers)


def _charged(charges: pl.DataFrame) -> dict[str, dict[str, Any]]:
    """Sum the exact charges of each parcel by kind; nothing for a parcel with an unsure one."""
    if not charges.height:
        return {}
    sums = charges.group_by("consignment_id").agg(
        pl.col("amount").filter(pl.col("kind") != "fee").sum().alias("duty"),
        pl.col("amount").filter(pl.col("kind") == "fee").sum().alias("fee"),
        pl.col("currency").first(),
        ((pl.col("state") == _EXACT).all() & (pl.col("currency").n_unique() == 1)).alias("sound"),
    )
    rows = sums.filter("sound").drop("sound").rows(named=True)
    return {row["consignment_id"]: row for row in rows}


def _answer(parcel: Parcel, charged: dict[str, Any]) -> Json:
    row, decided = parcel.consignment, parcel.decision
    tree: dict[str, Json] = {}
    for name, column in _TEXTS.items():
        put(tree, name, row.get(column))
    tree.setdefault("ITEM_ID", row["consignment_id"])
    decision = Decision(decided["decision"])
    put(tree, "ENTITY_STATE", _state(decision))
    kept = load(row.get("unread"))
    from_post = parcel.contribution.get("format") in KINDS
    for name, (field, column) in _POSTS.items():
        put(tree, name, (kept.get(field) if from_post else None) or row.get(column))
    on = decided.get("on")
    put(tree, "CLEARANCE_DT", f"{on:%Y%m%d}" if on is not None else None)
    put(tree, "DECI_CD", CODES[decision])
    _put_reasons(tree, decided)
    _put_money(tree, row, charged)
    own = kept if parcel.native else {}
    return tree | {name: own[name] for name in own if name not in tree or name == "ENTITY_STATE"}


def _state(decision: Decision) -> str:
    return "FINAL" if decision in FINAL else "OPEN"


def _put_reasons(tree: dict[str, Json], decided: Row) -> None:
    names, codes = decided.get("reasons") or [], decided.get("reason_codes") or []
    laws = decided.get("legal_basis") or []
    put(tree, "DECI_REAS_CD", codes[0] if codes else None)
    put(tree, "DECI_REAS_NM", names[0] if names else None)
    if len(names) > 1 or any(laws):
        tree["REASONS"] = [
            {"DECI_REAS_CD": code, "DECI_REAS_NM": name, "LEGAL_BASIS": law}
            for name, code, law in zip(names, codes, laws, strict=False)
        ]


def _put_money(tree: dict[str, Json], row: Row, charged: dict[str, Any]) -> None:
    """Put duties with taxes, fees and currency, if they are exact; else say nothing of them."""
    duty, fee, code = row.get("duty"), row.get("fee"), row.get("currency")
    if duty is not None and row.get("charge_state") in (None, _EXACT):
        duty = duty + (row.get("tax") or Decimal(0))
    else:
        duty, fee, code = charged.get("duty"), charged.get("fee"), charged.get("currency")
    if duty is None or code is None:
        return
    tree["DUTIABLE"] = "Y" if duty > 0 else "N"
    tree["TOT_DUTY"] = amount(duty)
    tree["TOT_FEE"] = amount(fee if fee is not None else Decimal(0))
    tree["TOT_FEE_CURRCD"] = code


def decode(data: bytes, *, source: str = "", position: int = 0) -> Batch:
    """Read answers into `consignments`, `contributions`, `decisions` and `charges`.

    Args:
        data: one object, an array, or one object a line.
        source: name of the file or request.
        position: number of lines before this piece of the source.

    Returns:
        Decisions in our terms, duties and fees as charges; an answer without item or with an
        unknown decision code is in `rejected`.
    """
    draft = Draft(FORMAT.name, source, FORMAT.view)
    answered: set[str] = set()
    for place, tree in objects(data, draft, position):
        cursor = Cursor(tree)
        row: Row = {column: cursor.text(name) for name, column in _TEXTS.items()}
        code = cursor.text("DECI_CD")
        name = row["tracking_id"]
        fault = _fault(name, code, answered)
        if fault or name is None or code is None:
            draft.reject(place, f"record {place} {fault}", to_json(tree))
            continue
        answered.add(name)
        for field, (other, column) in _POSTS.items():
            row[column] = cursor.text(field) or cursor.text(other)
        decision = DECISIONS[code]
        on = _day(tree.get("CLEARANCE_DT"))
        said = cursor.text("CLEARANCE_DT") if on is not None else None
        if tree.get("ENTITY_STATE") == _state(decision):
            cursor.take("ENTITY_STATE")
        contribution_id = draft.message(
            canonical(tree),
            name,
            position=place,
            sender=row["customs_office"],
            said_at_text=said,
        )
        key = {"consignment_id": name, "contribution_id": contribution_id}
        reasons = _reasons(cursor, tree)
        draft.add("decisions", consignment_id=name, decision=decision.value, on=on, **reasons)
        for charge in _charges(cursor, tree):
            draft.add("charges", consignment_id=name, **charge)
        draft.add("consignments", **key, **row, unread=cursor.leftover())
    return draft.batch()


def _fault(name: str | None, code: str | None, answered: set[str]) -> str:
    if name is None:
        return "is no answer: it has no ITEM_ID; name the item"
    if code not in DECISIONS:
        return f"has the decision code {code!r}; known are {', '.join(DECISIONS)}"
    if name in answered:
        return f"answers item {name} a second time; every item gets one answer"
    return ""


def _day(text: Json) -> dt.date | None:
    if not isinstance(text, str) or not re.fullmatch("[0-9]{8}", text):
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def _reasons(cursor: Cursor, tree: dict[str, Json]) -> Row:
    """Take the list of reasons if it is whole, else the one reason named."""
    code, name = cursor.text("DECI_REAS_CD"), cursor.text("DECI_REAS_NM")
    listed = tree.get("REASONS")
    fields = ("DECI_REAS_NM", "DECI_REAS_CD", "LEGAL_BASIS")
    if isinstance(listed, list) and all(
        isinstance(one, dict)
        and one.keys() == set(fields)
        and all(isinstance(text, str) for text in one.values())
        for one in listed
    ):
        cursor.take("REASONS")
        names, codes, laws = ([str(one[field]) for one in listed] for field in fields)
        return {"reasons": names, "reason_codes": codes, "legal_basis": laws}
    known = name is not None or code is not None
    return {
        "reasons": [name or ""] if known else [],
        "reason_codes": [code or ""] if known else [],
        "legal_basis": [""] if known else [],
    }


def _charges(cursor: Cursor, tree: dict[str, Json]) -> list[Row]:
    """Take duties and fees as charges, if they are figures with a currency."""
    duty, fee = figure(tree.get("TOT_DUTY")), figure(tree.get("TOT_FEE"))
    code = tree.get("TOT_FEE_CURRCD")
    if duty is None or not isinstance(code, str):
        return []
    for name in _MONEY:
        cursor.take(name)
    kinds = {"duty": duty, "fee": fee if fee is not None else Decimal(0)}
    return [
        {"kind": kind, "amount": value, "currency": code, "state": _EXACT}
        for kind, value in kinds.items()
    ]
