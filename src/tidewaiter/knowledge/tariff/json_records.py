"""JSON of official lists: a list of objects, bare or below a key, with what the file says of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from tidewaiter.vocabulary.errors import InputError

LIST_KEYS = ("results", "data", "rows", "HTSDataset", "items")
TOTAL_KEYS = ("total", "count", "totalCount", "recordCount")


def load_records(
    data: bytes, list_keys: Sequence[str] = LIST_KEYS
) -> tuple[list[Any], dict[str, Any]]:
    """Give the records of a JSON file and the keys beside them.

    Raises:
        InputError: not JSON, or no list of records in it.
    """
    try:
        tree = json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as fault:
        raise InputError(
            f"not UTF-8 at byte {fault.start:,}.", remedy="Save the file as UTF-8."
        ) from fault
    except (ValueError, RecursionError) as fault:
        raise InputError(
            f"not JSON: {str(fault)[:120]}.", remedy="Check that the download is whole."
        ) from fault
    if isinstance(tree, list):
        return tree, {}
    if isinstance(tree, dict):
        for key in list_keys:
            if isinstance(tree.get(key), list):
                return tree[key], {name: value for name, value in tree.items() if name != key}
    raise InputError(
        "no list of records in the JSON.",
        remedy=f"Give a list of objects, bare or below one of: {', '.join(list_keys)}.",
    )


def told_total(beside: dict[str, Any]) -> int | None:
    """Give how many records the file says it has, if it says so."""
    for key in TOTAL_KEYS:
        value = beside.get(key)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
    return None
