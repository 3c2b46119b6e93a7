"""Looking certificates up: all of them with what is left, or one on a day."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl

from tidewaiter.knowledge.certificates import Certificates
from tidewaiter.runtime.certificates.store import load_certificates
from tidewaiter.vocabulary.certificate_frames import CERTIFICATE_KEY
from tidewaiter.vocabulary.errors import InputError

USES_SHOWN_MAX = 50


def listed(on: dt.date) -> list[dict[str, Any]]:
    """Give all certificates with their state on a day and what is left."""
    held = load_certificates()
    return [_plain(row) for row in _with_state(held, on).to_dicts()]


def check(type_code: str, number: str, on: dt.date, issuer: str = "") -> list[dict[str, Any]]:
    """Give the certificates of a type and number with their state on a day and their uses.

    Raises:
        InputError: none is in the register.
    """
    held = load_certificates()
    rows = _with_state(held, on).filter(
        pl.col("type_code") == type_code.strip().upper(),
        pl.col("number") == number.strip().upper(),
    )
    if issuer:
        rows = rows.filter(pl.col("issuer") == issuer.strip().upper())
    if not rows.height:
        raise InputError(
            f"the register holds no {type_code} {number}.",
            remedy="Check type and number, or add it: `tidewaiter certificates add --help`.",
        )
    uses = held.uses.filter(pl.col("quantity") > 0).join(
        rows.select(CERTIFICATE_KEY), on=list(CERTIFICATE_KEY), how="semi"
    )
    columns = ["issuer", "consignment_id", "item_no", "quantity", "unit", "on"]
    shown = [_plain(row) for row in uses.select(columns).head(USES_SHOWN_MAX).to_dicts()]
    return [
        _plain(row)
        | {
            "uses": [use for use in shown if use["issuer"] == row["issuer"]],
            "uses_in_all": uses.filter(pl.col("issuer") == row["issuer"]).height,
        }
        for row in rows.to_dicts()
    ]


def _with_state(held: Certificates, on: dt.date) -> pl.DataFrame:
    day = pl.lit(on)
    state = (
        pl.when(pl.col("revoked_on") <= day)
        .then(pl.lit("revoked"))
        .when(pl.coalesce("valid_from", "issued_on") > day)
        .then(pl.lit("not yet valid"))
        .when(pl.col("valid_until") < day)
        .then(pl.lit("expired"))
        .when(pl.col("left") <= 0)
        .then(pl.lit("used up"))
        .otherwise(pl.lit("good"))
    )
    rows = held.register.join(
        held.left(), on=list(CERTIFICATE_KEY), how="left", maintain_order="left"
    )
    return rows.with_columns(state=state)


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {
        key: value if value is None or isinstance(value, int | str | list) else str(value)
        for key, value in row.items()
    }
