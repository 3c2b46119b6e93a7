"""Verified answers: goods whose subheading an officer, a broker or a ruling has confirmed.

The memory of the classifier. An entry is known by its GTIN, its product id or SKU with the seller
who uses it, or by its words; it names the edition it was confirmed in and is silent under another
one (a new edition splits and moves codes; correlation is not guessed). Of several entries for the
same goods the highest authority speaks, among equals the newest; the same party saying the same
thing again adds nothing.

Pure data: where it is kept is the runtime's business (see `runtime.goods`).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from tidewaiter.knowledge.goods_words import FIELD_MARK

AUTHORITIES = ("trader", "broker", "officer", "ruling")  # weakest first
VERIFIED_COLUMNS: dict[str, pl.DataType] = {
    "text": pl.String(),
    "hs6": pl.String(),
    "gtin": pl.String(),
    "product": pl.String(),
    "edition": pl.String(),
    "by": pl.String(),
    "authority": pl.String(),
    "on": pl.String(),
}
KEYS = ("gtin", "product", "text")
_NOT_WORDS = r"[^\p{L}\p{M}\p{N}]+"


def plain(text: pl.Expr) -> pl.Expr:
    """Give the words of a text alone: lower case, one blank between, no marks."""
    return text.str.to_lowercase().str.replace_all(_NOT_WORDS, " ").str.strip_chars()


@dataclass(frozen=True)
class Verified:
    """Verified answers of one edition.

    Args:
        entries: frame with `VERIFIED_COLUMNS`, oldest first.
        edition: only entries of this one answer.
    """

    entries: pl.DataFrame
    edition: str

    @cached_property
    def id(self) -> str:
        """Digest over all entries, 64 hex digits; empty text if there are none."""
        if not self.entries.height:
            return ""
        rows = self.entries.select(pl.concat_str(pl.all().fill_null(""), separator="\t"))
        return hashlib.sha256("\n".join(rows.to_series().to_list()).encode()).hexdigest()

    @cached_property
    def valid(self) -> pl.DataFrame:
        """The entries of the edition, the one that speaks last for each goods coming first."""
        rank = {name: number for number, name in enumerate(AUTHORITIES)}
        return (
            self.entries.filter(pl.col("edition") == self.edition)
            .with_row_index("_row")
            .sort(
                pl.col("authority").replace_strict(rank, default=0, return_dtype=pl.Int64),
                "on",
                "_row",
                descending=True,
            )
            .drop("_row")
            .with_columns(plain(pl.col("text")).alias("words"))
        )

    @cached_property
    def answers(self) -> dict[str, pl.DataFrame]:
        """For each key (`gtin`, `product`, `text`) a frame `key, hs6, by, on`, one row a key."""
        columns = {"gtin": "gtin", "product": "product", "text": "words"}
        return {
            name: self.valid.filter(pl.col(column).fill_null("") != "")
            .unique(column, keep="first", maintain_order=True)
            .select(pl.col(column).alias("key"), "hs6", "by", "on")
            for name, column in columns.items()
        }

    def examples(self, weight: float) -> pl.DataFrame:
        """Give frame `text, hs6, weight, source`: one row a text, what speaks last for it."""
        return (
            self.valid.filter(pl.col("words") != "")
            .unique("words", keep="first", maintain_order=True)
            .select(
                pl.col("text"),
                "hs6",
                pl.lit(weight).alias("weight"),
                pl.lit("confirmed").alias("source"),
            )
        )


def nothing_verified(edition: str) -> Verified:
    """Give an empty memory."""
    return Verified(pl.DataFrame(schema=VERIFIED_COLUMNS), edition)


def words_of_joined(text: pl.Expr) -> pl.Expr:
    """Give the words of a joined text's first field that has any, as `plain` writes them."""
    return plain(text.str.strip_chars_start(FIELD_MARK).str.split(FIELD_MARK).list.first())
