"""Parquet files of product data: read with their head, written whole or not at all.

The head (Parquet key-value metadata, key `tidewaiter`) is a JSON object; it says what kind of file
it is and which imports made it. Durability: the new file is written beside the old one, flushed to
disk, and put in its place by one rename; whoever dies in between leaves the old file as it was. Two
writers at once are not guarded against: the later rename wins.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import polars as pl

from tidewaiter.vocabulary.errors import InputError

KEY = "tidewaiter"
_BLOCK = 1 << 20


def write(frame: pl.DataFrame, path: Path, head: dict[str, Any]) -> None:
    """Write a frame and its head to a file, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        frame.write_parquet(
            fresh, compression="zstd", compression_level=1, metadata={KEY: json.dumps(head)}
        )
        with fresh.open("rb") as file:
            os.fsync(file.fileno())
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


def head(path: Path, kind: str) -> dict[str, Any]:
    """Give the head of a file.

    Raises:
        InputError: no such file, or not one of that kind.
    """
    if not path.is_file():
        raise InputError(f"no file {str(path)!r}.", remedy=f"Make it: see `{_MAKES[kind]} --help`.")
    try:
        found = json.loads(pl.read_parquet_metadata(path).get(KEY, "{}"))
    except pl.exceptions.PolarsError as fault:
        raise InputError(
            f"it is no Parquet file: {fault}", where=str(path), remedy=f"Use `{_MAKES[kind]}`."
        ) from fault
    if found.get("kind") != kind:
        raise InputError(
            f"it is no file of {kind}; it says {found.get('kind')!r}.",
            where=str(path),
            remedy=f"Give a file made by `{_MAKES[kind]}`.",
        )
    return dict(found)


def digest(path: Path) -> str:
    """Give the SHA-256 of a file."""
    whole = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            whole.update(block)
    return whole.hexdigest()


_MAKES = {
    "catalogue": "tidewaiter products import",
    "history": "tidewaiter products history",
    "recalls": "tidewaiter recalls import",
}
