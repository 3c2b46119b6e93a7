"""Round amounts to what their currency can pay."""

from __future__ import annotations

import polars as pl


def rounded(amount: pl.Expr) -> pl.Expr:
    """Round half up to the `decimals` of the row's currency (two where it is not known)."""
    found = amount.round(2, mode="half_away_from_zero")
    for number in (0, 1, 3, 4):
        found = (
            pl.when(pl.col("decimals") == number)
            .then(amount.round(number, mode="half_away_from_zero"))
            .otherwise(found)
        )
    return found
