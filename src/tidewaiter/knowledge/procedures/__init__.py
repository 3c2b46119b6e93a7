"""Procedures: which event leads a case from which state to which, by whose act, under which law.

Read from `packs/procedures/<name>.toml`, one file a procedure; nothing else knows how such a file
looks. The engine that moves cases is `tidewaiter.procedures`. Not here: who a person is, where
cases are kept, how a notice reaches anybody.

Pack body::

    [procedure]              title, order, start, opened_by, from, source; opening_needs?
    [[state]]                id, title; final?
    [[field]]                id, title, kind (text, word, time, number or flag); words?
    [[event]]                id, title, by, source; clause?, needs?, takes?, noted_in?, from?, to?
      [[event.way]]          in, leads_to; when?, given?, not_while?, source?, clause?, from?, to?,
                             causes? = [{ procedure, event, data? }]
    [[clock]]                id, title, fires, source and one length: hours, calendar_days,
                             working_days (+ calendar) or until (a field of kind time);
                             starts_in or starts_at + runs_in; on_working_day?, from?, to?
    [[notice]]               id, words, to or to_field, on or entering; due?, when?
    [[invariant]]            id, title, in, source; given?, is?
    [[example]]              see `tidewaiter.procedures.examples`

- `order`: "arrival" (acts of an office: they are recorded as they are done, the past is never
  reopened) or "event_time" (facts told by many parties: the state is what the facts say in the
  order in which they happened, however they came in).
- A way is taken if the case is in one of the states of `in`, `when` holds (each field equals one of
  its words), the fields of `given` are there, and the clock of `not_while` does not run. The first
  such way of the event is taken. In `noted_in` an event is kept and its data taken, no more.
- `from` is the first day in force, `to` the first day not in force; [procedure] gives the usual
  `from`.
- `by` names actors (`ACTORS`); an event by `clock` happens by itself when a clock ends.
- A notice goes to the actors of `to`, or to the one that the field `to_field` names.
- `words` of a notice: `en = "..."` and any other language, with `{field}` and `PLACEHOLDERS`.
- A `calendar` is a country (`US`), or `case`: the country the case was opened for.

All faults of all packs are reported at once, also states nobody reaches or leaves, clocks whose
event is not allowed when it ends, and events caused in another procedure that it does not know.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from tidewaiter.knowledge.pack import PACKS_DIR, Pack, pack_paths, read_pack
from tidewaiter.knowledge.procedures.building import build
from tidewaiter.knowledge.procedures.faults import cross_faults, procedure_faults
from tidewaiter.knowledge.procedures.law import (
    ACTORS,
    ARRIVAL,
    CASE_CALENDAR,
    CLOCK,
    EVENT_TIME,
    PLACEHOLDERS,
    SYSTEM,
    CausedEvent,
    ClockRule,
    EventRule,
    FieldRule,
    Invariant,
    Law,
    NoticeRule,
    Procedure,
    Procedures,
    State,
    Way,
)
from tidewaiter.vocabulary.errors import PackError

__all__ = [
    "ACTORS",
    "ARRIVAL",
    "CASE_CALENDAR",
    "CLOCK",
    "EVENT_TIME",
    "PLACEHOLDERS",
    "SYSTEM",
    "CausedEvent",
    "ClockRule",
    "EventRule",
    "FieldRule",
    "Invariant",
    "Law",
    "NoticeRule",
    "Procedure",
    "Procedures",
    "State",
    "Way",
    "load_procedures",
]


@lru_cache(maxsize=4)
def load_procedures(packs_dir: Path = PACKS_DIR) -> Procedures:
    """Read every procedure pack.

    Raises:
        PackError: all faults of all procedure packs at once.
    """
    packs: dict[str, Pack] = {}
    faults: list[str] = []
    for path in pack_paths("procedures", packs_dir):
        try:
            packs[path.stem] = read_pack("procedures", path.stem, packs_dir)
        except PackError as fault:
            faults += fault.faults
    for pack in packs.values():
        faults += procedure_faults(pack)
    if not faults:
        faults = cross_faults(packs)
    if faults:
        raise PackError(faults)
    return Procedures(
        {name: build(pack) for name, pack in packs.items()},
        {pack.id: pack.digest for pack in packs.values()},
    )
