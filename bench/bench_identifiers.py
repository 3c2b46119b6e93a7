"""Identifiers: rows a second in columns and one at a time, beside python-stdnum in the same run.

Columns: best of three by the clock. One at a time: per CPU-second, so that other work blurs less.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Any

import polars as pl
from stdnum import ean, luhn
from stdnum.eu import oss
from stdnum.exceptions import ValidationError

from tidewaiter.vocabulary.identifiers import checkdigits, columnar, identify

ROWS, SINGLE, ROUNDS = 1_000_000, 20_000, 3


def run() -> list[dict[str, Any]]:
    chance = random.Random(11)
    gtins = [_gtin(chance) for _ in range(ROWS)]
    postal = [_postal(chance) for _ in range(ROWS)]
    entries = [_entry(chance) for _ in range(ROWS)]
    ioss = [f"IM{chance.choice(('276', '372', '553'))}{chance.randrange(10**7):07d}" for _ in gtins]
    x = pl.col("x")
    return [
        _row("GTIN valid, column", gtins, columnar.gtin_valid(x), "stdnum.ean", ean.is_valid),
        _row("GTIN to 14 digits, column", gtins, columnar.gtin_normal(x), "stdnum.ean", _padded),
        _row("S10 valid, column", postal, columnar.s10_valid(x), "", None),
        _row(
            "entry number valid, column",
            entries,
            columnar.entry_number_valid(x),
            "stdnum.luhn",
            luhn.is_valid,
        ),
        _row("IOSS, column", ioss, columnar.ioss_wellformed(x), "stdnum.eu.oss", oss.is_valid),
        _single("GTIN with meaning, one at a time", gtins, "gtin", "stdnum.ean", ean.is_valid),
        _single("S10, one at a time", postal, "s10", "", None),
    ]


def _row(
    what: str, values: list[str], expr: pl.Expr, peer: str, check: Callable[[str], object] | None
) -> dict[str, Any]:
    frame = pl.DataFrame({"x": values})
    rate = ROWS / min(_wall(lambda: frame.select(expr)) for _ in range(ROUNDS))
    return _compared(what, rate, values, peer, check)


def _single(
    what: str, values: list[str], kind: str, peer: str, check: Callable[[str], object] | None
) -> dict[str, Any]:
    rate = _per_second(values, lambda value: identify(kind, value))
    return _compared(what, rate, values, peer, check)


def _compared(
    what: str, rate: float, values: list[str], peer: str, check: Callable[[str], object] | None
) -> dict[str, Any]:
    row: dict[str, Any] = {"what": what, "rows_per_s": round(rate)}
    if check is not None:
        peer_rate = _per_second(values, check)
        row |= {"peer": peer, "peer_rows_per_s": round(peer_rate), "ratio": rate / peer_rate}
    return row


def _per_second(values: list[str], check: Callable[[str], object]) -> float:
    check(values[0])
    start = time.process_time()
    for value in values[:SINGLE]:
        check(value)
    return SINGLE / (time.process_time() - start)


def _wall(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _padded(value: str) -> str:
    try:
        return ean.validate(value).zfill(14)
    except ValidationError:
        return ""


def _gtin(chance: random.Random) -> str:
    body = f"{chance.randrange(10**12):012d}"
    return body + (checkdigits.gs1(body) if chance.random() < 0.9 else "0")


def _postal(chance: random.Random) -> str:
    serial = f"{chance.randrange(10**8):08d}"
    check = checkdigits.s10(serial) if chance.random() < 0.9 else "0"
    return f"{chance.choice(('RB', 'LX', 'CP'))}{serial}{check}{chance.choice(('GB', 'CN', 'XX'))}"


def _entry(chance: random.Random) -> str:
    body = f"{chance.randrange(1, 1000):03d}{chance.randrange(10**7):07d}"
    return body + (checkdigits.luhn(body) if chance.random() < 0.9 else "0")
