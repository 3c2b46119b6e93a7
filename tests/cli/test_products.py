"""`tidewaiter products` and `recalls` as a user runs them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tidewaiter.cli.main import build
from tidewaiter.vocabulary.errors import InputError

RUNNER = CliRunner()
GTIN = "4006381333931"
ROWS = f"gtin,name,brand,origin\n{GTIN},Lumora pen,Lumora,DE\n123,bad,,\n"
RECALL = [{"RecallID": 1, "RecallNumber": "26-1", "RecallDate": "2026-03-01",
           "Hazards": [{"Name": "Fire"}], "ProductUPCs": [{"UPC": GTIN}, {"UPC": "1"}]}]  # fmt: skip
ORDER = {
    "consignment_id": "P1", "country_departure": "CN", "route": "CN-HK-US",
    "goods_items": [{"title": "Men's wrist watch", "description": "Men's wrist watch, steel",
                     "gtin": GTIN, "country_origin": "VN", "declared_value": "20",
                     "declared_currency": "EUR"}],
    "parties": [{"role": "maker", "name": "Some Works", "country": "CN"},
                {"role": "consignee", "name": "Nadia Sample", "street": "1 Pier Road",
                 "city": "Dubai", "country": "AE"}],
}  # fmt: skip


def run(*args: str) -> str:
    done = RUNNER.invoke(build(), list(args), catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return str(done.output)


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rows.csv").write_text(ROWS, "utf-8")
    (tmp_path / "recall.json").write_text(json.dumps(RECALL), "utf-8")
    (tmp_path / "orders.ndjson").write_text(json.dumps(ORDER) + "\n", "utf-8")
    return tmp_path


def test_import_and_show_say_what_was_read_and_who_said_it(files: Path) -> None:
    text = run("products", "import", "rows.csv", "--on", "2026-11-25")
    assert "2 rows read, 1 taken" in text
    assert "wrong length or check digit" in text
    shown = run("products", "show", GTIN, "--catalogue", "catalogue.parquet")
    assert "Lumora pen" in shown
    assert "no country of origin" in shown
    assert "imported before" in run("products", "import", "rows.csv")
    figures = json.loads(run("products", "import", "rows.csv", "--json"))
    assert figures["known"] == 1


def test_recalls_are_imported_and_shown(files: Path) -> None:
    assert "not used: 1 of recall 1" in run("recalls", "import", "recall.json")
    shown = run("products", "show", GTIN, "--recalls", "recalls.parquet", "--json")
    assert json.loads(shown)["recalls"][0]["number"] == "26-1"


@pytest.mark.requirement("D2", "D5", "D6")
def test_from_files_to_decisions_with_reasons_and_from_a_recall_to_persons(files: Path) -> None:
    run("products", "import", "rows.csv")
    run("recalls", "import", "recall.json")
    run(
        "assess", "orders.ndjson", "--from", "canonical", "--lane", "AE", "--on", "2026-11-25",
        "--catalogue", "catalogue.parquet", "--recalls", "recalls.parquet", "--out", "out",
        "--quiet",
    )  # fmt: skip
    findings = (files / "out" / "findings.csv").read_text("utf-8")
    for code in ("text_contradicts_gtin", "recalled_gtin", "origin_doubt"):
        assert f"products.{code}" in findings
    assert "the route CN HK US does not touch VN" in findings
    found = json.loads(
        run("recalls", "check", "recalls.parquet", "--parcels", "out", "--on", "2026-11-25",
            "--json")
    )  # fmt: skip
    assert found["open"] + found["refused"] == 1
    assert "name" not in found["lines"][0]
    named = run("recalls", "check", "recalls.parquet", "--parcels", "out", "--on", "2026-11-25",
                "--names", "orders.ndjson", "--json")  # fmt: skip
    assert json.loads(named)["lines"][0]["name"] == "Nadia Sample"
    done = json.loads(
        run("products", "history", "orders.ndjson", "--lane", "AE", "--on", "2026-11-25", "--json")
    )
    assert (done["lines"], done["products"], done["makers"], done["factories"]) == (1, 1, 1, 1)
    shown = run("products", "show", GTIN, "--profile", "history.parquet")
    assert "seen on 1 lines of 1 parcels" in " ".join(shown.split())


def test_a_bad_call_says_what_to_do(files: Path) -> None:
    with pytest.raises(InputError, match="Check the path"):
        run("products", "import", "none.csv")
    with pytest.raises(InputError, match="recalls import"):
        run("recalls", "check", "recalls.parquet", "--parcels", "out")
