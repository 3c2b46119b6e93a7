"""A simulated world: its messages and the truth about them, whole or block by block.

`blocks` streams a world of any size in bounded memory; `generate` gives a small one at once. The
same config gives the same frames; a block depends on the seed and its number only.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from tidewaiter.simulate.block import BLOCK_PARCELS, make_block
from tidewaiter.simulate.config import Config, checked
from tidewaiter.simulate.market import Market, make_market
from tidewaiter.simulate.truth import item_truth, message_truth, parcel_truth
from tidewaiter.simulate.views import batch_of
from tidewaiter.vocabulary.batch import Batch, concat


@dataclass(frozen=True, slots=True)
class World:
    """Messages and truth.

    Args:
        config: what was asked for.
        market: offers, sellers, limit and controls.
        count: how many parcels are here.
        batches: by view the messages sent, as formats would give them.
        parcels: truth of each parcel, see `truth.parcel_truth`.
        items: truth of each goods item, see `truth.item_truth`.
        messages: truth of each message, see `truth.message_truth`.
    """

    config: Config
    market: Market
    count: int
    batches: dict[str, Batch]
    parcels: pl.DataFrame
    items: pl.DataFrame
    messages: pl.DataFrame


def generate(config: Config) -> World:
    """Simulate a world that fits in memory.

    >>> world = generate(Config(seed=1, parcels=3))
    >>> world.parcels.height, world.batches["order"].consignments.height
    (3, 3)

    Raises:
        InputError: a config out of range.
    """
    parts = list(blocks(config))
    first = parts[0]
    return World(
        config=first.config,
        market=first.market,
        count=sum(part.count for part in parts),
        batches={view: concat(part.batches[view] for part in parts) for view in first.config.views},
        parcels=pl.concat(part.parcels for part in parts),
        items=pl.concat(part.items for part in parts),
        messages=pl.concat(part.messages for part in parts),
    )


def blocks(config: Config, *, with_truth: bool = True) -> Iterator[World]:
    """Simulate a world block by block, at most `BLOCK_PARCELS` parcels each.

    Args:
        config: what is asked for.
        with_truth: whether to give the truth too; without it the truth frames have no rows.

    Raises:
        InputError: a config out of range.
    """
    config = checked(config)
    market = make_market(config)
    for number in range(block_count(config)):
        block = make_block(market, number)
        messages = [message_truth(block, view) for view in config.views if with_truth]
        yield World(
            config=config,
            market=market,
            count=block.orders.height,
            batches={view: batch_of(block, view, market) for view in config.views},
            parcels=parcel_truth(block, market) if with_truth else pl.DataFrame(),
            items=item_truth(block, market) if with_truth else pl.DataFrame(),
            messages=pl.concat(messages) if messages else pl.DataFrame(),
        )


def block_count(config: Config) -> int:
    """How many blocks a world has."""
    return -(-config.parcels // BLOCK_PARCELS)
