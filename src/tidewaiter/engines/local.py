"""The local engine: any number of files of any size through the flow on one machine.

1. Each file is cut into pieces, decoded and checked (row scope); the slim keys are kept.
2. All keys are paired: which messages speak of the same parcel.
3. Parcels are put into buckets of whole days (the flow's `link` and `charge` need a person's whole
   day), at most `batch_rows_max` parcels each where a day is not larger than that.
4. Each bucket is finished and handed to the sink.

Checked frames wait in a spool (`spool`): in memory up to `spool_bytes_max`, beyond in Arrow IPC
files below a temporary directory. So memory is bounded by the spool's limit, one piece, one bucket
and the keys (about 0.2 kB a message). One single day larger than memory is this engine's limit.

Knows files, pieces and buckets; is given the flow and does not know what it does.
"""

from __future__ import annotations

import tempfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

import polars as pl

from tidewaiter import formats
from tidewaiter.engines.buckets import assign, said_days
from tidewaiter.engines.pieces import PIECE_BYTES_MAX, Piece, head, pieces
from tidewaiter.engines.spool import Spool
from tidewaiter.vocabulary.batch import Batch
from tidewaiter.vocabulary.errors import InputError

BATCH_ROWS_MAX = 150_000
SPOOL_BYTES_MAX = 2 * 1024**3
WORKERS_MAX = 2  # Polars and the classifier share out work themselves; more cost more than they do
Given = TypeVar("Given")
Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Limits:
    """What may be in memory at once.

    Args:
        batch_rows_max: messages in a bucket, unless one day alone has more.
        spool_bytes_max: checked frames kept in memory; beyond, they wait on disk.
        piece_bytes_max: bytes of a file decoded at once.
        workers_max: pieces and buckets worked on at once (threads; Polars leaves the interpreter
            free); as many more may wait for their turn.
    """

    batch_rows_max: int = BATCH_ROWS_MAX
    spool_bytes_max: int = SPOOL_BYTES_MAX
    piece_bytes_max: int = PIECE_BYTES_MAX
    workers_max: int = WORKERS_MAX


LIMITS = Limits()


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


def run(
    sources: Sequence[Source],
    flow: Flow,
    sink: Callable[[Batch], None],
    *,
    limits: Limits = LIMITS,
    progress: Progress = silent,
) -> int:
    """Run the flow over files and hand each finished bucket to `sink`.

    Args:
        sources: files and their formats.
        flow: the flow.
        sink: takes each finished batch (whole days).
        limits: what may be in memory at once.
        progress: told of every piece and bucket.

    Returns:
        How many messages were read.
    """
    with tempfile.TemporaryDirectory(prefix="tidewaiter-") as scratch:
        spool = Spool(Path(scratch), limits.spool_bytes_max)
        keys, said = _check_all(sources, flow, spool, limits, progress)
        progress("pairing", 0, 1)
        pairing = flow.pair(keys)
        progress("pairing", 1, 1)
        if keys.height <= limits.batch_rows_max and not spool.on_disk:
            progress("deciding", 0, 1)
            sink(flow.finish(spool.whole(), pairing))
            progress("deciding", 1, 1)
            return keys.height
        bucket = assign(said, pairing, limits.batch_rows_max)
        count = bucket["bucket"].n_unique()

        def finish(batch: Batch) -> Batch:
            ids = batch.contributions["contribution_id"].implode()
            return flow.finish(batch, pairing.filter(pl.col("contribution_id").is_in(ids)))

        progress("deciding", 0, count)
        for number, done in enumerate(_in_order(finish, spool.buckets(bucket), limits)):
            sink(done)
            progress("deciding", number + 1, count)
        return keys.height


def _check_all(
    sources: Sequence[Source], flow: Flow, spool: Spool, limits: Limits, progress: Progress
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Decode and check everything; gives all slim keys, and the day each message tells."""
    total = sum(source.path.stat().st_size for source in sources)
    read = 0
    keys = [flow.keys(flow.check(Batch()))]
    said = [said_days(flow.check(Batch()).consignments)]

    def check(work: tuple[Source, Piece]) -> tuple[int, Batch, pl.DataFrame]:
        source, piece = work
        form = formats.get(source.format)
        batch = form.decode(piece.data, source=source.path.name, position=piece.position)
        checked = flow.check(batch)
        return len(piece.data), checked, flow.keys(checked)

    for size, checked, slim in _in_order(check, _all_pieces(sources, limits), limits):
        keys.append(slim)
        said.append(said_days(checked.consignments))
        spool.add(checked)
        read += size
        progress("reading and checking", min(read, total), total)
    return pl.concat(keys, how="diagonal"), pl.concat(said)


def _all_pieces(sources: Sequence[Source], limits: Limits) -> Iterator[tuple[Source, Piece]]:
    for source in sources:
        spec = formats.get(source.format).spec
        for piece in pieces(source.path, spec, limits.piece_bytes_max):
            yield source, piece


def _in_order(
    work: Callable[[Given], Made], given: Iterable[Given], limits: Limits
) -> Iterator[Made]:
    """Do work on several things at once and give the results in the order of the things."""
    waiting: deque[Future[Made]] = deque()
    with ThreadPoolExecutor(limits.workers_max) as pool:
        for thing in given:
            waiting.append(pool.submit(work, thing))
            if len(waiting) > limits.workers_max:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
