"""Convert messages from one format to another, and say what was lost on the way.

What could not be carried is found by reading the result again: a column that holds fewer values
than before did not fit into the target format. Line formats are written piece by piece; other
targets hold the whole file in memory, because their documents cannot be put together from pieces.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tidewaiter import formats
from tidewaiter.engines.pieces import Piece, head, pieces
from tidewaiter.formats.spec import MESSAGE_BYTES_MAX, FormatSpec, Pieces
from tidewaiter.vocabulary.batch import Batch, concat
from tidewaiter.vocabulary.errors import InputError

REJECTED_KEPT_MAX = 20
_CARRIED = ("consignments", "goods_items", "parties")
_ASIDE = frozenset({"contribution_id"})


@dataclass(slots=True)
class Conversion:
    """What a conversion did.

    Args:
        source: name of the format read.
        target: name of the format written.
        parcels: messages converted.
        items: goods items converted.
        rejected: how many pieces could not be read.
        first_rejected: the sentences of the first of them.
        findings: the reader's findings by code.
        lost: by `frame.column`, how many values the target does not carry.
    """

    source: str
    target: str
    parcels: int = 0
    items: int = 0
    rejected: int = 0
    first_rejected: list[str] = field(default_factory=list)
    findings: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)


def convert(
    path: Path,
    target: str,
    write: Callable[[bytes], object],
    *,
    source: str | None = None,
    name: str = "",
) -> Conversion:
    """Convert a file.

    Args:
        path: the file to read.
        target: name of the format to write.
        write: takes the bytes written, in order.
        source: name of the format to read; told from the content if not given.
        name: what the file is called in messages, if not by its path.

    Raises:
        InputError: no such format, a format that cannot be written, or one that cannot be told.
    """
    name = name or path.name
    origin = source or formats.sniff(head(path), name)
    if origin is None:
        raise InputError(
            f"the format of {name!r} cannot be told from its content.",
            remedy=f"Name it with --from; known: {', '.join(formats.names())}.",
        )
    reader, writer = formats.get(origin), formats.get(target)
    if writer.encode is None:
        known = ", ".join(each for each in formats.names() if formats.get(each).encode)
        raise InputError(
            f"format {target!r} can be read but not written.", remedy=f"Writable: {known}."
        )
    done = Conversion(origin, target)
    held: list[Batch] = []
    for piece in _pieces(path, reader.spec):
        batch = reader.decode(piece.data, source=name, position=piece.position)
        _count(batch, done)
        if writer.spec.pieces is Pieces.LINES:
            _write(batch, writer, write, done)
        else:
            held.append(batch)
    if held:
        _write(concat(held), writer, write, done)
    return done


def _pieces(path: Path, spec: FormatSpec) -> Iterator[Piece]:
    if path.stat().st_size <= MESSAGE_BYTES_MAX:
        yield Piece(path.read_bytes(), 0)
    else:
        yield from pieces(path, spec)


def _count(batch: Batch, done: Conversion) -> None:
    done.parcels += batch.consignments.height
    done.items += batch.goods_items.height
    done.rejected += batch.rejected.height
    room = REJECTED_KEPT_MAX - len(done.first_rejected)
    done.first_rejected += batch.rejected["detail"].head(max(0, room)).to_list()
    done.findings.update(batch.findings["code"].to_list())


def _write(
    batch: Batch, writer: formats.Format, write: Callable[[bytes], object], done: Conversion
) -> None:
    if writer.encode is None or not batch.consignments.height:
        return
    written = writer.encode(batch)
    write(written)
    again = writer.decode(written)
    for frame in _CARRIED:
        before, after = batch.frames()[frame], again.frames()[frame]
        for column in before.columns:
            if column in _ASIDE:
                continue
            had = before.height - before[column].null_count()
            has = after.height - after[column].null_count()
            if has < had:
                done.lost[f"{frame}.{column}"] += had - has
