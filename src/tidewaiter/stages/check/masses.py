"""Masses in grams, and counts: read from text and unit, or from the unit beside the number.

Knows kg, g, oz, lb and their usual writings (pack `codelists/trade`). A mass without any unit is
not guessed: it stays null with a finding, for a factor of a thousand hangs on it (trap T7). An
ambiguous comma ("1,250") is a decimal one where the unit is as large as a pound.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import polars as pl

from tidewaiter.knowledge.codelists import FACTOR, Codelists
from tidewaiter.stages.check.desk import Desk
from tidewaiter.stages.check.numbers import plain_number, read_numbers, shown
from tidewaiter.vocabulary.folding import plain

GRAMS = pl.Decimal(38, 3)
LARGE_UNIT_GRAMS = 100


@dataclass(frozen=True, slots=True)
class Mass:
    """The columns of one mass: as written, its unit as written, and in grams."""

    text: str
    unit: str
    out: str

    def fast(self, lists: Codelists) -> pl.Expr:
        """Read what is written plainly with a unit written as listed (any case)."""
        grams = pl.col(self.unit).replace_strict(
            *_unit_keys(lists), default=None, return_dtype=FACTOR
        )
        return in_grams(plain_number(pl.col(self.text)), grams).alias(self.out)


@lru_cache(maxsize=8)
def _unit_keys(lists: Codelists) -> tuple[pl.Series, pl.Series]:
    keys = lists.units["key"]
    large = lists.units.select(pl.col("key").str.to_uppercase(), "grams").filter(
        ~pl.col("key").is_in(keys.implode())
    )
    both = pl.concat([lists.units, large])
    return both["key"], both["grams"]


def in_grams(number: pl.Expr, factor: pl.Expr) -> pl.Expr:
    """Multiply a number by its unit's factor, rounded to a thousandth of a gram."""
    return (number * factor).round(3, mode="half_away_from_zero").cast(GRAMS)


def read_mass(desk: Desk, mass: Mass, lists: Codelists) -> None:
    """Read what the fast expression left open, and note repairs and faults."""
    rows = desk.left_open(mass.text, mass.out, mass.unit)
    if rows is None:
        return
    swap = (~pl.col(mass.text).str.contains("[0-9]")) & pl.col(mass.unit).str.contains("[0-9]")
    rows = rows.with_columns(_swap=swap.fill_null(value=False)).with_columns(
        _figures=pl.when("_swap").then(mass.unit).otherwise(mass.text),
        _unit=pl.when("_swap").then(mass.text).otherwise(mass.unit),
    )
    numbers = read_numbers(rows["_figures"].unique())
    rows = rows.join(
        numbers, left_on="_figures", right_on="text", how="left", maintain_order="left"
    )
    rows = _with_factor(_with_factor(rows, "_unit", "_by_unit", lists), "beside", "_by_sign", lists)
    factor = pl.coalesce("_by_sign", "_by_unit")
    comma = (pl.col("fault") == "ambiguous") & (factor >= LARGE_UNIT_GRAMS)
    rows = rows.with_columns(
        number=pl.when(comma).then(pl.col("number") / 1000).otherwise("number"),
        rule=pl.when(comma).then(pl.lit("decimal comma")).otherwise("rule"),
    )
    rows = rows.with_columns(_grams=in_grams(pl.col("number"), factor))
    desk.put(rows, mass.out, "_grams")
    _note(desk, mass, rows)


def _with_factor(rows: pl.DataFrame, unit: str, out: str, lists: Codelists) -> pl.DataFrame:
    distinct = rows[unit].drop_nulls().unique().alias(unit).to_frame()
    key = plain(pl.col(unit)).str.strip_chars(" .:")
    known = distinct.with_columns(_key=key).join(
        lists.units.select(_key="key", grams="grams"), on="_key", how="left"
    )
    return rows.join(
        known.select(unit, pl.col("grams").alias(out)), on=unit, how="left", maintain_order="left"
    )


def _note(desk: Desk, mass: Mass, rows: pl.DataFrame) -> None:
    seen = pl.concat_str(mass.text, mass.unit, separator=" ", ignore_nulls=True)
    number, unit = pl.col("number"), pl.col("_unit")
    no_unit = unit.is_null() & pl.col("beside").is_null()
    strange = pl.col("beside").is_not_null() & pl.col("_by_sign").is_null()
    code = (
        pl.when(pl.col("fault") == "scientific").then(pl.lit("check.number_scientific"))
        .when(number.is_null() | strange).then(pl.lit("check.mass_unreadable"))
        .when(no_unit).then(pl.lit("check.mass_unit_missing"))
        .when(pl.col("_grams").is_null()).then(pl.lit("check.mass_unit_unknown"))
        .when(pl.col("_swap")).then(pl.lit("check.fields_swapped"))
        .when(pl.col("fault") == "ambiguous").then(pl.lit("check.mass_ambiguous"))
    )  # fmt: skip
    desk.mark(rows, code, mass.text, seen=seen)
    desk.repair(
        rows.filter(pl.col("_grams").is_not_null()),
        mass.out,
        declared=seen,
        repaired=pl.concat_str(shown(pl.col("_grams")), pl.lit(" g")),
        source=pl.when("_swap").then(pl.lit("mass and unit swapped")).otherwise("rule"),
        confidence=pl.col("confidence"),
    )


def read_count(desk: Desk, text: str, out: str, code: str) -> None:
    """Read a count that is not written plainly ("2 pcs", "3,00"); mark what cannot be read."""
    rows = desk.left_open(text, out)
    if rows is None:
        return
    numbers = read_numbers(rows[text].unique())
    rows = rows.join(numbers, left_on=text, right_on="text", how="left", maintain_order="left")
    desk.put(rows, out, "number")
    scientific = pl.when(pl.col("fault") == "scientific").then(pl.lit("check.number_scientific"))
    fault = scientific.when(pl.col("number").is_null()).then(pl.lit(code))
    desk.mark(rows, fault, text, seen=pl.col(text))
    desk.repair(
        rows.filter(pl.col("number").is_not_null()),
        out,
        declared=pl.col(text),
        repaired=shown(pl.col("number")),
        source=pl.col("rule"),
        confidence=pl.col("confidence"),
    )
