"""Origin: is it likely that the goods were made where the line says?

Weighs what is known against what is declared: the maker's country (named in the parcel, or the
catalogue's), the catalogue's usual origin, the origins declared for the GTIN before, the route and
the seller. The predicates are here; which count, how much and in which words is the pack's
(`packs/products/rules.toml`, dated). No single sight makes a doubt by itself, and none is taken
from the country of a GS1 prefix. A doubt is no proof: where goods are sent from is often not where
they were made.

The route is read here, on the lines in question only: two-letter codes of `route_text`, in order,
the country of dispatch before them.
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache

import numpy as np
import polars as pl

from tidewaiter.knowledge.load import Knowledge
from tidewaiter.knowledge.product_rules import Evidence, ProductRules
from tidewaiter.knowledge.products import OriginHistory, country_numbers, gtin_numbers, places
from tidewaiter.stages.products.lines import KEYS, party
from tidewaiter.vocabulary.batch import Batch
from tidewaiter.vocabulary.findings import finding
from tidewaiter.vocabulary.terms import Role

CODES = ("products.origin_doubt",)
_FIELD = "goods_items.country_origin"
_ORIGIN = pl.col("origin")
_ID = pl.col("consignment_id")
_KNOWN = {"p_maker_country": "maker_known", "p_country_origin": "usual"}
_TEXT_FACTS = ("maker_party", "maker_known", "usual", "seller", "departure", "route")
_CODE = r"\b[A-Z]{2}\b"


def find(
    batch: Batch, lines: pl.DataFrame, makers: pl.DataFrame, knowledge: Knowledge, on: dt.date
) -> pl.DataFrame:
    """Give a finding with its reasons for each line whose declared origin is doubtful.

    Args:
        batch: the batch.
        lines: lines of known products.
        makers: makers named as parties: `consignment_id, maker_party`.
        knowledge: gives rules and history.
        on: day whose rules apply.
    """
    rows = _facts(batch, lines, makers, knowledge)
    if not rows.height:
        return batch.findings.clear()
    weight, reasons = _weighing(knowledge.product_rules, on)
    doubt_min = knowledge.product_rules.limits["origin.doubt_min"]
    return finding(
        rows.filter(weight >= doubt_min),
        pl.lit(value=True),
        CODES[0],
        knowledge.findings.severity(CODES[0], on),
        field=_FIELD,
        seen=_ORIGIN,
        detail=reasons,
    )


@lru_cache(maxsize=16)
def _weighing(rules: ProductRules, on: dt.date) -> tuple[pl.Expr, pl.Expr]:
    """Give the sum of the weights of what is seen, and the reasons in words."""
    sights = _sights(rules.limits)
    weights, reasons = [pl.lit(0.0)], [pl.format("declared {}", _ORIGIN)]
    for piece in rules.evidence_on(on):
        seen = sights[piece.id].fill_null(value=False)
        weights.append(pl.when(seen).then(piece.weight).otherwise(0.0))
        reasons.append(pl.when(seen).then(pl.concat_str([pl.lit("; "), *_sentence(piece)])))
    return pl.sum_horizontal(weights), pl.concat_str(reasons, ignore_nulls=True)


def _facts(
    batch: Batch, lines: pl.DataFrame, makers: pl.DataFrame, knowledge: Knowledge
) -> pl.DataFrame:
    """Give the lines anything is known about, with all facts as columns (see `FACTS`)."""
    items, history = batch.goods_items, knowledge.products.origins
    at = places(history.keys, gtin_numbers(items["gtin"]))
    hit = at >= 0
    if makers.height:
        hit |= items["consignment_id"].is_in(makers["consignment_id"].implode()).to_numpy()
    none = pl.lit(None, dtype=pl.String)
    product = pl.DataFrame()
    if lines.height:
        # A number that may be wrong says nothing of the origin.
        product = lines.filter(
            ~pl.col("other_goods") & pl.any_horizontal(pl.col(_KNOWN).is_not_null())
        ).select("line", pl.col(_KNOWN).name.map(_KNOWN.__getitem__))
        hit[product["line"].to_numpy()] = True
    rows = (
        items.select(*KEYS, "gtin", pl.col("country_origin").alias("origin"))
        .with_columns(pl.Series("seen_at", at), pl.int_range(pl.len()).alias("line"))
        .filter(pl.Series(hit) & _ORIGIN.is_not_null())
    )
    if not rows.height:
        return rows
    rows = _with_history(rows, history)
    sellers = party(batch.parties, Role.SELLER, pl.col("country").alias("seller")).drop_nulls()
    routes = _routes(batch.consignments.filter(_ID.is_in(rows["consignment_id"].implode())))
    for facts, key in (
        (product, "line"), (makers, "consignment_id"), (sellers, "consignment_id"),
        (routes, "consignment_id"),
    ):  # fmt: skip
        if facts.height:
            rows = rows.join(facts, on=key, how="left", maintain_order="left")
    missing = [none.alias(fact) for fact in _TEXT_FACTS if fact not in rows.columns]
    return rows.with_columns(missing)


def _with_history(rows: pl.DataFrame, history: OriginHistory) -> pl.DataFrame:
    """Add `lines`, `share` (percent with the declared origin) and `seen_most`."""
    at = rows["seen_at"].to_numpy()
    if not len(history.keys):
        return rows.with_columns(
            pl.lit(None, dtype=pl.Int64).alias("lines"),
            pl.lit(None, dtype=pl.Float64).alias("share"),
            pl.lit(None, dtype=pl.String).alias("seen_most"),
        )
    seen = at >= 0
    lines = np.where(seen, history.lines[np.maximum(at, 0)], 0)
    same = history.with_origin(gtin_numbers(rows["gtin"]), country_numbers(rows["origin"]))
    share = np.divide(100.0 * same, lines, out=np.zeros(len(lines)), where=lines > 0)
    most = history.most[np.maximum(at, 0)]
    known = pl.Series("known", seen)
    return rows.with_columns(
        pl.Series("lines", lines), pl.Series("share", share), most.alias("seen_most"), known
    ).with_columns(pl.when("known").then(pl.col("lines", "share", "seen_most")))


def _routes(parcels: pl.DataFrame) -> pl.DataFrame:
    """Give `consignment_id, departure, route` (codes, a blank between; null if none is told)."""
    departure = pl.col("country_departure")
    written = pl.col("route_text").str.to_uppercase().str.extract_all(_CODE).list.join(" ")
    written = (
        pl.when(~written.str.starts_with(departure.fill_null("--")))
        .then(pl.concat_str([departure, written], separator=" ", ignore_nulls=True))
        .otherwise(written)
    )
    return parcels.select(
        "consignment_id",
        departure.alias("departure"),
        pl.coalesce(written.replace("", None), departure).alias("route"),
    )


def _sights(limits: dict[str, float]) -> dict[str, pl.Expr]:
    """Give the predicate of each piece of evidence; null counts as not seen."""
    named, known, usual = pl.col("maker_party"), pl.col("maker_known"), pl.col("usual")
    maker = pl.coalesce(named, known)
    counted = pl.col("lines") >= limits["origin.history_lines_min"]
    share, route = pl.col("share"), pl.col("route")
    on_route = route.str.contains(_ORIGIN, literal=True)
    return {
        "maker_elsewhere": named != _ORIGIN,
        "maker_known_elsewhere": (known != _ORIGIN) & named.is_null(),
        "catalogue_other_origin": usual != _ORIGIN,
        "history_other_origin": counted & (share <= 100 * limits["origin.history_share_max"]),
        "sent_from_maker": (pl.col("departure") == maker) & (maker != _ORIGIN),
        "route_misses_origin": ~on_route,
        "seller_with_maker": (pl.col("seller") == maker) & (maker != _ORIGIN),
        "maker_there": maker == _ORIGIN,
        "catalogue_same_origin": usual == _ORIGIN,
        "history_same_origin": counted & (share >= 100 * limits["origin.history_share_usual"]),
        "route_touches_origin": on_route,
    }


def _sentence(piece: Evidence) -> list[pl.Expr]:
    return [_fact(text) if is_fact else pl.lit(text) for text, is_fact in piece.pieces]


def _fact(name: str) -> pl.Expr:
    if name == "share":
        return pl.col(name).round(1).cast(pl.String).fill_null("?")
    return pl.col(name).cast(pl.String).fill_null("?")
