"""Quality rules: what a message should hold, what is believable, by when data must be there.

Reads the packs `quality/messages`, `plausibility`, `deadlines`, `placeholders`, `identifiers` and
`postcodes`, and prepares them as frames and sets. Knows no message and no row; `stages/check`
applies them. Nothing in here enters a duty: rates and values are for suspicion only.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from tidewaiter.knowledge.pack import PACKS_DIR, Pack, check_keys, check_source, read_pack
from tidewaiter.vocabulary.columns import FRAMES
from tidewaiter.vocabulary.errors import PackError
from tidewaiter.vocabulary.folding import folded_list
from tidewaiter.vocabulary.terms import Dimension, Severity, View

NAMES = ("messages", "plausibility", "deadlines", "placeholders", "identifiers", "postcodes")
ENTRY_KEYS: dict[str, tuple[set[str], set[str]]] = {
    "element": ({"id", "frame", "columns", "weight", "source"}, {"roles", "must", "should"}),
    "lateness": ({"minutes_max", "score", "source"}, set()),
    "odd_value": ({"value", "source"}, set()),
    "deadline": ({"destination", "mode", "event", "before", "from", "source"}, set()),
    "rule": (
        {
            "id", "destination", "from", "value_max", "currency", "views", "order_views",
            "procedures_out", "identifiers", "source",
        },
        set(),
    ),
}  # fmt: skip
TABLE_KEYS = {
    "faults", "other_elements", "dimensions", "caps", "limits", "eur_rates", "names", "addresses",
    "file_endings", "answers",
}  # fmt: skip
BAND_NUMBERS = ("mass_g_min", "mass_g_max", "value_eur_min", "value_eur_max")


@dataclass(frozen=True, slots=True)
class Element:
    """One element a message should hold: present if any of `columns` has a value.

    Args:
        roles: for parties, the roles any of which will do.
        must: views whose messages must hold it.
        should: views whose messages should.
    """

    id: str
    frame: str
    columns: tuple[str, ...]
    weight: int
    roles: tuple[str, ...]
    must: frozenset[str]
    should: frozenset[str]

    @property
    def field(self) -> str:
        """The `frame.column` a finding on it names."""
        return f"{self.frame}.{self.columns[0]}"


@dataclass(frozen=True, slots=True)
class IdentifierRule:
    """Product identifiers asked of lines to a destination from a day, up to a value."""

    id: str
    destination: str
    since: dt.date
    value_max: Decimal
    currency: str
    views: tuple[str, ...]
    order_views: tuple[str, ...]
    procedures_out: tuple[str, ...]
    identifiers: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class QualityRules:
    """All quality rules, prepared.

    Args:
        elements: what messages should hold.
        answers: formats that are answers: nothing is missed in them.
        faults: severity to the percent (or points) it takes off.
        other_weight: weight of an element not listed.
        dimensions: weight of each dimension.
        caps: severity to the best quality a message with it can have.
        lateness: `(minutes_max, score)` in rising order.
        limits: tolerances and outer limits by name.
        rates: `currency, eur` (Float64): rough value of one unit in EUR.
        odd_values: values that are seldom a price.
        bands: `band, mass_g_min, mass_g_max, value_eur_min, value_eur_max` (Float64).
        band_words: folded phrase to band, plurals included.
        deadlines: `destination, mode, event, before, since`.
        identifier_rules: product identifiers asked.
        names: folded placeholder names.
        addresses: folded placeholder addresses.
        file_endings: endings without their dot.
        postcodes: `country, shapes` (list of shapes; blanks and hyphens left out).
        digests: pack id to SHA-256.
    """

    elements: tuple[Element, ...]
    answers: tuple[str, ...]
    faults: dict[str, int]
    other_weight: int
    dimensions: dict[str, int]
    caps: dict[str, int]
    lateness: tuple[tuple[int, int], ...]
    limits: dict[str, float]
    rates: pl.DataFrame
    odd_values: tuple[Decimal, ...]
    bands: pl.DataFrame
    band_words: dict[str, str]
    deadlines: pl.DataFrame
    identifier_rules: tuple[IdentifierRule, ...]
    names: frozenset[str]
    addresses: frozenset[str]
    file_endings: frozenset[str]
    postcodes: pl.DataFrame
    digests: dict[str, str]


def load_quality(packs_dir: Path = PACKS_DIR) -> QualityRules:
    """Read and prepare the quality rules.

    Raises:
        PackError: all faults of all quality packs at once.
    """
    packs = {name: read_pack("quality", name, packs_dir) for name in NAMES}
    faults = [fault for pack in packs.values() for fault in _faults(pack)]
    if faults:
        raise PackError(faults)
    messages, believable = packs["messages"].body, packs["plausibility"].body
    holders = packs["placeholders"].body
    bands = _bands(packs["plausibility"])
    return QualityRules(
        elements=tuple(_element(entry) for entry in messages["element"]),
        answers=tuple(messages["answers"]["formats"]),
        faults=_plain(messages["faults"]),
        other_weight=messages["other_elements"]["weight"],
        dimensions=_plain(messages["dimensions"]),
        caps=_plain(messages["caps"]),
        lateness=tuple(
            sorted((step["minutes_max"], step["score"]) for step in messages["lateness"])
        ),
        limits={name: float(value) for name, value in _plain(believable["limits"]).items()},
        rates=_rates(believable["eur_rates"]),
        odd_values=tuple(Decimal(entry["value"]) for entry in believable["odd_value"]),
        bands=bands.drop("words"),
        band_words=_band_words(bands),
        deadlines=_deadlines(packs["deadlines"]),
        identifier_rules=tuple(
            _identifier_rule(entry) for entry in packs["identifiers"].body["rule"]
        ),
        names=frozenset(folded_list(holders["names"]["words"])),
        addresses=frozenset(folded_list(holders["addresses"]["words"])),
        file_endings=frozenset(holders["file_endings"]["words"]),
        postcodes=_postcodes(packs["postcodes"]),
        digests={pack.id: pack.digest for pack in packs.values()},
    )


def _faults(pack: Pack) -> list[str]:
    faults: list[str] = []
    for kind, value in pack.body.items():
        if kind == "example":
            continue
        if kind in TABLE_KEYS:
            faults += check_source(f"{pack.id} [{kind}]", value, pack.sources)
        elif kind in ENTRY_KEYS:
            needed, allowed = ENTRY_KEYS[kind]
            for number, entry in enumerate(value, start=1):
                where = f"{pack.id} [[{kind}]] {number}"
                wrong = check_keys(where, entry, needed, allowed)
                wrong += check_source(where, entry, pack.sources)
                faults += wrong or _element_faults(where, kind, entry)
        else:
            faults.append(f"{pack.id}: key {kind!r} is not known")
    faults += _word_faults(pack)
    return faults


def _element_faults(where: str, kind: str, entry: dict[str, Any]) -> list[str]:
    if kind != "element":
        return []
    if entry["frame"] not in FRAMES:
        return [f"{where}: frame {entry['frame']!r} is not known"]
    declared = FRAMES[entry["frame"]].schema
    faults = [
        f"{where}: column {column!r} is not known"
        for column in entry["columns"]
        if column not in declared
    ]
    views = {*entry.get("must", []), *entry.get("should", [])}
    return faults + [f"{where}: view {view!r} is not known" for view in sorted(views - set(View))]


def _word_faults(pack: Pack) -> list[str]:
    known: dict[str, set[str]] = {
        "faults": {str(word) for word in Severity},
        "caps": {str(word) for word in Severity},
        "dimensions": {str(word) for word in Dimension},
    }
    return [
        f"{pack.id} [{kind}]: {word!r} is none of {sorted(words)}"
        for kind, words in known.items()
        for word in sorted(set(_plain(pack.body.get(kind, {}))) - words)
    ]


def _plain(table: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in table.items() if key != "source"}


def _element(entry: dict[str, Any]) -> Element:
    return Element(
        id=entry["id"],
        frame=entry["frame"],
        columns=tuple(entry["columns"]),
        weight=entry["weight"],
        roles=tuple(entry.get("roles", [])),
        must=frozenset(entry.get("must", [])),
        should=frozenset(entry.get("should", [])),
    )


def _identifier_rule(entry: dict[str, Any]) -> IdentifierRule:
    return IdentifierRule(
        id=entry["id"],
        destination=entry["destination"],
        since=entry["from"],
        value_max=Decimal(entry["value_max"]),
        currency=entry["currency"],
        views=tuple(entry["views"]),
        order_views=tuple(entry["order_views"]),
        procedures_out=tuple(entry["procedures_out"]),
        identifiers=tuple(entry["identifiers"]),
    )


def _rates(table: dict[str, Any]) -> pl.DataFrame:
    rates = {code: float(rate) for code, rate in _plain(table).items()}
    return pl.DataFrame(
        {"currency": list(rates), "eur": list(rates.values())},
        schema={"currency": pl.String, "eur": pl.Float64},
    )


def _bands(pack: Pack) -> pl.DataFrame:
    table = pl.read_csv(pack.tables_dir / "bands.csv", infer_schema=False)
    return table.select(
        pl.col("id").alias("band"),
        pl.col("words"),
        *(pl.col(name).cast(pl.Float64) for name in BAND_NUMBERS),
    )


def _band_words(bands: pl.DataFrame) -> dict[str, str]:
    words: dict[str, str] = {}
    for band, listed in zip(bands["band"], bands["words"], strict=True):
        for word in folded_list(listed.split("|")):
            plural = f"{word}es" if word.endswith(("s", "x", "ch", "sh")) else f"{word}s"
            words.setdefault(word, band)
            words.setdefault(plural, band)
    return words


def _deadlines(pack: Pack) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {
                "destination": entry["destination"],
                "mode": entry["mode"],
                "event": entry["event"],
                "before": entry["before"],
                "since": entry["from"],
            }
            for entry in pack.body["deadline"]
        ],
        schema={
            "destination": pl.String,
            "mode": pl.String,
            "event": pl.String,
            "before": pl.Int64,
            "since": pl.Date,
        },
    )


def _postcodes(pack: Pack) -> pl.DataFrame:
    table = pl.read_csv(pack.tables_dir / "shapes.csv", infer_schema=False)
    return table.with_columns(pl.col("shapes").str.split("|"))
