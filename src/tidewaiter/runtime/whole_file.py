"""Write a file whole or not at all.

Durability: the new file is written beside its place, flushed to disk, and put there by one rename;
whoever dies in between leaves the old file as it was. Of two writers at once the later rename wins.
"""

from __future__ import annotations

import os
from pathlib import Path


def write_whole(path: Path, data: bytes) -> None:
    """Write bytes to a file; folders are made where needed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        with fresh.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
