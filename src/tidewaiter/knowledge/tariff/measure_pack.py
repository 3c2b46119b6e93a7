"""From a list of measures to a regime pack: few measures with long lists of goods, as TOML.

Rows that differ only in their goods become one `[[measure]]`, then those that differ only in their
origin. A longer code beats a shorter one of the same type and origin for the days of both: the
shorter gets `goods_not`, and is cut at the days where that changes. A rate for some origins, a
preference, a suspension and a quota stand instead of the normal rate on the lines they hit; of
several, the quota counts before the preference before the suspension. A rate that could not be
read is `unknown`, so that the line is undetermined, never free. Two different rates for the same
goods, type, origin and day are a contradiction: the later row is set apart with its reason.
The id of a measure comes from its content, so that it stays as long as the measure does.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from tidewaiter.knowledge.rates.text import rate_text, rate_words
from tidewaiter.knowledge.tariff.lines import Rejected
from tidewaiter.knowledge.tariff.measure_lines import TYPES, Measure, MeasureReading

DAY = dt.timedelta(days=1)
LAST_DAY = dt.date.max
#: types of which there may be several side by side, told apart by their title
SIDE_BY_SIDE = frozenset({"additional", "excise", "tax", "fee", "antidumping", "countervailing",
                          "safeguard"})  # fmt: skip
#: what stands instead of the normal rate, first to last
INSTEAD = ("quota", "preference", "suspension", "origin")
TITLES = {
    "normal": "normal duty", "origin": "duty by origin", "preference": "preferential duty",
    "suspension": "suspended duty", "quota": "duty within the quota", "vat": "value added tax",
    "antidumping": "anti-dumping duty", "countervailing": "countervailing duty",
    "safeguard": "safeguard duty", "additional": "additional duty", "excise": "excise",
    "tax": "tax", "fee": "fee",
}  # fmt: skip
TAX_BASES = {"cif": "customs_value + duty"}
TAX_BASE = "customs_value + freight + insurance + duty"


@dataclass(frozen=True, slots=True)
class About:
    """What is told of a regime that a list of measures does not hold.

    Args:
        name: file name of the pack, such as ke.
        title: of the pack.
        jurisdiction: ISO 3166 code.
        currency: amounts are owed in it.
        decimals: of that currency.
        valuation: what the customs value holds: cif, fob or price.
        source: where the list is from.
        confidence: how sure that is, in the words of `knowledge.pack.CONFIDENCES`.
        retrieved_on: day of import.
        valid_from: first day of measures that tell none.
        licence: terms of the source.
    """

    name: str
    title: str
    jurisdiction: str
    currency: str
    decimals: int
    valuation: str
    source: str
    confidence: str
    retrieved_on: dt.date
    valid_from: dt.date
    licence: str


@dataclass(frozen=True, slots=True)
class _Slice:
    """One measure on one code prefix and one origin, for days in which nothing changes."""

    said: Measure
    goods: str
    origin: str  # "" for all
    first: dt.date
    after: dt.date  # first day not in force
    depth: int = 0
    without: tuple[str, ...] = ()


@dataclass(slots=True)
class _Group:
    """Slices that become one measure."""

    slice: _Slice
    goods: set[str] = field(default_factory=set)
    without: set[str] = field(default_factory=set)
    origins: set[str] = field(default_factory=set)


def as_regime(reading: MeasureReading, about: About) -> tuple[str, list[Rejected]]:
    """Write a regime pack.

    Args:
        reading: what was read.
        about: what is told beside it.

    Returns:
        The pack as TOML, and the rows that contradict earlier ones.
    """
    slices, refused = _slices(reading.measures, about.valid_from)
    groups = _by_origin(_by_goods(slices))
    laws = sorted({said for group in groups if (said := group.slice.said.legal)})
    law_ids = {law: f"law-{at}" for at, law in enumerate(laws, start=1)}
    facts = sorted({fact for group in groups for fact in group.slice.said.conditions})
    layers = {_layer(about, group.slice) for group in groups}
    entries = sorted(
        (_entry(group, about, layers, law_ids) for group in groups),
        key=lambda entry: (entry["kind"], entry["layer"], entry["goods"], str(entry["id"])),
    )
    begins = min((one.first for one in slices), default=about.valid_from)
    blocks = [
        _block("[pack]", {
            "id": f"regimes/{about.name}", "kind": "regimes", "title": about.title,
            "retrieved_on": about.retrieved_on, "licence": about.licence,
        }),
        _block("[[source]]", {
            "id": "list", "title": about.source, "date": about.retrieved_on,
            "confidence": about.confidence,
        }),
        *(_block("[[source]]", {"id": law_ids[law], "title": law,
                                "confidence": about.confidence}) for law in laws),
        _block("[regime]", {
            "jurisdiction": about.jurisdiction, "currency": about.currency,
            "decimals": about.decimals, "destinations": [about.jurisdiction],
            "valuation": about.valuation,
        }),
        *(_block("[[question]]", {
            "fact": fact, "ask": reading.questions.get(fact, f"Does this hold: {fact}?"),
            "source": "list",
        }) for fact in facts),
        _block("[[collection]]", {
            "id": f"{about.name}.normal", "scheme": "normal",
            "title": "normal entry: the importer pays at the border", "from": begins,
            "model": "importer_at_border", "debtor": "the importer", "moment": "at release",
            "remit_rule": "at_release", "source": "list",
        }),
        *(_block("[[measure]]", {key: value for key, value in entry.items() if value})
          for entry in entries),
    ]  # fmt: skip
    return "\n".join(blocks), refused


def _slices(
    measures: Sequence[Measure], valid_from: dt.date
) -> tuple[list[_Slice], list[Rejected]]:
    """Cut measures so that in every slice the same longer codes are in force; see the module."""
    schemes: dict[tuple[Any, ...], dict[str, list[_Slice]]] = defaultdict(lambda: defaultdict(list))
    refused = []
    for said in measures:
        first = said.valid_from or valid_from
        after = said.valid_to + DAY if said.valid_to and said.valid_to < LAST_DAY else LAST_DAY
        for goods in said.goods:
            for origin in said.origins or ("",):
                scheme = schemes[_scheme(said, origin)]
                clash = [s for s in scheme[goods] if s.first < after and first < s.after]
                if clash:
                    refused.append(_contradiction(said, goods, origin, clash[0]))
                else:
                    scheme[goods].append(_Slice(said, goods, origin, first, after))
    found = []
    for scheme in schemes.values():
        codes = sorted(code for code, rows in scheme.items() if rows)
        for at, goods in enumerate(codes):
            depth = sum(bool(scheme.get(goods[:length])) for length in range(len(goods)))
            end = bisect_left(codes, f"{goods}:", at)  # a colon comes after all digits
            below = [other for code in codes[at + 1 : end] for other in scheme[code]]
            for row in scheme[goods]:
                found += _cut(replace(row, depth=depth), below)
    return found, refused


def _cut(row: _Slice, below: Sequence[_Slice]) -> list[_Slice]:
    met = [other for other in below if other.first < row.after and row.first < other.after]
    days = {row.first, row.after}
    for other in met:
        days |= {day for day in (other.first, other.after) if row.first < day < row.after}
    ordered = sorted(days)
    return [
        replace(row, first=first, after=after, without=_shortest(
            other.goods for other in met if other.first <= first and after <= other.after
        ))
        for first, after in pairwise(ordered)
    ]  # fmt: skip


def _shortest(codes: Iterable[str]) -> tuple[str, ...]:
    """Leave out codes that begin with another of them."""
    kept: list[str] = []
    for code in sorted(set(codes)):
        if not kept or not code.startswith(kept[-1]):
            kept.append(code)
    return tuple(kept)


def _scheme(said: Measure, origin: str) -> tuple[Any, ...]:
    title = said.title if said.type in SIDE_BY_SIDE else ""
    return (said.type, origin, said.origins_not, said.conditions, title)


def _pays(said: Measure) -> tuple[Any, ...]:
    return (said.rate, said.per, said.base)


def _contradiction(said: Measure, goods: str, origin: str, other: _Slice) -> Rejected:
    place = f"{goods or 'all goods'}{f' from {origin}' if origin else ''}"
    if _pays(said) == _pays(other.said):
        reason = (
            f"{said.type} rate for {place} stands twice on some days: record {other.said.line}."
        )
    else:
        reason = (
            f"{said.type} rate {said.rate_text!r} for {place} contradicts "
            f"{other.said.rate_text!r} of record {other.said.line} on some days."
        )
    return Rejected(said.line, reason, said.rate_text)


def _by_goods(slices: Sequence[_Slice]) -> list[_Group]:
    """Join slices that differ in their goods only; of equal depth, none lies within another."""
    groups: dict[tuple[Any, ...], _Group] = {}
    for one in slices:
        said = one.said
        title = said.title if said.type in SIDE_BY_SIDE else ""
        key = (said.type, one.origin, said.origins_not, said.conditions, title, _pays(said),
               said.legal, one.first, one.after, one.depth)  # fmt: skip
        group = groups.setdefault(key, _Group(one, origins={one.origin}))
        group.goods.add(one.goods)
        group.without.update(one.without)
    return list(groups.values())


def _by_origin(groups: Sequence[_Group]) -> list[_Group]:
    joined: dict[tuple[Any, ...], _Group] = {}
    for group in groups:
        said, one = group.slice.said, group.slice
        title = said.title if said.type in SIDE_BY_SIDE else ""
        key = (said.type, not one.origin, said.origins_not, said.conditions, title, _pays(said),
               said.legal, one.first, one.after, frozenset(group.goods),
               frozenset(group.without))  # fmt: skip
        joined.setdefault(key, group).origins.update(group.origins)
    return list(joined.values())


def _word(one: _Slice) -> str:
    """Give the type, a normal rate for some origins told apart."""
    return "origin" if one.said.type == "normal" and one.origin else one.said.type


def _layer(about: About, one: _Slice) -> str:
    word = _word(one)
    if one.said.type not in SIDE_BY_SIDE or not one.said.title:
        return f"{about.name}.{word}"
    return f"{about.name}.{word}.{_digest([one.said.title])}"


def _entry(
    group: _Group, about: About, layers: set[str], law_ids: dict[str, str]
) -> dict[str, Any]:
    one, said = group.slice, group.slice.said
    word, kind = _word(one), TYPES[said.type]
    layer = _layer(about, one)
    before = INSTEAD[: INSTEAD.index(word)] if word in INSTEAD else ()
    stronger = [name for better in before if (name := f"{about.name}.{better}") in layers]
    normal = f"{about.name}.normal"
    what = f"{said.title or TITLES[word]}: {rate_words(said.rate)}"
    entry: dict[str, Any] = {
        "kind": kind,
        "title": what[0].upper() + what[1:],
        "from": one.first,
        "to": None if one.after == LAST_DAY else one.after,
        "rate": rate_text(said.rate),
        "undetermined": f"{said.rate_text!r}: {said.unknown}" if said.unknown else "",
        "per": said.per,
        "base": said.base or (TAX_BASES.get(about.valuation, TAX_BASE) if kind == "tax" else ""),
        "goods": sorted(group.goods - {""}),
        "goods_not": sorted(_shortest(group.without)),
        "origins": sorted(group.origins - {""}),
        "origins_not": list(said.origins_not),
        "facts_on": list(said.conditions),
        "layer": layer,
        "excluded_by": stronger,
        "replaces": [normal] if word in INSTEAD and normal in layers else [],
        "source": law_ids.get(said.legal or "", "list"),
    }
    return {"id": f"{layer}.{_digest(entry)}", **entry}


def _digest(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _block(head: str, values: dict[str, Any]) -> str:
    return "".join([f"{head}\n", *(f"{key} = {_toml(value)}\n" for key, value in values.items())])


def _toml(value: Any) -> str:
    """Write a value as TOML 1.0."""
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, int):
        return str(value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(_toml(one) for one in value)}]"
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")
