"""Rates of exchange that were imported: kept in the data directory, by regime.

Under the data directory `exchange/<regime>/<id>.json`, one file an import. Durability: written
whole and flushed before `import_rates` returns; never changed, only dropped. Whoever may write
there can change what everybody owes: guard the folder. Which authority's rates the law of a place
takes is the user's to know; the regime pack has a note.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import polars as pl

from tidewaiter.knowledge.codelists import load_codelists
from tidewaiter.knowledge.pack import pack_paths
from tidewaiter.knowledge.regimes import Regime, load_regime
from tidewaiter.knowledge.regimes.exchange import IMPORTED
from tidewaiter.knowledge.regimes.exchange_file import About, read_rates
from tidewaiter.knowledge.regimes.reading import with_exchange
from tidewaiter.runtime.data_dir import data_dir
from tidewaiter.runtime.whole_file import write_whole
from tidewaiter.vocabulary.errors import InputError, StoreError, unknown_name

FILE_BYTES_MAX = 16 * 1024 * 1024
ID_CHARS = 16
TEXT_CHARS_MAX = 200
_TOLD = ("authority", "source", "imported_at")
_RATES = ("currency", "per_unit", "from", "to")


@dataclass(frozen=True, slots=True)
class Imported:
    """One import: its id, what was told of it, and its rates (frame `IMPORTED`)."""

    id: str
    regime: str
    authority: str
    source: str
    imported_at: dt.date
    rates: pl.DataFrame

    def as_json(self) -> dict[str, Any]:
        """Give it for machines; the rates only by number and period."""
        first, last = self.rates["from"].min(), self.rates["to"].max()
        return {
            "id": self.id,
            "regime": self.regime,
            "authority": self.authority,
            "source": self.source,
            "imported_at": self.imported_at.isoformat(),
            "rates": self.rates.height,
            "currencies": self.rates["currency"].n_unique(),
            "from": str(first),
            "to": str(last),
        }


def exchange_dir() -> Path:
    """Give the folder of imported rates (it need not exist)."""
    return data_dir() / "exchange"


def import_rates(
    path: Path, regime: str, authority: str, *, imported_at: dt.date, source: str = ""
) -> Imported:
    """Import a file of official rates for one regime.

    Args:
        path: CSV (see `knowledge.regimes.exchange_file`).
        regime: its name, such as EU.
        authority: who published them, such as ECB or HMRC.
        imported_at: day from which they are known here.
        source: where they are from; default the file's name.

    Raises:
        InputError: no such file or regime, or rows with faults: all of them at once.
    """
    held = _regime(regime)
    if not path.is_file() or path.stat().st_size > FILE_BYTES_MAX:
        raise InputError(f"no file {str(path)!r} of up to {FILE_BYTES_MAX:,} bytes.")
    told = {"authority": authority.strip(), "source": (source or path.name).strip()}
    for name, text in told.items():
        if not text or len(text) > TEXT_CHARS_MAX or not text.isprintable():
            raise InputError(f"{name} {text[:40]!r} is no name.", remedy="Say it in a few words.")
    data = path.read_bytes()
    said = {**told, "imported_at": imported_at.isoformat()}
    digest = hashlib.sha256(data + json.dumps(said, sort_keys=True).encode()).hexdigest()
    about = About(held.currency, told["authority"], told["source"], imported_at, digest[:ID_CHARS])
    rates = read_rates(
        data, about, set(load_codelists().currencies["code"].to_list()), name=path.name
    )
    name = held.pack.path.stem
    rows = rates.select(pl.col(_RATES).cast(pl.String)).to_dicts()
    text = json.dumps({**said, "rates": rows}, ensure_ascii=False, indent=1) + "\n"
    write_whole(exchange_dir() / name / f"{about.id}.json", text.encode())
    return Imported(about.id, name.upper(), rates=rates, imported_at=imported_at, **told)


def kept() -> list[Imported]:
    """Give all imports, by regime and day of import."""
    folders = sorted(path for path in exchange_dir().glob("*") if path.is_dir())
    return [one for folder in folders for one in _imports(folder.name)]


def drop(import_id: str) -> Path:
    """Take an import away by the beginning of its id; gives the file that was there.

    Raises:
        InputError: no such import, or several.
    """
    paths = sorted(exchange_dir().glob("*/*.json"))
    hits = [path for path in paths if import_id and path.stem.startswith(import_id)]
    if len(hits) != 1:
        raise unknown_name("import of rates", import_id, [path.stem for path in paths])
    hits[0].unlink()
    return hits[0]


def with_rates_in_force(regime: Regime) -> Regime:
    """Give the regime with the rates that were imported for it, if there are any."""
    held = _imports(regime.pack.path.stem)
    if not held:
        return regime
    listing = "\n".join(one.id for one in held)
    digest = hashlib.sha256(listing.encode()).hexdigest()
    return with_exchange(regime, pl.concat([one.rates for one in held]), digest)


def state(regime: str) -> tuple[str, ...]:
    """Give what tells one state of the imports of a regime from another."""
    return tuple(sorted(path.stem for path in (exchange_dir() / regime).glob("*.json")))


def show(currency: str, regime: str, on: dt.date) -> dict[str, Any]:
    """Say the rate of a currency in a regime on a day.

    Raises:
        InputError: no such regime or currency, or no rate on that day.
    """
    held = with_rates_in_force(_regime(regime))
    code = currency.strip().upper()
    rates = held.on_day(on).rates
    row = next((row for row in rates.to_dicts() if row["declared_currency"] == code), None)
    known = load_codelists().currencies["code"].to_list()
    if row is None:
        if code not in known:
            raise unknown_name("currency", currency, known)
        raise InputError(
            f"no rate of {code} into {held.currency} on {on}.",
            remedy=f"Import one: tidewaiter exchange import FILE --regime {regime.upper()}",
        )
    ended = row["rate_ended"]
    return {
        "currency": code,
        "regime": held.pack.path.stem.upper(),
        "on": on.isoformat(),
        "per_unit": f"{row['per_unit'].normalize():f}",
        "of": held.currency,
        "source": row["rate_source"],
        "confidence": row["rate_confidence"],
        "stale": ended is not None,
        "official_ended": None if ended is None else ended.isoformat(),
        "law_takes": held.pack.body["regime"].get("exchange_source", ""),
    }


def _regime(name: str) -> Regime:
    known = [path.stem for path in pack_paths("regimes")]
    if name.strip().lower() not in known:
        raise unknown_name("regime", name, [one.upper() for one in known])
    return load_regime(name.strip().lower())


def _imports(regime: str) -> list[Imported]:
    read = [_read(exchange_dir() / regime / f"{name}.json", regime) for name in state(regime)]
    return sorted(read, key=lambda one: (one.imported_at, one.id))


@lru_cache(maxsize=256)
def _read(path: Path, regime: str) -> Imported:
    """Read one import; its name is its digest's, so a name has one content only."""
    try:
        said = json.loads(path.read_bytes())
        told = {key: str(said[key]) for key in _TOLD}
        day = dt.date.fromisoformat(told.pop("imported_at"))
        rows = [{**row, **told, "imported_at": day, "id": path.stem} for row in said["rates"]]
        frame = pl.DataFrame(rows, schema_overrides={"imported_at": pl.Date})
        days = pl.col("from", "to").str.to_date("%Y-%m-%d", strict=True)
        rates = frame.with_columns(days).select(IMPORTED.keys()).cast(pl.Schema(IMPORTED))
    except (ValueError, KeyError, TypeError, pl.exceptions.PolarsError) as fault:
        raise StoreError(
            f"not a whole import of rates ({fault}).",
            where=str(path),
            remedy="Remove it, and import the file anew.",
        ) from fault
    return Imported(path.stem, regime.upper(), imported_at=day, rates=rates, **told)
