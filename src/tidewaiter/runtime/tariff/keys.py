"""Keys that sign tariff packs: made, written and read as files.

A secret key is written once, for its owner's eyes only (mode 600), and never over another file. How
signatures work is in `knowledge.tariff.note`.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from tidewaiter.knowledge.tariff.note import (
    SEED_BYTES,
    PublicKey,
    SecretKey,
    new_key,
    read_public_key,
    read_secret_key,
)
from tidewaiter.vocabulary.errors import InputError

KEY_BYTES_MAX = 4096


def keygen(path: Path, name: str = "") -> SecretKey:
    """Make a key: the secret half in `path` (mode 600), the public half in `path` + `.pub`.

    Raises:
        InputError: a file is there already, or the name cannot name a key.
    """
    key = new_key(name or path.stem, secrets.token_bytes(SEED_BYTES))
    public = public_path(path)
    for place in (path, public):
        if place.exists():
            raise InputError(
                f"{str(place)!r} is there already.", remedy="Take another name; keys are kept."
            )
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(f"{key.written()}\n")
    public.write_text(f"{key.public}\n", "utf-8")
    return key


def public_path(path: Path) -> Path:
    """Give where the public half of a key file lies."""
    return path.with_name(f"{path.name}.pub")


def secret_key(path: Path) -> SecretKey:
    """Read a secret key from its file.

    Raises:
        InputError: no such file, or no secret key in it.
    """
    return read_secret_key(_key_text(path), str(path))


def public_key(path: Path) -> PublicKey:
    """Read a public key from its file, or the public half of a secret one.

    Raises:
        InputError: no such file, or no key in it.
    """
    return read_public_key(_key_text(path), str(path))


def _key_text(path: Path) -> str:
    if not path.is_file() or path.stat().st_size > KEY_BYTES_MAX:
        raise InputError(
            f"no key file {str(path)!r}.", remedy="Make one with `tidewaiter tariff keygen`."
        )
    return path.read_bytes().decode("utf-8", "replace")
