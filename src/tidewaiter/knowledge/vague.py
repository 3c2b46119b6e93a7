"""Vague descriptions: words by kind, filler phrases, and what combinations of kinds mean.

Reads the pack `vague/terms` and its tables (a language each: kind, word). Gives a lexicon of folded
words to bits, and the verdict rules as masks and counts. Does not read any description itself;
`stages/check` does. Behaviour after ICS2, CBP and PACT (sources in the pack): a vague term alone
is refused, an embedded one is asked, a specific text passes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import polars as pl

from tidewaiter.knowledge.pack import PACKS_DIR, Pack, check_keys, check_source, read_pack
from tidewaiter.vocabulary.errors import PackError
from tidewaiter.vocabulary.folding import folded_list

CLASSES = ("named", "strange", "code", "number", "short")
COUNTS = ("words", *CLASSES, "family")
OUTCOMES = ("specific", "ask", "vague")
BITS = pl.UInt32
VERDICT_KEYS = {
    "any", "none", "every", "at_most", "at_least", "codes_percent_min",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Verdict:
    """One rule: if a description's words fit, `outcome` is what it is and `reason` why.

    Args:
        any: bits of which at least one must be there (0: no matter).
        none: bits none of which may be there.
        every: from each of these masks at least one bit must be there.
        at_most: counts that may not be exceeded.
        at_least: counts that must be reached.
        codes_percent_min: least share of code, number and short words, in percent.
    """

    id: str
    outcome: str
    reason: str
    any: int
    none: int
    every: tuple[int, ...]
    at_most: dict[str, int]
    at_least: dict[str, int]
    codes_percent_min: int


@dataclass(frozen=True, slots=True, eq=False)
class VagueTerms:
    """Words by kind and the rules over them.

    Args:
        bits: kind or word class to its bit.
        words: `word` (folded), `bits` (UInt32).
        cut_words: folded words of languages written without blanks, longest first.
        fillers: one regular expression of all filler phrases, any case.
        filler_hints: words one of which every filler phrase holds, in small letters.
        verdicts: rules, first fit decides.
        digests: pack id to SHA-256.
    """

    bits: dict[str, int]
    words: pl.DataFrame
    cut_words: tuple[str, ...]
    fillers: str
    filler_hints: list[str]
    verdicts: tuple[Verdict, ...]
    digests: dict[str, str]


def load_vague(packs_dir: Path = PACKS_DIR) -> VagueTerms:
    """Read and prepare the vague terms.

    Raises:
        PackError: all faults of the pack at once.
    """
    pack = read_pack("vague", "terms", packs_dir)
    tables = {entry["id"]: _table(pack, entry["id"]) for entry in pack.body.get("language", [])}
    faults = _faults(pack, tables)
    if faults:
        raise PackError(faults)
    kinds = [entry["id"] for entry in pack.body["kind"]]
    bits = {name: 1 << place for place, name in enumerate((*kinds, *CLASSES))}
    return VagueTerms(
        bits=bits,
        words=_words(pack, tables, bits),
        cut_words=_cut_words(pack, tables),
        fillers="(?i)" + "|".join(f"(?:{entry['pattern']})" for entry in pack.body["filler"]),
        filler_hints=sorted({hint for entry in pack.body["filler"] for hint in entry["hints"]}),
        verdicts=tuple(_verdict(entry, bits) for entry in pack.body["verdict"]),
        digests={pack.id: pack.digest},
    )


@lru_cache(maxsize=8)
def lexicon(vague: VagueTerms, named: frozenset[str]) -> pl.DataFrame:
    """Give `word, bits` of all known words: the pack's kinds, and the nomenclature's words.

    A word with a kind keeps only its kind: "parts" stands in the nomenclature and names no goods.
    Words of three letters and more count, and none with figures in it.

    Args:
        vague: the pack.
        named: words of the nomenclature, any case.
    """
    folds = {fold for fold in folded_list(sorted(named)) if len(fold) > 2 and fold.isalpha()}
    whole = folds | {f"{fold}s" for fold in folds}
    frame = pl.DataFrame(
        {"word": sorted(whole), "bits": [vague.bits["named"]] * len(whole)},
        schema={"word": pl.String, "bits": BITS},
    )
    return pl.concat([vague.words, frame.join(vague.words, on="word", how="anti")])


def _table(pack: Pack, language: str) -> pl.DataFrame:
    path = pack.tables_dir / f"{language}.csv"
    if not path.is_file():
        raise PackError([f"{pack.id}: table {language}.csv is missing"])
    return pl.read_csv(path, infer_schema=False)


def _faults(pack: Pack, tables: dict[str, pl.DataFrame]) -> list[str]:
    body = pack.body
    faults = [
        f"{pack.id}: key {key!r} is not known"
        for key in body.keys() - {"language", "kind", "filler", "verdict", "example", "examples"}
    ]
    kinds = {entry.get("id") for entry in body.get("kind", [])}
    checked: tuple[tuple[str, set[str], set[str]], ...] = (
        ("kind", {"id", "meaning", "source"}, {"vague", "noun"}),
        ("filler", {"language", "pattern", "hints", "source"}, set()),
        ("verdict", {"id", "outcome", "reason", "source"}, VERDICT_KEYS),
    )
    for name, needed, allowed in checked:
        for number, entry in enumerate(body.get(name, []), start=1):
            where = f"{pack.id} [[{name}]] {number}"
            faults += check_keys(where, entry, needed, allowed)
            faults += check_source(where, entry, pack.sources)
    for entry in body.get("verdict", []):
        faults += _verdict_faults(f"{pack.id} [[verdict]] {entry.get('id')}", entry, kinds)
    for entry in body.get("filler", []):
        try:
            re.compile(entry.get("pattern", ""))
        except re.error as fault:
            faults.append(f"{pack.id} [[filler]]: {fault}")
    for language, table in tables.items():
        unknown = set(table["kind"]) - kinds
        faults += [f"{pack.id}/{language}.csv: kind {kind!r} is not known" for kind in unknown]
    return faults


def _verdict_faults(where: str, entry: dict[str, Any], kinds: set[Any]) -> list[str]:
    named = set(entry.get("any", [])) | set(entry.get("none", []))
    named |= {kind for group in entry.get("every", []) for kind in group}
    counted = set(entry.get("at_most", {})) | set(entry.get("at_least", {}))
    faults = [f"{where}: kind {kind!r} is not known" for kind in sorted(named - kinds)]
    faults += [f"{where}: count {name!r} is none of {COUNTS}" for name in counted - set(COUNTS)]
    if entry.get("outcome") not in OUTCOMES:
        faults.append(f"{where}: outcome is none of {OUTCOMES}")
    return faults


def _words(pack: Pack, tables: dict[str, pl.DataFrame], bits: dict[str, int]) -> pl.DataFrame:
    nouns = {entry["id"] for entry in pack.body["kind"] if entry.get("noun")}
    known: dict[str, int] = {}
    derived: dict[str, int] = {}
    for entry in pack.body["language"]:
        table = tables[entry["id"]]
        folds = folded_list(table["word"].to_list())
        starts = folded_list(entry.get("prefixes", []))
        for kind, word in zip(table["kind"], folds, strict=True):
            known[word] = known.get(word, 0) | bits[kind]
            endings = entry.get("plurals", []) if kind in nouns else []
            for form in [word + end for end in endings] + [start + word for start in starts]:
                derived[form] = derived.get(form, 0) | bits[kind]
    whole = derived | known
    return pl.DataFrame(
        {"word": list(whole), "bits": list(whole.values())},
        schema={"word": pl.String, "bits": BITS},
    ).sort("word")


def _cut_words(pack: Pack, tables: dict[str, pl.DataFrame]) -> tuple[str, ...]:
    words: Iterable[str] = (
        word
        for entry in pack.body["language"]
        if entry.get("cut")
        for word in folded_list(tables[entry["id"]]["word"].to_list())
    )
    return tuple(sorted(set(words), key=lambda word: (-len(word), word)))


def _verdict(entry: dict[str, Any], bits: dict[str, int]) -> Verdict:
    def mask(kinds: Iterable[str]) -> int:
        return sum(bits[kind] for kind in set(kinds))

    return Verdict(
        id=entry["id"],
        outcome=entry["outcome"],
        reason=entry["reason"],
        any=mask(entry.get("any", [])),
        none=mask(entry.get("none", [])),
        every=tuple(mask(group) for group in entry.get("every", [])),
        at_most=entry.get("at_most", {}),
        at_least=entry.get("at_least", {}),
        codes_percent_min=entry.get("codes_percent_min", 0),
    )
