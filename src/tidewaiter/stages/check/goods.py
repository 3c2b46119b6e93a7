"""Goods lines read: description, tariff code, GTIN, quantity, masses, value of the whole line.

Fields filled one into the other are turned back where the content leaves no doubt (a tariff code
in the description and words in the code's field; a GTIN in the code's field). Values and masses
given per unit become those of the whole line (trap T1); where the sender's format does not say
which, the line's value is what it says unless only the other reading meets the parcel's total.
"""

from __future__ import annotations

from functools import lru_cache

import polars as pl

from tidewaiter.knowledge.codelists import Codelists
from tidewaiter.knowledge.quality import QualityRules
from tidewaiter.knowledge.vague import VagueTerms
from tidewaiter.stages.check.codes import country_code, read_countries
from tidewaiter.stages.check.descriptions import read_descriptions
from tidewaiter.stages.check.desk import PARCEL, Desk, as_it_stands
from tidewaiter.stages.check.masses import Mass, read_count, read_mass
from tidewaiter.stages.check.money import Amount, read_amount
from tidewaiter.stages.check.numbers import NUMBER, is_scientific, plain_number, shown
from tidewaiter.vocabulary.identifiers.columnar import compact, gtin_normal, hs_digits
from tidewaiter.vocabulary.terms import Basis

VALUE = Amount(
    "declared_value_text",
    "declared_currency_text",
    "declared_value",
    "declared_currency",
    "check.value_unreadable",
)
NET = Mass("net_mass_text", "mass_unit", "net_mass_g")
GROSS = Mass("gross_mass_text", "mass_unit", "gross_mass_g")
QUANTITY = pl.Decimal(38, 3)
_CODE_AS_TEXT = r"^\s*[0-9]{4}[. ]?[0-9]{2}(?:[. ]?[0-9]{2}){0,2}\s*$"
_WHOLE_CODE = r"^[0-9]{6}(?:[0-9]{2}){0,2}$"
_DOTS, _PADDED, _GTIN_PADDED, _FROM_TEXT, _FROM_TITLE = 0.99, 0.6, 0.6, 0.8, 0.9


@lru_cache(maxsize=8)
def _fast(lists: Codelists) -> tuple[pl.Expr, ...]:
    return (
        pl.when(pl.col("_hs").str.contains(_WHOLE_CODE)).then("_hs").alias("hs_code"),
        plain_number(pl.col("quantity_text")).cast(QUANTITY).alias("quantity"),
        VALUE.fast_number(),
        VALUE.fast_currency(lists),
        NET.fast(lists),
        GROSS.fast(lists),
        country_code("country_origin_text", lists).alias("country_origin"),
        pl.coalesce("_text", "title").alias("_said"),
    )


_GTIN = gtin_normal(pl.col("gtin_text")).alias("gtin")
_NO_GTIN = pl.lit(None, dtype=pl.String).alias("gtin")


def read_goods(
    desk: Desk,
    *,
    lists: Codelists,
    vague: VagueTerms,
    rules: QualityRules,
    named: frozenset[str],
) -> None:
    """Add the columns `check` gives on goods lines, and note repairs and faults of reading."""
    desk.add(_hs=pl.col("hs_code_text"), _text=pl.col("description_text"))
    if desk.has("description_text"):
        _turn_back_swaps(desk)
    desk.add(*_fast(lists), _GTIN if desk.has("gtin_text") else _NO_GTIN)
    _read_codes(desk)
    _read_gtins(desk)
    read_count(desk, "quantity_text", "quantity", "check.quantity_unreadable")
    read_amount(desk, VALUE, lists)
    read_mass(desk, NET, lists)
    read_mass(desk, GROSS, lists)
    read_countries(desk, "country_origin_text", "country_origin", lists)
    _read_texts(desk, vague, rules, named)
    _whole_line(desk)


def _turn_back_swaps(desk: Desk) -> None:
    """Turn description and tariff code back where each stands in the other's field."""
    text, code = pl.col("description_text"), pl.col("hs_code_text")
    like_code = desk.frame["description_text"].str.contains(_CODE_AS_TEXT)
    if not like_code.any():
        return
    rows = desk.rows(like_code, "description_text", "hs_code_text")
    worded = code.str.contains(r"\p{L}{3}").fill_null(value=False)
    rows = rows.filter(worded | code.is_null())
    desk.put(rows, "_hs", "description_text")
    swapped = rows.filter(worded)
    desk.put(swapped, "_text", "hs_code_text")
    desk.repair(
        swapped, "description", declared=text, repaired=code,
        source="description and tariff code swapped", confidence=_FROM_TEXT,
    )  # fmt: skip
    desk.repair(
        rows, "hs_code", declared=code, repaired=hs_digits(text),
        source="tariff code found in the description", confidence=_FROM_TEXT,
    )  # fmt: skip
    desk.mark(swapped, "check.fields_swapped", "description_text", detail=pl.lit("with hs_code"))


