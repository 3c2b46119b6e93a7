"""Answers already worked out, so that the same listing is not voted on again and again.

Shops send the same words thousands of times. The answer depends on the line and on what is known
(packs, model, memory, day), so remembering it changes nothing but the time. Bounded by `ROWS_MAX`;
the oldest go first. A few lines are quicker answered than looked up, so they are left out.
"""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

ROWS_MAX = 200_000
ROWS_MIN = 512
KNOWLEDGE_MAX = 4  # packs, models and days remembered at once
_KNOWN = "_known"
_ROW = "_nth"
_answers: dict[str, pl.DataFrame] = {}


def recall(
    lines: pl.DataFrame, known_as: str, work_out: Callable[[pl.DataFrame], pl.DataFrame]
) -> pl.DataFrame:
    """Give the answer for each distinct line, working out only those not known yet.

    Args:
        lines: distinct lines.
        known_as: digest of all that is known; other knowledge has answers of its own.
        work_out: gives one row of answers a line.

    Returns:
        What `work_out` gives for all lines, in their order.
    """
    if lines.height < ROWS_MIN:
        return work_out(lines)
    known = _answers.get(known_as)
    if known is not None and not set(lines.columns) <= set(known.columns):
        known = None
    if known is None:
        if len(_answers) >= KNOWLEDGE_MAX:
            _answers.clear()
        answers = work_out(lines)
        _answers[known_as] = _rows(lines, answers)
        return answers
    found = lines.with_row_index(_ROW).join(
        known, on=lines.columns, how="left", nulls_equal=True, maintain_order="left"
    )
    new = found[_KNOWN].is_null()
    if not new.any():
        return found.drop(_ROW, _KNOWN, *lines.columns)
    fresh = work_out(lines.filter(new))
    _answers[known_as] = pl.concat([known, _rows(lines.filter(new), fresh)]).tail(ROWS_MAX)
    if new.all():
        return fresh
    old = found.filter(~new).drop(_KNOWN, *lines.columns)
    numbered = fresh.insert_column(0, found.filter(new)[_ROW])
    return pl.concat([old, numbered.select(old.columns)]).sort(_ROW).drop(_ROW)


def _rows(lines: pl.DataFrame, answers: pl.DataFrame) -> pl.DataFrame:
    return lines.hstack(answers).with_columns(pl.lit(value=True).alias(_KNOWN))
