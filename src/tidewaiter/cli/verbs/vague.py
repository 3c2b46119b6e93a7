"""`tidewaiter vague`: whether descriptions name their goods; teach the judge, choose it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import typer

APP = typer.Typer(
    invoke_without_command=True,
    help="Say whether texts name their goods: reject, ask or pass (NDJSON in, NDJSON out).",
)


@APP.callback()
def command(
    context: typer.Context,
    file: Path | None = typer.Option(None, "--file", help="NDJSON, CSV or Parquet; else the pipe."),
    lane: str = typer.Option("EU", "--lane", help="Whose programmes refuse vague text."),
    on: str | None = typer.Option(None, "--on", help="Day whose programmes apply; default today."),
) -> None:
    """Judge texts, one JSON object a line; use a subcommand to teach."""
    if context.invoked_subcommand:
        return
    from tidewaiter.runtime.clock import parse_day
    from tidewaiter.runtime.goods.reading import read_file, read_lines
    from tidewaiter.runtime.goods.vague import answer_vague, judge_in_force

    if file is None and sys.stdin.isatty():
        typer.echo(context.get_help())
        return
    texts = read_file(file, labelled=False) if file else read_lines(sys.stdin.buffer.read())
    told = answer_vague(texts.rows, judge_in_force(), lane=lane, on=parse_day(on))
    failed = [
        {"id": None, "line": line, "outcome": "rejected", "reason": reason}
        for line, reason in texts.rejected.rows()
    ]
    both = [
        *zip(texts.rows["line"].to_list(), told, strict=True),
        *((line, one) for line, one in zip(texts.rejected["line"], failed, strict=True)),
    ]
    for _, one in sorted(both, key=lambda pair: pair[0]):
        sys.stdout.write(json.dumps(one, ensure_ascii=False) + "\n")


@APP.command("train")
def train(
    vague: Path = typer.Argument(help="Texts that are vague: CSV, NDJSON or Parquet with text."),
    good: list[Path] = typer.Option(..., "--good", help="Texts that name their goods; repeatable."),
    on: str | None = typer.Option(None, "--on", help="Day of training, for the card."),
    keep: bool = typer.Option(False, "--keep", help="Do not put the judge in force."),
    as_json: bool = typer.Option(False, "--json", help="Print the card as JSON."),
) -> None:
    """Train a judge of vague text and put it in force."""
    from tidewaiter.cli.tables import print_json
    from tidewaiter.runtime.clock import parse_day
    from tidewaiter.runtime.goods.vague import train_vague

    done = train_vague(vague, good, on=parse_day(on), use=not keep)
    if done.on_both_sides:
        typer.echo(
            f"{done.on_both_sides:,} texts are on both sides: taken out of the good", err=True
        )
    if as_json:
        print_json(done.card)
        return
    card = done.card
    typer.echo(
        f"judge {card['id'][:12]} learned from {card['texts']['vague']:,} vague and "
        f"{card['texts']['good']:,} good texts"
    )
    for share in (5, 10):
        found = card["out_of_fold"][f"recall_at_{share}"]
        low, high = found["interval"]
        typer.echo(
            f"  finds {found['share']:.1%} ({low:.1%}-{high:.1%}) at {share} % false alarms, "
            "on texts it had not seen"
        )
    typer.echo(f"{done.path}{'' if keep else ' (in force)'}")


@APP.command("models")
def models(as_json: bool = typer.Option(False, "--json", help="Print JSON for machines.")) -> None:
    """List the judges kept, and which is in force."""
    from tidewaiter.cli.tables import print_json
    from tidewaiter.runtime.goods.vague import RULES, judges

    cards = judges()
    if as_json:
        print_json(cards)
        return
    for card in cards:
        mark = " (in force)" if card["in_force"] else ""
        typer.echo(
            f"{card['id'][:12]}  {card['trained_on']}  {', '.join(card['learned_from'])}{mark}"
        )
    typer.echo(f"{RULES}{'' if any(card['in_force'] for card in cards) else ' (in force)'}")


@APP.command("use")
def use(judge: str = typer.Argument(help="Beginning of a judge's id, or rules for none.")) -> None:
    """Put another judge in force."""
    from tidewaiter.runtime.goods.vague import use_judge

    use_judge(judge)
    typer.echo(f"{judge} is in force")
