"""Papers held against the certificate register: there, valid, for these goods and people, enough.

A paper is judged if a control asks for its kind, or if it is named for the line and the register
knows the kind. Tests run in this order, the first that fails is told: known, revoked, date, goods,
holder, quantity. Where several certificates have the number, the one that passes furthest counts.
A line draws its net mass (certificates by mass) or its number of units; one certificate of each
kind, the first that is good.
"""

from __future__ import annotations

import datetime as dt

import polars as pl

from tidewaiter.knowledge.certificates import Certificates, within_balance
from tidewaiter.knowledge.controls import PaperCheck
from tidewaiter.knowledge.load import Knowledge
from tidewaiter.vocabulary.batch import Batch
from tidewaiter.vocabulary.certificate_frames import CERTIFICATE_KEY, GRAMS
from tidewaiter.vocabulary.columns import MASS
from tidewaiter.vocabulary.findings import finding

GOOD = "good"
UNCHECKED = "unchecked"
FAULTS = (
    "unknown", "revoked", "out_of_date", "other_goods", "other_holder", "quantity_unknown",
    "used_up",
)  # fmt: skip
CLAIMS: dict[str, pl.DataType | type[pl.DataType]] = {
    "_row": pl.UInt32,
    "type_code": pl.String,
    "number": pl.String,
    "issuer": pl.String,
    "state": pl.String,
    "note": pl.String,
    "quantity": MASS,
    "unit": pl.String,
}
_CLAIM = ["_row", "type_code", "number"]


def verify(
    papers: pl.DataFrame,
    wanted: pl.DataFrame,
    batch: Batch,
    items: pl.DataFrame,
    knowledge: Knowledge,
    *,
    on: dt.date,
) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    """Judge the papers named.

    Args:
        papers: from `read_papers`.
        wanted: papers controls ask for.
        batch: gives parcels and parties.
        items: goods items with `_row`.
        knowledge: gives the register and severities.
        on: day on which the papers must be valid.

    Returns:
        Frame `CLAIMS`, one row a line and paper (`state` good, unchecked or a fault), and findings.
    """
    register = knowledge.certificates
    claims = _claims(papers, wanted, items, register) if papers.height else papers
    if not claims.height:
        return pl.DataFrame(schema=CLAIMS), []
    lines = items.select(
        "_row", "contribution_id", "hs_code", "hs6", "gtin", "product_id", "quantity", "net_mass_g"
    ).rename({"quantity": "units"})
    rows = claims.join(lines, on="_row", how="left").join(
        batch.consignments.select("consignment_id", "ordered_day"), on="consignment_id", how="left"
    )
    rows = _against_register(rows, batch.parties, register, on)
    rows = _drawn(rows, items, register)
    return rows.select(CLAIMS.keys()), _findings(rows, knowledge, on)


def _claims(
    papers: pl.DataFrame, wanted: pl.DataFrame, items: pl.DataFrame, register: Certificates
) -> pl.DataFrame:
    """Give the papers to be judged, one row a line and paper."""
    lines = items.select("_row", "consignment_id", "item_no")
    needed = wanted.select("_row", "type_code", "check").unique(["_row", "type_code"])
    rows = pl.concat(
        [
            papers.filter(pl.col("item_no").is_null())
            .drop("item_no")
            .join(lines, on="consignment_id"),
            papers.join(lines, on=["consignment_id", "item_no"]),
        ],
        how="diagonal",
    ).join(needed, on=["_row", "type_code"], how="left")
    of_line = rows.join(papers, on=["consignment_id", "item_no", "type_code", "number"], how="semi")
    known = of_line.filter(pl.col("type_code").is_in(register.types))
    asked = rows.filter(
        (pl.col("check") == PaperCheck.REGISTER.value) | pl.col("type_code").is_in(register.types),
        pl.col("check").is_not_null(),
    )
    return pl.concat([asked, known]).unique(_CLAIM, keep="first", maintain_order=True)


def _against_register(
    rows: pl.DataFrame, parties: pl.DataFrame, register: Certificates, on: dt.date
) -> pl.DataFrame:
    """Find each paper's certificate and the first test it fails (`fault`, null if none)."""
    said = rows.rename({"issuer": "issuer_said"})
    found = said.join(
        register.register.rename({"quantity": "in_all"}), on=["type_code", "number"], how="left"
    )
    same = (pl.col("issuer_said") == "") | (pl.col("issuer_said") == pl.col("issuer"))
    found = found.with_columns(known=pl.col("issuer").is_not_null() & same)
    found = found.join(_held(found, parties), on=[*_CLAIM, "issuer"], how="left", nulls_equal=True)
    fault = pl.coalesce(
        pl.when(test).then(pl.lit(name, pl.String)) for name, test in _tests(register, on).items()
    )
    rank = pl.col("fault").replace_strict(
        {name: n for n, name in enumerate((UNCHECKED, *FAULTS))}, default=99, return_dtype=pl.Int8
    )
    return (
        found.with_columns(fault=fault)
        .with_columns(rank=rank)
        .sort("_row", "type_code", "number", -pl.col("rank"), "issuer")
        .unique(_CLAIM, keep="first", maintain_order=True)
    )


