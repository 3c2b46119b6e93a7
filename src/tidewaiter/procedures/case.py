"""A case and what happens to it: frozen records, no behaviour beyond identity.

All times are UTC. Data hold what the procedure's pack declares as fields: text, words, whole
numbers, flags, and times as ISO 8601 text; no personal data.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

#: events a case may hold, taken and refused together: more is a fault of the sender
EVENTS_MAX = 500


def digest(said: list[Any]) -> str:
    """Give a short name for something that was said: the same for the same, 32 hex digits."""
    text = json.dumps(said, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Opening:
    """What a case begins with.

    Args:
        procedure: name of a procedure pack.
        case_id: name of the case.
        consignment_id: the parcel it is about.
        at: when it begins.
        actor: who opens it, one of `knowledge.procedures.ACTORS`.
        by: who exactly: a login or a partner id.
        data: fields known at the start.
        country: whose working days count where the law says "of the case" (`DE`, `GB-NIR`).
        zone: where the day ends (`America/New_York`).
    """

    procedure: str
    case_id: str
    consignment_id: str
    at: dt.datetime
    actor: str
    by: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    country: str = ""
    zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened.

    Args:
        name: an event of the procedure.
        at: when it happened.
        actor: in which role, one of `knowledge.procedures.ACTORS`.
        by: who exactly: a login or a partner id; empty for clocks.
        data: fields it tells.
        key: the sender's own id of it; one sender's events of one key are the same event.
    """

    name: str
    at: dt.datetime
    actor: str
    by: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    key: str = ""

    @property
    def identity(self) -> str:
        """What makes it this event, as a digest: who says it with which key, else all it says."""
        said: list[Any] = [self.actor, self.by, self.key]
        if not self.key:
            said += [self.name, self.at.isoformat(), dict(self.data)]
        return digest(said)


@dataclass(frozen=True, slots=True)
class Taken:
    """An event that was allowed: where it led, and by which law. `noted`: the case stayed."""

    event: Event
    came_from: str
    led_to: str
    noted: bool
    law: str


@dataclass(frozen=True, slots=True)
class Refused:
    """An event that was not allowed, the state it met, and why."""

    event: Event
    state: str
    why: str


@dataclass(frozen=True, slots=True)
class Running:
    """A clock that runs: its last instant, and the event that happens after it."""

    clock: str
    started_at: dt.datetime
    ends_at: dt.datetime
    fires: str


@dataclass(frozen=True, slots=True)
class Case:
    """A case: where it stands, since when, what it knows, what happened and which clocks run.

    `version` counts changes, so that two writers cannot both win; `seen_at` is the latest moment up
    to which clocks were let ring.
    """

    case_id: str
    procedure: str
    consignment_id: str
    opening: Opening
    state: str
    entered_at: dt.datetime
    law: str
    seen_at: dt.datetime
    version: int
    data: Mapping[str, Any]
    log: tuple[Taken, ...] = ()
    refused: tuple[Refused, ...] = ()
    clocks: tuple[Running, ...] = ()


@dataclass(frozen=True, slots=True)
class Notice:
    """What is to be told: to an actor, in words by language. `key` is the same if told again."""

    key: str
    notice: str
    case_id: str
    consignment_id: str
    to: str
    at: dt.datetime
    due_at: dt.datetime | None
    words: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Cause:
    """An event for the case of another procedure about the same consignment."""

    procedure: str
    consignment_id: str
    event: Event


@dataclass(frozen=True, slots=True)
class Step:
    """What a step gives.

    Args:
        case: the case as it is now; the same object if nothing changed.
        notices: to be sent.
        clocks: all that run now.
        causes: events for other cases of the consignment.
        taken: events taken, clocks included.
        undone: events taken earlier that are no longer, since an older fact came in.
        refused: events refused now, or no longer allowed.
    """

    case: Case
    notices: tuple[Notice, ...] = ()
    clocks: tuple[Running, ...] = ()
    causes: tuple[Cause, ...] = ()
    taken: tuple[Taken, ...] = ()
    undone: tuple[Taken, ...] = ()
    refused: tuple[Refused, ...] = ()
