"""Arrays and a page of facts in one file: how models are kept.

A zip of `.npy` members and `meta.npy` (JSON, UTF-8), sorted, without times, so that the same
content gives the same bytes; nothing in it is ever run (no pickles). The digest is over the arrays
themselves, not over the zip, so another compression library leaves an id as it is.

Knows no model (see `goods_model`, `vague_model`).
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
import zlib
from typing import Any

import numpy as np

from tidewaiter.vocabulary.errors import InputError

Arrays = dict[str, np.ndarray[Any, Any]]
_DAMAGED = (
    OSError, ValueError, KeyError, IndexError, TypeError, EOFError, zipfile.BadZipFile, zlib.error,
)  # fmt: skip


def digest_of(arrays: Arrays, meta: str) -> str:
    """Digest over all arrays and the page of facts, 64 hex digits."""
    digest = hashlib.sha256(meta.encode())
    for name, array in sorted(arrays.items()):
        digest.update(f"{name} {array.dtype.str} {array.shape}".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def write_arrays(arrays: Arrays, meta: str) -> bytes:
    """Write arrays and the page of facts; the same content gives the same bytes."""
    out = io.BytesIO()
    page = np.frombuffer(meta.encode(), np.uint8)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in sorted({**arrays, "meta": page}.items()):
            held = io.BytesIO()
            np.save(held, np.ascontiguousarray(array), allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), held.getvalue(), zipfile.ZIP_DEFLATED)
    return out.getvalue()


def read_arrays(
    data: bytes, *, shape: int, bytes_max: int, name: str, kind: str, remedy: str
) -> tuple[Arrays, dict[str, Any]]:
    """Read what `write_arrays` wrote.

    Args:
        data: the file.
        shape: version of the content; the page of facts must name it as `shape`.
        bytes_max: a larger file is refused.
        name: how to call the file in an error.
        kind: what it should be ("a model of goods").
        remedy: how to get a right one.

    Raises:
        InputError: too large, damaged, of another kind or of another shape.
    """
    wrong = InputError(f"{name} is not {kind}.", remedy=remedy)
    if len(data) > bytes_max:
        raise wrong
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as held:
            arrays = {key: held[key] for key in held.files}
        meta = json.loads(arrays.pop("meta").tobytes().decode())
        found = meta["shape"]
    except _DAMAGED as fault:
        raise wrong from fault
    if found != shape:
        raise InputError(
            f"{name} is {kind} of shape {found}; this version reads {shape}.", remedy=remedy
        )
    return arrays, dict(meta)
