"""The normal rate of each line ("column 1", third-country duty), as a range.

First the rate the sender tells with the line, then the tariff schedule at hand for the goods code:
where only the subheading is known, the least and the most over its national lines. A line that
claims a programme (declared fact `preference`, such as "KR" or "S") takes the special rate where
the tariff line has it and the origin may claim it; the claim is no proof, and the words say so.
Goods of origins without normal relations take the schedule's other rates ("column 2"), whatever
normal rate is told. Where
neither rate nor schedule is there the normal duty is nobody's knowledge: at least nothing, at most
unknown.
"""

from __future__ import annotations

import polars as pl

from tidewaiter.knowledge.rates import parse_rate
from tidewaiter.knowledge.rates.canonical import RATE_COLUMNS, columns_or_reason
from tidewaiter.knowledge.rates.hts import parse_hts
from tidewaiter.knowledge.rates.tree import UNITS, Rate, Unknown
from tidewaiter.knowledge.regimes import RegimeDay
from tidewaiter.knowledge.regimes.conditions import NOTES
from tidewaiter.knowledge.regimes.exchange import RATE
from tidewaiter.knowledge.schedules import CLAIM, Schedule
from tidewaiter.stages.charge.amounts import HUNDRED, NOTHING, QUANTITIES
from tidewaiter.vocabulary.columns import MONEY
from tidewaiter.vocabulary.errors import InputError

#: what is added: least and most (not rounded), the rate in words, its percent where it is only one
ADDED = {
    "_normal_low": MONEY,
    "_normal_high": MONEY,
    "_normal_text": pl.String(),
    "_normal_percent": MONEY,
}
CONFIDENCE = "_normal_confidence"  # of what the rate leans on beside the tariff, else null
NOT_READ = "the rate told is not understood"
PREFERENCE = "preference"
_NEEDED = ("customs_value", "quantity", "net_mass_g")
_APART = "_apart"  # why a line is not simply reckoned: told, claim, other or mixed


def add_normal(work: pl.DataFrame, law: RegimeDay, schedule: Schedule | None) -> pl.DataFrame:
    """Add the normal duty of each line, and `tariff_notes` (null: the tariff line is not known)."""
    if NOTES not in work.columns:
        work = work.with_columns(pl.lit(None, dtype=pl.List(pl.String)).alias(NOTES))
    numbered = work.with_row_index("_row")
    if schedule is None:
        empty = (pl.lit(None, dtype=dtype).alias(name) for name, dtype in ADDED.items())
        numbered = numbered.with_columns(*empty)
        told = numbered.filter(pl.col("tariff_rate_text").is_not_null())
        parts = []
        numbered = numbered.with_columns(pl.lit(None, dtype=pl.String).alias(CONFIDENCE))
    else:
        numbered = _on_lines(numbered, law, schedule)
        leaning = pl.col(_APART).is_in(["claim", "other"])  # on the list of programmes
        unsure = pl.when(leaning).then(pl.lit(schedule.programmes.confidence, dtype=pl.String))
        numbered = numbered.with_columns(unsure.alias(CONFIDENCE))
        told = numbered.filter(pl.col(_APART) == "told")
        parts = _apart(numbered, law, schedule)
        numbered = numbered.drop(_APART, PREFERENCE)
    if told.height:
        rates = _told(told["tariff_rate_text"].unique(maintain_order=True))
        parts.append(told.join(rates, left_on="tariff_rate_text", right_on="text", coalesce=False))
    parts = [part for part in parts if part.height]
    if parts:
        numbered = _ranged(numbered, parts, law)
    return numbered.with_columns(pl.col("_normal_low").fill_null(NOTHING)).drop("_row")


