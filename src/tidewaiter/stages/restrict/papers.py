"""The papers a sender names, and those that are not named although a control asks for one.

`documents` is a JSON list as the formats give it (WCO declarations: category C and type 400, ICS2:
type C400). Read with expressions over distinct texts; what is no list of flat objects is not read.
"""

from __future__ import annotations

import datetime as dt

import polars as pl

from tidewaiter.knowledge.controls import ControlIndex, PaperCheck
from tidewaiter.knowledge.controls.index import NUMBER
from tidewaiter.knowledge.load import Knowledge
from tidewaiter.vocabulary.findings import finding
from tidewaiter.vocabulary.terms import Decision

PAPERS: dict[str, pl.DataType | type[pl.DataType]] = {
    "consignment_id": pl.String,
    "item_no": pl.Int32,
    "type_code": pl.String,
    "number": pl.String,
    "issuer": pl.String,
    "position": pl.UInt32,
}
WANTED: dict[str, pl.DataType | type[pl.DataType]] = {
    "_row": pl.UInt32,
    "consignment_id": pl.String,
    "item_no": pl.Int32,
    "control": NUMBER,
    "type_code": pl.String,
    "check": pl.String,
}
NO_PAPERS_KINDS = ("previous", "information")
NUMBER_KEYS = ("id", "number", "reference")
_OBJECT = r"\{[^{}]*\}"


def read_papers(parcels: pl.DataFrame, items: pl.DataFrame) -> pl.DataFrame:
    """Give the papers named, one row each; `item_no` null for those of the whole parcel.

    Returns:
        `consignment_id, item_no, type_code, number, issuer` (upper case), `position` (in the list).
    """
    of_parcels = parcels.select(
        "consignment_id", pl.lit(None, pl.Int32).alias("item_no"), "documents"
    )
    of_lines = items.select("consignment_id", "item_no", "documents")
    told = [
        rows.filter(pl.col("documents").is_not_null())
        for rows in (of_parcels, of_lines)
        if rows["documents"].null_count() < rows.height
    ]
    if not told:
        return pl.DataFrame(schema=PAPERS)
    rows = pl.concat(told)
    texts = rows.select("documents").unique()
    return rows.join(_read(texts), on="documents").select(PAPERS.keys())


def _read(texts: pl.DataFrame) -> pl.DataFrame:
    """Give `documents, type_code, number, issuer, position` of each distinct text."""

    def said(key: str) -> pl.Expr:
        text = pl.col("object").str.json_path_match(f"$.{key}").str.strip_chars()
        return pl.when(text != "").then(text.str.to_uppercase())

    objects = (
        texts.with_columns(object=pl.col("documents").str.extract_all(_OBJECT))
        .explode("object", empty_as_null=True)
        .drop_nulls("object")
        .with_columns(
            position=pl.int_range(pl.len(), dtype=pl.UInt32).over("documents"),
            kind=pl.col("object").str.json_path_match("$.kind"),
            category=said("category").fill_null(""),
            type=said("type"),
            number=pl.coalesce(said(key) for key in NUMBER_KEYS),
            issuer=said("issuer").fill_null(""),
        )
    )
    code, category = pl.col("type"), pl.col("category")
    whole = pl.when(code.str.starts_with(category)).then(code).otherwise(category + code)
    return objects.filter(
        ~pl.col("kind").is_in(NO_PAPERS_KINDS).fill_null(value=False)
        & code.is_not_null()
        & pl.col("number").is_not_null()
    ).select("documents", "number", "issuer", "position", type_code=whole)


def asked_for(pairs: pl.DataFrame, index: ControlIndex) -> pl.DataFrame:
    """Give each paper that would do for each control that applies to a line (frame `WANTED`)."""
    papers = [
        (number, document.code, document.check.value)
        for number, control in enumerate(index.controls)
        for document in control.documents
    ]
    if not papers or not pairs.height:
        return pl.DataFrame(schema=WANTED)
    schema = {"control": NUMBER, "type_code": pl.String, "check": pl.String}
    rows = pairs.filter("applies").select("_row", "consignment_id", "item_no", "control")
    return rows.join(pl.DataFrame(papers, schema=schema, orient="row"), on="control").select(
        WANTED.keys()
    )


