"""Messages about parcels, built by hand for the tests of `fuse`."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import polars as pl

from tidewaiter.knowledge.findings import load_findings
from tidewaiter.knowledge.matching import load_matching
from tidewaiter.knowledge.quality import load_quality
from tidewaiter.knowledge.regimes import load_regime
from tidewaiter.vocabulary.batch import Batch, concat, conform

MOMENT = dt.datetime(2026, 3, 2, 12, 0, tzinfo=dt.UTC)
OWNERS = ("formats", "check")


@dataclass
class Message:
    """What one party says of one parcel."""

    view: str
    own_id: str
    values: dict[str, Any] = field(default_factory=dict)
    items: list[dict[str, Any]] = field(default_factory=list)
    parties: dict[str, dict[str, Any]] = field(default_factory=dict)
    sender: str | None = None
    source: str = "file"
    position: int = 1
    format: str = ""

    @property
    def contribution_id(self) -> str:
        said = repr((self.view, self.own_id, self.values, self.items, self.parties, self.sender))
        return f"{self.format or self.view}:{hashlib.sha256(said.encode()).hexdigest()[:32]}"

    def batch(self) -> Batch:
        keys = {"consignment_id": self.own_id, "contribution_id": self.contribution_id}
        values = {"message_at": MOMENT, "item_count": len(self.items) or None} | self.values
        frames = {
            "consignments": [keys | values],
            "goods_items": [
                keys | {"item_no": number} | item for number, item in enumerate(self.items, 1)
            ],
            "parties": [keys | {"role": role} | party for role, party in self.parties.items()],
            "contributions": [
                keys
                | {
                    "view": self.view,
                    "format": self.format or self.view,
                    "sender": self.sender,
                    "source": self.source,
                    "position": self.position,
                }
            ],
        }
        return Batch(
            **{
                name: conform(pl.DataFrame(rows, strict=False), name, OWNERS)
                for name, rows in frames.items()
                if rows
            }
        )


def batch_of(*messages: Message) -> Batch:
    """Put messages into one batch, as `check` would hand it on."""
    parts = [message.batch() for message in messages]
    whole = concat(parts)
    names = ("consignments", "goods_items", "parties", "contributions")
    return whole.with_frames(
        **{name: conform(getattr(whole, name), name, OWNERS) for name in names}
    )


def known() -> Any:
    """What `fuse` and `link` look at of the lane AE, without the rest."""
    return SimpleNamespace(
        matching=load_matching(),
        findings=load_findings(),
        regime=load_regime("ae"),
        quality=load_quality(),
    )
