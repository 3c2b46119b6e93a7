"""What is asked: a parcel as its seller knows it, read and checked.

A bad value is a bad call: the error says which one, where, and what to write. What is merely not
known (no code, no origin) is no fault: the answer is a range then.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any, TypeAlias

from tidewaiter.knowledge.codelists import load_codelists
from tidewaiter.runtime.clock import parse_day
from tidewaiter.vocabulary.errors import InputError, unknown_name
from tidewaiter.vocabulary.folding import folded_list

Json: TypeAlias = dict[str, Any]

ITEMS_MAX = 999
VALUE_MAX = Decimal("1e15")
DECIMALS_MAX = 6
CHANNELS = ("post", "express", "other")
BUSINESSES = ("b2c", "b2b", "c2c")
NATURES = ("sale", "gift", "documents", "sample", "returned", "other")
PARCEL_KEYS = (
    "id", "from", "to", "on", "mode", "scheme", "nature", "business", "region", "freight",
    "freight_currency", "insurance", "insurance_currency", "loaded", "items",
)  # fmt: skip
ITEM_KEYS = (
    "description", "hs", "quantity", "unit_value", "value", "currency", "origin", "net_mass_g",
    "gtin", "category", "brand", "tariff_rate", "facts",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class AskedItem:
    """One line: value is of the whole line."""

    description: str
    hs: str
    quantity: Decimal
    value: Decimal
    currency: str
    origin: str
    net_mass_g: Decimal | None
    gtin: str
    category: str
    brand: str
    tariff_rate: str
    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """One parcel."""

    id: str
    departure: str
    destination: str
    on: dt.date
    mode: str
    scheme: str
    nature: str
    business: str
    region: str
    freight: Decimal | None
    freight_currency: str
    insurance: Decimal | None
    insurance_currency: str
    loaded: dt.date | None
    items: tuple[AskedItem, ...]

    def as_json(self) -> Json:
        """Give what was asked in the shape it is asked in, every value told, in fixed order."""
        return {
            "from": self.departure,
            "to": self.destination,
            "on": self.on.isoformat(),
            "mode": self.mode,
            "scheme": self.scheme,
            "nature": self.nature,
            "business": self.business,
            "region": self.region,
            "freight": _text(self.freight),
            "freight_currency": self.freight_currency,
            "insurance": _text(self.insurance),
            "insurance_currency": self.insurance_currency,
            "loaded": self.loaded.isoformat() if self.loaded else "",
            "items": [_item_json(item) for item in self.items],
        }


def _item_json(item: AskedItem) -> Json:
    return {
        "description": item.description, "hs": item.hs, "quantity": _text(item.quantity),
        "value": _text(item.value), "currency": item.currency, "origin": item.origin,
        "net_mass_g": _text(item.net_mass_g), "gtin": item.gtin, "category": item.category,
        "brand": item.brand, "tariff_rate": item.tariff_rate, "facts": dict(item.facts),
    }  # fmt: skip


def _text(number: Decimal | None) -> str:
    return "" if number is None else f"{number.normalize():f}"


def read_asked(said: Json, *, where: str = "quote") -> Asked:
    """Read one parcel.

    Args:
        said: `from, to, on, mode, scheme, nature, business, region, freight, insurance, loaded,
            items`; an item has `description, hs, quantity, unit_value | value, currency, origin,
            net_mass_g, gtin, category, brand, tariff_rate, facts`.
        where: what to name in errors.

    Raises:
        InputError: a value that cannot be; says which and what to write.
    """
    if not isinstance(said, dict):
        raise InputError("a parcel is a JSON object.", where=where)
    _known(said, PARCEL_KEYS, where)
    lines = said.get("items")
    if not isinstance(lines, list) or not lines:
        raise InputError("no items.", where=where, remedy="Give at least one --item '{...}'.")
    if len(lines) > ITEMS_MAX:
        raise InputError(f"more than {ITEMS_MAX} items.", where=where)
    items = tuple(_read_item(line, f"{where} item {n}") for n, line in enumerate(lines, 1))
    currency = items[0].currency
    mode = _choice(said, "mode", CHANNELS, where)
    freight, freight_currency = _cost(said, "freight", currency, where)
    insurance, insurance_currency = _cost(said, "insurance", currency, where)
    loaded = said.get("loaded")
    return Asked(
        id=str(said.get("id") or ""),
        departure=_country(said, "from", where),
        destination=_destination(said, where),
        on=parse_day(said.get("on")),
        mode=mode,
        scheme=str(said.get("scheme") or "").strip().lower(),
        nature=_choice(said, "nature", NATURES, where),
        business=_choice(said, "business", BUSINESSES, where),
        region=str(said.get("region") or "").strip().upper(),
        freight=freight,
        freight_currency=freight_currency,
        insurance=insurance,
        insurance_currency=insurance_currency,
        loaded=parse_day(loaded) if loaded else None,
        items=items,
    )


def _read_item(said: Any, where: str) -> AskedItem:
    if not isinstance(said, dict):
        raise InputError("an item is a JSON object.", where=where)
    _known(said, ITEM_KEYS, where)
    if not said.get("description") and not said.get("hs"):
        raise InputError("neither description nor hs.", where=where, remedy="Say what it is.")
    quantity = _number(said, "quantity", where) or Decimal(1)
    each, whole = _number(said, "unit_value", where), _number(said, "value", where)
    if (each is None) == (whole is None):
        raise InputError(
            "give either unit_value or value (of the whole line).",
            where=where,
            remedy='Write for example "quantity": 2, "unit_value": "12.00", "currency": "EUR".',
        )
    value = whole if whole is not None else (each or Decimal(0)) * quantity
    if value > VALUE_MAX:
        raise InputError(f"a value over {VALUE_MAX:f}.", where=where)
    return AskedItem(
        description=str(said.get("description") or ""),
        hs=_code(said, where),
        quantity=quantity,
        value=value,
        currency=_currency(said.get("currency"), where),
        origin=_country(said, "origin", where),
        net_mass_g=_number(said, "net_mass_g", where),
        gtin=str(said.get("gtin") or ""),
        category=str(said.get("category") or ""),
        brand=str(said.get("brand") or ""),
        tariff_rate=str(said.get("tariff_rate") or ""),
        facts=_facts(said.get("facts"), where),
    )


def _known(said: Json, keys: Iterable[str], where: str) -> None:
    for key in said:
        if key not in keys:
            raise unknown_name("key", key, keys, where=where)


def _number(said: Json, key: str, where: str) -> Decimal | None:
    told = said.get(key)
    if told is None or told == "":
        return None
    try:
        number = Decimal(str(told))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise InputError(f"{key} {told!r} is not a number.", where=where, remedy='Write "12.50".')
    if number < 0 or (key == "quantity" and number == 0):
        raise InputError(f"{key} {told!r} is not above zero.", where=where)
    if number != round(number, DECIMALS_MAX):
        raise InputError(f"{key} {told!r} has over {DECIMALS_MAX} decimals.", where=where)
    return number


def _cost(said: Json, key: str, currency: str, where: str) -> tuple[Decimal | None, str]:
    cost = _number(said, key, where)
    told = said.get(f"{key}_currency")
    return cost, "" if cost is None else _currency(told or currency, where)


def _currency(told: Any, where: str) -> str:
    code = str(told or "").strip().upper()
    known = _listed().currencies
    if code not in known:
        raise unknown_name("currency", str(told or ""), known, where=where)
    return code


def _country(said: Json, key: str, where: str) -> str:
    told = str(said.get(key) or "").strip()
    if not told:
        return ""
    listed = _listed()
    found = listed.countries.get(told.upper()) or listed.names.get(folded_list([told])[0])
    if found is None:
        raise unknown_name(f"country ({key})", told, listed.countries, where=where)
    return found


@dataclass(frozen=True, slots=True)
class _Listed:
    """Code lists as a call needs them."""

    currencies: frozenset[str]
    countries: dict[str, str]
    names: dict[str, str]


@lru_cache(maxsize=1)
def _listed() -> _Listed:
    lists = load_codelists()
    codes = lists.countries["code"].to_list()
    three = lists.countries.select("alpha3", "code").drop_nulls().rows()
    return _Listed(
        frozenset(lists.currencies["code"].to_list()),
        {**dict(three), **dict(zip(codes, codes, strict=True))},
        dict(lists.country_names.select("key", "code").rows()),
    )


def _destination(said: Json, where: str) -> str:
    told = str(said.get("to") or "").strip().upper()
    if not told:
        raise InputError("no country of destination.", where=where, remedy="Give --to, such as FR.")
    return told if told in ("XI", "EU") else _country(said, "to", where)


def _choice(said: Json, key: str, known: tuple[str, ...], where: str) -> str:
    told = str(said.get(key) or "").strip().lower()
    if told and told not in known:
        raise unknown_name(key, told, known, where=where)
    return told


def _code(said: Json, where: str) -> str:
    told = str(said.get("hs") or "")
    digits = "".join(sign for sign in told if sign.isdigit())
    if told and (len(digits) < 6 or len(digits) > 10 or set(told) - set("0123456789. ")):
        raise InputError(
            f"hs {told!r} is not a code of 6 to 10 digits.",
            where=where,
            remedy="Leave it out for candidates from the description, or look in `tidewaiter hs`.",
        )
    return digits


def _facts(told: Any, where: str) -> tuple[tuple[str, str], ...]:
    if told is None:
        return ()
    if not isinstance(told, dict):
        raise InputError("facts is a JSON object of names and values.", where=where)
    return tuple(
        sorted(
            (str(name), json.dumps(value) if isinstance(value, bool) else str(value))
            for name, value in told.items()
        )
    )
