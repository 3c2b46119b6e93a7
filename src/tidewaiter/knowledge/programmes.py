"""Tariff programmes: which symbol of a special rate is open to which origins, and from when.

Read from `packs/programmes/<cc>.toml`. A symbol here says who may claim; whether a tariff line has
a rate under it stands in the tariff (`knowledge.schedules`). Rules of origin are not known here: a
claim always needs its proof.

Pack body::

    [programmes]    jurisdiction
    [[programme]]   symbol, title, origins, needs, from, to?, source    from/to: days in force
    [[other]]       origins, from, to?, source      origins that pay the other rate ("column 2")
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import polars as pl

from tidewaiter.knowledge.pack import (
    PACKS_DIR,
    Pack,
    Table,
    check_keys,
    check_source,
    pack_paths,
    read_pack,
)
from tidewaiter.vocabulary.errors import PackError

KIND = "programmes"
WEAKEST_FIRST = ("memory", "secondary", "derived", "own", "official")
MARK = "*"  # HTS: some beneficiaries are left out on this line
NOT_IN_FORCE = "not in force on that day"
NOT_FOR_ORIGIN = "not for goods of that origin"


@dataclass(frozen=True, slots=True)
class Programme:
    """One programme of special rates.

    Args:
        symbol: as tariff lines write it, without marks.
        title: for a person.
        origins: countries whose goods may claim it.
        needs: what must be shown.
        first: first day in force.
        end: first day not in force.
        confidence: of its source.
    """

    symbol: str
    title: str
    origins: tuple[str, ...]
    needs: str
    first: dt.date
    end: dt.date
    confidence: str

    def in_force(self, on: dt.date) -> bool:
        """Say whether it is in force on a day."""
        return self.first <= on < self.end


@dataclass(frozen=True, slots=True)
class Programmes:
    """The programmes of one jurisdiction; none where no pack tells them."""

    known: tuple[Programme, ...] = ()
    others: tuple[tuple[tuple[str, ...], dt.date, dt.date], ...] = ()
    digests: dict[str, str] = field(default_factory=dict)

    @property
    def confidence(self) -> str | None:
        """Give the weakest confidence of the programmes; None where there are none."""
        found = {one.confidence for one in self.known}
        return next((name for name in WEAKEST_FIRST if name in found), None)

    def open_on(self, on: dt.date) -> pl.DataFrame:
        """Give who may claim what on a day: `country_origin, preference, title, needs`."""
        rows = [
            (origin, one.symbol, one.title, one.needs)
            for one in self.known
            if one.in_force(on)
            for origin in one.origins
        ]
        schema = ("country_origin", "preference", "title", "needs")
        return pl.DataFrame(rows, schema=dict.fromkeys(schema, pl.String()), orient="row")

    def other_origins(self, on: dt.date) -> list[str]:
        """Give the origins that pay the other rates ("column 2") on a day."""
        return sorted({c for origins, first, end in self.others if first <= on < end
                       for c in origins})  # fmt: skip

    def refusal(self, on: dt.date) -> pl.Expr:
        """Say of `_symbol` and `country_origin` why the claim is not open; null where it may be.

        A symbol no pack knows is not refused: the tariff line alone decides.
        """
        known = sorted({one.symbol for one in self.known})
        live = [one for one in self.known if one.in_force(on)]
        symbol, origin = pl.col("_symbol"), pl.col("country_origin")
        fits = pl.any_horizontal(
            pl.lit(value=False),
            *((symbol == one.symbol) & origin.is_in(list(one.origins)) for one in live),
        ).fill_null(value=False)
        return (
            pl.when(~symbol.is_in(known))
            .then(None)
            .when(~symbol.is_in([one.symbol for one in live]))
            .then(pl.lit(NOT_IN_FORCE))
            .when(~fits)
            .then(pl.lit(NOT_FOR_ORIGIN))
        )


NO_PROGRAMMES = Programmes()


@lru_cache(maxsize=16)
def load_programmes(jurisdiction: str, packs_dir: Path = PACKS_DIR) -> Programmes:
    """Read the programmes of a jurisdiction; none where there is no pack.

    Raises:
        PackError: all faults of the pack at once.
    """
    name = jurisdiction.lower()
    if name not in {path.stem for path in pack_paths(KIND, packs_dir)}:
        return NO_PROGRAMMES
    pack = read_pack(KIND, name, packs_dir)
    faults = _faults(pack)
    if faults:
        raise PackError(faults)
    return Programmes(
        known=tuple(
            Programme(
                entry["symbol"], entry["title"], tuple(entry["origins"]), entry["needs"],
                entry["from"], entry.get("to", dt.date.max),
                pack.sources[entry["source"]].confidence,
            )
            for entry in pack.body["programme"]
        ),
        others=tuple(
            (tuple(entry["origins"]), entry["from"], entry.get("to", dt.date.max))
            for entry in pack.body.get("other", [])
        ),
        digests={pack.id: pack.digest},
    )  # fmt: skip


def _faults(pack: Pack) -> list[str]:
    body = pack.body
    faults = check_keys(pack.id, body, ("programmes", "programme"), ("other",))
    head = body.get("programmes", {})
    faults += check_keys(f"{pack.id} [programmes]", head, ("jurisdiction",))
    told = str(head.get("jurisdiction", "")).lower()
    if told != pack.path.stem:
        faults.append(f"{pack.id}: jurisdiction {told!r} is not the name of the file")
    needed = ("symbol", "title", "origins", "needs", "from", "source")
    for number, entry in enumerate(body.get("programme", []), start=1):
        place = f"{pack.id} [[programme]] {entry.get('symbol', number)}"
        faults += check_keys(place, entry, needed, ("to",)) + _entry_faults(place, entry, pack)
    for number, entry in enumerate(body.get("other", []), start=1):
        place = f"{pack.id} [[other]] {number}"
        faults += check_keys(place, entry, ("origins", "from", "source"), ("to",))
        faults += _entry_faults(place, entry, pack)
    return faults


def _entry_faults(place: str, entry: Table, pack: Pack) -> list[str]:
    faults = check_source(place, entry, pack.sources)
    days = [entry.get("from", dt.date.min), entry.get("to", dt.date.max)]
    if not all(isinstance(day, dt.date) for day in days) or days[0] >= days[1]:
        faults.append(f"{place}: from and to must be days, from before to")
    origins = entry.get("origins", [])
    if not isinstance(origins, list) or not all(
        isinstance(code, str) and len(code) == 2 and code.isupper() for code in origins
    ):
        faults.append(f"{place}: origins must be a list of two-letter codes")
    symbol = entry.get("symbol", "X")
    if not isinstance(symbol, str) or not symbol or symbol.endswith(MARK):
        faults.append(f"{place}: symbol must be text without a mark, such as KR")
    return faults
