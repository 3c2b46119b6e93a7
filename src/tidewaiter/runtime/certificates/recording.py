"""What a run draws on certificates: gathered bucket by bucket, recorded when the run is done.

A use is recorded for every line that a good certificate served, unless the parcel was refused. A
parcel assessed again replaces what it drew before; one that no longer draws gives it back. Within a
bucket (whole days) the stage has counted exactly; where buckets of one run draw on the same
certificate, the rest is settled here, in the order of day, parcel and line: what no longer fits is
not recorded and is told as over-use, with the parcels named, for their decision stands already.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from tidewaiter.knowledge.certificates import Certificates
from tidewaiter.runtime.certificates.store import record
from tidewaiter.vocabulary.batch import Batch
from tidewaiter.vocabulary.certificate_frames import CERTIFICATE_USES, USE_KEY, empty_frame
from tidewaiter.vocabulary.terms import Decision

OVERUSE_SHOWN_MAX = 100
_LINE = ["consignment_id", "item_no"]


@dataclass(frozen=True, slots=True)
class Recorded:
    """What came of recording: lines written, and uses that no longer fitted."""

    written: int
    over: pl.DataFrame

    def as_json(self) -> dict[str, Any]:
        """Give the figures for machines."""
        shown = self.over.head(OVERUSE_SHOWN_MAX).to_dicts()
        return {
            "uses_written": self.written,
            "over_use": self.over.height,
            "over_used_by": [
                {
                    "certificate": f"{row['type_code']} {row['number']}",
                    "consignment_id": row["consignment_id"],
                    "item_no": row["item_no"],
                    "quantity": str(row["quantity"]),
                    "unit": row["unit"],
                }
                for row in shown
            ],
        }


@dataclass
class Recorder:
    """Gathers uses from finished batches; `finish` records them."""

    certificates: Certificates
    on: dt.date
    _wanted: list[pl.DataFrame] = field(default_factory=list)
    _seen: list[pl.DataFrame] = field(default_factory=list)

    def take(self, batch: Batch) -> None:
        """Take what a finished batch draws."""
        if self.certificates.empty:
            return
        lines = batch.goods_items.select(*_LINE, "certificates_used")
        before = self.certificates.uses.filter(pl.col("quantity") > 0)
        self._seen.append(before.join(lines, on=_LINE, how="semi").select(USE_KEY))
        drawn = lines.filter(pl.col("certificates_used").list.len() > 0)
        if not drawn.height:
            return
        parcels = batch.consignments.select("consignment_id", "ordered_day", "decision")
        self._wanted.append(
            drawn.join(parcels, on="consignment_id", how="left")
            .filter(pl.col("decision") != Decision.REFUSE.value)
            .explode("certificates_used", empty_as_null=True)
            .unnest("certificates_used")
            .with_columns(pl.lit(self.on).alias("on"))
        )

    def finish(self) -> Recorded:
        """Record everything taken, in the order of day, parcel and line."""
        columns = list(CERTIFICATE_USES.schema)
        wanted = empty_frame(CERTIFICATE_USES)
        if self._wanted:
            wanted = (
                pl.concat(self._wanted)
                .sort("ordered_day", "consignment_id", "item_no", nulls_last=True)
                .select(columns)
                .unique(USE_KEY, keep="first", maintain_order=True)
            )
        seen = pl.concat(self._seen) if self._seen else wanted.select(USE_KEY)
        withdrawn = seen.join(wanted, on=list(USE_KEY), how="anti")
        return Recorded(*record(wanted, withdrawn))
