"""What every pack file has in common: head, sources, digest, and faults reported all at once.

A pack is one TOML file below `packs/<kind>/`, perhaps with tables (CSV) in a folder of the same
name beside it. This module reads the head and the digest; a module per kind (`regimes`,
`controls`, ...) reads the body. Only `knowledge/` knows how a pack looks.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from tidewaiter.vocabulary.errors import PackError, unknown_name

Table: TypeAlias = dict[str, Any]

PACKS_DIR = Path(__file__).resolve().parent.parent / "packs"
PACK_BYTES_MAX = 16 * 1024 * 1024
CONFIDENCES = {
    "official": "official text or official data read",
    "secondary": "law firm, carrier, vendor or press",
    "memory": "from memory, unverified: may be shown as an estimate, never as authoritative",
    "derived": "reckoned here from other values",
    "own": "our own words or our own choice",
}
HEAD_KEYS = {"id", "kind", "title", "retrieved_on", "licence", "note"}
SOURCE_KEYS = {"id", "title", "clause", "link", "date", "confidence"}


@dataclass(frozen=True, slots=True)
class Source:
    """Where a pack value comes from."""

    id: str
    title: str
    clause: str
    date: dt.date | None
    confidence: str

    def __str__(self) -> str:
        """Give title and clause as a citation."""
        return f"{self.title}, {self.clause}" if self.clause else self.title


@dataclass(frozen=True, slots=True)
class Pack:
    """A pack file: its head, its sources, its digest, and the rest of it unread.

    `digest` is the SHA-256 over the TOML file and every table in the folder beside it.
    """

    id: str
    kind: str
    title: str
    retrieved_on: dt.date
    licence: str
    sources: dict[str, Source]
    digest: str
    path: Path
    body: Table

    @property
    def tables_dir(self) -> Path:
        """Folder of the pack's tables."""
        return self.path.with_suffix("")


def pack_paths(kind: str, packs_dir: Path = PACKS_DIR) -> list[Path]:
    """All pack files of a kind, sorted by name."""
    return sorted((packs_dir / kind).glob("*.toml"))


def read_pack(kind: str, name: str, packs_dir: Path = PACKS_DIR) -> Pack:
    """Read one pack by kind and name.

    Raises:
        InputError: no such pack; names the nearest ones.
        PackError: the file breaks the head's contract; all faults are listed.
    """
    path = packs_dir / kind / f"{name}.toml"
    if not path.is_file():
        known = [p.stem for p in pack_paths(kind, packs_dir)]
        raise unknown_name(f"pack of kind {kind}", name, known)
    data = path.read_bytes()
    if len(data) > PACK_BYTES_MAX:
        raise PackError([f"{kind}/{name}: larger than {PACK_BYTES_MAX} bytes"])
    try:
        body = tomllib.loads(data.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise PackError([f"{kind}/{name}.toml: {fault}"]) from fault
    head = body.pop("pack", {})
    sources = body.pop("source", [])
    faults = _head_faults(f"{kind}/{name}", kind, head, sources)
    if faults:
        raise PackError(faults)
    return Pack(
        id=head["id"],
        kind=kind,
        title=head["title"],
        retrieved_on=head["retrieved_on"],
        licence=head["licence"],
        sources={entry["id"]: _source(entry) for entry in sources},
        digest=_digest(path, data),
        path=path,
        body=body,
    )


def check_keys(
    where: str, table: Table, needed: Iterable[str], allowed: Iterable[str] = ()
) -> list[str]:
    """Give a fault for each missing needed key and each key that is neither needed nor allowed."""
    needed = set(needed)
    known = needed | set(allowed)
    faults = [f"{where}: key {key!r} is missing" for key in sorted(needed - table.keys())]
    faults += [
        f"{where}: key {key!r} is not known; known are {', '.join(sorted(known))}"
        for key in sorted(table.keys() - known)
    ]
    return faults


def check_source(where: str, table: Table, pack_sources: Iterable[str]) -> list[str]:
    """Give a fault if the entry's `source` is not one of the pack's sources."""
    known = set(pack_sources)
    if table.get("source") in known:
        return []
    return [f"{where}: source {table.get('source')!r} is not declared; known: {sorted(known)}"]


def _head_faults(where: str, kind: str, head: Table, sources: list[Table]) -> list[str]:
    faults = check_keys(f"{where} [pack]", head, HEAD_KEYS - {"note"}, {"note"})
    if head.get("kind", kind) != kind:
        faults.append(f"{where}: kind is {head['kind']!r} but the folder says {kind!r}")
    if head.get("id", where) != where:
        faults.append(f"{where}: id is {head['id']!r}; it must be {where!r}")
    if not isinstance(head.get("retrieved_on", dt.date.min), dt.date):
        faults.append(f"{where}: retrieved_on must be a date")
    seen: set[str] = set()
    for number, entry in enumerate(sources, start=1):
        place = f"{where} [[source]] {number}"
        faults += check_keys(place, entry, {"id", "title", "confidence"}, SOURCE_KEYS)
        if entry.get("confidence", "own") not in CONFIDENCES:
            faults.append(f"{place}: confidence must be one of {', '.join(CONFIDENCES)}")
        if entry.get("id") in seen:
            faults.append(f"{place}: id {entry['id']!r} stands twice")
        seen.add(str(entry.get("id")))
    if not sources:
        faults.append(f"{where}: no [[source]]; every pack says where its facts are from")
    return faults


def _source(entry: Table) -> Source:
    return Source(
        id=entry["id"],
        title=entry["title"],
        clause=entry.get("clause", ""),
        date=entry.get("date"),
        confidence=entry["confidence"],
    )


def _digest(path: Path, data: bytes) -> str:
    digest = hashlib.sha256(data)
    folder = path.with_suffix("")
    if folder.is_dir():
        for table in sorted(folder.iterdir()):
            digest.update(f"\n{table.name}\n".encode())
            digest.update(table.read_bytes())
    return digest.hexdigest()
