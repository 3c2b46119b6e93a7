"""The catalogue: invented goods, people and routes that the simulator draws from.

Read from `packs/catalogue/goods.toml` with one table of products a department in the folder beside
it, and from `packs/catalogue/people.toml` with `people/names.csv`. All of it is our own invention
(names of persons are common names, cities are real); it is no knowledge about any market or
population, and no stage reads it.

Pack bodies::

    goods    [brands], [[kind]] id, title, controls   [[variant]] id, words
             [[department]] id, sentences             [[pattern]] of, texts
             [[vague]] language, texts                goods/<department>.csv (see PRODUCT_COLUMNS)
    people   [streets], [sellers], [[country]], [[seller_country]], [[platform]], [[carrier]],
             [[lane]]                                 people/names.csv (see NAME_COLUMNS)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import polars as pl

from tidewaiter.knowledge.pack import PACKS_DIR, Pack, Table, check_keys, check_source, read_pack
from tidewaiter.vocabulary.errors import PackError

LISTS = ("origins", "details", "features", "variants", "control")
PRODUCT_COLUMNS: dict[str, pl.DataType] = {
    "product": pl.String(),
    "hs6": pl.String(),
    "category": pl.String(),
    "usd_low": pl.Float64(),
    "usd_high": pl.Float64(),
    "g_low": pl.Int64(),
    "g_high": pl.Int64(),
    **dict.fromkeys((*LISTS, "look_alike"), pl.String()),
    "weight": pl.Float64(),
}
NAME_COLUMNS: dict[str, pl.DataType] = dict.fromkeys(
    ("culture", "part", "name", "variants", "native"), pl.String()
)
NEEDED = ("product", "hs6", "category", "origins", "details", "features")
GOODS_KEYS = {
    "kind": ("id", "title", "controls"),
    "variant": ("id", "words"),
    "department": ("id", "sentences"),
    "pattern": ("of", "texts"),
    "vague": ("language", "texts"),
}
PEOPLE_KEYS = {
    "country": (
        "code", "cities", "postcode", "address", "street_line", "units", "blocks", "streets",
        "cultures", "phone",
    ),
    "seller_country": ("code", "cities", "share"),
    "platform": ("name", "share"),
    "carrier": ("name", "mode", "awb_prefix", "share"),
    "lane": ("id", "order_currency", "order_decimals", "postal_currency"),
}  # fmt: skip
PATTERNS = ("title", "description")
BRAND_KEYS = ("heads", "tails", "per_department", "source")
STREET_KEYS = ("heads", "source")
SELLER_KEYS = (
    "heads", "middles", "tails", "per_country", "cheats_percent", "careless_percent", "source",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Goods:
    """Products and the words around them.

    Args:
        products: `PRODUCT_COLUMNS` and `department`; the columns of `LISTS` are lists of text,
            prices are USD of one unit, masses grams of one unit, `look_alike` may be null.
        kinds: kind of controlled goods -> ids of the controls that are about it.
        variants: variant id -> words.
        sentences: department -> sentences of its descriptions.
        titles: patterns of titles.
        descriptions: patterns of descriptions.
        vague: texts that say nothing about the goods, in several languages.
        brand_heads: first parts of brand names.
        brand_tails: second parts of brand names.
        brands_per_department: how many brands a department has.
        digests: digest of the pack.
    """

    products: pl.DataFrame
    kinds: dict[str, tuple[str, ...]]
    variants: dict[str, tuple[str, ...]]
    sentences: dict[str, tuple[str, ...]]
    titles: tuple[str, ...]
    descriptions: tuple[str, ...]
    vague: tuple[str, ...]
    brand_heads: tuple[str, ...]
    brand_tails: tuple[str, ...]
    brands_per_department: int
    digests: dict[str, str]


@dataclass(frozen=True, slots=True)
class Country:
    """A country of destination: how its addresses look and whose names its people bear."""

    code: str
    cities: tuple[str, ...]
    postcode: str
    address: str
    street_line: str
    units: tuple[tuple[str, str], ...]
    blocks: tuple[tuple[str, str], ...]
    streets: tuple[tuple[str, str], ...]
    cultures: dict[str, int]
    phone: str


@dataclass(frozen=True, slots=True)
class LaneMoney:
    """In which currency a lane's orders are priced, with how many decimals."""

    id: str
    order_currency: str
    order_decimals: int
    postal_currency: str


