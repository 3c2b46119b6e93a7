"""Compare: how two writings of a person differ, and the weight of it.

Levels of names and addresses carry the weights of `packs/matching/link.toml`; equal telephone or
e-mail adds. Different doors end the matter whatever the rest says. `lesser` says which side tells
less (an initial, a missing word or number): such a pair may join only where it is the only choice.
"""

from __future__ import annotations

import polars as pl
from rapidfuzz import fuzz
from rapidfuzz.process import cpdist

from tidewaiter.knowledge.matching import Matching
from tidewaiter.stages.link.wording import align, one_error

LEFT, RIGHT, NEITHER = -1, 1, 0
TYPOS_MAX = 2
CONTACTS = ("phone", "email")
DOOR_DIGITS_MIN = 2  # digits of a number that may hold an error where the door is the same
_LEVEL = pl.String


def score_pairs(
    pairs: pl.DataFrame, nodes: pl.DataFrame, forms: pl.DataFrame, matching: Matching
) -> pl.DataFrame:
    """Weigh each pair of persons of a day.

    Args:
        pairs: `left, right` (row numbers of `nodes`).
        nodes: `day, at` (row number of `forms`), `email, phone`.
        forms: normal forms with the features of `candidates.form_features`.
        matching: the matching packs.

    Returns:
        The pairs at the threshold or over it: `left, right, name_level, address_level, lesser`
        (-1 the left tells less, 1 the right, 0 neither), `score`.
    """
    at = nodes["at"]
    a, b = forms[at.gather(pairs["left"])], forms[at.gather(pairs["right"])]
    weigh = matching.link
    levels = pairs.hstack(name_levels(a["name"], b["name"], matching)).hstack(
        address_levels(a, b, matching)
    )
    levels = levels.with_columns(_contacts(pairs, nodes))
    levels = _forgiven(levels, a["name"], b["name"], matching)
    score = _weight("name_level", weigh["name"]) + _weight("address_level", weigh["address"])
    for column in CONTACTS:
        same = pl.col(column)
        score = score + (
            pl.when(same)
            .then(weigh["contact"][column])
            .when(~same)
            .then(weigh["contact"][f"{column}_differs"])
            .otherwise(0.0)
        )
    names, addresses = pl.col("name_lesser"), pl.col("address_lesser")
    levels = levels.with_columns(score.alias("score"))
    kept = levels.filter(
        pl.col("address_level").is_not_null() & (pl.col("score") >= matching.link_threshold)
    )
    return kept.select(
        "left",
        "right",
        "name_level",
        "address_level",
        pl.when(names != NEITHER).then(names).otherwise(addresses).alias("lesser"),
        "score",
    )


def _contacts(pairs: pl.DataFrame, nodes: pl.DataFrame) -> list[pl.Series]:
    """Whether telephone and e-mail are the same; null where a side has none."""
    return [
        (nodes[c].gather(pairs["left"]) == nodes[c].gather(pairs["right"])).alias(c)
        for c in CONTACTS
    ]


def _forgiven(
    levels: pl.DataFrame, left: pl.Series, right: pl.Series, matching: Matching
) -> pl.DataFrame:
    """Read alike names as errors where telephone or e-mail is the same, but not two known ones."""
    asked = levels.select(
        (pl.col("name_level") == "differ") & pl.any_horizontal(pl.col(*CONTACTS).fill_null(False))
    ).to_series()
    at = asked.arg_true()
    if not at.len():
        return levels
    names = left.gather(at), right.gather(at)
    alike = cpdist(names[0].to_list(), names[1].to_list(), scorer=fuzz.ratio)
    words = [side.str.extract_all(r"\S+") for side in names]
    given = pl.Series(sorted(matching.words.given)).implode()
    known = pl.DataFrame({"l": words[0], "r": words[1]}).select(
        pl.all_horizontal(
            pl.col(x).list.set_difference(y).list.eval(pl.element().is_in(given)).list.any()
            for x, y in (("l", "r"), ("r", "l"))
        )
    )
    close = pl.Series(alike >= matching.link["typo"]["contact_alike_min"]) & ~known.to_series()
    level = levels["name_level"].scatter(at.filter(close), "typos")
    lesser = levels["name_lesser"].scatter(at.filter(close), NEITHER)
    return levels.with_columns(level, lesser)


