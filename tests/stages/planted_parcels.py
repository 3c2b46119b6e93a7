"""A planted world of parcels seen from up to four sides, with errors, and the truth.

Used by the tests and the bench of `fuse`. Each parcel is told of by an order, a payment, a
transport manifest and a declaration (or a postal item in its place), each in its own words: names
written differently, identifiers with typing errors (one letter changed, dropped or swapped), values
with freight or in another currency, fields left out, parcels that only one or two sides saw, and
near-twins: the same person ordering twice from the same seller on the same day. Order numbers are
dense, so that an error often hits another parcel's number.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import polars as pl

from tests.stages.planted_persons import GIVEN, STREETS, SURNAMES, SYLLABLES, _words
from tidewaiter.vocabulary.batch import Batch, conform

VIEWS = ("order", "payment", "transport", "postal", "declaration")
GOODS = _words(
    "cotton t-shirt,leather wallet,wireless earbuds,ceramic mug,toy car,steel water bottle,"
    "yoga mat,phone case,desk lamp,running shoes,silk scarf,wall clock,board game,usb cable,"
    "kitchen scale,rain jacket,sun glasses,face cream,notebook,guitar strings"
)
COLOURS = _words("red,blue,green,black,white,grey,pink,brown")
CURRENCIES = (("EUR", 1.0), ("USD", 1.1), ("CNY", 7.8))


@dataclass(frozen=True)
class Sides:
    """A batch ready for `fuse`, and the truth: `contribution_id, parcel`."""

    batch: Batch
    truth: pl.DataFrame


def planted(
    seed: int,
    parcels: int,
    *,
    typo_share: float = 0.05,
    twin_share: float = 0.05,
    missing_share: float = 0.05,
    lonely_share: float = 0.1,
    quoting_share: float = 0.6,
) -> Sides:
    """Make a world.

    Args:
        seed: of the random source.
        parcels: how many.
        typo_share: chance of a typing error in each identifier as each side writes it.
        twin_share: share of parcels that are a near-twin of the one before.
        missing_share: chance that a side leaves out a field.
        lonely_share: share of parcels that only one or two sides saw.
        quoting_share: chance that a side quotes another side's number beside its own.
    """
    rng = np.random.default_rng(seed)
    base = _parcels(rng, parcels, twin_share)
    frames = [
        _side(rng, base, view, (typo_share, missing_share, quoting_share))
        for view in ("order", "payment", "transport", "final")
    ]
    seen = rng.random((parcels, 4)) < 0.5
    seen[np.arange(parcels), rng.integers(0, 4, parcels)] = True
    lonely = rng.random(parcels) < lonely_share
    rows = pl.concat(
        [frame.filter(pl.Series(~lonely | seen[:, number])) for number, frame in enumerate(frames)]
    )
    rows = rows[rng.permutation(rows.height)].with_row_index("position", offset=1)
    return Sides(_batch(rows), rows.select("contribution_id", "parcel"))


def scores(pairing: pl.DataFrame, truth: pl.DataFrame) -> dict[str, float]:
    """Give precision, recall and F1 over pairs of messages of one parcel."""
    keyed = truth.join(pairing, on="contribution_id", how="left")

    def pairs(*by: str) -> int:
        size = keyed.group_by(*by).len()["len"].cast(pl.Int64)
        return int((size * (size - 1) // 2).sum())

    both, true, said = pairs("parcel", "consignment_id"), pairs("parcel"), pairs("consignment_id")
    precision, recall = both / max(said, 1), both / max(true, 1)
    return {
        "precision": precision,
        "recall": recall,
        "f1": 2 * precision * recall / max(precision + recall, 1e-9),
    }


def _parcels(rng: np.random.Generator, parcels: int, twin_share: float) -> pl.DataFrame:
    def choice(words: list[str] | tuple[str, ...]) -> np.ndarray:
        return np.asarray(words, dtype=object)[rng.integers(0, len(words), parcels)]

    syllables = np.asarray(SYLLABLES, dtype=object)[rng.integers(0, len(SYLLABLES), (parcels, 3))]
    made = np.asarray([word.title() for word in syllables.sum(axis=1)], dtype=object)
    common = rng.random(parcels) < 0.5
    surnames = np.where(common, choice(SURNAMES), made)
    first = int(rng.integers(10**6, 10**7))
    frame = pl.DataFrame(
        {
            "parcel": np.arange(parcels),
            "given": choice(GIVEN),
            "surname": surnames,
            "door": rng.integers(1, 990, parcels),
            "building": rng.integers(1, 400, parcels),
            "street": choice(STREETS),
            "postcode": rng.integers(10_000, 99_999, parcels).astype(str),
            "phone": rng.integers(500_000_000, 599_999_999, parcels).astype(str),
            "day": rng.integers(0, 28, parcels),
            "cents": rng.integers(300, 40_000, parcels),
            "grams": rng.integers(20, 5_000, parcels),
            "colour": choice(COLOURS),
            "good": choice(GOODS),
            "order_id": [f"ORD{first + number:010d}" for number in range(parcels)],
            "tracking_id": [
                f"RR{number:09d}CN" for number in rng.choice(10**9, parcels, replace=False)
            ],
            "payment_id": [f"PAY{number:08X}" for number in rng.integers(0, 2**32, parcels)],
        },
        strict=False,
    ).cast({"given": pl.String, "surname": pl.String, "street": pl.String})
    twin = pl.Series(rng.random(parcels) < twin_share)
    person = ("given", "surname", "door", "building", "street", "postcode", "phone", "day")
    return frame.with_columns(
        pl.when(twin & (pl.col("parcel") > 0)).then(pl.col(c).shift(1)).otherwise(c).alias(c)
        for c in person
    )


def _side(
    rng: np.random.Generator,
    base: pl.DataFrame,
    view: str,
    shares: tuple[float, float, float],
) -> pl.DataFrame:
    typo_share, missing_share, quoting_share = shares
    n = base.height
    postal = rng.random(n) < 0.5
    views = np.where(postal, "postal", "declaration") if view == "final" else np.full(n, view)
    order_id, tracking, payment = (
        _mistyped(rng, base[c].to_list(), typo_share)
        for c in ("order_id", "tracking_id", "payment_id")
    )
    refers = rng.random(n) < quoting_share
    none = np.full(n, None, dtype=object)
    own = {"order": order_id, "payment": payment, "transport": tracking, "final": tracking}[view]
    ids = {
        "order_id": {"order": order_id, "payment": order_id}.get(view, none),
        "payment_id": payment if view == "payment" else none,
        "tracking_id": {"transport": tracking, "final": np.where(postal, tracking, None)}.get(
            view, np.where(refers, tracking, None) if view == "order" else none
        ),
        "house_document": np.where(postal, None, tracking) if view == "final" else none,
        "ucr": np.where(refers, order_id, None) if view in ("transport", "final") else none,
    }
    frame = base.select("parcel", "postcode", "phone", "day", "cents", "grams", "colour", "good")
    return frame.with_columns(
        pl.Series("view", views.tolist(), dtype=pl.String),
        pl.Series("own", list(own), dtype=pl.String),
        pl.Series("contribution_id", [f"{view}:{p:032x}" for p in base["parcel"]]),
        *(pl.Series(c, list(values), dtype=pl.String) for c, values in ids.items()),
        *_told(rng, base, view),
    ).with_columns(
        pl.when(pl.Series(rng.random(n) >= missing_share)).then(c).alias(c)
        for c in ("name", "address", "postcode", "phone", "value", "mass", "words", "date")
    )


def _told(rng: np.random.Generator, base: pl.DataFrame, view: str) -> list[pl.Series]:
    n = base.height
    dice = rng.random((n, 4))
    names = [
        _name(given, surname, luck)
        for given, surname, luck in zip(base["given"], base["surname"], dice[:, 0], strict=True)
    ]
    addresses = [
        _address(parts, luck)
        for parts, luck in zip(
            base.select("door", "building", "street").rows(), dice[:, 1], strict=True
        )
    ]
    freight = np.where((view != "order") & (dice[:, 2] < 0.3), 1 + dice[:, 3] * 0.2, 1.0)
    currency = rng.choice(3, n, p=(0.85, 0.1, 0.05))
    rate = np.asarray([CURRENCIES[c][1] for c in currency])
    value = np.round(base["cents"].to_numpy() / 100 * freight * rate, 2)
    words = base.select(
        pl.when(pl.Series(dice[:, 2] < 0.6))
        .then(pl.format("{} {}", "colour", "good"))
        .otherwise("good")
    ).to_series()
    empty = pl.Series([None], dtype=pl.String).new_from_index(0, n)
    pays = view == "payment"
    grams = base["grams"].cast(pl.Float64).to_numpy() * (1 + (dice[:, 3] - 0.5) * 0.1)
    late = {"order": 0, "payment": 0, "transport": 2, "final": 3}[view]
    dates = base.select(pl.lit(dt.date(2026, 3, 2)) + pl.duration(days=pl.col("day") + late))
    return [
        pl.Series("name", names),
        (empty if pays else pl.Series(addresses)).alias("address"),
        (empty if pays else base["postcode"]).alias("postcode"),
        (
            base["phone"]
            if view == "order"
            else base["phone"].zip_with(pl.Series(dice[:, 0] < 0.4), empty)
        ).alias("phone"),
        pl.Series("value", value),
        pl.Series("currency", [CURRENCIES[c][0] for c in currency]),
        pl.Series("mass", np.round(grams))
        if view in ("transport", "final")
        else pl.Series("mass", [None] * n, dtype=pl.Float64),
        (empty if pays else words).alias("words"),
        dates.to_series().alias("date"),
    ]


def _name(given: str, surname: str, luck: float) -> str:
    if luck < 0.1:
        return f"{given[0]}. {surname}"
    if luck < 0.2:
        return f"{surname}, {given}"
    if luck < 0.3:
        return f"{given} {surname}".upper()
    if luck < 0.36 and len(surname) > 4:
        return f"{given} {surname[:2]}{surname[3]}{surname[2]}{surname[4:]}"
    return f"{given} {surname}"


def _address(parts: tuple[int, int, str], luck: float) -> str:
    door, building, street = parts
    if luck < 0.2:
        return f"Apt {door}, Bldg {building}, {street}, Abu Dhabi"
    if luck < 0.3:
        return f"{building} {street}, Abu Dhabi"
    text = f"Flat {door}, Building {building}, {street}, Abu Dhabi"
    return text.upper() if luck < 0.4 else text


def _mistyped(rng: np.random.Generator, ids: list[str], share: float) -> np.ndarray:
    out = np.asarray(ids, dtype=object)
    for row in np.flatnonzero(rng.random(len(ids)) < share):
        text = ids[row]
        at = int(rng.integers(0, len(text) - 1))
        kind = rng.integers(3)
        if kind == 0:
            out[row] = text[:at] + "0123456789"[int(rng.integers(10))] + text[at + 1 :]
        elif kind == 1:
            out[row] = text[:at] + text[at + 1 :]
        else:
            out[row] = text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return out


def _batch(rows: pl.DataFrame) -> Batch:
    keys = (pl.col("own").alias("consignment_id"), pl.col("contribution_id"))
    moment = pl.col("date").cast(pl.Datetime("us", "UTC"))
    ordered = pl.col("view").is_in(("order", "payment"))
    frames = {
        "consignments": rows.select(
            *keys,
            "order_id",
            "payment_id",
            "tracking_id",
            "house_document",
            "ucr",
            ordered_day=pl.when(ordered).then("date"),
            message_at=moment,
            total_value="value",
            total_currency="currency",
            gross_mass_g="mass",
            item_count=pl.lit(1),
            country_destination=pl.lit("AE"),
        ),
        "goods_items": rows.filter(pl.col("view") != "payment").select(
            *keys,
            item_no=pl.lit(1),
            description="words",
            declared_value="value",
            declared_currency="currency",
        ),
        "parties": rows.select(
            *keys,
            "name",
            "address",
            "postcode",
            "phone",
            role=pl.when(pl.col("view") == "payment")
            .then(pl.lit("buyer"))
            .otherwise(pl.lit("consignee")),
        ),
        "contributions": rows.select(
            "contribution_id",
            "view",
            "position",
            consignment_id="own",
            format="view",
            source="view",
        ),
    }
    return Batch(**{name: conform(f, name, ("formats", "check")) for name, f in frames.items()})
