"""A procedure as a Mermaid state diagram, made from the very ways the machine takes."""

from __future__ import annotations

from tidewaiter.knowledge.procedures import CLOCK, Procedure


def edges(procedure: Procedure) -> list[tuple[str, str, str]]:
    """Give every transition as (state, state, event); what is only noted is left out."""
    return list(
        dict.fromkeys(
            (state, way.leads_to, rule.id)
            for rule in procedure.events.values()
            for way in rule.ways
            if way.leads_to is not None
            for state in way.states
        )
    )


def mermaid(procedure: Procedure) -> str:
    """Draw the state diagram; events of one pair of states share an arrow, a clock's says so."""
    lines = ["stateDiagram-v2"]
    lines += [f"  {state.id}: {_plain(state.title)}" for state in procedure.states.values()]
    lines.append(f"  [*] --> {procedure.start}")
    arrows: dict[tuple[str, str], list[str]] = {}
    for came, to, event in edges(procedure):
        by_clock = procedure.events[event].by == (CLOCK,)
        arrows.setdefault((came, to), []).append(f"{event} (clock)" if by_clock else event)
    lines += [f"  {came} --> {to}: {', '.join(names)}" for (came, to), names in arrows.items()]
    lines += [f"  {state.id} --> [*]" for state in procedure.states.values() if state.final]
    return "\n".join(lines) + "\n"


def _plain(title: str) -> str:
    return title.replace(":", ",").replace(";", ",")
