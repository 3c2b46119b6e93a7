"""Sums per parcel, the calculation as a sentence, and what could not be reckoned."""

from __future__ import annotations

import datetime as dt

import polars as pl

from tidewaiter.knowledge.load import Knowledge
from tidewaiter.knowledge.regimes import KINDS, RegimeDay
from tidewaiter.vocabulary.batch import Batch
from tidewaiter.vocabulary.columns import MONEY
from tidewaiter.vocabulary.findings import finding

AT_SALE = ("vendor_registration", "platform_deemed_importer")


def add_sums(parcels: pl.DataFrame, lines: pl.DataFrame, law: RegimeDay) -> pl.DataFrame:
    """Add the sums of what is owed, their state and the calculation in words to the parcels."""
    valued = pl.col("customs_value").is_not_null()
    sums = lines.group_by("consignment_id").agg(
        *(pl.col(kind).sum() for kind in KINDS),
        *(
            (
                (pl.col(kind) != pl.col(f"{kind}_high")).fill_null(value=True) | ~valued
            ).any().alias(f"_open_{kind}")
            for kind in KINDS
        ),
        *(
            pl.when((pl.col(f"{kind}_high").is_not_null() & valued).all())
            .then(pl.col(f"{kind}_high").sum())
            .alias(f"_high_{kind}")
            for kind in KINDS
        ),
    )  # fmt: skip
    joined = parcels.join(sums, on="consignment_id", how="left", maintain_order="left")
    owed = pl.col("duty") + pl.col("tax") + pl.col("fee")
    high = pl.col("_high_duty") + pl.col("_high_tax") + pl.col("_high_fee")
    unknown = pl.any_horizontal(f"_open_{kind}" for kind in KINDS)
    if not law.covered:  # nothing is owed by no law: nobody can say
        unknown, high = pl.lit(value=True), pl.lit(None, dtype=MONEY)
    state = (
        pl.when(~unknown.fill_null(value=True))
        .then(pl.lit("exact"))
        .when((owed > 0) | high.is_not_null())
        .then(pl.lit("bounded"))
        .otherwise(pl.lit("undetermined"))
    )
    return (
        joined.with_columns(
            pl.col("duty", "tax", "fee").fill_null(0).cast(MONEY),
            high.cast(MONEY).alias("owed_high"),
            state.alias("charge_state"),
        )
        .with_columns(_sentence(law).alias("charge_explanation"))
        .drop(
            "_limit_value", "_over_limit", "_goods_value",
            *(f"_open_{kind}" for kind in KINDS), *(f"_high_{kind}" for kind in KINDS),
        )
    )  # fmt: skip


def _sentence(law: RegimeDay) -> pl.Expr:
    def shown(column: str) -> pl.Expr:
        rounded = pl.col(column).round(law.regime.decimals, mode="half_away_from_zero")
        return rounded.cast(pl.Decimal(38, law.regime.decimals)).cast(pl.String)

    money = law.regime.currency
    parts = []
    for limit in law.limits:
        by_day = limit.basis == "person_day"
        value = "person_day_total" if by_day else "_goods_value"
        what = "day total" if by_day else "value"
        verdict = (
            pl.when(pl.col(value) > limit.amount)
            .then(pl.lit(f" {money} is over the limit ({limit.title})"))
            .otherwise(pl.lit(f" {money} is within the limit ({limit.title})"))
        )
        orders = (
            pl.format(" of {} order(s) ", pl.col("person_day_orders")) if by_day else pl.lit(" ")
        )
        parts += [pl.lit(what), orders, shown(value), verdict, pl.lit("; ")]
    parts += [pl.lit("duty "), _least("duty"), shown("duty"), pl.lit(f" {money}")]
    for column in ("tax", "fee"):
        text = pl.concat_str(
            [pl.lit(f", {column} "), _least(column), shown(column), pl.lit(f" {money}")]
        )
        there = (pl.col(column) > 0) | pl.col(f"_open_{column}").fill_null(value=True)
        parts.append(pl.when(there).then(text).otherwise(pl.lit("")))
    return pl.concat_str(parts)


def _least(kind: str) -> pl.Expr:
    unknown = pl.col(f"_open_{kind}").fill_null(value=True)
    return pl.when(unknown).then(pl.lit("at least ")).otherwise(pl.lit(""))


