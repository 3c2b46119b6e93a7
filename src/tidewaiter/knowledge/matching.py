"""Matching packs: words of names and addresses, weights of evidence, whom to trust for what.

Read from `packs/matching/{words,link,fuse}.toml`; used by `fuse` (which messages are one parcel)
and `link` (which writings are one person). Knows how the packs look and checks them; how a name
is brought to its normal form is in `knowledge.normal_forms`. Decides nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from tidewaiter.knowledge.pack import PACKS_DIR, Pack, check_keys, check_source, read_pack
from tidewaiter.vocabulary.errors import PackError
from tidewaiter.vocabulary.terms import View

LETTER_KEYS = ("latin", "cyrillic", "greek", "digits")
NAME_KEYS = ("titles", "particles", "legal_forms", "spellings", "given")
ADDRESS_KEYS = ("particles", "dropped", "unit", "building", "way", "other", "endings")
LINK_KEYS = {
    "name": ("equal", "typo", "typos", "initial", "extra", "differ"),
    "address": ("equal", "alike", "part", "number", "missing", "differ"),
    "contact": ("phone", "email", "phone_differs", "email_differs"),
    "typo": (
        "swap_length_min",
        "drop_length_min",
        "change_length_min",
        "double_length_min",
        "number_length_min",
        "known_doors_min",
        "known_share_min",
        "contact_alike_min",
    ),
    "limit": ("block_rows_max", "address_rows_max", "parcels_named_max"),
}
FUSE_KEYS = {
    "id": ("shared", "further", "near", "differ"),
    "name": ("equal", "alike", "differ"),
    "postcode": ("equal", "differ"),
    "address": ("equal", "alike", "differ"),
    "phone": ("equal", "differ"),
    "email": ("equal", "differ"),
    "country": ("equal", "differ"),
    "value": ("equal", "near", "differ"),
    "mass": ("equal", "near", "differ"),
    "day": ("same", "near", "far"),
    "goods": ("alike", "part", "differ"),
    "tolerance": (
        "name_alike",
        "name_differ",
        "address_alike",
        "goods_alike",
        "goods_part",
        "value_equal_share",
        "value_near_share",
        "mass_equal_share",
        "mass_near_share",
        "day_near",
        "day_far",
    ),
    "limit": (
        "id_length_min",
        "id_rows_max",
        "block_rows_max",
        "rounds_max",
        "goods_chars_max",
        "resent_bits_min",
        "resent_unnamed_bits_min",
    ),
    "contradiction": (
        "value_ratio_min",
        "mass_ratio_min",
        "mass_grams_min",
        "name_alike_min",
        "hs_digits",
        "word_letters",
    ),
    "line": ("gtin", "product_id", "hs", "value", "words", "item_no", "threshold"),
}


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """Words of names and addresses, each list as the pack has it.

    Args:
        letters: letter to its plain form.
        titles, particles, legal_forms: of names.
        spellings: writing of a name to the form kept.
        given: known given names.
        address_particles, address_dropped: of addresses.
        units, buildings, ways, others: writing to the form kept, by kind of designator.
        endings: ending of a word to the form kept.
        examples: `(kind, a, b, same)`.
    """

    letters: dict[str, str]
    titles: tuple[str, ...]
    particles: tuple[str, ...]
    legal_forms: tuple[str, ...]
    spellings: dict[str, str]
    given: frozenset[str]
    address_particles: tuple[str, ...]
    address_dropped: tuple[str, ...]
    units: dict[str, str]
    buildings: dict[str, str]
    ways: dict[str, str]
    others: dict[str, str]
    endings: dict[str, str]
    examples: tuple[tuple[str, str, str, bool], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Matching:
    """All matching knowledge.

    Args:
        words: words of names and addresses.
        link: weights and limits of `link`, by group and name.
        link_threshold: bits at which two writings are one person.
        fuse: weights, tolerances and limits of `fuse`, by group and name.
        fuse_threshold: bits at which two messages are one parcel.
        trust: family of fields to views, most trusted first.
        digests: pack id to digest.
    """

    words: Words
    link: dict[str, dict[str, float]]
    link_threshold: float
    fuse: dict[str, dict[str, float]]
    fuse_threshold: float
    trust: dict[str, tuple[str, ...]]
    digests: dict[str, str]


@lru_cache(maxsize=4)
def load_matching(packs_dir: Path = PACKS_DIR) -> Matching:
    """Read the three matching packs.

    Raises:
        PackError: all faults of all three packs at once.
    """
    packs = {name: read_pack("matching", name, packs_dir) for name in ("words", "link", "fuse")}
    faults = (
        _word_faults(packs["words"])
        + _weight_faults(packs["link"], "link", LINK_KEYS)
        + _weight_faults(packs["fuse"], "fuse", FUSE_KEYS)
        + _trust_faults(packs["fuse"])
    )
    if faults:
        raise PackError(faults)
    link, fuse = packs["link"].body["link"], packs["fuse"].body["fuse"]
    trust = packs["fuse"].body["trust"]
    return Matching(
        words=_words(packs["words"].body),
        link=_weights(link, LINK_KEYS),
        link_threshold=float(link["threshold"]),
        fuse=_weights(fuse, FUSE_KEYS),
        fuse_threshold=float(fuse["threshold"]),
        trust={name: tuple(views) for name, views in trust.items() if name != "source"},
        digests={pack.id: pack.digest for pack in packs.values()},
    )


def _weights(body: dict[str, Any], keys: dict[str, tuple[str, ...]]) -> dict[str, dict[str, float]]:
    return {
        group: {name: float(body[group][name]) for name in names} for group, names in keys.items()
    }


def _words(body: dict[str, Any]) -> Words:
    names, addresses = body["names"], body["addresses"]
    return Words(
        letters={k: v for group in LETTER_KEYS for k, v in body["letters"][group].items()},
        titles=tuple(names["titles"]),
        particles=tuple(names["particles"]),
        legal_forms=tuple(names["legal_forms"]),
        spellings=_turned(names["spellings"]),
        given=frozenset(names["given"]["words"]) | frozenset(names["spellings"]),
        address_particles=tuple(addresses["particles"]),
        address_dropped=tuple(addresses["dropped"]),
        units=_turned(addresses["unit"]),
        buildings=_turned(addresses["building"]),
        ways=_turned(addresses["way"]),
        others=_turned(addresses["other"]),
        endings=_turned(addresses["endings"]),
        examples=tuple(
            (entry["kind"], entry["a"], entry["b"], entry["same"]) for entry in body["example"]
        ),
    )


def _turned(table: dict[str, list[str]]) -> dict[str, str]:
    return {kept: kept for kept in table} | {
        writing: kept for kept, writings in table.items() for writing in writings
    }


def _word_faults(pack: Pack) -> list[str]:
    body = pack.body
    faults = check_keys(pack.id, body, ("letters", "names", "addresses", "example"))
    if faults:
        return faults
    faults += check_keys(f"{pack.id} [letters]", body["letters"], (*LETTER_KEYS, "source"))
    faults += check_keys(f"{pack.id} [names]", body["names"], (*NAME_KEYS, "source"))
    faults += check_keys(f"{pack.id} [addresses]", body["addresses"], (*ADDRESS_KEYS, "source"))
    for part in ("letters", "names", "addresses"):
        faults += check_source(f"{pack.id} [{part}]", body[part], pack.sources)
    for number, entry in enumerate(body["example"], start=1):
        faults += check_keys(f"{pack.id} [[example]] {number}", entry, ("kind", "a", "b", "same"))
    return faults + (_twice(pack) if not faults else [])


def _twice(pack: Pack) -> list[str]:
    faults: list[str] = []
    seen: dict[str, str] = {}
    for group in ("unit", "building", "way", "other"):
        for kept, writings in pack.body["addresses"][group].items():
            for word in (kept, *writings):
                if word in seen:
                    faults.append(f"{pack.id}: {word!r} stands for {seen[word]!r} and for {kept!r}")
                seen[word] = kept
    return faults


def _weight_faults(pack: Pack, name: str, keys: dict[str, tuple[str, ...]]) -> list[str]:
    body = pack.body.get(name)
    if not isinstance(body, dict):
        return [f"{pack.id}: [{name}] is missing"]
    faults = check_keys(f"{pack.id} [{name}]", body, (*keys, "threshold", "source"))
    faults += check_source(f"{pack.id} [{name}]", body, pack.sources)
    for group, names in keys.items():
        table = body.get(group)
        if isinstance(table, dict):
            faults += check_keys(f"{pack.id} [{name}.{group}]", table, names)
            faults += [
                f"{pack.id} [{name}.{group}]: {key} is no number"
                for key, value in table.items()
                if not isinstance(value, int | float)
            ]
    return faults


def _trust_faults(pack: Pack) -> list[str]:
    table = pack.body.get("trust")
    if not isinstance(table, dict):
        return [f"{pack.id}: [trust] is missing"]
    faults = check_source(f"{pack.id} [trust]", table, pack.sources)
    views = {view.value for view in View}
    return faults + [
        f"{pack.id} [trust]: {family} must name each of {sorted(views)} once"
        for family, order in table.items()
        if family != "source" and (sorted(order) != sorted(views))
    ]
