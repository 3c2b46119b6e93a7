"""Which parcels of a run a recall is about: those still open, and past consignees.

Reads what `assess` left on disk, Parquet (whole) or CSV (without maker's name). A parcel is open if
it was not released, or has not arrived by the day asked for; a refused one is neither open nor with
anyone. Persons are given by their key; names only on request, read again from the messages the run
was made of, because results hold no personal data.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from tidewaiter import formats
from tidewaiter.engines.local import find_sources
from tidewaiter.engines.pieces import pieces
from tidewaiter.knowledge.matching import load_matching
from tidewaiter.knowledge.product_rules import load_product_rules
from tidewaiter.knowledge.products import Products
from tidewaiter.stages.products.recalled import hits_by_gtin, hits_by_text
from tidewaiter.vocabulary.errors import InputError
from tidewaiter.vocabulary.terms import Decision, Role

GOODS, PARCELS, SAID = "goods_items", "consignments", "contributions"
_ITEM = ("consignment_id", "item_no", "gtin", "title", "description", "brand", "maker_name")
_PARCEL = ("consignment_id", "person_key", "ordered_day", "arrival_at", "decision")
_PERSON_ROLES = (Role.IMPORTER, Role.BUYER, Role.CONSIGNEE)  # as `link` takes the importing person
OPEN, PAST, REFUSED = "open", "past", "refused"


@dataclass(frozen=True, slots=True)
class Hits:
    """Lines a recall is about.

    Args:
        lines: frame `consignment_id, item_no, agency, number, recalled_on, hazard, by` (gtin or
            text), `state` (open, past or refused), `decision, ordered_day, person_key`, and
            `name` where names were asked for.
        parcels: parcels looked through.
    """

    lines: pl.DataFrame
    parcels: int

    def persons(self) -> pl.DataFrame:
        """Give past consignees: `person_key, parcels, recalls` and `name` if asked for."""
        past = self.lines.filter(pl.col("state") == PAST)
        named = [pl.col("name").drop_nulls().first()] if "name" in past.columns else []
        return (
            past.group_by("person_key")
            .agg(
                pl.col("consignment_id").unique().sort().alias("parcels"),
                pl.col("number").drop_nulls().unique().sort().alias("recalls"),
                *named,
            )
            .sort("person_key")
        )

    def as_json(self) -> dict[str, Any]:
        """Give the figures and rows for machines."""
        states = dict(
            self.lines.group_by("state").agg(pl.col("consignment_id").n_unique()).iter_rows()
        )
        return {
            "parcels": self.parcels,
            "open": states.get(OPEN, 0),
            "past": states.get(PAST, 0),
            "refused": states.get(REFUSED, 0),
            "lines": _plain(self.lines),
            "past_consignees": _plain(self.persons()),
        }


def check(
    recalls: pl.DataFrame,
    results: Sequence[Path],
    *,
    on: dt.date,
    messages: Sequence[Path] = (),
) -> Hits:
    """Find the lines recalls are about.

    Args:
        recalls: frame `RECALLS`.
        results: folders `assess` wrote, or a `goods_items` file with `consignments` beside it.
        on: the day asked for.
        messages: files the run was made of, to read names from; none, no names.

    Raises:
        InputError: a folder without results of a run.
    """
    known = Products(recalls=recalls)
    found, count = [pl.DataFrame()], 0
    for path in results:
        items = _frame(path, GOODS, _ITEM)
        parcels = _frame(path, PARCELS, _PARCEL)
        count += parcels.height
        lines = _hit_lines(items, known)
        if lines.height:
            found.append(_with_state(lines, parcels, on))
    lines = pl.concat(found, how="diagonal_relaxed")
    if not lines.height:
        lines = pl.DataFrame(schema=_SCHEMA)
    if messages:
        lines = lines.join(
            _names(lines["consignment_id"].unique(), results, messages),
            on="consignment_id", how="left", maintain_order="left",
        )  # fmt: skip
    return Hits(lines, count)


_SCHEMA: dict[str, pl.DataType] = {
    "consignment_id": pl.String(),
    "item_no": pl.Int64(),
    "agency": pl.String(),
    "number": pl.String(),
    "recalled_on": pl.Date(),
    "hazard": pl.String(),
    "by": pl.String(),
    "state": pl.String(),
    "decision": pl.String(),
    "ordered_day": pl.String(),
    "person_key": pl.String(),
}


def _hit_lines(items: pl.DataFrame, known: Products) -> pl.DataFrame:
    legal = tuple(load_matching().words.legal_forms)
    by_gtin = hits_by_gtin(items, known).with_columns(pl.lit("gtin").alias("by"))
    by_text = hits_by_text(items, known, load_product_rules(), legal)
    hits = pl.concat([by_gtin, by_text.with_columns(pl.lit("text").alias("by"))]).unique(
        ["line", "recall"], keep="first", maintain_order=True
    )
    recall = known.recalls.select("agency", "number", pl.col("day").alias("recalled_on"), "hazard")
    lines = items.select("consignment_id", pl.col("item_no").cast(pl.Int64))[hits["line"]]
    return lines.hstack(recall[hits["recall"]]).hstack(hits.select("by"))


def _with_state(lines: pl.DataFrame, parcels: pl.DataFrame, on: dt.date) -> pl.DataFrame:
    told = parcels.filter(pl.col("consignment_id").is_in(lines["consignment_id"].implode()))
    told = told.with_columns(
        pl.col("arrival_at").cast(pl.String).str.slice(0, 10).str.to_date(strict=False),
        pl.col("ordered_day").cast(pl.String),
    )
    coming = (pl.col("arrival_at") >= on).fill_null(value=False)
    state = (
        pl.when(pl.col("decision") == Decision.REFUSE.value)
        .then(pl.lit(REFUSED))
        .when((pl.col("decision") != Decision.RELEASE.value) | coming)
        .then(pl.lit(OPEN))
        .otherwise(pl.lit(PAST))
    )
    joined = lines.join(told, on="consignment_id", how="left", maintain_order="left")
    return joined.with_columns(state.alias("state")).select(list(_SCHEMA)).cast(_SCHEMA)  # type: ignore[arg-type] # schema of dtypes


def _frame(path: Path, name: str, columns: Sequence[str]) -> pl.DataFrame:
    """Read columns of a frame of a run; what the file does not hold is null."""
    folder = path if path.is_dir() and not path.suffix else path.parent
    suffixes = (".csv", ".parquet") if path.suffix == ".csv" else (".parquet", ".csv")
    for suffix in suffixes:
        place = folder / f"{name}{suffix}"
        if place.exists():
            break
    else:
        raise InputError(
            f"no {name}.parquet or {name}.csv.",
            where=str(folder),
            remedy="Give the folder that `assess --out` wrote.",
        )
    if place.suffix == ".csv":
        scan = pl.scan_csv(place, infer_schema=False)
    else:
        scan = pl.scan_parquet(place / "*.parquet" if place.is_dir() else place)
    have = scan.collect_schema()
    return scan.select(
        pl.col(column) if column in have else pl.lit(None, dtype=pl.String).alias(column)
        for column in columns
    ).collect()


def _names(ids: pl.Series, results: Sequence[Path], messages: Sequence[Path]) -> pl.DataFrame:
    """Give `consignment_id, name` for parcels, read from the messages they were made of."""
    said = pl.concat(_said(path) for path in results)
    said = said.filter(pl.col("consignment_id").is_in(ids.implode()))
    rank = {role.value: number for number, role in enumerate(_PERSON_ROLES)}
    found = [
        pl.DataFrame(schema={"contribution_id": pl.String, "name": pl.String, "rank": pl.Int64})
    ]
    for source in find_sources(list(messages)):
        form = formats.get(source.format)
        for piece in pieces(source.path, form.spec):
            batch = form.decode(piece.data, source=source.path.name, position=piece.position)
            rows = batch.parties.filter(
                pl.col("role").is_in(list(rank))
                & pl.col("contribution_id").is_in(said["contribution_id"].implode())
            )
            found.append(
                rows.select(
                    "contribution_id",
                    pl.coalesce("name", "company").alias("name"),
                    pl.col("role").replace_strict(rank, return_dtype=pl.Int64).alias("rank"),
                )
            )
    return (
        said.join(pl.concat(found).drop_nulls("name"), on="contribution_id")
        .sort("rank", "name")
        .unique("consignment_id", keep="first", maintain_order=True)
        .select("consignment_id", "name")
    )


def _said(path: Path) -> pl.DataFrame:
    return _frame(path, SAID, ("consignment_id", "contribution_id")).drop_nulls()


def _plain(frame: pl.DataFrame) -> list[dict[str, Any]]:
    return frame.with_columns(pl.col(pl.Date).cast(pl.String)).to_dicts()
