"""Times: read to UTC, with the day as the sender's clock had it.

Knows ISO 8601 (extended and compact, with or without zone), days alone, days written with the day
first, with month names, and seconds or milliseconds since 1970. A time without a zone is taken for
UTC (PACT says so, ICS2 writes it); how sure the hour is stands in a slack beside it, so that nobody
is called late for a missing zone. Does not know any clock: what is far from the day in question is
judged by a rule. A day and month that could be either way round are not guessed.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from tidewaiter.stages.check.desk import Desk, as_it_stands

TIME = pl.Datetime("us", "UTC")
NO_ZONE_MINUTES = 14 * 60
DAY_ALONE_MINUTES = 24 * 60
_ISO = (
    r"^\s*(\d{4})-?(\d{2})-?(\d{2})(?:[T ]?(\d{2})(?::?(\d{2})(?::?(\d{2})(?:[.,]\d{1,9})?)?)?)?"
    r"\s*(Z|z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?\s*$"
)
_DAY_FIRST = r"^\s*(\d{1,2})[./-](\d{1,2})[./-](\d{4})(?:[T ,]+(\d{1,2}):(\d{2})(?::(\d{2}))?)?\s*$"
_WEEKDAY = r"^\s*(?:\p{L}{3,9}day|Mon|Tue|Wed|Thu|Fri|Sat|Sun)\s+"
_SERIAL = r"^[34]\d{4}(?:\.\d+)?$"
_NAMED = ("%d %b %Y", "%d-%b-%Y", "%b %d %Y", "%d %B %Y", "%B %d %Y")
_ROUND = "%Y-%m-%dT%H:%M:%S"
EPOCH_CONFIDENCE, NAMED_CONFIDENCE, DAY_FIRST_CONFIDENCE = 0.8, 0.97, 0.9


@dataclass(frozen=True, slots=True)
class Moment:
    """The columns of one time: as written, in UTC, and if wanted the day as written."""

    text: str
    out: str
    day: str = ""

    @property
    def slack(self) -> str:
        """Column of how many minutes the time may be off (null: none)."""
        return f"_{self.out}_slack"

    def fast(self) -> list[pl.Expr]:
        """Expressions that read `2026-01-31T12:00:00` and the same with `Z`."""
        text = pl.col(self.text)
        length = text.str.len_bytes()
        plain = (length == 19) | ((length == 20) & text.str.ends_with("Z"))
        core = pl.when(plain).then(text.str.slice(0, 19))
        read = core.str.to_datetime(_ROUND, time_unit="us", strict=False)
        exprs = [
            read.dt.replace_time_zone("UTC").alias(self.out),
            pl.when(length == 19).then(NO_ZONE_MINUTES).cast(pl.Int32).alias(self.slack),
        ]
        return [*exprs, read.dt.date().alias(self.day)] if self.day else exprs


def read_time(desk: Desk, moment: Moment) -> None:
    """Read what the fast expressions left open, and note repairs and faults."""
    rows = desk.left_open(moment.text, moment.out)
    if rows is None:
        return
    known = read_times(rows[moment.text].unique())
    rows = rows.join(known, left_on=moment.text, right_on="text", how="left", maintain_order="left")
    desk.put(rows, moment.out, "utc")
    desk.put(rows, moment.slack, "slack")
    if moment.day:
        desk.put(rows, moment.day, "day")
    desk.mark(
        rows.filter(pl.col("utc").is_null()),
        pl.coalesce("fault", pl.lit("check.time_unreadable")),
        moment.text,
        seen=pl.col(moment.text),
        detail=pl.col("why"),
    )
    desk.repair(
        rows,
        moment.out,
        declared=pl.col(moment.text),
        repaired=pl.col("utc").dt.strftime("%Y-%m-%dT%H:%M:%SZ"),
        source=pl.col("rule"),
        confidence=pl.col("confidence"),
    )


def read_times(texts: pl.Series) -> pl.DataFrame:
    """Read distinct texts as times.

    Returns:
        `text, utc` (Datetime, UTC), `day` (as written), `slack` (minutes), `rule, confidence` where
        the writing is not ISO 8601, `fault, why` where it cannot be read.
    """
    plan = texts.alias("text").to_frame().lazy()
    for step in _ISO_STEPS:
        plan = plan.with_columns(*step)
    read = as_it_stands(plan.select(*_RESULT))
    if not read["utc"].null_count():
        return read
    plan = read.filter(pl.col("utc").is_null()).lazy().select("text")
    for step in _OTHER_STEPS:
        plan = plan.with_columns(*step)
    others = as_it_stands(plan.select(*_RESULT))
    return pl.concat([read.filter(pl.col("utc").is_not_null()), others])


def _from_parts(struct: str) -> pl.Expr:
    part = pl.col(struct).struct.field
    written = pl.concat_str(
        part("y"), pl.lit("-"), part("m").str.zfill(2), pl.lit("-"), part("d").str.zfill(2),
        pl.lit("T"), part("H").fill_null("00").str.zfill(2), pl.lit(":"), part("M").fill_null("00"),
        pl.lit(":"), part("S").fill_null("00"),
    )  # fmt: skip
    return written.str.to_datetime(_ROUND, time_unit="us", strict=False)


def _offset_minutes(zone: pl.Expr) -> pl.Expr:
    digits = zone.str.replace_all(":", "", literal=True).str.slice(1)
    minutes = digits.str.slice(0, 2).cast(pl.Int64, strict=False) * 60
    minutes = minutes + digits.str.slice(2, 2).cast(pl.Int64, strict=False).fill_null(0)
    return (
        pl.when(zone.str.starts_with("-")).then(-minutes)
        .when(zone.str.starts_with("+")).then(minutes)
        .when(zone.is_not_null()).then(0)
    )  # fmt: skip


def _iso_steps() -> tuple[list[pl.Expr], ...]:
    parts = pl.col("text").str.extract_groups(_ISO).struct.rename_fields(list("ymdHMSz"))
    hour, zone = (pl.col("_iso").struct.field(key) for key in "Hz")
    local = pl.col("_local")
    none = pl.lit(None, dtype=pl.String)
    return (
        [parts.alias("_iso")],
        [_from_parts("_iso").alias("_local"), _offset_minutes(zone).alias("_zone")],
        [
            (local - pl.duration(minutes=pl.col("_zone").fill_null(0))).alias("_utc"),
            pl.when(hour.is_null())
            .then(DAY_ALONE_MINUTES)
            .when(pl.col("_zone").is_null())
            .then(NO_ZONE_MINUTES)
            .alias("_slack"),
            none.alias("_rule"),
            pl.lit(None, dtype=pl.Float64).alias("_confidence"),
            none.alias("_fault"),
            none.alias("_why"),
        ],
    )


def _other_steps() -> tuple[list[pl.Expr], ...]:
    text = pl.col("text")
    part = pl.col("_parts").struct.field
    day, month = (part(key).cast(pl.Int64) for key in "dm")
    points = text.str.contains(r"^\s*[0-9]+\.")
    month_first = ~points & (month > 12) & (day <= 12)
    doubt = ~points & (day <= 12) & (month <= 12) & (day != month)
    turned = pl.struct(
        *(part(key) for key in "yHMS"),
        pl.when(month_first).then(day).otherwise(month).cast(pl.String).alias("m"),
        pl.when(month_first).then(month).otherwise(day).cast(pl.String).alias("d"),
    )
    first = pl.when(~pl.col("_doubt")).then(_from_parts("_turned"))
    seconds = text.str.extract(r"^(1[0-9]{9})(?:\.[0-9]+|[0-9]{3})?$").cast(pl.Int64)
    words = text.str.replace_all(",", " ", literal=True).str.replace(_WEEKDAY, "")
    words = words.str.replace_all(r"\s+", " ").str.strip_chars()
    named = pl.coalesce(words.str.to_date(shape, strict=False) for shape in _NAMED)
    since = pl.from_epoch(seconds, time_unit="s").cast(pl.Datetime("us"))
    by_first, by_name, by_seconds = (
        pl.col(name).is_not_null() for name in ("_first", "_named", "_since")
    )
    return (
        [text.str.extract_groups(_DAY_FIRST).struct.rename_fields(list("dmyHMS")).alias("_parts")],
        [turned.alias("_turned"), doubt.fill_null(value=False).alias("_doubt")],
        [
            first.alias("_first"),
            named.cast(pl.Datetime("us")).alias("_named"),
            since.alias("_since"),
        ],
        [
            pl.coalesce("_first", "_named", "_since").alias("_utc"),
            pl.coalesce("_first", "_named", "_since").alias("_local"),
            pl.when(by_first | by_name).then(DAY_ALONE_MINUTES).alias("_slack"),
            pl.when(by_first)
            .then(pl.lit("day, month, year"))
            .when(by_name)
            .then(pl.lit("name of the month"))
            .when(by_seconds)
            .then(pl.lit("seconds since 1970"))
            .alias("_rule"),
            pl.when(by_first)
            .then(DAY_FIRST_CONFIDENCE)
            .when(by_name)
            .then(NAMED_CONFIDENCE)
            .when(by_seconds)
            .then(EPOCH_CONFIDENCE)
            .alias("_confidence"),
            pl.when("_doubt").then(pl.lit("check.time_ambiguous")).alias("_fault"),
            pl.when(text.str.contains(_SERIAL))
            .then(pl.lit("looks like the day number of a spreadsheet"))
            .alias("_why"),
        ],
    )


_ISO_STEPS, _OTHER_STEPS = _iso_steps(), _other_steps()
_RESULT = (
    pl.col("text"),
    pl.col("_utc").dt.replace_time_zone("UTC").alias("utc"),
    pl.col("_local").dt.date().alias("day"),
    pl.col("_slack").cast(pl.Int32).alias("slack"),
    pl.col("_rule").alias("rule"),
    pl.col("_confidence").alias("confidence"),
    pl.col("_fault").alias("fault"),
    pl.col("_why").alias("why"),
)
