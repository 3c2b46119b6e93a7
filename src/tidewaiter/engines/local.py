"""The local engine: any number of files of any size through the flow on one machine.

1. Each file is cut into pieces, decoded and checked (row scope); the slim keys are kept.
2. All keys are paired: which messages speak of the same parcel.
3. Parcels are put into buckets of whole days (the flow's `link` and `charge` need a person's whole
   day), at most `batch_rows_max` parcels each where a day is not larger than that.
4. Each bucket is finished and handed to the sink.

Up to `batch_rows_max` messages everything stays in memory; beyond, checked frames are spooled to
Arrow IPC files below a temporary directory, so memory is bounded by one piece, one bucket and the
keys (about 0.2 kB a message). One single day larger than memory is the limit of this engine.

Knows files, pieces and buckets; is given the flow and does not know what it does.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import polars as pl

from tidewaiter import formats
from tidewaiter.engines.buckets import assign, said_days
from tidewaiter.engines.pieces import PIECE_BYTES_MAX, head, pieces
from tidewaiter.vocabulary.batch import Batch, concat
from tidewaiter.vocabulary.errors import InputError

BATCH_ROWS_MAX = 300_000


class Flow(Protocol):
    """What the engine must be given: the flow, cut where rows must meet."""

    def check(self, batch: Batch) -> Batch:
        """Read and check; row scope."""

    def keys(self, batch: Batch) -> pl.DataFrame:
        """Slim keys, one row a message, with `contribution_id` and `consignment_id`."""

    def pair(self, keys: pl.DataFrame) -> pl.DataFrame:
        """Pairing of all messages."""

    def finish(self, batch: Batch, pairing: pl.DataFrame) -> Batch:
        """The rest of the flow over whole days."""


class Progress(Protocol):
    """Told how far the run is; the faces show it."""

    def __call__(self, step: str, done: int, total: int) -> None:
        """Say that `done` of `total` units of a step are done."""


def silent(step: str, done: int, total: int) -> None:
    """Show no progress."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file to read and the format it is in."""

    path: Path
    format: str


def find_sources(paths: Sequence[Path], format_name: str | None = None) -> list[Source]:
    """Name the format of each file, by its content unless one is given.

    Raises:
        InputError: a file is missing or its format cannot be told.
    """
    sources = []
    for path in paths:
        if not path.is_file():
            raise InputError(f"no file {str(path)!r}.", remedy="Check the path.")
        name = format_name or formats.sniff(head(path), path.name)
        if name is None:
            raise InputError(
                f"the format of {path.name!r} cannot be told from its content.",
                remedy=f"Name it with --from; known: {', '.join(formats.names())}.",
            )
        formats.get(name)
        sources.append(Source(path, name))
    return sources


@dataclass(slots=True)
class _Spool:
    """Checked batches: in memory while few, on disk beyond."""

    directory: Path
    rows_max: int
    held: list[Batch] = field(default_factory=list)
    rows: int = 0
    files: int = 0

    def add(self, batch: Batch) -> None:
        self.held.append(batch)
        self.rows += batch.consignments.height
        if self.rows > self.rows_max or self.files:
            for part in self.held:
                self._write(part)
            self.held.clear()

    def _write(self, batch: Batch) -> None:
        place = self.directory / f"{self.files:06d}"
        place.mkdir(parents=True)
        for name, frame in batch.frames().items():
            if frame.height:
                frame.write_ipc(place / f"{name}.arrow", compression="uncompressed")
        self.files += 1

    def batches(self) -> Iterator[Batch]:
        yield from self.held
        for number in range(self.files):
            yield _read(self.directory / f"{number:06d}")


def _read(place: Path) -> Batch:
    return Batch(**{path.stem: pl.read_ipc(path) for path in sorted(place.glob("*.arrow"))})


def run(
    sources: Sequence[Source],
    flow: Flow,
    sink: Callable[[Batch], None],
    *,
    batch_rows_max: int = BATCH_ROWS_MAX,
    progress: Progress = silent,
) -> int:
    """Run the flow over files and hand each finished bucket to `sink`.

    Args:
        sources: files and their formats.
        flow: the flow.
        sink: takes each finished batch (whole days).
        batch_rows_max: parcels in memory at once.
        progress: told of every piece and bucket.

    Returns:
        How many messages were read.
    """
    with tempfile.TemporaryDirectory(prefix="tidewaiter-") as scratch:
        spool = _Spool(Path(scratch) / "checked", batch_rows_max)
        keys = _check_all(sources, flow, spool, progress)
        if not spool.files:
            whole = concat(spool.batches())
            spool.held.clear()
            progress("deciding", 0, 1)
            sink(flow.finish(whole, flow.pair(keys)))
            progress("deciding", 1, 1)
            return keys.height
        progress("pairing", 0, 1)
        pairing = flow.pair(keys)
        progress("pairing", 1, 1)
        buckets = _route(spool, pairing, Path(scratch) / "buckets", batch_rows_max, progress)
        for number, place in enumerate(buckets):
            progress("deciding", number, len(buckets))
            batch = concat(_read(part) for part in sorted(place.iterdir()))
            ids = batch.contributions.select("contribution_id")
            sink(flow.finish(batch, pairing.join(ids, on="contribution_id", how="semi")))
            progress("deciding", number + 1, len(buckets))
        return keys.height


def _check_all(
    sources: Sequence[Source], flow: Flow, spool: _Spool, progress: Progress
) -> pl.DataFrame:
    total = sum(source.path.stat().st_size for source in sources)
    done = 0
    keys = []
    for source in sources:
        form = formats.get(source.format)
        bytes_max = min(PIECE_BYTES_MAX, max(1 << 16, spool.rows_max * 512))
        for piece in pieces(source.path, form.spec, bytes_max):
            batch = form.decode(piece.data, source=source.path.name, position=piece.position)
            checked = flow.check(batch)
            keys.append(flow.keys(checked))
            spool.add(checked)
            done += len(piece.data)
            progress("reading and checking", min(done, total), total)
    return pl.concat(keys, how="diagonal") if keys else flow.keys(Batch())


def _route(
    spool: _Spool, pairing: pl.DataFrame, target: Path, rows_max: int, progress: Progress
) -> list[Path]:
    """Put every checked row into the bucket of its parcel's day."""
    said = pl.concat(said_days(batch.consignments) for batch in spool.batches())
    bucket = assign(said, pairing, rows_max)
    count = bucket["bucket"].n_unique()
    places = [target / f"{number:06d}" for number in range(count)]
    for number, batch in enumerate(spool.batches()):
        progress("sorting by day", number, spool.files)
        _route_one(batch, bucket, places, number)
    return places


def _route_one(batch: Batch, bucket: pl.DataFrame, places: list[Path], number: int) -> None:
    for name, frame in batch.frames().items():
        if not frame.height:
            continue
        if "contribution_id" in frame.columns:
            marked = frame.join(bucket, on="contribution_id", how="left", maintain_order="left")
        else:
            marked = frame.with_columns(pl.lit(0, dtype=pl.UInt32).alias("bucket"))
        parts = marked.with_columns(pl.col("bucket").fill_null(0)).partition_by(
            "bucket", as_dict=True, include_key=False
        )
        for (index,), part in parts.items():
            place = places[int(index)] / f"{number:06d}"
            place.mkdir(parents=True, exist_ok=True)
            part.write_ipc(place / f"{name}.arrow", compression="uncompressed")
