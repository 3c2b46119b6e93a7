"""From a file of measures to a regime pack in a file, with what was set apart and why."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tidewaiter.knowledge.codelists import load_codelists
from tidewaiter.knowledge.pack import CONFIDENCES
from tidewaiter.knowledge.regimes.faults import VALUATIONS
from tidewaiter.knowledge.tariff import measures
from tidewaiter.knowledge.tariff.lines import Rejected, raw_text
from tidewaiter.knowledge.tariff.measure_pack import About, as_regime
from tidewaiter.runtime.tariff.importing import write_whole
from tidewaiter.vocabulary.errors import InputError, unknown_name


@dataclass(frozen=True, slots=True)
class Written:
    """What was written: the pack, the counts, the records set apart, the rates not read."""

    path: Path
    measures: int
    read: int
    ignored: int
    rejected: tuple[Rejected, ...]
    unknown: tuple[tuple[int, str], ...]

    def as_json(self) -> dict[str, Any]:
        """Give it for machines."""
        return {
            "path": str(self.path),
            "records": self.read + self.ignored + len({one.line for one in self.rejected}),
            "read": self.read,
            "ignored": self.ignored,
            "measures": self.measures,
            "rejected": [
                {"line": one.line, "reason": one.reason, "raw": one.raw} for one in self.rejected
            ],
            "unknown": [{"line": line, "reason": reason} for line, reason in self.unknown],
        }


def write_measures(path: Path, out: Path, about: About, format_name: str) -> Written:
    """Read a file of measures and write a regime pack.

    Args:
        path: the file.
        out: the pack to write.
        about: what is told of the regime.
        format_name: format of the file; `auto` tells it from the content.

    Raises:
        InputError: no such file, a file that cannot be read at all, or one without a measure.
    """
    if not path.is_file():
        raise InputError(f"no file {str(path)!r}.", remedy="Check the path.")
    reading = measures.read(path.read_bytes(), raw_text(path.name), format_name)
    if not reading.measures:
        first = f" First reason: {reading.rejected[0].reason}" if reading.rejected else ""
        raise InputError(
            f"no measure could be read.{first}",
            where=path.name,
            remedy="Check the columns: goods and rate (or percent) are needed.",
        )
    text, refused = as_regime(reading, about)
    write_whole(out, text.encode())
    rejected = (*reading.rejected, *refused)
    apart = {one.line for one in refused}
    return Written(
        path=out,
        measures=text.count("[[measure]]\n"),
        read=len([one for one in reading.measures if one.line not in apart]),
        ignored=reading.ignored,
        rejected=tuple(sorted(rejected, key=lambda one: one.line)),
        unknown=tuple((one.line, one.unknown) for one in reading.measures if one.unknown),
    )


def about(
    out: Path, told: Mapping[str, str], *, retrieved_on: dt.date, valid_from: dt.date
) -> About:
    """Check what is told of a regime, all faults at once.

    Args:
        out: the pack to write; its name is the regime's.
        told: jurisdiction, currency, valuation, title, source, confidence, licence.
        retrieved_on: day of import.
        valid_from: first day of measures that tell none.

    Raises:
        InputError: a value that cannot stand in a regime pack.
    """
    faults = []
    place, currency = told["jurisdiction"].upper(), told["currency"].upper()
    if out.suffix != ".toml" or not re.fullmatch(r"[a-z][a-z0-9_-]*", out.stem):
        faults.append("the pack must be called by small letters and .toml, such as ke.toml")
    if not re.fullmatch(r"[A-Z]{2}", place):
        faults.append(f"jurisdiction {place!r} is no code of two letters")
    if told["valuation"] not in VALUATIONS:
        faults.append(f"valuation must be one of {', '.join(VALUATIONS)}")
    if told["confidence"] not in CONFIDENCES:
        faults.append(f"confidence must be one of {', '.join(CONFIDENCES)}")
    if faults:
        raise InputError(f"{'; '.join(faults)}.", remedy="Give it otherwise.")
    return About(
        name=out.stem,
        title=told["title"] or f"{place}: measures imported from {told['source']}",
        jurisdiction=place,
        currency=currency,
        decimals=decimals_of(currency),
        valuation=told["valuation"],
        source=told["source"],
        confidence=told["confidence"],
        retrieved_on=retrieved_on,
        valid_from=valid_from,
        licence=told["licence"],
    )


def decimals_of(currency: str) -> int:
    """Give how many decimals a currency has.

    Raises:
        InputError: no such currency; names the nearest.
    """
    known = load_codelists().currencies
    found = known.filter(known["code"] == currency)["decimals"].to_list()
    if not found:
        raise unknown_name("currency", currency, known["code"].to_list())
    return int(found[0])