def _read_codes(desk: Desk) -> None:
    rows = desk.left_open("_hs", "hs_code", "hs_code_text", "gtin_text", "gtin")
    if rows is None:
        return
    text = pl.col("text")
    known = rows["_hs"].unique().alias("text").to_frame()
    bare = compact(text).str.replace_all(".", "", literal=True)
    odd = bare.str.contains(r"^[1-9][0-9]{4}(?:[0-9]{2}){0,2}$")
    known = known.with_columns(
        _right=hs_digits(text),
        _padded=pl.when(odd).then(hs_digits(pl.concat_str(pl.lit("0"), bare))),
        _gtin=pl.when(bare.str.len_bytes() > 11).then(gtin_normal(bare)),
        _lost=is_scientific(text.str.strip_chars()),
    )
    rows = rows.join(known, left_on="_hs", right_on="text", how="left", maintain_order="left")
    rows = rows.with_columns(_code=pl.coalesce("_right", "_padded"))
    desk.put(rows, "hs_code", "_code")
    short = pl.col("_code").str.len_bytes() < 6
    fault = (
        pl.when("_lost").then(pl.lit("check.number_scientific"))
        .when(pl.col("_gtin").is_not_null()).then(pl.lit("check.fields_swapped"))
        .when(pl.col("_code").is_null()).then(pl.lit("check.hs_malformed"))
        .when(pl.col("_right").is_null()).then(pl.lit("check.hs_leading_zero"))
        .when(short).then(pl.lit("check.hs_short"))
    )  # fmt: skip
    desk.mark(rows, fault, "hs_code_text", seen=pl.col("_hs"))
    desk.repair(
        rows.filter((pl.col("hs_code_text") == pl.col("_hs")) & ~short),
        "hs_code",
        declared=pl.col("hs_code_text"),
        repaired=pl.col("_code"),
        source=pl.when(pl.col("_right").is_null())
        .then(pl.lit("leading zero put back"))
        .otherwise(pl.lit("dots and blanks taken out")),
        confidence=pl.when(pl.col("_right").is_null()).then(_PADDED).otherwise(_DOTS),
    )
    found = rows.filter(pl.col("_gtin").is_not_null() & pl.col("gtin").is_null())
    desk.put(found, "gtin", "_gtin")
    desk.repair(
        found, "gtin", declared=pl.col("gtin_text"), repaired=pl.col("_gtin"),
        source="GTIN found in the tariff code's field", confidence=_FROM_TEXT,
    )  # fmt: skip


def _read_gtins(desk: Desk) -> None:
    rows = desk.left_open("gtin_text", "gtin")
    if rows is None:
        return
    text = pl.col("gtin_text")
    bare = compact(text)
    padded = pl.when(bare.str.contains("^(?:[0-9]{7}|[0-9]{11})$")).then(
        gtin_normal(pl.concat_str(pl.lit("0"), bare))
    )
    rows = rows.with_columns(_padded=padded)
    desk.put(rows, "gtin", "_padded")
    fault = (
        pl.when(is_scientific(text.str.strip_chars())).then(pl.lit("check.number_scientific"))
        .when(pl.col("_padded").is_not_null()).then(pl.lit("check.gtin_leading_zero"))
        .when(bare.str.contains("^(?:[0-9]{8}|[0-9]{12,14})$"))
        .then(pl.lit("check.gtin_check_digit"))
        .otherwise(pl.lit("check.gtin_malformed"))
    )  # fmt: skip
    desk.mark(rows, fault, "gtin_text", seen=text)
    desk.repair(
        rows, "gtin", declared=text, repaired=pl.col("_padded"),
        source="leading zero put back", confidence=_GTIN_PADDED,
    )  # fmt: skip


