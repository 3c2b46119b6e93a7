"""Rules on elements that contradict one another: sums, masses, gifts, routes, believable figures.

Consignment rules compare the parcel with its lines and parties; line rules compare mass, quantity
and value with what such goods weigh and cost (pack `quality/plausibility`; for suspicion only).
Cross-checks between several parties' messages are `fuse`, code against text is `classify`.
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache

import polars as pl

from tidewaiter.knowledge.codelists import Codelists
from tidewaiter.knowledge.quality import IdentifierRule, QualityRules
from tidewaiter.stages.check.desk import Rule
from tidewaiter.stages.check.goods import meets_total
from tidewaiter.stages.check.numbers import shown
from tidewaiter.vocabulary.terms import View

EU = "EU"
COMPARED_VIEWS = [View.TRANSPORT.value, View.POSTAL.value, View.DECLARATION.value]


def _figures(*parts: str | pl.Expr) -> pl.Expr:
    """Join words and figures to one text; figures without needless decimals."""
    return pl.concat_str(pl.lit(part) if isinstance(part, str) else shown(part) for part in parts)


@lru_cache(maxsize=64)
def parcel_rules(rules: QualityRules) -> tuple[Rule, ...]:
    """Rules on the parcel against its lines, parties and route."""
    insured, total = pl.col("_insured"), pl.col("total_value")
    sold = (
        pl.col("_shop")
        | (pl.col("_listings") > 0)
        | pl.col("payment_id").is_not_null()
        | (pl.col("fiscal_role") == "FR5")
        | (pl.col("_view") == View.ORDER.value)
    )
    return (
        *_sum_rules(rules),
        Rule(
            "check.gift_from_shop",
            (pl.col("nature") == "gift") & sold,
            "nature_text",
            seen=pl.col("nature_text"),
            needs=("nature",),
        ),
        Rule(
            "check.insured_above_value",
            pl.col("_insured_currency").eq_missing(pl.col("total_currency"))
            & (insured > total * rules.limits["insured_to_value_max"]),
            "insured_text",
            seen=pl.col("insured_text"),
            detail=_figures("declared value ", total),
            needs=("_insured", "total_value"),
        ),
        *_route_rules(),
    )


def _sum_rules(rules: QualityRules) -> tuple[Rule, ...]:
    total, lines = pl.col("total_value"), pl.col("_lines")
    one_money = pl.col("_currency").eq_missing(pl.col("_currency_other"))
    same_money = pl.col("total_currency").eq_missing(pl.col("_currency")) & one_money
    known = (pl.col("_valueless") == 0) & (lines > 0)
    net, gross = (pl.col(name).cast(pl.Float64) for name in ("_net", "gross_mass_g"))
    slack = 1 + rules.limits["mass_tolerance_percent"] / 100
    return (
        Rule(
            "check.total_not_sum",
            known & same_money & ~meets_total("total_value", "_value", rules),
            "total_value_text",
            seen=pl.col("total_value_text"),
            detail=_figures("sum of the lines ", pl.col("_value")),
            needs=("total_value", "_value"),
        ),
        Rule(
            "check.total_currency_differs",
            total.is_not_null() & ((pl.col("total_currency") != pl.col("_currency")) | ~one_money),
            "total_currency_text",
            seen=pl.col("total_currency"),
            detail=_figures("lines in ", pl.col("_currency")),
            needs=("total_value", "_currency"),
        ),
        Rule(
            "check.item_count_differs",
            (lines > 0) & (pl.col("item_count") != lines.cast(pl.Int64)),
            "item_count_text",
            seen=pl.col("item_count_text"),
            detail=_figures("lines given: ", lines),
            needs=("item_count", "_lines"),
        ),
        Rule(
            "check.gross_below_net",
            net > gross * slack + rules.limits["mass_tolerance_g"],
            "gross_mass_text",
            seen=_figures(pl.col("gross_mass_g"), " g"),
            detail=_figures("net masses add up to ", pl.col("_net"), " g"),
            needs=("gross_mass_g", "_net"),
        ),
    )


def _route_rules() -> tuple[Rule, ...]:
    departure, destination = pl.col("country_departure"), pl.col("country_destination")
    return (
        Rule(
            "check.route_receiver_elsewhere",
            pl.col("_receiver") != destination,
            "country_destination_text",
            seen=destination,
            detail=_figures("receiver in ", pl.col("_receiver")),
            needs=("country_destination", "_receiver"),
        ),
        Rule(
            "check.route_sender_elsewhere",
            pl.col("_sender") != departure,
            "country_departure_text",
            seen=departure,
            detail=_figures("sender in ", pl.col("_sender")),
            needs=("country_departure", "_sender"),
        ),
        Rule(
            "check.route_same_country",
            departure == destination,
            "country_destination_text",
            seen=destination,
            needs=("country_departure", "country_destination"),
        ),
        Rule(
            "check.route_tracking_elsewhere",
            pl.col("_issuer") != departure,
            "tracking_id",
            seen=pl.col("tracking_id"),
            detail=_figures("sent from ", departure),
            needs=("_issuer", "country_departure"),
        ),
    )


@lru_cache(maxsize=64)
def line_rules(lists: Codelists, rules: QualityRules, lane: str, on: dt.date) -> tuple[Rule, ...]:
    """Rules on a line against what such goods weigh and cost, and against its parcel.

    They need `_unit_mass, _unit_value, _per_kg` (Float64, EUR) from `believable_figures`.
    """
    return (
        Rule(
            "check.line_gross_below_net",
            pl.col("net_mass_g") > pl.col("gross_mass_g"),
            "gross_mass_text",
            seen=_figures(pl.col("gross_mass_g"), " g"),
            detail=_figures("net ", pl.col("net_mass_g"), " g"),
            needs=("net_mass_g", "gross_mass_g"),
        ),
        Rule(
            "check.origin_is_destination",
            pl.col("country_origin") == pl.col("_destination"),
            "country_origin_text",
            seen=pl.col("country_origin"),
            needs=("country_origin", "_destination"),
        ),
        *_figure_rules(rules),
        *(
            rule
            for asked in rules.identifier_rules
            if asked.since <= on
            for rule in _identifiers(asked, lists, lane, on)
        ),
    )


def _figure_rules(rules: QualityRules) -> tuple[Rule, ...]:
    limits = rules.limits
    slack = limits["band_slack_mass"]
    mass, value, per_kg = pl.col("_unit_mass"), pl.col("_unit_value"), pl.col("_per_kg")
    heavy = pl.coalesce(
        pl.col("_mass_g_max") * slack + pl.col("_packing"), pl.lit(limits["mass_g_per_unit_max"])
    )
    light = pl.col("_mass_g_min") / slack
    kg_min = pl.coalesce(
        pl.col("_value_eur_min") / pl.col("_mass_g_max") * 1000,
        pl.lit(limits["value_per_kg_eur_min"]),
    )
    kg_max = pl.coalesce(
        pl.col("_value_eur_max") / pl.col("_mass_g_min") * 1000,
        pl.lit(limits["value_per_kg_eur_max"]),
    )
    usual = pl.coalesce("band", pl.lit("goods of any kind"))
    return (
        Rule(
            "check.mass_per_unit",
            (mass > heavy) | (mass < light),
            "net_mass_text",
            seen=_figures(mass.round(1), " g a unit"),
            detail=_figures(
                usual, ": ", light.fill_null(0).round(1), " to ", heavy.round(1), " g a unit"
            ),
            needs=("_unit_mass",),
        ),
        Rule(
            "check.value_per_unit",
            ((value < pl.col("_value_eur_min")) | (value > pl.col("_value_eur_max"))) & (value > 0),
            "declared_value_text",
            seen=_figures("about ", value.round(2), " EUR a unit"),
            detail=_figures(
                usual, ": ", pl.col("_value_eur_min"), " to ", pl.col("_value_eur_max"),
                " EUR a unit",
            ),
            needs=("_unit_value", "band"),
        ),
        Rule(
            "check.value_per_kg",
            ((per_kg < kg_min) | (per_kg > kg_max)) & (per_kg > 0),
            "declared_value_text",
            seen=_figures("about ", per_kg.round(2), " EUR a kg"),
            detail=_figures(usual, ": ", kg_min.round(2), " to ", kg_max.round(0), " EUR a kg"),
            needs=("_per_kg",),
        ),
    )  # fmt: skip


def _identifiers(
    asked: IdentifierRule, lists: Codelists, lane: str, on: dt.date
) -> tuple[Rule, ...]:
    where = pl.col("_destination")
    if asked.destination == EU:
        there = where.is_in(lists.eu_members(on)).fill_null(value=lane == EU)
    else:
        there = where.eq_missing(asked.destination)
    unknown = pl.col("_unconverted") > 0
    low = (unknown | (pl.col("_parcel_eur") <= float(asked.value_max))).fill_null(value=True)
    out = pl.any_horizontal(
        pl.col("procedure_codes").str.contains(code, literal=True) for code in asked.procedures_out
    ).fill_null(value=False)
    consumer = ~out & pl.col("_nature").ne_missing("gift")

    def missing(columns: dict[str, tuple[str, ...]]) -> tuple[pl.Expr, pl.Expr]:
        gaps = {
            name: pl.all_horizontal(pl.col(column).is_null() for column in stands)
            for name, stands in columns.items()
        }
        listed = pl.concat_str(
            *(pl.when(gap).then(pl.lit(name)) for name, gap in gaps.items()),
            separator=", ",
            ignore_nulls=True,
        )
        return pl.any_horizontal(gaps.values()), pl.concat_str(pl.lit("missing: "), listed)

    filed, filed_detail = missing({name: (name,) for name in asked.identifiers})
    ordered, ordered_detail = missing(
        {
            name: (name, "product_id", "sku") if name == "merchant_product_id" else (name,)
            for name in asked.identifiers
        }
    )
    return (
        Rule(
            "check.product_identifiers_missing",
            pl.col("_view").is_in(list(asked.views)) & there & low & consumer & filed,
            "merchant_product_id",
            detail=filed_detail,
        ),
        Rule(
            "check.product_identifiers_missing_order",
            pl.col("_view").is_in(list(asked.order_views)) & there & low & consumer & ordered,
            "merchant_product_id",
            detail=ordered_detail,
        ),
    )


@lru_cache(maxsize=8)
def believable_figures(rules: QualityRules) -> tuple[pl.Expr, ...]:
    """Expressions of a line's mass and value a unit and value a kg (Float64; EUR by rough rates).

    A parcel's gross mass stands for a line's mass if there is but one line; packing is allowed for.
    """
    units = pl.coalesce(pl.col("quantity").cast(pl.Float64), pl.col("units_said"))
    own = pl.coalesce("net_mass_g", "gross_mass_g").cast(pl.Float64)
    whole = pl.when(pl.col("_lines") == 1).then(pl.col("_parcel_mass").cast(pl.Float64))
    mass = pl.coalesce(own, whole)
    value = pl.col("_eur")
    counted = pl.when(units > 0).then(units)
    return (
        (mass / counted).alias("_unit_mass"),
        (value / counted).alias("_unit_value"),
        pl.when(mass > 0).then(value / mass * 1000).alias("_per_kg"),
        pl.when(own.is_null())
        .then(rules.limits["packing_allowance_g"])
        .otherwise(0.0)
        .alias("_packing"),
    )
