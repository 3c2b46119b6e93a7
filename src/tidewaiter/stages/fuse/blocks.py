"""Blocks: which messages are worth weighing against one another.

By identifier: any two messages that hold the same identifier, under whatever name. By evidence:
messages that agree in a cheap key. An identifier in too many messages is a bag's or a flight's; a
block too large says nothing: both are passed over, by the limits of the pack.
"""

from __future__ import annotations

import polars as pl

from tidewaiter.knowledge.matching import Matching
from tidewaiter.stages.fuse.keys import ID_KINDS

_ID_COLUMNS = tuple(f"id_{kind}" for kind in ("own", *ID_KINDS))
TAIL_LENGTH = 8
HEAD_LENGTH = 6
_NODE = ("node", "group", "views")
PAIRS = {"left": pl.UInt32(), "right": pl.UInt32()}


def identifier_pairs(nodes: pl.DataFrame, matching: Matching) -> pl.DataFrame:
    """Pair messages that share an identifier.

    Args:
        nodes: rows of `match_keys`.
        matching: gives the shortest identifier that counts and the most messages it may be in.

    Returns:
        `left, right` (row numbers, left < right), `shared` (number of identifiers in common).
    """
    limit = matching.fuse["limit"]
    held = _identifiers(nodes, int(limit["id_length_min"]))
    held = held.select("node", pl.col("id").hash().alias("key")).unique()
    pairs = _self_pairs(held, int(limit["id_rows_max"]))
    return pairs.group_by("left", "right").agg(pl.len().alias("shared"))


def evidence_pairs(nodes: pl.DataFrame, matching: Matching) -> pl.DataFrame:
    """Pair messages that agree in a cheap key.

    Args:
        nodes: rows of `match_keys` with `node`, their number, `group`, what they are joined to, and
            `views`, the bits of their group's views.
        matching: gives the largest block.

    Returns:
        `left, right` (numbers of `node`, left < right) of groups without a common view, each pair
        once.
    """
    limit = matching.fuse["limit"]
    rows_max = int(limit["block_rows_max"])
    name, address = pl.col("name"), pl.col("address")
    day = pl.col("day").hash(1)
    worth = pl.col("value").round(2).hash(2) ^ pl.col("currency").hash(3)
    longest = name.str.extract(r"(\S{5,})").fill_null(name)
    numbers = address.str.replace_all(r"[^0-9]+", " ").str.strip_chars()
    keys = nodes.select(
        *_NODE,
        phone=pl.col("phone").hash(4),
        email=pl.col("email").hash(5),
        address=address.hash(6),
        person=name.hash(7) ^ pl.coalesce("postcode", numbers).hash(8),
        person_day=name.hash(9) ^ day,
        worth=worth ^ day,
        word=longest.hash(10) ^ worth,
        door=longest.hash(11) ^ numbers.hash(12),
        mass=pl.col("mass").hash(13) ^ numbers.hash(14),
        goods=pl.col("goods").hash(15) ^ longest.hash(16),
    )
    told = {
        "phone": ("phone",),
        "email": ("email",),
        "address": ("address",),
        "person": ("name", "address"),
        "person_day": ("name", "day"),
        "worth": ("value", "day"),
        "word": ("name", "value"),
        "door": ("name", "address"),
        "mass": ("mass", "address"),
        "goods": ("goods", "name"),
    }
    found = []
    for column, parts in told.items():
        full = pl.all_horizontal(nodes[part].is_not_null() for part in parts)
        rows = keys.filter(full).select(*_NODE, key=column)
        found.append(_self_pairs(rows, rows_max))
    held = _identifiers(nodes.select(*_ID_COLUMNS), int(limit["id_length_min"]))
    names = nodes.select(*_NODE, longest.alias("word"))[held["node"]]
    held = names.with_columns(held["id"])
    head = pl.concat_str(pl.col("id").str.head(HEAD_LENGTH), pl.lit("|"), "word")
    for part in (pl.col("id").str.tail(TAIL_LENGTH), head):
        rows = held.select(*_NODE, part.alias("part")).filter(pl.col("part").is_not_null())
        rows = rows.select(*_NODE, pl.col("part").hash().alias("key")).unique(["node", "key"])
        found.append(_self_pairs(rows, rows_max))
    return pl.concat(found).unique()


def _identifiers(nodes: pl.DataFrame, length_min: int) -> pl.DataFrame:
    numbered = nodes.with_row_index("node")
    parts = [
        numbered.select("node", id=column).filter(pl.col("id").str.len_chars() >= length_min)
        for column in _ID_COLUMNS
        if nodes[column].null_count() < nodes.height
    ]
    return pl.concat(parts) if parts else pl.DataFrame(schema={"node": pl.UInt32, "id": pl.String})


def _self_pairs(rows: pl.DataFrame, rows_max: int) -> pl.DataFrame:
    rows = rows.filter(pl.col("key").is_duplicated())
    if "group" in rows.columns:
        group = pl.col("group")
        rows = rows.filter(group.min().over("key") < group.max().over("key"))
    if not rows.height:
        return pl.DataFrame(schema=PAIRS)
    rows = rows.filter(pl.len().over("key") <= rows_max)
    both = rows.join(rows, on="key", suffix="_right")
    apart = pl.col("node") < pl.col("node_right")
    if "group" in rows.columns:
        apart &= (pl.col("views") & pl.col("views_right")) == 0
    return both.filter(apart).select(left="node", right="node_right")
