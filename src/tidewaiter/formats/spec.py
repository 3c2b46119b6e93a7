"""What a format says of itself, and the limits every reader keeps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

MESSAGE_BYTES_MAX = 64 * 1024 * 1024
RAW_CHARS_MAX = 1_000_000
NESTING_MAX = 64


class Pieces(StrEnum):
    """How a file of this format may be cut into pieces that decode alone."""

    WHOLE = "whole"  # one document; never cut
    LINES = "lines"  # one record a line (NDJSON)
    CSV = "csv"  # header line, then records; quoted line breaks allowed


@dataclass(frozen=True, slots=True)
class FormatSpec:
    """What a format says of itself.

    Args:
        name: as on the command line (module name, `_` written `-`).
        title: what it is, in a few words; "-shaped" where the specification is not public.
        view: which side it looks from (a word of `terms.View`); "" if each message says so.
        pieces: how a big file may be cut.
        extensions: usual file name endings, with the dot.
        sniff: `(head, file_name) -> 0..1`, how sure that this is the format.
        source: specification, law or model read, with its date; says what was not read.
        group_column: for `Pieces.CSV`, the column whose equal neighbours must stay together.
        writes: whether `encode` exists.
    """

    name: str
    title: str
    view: str
    pieces: Pieces
    extensions: tuple[str, ...]
    sniff: Callable[[bytes, str], float]
    source: str
    group_column: str = ""
    writes: bool = True
