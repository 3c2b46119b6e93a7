"""Names: two words that others bear too are two names, not one with a typing error.

Where a pair was held to be one name but for an error, both words are looked up among the other
addresses of the same day: if each is borne there, often enough beside the other, the pair is two
persons (flatmates, brothers and sisters). Knows nothing beyond the day's own writings.
"""

from __future__ import annotations

import polars as pl

from tidewaiter.knowledge.matching import Matching


def without_two_names(
    links: pl.DataFrame, nodes: pl.DataFrame, forms: pl.DataFrame, matching: Matching
) -> pl.DataFrame:
    """Drop the pairs whose differing words are both in use on that day.

    Args:
        links: `left, right, name_level, ...` (row numbers of `nodes`).
        nodes: `day, at` (row number of `forms`).
        forms: `name, numbers`.
        matching: gives how often a word must be borne.

    Returns:
        The links kept, same columns.
    """
    asked = links.with_row_index("link").filter(pl.col("name_level").is_in(("typo", "typos")))
    if not asked.height:
        return links
    at, names = nodes["at"], forms["name"]
    words = [
        names.gather(at.gather(asked[side])).str.extract_all(r"\S+") for side in ("left", "right")
    ]
    sides = pl.DataFrame({"link": asked["link"], "a": words[0], "b": words[1]}).with_columns(
        nodes["day"].gather(asked["left"]).alias("day")
    )
    sides = sides.select(
        "link",
        "day",
        pl.col("a").list.set_difference("b").alias("a"),
        pl.col("b").list.set_difference("a").alias("b"),
    )
    pairs = (
        sides.explode("a")
        .explode("b")
        .filter(pl.col("a").str.len_chars() > 1)
        .filter(pl.col("b").str.len_chars() > 1)
    )
    borne = _borne(pairs, nodes, forms)
    least, share = (matching.link["typo"][k] for k in ("known_doors_min", "known_share_min"))
    counted = pairs
    for side in ("a", "b"):
        counted = counted.join(
            borne.rename({"word": side, "doors": f"doors_{side}"}), on=["day", side], how="left"
        )
    rarer = pl.min_horizontal("doors_a", "doors_b")
    commoner = pl.max_horizontal("doors_a", "doors_b")
    two = counted.filter((rarer >= least) & (rarer >= share * commoner))["link"].unique()
    return links.with_row_index("link").filter(~pl.col("link").is_in(two.implode())).drop("link")


def _borne(pairs: pl.DataFrame, nodes: pl.DataFrame, forms: pl.DataFrame) -> pl.DataFrame:
    wanted = (
        pl.concat([pairs.select("day", word=side) for side in ("a", "b")]).unique().drop_nulls()
    )
    spelt = forms.select(
        "name", at=pl.int_range(pl.len(), dtype=pl.UInt32), door=pl.col("numbers")
    ).filter(pl.col("name").str.contains_any(wanted["word"].unique().to_list()))
    spelt = spelt.select("at", "door", pl.col("name").str.extract_all(r"\S+").alias("word"))
    spelt = spelt.explode("word").join(wanted.select("word").unique(), on="word", how="semi")
    return (
        spelt.join(nodes.select("day", "at"), on="at")
        .join(wanted, on=["day", "word"], how="semi")
        .unique(["day", "word", "door"])
        .group_by("day", "word")
        .agg(pl.len().alias("doors"))
    )
