"""Put what was found on the lines: controls, action, reasons, agencies, papers, what was drawn.

Lists that hang on the set of controls alone are made once per distinct set; only the reasons are
gathered line by line.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from tidewaiter.knowledge.controls import ControlIndex
from tidewaiter.vocabulary.columns import GOODS_ITEMS

GIVEN = (
    "controls", "action", "control_reasons", "agencies", "documents_needed", "certificates_used",
)  # fmt: skip
_USED = ("type_code", "number", "issuer", "quantity", "unit")
_ALTERNATIVES = " or "


@dataclass(frozen=True, slots=True)
class Told:
    """What is said of the lines that any control or certificate touches, by `_row`."""

    rows: pl.DataFrame

    def put_on(self, items: pl.DataFrame) -> pl.DataFrame:
        """Give the goods items with the columns put on."""
        return items.join(self.rows, on="_row", how="left", maintain_order="left")


def told_nothing(items: pl.DataFrame) -> pl.DataFrame:
    """Give the goods items with the columns empty."""
    schema = GOODS_ITEMS.schema
    return items.with_columns(pl.lit(None, dtype=schema[name]).alias(name) for name in GIVEN)


def tell(pairs: pl.DataFrame, claims: pl.DataFrame, index: ControlIndex) -> Told | None:
    """Put the controls of each line together: strictest first, what was set aside last.

    Returns:
        None if nothing is to be said of any line.
    """
    if not pairs.height and not claims.height:
        return None
    rows = _by_line(pairs, index)
    used = claims.filter(pl.col("state") == "good", pl.col("quantity").is_not_null())
    if used.height:
        drawn = used.group_by("_row", maintain_order=True).agg(
            pl.struct(_USED).alias("certificates_used")
        )
        rows = rows.join(drawn, on="_row", how="full", coalesce=True)
    else:
        nothing = pl.lit(None, dtype=GOODS_ITEMS.schema["certificates_used"])
        rows = rows.with_columns(nothing.alias("certificates_used"))
    return Told(rows.select("_row", *GIVEN))


def _by_line(pairs: pl.DataFrame, index: ControlIndex) -> pl.DataFrame:
    said = pairs.join(
        index.attributes.select("control", "title", "tail"),
        on="control",
        how="left",
        maintain_order="left",
    ).select("_row", "control", "applies", reason=_reason())
    lines = (
        said.sort("_row", ~pl.col("applies"), "control")
        .group_by("_row", maintain_order=True)
        .agg(
            pl.col("control").filter("applies").alias("numbers"),
            pl.col("reason").alias("control_reasons"),
        )
        .with_columns(set=pl.col("numbers").cast(pl.List(pl.String)).list.join(","))
    )
    sets = _sets(lines.select("set", "numbers").unique("set"), index)
    return lines.join(sets, on="set", how="left", maintain_order="left").select(
        "_row", "controls", "action", "control_reasons", "agencies", "documents_needed"
    )


def _reason() -> pl.Expr:
    seen = pl.coalesce(
        pl.format("'{}' in the text", "still"),
        pl.format("declared code {}", "declared"),
        pl.format("code taken {}", "taken"),
    )
    return (
        pl.when("applies")
        .then(pl.concat_str("title", pl.lit(": "), seen, pl.lit(". "), "tail"))
        .otherwise(pl.concat_str(pl.lit("set aside "), "title", pl.lit(": "), "aside"))
    )


def _sets(sets: pl.DataFrame, index: ControlIndex) -> pl.DataFrame:
    """Give what each distinct set of controls says, lists without repetition in order."""
    said = index.attributes.with_columns(
        paper=pl.when(pl.col("documents").list.len() > 0).then(
            pl.col("documents").list.join(_ALTERNATIVES)
        )
    )
    rows = sets.explode("numbers", empty_as_null=True).join(
        said, left_on="numbers", right_on="control", how="left", maintain_order="left"
    )
    by_set = rows.group_by("set", maintain_order=True).agg(
        pl.col("id").drop_nulls().alias("controls"),
        pl.col("action").drop_nulls().first(),
        pl.col("paper").drop_nulls().unique(maintain_order=True).alias("documents_needed"),
    )
    agencies = (
        rows.select("set", "agencies")
        .explode("agencies", empty_as_null=True)
        .drop_nulls("agencies")
        .unique(maintain_order=True)
        .group_by("set", maintain_order=True)
        .agg("agencies")
    )
    return by_set.join(agencies, on="set", how="left").with_columns(
        pl.col("agencies").fill_null(pl.lit([], dtype=pl.List(pl.String)))
    )
