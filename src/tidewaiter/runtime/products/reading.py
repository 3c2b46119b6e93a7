"""Files of product data as frames of text: CSV, JSON and NDJSON, with the fields' names folded.

Names are compared by letters and digits only; the members of an object carry its name in front
(`manufacturer: {name: ...}` is `manufacturername`), a last `value` and the prefixes `gs1:` and
`schema:` are left out. Texts of several members or languages: the first counts for a single value,
all of them, | between, for lists. Nothing is typed here: `04006381333931` keeps its zero.
Knows no column of ours; `take` does the naming with the pack's lists.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

from tidewaiter.vocabulary.errors import InputError

FILE_BYTES_MAX = 2 * 1024**3
DEPTH_MAX = 8
LIST_MAX = 1000
SEPARATOR = " | "  # between the values of a list, where one text holds them
BETWEEN = "\x1f"  # the same within this room: it stands in no text
POSITION = "_position"
_WRAPPERS = ("@graph", "products", "items", "itemListElement", "recalls", "results", "data")
_NOT_SIGN = re.compile(r"[^0-9a-z]+")
_PREFIX = re.compile(r"^(?:gs1|schema):", re.IGNORECASE)
_NULLS = r'"[0-9a-z]+":null,?'
_FIRST = rf"^([^{BETWEEN}]*)"
_IGNORED = {"@context", "@type", "@language", "@id"}


def folded_name(name: str) -> str:
    """Give the form in which names of fields are compared.

    >>> folded_name("gs1:countryOfOrigin"), folded_name("GTIN-13"), folded_name("Trade item_name")
    ('countryoforigin', 'gtin13', 'tradeitemname')
    """
    return _NOT_SIGN.sub("", _PREFIX.sub("", name.strip()).lower())


def read_records(path: Path) -> tuple[pl.DataFrame, list[str]]:
    """Read a file into one row a record, all text, columns by folded name, and `_position`.

    Returns:
        The frame, and a sentence for each piece that could not be read.

    Raises:
        InputError: no such file, too large, or neither CSV nor JSON.
    """
    if not path.is_file():
        raise InputError(f"no file {str(path)!r}.", remedy="Check the path.")
    if path.stat().st_size > FILE_BYTES_MAX:
        raise InputError(
            f"larger than {FILE_BYTES_MAX} bytes.", where=str(path), remedy="Cut the file in parts."
        )
    with path.open("rb") as file:
        head = file.read(4096).removeprefix(b"\xef\xbb\xbf").lstrip()
    if head[:1] in (b"{", b"["):
        return _json(path)
    return _csv(path, head)


def take(
    frame: pl.DataFrame,
    names: dict[str, tuple[str, ...]],
    *,
    lists: frozenset[str],
) -> pl.DataFrame:
    """Give the columns wanted, from the first of their names that holds a value, and `unread`.

    Args:
        frame: from `read_records`.
        names: column wanted to its folded names.
        lists: columns that keep all their values (`BETWEEN` between); others take the first.

    Returns:
        `_position`, the columns, `unread` (JSON object of the fields no column stands for).
    """
    wanted = {
        column: [name for name in listed if name in frame.columns]
        for column, listed in names.items()
    }
    used = {name for listed in wanted.values() for name in listed}
    rest = [c for c in frame.columns if c not in used and c != POSITION]
    none = pl.lit(None, dtype=pl.String)

    def value(column: str, listed: list[str]) -> pl.Expr:
        if not listed:
            return none.alias(column)
        every = pl.coalesce(pl.col(listed).replace("", None))
        return (every if column in lists else every.str.extract(_FIRST)).alias(column)

    return frame.select(
        POSITION,
        *(value(column, listed) for column, listed in wanted.items()),
        (_unread(rest) if rest else none).alias("unread"),
    )


def _unread(names: list[str]) -> pl.Expr:
    """Give the fields that hold something as a JSON object, null where none does."""
    held = [pl.when(pl.col(name) != "").then(pl.col(name)).alias(name) for name in names]
    some = pl.any_horizontal(each.is_not_null() for each in held)
    text = pl.struct(held).struct.json_encode().str.replace_all(_NULLS, "")
    text = text.str.replace_all("\\u001f", SEPARATOR, literal=True).str.replace(r",\}$", "}")
    return pl.when(some).then(text)


def _csv(path: Path, head: bytes) -> tuple[pl.DataFrame, list[str]]:
    first = head.split(b"\n", 1)[0]
    separator = max((b",", b";", b"\t", b"|"), key=first.count).decode()
    try:
        frame = pl.read_csv(
            path, separator=separator, infer_schema=False, encoding="utf8-lossy",
            truncate_ragged_lines=True,
        )  # fmt: skip
    except pl.exceptions.PolarsError as fault:
        raise InputError(
            f"it is neither CSV nor JSON: {fault}",
            where=str(path),
            remedy="Give a CSV file with a header line, a JSON array, or one JSON object a line.",
        ) from fault
    frame = frame.with_columns(pl.all().str.strip_chars())
    by_name: dict[str, list[str]] = {}
    for column in frame.columns:
        by_name.setdefault(folded_name(column), []).append(column)
    return (
        frame.select(
            pl.coalesce(pl.col(columns).replace("", None)).alias(name)
            for name, columns in by_name.items()
            if name
        ).with_row_index(POSITION, offset=1),
        [],
    )


def _json(path: Path) -> tuple[pl.DataFrame, list[str]]:
    records: list[dict[str, str]] = []
    faults: list[str] = []
    for position, value in _documents(path, faults):
        if isinstance(value, dict):
            records.append({**_flat(value), POSITION: str(position)})
        else:
            faults.append(f"record {position} is no object")
    names = dict.fromkeys([POSITION, *(name for record in records for name in record)])
    frame = pl.DataFrame(records, schema=dict.fromkeys(names, pl.String), orient="row")
    return frame.with_columns(pl.col(POSITION).cast(pl.UInt32)), faults


def _documents(path: Path, faults: list[str]) -> Iterator[tuple[int, Any]]:
    text = path.read_text("utf-8-sig", errors="replace")
    try:
        whole = json.loads(text)
    except json.JSONDecodeError:
        for number, line in enumerate(text.splitlines(), start=1):
            if line.strip():
                try:
                    yield number, json.loads(line)
                except json.JSONDecodeError as fault:
                    faults.append(f"line {number}: {fault}")
        return
    yield from enumerate(_unwrapped(whole), start=1)


def _unwrapped(whole: Any) -> list[Any]:
    if isinstance(whole, list):
        return whole
    for name in _WRAPPERS:
        if isinstance(whole, dict) and isinstance(whole.get(name), list):
            inner = whole[name]
            return [
                each.get("item", each) if isinstance(each, dict) and "item" in each else each
                for each in inner
            ]
    return [whole]


def _flat(record: dict[str, Any]) -> dict[str, str]:
    found: dict[str, list[str]] = {}
    _walk(record, "", found, 0)
    return {name: BETWEEN.join(values[:LIST_MAX]) for name, values in found.items() if name}


def _walk(value: Any, name: str, found: dict[str, list[str]], depth: int) -> None:
    if value is None or depth > DEPTH_MAX:
        return
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in _IGNORED:
                continue
            own = folded_name(key)
            _walk(inner, name if own == "value" and name else name + own, found, depth + 1)
    elif isinstance(value, list):
        languages = [each for each in value if isinstance(each, dict) and "@language" in each]
        for inner in languages[:1] or value:
            _walk(inner, name, found, depth + 1)
    else:
        text = str(value).lower() if isinstance(value, bool) else str(value)
        if text.strip():
            found.setdefault(name, []).append(text.strip())
