"""Lines: which goods lines of different messages are the same goods.

One line on each side: the same. Else lines join by product identifiers, value and words, best pair
first, at most one line of each message. What is left of a message fills, in order, the lines of
the most trusted message it has no word on; lines beyond that are kept as lines of their own.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from rapidfuzz import fuzz
from rapidfuzz.process import cpdist

from tidewaiter.knowledge.matching import Matching
from tidewaiter.stages.fuse.rounds import Edges, Groups, join_best_first

LINES_MAX = 100  # with more lines than this on a side, lines go by their number
SLOT_BITS = 64
ROUNDS_MAX = 24
WORDS_MIN = 50.0  # similarity from which words count
COMPARED = (
    "gtin",
    "product_id",
    "hs_code",
    "declared_value",
    "declared_currency",
    "description",
    "title",
)


def aligned(items: pl.DataFrame, matching: Matching) -> pl.Series:
    """Give each line its number within the parcel.

    Args:
        items: lines of parcels with several messages: `parcel` (number), `unit` (number of the
            message, or of the messages that are parts of one), `trust` (0 = most trusted within
            the parcel, the unit whose lines lead), `line` (number within the unit), and what lines
            are compared by.
        matching: the matching packs.

    Returns:
        Int32 `line_no`, from 1 within a parcel.
    """
    several = (pl.col("line").max() > 1).over("parcel")
    marked = items.with_columns(several.alias("several")).with_row_index("row")
    simple = marked.filter(~pl.col("several")).select("row", line_no=pl.lit(1, pl.Int32))
    complex_rows = marked.filter(pl.col("several"))
    if not complex_rows.height:
        return simple["line_no"]
    numbered = pl.concat([simple, _numbered(complex_rows, matching)])
    return numbered.sort("row")["line_no"]


def _numbered(rows: pl.DataFrame, matching: Matching) -> pl.DataFrame:
    lines = rows.with_columns(
        (pl.col("trust") == pl.col("trust").min().over("parcel")).alias("leads"),
        pl.col("line").max().over("parcel", "unit").alias("lines"),
    ).with_row_index("at")
    group = _matched(lines, matching)
    lines = lines.with_columns(pl.Series("group", group))
    leading = lines.filter("leads").select("group", line_no="line")
    lines = lines.join(leading, on="group", how="left", maintain_order="left")
    lines = _filled(lines)
    return _appended(lines).select("row", pl.col("line_no").cast(pl.Int32))


def _matched(lines: pl.DataFrame, matching: Matching) -> np.ndarray:
    units = lines.select(pl.col("unit").rank("dense").over("parcel")).to_series()
    bits = np.left_shift(np.uint64(1), (units.cast(pl.UInt64).to_numpy() - 1) % SLOT_BITS)
    groups = Groups(
        label=np.arange(lines.height, dtype=np.int64),
        views=bits,
        slots=bits.copy(),
        confidence=np.ones(lines.height),
    )
    small = lines.filter(pl.col("lines").max().over("parcel") <= LINES_MAX)
    short = small.select("at", "parcel", "unit", "line", "lines", *COMPARED)
    pairs = short.join(short, on="parcel", suffix="_right").filter(
        (pl.col("at") < pl.col("at_right")) & (pl.col("unit") != pl.col("unit_right"))
    )
    surplus = _weighed(pairs, matching) - matching.fuse["line"]["threshold"]
    left, right = (pairs[c].cast(pl.Int64).to_numpy() for c in ("at", "at_right"))
    edges = Edges(
        left=left,
        right=right,
        surplus=surplus,
        shared=np.zeros(pairs.height, dtype=np.bool_),
        tie=np.iinfo(np.uint64).max - (left * lines.height + right).astype(np.uint64),
    )
    return join_best_first(groups, edges.only(surplus >= 0), ROUNDS_MAX).label


def _weighed(pairs: pl.DataFrame, matching: Matching) -> np.ndarray:
    weights = matching.fuse["line"]
    share = matching.fuse["tolerance"]["value_equal_share"]

    def same(column: str) -> pl.Expr:
        return (pl.col(column) == pl.col(f"{column}_right")).fill_null(value=False)

    value, other = (pl.col(c).cast(pl.Float64) for c in ("declared_value", "declared_value_right"))
    near = ((value - other).abs() <= share * pl.max_horizontal(value, other)).fill_null(value=False)
    hs = pl.col("hs_code").str.head(6) == pl.col("hs_code_right").str.head(6)
    bits = pairs.select(
        same("gtin") * weights["gtin"]
        + same("product_id") * weights["product_id"]
        + hs.fill_null(value=False) * weights["hs"]
        + (near & same("declared_currency")) * weights["value"]
        + (same("line") & (pl.col("lines") == pl.col("lines_right"))) * weights["item_no"]
    )
    words = pairs.select(
        pl.coalesce("description", "title").str.to_lowercase().fill_null("").alias("a"),
        pl.coalesce("description_right", "title_right").str.to_lowercase().fill_null("").alias("b"),
    )
    texts = words["a"].to_list(), words["b"].to_list()
    alike = cpdist(*texts, scorer=fuzz.token_set_ratio, score_cutoff=WORDS_MIN)
    return np.asarray(bits.to_series().to_numpy() + alike / 100.0 * weights["words"])


def _filled(lines: pl.DataFrame) -> pl.DataFrame:
    """Let what is left of each unit take the leading lines that the unit has no word on."""
    leads = lines.filter("leads").select("parcel", line_no="line")
    others = lines.filter(~pl.col("leads")).select("parcel", "unit").unique()
    taken = lines.filter(~pl.col("leads") & pl.col("line_no").is_not_null())
    free = others.join(leads, on="parcel").join(
        taken.select("parcel", "unit", "line_no"), on=["parcel", "unit", "line_no"], how="anti"
    )
    order = pl.int_range(pl.len()).over("parcel", "unit").alias("place")
    free = free.sort("parcel", "unit", "line_no").with_columns(order)
    left = lines.filter(pl.col("line_no").is_null()).select("at", "parcel", "unit", "line")
    left = left.sort("parcel", "unit", "line").with_columns(order)
    fills = left.join(free, on=["parcel", "unit", "place"]).select("at", fill="line_no")
    return lines.join(fills, on="at", how="left", maintain_order="left").with_columns(
        pl.coalesce("line_no", "fill").alias("line_no")
    )


def _appended(lines: pl.DataFrame) -> pl.DataFrame:
    """Number the lines that no leading line answers, after the leading ones."""
    extra = lines.filter(pl.col("line_no").is_null())
    if not extra.height:
        return lines
    last = lines.filter("leads").group_by("parcel").agg(pl.col("line").max().alias("last"))
    firsts = extra.group_by("parcel", "group").agg(pl.col("trust").min(), pl.col("line").min())
    firsts = firsts.sort("parcel", "trust", "line", "group").with_columns(
        (pl.int_range(pl.len()).over("parcel") + 1).alias("place")
    )
    numbers = firsts.join(last, on="parcel").select(
        "group", extra_no=pl.col("last").cast(pl.Int64) + pl.col("place")
    )
    return lines.join(numbers, on="group", how="left", maintain_order="left").with_columns(
        pl.coalesce(pl.col("line_no").cast(pl.Int64), "extra_no").alias("line_no")
    )
