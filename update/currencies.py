"""Makes the currency tables of `packs/codelists/currencies/` from CLDR, read through Babel.

Run `python update/currencies.py`. Writes `currencies.csv` (code, decimals, tender_from,
tender_until: empty while in use) and `signs.csv` (sign, code, language). Count bounds guard the
result: fewer rows than the minimum stop the run, more than the maximum are reported. Signs that
stand for several currencies, and minor units where CLDR differs from ISO 4217, are in
`currencies.toml` and not touched here.
"""

from __future__ import annotations

import csv
import datetime as dt
import sys
from pathlib import Path

from babel.core import Locale, get_global

OUT = Path(__file__).resolve().parent.parent / "src/tidewaiter/packs/codelists/currencies"
LANGUAGES = ("en", "es", "fr", "de", "zh", "ar", "pt")
SINCE = dt.date(1999, 1, 1)
CURRENCIES_MIN, CURRENCIES_MAX = 150, 240
SIGNS_MIN, SIGNS_MAX = 40, 400
FUNDS_AND_METALS = {"XAU", "XAG", "XPT", "XPD", "XDR", "XXX", "XTS"}


def day(parts: tuple[int, int, int] | None) -> dt.date | None:
    """Make a date of CLDR's triple."""
    return dt.date(*parts) if parts else None


def currencies() -> list[tuple[str, ...]]:
    """Give every currency that was legal tender somewhere at some time since `SINCE`."""
    fractions = get_global("currency_fractions")
    first: dict[str, dt.date] = {}
    last: dict[str, dt.date] = {}
    for spans in get_global("territory_currencies").values():
        for code, start, end, tender in spans:
            until = day(end) or dt.date.max
            if not tender or until < SINCE or code in FUNDS_AND_METALS:
                continue
            begun = day(start) or dt.date.min
            first[code] = min(first.get(code, dt.date.max), begun)
            last[code] = max(last.get(code, dt.date.min), until)
    return [
        (
            code,
            str(fractions.get(code, fractions["DEFAULT"])[0]),
            first[code].isoformat(),
            "" if last[code] == dt.date.max else last[code].isoformat(),
        )
        for code in sorted(first)
    ]


def signs(codes: set[str]) -> list[tuple[str, ...]]:
    """Give each currency's sign in each language, where it is not just the code."""
    return [
        (sign.replace("\u200f", "").replace("\u00a0", " ").strip(), code, language)
        for language in LANGUAGES
        for code, sign in sorted(Locale(language).currency_symbols.items())
        if code in codes and sign != code
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
    money = guarded("currencies", currencies(), CURRENCIES_MIN, CURRENCIES_MAX)
    written = guarded("signs", signs({row[0] for row in money}), SIGNS_MIN, SIGNS_MAX)
    write("currencies.csv", ("code", "decimals", "tender_from", "tender_until"), money)
    write("signs.csv", ("sign", "code", "language"), written)


if __name__ == "__main__":
    main()
