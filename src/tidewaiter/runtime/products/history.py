"""The history of products, makers and factories: built from files, kept in one file, shown.

Files of messages run through the flow up to the tariff code and are summarised bucket by bucket;
folders that `assess` wrote are summarised as they are (they hold no parties, so sellers and
factories stay unknown). Adding a file that is already in adds nothing (SHA-256 in the file's head).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from tidewaiter.engines.local import LIMITS, Limits, Progress, find_sources, run, silent
from tidewaiter.knowledge.load import Knowledge, load
from tidewaiter.profiles import products as profile
from tidewaiter.runtime.products import files
from tidewaiter.stages.check import check
from tidewaiter.stages.classify import classify
from tidewaiter.stages.fuse import match_keys, merge, pair
from tidewaiter.vocabulary.batch import Batch
from tidewaiter.vocabulary.columns import CONSIGNMENTS, GOODS_ITEMS
from tidewaiter.vocabulary.errors import InputError
from tidewaiter.vocabulary.product_frames import HISTORY, empty_frame

FILE = "history.parquet"
QUANTILES = (0.1, 0.5, 0.9)
SHOWN_MAX = 8
_PLURAL = {
    profile.PRODUCT: "products", profile.MAKER: "makers", profile.FACTORY: "factories",
    profile.ORIGIN: "origins", profile.HS6: "subheadings", profile.DESTINATION: "destinations",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Known:
    """The flow as far as a history needs it: what was said, fused, with a tariff code."""

    knowledge: Knowledge
    on: dt.date

    def check(self, batch: Batch) -> Batch:
        """Read and check."""
        return check(batch, self.knowledge, on=self.on)

    def keys(self, batch: Batch) -> pl.DataFrame:
        """Make the slim keys that pairing needs."""
        return match_keys(batch, self.knowledge.matching)

    def pair(self, keys: pl.DataFrame) -> pl.DataFrame:
        """Say which messages speak of the same parcel."""
        return pair(keys, self.knowledge.matching)

    def finish(self, batch: Batch, pairing: pl.DataFrame) -> Batch:
        """Merge the messages of each parcel and find the goods' codes."""
        batch = merge(batch, pairing, self.knowledge, on=self.on)
        return classify(batch, self.knowledge, on=self.on)


@dataclass(frozen=True, slots=True)
class Built:
    """What was added to a history.

    Args:
        path: its file.
        added: names of the files added.
        skipped: names of those that were in it already.
        lines: lines counted in all, of products.
        products: products known, makers and factories alike by kind.
    """

    path: Path
    added: tuple[str, ...]
    skipped: tuple[str, ...]
    lines: int
    products: dict[str, int]

    def as_json(self) -> dict[str, Any]:
        """Give the figures for machines."""
        return {
            "history": str(self.path),
            "added": list(self.added),
            "already_in": list(self.skipped),
            "lines": self.lines,
            **{_PLURAL[kind]: count for kind, count in self.products.items()},
        }


def place(path: Path) -> Path:
    """Give the history's file: the path itself, or the usual name in a folder."""
    return path / FILE if path.is_dir() or not path.suffix else path


