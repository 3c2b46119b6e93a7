"""Rules on single elements of consignments and lines: values, masses, identifiers, texts.

Each rule is one expression; the sentence, weight and source of its finding stand in the pack
`findings/check`. Sources of the rules: WCO-UPU guidelines, PACT, ICS2, CATAIR, GS1 (see there).
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache

import polars as pl

from tidewaiter.knowledge.codelists import Codelists
from tidewaiter.knowledge.quality import QualityRules
from tidewaiter.stages.check.desk import Rule
from tidewaiter.stages.check.numbers import is_scientific
from tidewaiter.vocabulary.identifiers.columnar import (
    awb_valid,
    compact,
    entry_number_valid,
    gtin_restricted,
    ioss_wellformed,
    s10_check_valid,
)

DOCUMENTS = "documents"


def said(*columns: str) -> pl.Expr:
    """Give columns as one text with blanks between, nulls left out."""
    return pl.concat_str(
        *(pl.col(column).cast(pl.String) for column in columns), separator=" ", ignore_nulls=True
    )


@lru_cache(maxsize=64)
def consignment_rules(lists: Codelists, rules: QualityRules, on: dt.date) -> tuple[Rule, ...]:
    """Rules on elements of the consignment."""
    mass_max = rules.limits["parcel_mass_g_max"]
    amounts = (
        ("total_value", "total_currency", "total_value_text", "total_currency_text"),
        ("freight", "freight_currency", "freight_text", "freight_currency_text"),
        ("insurance", "insurance_currency", "insurance_text", "insurance_currency_text"),
    )
    return (
        *(rule for columns in amounts for rule in _amount_rules(*columns, lists, on)),
        *_value_rules("total_value", "total_value_text", "nature", rules),
        Rule(
            "check.mass_not_positive",
            pl.col("gross_mass_g") <= 0,
            "gross_mass_text",
            seen=said("gross_mass_text", "gross_mass_unit"),
            needs=("gross_mass_g",),
        ),
        Rule(
            "check.mass_too_large",
            pl.col("gross_mass_g") > mass_max,
            "gross_mass_text",
            seen=said("gross_mass_text", "gross_mass_unit"),
            detail=pl.lit(f"more than {mass_max:.0f} g; is the unit right?"),
            needs=("gross_mass_g",),
        ),
        *_identifier_rules(lists),
        *_time_rules(rules, on),
    )


def _amount_rules(
    out: str, currency: str, text: str, currency_text: str, lists: Codelists, on: dt.date
) -> list[Rule]:
    ended = lists.currencies.filter(pl.col("tender_until") < on)["code"]
    amount, money = pl.col(out), pl.col(currency)
    coarse, fine = (
        lists.currencies.filter(wanted)["code"].to_list()
        for wanted in (pl.col("decimals") == 0, pl.col("decimals") > 2)
    )

    def finer_than(decimals: int) -> pl.Expr:
        return amount != amount.round(decimals, mode="half_away_from_zero")

    too_fine = (finer_than(2) & (~money.is_in(fine) | finer_than(3))) | (
        finer_than(0) & money.is_in(coarse)
    )
    return [
        Rule("check.value_negative", amount < 0, text, seen=pl.col(text), needs=(out,)),
        Rule(
            "check.currency_missing",
            amount.is_not_null() & pl.col(currency).is_null() & pl.col(currency_text).is_null(),
            currency_text,
            seen=pl.col(text),
            needs=(out,),
        ),
        Rule(
            "check.currency_ended",
            pl.col(currency).is_in(ended.implode()),
            currency_text,
            seen=pl.col(currency),
            needs=(currency,),
        ),
        Rule(
            "check.amount_decimals",
            too_fine,
            text,
            seen=said(text, currency),
            needs=(out, currency),
        ),
    ]


def _value_rules(out: str, text: str, nature: str, rules: QualityRules) -> list[Rule]:
    value = pl.col(out)
    odd = pl.any_horizontal(value == figure for figure in rules.odd_values)
    return [
        Rule(
            "check.value_zero",
            (value == 0) & pl.col(nature).ne_missing(DOCUMENTS),
            text,
            seen=pl.col(text),
            needs=(out,),
        ),
        Rule("check.value_one", odd, text, seen=pl.col(text), needs=(out,)),
    ]


def _identifier_rules(lists: Codelists) -> list[Rule]:
    tracking, issuer = pl.col("tracking_id"), pl.col("_issuer")
    entry = compact(pl.col("entry_number"))
    waybill = compact(pl.col("master_document"))
    fiscal = pl.col("fiscal_reference")
    ioss = (pl.col("fiscal_role") == "FR5") | fiscal.str.to_uppercase().str.starts_with("IM")
    intermediary = fiscal.str.to_uppercase().str.starts_with("IN")
    return [
        Rule(
            "check.number_scientific",
            is_scientific(tracking),
            "tracking_id",
            seen=tracking,
            needs=("tracking_id",),
        ),
        Rule(
            "check.tracking_check_digit",
            ~s10_check_valid(tracking),
            "tracking_id",
            seen=tracking,
            needs=("_issuer",),
        ),
        Rule(
            "check.tracking_issuer_unknown",
            ~issuer.is_in(sorted(lists.s10_issuers)),
            "tracking_id",
            seen=tracking,
            detail=issuer,
            needs=("_issuer",),
        ),
        Rule(
            "check.awb_check_digit",
            waybill.str.contains("^[0-9]{11}$") & ~awb_valid(pl.col("master_document")),
            "master_document",
            seen=pl.col("master_document"),
            needs=("master_document",),
        ),
        Rule(
            "check.entry_number",
            entry.str.contains("^[0-9]{11}$") & ~entry_number_valid(pl.col("entry_number")),
            "entry_number",
            seen=pl.col("entry_number"),
            needs=("entry_number",),
        ),
        Rule(
            "check.ioss_malformed",
            ioss & ~ioss_wellformed(fiscal),
            "fiscal_reference",
            seen=fiscal,
            detail=pl.when(intermediary).then(
                pl.lit("IN... is the intermediary's number, not the seller's")
            ),
            needs=("fiscal_reference",),
        ),
    ]


def _time_rules(rules: QualityRules, on: dt.date) -> list[Rule]:
    back = dt.datetime.combine(
        on - dt.timedelta(days=int(365 * rules.limits["years_back_max"])), dt.time(), dt.UTC
    )
    ahead = dt.datetime.combine(
        on + dt.timedelta(days=int(rules.limits["days_ahead_max"])), dt.time(), dt.UTC
    )
    ordered, issued = pl.col("ordered_at"), pl.col("message_at")
    loaded, arrived = pl.col("loading_at"), pl.col("arrival_at")
    day = pl.duration(days=1)
    made = [
        Rule(
            "check.time_far_off",
            (pl.col(column) < back) | (pl.col(column) > ahead),
            f"{column}_text",
            seen=pl.col(f"{column}_text"),
            needs=(column,),
        )
        for column in ("ordered_at", "message_at", "loading_at", "arrival_at")
    ]
    return [
        *made,
        Rule(
            "check.times_out_of_order",
            ordered > issued + day,
            "ordered_at_text",
            seen=pl.col("ordered_at_text"),
            detail=pl.concat_str(pl.lit("message of "), pl.col("message_at_text")),
            needs=("ordered_at", "message_at"),
        ),
        Rule(
            "check.times_out_of_order",
            loaded > arrived + day,
            "arrival_at_text",
            seen=pl.col("arrival_at_text"),
            detail=pl.concat_str(pl.lit("loaded at "), pl.col("loading_at_text")),
            needs=("loading_at", "arrival_at"),
        ),
    ]


@lru_cache(maxsize=64)
def goods_rules(lists: Codelists, rules: QualityRules, on: dt.date) -> tuple[Rule, ...]:
    """Rules on elements of a line."""
    return (
        *_amount_rules(
            "declared_value",
            "declared_currency",
            "declared_value_text",
            "declared_currency_text",
            lists,
            on,
        ),
        *_value_rules("declared_value", "declared_value_text", "_nature", rules),
        Rule(
            "check.quantity_not_positive",
            pl.col("quantity") <= 0,
            "quantity_text",
            seen=pl.col("quantity_text"),
            needs=("quantity",),
        ),
        *(
            Rule(
                "check.mass_not_positive",
                pl.col(out) <= 0,
                text,
                seen=said(text, "mass_unit"),
                needs=(out,),
            )
            for text, out in (("net_mass_text", "net_mass_g"), ("gross_mass_text", "gross_mass_g"))
        ),
        Rule(
            "check.gtin_restricted",
            gtin_restricted(pl.col("gtin")),
            "gtin_text",
            seen=pl.col("gtin"),
            needs=("gtin",),
        ),
        *_description_rules(),
    )


def _description_rules() -> tuple[Rule, ...]:
    quality, broken = pl.col("description_quality"), pl.col("characters")
    coded = (pl.col("hs_code").str.len_bytes() >= 6).fill_null(value=False)
    by_air_to_us = (pl.col("_destination") == "US") & (pl.col("_mode") == "air")
    return tuple(
        Rule(code, when, field, seen=pl.coalesce("_text", "title"), detail=detail, needs=needs)
        for code, when, field, detail, needs in (
            (
                "check.description_characters",
                broken.is_not_null(),
                "description_text",
                broken,
                ("characters",),
            ),
            (
                "check.description_vague",
                (quality == "vague") & broken.is_null(),
                "description_text",
                pl.col("reason"),
                ("description_quality",),
            ),
            (
                "check.description_ask",
                quality == "ask",
                "description_text",
                pl.col("reason"),
                ("description_quality",),
            ),
            (
                "check.description_dangerous_word",
                pl.col("danger"),
                "description_text",
                None,
                ("danger",),
            ),
            (
                "check.description_needs_code",
                (quality != "specific") & ~coded & by_air_to_us,
                "hs_code_text",
                None,
                ("description_quality", "_destination", "_mode"),
            ),
        )
    )
