"""A judge of vagueness: arrays that turn what is seen of a text into a probability.

One file holds one judge: the features it knows with a weight each, how its measures are scaled,
the threshold, and its card. The id is a digest of all of it; no date is inside, so that training
again on the same texts gives the same id. A judge belongs to the model of goods its measures come
from and says which.

Does not judge (`stages.classify.vagueness`) and does not learn (`stages.classify.vague_training`).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from tidewaiter.knowledge.array_file import Arrays, digest_of, read_arrays, write_arrays
from tidewaiter.knowledge.goods_features import Singles
from tidewaiter.knowledge.vague_features import Block

SHAPE = 1  # of the file; a file of another shape is refused
MODEL_BYTES_MAX = 50_000_000
_ARRAYS = (
    "run_keys", "run_rarity", "run_weights", "word_keys", "word_rarity", "word_weights",
    "middle", "spread", "measure_weights",
)  # fmt: skip


@dataclass(frozen=True)
class VagueModel:
    """One judge.

    Args:
        runs, words: the features it knows.
        run_weights, word_weights: weight of each in the log-odds.
        middle, spread: mean and scale of each measure.
        measure_weights: weight of each scaled measure.
        bias: log-odds of a text that has nothing.
        threshold: probability from which a text is asked about.
        goods: id of the model of goods its measures come from.
        card: what it learned from, counts, settings, and what it reached out of fold.
    """

    runs: Block
    words: Block
    run_weights: Singles
    word_weights: Singles
    middle: Singles
    spread: Singles
    measure_weights: Singles
    bias: float
    threshold: float
    goods: str
    card: dict[str, Any]

    @cached_property
    def id(self) -> str:
        """Digest over everything, 64 hex digits."""
        return digest_of(_arrays(self), _meta(self))


def to_bytes(model: VagueModel) -> bytes:
    """Write a judge; the same judge gives the same bytes."""
    return write_arrays(_arrays(model), _meta(model))


def from_bytes(data: bytes, *, name: str = "judge") -> VagueModel:
    """Read a judge.

    Args:
        data: what `to_bytes` wrote.
        name: how to call it in an error.

    Raises:
        InputError: not a judge, of another shape, or damaged.
    """
    arrays, meta = read_arrays(
        data,
        shape=SHAPE,
        bytes_max=MODEL_BYTES_MAX,
        name=name,
        kind="a judge of vague text",
        remedy="Give a file written by `tidewaiter vague train`, or train anew.",
    )
    return VagueModel(
        runs=Block(arrays["run_keys"], arrays["run_rarity"]),
        words=Block(arrays["word_keys"], arrays["word_rarity"]),
        **{key: arrays[key] for key in _ARRAYS if "keys" not in key and "rarity" not in key},
        bias=float(meta["bias"]),
        threshold=float(meta["threshold"]),
        goods=str(meta["goods"]),
        card=meta["card"],
    )


def _arrays(model: VagueModel) -> Arrays:
    blocks = {
        "run_keys": model.runs.keys,
        "run_rarity": model.runs.rarity,
        "word_keys": model.words.keys,
        "word_rarity": model.words.rarity,
    }
    own = {name: getattr(model, name) for name in _ARRAYS if name not in blocks}
    return {**blocks, **own}


def _meta(model: VagueModel) -> str:
    return json.dumps(
        {
            "shape": SHAPE,
            "bias": model.bias,
            "threshold": model.threshold,
            "goods": model.goods,
            "card": model.card,
        },
        sort_keys=True,
        ensure_ascii=False,
    )
