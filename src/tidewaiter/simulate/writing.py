"""How the same person is written differently, and how a hand slips on a keyboard.

Names: capitals, small letters, family name first, initials, a title, another transliteration, a
typing error. Addresses: abbreviations, capitals, no commas, parts in another order, the country
added, the city left out, a typing error in the street. Numbers of flats and buildings stay right:
the parcel is to arrive. Columns only; knows nothing of parcels.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from tidewaiter.knowledge.catalogue import Country
from tidewaiter.simulate.draws import Rng, below, chosen, pick
from tidewaiter.simulate.population import Names, Persons, address_columns

LETTERS = "abcdefghijklmnopqrstuvwxyz"
NAME, ADDRESS, BOTH = 0, 1, 2
WHAT = (0.45, 0.25, 0.30)
NAME_WAYS = {
    "upper": 0.15,
    "lower": 0.12,
    "family first": 0.11,
    "family, given": 0.08,
    "initial and family": 0.14,
    "initial without dot": 0.06,
    "title": 0.05,
    "spelling": 0.13,
    "typo": 0.16,
}
ADDRESS_WAYS = {
    "short words": 0.34,
    "upper": 0.10,
    "lower, no commas": 0.15,
    "parts turned": 0.14,
    "country added": 0.07,
    "city left out": 0.07,
    "typo in the street": 0.13,
}
TITLES = ("Mr", "Ms", "Mrs", "Dr")


def mistype(words: pl.Series, rng: Rng) -> pl.Series:
    """Give each text with one slip: two signs swapped, one dropped, doubled or replaced.

    Letters become letters, digits digits; the first sign stays. Texts under two signs are doubled.
    """
    count = words.len()
    length = words.str.len_chars().cast(pl.Int64).to_numpy()
    place = 1 + below(rng, np.maximum(length - 2, 1))
    kind = pick(rng, (0.3, 0.25, 0.2, 0.25), count)
    letter = pl.Series(list(LETTERS))[rng.integers(0, len(LETTERS), count)]
    step = rng.integers(1, 10, count)
    frame = pl.DataFrame(
        {
            "text": words,
            "place": place,
            "kind": kind,
            "letter": letter,
            "step": step,
        }
    )
    whole, at = pl.col("text"), pl.col("place")
    before, sign = whole.str.slice(0, at), whole.str.slice(at, 1)
    following, after, rest = whole.str.slice(at + 1, 1), whole.str.slice(at + 1), at + 2
    is_digit = sign.str.contains("^[0-9]$")
    turned = ((sign.cast(pl.Int64, strict=False) + pl.col("step")) % 10).cast(pl.String)
    other = pl.when(is_digit).then(turned).otherwise("letter")
    slips = [
        pl.concat_str(before, following, sign, whole.str.slice(rest)),
        pl.concat_str(before, after),
        pl.concat_str(before, sign, sign, after),
        pl.concat_str(before, other, after),
    ]
    slipped = chosen(pl.col("kind"), slips)
    doubled = pl.concat_str(before, sign, sign, after)
    return frame.select(
        pl.when(whole.str.len_chars() < 2)
        .then(whole + whole)
        .when(slipped == whole)
        .then(doubled)
        .otherwise(slipped)
        .alias(words.name)
    ).to_series()


def rewritten(
    persons: Persons, place: pl.Series, names: Names, countries: list[Country], rng: Rng
) -> pl.DataFrame:
    """Write persons differently: name, address or both.

    Args:
        persons: the people of the block.
        place: who is to be written, one row a writing.
        names: spellings.
        countries: addresses.
        rng: source of chance.

    Returns:
        Frame `name, address, street_line, written`: `written` says what was changed and how.
    """
    rows = persons.frame[place]
    count = rows.height
    what = pick(rng, WHAT, count)
    own = rows["own_script"].to_numpy()
    what = np.where(own, ADDRESS, what)
    name = _names(rows, names, rng)
    address = _addresses(rows, countries, rng)
    frame = pl.concat(
        [rows.select(pl.col("name", "address", "street_line")), name, address], how="horizontal"
    ).with_columns(pl.Series("what", what))
    new_name, new_address = pl.col("what") != ADDRESS, pl.col("what") != NAME
    said = [
        pl.format("name: {}", "name_way"),
        pl.format("address: {}", "address_way"),
        pl.format("name: {}; address: {}", "name_way", "address_way"),
    ]
    return frame.select(
        pl.when(new_name).then("new_name").otherwise("name").alias("name"),
        pl.when(new_address).then("new_address").otherwise("address").alias("address"),
        pl.when(new_address).then("new_street_line").otherwise("street_line").alias("street_line"),
        chosen(pl.col("what"), said).alias("written"),
    )


def _names(rows: pl.DataFrame, names: Names, rng: Rng) -> pl.DataFrame:
    count = rows.height
    way = pick(rng, list(NAME_WAYS.values()), count)
    title = pl.Series(TITLES)[rng.integers(0, len(TITLES), count)]
    frame = rows.select("name", "given_name", "middle_name", "family_name").with_columns(
        other_given=_spelling(rows["given"], names, rng),
        other_family=_spelling(rows["family"], names, rng),
        typo=mistype(rows["name"], rng),
        title=title,
    )
    name, family = pl.col("name"), pl.col("family_name")
    first = pl.concat_str("given_name", "middle_name", separator=" ", ignore_nulls=True)
    initial = pl.col("given_name").str.slice(0, 1)
    spelled = pl.concat_str(
        pl.coalesce("other_given", "given_name"),
        "middle_name",
        pl.coalesce("other_family", "family_name"),
        separator=" ",
        ignore_nulls=True,
    )
    ways = [
        name.str.to_uppercase(),
        name.str.to_lowercase(),
        pl.format("{} {}", family, first),
        pl.format("{}, {}", family, first),
        pl.format("{}. {}", initial, family),
        pl.format("{} {}", initial, family),
        pl.format("{} {}", "title", name),
        pl.when(spelled == name).then("typo").otherwise(spelled),
        pl.col("typo"),
    ]
    return frame.with_columns(pl.Series("way", way)).select(
        chosen(pl.col("way"), ways).alias("new_name"),
        chosen(pl.col("way"), [pl.lit(word) for word in NAME_WAYS]).alias("name_way"),
    )


def _spelling(place: pl.Series, names: Names, rng: Rng) -> pl.Series:
    options = names.frame["variants"][place]
    length = options.list.len().cast(pl.Int64).to_numpy()
    at = pl.Series(below(rng, np.maximum(length, 1)))
    return (
        options.to_frame("options")
        .select(pl.col("options").list.get(pl.lit(at), null_on_oob=True))
        .to_series()
    )


def _addresses(rows: pl.DataFrame, countries: list[Country], rng: Rng) -> pl.DataFrame:
    count = rows.height
    way = pl.Series("way", pick(rng, list(ADDRESS_WAYS.values()), count))
    slipped = mistype(rows["street"], rng)
    plain = rows.select("address", "street_line")
    short = rows.with_columns(
        unit=pl.col("unit_short"), block=pl.col("block_short"), street=pl.col("street_short")
    ).select(address_columns(countries))
    typo = rows.with_columns(slipped.alias("street")).select(address_columns(countries))
    frame = pl.concat(
        [
            plain,
            short.rename({"address": "short", "street_line": "short_line"}),
            typo.rename({"address": "typo", "street_line": "typo_line"}),
            rows.select("city", "country"),
        ],
        how="horizontal",
    ).with_columns(way)
    whole, line = pl.col("address"), pl.col("street_line")
    ways = [
        pl.col("short"),
        whole.str.to_uppercase(),
        whole.str.to_lowercase().str.replace_all(",", ""),
        whole.str.split(", ").list.reverse().list.join(", "),
        pl.format("{}, {}", whole, "country"),
        line,
        pl.col("typo"),
    ]
    lines = [
        pl.col("short_line"),
        line.str.to_uppercase(),
        line.str.to_lowercase().str.replace_all(",", ""),
        line.str.split(", ").list.reverse().list.join(", "),
        line,
        line,
        pl.col("typo_line"),
    ]
    return frame.select(
        chosen(pl.col("way"), ways).alias("new_address"),
        chosen(pl.col("way"), lines).alias("new_street_line"),
        chosen(pl.col("way"), [pl.lit(word) for word in ADDRESS_WAYS]).alias("address_way"),
    )
