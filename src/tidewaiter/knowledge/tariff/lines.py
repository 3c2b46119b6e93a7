"""What every reader of an official nomenclature gives: lines, rejected records, and counts.

Also the small readings they share (codes, days, blanks). A record is a line, is ignored by name, or
is rejected with a reason: nothing is dropped. Does not know any one source.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

FILE_BYTES_MAX = 256 * 1024 * 1024
ROWS_MAX = 1_000_000
DEPTH_MAX = 40
TEXT_CHARS_MAX = 20_000
RAW_CHARS_MAX = 4_000
CODE_DIGITS = frozenset({2, 4, 6, 8, 10})
_BETWEEN_DIGITS = re.compile(r"[.\s\u00a0]")
_DAYS = ("%Y-%m-%d", "%Y/%m/%d", "%d-%m-%Y", "%d/%m/%Y", "%d.%m.%Y")
Footnote = dict[str, str | None]


class Parents(StrEnum):
    """How a source says what a row stands under."""

    INDENT = "indent"
    KEY = "key"
    CODE = "code"


@dataclass(slots=True)
class Line:
    """One record of a source, read; see `vocabulary.tariff_frames.TARIFF_LINES` for the fields."""

    line: int
    description: str
    code: str | None = None
    suffix: str | None = None
    indent: int | None = None
    key: str | None = None
    parent_key: str | None = None
    units: list[str] = field(default_factory=list)
    general: str | None = None
    special: str | None = None
    other: str | None = None
    footnotes: list[Footnote] = field(default_factory=list)
    additional_duties: str | None = None
    quota_quantity: str | None = None
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None
    unread: dict[str, Any] = field(default_factory=dict)

    @property
    def blank_rates(self) -> bool:
        """Whether no rate stands on the line."""
        return self.general is None and self.special is None and self.other is None


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record that was not understood.

    Args:
        line: record in the file, from 1.
        reason: what is wrong, in a sentence.
        raw: the record.
        indent: its depth, if that much was read: rows below it then lack a row above.
    """

    line: int
    reason: str
    raw: str
    indent: int | None = None


@dataclass(slots=True)
class Reading:
    """What a reader made of one file.

    Args:
        lines: the records understood, in order.
        rejected: the others.
        ignored: records left out by name (such as the total of a statistical list).
        told: how many records the source itself says it has, if it does.
        says: what the source says of itself (such as its class code).
        parents: how its rows hang under one another.
    """

    lines: list[Line] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    ignored: int = 0
    told: int | None = None
    says: dict[str, str] = field(default_factory=dict)
    parents: Parents = Parents.INDENT

    @property
    def records(self) -> int:
        """How many records the file holds."""
        return len(self.lines) + len(self.rejected) + self.ignored

    def reject(self, line: int, reason: str, raw: Any, indent: int | None = None) -> None:
        """Set a record apart."""
        self.rejected.append(Rejected(line, raw_text(reason), raw_text(raw), indent))


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """What a source format says of itself.

    Args:
        name: as on the command line (module name, `_` written `-`).
        title: what it is, in a few words.
        jurisdiction: whose schedule it usually is (ISO 3166, or EU, or WCO).
        schedule: its usual short name.
        leaf_digits: length of codes that goods are declared under.
        sniff: `(head, file_name) -> 0..1`, how sure that this is the format.
        source: publication read, and what was not seen but written from memory.
        leaf_suffix: product line suffix a declarable line must have, if the source has them.
        padded: codes are filled up with zeros to their full length.
    """

    name: str
    title: str
    jurisdiction: str
    schedule: str
    leaf_digits: frozenset[int]
    sniff: Callable[[bytes, str], float]
    source: str
    leaf_suffix: str | None = None
    padded: bool = False


class Unreadable(Exception):  # noqa: N818 - never leaves the readers; it carries a reason
    """A record that cannot be understood; its text is the reason. Caught by the reader."""


def text(value: Any, what: str) -> str | None:
    """Give a text without blanks around it; null if nothing is left.

    Raises:
        Unreadable: not a text, too long, or not writable as UTF-8.
    """
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise Unreadable(f"{what} is not a text.")
    if len(value) > TEXT_CHARS_MAX:
        raise Unreadable(f"{what} is longer than {TEXT_CHARS_MAX:,} characters.")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise Unreadable(f"{what} holds bytes that are not UTF-8.") from None
    return value.strip().strip("\u00a0") or None


def digits(value: str | None, lengths: frozenset[int] = CODE_DIGITS) -> str | None:
    """Give the digits of a code written with dots or blanks; null for null.

    Raises:
        Unreadable: other characters, or a length no code has.
    """
    if value is None:
        return None
    bare = _BETWEEN_DIGITS.sub("", value)
    if not (bare.isascii() and bare.isdigit() and len(bare) in lengths):
        wanted = ", ".join(str(n) for n in sorted(lengths))
        raise Unreadable(f"{value[:40]!r} is no code of {wanted} digits.")
    return bare


def depth(value: Any) -> int:
    """Give an indent as a number.

    Raises:
        Unreadable: not a number from 0 to `DEPTH_MAX`.
    """
    said = str(value).strip() if isinstance(value, str | int) else ""
    if not (said.isascii() and said.isdigit() and len(said) <= 2 and int(said) <= DEPTH_MAX):
        raise Unreadable(f"indent {str(value)[:20]!r} is not a number from 0 to {DEPTH_MAX}.")
    return int(said)


def day(value: str | None, what: str) -> dt.date | None:
    """Give a date; null for null.

    Raises:
        Unreadable: not a date.
    """
    if value is None:
        return None
    for form in _DAYS:
        try:
            return dt.datetime.strptime(value[:10], form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    raise Unreadable(f"{what} {value[:40]!r} is not a date.")


def raw_text(raw: Any) -> str:
    """Give a record as a text that can be stored, cut at `RAW_CHARS_MAX` with a note."""
    said = raw if isinstance(raw, str) else json.dumps(raw, ensure_ascii=True)
    said = said.encode("utf-8", "backslashreplace").decode()
    if len(said) <= RAW_CHARS_MAX:
        return said
    return f"{said[:RAW_CHARS_MAX]} ... ({len(said) - RAW_CHARS_MAX:,} characters more)"
