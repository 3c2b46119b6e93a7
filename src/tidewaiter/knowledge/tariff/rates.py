"""The rates of a tariff pack, read into fixed columns: what a declarable code pays.

`rates_of` gives one row a declarable code of chapters 1-97, `headings_of` one a heading of chapter
99 (US: duties on top or instead, which footnotes of the codes name). Each distinct text is read
once, by the reader of the pack's format. Footnotes count for the line they stand on and all lines
below it. What cannot be reckoned has `unknown` and no percent; nothing is free because it is not
understood. Quotas, dates in notes and the legal notes themselves are not read.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl

from tidewaiter.knowledge.rates.canonical import RATE_COLUMNS, columns_or_reason
from tidewaiter.knowledge.rates.hts import parse_hts, parse_special
from tidewaiter.knowledge.rates.taric import parse_taric
from tidewaiter.knowledge.rates.text import rate_text
from tidewaiter.knowledge.rates.tree import Free, NormalRate, Rate, Sum
from tidewaiter.knowledge.tariff.lines import DEPTH_MAX
from tidewaiter.knowledge.tariff.pack import TariffPack
from tidewaiter.vocabulary.columns import Frame
from tidewaiter.vocabulary.tariff_frames import PROGRAMMES, TARIFF_HEADINGS, TARIFF_RATES

HTS_FORMATS = "us-hts-"
NAMED_HEADING = r"\b99\d\d\.\d\d\.\d\d\b"


def rates_of(pack: TariffPack) -> pl.DataFrame:
    """Give the normal rate of every declarable code of chapters 1 to 97.

    Returns:
        Frame `TARIFF_RATES`, sorted by code; `notes` sorted, empty where no footnote names one.
    """
    leaves = pack.lines.filter(pl.col("declarable"), pl.col("hs6").is_not_null())
    read = reader(pack)
    general = _read_texts(leaves["rate_general"], read, columns_or_reason)
    other = _house(leaves["rate_other"], read)
    made = (
        leaves.rename({"rate_general": "rate_text", "rate_other": "other_text"})
        .join(general, on="rate_text", how="left", nulls_equal=True)
        .join(_specials(leaves["rate_special"], pack), on="rate_special", how="left",
              nulls_equal=True)
        .join(other, on="other_text", how="left", nulls_equal=True)
        .join(_notes(pack.lines), on="row", how="left")
        .with_columns(pl.col("notes", "special").fill_null([]))
    )  # fmt: skip
    return _as_declared(made, TARIFF_RATES)


def headings_of(pack: TariffPack) -> pl.DataFrame:
    """Give the rate of every heading of chapter 99.

    Returns:
        Frame `TARIFF_HEADINGS`, sorted by heading. Where `on_top` is true the columns say what
        comes on top of the normal rate ("no change" is nothing on top); where the rate is not
        known, it is null.
    """
    code = pl.col("code")
    rows = pack.lines.filter(
        pl.col("declarable"), code.str.starts_with("99"), pl.col("hs6").is_null()
    )
    general = _read_texts(rows["rate_general"], reader(pack), _on_top)
    dotted = pl.concat_str(code.str.slice(0, 4), code.str.slice(4, 2), code.str.slice(6, 2),
                           separator=".")  # fmt: skip
    made = (
        rows.rename({"rate_general": "rate_text", "rate_other": "other_text"})
        .join(general, on="rate_text", how="left", nulls_equal=True)
        .join(_specials(rows["rate_special"], pack), on="rate_special", how="left",
              nulls_equal=True)
        .with_columns(dotted.alias("heading"), pl.col("special").fill_null([]))
    )  # fmt: skip
    return _as_declared(made, TARIFF_HEADINGS)


def reader(pack: TariffPack) -> Callable[[str], Rate]:
    """Give the reader of a pack's rate texts."""
    return parse_hts if pack.manifest.format.startswith(HTS_FORMATS) else parse_taric


def _as_declared(made: pl.DataFrame, frame: Frame) -> pl.DataFrame:
    return made.select(frame.schema.keys()).cast(pl.Schema(frame.schema)).sort(frame.key)


def _on_top(rate: Rate) -> dict[str, Any]:
    """Give the columns of what comes on top of the normal rate, or stands instead of it."""
    top: Rate | None = None
    if isinstance(rate, NormalRate):
        top = Free()
    elif isinstance(rate, Sum) and isinstance(rate.parts[0], NormalRate):
        rest = rate.parts[1:]
        top = rest[0] if len(rest) == 1 else Sum(rest)
    values = columns_or_reason(rate if top is None else top)
    known = top is not None or values["unknown"] is None
    return {"on_top": top is not None if known else None, **values}


def _distinct(texts: pl.Series) -> list[str | None]:
    return texts.unique(maintain_order=True).to_list()


def _read_texts(
    texts: pl.Series, read: Callable[[str], Rate], as_columns: Callable[[Rate], dict[str, Any]]
) -> pl.DataFrame:
    """Read each distinct text once: `rate_text`, `rate` and the columns."""
    rows = []
    for text in _distinct(texts):
        rate = read(text or "")
        rows.append({"rate_text": text, "rate": rate_text(rate), **as_columns(rate)})
    schema = {"rate_text": pl.String(), "rate": pl.String(), "on_top": pl.Boolean(), **RATE_COLUMNS}
    return pl.DataFrame(rows, schema=schema)


def _house(texts: pl.Series, read: Callable[[str], Rate]) -> pl.DataFrame:
    rows = [
        {"other_text": text, "other": None if text is None else rate_text(read(text))}
        for text in _distinct(texts)
    ]
    return pl.DataFrame(rows, schema={"other_text": pl.String(), "other": pl.String()})


def _specials(texts: pl.Series, pack: TariffPack) -> pl.DataFrame:
    """Read each distinct text of programmes once; other schedules than the HTS have none."""
    known = pack.manifest.format.startswith(HTS_FORMATS)
    rows = [
        {
            "rate_special": text,
            "special": [
                {"rate": rate_text(rate), "symbols": list(symbols)}
                for rate, symbols in (parse_special(text or "") if known else ())
            ],
        }
        for text in _distinct(texts)
    ]
    return pl.DataFrame(rows, schema={"rate_special": pl.String(), "special": PROGRAMMES})


def _notes(lines: pl.DataFrame) -> pl.DataFrame:
    """Give `row, notes`: the headings named by footnotes of a row and of all rows above it."""
    own = (
        lines.lazy()
        .select("row", pl.col("footnotes"))
        .explode("footnotes", empty_as_null=False)
        .select(
            pl.col("row").alias("above"),
            pl.col("footnotes").struct.field("text").str.extract_all(NAMED_HEADING).alias("notes"),
        )
        .explode("notes", empty_as_null=False)
        .drop_nulls()
        .unique()
        .collect()
    )
    parents = lines.select(pl.col("row").alias("above"), "parent_row")
    walk = lines.select("row", pl.col("row").alias("above"))
    found = []
    for _ in range(DEPTH_MAX + 1):
        if not walk.height:
            break
        found.append(walk.join(own, on="above").select("row", "notes"))
        walk = (
            walk.join(parents, on="above")
            .select("row", pl.col("parent_row").alias("above"))
            .drop_nulls()
        )
    return pl.concat(found).group_by("row").agg(pl.col("notes").unique().sort())