def _read_texts(desk: Desk, vague: VagueTerms, rules: QualityRules, named: frozenset[str]) -> None:
    distinct = desk.frame["_said"].drop_nulls().unique()
    read = read_descriptions(distinct, vague, rules, named).rename(
        {"text": "_said", "quality": "description_quality"}
    )
    limits = _band_limits(rules)
    found = read.lazy().join(limits.lazy(), on="band", how="left")
    frame = desk.frame.lazy().join(found, on="_said", how="left", maintain_order="left")
    desk.take(as_it_stands(frame))
    if read["mending"].null_count() < read.height or read["filler"].any():
        _note_mending(desk)
    if desk.has("title"):
        titled = desk.frame["_text"].is_null() & desk.frame["description"].is_not_null()
        rows = desk.rows(titled, "description") if titled.any() else desk.frame.clear()
        desk.repair(
            rows, "description", declared=pl.lit(None), repaired=pl.col("description"),
            source="title taken for the missing description", confidence=_FROM_TITLE,
        )  # fmt: skip


@lru_cache(maxsize=8)
def _band_limits(rules: QualityRules) -> pl.DataFrame:
    return rules.bands.rename({name: f"_{name}" for name in rules.bands.columns if name != "band"})


def _note_mending(desk: Desk) -> None:
    changed = pl.col("mending").is_not_null() | pl.col("filler")
    rows = desk.rows(changed, "_said", "description", "mending", "filler")
    desk.repair(
        rows,
        "description",
        declared=pl.col("_said"),
        repaired=pl.col("description"),
        source=pl.coalesce("mending", pl.lit("filler phrase taken out")),
        confidence=0.97,
    )
    desk.mark(
        rows.filter(pl.col("mending").is_not_null()),
        "check.text_garbled",
        "description_text",
        seen=pl.col("_said"),
        detail=pl.concat_str(pl.lit("read as "), pl.col("description")),
    )


def _whole_line(desk: Desk) -> None:
    """Make values and masses given per unit those of the whole line."""
    for basis, outs in (("value_basis", ("declared_value",)), ("mass_basis", (NET.out, GROSS.out))):
        if desk.has(basis) and (desk.frame[basis] == Basis.UNIT.value).any():
            desk.add(
                *(
                    pl.when(pl.col(basis) == Basis.UNIT.value)
                    .then((pl.col(out) * _UNITS).cast(desk.frame.schema[out]))
                    .otherwise(out)
                    .alias(out)
                    for out in outs
                )
            )


_UNITS = pl.col("quantity").fill_null(1)


def settle_basis(desk: Desk, totals: pl.Series, rules: QualityRules) -> None:
    """Take a line's value per unit where the format does not say, and only that meets the total.

    Args:
        desk: the lines, read.
        totals: declared total of each parcel, by its place.
        rules: for the tolerance of sums.
    """
    if not desk.has("value_basis", "quantity", "declared_value"):
        return
    if not (desk.frame["value_basis"] == Basis.UNKNOWN.value).any():
        return
    doubtful = (pl.col("value_basis") == Basis.UNKNOWN.value) & (pl.col("quantity") > 1)
    value = pl.col("declared_value")
    each = pl.when(doubtful).then((value * pl.col("quantity")).cast(NUMBER)).otherwise(value)
    desk.add(totals.gather(desk.frame[PARCEL]).alias("_total"), _each=each, _doubtful=doubtful)
    sums = desk.frame.group_by(PARCEL).agg(
        pl.col("declared_value").sum().alias("_as_lines"),
        pl.col("_each").sum().alias("_as_units"),
    )
    desk.beside(sums, PARCEL)
    meets = meets_total("_as_units", "_total", rules) & ~meets_total("_as_lines", "_total", rules)
    desk.add(_by_unit=(pl.col("_doubtful") & meets).fill_null(value=False))
    rows = desk.rows(pl.col("_by_unit"), "declared_value_text", "_each")
    desk.put(rows, "declared_value", "_each")
    desk.repair(
        rows,
        "declared_value",
        declared=pl.col("declared_value_text"),
        repaired=shown(pl.col("_each")),
        source="value per unit, for so it meets the parcel's total",
        confidence=0.95,
    )


def meets_total(left: str, right: str, rules: QualityRules) -> pl.Expr:
    """Say whether two sums agree within the pack's tolerance."""
    one, other = (pl.col(name).cast(pl.Float64) for name in (left, right))
    allowed = rules.limits["sum_tolerance_percent"] / 100 * pl.max_horizontal(one, other)
    return (one - other).abs() <= pl.max_horizontal(
        allowed, pl.lit(rules.limits["sum_tolerance_units"])
    )