@dataclass(frozen=True, slots=True)
class People:
    """Buyers, sellers and routes.

    Args:
        names: `NAME_COLUMNS`, `variants` as a list (other spellings), `native` null where the
            name has no other script.
        street_heads: first words of streets.
        countries: countries of destination by code.
        seller_countries: code, cities and share of countries of dispatch.
        seller_words: three tuples of words that make a company's name.
        sellers_per_country: how many sellers a country has.
        cheats_percent: how many of them under-declare.
        careless_percent: how many of them describe badly.
        platforms: name and share of marketplaces.
        carriers: name, mode (post or air), air waybill prefix and share.
        lanes: money of each lane.
        digests: digest of the pack.
    """

    names: pl.DataFrame
    street_heads: tuple[str, ...]
    countries: dict[str, Country]
    seller_countries: tuple[tuple[str, tuple[str, ...], int], ...]
    seller_words: tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]
    sellers_per_country: int
    cheats_percent: int
    careless_percent: int
    platforms: tuple[tuple[str, int], ...]
    carriers: tuple[tuple[str, str, str, int], ...]
    lanes: dict[str, LaneMoney]
    digests: dict[str, str]


@lru_cache(maxsize=4)
def load_goods(packs_dir: Path = PACKS_DIR) -> Goods:
    """Read the goods.

    Raises:
        PackError: all faults of the pack and its tables at once.
    """
    pack = read_pack("catalogue", "goods", packs_dir)
    body = pack.body
    faults = check_keys(pack.id, body, (*GOODS_KEYS, "brands"))
    faults += check_keys(f"{pack.id} [brands]", body.get("brands", {}), BRAND_KEYS)
    faults += _entry_faults(pack, GOODS_KEYS)
    departments = [str(entry.get("id")) for entry in body.get("department", [])]
    tables = [_read_table(pack, name, PRODUCT_COLUMNS, faults) for name in departments]
    products = pl.concat(
        table.with_columns(pl.lit(name).alias("department"))
        for name, table in zip(departments, tables, strict=True)
    )
    faults += _product_faults(pack, products, body)
    patterns = {entry.get("of"): tuple(entry.get("texts", ())) for entry in body.get("pattern", [])}
    faults += [f"{pack.id}: no pattern of {of}" for of in PATTERNS if not patterns.get(of)]
    if faults:
        raise PackError(faults)
    return Goods(
        products=products.with_columns(
            pl.col(name).fill_null("").str.split("|").list.filter(pl.element() != "")
            for name in LISTS
        ),
        kinds={entry["id"]: tuple(entry["controls"]) for entry in body["kind"]},
        variants={entry["id"]: tuple(entry["words"]) for entry in body["variant"]},
        sentences={entry["id"]: tuple(entry["sentences"]) for entry in body["department"]},
        titles=patterns["title"],
        descriptions=patterns["description"],
        vague=tuple(text for entry in body["vague"] for text in entry["texts"]),
        brand_heads=tuple(body["brands"]["heads"]),
        brand_tails=tuple(body["brands"]["tails"]),
        brands_per_department=body["brands"]["per_department"],
        digests={pack.id: pack.digest},
    )


