"""What is wrong with a procedure pack, all at once: keys, names, dates, and its graph."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from itertools import pairwise
from string import Formatter
from typing import Any

from tidewaiter.knowledge.pack import Pack, Table, check_keys, check_source
from tidewaiter.knowledge.procedures.graph import graph_faults
from tidewaiter.knowledge.procedures.law import (
    ACTORS,
    CASE_CALENDAR,
    KINDS,
    LENGTHS,
    ORDERS,
    PLACEHOLDERS,
    SYSTEM,
)
from tidewaiter.vocabulary.errors import InputError
from tidewaiter.vocabulary.working_days import DAYS_MAX, check_calendar

_DATED = ("from", "to")
_ID = re.compile(r"[a-z][a-z0-9_]{0,39}")
#: names a state cannot have, because a state diagram reads them as commands
_CHART_WORDS = frozenset(
    ("state", "end", "note", "direction", "class", "classdef", "style", "hide", "as")
)
_KEYS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "state": (("id", "title"), ("final",)),
    "field": (("id", "title", "kind"), ("words",)),
    "event": (
        ("id", "title", "by", "source"),
        ("clause", "needs", "takes", "noted_in", "way", *_DATED),
    ),
    "clock": (
        ("id", "title", "fires", "source"),
        ("clause", "starts_in", "starts_at", "runs_in", "calendar", "on_working_day",
         *LENGTHS, *_DATED),
    ),
    "notice": (("id", "words"), ("to", "to_field", "on", "entering", "due", "when")),
    "invariant": (("id", "title", "in", "source"), ("clause", "given", "is")),
    "example": (
        ("title", "opened_at", "events"),
        ("opened_by", "country", "zone", "data", "until", "state", "due", "refused", "told",
         "caused", "invalid"),
    ),
}  # fmt: skip
_HEAD = ("title", "order", "start", "opened_by", "from", "source")
_WAY = (("in", "leads_to"), ("when", "given", "not_while", "source", "clause", "causes", *_DATED))
_LISTS = ("by", "opened_by", "opening_needs", "needs", "takes", "noted_in", "in", "given",
          "starts_in", "starts_at", "runs_in", "to", "on", "entering", "words")  # fmt: skip


def procedure_faults(pack: Pack) -> list[str]:
    """Give every fault of one procedure pack as a sentence."""
    faults = _key_faults(pack)
    if faults:
        return faults
    names = _Names(pack)
    faults = names.plain() + names.doubles() + _head_faults(pack, names)
    for entry in pack.body.get("field", []):
        faults += _field_faults(f"{pack.id} field {entry['id']}", entry)
    for entry in pack.body["event"]:
        faults += _event_faults(f"{pack.id} event {entry['id']}", entry, names)
    for entry in pack.body.get("clock", []):
        faults += _clock_faults(f"{pack.id} clock {entry['id']}", entry, names)
    for entry in pack.body.get("notice", []):
        faults += _notice_faults(f"{pack.id} notice {entry['id']}", entry, names)
    for entry in pack.body.get("invariant", []):
        place = f"{pack.id} invariant {entry['id']}"
        faults += names.known(place, "in", entry["in"], "state")
        faults += names.known(place, "given", entry.get("given", ()), "field")
        faults += names.condition(place, "is", entry.get("is", {}))
    return faults or graph_faults(pack)


def cross_faults(packs: Mapping[str, Pack]) -> list[str]:
    """Give a fault for each event caused in another procedure that would not take it."""
    faults = []
    for pack in packs.values():
        for event in pack.body["event"]:
            for way in event.get("way", ()):
                place = f"{pack.id} event {event['id']}"
                for cause in way.get("causes", ()):
                    faults += _cause_faults(place, cause, packs)
    return faults


def _cause_faults(place: str, cause: Table, packs: Mapping[str, Pack]) -> list[str]:
    faults = check_keys(f"{place} causes", cause, ("procedure", "event"), ("data",))
    if faults:
        return faults
    if cause["procedure"] not in packs:
        return [f"{place}: causes in procedure {cause['procedure']!r}, which has no pack"]
    other = packs[cause["procedure"]]
    rule = next((e for e in other.body["event"] if e["id"] == cause["event"]), None)
    if rule is None:
        return [f"{place}: causes {cause['event']!r}, no event of {other.id}"]
    if SYSTEM not in rule["by"]:
        faults.append(f"{place}: causes {cause['event']!r}, which {other.id} allows no system")
    told = cause.get("data", {})
    missing = set(rule.get("needs", ())) - set(told)
    strange = set(told) - {*rule.get("needs", ()), *rule.get("takes", ())}
    faults += [f"{place}: causes {cause['event']!r} without {name!r}" for name in sorted(missing)]
    return (
        faults
        + _Names(other).condition(f"{place} causes", "data", told)
        + [
            f"{place}: causes {cause['event']!r} with {name!r}, which it does not take"
            for name in sorted(strange)
        ]
    )


def _key_faults(pack: Pack) -> list[str]:
    where, body = pack.id, pack.body
    head = body.get("procedure", {})
    faults = check_keys(where, body, ("procedure", "state", "event"), _KEYS)
    faults += check_keys(f"{where} [procedure]", head, _HEAD, ("opening_needs",))
    faults += check_source(f"{where} [procedure]", head, pack.sources)
    faults += _shapes(f"{where} [procedure]", head)
    for kind, (needed, allowed) in _KEYS.items():
        for number, entry in enumerate(body.get(kind, []), start=1):
            place = f"{where} {kind} {entry.get('id', entry.get('title', number))}"
            faults += check_keys(place, entry, needed, allowed)
            faults += _shapes(place, entry, ("to",) if kind in ("event", "clock") else ("words",))
            if "source" in needed:
                faults += check_source(place, entry, pack.sources)
            for way in entry.get("way", ()) if kind == "event" else ():
                faults += check_keys(f"{place} way", way, *_WAY)
                faults += _shapes(f"{place} way", way, ("to",))
                if "source" in way:
                    faults += check_source(f"{place} way", way, pack.sources)
    return faults


def _shapes(place: str, entry: Table, but: tuple[str, ...] = ()) -> list[str]:
    faults = [
        f"{place}: {key} must be a list"
        for key in _LISTS
        if key in entry and key not in but and not isinstance(entry[key], list)
    ]
    return faults + [
        f"{place}: {key} must be a date"
        for key in _DATED
        if key in entry and not isinstance(entry[key], list) and type(entry[key]) is not dt.date
    ]


class _Names:
    """The names one pack declares, and what to say of those it does not."""

    def __init__(self, pack: Pack) -> None:
        self.pack = pack
        self.ids = {
            kind: [entry.get("id") for entry in pack.body.get(kind, [])]
            for kind in ("state", "field", "event", "clock", "notice", "invariant")
        }
        self.fields = {entry["id"]: entry for entry in pack.body.get("field", [])}

    def plain(self) -> list[str]:
        faults = [
            f"{self.pack.id} {kind} {name}: an id is small letters, digits and _"
            for kind, ids in self.ids.items()
            for name in ids
            if not _ID.fullmatch(str(name))
        ]
        return faults + [
            f"{self.pack.id} state {name}: the name is a word of the language of charts"
            for name in self.ids["state"]
            if name in _CHART_WORDS
        ]

    def doubles(self) -> list[str]:
        return [
            f"{self.pack.id} {kind} {name}: stands twice for the same days"
            for kind, ids in self.ids.items()
            for name in sorted({str(one) for one in ids if ids.count(one) > 1})
            if kind != "clock" or _overlap(self.pack, name)
        ]

    def known(self, place: str, key: str, names: Iterable[Any], kind: str) -> list[str]:
        known = ACTORS if kind == "actor" else self.ids[kind]
        return [
            f"{place}: {key} names {name!r}, no {kind}; known: {', '.join(map(str, known))}"
            for name in names
            if name not in known
        ]

    def condition(self, place: str, key: str, table: Mapping[str, Any]) -> list[str]:
        faults = self.known(place, key, table, "field")
        for name, words in table.items():
            field = self.fields.get(name, {"kind": "text"})
            for word in words if isinstance(words, list) else [words]:
                closed = field.get("words", ())
                if closed and word not in closed:
                    faults.append(f"{place}: {key} {name} = {word!r} is none of {closed}")
                if (field["kind"] == "flag") != isinstance(word, bool):
                    faults.append(f"{place}: {key} {name} = {word!r} is no {field['kind']}")
        return faults


def _overlap(pack: Pack, clock: str) -> bool:
    head = pack.body["procedure"]["from"]
    same = [e for e in pack.body["clock"] if e["id"] == clock]
    spans = sorted((e.get("from", head), e.get("to", dt.date.max)) for e in same)
    return any(end > start for (_, end), (start, _) in pairwise(spans))


def _head_faults(pack: Pack, names: _Names) -> list[str]:
    place, head = f"{pack.id} [procedure]", pack.body["procedure"]
    faults = names.known(place, "start", [head["start"]], "state")
    faults += names.known(place, "opened_by", head["opened_by"], "actor")
    faults += names.known(place, "opening_needs", head.get("opening_needs", ()), "field")
    if head["order"] not in ORDERS:
        faults.append(f"{place}: order must be one of {', '.join(ORDERS)}")
    return faults


def _field_faults(place: str, entry: Table) -> list[str]:
    faults = []
    if entry["kind"] not in KINDS:
        faults.append(f"{place}: kind must be one of {', '.join(KINDS)}")
    if (entry["kind"] == "word") != bool(entry.get("words")):
        faults.append(f"{place}: kind word, and only it, says which words there are")
    if entry["id"] in PLACEHOLDERS:
        faults.append(f"{place}: the name is taken; notices use it already")
    return faults


def _event_faults(place: str, entry: Table, names: _Names) -> list[str]:
    faults = names.known(place, "by", entry["by"], "actor")
    faults += names.known(place, "noted_in", entry.get("noted_in", ()), "state")
    for key in ("needs", "takes"):
        faults += names.known(place, key, entry.get(key, ()), "field")
    if not entry.get("way") and not entry.get("noted_in"):
        faults.append(f"{place}: it has no way and is noted nowhere, so it can never happen")
    for way in entry.get("way", ()):
        faults += names.known(place, "in", way["in"], "state")
        faults += names.known(place, "leads_to", [way["leads_to"]], "state")
        faults += names.known(place, "given", way.get("given", ()), "field")
        faults += names.condition(place, "when", way.get("when", {}))
        if "not_while" in way:
            faults += names.known(place, "not_while", [way["not_while"]], "clock")
    return faults


def _clock_faults(place: str, entry: Table, names: _Names) -> list[str]:
    faults = names.known(place, "fires", [entry["fires"]], "event")
    faults += names.known(place, "starts_at", entry.get("starts_at", ()), "event")
    for key in ("starts_in", "runs_in"):
        faults += names.known(place, key, entry.get(key, ()), "state")
    if not entry.get("starts_in") and not (entry.get("starts_at") and entry.get("runs_in")):
        faults.append(f"{place}: say starts_in, or starts_at with runs_in")
    if "runs_in" in entry and not set(entry.get("starts_in", ())) <= set(entry["runs_in"]):
        faults.append(f"{place}: it must run in every state it starts in")
    lengths = [name for name in LENGTHS if name in entry]
    if len(lengths) != 1:
        return [*faults, f"{place}: give exactly one of {', '.join(LENGTHS)}"]
    amount = entry[lengths[0]]
    if lengths[0] == "until":
        field = names.fields.get(amount, {})
        if field.get("kind") != "time":
            faults.append(f"{place}: until names {amount!r}, no field of kind time")
        if entry.get("starts_at"):
            faults.append(f"{place}: until goes with starts_in; the time itself starts it")
    elif type(amount) is not int or not 1 <= amount <= DAYS_MAX:
        faults.append(f"{place}: {lengths[0]} must be a whole number from 1 to {DAYS_MAX}")
    counted = lengths[0] == "working_days" or entry.get("on_working_day", False)
    if counted != ("calendar" in entry):
        faults.append(f"{place}: a calendar goes with working days, and only with them")
    elif counted and entry["calendar"] != CASE_CALENDAR:
        try:
            check_calendar(entry["calendar"], where=place)
        except InputError as fault:
            faults.append(str(fault))
    return faults


def _notice_faults(place: str, entry: Table, names: _Names) -> list[str]:
    faults = names.known(place, "to", entry.get("to", ()), "actor")
    if ("to" in entry) == ("to_field" in entry):
        faults.append(f"{place}: say either to (actors) or to_field (a field that names one)")
    elif "to_field" in entry:
        words = names.fields.get(entry["to_field"], {}).get("words", [""])
        faults += names.known(place, "to_field", words, "actor")
    faults += names.known(place, "on", entry.get("on", ()), "event")
    faults += names.known(place, "entering", entry.get("entering", ()), "state")
    faults += names.condition(place, "when", entry.get("when", {}))
    if "due" in entry:
        faults += names.known(place, "due", [entry["due"]], "clock")
    if bool(entry.get("on")) == bool(entry.get("entering")):
        faults.append(f"{place}: say either on (events) or entering (states)")
    if "en" not in entry["words"]:
        faults.append(f"{place}: words must have English (en)")
    for language, words in entry["words"].items():
        faults += _word_faults(f"{place} {language}", words, {*names.fields, *PLACEHOLDERS})
        if "{due}" in words and "due" not in entry:
            faults.append(f"{place} {language}: {{due}} needs due = a clock")
    return faults


def _word_faults(place: str, words: str, known: set[str]) -> list[str]:
    try:
        parts = list(Formatter().parse(words))
    except ValueError as fault:
        return [f"{place}: {fault}"]
    return [
        f"{place}: {{{name}}} is no field and none of {', '.join(PLACEHOLDERS)}"
        for _, name, form, turn in parts
        if name is not None and (name not in known or form or turn)
    ]
