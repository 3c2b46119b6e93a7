"""`tidewaiter demo`: the main job on the bundled sample."""

from __future__ import annotations

from pathlib import Path

import typer


def command(
    out: Path = typer.Option(Path("out/demo"), "--out", help="Folder for the results."),
) -> None:
    """Assess the bundled sample of simulated orders for the AE lane and say where the report is."""
    from tidewaiter.cli.verbs.assess import command as assess
    from tidewaiter.simulate.sample import SAMPLE, SAMPLE_LANE, SAMPLE_ON

    assess(
        files=[SAMPLE],
        lane=SAMPLE_LANE,
        on=SAMPLE_ON.isoformat(),
        out=out,
        format_name=None,
        catalogue=None,
        recalls=None,
        history=None,
        batch_rows_max=None,
        as_json=False,
        quiet=False,
    )
