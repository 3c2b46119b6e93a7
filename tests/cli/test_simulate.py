"""`tidewaiter simulate`: one format to standard output, several into a folder with the truth."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import typer
from typer.testing import CliRunner

from tidewaiter.cli.verbs import simulate
from tidewaiter.vocabulary.errors import InputError


def run(*arguments: str) -> Any:
    app = typer.Typer()
    app.command()(simulate.command)
    return CliRunner().invoke(app, ["--seed", "4", "--parcels", "20", *arguments])


@pytest.mark.requirement("X7")
def test_orders_go_to_standard_output_the_same_each_time() -> None:
    first, second = run(), run("--format", "orders")
    assert first.exit_code == 0, first.output
    lines = first.stdout.splitlines()
    assert lines[0].startswith("order_id,timestamp,importer_name,delivery_address,pid,")
    assert len({line.split(",")[0] for line in lines[1:]}) == 20
    assert first.stdout == second.stdout
    assert first.stderr == "", "nobody waits for twenty parcels"


def test_ndjson_holds_the_views_asked_for() -> None:
    done = run("--format", "ndjson", "--views", "order, declaration", "--missing-rate", "0")
    messages = [json.loads(line) for line in done.stdout.splitlines()]
    assert sorted({message["view"] for message in messages}) == ["declaration", "order"]
    assert len(messages) == 40


def test_several_formats_go_into_a_folder_with_the_truth(tmp_path: Path) -> None:
    out = tmp_path / "made"
    done = run("--format", "orders", "--format", "itmatt", "--out", str(out), "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["parcels"] == 20
    assert {path.name for path in out.iterdir()} == set(told["bytes"]) == {
        "orders.csv", "items.itmatt.csv", "truth.csv", "truth_items.csv", "truth_messages.csv",
    }  # fmt: skip
    for file, size in told["bytes"].items():
        assert (out / file).stat().st_size == size


def test_a_person_is_told_which_files_were_written(tmp_path: Path) -> None:
    done = run("--out", str(tmp_path))
    assert "orders.csv: 20 messages," in done.stdout
    assert "truth.csv" in done.stdout


def test_rates_and_days_reach_the_world(tmp_path: Path) -> None:
    arguments = {
        "--split-rate": "0",
        "--undervalue-rate": "1",
        "--vague-rate": "1",
        "--restricted-rate": "0",
        "--rewrite-rate": "0",
        "--typo-rate": "1",
        "--late-rate": "1",
        "--missing-rate": "0",
        "--start": "2026-05-01",
        "--days": "1",
        "--lane": "gb",
    }
    words = [word for pair in arguments.items() for word in pair]
    done = run(*words, "--format", "orders", "--format", "ndjson", "--out", str(tmp_path))
    assert done.exit_code == 0, done.output
    parcels = pl.read_csv(tmp_path / "truth.csv")
    assert set(parcels["day"].cast(pl.String)) == {"2026-05-01"}
    assert parcels["undervalued"].all()
    assert not parcels["planted"].any()
    assert set(parcels["currency"]) == {"GBP"}
    assert pl.read_csv(tmp_path / "truth_items.csv")["vague"].all()
    said = pl.read_csv(tmp_path / "truth_messages.csv").filter(pl.col("view") == "transport")
    assert set(said["state"]) == {"late"}
    assert said["mistyped"].is_not_null().all()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--format", "orders", "--format", "h7"], "Give --out DIR"),
        (["--format", "xml"], "no format of the simulator"),
        (["--lane", "XX"], "no lane is called 'XX'"),
        (["--start", "May"], "'May' is not a date"),
    ],
    ids=["two formats to one stream", "no such format", "no such lane", "no date"],
)
def test_a_bad_call_is_refused_with_a_remedy(arguments: list[str], told: str) -> None:
    done = run(*arguments)
    assert isinstance(done.exception, InputError)
    assert told in str(done.exception)


def test_a_rate_above_one_is_refused_by_the_command_line() -> None:
    assert run("--typo-rate", "1.5").exit_code == 2
