"""Facts: what each party says of a parcel as a whole, in a form that can be set side by side.

One row a message (pieces of one message are one). Names stand here to be compared and go nowhere
else.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from tidewaiter.stages.fuse.keys import RECEIVING_ROLES
from tidewaiter.stages.fuse.sections import Section
from tidewaiter.vocabulary.columns import FRAMES
from tidewaiter.vocabulary.terms import Role, View

ASKED = {
    "consignments": (
        "total_value",
        "total_currency",
        "freight",
        "freight_currency",
        "gross_mass_g",
        "country_departure",
        "country_destination",
    ),
    "goods_items": (
        "title",
        "description",
        "category_path",
        "description_quality",
        "hs_code",
        "declared_value",
        "declared_currency",
        "net_mass_g",
        "gross_mass_g",
    ),
    "parties": ("name", "company"),
}


def facts(sections: Mapping[str, Section]) -> pl.DataFrame:
    """Gather what each message says of parcels that several messages speak of.

    Args:
        sections: the merged frames by name; their `rows` are what was said.

    Returns:
        `order` (number of the parcel), `consignment_id`, `contribution_id, view, unit, weight,
        value, currency, freight` (Float64, for comparison only), `mass` (Float64 grams), `lines,
        goods` (all words said of the goods), `vague` (every line vague), `headings` (tariff codes
        said), `departure, destination, receiver, seller`.
    """
    rows = _whole(sections["consignments"].rows, "consignments")
    first = rows.sort("lines_before", "weight").unique("unit", keep="first", maintain_order=True)
    said = first.select(
        "order",
        "contribution_id",
        "view",
        "unit",
        "weight",
        "total_value",
        "total_currency",
        consignment_id="parcel",
        freight=pl.when(pl.col("freight_currency").eq_missing(pl.col("total_currency"))).then(
            pl.col("freight").cast(pl.Float64)
        ),
        mass=pl.col("gross_mass_g").cast(pl.Float64),
        departure="country_departure",
        destination="country_destination",
    )
    said = said.join(
        _goods(_whole(sections["goods_items"].rows, "goods_items")), on="unit", how="left"
    )
    parties = _whole(sections["parties"].rows, "parties")
    receiver = _named(parties.filter(pl.col("view") != View.PAYMENT.value), RECEIVING_ROLES)
    seller = _named(parties, (Role.SELLER.value,))
    return (
        said.join(receiver.rename({"name": "receiver"}), on="unit", how="left")
        .join(seller.rename({"name": "seller"}), on="unit", how="left")
        .with_columns(
            value=pl.coalesce("total_value", "lines_value").cast(pl.Float64),
            currency=pl.when(pl.col("total_value").is_not_null())
            .then("total_currency")
            .otherwise("lines_currency"),
            mass=pl.coalesce("mass", "lines_mass"),
        )
    )


def _goods(items: pl.DataFrame) -> pl.DataFrame:
    lines = items.select(
        "unit",
        "declared_value",
        "declared_currency",
        mass=pl.coalesce("gross_mass_g", "net_mass_g").cast(pl.Float64),
        goods=pl.concat_str(
            "title", "description", "category_path", separator=" ", ignore_nulls=True
        ),
        vague=pl.col("description_quality").eq("vague").fill_null(value=False),
        heading="hs_code",
    )
    repeated = lines["unit"].is_duplicated()
    one = lines.filter(~repeated).select(
        "unit",
        lines=pl.lit(1, pl.UInt32),
        lines_value="declared_value",
        lines_currency="declared_currency",
        lines_mass="mass",
        goods="goods",
        vague="vague",
        headings=pl.concat_list("heading").list.drop_nulls(),
    )
    several = (
        lines.filter(repeated)
        .group_by("unit")
        .agg(
            lines=pl.len(),
            lines_value=_sum_if_all("declared_value"),
            lines_currency=pl.when(pl.col("declared_currency").n_unique() == 1).then(
                pl.col("declared_currency").first()
            ),
            lines_mass=_sum_if_all("mass"),
            goods=pl.col("goods").drop_nulls().str.join(" "),
            vague=pl.col("vague").all(),
            headings=pl.col("heading").drop_nulls(),
        )
    )
    return pl.concat([one, several])


def _sum_if_all(column: str) -> pl.Expr:
    return pl.when(pl.col(column).null_count() == 0).then(pl.col(column).sum())


def _named(parties: pl.DataFrame, roles: tuple[str, ...]) -> pl.DataFrame:
    rank = pl.col("role").replace_strict(roles, range(len(roles)), return_dtype=pl.Int8)
    return (
        parties.filter(pl.col("role").is_in(roles))
        .select("unit", "role", name=pl.coalesce("name", "company"))
        .drop_nulls("name")
        .sort(rank, maintain_order=True)
        .unique("unit", keep="first", maintain_order=True)
        .drop("role")
    )


def _whole(rows: pl.DataFrame, name: str) -> pl.DataFrame:
    """Give the columns asked for that nobody told, as nulls."""
    schema = FRAMES[name].schema
    missing = [c for c in ASKED[name] if c not in rows.columns]
    return rows.with_columns(pl.lit(None, dtype=schema[c]).alias(c) for c in missing)
