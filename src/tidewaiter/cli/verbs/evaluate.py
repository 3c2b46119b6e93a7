"""`tidewaiter evaluate`: measure what the system has learned on data it has not seen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

APP = typer.Typer(no_args_is_help=True, help="Measure what was learned, on data not seen before.")


@APP.callback()
def root() -> None:
    """Measure what was learned, on data not seen before."""


@APP.command("classify")
def classify(
    file: Path = typer.Argument(help="Labelled texts: CSV, NDJSON or Parquet, text and hs6."),
    lane: str = typer.Option("EU", "--lane", help="Whose law says what hangs on a code."),
    on: str | None = typer.Option(None, "--on", help="Day whose law applies; default today."),
    model: str = typer.Option("", "--model", help="Another model than the one in force."),
    as_json: bool = typer.Option(False, "--json", help="Print JSON for machines."),
) -> None:
    """Measure the model of goods in force on labelled texts."""
    from tidewaiter.cli.tables import print_json
    from tidewaiter.runtime.clock import parse_day
    from tidewaiter.runtime.goods.evaluating import evaluate
    from tidewaiter.runtime.goods.reading import read_file
    from tidewaiter.runtime.goods.store import knowledge_in_force

    texts = read_file(file, labelled=True)
    found = evaluate(texts, knowledge_in_force(lane, model), on=parse_day(on))
    if as_json:
        print_json(found)
    else:
        _print(found)


def _print(found: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    table = Table(
        "level", "best", "in best 3", "in best 5", "calibration error", "covers at 90 %",
        title=f"{found['rows']:,} texts, model {found['model'][:12]}", title_justify="left",
    )  # fmt: skip
    for level in ("hs2", "hs4", "hs6"):
        told = found[level]
        low, high = told["top1"]["interval"]
        table.add_row(
            level.upper(),
            f"{told['top1']['right']:.1%} ({low:.1%}-{high:.1%})",
            f"{told['top3']['right']:.1%}",
            f"{told['top5']['right']:.1%}",
            f"{told['calibration_error']:.3f}",
            f"{told['coverage_at_90']:.1%}",
        )
    console.print(table)
    console.print(
        f"{found['learned_before']:,} of the texts were learned from; without them HS6 "
        f"{found['not_learned_before']['right']:.1%}. Always the most frequent code: "
        f"{found['majority_baseline']:.1%}; mean over codes {found['macro_hs6']:.1%}."
    )
    for band in found["by_similarity"]:
        console.print(
            f"  nearest known example {band['from']:.1f}-{band['to']:.1f}: "
            f"{band['right']:.1%} right of {band['of']:,}"
        )
    shares = ", ".join(f"{name} {share:.1%}" for name, share in found["outcomes"].items())
    console.print(f"outcomes: {shares}; {found['rows_per_second']:,} texts/s")
    console.print(f"test set {found['test_set'][:12]}; {found['rejected']:,} rows not usable")


@APP.command("vague")
def vague(
    file: Path = typer.Argument(help="Texts that are vague: CSV, NDJSON or Parquet with text."),
    good: list[Path] = typer.Option(..., "--good", help="Texts that name their goods; repeatable."),
    terms: list[Path] = typer.Option([], "--terms", help="Officially listed terms; repeatable."),
    judge: str = typer.Option("", "--judge", help="Another judge than the one in force, or rules."),
    as_json: bool = typer.Option(False, "--json", help="Print JSON for machines."),
) -> None:
    """Measure the judge of vague text in force on vague and good texts."""
    from tidewaiter.cli.tables import print_json
    from tidewaiter.runtime.goods.vague import RULES, judge_in_force, read_judge
    from tidewaiter.runtime.goods.vague_evaluating import evaluate_vague

    chosen = None if judge == RULES else read_judge(judge) if judge else judge_in_force()
    found = evaluate_vague(file, good, chosen, terms=terms)
    if as_json:
        print_json(found)
    else:
        _print_vague(found)


def _print_vague(found: dict[str, Any]) -> None:
    def said(one: dict[str, Any]) -> str:
        low, high = one["interval"]
        return f"{one['share']:.1%} ({low:.1%}-{high:.1%}) of {one['of']:,}"

    texts = found["texts"]
    typer.echo(
        f"{texts['vague']:,} vague and {texts['good']:,} good texts, judge {found['judge'][:12]}; "
        f"{texts['on_both_sides']:,} on both sides taken out of the good"
    )
    if found["auc"] is not None:
        typer.echo(f"finds {said(found['recall_at_5'])} at 5 % false alarms")
        typer.echo(f"finds {said(found['recall_at_10'])} at 10 % false alarms")
        typer.echo(f"area under the curve {found['auc']:.3f}")
    for side, told in found["outcomes"].items():
        typer.echo(f"{side}: reject {said(told['reject'])}; ask {said(told['ask'])}")
    for name, told in found["listed_terms"].items():
        typer.echo(f"{name}, each term alone: reject {said(told)}")
    for name, told in found["by_source"].items():
        typer.echo(f"{name}: not passed {said(told)}")
    for name in found["learned_before"]:
        typer.echo(f"{name} is what the judge learned from: its figures are memory, not skill")
