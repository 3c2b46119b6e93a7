"""Quotes: what is asked, what is told, what is kept, and why it differs at import."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import tidewaiter
from tidewaiter.runtime.quotes.keeping import compare, keep, kept
from tidewaiter.runtime.regimes import describe, overview
from tidewaiter.vocabulary.errors import InputError

SHIRTS = {
    "description": "cotton t-shirt", "hs": "6109.10", "quantity": 5, "unit_value": "12.00",
    "currency": "EUR", "origin": "CN",
}  # fmt: skip
PARCEL = {"from": "CN", "to": "FR", "on": "2026-07-15", "mode": "post", "items": [SHIRTS]}


@pytest.fixture(autouse=True)
def own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what is kept in a folder of the test's own."""
    monkeypatch.setenv("TIDEWAITER_DATA", str(tmp_path / "data"))


def ask(**changes: Any) -> dict[str, Any]:
    """Ask for the parcel with changes."""
    [answer] = tidewaiter.quote({**PARCEL, **changes})
    return dict(answer)


@pytest.mark.requirement("G7")
def test_five_shirts_to_france() -> None:
    answer = ask()
    assert answer["currency"] == "EUR"
    assert answer["duty"] == "3.00"
    assert answer["tax"] == "12.60"
    assert Decimal(answer["total"]) == sum(
        Decimal(answer[kind]) for kind in ("duty", "tax", "fees")
    )
    for line in answer["lines"]:
        for key in ("kind", "basis", "rate", "amount", "legal", "pack", "confidence", "sentence"):
            assert line[key], key
    sums = {
        kind: sum(Decimal(line["amount"]) for line in answer["lines"] if line["kind"] == kind)
        for kind in ("duty", "tax", "fee")
    }
    assert [sums["duty"], sums["tax"], sums["fee"]] == [
        Decimal(answer[kind]) for kind in ("duty", "tax", "fees")
    ]


def test_many_at_once_are_answered_as_one_by_one() -> None:
    parcels = [
        {**PARCEL, "to": to, "on": on, "items": [{**SHIRTS, "unit_value": value}]}
        for to in ("FR", "US", "GB")
        for on in ("2026-03-15", "2026-08-01")
        for value in ("3", "200")
    ]
    assert tidewaiter.quote(*parcels) == [tidewaiter.quote(one)[0] for one in parcels]


def test_what_is_not_known_is_said_and_asked_for() -> None:
    answer = ask(to="US", on="2026-08-15", items=[{**SHIRTS, "origin": "DE", "currency": "USD"}])
    assert answer["duty"] == "6.00"
    assert answer["total_high"] is None
    assert answer["state"] == "bounded"
    assert any("national tariff code" in one["needs"] for one in answer["undetermined"])


def test_without_a_code_the_candidates_and_their_range_are_told() -> None:
    answer = ask(items=[{**SHIRTS, "hs": "", "description": "cotton t-shirt for men"}])
    assert answer["goods"][0]["hs6"]
    assert answer["goods"][0]["hs6_confidence"] > 0
    assert answer["codes"]["candidates"]
    low, high = (Decimal(answer["codes"][key]) for key in ("total_low", "total_high"))
    assert low <= Decimal(answer["total"]) <= high


@pytest.mark.requirement("G4")
def test_the_law_of_the_day_decides_and_what_changes_is_told() -> None:
    before, after = (ask(on=day) for day in ("2026-06-30", "2026-07-01"))
    assert (before["duty"], after["duty"]) == ("0.00", "3.00")
    assert before["lines"][0]["pack"].startswith("regimes/eu@")
    ahead = [change for change in before["changes_ahead"] if change["day"] == "2026-07-01"]
    assert ahead
    assert ahead[0]["then"]["duty"] == "3.00"


