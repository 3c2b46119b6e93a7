"""What is made of a known product: limits, watch list and evidence; and how fields are called.

Read from `packs/products/rules.toml` and `packs/products/attributes.toml`. The predicates behind
the evidence are the stage's (`stages.products.origins`); which of them count, from when and how
much is the pack's. Knows no product.

Bodies: `[text]`, `[fill]`, `[names]`, `[recall]`, `[origin]`; `[[watch]] brand, from, to?`;
`[[evidence]] id, sentence, weight, from, to?`; `[[attribute]] frame, column, names`.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from tidewaiter.knowledge.pack import PACKS_DIR, Pack, check_keys, check_source, read_pack
from tidewaiter.vocabulary.errors import PackError
from tidewaiter.vocabulary.folding import folded_list
from tidewaiter.vocabulary.product_frames import CATALOGUE, RECALLS

TABLE_KEYS = {
    "text": ("shared_max", "alike_max", "heads_max", "known_min", "candidate_max"),
    "fill": ("hs_code", "brand", "country_origin", "maker_name"),
    "names": ("generic", "word_letters_min"),
    "recall": ("model_signs_min",),
    "origin": ("doubt_min", "history_lines_min", "history_share_max", "history_share_usual"),
}
EVIDENCE = (
    "maker_elsewhere",
    "maker_known_elsewhere",
    "catalogue_other_origin",
    "history_other_origin",
    "sent_from_maker",
    "route_misses_origin",
    "seller_with_maker",
    "maker_there",
    "catalogue_same_origin",
    "history_same_origin",
    "route_touches_origin",
)
FACTS = (
    "origin",
    "maker_party",
    "maker_known",
    "usual",
    "lines",
    "share",
    "seen_most",
    "route",
    "seller",
)
RECALL_LISTS = {"product_names", "product_models"}  # put together into the column `products`
_HOLE = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True, slots=True)
class Evidence:
    """One piece of evidence about an origin.

    Args:
        id: which predicate (one of `EVIDENCE`).
        sentence: what an officer reads; `{fact}` stands for a fact of the line (`FACTS`).
        weight: above zero against the declared origin, below for it.
        since: first day in force.
        until: first day not in force.
    """

    id: str
    sentence: str
    weight: float
    since: dt.date
    until: dt.date

    @property
    def pieces(self) -> tuple[tuple[str, bool], ...]:
        """The sentence cut into text and facts: `(piece, is_fact)`."""
        cut = _HOLE.split(self.sentence)
        return tuple((piece, bool(at % 2)) for at, piece in enumerate(cut) if piece)


@dataclass(frozen=True, slots=True, eq=False)  # told apart by identity: expressions are kept by it
class ProductRules:
    """Limits by table and name, the watch list, the evidence.

    Args:
        limits: figures by `<table>.<name>`.
        generic: folded words that tell no name from another.
        watch: `(folded brand, since, until)`.
        evidence: all dated entries.
        digests: pack id to SHA-256.
    """

    limits: dict[str, float]
    generic: frozenset[str]
    watch: tuple[tuple[str, dt.date, dt.date], ...]
    evidence: tuple[Evidence, ...]
    digests: dict[str, str]

    def watched(self, on: dt.date) -> list[str]:
        """Give the folded brands watched on a day."""
        return sorted({brand for brand, since, until in self.watch if since <= on < until})

    def evidence_on(self, on: dt.date) -> tuple[Evidence, ...]:
        """Give the evidence in force on a day."""
        return tuple(piece for piece in self.evidence if piece.since <= on < piece.until)


@dataclass(frozen=True, slots=True)
class Attributes:
    """How the fields of product data and recall lists are called.

    Args:
        names: by frame, column to its names (letters and digits only, small), best first.
        digests: pack id to SHA-256.
    """

    names: dict[str, dict[str, tuple[str, ...]]]
    digests: dict[str, str]


@lru_cache(maxsize=4)
def load_product_rules(packs_dir: Path = PACKS_DIR) -> ProductRules:
    """Read the rules.

    Raises:
        PackError: all faults of the pack at once.
    """
    pack = read_pack("products", "rules", packs_dir)
    faults = _rule_faults(pack)
    if faults:
        raise PackError(faults)
    body = pack.body
    limits = {
        f"{table}.{name}": float(body[table][name])
        for table, names in TABLE_KEYS.items()
        for name in names
        if name != "generic"
    }
    brands = folded_list([entry["brand"] for entry in body.get("watch", [])])
    return ProductRules(
        limits=limits,
        generic=frozenset(folded_list(body["names"]["generic"])),
        watch=tuple(
            (brand, entry["from"], entry.get("to", dt.date.max))
            for brand, entry in zip(brands, body.get("watch", []), strict=True)
        ),
        evidence=tuple(
            Evidence(
                e["id"], e["sentence"], float(e["weight"]), e["from"], e.get("to", dt.date.max)
            )
            for e in body.get("evidence", [])
        ),
        digests={pack.id: pack.digest},
    )


@lru_cache(maxsize=4)
def load_attributes(packs_dir: Path = PACKS_DIR) -> Attributes:
    """Read how the fields are called.

    Raises:
        PackError: all faults of the pack at once.
    """
    pack = read_pack("products", "attributes", packs_dir)
    known = {
        "catalogue": set(CATALOGUE.schema) - {"unread"},
        "recalls": (set(RECALLS.schema) | RECALL_LISTS) - {"unread", "products", "source"},
    }
    faults: list[str] = []
    names: dict[str, dict[str, tuple[str, ...]]] = {frame: {} for frame in known}
    for number, entry in enumerate(pack.body.get("attribute", []), start=1):
        where = f"{pack.id} [[attribute]] {number}"
        wrong = check_keys(where, entry, ("frame", "column", "names", "source"))
        wrong = wrong or check_source(where, entry, pack.sources)
        if not wrong and entry["column"] not in known.get(entry["frame"], set()):
            wrong = [f"{where}: {entry['frame']}.{entry['column']} is not a declared column"]
        faults += wrong
        if not wrong:
            names[entry["frame"]][entry["column"]] = tuple(entry["names"])
    faults += [
        f"{pack.id}: column {frame}.{column} has no names"
        for frame, columns in known.items()
        for column in sorted(columns - set(names[frame]))
    ]
    if faults:
        raise PackError(faults)
    return Attributes(names, {pack.id: pack.digest})


def _rule_faults(pack: Pack) -> list[str]:
    where, body = pack.id, pack.body
    faults = check_keys(where, body, TABLE_KEYS, ("watch", "evidence"))
    for table, names in TABLE_KEYS.items():
        entry = body.get(table, {})
        faults += check_keys(f"{where} [{table}]", entry, (*names, "source"))
        faults += check_source(f"{where} [{table}]", entry, pack.sources)
    for number, entry in enumerate(body.get("watch", []), start=1):
        place = f"{where} [[watch]] {number}"
        faults += check_keys(place, entry, ("brand", "from", "source"), ("to",))
        faults += check_source(place, entry, pack.sources)
    for number, entry in enumerate(body.get("evidence", []), start=1):
        faults += _evidence_faults(f"{where} [[evidence]] {number}", entry, pack)
    return faults


def _evidence_faults(place: str, entry: dict[str, Any], pack: Pack) -> list[str]:
    faults = check_keys(place, entry, ("id", "sentence", "weight", "from", "source"), ("to",))
    faults += check_source(place, entry, pack.sources)
    if entry.get("id") not in EVIDENCE:
        faults.append(f"{place}: id {entry.get('id')!r} is none of {', '.join(EVIDENCE)}")
    strange = set(_HOLE.findall(str(entry.get("sentence", "")))) - set(FACTS)
    faults += [f"{place}: {{{fact}}} is none of {', '.join(FACTS)}" for fact in sorted(strange)]
    return faults
