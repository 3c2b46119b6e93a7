"""Findings: how a stage writes down, in columns, what it saw.

A finding is code, severity and place; its sentence, remedy and legal source are pack data
(`packs/findings/<stage>.toml`), so a stage never knows how a finding is shown.
"""

from __future__ import annotations

import polars as pl

from tidewaiter.vocabulary.batch import empty
from tidewaiter.vocabulary.columns import FINDINGS
from tidewaiter.vocabulary.terms import Severity


def finding(  # noqa: PLR0913 - a finding has as many facets
    rows: pl.DataFrame,
    when: pl.Expr,
    code: str,
    severity: Severity | pl.Expr,
    *,
    field: str = "",
    seen: pl.Expr | None = None,
    detail: pl.Expr | None = None,
) -> pl.DataFrame:
    """Give one finding for each row where `when` is true (null counts as false).

    Args:
        rows: frame with `consignment_id`, and `contribution_id` and `item_no` if it has them.
        when: boolean expression over `rows`.
        code: `<stage>.<rule>`; the stage is read off it.
        severity: a fixed one, or an expression giving the word.
        field: `frame.column` the finding is about.
        seen: what was seen, as text.
        detail: figures that make the case special, as text.

    Returns:
        Frame `findings` (declared columns), in row order.
    """
    hits = rows.filter(when.fill_null(value=False))
    if not hits.height:
        return empty("findings")
    none = pl.lit(None, dtype=pl.String)
    weight = pl.lit(severity.value) if isinstance(severity, Severity) else severity
    has = set(hits.columns)
    return hits.select(
        pl.col("consignment_id"),
        pl.col("contribution_id") if "contribution_id" in has else none.alias("contribution_id"),
        (pl.col("item_no") if "item_no" in has else pl.lit(None)).cast(pl.Int32).alias("item_no"),
        pl.lit(code.split(".", 1)[0]).alias("stage"),
        pl.lit(code).alias("code"),
        weight.cast(pl.String).alias("severity"),
        pl.lit(field or None, dtype=pl.String).alias("field"),
        (none if seen is None else seen.cast(pl.String)).alias("seen"),
        (none if detail is None else detail.cast(pl.String)).alias("detail"),
    ).select(FINDINGS.schema.keys())
