"""Does a control that touches a line apply to it: condition, phrases, exemptions, threshold.

Gives each pair of line and control its standing: it applies, or it is set aside and why. Pairs
whose condition is not met are left out without a word, as ever.
"""

from __future__ import annotations

import polars as pl

from tidewaiter.knowledge.controls import Control, ControlIndex

PARCEL_COLUMNS = ("nature", "transport_mode", "country_departure", "country_destination")
LINE_KEYS = ("consignment_id", "item_no")


def weigh(
    pairs: pl.DataFrame, items: pl.DataFrame, parcels: pl.DataFrame, index: ControlIndex
) -> pl.DataFrame:
    """Say of each pair whether the control applies.

    Args:
        pairs: from `touched`.
        items: goods items with `_row`.
        parcels: the consignments.
        index: controls in force.

    Returns:
        The pairs with `consignment_id`, `item_no`, `applies` and `aside` (why it does not).
    """
    applies = pl.any_horizontal(pl.col("still", "declared", "taken").is_not_null())
    meaning = pl.format("'{}' stands in '{}'", "word", "phrase")
    numbers = pairs["control"].unique().to_list()
    judged = [n for n in numbers if _has_conditions(index.controls[n])]
    rows = pairs.with_columns(applies=applies).with_columns(
        aside=pl.when(~pl.col("applies")).then(meaning)
    )
    if not judged:
        keys = items.select("_row", *LINE_KEYS)
        return rows.join(keys, on="_row", how="left", maintain_order="left")
    columns = _columns([index.controls[n] for n in judged])
    facts = items.select("_row", *LINE_KEYS, *(c for c in columns if c in items.columns))
    rows = rows.join(facts, on="_row", how="left", maintain_order="left")
    extra = [c for c in columns if c not in items.columns]
    if extra:
        rows = rows.join(
            parcels.select("consignment_id", *extra),
            on="consignment_id",
            how="left",
            maintain_order="left",
        )
    plain = rows.filter(~pl.col("control").is_in(judged))
    parts = [_judge(rows.filter(pl.col("control") == n), index.controls[n]) for n in judged]
    return pl.concat([plain, *parts]).drop(columns).sort("_row", "control")


def _has_conditions(control: Control) -> bool:
    return bool(control.condition or control.exemptions or control.threshold)


def _columns(controls: list[Control]) -> list[str]:
    """Give the columns the conditions speak of, sorted."""
    said: set[str] = set()
    for control in controls:
        said.update(control.when.meta.root_names())
        for exemption in control.exemptions:
            said.update(exemption.when.meta.root_names())
        if control.threshold:
            said.update(control.threshold.when.meta.root_names())
            said.update(column for column, _ in control.threshold.most)
    return sorted(said)


def _judge(rows: pl.DataFrame, control: Control) -> pl.DataFrame:
    """Apply one control's condition, exemptions and threshold to its rows."""
    rows = rows.filter(control.when)
    for exemption in control.exemptions:
        why = pl.lit(f"{exemption.why} ({exemption.source})")
        rows = _set_aside(rows, exemption.when, why)
    threshold = control.threshold
    if threshold is None:
        return rows
    small = threshold.when
    for column, most in threshold.most:
        of_parcel = pl.col(column).filter(pl.col("applies"))
        known = of_parcel.has_nulls().over("consignment_id").not_()
        small = small & known & (of_parcel.sum().over("consignment_id") <= most)
    return _set_aside(rows, small, pl.lit(f"{threshold.why} ({threshold.source})"))


def _set_aside(rows: pl.DataFrame, when: pl.Expr, why: pl.Expr) -> pl.DataFrame:
    hit = pl.col("applies") & when
    return rows.with_columns(
        aside=pl.when(hit).then(why).otherwise("aside"), applies=pl.col("applies") & ~hit
    )
