"""`tidewaiter hs`: look a tariff code up, or ask what code some goods have."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from tidewaiter.knowledge.nomenclature import Nomenclature

NEIGHBOURS_MAX = 12
SEARCH = "search"
_CODE = re.compile(r"[\d.\s]+")


def command(
    query: list[str] = typer.Argument(
        help="A code of 2, 4, 6 or more digits (dots allowed); or `search` and words; or words."
    ),
    as_json: bool = typer.Option(False, "--json", help="Print JSON for machines."),
) -> None:
    """Show a tariff code in plain words with its neighbours, or candidates for a description."""
    from tidewaiter.cli.tables import print_json
    from tidewaiter.knowledge.nomenclature import load_nomenclature

    words = query[1:] if query[0] == SEARCH and len(query) > 1 else query
    text = " ".join(words).strip()
    if _CODE.fullmatch(text) and query[0] != SEARCH:
        answer = look_up(re.sub(r"\D", "", text), load_nomenclature())
    else:
        answer = search(text)
    if as_json:
        print_json(answer)
    else:
        _print(answer)


def look_up(digits: str, nomenclature: Nomenclature) -> dict[str, Any]:
    """Give what is said of a code, and its neighbours: subheadings of its heading, or headings.

    Raises:
        InputError: fewer than two digits, or nothing listed under the chapter.
    """
    import polars as pl

    from tidewaiter.vocabulary.errors import InputError

    code = digits[:6]
    rows = nomenclature.rows
    headings = nomenclature.tables.headings
    chapter = headings.filter(pl.col("hs4").str.starts_with(code[:2]))
    if len(code) < 2 or chapter.is_empty():
        raise InputError(
            f"{digits!r} begins no chapter of {nomenclature.edition}.",
            remedy="Give 2, 4 or 6 digits, such as 61, 6109 or 6109.10.",
        )
    exact = rows.filter(pl.col("hs6") == code)
    heading = headings.filter(pl.col("hs4") == code[:4])
    near = rows.filter(pl.col("hs6").str.starts_with(code[:4]) & (pl.col("hs6") != code))
    if len(code) < 4 or heading.is_empty():
        near = chapter.rename({"hs4": "hs6"})
    return {
        "edition": nomenclature.edition,
        "code": code,
        "listed": not exact.is_empty(),
        **({"heading": heading["label"][0]} if not heading.is_empty() else {}),
        **(_described(exact.row(0, named=True)) if not exact.is_empty() else {}),
        "neighbours": near.select(pl.col("hs6").alias("code"), "label").to_dicts(),
    }


def search(text: str) -> dict[str, Any]:
    """Give the candidates for a description of goods."""
    from tidewaiter.runtime.goods.store import knowledge_in_force
    from tidewaiter.stages.classify import suggest

    knowledge = knowledge_in_force("EU")
    return {
        "edition": knowledge.nomenclature.edition,
        "text": text,
        "candidates": suggest(text, knowledge).to_dicts(),
    }


def _described(row: dict[str, str]) -> dict[str, Any]:
    lists = {name: row[name].split("|") if row[name] else [] for name in ("words", "not_for")}
    facts = dict(fact.split("=", 1) for fact in row["facts"].split("|") if "=" in fact)
    return {"label": row["label"], "difference": row["difference"], "facts": facts, **lists}


def _print(answer: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    if "candidates" in answer:
        if not answer["candidates"]:
            console.print("No word of this is known: say what it is, of what, for what.")
            return
        table = Table("code", "how sure", "goods", title=f"{answer['text']} ({answer['edition']})")
        for row in answer["candidates"]:
            table.add_row(row["hs6"], f"{row['probability']:.0%}", row["label"])
        console.print(table)
        return
    if answer["listed"]:
        console.print(f"[bold]{answer['code']}[/]  {answer['label']}  ({answer['edition']})")
        console.print(f"heading: {answer['heading']}", highlight=False)
        if answer["difference"]:
            console.print(answer["difference"], highlight=False)
        console.print(f"words: {', '.join(answer['words'])}", highlight=False)
        if answer["not_for"]:
            console.print(f"not:   {', '.join(answer['not_for'])}", highlight=False)
    elif "heading" in answer:
        console.print(f"[bold]{answer['code'][:4]}[/]  {answer['heading']}  ({answer['edition']})")
        if len(answer["code"]) == 6:
            console.print(f"{answer['code']} is no subheading of {answer['edition']}.")
    table = Table("code", "goods", title=f"near {answer['code']}")
    for row in answer["neighbours"][:NEIGHBOURS_MAX]:
        table.add_row(row["code"], row["label"])
    console.print(table)
    more = len(answer["neighbours"]) - NEIGHBOURS_MAX
    if more > 0:
        console.print(f"and {more} more (--json shows all)")