@lru_cache(maxsize=4)
def load_people(packs_dir: Path = PACKS_DIR) -> People:
    """Read the people and routes.

    Raises:
        PackError: all faults of the pack and its table at once.
    """
    pack = read_pack("catalogue", "people", packs_dir)
    body = pack.body
    faults = check_keys(pack.id, body, (*PEOPLE_KEYS, "streets", "sellers"))
    faults += check_keys(f"{pack.id} [streets]", body.get("streets", {}), STREET_KEYS)
    faults += check_keys(f"{pack.id} [sellers]", body.get("sellers", {}), SELLER_KEYS)
    faults += _entry_faults(pack, PEOPLE_KEYS)
    names = _read_table(pack, "names", NAME_COLUMNS, faults)
    known = set(names["culture"])
    for entry in body.get("country", []):
        strange = sorted(set(entry.get("cultures", {})) - known)
        if strange:
            faults.append(f"{pack.id} country {entry.get('code')}: no names for {strange}")
    if faults:
        raise PackError(faults)
    sellers = body["sellers"]
    return People(
        names=names.with_columns(
            pl.col("variants").fill_null("").str.split("|").list.filter(pl.element() != "")
        ),
        street_heads=tuple(body["streets"]["heads"]),
        countries={entry["code"]: _country(entry) for entry in body["country"]},
        seller_countries=tuple(
            (entry["code"], tuple(entry["cities"]), entry["share"])
            for entry in body["seller_country"]
        ),
        seller_words=(
            tuple(sellers["heads"]), tuple(sellers["middles"]), tuple(sellers["tails"]),
        ),
        sellers_per_country=sellers["per_country"],
        cheats_percent=sellers["cheats_percent"],
        careless_percent=sellers["careless_percent"],
        platforms=tuple((entry["name"], entry["share"]) for entry in body["platform"]),
        carriers=tuple(
            (entry["name"], entry["mode"], entry["awb_prefix"], entry["share"])
            for entry in body["carrier"]
        ),
        lanes={
            entry["id"]: LaneMoney(**{key: entry[key] for key in PEOPLE_KEYS["lane"]})
            for entry in body["lane"]
        },
        digests={pack.id: pack.digest},
    )  # fmt: skip


def _country(entry: Table) -> Country:
    pairs = {
        key: tuple((long, short) for long, short in entry[key])
        for key in ("units", "blocks", "streets")
    }
    return Country(
        code=entry["code"],
        cities=tuple(entry["cities"]),
        postcode=entry["postcode"],
        address=entry["address"],
        street_line=entry["street_line"],
        cultures=entry["cultures"],
        phone=entry["phone"],
        **pairs,
    )


def _entry_faults(pack: Pack, keys: dict[str, tuple[str, ...]]) -> list[str]:
    faults = []
    for kind, needed in keys.items():
        for number, entry in enumerate(pack.body.get(kind, []), start=1):
            place = f"{pack.id} {kind} {entry.get(needed[0], number)}"
            faults += check_keys(place, entry, (*needed, "source"))
            faults += check_source(place, entry, pack.sources)
    return faults


def _read_table(
    pack: Pack, name: str, columns: dict[str, pl.DataType], faults: list[str]
) -> pl.DataFrame:
    path = pack.tables_dir / f"{name}.csv"
    try:
        table = pl.read_csv(path, schema=columns)
    except (OSError, pl.exceptions.PolarsError) as fault:
        faults.append(f"{pack.id} {name}.csv: {fault}")
        return pl.DataFrame(schema=columns)
    return table


def _product_faults(pack: Pack, products: pl.DataFrame, body: Table) -> list[str]:
    kinds = [entry.get("id") for entry in body.get("kind", [])]
    variants = [entry.get("id") for entry in body.get("variant", [])]
    checks = {
        "hs6 is not six digits": ~pl.col("hs6").str.contains("^[0-9]{6}$"),
        "prices are no rising band": ~(
            (pl.col("usd_low") > 0) & (pl.col("usd_low") < pl.col("usd_high"))
        ),
        "masses are no rising band": ~(
            (pl.col("g_low") > 0) & (pl.col("g_low") < pl.col("g_high"))
        ),
        "weight is not above 0": ~(pl.col("weight") > 0),
        "stands twice": pl.col("product").is_duplicated(),
        "look_alike is no kind": ~pl.col("look_alike").is_in(kinds),
        "control holds no kind": _strange("control", kinds),
        "variants hold no variant": _strange("variants", variants),
        **{f"{name} is empty": pl.col(name).fill_null("") == "" for name in NEEDED},
    }
    return [
        f"{pack.id} {department}: {product}: {what}"
        for what, wrong in checks.items()
        for department, product in products.filter(wrong).select("department", "product").rows()
    ]


def _strange(column: str, known: Iterable[object]) -> pl.Expr:
    words = pl.col(column).str.split("|")
    return words.list.eval(~pl.element().is_in(list(known))).list.any()
