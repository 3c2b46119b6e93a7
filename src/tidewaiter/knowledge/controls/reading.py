"""Reading controls packs: all faults at once, then compiled by day."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from pathlib import Path

import polars as pl

from tidewaiter.knowledge.controls.index import ControlIndex
from tidewaiter.knowledge.controls.model import (
    CONDITION_COLUMNS,
    NONE,
    THRESHOLD_COLUMNS,
    Action,
    Agency,
    Control,
    Document,
    Exemption,
    PaperCheck,
    Taken,
    Threshold,
)
from tidewaiter.knowledge.controls.words import quick_pieces, word_pattern
from tidewaiter.knowledge.expressions import compile_condition
from tidewaiter.knowledge.pack import (
    PACKS_DIR,
    Pack,
    Table,
    check_keys,
    check_source,
    pack_paths,
    read_pack,
)
from tidewaiter.vocabulary.errors import InputError, PackError
from tidewaiter.vocabulary.terms import Decision

KIND = "controls"
CONVENTIONS = "conventions"
"""Name of the pack for regimes that have none."""
UNKNOWN_DIGEST = "none: no controls pack for this regime"
_MAXIMA = {f"{column}_max": column for column in THRESHOLD_COLUMNS}
_CONTROL = ("id", "title", "action", "question", "from", "source")
_CONTROL_MORE = (
    "to", "words", "hs", "hs_not", "when", "unless", "agencies", "documents", "exemptions",
    "threshold",
)  # fmt: skip
_ALWAYS = pl.lit(value=True)


@dataclass(frozen=True, slots=True)
class Controls:
    """All controls of a jurisdiction, dated; `on_day` gives those in force.

    Args:
        known: whether the regime has a pack of its own; if not, only what conventions say.
        taken: from when on the code taken counts, or None: the declared code only.
    """

    actions: dict[str, Action]
    pack: Pack
    digests: dict[str, str]
    agencies: dict[str, Agency] = field(default_factory=dict)
    documents: dict[str, Document] = field(default_factory=dict)
    taken: Taken | None = None
    known: bool = True
    _days: dict[dt.date, ControlIndex] = field(default_factory=dict, repr=False)

    def on_day(self, on: dt.date) -> tuple[Control, ...]:
        """Give the controls in force on a day, strictest action first."""
        return self.index_on(on).controls

    def index_on(self, on: dt.date) -> ControlIndex:
        """Give the controls in force on a day, ready to be looked up."""
        if on not in self._days:
            self._days[on] = ControlIndex(self._compile(on))
        return self._days[on]

    def _compile(self, on: dt.date) -> tuple[Control, ...]:
        entries = [
            e for e in self.pack.body["control"] if e["from"] <= on < e.get("to", dt.date.max)
        ]
        made = [_control(entry, self) for entry in entries]
        return tuple(sorted(made, key=lambda control: (-control.action.rank, control.id)))


def load_controls(name: str, packs_dir: Path = PACKS_DIR) -> Controls:
    """Read one controls pack.

    A regime without a pack gets `known = False` and what conventions control nearly everywhere
    (pack `conventions`, if it is there; else nothing).

    Raises:
        PackError: all faults of the pack at once.
    """
    have = {path.stem for path in pack_paths(KIND, packs_dir)}
    if name in have:
        return _load(name, packs_dir)
    unknown = {f"{KIND}/{name}": UNKNOWN_DIGEST}
    if CONVENTIONS not in have:
        return Controls(actions={}, pack=_no_pack(name, packs_dir), digests=unknown, known=False)
    general = _load(CONVENTIONS, packs_dir)
    return replace(general, digests=unknown | general.digests, known=False)


def _load(name: str, packs_dir: Path) -> Controls:
    pack = read_pack(KIND, name, packs_dir)
    faults = _faults(pack)
    if faults:
        raise PackError(faults)
    body = pack.body
    taken = body.get("taken")
    return Controls(
        actions={
            e["word"]: Action(e["word"], Decision(e["decision"]), e["rank"]) for e in body["action"]
        },
        pack=pack,
        digests={pack.id: pack.digest},
        agencies={e["id"]: Agency(e["id"], e["title"]) for e in body.get("agency", [])},
        documents={
            e["code"]: Document(
                e["code"], e["title"], PaperCheck(e["check"]), str(pack.sources[e["source"]])
            )
            for e in body.get("document", [])
        },
        taken=Taken(float(taken["confidence_min"]), taken["source"]) if taken else None,
    )


def _no_pack(name: str, packs_dir: Path) -> Pack:
    return Pack(
        id=f"{KIND}/{name}",
        kind=KIND,
        title="No controls are known for this regime",
        retrieved_on=dt.date.min,
        licence="",
        sources={},
        digest=UNKNOWN_DIGEST,
        path=packs_dir / KIND / f"{name}.toml",
        body={"action": [], "control": []},
    )


def _control(entry: Table, controls: Controls) -> Control:
    pack = controls.pack
    place = f"{pack.id} {entry['id']}"
    words = tuple(entry.get("words", ()))
    unless = tuple(entry.get("unless", ()))
    return Control(
        id=entry["id"],
        title=entry["title"],
        pattern=word_pattern(words) if words else "",
        quick=tuple(form for word in words for form in quick_pieces(word)),
        unless=word_pattern(unless) if unless else "",
        hs=tuple(entry.get("hs", ())),
        hs_not=tuple(entry.get("hs_not", ())),
        when=_condition(entry, place),
        condition=entry.get("when", ""),
        agencies=tuple(controls.agencies[name] for name in entry.get("agencies", ())),
        documents=tuple(controls.documents[code] for code in entry.get("documents", ())),
        exemptions=tuple(
            Exemption(_condition(e, place), e["why"], str(pack.sources[e["source"]]))
            for e in entry.get("exemptions", ())
        ),
        threshold=_threshold(entry["threshold"], pack, place) if "threshold" in entry else None,
        action=controls.actions[entry["action"]],
        question=entry["question"],
        source=str(pack.sources[entry["source"]]),
    )


def _condition(entry: Table, place: str) -> pl.Expr:
    text = entry.get("when", "")
    return compile_condition(text, CONDITION_COLUMNS, where=place) if text else _ALWAYS


def _threshold(entry: Table, pack: Pack, place: str) -> Threshold:
    return Threshold(
        most=tuple((_MAXIMA[key], Decimal(entry[key])) for key in _MAXIMA if key in entry),
        when=_condition(entry, place),
        why=entry["why"],
        source=str(pack.sources[entry["source"]]),
    )


def _faults(pack: Pack) -> list[str]:
    where, body = pack.id, pack.body
    more = ("example", "case", "agency", "document", "taken")
    faults = check_keys(where, body, ("action", "control"), more)
    faults += _head_faults(where, body, pack)
    known = {
        "action": {e.get("word") for e in body.get("action", [])},
        "agencies": {e.get("id") for e in body.get("agency", [])},
        "documents": {e.get("code") for e in body.get("document", [])},
    }
    seen: set[str] = set()
    for entry in body.get("control", []):
        place = f"{where} control {entry.get('id')}"
        if entry.get("id") in seen:
            faults.append(f"{place}: id stands twice")
        seen.add(str(entry.get("id")))
        faults += check_keys(place, entry, _CONTROL, _CONTROL_MORE)
        faults += check_source(place, entry, pack.sources)
        faults += _control_faults(place, entry, pack, known)
    for entry in body.get("case", []):
        place = f"{where} case {entry.get('agency')}"
        faults += check_keys(place, entry, ("agency", "hs"), ("text", "source", "on"))
        if entry.get("agency") not in known["agencies"] | {NONE}:
            faults.append(f"{place}: agency is not declared")
    return faults


def _head_faults(where: str, body: Table, pack: Pack) -> list[str]:
    faults: list[str] = []
    for entry in body.get("action", []):
        place = f"{where} action {entry.get('word')}"
        faults += check_keys(place, entry, ("word", "decision", "rank"))
        if entry.get("decision") not in set(Decision):
            faults.append(f"{place}: decision must be one of {', '.join(Decision)}")
    for entry in body.get("agency", []):
        faults += check_keys(f"{where} agency {entry.get('id')}", entry, ("id", "title"))
    for entry in body.get("document", []):
        place = f"{where} document {entry.get('code')}"
        faults += check_keys(place, entry, ("code", "title", "check", "source"))
        faults += check_source(place, entry, pack.sources)
        if entry.get("check") not in set(PaperCheck):
            faults.append(f"{place}: check must be one of {', '.join(PaperCheck)}")
    if "taken" in body:
        place = f"{where} [taken]"
        faults += check_keys(place, body["taken"], ("confidence_min", "source"))
        faults += check_source(place, body["taken"], pack.sources)
    return faults


def _control_faults(
    place: str, entry: Table, pack: Pack, known: dict[str, set[str | None]]
) -> list[str]:
    faults = []
    if entry.get("action") not in known["action"]:
        faults.append(f"{place}: action {entry.get('action')!r} is not declared")
    faults += [
        f"{place}: {key} names {name!r}, which is not declared"
        for key in ("agencies", "documents")
        for name in entry.get(key, ())
        if name not in known[key]
    ]
    if not entry.get("words") and not entry.get("hs"):
        faults.append(f"{place}: needs words or hs")
    faults += [
        f"{place}: word {word!r} must be lower case"
        for word in (*entry.get("words", ()), *entry.get("unless", ()))
        if word != word.lower()
    ]
    codes = (*entry.get("hs", ()), *entry.get("hs_not", ()))
    faults += [f"{place}: {code!r} is no code prefix" for code in codes if not code.isdigit()]
    inside = tuple(entry.get("hs", ()))
    faults += [
        f"{place}: hs_not {code!r} is outside of hs"
        for code in entry.get("hs_not", ())
        if not code.startswith(inside)
    ]
    faults += _condition_faults(place, entry)
    for part in entry.get("exemptions", ()):
        faults += check_keys(f"{place} exemption", part, ("when", "why", "source"))
        faults += check_source(f"{place} exemption", part, pack.sources)
        faults += _condition_faults(place, part)
    part = entry.get("threshold")
    if part is not None:
        faults += check_keys(f"{place} threshold", part, ("why", "source"), (*_MAXIMA, "when"))
        faults += check_source(f"{place} threshold", part, pack.sources)
        faults += _condition_faults(place, part)
        if not any(key in part for key in _MAXIMA):
            faults.append(f"{place} threshold: needs one of {', '.join(_MAXIMA)}")
        faults += [
            f"{place} threshold: {key} must be a number as text"
            for key in _MAXIMA
            if key in part and not _is_number(part[key])
        ]
    return faults


def _is_number(text: object) -> bool:
    try:
        return isinstance(text, str) and Decimal(text) >= 0
    except InvalidOperation:
        return False


def _condition_faults(place: str, entry: Table) -> list[str]:
    try:
        _condition(entry, place)
    except InputError as fault:
        return [str(fault)]
    return []
