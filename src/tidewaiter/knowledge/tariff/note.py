"""Signed notes: a short text and Ed25519 signatures below it, each with key name and key id.

C2SP signed-note 1.0: the text ends with a newline, an empty line follows, then one line a
signature: an em dash, the key's name, and base64 of key id (4 bytes) and signature. Key id = first
4 bytes of SHA-256(name, newline, type byte, key). Public keys are written `name+id+base64`, secret
keys `PRIVATE+KEY+name+id+base64`, as the Go note library does. At most 16 signatures are read;
those of unknown keys are named and not checked. Keeps no keys and makes none by itself: a new key
is made from 32 bytes it is given.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from tidewaiter.vocabulary.errors import InputError

ED25519 = b"\x01"
SEED_BYTES = 32
ID_BYTES = 4
SIGNATURES_MAX = 16
NOTE_BYTES_MAX = 64 * 1024
_PRIVATE = "PRIVATE+KEY+"
_NAME = re.compile(r"^[^\s+]{1,100}$")
_SIGNATURE = re.compile(r"^— (\S+) ([A-Za-z0-9+/]+={0,2})$")
_REMEDY = "Make a key with `tidewaiter tariff keygen FILE`."


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key that signatures are checked with: name, id in hex, 32 bytes."""

    name: str
    id: str
    key: bytes

    def __str__(self) -> str:
        """Write the key as `name+id+base64`."""
        return f"{self.name}+{self.id}+{base64.b64encode(ED25519 + self.key).decode()}"


@dataclass(frozen=True, slots=True)
class SecretKey:
    """A key that signs; write it to a file only its owner can read."""

    name: str
    seed: bytes

    @property
    def public(self) -> PublicKey:
        """The key that checks its signatures."""
        key = Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes_raw()
        return PublicKey(self.name, key_id(self.name, key), key)

    def written(self) -> str:
        """Write the key as `PRIVATE+KEY+name+id+base64`."""
        held = base64.b64encode(ED25519 + self.seed).decode()
        return f"{_PRIVATE}{self.name}+{self.public.id}+{held}"

    def __repr__(self) -> str:
        """Name the key without showing it."""
        return f"SecretKey({self.name!r})"


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line: who signed, and what a known key says of it.

    Args:
        name: name of the key.
        id: its id, in hex.
        good: true, false, or null if no known key has this name and id.
    """

    name: str
    id: str
    good: bool | None


def key_id(name: str, key: bytes) -> str:
    """Give the id of a public key, 8 hex digits."""
    return hashlib.sha256(name.encode() + b"\n" + ED25519 + key).hexdigest()[: 2 * ID_BYTES]


def new_key(name: str, seed: bytes) -> SecretKey:
    """Make a key from 32 random bytes.

    Raises:
        InputError: a name with blanks or a plus sign, or a seed of another length.
    """
    if not _NAME.match(name):
        raise InputError(
            f"{name!r} cannot name a key.", remedy="Take 1-100 characters without blanks and +."
        )
    if len(seed) != SEED_BYTES:
        raise InputError(f"a key is made from {SEED_BYTES} bytes, not {len(seed)}.")
    return SecretKey(name, seed)


def read_secret_key(said: str, where: str = "") -> SecretKey:
    """Read a secret key.

    Raises:
        InputError: not a secret key, or one whose id does not fit.
    """
    said = said.strip()
    if not said.startswith(_PRIVATE):
        raise InputError("not a secret key.", where=where, remedy=_REMEDY)
    name, told, held = _parts(said.removeprefix(_PRIVATE), where)
    key = new_key(name, held)
    if key.public.id != told:
        raise InputError("the key's id does not fit it.", where=where, remedy=_REMEDY)
    return key


def read_public_key(said: str, where: str = "") -> PublicKey:
    """Read a public key; from a secret key, its public half.

    Raises:
        InputError: not a key, or one whose id does not fit.
    """
    if said.strip().startswith(_PRIVATE):
        return read_secret_key(said, where).public
    name, told, key = _parts(said.strip(), where)
    if key_id(name, key) != told:
        raise InputError("the key's id does not fit it.", where=where, remedy=_REMEDY)
    return PublicKey(name, told, key)


def sign(text: str, key: SecretKey) -> str:
    """Give a note: the text (it must end with a newline) and the key's signature."""
    signature = Ed25519PrivateKey.from_private_bytes(key.seed).sign(text.encode())
    held = base64.b64encode(bytes.fromhex(key.public.id) + signature).decode()
    return f"{text}\n— {key.name} {held}\n"


def open_note(note: bytes, keys: Iterable[PublicKey] = ()) -> tuple[str, tuple[Signature, ...]]:
    """Give the text of a note, and its signatures checked with the keys that are known.

    Raises:
        InputError: not a note; says what is wrong with it.
    """
    known = {(key.name, key.id): key for key in keys}
    try:
        said = note.decode()
    except UnicodeDecodeError as fault:
        raise InputError("the signature is not UTF-8.") from fault
    text, between, signed = said.rpartition("\n\n")
    lines = signed.removesuffix("\n").split("\n")
    if not between or not signed.endswith("\n") or not 1 <= len(lines) <= SIGNATURES_MAX:
        raise InputError("the signature is not a signed note.")
    found = [_checked(line, f"{text}\n", known) for line in lines]
    return f"{text}\n", tuple(found)


def _checked(line: str, text: str, known: dict[tuple[str, str], PublicKey]) -> Signature:
    parts = _SIGNATURE.match(line)
    held = _decoded(parts.group(2)) if parts else None
    if parts is None or held is None or len(held) <= ID_BYTES:
        raise InputError("a signature line cannot be read.")
    name, told = parts.group(1), held[:ID_BYTES].hex()
    key = known.get((name, told))
    if key is None:
        return Signature(name, told, None)
    try:
        Ed25519PublicKey.from_public_bytes(key.key).verify(held[ID_BYTES:], text.encode())
    except InvalidSignature:
        return Signature(name, told, good=False)
    return Signature(name, told, good=True)


def _parts(said: str, where: str) -> tuple[str, str, bytes]:
    """Take `name+id+base64` apart; the type byte must be Ed25519's."""
    parts = said.split("+", 2)
    held = _decoded(parts[2]) if len(parts) == 3 else None
    if held is None or held[:1] != ED25519 or len(held) != 1 + SEED_BYTES:
        raise InputError("not an Ed25519 note key.", where=where, remedy=_REMEDY)
    return parts[0], parts[1], held[1:]


def _decoded(said: str) -> bytes | None:
    try:
        return base64.b64decode(said, validate=True)
    except (binascii.Error, ValueError):
        return None