def missing(  # noqa: PLR0913 - what is wanted, what is named, what came of it
    pairs: pl.DataFrame,
    wanted: pl.DataFrame,
    papers: pl.DataFrame,
    claims: pl.DataFrame,
    index: ControlIndex,
    knowledge: Knowledge,
    *,
    on: dt.date,
) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    """Set controls aside whose paper is there and good; find those no paper is named for.

    A control that only tells an agency misses no paper and stays; a paper that is only named sets
    aside only a control that asks.

    Args:
        pairs: lines and controls with their standing.
        wanted: from `asked_for`.
        papers: from `read_papers`.
        claims: what came of the papers held against the register, from `verify`.
        index: controls in force.
        knowledge: severities.
        on: day whose law applies.

    Returns:
        The pairs with the satisfied ones set aside, and findings `restrict.document_missing`.
    """
    decisions = [control.action.decision for control in index.controls]
    telling = [n for n, decision in enumerate(decisions) if decision is Decision.RELEASE]
    asking = [n for n, decision in enumerate(decisions) if decision is Decision.ASK]
    kept = pl.col("check") == PaperCheck.KEPT.value
    wanted = wanted.filter(~kept, ~pl.col("control").is_in(telling))
    if not wanted.height:
        return pairs, []
    named = _named(wanted, papers)
    will_do = (pl.col("check") == PaperCheck.NAMED.value) & pl.col("control").is_in(asking)
    good = named.join(claims, on=["_row", "type_code", "number"], how="left").filter(
        (pl.col("state") == "good") | (pl.col("state").is_null() & will_do)
    )
    if good.height:
        pairs = _satisfied(pairs, good)
    bare = wanted.join(named, on=["_row", "control"], how="anti").unique(
        ["_row", "control"], keep="first", maintain_order=True
    )
    said = [
        f"{control.papers}; {', '.join(map(str, control.agencies))}" for control in index.controls
    ]
    text = pl.Series("detail", said)
    bare = bare.with_columns(detail=text.gather(bare["control"].cast(pl.UInt32)))
    bare = bare.unique(["_row", "detail"], keep="first", maintain_order=True)
    code = "restrict.document_missing"
    severity = knowledge.findings.severity(code, on)
    found = finding(
        bare,
        pl.lit(value=True),
        code,
        severity,
        field="goods_items.documents",
        detail=pl.col("detail").str.strip_chars("; "),
    )
    return pairs, [found]


def _named(wanted: pl.DataFrame, papers: pl.DataFrame) -> pl.DataFrame:
    """Give the wanted papers that are named, for the line or for the whole parcel."""
    named = wanted.join(papers, on=["consignment_id", "type_code"], suffix="_said")
    of_line = pl.col("item_no_said").is_null() | (pl.col("item_no_said") == pl.col("item_no"))
    return named.filter(of_line).drop("item_no_said")


def _satisfied(pairs: pl.DataFrame, good: pl.DataFrame) -> pl.DataFrame:
    why = (
        pl.when(pl.col("state") == "good")
        .then(pl.format("{} {} is in the register and good: {}", "type_code", "number", "note"))
        .otherwise(pl.format("{} {} is named", "type_code", "number"))
    )
    first = (
        good.sort("_row", "control", "position")
        .unique(["_row", "control"], keep="first", maintain_order=True)
        .select("_row", "control", why=why)
    )
    rows = pairs.join(first, on=["_row", "control"], how="left", maintain_order="left")
    hit = pl.col("applies") & pl.col("why").is_not_null()
    return rows.with_columns(
        aside=pl.when(hit).then("why").otherwise("aside"), applies=pl.col("applies") & ~hit
    ).drop("why")
