"""`tidewaiter simulate`: a seeded border writes its messages, and the truth about them."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from tidewaiter.engines.local import Progress

SHOWN_AFTER_SECONDS = 1.0


def command(
    seed: int = typer.Option(..., "--seed", min=0, help="The same seed gives the same bytes."),
    parcels: int = typer.Option(..., "--parcels", min=1, help="How many parcels (orders)."),
    format_names: list[str] = typer.Option(
        ["orders"], "--format", help="ndjson, orders, itmatt or h7; may be given several times."
    ),
    out: Path | None = typer.Option(
        None, "--out", help="Folder for the files and the truth; without it, standard output."
    ),
    lane: str = typer.Option("AE", "--lane", help="Destination: AE, EU, GB, US."),
    views: str = typer.Option(
        "", "--views", help="Sides that speak, commas between: order,transport,postal,declaration."
    ),
    start: str | None = typer.Option(None, "--start", help="First day of orders (ISO date)."),
    days: int = typer.Option(28, "--days", min=1, help="How many days people order."),
    split_rate: float | None = typer.Option(
        None, "--split-rate", min=0, max=1, help="Share of person-days that are planted splits."
    ),
    rewrite_rate: float | None = typer.Option(
        None,
        "--rewrite-rate",
        min=0,
        max=1,
        help="Share of a split's later orders written otherwise.",
    ),
    undervalue_rate: float | None = typer.Option(
        None, "--undervalue-rate", min=0, max=1, help="Share of parcels declared below their price."
    ),
    vague_rate: float | None = typer.Option(
        None, "--vague-rate", min=0, max=1, help="Share of items described vaguely."
    ),
    restricted_rate: float | None = typer.Option(
        None, "--restricted-rate", min=0, max=1, help="Share of items some control is about."
    ),
    typo_rate: float | None = typer.Option(
        None, "--typo-rate", min=0, max=1, help="Share of messages with a mistyped identifier."
    ),
    missing_rate: float | None = typer.Option(
        None, "--missing-rate", min=0, max=1, help="Share of messages never sent (several views)."
    ),
    late_rate: float | None = typer.Option(
        None, "--late-rate", min=0, max=1, help="Share of messages sent too late."
    ),
    as_json: bool = typer.Option(False, "--json", help="With --out: say what was written as JSON."),
    quiet: bool = typer.Option(False, "--quiet", help="Show no progress."),
) -> None:
    """Simulate parcels of honest and dishonest people, in one or more message formats."""
    import sys
    from dataclasses import replace

    from tidewaiter.cli.progress import progress_bar
    from tidewaiter.runtime.clock import parse_day
    from tidewaiter.simulate.config import START, Config, Shares
    from tidewaiter.simulate.export import write_stream, write_world
    from tidewaiter.vocabulary.errors import InputError

    asked = {
        "split": split_rate,
        "rewrite": rewrite_rate,
        "undervalue": undervalue_rate,
        "vague": vague_rate,
        "restricted": restricted_rate,
        "typo": typo_rate,
        "missing": missing_rate,
        "late": late_rate,
    }
    given = {name: share for name, share in asked.items() if share is not None}
    config = Config(
        seed=seed,
        parcels=parcels,
        lane=lane,
        start=parse_day(start) if start else START,
        days=days,
        shares=replace(Shares(), **given),
    )
    names = list(dict.fromkeys(format_names))
    sides = [view.strip() for view in views.split(",") if view.strip()]
    with progress_bar(shown=not quiet) as shown:
        progress = _after_a_while(shown)
        if out is not None:
            written = write_world(config, names, out, views=sides, progress=progress)
        elif len(names) == 1:
            write_stream(config, names[0], sys.stdout.buffer, views=sides, progress=progress)
            return
        else:
            raise InputError(
                f"{len(names)} formats cannot share standard output.",
                where="--format",
                remedy="Give --out DIR, or one format.",
            )
    if as_json:
        told = {
            "parcels": written.parcels,
            "messages": written.messages,
            "bytes": written.size_bytes,
            "out": str(out),
        }
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    for file, size in written.size_bytes.items():
        count = written.messages.get(file)
        said = f"{count:,} messages, " if count is not None else ""
        typer.echo(f"{out / file}: {said}{size:,} bytes")


def _after_a_while(shown: Progress) -> Progress:
    """Pass progress on once the work has taken long enough for anybody to wonder."""
    begin = time.monotonic()

    def progress(step: str, done: int, total: int) -> None:
        if time.monotonic() - begin >= SHOWN_AFTER_SECONDS:
            shown(step, done, total)

    return progress
