"""Controls: which goods need a look, a permit or an alert in one jurisdiction, by what law.

Read from `packs/controls/<cc>.toml`. A control names goods by words (whole words, plural and
spelling variants written out by the pack's little language) and by tariff code prefixes of the
declared code, may have a condition, and has phrases in which its words mean something else: these
set it aside, and the officer is told so.

Pack body::

    [[action]]   word, decision (release|ask|hold|examine|refuse), rank
    [[control]]  id, title, words, hs?, when?, unless?, action, question, from, to?, source

A word is lower case; a blank in it also stands for a hyphen or nothing ("power bank" meets
"powerbank" and "power-bank"); the usual English plural is met by itself.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from tidewaiter.knowledge.expressions import compile_condition
from tidewaiter.knowledge.pack import PACKS_DIR, Pack, Table, check_keys, check_source, read_pack
from tidewaiter.vocabulary.errors import InputError, PackError
from tidewaiter.vocabulary.terms import Decision

CONDITION_COLUMNS = (
    "customs_value", "declared_value", "declared_currency", "nature", "transport_mode",
    "country_origin", "country_departure", "country_destination", "hs6", "hs_code", "quantity",
    "net_mass_g", "title", "description", "category_path", "brand",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Action:
    """What a control asks for, in the pack's words, and the decision it leads to."""

    word: str
    decision: Decision
    rank: int


@dataclass(frozen=True, slots=True)
class Control:
    """One control in force.

    Args:
        id: its id.
        title: what it is about.
        pattern: regular expression that finds its words as whole words in lower-case text.
        quick: pieces of text one of which must stand in a text for the pattern to meet it.
        unless: regular expression of phrases in which the words mean something else, or "".
        hs: prefixes of the declared code.
        when: compiled condition; `condition` is its text.
        condition: the condition as written, or "".
        action: what it asks for.
        question: what the officer is to find out.
        source: legal basis.
    """

    id: str
    title: str
    pattern: str
    quick: tuple[str, ...]
    unless: str
    hs: tuple[str, ...]
    when: pl.Expr
    condition: str
    action: Action
    question: str
    source: str


@dataclass(frozen=True, slots=True)
class Controls:
    """All controls of a jurisdiction, dated; `on_day` gives those in force."""

    actions: dict[str, Action]
    pack: Pack
    digests: dict[str, str]
    _days: dict[dt.date, tuple[Control, ...]] = field(default_factory=dict, repr=False)

    def on_day(self, on: dt.date) -> tuple[Control, ...]:
        """Give the controls in force on a day, strictest action first."""
        if on not in self._days:
            self._days[on] = self._compile(on)
        return self._days[on]

    def _compile(self, on: dt.date) -> tuple[Control, ...]:
        entries = [
            e for e in self.pack.body["control"] if e["from"] <= on < e.get("to", dt.date.max)
        ]
        made = [_control(entry, self.pack, self.actions) for entry in entries]
        return tuple(sorted(made, key=lambda control: (-control.action.rank, control.id)))


def load_controls(name: str, packs_dir: Path = PACKS_DIR) -> Controls:
    """Read one controls pack.

    Raises:
        InputError: no such pack.
        PackError: all faults of the pack at once.
    """
    pack = read_pack("controls", name, packs_dir)
    faults = _faults(pack)
    if faults:
        raise PackError(faults)
    actions = {
        e["word"]: Action(e["word"], Decision(e["decision"]), e["rank"])
        for e in pack.body["action"]
    }
    return Controls(actions, pack, {pack.id: pack.digest})


def word_pattern(words: tuple[str, ...]) -> str:
    """Give a regular expression that meets any of the words as a whole word, plural included.

    >>> bool(re.search(word_pattern(("power bank", "knife")), "two powerbanks"))
    True
    >>> bool(re.search(word_pattern(("blade",)), "beyblade"))
    False
    """
    return rf"(?:^|\W)({'|'.join(map(_forms, words))})(?:$|\W)"


def _forms(word: str) -> str:
    escaped = r"[ -]?".join(re.escape(part) for part in re.split(r"[ -]", word))
    if word.endswith("fe"):
        return f"{escaped[:-2]}(?:fes?|ves)"
    if word.endswith(("ch", "sh", "s", "x")):
        return f"{escaped}(?:es)?"
    if re.search(r"[^aeiou]y$", word):
        return f"{escaped[:-1]}(?:y|ies)"
    return f"{escaped}s?"


def _quick(word: str) -> tuple[str, ...]:
    """Give the pieces one of which stands in every text that `word_pattern` meets."""
    parts = re.split(r"[ -]", word)
    whole = [parts[0]]
    for part in parts[1:]:
        whole = [form + joint + part for form in whole for joint in (" ", "-", "")]
    if word.endswith("fe"):
        whole += [form[:-2] + "ve" for form in whole]
    if re.search(r"[^aeiou]y$", word):
        whole = [form[:-1] for form in whole]
    return tuple(whole)


def _control(entry: Table, pack: Pack, actions: dict[str, Action]) -> Control:
    words = tuple(entry.get("words", ()))
    unless = tuple(entry.get("unless", ()))
    condition = entry.get("when", "")
    return Control(
        id=entry["id"],
        title=entry["title"],
        pattern=word_pattern(words) if words else "",
        quick=tuple(form for word in words for form in _quick(word)),
        unless=word_pattern(unless) if unless else "",
        hs=tuple(entry.get("hs", ())),
        when=compile_condition(condition, CONDITION_COLUMNS, where=f"{pack.id} {entry['id']}")
        if condition
        else pl.lit(value=True),
        condition=condition,
        action=actions[entry["action"]],
        question=entry["question"],
        source=str(pack.sources[entry["source"]]),
    )


def _faults(pack: Pack) -> list[str]:
    where, body = pack.id, pack.body
    faults = check_keys(where, body, ("action", "control"), ("example",))
    actions = set()
    for entry in body.get("action", []):
        place = f"{where} action {entry.get('word')}"
        faults += check_keys(place, entry, ("word", "decision", "rank"))
        if entry.get("decision") not in set(Decision):
            faults.append(f"{place}: decision must be one of {', '.join(Decision)}")
        actions.add(entry.get("word"))
    seen: set[str] = set()
    for entry in body.get("control", []):
        place = f"{where} control {entry.get('id')}"
        needed = ("id", "title", "action", "question", "from", "source")
        faults += check_keys(place, entry, needed, ("to", "words", "hs", "when", "unless"))
        faults += check_source(place, entry, pack.sources)
        if entry.get("action") not in actions:
            faults.append(f"{place}: action {entry.get('action')!r} is not declared")
        if entry.get("id") in seen:
            faults.append(f"{place}: id stands twice")
        seen.add(str(entry.get("id")))
        if not entry.get("words") and not entry.get("hs"):
            faults.append(f"{place}: needs words or hs")
        faults += [
            f"{place}: word {word!r} must be lower case"
            for word in (*entry.get("words", ()), *entry.get("unless", ()))
            if word != word.lower()
        ]
        try:
            if entry.get("when"):
                compile_condition(entry["when"], CONDITION_COLUMNS, where=place)
        except InputError as fault:
            faults.append(str(fault))
    return faults
