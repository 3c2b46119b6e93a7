"""A quote as a person reads it: what, how much, who pays, what else, what is not known."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table

CHANGES_SHOWN_MAX = 8


def print_quote(answer: dict[str, Any]) -> None:
    """Print one quote."""
    console = Console()
    money = answer["currency"]
    console.print(f"[bold]{answer['regime']}[/], law of {answer['on']}, quote {answer['id']}")
    lines = Table("what", "on", "rate", f"{money}", "law", "sure")
    for line in answer["lines"]:
        lines.add_row(
            line["sentence"].split(":")[0], line["basis"], line["rate"], _range(line, "amount"),
            line["legal"], line["confidence"],
        )  # fmt: skip
    console.print(lines)
    console.print(
        f"duty {answer['duty']}, tax {answer['tax']}, fees {answer['fees']}: "
        f"[bold]{_range(answer, 'total')} {money}[/] ({answer['state']})"
    )
    if answer["pays"]:
        pays = answer["pays"]
        console.print(f"Who pays: {pays['debtor']} ({pays['title']}); {pays['moment']}.")
        if pays["remit"]:
            console.print(f"Handed over: {pays['remit']}.")
    _print_rest(console, answer)


def _print_rest(console: Console, answer: dict[str, Any]) -> None:
    money = answer["currency"]
    if answer["alternatives"]:
        others = Table("other ways", "mode", f"total {money}", "who pays")
        for other in answer["alternatives"]:
            debtor = other["pays"]["debtor"] if other["pays"] else ""
            others.add_row(other["scheme"] or "", other["mode"], _range(other, "total"), debtor)
        console.print(others)
    for offer in answer["preferences"]:
        saved = f", {offer['saving']} {money} less" if offer["saving"] else ""
        console.print(
            f"Line {offer['item_no']} could claim {offer['programme']} ({offer['title']}): "
            f"{offer['rate'] or 'rate by line'}, total {_range(offer, 'total')} {money}{saved}; "
            f"needs {', '.join(offer['needs'])}."
        )
    codes = answer["codes"]
    if codes["candidates"] and codes["total_low"] != codes["total_high"]:
        console.print(f"By code: from {codes['total_low']} to {codes['total_high']} {money}.")
    for change in answer["changes_ahead"][:CHANGES_SHOWN_MAX]:
        then = f" Then {_range(change['then'], 'total')} {money}." if "then" in change else ""
        console.print(f"Ahead: {change['sentence']}{then}")
    for open_part in answer["undetermined"]:
        console.print(f"[yellow]Not known[/]: {open_part['reason']}")
        for question in open_part["questions"]:
            console.print(f"  {question}")
    for note in answer["notes"]:
        console.print(f"Note: {note}")


def print_comparison(told: dict[str, Any]) -> None:
    """Print whether a quote holds, and if not, why."""
    console = Console()
    money = told["currency"]
    if told["same"]:
        console.print(f"The quote holds: {told['due']['total']} {money}.")
        return
    console.print(
        f"Quoted {told['quoted']['total']}, due {told['due']['total']} {money}: "
        f"{told['difference']} apart, {told['of_it_law']} by law, {told['of_it_facts']} by facts."
    )
    for reason in told["reasons"]:
        console.print(f"- {reason}")


def _range(said: dict[str, Any], key: str) -> str:
    low, high = said[key], said[f"{key}_high"]
    if high is None:
        return f"at least {low}"
    return str(low) if low == high else f"{low} to {high}"
