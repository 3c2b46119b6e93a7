"""Which controls touch which lines: by words of the text, by the declared code, by the code taken.

Over the distinct texts first a quick look for any piece of any control's words, then each control's
whole-word pattern on the texts in which its pieces stand. Codes are looked up once per code.
"""

from __future__ import annotations

import polars as pl

from tidewaiter.knowledge.controls import Control, ControlIndex, Controls
from tidewaiter.knowledge.controls.index import NUMBER

TEXT_COLUMNS = ("category_path", "title", "description")
SEPARATOR = " | "
PAIRS: dict[str, pl.DataType | type[pl.DataType]] = {
    "_row": pl.UInt32,
    "control": NUMBER,
    "word": pl.String,
    "still": pl.String,
    "phrase": pl.String,
    "declared": pl.String,
    "taken": pl.String,
}


def touched(items: pl.DataFrame, controls: Controls, index: ControlIndex) -> pl.DataFrame:
    """Give the lines that controls touch, one row a line and control.

    Args:
        items: goods items with `_row`.
        controls: the lane's controls.
        index: those in force.

    Returns:
        `_row, control, word` (in the text), `still` (the word left when the phrases that set the
        control aside are taken out), `phrase` (that it stands in), `declared` and `taken` (codes
        the control names), in order of line and strictness.
    """
    parts = [_by_words(items, index), _by_code(items, index, "hs_code", "declared")]
    if controls.taken is not None:
        sure = pl.col("hs6_confidence").fill_null(1.0) >= controls.taken.confidence_min
        rows = items.filter(sure) if "hs6_confidence" in items.columns else items
        parts.append(_by_code(rows, index, "hs6", "taken"))
    parts = [part for part in parts if part.height]
    if not parts:
        return pl.DataFrame(schema=PAIRS)
    if len(parts) == 1:
        pairs = parts[0]
    else:
        pairs = (
            pl.concat(parts, how="diagonal")
            .group_by("_row", "control")
            .agg(pl.all().drop_nulls().first())
        )
    empty = [pl.lit(None, pl.String).alias(name) for name in PAIRS if name not in pairs.columns]
    return pairs.with_columns(empty).select(PAIRS.keys()).sort("_row", "control")


def _text() -> pl.Expr:
    parts = [pl.col(column).fill_null("") for column in TEXT_COLUMNS]
    return pl.concat_str(parts, separator=SEPARATOR).str.to_lowercase()


def _by_words(items: pl.DataFrame, index: ControlIndex) -> pl.DataFrame:
    if not index.quick:
        return pl.DataFrame()
    rows = items.select("_row", text=_text())
    texts = rows.select("text").unique().filter(pl.col("text").str.contains_any(index.quick))
    if not texts.height:
        return pl.DataFrame()
    likely = index.by_texts(texts["text"])
    met = pl.concat(
        _words(part, index.controls[number], number)
        for (number,), part in likely.partition_by("control", as_dict=True).items()
    )
    return (
        rows.filter(pl.col("text").is_in(met["text"].implode())).join(met, on="text").drop("text")
    )


def _words(texts: pl.DataFrame, control: Control, number: int) -> pl.DataFrame:
    """Give the texts a control's words stand in: `text, control, word, still, phrase`."""
    text = pl.col("text")
    found = texts.select(text, word=text.str.extract(control.pattern, 1))
    found = found.filter(pl.col("word").is_not_null())
    rest = text.str.replace_all(control.unless, " ") if control.unless else text
    phrase = text.str.extract(control.unless, 1) if control.unless else pl.lit(None, pl.String)
    return found.select(
        text,
        pl.lit(number, NUMBER).alias("control"),
        "word",
        rest.str.extract(control.pattern, 1).alias("still"),
        phrase.alias("phrase"),
    )


def _by_code(items: pl.DataFrame, index: ControlIndex, column: str, name: str) -> pl.DataFrame:
    if not index.by_code or items[column].null_count() == items.height:
        return pl.DataFrame()
    hits = index.by_codes(items[column])
    if not hits.height:
        return pl.DataFrame()
    rows = items.select("_row", pl.col(column).alias("code"))
    return rows.join(hits, on="code").rename({"code": name})
