"""How a refusal is said: what, in which state, why, by which law, and what is allowed instead."""

from __future__ import annotations

from tidewaiter.knowledge.procedures import Procedure
from tidewaiter.procedures.allowing import Allowed, allowed_by
from tidewaiter.procedures.case import Case, Event
from tidewaiter.vocabulary.errors import ProcedureError


def refusal(
    case: Case, event: Event, why: str, procedure: Procedure, *, state: str | None = None
) -> ProcedureError:
    """Build the error for an event that is not allowed.

    Args:
        case: the case to keep, with the refusal in it where refusals are logged.
        event: what was refused.
        why: the reason, as half a sentence.
        procedure: its rules.
        state: the state the event met, if it is not the one the case is in.
    """
    met = procedure.states[state or case.state]
    options = allowed_by(case, event.at, procedure)
    clause = case.law if met.id == case.state else procedure.law.text
    return ProcedureError(
        f"{event.name!r} ({procedure.event(event.name).title}) is not allowed in state "
        f"{met.id!r} ({met.title}): {why}.",
        where=f"{case.case_id} ({procedure.id})",
        remedy=_remedy(options) if options else "Nothing more can happen: the case is closed.",
        clause=clause,
        state=case.state,
        allowed=[option.event for option in options],
        case=case,
    )


def _remedy(options: tuple[Allowed, ...]) -> str:
    return "Allowed: " + "; ".join(_option(option) for option in options) + "."


def _option(option: Allowed) -> str:
    text = f"{option.event} (by {', '.join(option.by)}"
    text += f", telling {', '.join(option.needs)}" if option.needs else ""
    text += f", if {option.condition}" if option.condition else ""
    text += f", after {option.since:%Y-%m-%d %H:%M} UTC" if option.since else ", now"
    return text + ")"
