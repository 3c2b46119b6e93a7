"""Every regime over a grid of days and values: never a silent nothing, always somebody who owes."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

import tidewaiter
from tidewaiter.knowledge.regimes.reading import destinations

DAYS = ("2024-06-01", "2026-08-01")
VALUES = ("1", "149", "3000")
FREE_PORTS = {"HK"}  # no customs duty and no VAT on clothes, at any value


@pytest.mark.requirement("G4")
@pytest.mark.parametrize("mode", ["post", "express"])
def test_no_regime_takes_nothing_in_silence(
    mode: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIDEWAITER_DATA", str(tmp_path))
    places = {regime: place for place, regime in destinations().items()}
    asked = [
        {
            "from": "CN", "to": place, "on": day, "mode": mode, "freight": "3",
            "items": [{"description": "t-shirt", "hs": "610910", "value": value,
                       "currency": "EUR", "origin": "CN"}],
        }
        for place in sorted(places.values())
        for day in DAYS
        for value in VALUES
    ]  # fmt: skip
    assert len(places) >= 30
    for told in tidewaiter.quote(*asked):
        place, value = told["asked"]["to"], told["asked"]["items"][0]["value"]
        where = (place, told["on"], value)
        total, most = Decimal(told["total"]), told["total_high"]
        assert total >= 0, where
        assert most is None or Decimal(most) >= total, where
        assert told["pays"], where
        assert all(line["legal"] and line["confidence"] for line in told["lines"]), where
        if value == "3000" and place not in FREE_PORTS:
            assert total > 0 or told["state"] != "exact", where
