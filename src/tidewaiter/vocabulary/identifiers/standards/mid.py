"""MID: manufacturer identification code of US customs, country, name, street number and city.

Law: appendix to 19 CFR part 102 (country, Canadian provinces, words of the name and initials read
in the text; street number, city and the prefixes to be left out partly from memory). `build_mid`
makes one from name and address; `identify` can only check the shape, for there is no check digit
and the parts cannot be told apart for certain.
"""

from __future__ import annotations

import re
import unicodedata

from tidewaiter.vocabulary.identifiers.countries import ALPHA2, advice
from tidewaiter.vocabulary.identifiers.identification import Identification, Kind, compact

KIND = Kind(
    "mid",
    "A manufacturer identification code (MID)",
    "up to 15 signs: country (Canada by province), three letters of each of the first two words "
    "of the name, up to four digits of the street line, three letters of the city, "
    "such as CNSUNTOY88DON",
    0.25,
)
SIGNS_MAX = 15
# Province or territory (ISO 3166-2:CA) -> code that stands in place of CA.
PROVINCES = {
    "AB": "XA", "BC": "XC", "MB": "XM", "NB": "XB", "NL": "XW", "NT": "XT", "NS": "XN",
    "NU": "XV", "ON": "XO", "PE": "XP", "QC": "XQ", "SK": "XS", "YT": "XY",
}  # fmt: skip
_PROVINCE_NAMES = {
    "ALBERTA": "AB", "BRITISH COLUMBIA": "BC", "MANITOBA": "MB", "NEW BRUNSWICK": "NB",
    "NEWFOUNDLAND": "NL", "NEWFOUNDLAND AND LABRADOR": "NL", "LABRADOR": "NL",
    "NORTHWEST TERRITORIES": "NT", "NOVA SCOTIA": "NS", "NUNAVUT": "NU", "ONTARIO": "ON",
    "PRINCE EDWARD ISLAND": "PE", "QUEBEC": "QC", "SASKATCHEWAN": "SK", "YUKON": "YT",
    "YUKON TERRITORY": "YT",
}  # fmt: skip
_PROVINCE_CODES = frozenset(PROVINCES.values())
_ARTICLES = frozenset({"A", "AN", "AND", "OF", "THE"})
# Beginnings that say only the kind of firm: Indonesia, Russia, Macau.
_FIRM_PREFIXES = (
    ("FABRICA", "DE", "ARTIGOS", "DE", "VESTUARIO"),
    ("PT",),
    ("JSC",),
    ("OAO",),
    ("OOO",),
    ("ZAO",),
)
_SHAPE = re.compile(r"([A-Z]{2})([0-9A-Z]{1,6}?)([0-9]{0,4})([A-Z]{3})")
_ORDINAL = re.compile(r"\b[0-9]+(?:ST|ND|RD|TH)\b")
_LATIN = str.maketrans(
    {"Ø": "O", "Æ": "AE", "Œ": "OE", "Đ": "D", "Ð": "D", "Ł": "L", "Þ": "TH", "ẞ": "SS"}
)


def identify(value: str) -> Identification:
    """Read a manufacturer code; parts: country, name, street_number, city, note.

    >>> identify("CNSUNTOY88DON").parts["city"], identify("CASUNTOY88TOR").parts["fault"]
    ('DON', 'component')
    """
    code = compact(value)
    found = _SHAPE.fullmatch(code)
    if found is None or len(code) > SIGNS_MAX:
        return KIND.misshapen(value, code)
    country, name, number, city = found.groups()
    if country == "CA":
        return KIND.bad(
            value,
            "component",
            "CA is not used in a MID; the province's code stands there, such as XO for Ontario.",
        )
    if country not in ALPHA2 and country not in _PROVINCE_CODES:
        return KIND.bad(
            value,
            "component",
            f"{country} is no country; a MID begins with an ISO 3166-1 code such as CN, or with "
            f"a Canadian province's code.{advice(country)}",
        )
    note = "Well-formed only: there is no check digit; compare it with name and address."
    return KIND.good(
        value, code, country=country, name=name, street_number=number, city=city, note=note
    )


