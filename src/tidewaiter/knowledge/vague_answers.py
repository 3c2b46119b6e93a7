"""What is said about a vague text: who refuses it since when, what is asked, what is suggested.

Reads the pack `vague/answers`: dated programmes by lane, the parts of a good text in the order of
the pattern `[gender] + [material] + [article] + [use]`, and the words by which a part is found.
Does not judge a text (`stages.classify.vagueness`).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from tidewaiter.knowledge.pack import PACKS_DIR, Pack, check_keys, check_source, read_pack
from tidewaiter.vocabulary.errors import PackError
from tidewaiter.vocabulary.folding import folded_list

PARTS = ("gender", "material", "article", "use")
DOES = ("message", "reject")
_TABLES: dict[str, tuple[set[str], set[str]]] = {
    "lane": ({"lane", "programme", "does", "from", "source"}, set()),
    "part": ({"id", "rank", "question", "attributes", "source"}, {"chapters"}),
    "word": ({"part", "says", "words", "source"}, set()),
    "opener": ({"words", "source"}, set()),
}


@dataclass(frozen=True, slots=True)
class Programme:
    """Who answers vague text on a lane since when, and whether it refuses it."""

    lane: str
    name: str
    does: str
    since: dt.date
    source: str


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a good text.

    Args:
        id: one of `PARTS`.
        rank: order of asking.
        question: what is asked where the part is missing.
        attributes: folded names of attributes that say it.
        chapters: chapters it matters in; empty: in all.
        words: folded word to how it is said in a suggestion.
    """

    id: str
    rank: int
    question: str
    attributes: tuple[str, ...]
    chapters: tuple[str, ...]
    words: dict[str, str]


@dataclass(frozen=True, slots=True, eq=False)
class VagueAnswers:
    """Programmes, parts in the order of the pattern, words that open a use, and the digest."""

    programmes: tuple[Programme, ...]
    parts: tuple[Part, ...]
    openers: tuple[str, ...]
    digest: str

    def in_force(self, lane: str, on: dt.date) -> tuple[Programme, ...]:
        """Give the programmes of a lane that have begun by a day."""
        return tuple(one for one in self.programmes if one.lane == lane and one.since <= on)

    def refuses(self, lane: str, on: dt.date) -> bool:
        """Say whether vague text is refused: by a programme in force, or no date is known."""
        known = [one for one in self.programmes if one.lane == lane]
        return not known or any(one.does == "reject" for one in self.in_force(lane, on))


@lru_cache(maxsize=4)
def load_vague_answers(packs_dir: Path = PACKS_DIR) -> VagueAnswers:
    """Read and prepare the pack.

    Raises:
        PackError: all faults of the pack at once.
    """
    pack = read_pack("vague", "answers", packs_dir)
    faults = _faults(pack)
    if faults:
        raise PackError(faults)
    programmes = (
        Programme(
            entry["lane"],
            entry["programme"],
            entry["does"],
            entry["from"],
            str(pack.sources[entry["source"]]),
        )
        for entry in pack.body["lane"]
    )
    return VagueAnswers(
        programmes=tuple(programmes),
        parts=tuple(_part(entry, pack) for entry in pack.body["part"]),
        openers=tuple(word for entry in pack.body["opener"] for word in entry["words"]),
        digest=pack.digest,
    )


def _part(entry: dict[str, Any], pack: Pack) -> Part:
    words = {
        word: other["says"]
        for other in pack.body["word"]
        if other["part"] == entry["id"]
        for word in folded_list(other["words"])
    }
    return Part(
        id=entry["id"],
        rank=entry["rank"],
        question=entry["question"],
        attributes=tuple(folded_list(entry["attributes"])),
        chapters=tuple(entry.get("chapters", [])),
        words=words,
    )


def _faults(pack: Pack) -> list[str]:
    faults = [f"{pack.id}: key {key!r} is not known" for key in pack.body.keys() - set(_TABLES)]
    for name, (needed, allowed) in _TABLES.items():
        if not pack.body.get(name):
            faults.append(f"{pack.id}: no [[{name}]]")
        for number, entry in enumerate(pack.body.get(name, []), start=1):
            where = f"{pack.id} [[{name}]] {number}"
            faults += check_keys(where, entry, needed, allowed)
            faults += check_source(where, entry, pack.sources)
            if name == "lane" and entry.get("does") not in DOES:
                faults.append(f"{where}: does {entry.get('does')!r} is none of {DOES}")
            if name == "lane" and not isinstance(entry.get("from"), dt.date):
                faults.append(f"{where}: from must be a date")
            if name == "word" and entry.get("part") not in PARTS:
                faults.append(f"{where}: part {entry.get('part')!r} is none of {PARTS}")
    listed = tuple(entry.get("id") for entry in pack.body.get("part", []))
    if listed != PARTS:
        faults.append(f"{pack.id}: parts are {listed}, they must be {PARTS} in this order")
    return faults
