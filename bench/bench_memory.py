"""Memory over a file much larger than what may be in memory at once.

The peak of the process (last column) must follow the limits, not the file.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

from bench.bench_flow import ON, write_orders
from tidewaiter.engines.local import Limits
from tidewaiter.runtime.assess import assess

PARCELS = 400_000
LIMITS = Limits(
    batch_rows_max=20_000, spool_bytes_max=0, piece_bytes_max=8 * 1024 * 1024, workers_max=1
)


def run() -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory(prefix="tidewaiter-bench-") as scratch:
        orders = write_orders(Path(scratch), PARCELS)
        size = orders.stat().st_size / 1024**2
        start = time.perf_counter()
        assess([orders], lane="AE", on=ON, out=Path(scratch) / "out", limits=LIMITS)
        return [
            {
                "what": f"assess {PARCELS:,} parcels with everything on disk",
                "rows_per_s": PARCELS / (time.perf_counter() - start),
                "note": f"file {size:,.0f} MB, buckets of {LIMITS.batch_rows_max:,}",
            }
        ]
