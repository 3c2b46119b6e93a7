"""Read a regime pack and compile what is in force on a day."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

import polars as pl

from tidewaiter.knowledge.pack import PACKS_DIR, Pack, Table, pack_paths, read_pack
from tidewaiter.knowledge.rates import parse_rate
from tidewaiter.knowledge.regimes.conditions import compile_hit
from tidewaiter.knowledge.regimes.exchange import estimates, rates_on
from tidewaiter.knowledge.regimes.faults import BASE_PARTS, regime_faults
from tidewaiter.knowledge.regimes.law import (
    Collection,
    Limit,
    Measure,
    RateTable,
    Regime,
    RegimeDay,
    Rounding,
)
from tidewaiter.vocabulary.columns import MONEY
from tidewaiter.vocabulary.errors import InputError, PackError, unknown_name

LAST_DAY = dt.date.max
HALF_UP = "half_up"


def load_regime(name: str, packs_dir: Path = PACKS_DIR) -> Regime:
    """Read one regime pack.

    Raises:
        InputError: no such regime.
        PackError: all faults of the pack at once.
    """
    pack = read_pack("regimes", name, packs_dir)
    faults = regime_faults(pack)
    if faults:
        raise PackError(faults)
    head = pack.body["regime"]
    exchange, digests = estimates(packs_dir)
    return Regime(
        title=pack.title,
        jurisdiction=head["jurisdiction"],
        currency=head["currency"],
        decimals=head["decimals"],
        destinations=frozenset(head["destinations"]),
        valuation=head.get("valuation", "price"),
        scenario=head.get("scenario", False),
        questions={e["fact"]: e["ask"] for e in pack.body.get("question", [])},
        digests={pack.id: pack.digest, **digests},
        pack=pack,
        compile_day=_compile,
        exchange=exchange,
    )


def as_known(regime: Regime, known_at: dt.date) -> Regime:
    """Give the regime as it was known on a day, to replay a decision of that day."""
    return replace(regime, known_at=known_at, _days={})


def with_exchange(regime: Regime, imported: pl.DataFrame, digest: str) -> Regime:
    """Give the regime with imported rates of exchange (`exchange.IMPORTED`) and their digest."""
    digests = {**regime.digests, f"exchange/imported/{regime.pack.path.stem}": digest}
    return replace(regime, imported=imported, digests=digests, _days={})


@lru_cache(maxsize=4)
def destinations(packs_dir: Path = PACKS_DIR) -> dict[str, str]:
    """Give the regime (file name) of every country that has one; scenarios are left out."""
    found: dict[str, str] = {}
    for path in pack_paths("regimes", packs_dir):
        head = read_pack("regimes", path.stem, packs_dir).body.get("regime", {})
        if not head.get("scenario", False):
            found |= dict.fromkeys(head.get("destinations", ()), path.stem)
    return dict(sorted(found.items()))


def regime_for(country: str, packs_dir: Path = PACKS_DIR) -> str:
    """Give the name of the regime of a country of destination.

    Raises:
        InputError: no regime is known for it; names the nearest.
    """
    known = destinations(packs_dir)
    if country.upper() in known:
        return known[country.upper()]
    names = [path.stem.upper() for path in pack_paths("regimes", packs_dir)]
    if country.upper() in names:
        return country.lower()
    raise unknown_name("country with a regime", country, [*known, *names])


def _compile(regime: Regime, on: dt.date) -> RegimeDay:
    pack, body = regime.pack, regime.pack.body

    def now(kind: str) -> list[Table]:
        return [entry for entry in body.get(kind, []) if in_force(entry, on, regime.known_at)]

    sets = {entry["id"]: tuple(entry["values"]) for entry in body.get("set", [])}
    return RegimeDay(
        regime=regime,
        on=on,
        rates=rates_on(regime, now("rate"), on),
        limits=tuple(
            Limit(
                e["id"], e["title"], Decimal(e["amount"]), e["basis"],
                str(pack.sources[e["source"]]),
            )
            for e in now("limit")
        ),
        measures=tuple(_measure(entry, regime, sets) for entry in now("measure")),
        collections=tuple(_collection(entry, pack, sets) for entry in now("collection")),
        tables={e["id"]: _table(e) for e in body.get("table", [])},
        covered=on >= first_day(pack),
    )  # fmt: skip


def first_day(pack: Pack) -> dt.date:
    """Give the first day a regime pack speaks for.

    It is `covers_from` where the pack says so, else the day from which there is both a duty and,
    if the pack has any, a tax: before it an amount would be too low without anybody knowing.
    """
    told = pack.body["regime"].get("covers_from")
    if isinstance(told, dt.date):
        return told
    begun: dict[str, dt.date] = {}
    for entry in pack.body.get("measure", []):
        if entry["kind"] in ("duty", "tax"):
            begun[entry["kind"]] = min(entry["from"], begun.get(entry["kind"], LAST_DAY))
    return max(begun.values(), default=LAST_DAY)


def in_force(entry: Table, on: dt.date, known_at: dt.date | None = None) -> bool:
    """Say whether an entry is in force on a day, by what was known on another."""
    if not entry.get("from", dt.date.min) <= on < entry.get("to", LAST_DAY):
        return False
    if known_at is None:
        return "withdrawn" not in entry
    return bool(entry.get("known", dt.date.min) <= known_at < entry.get("withdrawn", LAST_DAY))


def _table(entry: Table) -> RateTable:
    values = entry["values"]
    rows = {"key": list(values), "percent": [Decimal(value) for value in values.values()]}
    return RateTable(
        column=entry["key"],
        rows=pl.DataFrame(rows, schema={"key": pl.String, "percent": MONEY}),
        default=Decimal(entry["default"]) if "default" in entry else None,
    )


def _measure(entry: Table, regime: Regime, sets: dict[str, tuple[str, ...]]) -> Measure:
    pack = regime.pack
    where = f"{pack.id} measure {entry['id']}"
    source = pack.sources[entry["source"]]
    head = pack.body["regime"]
    least = Decimal(1).scaleb(-regime.decimals)
    return Measure(
        id=entry["id"],
        kind=entry["kind"],
        title=entry["title"],
        layer=str(entry.get("layer", entry["id"])),
        hit=compile_hit(entry, sets, where),
        rate=parse_rate(entry["rate"], where),
        rate_text=entry["rate"],
        per=entry.get("per", ""),
        base=base_parts(entry.get("base", BASE_PARTS[0])),
        notes=tuple(entry.get("notes", ())),
        facts_ask=tuple(entry.get("facts_ask", ())),
        excluded_by=tuple(entry.get("excluded_by", ())),
        replaces=tuple(entry.get("replaces", ())),
        undetermined=entry.get("undetermined", ""),
        ask=entry.get("ask", True),
        rounding=_rounding({**head, **entry}, "round", least),
        base_rounding=_rounding(entry, "base_round", None) if "base_round_to" in entry else None,
        debtor=entry.get("debtor", ""),
        confidence=source.confidence,
        source=str(source),
    )


def base_parts(text: str) -> tuple[str, ...]:
    """Read the base of a measure: column names joined by plus.

    Raises:
        InputError: a part that is none.

    >>> base_parts("customs_value + duty")
    ('customs_value', 'duty')
    """
    parts = tuple(part.strip() for part in text.split("+"))
    for part in parts:
        if part not in BASE_PARTS:
            raise unknown_name("part of a base", part, BASE_PARTS)
    return parts


def _rounding(entry: Table, key: str, least: Decimal | None) -> Rounding:
    to = Decimal(entry[f"{key}_to"]) if f"{key}_to" in entry else least
    if to is None or to <= 0:
        raise InputError(f"{key}_to must be above zero.")
    return Rounding(to, entry.get(f"{key}_how", HALF_UP))


def _collection(entry: Table, pack: Pack, sets: dict[str, tuple[str, ...]]) -> Collection:
    source = pack.sources[entry["source"]]
    return Collection(
        id=entry["id"],
        scheme=entry["scheme"],
        title=entry["title"],
        model=entry["model"],
        hit=compile_hit(entry, sets, f"{pack.id} collection {entry['id']}"),
        debtor=entry["debtor"],
        moment=entry["moment"],
        remit=entry.get("remit", ""),
        remit_rule=entry.get("remit_rule", ""),
        guarantee=entry.get("guarantee", ""),
        refund=entry.get("refund", ""),
        asked_only=entry.get("asked_only", False),
        confidence=source.confidence,
        source=str(source),
    )
