"""From the lines of a source to the table of a schedule: who stands under whom, what is a leaf.

Rows hang by indent, by the key of their parent, or by the beginning of their code, as the source
says. By indent a coded row above must be the beginning of the code below: where it is not, or where
a row above was rejected, the row is kept, hung on what is sure, and `path_complete` is false.
Rates: a coded row without any rate takes all rates of the nearest code above that has one and that
its code begins with; `rates_from` names it (in the HTS the 8-digit line has the rate, the two last
digits are for statistics). Footnotes and additional duties are not inherited. HS6 is given for
chapters 1-97 only: 98 and 99 are for national use (HS Convention, Art. 3; from memory).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from tidewaiter.knowledge.tariff.lines import (
    DEPTH_MAX,
    Line,
    Parents,
    Reading,
    Rejected,
    SourceSpec,
    raw_text,
)
from tidewaiter.vocabulary.tariff_frames import TARIFF_LINES, TARIFF_REJECTED

BETWEEN = " > "
NATIONAL_CHAPTERS = frozenset({"98", "99"})


@dataclass(frozen=True, slots=True, eq=False)
class TariffTable:
    """A schedule as a table.

    Args:
        lines: frame `TARIFF_LINES`.
        rejected: frame `TARIFF_REJECTED`.
        counts: what was read, by name.
    """

    lines: pl.DataFrame
    rejected: pl.DataFrame
    counts: dict[str, int]


@dataclass(slots=True)
class _Row:
    """A line on its way into the table."""

    source: str
    said: Line
    parent: int | None = None
    complete: bool = True
    code_below: bool = False
    rates_from: int | None = None

    @property
    def beginning(self) -> str | None:
        """Code that codes below must begin with; null for headings between product lines."""
        return self.said.code if self.said.suffix in (None, "80") else None


def build(files: Sequence[tuple[str, Reading]], spec: SourceSpec) -> TariffTable:
    """Put what was read from one or more files of one format together.

    Args:
        files: name and reading of each, in order.
        spec: of the format.
    """
    rows: list[_Row] = []
    rejected: list[tuple[str, Rejected]] = []
    seen: dict[tuple[Any, ...], _Row] = {}
    for source, reading in files:
        refused = list(reading.rejected)
        kept = []
        for said in reading.lines:
            row = _Row(source, said)
            twin = _twin(row, seen)
            if twin is None:
                kept.append(row)
            else:
                refused.append(_again(said, twin))
        if reading.parents is Parents.INDENT:
            _hang_by_indent(kept, refused, len(rows), padded=spec.padded)
        rows += kept
        rejected += [(source, one) for one in sorted(refused, key=lambda one: one.line)]
    how = files[0][1].parents if files else Parents.INDENT
    if how is Parents.KEY:
        _hang_by_key(rows)
    elif how is Parents.CODE:
        _hang_by_code(rows, padded=spec.padded)
    _follow_parents(rows)
    lines = pl.DataFrame(
        [_as_dict(at, rows, spec) for at in range(len(rows))], schema=TARIFF_LINES.schema
    )
    frame = pl.DataFrame(
        [
            {"source": source, "line": one.line, "reason": one.reason, "raw": one.raw}
            for source, one in rejected
        ],
        schema=TARIFF_REJECTED.schema,
    )
    ignored = sum(reading.ignored for _, reading in files)
    return TariffTable(lines, frame, _counts(lines, frame.height, ignored))


def with_paths(lines: pl.DataFrame) -> pl.DataFrame:
    """Add `path`: the texts of the rows above, from the top, `BETWEEN` in between; null at the top.

    Args:
        lines: frame `TARIFF_LINES`.
    """
    left = lines.select("row", "parent_row", "description")
    done = left.filter(pl.col("parent_row").is_null()).select(
        "row", pl.lit(None, dtype=pl.String).alias("path"), "description"
    )
    found, left = [done], left.filter(pl.col("parent_row").is_not_null())
    for _ in range(DEPTH_MAX + 1):
        if not done.height or not left.height:
            break
        above = done.select(
            pl.col("row").alias("parent_row"),
            pl.concat_str("path", "description", separator=BETWEEN, ignore_nulls=True).alias(
                "path"
            ),
        )
        done = left.join(above, on="parent_row", how="inner").select("row", "path", "description")
        left = left.join(above, on="parent_row", how="anti")
        found.append(done)
    paths = pl.concat(found).select("row", "path")
    return lines.join(paths, on="row", how="left", maintain_order="left")


def significant(code: str, *, padded: bool) -> str:
    """Give the digits of a code that say something.

    >>> significant("0101210000", padded=True)
    '010121'
    """
    while padded and len(code) > 2 and code.endswith("00"):
        code = code[:-2]
    return code


def _twin(row: _Row, seen: dict[tuple[Any, ...], _Row]) -> _Row | None:
    """Give the earlier row with the same code (or key), and remember this one."""
    said = row.said
    keys: list[tuple[Any, ...]] = []
    if said.code is not None:
        keys.append(("code", said.code, said.suffix, said.valid_from))
    if said.key is not None:
        keys.append(("key", said.key, said.valid_from))
    for key in keys:
        if key in seen:
            return seen[key]
    seen.update(dict.fromkeys(keys, row))
    return None


def _again(said: Line, twin: _Row) -> Rejected:
    place = f"line {twin.said.line} of {twin.source}"
    reason = f"{said.code or said.key} stands twice, first in {place}."
    raw = {name: value for name in ("code", "suffix", "key", "description", "general")
           if (value := getattr(said, name)) is not None}  # fmt: skip
    return Rejected(said.line, reason, raw_text(raw), said.indent)


def _hang_by_indent(
    rows: list[_Row], refused: list[Rejected], offset: int, *, padded: bool
) -> None:
    """Hang the rows of one file by their indent; rejected records leave a gap at their depth."""
    stack: list[tuple[int, int | None]] = []  # depth and row; None stands for a rejected one
    gaps = {one.line: one.indent for one in refused}
    waiting = sorted(gaps)
    for at, row in enumerate(rows):
        while waiting and waiting[0] < row.said.line:
            _leave_gap(stack, gaps[waiting.pop(0)], rows, offset)
        indent = row.said.indent or 0
        while stack and stack[-1][0] >= indent:
            stack.pop()
        row.complete = row.said.indent is not None and len(stack) == indent
        above = _sure(stack, row, rows, offset, padded=padded)
        row.complete = row.complete and len(above) == len(stack)
        row.parent = above[-1] if above else None
        stack.append((indent, offset + at))


def _leave_gap(
    stack: list[tuple[int, int | None]], indent: int | None, rows: list[_Row], offset: int
) -> None:
    """Note a rejected record: at its depth, or, if that is not known, wherever no code vouches."""
    if indent is None:
        stack[:] = [
            (depth, at if at is not None and rows[at - offset].beginning else None)
            for depth, at in stack
        ]
        return
    while stack and stack[-1][0] >= indent:
        stack.pop()
    stack.append((indent, None))


def _sure(
    stack: list[tuple[int, int | None]], row: _Row, rows: list[_Row], offset: int, *, padded: bool
) -> list[int]:
    """Give the rows above that are sure, from the top: no gap, and codes that fit."""
    sure = []
    for _, at in stack:
        if at is None:
            continue
        begins = rows[at - offset].beginning
        own = row.said.code
        if begins and own and not own.startswith(significant(begins, padded=padded)):
            break
        sure.append(at)
    return sure


def _hang_by_key(rows: list[_Row]) -> None:
    places: dict[str, int] = {}
    for at, row in enumerate(rows):
        if row.said.key is not None:
            places.setdefault(row.said.key, at)
    for row in rows:
        key = row.said.parent_key
        if key is not None:
            row.parent = places.get(key)
            row.complete = row.parent is not None
    for at, row in enumerate(rows):
        above, steps = row.parent, 0
        while above is not None and above != at and steps <= DEPTH_MAX:
            above, steps = rows[above].parent, steps + 1
        if above is not None:  # it stands under itself, or far too deep
            row.parent, row.complete = None, False


def _hang_by_code(rows: list[_Row], *, padded: bool) -> None:
    places: dict[str, int] = {}
    for at, row in enumerate(rows):
        if row.beginning:
            places.setdefault(significant(row.beginning, padded=padded), at)
    for at, row in enumerate(rows):
        own = significant(row.said.code or "", padded=padded)
        for length in range(len(own) - 1, 1, -1):
            above = places.get(own[:length])
            if above is not None and above != at:
                row.parent = above
                break


def _follow_parents(rows: list[_Row]) -> None:
    """Fill in what comes from the rows above: gaps and rates; and mark rows with codes below."""
    for at, row in enumerate(rows):
        own = row.said.code
        wanted = own is not None and row.said.blank_rates
        above = row.parent
        while above is not None:
            other = rows[above]
            if own is not None:
                other.code_below = True
                if wanted and other.said.code and not other.said.blank_rates:
                    if own.startswith(other.said.code) and own != other.said.code:
                        rows[at].rates_from = above
                    wanted = False
            above = other.parent
    for row in rows:
        above = row.parent
        while above is not None and row.complete:
            row.complete = rows[above].complete
            above = rows[above].parent


def _as_dict(at: int, rows: list[_Row], spec: SourceSpec) -> dict[str, Any]:
    row = rows[at]
    said = row.said
    rates = said if row.rates_from is None else rows[row.rates_from].said
    meaning = significant(said.code, padded=spec.padded) if said.code else None
    declarable = bool(
        said.code
        and len(said.code) in spec.leaf_digits
        and not row.code_below
        and (spec.leaf_suffix is None or said.suffix == spec.leaf_suffix)
    )
    depth, above = 0, row.parent
    while above is not None:
        depth, above = depth + 1, rows[above].parent
    return {
        "row": at + 1,
        "source": row.source,
        "line": said.line,
        "code": said.code,
        "suffix": said.suffix,
        "level": len(meaning) if meaning else None,
        "hs6": _hs6(said.code, meaning, declarable=declarable),
        "indent": said.indent if said.indent is not None else depth,
        "parent_row": None if row.parent is None else row.parent + 1,
        "path_complete": row.complete,
        "declarable": declarable,
        "description": said.description,
        "units": said.units,
        "rate_general": rates.general,
        "rate_special": rates.special,
        "rate_other": rates.other,
        "rates_from": None if row.rates_from is None else rates.code,
        "footnotes": said.footnotes,
        "additional_duties": said.additional_duties,
        "quota_quantity": said.quota_quantity,
        "valid_from": said.valid_from,
        "valid_to": said.valid_to,
        "unread": json.dumps(said.unread, sort_keys=True) if said.unread else None,
    }


def _hs6(code: str | None, meaning: str | None, *, declarable: bool) -> str | None:
    if code is None or meaning is None or len(code) < 6 or code[:2] in NATIONAL_CHAPTERS:
        return None
    return code[:6] if declarable or len(meaning) >= 6 else None


def _counts(lines: pl.DataFrame, rejected: int, ignored: int) -> dict[str, int]:
    """Count what was read."""
    coded = lines.filter(pl.col("code").is_not_null())
    leaves = lines.filter(pl.col("declarable"))
    rates = pl.any_horizontal(pl.col("^rate_.*$").is_not_null())
    by_level = Counter(coded["level"].to_list())
    return {
        "records": lines.height + rejected + ignored,
        "kept": lines.height,
        "rejected": rejected,
        "ignored": ignored,
        "codes": coded.height,
        "without_code": lines.height - coded.height,
        **{f"codes_of_{level}_digits": by_level[level] for level in sorted(by_level)},
        "declarable": leaves.height,
        "subheadings": leaves["hs6"].n_unique() - int(leaves["hs6"].has_nulls()),
        "rates_inherited": lines["rates_from"].count(),
        "declarable_with_rate": leaves.filter(rates).height,
        "path_incomplete": lines.height - int(lines["path_complete"].sum()),
    }
