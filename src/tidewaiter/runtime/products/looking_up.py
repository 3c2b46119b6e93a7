"""One product looked up everywhere: catalogue, recalls, history."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from tidewaiter.runtime.products import catalogue as catalogues
from tidewaiter.runtime.products import history as histories
from tidewaiter.runtime.products.recalls import load_recalls
from tidewaiter.vocabulary.errors import InputError

_RECALL = ("agency", "number", "day", "title", "hazard", "remedy", "url")


def look_up(
    gtin: str,
    *,
    catalogue: Path | None = None,
    history: Path | None = None,
    recalls: Path | None = None,
) -> dict[str, Any]:
    """Give what is known of a GTIN; only what is asked for is looked in.

    Returns:
        `gtin`, `prefix` (use and GS1 organisation: no origin), and `catalogue` (field to value,
        source, day), `recalls` (a list), `history`, each where its file is given.

    Raises:
        InputError: no valid GTIN, no file given, or a file that is not there.
    """
    normal, prefix = catalogues.normal_gtin(gtin)
    if catalogue is None and history is None and recalls is None:
        raise InputError(
            "there is nothing to look in.",
            where="products show",
            remedy="Give --catalogue, --profile or --recalls.",
        )
    answer: dict[str, Any] = {"gtin": normal, "prefix": prefix}
    if catalogue is not None:
        answer["catalogue"] = catalogues.show(normal, catalogue)["fields"]
    if recalls is not None:
        hit = load_recalls(recalls).filter(pl.col("gtins").list.contains(normal))
        answer["recalls"] = (
            hit.select(_RECALL).with_columns(pl.col("day").cast(pl.String)).to_dicts()
        )
    if history is not None:
        answer["history"] = histories.show(normal, history)
    return answer
