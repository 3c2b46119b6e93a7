"""`tidewaiter assess`: files of messages in, decisions with reasons out."""

from __future__ import annotations

from pathlib import Path

import typer


def command(
    files: list[Path] = typer.Argument(help="Files of messages; views are fused across files."),
    lane: str = typer.Option(
        ..., "--lane", help="Country or union of destination: AE, EU, US, GB."
    ),
    on: str | None = typer.Option(None, "--on", help="Day whose law applies; default today."),
    out: Path = typer.Option(Path("out"), "--out", help="Folder for the results."),
    format_name: str | None = typer.Option(
        None, "--from", help="Format of all files; told from their content if not given."
    ),
    catalogue: Path | None = typer.Option(
        None, "--catalogue", help="Product catalogue made by `products import`."
    ),
    recalls: Path | None = typer.Option(
        None, "--recalls", help="Recalls read by `recalls import`."
    ),
    history: Path | None = typer.Option(
        None, "--history", help="History made by `products history`."
    ),
    tariff: Path | None = typer.Option(
        None, "--tariff", help="Tariff pack for this run, instead of the kept one."
    ),
    batch_rows_max: int | None = typer.Option(
        None, "--batch-rows-max", min=1, help="Parcels held in memory at once."
    ),
    as_json: bool = typer.Option(False, "--json", help="Print the figures as JSON for machines."),
    quiet: bool = typer.Option(False, "--quiet", help="Show no progress."),
) -> None:
    """Check, fuse, classify, charge, flag and decide every parcel; write results and a report."""
    from tidewaiter.cli.progress import progress_bar
    from tidewaiter.cli.tables import print_json, print_run
    from tidewaiter.engines.local import BATCH_ROWS_MAX, Limits
    from tidewaiter.runtime.assess import assess
    from tidewaiter.runtime.clock import parse_day
    from tidewaiter.runtime.products.loading import load_products

    with progress_bar(shown=not (quiet or as_json)) as progress:
        run = assess(
            files,
            lane=lane,
            on=parse_day(on),
            out=out,
            format_name=format_name,
            products=load_products(catalogue, recalls, history),
            tariff=tariff,
            limits=Limits(batch_rows_max=batch_rows_max or BATCH_ROWS_MAX),
            progress=progress,
        )
    if as_json:
        print_json(run.as_json())
    else:
        print_run(run)
