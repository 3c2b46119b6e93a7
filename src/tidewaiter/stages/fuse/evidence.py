"""Evidence: how much speaks for two messages being about one parcel.

Fellegi-Sunter in spirit: each thing both sides tell adds bits when it agrees and takes bits when
it does not; what one side does not tell counts nothing. Weights and tolerances are pack data
(`packs/matching/fuse.toml`). Compares; does not choose.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import polars as pl
from rapidfuzz import fuzz
from rapidfuzz.distance import OSA
from rapidfuzz.process import cpdist

from tidewaiter.knowledge.matching import Matching
from tidewaiter.stages.fuse.keys import ID_KINDS

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
OTHER_KINDS = (("tracking", "house"), ("order", "ucr"))  # often one number under two names


def weigh(pairs: pl.DataFrame, keys: pl.DataFrame, matching: Matching) -> Floats:
    """Give the bits for each pair.

    Args:
        pairs: `left, right` (row numbers of `keys`), `shared` (identifiers in common).
        keys: rows of `match_keys`.
        matching: the matching packs.

    Returns:
        Float64 array, one weight a pair.
    """
    rules = matching.fuse
    limits = rules["tolerance"]
    a, b = pairs["left"], pairs["right"]
    bits = _identifiers(pairs, keys, rules["id"])
    for column in ("postcode", "phone", "email", "country"):
        same, other = _compared(keys[column], a, b)
        bits += same * rules[column]["equal"] + other * rules[column]["differ"]
    for column, least, most in (
        ("name", limits["name_differ"], limits["name_alike"]),
        ("address", limits["name_differ"], limits["address_alike"]),
    ):
        bits += _texts(keys[column], a, b, (least, most), rules[column])
    bits += _goods(keys["goods"], a, b, limits, rules["goods"])
    currency, _ = _compared(keys["currency"], a, b)
    shares = (limits["value_equal_share"], limits["value_near_share"])
    bits += currency * _numbers(keys["value"], a, b, shares, rules["value"])
    shares = (limits["mass_equal_share"], limits["mass_near_share"])
    bits += _numbers(keys["mass"], a, b, shares, rules["mass"])
    return bits + _days(keys["day"], a, b, limits, rules["day"])


def _identifiers(pairs: pl.DataFrame, keys: pl.DataFrame, weights: dict[str, float]) -> Floats:
    a, b = pairs["left"], pairs["right"]
    shared = pairs["shared"].cast(pl.Float64).to_numpy()
    bits = np.where(shared > 0, weights["shared"] + weights["further"] * (shared - 1), 0.0)
    near = np.zeros(pairs.height, dtype=np.bool_)
    differ = np.zeros(pairs.height, dtype=np.bool_)
    for kind in ID_KINDS:
        column = keys[f"id_{kind}"]
        if column.null_count() == column.len():
            continue
        _, other = _compared(column, a, b)
        differ |= other
        near |= _near(column.gather(a), column.gather(b), other)
    for one, two in OTHER_KINDS:
        for x, y in ((one, two), (two, one)):
            left, right = keys[f"id_{x}"].gather(a), keys[f"id_{y}"].gather(b)
            asked = (left != right).fill_null(value=False).to_numpy() & (shared == 0)
            near |= _near(left, right, asked)
    loose = near & (shared == 0)
    return np.asarray(bits + loose * weights["near"] + (differ & ~near) * weights["differ"])


def _near(left: pl.Series, right: pl.Series, asked: Flags) -> Flags:
    near = np.zeros(asked.size, dtype=np.bool_)
    at = np.flatnonzero(asked)
    if at.size:
        texts = left.gather(at).to_list(), right.gather(at).to_list()
        near[at] = cpdist(*texts, scorer=OSA.distance, score_cutoff=1) == 1
    return near


def _compared(column: pl.Series, a: pl.Series, b: pl.Series) -> tuple[Flags, Flags]:
    if column.null_count() == column.len():
        none = np.zeros(a.len(), dtype=np.bool_)
        return none, none
    left, right = column.gather(a), column.gather(b)
    same = (left == right).fill_null(value=False).to_numpy()
    other = (left != right).fill_null(value=False).to_numpy()
    return same, other


def _alike(
    column: pl.Series, a: pl.Series, b: pl.Series, scorer: Callable[..., float]
) -> tuple[Flags, Flags, Floats]:
    same, other = _compared(column, a, b)
    score = np.where(same, 100.0, np.nan)
    at = np.flatnonzero(other)
    if at.size:
        sides = column.gather(a.gather(at)).to_list(), column.gather(b.gather(at)).to_list()
        score[at] = cpdist(*sides, scorer=scorer)
    return same, other, score


def _texts(
    column: pl.Series,
    a: pl.Series,
    b: pl.Series,
    limits: tuple[float, float],
    weights: dict[str, float],
) -> Floats:
    same, other, score = _alike(column, a, b, fuzz.ratio)
    alike = other & (score >= limits[1])
    differ = other & (score < limits[0])
    return np.asarray(
        same * weights["equal"] + alike * weights["alike"] + differ * weights["differ"]
    )


def _goods(
    column: pl.Series,
    a: pl.Series,
    b: pl.Series,
    limits: dict[str, float],
    weights: dict[str, float],
) -> Floats:
    _, _, score = _alike(column, a, b, fuzz.token_set_ratio)
    return np.select(
        [np.isnan(score), score >= limits["goods_alike"], score >= limits["goods_part"]],
        [0.0, weights["alike"], weights["part"]],
        default=weights["differ"],
    )


def _numbers(
    column: pl.Series,
    a: pl.Series,
    b: pl.Series,
    shares: tuple[float, float],
    weights: dict[str, float],
) -> Floats:
    left, right = (column.gather(side).to_numpy() for side in (a, b))
    larger = np.maximum(np.abs(left), np.abs(right))
    apart = np.abs(left - right)
    return np.select(
        [np.isnan(apart), apart <= shares[0] * larger, apart <= shares[1] * larger],
        [0.0, weights["equal"], weights["near"]],
        default=weights["differ"],
    )


def _days(
    column: pl.Series,
    a: pl.Series,
    b: pl.Series,
    limits: dict[str, float],
    weights: dict[str, float],
) -> Floats:
    number = column.cast(pl.Int32).cast(pl.Float64)
    apart = np.abs(number.gather(a).to_numpy() - number.gather(b).to_numpy())
    return np.select(
        [apart == 0, apart <= limits["day_near"], apart > limits["day_far"]],
        [weights["same"], weights["near"], weights["far"]],
        default=0.0,
    )
