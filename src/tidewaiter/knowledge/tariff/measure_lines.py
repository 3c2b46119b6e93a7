"""What every reader of measures gives: measures, rejected records, groups of countries.

A measure says what rate goods of a code prefix pay, by origin, type and dates. The readers hand the
written values to `make`, which checks them all the same way; a record that cannot be understood is
rejected with a reason, but a *rate* that cannot be read is kept as unknown: it is owed, only not
how much. The types are words of ours; official numbers are told by each reader.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from tidewaiter.knowledge.rates.house import parse_rate
from tidewaiter.knowledge.rates.taric import parse_taric
from tidewaiter.knowledge.rates.tree import FromTable, Rate, Specific, Unknown, nodes
from tidewaiter.knowledge.tariff.lines import Rejected, Unreadable, day, digits, raw_text
from tidewaiter.vocabulary.errors import InputError

#: our types of measures, and what kind of charge each is
TYPES = {
    "normal": "duty", "preference": "duty", "suspension": "duty", "quota": "duty",
    "antidumping": "duty", "countervailing": "duty", "safeguard": "duty", "additional": "duty",
    "vat": "tax", "excise": "tax", "tax": "tax", "fee": "fee",
}  # fmt: skip
TYPE_WORDS = {
    "": "normal", "mfn": "normal", "duty": "normal", "third country duty": "normal",
    "general": "normal", "import duty": "normal", "customs duty": "normal",
    "preferential": "preference", "fta": "preference", "tariff preference": "preference",
    "exemption": "suspension", "tariff quota": "quota", "trq": "quota",
    "anti-dumping": "antidumping", "anti dumping": "antidumping", "cvd": "countervailing",
    "surcharge": "additional", "additional duty": "additional", "gst": "vat", "levy": "additional",
    "excise duty": "excise", "handling fee": "fee", "processing fee": "fee",
}  # fmt: skip
PER = ("consignment", "item", "distinct_hs6", "distinct_code")
#: what the usual facts mean
USUAL_QUESTIONS = {
    "proof_of_origin": "Is there a valid proof of preferential origin?",
    "quota_available": "Is there anything left of the tariff quota?",
}
#: the fact without which such a measure does not apply, where the source names none
USUAL_FACTS = {"preference": "proof_of_origin", "quota": "quota_available"}
ALL = frozenset({"", "*", "all", "any", "world", "erga omnes", "1011"})
GOODS_LENGTHS = frozenset({2, 4, 6, 8, 10, 12})
_COUNTRY = re.compile(r"[A-Z]{2}")
_BETWEEN = re.compile(r"[;,|]")
_FACT = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Measure:
    """One record, read; see `vocabulary.tariff_frames.TARIFF_MEASURES` for the fields."""

    line: int
    id: str | None
    goods: tuple[str, ...]
    origins: tuple[str, ...]
    origins_not: tuple[str, ...]
    type: str
    title: str | None
    rate_text: str
    rate: Rate
    per: str | None
    base: str | None
    conditions: tuple[str, ...]
    legal: str | None
    valid_from: dt.date | None
    valid_to: dt.date | None

    @property
    def unknown(self) -> str | None:
        """Why its rate is not known, if it is not."""
        reasons = [node.reason for node in nodes(self.rate) if isinstance(node, Unknown)]
        return "; ".join(reason or "not told" for reason in reasons) or None


@dataclass(slots=True)
class MeasureReading:
    """What a reader made of one file.

    Args:
        measures: the records understood, in order.
        rejected: the others.
        questions: what the facts named in conditions mean, in words.
        ignored: records left out by name (such as controls, which are no rates).
    """

    measures: list[Measure] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    questions: dict[str, str] = field(default_factory=lambda: dict(USUAL_QUESTIONS))
    ignored: int = 0

    def reject(self, line: int, reason: str, raw: object) -> None:
        """Set a record apart."""
        self.rejected.append(Rejected(line, raw_text(reason), raw_text(raw)))


@dataclass(frozen=True, slots=True)
class MeasureSpec:
    """What a format of measures says of itself: see `lines.SourceSpec`."""

    name: str
    title: str
    sniff: Callable[[bytes, str], float]
    source: str


def make(
    line: int, said: Mapping[str, str | None], areas: Mapping[str, tuple[str, ...]] | None = None
) -> Measure:
    """Make a measure of written values.

    Args:
        line: number of the record.
        said: by name: goods, origins, origins_not, type, title, rate, per, base, conditions,
            legal, valid_from, valid_to, id; what is not there counts as blank.
        areas: members of groups of countries the source defines.

    Raises:
        Unreadable: a value that is not understood (but not for the rate).
    """
    kind = type_of(said.get("type"))
    text = said.get("rate") or ""
    rate = read_rate(text)
    per = said.get("per")
    if per is not None and per not in PER:
        raise Unreadable(f"per {per!r} is none of {', '.join(PER)}.")
    if per is None and any(isinstance(n, Specific) and not n.unit for n in nodes(rate)):
        if kind != "fee":
            raise Unreadable(f"an amount without a unit needs per: one of {', '.join(PER)}.")
        per = PER[0]
    first = day(said.get("valid_from"), "first day")
    last = day(said.get("valid_to"), "last day")
    if first and last and last < first:
        raise Unreadable(f"the last day {last} is before the first, {first}.")
    facts = [fact_name(words) for words in split(said.get("conditions"))]
    return Measure(
        line=line,
        id=said.get("id"),
        goods=goods_of(said.get("goods")),
        origins=countries(said.get("origins"), areas or {}),
        origins_not=countries(said.get("origins_not"), areas or {}),
        type=kind,
        title=said.get("title"),
        rate_text=text,
        rate=rate,
        per=per,
        base=said.get("base"),
        conditions=tuple(facts or ([USUAL_FACTS[kind]] if kind in USUAL_FACTS else [])),
        legal=said.get("legal"),
        valid_from=first,
        valid_to=last,
    )


def read_rate(text: str) -> Rate:
    """Read a rate in the language of our packs or that of TARIC; unknown where it is neither.

    Raises:
        Unreadable: it looks into a table, which a list of measures has not.
    """
    if not text.strip():
        return Unknown("no rate is told")
    try:
        rate = parse_rate(text, "")
    except InputError:
        rate = parse_taric(text)
    if any(isinstance(node, FromTable) for node in nodes(rate)):
        raise Unreadable("a rate by a table; write the rate itself.")
    return rate


def type_of(written: str | None) -> str:
    """Give our word for a type of measure.

    Raises:
        Unreadable: none we know; says the nearest.
    """
    word = (written or "").strip().lower()
    word = TYPE_WORDS.get(word, word)
    if word in TYPES:
        return word
    near = get_close_matches(word, [*TYPES, *TYPE_WORDS], n=2, cutoff=0.6)
    hint = f" Did you mean {' or '.join(near)}?" if near else f" Known: {', '.join(TYPES)}."
    raise Unreadable(f"{written!r} is no type of measure.{hint}")


def goods_of(written: str | None) -> tuple[str, ...]:
    """Give code prefixes; `("",)` for all goods.

    Raises:
        Unreadable: no code.
    """
    if (written or "").strip().lower() in ALL:
        return ("",)
    found = []
    for one in split(written):
        bare = re.sub(r"[.\s]", "", one)
        if bare.isdigit() and len(bare) % 2:
            raise Unreadable(f"{one!r} has an odd number of digits; a leading zero may be lost.")
        code = digits(one, GOODS_LENGTHS)
        if code is not None:
            found.append(code)
    return tuple(found)


def countries(
    written: str | None, areas: Mapping[str, tuple[str, ...]] | None = None
) -> tuple[str, ...]:
    """Give country codes, sorted; nothing for all countries.

    Raises:
        Unreadable: neither a code of two letters nor a group the source defines.
    """
    if (written or "").strip().lower() in ALL:
        return ()
    found: set[str] = set()
    for one in split(written):
        if areas and one in areas:
            found.update(areas[one])
        elif _COUNTRY.fullmatch(one.upper()):
            found.add(one.upper())
        else:
            raise Unreadable(f"{one!r} is no country code of two letters and no group we know.")
    return tuple(sorted(found))


def split(written: str | None) -> list[str]:
    """Split a list written with semicolons, commas or strokes."""
    return [part for one in _BETWEEN.split(written or "") if (part := one.strip())]


def fact_name(words: str) -> str:
    """Give the name of a declared fact for a condition in words.

    >>> fact_name("EUR.1 certificate")
    'eur_1_certificate'
    """
    return _FACT.sub("_", words.lower()).strip("_") or "condition"


def asked(conditions: Iterable[str]) -> dict[str, str]:
    """Give a question for each condition in words."""
    return {fact_name(words): f"Does this hold: {words}?" for words in conditions}
