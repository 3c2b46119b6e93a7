"""Who says something when: the messages of each view, some late, some missing, some mistyped.

The order is placed; the carrier's manifest, the post's item data and the declaration follow. Each
other message than the order names the order and the parcel's number; in some of them one of these
is typed wrong. Times are UTC. Knows no goods.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from tidewaiter.simulate.config import Config
from tidewaiter.simulate.draws import Flags, Ints, Rng, pick
from tidewaiter.simulate.writing import mistype
from tidewaiter.vocabulary.terms import View

HOUR = 3600
SENT, LATE, MISSING = "sent", "late", "missing"
# Which identifiers a message of a view holds that may be typed wrong, and how often each is.
WRONG = (("order_id",), ("tracking_id",), ("order_id", "tracking_id"))
WRONG_SHARES = (0.45, 0.45, 0.10)


def make_messages(rng: Rng, config: Config, orders: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Give for each view one row a parcel.

    Returns:
        Frames `order, order_id, tracking_id` (as written), `mistyped` (names of those typed
        wrong, `|` between), `message_at, loading_at, arrival_at`, `state` (sent, late or missing).
    """
    count = orders.height
    placed = orders["ordered_at"].to_numpy()
    manifest = placed + _hours(rng, 18, 60, count)
    loading = manifest + _hours(rng, 6, 30, count)
    flight = np.where(
        (orders["mode"] == "air").to_numpy(),
        _hours(rng, 12, 60, count),
        _hours(rng, 48, 160, count),
    )
    arrival = loading + flight
    times = {
        View.ORDER.value: placed,
        View.TRANSPORT.value: manifest,
        View.POSTAL.value: loading - _hours(rng, 2, 6, count),
        View.DECLARATION.value: arrival - _hours(rng, 3, 12, count),
    }
    deadline = {View.DECLARATION.value: arrival}
    missing = _missing(rng, config, count)
    frames = {}
    for view in config.views:
        late = np.zeros(count, dtype=bool)
        if view != View.ORDER:
            late = rng.random(count) < config.shares.late
        after = deadline.get(view, loading) + _hours(rng, 1, 30, count)
        state = np.where(missing[view], 2, np.where(late, 1, 0))
        share = 0.0 if view == View.ORDER else config.shares.typo
        frames[view] = _identifiers(rng, orders, share).with_columns(
            order=pl.int_range(count, dtype=pl.Int64),
            message_at=pl.Series(np.where(late, after, times[view])).dt.replace_time_zone("UTC"),
            loading_at=pl.Series(loading).dt.replace_time_zone("UTC"),
            arrival_at=pl.Series(arrival).dt.replace_time_zone("UTC"),
            state=pl.Series([SENT, LATE, MISSING])[state],
        )
    return frames


def _hours(
    rng: Rng, low: int, high: int, count: int
) -> np.ndarray[tuple[int], np.dtype[np.timedelta64]]:
    return rng.integers(low * HOUR, high * HOUR, count).astype("timedelta64[s]")


def _missing(rng: Rng, config: Config, count: int) -> dict[str, Flags]:
    """Say which messages are never sent: never the order; without orders, not all of a parcel."""
    first, *others = config.views
    missing: dict[str, Flags] = {first: np.zeros(count, dtype=bool)}
    missing |= {view: rng.random(count) < config.shares.missing for view in others}
    if first != View.ORDER and others:
        every = np.logical_and.reduce([missing[view] for view in others])
        missing[first] = (rng.random(count) < config.shares.missing) & ~every
    return missing


def _identifiers(rng: Rng, orders: pl.DataFrame, share: float) -> pl.DataFrame:
    """Give the identifiers as a message holds them, some typed wrong."""
    count = orders.height
    wrong = np.flatnonzero(rng.random(count) < share)
    which = pick(rng, WRONG_SHARES, wrong.size)
    columns = []
    for name in ("order_id", "tracking_id"):
        holds = np.array([name in names for names in WRONG])
        hit: Ints = wrong[holds[which]]
        slipped = mistype(orders[name][hit], rng)
        columns.append(orders[name].clone().scatter(hit, slipped).alias(name))
    said = pl.Series("mistyped", [""]).new_from_index(0, count)
    told = pl.Series(["|".join(names) for names in WRONG])[which]
    return pl.DataFrame([*columns, said.scatter(wrong, told)])
