"""Makes the country tables of `packs/codelists/countries/` from CLDR, read through Babel.

Run `python update/countries.py`. Writes `territories.csv` (code, alpha3, numeric) and `names.csv`
(name, code, language). Count bounds guard the result: fewer rows than the minimum stop the run,
more than the maximum are reported. What CLDR does not know (membership of the EU, names as traders
write them) stands in `countries.toml` and is not touched here.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

from babel.core import Locale, get_global

OUT = Path(__file__).resolve().parent.parent / "src/tidewaiter/packs/codelists/countries"
LANGUAGES = ("en", "es", "fr", "de", "zh", "ar", "pt")
TERRITORIES_MIN, TERRITORIES_MAX = 245, 255
NAMES_MIN, NAMES_MAX = 1_300, 1_800
WITHDRAWN = {
    "BUR", "ZAR", "DDR", "FXX", "TMP", "YMD",
    "230", "278", "280", "736", "720", "886", "249",
}  # fmt: skip
"""Codes of states that are no more, which CLDR maps to their successor."""
PSEUDO = {"EU", "XA", "XB", "ZZ"}
"""What CLDR codes like a country but is none."""


def territories() -> list[tuple[str, str, str]]:
    """Give alpha-2, alpha-3 and numeric code of every named territory that has all three."""
    alpha3: dict[str, str] = {}
    numeric: dict[str, str] = {}
    for alias, targets in get_global("territory_aliases").items():
        if len(alias) != 3 or len(targets) != 1 or alias in WITHDRAWN:
            continue
        table = numeric if alias.isdigit() else alpha3
        if targets[0] in table:
            sys.exit(f"{targets[0]} has two codes: {table[targets[0]]} and {alias}")
        table[targets[0]] = alias
    named = alpha3.keys() & numeric.keys() & Locale("en").territories.keys() - PSEUDO
    return sorted((code, alpha3[code], numeric[code]) for code in named)


def names(codes: set[str]) -> list[tuple[str, str, str]]:
    """Give each territory's name in each language."""
    return [
        (name, code, language)
        for language in LANGUAGES
        for code, name in sorted(Locale(language).territories.items())
        if code in codes
    ]


def guarded(what: str, rows: list[tuple[str, ...]], low: int, high: int) -> list[tuple[str, ...]]:
    """Give the rows back if their number is believable; stop below `low`, warn above `high`."""
    if len(rows) < low:
        sys.exit(f"{what}: only {len(rows)} rows, at least {low} expected; nothing was written")
    if len(rows) > high:
        print(f"{what}: {len(rows)} rows, more than {high}: look at the difference")
    return rows


def write(name: str, head: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    """Write one table."""
    with (OUT / name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(head)
        writer.writerows(rows)
    print(f"{name}: {len(rows)} rows")


def main() -> None:
    """Make both tables."""
    OUT.mkdir(parents=True, exist_ok=True)
    places = guarded("territories", territories(), TERRITORIES_MIN, TERRITORIES_MAX)
    named = guarded("names", names({place[0] for place in places}), NAMES_MIN, NAMES_MAX)
    write("territories.csv", ("code", "alpha3", "numeric"), places)
    write("names.csv", ("name", "code", "language"), named)


if __name__ == "__main__":
    main()
