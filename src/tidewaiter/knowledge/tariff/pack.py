"""The tariff pack: one file that holds one edition of one schedule, and says where it is from.

A zip archive of stored (not packed) members in fixed order with a fixed time stamp:
    manifest.json        what it is, sources with SHA-256, counts, SHA-256 of the members below
    nomenclature.ndjson  frame `TARIFF_LINES`, a row a line, nulls left out
    rejected.ndjson      frame `TARIFF_REJECTED`
    signature            a signed note over the id (see `note`); only in signed packs
The id is the SHA-256 of manifest.json, so it speaks of every byte of content but the signature. The
same input and options give the same bytes on every machine: nothing depends on a packer's version,
a clock or an order of files. Reading checks all of it, so a changed byte anywhere is found; only a
signature says that nobody made the whole anew. Does not know any source format.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
import struct
import zipfile
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import polars as pl

from tidewaiter.knowledge.tariff.note import PublicKey, SecretKey, Signature, open_note, sign
from tidewaiter.knowledge.tariff.table import TariffTable, with_paths
from tidewaiter.vocabulary.columns import Frame
from tidewaiter.vocabulary.errors import InputError
from tidewaiter.vocabulary.tariff_frames import TARIFF_LINES, TARIFF_REJECTED

SHAPE = 1  # of the file; a pack of another shape is refused
PACK_BYTES_MAX = 1024 * 1024 * 1024
MANIFEST, LINES, REJECTED, SIGNATURE = (
    "manifest.json", "nomenclature.ndjson", "rejected.ndjson", "signature",
)  # fmt: skip
NOTE_TITLE = "tidewaiter.org/tariff-pack/v1"
NOT_SIGNED = "not signed"
_EPOCH = (1980, 1, 1, 0, 0, 0)
_DATES = ("valid_from", "imported_at")


@dataclass(frozen=True, slots=True)
class SourceFile:
    """An official file that was read: name, SHA-256, size, records, and the total it tells."""

    name: str
    sha256: str
    size_bytes: int
    records: int
    kept: int
    rejected: int
    told: int | None = None


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a pack says of itself.

    Args:
        jurisdiction: whose schedule (ISO 3166, EU or WCO).
        schedule: its short name, such as HTS.
        edition: as its publisher calls it.
        valid_from: first day of the edition (valid time).
        imported_at: day from which it is known here (known time).
        source_url: where the files are from.
        licence: terms of the source.
        format: format the files were read as.
        files: the files, in the order read.
        says: what the files say of themselves, by name.
        assumed: names of the values above that nobody told.
        counts: what was read, by name.
    """

    jurisdiction: str
    schedule: str
    edition: str
    valid_from: dt.date
    imported_at: dt.date
    source_url: str
    licence: str
    format: str
    files: tuple[SourceFile, ...]
    says: dict[str, str]
    assumed: tuple[str, ...]
    counts: dict[str, int]

    def as_json(self) -> dict[str, Any]:
        """Give the manifest as JSON would hold it."""
        values: dict[str, Any] = {
            part.name: getattr(self, part.name) for part in fields(self) if part.name != "files"
        }
        values |= {name: values[name].isoformat() for name in _DATES}
        values["assumed"] = list(self.assumed)
        values["files"] = [
            {part.name: getattr(file, part.name) for part in fields(file)} for file in self.files
        ]
        return values


@dataclass(frozen=True, slots=True, eq=False)
class TariffPack:
    """A pack in memory.

    Args:
        id: SHA-256 over its content, hex.
        manifest: what it says of itself.
        lines: frame `TARIFF_LINES` and `path` (see `table.with_paths`).
        rejected: frame `TARIFF_REJECTED`.
        note: the signed note; empty if it is not signed.
    """

    id: str
    manifest: Manifest
    lines: pl.DataFrame
    rejected: pl.DataFrame
    note: bytes = b""

    @property
    def title(self) -> str:
        """Name the pack for a person."""
        said = self.manifest
        return (
            f"{said.jurisdiction} {said.schedule} {said.edition}, valid from {said.valid_from}, "
            f"known since {said.imported_at}"
        )

    @property
    def signed(self) -> str:
        """Say who signed, unchecked, or that nobody did."""
        named = [f"{one.name} (key id {one.id})" for one in self.signatures()]
        return f"signed by {', '.join(named)}" if named else NOT_SIGNED

    def signatures(self, keys: tuple[PublicKey, ...] = ()) -> tuple[Signature, ...]:
        """Give who signed, checked with the keys that are known; nothing if it is not signed."""
        return open_note(self.note, keys)[1] if self.note else ()


