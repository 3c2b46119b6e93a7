"""What is wrong with a regime pack, all at once."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from tidewaiter.knowledge.pack import Pack, Table, check_keys, check_source
from tidewaiter.knowledge.rates import parse_rate
from tidewaiter.knowledge.rates.tree import FromTable, Specific, Unknown, nodes
from tidewaiter.knowledge.regimes.conditions import LISTS, compile_hit
from tidewaiter.knowledge.regimes.exchange import decimal_fault
from tidewaiter.knowledge.regimes.law import KINDS
from tidewaiter.vocabulary.errors import InputError

BASES = ("person_day", "consignment")
PER = ("consignment", "item", "distinct_hs6", "distinct_code")
VALUATIONS = ("cif", "fob", "price")
ROUNDINGS = ("half_up", "down", "up")
MODELS = (
    "importer_at_border", "vendor_registration", "platform_deemed_importer", "carrier_or_post",
    "hybrid",
)  # fmt: skip
#: day N of the next month, the Nth working day of it, its end, the end of the month after a quarter
REMIT_RULE = re.compile(
    r"at_release|month_end_next|quarter_month_end_next|(?:business_)?day_\d{1,2}_next_month"
)
TABLE_KEYS = (
    "chapter", "hs6", "country_origin", "country_destination", "region_destination",
)  # fmt: skip
BASE_PARTS = ("customs_value", "item_value", "freight", "insurance", "duty", "tax", "fee")
_DATED = ("from", "to", "known", "withdrawn")
_WHO = (
    *LISTS, *(f"{key}_not" for key in LISTS), "goods", "goods_not", "when", "facts_off",
    "facts_on", "facts_ask", "notes",
)  # fmt: skip
_KEYS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "rate": (("currency", "per_unit", "from", "source"), ("to", "known", "withdrawn")),
    "limit": (("id", "title", "amount", "basis", "from", "source"), ("to", "known", "withdrawn")),
    "table": (("id", "key", "values", "source"), ("default",)),
    "set": (("id", "values", "source"), ("title",)),
    "question": (("fact", "ask", "source"), ()),
    "collection": (
        ("id", "scheme", "title", "model", "debtor", "moment", "source"),
        ("remit", "remit_rule", "guarantee", "refund", "asked_only", *_DATED, *_WHO),
    ),
    "measure": (
        ("id", "kind", "title", "from", "rate", "source"),
        (
            "to", "known", "withdrawn", "per", "base", "debtor", "ask", "undetermined", "layer",
            "excluded_by", "replaces", "round_to", "round_how", "base_round_to", "base_round_how",
            "note", *_WHO,
        ),
    ),
}  # fmt: skip


def regime_faults(pack: Pack) -> list[str]:
    """Give every fault of a regime pack as a sentence."""
    where, body = pack.id, pack.body
    head = body.get("regime", {})
    faults = check_keys(
        f"{where} [regime]",
        head,
        ("jurisdiction", "currency", "decimals", "destinations"),
        (
            "note",
            "valuation",
            "scenario",
            "round_to",
            "round_how",
            "exchange_source",
            "covers_from",
        ),
    )
    faults += _one_of(f"{where} [regime]", head, "valuation", VALUATIONS)
    faults += _one_of(f"{where} [regime]", head, "round_how", ROUNDINGS)
    faults += check_keys(where, body, ("regime",), (*_KEYS, "example"))
    for kind, (needed, allowed) in _KEYS.items():
        for entry in body.get(kind, []):
            place = f"{where} {kind} {_name(entry)}"
            faults += check_keys(place, entry, needed, allowed)
            faults += check_source(place, entry, pack.sources)
    faults += _doubles(pack)
    for entry in body.get("rate", []):
        faults += decimal_fault(f"{where} rate {_name(entry)}", entry, "per_unit")
    for entry in body.get("limit", []):
        place = f"{where} limit {_name(entry)}"
        faults += decimal_fault(place, entry, "amount") + _one_of(place, entry, "basis", BASES)
    for entry in body.get("table", []):
        faults += _one_of(f"{where} table {_name(entry)}", entry, "key", TABLE_KEYS)
        faults += [
            fault
            for key in entry.get("values", {})
            for fault in decimal_fault(f"{where} table {_name(entry)}", entry["values"], key)
        ]
    for entry in body.get("collection", []):
        place = f"{where} collection {_name(entry)}"
        faults += _one_of(place, entry, "model", MODELS)
        faults += _hit_faults(place, entry, pack)
        if not REMIT_RULE.fullmatch(entry.get("remit_rule", "at_release")):
            faults.append(f"{place}: remit_rule {entry['remit_rule']!r} is not known")
    for entry in body.get("measure", []):
        faults += _measure_faults(f"{where} measure {_name(entry)}", entry, pack)
    return faults


def _measure_faults(place: str, entry: Table, pack: Pack) -> list[str]:
    faults = _hit_faults(place, entry, pack)
    faults += _one_of(place, entry, "kind", KINDS) + _one_of(place, entry, "per", PER)
    faults += _one_of(place, entry, "round_how", ROUNDINGS)
    faults += _one_of(place, entry, "base_round_how", ROUNDINGS)
    for part in entry.get("base", BASE_PARTS[0]).split("+"):
        if part.strip() not in BASE_PARTS:
            faults.append(f"{place}: base is a sum of {', '.join(BASE_PARTS)}; not {part.strip()}")
    for key in ("round_to", "base_round_to"):
        faults += decimal_fault(place, entry, key) if key in entry else []
    layers = {e.get("layer", e.get("id")) for e in pack.body.get("measure", [])}
    for key in ("excluded_by", "replaces"):
        strange = set(entry.get(key, ())) - layers
        faults += [f"{place}: {key} {name!r} is no layer of the pack" for name in sorted(strange)]
    try:
        rate = parse_rate(str(entry.get("rate", "")), place)
    except InputError as fault:
        return [*faults, str(fault)]
    tables = {e.get("id") for e in pack.body.get("table", [])}
    for node in nodes(rate):
        if isinstance(node, FromTable) and node.table not in tables:
            faults.append(f"{place}: table {node.table!r} is not in the pack")
        if isinstance(node, Specific) and not node.unit and "per" not in entry:
            faults.append(f"{place}: an amount without unit needs per = {' or '.join(PER)}")
        if isinstance(node, Unknown) and not (entry.get("undetermined") or node.reason):
            faults.append(f"{place}: an unknown rate needs undetermined = 'why'")
    return faults


def _hit_faults(place: str, entry: Table, pack: Pack) -> list[str]:
    sets = {e.get("id"): tuple(e.get("values", ())) for e in pack.body.get("set", [])}
    faults = []
    for key in (*LISTS, *(f"{key}_not" for key in LISTS), "goods", "goods_not"):
        for value in entry.get(key, ()):
            if value.startswith("@") and value[1:] not in sets:
                faults += [f"{place}: set {value!r} is not in the pack"]
    asked = {e.get("fact") for e in pack.body.get("question", [])}
    faults += [
        f"{place}: fact {fact!r} has no [[question]]"
        for fact in entry.get("facts_ask", ())
        if fact not in asked
    ]
    if faults:
        return faults
    try:
        compile_hit(entry, sets, place)
    except InputError as fault:
        return [str(fault)]
    return []


def _one_of(place: str, entry: Table, key: str, known: Iterable[str]) -> list[str]:
    known = tuple(known)
    if key in entry and entry[key] not in known:
        return [f"{place}: {key} must be one of {', '.join(known)}"]
    return []


def _name(entry: Table) -> Any:
    return entry.get("id", entry.get("currency", entry.get("fact", "?")))


def _doubles(pack: Pack) -> list[str]:
    faults = []
    for kind in ("limit", "table", "set", "collection", "measure"):
        names = [entry.get("id") for entry in pack.body.get(kind, [])]
        faults += [
            f"{pack.id} {kind} {name}: stands twice; a change of law is a new id or a new date"
            for name in sorted({name for name in names if names.count(name) > 1}, key=str)
        ]
    return faults
