"""Who lives where: households of families and flatmates, their names and addresses.

Names are common given and family names put together by chance; streets are invented, cities real,
mail goes to example.org. Traps on purpose: families share a family name and an address, flatmates
often share an initial, some people write in their own script, the same name lives at many
addresses. No two households share an address. Knows nothing of what anybody buys.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl

from tidewaiter.knowledge.catalogue import Country, People
from tidewaiter.simulate.draws import (
    Ints,
    Rng,
    below,
    chosen,
    digits,
    filled,
    pick,
    scattered,
    text,
)

HOUSEHOLD_SIZES = (0.62, 0.24, 0.09, 0.05)  # one to four people who order
FAMILY_SHARE = 0.55
SAME_INITIAL_SHARE = 0.35
MIDDLE_NAME_SHARE = 0.25
OWN_SCRIPT_SHARE = 0.03
FLATS, NUMBERS = 980, 390
HOUSEHOLDS_PER_BLOCK_MAX = 1 << 15
_OFFSET = 20_260_000
_SCATTER = (1 << 25) - 39  # a prime, so that no two households share an address


@dataclass(frozen=True, slots=True)
class Names:
    """Names as arrays, sorted by culture and first letter, and where each run begins and ends.

    Args:
        cultures: ids of the cultures.
        frame: `name, variants, native`.
        first: for each culture and part (given, family) the first place.
        count: how many there are.
        letter_first: for each name the first place of its culture, part and letter.
        letter_count: how many there are.
    """

    cultures: tuple[str, ...]
    frame: pl.DataFrame
    first: Ints
    count: Ints
    letter_first: Ints
    letter_count: Ints


@dataclass(frozen=True, slots=True)
class Persons:
    """People of one block; place = number of the person within the block.

    Args:
        frame: `person` (true id), `name`, `own_script`, `given`, `middle`, `family` (places in the
            names), and the columns of `address_columns`, `email`, `phone`, `country`.
        household: number of the household.
    """

    frame: pl.DataFrame
    household: Ints


def sorted_names(people: People) -> Names:
    """Sort the names so that a culture's, and a letter's, stand together."""
    cultures = tuple(sorted(people.names["culture"].unique()))
    frame = people.names.with_columns(pl.col("name").str.slice(0, 1).alias("letter")).sort(
        "culture", "part", "letter", "name"
    )
    place = pl.int_range(pl.len()).cast(pl.Int64)
    spans = frame.select(
        place.min().over("culture", "part", "letter").alias("letter_first"),
        pl.len().over("culture", "part", "letter").cast(pl.Int64).alias("letter_count"),
    )
    runs = (
        frame.select("culture", "part", place.alias("place"))
        .group_by("culture", "part")
        .agg(pl.col("place").min(), pl.len().alias("count"))
        .sort("part", "culture", descending=[True, False])  # given, then family
    )
    shape = (2, len(cultures))
    return Names(
        cultures=cultures,
        frame=frame.select("name", "variants", "native"),
        first=runs["place"].to_numpy().reshape(shape),
        count=runs["count"].cast(pl.Int64).to_numpy().reshape(shape),
        letter_first=spans["letter_first"].to_numpy(),
        letter_count=spans["letter_count"].to_numpy(),
    )


def households(rng: Rng, persons: int) -> Ints:
    """Give each of so many people the number of his household; neighbours in number share one."""
    sizes = pick(rng, HOUSEHOLD_SIZES, persons) + 1
    return np.repeat(np.arange(persons, dtype=np.int64), sizes)[:persons]


def make_persons(
    rng: Rng, household: Ints, block: int, people: People, names: Names, countries: list[Country]
) -> Persons:
    """Give everybody in some households a name and an address.

    Args:
        rng: source of chance.
        household: household of each person.
        block: number of the block; makes person ids and addresses unique in the world.
        people: words.
        names: from `sorted_names`.
        countries: where they may live.
    """
    homes = int(household[-1]) + 1
    country = pick(rng, [1.0] * len(countries), homes)
    named = _named(rng, household, country, names, countries)
    home = _homes(rng, homes, block, country, people, countries)
    frame = pl.concat([named, home[household]], how="horizontal")
    number = np.arange(household.size, dtype=np.int64)
    serial = digits(number, 6)
    frame = frame.with_columns(
        text(b"P", np.tile(digits(np.array([block]), 4), (number.size, 1)), serial).alias("person"),
        *address_columns(countries),
    )
    mail = pl.col("latin").str.to_lowercase().str.replace_all(r"[^\p{L}]+", ".")
    calls = chosen(pl.col("land"), [pl.lit(country.phone) for country in countries])
    return Persons(
        frame.with_columns(
            pl.format("{}.{}@example.org", mail, pl.col("person").str.slice(1)).alias("email"),
            pl.format("{}555{}", calls, pl.col("person").str.slice(3)).alias("phone"),
            chosen(pl.col("land"), [pl.lit(c.code) for c in countries]).alias("country"),
        ),
        household,
    )


def address_columns(countries: list[Country]) -> list[pl.Expr]:
    """Give `address` (whole, one line) and `street_line` from the parts of an address.

    Needs `land, unit, flat, block, number, street, city, postcode`.
    """
    parts = {
        name: pl.col(name)
        for name in ("unit", "flat", "block", "number", "street", "city", "postcode")
    }
    return [
        chosen(pl.col("land"), [filled(c.address, parts) for c in countries]).alias("address"),
        chosen(pl.col("land"), [filled(c.street_line, parts) for c in countries]).alias(
            "street_line"
        ),
    ]


def _named(
    rng: Rng, household: Ints, country: Ints, names: Names, countries: list[Country]
) -> pl.DataFrame:
    homes, count = country.size, household.size
    culture = np.empty(homes, dtype=np.int64)
    for place, land in enumerate(countries):
        here = country == place
        codes = np.array([names.cultures.index(name) for name in land.cultures], dtype=np.int64)
        culture[here] = codes[pick(rng, list(land.cultures.values()), int(here.sum()))]
    mine = culture[household]
    first_of_home = np.searchsorted(household, household)  # place of the household's first person
    turn = np.arange(count) - first_of_home
    homes_max = len(HOUSEHOLD_SIZES)  # given names of a home differ: one of every four a turn
    given = names.first[0, mine] + homes_max * below(rng, names.count[0, mine] // homes_max) + turn
    family = names.first[1, mine] + below(rng, names.count[1, mine])
    kin = (rng.random(homes) < FAMILY_SHARE)[household]
    family = np.where(kin, family[first_of_home], family)
    head = given[first_of_home]
    alike = names.letter_first[head] + below(rng, names.letter_count[head])
    follows = (turn > 0) & ~kin & (alike != head)
    given = np.where(follows & (rng.random(count) < SAME_INITIAL_SHARE), alike, given)
    middle = names.first[0, mine] + below(rng, names.count[0, mine])
    has_middle = rng.random(count) < MIDDLE_NAME_SHARE
    known, native = names.frame["name"], names.frame["native"]
    frame = pl.DataFrame(
        {
            "given": given,
            "family": family,
            "given_name": known[given],
            "middle_name": known[middle],
            "family_name": known[family],
            "given_native": native[given],
            "family_native": native[family],
            "has_middle": has_middle,
            "wants_own": rng.random(count) < OWN_SCRIPT_SHARE,
        }
    ).with_columns(
        pl.when("has_middle").then("middle_name").alias("middle_name"),
        (
            pl.col("wants_own")
            & pl.col("given_native").is_not_null()
            & pl.col("family_native").is_not_null()
        ).alias("own_script"),
    )
    latin = pl.concat_str(
        "given_name", "middle_name", "family_name", separator=" ", ignore_nulls=True
    )
    own = pl.concat_str("given_native", "family_native", separator=" ")
    return frame.with_columns(
        latin.alias("latin"), pl.when("own_script").then(own).otherwise(latin).alias("name")
    ).drop("given_native", "family_native", "has_middle", "wants_own")


def _homes(
    rng: Rng, homes: int, block: int, country: Ints, people: People, countries: list[Country]
) -> pl.DataFrame:
    heads = pl.Series(people.street_heads)
    kinds_max = max(len(land.streets) for land in countries)
    space = FLATS * NUMBERS * heads.len() * kinds_max
    serial = np.arange(homes, dtype=np.int64) + block * HOUSEHOLDS_PER_BLOCK_MAX
    code = scattered((serial + _OFFSET) % space, _SCATTER, space)
    code, flat = np.divmod(code, FLATS)
    code, number = np.divmod(code, NUMBERS)
    kind, head = np.divmod(code, heads.len())
    frame = pl.DataFrame(
        {
            "land": country,
            "flat": flat + 1,
            "number": number + 1,
            "head": heads[head],
            "kind": kind,
            "some": rng.integers(0, 1 << 30, homes),
        }
    )
    some, kind_of = pl.col("some"), pl.col("kind")
    return frame.with_columns(
        _of_land(countries, lambda c: _words(some, [w for w, _ in c.units])).alias("unit"),
        _of_land(countries, lambda c: _words(some, [w for _, w in c.units])).alias("unit_short"),
        _of_land(countries, lambda c: _words(some // 7, [w for w, _ in c.blocks])).alias("block"),
        _of_land(countries, lambda c: _words(some // 7, [w for _, w in c.blocks])).alias(
            "block_short"
        ),
        _of_land(countries, lambda c: _streets(kind_of, [w for w, _ in c.streets])).alias("street"),
        _of_land(countries, lambda c: _streets(kind_of, [w for _, w in c.streets])).alias(
            "street_short"
        ),
        _of_land(countries, lambda c: _words(some // 49, list(c.cities))).alias("city"),
        _of_land(countries, lambda c: _postcode(some, c.postcode)).alias("postcode"),
    ).drop("head", "kind", "some")


def _of_land(countries: list[Country], make: Callable[[Country], pl.Expr]) -> pl.Expr:
    return chosen(pl.col("land"), [make(country) for country in countries])


def _words(place: pl.Expr, words: list[str]) -> pl.Expr:
    return chosen(place % len(words), [pl.lit(word) for word in words])


def _streets(kind: pl.Expr, templates: list[str]) -> pl.Expr:
    head = {"head": pl.col("head")}
    return chosen(kind % len(templates), [filled(template, head) for template in templates])


def _postcode(some: pl.Expr, pattern: str) -> pl.Expr:
    if not pattern:
        return pl.lit("")
    numbers = {
        f"n{width}": (some // 11 % 10**width).cast(pl.String).str.zfill(width)
        for width in range(1, 6)
    }
    return filled(pattern, numbers)
