"""The bundled sample: orders of a small simulated world, with which `tidewaiter demo` runs.

Made by `tidewaiter simulate --seed 20261026 --parcels 2500 --format orders`; a test makes it anew
and compares the bytes. All persons, sellers and goods in it are invented.
"""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path

from tidewaiter.simulate.config import Config
from tidewaiter.simulate.export import write_stream

SAMPLE = Path(__file__).with_name("sample_orders.csv")
SAMPLE_SEED = 20261026
SAMPLE_PARCELS = 2_500
SAMPLE_LANE = "AE"
SAMPLE_ON = dt.date(2026, 11, 24)


def sample_config() -> Config:
    """Give the config the sample is made from."""
    return Config(seed=SAMPLE_SEED, parcels=SAMPLE_PARCELS, lane=SAMPLE_LANE)


def make_sample() -> bytes:
    """Make the sample's bytes anew."""
    sink = io.BytesIO()
    write_stream(sample_config(), "orders", sink)
    return sink.getvalue()
