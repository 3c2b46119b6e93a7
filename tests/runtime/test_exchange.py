"""Rates of exchange: imported by authority and period, used for their days, told when stale."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

import tidewaiter
from tidewaiter.cli.main import build
from tidewaiter.knowledge.load import load
from tidewaiter.knowledge.regimes.exchange_file import About, read_rates
from tidewaiter.runtime import exchange
from tidewaiter.runtime.goods.store import knowledge_in_force
from tidewaiter.vocabulary.errors import InputError, StoreError

IMPORTED = dt.date(2026, 10, 28)
IN, AFTER = dt.date(2026, 11, 15), dt.date(2026, 12, 1)
SAMPLE = """currency,units_per,from,to
USD,1.2500,2026-11-01,2026-11-30
GBP,0.8000,2026-11-01,2026-11-30
"""
CODES = ("EUR", "USD", "GBP", "JPY")


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep what is kept in a folder of the test's own."""
    monkeypatch.setenv("TIDEWAITER_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


def taken(
    folder: Path, text: str = SAMPLE, *, regime: str = "EU", at: dt.date = IMPORTED
) -> exchange.Imported:
    (folder / "rates.csv").write_text(text, "utf-8")
    return exchange.import_rates(folder / "rates.csv", regime, "ECB", imported_at=at)


def shown(currency: str = "USD", on: dt.date = IN, regime: str = "EU") -> tuple[str, str, bool]:
    told = exchange.show(currency, regime, on)
    return told["per_unit"], told["confidence"], told["stale"]


def quoted(currency: str, on: dt.date, **more: Any) -> dict[str, Any]:
    parcel = {"from": "US", "to": "FR", "on": on.isoformat(), "mode": "express", "items": [
        {"description": "cotton T-shirt", "hs": "610910", "value": "100", "currency": currency,
         "origin": "US"}], **more}  # fmt: skip
    [answer] = tidewaiter.quote(parcel)
    return dict(answer)


def test_an_imported_rate_counts_for_its_days_alone(tmp_path: Path) -> None:
    estimate = exchange.show("USD", "EU", IN)
    assert estimate["confidence"] == "memory"
    taken(tmp_path)
    assert shown() == ("0.8", "official", False)
    assert shown("GBP") == ("1.25", "official", False)
    told = exchange.show("USD", "eu", IN)
    assert told["source"] == "ECB, rates.csv, 2026-11-01 to 2026-11-30"
    for day in (dt.date(2026, 11, 1), dt.date(2026, 11, 30)):
        assert shown(on=day)[0] == "0.8"
    assert shown(on=dt.date(2026, 10, 31)) == (estimate["per_unit"], "memory", False)
    assert shown(on=AFTER) == (estimate["per_unit"], "memory", True)
    assert exchange.show("USD", "EU", AFTER)["official_ended"] == "2026-11-30"
    assert shown(on=IN, regime="GB") == (
        exchange.show("USD", "GB", IN)["per_unit"],
        "memory",
        False,
    )
    assert shown("EUR") == ("1", "official", False)
    assert shown("JPY")[1:] == ("memory", False)


def test_a_parcel_is_valued_by_it_and_told_when_it_is_stale(tmp_path: Path) -> None:
    plain = quoted("USD", IN)
    digest = load("EU").digest
    taken(tmp_path)
    assert knowledge_in_force("EU").digest != digest
    assert knowledge_in_force("EU").regime is knowledge_in_force("EU").regime
    assert knowledge_in_force("US").digest == load("US").digest
    fresh = quoted("USD", IN)
    assert fresh["customs_value"] == "80.00" != plain["customs_value"]
    assert fresh["id"] != plain["id"]
    assert not any("rate of exchange has ended" in note for note in fresh["notes"])
    stale = quoted("USD", AFTER)
    assert any("USD: the official rate ended on 2026-11-30" in note for note in stale["notes"]), (
        stale["notes"]
    )
    assert {line["confidence"] for line in stale["lines"] if line["kind"] != "fee"} == {"memory"}
    assert not any("rate" in note for note in quoted("EUR", AFTER)["notes"])
    freight = quoted("EUR", AFTER, freight="5", freight_currency="USD")
    assert any("the official rate ended" in note for note in freight["notes"])


def test_of_two_rates_of_a_day_the_later_begun_and_the_later_import_count(tmp_path: Path) -> None:
    taken(tmp_path)
    taken(tmp_path, "currency,per_unit,from,to\nUSD,0.9,2026-11-10,2026-11-20\n")
    assert [shown(on=dt.date(2026, 11, day))[0] for day in (9, 10, 20, 21)] == [
        "0.8", "0.9", "0.9", "0.8",
    ]  # fmt: skip
    correction = taken(tmp_path, SAMPLE.replace("1.2500", "1.6000"), at=dt.date(2026, 11, 3))
    assert shown(on=dt.date(2026, 11, 9))[0] == "0.625"
    exchange.drop(correction.id[:6])
    assert shown(on=dt.date(2026, 11, 9))[0] == "0.8"


def test_a_decision_is_replayed_by_the_rates_known_then(tmp_path: Path) -> None:
    taken(tmp_path)
    parcel = {"from": "US", "to": "FR", "on": "2026-11-15", "items": [
        {"description": "cotton T-shirt", "hs": "610910", "value": "100", "currency": "USD"}]}  # fmt: skip
    [before] = tidewaiter.quote(parcel, known_at=IMPORTED - dt.timedelta(days=1))
    [after] = tidewaiter.quote(parcel, known_at=IMPORTED)
    assert after["customs_value"] == "80.00" != before["customs_value"]


def test_a_newer_rate_of_the_pack_is_no_stale_one(tmp_path: Path) -> None:
    inr = "currency,per_unit,from,to\nINR,0.05,{},{}\n"
    own = shown("INR", dt.date(2026, 1, 18), "AE")
    taken(tmp_path, inr.format("2010-01-01", "2010-01-31"), regime="AE")
    entries = load("AE").regime.pack.body["rate"]
    assert [one["from"].year for one in entries if one["currency"] == "INR"] == [2020]
    assert shown("INR", dt.date(2026, 1, 18), "AE") == own
    taken(tmp_path, inr.format("2026-01-01", "2026-01-17"), regime="AE")
    assert shown("INR", dt.date(2026, 1, 18), "AE") == (own[0], own[1], True)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        pytest.param("currency,from,to\n", "either per_unit or units_per", id="no rate"),
        pytest.param("currency,per_unit,units_per,from,to\n", "either", id="both ways"),
        pytest.param("currency,per_unit,from\n", "lacks to", id="no last day"),
        pytest.param("currency,per_unit,from,to\n", "no rates in it", id="no rows"),
        pytest.param(SAMPLE.replace("1.2500", "1,25").replace(",", ";"), "row 1", id="a comma"),
        pytest.param(SAMPLE.replace("1.2500", "0"), "is not a rate", id="nothing"),
        pytest.param(SAMPLE.replace("1.2500", "-1"), "is not a rate", id="below nothing"),
        pytest.param(SAMPLE.replace("1.2500", "NaN"), "is not a rate", id="no number"),
        pytest.param(SAMPLE.replace("1.2500", "1e3"), "is not a rate", id="another notation"),
        pytest.param(SAMPLE.replace("USD", "USX"), "no currency", id="an unknown currency"),
        pytest.param(SAMPLE.replace("USD", "EUR"), "own currency", id="the regime's own"),
        pytest.param(SAMPLE.replace("2026-11-30", "30/11/2026"), "not a day", id="another day"),
        pytest.param(SAMPLE.replace("2026-11-30", "2026-10-30"), "is before", id="ends too early"),
        pytest.param(SAMPLE + SAMPLE.splitlines()[1] + "\n", "stands twice", id="twice"),
        pytest.param(SAMPLE + "USD,1\n", "fields", id="a short row"),
    ],
)
def test_a_file_with_a_fault_is_refused_whole(tmp_path: Path, text: str, fault: str) -> None:
    with pytest.raises(InputError, match=fault):
        taken(tmp_path, text)
    assert exchange.kept() == []


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"row 1: .*; row 2: .*nothing of it was taken"):
        taken(tmp_path, SAMPLE.replace("2026-11-01", "x"))


