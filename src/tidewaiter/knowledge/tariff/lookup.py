"""What stands under a subheading, whether a code exists, and which of several packs counts.

Frames and series in, frames and series out. A day may be given where the source tells validity;
without one, every line of the pack counts.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import polars as pl

from tidewaiter.knowledge.tariff.pack import TariffPack
from tidewaiter.knowledge.tariff.table import BETWEEN
from tidewaiter.vocabulary.errors import InputError

CANDIDATE_COLUMNS = (
    "hs6", "code", "description", "text", "units", "rate_general", "rate_special", "rate_other",
    "rates_from", "path_complete",
)  # fmt: skip


def under(pack: TariffPack, hs6: pl.DataFrame, on: dt.date | None = None) -> pl.DataFrame:
    """Give the declarable national codes under each subheading.

    Args:
        pack: the schedule.
        hs6: frame with a column `hs6` (six digits); others are left out, repeats count once.
        on: day the codes must be valid, where the source tells it.

    Returns:
        Frame `CANDIDATE_COLUMNS`, sorted by hs6 and code: `description` is the line's own text,
        `text` the texts from the top down to it. Subheadings that are not in the pack have no row.

    Raises:
        InputError: no column `hs6`.
    """
    if "hs6" not in hs6.columns:
        raise InputError("no column 'hs6'.", remedy="Give a frame with six-digit codes in hs6.")
    wanted = hs6.select(pl.col("hs6").cast(pl.String)).drop_nulls().unique()
    text = pl.concat_str("path", "description", separator=BETWEEN, ignore_nulls=True)
    leaves = pack.lines.lazy().filter(pl.col("declarable"), *_valid(on))
    return (
        leaves.join(wanted.lazy(), on="hs6", how="semi")
        .with_columns(text.alias("text"))
        .select(CANDIDATE_COLUMNS)
        .sort("hs6", "code", maintain_order=True)
        .collect()
    )


national_candidates = under  # what the classifier calls it


def exists(pack: TariffPack, codes: pl.Series, on: dt.date | None = None) -> pl.Series:
    """Say of each code, with or without dots, whether the schedule has it; null for null."""
    return _among(codes, pack.lines.filter(pl.col("code").is_not_null(), *_valid(on)))


def is_leaf(pack: TariffPack, codes: pl.Series, on: dt.date | None = None) -> pl.Series:
    """Say of each code whether goods can be declared under it; null for null."""
    return _among(codes, pack.lines.filter(pl.col("declarable"), *_valid(on)))


def choose(
    packs: Iterable[TariffPack], on: dt.date, known_at: dt.date | None = None
) -> TariffPack | None:
    """Give the pack that counts on a day, by what was known on another (default: by all we know).

    Of packs in force on that day the one that begins last counts; of two that begin on one day,
    the one imported last (a correction); then the greater id, so that the answer is always one.

    Args:
        packs: editions of one schedule.
        on: day of the declaration (valid time).
        known_at: day of the decision to replay (known time).

    Raises:
        InputError: packs of different schedules.
    """
    held = list(packs)
    kinds = sorted({(pack.manifest.jurisdiction, pack.manifest.schedule) for pack in held})
    if len(kinds) > 1:
        said = ", ".join(" ".join(kind) for kind in kinds)
        raise InputError(
            f"packs of different schedules: {said}.", remedy="Choose among one schedule's packs."
        )
    able = [
        pack
        for pack in held
        if pack.manifest.valid_from <= on
        and (known_at is None or pack.manifest.imported_at <= known_at)
    ]
    return max(
        able,
        key=lambda pack: (pack.manifest.valid_from, pack.manifest.imported_at, pack.id),
        default=None,
    )


def _valid(on: dt.date | None) -> list[pl.Expr]:
    if on is None:
        return []
    begun = pl.col("valid_from").is_null() | (pl.col("valid_from") <= on)
    return [begun, pl.col("valid_to").is_null() | (pl.col("valid_to") >= on)]


def _among(codes: pl.Series, rows: pl.DataFrame) -> pl.Series:
    bare = codes.cast(pl.String).str.replace_all(r"[.\s]", "")
    return bare.is_in(rows["code"].unique().implode()).alias(codes.name)
