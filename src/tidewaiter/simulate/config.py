"""What a simulated world is asked to be: seed, size, lane, days, views and shares of each fault.

Every share is an input, never a constant in the code that uses it (requirement X7). Knows no law:
the lane's limit and rates come from its regime pack.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, fields

from tidewaiter.knowledge.load import lanes
from tidewaiter.vocabulary.errors import InputError, unknown_name
from tidewaiter.vocabulary.terms import View

PARCELS_MAX = 50_000_000
DAYS_MAX = 366
START = dt.date(2026, 10, 26)
VIEWS = (View.ORDER.value, View.TRANSPORT.value, View.POSTAL.value, View.DECLARATION.value)


@dataclass(frozen=True, slots=True)
class Shares:
    """How often each thing happens, 0-1.

    Args:
        split: of the days on which a person buys: one purchase cut into orders below the limit.
        rewrite: of the later orders of such a day: name or address is written differently.
        vary: of all other orders: the same, honestly (another profile, an abbreviation).
        undervalue: of the parcels: declared below the price paid.
        vague: of the goods items that are not controlled: described vaguely.
        restricted: of the goods items (outside splits): goods a control is about.
        look_alike: of the goods items (outside splits): innocent goods whose words look like it.
        typo: of the messages other than orders: an identifier is typed wrong.
        missing: of the messages other than orders, where there are several views: never sent.
        late: of the messages other than orders: sent after loading (declarations: after arrival).
        wrong_code: of the declared tariff codes: of another product.
    """

    split: float = 0.03
    rewrite: float = 0.7
    vary: float = 0.03
    undervalue: float = 0.04
    vague: float = 0.04
    restricted: float = 0.03
    look_alike: float = 0.02
    typo: float = 0.05
    missing: float = 0.03
    late: float = 0.05
    wrong_code: float = 0.05


@dataclass(frozen=True, slots=True)
class Config:
    """A world to be simulated; the same config gives the same bytes.

    Args:
        seed: whole number from 0.
        parcels: how many orders; one order is one parcel.
        lane: regime of the destination (`AE`, `EU`, `GB`, `US`).
        start: first day on which anyone orders.
        days: how many days.
        views: which sides speak of the parcels, of `VIEWS`.
        shares: how often each fault happens.
    """

    seed: int
    parcels: int
    lane: str = "AE"
    start: dt.date = START
    days: int = 28
    views: tuple[str, ...] = (View.ORDER.value,)
    shares: Shares = field(default_factory=Shares)


def checked(config: Config) -> Config:
    """Give the config with its lane in capitals and its views in the order of `VIEWS`.

    Raises:
        InputError: anything out of range; all faults in one sentence.
    """
    faults = [
        f"{name} must be from {low} to {high:,}, not {value}"
        for name, value, low, high in (
            ("seed", config.seed, 0, 2**63),
            ("parcels", config.parcels, 1, PARCELS_MAX),
            ("days", config.days, 1, DAYS_MAX),
        )
        if not low <= value <= high
    ]
    faults += [
        f"share {part.name} must be from 0 to 1, not {getattr(config.shares, part.name)}"
        for part in fields(config.shares)
        if not 0 <= getattr(config.shares, part.name) <= 1
    ]
    if config.shares.restricted + config.shares.look_alike > 1:
        faults.append("shares restricted and look_alike must be at most 1 together")
    if not config.views:
        faults.append(f"views must name at least one of {', '.join(VIEWS)}")
    if faults:
        raise InputError(f"{'; '.join(faults)}.", where="simulate", remedy="Mend these and retry.")
    for view in config.views:
        if view not in VIEWS:
            raise unknown_name("view of the simulator", view, VIEWS)
    lane = config.lane.strip().upper()
    if lane not in lanes():
        raise unknown_name("lane", config.lane, lanes())
    return Config(
        seed=config.seed,
        parcels=config.parcels,
        lane=lane,
        start=config.start,
        days=config.days,
        views=tuple(view for view in VIEWS if view in config.views),
        shares=config.shares,
    )
