"""Teaching: files of verified texts and confirmed answers become a model in force."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from tidewaiter.knowledge.goods_model import GoodsModel
from tidewaiter.knowledge.nomenclature import load_nomenclature
from tidewaiter.knowledge.verified import AUTHORITIES, VERIFIED_COLUMNS, Verified
from tidewaiter.runtime.goods.reading import Texts, read_file
from tidewaiter.runtime.goods.store import confirm, confirmed, put_in_force, save_model
from tidewaiter.stages.classify.texts import joined_text
from tidewaiter.stages.classify.training import EXAMPLE_COLUMNS, no_history, train
from tidewaiter.vocabulary.errors import InputError, unknown_name


@dataclass(frozen=True, slots=True)
class Trained:
    """A trained model, where it lies, its card, and how many rows of each file were not taken."""

    model: GoodsModel
    path: Path
    card: dict[str, Any]
    rejected: dict[str, int]


def train_files(
    files: Sequence[Path],
    *,
    on: dt.date,
    seed: int | None = None,
    use: bool = True,
    progress: Callable[[str], None] = lambda _: None,
) -> Trained:
    """Train a model on the packs, files of verified texts, and all confirmed answers.

    Args:
        files: labelled texts (see `reading`).
        on: day of training, for the card (not part of the model's id).
        seed: of the first model; the pack's if not given.
        use: put the model in force.
        progress: told a sentence now and then.

    Raises:
        InputError: a file that cannot be read.
    """
    nomenclature = load_nomenclature()
    if seed is not None:
        nomenclature = nomenclature.with_seed(seed)
    weights = nomenclature.weights
    history, learned_from, rejected = [no_history()], {}, {}
    for path in files:
        texts = read_file(path, labelled=True)
        history.append(_examples(texts, weights.history))
        learned_from[path.name] = texts.digest
        rejected[path.name] = texts.rejected.height
    memory = Verified(confirmed(), nomenclature.edition)
    if memory.id:
        learned_from["confirmed"] = memory.id
        history.append(memory.examples(weights.confirmed).select(EXAMPLE_COLUMNS))
    model = train(nomenclature, pl.concat(history), learned_from=learned_from, progress=progress)
    card = {"id": model.id, "trained_on": on.isoformat(), **model.card}
    path = save_model(model, card)
    if use:
        put_in_force(path.stem)
    return Trained(model, path, card, rejected)


def _examples(texts: Texts, weight: float) -> pl.DataFrame:
    joined = joined_text(texts.rows)
    return texts.rows.select(
        joined.alias("text"),
        "hs6",
        pl.lit(weight).alias("weight"),
        pl.lit("history").alias("source"),
    ).filter(pl.col("text") != "")


def confirm_rows(rows: pl.DataFrame, *, by: str, authority: str, on: dt.date) -> int:
    """Confirm answers; gives how many are new.

    Args:
        rows: frame `title, description, category_path, brand, attributes, gtin, product, hs6`.
        by: who confirms.
        authority: trader, broker, officer or ruling.
        on: when.

    Raises:
        InputError: a code that is not in the edition, an authority nobody knows, or no name.
    """
    nomenclature = load_nomenclature()
    if authority not in AUTHORITIES:
        raise unknown_name("authority", authority, AUTHORITIES)
    if not by.strip():
        raise InputError("nobody confirms.", remedy="Say who: --by NAME.")
    unknown = rows.filter(pl.Series(nomenclature.positions(rows["hs6"]) < 0))["hs6"]
    if len(unknown):
        raise InputError(
            f"{unknown[0]!r} is no subheading of {nomenclature.edition}"
            f"{f', and {len(unknown) - 1} more' if len(unknown) > 1 else ''}.",
            remedy="Look it up with `tidewaiter hs`.",
        )
    joined = joined_text(rows)
    return confirm(
        rows.select(
            joined.alias("text"),
            "hs6",
            "gtin",
            "product",
            pl.lit(nomenclature.edition).alias("edition"),
            pl.lit(by).alias("by"),
            pl.lit(authority).alias("authority"),
            pl.lit(on.isoformat()).alias("on"),
        ).select(*VERIFIED_COLUMNS)
    )
