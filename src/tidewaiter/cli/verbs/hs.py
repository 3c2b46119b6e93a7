"""`tidewaiter hs`: look a tariff code up, or ask what code some goods have."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from tidewaiter.knowledge.nomenclature import Nomenclature

EDITION = "hs2022"
NEIGHBOURS_MAX = 12
_CODE = re.compile(r"[\d.\s]+")


def command(
    query: list[str] = typer.Argument(
        help="A code of 2, 4, 6 or more digits (dots allowed), or a description of goods."
    ),
    as_json: bool = typer.Option(False, "--json", help="Print JSON for machines."),
) -> None:
    """Show a tariff code with its words and neighbours, or candidates for a description."""
    from tidewaiter.cli.tables import print_json
    from tidewaiter.knowledge.nomenclature import load_nomenclature

    text = " ".join(query).strip()
    nomenclature = load_nomenclature(EDITION)
    if _CODE.fullmatch(text):
        answer = look_up(re.sub(r"\D", "", text), nomenclature)
    else:
        answer = suggest(text, nomenclature)
    if as_json:
        print_json(answer)
    else:
        _print(answer)


def look_up(digits: str, nomenclature: Nomenclature) -> dict[str, Any]:
    """Give label and words of a subheading, and its neighbours in the heading (or chapter).

    Raises:
        InputError: fewer than two digits, or nothing listed under the chapter.
    """
    import polars as pl

    from tidewaiter.vocabulary.errors import InputError

    code = digits[:6]
    rows = nomenclature.rows
    chapter = rows.filter(pl.col("hs6").str.starts_with(code[:2]))
    if len(code) < 2 or chapter.is_empty():
        raise InputError(
            f"{digits!r} begins no chapter of {nomenclature.edition}.",
            remedy="Give 2, 4 or 6 digits, such as 61, 6109 or 6109.10.",
        )
    exact = rows.filter(pl.col("hs6") == code)
    near = rows.filter(pl.col("hs6").str.starts_with(code[:4]) & (pl.col("hs6") != code))
    near = chapter.filter(pl.col("hs6") != code) if near.is_empty() else near
    return {
        "edition": nomenclature.edition,
        "code": code,
        "listed": not exact.is_empty(),
        **(_described(exact.row(0, named=True)) if not exact.is_empty() else {}),
        "neighbours": near.select("hs6", "label").head(NEIGHBOURS_MAX).to_dicts(),
        "neighbours_all": near.height,
    }


def suggest(text: str, nomenclature: Nomenclature) -> dict[str, Any]:
    """Give the candidates for a description of goods."""
    from tidewaiter.stages.classify import suggest as candidates

    return {
        "edition": nomenclature.edition,
        "text": text,
        "candidates": candidates(text, nomenclature).to_dicts(),
    }


def _described(row: dict[str, str]) -> dict[str, Any]:
    lists = {name: row[name].split("|") if row[name] else [] for name in ("words", "not_for")}
    return {"label": row["label"], **lists}


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
        console.print(f"words: {', '.join(answer['words'])}")
        if answer["not_for"]:
            console.print(f"not:   {', '.join(answer['not_for'])}")
    elif len(answer["code"]) == 6:
        console.print(
            f"{answer['code']} is not listed here; it may exist in {answer['edition']} all the same"
        )
    table = Table("code", "goods", title=f"near {answer['code']}")
    for row in answer["neighbours"]:
        table.add_row(row["hs6"], row["label"])
    console.print(table)
    more = answer["neighbours_all"] - len(answer["neighbours"])
    if more > 0:
        console.print(f"and {more} more")
