"""Writing a world through the message formats: files in a folder, or one format to a stream.

A file is appended block by block, so memory is bounded by two blocks; formats that come as one
document (H7) go into numbered files no larger than readers take. Beside them stands the truth.
Knows which format writes which view, and no format's inside.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO

import polars as pl

from tidewaiter import formats
from tidewaiter.engines.local import Progress, silent
from tidewaiter.formats.spec import Pieces
from tidewaiter.simulate.config import VIEWS, Config, checked
from tidewaiter.simulate.world import World, blocks
from tidewaiter.vocabulary.batch import Batch
from tidewaiter.vocabulary.errors import InputError, unknown_name
from tidewaiter.vocabulary.terms import View

WHOLE_PARCELS_MAX = 8_000
TRUTH_FILES = {
    "parcels": "truth.csv",
    "items": "truth_items.csv",
    "messages": "truth_messages.csv",
}
STEP = "simulate"


@dataclass(frozen=True, slots=True)
class Output:
    """A format the simulator writes.

    Args:
        name: as on the command line.
        format: name of the format.
        view: the view it holds; "" for any.
        file: name of its file.
    """

    name: str
    format: str
    view: str
    file: str


OUTPUTS = {
    output.name: output
    for output in (
        Output("orders", "orders", View.ORDER.value, "orders.csv"),
        Output("ndjson", "canonical", "", "consignments.ndjson"),
        Output("itmatt", "itmatt-csv", View.POSTAL.value, "items.itmatt.csv"),
        Output("h7", "h7", View.DECLARATION.value, "declarations.h7.xml"),
    )
}
ANY_VIEW = View.TRANSPORT.value


@dataclass(frozen=True, slots=True)
class Written:
    """What was written: parcels, and messages and bytes by file."""

    parcels: int
    messages: dict[str, int] = field(default_factory=dict)
    size_bytes: dict[str, int] = field(default_factory=dict)


def planned(names: Sequence[str], views: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Say which views each output holds.

    Orders, postal items and declarations hold their own view. NDJSON holds every view asked for
    that no other output holds; if none is asked for, the carrier's manifest (transport).

    >>> planned(["orders", "ndjson"], [])
    {'orders': ('order',), 'ndjson': ('transport',)}
    >>> planned(["ndjson"], ["order", "postal"])
    {'ndjson': ('order', 'postal')}

    Raises:
        InputError: an unknown format, or a format whose view is not among those asked for.
    """
    for name in names:
        if name not in OUTPUTS:
            raise unknown_name("format of the simulator", name, OUTPUTS)
    for view in views:
        if view not in VIEWS:
            raise unknown_name("view of the simulator", view, VIEWS)
    own = {name: OUTPUTS[name].view for name in names}
    for name, view in own.items():
        if views and view and view not in views:
            raise InputError(
                f"{name} writes the view {view}, which is not asked for.",
                where="--views",
                remedy=f"Add {view} to --views or leave --views out.",
            )
    taken = set(own.values())
    rest = tuple(view for view in VIEWS if view in views and view not in taken)
    plan = {name: (view,) if view else rest or (ANY_VIEW,) for name, view in own.items()}
    unheld = [view for view in rest if "ndjson" not in names]
    if unheld:
        raise InputError(
            f"no format asked for can hold the view {unheld[0]}.",
            where="--views",
            remedy="Add --format ndjson, which holds any view.",
        )
    return plan


def write_world(
    config: Config,
    names: Sequence[str],
    out: Path,
    *,
    views: Sequence[str] = (),
    progress: Progress = silent,
) -> Written:
    """Write a world and its truth into a folder; the same config writes the same bytes.

    Args:
        config: what is asked for; its views are replaced by those the formats hold.
        names: which formats, of `OUTPUTS`.
        out: the folder; made if absent; the files of an earlier world are replaced.
        views: which sides speak, see `planned`.
        progress: told how many parcels are done.

    Raises:
        InputError: a config out of range, an unknown format, or one without a writer.
    """
    plan = planned(names, views)
    config = checked(replace(config, views=_all_views(plan)))
    encoders = {name: _encoder(name) for name in plan}
    out.mkdir(parents=True, exist_ok=True)
    _clear_numbered(out, encoders.values())
    written = Written(config.parcels)
    done = 0
    progress(STEP, 0, config.parcels)
    with ExitStack() as open_files:
        sinks: dict[str, BinaryIO] = {
            name: open_files.enter_context((out / file).open("wb"))
            for name, file in (
                *((name, OUTPUTS[name].file) for name in plan if not encoders[name].whole),
                *TRUTH_FILES.items(),
            )
        }
        for number, part in enumerate(_ahead(blocks(config))):
            for name, held in plan.items():
                if encoders[name].whole:
                    _write_whole(encoders[name], part.batches[held[0]], out, written)
                else:
                    _append(encoders[name], part, held, sinks[name], written)
            for name, frame in _truths(part).items():
                data = frame.write_csv(include_header=number == 0).encode()
                _note(written, TRUTH_FILES[name], sinks[name].write(data), None)
            done += part.count
            progress(STEP, done, config.parcels)
    return written


