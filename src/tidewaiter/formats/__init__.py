"""Message formats: bytes in, batch out, and back. One module a format; all pure.

A format module has `FORMAT` (a `FormatSpec`), `decode(data, *, source, position) -> Batch` and,
where `FORMAT.writes`, `encode(batch) -> bytes`. It is found by its file name; nothing else needs
to change. Formats never import one another; what they share is in `spec` and `parts`.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass

from tidewaiter.formats.spec import FormatSpec
from tidewaiter.vocabulary.batch import Batch
from tidewaiter.vocabulary.errors import InputError, unknown_name

_NOT_FORMATS = frozenset({"spec"})


@dataclass(frozen=True, slots=True)
class Format:
    """A loaded format: what it says of itself, its reader, and its writer if it has one."""

    spec: FormatSpec
    decode: Callable[..., Batch]
    encode: Callable[[Batch], bytes] | None


def names() -> list[str]:
    """Names of all formats, sorted, as `tidewaiter convert --from` takes them."""
    return sorted(
        info.name.replace("_", "-")
        for info in pkgutil.iter_modules(__path__)
        if not info.ispkg and info.name not in _NOT_FORMATS
    )


def get(name: str) -> Format:
    """Give the format called `name`.

    Raises:
        InputError: no such format; names the nearest ones.
    """
    if name not in names():
        raise unknown_name("format", name, names())
    module = importlib.import_module(f"{__name__}.{name.replace('-', '_')}")
    return Format(module.FORMAT, module.decode, getattr(module, "encode", None))


def unwritable(name: str) -> InputError:
    """Build the error for a format that can be read only, naming those that can be written."""
    able = [other for other in names() if get(other).encode is not None]
    return InputError(
        f"format {name!r} can be read but not written.", remedy=f"Writable: {', '.join(able)}."
    )


def sniff(head: bytes, file_name: str) -> str | None:
    """Guess the format of a file from its first bytes and its name; None if none claims it.

    The surest claim wins; of equal ones the first by name.
    """
    claims = [(get(name).spec.sniff(head, file_name), name) for name in names()]
    best, name = max(claims, key=lambda claim: claim[0])
    return name if best > 0 else None