def add(
    paths: Sequence[Path],
    out: Path,
    *,
    lane: str,
    on: dt.date,
    limits: Limits = LIMITS,
    progress: Progress = silent,
) -> Built:
    """Add files or results of runs to a history.

    Args:
        paths: message files, or folders that `assess` wrote.
        out: the history's file or folder; made if it is not there.
        lane: lane whose packs read the messages.
        on: day taken for parcels that tell none.
        limits: what may be in memory at once.
        progress: told how far it is.

    Raises:
        InputError: a file, format or lane that does not exist.
    """
    target = place(out)
    known: dict[str, str] = {}
    parts = [empty_frame(HISTORY)]
    if target.exists():
        known = dict(files.head(target, "history")["files"])
        parts.append(pl.read_parquet(target))
    new = {path: _digest(path) for path in paths}
    fresh = [path for path, digest in new.items() if digest not in known]
    messages = [path for path in fresh if not path.is_dir()]
    parts += [profile.build(_assessed(path), on=on) for path in fresh if path.is_dir()]
    if messages:
        run(
            find_sources(messages),
            Known(load(lane), on),
            lambda batch: parts.append(profile.build(batch, on=on)),
            limits=limits,
            progress=progress,
        )
    whole = profile.merge(parts)
    known |= {new[path]: path.name for path in fresh}
    files.write(whole, target, {"kind": "history", "files": known})
    counted = whole.filter(pl.col("field") == profile.LINES)
    return Built(
        path=target,
        added=tuple(path.name for path in fresh),
        skipped=tuple(path.name for path in paths if path not in fresh),
        lines=int(counted.filter(pl.col("kind") == profile.PRODUCT)["n"].sum()),
        products={
            kind: counted.filter(pl.col("kind") == kind).height
            for kind in (profile.PRODUCT, profile.MAKER, profile.FACTORY)
        },
    )


def load_history(path: Path) -> pl.DataFrame:
    """Read a history: frame `HISTORY`.

    Raises:
        InputError: no history there.
    """
    target = place(path)
    files.head(target, "history")
    return pl.read_parquet(target, columns=list(HISTORY.schema))


def show(key: str, path: Path, *, kind: str = profile.PRODUCT) -> dict[str, Any]:
    """Give what was seen of a product (by GTIN), maker or factory, most frequent first."""
    target = place(path)
    files.head(target, "history")
    rows = (
        pl.scan_parquet(target).filter((pl.col("kind") == kind) & (pl.col("key") == key)).collect()
    )
    if not rows.height:
        return {}
    lines = rows.row(by_predicate=pl.col("field") == profile.LINES, named=True)
    parcels = rows.filter(pl.col("field") == profile.PARCELS)
    prices = rows.filter(pl.col("field").str.starts_with(profile.PRICE))
    return {
        "label": lines["label"],
        "lines": lines["n"],
        "parcels": int(parcels["n"].sum()),
        "first_on": lines["first_on"].isoformat(),
        "last_on": lines["last_on"].isoformat(),
        **{
            _PLURAL[field]: _most(rows.filter(pl.col("field") == field))
            for field in (profile.ORIGIN, profile.HS6, profile.DESTINATION)
        },
        "sellers_about": profile.distinct(rows.filter(pl.col("field") == profile.SELLER)),
        "unit_prices": {
            field.removeprefix(profile.PRICE): {
                f"p{share * 100:.0f}": _price(prices.filter(pl.col("field") == field), share)
                for share in QUANTILES
            }
            for field in prices["field"].unique().sort().to_list()
        },
    }


def _most(rows: pl.DataFrame) -> dict[str, int]:
    most = rows.sort("n", "value", descending=[True, False]).head(SHOWN_MAX)
    return dict(zip(most["value"].to_list(), most["n"].to_list(), strict=True))


def _price(bins: pl.DataFrame, share: float) -> float | None:
    price = profile.quantile(bins, share)
    return None if price is None else float(f"{price:.3g}")


def _digest(path: Path) -> str:
    if not path.exists():
        raise InputError(f"no file {str(path)!r}.", remedy="Check the path.")
    if not path.is_dir():
        return files.digest(path)
    return " ".join(files.digest(part) for part in _parts(path, "goods_items"))


def _parts(folder: Path, name: str) -> list[Path]:
    found = folder / f"{name}.parquet"
    if not found.exists():
        raise InputError(
            f"no {name}.parquet.",
            where=str(folder),
            remedy="Give a folder that `assess --out` wrote, or files of messages.",
        )
    return sorted(found.iterdir()) if found.is_dir() else [found]


def _assessed(folder: Path) -> Batch:
    frames = {
        name: pl.concat([pl.read_parquet(part) for part in _parts(folder, name)], how="diagonal")
        for name in (CONSIGNMENTS.name, GOODS_ITEMS.name)
    }
    return Batch(**frames)
