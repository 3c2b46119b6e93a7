"""Numbers as people write them: decimal comma, thousands points, signs and units beside them.

Formats give dots as decimal points (that is what the messages of trade prescribe), so a plain
`12.50` is read by `plain_number` and never doubted. Everything else is read on its distinct texts
by `read_numbers`. A single comma before exactly three digits is ambiguous ("1,234"): it is read as
thousands, and said so. Scientific notation is not trusted: the digits are lost (trap T5).
"""

from __future__ import annotations

import polars as pl

from tidewaiter.stages.check.desk import as_it_stands

DIGITS_MAX = 12
NUMBER = pl.Decimal(38, 6)
_PLAIN = rf"^[0-9]{{1,{DIGITS_MAX}}}(?:\.[0-9]{{1,6}})?$"
_SCIENTIFIC = r"^[+-]?[0-9]+(?:[.,][0-9]+)?[eE][+-]?[0-9]{1,3}$"
_CORE = r"([0-9][0-9.,'’٬٫ \x{00a0}\x{202f}]*)"
_SPACES = r"['’٬ \x{00a0}\x{202f}]"
_AROUND = " \u00a0()+-\u2212:"
_MINUS = r"^[-\x{2212}(]\s*\D{0,4}[0-9]|[0-9]\s*-$"
_POINT_DECIMALS = r"^[0-9]{1,3}(?:,[0-9]{2,3})*,[0-9]{3}\.[0-9]+$"
_COMMA_DECIMALS = r"^[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]+$"
_COMMA_GROUPS = r"^[1-9][0-9]{0,2}(?:,[0-9]{2,3})*,[0-9]{3}$"
_POINT_GROUPS = r"^[1-9][0-9]{0,2}(?:\.[0-9]{3}){2,}$"
_DOUBTFUL = r"^[1-9][0-9]{0,2},[0-9]{3}$"
_OTHER_DIGITS = dict(zip("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "01234567890123456789", strict=True))
SURE, LIKELY, DOUBTFUL = 0.98, 0.9, 0.55


def plain_number(text: pl.Expr) -> pl.Expr:
    """Read what is written plainly (digits, perhaps a point and decimals); null for the rest."""
    return pl.when(text.str.contains(_PLAIN)).then(text).cast(NUMBER)


def shown(number: pl.Expr) -> pl.Expr:
    """Show a number as text without needless decimals."""
    return number.cast(pl.String).str.replace(r"(\.\d*?)0+$", "${1}").str.strip_chars_end(".")


def is_scientific(text: pl.Expr) -> pl.Expr:
    """Say whether a text is a number in scientific notation, as spreadsheets leave it."""
    return text.str.contains(_SCIENTIFIC)


def read_numbers(texts: pl.Series) -> pl.DataFrame:
    """Read distinct texts that are not plain numbers.

    Args:
        texts: distinct texts, no nulls.

    Returns:
        `text`, `number` (Decimal or null), `beside` (what stands beside the number, stripped; null
        if nothing), `rule` (what was mended; null if nothing), `confidence` (0-1), `fault`
        (`unreadable`, `ambiguous`, `scientific` or null).
    """
    plan = texts.alias("text").to_frame().lazy().with_columns(_READ).with_columns(*_PARTS)
    return as_it_stands(plan.with_columns(_FIGURES).select(*_RESULT))


def _rule(read: pl.Expr, core: pl.Expr, whole: pl.Expr) -> pl.Expr:
    commas = core.str.count_matches(",", literal=True)
    points = core.str.count_matches(".", literal=True)
    return (
        pl.when((commas == 1) & (points == 0) & ~core.str.contains(_DOUBTFUL))
        .then(pl.lit("decimal comma"))
        .when((commas > 0) | (points > 1)).then(pl.lit("thousands signs"))
        .when(whole & (pl.col("beside").str.len_chars() > 0)).then(pl.lit("sign beside the number"))
        .when(whole & (read.str.strip_chars("+-") != core))
        .then(pl.lit("blanks or signs in the number"))
    )  # fmt: skip


def _confidence(core: pl.Expr) -> pl.Expr:
    return (
        pl.when(core.str.contains(_DOUBTFUL)).then(DOUBTFUL)
        .when(core.str.contains(r",|\..*\.")).then(LIKELY)
        .otherwise(SURE)
    )  # fmt: skip


def _reading(read: pl.Expr, core: pl.Expr) -> pl.Expr:
    """Digits with a point before the decimals, as the writing says; null where it says nothing."""
    bare = core.str.replace_all(",", "", literal=True)
    return (
        pl.when(is_scientific(read)).then(None)
        .when(core.str.contains(_PLAIN)).then(core)
        .when(core.str.contains(_POINT_DECIMALS)).then(bare)
        .when(core.str.contains(_COMMA_DECIMALS)).then(
            core.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True)
        )
        .when(core.str.contains(_COMMA_GROUPS)).then(bare)
        .when(core.str.contains(_POINT_GROUPS)).then(core.str.replace_all(".", "", literal=True))
        .when(core.str.contains(r"^[0-9]+,[0-9]+$"))
        .then(core.str.replace(",", ".", literal=True))
    )  # fmt: skip


def _results(read: pl.Expr, core: pl.Expr, beside: pl.Expr) -> tuple[pl.Expr, ...]:
    figures = pl.col("_figures")
    number = pl.when(figures.str.contains(_PLAIN) & ~beside.str.contains("[0-9]")).then(figures)
    sign = pl.when("_minus").then(-1).otherwise(1)
    return (
        pl.col("text"),
        (number.cast(NUMBER) * sign).cast(NUMBER).alias("number"),
        pl.when(beside.str.len_bytes() > 0).then(beside).alias("beside"),
        _rule(read, core, core.str.len_bytes() > 0).alias("rule"),
        _confidence(core).alias("confidence"),
        pl.when(is_scientific(read)).then(pl.lit("scientific"))
        .when(number.is_null()).then(pl.lit("unreadable"))
        .when(core.str.contains(_DOUBTFUL)).then(pl.lit("ambiguous"))
        .alias("fault"),
    )  # fmt: skip


_READ = (
    pl.col("text")
    .str.normalize("NFKC")
    .str.replace_many(list(_OTHER_DIGITS), list(_OTHER_DIGITS.values()))
    .str.strip_chars()
    .str.replace(r"^([+-]?)([.,][0-9])", "${1}0${2}")
    .alias("_read")
)
_PARTS = (
    pl.col("_read").str.extract(_CORE).str.replace_all(_SPACES, "")
    .str.replace_all("٫", ".", literal=True).str.strip_chars_end(".,").alias("_core"),
    pl.col("_read").str.replace(_CORE, " ").str.strip_chars(_AROUND).alias("beside"),
    pl.col("_read").str.contains(_MINUS).alias("_minus"),
)  # fmt: skip
_FIGURES = _reading(pl.col("_read"), pl.col("_core")).alias("_figures")
_RESULT = _results(pl.col("_read"), pl.col("_core"), pl.col("beside"))
