"""Make the reference pages from the code: columns, findings, packs, formats, commands, and more.

`python -m update.docs` writes them; the tests compare them with what stands in `docs/reference`.
"""

from __future__ import annotations

import ast
import csv
import datetime as dt
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tidewaiter.knowledge.procedures import Procedure

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = ROOT / "docs" / "reference"
NOTICE = "<!-- Made by update/docs.py from the code. Do not edit; run ./dev docs. -->\n\n"


def pages() -> dict[str, str]:
    """Give all generated pages by file name."""
    return {
        "columns.md": columns(),
        "findings.md": findings(),
        "packs.md": packs(),
        "regimes.md": regimes(),
        "procedures.md": procedures(),
        "formats.md": formats(),
        "commands.md": commands(),
        "requirements.md": requirements(),
    }


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """Write a Markdown table."""
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    lines += [f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in rows]
    return "\n".join(lines) + "\n"


def columns() -> str:
    """Write the page of columns."""
    from tidewaiter.vocabulary.columns import FRAMES

    text = f"{NOTICE}# Columns\n\nEvery frame of a batch and every column, "
    text += "as `vocabulary/columns.py` declares them.\n"
    text += "A column that ends in `_text` is what the sender wrote; without it, its reading.\n"
    for frame in FRAMES.values():
        text += f"\n## {frame.name}\n\nOne row is {frame.row}."
        text += f" Key: {', '.join(frame.key)}.\n\n" if frame.key else "\n\n"
        rows = [(f"`{c.name}`", f"{c.dtype}", c.owner, c.meaning, c.element) for c in frame.columns]
        text += table(("column", "dtype", "given by", "meaning", "element of a standard"), rows)
    return text


def findings() -> str:
    """Write the page of findings."""
    from tidewaiter.knowledge.findings import load_findings

    text = f"{NOTICE}# Findings\n\nWhat can be found wrong or remarkable, "
    text += "how much it weighs, and what to do.\n"
    by_stage: dict[str, list[str]] = {}
    for code in load_findings().texts:
        by_stage.setdefault(code.split(".")[0], []).append(code)
    for stage, codes in sorted(by_stage.items()):
        text += f"\n## {stage}\n"
        for code in codes:
            entry = load_findings().texts[code]
            weights = "; ".join(
                f"{word}" if since == dt.date.min else f"{word} from {since}"
                for since, word in entry.severities
            )
            text += f"\n### {code}\n\n{entry.title}.\n\n"
            text += f"- weight: {weights}\n- about: `{entry.element}`\n"
            text += f"- dimension: {entry.dimension}\n" if entry.dimension else ""
            text += f"- what to do: {entry.remedy}\n- source: {entry.source}\n"
    return text


def packs() -> str:
    """Write the page of packs."""
    from tidewaiter.knowledge.pack import CONFIDENCES, PACKS_DIR, read_pack

    text = f"{NOTICE}# Packs\n\nLaw, codes, words and rules are data. "
    text += "Each file below is one body of knowledge.\n\n"
    text += table(("confidence", "means"), list(CONFIDENCES.items()))
    for path in sorted(PACKS_DIR.glob("*/*.toml")):
        pack = read_pack(path.parent.name, path.stem)
        text += (
            f"\n## {pack.id}\n\n{pack.title}. Retrieved on {pack.retrieved_on}; {pack.licence}.\n\n"
        )
        rows = [(s.id, str(s), str(s.date or ""), s.confidence) for s in pack.sources.values()]
        text += table(("source", "title", "date", "confidence"), rows)
    return text


