"""Clusters: which persons of a day are one, and in whose name.

Pairs that say equally much join outright. A writing that says less (an initial, a word or number
left out) joins a fuller person only where that is the only one it can be; else it stays apart and
is reported. The group goes under its fullest writing.
"""

from __future__ import annotations

import polars as pl

from tidewaiter.knowledge.matching import Matching
from tidewaiter.stages.link.candidates import candidate_pairs, form_features
from tidewaiter.stages.link.compare import LEFT, score_pairs
from tidewaiter.stages.link.names import without_two_names
from tidewaiter.vocabulary.components import Nodes, components

ROUNDS_MAX = 4
CLEARLY_BETTER_BITS = 3.0  # a fuller person that fits better by this leaves no doubt
DAY_SEED = 20_260_105
EXACT, SIMILAR, SINGLE = "exact", "similar", "single"
_SAID = {
    "typo": "typing error in the name",
    "typos": "typing errors in the name",
    "initial": "initial for a name",
    "extra": "further name on one side",
    "alike": "address worded differently",
    "part": "part of the address left out",
    "number": "typing error in a number of the address",
    "missing": "no address on one side",
    "differ": "other address, same telephone or e-mail",
}


def group_persons(
    persons: pl.DataFrame, writings: pl.DataFrame, matching: Matching
) -> pl.DataFrame:
    """Group the persons of each day.

    Args:
        persons: one row a parcel: `consignment_id, day, form, email, phone, person`.
        writings: one row a form: `form, name, address`.
        matching: the matching packs.

    Returns:
        One row a parcel, in order: `consignment_id`, `person` (UInt64 id of the group's person,
        null without identity), `person_match` (exact, similar, single), `similar_detail`,
        `ambiguous_detail` (null where there is nothing to say).
    """
    rows = persons.with_columns((pl.col("person") ^ pl.col("day").hash(DAY_SEED)).alias("key"))
    nodes = (
        rows.filter(pl.col("key").is_not_null() & pl.col("day").is_not_null())
        .group_by("key", maintain_order=True)
        .agg(pl.col("day", "person", "form", "email", "phone").first(), parcels=pl.len())
    )
    links = _links(nodes, writings, matching) if nodes.height > 1 else None
    if links is None or not links.height:
        told = nodes.select("key", "person", person_match=_match(pl.lit(1)))
        return _spread(rows, told)
    nodes = nodes.with_row_index("node")
    label, used, unsure = _joined(nodes.height, links)
    nodes = nodes.with_columns(pl.Series("group", label))
    told = nodes.join(_groups(nodes, writings), on="group", how="left").with_columns(
        pl.coalesce("person_right", "person").alias("person"),
        pl.coalesce("parcels_right", "parcels").alias("parcels"),
        pl.col("size").fill_null(1),
    )
    told = told.with_columns(_match(pl.col("size")).alias("person_match"))
    return _spread(rows, told, _similar(rows, told, used, matching), unsure)


def _groups(nodes: pl.DataFrame, writings: pl.DataFrame) -> pl.DataFrame:
    """Size, parcels and fullest writing of each group of more than one writing."""
    several = nodes.filter(pl.col("group").is_duplicated())
    named = several.join(writings.select("form", "name"), on="form", how="left")
    name = pl.col("name")
    fullest = named.sort(
        name.str.contains(r"(?:^| )\S(?: |$)"),
        -name.str.count_matches(" ", literal=True).cast(pl.Int64),
        -pl.col("parcels").cast(pl.Int64),
        -name.str.len_chars().cast(pl.Int64),
        "name",
        "person",
    )
    return fullest.group_by("group", maintain_order=True).agg(
        pl.col("person").first(), pl.col("parcels").sum(), size=pl.len()
    )


def _links(nodes: pl.DataFrame, writings: pl.DataFrame, matching: Matching) -> pl.DataFrame:
    forms = writings.join(nodes.select("form").unique(), on="form", how="semi")
    forms = form_features(forms, matching).with_row_index("at")
    nodes = nodes.with_row_index("node").join(
        forms.select("form", "at"), on="form", how="left", maintain_order="left"
    )
    pairs = candidate_pairs(nodes, forms, matching)
    if not pairs.height:
        return pairs
    scored = score_pairs(pairs, nodes, forms, matching)
    return without_two_names(scored, nodes, forms, matching)