def _weight(column: str, weights: dict[str, float]) -> pl.Expr:
    return pl.col(column).replace_strict(weights, return_dtype=pl.Float64, default=None)


def name_levels(left: pl.Series, right: pl.Series, matching: Matching) -> pl.DataFrame:
    """Say how two names differ.

    Args:
        left: normal forms of names.
        right: the same number of them.
        matching: the matching packs.

    Returns:
        `name_level` (equal, typo, typos, initial, extra, differ), `name_lesser` (-1 left, 1 right).
    """
    words = align(left, right, matching).with_columns(
        _joined(left, right).alias("joined"),
        (pl.col("equal") + pl.col("typos")).alias("full"),
        (pl.col("initials_left") + pl.col("initials_right")).alias("initials"),
        (pl.col("extra_left") + pl.col("extra_right")).alias("extra"),
    )
    less_left = (pl.col("initials_left") > 0) | (pl.col("extra_right") > 0)
    less_right = (pl.col("initials_right") > 0) | (pl.col("extra_left") > 0)
    typos, initials, extra = pl.col("typos"), pl.col("initials"), pl.col("extra")
    full = pl.col("full")
    level = (
        pl.when(pl.col("joined"))
        .then(pl.lit("typo"))
        .when((less_left & less_right) | (full < 1) | (typos > TYPOS_MAX))
        .then(pl.lit("differ"))
        .when((initials == 0) & (extra == 0))
        .then(
            pl.when(typos == 0)
            .then(pl.lit("equal"))
            .when(typos == 1)
            .then(pl.lit("typo"))
            .otherwise(pl.lit("typos"))
        )
        .when((extra > 0) & (full + initials < TYPOS_MAX))
        .then(pl.lit("differ"))
        .when((typos == 0) & (extra == 0))
        .then(pl.lit("initial"))
        .when((typos == 0) & (initials == 0))
        .then(pl.lit("extra"))
        .when(typos + (initials > 0).cast(pl.Int64) <= TYPOS_MAX)
        .then(pl.lit("typos"))
        .otherwise(pl.lit("differ"))
    )
    lesser = (
        pl.when(pl.col("joined"))
        .then(NEITHER)
        .when(less_left)
        .then(LEFT)
        .when(less_right)
        .then(RIGHT)
        .otherwise(NEITHER)
    )
    return words.select(level.alias("name_level"), lesser.cast(pl.Int8).alias("name_lesser"))


def _joined(left: pl.Series, right: pl.Series) -> pl.Series:
    """Whether two names are the same letters with the blanks elsewhere."""
    blanks = [side.str.count_matches(" ", literal=True) for side in (left, right)]
    sizes = [
        side.str.len_bytes() - count for side, count in zip((left, right), blanks, strict=True)
    ]
    maybe = ((left != right) & (sizes[0] == sizes[1])).fill_null(value=False)
    at = maybe.arg_true()
    lengths = [_lengths(side.gather(at)) for side in (left, right)]
    maybe = maybe.scatter(at, lengths[0] != lengths[1]) if at.len() else maybe
    if not maybe.any():
        return maybe
    letters = [
        side.filter(maybe).str.replace_all(" ", "", literal=True).str.split("").list.sort()
        for side in (left, right)
    ]
    same = letters[0].list.join("") == letters[1].list.join("")
    return maybe.scatter(maybe.arg_true(), same)


def _lengths(names: pl.Series) -> pl.Series:
    words = names.str.extract_all(r"\S+").list.eval(pl.element().str.len_chars())
    return words.list.sort().cast(pl.List(pl.String)).list.join(" ")


