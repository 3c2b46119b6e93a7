"""The law in force here: the packs of a lane, with the tariff and rates of exchange kept here.

The one place where imported tariffs and rates meet the packs. Made once for each state of what is
kept, so that what stages prepare for a day is prepared once.
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from pathlib import Path

from tidewaiter.knowledge.load import Knowledge, load
from tidewaiter.runtime import exchange
from tidewaiter.runtime.tariff.in_force import Dated, schedules_for, schedules_of_file
from tidewaiter.vocabulary.errors import InputError

STATES_MAX = 32


def lawful(lane: str, *, known_at: dt.date | None = None, tariff: Path | None = None) -> Knowledge:
    """Give the packs of a lane with the tariff and the rates of exchange in force here.

    Args:
        lane: country or union of destination.
        known_at: tariffs as they were known on that day.
        tariff: a pack to use for this run instead of the kept ones.

    Raises:
        InputError: no such lane, a damaged pack, or a tariff of another place.
    """
    plain = load(lane)
    place = plain.regime.jurisdiction
    if tariff is None:
        schedules = schedules_for(place, known_at)
    else:
        of, schedules = schedules_of_file(tariff)
        if of != place:
            raise InputError(
                f"a tariff of {of} cannot be used for {place}.",
                where=str(tariff),
                remedy="Give the lane or destination the tariff is of.",
            )
    rates = exchange.state(plain.regime.pack.path.stem)
    return _with(plain.lane, schedules, rates) if schedules or rates else plain


@lru_cache(maxsize=STATES_MAX)
def _with(lane: str, schedules: Dated, rates: tuple[str, ...]) -> Knowledge:
    knowledge = load(lane)
    if rates:
        knowledge = knowledge.with_regime(exchange.with_rates_in_force(knowledge.regime))
    return knowledge.with_schedules(schedules) if schedules else knowledge


def refuse_later(knowledge: Knowledge, on: dt.date, tariff: Path | None) -> None:
    """Refuse a tariff given for one run that is not yet in force on the day.

    Raises:
        InputError: it begins later.
    """
    if tariff is not None and knowledge.schedule_on(on) is None:
        first = min(day for day, _ in knowledge.schedules)
        raise InputError(
            f"the tariff is valid from {first}, not yet on {on}.",
            where=str(tariff),
            remedy="Ask for a later day, or import it anew with an earlier --valid-from.",
        )
