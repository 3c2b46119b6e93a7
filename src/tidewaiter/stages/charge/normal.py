"""The normal rate of each line ("column 1", third-country duty), as a range.

First the rate the sender tells with the line, then the tariff schedule at hand for the goods code:
where only the subheading is known, the least and the most over its national lines. Where neither
is there the normal duty is nobody's knowledge: at least nothing, at most unknown.
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
from tidewaiter.knowledge.schedules import Schedule
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
NOT_READ = "the rate told is not understood"


def add_normal(work: pl.DataFrame, law: RegimeDay, schedule: Schedule | None) -> pl.DataFrame:
    """Add the normal duty of each line, and `tariff_notes` (null: the tariff line is not known)."""
    told = work["tariff_rate_text"].drop_nulls().unique(maintain_order=True)
    if NOTES not in work.columns:
        work = work.with_columns(pl.lit(None, dtype=pl.List(pl.String)).alias(NOTES))
    numbered = work.with_row_index("_row")
    parts = []
    if len(told):
        rates = _told(told)
        parts.append(numbered.join(rates, left_on="tariff_rate_text", right_on="text"))
    if schedule is not None:
        rest = numbered.filter(pl.col("tariff_rate_text").is_null())
        found = schedule.rates_for(rest["goods_code"].drop_nulls().unique())
        parts.append(rest.join(found, on="goods_code"))
        numbered = _with_notes(numbered, schedule)
    parts = [part for part in parts if part.height]
    if not parts:
        empty = [pl.lit(None, dtype=dtype).alias(name) for name, dtype in ADDED.items()]
        return numbered.with_columns(*empty).with_columns(NOTHING.alias("_normal_low")).drop("_row")
    names = ("_row", *_NEEDED, *RATE_COLUMNS, "text")
    reckoned = pl.concat(
        [_reckon(part.rename({"tariff_rate_text": "text"}, strict=False)
                 if "text" not in part.columns else part, names, law) for part in parts]
    )  # fmt: skip
    ranged = reckoned.group_by("_row").agg(
        pl.col("_normal_low").min(),
        pl.when(pl.col("_normal_high").is_not_null().all()).then(pl.col("_normal_high").max()),
        pl.when(pl.col("text").n_unique() == 1).then(pl.col("text").first()).alias("_normal_text"),
        pl.when(pl.len() == 1).then(pl.col("_normal_percent").first()).alias("_normal_percent"),
    )
    joined = numbered.join(ranged, on="_row", how="left", maintain_order="left").drop("_row")
    return joined.with_columns(pl.col("_normal_low").fill_null(NOTHING))


_NEEDED = ("customs_value", "quantity", "net_mass_g")


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
    low = share + one.fill_null(NOTHING) + two.fill_null(NOTHING)
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


def _with_notes(numbered: pl.DataFrame, schedule: Schedule) -> pl.DataFrame:
    notes = schedule.notes_for(numbered["goods_code"].drop_nulls().unique())
    joined = numbered.join(
        notes.rename({NOTES: "_notes"}), on="goods_code", how="left", maintain_order="left"
    )
    return joined.with_columns(pl.coalesce(NOTES, "_notes").alias(NOTES)).drop("_notes")
