"""A tariff schedule as rates by goods code: what the charge stage asks for the normal duty.

Made from an imported tariff pack (`knowledge.tariff`): its declarable lines with their rates in
fixed columns. A goods code of six or eight digits stands for every line below it, each different
rate once, so that a range can be told. Does not know the layers that come on top (see `regimes`).
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from tidewaiter.knowledge.rates.canonical import RATE_COLUMNS

LENGTHS = (10, 8, 6)
NOTES = "tariff_notes"


@dataclass(frozen=True, slots=True, eq=False)
class Schedule:
    """Rates by goods code.

    Args:
        id: digest of the pack it was made from.
        title: its name for a person.
        rates: `goods_code` (6, 8 or 10 digits), `text`, and `RATE_COLUMNS`; a code may have more.
        notes: `goods_code`, `tariff_notes`: chapter 99 headings every line below it names.
    """

    id: str
    title: str
    rates: pl.DataFrame
    notes: pl.DataFrame

    def rates_for(self, codes: pl.Series) -> pl.DataFrame:
        """Give the rates of goods codes: `goods_code, text` and `RATE_COLUMNS`."""
        near = self._nearest(codes)
        return near.join(self.rates.rename({"goods_code": "_code"}), on="_code").drop("_code")

    def notes_for(self, codes: pl.Series) -> pl.DataFrame:
        """Give the chapter 99 headings of goods codes: `goods_code, tariff_notes`."""
        near = self._nearest(codes)
        return near.join(self.notes.rename({"goods_code": "_code"}), on="_code").drop("_code")

    def _nearest(self, codes: pl.Series) -> pl.DataFrame:
        """Give for each code the longest beginning of it the schedule has (at least six digits)."""
        known = self.rates["goods_code"].unique().implode()
        asked = pl.DataFrame({"goods_code": codes})
        cuts = [pl.col("goods_code").str.slice(0, length) for length in LENGTHS]
        chosen = pl.coalesce(pl.when(cut.is_in(known)).then(cut) for cut in cuts)
        return asked.with_columns(chosen.alias("_code")).filter(pl.col("_code").is_not_null())


def schedule_of(rates: pl.DataFrame, *, pack_id: str, title: str) -> Schedule:
    """Make a schedule from the declarable lines' rates.

    Args:
        rates: `code, rate_text, notes` and `RATE_COLUMNS`, a row a declarable line.
        pack_id: digest of the tariff pack.
        title: of the pack.
    """
    levels = [
        rates.with_columns(pl.col("code").str.slice(0, length).alias("goods_code")).filter(
            pl.col("goods_code").str.len_chars() == length
        )
        for length in LENGTHS
    ]
    every = pl.concat(levels).rename({"rate_text": "text"})
    by_rate = every.select("goods_code", "text", *RATE_COLUMNS).unique(maintain_order=True)
    one = pl.col("notes").list.sort().list.join(" ")
    named = every.group_by("goods_code", maintain_order=True).agg(
        pl.col("notes").first(), one.n_unique().alias("_kinds")
    )
    return Schedule(
        pack_id,
        title,
        by_rate,
        named.filter(pl.col("_kinds") == 1).select("goods_code", pl.col("notes").alias(NOTES)),
    )