def test_other_ways_are_told_beside_it() -> None:
    answer = ask(scheme="ioss")
    ways = {(other["scheme"], other["mode"]) for other in answer["alternatives"]}
    assert (answer["scheme"], answer["mode"]) not in ways
    assert ways


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param({"items": []}, "no items", id="no items"),
        pytest.param({"to": ""}, "no country of destination", id="no destination"),
        pytest.param({"to": "Atlantis"}, "'Atlantis'", id="a country that is none"),
        pytest.param({"to": "AQ"}, "country with a regime", id="a country without a regime"),
        pytest.param({"on": "15.7.2026"}, "not a date", id="a day that is none"),
        pytest.param({"mode": "pigeon"}, "'pigeon'", id="a mode that is none"),
        pytest.param({"frieght": "3"}, "Did you mean 'freight'", id="a key that is mistyped"),
        pytest.param({"freight": "-3"}, "not above zero", id="a freight below zero"),
        pytest.param(
            {"items": [{**SHIRTS, "currency": "EURO"}]}, "'EURO'", id="a currency that is none"
        ),
        pytest.param(
            {"items": [{**SHIRTS, "unit_value": "-1"}]}, "not above zero", id="a value below zero"
        ),
        pytest.param(
            {"items": [{**SHIRTS, "unit_value": "NaN"}]}, "not a number", id="not a number"
        ),
        pytest.param(
            {"items": [{**SHIRTS, "value": "5"}]}, "either unit_value or value", id="two values"
        ),
        pytest.param({"items": [{**SHIRTS, "hs": "61"}]}, "6 to 10 digits", id="a short code"),
        pytest.param({"items": ["shirt"]}, "JSON object", id="an item that is a text"),
        pytest.param(
            {"items": [{"currency": "EUR", "value": 3}]}, "neither description", id="what"
        ),
    ],
)
def test_a_bad_call_is_a_clear_error(change: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError) as caught:
        ask(**change)
    assert said in str(caught.value)


def test_a_currency_without_a_rate_and_a_code_that_is_none_are_told() -> None:
    odd = ask(items=[{**SHIRTS, "currency": "XPF"}, {**SHIRTS, "hs": "999999"}])
    assert odd["state"] != "exact"
    layers = {one["layer"] for one in odd["undetermined"]}
    assert "charge.no_rate" in layers
    assert any("hs6" in one["needs"] for one in odd["undetermined"])


def test_a_day_outside_all_packs_is_told() -> None:
    old = ask(to="GB", on="1990-01-01")
    assert old["lines"] == []
    assert old["state"] != "exact"
    assert any("no law" in one["reason"] for one in old["undetermined"])


@pytest.mark.requirement("G7")
def test_a_kept_quote_is_given_back_and_holds() -> None:
    answer = ask()
    keep(answer)
    assert kept(answer["id"]) == json.loads(json.dumps(answer))
    assert ask()["id"] == answer["id"]
    told = compare(answer["id"])
    assert told["same"]
    assert told["reasons"] == []


def test_the_difference_at_import_is_told_apart_by_law_and_by_facts() -> None:
    answer = ask(on="2026-06-20")
    keep(answer)
    declared = {**PARCEL, "items": [{**SHIRTS, "unit_value": "14.00"}]}
    told = compare(answer["id"], on=dt.date(2026, 7, 15), declared=declared)
    assert not told["same"]
    assert Decimal(told["of_it_law"]) + Decimal(told["of_it_facts"]) == Decimal(told["difference"])
    assert Decimal(told["of_it_law"]) == Decimal("3.60")
    assert Decimal(told["of_it_facts"]) == Decimal("2.00")
    assert any("value of item 1" in reason for reason in told["reasons"])
    assert any("law of 2026-07-15" in reason for reason in told["reasons"])


def test_an_unknown_quote_is_a_clear_error() -> None:
    with pytest.raises(InputError, match="no quote"):
        kept("q-00000000000000000000")


@pytest.mark.requirement("P5")
def test_a_country_is_shown_on_a_day_with_what_lies_ahead() -> None:
    told = describe("fr", dt.date(2026, 6, 1), until=dt.date(2026, 12, 31))
    assert any(change["day"] == "2026-07-01" for change in told["changes_ahead"])
    assert all(row["legal"] and row["confidence"] for row in told["measures"])
    names = {row["regime"] for row in overview(dt.date(2026, 6, 1))}
    assert {"AE", "EU", "GB", "US"} <= names
