"""What is asked, in the shape of the flow: one parcel a question, one more for each variant.

A variant is the same parcel with another way of collection, channel or code. `check` and
`classify` run once over what was asked; the variants are copies of their result.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from tidewaiter.runtime.quotes.asking import Asked
from tidewaiter.vocabulary.batch import Batch, conform

BEFORE_CHARGE = ("formats", "check", "fuse", "classify", "link")
MODES = {"post": "post", "express": "air"}
AS_ASKED = "asked"


@dataclass(frozen=True, slots=True)
class Variant:
    """One way a parcel could go.

    Args:
        quote: number of the question.
        kind: asked, way (scheme and channel), code or preference.
        scheme: way of collection asked for, or "" for the law's first.
        channel: post, express, other or "".
        item_no: line whose code or claim differs, 0 for none.
        hs6: that code.
        preference: symbol of the programme claimed for that line.
    """

    quote: int
    kind: str
    scheme: str
    channel: str
    item_no: int = 0
    hs6: str = ""
    preference: str = ""


def as_messages(asked: Sequence[Asked]) -> Batch:
    """Bring questions into a batch as a format would: texts as written, one message a question."""
    return Batch(
        consignments=conform(pl.DataFrame([_parcel(n, one) for n, one in enumerate(asked)],
                                          infer_schema_length=None), "consignments"),
        goods_items=conform(pl.DataFrame(
            [line for n, one in enumerate(asked) for line in _lines(n, one)],
            infer_schema_length=None), "goods_items"),
        parties=conform(pl.DataFrame(
            [{**_keys(n), "role": "consignee", "region": one.region or None}
             for n, one in enumerate(asked)],
            schema_overrides={"region": pl.String}), "parties"),
        contributions=conform(pl.DataFrame(
            [{**_keys(n), "format": "quote", "view": "order"} for n in range(len(asked))]
        ), "contributions"),
    )  # fmt: skip


def _keys(number: int) -> dict[str, Any]:
    return {"consignment_id": str(number), "contribution_id": str(number)}


def _parcel(number: int, one: Asked) -> dict[str, Any]:
    return {
        **_keys(number),
        "ordered_at_text": one.on.isoformat(),
        "loading_at_text": one.loaded.isoformat() if one.loaded else None,
        "country_departure_text": one.departure or None,
        "country_destination_text": one.destination,
        "transport_mode_text": MODES.get(one.mode),
        "nature_text": one.nature or None,
        "freight_text": None if one.freight is None else str(one.freight),
        "freight_currency_text": one.freight_currency or None,
        "insurance_text": None if one.insurance is None else str(one.insurance),
        "insurance_currency_text": one.insurance_currency or None,
        "scheme_text": one.scheme or None,
        "channel_text": one.mode or None,
        "business_text": one.business or None,
    }


def _lines(number: int, one: Asked) -> list[dict[str, Any]]:
    return [
        {
            **_keys(number),
            "item_no": place,
            "description_text": item.description or None,
            "category_path": item.category or None,
            "brand": item.brand or None,
            "gtin_text": item.gtin or None,
            "hs_code_text": item.hs or None,
            "quantity_text": f"{item.quantity:f}",
            "net_mass_text": None if item.net_mass_g is None else f"{item.net_mass_g:f}",
            "mass_unit": None if item.net_mass_g is None else "g",
            "mass_basis": None if item.net_mass_g is None else "total",
            "declared_value_text": f"{item.value:f}",
            "declared_currency_text": item.currency,
            "value_basis": "total",
            "country_origin_text": item.origin or None,
            "tariff_rate_text": item.tariff_rate or None,
            "declared_facts": json.dumps(dict(item.facts)) if item.facts else None,
        }
        for place, item in enumerate(one.items, start=1)
    ]


def ready_to_charge(batch: Batch) -> Batch:
    """Give a classified batch the columns that only fused and linked parcels have, all unknown."""
    return batch.with_frames(
        consignments=conform(batch.consignments, "consignments", BEFORE_CHARGE),
        goods_items=conform(batch.goods_items, "goods_items", BEFORE_CHARGE),
        parties=conform(batch.parties, "parties", BEFORE_CHARGE),
    )


def as_variants(classified: Batch, variants: Sequence[Variant]) -> Batch:
    """Copy the parcels of the questions, once for each variant; its number is the new id."""
    frame = pl.DataFrame(
        {
            "_id": [str(number) for number in range(len(variants))],
            "consignment_id": [str(variant.quote) for variant in variants],
            "_scheme": [variant.scheme or None for variant in variants],
            "_channel": [variant.channel or None for variant in variants],
            "_item_no": [variant.item_no for variant in variants],
            "_hs6": [variant.hs6 or None for variant in variants],
            "_preference": [variant.preference or None for variant in variants],
        },
        schema_overrides={
            "_scheme": pl.String, "_channel": pl.String, "_hs6": pl.String, "_item_no": pl.Int32,
            "_preference": pl.String,
        },
    )  # fmt: skip
    renamed = ("_id", "_scheme", "_channel", "_item_no", "_hs6", "_preference")

    def copied(rows: pl.DataFrame, *changes: pl.Expr) -> pl.DataFrame:
        joined = frame.join(rows, on="consignment_id", how="inner", maintain_order="left_right")
        own = pl.col("_id").alias("consignment_id")
        return joined.with_columns(*changes, own, own.alias("contribution_id")).drop(renamed)

    mode = pl.col("_channel").replace_strict(MODES, default=None, return_dtype=pl.String)
    here = pl.col("item_no") == pl.col("_item_no")
    other = pl.col("_hs6").is_not_null() & here
    return Batch(
        consignments=copied(
            classified.consignments,
            pl.col("_scheme").alias("scheme_text"),
            pl.col("_channel").alias("channel_text"),
            mode.alias("transport_mode"),
        ),
        goods_items=copied(
            classified.goods_items,
            pl.when(other).then("_hs6").otherwise("hs6").alias("hs6"),
            pl.when(other).then(None).otherwise("hs_code").alias("hs_code"),
            pl.when(here & pl.col("_preference").is_not_null())
            .then(_claiming(pl.col("_preference"), pl.col("declared_facts")))
            .otherwise("declared_facts")
            .alias("declared_facts"),
        ),
        parties=copied(classified.parties),
    )


def _claiming(symbol: pl.Expr, facts: pl.Expr) -> pl.Expr:
    """Add the claim of a programme to declared facts (a JSON object with members, or null)."""
    rest = pl.coalesce(pl.lit(", ") + facts.str.strip_prefix("{"), pl.lit("}"))
    return pl.concat_str(pl.lit('{"preference": "'), symbol, pl.lit('"'), rest)
