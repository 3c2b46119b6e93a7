"""Measures, one by one: who is hit, on which base, how much; and the `charges` frame."""

from __future__ import annotations

import polars as pl

from tidewaiter.knowledge.rates.tree import FromTable, NormalRate, Percent, nodes
from tidewaiter.knowledge.regimes import Measure, RegimeDay
from tidewaiter.knowledge.regimes.conditions import fact_column
from tidewaiter.knowledge.schedules import Schedule
from tidewaiter.stages.charge.amounts import NOTHING, QUANTITIES, Desk, Range, amount, rounded
from tidewaiter.stages.charge.normal import add_normal
from tidewaiter.vocabulary.batch import empty
from tidewaiter.vocabulary.columns import CHARGES, MONEY

RUNNING = ("duty", "tax", "fee")
FROM_DUTY = ("duty", "tax", "fee")
CONFIDENCES = ("official", "own", "derived", "secondary", "memory")  # strongest first
_NONE = pl.lit(None, dtype=MONEY)


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
    work = work.with_columns(
        *(NOTHING.alias(kind) for kind in RUNNING),
        *(NOTHING.alias(f"{kind}_high") for kind in RUNNING),
        _NONE.alias("duty_rate_percent"),
    )
    work = add_normal(work, law, schedule)
    hit = _hits(work, law)
    charges = []
    for number, measure in enumerate(law.measures):
        if f"_hit_{number}" not in hit.columns:
            continue
        work = work.with_columns(
            hit[f"_hit_{number}"].alias("_hit"), hit[f"_maybe_{number}"].alias("_maybe")
        )
        work = _apply(work, measure, law)
        charges.append(_charge_rows(work, measure, law))
        work = work.drop("_hit", "_maybe", "_low", "_high", "_base", "_rate", strict=False)
    return work, pl.concat(charges) if charges else empty("charges")


def _hits(work: pl.DataFrame, law: RegimeDay) -> pl.DataFrame:
    """Say which lines each measure hits: `_hit_<n>`, `_maybe_<n>`; measures that hit none left out.

    A layer that excludes or replaces another takes it off the lines it surely hits, and leaves it
    open on those it may hit.
    """
    names = [f"_hit_{n}" for n in range(len(law.measures))]
    raw = work.with_columns(  # not select: a condition that is always met would give one row
        m.hit.when.alias(name) for name, m in zip(names, law.measures, strict=True)
    ).select(names)
    some = raw.select(pl.all().any())
    live = [n for n in range(len(law.measures)) if some[0, f"_hit_{n}"]]
    if not live:
        return pl.DataFrame()
    maybe = work.with_columns(law.measures[n].hit.maybe.alias(f"_maybe_{n}") for n in live).select(
        f"_maybe_{n}" for n in live
    )
    frame = raw.select(f"_hit_{n}" for n in live).hstack(maybe)
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


def _apply(work: pl.DataFrame, measure: Measure, law: RegimeDay) -> pl.DataFrame:
    """Add `_base`, `_low`, `_high` and `_rate` (percent) and add up the kind's columns."""
    work = _with_tables(work, measure, law)
    rates = dict(zip(law.rates["declared_currency"], law.rates["per_unit"], strict=True))
    base_low, base_high = _base(measure)
    work = work.with_columns(base_low.alias("_base"), base_high.alias("_base_high"))
    desk = Desk((pl.col("_base"), pl.col("_base_high")), rates, QUANTITIES)
    low, high = _once(measure, amount(measure.rate, desk))
    hit = pl.col("_hit")
    work = work.with_columns(
        pl.when(pl.col("_maybe") | low.is_null())
        .then(NOTHING)
        .otherwise(rounded(low, measure.rounding))
        .alias("_low"),
        rounded(high, measure.rounding).alias("_high"),
        _percent(measure).alias("_rate"),
    )
    kind = measure.kind
    changes = [
        pl.when(hit).then(pl.col(kind) + pl.col("_low")).otherwise(kind).cast(MONEY).alias(kind),
        pl.when(hit)
        .then(pl.col(f"{kind}_high") + pl.col("_high"))
        .otherwise(f"{kind}_high")
        .cast(MONEY)
        .alias(f"{kind}_high"),
    ]
    if kind == "duty":
        rate = pl.when(hit & ~pl.col("_maybe") & pl.col("_rate").is_not_null()).then("_rate")
        total = pl.coalesce("duty_rate_percent", pl.lit(0, dtype=MONEY)) + rate
        changes.append(pl.coalesce(total, "duty_rate_percent").alias("duty_rate_percent"))
    return work.with_columns(changes).drop("_base_high")


def _with_tables(work: pl.DataFrame, measure: Measure, law: RegimeDay) -> pl.DataFrame:
    for name in measure.tables:
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


def _base(measure: Measure) -> Range:
    """Give least and most of a measure's base."""
    low = _added([pl.col(_part(part)) for part in measure.base])
    high = _added(
        [pl.col(f"{part}_high" if part in FROM_DUTY else _part(part)) for part in measure.base]
    )
    if measure.base_rounding is not None:
        return rounded(low, measure.base_rounding), rounded(high, measure.base_rounding)
    return low, high


def _part(part: str) -> str:
    return f"_{part}" if part in ("freight", "insurance") else part


def _added(parts: list[pl.Expr]) -> pl.Expr:
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total


