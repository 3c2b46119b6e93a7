"""What the sender wrote about the goods, joined field by field into one text a line.

The text fields of a line are read together but not thrown together: title, description, category
path, brand and attributes stay apart by a mark, so that they can be weighed apart, and a
description or last category level that only repeats the title is left out.
"""

from __future__ import annotations

import polars as pl

from tidewaiter.knowledge.goods_words import FIELD_MARK

TEXT_COLUMNS = ("title", "description", "category_path", "brand")
ATTRIBUTES = "attributes"  # where a source has them; no column of a declaration stands for them
FIELD_CHARS_MAX = 300  # a longer field is read up to here; the name of goods stands early
REPEAT_CHARS_MIN = 8
_LEVEL = r"\s*(?:>|/|\||::|;)+\s*"  # what stands between the levels of a category path
_LAST_LEVEL = rf"^(?s:.*){_LEVEL}(.+)$"
_UPPER_LEVELS = rf"^((?s:.*)){_LEVEL}.+$"


def _steps() -> tuple[tuple[pl.Expr, ...], ...]:
    """Give the expressions from the text columns to the joined text, in steps; built once."""
    title, description, path, brand, last = map(
        pl.col, ("title", "description", "category_path", "brand", "last")
    )

    def begins(text: pl.Expr, beginning: pl.Expr) -> pl.Expr:
        return text.str.to_lowercase().str.starts_with(beginning.str.to_lowercase())

    repeated = begins(description, title)
    repeats = (last.str.len_chars() >= REPEAT_CHARS_MIN) & begins(title, last)
    branded = (brand != "") & begins(title, brand)
    return (
        tuple(
            pl.col(name).fill_null("").str.head(FIELD_CHARS_MAX)
            .str.replace_all(FIELD_MARK, " ", literal=True).str.strip_chars()
            for name in TEXT_COLUMNS
        ),
        (
            pl.when(repeated).then(description).otherwise(title).alias("title"),
            pl.when(~repeated).then(description).otherwise(pl.lit("")).alias("description"),
            path.str.extract(_LAST_LEVEL, 1).fill_null(path).str.strip_chars(" .…").alias("last"),
            path.str.extract(_UPPER_LEVELS, 1).fill_null("").alias("upper"),
        ),
        (pl.when(repeats).then("upper").otherwise(path).alias("category_path"),),
        (
            pl.when(branded).then(title.str.slice(brand.str.len_chars())).otherwise(title)
            .alias("title"),
            path.str.extract(_LAST_LEVEL, 1).fill_null(path).alias("last"),
            path.str.extract(_UPPER_LEVELS, 1).fill_null("").alias("upper"),
        ),
    )  # fmt: skip


_STEPS = _steps()
_PARTS = ("title", "description", "last", "upper", "brand")  # order of `FieldWeights`
_ATTRIBUTES = (
    pl.col(ATTRIBUTES).fill_null("").str.head(FIELD_CHARS_MAX)
    .str.replace_all(FIELD_MARK, " ", literal=True).str.strip_chars()
)  # fmt: skip


def joined_text(columns: pl.DataFrame) -> pl.Series:
    """Give one text a row: title, description, category (last level first), brand, attributes.

    A brand at the beginning of the title is taken from there: it may be a word ("Boots").

    Args:
        columns: frame with `TEXT_COLUMNS`, and `attributes` or not.
    """
    more = [_ATTRIBUTES] if ATTRIBUTES in columns.columns else []
    frame = columns.select(*TEXT_COLUMNS, *more)
    for step in _STEPS:
        frame = frame.with_columns(step)
    parts = [*_PARTS, ATTRIBUTES] if more else _PARTS
    joined = pl.concat_str(parts, separator=FIELD_MARK).str.strip_chars_end(FIELD_MARK)
    return frame.select(joined.alias("text"))["text"]
