"""Where certificates and their uses are kept.

Under the data directory (`TIDEWAITER_DATA`, else `~/.local/share/tidewaiter`):
    certificates/register.ndjson   one certificate a line; the last line of a key counts
    certificates/uses.ndjson       one use a line; the last line of a certificate and goods item
                                   counts, quantity 0 gives it back
Both are only ever added to, so what was in force on a day can be seen again. Durability: lines are
appended in one write and flushed before the call returns, so what was acknowledged survives a
crash; a torn last line is skipped. One writer at a time: `uses.ndjson` is locked while uses are
held against what is left and written, so two runs cannot both take the last of a quantity. Whoever
may write here may make permits good: guard the folder. A goods item is known by parcel id and line
number: where senders choose ids freely, two parcels with one id count as one.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from tidewaiter.knowledge.certificates import NO_CERTIFICATES, Certificates, within_balance
from tidewaiter.knowledge.load import Knowledge
from tidewaiter.runtime.goods.store import goods_dir
from tidewaiter.runtime.products import files
from tidewaiter.vocabulary.certificate_frames import (
    CERTIFICATE_KEY,
    CERTIFICATE_USES,
    CERTIFICATES,
    USE_KEY,
    empty_frame,
)
from tidewaiter.vocabulary.columns import Frame


def certificates_dir() -> Path:
    """Give the folder of the register (it need not exist)."""
    return goods_dir().parent / "certificates"


def load_certificates() -> Certificates:
    """Give the register and its uses as they stand; empty if there is none."""
    register = _path(CERTIFICATES)
    if not register.is_file():
        return NO_CERTIFICATES
    digests = {f"certificates:{CERTIFICATES.name}": files.digest(register)}
    if _path(CERTIFICATE_USES).is_file():
        digests[f"certificates:{CERTIFICATE_USES.name}"] = files.digest(_path(CERTIFICATE_USES))
    return Certificates(_read(CERTIFICATES), _read(CERTIFICATE_USES), digests)


def with_certificates_in_force(knowledge: Knowledge) -> Knowledge:
    """Give the knowledge with the register as it stands, if there is one."""
    certificates = load_certificates()
    return knowledge if certificates.empty else knowledge.with_certificates(certificates)


def keep(rows: pl.DataFrame) -> int:
    """Add certificates to the register; gives how many are new or say something new.

    Args:
        rows: frame `CERTIFICATES`.
    """
    rows = rows.select(CERTIFICATES.schema.keys()).unique(
        CERTIFICATE_KEY, keep="last", maintain_order=True
    )
    with _locked():
        known = _read(CERTIFICATES)
        lists = [pl.col("hs_prefixes").list.join(",")]
        same = rows.with_columns(lists).join(
            known.with_columns(lists), on=rows.columns, how="semi", nulls_equal=True
        )
        new = rows.join(same, on=CERTIFICATE_KEY, how="anti", maintain_order="left")
        _append(CERTIFICATES, new)
    return new.height


def record(wanted: pl.DataFrame, withdrawn: pl.DataFrame) -> tuple[int, pl.DataFrame]:
    """Record what goods items draw, in row order; the same use again changes nothing.

    Args:
        wanted: frame `CERTIFICATE_USES`, in the order they count.
        withdrawn: keys (`USE_KEY`) of uses recorded before that no longer stand.

    Returns:
        How many lines were written, and the uses that no longer fit what is left (not recorded).
    """
    if not wanted.height and not withdrawn.height:
        return 0, wanted
    with _locked():
        held = Certificates(_read(CERTIFICATES), _read(CERTIFICATE_USES))
        anew = pl.concat([wanted.select(USE_KEY), withdrawn.select(USE_KEY)])
        others = Certificates(held.register, held.uses.join(anew, on=list(USE_KEY), how="anti"))
        rows = wanted.join(
            others.left(), on=list(CERTIFICATE_KEY), how="left", maintain_order="left"
        )
        fits = within_balance(rows)
        said = [*USE_KEY, "quantity", "unit"]
        new = wanted.filter(fits).join(held.uses, on=said, how="anti", maintain_order="left")
        back = held.uses.join(
            pl.concat([withdrawn.select(USE_KEY), wanted.filter(~fits).select(USE_KEY)]),
            on=list(USE_KEY),
            how="semi",
        ).filter(pl.col("quantity") > 0)
        given = back.with_columns((pl.col("quantity") * 0).alias("quantity"))
        lines = pl.concat([given.select(new.columns), new])
        _append(CERTIFICATE_USES, lines)
    return lines.height, wanted.filter(~fits)


def _path(frame: Frame) -> Path:
    name = "uses" if frame is CERTIFICATE_USES else "register"
    return certificates_dir() / f"{name}.ndjson"


@contextmanager
def _locked() -> Iterator[None]:
    """Hold the register's lock: one writer at a time."""
    certificates_dir().mkdir(parents=True, exist_ok=True)
    with (certificates_dir() / ".lock").open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _append(frame: Frame, rows: pl.DataFrame) -> None:
    if not rows.height:
        return
    path = _path(frame)
    held = path.read_bytes() if path.is_file() else b""
    lead = b"\n" if held and not held.endswith(b"\n") else b""  # a torn line stays alone
    days = [pl.col(name).cast(pl.String) for name, t in frame.schema.items() if t == pl.Date]
    text = rows.with_columns(days).with_columns(pl.col("quantity").cast(pl.String))
    with path.open("ab") as file:
        file.write(lead + text.write_ndjson().encode())
        file.flush()
        os.fsync(file.fileno())


def _read(frame: Frame) -> pl.DataFrame:
    """Give the last line of each key; lines that are none of ours are skipped."""
    path = _path(frame)
    if not path.is_file():
        return empty_frame(frame)
    rows = []
    for line in path.read_bytes().splitlines():
        try:
            row = json.loads(line)
        except ValueError:
            continue
        if isinstance(row, dict) and all(row.get(key) is not None for key in frame.key):
            rows.append({name: row.get(name) for name in frame.schema})
    texts = {
        name: pl.String() if dtype == pl.Date or isinstance(dtype, pl.Decimal) else dtype
        for name, dtype in frame.schema.items()
    }
    read = pl.DataFrame(rows, schema=texts, strict=False)
    typed = read.with_columns(_typed(name, dtype) for name, dtype in frame.schema.items())
    return typed.unique(frame.key, keep="last", maintain_order=True)


def _typed(name: str, dtype: pl.DataType) -> pl.Expr:
    if dtype == pl.Date:
        return pl.col(name).str.to_date("%Y-%m-%d", strict=False)
    return pl.col(name).cast(dtype, strict=False)
