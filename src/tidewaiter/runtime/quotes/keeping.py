"""Keep quotes, give them back under their id, and explain the difference at import.

Under the data directory `quotes/<id>.json`. Durability: written whole and flushed before the id is
told; a quote is never changed: the same id is the same question under the same knowledge. Whoever
may write there could change what was promised: guard the folder, or keep the printed answer.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from tidewaiter.runtime.goods.store import goods_dir
from tidewaiter.runtime.quotes.answering import quotes
from tidewaiter.runtime.quotes.asking import Asked, Json, read_asked
from tidewaiter.runtime.whole_file import write_whole
from tidewaiter.vocabulary.errors import InputError, unknown_name

_ID = re.compile(r"q-[0-9a-f]{20}")
AMOUNTS = ("duty", "tax", "fees", "total")
MAY_DIFFER = ("on", "id")


def quotes_dir() -> Path:
    """Give the folder of kept quotes (it need not exist)."""
    return goods_dir().parent / "quotes"


def keep(answer: Json) -> Path:
    """Keep a quote; gives its file. One that is kept already stays as it is."""
    path = quotes_dir() / f"{answer['id']}.json"
    if not path.is_file():
        write_whole(path, (json.dumps(answer, ensure_ascii=False, indent=1) + "\n").encode())
    return path


def kept(quote_id: str) -> Json:
    """Give a kept quote back.

    Raises:
        InputError: no such quote.
    """
    path = quotes_dir() / f"{quote_id}.json"
    if not _ID.fullmatch(quote_id) or not path.is_file():
        known = sorted(found.stem for found in quotes_dir().glob("q-*.json"))
        raise unknown_name("quote", quote_id, known)
    return dict(json.loads(path.read_text("utf-8")))


def compare(quote_id: str, *, on: dt.date | None = None, declared: Json | None = None) -> Json:
    """Say whether a parcel owes at import what it was quoted, and if not, why.

    The difference is told apart: what the parcel owes today as it was quoted (the law or our
    knowledge of it changed), and as it is declared (the facts changed).

    Args:
        quote_id: the quote.
        on: day of import; by default the quote's own day.
        declared: the parcel as declared, in the shape of a question; by default as it was quoted.

    Raises:
        InputError: no such quote, or a parcel that cannot be read.
    """
    promised = kept(quote_id)
    asked = _as_asked(promised["asked"])
    day = on or asked.on
    actual = replace(read_asked({**declared, "on": day.isoformat()}), id="") if declared else None
    [lawful] = quotes([replace(asked, on=day)])
    now = quotes([actual])[0] if actual else lawful
    facts = _facts_apart(promised["asked"], now["asked"])
    law = _layers_apart(promised, lawful)
    reasons = [f"the fact {name} was {was!r} and is {became!r}" for name, was, became in facts]
    reasons += [f"the law of {day} against that of {promised['on']}: {one}" for one in law]
    return {
        "id": quote_id,
        "same": all(promised[key] == now[key] for key in AMOUNTS),
        "quoted": {key: promised[key] for key in AMOUNTS},
        "due": {key: now[key] for key in AMOUNTS},
        "difference": str(Decimal(now["total"]) - Decimal(promised["total"])),
        "of_it_law": str(Decimal(lawful["total"]) - Decimal(promised["total"])),
        "of_it_facts": str(Decimal(now["total"]) - Decimal(lawful["total"])),
        "currency": now["currency"],
        "reasons": reasons,
        "answer": now,
    }


def _as_asked(said: Json) -> Asked:
    told = {key: value for key, value in said.items() if value not in ("", None)}
    told["items"] = [
        {key: value for key, value in item.items() if value not in ("", None, {})}
        for item in said["items"]
    ]
    if not told["items"]:
        raise InputError("the kept quote has no items.")
    return read_asked(told)


def _facts_apart(was: Json, now: Json) -> list[tuple[str, object, object]]:
    apart: list[tuple[str, object, object]] = [
        (key, was[key], now[key])
        for key in was
        if key not in ("items", *MAY_DIFFER) and was[key] != now[key]
    ]
    if len(was["items"]) != len(now["items"]):
        apart.append(("number of items", len(was["items"]), len(now["items"])))
    for number, (old, new) in enumerate(zip(was["items"], now["items"], strict=False), start=1):
        apart += [
            (f"{key} of item {number}", old[key], new[key]) for key in old if old[key] != new[key]
        ]
    return apart


def _layers_apart(promised: Json, lawful: Json) -> list[str]:
    """Say which layers come out differently for the very same parcel."""

    def layers(answer: Json) -> dict[str, Decimal]:
        sums: dict[str, Decimal] = {}
        for line in answer["lines"]:
            sums[line["layer"]] = sums.get(line["layer"], Decimal(0)) + Decimal(line["amount"])
        return sums

    was, now = layers(promised), layers(lawful)
    titles = {line["layer"]: line["sentence"] for line in (*promised["lines"], *lawful["lines"])}
    return [
        f"{titles[layer]} (was {was.get(layer, 'not there')}, is {now.get(layer, 'not there')})"
        for layer in sorted({*was, *now})
        if was.get(layer) != now.get(layer)
    ]
