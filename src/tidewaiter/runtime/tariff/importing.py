"""Import official files into one tariff pack, and say what was read.

Reading is done by `knowledge.tariff`; here stand the files. A pack is written beside its place,
flushed and renamed: whole or not at all.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tidewaiter.knowledge.tariff import sources
from tidewaiter.knowledge.tariff.lines import Reading, SourceSpec, raw_text
from tidewaiter.knowledge.tariff.pack import (
    NOT_SIGNED,
    Manifest,
    SourceFile,
    TariffPack,
    from_bytes,
    to_bytes,
)
from tidewaiter.knowledge.tariff.table import build
from tidewaiter.runtime.tariff.keys import secret_key
from tidewaiter.vocabulary.errors import InputError

REJECTED_SHOWN_MAX = 10
UNSTATED = "unstated"


@dataclass(frozen=True, slots=True)
class About:
    """What an importer is told of a schedule; empty or None where it was not told.

    Args:
        jurisdiction: whose it is; default what the format is usually for.
        schedule: its short name; default likewise.
        edition: as its publisher calls it.
        valid_from: first day of the edition; default the day of import.
        source_url: where the files are from.
        licence: terms of the source.
    """

    jurisdiction: str = ""
    schedule: str = ""
    edition: str = ""
    valid_from: dt.date | None = None
    source_url: str = ""
    licence: str = ""


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did: where the pack lies, the pack, and what a person should know."""

    path: Path
    pack: TariffPack
    warnings: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Give it for machines."""
        first = self.pack.rejected.head(REJECTED_SHOWN_MAX).to_dicts()
        return {
            "path": str(self.path),
            "size_bytes": self.path.stat().st_size,
            **summary(self.pack),
            "warnings": list(self.warnings),
            "first_rejected": first,
        }


@dataclass(frozen=True, slots=True)
class _File:
    """An official file as it was read."""

    name: str
    data: bytes
    spec: SourceSpec
    reading: Reading

    @property
    def first(self) -> tuple[str, str]:
        """Where the file comes among others: by its first code, then its name."""
        codes = (line.code for line in self.reading.lines if line.code)
        return next(codes, ""), self.name


def import_files(
    files: Sequence[Path],
    out: Path,
    about: About,
    *,
    imported_at: dt.date,
    format_name: str = sources.AUTO,
    key: Path | None = None,
) -> Imported:
    """Import official files into one pack.

    Args:
        files: the files, all of one format; their order does not matter.
        out: the pack to write.
        about: what is told of the schedule.
        imported_at: day of import.
        format_name: their format; `auto` tells it from the content.
        key: secret key to sign with; without it the pack is not signed.

    Raises:
        InputError: files that cannot be read at all, differ in format or are given twice, a key
            that is none, or a path where nothing can be written.
    """
    secret = secret_key(key) if key else None
    read = sorted((_read(path, format_name) for path in files), key=lambda file: file.first)
    _refuse_mixtures(read)
    spec = read[0].spec
    table = build([(file.name, file.reading) for file in read], spec)
    if not table.lines.height:
        first = table.rejected["reason"].head(1).to_list()
        raise InputError(
            f"no row could be read{f': {first[0]}' if first else '.'}",
            where=", ".join(file.name for file in read),
            remedy=f"Check the files, or name another --format than {spec.name}.",
        )
    refused = dict(table.rejected.group_by("source").len().rows())
    manifest = _manifest(about, spec, imported_at, table.counts, [
        SourceFile(
            name=file.name,
            sha256=hashlib.sha256(file.data).hexdigest(),
            size_bytes=len(file.data),
            records=file.reading.records,
            kept=file.reading.records - file.reading.ignored - refused.get(file.name, 0),
            rejected=refused.get(file.name, 0),
            told=file.reading.told,
        )
        for file in read
    ], {name: value for file in read for name, value in file.reading.says.items()})  # fmt: skip
    data = to_bytes(manifest, table, secret)
    write_whole(out, data)
    pack = from_bytes(data, name=str(out))
    return Imported(out, pack, warnings(pack))


def summary(pack: TariffPack) -> dict[str, Any]:
    """Say what a pack is, for machines."""
    return {"id": pack.id, **pack.manifest.as_json(), "signature": pack.signed}


def warnings(pack: TariffPack) -> tuple[str, ...]:
    """Say what a person should know before relying on a pack."""
    said, counts = pack.manifest, pack.manifest.counts
    found = [
        f"{file.name} says it has {file.told:,} records, but holds {file.records:,}"
        for file in said.files
        if file.told is not None and file.told != file.records
    ]
    if said.assumed:
        found.append(f"nobody told: {', '.join(said.assumed)}")
    if counts["rejected"]:
        found.append(f"{counts['rejected']:,} records were rejected; they are kept in the pack")
    if counts["path_incomplete"]:
        found.append(f"{counts['path_incomplete']:,} rows lack a row above them")
    if not counts["declarable"]:
        found.append("no code is one that goods can be declared under")
    if not pack.note:
        found.append(NOT_SIGNED)
    return tuple(found)


def _read(path: Path, format_name: str) -> _File:
    if not path.is_file():
        raise InputError(f"no file {str(path)!r}.", remedy="Check the path.")
    data = path.read_bytes()
    name = raw_text(path.name)
    source, reading = sources.read(data, name, format_name)
    return _File(name, data, source.spec, reading)


def _refuse_mixtures(files: Sequence[_File]) -> None:
    formats = sorted({file.spec.name for file in files})
    if len(formats) != 1:
        raise InputError(
            f"files of different formats: {', '.join(formats)}." if formats else "no file given.",
            remedy="One pack holds one schedule: give files of one format.",
        )
    names = [file.name for file in files]
    twice = {name for name in names if names.count(name) > 1}
    contents = [file.data for file in files]
    twice |= {file.name for file in files if contents.count(file.data) > 1}
    if twice:
        raise InputError(
            f"given twice: {', '.join(sorted(twice))}.", remedy="Give each file once, by its name."
        )


def _manifest(
    about: About,
    spec: SourceSpec,
    imported_at: dt.date,
    counts: dict[str, int],
    files: list[SourceFile],
    says: dict[str, str],
) -> Manifest:
    """Put together what is told and what is assumed."""
    told: dict[str, Any] = {
        "jurisdiction": about.jurisdiction,
        "schedule": about.schedule,
        "edition": about.edition,
        "valid_from": about.valid_from,
        "source_url": about.source_url,
        "licence": about.licence,
    }
    usual: dict[str, Any] = {
        "jurisdiction": spec.jurisdiction,
        "schedule": spec.schedule,
        "edition": says.get("className") or UNSTATED,
        "valid_from": imported_at,
        "source_url": UNSTATED,
        "licence": UNSTATED,
    }
    by_format = {"jurisdiction", "schedule"} | ({"edition"} if "className" in says else set())
    return Manifest(
        **{name: value or usual[name] for name, value in told.items()},
        imported_at=imported_at,
        format=spec.name,
        files=tuple(files),
        says=dict(sorted(says.items())),
        assumed=tuple(sorted(n for n, value in told.items() if not value and n not in by_format)),
        counts=counts,
    )


def write_whole(path: Path, data: bytes) -> None:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}.new")
    with fresh.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
