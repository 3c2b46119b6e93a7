"""Look at tariff packs: verify one, show a code, compare two editions."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl

from tidewaiter.knowledge.tariff import changes
from tidewaiter.knowledge.tariff.note import Signature
from tidewaiter.knowledge.tariff.pack import TariffPack, load_tariff
from tidewaiter.runtime.tariff.keys import public_key
from tidewaiter.vocabulary.errors import InputError, unknown_name

NEAR_CODES_MAX = 20


def verify(path: Path, keys: Sequence[Path] = ()) -> tuple[TariffPack, tuple[Signature, ...], bool]:
    """Check a pack: its content, and its signatures with the keys that are trusted.

    Args:
        path: the pack.
        keys: files with public (or secret) keys.

    Returns:
        The pack, its signatures, and whether it may be trusted: the content is whole, no signature
        is wrong, and, if keys were given, one of them signed.

    Raises:
        InputError: not a pack, a changed one, or a file that is no key.
    """
    known = tuple(public_key(each) for each in keys)
    pack = load_tariff(path)
    found = pack.signatures(known)
    good = any(one.good for one in found) or not known
    return pack, found, good and not any(one.good is False for one in found)


def show(pack: TariffPack, code: str) -> dict[str, Any]:
    """Say what a pack knows of a code.

    Args:
        pack: the schedule.
        code: with or without dots.

    Returns:
        `lines`: the rows with that code, with all columns and `footnotes_above` (of the row whose
        rates it has); `below`: declarable codes under it, with texts and rates.

    Raises:
        InputError: no such code; names the nearest.
    """
    bare = "".join(sign for sign in code if sign.isalnum())
    rows = pack.lines.filter(pl.col("code") == bare)
    if not rows.height and len(bare) < 10:  # a padded schedule writes 0101 as 0101000000
        rows = pack.lines.filter(
            pl.col("code") == bare.ljust(10, "0"), pl.col("level") <= len(bare)
        )
    if not rows.height:
        begins = [bare[:length] for length in (8, 6, 4, 2) if len(bare) >= length]
        codes = pack.lines["code"].drop_nulls()
        near = next((hit for one in begins if len(hit := _near(codes, one))), codes.head(0))
        raise unknown_name("code", bare, near.to_list(), where=pack.title)
    above = pack.lines.select(
        pl.col("code").alias("rates_from"), pl.col("footnotes").alias("footnotes_above")
    ).unique("rates_from", keep="first", maintain_order=True)
    told = rows.join(above, on="rates_from", how="left", maintain_order="left")
    return {"lines": told.to_dicts(), "below": _below(pack, rows).to_dicts()}


def compare(before: Path, after: Path) -> tuple[TariffPack, TariffPack, pl.DataFrame]:
    """Compare two packs; gives both and frame `TARIFF_CHANGES`.

    Raises:
        InputError: not packs, or packs of different schedules.
    """
    old, new = load_tariff(before), load_tariff(after)
    names = [(pack.manifest.jurisdiction, pack.manifest.schedule) for pack in (old, new)]
    if names[0] != names[1]:
        raise InputError(
            f"{' '.join(names[0])} and {' '.join(names[1])} are different schedules.",
            remedy="Compare two editions of one.",
        )
    return old, new, changes.diff(old, new)


def _near(codes: pl.Series, begins: str) -> pl.Series:
    return codes.filter(codes.str.starts_with(begins)).unique().sort().head(NEAR_CODES_MAX)


def _below(pack: TariffPack, rows: pl.DataFrame) -> pl.DataFrame:
    """Give the declarable rows that stand, at any depth, under these rows."""
    found, frontier = [], rows.select("row")
    while frontier.height:
        nearer = pack.lines.join(
            frontier.rename({"row": "parent_row"}), on="parent_row", how="semi"
        )
        found.append(nearer.filter(pl.col("declarable")))
        frontier = nearer.select("row")
    columns = ("code", "path", "description", "units", "rate_general", "rate_special",
               "rate_other", "rates_from")  # fmt: skip
    return pl.concat([*found, pack.lines.head(0)]).sort("row").select(columns)
