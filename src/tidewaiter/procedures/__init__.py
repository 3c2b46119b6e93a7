"""Procedures: one small state machine that carries a case through, driven by packs. Pure.

    open_case(Opening(...), knowledge)        -> Step      a case begins
    step(case, event, at, knowledge)          -> Step      something happened
    due(case, now)                            -> events    which deadlines have run out
    advance(case, now, knowledge)             -> Step      let them ring
    allowed(case, at, knowledge)              -> events    who may do what now, and from when

A `Step` is the new case, the notices to send, the clocks that run, the events other cases of the
consignment get, and what was taken or undone. Nothing here knows one procedure from another:
states, events, deadlines, words and law are `packs/procedures/` (`knowledge.procedures`).

What always holds: a case is in one state; nothing leads out of a final state; the same event twice
is one event; a clock never rings before its end, and at its last instant one is still in time; an
event the law does not allow raises `ProcedureError` with the clause and what is allowed, and is
kept in the case as refused. In a procedure of order "event_time" the state is a function of the set
of events, whatever order they came in; in one of order "arrival" the past is never reopened.

Not here: the clock of the wall (callers give `at` and `now`), storage, sending, and personal data:
an event that carries a field the pack does not declare is turned away.
"""

from __future__ import annotations

from tidewaiter.procedures.allowing import Allowed, allowed
from tidewaiter.procedures.case import (
    Case,
    Cause,
    Event,
    Notice,
    Opening,
    Refused,
    Running,
    Step,
    Taken,
)
from tidewaiter.procedures.chart import mermaid
from tidewaiter.procedures.examples import example_faults
from tidewaiter.procedures.keeping import case_from_json, case_to_json
from tidewaiter.procedures.stepping import advance, due, due_at, open_case, step

__all__ = [
    "Allowed",
    "Case",
    "Cause",
    "Event",
    "Notice",
    "Opening",
    "Refused",
    "Running",
    "Step",
    "Taken",
    "advance",
    "allowed",
    "case_from_json",
    "case_to_json",
    "due",
    "due_at",
    "example_faults",
    "mermaid",
    "open_case",
    "step",
]
