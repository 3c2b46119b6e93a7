"""The verbs as Python functions, for notebooks and other people's pipelines.

They take files, bytes, a batch, or any frame that speaks Arrow, and give Polars.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from tidewaiter import formats
from tidewaiter.engines.local import find_sources
from tidewaiter.formats.canonical import from_nested
from tidewaiter.knowledge.products import NO_PRODUCTS, Products
from tidewaiter.runtime.certificates.store import with_certificates_in_force
from tidewaiter.runtime.clock import today
from tidewaiter.runtime.flow import assess_batch
from tidewaiter.runtime.goods.answering import answer
from tidewaiter.runtime.goods.reading import read_frame
from tidewaiter.runtime.goods.store import knowledge_in_force
from tidewaiter.runtime.quotes.answering import quotes
from tidewaiter.runtime.quotes.asking import read_asked
from tidewaiter.vocabulary.batch import Batch, concat
from tidewaiter.vocabulary.identifiers import Identification
from tidewaiter.vocabulary.identifiers import identify as identify_one


def assess(
    data: Any, *, lane: str, on: dt.date | None = None, products: Products = NO_PRODUCTS
) -> Batch:
    """Assess messages and give the finished batch: one decision for each parcel.

    Args:
        data: a path or several, a `Batch`, or an Arrow-speaking frame with one row a message
            (the shape of `tidewaiter.formats.canonical.to_nested`).
        lane: country or union of destination whose law applies.
        on: day whose law applies; today if not given.
        products: catalogue, recalls and history (`runtime.products.loading.load_products`).

    Everything is held in memory; for files larger than that use the `assess` command. Certificates
    are held against the register, but what the parcels draw is not recorded: only `assess` does.

    Raises:
        InputError: a file, format, lane or frame that cannot be used.
    """
    knowledge = with_certificates_in_force(knowledge_in_force(lane))
    if not products.empty:
        knowledge = knowledge.with_products(products)
    return assess_batch(_as_batch(data), knowledge, on=on or today())


def classify(
    data: Any, *, lane: str = "EU", on: dt.date | None = None, model: str = ""
) -> list[dict[str, Any]]:
    """Say what goods are, one answer a text (see `runtime.goods.answering.answer`).

    Args:
        data: texts, or a frame or a list of dictionaries with `text` or `title`, and `attributes`,
            `category`, `brand`, `gtin`, `id` where known.
        lane: whose law says what hangs on a code.
        on: day whose law applies; today if not given.
        model: another model than the one in force.

    Raises:
        InputError: no such lane or model, or data without a column of goods.
    """
    if isinstance(data, Sequence) and all(isinstance(text, str) for text in data):
        data = {"text": list(data)}
    texts = read_frame(pl.DataFrame(data), name="data")
    return answer(texts.rows, knowledge_in_force(lane, model), on=on or today())


def convert(data: bytes, *, source: str, target: str) -> bytes:
    """Turn messages of one format into another.

    Args:
        data: the messages.
        source: format they are in.
        target: format wanted.

    Raises:
        InputError: no such format, or one that cannot be written.
    """
    written = formats.get(target)
    if written.encode is None:
        raise formats.unwritable(target)
    return written.encode(formats.get(source).decode(data))


def identify(kind: str, values: Iterable[str]) -> list[Identification]:
    """Say of each value whether it is a valid identifier of a kind, and what its parts mean."""
    return [identify_one(kind, value) for value in values]


def quote(
    *parcels: dict[str, Any],
    until: dt.date | None = None,
    known_at: dt.date | None = None,
    tariff: str | Path | None = None,
) -> list[dict[str, Any]]:
    """Say what parcels will owe, one answer each (see `docs/guides/quote-a-parcel.md`).

    Args:
        parcels: `from, to, on, mode, scheme, region, freight, items, ...` as the command takes
            them; many at once cost little more than one.
        until: last day of the changes ahead; by default 90 days on.
        known_at: answer by what was known on that day.
        tariff: a tariff pack to use instead of the kept one.

    Raises:
        InputError: a parcel that cannot be read, a country without a regime, or a tariff that
            cannot be used.
    """
    asked = [read_asked(one, where=f"parcel {n}") for n, one in enumerate(parcels, start=1)]
    pack = None if tariff is None else Path(tariff)
    return quotes(asked, until=until, known_at=known_at, tariff=pack)


def _as_batch(data: Any) -> Batch:
    if isinstance(data, Batch):
        return data
    if isinstance(data, str | Path):
        data = [data]
    if isinstance(data, Sequence) and all(isinstance(path, str | Path) for path in data):
        return concat(
            formats.get(source.format).decode(source.path.read_bytes(), source=source.path.name)
            for source in find_sources([Path(path) for path in data])
        )
    return from_nested(pl.DataFrame(data))
