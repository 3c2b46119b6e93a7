"""Restrict: which controls the goods meet, by words and declared code, and why.

Reads category path, title and description of each line. The words, codes, conditions, actions and
the phrases that set a control aside are the controls pack's (`knowledge.controls`). A control that
would have applied but was set aside leaves its reason, so that the officer sees it was thought of.

Text work runs on distinct texts: first a quick look for any word of any control, then each
control's whole-word pattern on what is left.
"""

from __future__ import annotations

import datetime as dt

import polars as pl

from tidewaiter.knowledge.controls import Control
from tidewaiter.knowledge.load import Knowledge
from tidewaiter.vocabulary.batch import Batch, conform
from tidewaiter.vocabulary.stage import StageContract
from tidewaiter.vocabulary.terms import Scope

CONTRACT = StageContract(
    name="restrict",
    needs=(
        "goods_items.title",
        "goods_items.description",
        "goods_items.category_path",
        "goods_items.hs_code",
        "goods_items.customs_value",
    ),
    gives=("goods_items.controls", "goods_items.action", "goods_items.control_reasons"),
    scope=Scope.ROW,
)

TEXT_COLUMNS = ("category_path", "title", "description")
PARCEL_COLUMNS = ("nature", "transport_mode", "country_departure", "country_destination")
SEPARATOR = " | "


def restrict(batch: Batch, knowledge: Knowledge, *, on: dt.date) -> Batch:
    """Say which controls apply to each line.

    Args:
        batch: after `charge` (conditions may speak of the customs value).
        knowledge: gives the controls of the lane.
        on: day whose law applies.

    Returns:
        The batch with `controls`, `action` (of the strictest) and `control_reasons` on its lines.
    """
    controls = knowledge.controls.on_day(on)
    items = batch.goods_items.with_row_index("_row").with_columns(_text().alias("_text"))
    hits = _hits(items, batch.consignments, controls)
    if hits.height:
        items = items.join(hits, on="_row", how="left", maintain_order="left")
    else:
        items = items.with_columns(
            pl.lit(None, dtype=pl.List(pl.String)).alias("controls"),
            pl.lit(None, dtype=pl.String).alias("action"),
            pl.lit(None, dtype=pl.List(pl.String)).alias("control_reasons"),
        )
    return batch.with_frames(goods_items=conform(items.drop("_row", "_text"), "goods_items"))


def _text() -> pl.Expr:
    parts = [pl.col(column).fill_null("") for column in TEXT_COLUMNS]
    return pl.concat_str(parts, separator=SEPARATOR).str.to_lowercase()


def _hits(
    items: pl.DataFrame, parcels: pl.DataFrame, controls: tuple[Control, ...]
) -> pl.DataFrame:
    """Give `_row, controls, action, control_reasons` for the lines any control touches."""
    quick = sorted({form for control in controls for form in control.quick})
    texts = items.select("_text").unique()
    texts = texts.filter(pl.col("_text").str.contains_any(quick)) if quick else texts.clear()
    coded = items["hs_code"].null_count() < items.height
    if not texts.height and not coded:
        return pl.DataFrame(schema={"_row": pl.get_index_type()})
    extra = [column for column in PARCEL_COLUMNS if column not in items.columns]
    facts = parcels.select("consignment_id", *extra)
    touched = [
        _one(items, facts, texts, control)
        for control in controls
        if texts.height or (coded and control.hs)
    ]
    touched = [rows for rows in touched if rows.height]
    if not touched:
        return pl.DataFrame(schema={"_row": pl.get_index_type()})
    return _join_up(pl.concat(touched))


def _words(texts: pl.DataFrame, control: Control) -> pl.DataFrame:
    """Give the texts a control's words stand in: `_text, _word, _still, _phrase`.

    `_still` is the word that is left when the phrases that set the control aside are taken out.
    """
    text = pl.col("_text")
    if not control.pattern:
        none = pl.lit(None, dtype=pl.String)
        return texts.clear().with_columns(_word=none, _still=none, _phrase=none)
    found = texts.with_columns(text.str.extract(control.pattern, 1).alias("_word"))
    found = found.filter(pl.col("_word").is_not_null())
    rest = text.str.replace_all(control.unless, " ") if control.unless else text
    phrase = text.str.extract(control.unless, 1) if control.unless else pl.lit(None, pl.String)
    return found.with_columns(
        rest.str.extract(control.pattern, 1).alias("_still"), phrase.alias("_phrase")
    )


def _one(
    items: pl.DataFrame, facts: pl.DataFrame, texts: pl.DataFrame, control: Control
) -> pl.DataFrame:
    """Give the lines one control touches: applies or set aside, with the reason."""
    words = _words(texts, control)
    if not words.height and not control.hs:
        return pl.DataFrame()
    by_code = pl.any_horizontal(
        pl.lit(value=False), *(pl.col("hs_code").str.starts_with(code) for code in control.hs)
    ).fill_null(value=False)
    rows = items.filter(pl.col("_text").is_in(words["_text"].implode()) | by_code)
    marked = (
        rows.join(words, on="_text", how="left", maintain_order="left")
        .join(facts, on="consignment_id", how="left", maintain_order="left")
        .with_columns(by_code.alias("_by_code"))
        .filter(control.when)
    )
    applies = pl.col("_still").is_not_null() | pl.col("_by_code")
    seen = (
        pl.when(pl.col("_still").is_not_null())
        .then(pl.format("'{}' in the text", pl.col("_still")))
        .otherwise(pl.format("declared code {}", pl.col("hs_code")))
    )
    title = pl.lit(control.title)
    reason = (
        pl.when(applies)
        .then(pl.format("{}: {}. {}", title, seen, pl.lit(control.question)))
        .otherwise(pl.format("set aside {}: '{}' stands in '{}'", title, "_word", "_phrase"))
    )
    return marked.select(
        "_row",
        pl.when(applies).then(pl.lit(control.id)).alias("control"),
        pl.when(applies).then(pl.lit(control.action.word)).alias("action"),
        reason.alias("reason"),
    )


def _join_up(touched: pl.DataFrame) -> pl.DataFrame:
    """Put the controls of a line together: strictest first, what was set aside last."""
    ordered = touched.sort(pl.col("control").is_null(), maintain_order=True)
    return ordered.group_by("_row", maintain_order=True).agg(
        pl.col("control").drop_nulls().alias("controls"),
        pl.col("action").drop_nulls().first(),
        pl.col("reason").drop_nulls().alias("control_reasons"),
    )