def regimes() -> str:
    """Write the page of regimes: each country on the day its pack was read, and what lies ahead."""
    from tidewaiter.knowledge.pack import pack_paths
    from tidewaiter.knowledge.regimes import load_regime
    from tidewaiter.runtime.regimes import CONFIDENCE_WORDS, describe

    text = (
        f"{NOTICE}# Regimes\n\nWho owes what on a parcel, country by country, on the day the pack "
    )
    text += "was read. For another day: `tidewaiter regimes CC --on DATE`. These are facts in our "
    text += "own words, not advice; what is from memory is marked and is good for estimates only.\n"
    for path in pack_paths("regimes"):
        regime = load_regime(path.stem)
        told = describe(path.stem, regime.pack.retrieved_on)
        text += f"\n## {path.stem.upper()}: {told['regime']}\n\n"
        text += "A scenario, not the law of the place. " if told["scenario"] else ""
        text += f"On {told['on']}, in {told['currency']}; "
        text += f"customs value: {told['customs_value']}.\n"
        for limit in told["limits"]:
            text += f"\n- Limit: {limit['title']}: {limit['amount']} by {limit['measured_on']}."
        text += "\n\n" if told["limits"] else "\n"
        rows = [
            (m["kind"], m["title"], m["rate"], m["legal"], CONFIDENCE_WORDS[m["confidence"]])
            for m in told["measures"]
        ]
        text += table(("kind", "what", "rate", "law", "how sure"), rows)
        ways = [(c["scheme"], c["debtor"], c["moment"], c["remit"]) for c in told["collection"]]
        if ways:
            text += "\n" + table(("way", "who owes", "when", "handed over"), ways)
        for change in told["changes_ahead"]:
            text += f"\n- Ahead: {change['sentence']} ({change['legal']})"
        text += "\n" if told["changes_ahead"] else ""
    return text


def procedures() -> str:
    """Write the page of procedures: the flow as it is executed, and what each step rests on."""
    from tidewaiter.knowledge.procedures import ACTORS, load_procedures

    text = f"{NOTICE}# Procedures\n\nHow a case goes on: drawn from the packs that are executed. "
    text += "An event that is not in the table for a state is refused, with the clause. "
    text += "Events by `clock` happen by themselves.\n\n"
    text += table(("actor", "who"), [(f"`{actor}`", who) for actor, who in ACTORS.items()])
    for _, procedure in sorted(load_procedures().by_name.items()):
        text += _procedure(procedure)
    return text


def _procedure(procedure: Procedure) -> str:
    from tidewaiter.procedures import mermaid

    text = f"\n## {procedure.id}\n\n{procedure.title}. "
    text += f"Opened by {', '.join(procedure.opened_by)}"
    needs = ", ".join(f"`{name}`" for name in procedure.opening_needs)
    text += f", telling {needs}. " if needs else ". "
    orders = {
        "arrival": "acts count as they are recorded; the past is never reopened",
        "event_time": "facts count in the order in which they happened, however they come in",
    }
    text += f"Order: {orders[procedure.order]}. Basis: {procedure.law.text}.\n\n"
    text += f"```mermaid\n{mermaid(procedure)}```\n\n"
    states = [
        (f"`{state.id}`", state.title, "yes" if state.final else "")
        for state in procedure.states.values()
    ]
    text += table(("state", "meaning", "final"), states) + "\n"
    ways = [
        (
            f"`{rule.id}`",
            rule.title,
            ", ".join(rule.by),
            ", ".join(f"`{name}`" for name in rule.needs),
            ", ".join(way.states),
            way.leads_to or "(noted)",
            way.condition(),
            f"{way.law.text} ({way.law.confidence})",
        )
        for rule in procedure.events.values()
        for way in rule.ways
    ]
    text += table(("event", "what", "by", "tells", "in", "leads to", "if", "law"), ways)
    clocks = [
        (
            f"`{clock.id}`",
            clock.title,
            clock.length(),
            ", ".join((*clock.starts_in, *clock.starts_at)),
            f"`{clock.fires}`",
            f"{clock.law.text} ({clock.law.confidence})",
        )
        for clock in procedure.clocks
    ]
    if clocks:
        text += "\n" + table(("clock", "what", "length", "starts", "then", "law"), clocks)
    notices = [
        (
            f"`{notice.id}`",
            ", ".join(notice.to) or f"as `{notice.to_field}` says",
            ", ".join((*notice.on, *notice.entering)),
            notice.words["en"],
            ", ".join(sorted(notice.words)),
        )
        for notice in procedure.notices
    ]
    if notices:
        text += "\n" + table(("notice", "to", "when", "words", "languages"), notices)
    for rule in procedure.invariants:
        text += f"\n- Always: {rule.title} ({rule.law.text})."
    return text + ("\n" if procedure.invariants else "")


