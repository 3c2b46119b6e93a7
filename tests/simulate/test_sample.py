"""The bundled sample is what the simulator makes today."""

from __future__ import annotations

from tidewaiter import formats
from tidewaiter.simulate.sample import SAMPLE, SAMPLE_ON, SAMPLE_PARCELS, make_sample, sample_config

SIZE_BYTES_MAX = 1_500_000


def test_the_bundled_sample_is_what_the_simulator_makes_today() -> None:
    assert SAMPLE.read_bytes() == make_sample(), (
        "run: tidewaiter simulate --seed 20261026 --parcels 2500 --format orders "
        "> src/tidewaiter/simulate/sample_orders.csv"
    )


def test_the_sample_is_small_readable_and_over_by_the_day_of_the_demo() -> None:
    data = SAMPLE.read_bytes()
    assert len(data) < SIZE_BYTES_MAX
    batch = formats.get("orders").decode(data)
    assert batch.consignments.height == SAMPLE_PARCELS
    assert batch.rejected.height == 0
    assert max(batch.consignments["ordered_at_text"])[:10] < SAMPLE_ON.isoformat()
    assert sample_config().start.isoformat() <= min(batch.consignments["ordered_at_text"])[:10]