def _on_lines(numbered: pl.DataFrame, law: RegimeDay, schedule: Schedule) -> pl.DataFrame:
    """Reckon the lines whose rates are shares of the base; say why the others stand apart."""
    lines = schedule.lines_for(numbered["goods_code"].drop_nulls().unique())
    notes = pl.col("_notes")
    if numbered[NOTES].null_count() < numbered.height:
        notes = pl.coalesce(NOTES, "_notes")
    found = numbered.select("goods_code").join(
        lines.rename({NOTES: "_notes", "text": "_text", "percent": "_percent"}),
        on="goods_code", how="left", maintain_order="left",
    )  # fmt: skip
    joined = numbered.hstack(found.drop("goods_code"))
    others = schedule.programmes.other_origins(law.on)
    ways = [("mixed", ~pl.col("flat"))]
    claimed: pl.Expr = pl.lit(None, dtype=pl.String)
    if numbered["declared_facts"].null_count() < numbered.height:
        said = pl.col("declared_facts").str.json_path_match(f"$.{PREFERENCE}")
        claimed = said.str.strip_chars().str.to_uppercase().replace("", None)
        ways.append(("claim", claimed.is_not_null()))
    if numbered["tariff_rate_text"].null_count() < numbered.height:
        ways.append(("told", pl.col("tariff_rate_text").is_not_null()))
    if others and numbered["country_origin"].is_in(others).any():
        ways.append(("other", pl.col("country_origin").is_in(others)))
    apart: pl.Expr = pl.lit(None, dtype=pl.String)
    for way, when in ways:  # the later counts: a normal rate told is none of the other rates
        apart = pl.when(when).then(pl.lit(way)).otherwise(apart)
    plain = pl.when(pl.col(_APART).is_null())
    return (
        joined.with_columns(apart.alias(_APART), claimed.alias(PREFERENCE))
        .with_columns(
            plain.then(_share("low_percent")).cast(MONEY).alias("_normal_low"),
            plain.then(_share("high_percent")).cast(MONEY).alias("_normal_high"),
            plain.then("_text").alias("_normal_text"),
            plain.then("_percent").alias("_normal_percent"),
            notes.alias(NOTES),
        )
        .drop("_notes", "_text", "_percent", "low_percent", "high_percent", "flat")
    )


def _apart(numbered: pl.DataFrame, law: RegimeDay, schedule: Schedule) -> list[pl.DataFrame]:
    """Join the lines that stand apart with their rates: a row a line and rate."""
    if numbered[_APART].null_count() == numbered.height:
        return []
    lines = numbered.select("_row", *CLAIM, *_NEEDED, _APART).filter(
        pl.col(_APART).is_not_null(), pl.col("goods_code").is_not_null()
    )
    parts = []
    for why, rates in (("mixed", schedule.rates_for), ("other", schedule.others_for)):
        here = lines.filter(pl.col(_APART) == why)
        if here.height:
            parts.append(here.join(rates(here["goods_code"].unique()), on="goods_code"))
    claims = lines.filter(pl.col(_APART) == "claim")
    if claims.height:
        open_ = schedule.claimed(claims.select(CLAIM).unique(maintain_order=True), law.on)
        parts.append(claims.join(open_, on=CLAIM, nulls_equal=True))
    return parts


def _ranged(numbered: pl.DataFrame, parts: list[pl.DataFrame], law: RegimeDay) -> pl.DataFrame:
    """Put the least and the most of the parts over what the lines have."""
    names = ("_row", *_NEEDED, *RATE_COLUMNS, "text")
    reckoned = pl.concat([_reckon(part, names, law) for part in parts])
    ranged = reckoned.group_by("_row").agg(
        pl.col("_normal_low").min(),
        pl.when(pl.col("_normal_high").is_not_null().all()).then(pl.col("_normal_high").max()),
        pl.when(pl.col("text").n_unique() == 1).then(pl.col("text").first()).alias("_normal_text"),
        pl.when(pl.len() == 1).then(pl.col("_normal_percent").first()).alias("_normal_percent"),
    )
    both = numbered.select("_row", *ADDED).join(
        ranged, on="_row", how="left", maintain_order="left", suffix="_apart"
    )
    return numbered.with_columns(
        both.select(pl.coalesce(name, f"{name}_apart").alias(name) for name in ADDED)
    )


def _share(column: str) -> pl.Expr:
    return pl.col("customs_value") * pl.col(column) / HUNDRED


