"""Readers of lists of measures. One module a format; all pure; bytes in, measures out.

A module has `SOURCE` (a `MeasureSpec`) and `read(data) -> MeasureReading`. It is found by its file
name; nothing else needs to change. Readers never import one another.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from tidewaiter.knowledge.rates.text import rate_text
from tidewaiter.knowledge.tariff.lines import FILE_BYTES_MAX
from tidewaiter.knowledge.tariff.measure_lines import TYPES, MeasureReading, MeasureSpec
from tidewaiter.vocabulary.errors import InputError, unknown_name
from tidewaiter.vocabulary.tariff_frames import TARIFF_MEASURES

AUTO = "auto"
HEAD_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class MeasureSource:
    """A loaded format: what it says of itself, and its reader."""

    spec: MeasureSpec
    read: Callable[[bytes], MeasureReading]


def names() -> list[str]:
    """Names of all formats, sorted, as `tidewaiter tariff measures --format` takes them."""
    return sorted(info.name.replace("_", "-") for info in pkgutil.iter_modules(__path__))


def get(name: str) -> MeasureSource:
    """Give the format called `name`.

    Raises:
        InputError: no such format; names the nearest ones.
    """
    if name not in names():
        raise unknown_name("format of measures", name, [*names(), AUTO])
    module = importlib.import_module(f"{__name__}.{name.replace('-', '_')}")
    return MeasureSource(module.SOURCE, module.read)


def read(data: bytes, file_name: str, format_name: str = AUTO) -> MeasureReading:
    """Read a file of measures.

    Raises:
        InputError: no such format, a file that cannot be read as it, or one that is too large.
    """
    if len(data) > FILE_BYTES_MAX:
        raise InputError(
            f"{len(data):,} bytes are more than {FILE_BYTES_MAX:,}.",
            where=file_name,
            remedy="Give the measures in several files.",
        )
    source = _tell(data, file_name) if format_name == AUTO else get(format_name)
    try:
        return source.read(data)
    except InputError as fault:
        place = f"{file_name}, {fault.where}" if fault.where else file_name
        raise InputError(fault.what, where=place, remedy=fault.remedy) from fault


def as_frame(reading: MeasureReading) -> pl.DataFrame:
    """Give the measures as frame `TARIFF_MEASURES`, a row a measure and code prefix."""
    rows = [
        {
            "line": one.line,
            "id": one.id,
            "goods": goods,
            "origins": list(one.origins),
            "origins_not": list(one.origins_not),
            "kind": TYPES[one.type],
            "type": one.type,
            "title": one.title,
            "rate_text": one.rate_text,
            "rate": rate_text(one.rate),
            "unknown": one.unknown,
            "per": one.per,
            "base": one.base,
            "conditions": list(one.conditions),
            "legal": one.legal,
            "valid_from": one.valid_from,
            "valid_to": one.valid_to,
        }
        for one in reading.measures
        for goods in one.goods
    ]
    return pl.DataFrame(rows, schema=TARIFF_MEASURES.schema)


def _tell(data: bytes, file_name: str) -> MeasureSource:
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