def _once(measure: Measure, owed: Range) -> Range:
    """Keep an amount that is owed once a parcel, or once a classification, on its first line."""
    if measure.per in ("", "item"):
        return owed
    code = {"distinct_hs6": "hs6", "distinct_code": "goods_code"}.get(measure.per)
    if code is None:
        first = pl.struct("consignment_id", "_hit").is_first_distinct()
        low, high = owed
        return (
            pl.when(first).then(low).otherwise(NOTHING),
            pl.when(first).then(high).otherwise(NOTHING),
        )
    first = pl.struct("consignment_id", code, "_hit").is_first_distinct()
    low, high = owed
    there = pl.col(code).is_not_null()
    return (
        pl.when(there & first).then(low).otherwise(NOTHING),
        pl.when(there & ~first).then(NOTHING).when(there).then(high),
    )


def _percent(measure: Measure) -> pl.Expr:
    """Give the ad valorem rate a measure adds, null where it has none."""
    rate = measure.rate
    if isinstance(rate, Percent):
        return pl.lit(rate.percent, dtype=MONEY)
    if isinstance(rate, FromTable):
        return pl.col(f"_table_{rate.table}")
    if isinstance(rate, NormalRate):
        return pl.col("_normal_percent")
    return _NONE


def _charge_rows(work: pl.DataFrame, measure: Measure, law: RegimeDay) -> pl.DataFrame:
    hit = work.filter(pl.col("_hit"))
    if measure.per in ("consignment", "distinct_hs6", "distinct_code"):
        # lines on which the parcel's or the classification's amount does not stand
        hit = hit.filter(pl.col("_high").is_null() | (pl.col("_high") > 0))
    low, high = pl.col("_low"), pl.col("_high")
    state = (
        pl.when(low == high)
        .then(pl.lit("exact"))
        .when((low > 0) | high.is_not_null())
        .then(pl.lit("bounded"))
        .otherwise(pl.lit("undetermined"))
    )
    per_parcel = measure.per == "consignment"
    weakest = _confidence(measure)
    return hit.select(
        "consignment_id",
        (pl.lit(None, dtype=pl.Int32) if per_parcel else pl.col("item_no")).alias("item_no"),
        pl.lit(measure.id).alias("layer"),
        pl.lit(measure.kind).alias("kind"),
        pl.col("_base").alias("base"),
        _rate_words(measure).alias("rate"),
        low.alias("amount"),
        high.alias("amount_high"),
        pl.lit(law.regime.currency).alias("currency"),
        state.fill_null("undetermined").alias("state"),
        (pl.lit(measure.debtor) if measure.debtor else pl.col("debtor")).alias("debtor"),
        pl.lit(measure.source).alias("legal_basis"),
        weakest.alias("confidence"),
        _needs(measure).alias("needs"),
        _sentence(measure, law).alias("explanation"),
    ).select(CHARGES.schema.keys())


def _confidence(measure: Measure) -> pl.Expr:
    """The weaker of the measure's source and of the rate of exchange."""
    rank = CONFIDENCES.index(measure.confidence)
    weaker = list(CONFIDENCES[rank + 1 :])
    rate = pl.col("_rate_confidence")
    return pl.when(rate.is_in(weaker)).then(rate).otherwise(pl.lit(measure.confidence))


def _needs(measure: Measure) -> pl.Expr:
    """Name the facts that would make the amount exact, null where it is."""
    facts = [
        pl.when(pl.col("_maybe") & pl.col(fact_column(fact)).is_null()).then(pl.lit(fact))
        for fact in measure.facts_ask
    ]
    if measure.notes or any(isinstance(node, NormalRate) for node in nodes(measure.rate)):
        known = pl.col("_normal_low") == pl.col("_normal_high")
        missing = ~known.fill_null(value=False)
        if measure.notes:
            missing = pl.col("_maybe") & pl.col("tariff_notes").is_null()
        facts.append(pl.when(missing).then(pl.lit("national tariff code")))
    if measure.per in ("distinct_hs6", "distinct_code"):
        facts.append(pl.when(pl.col("hs6").is_null()).then(pl.lit("hs6")))
    if not facts:
        return pl.lit(None, dtype=pl.List(pl.String))
    named = pl.concat_list(facts).list.drop_nulls()
    return pl.when(named.list.len() > 0).then(named)


def _rate_words(measure: Measure) -> pl.Expr:
    rate = measure.rate
    if isinstance(rate, Percent | FromTable):
        return pl.format("{} %", _plain(pl.col("_rate")))
    if isinstance(rate, NormalRate):
        return pl.coalesce("_normal_text", pl.lit("normal rate, not known here"))
    text = measure.undetermined or measure.rate_text
    if measure.per and not measure.undetermined:
        text = f"{measure.rate_text} per {measure.per.replace('_', ' ')}"
    return pl.lit(text)


def _plain(value: pl.Expr) -> pl.Expr:
    return value.cast(pl.String).str.replace(r"\.?0+$", "")


def _sentence(measure: Measure, law: RegimeDay) -> pl.Expr:
    money = law.regime.currency
    title = pl.lit(f"{measure.title}: ")
    how = _rate_words(measure)
    if not isinstance(measure.rate, Percent | FromTable):
        shown = how
    else:
        base = pl.col("_base").round(law.regime.decimals)
        shown = pl.format("{} {} x {}", base, pl.lit(money), how)
    low, high = (_plain(pl.col(column)) for column in ("_low", "_high"))
    range_words = (
        pl.when(pl.col("_low") == pl.col("_high"))
        .then(pl.lit(""))
        .when(pl.col("_high").is_not_null())
        .then(pl.format(" (from {} to {} {})", low, high, pl.lit(money)))
        .when(pl.col("_low") > 0)
        .then(pl.format(" (at least {} {})", low, pl.lit(money)))
        .otherwise(pl.lit(" (not known)"))
    )
    needs = pl.when(_needs(measure).is_not_null()).then(
        pl.format("; needs {}", _needs(measure).list.join(", "))
    )
    return pl.concat_str([title, shown, range_words, needs.fill_null("")], ignore_nulls=True)
