"""Tariff packs that are in force here: kept in the data directory, read as schedules of rates.

Under the data directory `tariff/<jurisdiction>/<id>.tariff`. Durability: a pack is checked, then
written whole and flushed before `use` returns; it is never changed, only dropped. Whoever may write
there can change what everybody owes: guard the folder, and `verify` a pack before you use it (the
content is checked at every reading, the signature is not).

Of kept packs the one counts whose `valid_from` is the last before the day; of two that begin on one
day the one imported last. So one pack must hold the whole edition: a pack of one chapter replaces
an older one of all.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeAlias

import polars as pl

from tidewaiter.knowledge.pack import pack_paths, read_pack
from tidewaiter.knowledge.programmes import load_programmes
from tidewaiter.knowledge.schedules import Schedule, schedule_of
from tidewaiter.knowledge.tariff.pack import Manifest, TariffPack, load_tariff
from tidewaiter.knowledge.tariff.rates import rates_of
from tidewaiter.runtime.data_dir import data_dir
from tidewaiter.runtime.whole_file import write_whole
from tidewaiter.vocabulary.errors import InputError, unknown_name

ID_CHARS = 16
PACKS_READ_MAX = 16
Dated: TypeAlias = tuple[tuple[dt.date, Schedule], ...]
_PLACE = re.compile(r"[A-Z]{2}")


@dataclass(frozen=True, slots=True)
class Kept:
    """A kept pack: its file, its id, what it says of itself, and its schedules by first day."""

    path: Path
    id: str
    title: str
    manifest: Manifest
    schedules: Dated

    def as_json(self) -> dict[str, Any]:
        """Give it for machines."""
        said = self.manifest
        codes = {schedule.lines.height for _, schedule in self.schedules}
        return {
            "id": self.id,
            "title": self.title,
            "jurisdiction": said.jurisdiction,
            "schedule": said.schedule,
            "edition": said.edition,
            "valid_from": said.valid_from.isoformat(),
            "imported_at": said.imported_at.isoformat(),
            "codes": max(codes, default=0),
            "path": str(self.path),
        }


def tariff_dir() -> Path:
    """Give the folder of kept packs (it need not exist)."""
    return data_dir() / "tariff"


def use(path: Path) -> Kept:
    """Put a pack in force: check it and keep a copy.

    Raises:
        InputError: not a pack, one without rates, of a place without a regime, or of another
            schedule than the one kept for that place.
    """
    pack = load_tariff(path)
    place = _place(pack.manifest, str(path))
    if not rates_of(pack)["percent"].count():
        raise InputError(
            "the pack has no rate that can be read.",
            where=str(path),
            remedy="Import the file that has the rates of duty.",
        )
    for other in _packs(place):
        if other.manifest.schedule != pack.manifest.schedule:
            raise InputError(
                f"for {place} the schedule {other.manifest.schedule} is kept, this pack is of "
                f"{pack.manifest.schedule}.",
                where=str(path),
                remedy=f"Drop the other first: tidewaiter tariff drop {other.id[:ID_CHARS]}",
            )
    kept_at = tariff_dir() / place / f"{pack.id[:ID_CHARS]}.tariff"
    write_whole(kept_at, path.read_bytes())
    return _read(kept_at)


def kept() -> list[Kept]:
    """Give all kept packs, by place and first day.

    Raises:
        InputError: a kept pack is damaged; says which.
    """
    places = sorted(folder.name for folder in tariff_dir().glob("*") if folder.is_dir())
    return [pack for place in places for pack in _packs(place)]


def drop(pack_id: str) -> Path:
    """Take a kept pack out of force by the beginning of its id; gives the file that was there.

    Raises:
        InputError: no such pack, or several.
    """
    paths = sorted(tariff_dir().glob("*/*.tariff"))
    hits = [path for path in paths if pack_id and path.stem.startswith(pack_id[:ID_CHARS])]
    if len(hits) != 1:
        raise unknown_name("kept tariff", pack_id, [path.stem for path in paths])
    hits[0].unlink()
    return hits[0]


def schedules_for(jurisdiction: str, known_at: dt.date | None = None) -> Dated:
    """Give the schedules of a place in force here, by first day; none where no pack is kept.

    Args:
        jurisdiction: as the regime has it: US, EU, GB ...
        known_at: by what was known on that day; by default all that is known.

    Raises:
        InputError: a kept pack is damaged; says which.
    """
    chosen: dict[dt.date, Kept] = {}
    for pack in _packs(jurisdiction.upper()):
        if known_at is None or pack.manifest.imported_at <= known_at:
            chosen[pack.manifest.valid_from] = pack  # the one imported last comes last
    days = [*sorted(chosen), dt.date.max]
    return tuple(
        (first, schedule)
        for begin, end in pairwise(days)
        for first, schedule in chosen[begin].schedules
        if first < end
    )


def pack_on(jurisdiction: str, on: dt.date) -> Path | None:
    """Give the kept pack that counts for a place on a day, if there is one."""
    begun = [pack for pack in _packs(jurisdiction.upper()) if pack.manifest.valid_from <= on]
    return begun[-1].path if begun else None


def schedules_of_file(path: Path) -> tuple[str, Dated]:
    """Give the place a pack is for and its schedules, for one run.

    Raises:
        InputError: not a pack, or of a place without a regime.
    """
    if not path.is_file():
        raise InputError(f"no file {str(path)!r}.", remedy="Check the path.")
    held = _read(path.resolve())
    return _place(held.manifest, str(path)), held.schedules


def schedules_of(pack: TariffPack) -> Dated:
    """Make the schedules of a pack: one from its first day, one more where lines begin or end."""
    rates = rates_of(pack)
    first = pack.manifest.valid_from
    programmes = load_programmes(pack.manifest.jurisdiction)
    begun, ended = pl.col("valid_from"), pl.col("valid_to")
    cuts = rates.select(begun.alias("day")).vstack(
        rates.select(ended.dt.offset_by("1d").alias("day"))
    )
    days = sorted({first, *cuts["day"].drop_nulls().filter(cuts["day"].drop_nulls() > first)})
    return tuple(
        (
            day,
            schedule_of(
                rates.filter(
                    begun.is_null() | (begun <= day), ended.is_null() | (ended >= day)
                ),
                pack_id=pack.id,
                title=pack.title,
                programmes=programmes,
            ),
        )
        for day in days
    )  # fmt: skip


def _packs(place: str) -> list[Kept]:
    paths = (tariff_dir() / place).glob("*.tariff")
    read = (_read(path) for path in paths)
    return sorted(read, key=lambda p: (p.manifest.valid_from, p.manifest.imported_at, p.id))


def _read(path: Path) -> Kept:
    state = path.stat()
    return _cached(path, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=PACKS_READ_MAX)
def _cached(path: Path, mtime_ns: int, size: int) -> Kept:  # noqa: ARG001 - they tell a change
    pack = load_tariff(path)
    return Kept(path, pack.id, pack.title, pack.manifest, schedules_of(pack))


def _place(said: Manifest, where: str) -> str:
    """Give the place of a pack; it must be one a regime speaks of."""
    place = said.jurisdiction.upper()
    heads = (read_pack("regimes", path.stem).body["regime"] for path in pack_paths("regimes"))
    known = sorted({str(head["jurisdiction"]) for head in heads})
    if not _PLACE.fullmatch(place) or place not in known:
        raise unknown_name("jurisdiction with a regime", place, known, where=where)
    return place