def _told(texts: pl.Series) -> pl.DataFrame:
    rows = [{"text": text, **columns_or_reason(_read(text))} for text in texts.to_list()]
    return pl.DataFrame(rows, schema={"text": pl.String(), **RATE_COLUMNS})


def _read(text: str) -> Rate:
    """Read a told rate: in our packs' language, or as the US tariff writes it."""
    try:
        return parse_rate(text, "tariff_rate")
    except InputError:
        read = parse_hts(text)
        return read if not isinstance(read, Unknown) else Unknown(NOT_READ)


def _reckon(part: pl.DataFrame, names: tuple[str, ...], law: RegimeDay) -> pl.DataFrame:
    rates = law.rates.select(pl.col("declared_currency").alias("currency"), pl.col("per_unit"))
    lines = part.select(names).join(rates, on="currency", how="left", maintain_order="left")
    lines = lines.with_columns(
        _amount(f"amount_{number}", f"unit_{number}").alias(f"_a{number}") for number in (1, 2)
    ).with_columns(
        _amount("floor_amount", "floor_unit").alias("_floor"),
        _amount("cap_amount", "cap_unit").alias("_cap"),
    )
    share = _part("percent")
    one, two = _or_nothing("amount_1", "_a1"), _or_nothing("amount_2", "_a2")
    high = share + one + two
    less = pl.any_horizontal(  # what is taken off is not known: at least nothing, or the floor
        ((pl.col(f"amount_{number}") < 0) & pl.col(f"_a{number}").is_null()).fill_null(value=False)
        for number in (1, 2)
    )
    low = pl.when(less).then(NOTHING).otherwise(
        share + one.fill_null(NOTHING) + two.fill_null(NOTHING))  # fmt: skip
    has_floor = pl.col("floor_percent").is_not_null() | pl.col("floor_amount").is_not_null()
    has_cap = pl.col("cap_percent").is_not_null() | pl.col("cap_amount").is_not_null()
    floor = _part("floor_percent") + _or_nothing("floor_amount", "_floor")
    cap = _part("cap_percent") + _or_nothing("cap_amount", "_cap")
    both = high.is_not_null() & floor.is_not_null()
    low = pl.when(has_floor).then(pl.max_horizontal(low, floor)).otherwise(low)
    high = pl.when(~has_floor).then(high).when(both).then(pl.max_horizontal(high, floor))
    high = pl.when(has_cap).then(pl.min_horizontal(high, cap)).otherwise(high)
    low = pl.when(has_cap & cap.is_not_null()).then(pl.min_horizontal(low, cap)).otherwise(low)
    known = pl.col("unknown").is_null()
    simple = known & pl.all_horizontal(
        pl.col(name).is_null() for name in ("amount_1", "floor_percent", "floor_amount",
                                            "cap_percent", "cap_amount")
    )  # fmt: skip
    return lines.select(
        "_row",
        pl.when(known).then(low).otherwise(NOTHING).cast(MONEY).alias("_normal_low"),
        pl.when(known).then(high).cast(MONEY).alias("_normal_high"),
        "text",
        pl.when(simple).then(pl.col("percent").fill_null(0)).cast(MONEY).alias("_normal_percent"),
    )


def _part(column: str) -> pl.Expr:
    share = pl.col(column).cast(MONEY).fill_null(NOTHING)
    return pl.col("customs_value") * share / HUNDRED


def _or_nothing(told: str, reckoned: str) -> pl.Expr:
    return pl.when(pl.col(told).is_null()).then(NOTHING).otherwise(pl.col(reckoned))


def _amount(amount: str, unit: str) -> pl.Expr:
    """Amount per unit x units, in regime currency; null where the quantity is not known."""
    counted: pl.Expr = pl.lit(None, dtype=MONEY)
    for name, (measured, units) in UNITS.items():
        if measured in QUANTITIES:
            by = QUANTITIES[measured] / pl.lit(units, dtype=MONEY)
            counted = pl.when(pl.col(unit) == name).then(by).otherwise(counted)
    each = (pl.col(amount).cast(RATE) * pl.col("per_unit")).cast(MONEY)
    once = pl.col(unit).fill_null("") == ""
    return pl.when(once).then(each).otherwise(each * counted)