def write_stream(
    config: Config,
    name: str,
    sink: BinaryIO,
    *,
    views: Sequence[str] = (),
    progress: Progress = silent,
) -> Written:
    """Write one format of a world to a stream, without the truth.

    Raises:
        InputError: as `write_world`; or more parcels than one document may hold.
    """
    plan = planned([name], views)
    config = checked(replace(config, views=_all_views(plan)))
    encoder = _encoder(name)
    if encoder.whole and config.parcels > WHOLE_PARCELS_MAX:
        raise InputError(
            f"one {name} document holds at most {WHOLE_PARCELS_MAX:,} parcels.",
            where="--parcels",
            remedy="Give --out DIR; it then writes several files.",
        )
    written = Written(config.parcels)
    done = 0
    progress(STEP, 0, config.parcels)
    for part in _ahead(blocks(config, with_truth=False)):
        _append(encoder, part, plan[name], sink, written)
        done += part.count
        progress(STEP, done, config.parcels)
    return written


@dataclass(frozen=True, slots=True)
class _Encoder:
    """A format's writer, and how its pieces are put together."""

    output: Output
    format: formats.Format

    @property
    def whole(self) -> bool:
        return self.format.spec.pieces is Pieces.WHOLE

    def encode(self, batch: Batch, *, first: bool) -> bytes:
        encode = self.format.encode
        if encode is None:  # `_encoder` has refused it already
            raise AssertionError(self.output.format)
        data = encode(batch)
        if self.format.spec.pieces is Pieces.CSV and not first:
            return data.partition(b"\n")[2]
        return data


def _encoder(name: str) -> _Encoder:
    output = OUTPUTS[name]
    found = formats.get(output.format)
    if found.encode is None:
        raise InputError(
            f"format {output.format} has no writer.", where="--format", remedy="Choose another."
        )
    return _Encoder(output, found)


def _all_views(plan: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    held = {view for views in plan.values() for view in views}
    return tuple(view for view in VIEWS if view in held)


def _append(
    encoder: _Encoder, part: World, views: Iterable[str], sink: BinaryIO, written: Written
) -> None:
    """Append the views of a part to a file, view by view, with one header at its beginning."""
    file = encoder.output.file
    for view in views:
        batch = part.batches[view]
        data = encoder.encode(batch, first=file not in written.size_bytes)
        _note(written, file, sink.write(data), batch)


def _clear_numbered(out: Path, encoders: Iterable[_Encoder]) -> None:
    """Remove numbered files of an earlier world, which this one might not overwrite."""
    for encoder in encoders:
        stem, _, ending = encoder.output.file.partition(".")
        for old in out.glob(f"{stem}-[0-9][0-9][0-9][0-9].{ending}") if encoder.whole else ():
            old.unlink()


def _write_whole(encoder: _Encoder, batch: Batch, out: Path, written: Written) -> None:
    for start in range(0, batch.consignments.height, WHOLE_PARCELS_MAX):
        some = _slice(batch, start, WHOLE_PARCELS_MAX)
        number = sum(file.endswith(".xml") for file in written.size_bytes) + 1
        stem, _, ending = encoder.output.file.partition(".")
        file = encoder.output.file if number == 1 else f"{stem}-{number:04}.{ending}"
        _note(written, file, (out / file).write_bytes(encoder.encode(some, first=True)), some)


def _slice(batch: Batch, start: int, count: int) -> Batch:
    kept = batch.consignments.slice(start, count)
    ids = kept.select("contribution_id")
    return Batch(
        consignments=kept,
        **{
            name: getattr(batch, name).join(
                ids, on="contribution_id", how="semi", maintain_order="left"
            )
            for name in ("goods_items", "parties", "contributions")
        },
    )


def _truths(part: World) -> dict[str, pl.DataFrame]:
    return {
        name: getattr(part, name).with_columns(pl.col(pl.String).replace("", None))
        for name in TRUTH_FILES
    }


def _note(written: Written, file: str, size: int, batch: Batch | None) -> None:
    written.size_bytes[file] = written.size_bytes.get(file, 0) + size
    if batch is not None:
        count = batch.consignments.height
        written.messages[file] = written.messages.get(file, 0) + count


def _ahead(parts: Iterator[World]) -> Iterator[World]:
    """Give the parts while the next one is being made in another thread."""
    with ThreadPoolExecutor(max_workers=1) as maker:
        coming = maker.submit(next, parts, None)
        while (part := coming.result()) is not None:
            coming = maker.submit(next, parts, None)
            yield part
