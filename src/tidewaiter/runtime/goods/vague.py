"""Vague text with files: which judge is in force, judging lines, teaching a judge.

Judges are kept beside the models of goods, under the data directory (see `store.goods_dir`):
    vague/<id>.judge      a judge, and <id>.card.json beside it
    vague/active          the id of the judge in force; without it the rules alone answer
A file is written whole or not at all. The measures always come from the packs' own model of
goods, never from one that learned from history: it might know the judged texts by heart.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from tidewaiter.knowledge.load import Knowledge, lanes, load
from tidewaiter.knowledge.vague_answers import PARTS, load_vague_answers
from tidewaiter.knowledge.vague_model import VagueModel, from_bytes, to_bytes
from tidewaiter.runtime.goods.reading import Texts, read_file
from tidewaiter.runtime.goods.store import goods_dir
from tidewaiter.runtime.whole_file import write_whole
from tidewaiter.stages.check.descriptions import read_descriptions
from tidewaiter.stages.classify.vague_training import Taught, sides, train_judge
from tidewaiter.stages.classify.vagueness import judge_texts, vague_chances
from tidewaiter.vocabulary.errors import InputError, unknown_name

RULES = "rules"  # what answers where no judge is in force
ROWS_AT_ONCE = 20_000
_SHORT = 12
LANE_OF_PACKS = "EU"  # words, nomenclature and model are the same on every lane


@dataclass(frozen=True, slots=True)
class TrainedJudge:
    """A trained judge, where it lies, its card, and how many good texts were also vague."""

    taught: Taught
    path: Path
    card: dict[str, Any]
    on_both_sides: int


def judges_dir() -> Path:
    """Give the folder of judges (it need not exist)."""
    return goods_dir() / "vague"


def judge_in_force() -> VagueModel | None:
    """Give the judge in force, or nothing where the rules alone answer.

    Raises:
        InputError: it is damaged, or was trained beside another model of goods.
    """
    active = judges_dir() / "active"
    if not active.is_file():
        return None
    return read_judge(active.read_text("utf-8").strip())


def read_judge(name: str) -> VagueModel:
    """Read a kept judge by the beginning of its id, or a path.

    Raises:
        InputError: no such judge, damaged, or trained beside another model of goods.
    """
    path = Path(name)
    if not path.is_file():
        kept = sorted(judges_dir().glob("*.judge"))
        hits = [one for one in kept if one.stem.startswith(name)]
        if len(hits) != 1:
            raise unknown_name("judge", name, [one.stem for one in kept] + [RULES])
        path = hits[0]
    model = from_bytes(path.read_bytes(), name=path.name)
    goods = load(LANE_OF_PACKS).goods.id
    if model.goods != goods:
        raise InputError(
            f"judge {path.stem} was trained beside model {model.goods[:_SHORT]} of goods; "
            f"the packs' is now {goods[:_SHORT]}.",
            remedy="Train it anew with `tidewaiter vague train`, or `tidewaiter vague use rules`.",
        )
    return model


def use_judge(name: str) -> None:
    """Put a kept judge in force by the beginning of its id, or `rules` for none.

    Raises:
        InputError: see `read_judge`.
    """
    active = judges_dir() / "active"
    if name == RULES:
        active.unlink(missing_ok=True)
        return
    write_whole(active, (read_judge(name).id[:_SHORT] + "\n").encode())


def judges() -> list[dict[str, Any]]:
    """Give the cards of all kept judges, and which is in force."""
    active = judges_dir() / "active"
    name = active.read_text("utf-8").strip() if active.is_file() else ""
    cards = [
        json.loads(path.read_text("utf-8")) for path in sorted(judges_dir().glob("*.card.json"))
    ]
    return [{**card, "in_force": bool(name) and card["id"].startswith(name)} for card in cards]


def answer_vague(
    rows: pl.DataFrame, judge: VagueModel | None, *, lane: str, on: dt.date
) -> list[dict[str, Any]]:
    """Judge texts.

    Args:
        rows: from `reading`; where a row has a title and a description or text, the latter is
            judged and the title may mend it.
        judge: the judge, or nothing for the rules alone.
        lane: whose programmes are told (a regime, or a lane of the pack `vague/answers`).
        on: day whose programmes apply.

    Raises:
        InputError: no such lane.
    """
    answers = load_vague_answers()
    known = sorted({*lanes(), *(one.lane for one in answers.programmes)})
    lane = lane.strip().upper()
    if lane not in known:
        raise unknown_name("lane", lane, known)
    knowledge = load(LANE_OF_PACKS)
    programmes = [
        {"programme": one.name, "does": one.does, "since": one.since.isoformat()}
        for one in answers.in_force(lane, on)
    ]
    name = judge.id[:_SHORT] if judge else RULES
    threshold = judge.threshold if judge else 1.0
    out: list[dict[str, Any]] = []
    for low in range(0, rows.height, ROWS_AT_ONCE):
        part = rows.slice(low, ROWS_AT_ONCE)
        lines = _lines(part, knowledge)
        chance, found = vague_chances(
            lines["text"], lines["quality"], judge, knowledge.goods, knowledge.nomenclature
        )
        told = judge_texts(
            lines, chance, found, answers, threshold=threshold, refuses=answers.refuses(lane, on)
        )
        out += [
            {**_told(id_, one), "judge": name, "enforced_by": programmes}
            for id_, one in zip(part["id"].to_list(), told.to_dicts(), strict=True)
        ]
    return out


def train_vague(
    vague: Path, good: Sequence[Path], *, on: dt.date, use: bool = True
) -> TrainedJudge:
    """Train a judge on files of vague and of good texts, and put it in force.

    Args:
        vague: CSV, NDJSON or Parquet with `text`.
        good: the same, texts that name their goods.
        on: day of training, for the card file (not part of the judge's id).
        use: put it in force.

    Raises:
        InputError: a file that cannot be read, or too few texts.
    """
    read = {path: read_file(path, labelled=False) for path in (vague, *good)}
    knowledge = load(LANE_OF_PACKS)
    bad, fine, both = two_sides(read, vague, good)
    taught = train_judge(
        bad,
        fine,
        judged_by_rules(pl.concat([bad, fine.alias(bad.name)]), knowledge)["quality"],
        knowledge.goods,
        knowledge.nomenclature,
        {path.name: texts.digest for path, texts in read.items()},
    )
    model = taught.model
    card = {"id": model.id, "trained_on": on.isoformat(), **model.card}
    path = judges_dir() / f"{model.id[:_SHORT]}.judge"
    write_whole(path, to_bytes(model))
    text = json.dumps(card, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    write_whole(path.with_suffix(".card.json"), text.encode())
    if use:
        use_judge(path.stem)
    return TrainedJudge(taught, path, card, both)


def two_sides(
    read: dict[Path, Texts], vague: Path, good: Sequence[Path]
) -> tuple[pl.Series, pl.Series, int]:
    """Give vague and good texts, distinct and plain, and how many good ones were also vague."""
    fine = [spoken(read[path].rows) for path in good]
    return sides(spoken(read[vague].rows), pl.concat(fine) if fine else pl.Series([""]))


def spoken(rows: pl.DataFrame) -> pl.Series:
    """Give what is judged of each row: the description or text, else the title."""
    return rows.select(pl.coalesce("description", "title").fill_null("").alias("text"))["text"]


def _lines(rows: pl.DataFrame, knowledge: Knowledge) -> pl.DataFrame:
    """Give `text, title, category, attributes, quality, reason` in the order of the rows."""
    lines = rows.select(
        pl.coalesce("description", "title").fill_null("").alias("text"),
        pl.when(pl.col("description").is_not_null()).then("title").alias("title"),
        pl.col("category_path").alias("category"),
        "attributes",
    )
    return lines.hstack(judged_by_rules(lines["text"], knowledge).select("quality", "reason"))


def judged_by_rules(texts: pl.Series, knowledge: Knowledge) -> pl.DataFrame:
    """Give `text, quality, reason` by the rules of `check`, in the order of the texts."""
    distinct = texts.unique()
    read = read_descriptions(
        distinct, knowledge.vague, knowledge.quality, knowledge.nomenclature.terms
    )
    broken = pl.col("characters")
    said = read.select(
        distinct.alias("text"),
        pl.when(broken.is_not_null()).then(pl.lit("vague")).otherwise("quality").alias("quality"),
        pl.coalesce(broken, "reason").alias("reason"),
    )
    return texts.alias("text").to_frame().join(said, on="text", how="left", maintain_order="left")


def _told(id_: str | None, row: dict[str, Any]) -> dict[str, Any]:
    chance = row["probability"]
    parts = {
        part: {
            "value": row[part],
            "from": row[f"{part}_from"],
            "inferred": row[f"{part}_from"] != "text",
        }
        for part in PARTS
        if row[part] is not None
    }
    return {
        "id": id_,
        "outcome": row["outcome"],
        "probability": None if chance is None else round(chance, 4),
        "reason": row["reason"],
        "question": row["question"],
        "suggested": row["suggested"],
        "parts": parts if row["outcome"] != "pass" else {},
    }