def address_levels(a: pl.DataFrame, b: pl.DataFrame, matching: Matching) -> pl.DataFrame:
    """Say how two addresses differ.

    Args:
        a: `address, door` of the left side.
        b: the same of the right side.
        matching: the matching packs.

    Returns:
        `address_level` (equal, alike, part, number, missing, differ; null where the doors differ:
        never one person), `address_lesser` (-1 left, 1 right).
    """
    sides = pl.concat(
        [
            a.select("address", "door"),
            b.select("address", "door").rename(lambda name: f"{name}_right"),
        ],
        how="horizontal",
    )
    here, there = (_places(side["address"], matching) for side in (a, b))
    places = align(here, there, matching, beginnings=True)
    initials = pl.col("initials_left") + pl.col("initials_right")
    sides = sides.hstack(places).with_columns(
        (pl.col("extra_left") + initials).alias("extra_left"),
        (pl.col("extra_right") + initials).alias("extra_right"),
    )
    sides = sides.hstack(_numbers(sides, matching))
    apart = (pl.col("extra_left") > 0) & (pl.col("extra_right") > 0)
    doors_differ = pl.col("door") != pl.col("door_right")
    nowhere = (pl.col("address") == "") | (pl.col("address_right") == "")
    part = (pl.col("fewer_left") == 0) | (pl.col("fewer_right") == 0)
    same_numbers = (pl.col("fewer_left") + pl.col("fewer_right") == 0) & pl.col("numbered")
    level = (
        pl.when(nowhere)
        .then(pl.lit("missing"))
        .when(pl.col("address") == pl.col("address_right"))
        .then(pl.lit("equal"))
        .when(doors_differ.fill_null(value=False))
        .then(pl.lit(None, dtype=_LEVEL))
        .when(apart)
        .then(pl.lit("differ"))
        .when(same_numbers)
        .then(pl.lit("alike"))
        .when(pl.col("number_typo"))
        .then(pl.lit("number"))
        .when(part)
        .then(pl.lit("part"))
        .otherwise(pl.lit("differ"))
    )
    less_left = (pl.col("extra_right") > 0) | (pl.col("fewer_right") > 0)
    less_right = (pl.col("extra_left") > 0) | (pl.col("fewer_left") > 0)
    lesser = (
        pl.when(pl.col("number_typo"))
        .then(NEITHER)
        .when(less_left)
        .then(LEFT)
        .when(less_right)
        .then(RIGHT)
        .otherwise(NEITHER)
    )
    return sides.select(level.alias("address_level"), lesser.cast(pl.Int8).alias("address_lesser"))


def _places(addresses: pl.Series, matching: Matching) -> pl.Series:
    ways = "|".join(sorted({*matching.words.ways.values(), *matching.words.buildings.values()}))
    return addresses.str.replace_all(rf"\S*[0-9]\S*|\b(?:{ways})\b", "")


def _numbers(sides: pl.DataFrame, matching: Matching) -> pl.DataFrame:
    least = int(matching.link["typo"]["number_length_min"])
    left, right = (pl.col(c).str.extract_all(r"[0-9]+") for c in ("address", "address_right"))
    rests = sides.select(
        (left.list.len() > 0).alias("numbered"),
        left.list.set_difference(right).alias("l"),
        right.list.set_difference(left).alias("r"),
        same_door=(pl.col("door") == pl.col("door_right")).fill_null(value=False),
    ).with_columns(
        fewer_right=pl.col("l").list.len().cast(pl.Int64),
        fewer_left=pl.col("r").list.len().cast(pl.Int64),
        one=pl.col("l").list.first().fill_null(""),
        other=pl.col("r").list.first().fill_null(""),
    )
    single = (pl.col("fewer_left") == 1) & (pl.col("fewer_right") == 1)
    long = pl.min_horizontal(pl.col("one").str.len_bytes(), pl.col("other").str.len_bytes())
    enough = pl.when(pl.col("same_door")).then(DOOR_DIGITS_MIN).otherwise(least)
    error = pl.Series("error", one_error(rests["one"], rests["other"]))
    return rests.select(
        "numbered",
        "fewer_left",
        "fewer_right",
        (single & (long >= enough) & error).alias("number_typo"),
    )
