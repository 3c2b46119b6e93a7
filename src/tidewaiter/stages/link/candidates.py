"""Candidates: which writings of one day are worth comparing.

Two persons of a day are compared only where they agree in a cheap key: the whole address; the
numbers of the address and the initials; initials (the name, where no door is named), first word
and door; initials, first word and numbers without the door; telephone; e-mail. A block larger than
its limit is left to the finer keys.
"""

from __future__ import annotations

from functools import lru_cache

import polars as pl

from tidewaiter.knowledge.matching import Matching


def form_features(forms: pl.DataFrame, matching: Matching) -> pl.DataFrame:
    """Add what addresses and names are paired by.

    Args:
        forms: `name, address` (normal forms, empty if none).
        matching: the matching packs.

    Returns:
        The forms with `initials` (in the sorted name's order), `numbers` (sum of the address's
        numbers: the same in any order; 0 if none), `door` (flat, villa, room ... with its number;
        null if none), `outside` (the sum without the door's) and `word` (the address's first word
        of three letters or more).
    """
    address = pl.col("address")
    numbers = address.str.extract_all(r"[0-9]+").cast(pl.List(pl.Int64), strict=False)
    marked = forms.with_columns(
        pl.col("name").str.replace_all(r"\B\S+", "").alias("initials"),
        numbers.list.sum().fill_null(0).alias("numbers"),
        address.str.extract(f"({_door(matching)})").alias("door"),
        address.str.extract(r"\b(\p{L}{3,})\b").alias("word"),
    )
    of_door = pl.col("door").str.extract(r"([0-9]+)").cast(pl.Int64, strict=False)
    return marked.with_columns((pl.col("numbers") - of_door.fill_null(0)).alias("outside"))


@lru_cache(maxsize=4)
def _door(matching: Matching) -> str:
    doors = "|".join(sorted(set(matching.words.units.values())))
    return rf"\b(?:{doors})(?:[a-z]?[0-9]+[a-z]?|[a-z])\b"


def candidate_pairs(nodes: pl.DataFrame, forms: pl.DataFrame, matching: Matching) -> pl.DataFrame:
    """Pair the persons of each day that may be one.

    Args:
        nodes: one row a person and day: `node, day, at` (row of `forms`), `email`, `phone`.
        forms: with the features of `form_features`.
        matching: the matching packs.

    Returns:
        `left, right` (numbers of nodes, left < right), each pair once.
    """
    limit = int(matching.link["limit"]["block_rows_max"])
    limit_address = int(matching.link["limit"]["address_rows_max"])
    numbers, initials, door = pl.col("numbers"), pl.col("initials"), pl.col("door")
    street = pl.col("outside").hash(7) ^ initials.hash(8) ^ pl.col("word").hash(9)
    keys = forms.select(
        address=pl.when(pl.col("address") != "").then(pl.col("address").hash(1)),
        numbers=pl.when(numbers > 0).then(numbers.hash(2) ^ initials.hash(3)),
        door=pl.when(door.is_null()).then(pl.col("name").hash(4)).otherwise(initials.hash(4))
        ^ pl.col("word").hash(5)
        ^ door.hash(6),
        street=pl.when(pl.col("outside") > 0).then(street),
    )
    day = nodes["day"].hash(10)
    blocks = {"address": limit_address, "numbers": limit, "door": limit}
    if 0 < forms["door"].null_count() < forms.height:
        blocks["street"] = limit  # else the other keys say as much
    found = [
        _block(nodes["node"], keys[column].gather(nodes["at"]) ^ day, rows)
        for column, rows in blocks.items()
    ]
    for column in ("email", "phone"):
        if nodes[column].null_count() < nodes.height:
            key = (
                nodes[column]
                .hash(11)
                .zip_with(nodes[column].is_not_null(), pl.Series([None], dtype=pl.UInt64))
            )
            found.append(_block(nodes["node"], key ^ day, limit))
    return pl.concat(found).unique()


def _block(nodes: pl.Series, key: pl.Series, rows_max: int) -> pl.DataFrame:
    rows = pl.DataFrame({"node": nodes, "key": key}).filter(
        pl.col("key").is_not_null() & pl.col("key").is_duplicated()
    )
    if not rows.height:
        return pl.DataFrame(schema={"left": nodes.dtype, "right": nodes.dtype})
    rows = rows.filter(pl.len().over("key") <= rows_max)
    both = rows.join(rows, on="key", suffix="_right")
    return both.filter(pl.col("node") < pl.col("node_right")).select(
        left="node", right="node_right"
    )
