"""Readers of official nomenclatures. One module a source format; all pure; bytes in, lines out.

A module has `SOURCE` (a `SourceSpec`) and `read(data) -> Reading`. It is found by its file name;
nothing else needs to change. Readers never import one another.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass

from tidewaiter.knowledge.tariff.lines import FILE_BYTES_MAX, ROWS_MAX, Reading, SourceSpec
from tidewaiter.vocabulary.errors import InputError, unknown_name

AUTO = "auto"
HEAD_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class Source:
    """A loaded source format: what it says of itself, and its reader."""

    spec: SourceSpec
    read: Callable[[bytes], Reading]


def names() -> list[str]:
    """Names of all source formats, sorted, as `tidewaiter tariff import --format` takes them."""
    return sorted(info.name.replace("_", "-") for info in pkgutil.iter_modules(__path__))


def get(name: str) -> Source:
    """Give the source format called `name`.

    Raises:
        InputError: no such format; names the nearest ones.
    """
    if name not in names():
        raise unknown_name("tariff format", name, [*names(), AUTO])
    module = importlib.import_module(f"{__name__}.{name.replace('-', '_')}")
    return Source(module.SOURCE, module.read)


def tell(data: bytes, file_name: str) -> Source:
    """Tell the format of a file from its first bytes and its name.

    Raises:
        InputError: no format claims it.
    """
    head = data[:HEAD_BYTES]
    claims = [(get(name).spec.sniff(head, file_name), name) for name in names()]
    best, name = max(claims, key=lambda claim: claim[0])
    if best <= 0:
        raise InputError(
            "the format cannot be told from the content.",
            where=file_name,
            remedy=f"Name it with --format; known: {', '.join(names())}.",
        )
    return get(name)


def read(data: bytes, file_name: str, format_name: str = AUTO) -> tuple[Source, Reading]:
    """Read a file; gives the format it was read as, and what was read.

    Raises:
        InputError: no such format, a file that cannot be read as it, or one that is too large.
    """
    if len(data) > FILE_BYTES_MAX:
        raise InputError(
            f"{len(data):,} bytes are more than {FILE_BYTES_MAX:,}.",
            where=file_name,
            remedy="Give the schedule in several files.",
        )
    source = tell(data, file_name) if format_name == AUTO else get(format_name)
    try:
        reading = source.read(data)
    except InputError as fault:
        place = f"{file_name}, {fault.where}" if fault.where else file_name
        raise InputError(fault.what, where=place, remedy=fault.remedy) from fault
    if reading.records > ROWS_MAX:
        raise InputError(
            f"{reading.records:,} records are more than {ROWS_MAX:,}.",
            where=file_name,
            remedy="Give the schedule in several files.",
        )
    return source, reading
