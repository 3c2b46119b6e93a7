"""The course of a case: events one after another, clocks ringing between them. The whole machine.

`Course` starts from a case's opening or from where the case stands, takes events in order of time
and lets each clock ring after its last instant and before the next event. It is the only place
where a state changes.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from tidewaiter.knowledge.procedures import CLOCK, ClockRule, Procedure, Way
from tidewaiter.procedures.case import Case, Event, Opening, Refused, Running, Taken
from tidewaiter.procedures.clocks import ends_at
from tidewaiter.vocabulary.errors import ProcedureError
from tidewaiter.vocabulary.working_days import local_day

#: clocks that may ring in one step: more is a procedure that chases its own tail
RINGS_MAX = 200


class Course:
    """A case on its way; read `state, entered_at, law, data, clocks, log, refused` off at the end.

    `moves` tells, for each event taken, the way, the data, and the clocks that ran then.
    """

    def __init__(self, procedure: Procedure, opening: Opening) -> None:
        self.procedure = procedure
        self.opening = opening
        self.state = procedure.start
        self.entered_at = opening.at
        self.law = procedure.law.text
        self.data: dict[str, Any] = dict(opening.data)
        self.clocks: dict[str, Running] = {}
        self.log: list[Taken] = []
        self.refused: list[Refused] = []
        self.moves: list[tuple[Taken, Way, dict[str, Any], dict[str, Running]]] = []

    def begin(self) -> None:
        """Start the clocks of the first state."""
        self._start_clocks("", "", self.opening.at, set(self.data))

    def resume(self, case: Case) -> None:
        """Go on from where a case stands."""
        self.state, self.entered_at, self.law = case.state, case.entered_at, case.law
        self.data = dict(case.data)
        self.clocks = {clock.clock: clock for clock in case.clocks}
        self.log, self.refused = list(case.log), list(case.refused)

    def until(self, moment: dt.datetime) -> None:
        """Let every clock ring whose last instant is past, earliest first.

        Raises:
            ProcedureError: clocks ring without end.
        """
        for _ in range(RINGS_MAX):
            past = [clock for clock in self.clocks.values() if clock.ends_at < moment]
            if not past:
                return
            clock = min(past, key=lambda c: (c.ends_at, self.procedure.events[c.fires].place))
            del self.clocks[clock.clock]
            at = max(clock.ends_at, clock.started_at)
            self.take(Event(clock.fires, at, CLOCK, key=f"clock:{clock.clock}:{at.isoformat()}"))
        raise ProcedureError(
            f"more than {RINGS_MAX} clocks ring one after another.",
            where=f"{self.opening.case_id} ({self.procedure.id})",
            remedy="Mend the procedure's pack.",
            state=self.state,
        )

    def take(self, event: Event) -> str:
        """Take an event, or log it as refused and say why; empty if taken."""
        way, why = self.way_for(event)
        if way is None:
            self.refused.append(Refused(event, self.state, why))
            return why
        came_from, known = self.state, self.data
        self.data = {**known, **event.data}
        noted = way.leads_to is None
        if way.leads_to is not None:
            self.state, self.entered_at, self.law = way.leads_to, event.at, way.law.text
        taken = Taken(event, came_from, self.state, noted, way.law.text)
        self.log.append(taken)
        told = {name for name, word in event.data.items() if known.get(name) != word}
        self._start_clocks("" if noted else came_from, event.name, event.at, told)
        self.moves.append((taken, way, self.data, dict(self.clocks)))
        return ""

    def way_for(self, event: Event) -> tuple[Way | None, str]:
        """Find the way an event takes from here, or say why there is none."""
        rule = self.procedure.event(event.name)
        if event.actor not in rule.by:
            return None, f"a {event.actor} may not cause it, only {', '.join(rule.by)}"
        missing = [name for name in rule.needs if event.data.get(name) in (None, "")]
        if missing:
            return None, f"it must tell {', '.join(missing)}"
        here = [way for way in rule.ways if self.state in way.states]
        if not here:
            return None, "the state does not allow it"
        on = local_day(event.at, self.opening.zone)
        data = {**self.data, **event.data}
        why = ""
        for way in here:
            if not way.in_force(on):
                why = why or f"the law has it from {way.first_day} to {way.until_day}, not on {on}"
            elif not way.holds(data):
                why = why or f"it needs that {way.condition()}"
            elif way.not_while in self.clocks:
                ends = self.clocks[way.not_while].ends_at
                why = why or f"it must wait until {way.not_while} ends, {ends:%Y-%m-%d %H:%M} UTC"
            else:
                why = self._broken(way.leads_to or self.state, data)
                return (None, why) if why else (way, "")
        return None, why

    def _broken(self, state: str, data: dict[str, Any]) -> str:
        for invariant in self.procedure.invariants:
            if invariant.broken(state, data):
                return f"{invariant.title} ({invariant.law.text})"
        return ""

    def _start_clocks(self, came_from: str, event: str, at: dt.datetime, told: set[str]) -> None:
        """Stop the clocks that do not run here, start those that do.

        Args:
            came_from: the state just left; empty if the case stayed where it was.
            event: what happened; empty at the opening.
            at: when.
            told: fields that are new or changed.
        """
        on = local_day(at, self.opening.zone)
        moved = bool(came_from) or not event
        for rule in self.procedure.clocks:
            runs = self.state in rule.runs_in
            if rule.id in self.clocks and not runs and self._is_own(rule):
                del self.clocks[rule.id]
            if not runs or not rule.in_force(on):
                continue
            entered = moved and self.state in rule.starts_in
            fresh = came_from not in rule.runs_in or came_from == self.state
            moved_date = rule.unit == "until" and rule.field in told
            if (entered and fresh) or event in rule.starts_at or moved_date:
                self._start(rule, at)

    def _is_own(self, rule: ClockRule) -> bool:
        """Tell whether the running clock of this id is this dated rule's and not another's."""
        started = local_day(self.clocks[rule.id].started_at, self.opening.zone)
        return rule.in_force(started)

    def _start(self, rule: ClockRule, at: dt.datetime) -> None:
        last = ends_at(rule, at, self.data, self.opening)
        if last is not None:
            self.clocks[rule.id] = Running(rule.id, at, last, rule.fires)
        else:
            self.clocks.pop(rule.id, None)
