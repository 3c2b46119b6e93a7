"""Declared lines against a return."""

from __future__ import annotations

import time
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from tests.accounts.baskets import Parcel, batch
from tidewaiter.accounts.cross_checking import cross_check, declared_tax
from tidewaiter.vocabulary.account_frames import DECLARED_TAX, TAX_RETURN

A, B = "IM2760000001", "IM3720000224"


def lines(*rows: tuple[str, str, str, str, str]) -> pl.DataFrame:
    return frame(DECLARED_TAX, rows)


def told(*rows: tuple[str, str, str | None, str, str]) -> pl.DataFrame:
    return frame(TAX_RETURN, rows)


def frame(shape: Any, rows: Any) -> pl.DataFrame:
    said = [
        {"number": number, "country": country, "rate": rate and Decimal(rate),
         "taxable": Decimal(taxable), "tax": Decimal(tax), "currency": "EUR"}
        for number, country, rate, taxable, tax in rows
    ]  # fmt: skip
    return pl.DataFrame(
        [{name: row.get(name) for name in shape.schema} for row in said], schema=shape.schema
    )


CASES = [
    pytest.param([(A, "FR", "20", "100", "20")], [(A, "FR", "20", "100", "20")], [],
                 id="alike is no mismatch"),
    pytest.param([(A, "FR", "20", "60", "12"), (A, "FR", "20", "40", "8")],
                 [("im 276 0000001", "fr", "20", "100", "20")], [],
                 id="sums are compared, whatever the spelling"),
    pytest.param([(A, "FR", "20", "100", "20")], [(A, "FR", "20", "50", "10")],
                 [(A, "FR", "under_declared", "10")], id="too little tax in the return"),
    pytest.param([(A, "FR", "20", "100", "20")], [(A, "FR", "20", "150", "30")],
                 [(A, "FR", "over_declared", "-10")], id="too much tax in the return"),
    pytest.param([(A, "FR", "20", "100", "20"), (B, "DE", "19", "100", "19")],
                 [(A, "FR", "20", "100", "20")],
                 [(B, "DE", "number_not_in_return", "19")], id="a number absent in the return"),
    pytest.param([(A, "FR", "20", "100", "20"), (A, "DE", "19", "100", "19")],
                 [(A, "FR", "20", "100", "20")],
                 [(A, "DE", "country_not_in_return", "19")], id="a country absent"),
    pytest.param([(A, "FR", "20", "100", "20"), (A, "FR", "5.5", "100", "5.50")],
                 [(A, "FR", "20", "100", "20")],
                 [(A, "FR", "rate_not_in_return", "5.50")], id="a rate absent"),
    pytest.param([], [(A, "FR", "20", "100", "20")],
                 [(A, "FR", "not_declared", "-20")], id="a return without declarations"),
    pytest.param([(A, "FR", "20", "100", "20"), (A, "FR", "5.5", "100", "5.50")],
                 [(A, "FR", None, "200", "25.50")], [], id="a return without rates"),
]  # fmt: skip


@pytest.mark.requirement("G8")
@pytest.mark.parametrize(("declared", "returned", "wanted"), CASES)
def test_mismatch(declared: Any, returned: Any, wanted: Any) -> None:
    found = cross_check(lines(*declared), told(*returned))
    got = found.select("number", "country", "what", "tax_missing").rows()
    assert got == [(n, c, what, Decimal(missing)) for n, c, what, missing in wanted]


def test_tolerance_lets_rounding_pass_and_a_number_not_registered_is_told() -> None:
    declared, returned = lines((A, "FR", "20", "100", "20.01")), told((A, "FR", "20", "100", "20"))
    assert cross_check(declared, returned).height == 1
    assert cross_check(declared, returned, tolerance=Decimal("0.01")).is_empty()
    found = cross_check(declared, returned, registered={B})
    assert found["what"].to_list() == ["number_not_registered"]


def test_another_currency_is_told_and_not_compared() -> None:
    returned = told((A, "FR", "20", "100", "20")).with_columns(pl.lit("SEK").alias("currency"))
    found = cross_check(lines((A, "FR", "20", "100", "20")), returned)
    assert set(found["what"]) == {"currency_differs", "not_declared"}


@pytest.mark.requirement("G8")
@pytest.mark.partly("the speed; exchange of returns with a tax administration is not built")
def test_ten_thousand_lines_take_well_under_a_second() -> None:
    count, numbers = 10_000, 200
    said = pl.DataFrame({"n": range(count)}).select(
        pl.format("P{}", "n").alias("consignment_id"),
        pl.format("IM276{}", (pl.col("n") % numbers).cast(pl.String).str.zfill(7)).alias("number"),
        pl.lit("FR").alias("country"), pl.lit(Decimal(20)).alias("rate"),
        pl.lit(Decimal(100)).alias("taxable"), pl.lit(Decimal(20)).alias("tax"),
        pl.lit("EUR").alias("currency"),
    )  # fmt: skip
    whole = said.group_by("number", "country", "rate", "currency").agg(
        pl.col("taxable", "tax").sum()
    )
    short = whole.with_columns(
        pl.when(pl.col("number") == "IM2760000007").then(pl.lit(Decimal(900)))
        .otherwise("tax").alias("tax")
    )  # fmt: skip
    begun = time.process_time()
    found = cross_check(said, short)
    assert time.process_time() - begun < 1
    assert found.select("number", "lines", "tax_missing").rows() == [
        ("IM2760000007", count // numbers, Decimal(100))
    ]
    assert "declared 1000, returned 900 EUR" in found["sentence"].item()


@pytest.mark.requirement("G8")
def test_lines_of_a_run_are_taken_by_number_and_month_without_refused_parcels() -> None:
    run = batch(Parcel("A"), Parcel("B", number=None), Parcel("C", decision="refuse"))
    assert declared_tax(run)["consignment_id"].to_list() == ["A"]
    row = declared_tax(run, "2026-07").row(0, named=True)
    assert (row["country"], row["rate"], row["tax"]) == ("FR", Decimal(20), Decimal("25.20"))
    assert declared_tax(run, "2026-08").is_empty()