def test_a_damaged_import_is_told(tmp_path: Path, data: Path) -> None:
    taken(tmp_path)
    [path] = (data / "exchange" / "eu").glob("*.json")
    path.with_name("0" * 16 + ".json").write_bytes(path.read_bytes()[:100])
    with pytest.raises(StoreError, match="not a whole import"):
        knowledge_in_force("EU")


def test_the_same_file_twice_is_one_import(tmp_path: Path) -> None:
    assert taken(tmp_path).id == taken(tmp_path).id
    assert len(exchange.kept()) == 1


def test_wrong_names_are_told_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Did you mean 'EU'"):
        taken(tmp_path, regime="EUU")
    with pytest.raises(InputError, match="currency"):
        exchange.show("USX", "EU", IN)
    with pytest.raises(InputError, match="no rate of"):
        exchange.show("USD", "EU", dt.date(1999, 1, 1))


@given(st.decimals("0.0000002", "9000000", places=7))
def test_there_and_back_is_the_same_rate(rate: Decimal) -> None:
    about = About("EUR", "ECB", "drawn", IMPORTED, "x")
    rows = f"currency,per_unit,from,to\nUSD,{rate:f},2026-11-01,2026-11-30\n".encode()
    [there] = read_rates(rows, about, CODES, name="f")["per_unit"]
    assert there == rate
    inverse = (1 / rate).quantize(Decimal("1e-7"))
    if Decimal("1e-3") <= rate <= Decimal("1e3"):
        rows = f"currency,units_per,from,to\nUSD,{inverse:f},2026-11-01,2026-11-30\n".encode()
        [back] = read_rates(rows, about, CODES, name="f")["per_unit"]
        assert abs(back / rate - 1) < Decimal("1e-3")


def test_the_commands(tmp_path: Path) -> None:
    def run(*args: str) -> str:
        done = CliRunner().invoke(build(), ["exchange", *args], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return str(done.output)

    (tmp_path / "rates.csv").write_text(SAMPLE, "utf-8")
    assert "no rates are imported" in run("kept")
    told = run("import", str(tmp_path / "rates.csv"), "--regime", "EU", "--authority", "ECB",
               "--imported-at", "2026-10-28", "--source", "monthly list")  # fmt: skip
    assert "2 rates of 2 currencies by ECB" in told
    assert "1 USD = 0.8 EUR" in run("show", "USD", "--regime", "EU", "--on", "2026-11-15")
    late = run("show", "usd", "--regime", "EU", "--on", "2027-02-01")
    assert "stale: the official rate ended on 2026-11-30" in late
    as_json = json.loads(run("show", "USD", "--regime", "EU", "--on", "2027-02-01", "--json"))
    assert as_json["stale"]
    [one] = json.loads(run("kept", "--json"))
    assert one["source"] == "monthly list"
    run("drop", one["id"])
    assert json.loads(run("kept", "--json")) == []