def _tests(register: Certificates, on: dt.date) -> dict[str, pl.Expr]:
    day = pl.lit(on)
    begins = pl.coalesce("valid_from", "issued_on")
    codes = pl.any_horizontal(_covers("hs_code"), _covers("hs6"))
    product = pl.col("product")
    other_product = product.is_not_null() & ~(
        (product == pl.col("gtin")).fill_null(value=False)
        | (product == pl.col("product_id")).fill_null(value=False)
    )
    other_codes = pl.col("hs_prefixes").list.len().fill_null(0) > 0
    return {
        UNCHECKED: ~pl.col("known") & ~pl.col("type_code").is_in(register.types),
        "unknown": ~pl.col("known"),
        "revoked": pl.col("revoked_on") <= day,
        "out_of_date": (begins > day) | (pl.col("valid_until") < day),
        "other_goods": (other_codes & ~codes) | other_product,
        "other_holder": pl.col("of_holder").not_(),
    }


def _covers(column: str) -> pl.Expr:
    prefixes = pl.col("hs_prefixes")
    starts = pl.concat_list(
        *(pl.col(column).str.slice(0, length) for length in (2, 4, 6, 8, 10))
    ).list.drop_nulls()
    return prefixes.list.set_intersection(starts).list.len().fill_null(0) > 0


def _held(found: pl.DataFrame, parties: pl.DataFrame) -> pl.DataFrame:
    """Say of each certificate that names a holder whether a party of the parcel is the holder."""
    named = found.filter(
        pl.col("known") & pl.any_horizontal(pl.col("holder_id", "holder_key").is_not_null())
    ).select(*_CLAIM, "issuer", "consignment_id", "holder_id", "holder_key")
    people = parties.select(
        "consignment_id",
        "party_key",
        *(pl.col(name).str.to_uppercase() for name in ("id_number", "tax_id")),
    )
    same = pl.any_horizontal(
        (pl.col("holder_key") == pl.col("party_key")).fill_null(value=False),
        (pl.col("holder_id") == pl.col("id_number")).fill_null(value=False),
        (pl.col("holder_id") == pl.col("tax_id")).fill_null(value=False),
    )
    return (
        named.join(people, on="consignment_id", how="left")
        .group_by([*_CLAIM, "issuer"])
        .agg(of_holder=same.any())
    )


def _drawn(rows: pl.DataFrame, items: pl.DataFrame, register: Certificates) -> pl.DataFrame:
    """Reckon what each line draws, and whether that is still left.

    Order: day of the order, parcel, line; only the first good certificate of a kind is drawn on.
    """
    grams = pl.col("unit").replace_strict(GRAMS, default=None, return_dtype=MASS)
    wants = pl.when(grams.is_not_null()).then(pl.col("net_mass_g") / grams).otherwise("units")
    rows = rows.sort(
        "ordered_day", "consignment_id", "item_no", "position", nulls_last=True
    ).with_columns(quantity=wants.cast(MASS))
    limited = pl.col("in_all").is_not_null()
    fault = pl.when(pl.col("fault").is_null() & limited & pl.col("quantity").is_null()).then(
        pl.lit("quantity_unknown")
    )
    rows = rows.with_columns(fault=pl.coalesce("fault", fault))
    fine = rows.filter(pl.col("fault").is_null()).unique(
        ["_row", "type_code"], keep="first", maintain_order=True
    )
    left = register.left(items.select("consignment_id", "item_no"))
    fine = fine.join(left, on=CERTIFICATE_KEY, how="left", maintain_order="left")
    fits = fine.select(*_CLAIM, "left", drawn=pl.lit(value=True), fits=within_balance(fine))
    rows = rows.join(fits, on=_CLAIM, how="left", maintain_order="left")
    over = pl.when(pl.col("fits").not_()).then(pl.lit("used_up"))
    rows = rows.with_columns(fault=pl.coalesce("fault", over))
    return rows.with_columns(
        state=pl.col("fault").fill_null(GOOD),
        note=_note(),
        quantity=pl.when(pl.col("fault").is_null() & pl.col("drawn")).then("quantity"),
    )


def _note() -> pl.Expr:
    until = pl.col("valid_until").cast(pl.String)
    figures = pl.format("{} {} of {} left before this batch", "left", "unit", "in_all")
    parts = [
        pl.when(pl.col("issuer").fill_null("") != "").then(pl.format("issued by {}", "issuer")),
        pl.when(until.is_not_null()).then(pl.format("valid until {}", until)),
        pl.when(pl.col("left").is_not_null()).then(figures),
        pl.when(pl.col("quantity").is_not_null() & pl.col("left").is_not_null()).then(
            pl.format("this line takes {}", "quantity")
        ),
    ]
    text = pl.concat_str(parts, separator=", ", ignore_nulls=True)
    return pl.when(text == "").then(pl.lit("no limit of date or quantity")).otherwise(text)


def _findings(rows: pl.DataFrame, knowledge: Knowledge, on: dt.date) -> list[pl.DataFrame]:
    seen = pl.format("{} {}", "type_code", "number")
    some = set(rows["state"].unique()) - {GOOD}
    return [
        finding(
            rows,
            pl.col("state") == state,
            f"restrict.certificate_{state}",
            knowledge.findings.severity(f"restrict.certificate_{state}", on),
            field="goods_items.documents",
            seen=seen,
            detail=pl.format("{}: {}", seen, "note")
            if state not in ("unknown", UNCHECKED)
            else seen,
        )
        for state in (UNCHECKED, *FAULTS)
        if state in some
    ]
