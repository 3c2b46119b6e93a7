"""Where models and confirmed answers are kept, and which model is in force.

Under the data directory (see `runtime.data_dir`):
    goods/models/<id>.model      a model, and <id>.card.json beside it
    goods/active                 the id of the model in force; without it the packs' own is
    goods/confirmed.ndjson       confirmed answers, one a line, only ever added to
Durability: a model is written beside its place, flushed and renamed; a confirmation is appended in
one write and flushed before the call returns, so what was acknowledged survives a crash; a torn
last line is skipped and told. Whoever may write here may teach the system: guard the folder.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from pathlib import Path
from typing import Any

import polars as pl

from tidewaiter.knowledge.goods_model import GoodsModel, from_bytes, load_default_model, to_bytes
from tidewaiter.knowledge.load import Knowledge
from tidewaiter.knowledge.pack import PACKS_DIR
from tidewaiter.knowledge.verified import VERIFIED_COLUMNS, Verified
from tidewaiter.runtime.data_dir import data_dir
from tidewaiter.runtime.law import lawful
from tidewaiter.runtime.whole_file import write_whole
from tidewaiter.vocabulary.errors import InputError, unknown_name

DEFAULT = "default"
_SHORT = 12
_models: dict[tuple[Path, int], GoodsModel] = {}


def goods_dir() -> Path:
    """Give the folder of models and confirmed answers (it need not exist)."""
    return data_dir() / "goods"


def save_model(model: GoodsModel, card: dict[str, Any]) -> Path:
    """Keep a model and its card; gives the model's path."""
    folder = goods_dir() / "models"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{model.id[:_SHORT]}.model"
    write_whole(path, to_bytes(model))
    text = json.dumps(card, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    write_whole(path.with_suffix(".card.json"), text.encode())
    return path


def put_in_force(name: str) -> None:
    """Put a kept model in force by the beginning of its id, or `default` for the packs' own."""
    active = goods_dir() / "active"
    if name == DEFAULT:
        active.unlink(missing_ok=True)
        return
    write_whole(active, (find_model(name).stem + "\n").encode())


def find_model(name: str) -> Path:
    """Give the file of a kept model by the beginning of its id, or a path to any model file.

    Raises:
        InputError: no such model; names the kept ones.
    """
    if Path(name).is_file():
        return Path(name)
    kept = sorted((goods_dir() / "models").glob("*.model"))
    hits = [path for path in kept if path.stem.startswith(name)]
    if len(hits) != 1:
        raise unknown_name("model", name, [path.stem for path in kept] + [DEFAULT])
    return hits[0]


def models() -> list[dict[str, Any]]:
    """Give the cards of all kept models, newest training day first, and which is in force."""
    active = _active_name()
    cards = []
    for path in sorted((goods_dir() / "models").glob("*.card.json")):
        card = json.loads(path.read_text("utf-8"))
        cards.append({**card, "in_force": card["id"].startswith(active) if active else False})
    return sorted(cards, key=lambda card: str(card.get("trained_on", "")), reverse=True)


def model_in_force() -> GoodsModel:
    """Give the model in force: the one put in force, else the packs' own."""
    active = _active_name()
    return read_model(active) if active else load_default_model(PACKS_DIR)


def read_model(name: str) -> GoodsModel:
    """Read a model by id or path, `default` for the packs' own; kept in memory."""
    if name == DEFAULT:
        return load_default_model(PACKS_DIR)
    path = find_model(name)
    key = (path.resolve(), path.stat().st_mtime_ns)
    if key not in _models:
        _models.clear()
        _models[key] = from_bytes(path.read_bytes(), name=path.name)
    return _models[key]


def _active_name() -> str:
    active = goods_dir() / "active"
    return active.read_text("utf-8").strip() if active.is_file() else ""


def confirm(rows: pl.DataFrame) -> int:
    """Append confirmed answers; gives how many are new.

    Args:
        rows: frame with `VERIFIED_COLUMNS`.
    """
    path = goods_dir() / "confirmed.ndjson"
    path.parent.mkdir(parents=True, exist_ok=True)
    known = confirmed().select(*VERIFIED_COLUMNS)
    wanted = rows.select(*VERIFIED_COLUMNS).unique(maintain_order=True)
    new = wanted.join(known, on=list(VERIFIED_COLUMNS), how="anti", nulls_equal=True)
    if new.height:
        held = path.read_bytes() if path.is_file() else b""
        lead = b"\n" if held and not held.endswith(b"\n") else b""  # a torn line stays alone
        with path.open("ab") as file:
            file.write(lead + new.write_ndjson().encode())
            file.flush()
            os.fsync(file.fileno())
    return new.height


def confirmed() -> pl.DataFrame:
    """Give all confirmed answers, oldest first; lines that are no answer are skipped."""
    path = goods_dir() / "confirmed.ndjson"
    if not path.is_file():
        return pl.DataFrame(schema=VERIFIED_COLUMNS)
    rows = []
    for line in path.read_bytes().splitlines():
        try:
            row = json.loads(line)
        except ValueError:
            continue
        if isinstance(row, dict):
            rows.append({name: row.get(name) for name in VERIFIED_COLUMNS})
    return pl.DataFrame(rows, schema=VERIFIED_COLUMNS, strict=False)


def knowledge_in_force(
    lane: str,
    model: str = "",
    *,
    known_at: dt.date | None = None,
    tariff: Path | None = None,
) -> Knowledge:
    """Give all that is in force here for a lane: law, tariff, rates, model, what was confirmed.

    Args:
        lane: country or union of destination.
        model: another model than the one in force.
        known_at: tariffs as they were known on that day.
        tariff: a tariff pack for this run instead of the kept one.

    Raises:
        InputError: no such lane or model, or a tariff that cannot be used for it.
    """
    knowledge = lawful(lane, known_at=known_at, tariff=tariff)
    chosen = read_model(model) if model else model_in_force()
    entries = confirmed()
    if chosen is knowledge.goods and not entries.height:
        return knowledge
    if not chosen.classes.equals(knowledge.nomenclature.labels["hs6"]):
        raise InputError(
            f"model {chosen.id[:_SHORT]} is not for {knowledge.nomenclature.edition}.",
            remedy="Train it anew with `tidewaiter classify train`, or `classify use default`.",
        )
    return knowledge.with_goods(chosen, Verified(entries, knowledge.nomenclature.edition))
