"""`tidewaiter assess` and `demo` as a user runs them: results, JSON, and errors that help."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

import tidewaiter
from tidewaiter.formats import get
from tidewaiter.formats.canonical import to_nested
from tidewaiter.simulate.config import Config
from tidewaiter.simulate.world import generate
from tidewaiter.vocabulary.errors import InputError

SRC = str(Path(__file__).resolve().parents[2] / "src")


def tidewaiter_command(*args: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tidewaiter.cli.main", *args],
        cwd=cwd, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": SRC, "COLUMNS": "120"},
    )  # fmt: skip


@pytest.fixture(scope="module")
def orders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("orders") / "orders.csv"
    path.write_bytes(get("orders").encode(generate(Config(seed=3, parcels=200)).batches["order"]))
    return path


def test_json_for_machines_and_all_promised_files(orders: Path, tmp_path: Path) -> None:
    done = tidewaiter_command(
        "assess", str(orders), "--lane", "ae", "--on", "2026-11-24", "--out", "r", "--json",
        cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert figures["counts"]["parcels"] == 200
    assert sum(figures["decisions"].values()) == 200
    out = tmp_path / "r"
    for name in ("consignments", "goods_items", "findings", "decisions"):
        assert (out / f"{name}.parquet").exists()
        assert (out / f"{name}.csv").exists()
    heads = {
        "goods_items": {
            "consignment_id", "item_no", "hs6", "hs6_confidence", "duty", "currency", "action",
            "reasons",
        },
        "person_days": {"person_key", "day", "total", "currency", "orders", "split"},
        "person_orders": {"person_key", "consignment_id"},
    }  # fmt: skip
    for name, head in heads.items():
        with (out / f"{name}.csv").open(encoding="utf-8") as file:
            assert head <= set(next(csv.reader(file))), name
    assert "<html" in (out / "report.html").read_text("utf-8")


def test_a_person_sees_a_table_and_where_the_report_is(orders: Path, tmp_path: Path) -> None:
    done = tidewaiter_command("assess", str(orders), "--lane", "AE", "--out", "r", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "release" in done.stdout
    assert "report.html" in done.stdout
    assert "reading and checking" in done.stderr


@pytest.mark.parametrize(
    ("args", "says"),
    [
        pytest.param(["nofile.csv", "--lane", "AE"], "no file 'nofile.csv'", id="a missing file"),
        pytest.param(["ORDERS", "--lane", "UAEX"], "Did you mean 'UAE'", id="a misspelt lane"),
        pytest.param(
            ["ORDERS", "--lane", "AE", "--on", "1.2.26"], "is not a date", id="a bad date"
        ),
        pytest.param(
            ["ORDERS", "--lane", "AE", "--from", "order"], "Did you mean 'orders'", id="a format"
        ),
        pytest.param(["NOISE", "--lane", "AE"], "cannot be told", id="a file of no known format"),
        pytest.param(
            ["ORDERS", "--lane", "AE", "--out", "."], "not a run's results", id="a folder of others"
        ),
    ],
)
def test_a_bad_call_says_what_and_what_to_do(
    args: list[str], says: str, orders: Path, tmp_path: Path
) -> None:
    noise = tmp_path / "noise.bin"
    noise.write_bytes(bytes(range(256)) * 20)
    named = {"ORDERS": str(orders), "NOISE": str(noise)}
    done = tidewaiter_command("assess", *(named.get(arg, arg) for arg in args), cwd=tmp_path)
    assert done.returncode == 2
    assert says in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


def test_a_broken_file_beside_a_good_one_is_reported_and_the_rest_runs(
    orders: Path, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.csv"
    head = orders.read_text("utf-8").splitlines()[0]
    bad.write_text(f"{head}\n,2026-01-01,no order id\n", "utf-8")
    done = tidewaiter_command(
        "assess", str(orders), str(bad), "--lane", "AE", "--out", "r", "--json", cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    counts = json.loads(done.stdout)["counts"]
    assert counts["parcels"] == 200
    assert counts["rejected"] >= 1
    with (tmp_path / "r" / "rejected.csv").open(encoding="utf-8") as file:
        row = next(csv.DictReader(file))
    assert row["source"] == "bad.csv"
    assert row["detail"]


def test_the_python_verb_takes_files_batches_and_arrow_frames(orders: Path) -> None:
    batch = get("orders").decode(orders.read_bytes())
    from_file = tidewaiter.assess(orders, lane="AE")
    from_batch = tidewaiter.assess(batch, lane="AE")
    from_arrow = tidewaiter.assess(to_nested(batch).to_arrow(), lane="AE")
    key = "consignment_id"
    wanted = from_batch.decisions.sort(key)
    assert from_file.decisions.sort(key).equals(wanted)
    assert from_arrow.decisions.sort(key).equals(wanted)
    assert isinstance(wanted, pl.DataFrame)


def test_python_verbs_convert_and_identify() -> None:
    with pytest.raises(InputError, match="no format"):
        tidewaiter.convert(b"", source="orderz", target="canonical")
    assert [found.valid for found in tidewaiter.identify("gtin", ["4006381333931", "1"])] == [
        True,
        False,
    ]
