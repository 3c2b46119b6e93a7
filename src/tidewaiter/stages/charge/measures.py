"""Measures, one by one: who is hit, how much (see `plans`), and the `charges` frame."""

from __future__ import annotations

import polars as pl

from tidewaiter.knowledge.regimes import RegimeDay
from tidewaiter.knowledge.schedules import Schedule
from tidewaiter.stages.charge.amounts import NOTHING
from tidewaiter.stages.charge.normal import add_normal
from tidewaiter.stages.charge.plans import plans
from tidewaiter.vocabulary.batch import empty
from tidewaiter.vocabulary.columns import MONEY

RUNNING = ("duty", "tax", "fee")
_START = (
    *(NOTHING.alias(kind) for kind in RUNNING),
    *(NOTHING.alias(f"{kind}_high") for kind in RUNNING),
    pl.lit(None, dtype=MONEY).alias("duty_rate_percent"),
)


def apply_measures(
    work: pl.DataFrame, law: RegimeDay, schedule: Schedule | None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Reckon every measure in force.

    A measure per parcel stands on the parcel's first line in the lines' sums, and in `charges`
    without line number.

    Args:
        work: lines with the columns conditions speak of (`facts.lines_and_facts`) and `debtor`.
        law: of the day.
        schedule: tariff at hand, if any.

    Returns:
        The lines with least and most of `duty`, `tax`, `fee` (`duty_high`, ...) and
        `duty_rate_percent`; and the `charges` frame.
    """
    work = add_normal(work.with_columns(_START), law, schedule)
    hit = _hits(work, law)
    charges = []
    for number, plan in enumerate(plans(law)):
        if f"_hit_{number}" not in hit.columns:
            continue
        work = _with_tables(work, law.measures[number].tables, law)
        work = (
            work.with_columns(
                hit[f"_hit_{number}"].alias("_hit"), hit[f"_maybe_{number}"].alias("_maybe")
            )
            .with_columns(plan.bases)
            .with_columns(plan.amounts)
            .with_columns(plan.sums)
        )
        charges.append(work.filter(plan.standing).select(plan.row))
    return work, pl.concat(charges) if charges else empty("charges")


def _hits(work: pl.DataFrame, law: RegimeDay) -> pl.DataFrame:
    """Say which lines each measure hits: `_hit_<n>`, `_maybe_<n>`; measures that hit none left out.

    A layer that excludes or replaces another takes it off the lines it surely hits, and leaves it
    open on those it may hit.
    """
    names = [f"_hit_{n}" for n in range(len(law.measures))]
    raw = work.with_columns(  # not select: a condition that is always met would give one row
        m.hit.when.alias(name) for name, m in zip(names, law.measures, strict=True)
    )
    live = [n for n, name in enumerate(names) if raw[name].any()]
    if not live:
        return pl.DataFrame()
    frame = raw.with_columns(law.measures[n].hit.maybe.alias(f"_maybe_{n}") for n in live).select(
        f"{flag}_{n}" for n in live for flag in ("_hit", "_maybe")
    )
    changed = []
    for n in live:
        over = [
            other
            for other in live
            if other != n
            and (
                law.measures[other].layer in law.measures[n].excluded_by
                or law.measures[n].layer in law.measures[other].replaces
            )
        ]
        if over:
            surely = pl.any_horizontal(
                pl.col(f"_hit_{other}") & ~pl.col(f"_maybe_{other}") for other in over
            )
            perhaps = pl.any_horizontal(pl.col(f"_hit_{other}") for other in over)
            changed.append((pl.col(f"_hit_{n}") & ~surely).alias(f"_hit_{n}"))
            changed.append((pl.col(f"_maybe_{n}") | perhaps).alias(f"_maybe_{n}"))
    return frame.with_columns(changed) if changed else frame


def _with_tables(work: pl.DataFrame, tables: tuple[str, ...], law: RegimeDay) -> pl.DataFrame:
    for name in tables:
        column = f"_table_{name}"
        if column in work.columns:
            continue
        table = law.tables[name]
        rows = table.rows.rename({"key": table.column, "percent": column})
        work = work.join(rows, on=table.column, how="left", maintain_order="left")
        if table.default is not None:
            default = pl.when(pl.col(table.column).is_not_null()).then(
                pl.lit(table.default, dtype=MONEY)
            )
            work = work.with_columns(pl.coalesce(column, default).alias(column))
    return work