def charge_findings(
    batch: Batch, refused: pl.Series, law: RegimeDay, knowledge: Knowledge, on: dt.date
) -> list[pl.DataFrame]:
    """Find what keeps a parcel from being reckoned, split shipments and refused schemes."""
    parcels = batch.consignments.with_columns(refused.alias("_refused"))
    texts = knowledge.findings
    coded, undetermined = _open_lines(batch, law)
    unknown = pl.col("customs_value").is_null()
    nobody = [measure.id for measure in law.measures if measure.undetermined and not measure.ask]
    lawless = pl.col("layer").is_in(nobody)
    at_sale = _at_sale(batch, law) if undetermined.height else pl.lit(value=False)
    open_law = _parcels(undetermined, lawless)
    asked = ~lawless & ~pl.col("layer").is_in(_coded_layers(law)) & ~at_sale
    open_facts, open_at_sale = _parcels(undetermined, asked), _parcels(undetermined, at_sale)
    value_known = pl.col("declared_value").is_not_null()
    split_detail = pl.format(
        "{} orders of one person on {} make {} {}",
        "person_day_orders",
        "ordered_day",
        pl.col("person_day_total").round(law.regime.decimals, mode="half_away_from_zero"),
        "currency",
    )
    found = [
        ("charge.no_value", coded, unknown & ~value_known, "goods_items.declared_value", None),
        ("charge.no_rate", coded, unknown & value_known, "goods_items.declared_currency",
         pl.col("declared_currency")),
        ("charge.rate_stale", parcels, pl.col("consignment_id").is_in(_in_stale(batch, law)),
         "goods_items.declared_currency", pl.lit(_ended(law))),
        ("charge.no_code", coded, pl.col("_amount_open") & pl.col("hs6").is_null(),
         "goods_items.hs6", None),
        ("charge.open_at_sale", parcels, pl.col("consignment_id").is_in(open_at_sale),
         "consignments.tax", None),
        ("charge.undetermined", parcels, pl.col("consignment_id").is_in(open_facts),
         "consignments.duty", pl.col("charge_explanation")),
        ("charge.law_open", parcels, pl.col("consignment_id").is_in(open_law),
         "consignments.fee", None),
        ("charge.other_destination", parcels,
         ~pl.col("country_destination").is_in(sorted(law.regime.destinations)),
         "consignments.country_destination", pl.col("country_destination")),
        ("charge.split_shipment", parcels, pl.col("split"), "consignments.person_day_total",
         split_detail),
        ("charge.no_law", parcels, pl.lit(value=not law.covered), "consignments.duty",
         pl.format("{} on {}", pl.lit(law.regime.title), pl.lit(law.on.isoformat()))),
        ("charge.scheme_refused", parcels, pl.col("_refused"), "consignments.scheme_text",
         pl.format("{} was asked for; {} is taken", "scheme_text",
                   pl.col("scheme").fill_null("no scheme"))),
    ]  # fmt: skip
    hit: dict[str, bool] = {}
    for frame in (coded, parcels):
        rules = (when.any().alias(code) for code, rows, when, *_ in found if rows is frame)
        hit |= frame.select(*rules).row(0, named=True)
    return [
        finding(rows, when, code, texts.severity(code, on), field=field, detail=detail)
        for code, rows, when, field, detail in found
        if hit[code]
    ]


def _parcels(charges: pl.DataFrame, when: pl.Expr) -> pl.Series:
    rows = charges.filter(when) if charges.height else charges
    return rows["consignment_id"].unique().implode()


def _in_stale(batch: Batch, law: RegimeDay) -> pl.Series:
    """Give the parcels with an amount in a currency whose official rate has ended."""
    if law.rates["rate_ended"].null_count() == law.rates.height:
        return pl.Series([[]], dtype=pl.List(pl.String))
    ended = law.rates.filter(pl.col("rate_ended").is_not_null())["declared_currency"].implode()
    lines = batch.goods_items.filter(pl.col("declared_currency").is_in(ended))
    costs = batch.consignments.filter(
        pl.any_horizontal(
            pl.col(cost).is_not_null() & pl.col(f"{cost}_currency").is_in(ended)
            for cost in ("freight", "insurance")
        )
    )
    both = pl.concat([lines["consignment_id"], costs["consignment_id"]])
    return both.unique().implode()


def _ended(law: RegimeDay) -> str:
    ended = law.rates.filter(pl.col("rate_ended").is_not_null())
    rows = ended.select("declared_currency", "rate_ended").sort("declared_currency").rows()
    return "; ".join(f"{currency}: the official rate ended on {day}" for currency, day in rows)


def _at_sale(batch: Batch, law: RegimeDay) -> pl.Expr:
    """Say of a charge whether it is a tax that the seller accounts for at the sale, not here."""
    sold = [one.scheme for one in law.collections if one.model in AT_SALE]
    parcels = batch.consignments.filter(pl.col("scheme").is_in(sold))["consignment_id"]
    return (pl.col("kind") == "tax") & pl.col("consignment_id").is_in(parcels.implode())


def _coded_layers(law: RegimeDay) -> list[str]:
    """Layers that need nothing but the subheading: what is missing there is the code."""
    by_code = {name for name, table in law.tables.items() if table.column in ("hs6", "chapter")}
    return [
        m.id for m in law.measures if m.per == "distinct_hs6" or not by_code.isdisjoint(m.tables)
    ]


def _open_lines(batch: Batch, law: RegimeDay) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Give the lines with `_amount_open` (a code is missing), and the charges that are open."""
    coded = batch.goods_items.select(
        "consignment_id", "contribution_id", "item_no", "hs6", "customs_value", "declared_value",
        "declared_currency",
    )  # fmt: skip
    undetermined = batch.charges.filter(pl.col("state") != "exact")
    lines = undetermined.filter(
        (pl.col("state") == "undetermined") & pl.col("layer").is_in(_coded_layers(law))
    ).select("consignment_id", "item_no", pl.lit(value=True).alias("_amount_open"))
    if lines.height:
        coded = coded.join(
            lines.unique(), on=["consignment_id", "item_no"], how="left", maintain_order="left"
        ).with_columns(pl.col("_amount_open").fill_null(value=False))
    else:
        coded = coded.with_columns(pl.lit(value=False).alias("_amount_open"))
    return coded, undetermined
