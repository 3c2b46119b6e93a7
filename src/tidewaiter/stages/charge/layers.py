"""One layer as a row of `charges`: amount, law, who owes, what is missing, and the sentence."""

from __future__ import annotations

import polars as pl

from tidewaiter.knowledge.rates.tree import FromTable, NormalRate, Percent, nodes
from tidewaiter.knowledge.regimes import Measure, RegimeDay
from tidewaiter.knowledge.regimes.conditions import fact_column
from tidewaiter.vocabulary.columns import CHARGES

CONFIDENCES = ("official", "own", "derived", "secondary", "memory")  # strongest first


def layer_row(measure: Measure, law: RegimeDay) -> list[pl.Expr]:
    """Give the columns of a measure's rows in `charges`, in their order.

    They read `_base`, `_low`, `_high`, `_rate` (percent) and `_maybe` beside the lines' columns.
    """
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
    made = [
        pl.col("consignment_id"),
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
        _needs(measure, law).alias("needs"),
        _sentence(measure, law).alias("explanation"),
    ]
    by_name = {expression.meta.output_name(): expression for expression in made}
    return [by_name[name] for name in CHARGES.schema]


def _confidence(measure: Measure) -> pl.Expr:
    """The weakest of the measure's source, the rate of exchange, and what the normal rate is by."""
    rank = CONFIDENCES.index(measure.confidence)
    weaker = list(CONFIDENCES[rank + 1 :])
    told = [pl.col("_rate_confidence")]
    if any(isinstance(node, NormalRate) for node in nodes(measure.rate)):
        told.append(pl.col("_normal_confidence"))
    weakest: pl.Expr = pl.lit(measure.confidence)
    for name in weaker:  # the weakest is put on last
        weakest = pl.when(pl.any_horizontal(one == name for one in told)).then(
            pl.lit(name)).otherwise(weakest)  # fmt: skip
    return weakest


def _needs(measure: Measure, law: RegimeDay) -> pl.Expr:
    """Name the facts that would make the amount exact, null where it is."""
    facts = [
        (pl.col("_maybe") & pl.col(fact_column(fact)).is_null(), fact) for fact in measure.facts_ask
    ]
    if measure.notes or any(isinstance(node, NormalRate) for node in nodes(measure.rate)):
        known = pl.col("_normal_low") == pl.col("_normal_high")
        missing = ~known.fill_null(value=False)
        if measure.notes:
            missing = pl.col("_maybe") & pl.col("tariff_notes").is_null()
        facts.append((missing, "national tariff code"))
    facts += [
        (pl.col(f"_table_{name}").is_null(), law.tables[name].column) for name in measure.tables
    ]
    if measure.per in ("distinct_hs6", "distinct_code"):
        facts.append((pl.col("hs6").is_null(), "hs6"))
    texts = pl.List(pl.String)
    if not facts:
        return pl.lit(None, dtype=texts)
    if len(facts) == 1:  # lists put together of parts cost ten times as much
        [(when, fact)] = facts
        return pl.when(when).then(pl.lit([fact], dtype=texts))
    named = pl.concat_list(pl.when(when).then(pl.lit(fact)) for when, fact in facts)
    named = named.list.drop_nulls()
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


def _shown(value: pl.Expr, law: RegimeDay) -> pl.Expr:
    decimals = law.regime.decimals
    cut = value.round(decimals, mode="half_away_from_zero").cast(pl.Decimal(38, decimals))
    return cut.cast(pl.String)


def _plain(value: pl.Expr) -> pl.Expr:
    return value.cast(pl.String).str.replace(r"\.?0+$", "")


def _sentence(measure: Measure, law: RegimeDay) -> pl.Expr:
    money = law.regime.currency
    title = pl.lit(f"{measure.title}: ")
    how = _rate_words(measure)
    if not isinstance(measure.rate, Percent | FromTable):
        shown = how
    else:
        base = _shown(pl.col("_base"), law)
        shown = pl.format("{} {} x {}", base, pl.lit(money), how)
    low, high = (_shown(pl.col(column), law) for column in ("_low", "_high"))
    range_words = (
        pl.when(pl.col("_low") == pl.col("_high"))
        .then(pl.lit(""))
        .when(pl.col("_high").is_not_null())
        .then(pl.format(" (from {} to {} {})", low, high, pl.lit(money)))
        .when(pl.col("_low") > 0)
        .then(pl.format(" (at least {} {})", low, pl.lit(money)))
        .otherwise(pl.lit(" (not known)"))
    )
    needs = pl.when(_needs(measure, law).is_not_null()).then(
        pl.format("; needs {}", _needs(measure, law).list.join(", "))
    )
    return pl.concat_str([title, shown, range_words, needs.fill_null("")], ignore_nulls=True)
