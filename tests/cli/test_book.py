"""`tidewaiter book` as a user runs it: from a parcel to its refund and its tax return."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tidewaiter.cli.main import build
from tidewaiter.vocabulary.errors import InputError

RUNNER = CliRunner()


def order(number: int, **more: Any) -> dict[str, Any]:
    return {
        "consignment_id": f"P{number}", "order_id": f"O{number}", "country_departure": "CN",
        "country_destination": "FR", "ordered_at": "2026-07-10T10:00:00Z", "nature": "sale",
        "channel": "post",
        "goods_items": [{
            "title": "Cotton T-shirt", "description": "Men's cotton T-shirt, knitted",
            "hs_code": "610910", "quantity": "3", "net_mass": "500", "mass_unit": "g",
            "country_origin": "CN", "declared_value": "60.00", "declared_currency": "EUR",
        }],
        "parties": [
            {"role": "consignee", "name": f"Nadia Sample {number}", "street": f"{number} Quai",
             "city": "Paris", "postcode": "75001", "country": "FR"},
            {"role": "seller", "name": "Shop", "country": "CN"},
        ],
        **more,
    }  # fmt: skip


def run(*args: str, code: int = 0, given: str | None = None) -> str:
    done = RUNNER.invoke(build(), list(args), input=given, catch_exceptions=False)
    assert done.exit_code == code, done.output
    return str(done.output)


def told(*args: str, code: int = 0, given: str | None = None) -> Any:
    return json.loads(run(*args, "--json", code=code, given=given))


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    ioss = {"fiscal_reference": "IM2760000001", "fiscal_role": "FR5"}
    orders = [order(1, **ioss), order(2)]
    Path("orders.ndjson").write_text("\n".join(json.dumps(one) for one in orders), "utf-8")
    run("assess", "orders.ndjson", "--from", "canonical", "--lane", "EU", "--on", "2026-07-20",
        "--out", "out", "--quiet")  # fmt: skip
    run("book", "assess", "out", "--party", "carrier=La Poste")
    return "book.ndjson"


@pytest.mark.requirement("G5", "G9", "G10")
def test_from_a_parcel_to_its_refund(book: str) -> None:
    assert "0 new postings" in run("book", "assess", "out", "--party", "carrier=La Poste")
    owed = {
        (row["party"], row["account"]): row["amount"] for row in told("book", "balance")["balances"]
    }
    assert owed["IM2760000001", "due_to_treasury"] == "-12.60"
    assert owed["IM2760000001", "cash"] == "12.60"
    assert told("book", "balance")["sum"] == [{"currency": "EUR", "amount": "0.00"}]
    month = told("book", "summary", "--month", "2026-07", "--on", "2026-09-01")["summary"]
    states = {(row["debtor"], row["kind"]): row["state"] for row in month}
    assert states["IM2760000001", "tax"] == "late"
    claim = told("book", "refund", "P1", "--item", "1", "--quantity", "1", "--on", "2026-08-01")
    assert {row["kind"]: row["claimed"] for row in claim["lines"]}["tax"] == "4.20"
    assert "IOSS return" in " ".join(way["how"] for way in claim["refund_path"])
    assert not claim["posted"]
    args = ("book", "refund", "P1", "--item", "1", "--post", "--on", "2026-08-01")
    assert told(*args)["posted"]
    assert told(*args)["known"]
    again = told(*args, "--reference", "b", code=1)
    assert "once only" in again["refused"]


def test_events_come_by_a_pipe_and_refusals_are_told(book: str) -> None:
    lines = "\n".join(json.dumps(line) for line in (
        {"event": "collect", "day": "2026-07-21", "consignment_id": "P2"},
        {"event": "abandon", "day": "2026-07-21", "consignment_id": "P2"},
    ))  # fmt: skip
    text = run("book", "event", "-", given=lines, code=1)
    assert "1 posted" in text
    assert "refused: abandon P2: nothing unpaid" in text
    assert "Outstanding" in run("book", "due", "--on", "2026-12-01")


@pytest.mark.requirement("G8")
def test_cross_check_lists_what_a_return_leaves_out(book: str) -> None:
    Path("return.csv").write_text("number,country,rate,taxable,tax\nIM2760000001,FR,20,50,10\n")
    found = told("book", "cross-check", "out", "--return", "return.csv", "--month", "2026-07")
    assert [row["what"] for row in found["mismatches"]] == ["under_declared"]
    text = run("book", "cross-check", "out", "--return", "return.csv")
    assert "missing in the return: 2.60 EUR" in text
    Path("return.csv").write_text("number,country,rate,taxable,tax\nIM2760000001,FR,20,63,12.60\n")
    assert "agree" in run("book", "cross-check", "out", "--return", "return.csv")


def test_a_bad_call_says_what_to_do(book: str) -> None:
    for args, words in (
        (("balance", "--book", "none.ndjson"), "Begin one"),
        (("assess", "nowhere"), "folder `tidewaiter assess --out` wrote to"),
        (("assess", "out", "--party", "post=X"), "no role is called 'post'"),
        (("assess", "out", "--party", "carrier"), "carrier="),
        (("summary", "--month", "July"), "2026-07"),
        (("refund", "P1", "--item", "1", "--quantity", "two"), "is no number"),
    ):
        with pytest.raises(InputError, match=words):
            run("book", *args)