def _joined(count: int, links: pl.DataFrame) -> tuple[Nodes, pl.DataFrame, pl.DataFrame]:
    strong = links.filter(pl.col("lesser") == 0)
    weak = links.filter(pl.col("lesser") != 0).with_columns(
        low=pl.when(pl.col("lesser") == LEFT).then("left").otherwise("right"),
        high=pl.when(pl.col("lesser") == LEFT).then("right").otherwise("left"),
    )
    label = _labels(count, strong)
    for _ in range(ROUNDS_MAX):
        choices = _choices(weak, label)
        sure = choices.filter(pl.col("choices") == 1)
        if not sure.height:
            break
        strong = pl.concat([strong, weak[sure["row"]].select(strong.columns)])
        settled = pl.Series(label).gather(weak["low"]).is_in(sure["group_low"].unique().implode())
        weak = weak.filter(~settled)
        label = _labels(count, strong)
    unsure = choices.filter(pl.col("choices") > 1).select(node="low", choices="choices")
    return label, strong, unsure.unique("node")


def _labels(count: int, edges: pl.DataFrame) -> Nodes:
    ends = (edges[c].cast(pl.Int64).to_numpy() for c in ("left", "right"))
    return components(count, *ends)


def _choices(weak: pl.DataFrame, label: Nodes) -> pl.DataFrame:
    """For each writing that says less, the fuller persons that fit it (about) best."""
    group = pl.Series(label)
    sides = weak.select("low", "high", "score").with_row_index("row")
    sides = sides.with_columns(
        group.gather(weak["low"]).alias("group_low"), group.gather(weak["high"]).alias("group_high")
    )
    score = pl.col("score")
    return (
        sides.filter(pl.col("group_low") != pl.col("group_high"))
        .with_columns(score.max().over("group_low", "group_high"))
        .filter(score > score.max().over("group_low") - CLEARLY_BETTER_BITS)
        .with_columns(pl.col("group_high").n_unique().over("group_low").alias("choices"))
    )


def _match(size: pl.Expr) -> pl.Expr:
    return (
        pl.when(size > 1)
        .then(pl.lit(SIMILAR))
        .when(pl.col("parcels") > 1)
        .then(pl.lit(EXACT))
        .otherwise(pl.lit(SINGLE))
    )


def _similar(
    rows: pl.DataFrame, told: pl.DataFrame, used: pl.DataFrame, matching: Matching
) -> pl.DataFrame:
    named = int(matching.link["limit"]["parcels_named_max"])
    said = used.select(
        pl.Series("group", told["group"].gather(used["left"])),
        pl.concat_list("name_level", "address_level").alias("level"),
    ).explode("level")
    kinds = (
        said.with_columns(pl.col("level").replace_strict(_SAID, default=None))
        .drop_nulls()
        .group_by("group")
        .agg(pl.col("level").unique().sort().str.join("; ").alias("kinds"))
    )
    parcels = (
        rows.select("consignment_id", "key")
        .join(told.filter(pl.col("size") > 1).select("key", "group"), on="key")
        .group_by("group")
        .agg(
            pl.col("consignment_id").unique().sort().head(named).str.join(", ").alias("ids"),
            pl.len().alias("count"),
        )
    )
    more = pl.when(pl.col("count") > named).then(
        pl.format(" and {} more", pl.col("count").cast(pl.Int64) - named)
    )
    groups = told.filter(pl.col("size") > 1).join(kinds, on="group", how="left")
    return groups.join(parcels, on="group").select(
        "key",
        similar_detail=pl.concat_str(
            pl.format("{} writings of one person on this day ({}); parcels ", "size", "kinds"),
            "ids",
            more.fill_null(""),
        ),
    )


def _spread(
    rows: pl.DataFrame,
    told: pl.DataFrame,
    similar: pl.DataFrame | None = None,
    unsure: pl.DataFrame | None = None,
) -> pl.DataFrame:
    none = pl.lit(None, dtype=pl.String)
    found = rows.select("consignment_id", "key", own="person").join(
        told.select("key", "person", "person_match"), on="key", how="left", maintain_order="left"
    )
    found = found.with_columns(
        pl.coalesce("person", "own").alias("person"), pl.col("person_match").fill_null(SINGLE)
    )
    if similar is None or unsure is None:
        return found.with_columns(similar_detail=none, ambiguous_detail=none)
    doubts = told.join(unsure, on="node").select(
        "key",
        ambiguous_detail=pl.format(
            "the writing fits {} persons of this day; counted apart", "choices"
        ),
    )
    return found.join(similar, on="key", how="left", maintain_order="left").join(
        doubts, on="key", how="left", maintain_order="left"
    )
