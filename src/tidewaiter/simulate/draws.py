"""Small tools of chance and text: picks by weight, unique numbers as digits, amounts as text.

All chance comes from a seeded NumPy generator that is handed in. Columns, never rows.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl

Rng: TypeAlias = np.random.Generator
Ints: TypeAlias = npt.NDArray[np.int64]
Floats: TypeAlias = npt.NDArray[np.float64]
Flags: TypeAlias = npt.NDArray[np.bool_]
Bytes: TypeAlias = npt.NDArray[np.uint8]

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_ZERO = ord("0")
_HEX = np.frombuffer(b"0123456789abcdef", dtype=np.uint8)


def generator(seed: int, *path: int) -> Rng:
    """Give the generator of one part of a world (block, table), independent of the others."""
    return np.random.default_rng([seed, *path])


def pick(rng: Rng, weights: Sequence[float] | Floats, count: int) -> Ints:
    """Give `count` places drawn by weight."""
    total = np.cumsum(np.asarray(weights, dtype=np.float64))
    places: Ints = np.searchsorted(total, rng.random(count) * total[-1], side="right")
    return places.astype(np.int64)


def below(rng: Rng, high: Ints) -> Ints:
    """Give for each entry a whole number from 0 to below it."""
    return np.minimum((rng.random(high.size) * high).astype(np.int64), high - 1)


def scattered(serial: Ints, factor: int, modulus: int) -> Ints:
    """Give unique numbers that look random: serial times a factor without common divisor.

    >>> scattered(np.array([1, 2, 3]), 7, 10)
    array([7, 4, 1])
    """
    high, low = np.divmod(serial, 1 << 16)
    step = (factor % modulus) * (1 << 16) % modulus
    result: Ints = (high * step % modulus + low * (factor % modulus) % modulus) % modulus
    return result


def digits(number: Ints, width: int) -> Bytes:
    """Give numbers as a matrix of ASCII digits, one row a number, zeros in front."""
    powers = 10 ** np.arange(width - 1, -1, -1, dtype=np.int64)
    return (number[:, None] // powers % 10 + _ZERO).astype(np.uint8)


def text(*parts: Bytes | bytes) -> pl.Series:
    """Join matrices of ASCII signs (and fixed signs) side by side into a column of text."""
    rows = next(part.shape[0] for part in parts if isinstance(part, np.ndarray))
    filled = [
        part
        if isinstance(part, np.ndarray)
        else np.broadcast_to(np.frombuffer(part, dtype=np.uint8), (rows, len(part)))
        for part in parts
    ]
    signs = np.ascontiguousarray(np.concatenate(filled, axis=1))
    width = signs.shape[1]
    return pl.Series(signs.view(f"S{width}").ravel(), dtype=pl.Binary).cast(pl.String)


def hexadecimal(rng: Rng, count: int, width: int) -> pl.Series:
    """Give random hexadecimal numbers as text."""
    return text(_HEX[rng.integers(0, 16, size=(count, width))])


def amount(minor: pl.Expr, decimals: int) -> pl.Expr:
    """Write whole minor units (fils, cents) as text with so many decimals."""
    if not decimals:
        return minor.cast(pl.String)
    unit = 10**decimals
    part = (minor % unit).cast(pl.String).str.zfill(decimals)
    return pl.concat_str((minor // unit).cast(pl.String), pl.lit("."), part)


def kilograms(grams: pl.Expr) -> pl.Expr:
    """Write whole grams as kilograms with three decimals."""
    return amount(grams, 3)


def filled(template: str, columns: dict[str, pl.Expr]) -> pl.Expr:
    """Fill a template's `{name}` places with columns.

    >>> pl.DataFrame({"a": ["x"]}).select(filled("<{a}>", {"a": pl.col("a")})).item()
    '<x>'
    """
    names = _PLACEHOLDER.findall(template)
    return pl.format(_PLACEHOLDER.sub("{}", template), *(columns[name] for name in names))


def chosen(place: pl.Expr, options: Sequence[pl.Expr]) -> pl.Expr:
    """Give the option whose place (from 0) a column names; the last for any other place."""
    result = options[-1]
    for number in range(len(options) - 2, -1, -1):
        result = pl.when(place == number).then(options[number]).otherwise(result)
    return result