def to_bytes(manifest: Manifest, table: TariffTable, key: SecretKey | None = None) -> bytes:
    """Write a pack; the same manifest, table and key give the same bytes.

    Args:
        manifest: what the pack says of itself.
        table: its rows.
        key: who signs; None leaves it unsigned.
    """
    members = {
        LINES: _ndjson(table.lines, TARIFF_LINES),
        REJECTED: _ndjson(table.rejected, TARIFF_REJECTED),
    }
    said = manifest.as_json() | {
        "shape": SHAPE,
        "members": {name: hashlib.sha256(data).hexdigest() for name, data in members.items()},
    }
    text = json.dumps(said, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    members = {MANIFEST: text.encode(), **members}
    if key is not None:
        members[SIGNATURE] = sign(note_text(manifest, _id(members)), key).encode()
    return _zipped(members)


def note_text(manifest: Manifest, pack_id: str) -> str:
    """Give the text that is signed."""
    named = f"{manifest.jurisdiction} {manifest.schedule} {manifest.edition}"
    return f"{NOTE_TITLE}\n{named} from {manifest.valid_from}\n{pack_id}\n"


def load_tariff(path: Path) -> TariffPack:
    """Read a pack from a file and check its content (not its signature).

    Raises:
        InputError: no such file, not a pack, or a changed one.
    """
    if not path.is_file():
        raise InputError(
            f"no file {str(path)!r}.", remedy="Make one with `tidewaiter tariff import`."
        )
    if path.stat().st_size > PACK_BYTES_MAX:
        raise InputError(f"larger than {PACK_BYTES_MAX:,} bytes.", where=str(path))
    return from_bytes(path.read_bytes(), name=str(path))


def from_bytes(data: bytes, *, name: str = "pack") -> TariffPack:
    """Read a pack and check its content.

    Raises:
        InputError: not a pack, of another shape, or changed; says what does not fit.
    """
    members = _members(data, name)
    said = _manifest(members[MANIFEST], name)
    for member, digest in said["members"].items():
        if hashlib.sha256(members[member]).hexdigest() != digest:
            raise _changed(name, f"{member} is not what the manifest says")
    if _zipped(members) != data:
        raise _changed(name, "its frame is not as this program writes it")
    pack_id = _id(members)
    manifest = _read_manifest(said, name)
    note = members.get(SIGNATURE, b"")
    if note and _noted(note, name) != note_text(manifest, pack_id):
        raise _changed(name, "the signature is about another content")
    try:
        lines = _frame(members[LINES], TARIFF_LINES)
        rejected = _frame(members[REJECTED], TARIFF_REJECTED)
    except pl.exceptions.PolarsError as fault:
        raise _changed(name, "its rows cannot be read") from fault
    return TariffPack(pack_id, manifest, with_paths(lines), rejected, note)


def assumed(manifest: Manifest, names: tuple[str, ...]) -> Manifest:
    """Give the manifest with these values marked as told by nobody."""
    return replace(manifest, assumed=tuple(sorted({*manifest.assumed, *names})))


def _id(members: dict[str, bytes]) -> str:
    return hashlib.sha256(members[MANIFEST]).hexdigest()


def _ndjson(frame: pl.DataFrame, declared: Frame) -> bytes:
    """Write rows, declared order of columns, nulls and empty lists left out."""
    write = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=str).encode
    rows = frame.select(declared.schema.keys()).to_dicts()
    held = [{name: value for name, value in row.items() if value not in (None, [])} for row in rows]
    return "".join(f"{write(row)}\n" for row in held).encode()


def _frame(data: bytes, declared: Frame) -> pl.DataFrame:
    if not data:
        return pl.DataFrame(schema=declared.schema)
    frame = pl.read_ndjson(io.BytesIO(data), schema=declared.schema)
    lists = [name for name, dtype in declared.schema.items() if isinstance(dtype, pl.List)]
    return frame.with_columns(pl.col(name).fill_null([]) for name in lists)


def _zipped(members: dict[str, bytes]) -> bytes:
    """Write an archive without compression: no byte depends on the version of a packer."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, data in members.items():
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.create_system = 3
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, data)
    return out.getvalue()


def _members(data: bytes, name: str) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            names = [entry.filename for entry in entries]
            if names[:3] != [MANIFEST, LINES, REJECTED] or names[3:] not in ([], [SIGNATURE]):
                raise _changed(name, "it does not hold the members of a tariff pack")
            if any(entry.compress_type != zipfile.ZIP_STORED for entry in entries):
                raise _changed(name, "its members are compressed")
            return {entry.filename: archive.read(entry) for entry in entries}
    except (
        zipfile.BadZipFile, ValueError, OSError, EOFError, NotImplementedError, RuntimeError,
        struct.error, OverflowError,
    ) as fault:  # fmt: skip
        raise _changed(name, "it is not a whole archive") from fault


def _manifest(data: bytes, name: str) -> dict[str, Any]:
    try:
        said = json.loads(data)
    except (ValueError, RecursionError) as fault:
        raise _changed(name, "manifest.json is not JSON") from fault
    shape = said.get("shape") if isinstance(said, dict) else None
    if shape != SHAPE:
        raise InputError(
            f"a tariff pack of shape {shape}; this version reads {SHAPE}.",
            where=name,
            remedy="Import the official file anew.",
        )
    if not isinstance(said.get("members"), dict) or set(said["members"]) != {LINES, REJECTED}:
        raise _changed(name, "the manifest does not speak of its members")
    return dict(said)


def _read_manifest(said: dict[str, Any], name: str) -> Manifest:
    try:
        values = {part.name: said[part.name] for part in fields(Manifest)}
        values |= {key: dt.date.fromisoformat(values[key]) for key in _DATES}
        values["files"] = tuple(SourceFile(**file) for file in values["files"])
        values["assumed"] = tuple(values["assumed"])
        return Manifest(**values)
    except (KeyError, TypeError, ValueError) as fault:
        raise _changed(name, f"the manifest is not complete ({fault})") from fault


def _noted(note: bytes, name: str) -> str:
    try:
        return open_note(note)[0]
    except InputError as fault:
        raise _changed(name, fault.what.removesuffix(".")) from fault


def _changed(name: str, what: str) -> InputError:
    return InputError(
        f"not a whole tariff pack: {what}.",
        where=name,
        remedy="Get it again from its maker, or import the official file anew.",
    )
