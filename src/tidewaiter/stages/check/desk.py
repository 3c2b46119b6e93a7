"""The desk a frame lies on while it is checked: the frame, and what was found and mended in it.

Readings go in two steps: a fast expression over the whole column reads what is written plainly;
what it leaves open is taken out (`left_open`), read on its distinct texts, and put back. Rules are
judged all together in one pass; only rows that break one are touched again. Does not know any rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import polars as pl

AS_IT_STANDS = pl.QueryOptFlags.none()
KEYS = ("consignment_id", "contribution_id", "item_no", "role")
PARCEL = "_parcel"
PLACE = "_place"
MARK_COLUMNS = {
    PARCEL: pl.UInt32,
    "consignment_id": pl.String,
    "contribution_id": pl.String,
    "item_no": pl.Int32,
    "code": pl.String,
    "field": pl.String,
    "seen": pl.String,
    "detail": pl.String,
}
REPAIR_COLUMNS = {
    "consignment_id": pl.String,
    "contribution_id": pl.String,
    "item_no": pl.Int32,
    "role": pl.String,
    "field": pl.String,
    "declared": pl.String,
    "repaired": pl.String,
    "source": pl.String,
    "confidence": pl.Float64,
}


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """One rule over a frame: rows where `when` is true break it.

    Args:
        code: the finding.
        when: boolean expression; null counts as false.
        field: column the finding is about, without its frame.
        seen: what was seen, as an expression of text; none where that would be personal data.
        detail: figures that make the case special.
        needs: columns that must hold something somewhere, else the rule is skipped.
    """

    code: str
    when: pl.Expr
    field: str
    seen: pl.Expr | None = None
    detail: pl.Expr | None = None
    needs: tuple[str, ...] = ()


class Desk:
    """A frame being checked, with its findings (marks) and repairs so far."""

    def __init__(self, name: str, frame: pl.DataFrame) -> None:
        self.name = name
        self.frame = frame
        self.marks: list[pl.DataFrame] = []
        self.repairs: list[pl.DataFrame] = []
        self.keys = [key for key in (*KEYS, PARCEL) if key in frame.columns]
        self._live: dict[str, bool] = {}

    def has(self, *columns: str) -> bool:
        """Say whether every one of the columns holds something in some row."""
        return all(map(self._holds, columns))

    def _holds(self, column: str) -> bool:
        known = self._live.get(column)
        if known is None:
            held = self.frame.get_column(column, default=None)
            known = held is not None and held.null_count() < self.frame.height
            self._live[column] = known
        return known

    def add(self, *exprs: pl.Expr | pl.Series, **named: pl.Expr) -> None:
        """Add or replace columns."""
        self.take(self.frame.with_columns(*exprs, **named))

    def add_in_turn(self, *steps: Sequence[pl.Expr | pl.Series]) -> None:
        """Add columns step by step (later steps may use earlier ones) in one plan."""
        plan = self.frame.lazy()
        for step in steps:
            plan = plan.with_columns(*step)
        self.take(as_it_stands(plan))

    def beside(self, other: pl.DataFrame, on: str) -> None:
        """Join columns of another frame, keeping rows and their order."""
        self.take(self.frame.join(other, on=on, how="left", maintain_order="left"))

    def take(self, frame: pl.DataFrame) -> None:
        """Take a frame with the same rows in place of the one that lies here."""
        self.frame = frame
        self._live.clear()

    def left_open(self, text: str, out: str, *also: str) -> pl.DataFrame | None:
        """Give the rows whose text is not read yet, with their place; None if there are none.

        The counts of nulls tell it without a pass, for what is read had a text.
        """
        if self.frame[out].null_count() == self.frame[text].null_count():
            return None
        wanted = pl.col(text).is_not_null() & pl.col(out).is_null()
        rows = self.rows(wanted, text, *also)
        return rows if rows.height else None

    def rows(self, wanted: pl.Expr | pl.Series, *columns: str) -> pl.DataFrame:
        """Give key, place and the named columns of the rows wanted."""
        names = dict.fromkeys((*self.keys, *columns))
        place = pl.int_range(pl.len(), dtype=pl.UInt32).alias(PLACE)
        if isinstance(wanted, pl.Series):
            return as_it_stands(self.frame.lazy().select(*names, place).filter(wanted))
        plan = self.frame.lazy().select(*names, place, _wanted=wanted)
        return as_it_stands(plan.filter(pl.col("_wanted")).select(*names, PLACE))

    def put(self, rows: pl.DataFrame, column: str, values: str) -> None:
        """Put a column of `rows` into the frame at their places; nulls are left out."""
        found = rows.filter(pl.col(values).is_not_null())
        if found.height:
            held = self.frame[column].scatter(found[PLACE], found[values].cast(self._dtype(column)))
            self.take(self.frame.with_columns(held.alias(column)))

    def mark(
        self,
        rows: pl.DataFrame,
        code: str | pl.Expr,
        field: str,
        *,
        seen: pl.Expr | None = None,
        detail: pl.Expr | None = None,
    ) -> None:
        """Note a finding for each of the rows (for those where a `code` expression is not null).

        `field` is a column of this frame, or `frame.column`.
        """
        if not rows.height:
            return
        worded = pl.lit(code) if isinstance(code, str) else code
        none = pl.lit(None, dtype=pl.String)
        marks = rows.select(
            *(pl.col(key) for key in self.keys if key != "role"),
            code=worded.cast(pl.String),
            field=pl.lit(field if "." in field else f"{self.name}.{field}"),
            seen=none if seen is None else seen.cast(pl.String),
            detail=none if detail is None else detail.cast(pl.String),
        )
        if not isinstance(code, str):
            marks = marks.filter(pl.col("code").is_not_null())
        if marks.height:
            self.marks.append(fitted(marks, MARK_COLUMNS))

    def repair(
        self,
        rows: pl.DataFrame,
        field: str,
        *,
        declared: pl.Expr,
        repaired: pl.Expr,
        source: str | pl.Expr,
        confidence: float | pl.Expr,
    ) -> None:
        """Note a repair for each of the rows where `source` and `repaired` are not null."""
        if not rows.height:
            return
        worded = pl.lit(source) if isinstance(source, str) else source
        sure = pl.lit(confidence) if isinstance(confidence, float) else confidence
        repairs = rows.select(
            *(pl.col(key) for key in self.keys if key != PARCEL),
            field=pl.lit(f"{self.name}.{field}"),
            declared=declared.cast(pl.String),
            repaired=repaired.cast(pl.String),
            source=worded.cast(pl.String),
            confidence=sure.cast(pl.Float64),
        ).drop_nulls(["source", "repaired"])
        if repairs.height:
            self.repairs.append(fitted(repairs, REPAIR_COLUMNS))

    def judge(self, rules: Iterable[Rule]) -> None:
        """Judge all rules in one pass and note a finding for each row that breaks one."""
        asked = tuple(rule for rule in rules if self.has(*rule.needs))
        if not asked or not self.frame.height:
            return
        for rule, mask in zip(asked, self.frame.select(_masks(asked)), strict=True):
            if mask.any():
                self._note(rule, mask)

    def _note(self, rule: Rule, mask: pl.Series) -> None:
        none = pl.lit(None, dtype=pl.String)
        seen = none if rule.seen is None else rule.seen.cast(pl.String)
        detail = none if rule.detail is None else rule.detail.cast(pl.String)
        marks = (
            self.frame.lazy()
            .filter(mask)
            .select(
                *(pl.col(key) for key in self.keys if key != "role"),
                code=pl.lit(rule.code),
                field=pl.lit(f"{self.name}.{rule.field}"),
                seen=seen,
                detail=detail,
            )
            .collect()
        )
        self.marks.append(fitted(marks, MARK_COLUMNS))

    def _dtype(self, column: str) -> pl.DataType:
        return self.frame.schema[column]


def as_it_stands(plan: pl.LazyFrame) -> pl.DataFrame:
    """Collect a plan without optimising it: ours are short, optimising would cost more."""
    return plan.collect(engine="in-memory", optimizations=AS_IT_STANDS)


@lru_cache(maxsize=256)
def _masks(rules: tuple[Rule, ...]) -> list[pl.Expr]:
    return [rule.when.fill_null(value=False).alias(str(place)) for place, rule in enumerate(rules)]


def fitted(frame: pl.DataFrame, columns: dict[str, type[pl.DataType]]) -> pl.DataFrame:
    """Give exactly the named columns, missing ones as nulls."""
    have = frame.schema
    return frame.select(
        pl.col(name).cast(dtype) if name in have else pl.lit(None, dtype=dtype).alias(name)
        for name, dtype in columns.items()
    )


def gathered(parts: Sequence[pl.DataFrame], columns: dict[str, type[pl.DataType]]) -> pl.DataFrame:
    """Put parts under one another; none gives an empty frame."""
    return pl.concat(parts) if parts else pl.DataFrame(schema=columns)