def build_mid(
    name: str, street: str, city: str, country: str, province: str = ""
) -> Identification:
    """Make the manufacturer code of a firm from its name and address.

    Args:
        name: name of the maker as on the invoice, in Latin letters.
        street: the line of the address with street or box number.
        city: the city.
        country: ISO 3166-1 alpha-2 of the country of origin.
        province: for Canada: its province or territory, as code or name.

    Returns:
        Identification whose `normal` is the code; not valid where something is missing.

    >>> build_mid("Sunrise Toy Factory Ltd", "88 Xinhua Road", "Dongguan", "CN").normal
    'CNSUNTOY88DON'
    """
    parts = {
        "country": mid_country(country, province),
        "name": mid_name(name),
        "street_number": mid_street_number(street),
        "city": mid_city(city),
    }
    code = "".join(parts.values())
    if not parts["country"]:
        return KIND.bad(code, "component", _country_fault(country), **parts)
    for part in ("name", "city"):
        if not parts[part]:
            return KIND.bad(
                code,
                "component",
                f"The {part} has no Latin letters; write it as it stands on the invoice in Latin "
                "script.",
                **parts,
            )
    return KIND.good(code, code, **parts)


def mid_country(country: str, province: str = "") -> str:
    """Give the first two signs: the country, for Canada the province; empty if unknown.

    >>> mid_country("cn"), mid_country("CA", "Québec"), mid_country("CA")
    ('CN', 'XQ', '')
    """
    code = country.strip().upper()
    if code == "CA":
        where = _plain(province).strip()
        where = _PROVINCE_NAMES.get(where, where)
        code = PROVINCES.get(where, where)
    if code in _PROVINCE_CODES:
        return code
    return code if code in ALPHA2 and code != "CA" else ""


def mid_name(name: str) -> str:
    """Give the signs for the name: three of each of the first two words.

    Initials that stand together are one word, hyphens join, punctuation and a, an, and, of, the
    are left out, and so are beginnings that only say what kind of firm it is.

    >>> [mid_name(n) for n in ("O.A.S.I.S. Corp.", "A B C Company", "The Embassy of Spain")]
    ['OASCOR', 'ABCCOM', 'EMBSPA']
    """
    text = re.sub(r"\s*[-‐-—]\s*", "", _plain(name)).replace("'", "").replace("’", "")
    words = _join_initials(re.findall(r"[0-9A-Z]+", text))
    kept = [word for word in words if word not in _ARTICLES]
    for prefix in _FIRM_PREFIXES:
        if tuple(kept[: len(prefix)]) == prefix and len(kept) > len(prefix):
            kept = kept[len(prefix) :]
            break
    return "".join(word[:3] for word in kept[:2])


def mid_street_number(street: str) -> str:
    """Give up to four digits of the largest number in the street line.

    Punctuation within a number is skipped (a range 25-27 is 2527), blanks part numbers, and
    numbers of streets (12th) are left out.

    >>> [mid_street_number(s) for s in ("11455 Main St, Suite 9999", "25-27 Rd", "Alaska 12 34 56")]
    ['1145', '2527', '56']
    """
    line = _ORDINAL.sub(" ", _plain(street))
    line = re.sub(r"\s*[-‐-—]\s*", "-", line)
    runs = re.findall(r"[0-9](?:[^\sA-Z]*[0-9])*", line)
    numbers = [re.sub(r"[^0-9]", "", run) for run in runs]
    return max(numbers, key=int, default="")[:4]


def mid_city(city: str) -> str:
    """Give the first three letters of the city without numerals, punctuation and articles.

    >>> [mid_city(c) for c in ("St. Michel", "18-Mile High", "The Hague", "Los Angeles")]
    ['STM', 'MIL', 'HAG', 'LOS']
    """
    words = re.findall(r"[A-Z]+", _plain(city).replace("'", ""))
    return "".join(word for word in words if word not in _ARTICLES)[:3]


def _join_initials(words: list[str]) -> list[str]:
    joined: list[str] = []
    run = ""
    for word in [*words, ""]:
        if len(word) == 1 and word.isalpha():
            run += word
            continue
        joined += [run] if run else []
        run = ""
        joined += [word] if word else []
    return joined


def _plain(text: str) -> str:
    large = text.upper().translate(_LATIN)
    split = unicodedata.normalize("NFKD", large)
    return "".join(sign for sign in split if not unicodedata.combining(sign))


def _country_fault(country: str) -> str:
    if country.strip().upper() == "CA":
        return "For Canada the province is needed, as code or name, such as ON or Ontario."
    code = country.strip().upper()
    if not code:
        return "No country is given; give the ISO 3166-1 alpha-2 code of the country of origin."
    return f"{country!r} is no ISO 3166-1 alpha-2 country code; give one such as CN.{advice(code)}"
