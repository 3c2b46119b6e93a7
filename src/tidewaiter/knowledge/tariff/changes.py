"""What differs between two packs of a schedule: codes, texts, rates, units, places.

Rows are paired by code and product line suffix; headings without a code show in the places of the
codes below them. A code that is gone and one that is new count as renumbered too if they have the
same text in the same place and are the only ones: a hint for a person, never a mapping. Texts are
compared without regard to blanks. Does not say which law changed.
"""

from __future__ import annotations

import polars as pl

from tidewaiter.knowledge.tariff.pack import TariffPack
from tidewaiter.knowledge.tariff.table import with_paths
from tidewaiter.vocabulary.tariff_frames import TARIFF_CHANGES

KEY = ("code", "suffix", "_nth")
FIELDS = {
    "description": ("description",),
    "rate": ("rate_general", "rate_special", "rate_other", "additional_duties"),
    "quota": ("quota_quantity",),
    "units": ("units",),
    "footnotes": ("footnotes",),
    "declarable": ("declarable",),
    "moved": ("above",),
    "validity": ("valid_from", "valid_to"),
}
KINDS = ("added", "removed", "renumbered", *FIELDS)


def diff(before: TariffPack, after: TariffPack) -> pl.DataFrame:
    """Compare two packs.

    Args:
        before: the older edition.
        after: the newer one.

    Returns:
        Frame `TARIFF_CHANGES`, sorted by kind (in the order of `KINDS`), code and field; one row a
        difference, so a code may have several.
    """
    old, new = _comparable(before.lines), _comparable(after.lines)
    gone = old.join(new, on=KEY, how="anti", nulls_equal=True)
    come = new.join(old, on=KEY, how="anti", nulls_equal=True)
    both = old.join(new, on=KEY, how="inner", nulls_equal=True, suffix="_after")
    none = pl.lit(None, dtype=pl.String)
    parts = [
        come.select(_row("added", "description", none, pl.col("description"))),
        gone.select(_row("removed", "description", pl.col("description"), none)),
        _renumbered(gone, come),
    ]
    for kind, columns in FIELDS.items():
        for column in columns:
            one, other = pl.col(column), pl.col(f"{column}_after")
            differs = both.filter(_bare(one).ne_missing(_bare(other)))
            parts.append(differs.select(_row(kind, column, one, other)))
    order = pl.col("kind").replace_strict({kind: at for at, kind in enumerate(KINDS)})
    return (
        pl.concat(parts)
        .cast(dict(TARIFF_CHANGES.schema))  # type: ignore[arg-type] # schema of declared dtypes
        .sort(order, "code", "field", "before", "after", maintain_order=True)
    )


def counts(changes: pl.DataFrame) -> dict[str, int]:
    """Count differences by kind, in the order of `KINDS`; every kind is named."""
    found = dict(changes.group_by("kind").len().rows())
    return {kind: found.get(kind, 0) for kind in KINDS}


def _comparable(lines: pl.DataFrame) -> pl.DataFrame:
    """Give the coded rows with every compared column as a text, and where they stand.

    A row's place is told by the codes above it and, where a heading has none, its text: so a new
    wording of a coded heading moves nothing.
    """
    told = pl.concat_str("code", "suffix", separator=" ", ignore_nulls=True)
    places = with_paths(
        lines.select(
            "row",
            "parent_row",
            pl.when(pl.col("code").is_not_null())
            .then(told)
            .otherwise(pl.col("description"))
            .alias("description"),
        )
    ).select("row", pl.col("path").alias("above"))
    notes = pl.col("footnotes").list.eval(
        pl.concat_str(pl.element().struct.unnest(), separator=" ", ignore_nulls=True)
    )
    return (
        lines.with_columns(notes.list.join("; ").alias("footnotes"))
        .join(places, on="row", how="left", maintain_order="left")
        .filter(pl.col("code").is_not_null())
        .sort("code", "suffix", "valid_from", maintain_order=True)
        .with_columns(
            pl.col("units").list.join(", "),
            pl.int_range(pl.len()).over("code", "suffix").alias("_nth"),
        )
        .select(
            *KEY,
            pl.col("above").fill_null(""),
            *(
                pl.col(column).cast(pl.String).fill_null("")
                for columns in FIELDS.values()
                for column in columns
                if column != "above"
            ),
        )
    )


def _renumbered(gone: pl.DataFrame, come: pl.DataFrame) -> pl.DataFrame:
    """Pair codes that are gone with new ones of the same text in the same place, one to one."""
    place = ["above", "description"]
    only = [frame.filter(pl.len().over(place) == 1) for frame in (gone, come)]
    pairs = only[0].join(only[1], on=place, how="inner", suffix="_after")
    return pairs.select(_row("renumbered", "code", pl.col("code"), pl.col("code_after")))


def _row(kind: str, field: str, before: pl.Expr, after: pl.Expr) -> list[pl.Expr]:
    return [
        pl.lit(kind).alias("kind"),
        pl.col("code").alias("code"),
        pl.lit(field).alias("field"),
        before.alias("before"),
        after.alias("after"),
    ]


def _bare(column: pl.Expr) -> pl.Expr:
    return column.str.replace_all(r"\s+", " ").str.strip_chars()
