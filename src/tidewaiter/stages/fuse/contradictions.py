"""Contradictions: where two parties say different things of one parcel.

Each message's word is set against that of the most trusted message that has one: value (with
direction and ratio, freight and small differences allowed for), mass, goods (no word in common),
tariff heading, number of lines, receiver, seller, countries. Personal data is compared, never
written into a finding. Values in unlike currencies are compared by the regime's rates, else by the
rough rates of the quality pack; where neither has one, the finding says so. Floats serve this
comparison only; no amount owed comes from here. Serves requirement C2.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import polars as pl
from rapidfuzz import fuzz
from rapidfuzz.process import cpdist

from tidewaiter.knowledge.load import Knowledge
from tidewaiter.knowledge.matching import Matching
from tidewaiter.knowledge.normal_forms import name_forms
from tidewaiter.stages.fuse.facts import facts
from tidewaiter.stages.fuse.sections import Section
from tidewaiter.vocabulary.findings import finding

CODES = (
    "fuse.value_contradiction",
    "fuse.value_not_comparable",
    "fuse.mass_contradiction",
    "fuse.goods_contradiction",
    "fuse.hs_contradiction",
    "fuse.line_count_contradiction",
    "fuse.consignee_contradiction",
    "fuse.seller_contradiction",
    "fuse.country_contradiction",
)
FREIGHT_SLACK = 1.05
COMPARED = (  # where all messages say the same of these there is nothing to compare
    "value", "currency", "mass", "goods", "lines", "receiver", "seller", "departure", "destination",
)  # fmt: skip
COUNTRIES = (
    ("departure", "consignments.country_departure"),
    ("destination", "consignments.country_destination"),
)


def contradictions(
    sections: Mapping[str, Section], knowledge: Knowledge, on: dt.date
) -> list[pl.DataFrame]:
    """Find what messages about one parcel contradict each other in.

    Args:
        sections: the merged frames by name; their `rows` are what was said.
        knowledge: gives tolerances, rates and finding weights.
        on: day whose rates and weights count.

    Returns:
        Frames of findings, under the parcel's id and the id of the message that differs.
    """
    if not sections["consignments"].rows.height:
        return []
    said = facts(sections)
    return [
        *_values(said, knowledge, on),
        *_masses(said, knowledge, on),
        *_goods(said, knowledge, on),
        *_headings(said, knowledge, on),
        *_lines(said, knowledge, on),
        *_names(said, ("receiver", "consignee"), knowledge, on),
        *_names(said, ("seller", "seller"), knowledge, on),
        *(found for where in COUNTRIES for found in _countries(said, where, knowledge, on)),
    ]


def _against(
    said: pl.DataFrame, columns: tuple[str, ...], family: str, matching: Matching
) -> pl.DataFrame:
    """Set each message that tells a fact beside the most trusted one that does (`ref_` columns)."""
    order = matching.trust[family]
    rank = pl.col("view").replace_strict(
        order, range(len(order)), default=len(order), return_dtype=pl.Int64
    )
    telling = said.filter(pl.col(columns[0]).is_not_null())
    compared = [c for c in columns if c in COMPARED]
    if compared:
        telling = telling.filter(pl.any_horizontal(_differ(c) for c in compared))
    if not telling.height:
        return telling
    first = (
        telling.with_columns(rank.alias("rank"))
        .sort("rank", "weight")
        .unique("order", keep="first", maintain_order=True)
        .select("order", "unit", "view", *columns)
        .rename({name: f"ref_{name}" for name in ("unit", "view", *columns)})
    )
    return telling.join(first, on="order", maintain_order="left").filter(
        pl.col("unit") != pl.col("ref_unit")
    )


def _differ(column: str) -> pl.Expr:
    value = pl.col(column)
    return (value.min().over("order") != value.max().over("order")).fill_null(value=False)


def _finding(
    rows: pl.DataFrame,
    code: str,
    field: str,
    detail: pl.Expr,
    knowledge: Knowledge,
    on: dt.date,
) -> list[pl.DataFrame]:
    if not rows.height:
        return []
    severity = knowledge.findings.severity(code, on)
    return [finding(rows, pl.lit(True), code, severity, field=field, detail=detail)]


def _ratio(larger: pl.Expr, smaller: pl.Expr) -> pl.Expr:
    """Write a ratio as `10x` or `1.5x`; empty where the smaller is nothing."""
    ratio = (larger / smaller).round(1, mode="half_away_from_zero").cast(pl.String)
    ratio = ratio.str.replace(r"\.0$", "")
    return pl.when(smaller > 0).then(pl.format(", {}x", ratio)).otherwise(pl.lit(""))


def _money(column: str, currency: str) -> pl.Expr:
    amount = pl.col(column).cast(pl.Decimal(38, 2)).cast(pl.String)
    return pl.format("{} {}", amount, pl.col(currency).fill_null("(no currency)"))


def _values(said: pl.DataFrame, knowledge: Knowledge, on: dt.date) -> list[pl.DataFrame]:
    limits = knowledge.matching.fuse["contradiction"]
    rows = _against(said, ("value", "currency", "freight"), "price", knowledge.matching)
    if not rows.height:
        return []
    rows = _in_one_currency(rows, knowledge, on)
    value, ref = pl.col("value"), pl.col("ref_same")
    larger, smaller = pl.max_horizontal(value, ref), pl.min_horizontal(value, ref)
    freight = pl.max_horizontal(
        pl.col("freight").fill_null(0.0), (pl.col("ref_freight") * pl.col("factor")).fill_null(0.0)
    )
    apart = (larger > limits["value_ratio_min"] * smaller) & (
        larger - smaller > FREIGHT_SLACK * freight
    )
    direction = (
        pl.when(value < ref).then(pl.lit("under-declared")).otherwise(pl.lit("over-declared"))
    )
    told = pl.format(
        "{}{}: {} says {}, {} says {}",
        direction,
        _ratio(larger, smaller),
        "ref_view",
        _money("ref_value", "ref_currency"),
        "view",
        _money("value", "currency"),
    )
    unlike = pl.format(
        "{} says {}, {} says {}: no rate between them",
        "ref_view",
        _money("ref_value", "ref_currency"),
        "view",
        _money("value", "currency"),
    )
    field = "consignments.total_value"
    return [
        *_finding(rows.filter(apart), CODES[0], field, told, knowledge, on),
        *_finding(rows.filter(ref.is_null()), CODES[1], field, unlike, knowledge, on),
    ]


def _in_one_currency(rows: pl.DataFrame, knowledge: Knowledge, on: dt.date) -> pl.DataFrame:
    """Add `factor` (from the trusted side's currency to this one's) and `ref_same` (its value)."""
    regime = knowledge.regime.on_day(on).rates.select(
        currency="declared_currency", rate=pl.col("per_unit").cast(pl.Float64)
    )
    rough = knowledge.quality.rates.select("currency", rough="eur")
    for side in ("", "ref_"):
        for rates, name in ((regime, "rate"), (rough, "rough")):
            table = rates.rename({"currency": f"{side}currency", name: f"{side}{name}"})
            rows = rows.join(table, on=f"{side}currency", how="left", maintain_order="left")
    same = pl.col("currency").eq_missing(pl.col("ref_currency"))
    return rows.with_columns(
        pl.when(same)
        .then(1.0)
        .otherwise(
            pl.coalesce(pl.col("ref_rate") / pl.col("rate"), pl.col("ref_rough") / pl.col("rough"))
        )
        .alias("factor")
    ).with_columns((pl.col("ref_value") * pl.col("factor")).alias("ref_same"))


def _masses(said: pl.DataFrame, knowledge: Knowledge, on: dt.date) -> list[pl.DataFrame]:
    limits = knowledge.matching.fuse["contradiction"]
    rows = _against(said, ("mass",), "mass", knowledge.matching)
    if not rows.height:
        return []
    mass, ref = pl.col("mass"), pl.col("ref_mass")
    larger, smaller = pl.max_horizontal(mass, ref), pl.min_horizontal(mass, ref)
    apart = (larger > limits["mass_ratio_min"] * smaller) & (
        larger - smaller > limits["mass_grams_min"]
    )
    grams = [pl.col(c).round(0).cast(pl.Int64) for c in ("ref_mass", "mass")]
    detail = pl.format(
        "{}{}: {} says {} g, {} says {} g",
        pl.when(mass < ref).then(pl.lit("lighter")).otherwise(pl.lit("heavier")),
        _ratio(larger, smaller),
        "ref_view",
        grams[0],
        "view",
        grams[1],
    )
    return _finding(
        rows.filter(apart), CODES[2], "consignments.gross_mass_g", detail, knowledge, on
    )


def _goods(said: pl.DataFrame, knowledge: Knowledge, on: dt.date) -> list[pl.DataFrame]:
    letters = int(knowledge.matching.fuse["contradiction"]["word_letters"])
    rows = _against(
        said.filter(~pl.col("vague") & (pl.col("goods") != "")),
        ("goods", "headings"),
        "goods",
        knowledge.matching,
    )
    if not rows.height:
        return []
    rows = rows.filter(pl.col("goods") != pl.col("ref_goods"))
    digits = int(knowledge.matching.fuse["contradiction"]["hs_digits"])
    heads = [
        pl.col(c).list.eval(pl.element().str.head(digits)) for c in ("headings", "ref_headings")
    ]
    agreed = heads[0].list.set_intersection(heads[1]).list.len() > 0
    words = [_beginnings(c, letters) for c in ("goods", "ref_goods")]
    latin = [words[side].list.join("").str.contains(r"^[a-z]+$") for side in (0, 1)]
    apart = (words[0].list.set_intersection(words[1]).list.len() == 0) & ~agreed
    detail = pl.format(
        "no word in common: {} says '{}', {} says '{}'",
        "ref_view",
        pl.col("ref_goods").str.head(80),
        "view",
        pl.col("goods").str.head(80),
    )
    hits = rows.filter(apart & latin[0] & latin[1])
    return _finding(hits, CODES[3], "goods_items.description", detail, knowledge, on)


def _beginnings(column: str, letters: int) -> pl.Expr:
    plain = pl.col(column).str.to_lowercase()
    short = plain.str.replace_all(rf"(\p{{L}}{{{letters}}})\p{{L}}*", "$1")
    return short.str.extract_all(r"\p{L}{3,}")


def _headings(said: pl.DataFrame, knowledge: Knowledge, on: dt.date) -> list[pl.DataFrame]:
    digits = int(knowledge.matching.fuse["contradiction"]["hs_digits"])
    heads = pl.col("headings").list.eval(pl.element().str.head(digits)).list.unique()
    coded = said.with_columns(heads.alias("headings")).filter(pl.col("headings").list.len() > 0)
    rows = _against(coded, ("headings",), "customs", knowledge.matching)
    if not rows.height:
        return []
    apart = pl.col("headings").list.set_intersection("ref_headings").list.len() == 0
    detail = pl.format(
        "{} says heading {}, {} says {}",
        "ref_view",
        pl.col("ref_headings").list.sort().list.join(", "),
        "view",
        pl.col("headings").list.sort().list.join(", "),
    )
    return _finding(rows.filter(apart), CODES[4], "goods_items.hs_code", detail, knowledge, on)


def _lines(said: pl.DataFrame, knowledge: Knowledge, on: dt.date) -> list[pl.DataFrame]:
    rows = _against(said, ("lines",), "goods", knowledge.matching)
    if not rows.height:
        return []
    detail = pl.format(
        "{} lists {} goods items, {} lists {}", "ref_view", "ref_lines", "view", "lines"
    )
    hits = rows.filter(pl.col("lines") != pl.col("ref_lines"))
    return _finding(hits, CODES[5], "consignments.item_count", detail, knowledge, on)


def _names(
    said: pl.DataFrame, what: tuple[str, str], knowledge: Knowledge, on: dt.date
) -> list[pl.DataFrame]:
    column, role = what
    rows = _against(said, (column,), role, knowledge.matching)
    if not rows.height:
        return []
    words = knowledge.matching.words
    texts = [name_forms(rows[c], words).to_list() for c in (column, f"ref_{column}")]
    alike = cpdist(*texts, scorer=fuzz.token_set_ratio)
    least = knowledge.matching.fuse["contradiction"]["name_alike_min"]
    hits = rows.filter(pl.Series(alike < least, dtype=pl.Boolean))
    detail = pl.format("{} and {} name different parties", "ref_view", "view")
    return _finding(hits, f"fuse.{role}_contradiction", "parties.name", detail, knowledge, on)


def _countries(
    said: pl.DataFrame, where: tuple[str, str], knowledge: Knowledge, on: dt.date
) -> list[pl.DataFrame]:
    column, place = where
    rows = _against(said, (column,), "route", knowledge.matching)
    if not rows.height:
        return []
    detail = pl.format(
        "{}: {} says {}, {} says {}", pl.lit(column), "ref_view", f"ref_{column}", "view", column
    )
    hits = rows.filter(pl.col(column) != pl.col(f"ref_{column}"))
    return _finding(hits, CODES[8], place, detail, knowledge, on)
