"""The scripts that make the code lists: what they give is what stands in the packs; bounds guard."""

from __future__ import annotations

import csv

import pytest
from update import countries, currencies

from tidewaiter.knowledge.pack import PACKS_DIR


def stored(name: str) -> list[tuple[str, ...]]:
    with (PACKS_DIR / "codelists" / name).open(encoding="utf-8", newline="") as file:
        return [tuple(row) for row in csv.reader(file)][1:]


def test_the_tables_of_countries_are_what_the_script_makes() -> None:
    made = countries.territories()
    assert stored("countries/territories.csv") == made
    assert stored("countries/names.csv") == countries.names({row[0] for row in made})


def test_the_tables_of_currencies_are_what_the_script_makes() -> None:
    made = currencies.currencies()
    assert stored("currencies/currencies.csv") == made
    assert stored("currencies/signs.csv") == currencies.signs({row[0] for row in made})


@pytest.mark.parametrize("script", [countries, currencies], ids=["countries", "currencies"])
def test_too_few_rows_stop_and_too_many_are_told(script, capsys) -> None:
    with pytest.raises(SystemExit, match="only 1 rows"):
        script.guarded("things", [("a",)], 2, 5)
    assert script.guarded("things", [("a",)] * 6, 2, 5) == [("a",)] * 6
    assert "more than 5" in capsys.readouterr().out
