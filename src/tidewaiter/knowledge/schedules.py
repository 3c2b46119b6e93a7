"""A tariff schedule as rates by goods code: what the charge stage asks for the normal duty.

Made from an imported tariff pack (`knowledge.tariff`): its declarable lines with their rates in
fixed columns. A goods code of six or eight digits stands for every line below it, each different
rate once, so that a range can be told. Beside the normal rates it has those of programmes (HTS
"special") and the other ones ("column 2"). Does not know the layers on top (see `regimes`).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import polars as pl

from tidewaiter.knowledge.programmes import MARK, NO_PROGRAMMES, Programmes
from tidewaiter.knowledge.rates import parse_rate
from tidewaiter.knowledge.rates.canonical import RATE_COLUMNS, columns_or_reason
from tidewaiter.vocabulary.columns import MONEY
from tidewaiter.vocabulary.errors import InputError
from tidewaiter.vocabulary.tariff_frames import PROGRAMMES

LENGTHS = (10, 8, 6)
NOTES = "tariff_notes"
CLAIM = ("goods_code", "preference", "country_origin")
WITH_PROOF = "with proof of origin"
NOT_ON_LINE = "not in this tariff line"
NOT_FREE = pl.lit(0, dtype=MONEY)
#: columns of a rate that is more than a share of the base
_MORE = ("amount_1", "amount_2", "floor_percent", "floor_amount", "cap_percent", "cap_amount")


@dataclass(frozen=True, slots=True, eq=False)
class Schedule:
    """Rates by goods code; a code has 6, 8 or 10 digits and may have several rows.

    Args:
        id: digest of the pack it was made from.
        title: its name for a person.
        rates: `goods_code, text` and `RATE_COLUMNS`.
        lines: one row a code: `low_percent, high_percent` (null: not known), `percent` and `text`
            where there is one rate only, `flat` (every rate is a share of the base, or not known),
            and `tariff_notes`: chapter 99 headings that every line below it names, null where
            they differ or the pack has no footnotes.
        special: `goods_code, special`: rates of programmes, each different list once.
        others: `goods_code, text` and `RATE_COLUMNS`: rates for countries without normal relations.
        readings: `rate` and `RATE_COLUMNS` of the texts in `special`.
        codes: every `goods_code`.
        programmes: who may claim which symbol.
    """

    id: str
    title: str
    rates: pl.DataFrame
    lines: pl.DataFrame
    special: pl.DataFrame
    others: pl.DataFrame
    readings: pl.DataFrame
    codes: frozenset[str]
    programmes: Programmes = NO_PROGRAMMES

    def lines_for(self, codes: pl.Series) -> pl.DataFrame:
        """Give one row a goods code the schedule has, with the columns of `lines`."""
        return self._join(codes, self.lines)

    def rates_for(self, codes: pl.Series) -> pl.DataFrame:
        """Give the rates of goods codes: `goods_code, text` and `RATE_COLUMNS`."""
        return self._join(codes, self.rates)

    def others_for(self, codes: pl.Series) -> pl.DataFrame:
        """Give the other rates of goods codes: `goods_code, text` and `RATE_COLUMNS`."""
        return self._join(codes, self.others)

    def claimed(self, claims: pl.DataFrame, on: dt.date) -> pl.DataFrame:
        """Give the rates that goods pay for which a programme is claimed.

        Where the programme is open to the origin and every line of the code has its symbol, that is
        the special rate alone; where only some have, or the symbol is marked (some beneficiaries
        are left out), the normal rate beside it; else the normal rate, and why.

        Args:
            claims: distinct `CLAIM` columns; `preference` is the symbol claimed.
            on: day whose programmes count.

        Returns:
            `CLAIM`, `text` and `RATE_COLUMNS`; no row for a code the schedule does not have.
        """
        asked = claims.with_columns(
            pl.col("preference").str.strip_chars_end(MARK).alias("_symbol")
        ).with_columns(self.programmes.refusal(on).alias("_why"))
        found = self._found(asked)
        numbers = found.group_by("_claim").agg(
            (pl.col("_sure").all() & pl.col("rate").is_not_null().all()).alias("_all"),
            pl.col("rate").is_not_null().any().alias("_any"),
        )
        asked = asked.with_row_index("_claim").join(numbers, on="_claim", how="left")
        under = pl.format("{} under {}, {}", "rate", "preference", pl.lit(WITH_PROOF))
        special = (
            found.filter(pl.col("rate").is_not_null())
            .with_columns(under.alias("text"))
            .join(self.readings, on="rate")
            .select(*CLAIM, "text", *RATE_COLUMNS)
        )
        rest = asked.filter(~pl.col("_all").fill_null(value=False))
        normal = rest.join(self.rates_for(rest["goods_code"].unique()), on="goods_code")
        why = pl.coalesce("_why", pl.when(~pl.col("_any").fill_null(value=False)).then(
            pl.lit(NOT_ON_LINE)))  # fmt: skip
        told = pl.coalesce(pl.format("{} ({} is {})", "text", "preference", why), "text")
        normal = normal.with_columns(told.alias("text")).select(*CLAIM, "text", *RATE_COLUMNS)
        return pl.concat([special, normal]).unique(maintain_order=True)

    def offers(self, lines: pl.DataFrame, on: dt.date) -> pl.DataFrame:
        """Give the programmes that goods could claim.

        Args:
            lines: distinct `goods_code`, `country_origin`.
            on: day whose programmes count.

        Returns:
            `goods_code, country_origin, preference, title, needs, rate`; the rate in words, null
            where it differs over the lines of the code.
        """
        open_ = lines.join(self.programmes.open_on(on), on="country_origin", maintain_order="left")
        asked = open_.with_columns(
            pl.col("preference").alias("_symbol"), pl.lit(None, dtype=pl.String).alias("_why")
        )
        found = self._found(asked).filter(pl.col("rate").is_not_null())
        same = pl.col("rate").n_unique() == 1
        return found.group_by(
            "goods_code", "country_origin", "preference", "title", "needs", maintain_order=True
        ).agg(pl.when(same).then(pl.col("rate").first()).alias("rate"))

    def _found(self, asked: pl.DataFrame) -> pl.DataFrame:
        """Give one row a claim and list of programmes: `rate` under the symbol, `_sure`."""
        near = self._nearest(asked["goods_code"].unique())
        lists = (
            asked.with_row_index("_claim")
            .join(near, on="goods_code")
            .join(self.special.rename({"goods_code": "_code"}), on="_code")
            .with_row_index("_list")
        )
        each = (
            lists.select("_list", "_symbol", "preference", "special")
            .explode("special")
            .unnest("special")
        )
        names = pl.col("symbols").list
        sure = (names.contains(pl.col("_symbol")) | names.contains(pl.col("preference"))).fill_null(
            value=False
        )
        marked = names.contains(pl.col("_symbol") + MARK).fill_null(value=False)
        hits = (
            each.with_columns(sure.alias("_sure"))
            .filter(pl.col("_sure") | marked)
            .sort("_sure", descending=True, maintain_order=True)
            .group_by("_list", maintain_order=True)
            .agg(pl.col("rate").first(), pl.col("_sure").first())
        )
        open_ = pl.col("_why").is_null()
        return lists.join(hits, on="_list", how="left").with_columns(
            pl.when(open_).then("rate").alias("rate"), pl.col("_sure").fill_null(value=False)
        )

    def _join(self, codes: pl.Series, frame: pl.DataFrame) -> pl.DataFrame:
        near = self._nearest(codes)
        return near.join(frame.rename({"goods_code": "_code"}), on="_code").drop("_code")

    def _nearest(self, codes: pl.Series) -> pl.DataFrame:
        """Give for each code the longest beginning of it the schedule has (at least six digits)."""
        asked = codes.cast(pl.String).to_list()
        known = self.codes  # looked up one by one: a join would hash the whole schedule each time
        begun = [
            next((code[:n] for n in LENGTHS if code[:n] in known), None) if code else None
            for code in asked
        ]
        near = {"goods_code": asked, "_code": begun}
        return pl.DataFrame(near, schema=dict.fromkeys(near, pl.String)).drop_nulls("_code")


def schedule_of(
    rates: pl.DataFrame, *, pack_id: str, title: str, programmes: Programmes = NO_PROGRAMMES
) -> Schedule:
    """Make a schedule from the declarable lines' rates.

    Args:
        rates: frame `TARIFF_RATES`, a row a declarable line; `special` and `other` may be missing.
        pack_id: digest of the tariff pack.
        title: of the pack.
        programmes: who may claim which symbol.
    """
    if "special" not in rates.columns:
        nothing = pl.lit(None, dtype=pl.String).alias("other")
        rates = rates.with_columns(pl.lit([], dtype=PROGRAMMES).alias("special"), nothing)
    levels = [
        rates.with_columns(pl.col("code").str.slice(0, length).alias("goods_code")).filter(
            pl.col("goods_code").str.len_chars() == length
        )
        for length in LENGTHS
    ]
    every = pl.concat(levels).rename({"rate_text": "text"})
    by_rate = every.select("goods_code", "text", *RATE_COLUMNS).unique(maintain_order=True)
    footnotes = bool((rates["notes"].list.len() > 0).any())
    return Schedule(
        id=pack_id,
        title=title,
        rates=by_rate,
        lines=_lines(by_rate, every, footnotes=footnotes),
        codes=frozenset(by_rate["goods_code"]),
        special=every.select("goods_code", "special").unique(maintain_order=True),
        others=_others(every),
        readings=_readings(rates.select(pl.col("special").explode().struct.field("rate"))["rate"]),
        programmes=programmes,
    )


def _lines(by_rate: pl.DataFrame, every: pl.DataFrame, *, footnotes: bool) -> pl.DataFrame:
    known = pl.col("unknown").is_null()
    share = pl.when(known).then(pl.col("percent").fill_null(NOT_FREE))
    more = pl.any_horizontal(pl.col(name).is_not_null() for name in _MORE)
    one = pl.len() == 1
    summed = by_rate.group_by("goods_code", maintain_order=True).agg(
        share.fill_null(NOT_FREE).min().cast(MONEY).alias("low_percent"),
        pl.when(known.all()).then(share.max()).cast(MONEY).alias("high_percent"),
        pl.when(one).then(share.first()).cast(MONEY).alias("percent"),
        pl.when(pl.col("text").n_unique() == 1).then(pl.col("text").first()).alias("text"),
        (~(known & more).any()).alias("flat"),
    )
    same = pl.col("notes").list.sort().list.join(" ").n_unique() == 1
    notes = every.group_by("goods_code").agg(
        pl.when(same & footnotes).then(pl.col("notes").first()).alias(NOTES)
    )
    return summed.join(notes, on="goods_code", how="left", maintain_order="left")


def _others(every: pl.DataFrame) -> pl.DataFrame:
    """Give the other rates of codes; a line without one has a rate that is not known."""
    pairs = every.select("goods_code", pl.col("other").fill_null("unknown")).unique(
        maintain_order=True
    )
    read = _readings(pairs["other"])
    return pairs.join(read, left_on="other", right_on="rate").rename({"other": "text"})


def _readings(texts: pl.Series) -> pl.DataFrame:
    """Read each distinct rate in the language of our packs into columns."""
    rows = []
    for text in texts.drop_nulls().unique(maintain_order=True).to_list():
        try:
            values = columns_or_reason(parse_rate(text, "special rate"))
        except InputError as fault:
            values = {**dict.fromkeys(RATE_COLUMNS), "unknown": fault.what}
        rows.append({"rate": text, **values})
    return pl.DataFrame(rows, schema={"rate": pl.String(), **RATE_COLUMNS})