def formats() -> str:
    """Write the page of formats."""
    from tidewaiter import formats as registry

    text = f"{NOTICE}# Formats\n\nMessages that can be read and written.\n\n"
    rows = []
    for name in registry.names():
        form = registry.get(name)
        spec = form.spec
        does = "reads and writes" if form.encode else "reads"
        rows.append((f"`{name}`", spec.title, spec.view or "as said", does, spec.source))
    return text + table(("name", "what", "view", "does", "read from"), rows)


def commands() -> str:
    """Write the page of commands."""
    from tidewaiter.cli.main import verb_names

    text = f"{NOTICE}# Commands\n\n`tidewaiter VERB`, or `./dev VERB` in a clone.\n"
    for verb in verb_names():
        done = subprocess.run(
            [sys.executable, "-m", "tidewaiter.cli.main", verb, "--help"],
            capture_output=True,
            text=True,
            check=True,
            env={
                "COLUMNS": "100",
                "TERM": "dumb",
                "NO_COLOR": "1",
                "PYTHONPATH": str(ROOT / "src"),
            },
        )
        body = "\n".join(line.rstrip() for line in done.stdout.strip().splitlines())
        text += f"\n## {verb}\n\n```text\n{body}\n```\n"
    return text


@dataclass
class Evidence:
    """Tests that are evidence for one requirement."""

    tests: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


def evidence() -> dict[str, Evidence]:
    """Read the requirement marks of all tests."""
    found: dict[str, Evidence] = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                marks = _marks(node)
                for requirement in marks.get("requirement", []):
                    entry = found.setdefault(requirement, Evidence())
                    entry.tests.append(f"{path.relative_to(ROOT / 'tests')}::{node.name}")
                    entry.missing += [
                        text
                        for text in _missing(marks.get("partly", []), requirement)
                        if text not in entry.missing
                    ]
    return found


def _missing(reasons: list[str], requirement: str) -> list[str]:
    """Give what is missing for one requirement: a reason may name several, "A1: ...; A8: ...".

    A test that is whole evidence for this one of its requirements gives nothing.
    """
    texts = []
    for reason in reasons:
        named = re.findall(r"(?:^|; )([A-Z]\d+): (.+?)(?=; [A-Z]\d+: |$)", reason)
        if named:
            own = [text for name, text in named if name == requirement]
            texts += own or [text for _, text in named]
        else:
            texts.append(reason)
    return texts


def _marks(node: ast.FunctionDef | ast.ClassDef) -> dict[str, list[str]]:
    marks: dict[str, list[str]] = {}
    for decorator in node.decorator_list:
        if isinstance(decorator, ast.Call) and ast.unparse(decorator.func).startswith(
            "pytest.mark."
        ):
            name = ast.unparse(decorator.func).removeprefix("pytest.mark.")
            values = [a.value for a in decorator.args if isinstance(a, ast.Constant)]
            marks.setdefault(name, []).extend(str(value) for value in values)
    return marks


def requirements() -> str:
    """Write the page of requirements: what works, on which evidence."""
    found = evidence()
    with (ROOT / "update" / "requirements.csv").open(encoding="utf-8") as file:
        known = list(csv.DictReader(file))
    strange = set(found) - {row["id"] for row in known}
    if strange:
        sys.exit(f"tests name requirements that do not exist: {sorted(strange)}")
    rows = []
    counts = {"works": 0, "partly": 0, "not yet": 0}
    for row in known:
        entry = found.get(row["id"])
        state = "not yet" if entry is None else "partly" if entry.missing else "works"
        counts[state] += 1
        tests = "<br>".join(f"`{name}`" for name in entry.tests) if entry else ""
        missing = "; ".join(entry.missing) if entry else ""
        rows.append((row["id"], row["capability"], state, missing, tests))
    text = f"{NOTICE}# Requirements\n\nEach capability, whether it works, "
    text += "and the tests that are evidence. "
    text += "`partly` says what is missing.\n\n"
    text += ", ".join(f"{state}: {number}" for state, number in counts.items()) + "\n\n"
    return text + table(("id", "capability", "state", "missing", "tests"), rows)


def main() -> None:
    """Write all pages."""
    REFERENCE.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (REFERENCE / name).write_text(text, encoding="utf-8")
        print(f"docs/reference/{name}")


if __name__ == "__main__":
    main()
