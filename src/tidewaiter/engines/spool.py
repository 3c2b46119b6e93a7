"""The spool: checked batches waiting to be sorted by day, in memory while small, on disk beyond.

Most columns of most messages are empty; they are left out while a batch waits and put back when it
is taken, which makes the spool several times smaller.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from tidewaiter.vocabulary.batch import Batch, empty
from tidewaiter.vocabulary.columns import FRAMES

Frames = dict[str, pl.DataFrame]
BUCKET = "_bucket"


class Spool:
    """Checked batches in the order they came.

    Args:
        directory: where to write when memory is full.
        bytes_max: estimated size of frames kept in memory.
    """

    def __init__(self, directory: Path, bytes_max: int) -> None:
        self._directory = directory
        self._bytes_max = bytes_max
        self._held: list[Frames] = []
        self._bytes = 0
        self._files = 0
        self._columns: dict[str, list[str]] = {}

    @property
    def on_disk(self) -> bool:
        """Whether memory was not enough."""
        return self._files > 0

    def add(self, batch: Batch) -> None:
        """Take a checked batch."""
        frames = {}
        for name, frame in batch.frames().items():
            self._columns.setdefault(name, frame.columns)
            if frame.height:
                frames[name] = _slim(frame)
        self._held.append(frames)
        self._bytes += sum(int(frame.estimated_size()) for frame in frames.values())
        if self._bytes > self._bytes_max or self._files:
            for waiting in self._held:
                _write(waiting, self._directory / "checked" / f"{self._files:06d}")
                self._files += 1
            self._held.clear()

    def parts(self) -> Iterator[Frames]:
        """Give what waits, part by part, without its empty columns."""
        yield from self._held
        for number in range(self._files):
            yield _read(self._directory / "checked" / f"{number:06d}")

    def whole(self) -> Batch:
        """Take everything as one batch."""
        parts = list(self.parts())
        self._held.clear()
        return self._full(parts)

    def buckets(self, bucket: pl.DataFrame) -> Iterator[Batch]:
        """Take everything bucket by bucket.

        Args:
            bucket: `contribution_id, bucket`, bucket numbers from 0 without gaps.
        """
        count = bucket["bucket"].n_unique()
        route = bucket.rename({"bucket": BUCKET})
        sorted_parts: list[list[Frames]] = [[] for _ in range(count)]
        if self.on_disk:
            for number, frames in enumerate(self.parts()):
                for index, part in _sort(frames, route).items():
                    place = self._directory / "buckets" / f"{index:06d}" / f"{number:06d}"
                    _write(part, place)
            for index in range(count):
                folder = self._directory / "buckets" / f"{index:06d}"
                yield self._full([_read(place) for place in sorted(folder.iterdir())])
            return
        while self._held:
            for index, part in _sort(self._held.pop(0), route).items():
                sorted_parts[index].append(part)
        while sorted_parts:
            yield self._full(sorted_parts.pop(0))

    def _full(self, parts: list[Frames]) -> Batch:
        frames = {}
        for name, columns in self._columns.items():
            have = [part[name] for part in parts if name in part]
            frames[name] = _restore(have, name, columns)
        return Batch(**frames)


def _slim(frame: pl.DataFrame) -> pl.DataFrame:
    filled = [s.name for s in frame.iter_columns() if s.null_count() < frame.height]
    return frame.select(filled)


def _restore(parts: list[pl.DataFrame], name: str, columns: list[str]) -> pl.DataFrame:
    schema = FRAMES[name].schema
    if not parts:
        return empty(name).select(columns)
    frame = pl.concat(parts, how="diagonal")
    return frame.select(
        pl.col(column) if column in frame.columns else pl.lit(None, schema[column]).alias(column)
        for column in columns
    )


def _sort(frames: Frames, route: pl.DataFrame) -> dict[int, Frames]:
    sorted_frames: dict[int, Frames] = {}
    here = frames.get("contributions", route.clear())["contribution_id"].implode()
    near = route.filter(pl.col("contribution_id").is_in(here))
    for name, frame in frames.items():
        if "contribution_id" in frame.columns:
            marked = frame.join(near, on="contribution_id", how="left", maintain_order="left")
            marked = marked.with_columns(pl.col(BUCKET).fill_null(0))
        else:
            marked = frame.with_columns(pl.lit(0, dtype=pl.UInt32).alias(BUCKET))
        for (index,), part in marked.partition_by(BUCKET, as_dict=True, include_key=False).items():
            sorted_frames.setdefault(int(index), {})[name] = part
    return sorted_frames


def _write(frames: Frames, place: Path) -> None:
    place.mkdir(parents=True)
    for name, frame in frames.items():
        frame.write_ipc(place / f"{name}.arrow", compression="uncompressed")


def _read(place: Path) -> Frames:
    return {path.stem: pl.read_ipc(path) for path in sorted(place.glob("*.arrow"))}
