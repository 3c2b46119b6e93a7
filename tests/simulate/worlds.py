"""Worlds that several tests look at; made once."""

from __future__ import annotations

from functools import lru_cache

from tidewaiter.simulate.config import VIEWS, Config
from tidewaiter.simulate.world import World, generate

PARCELS = 20_000


@lru_cache(maxsize=2)
def big() -> World:
    """A world in which shares can be counted; all views."""
    return generate(Config(seed=7, parcels=PARCELS, views=VIEWS))
