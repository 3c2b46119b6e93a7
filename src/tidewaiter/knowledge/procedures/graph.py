"""Whether a procedure hangs together: every state is reached and left, every clock may ring."""

from __future__ import annotations

from tidewaiter.knowledge.pack import Pack, Table
from tidewaiter.knowledge.procedures.law import CLOCK


def graph_faults(pack: Pack) -> list[str]:
    """Give a fault for each dead end, each unreached state and each clock that rings in vain."""
    body = pack.body
    finals = {entry["id"] for entry in body["state"] if entry.get("final")}
    states = [entry["id"] for entry in body["state"]]
    edges = [
        (state, way["leads_to"], event["id"])
        for event in body["event"]
        for way in event.get("way", ())
        for state in way["in"]
    ]
    faults = [
        f"{pack.id} event {event}: leads out of {state!r}, which is final"
        for state, _, event in edges
        if state in finals
    ]
    reached = _reached(pack.body["procedure"]["start"], edges)
    faults += [f"{pack.id} state {s}: nothing leads to it" for s in states if s not in reached]
    left = {state for state, leads_to, _ in edges if leads_to != state}
    faults += [
        f"{pack.id} state {state}: nothing leads out of it, and it is not final"
        for state in states
        if state not in left | finals
    ]
    if not finals:
        faults.append(f"{pack.id}: no state is final; a case must be able to end")
    faults += [
        f"{pack.id} state {state}: no way from it leads to a final state"
        for state in states
        if state in reached - finals and not _reached(state, edges) & finals
    ]
    return faults + _clock_faults(pack, finals) + _actor_faults(body)


def _reached(start: str, edges: list[tuple[str, str, str]]) -> set[str]:
    reached, fresh = {start}, {start}
    while fresh:
        fresh = {to for came, to, _ in edges if came in fresh} - reached
        reached |= fresh
    return reached


def _clock_faults(pack: Pack, finals: set[str]) -> list[str]:
    faults = []
    events = {entry["id"]: entry for entry in pack.body["event"]}
    for clock in pack.body.get("clock", ()):
        place = f"{pack.id} clock {clock['id']}"
        event = events[clock["fires"]]
        if CLOCK not in event["by"]:
            faults.append(f"{place}: event {event['id']!r} does not allow the clock in `by`")
        if event.get("needs"):
            faults.append(f"{place}: event {event['id']!r} needs data, which no clock can give")
        runs_in = set(clock.get("runs_in", clock.get("starts_in", ())))
        open_ways = {
            state
            for way in event.get("way", ())
            if not any(way.get(key) for key in ("when", "given", "not_while"))
            for state in way["in"]
        }
        vain = runs_in - open_ways - set(event.get("noted_in", ()))
        faults += [
            f"{place}: in state {state!r} its event {event['id']!r} may not be allowed"
            for state in sorted(vain)
        ]
        faults += [f"{place}: runs in {s!r}, which is final" for s in sorted(runs_in & finals)]
    return faults


def _actor_faults(body: Table) -> list[str]:
    fired = {clock["fires"] for clock in body.get("clock", ())}
    return [
        f"event {event['id']}: by clock alone, but no clock fires it"
        for event in body["event"]
        if event["by"] == [CLOCK] and event["id"] not in fired
    ]
