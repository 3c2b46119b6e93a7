"""Vague or not: reject, ask or pass, with the question to ask and a suggested repair.

A text the rules of `check` call vague is refused (asked about where nobody refuses yet on the
lane); one they call unclear, or that a learned judge holds to be vague, is asked about. Without a
judge the rules alone answer, and a text of which no word is known is asked about as well.

The repair follows one pattern, `[gender] + [material] + [article] + [use]`: what the text says
stands as said, what its attributes, title or category say is filled in and marked as inferred,
the rest stays in brackets and is asked for. Nothing is guessed from the model of goods.
Does not read the lane's law (pack `vague/answers` is given) and stores nothing.
"""

from __future__ import annotations

import re
from functools import lru_cache

import numpy as np
import polars as pl

from tidewaiter.knowledge.goods_model import GoodsModel
from tidewaiter.knowledge.nomenclature import Nomenclature
from tidewaiter.knowledge.vague_answers import Part, VagueAnswers
from tidewaiter.knowledge.vague_features import plain_text, run_keys, spoken_keys
from tidewaiter.knowledge.vague_model import VagueModel
from tidewaiter.stages.classify.scoring import Scores
from tidewaiter.stages.classify.vague_measures import measures
from tidewaiter.stages.classify.vague_training import Reals, chances
from tidewaiter.vocabulary.folding import folded

OUTCOMES = ("reject", "ask", "pass")
ASIDE = ("attributes", "title", "category")  # where a part may be inferred from, best first
_KNOWN_MIN = 0.5  # from this share of known words on, a text names its article itself
_LAST_LEVEL = r"([^>/|;]+)$"


def vague_chances(
    texts: pl.Series,
    quality: pl.Series,
    model: VagueModel | None,
    goods: GoodsModel,
    nomenclature: Nomenclature,
) -> tuple[Reals | None, Scores]:
    """Give the probability that texts are vague, and the scores of the goods.

    Args:
        texts: as written.
        quality: what the rules said: specific, ask or vague.
        model: the judge; without one there is no probability.
        goods: the model of goods the judge was trained beside.
        nomenclature: gives the reading lists.
    """
    plain = plain_text(texts)
    measured, found = measures(plain, quality, goods, nomenclature)
    if model is None:
        return None, found
    runs = model.runs.see(*run_keys(plain), len(plain))
    words = model.words.see(*spoken_keys(plain), len(plain))
    return chances(runs, words, measured, model), found


def judge_texts(
    rows: pl.DataFrame,
    chance: Reals | None,
    found: Scores,
    answers: VagueAnswers,
    *,
    threshold: float,
    refuses: bool,
) -> pl.DataFrame:
    """Give each text its outcome, reason, question and suggested repair.

    Args:
        rows: `text, title, category, attributes, quality, reason` (title only beside a text).
        chance: from `vague_chances`.
        found: from `vague_chances`.
        answers: parts, questions and words.
        threshold: probability from which a text is asked about.
        refuses: whether vague text is refused on this lane and day.

    Returns:
        `outcome, probability, reason, question, suggested`, and per part its value and
        `<part>_from` (text, attributes, title or category; null where it is missing).
    """
    none = np.full(rows.height, np.nan)
    frame = rows.with_columns(
        pl.Series("probability", none if chance is None else chance).fill_nan(None),
        pl.Series("_found", found.found),
        pl.Series("_known", found.known.astype(float)),
        pl.Series("_chapter", found.code2[:, 0]).cast(pl.String).str.zfill(2),
        *(
            folded(pl.col(name).fill_null("")).alias(f"_{name}")
            for name in ("text", "title", "category")
        ),
        pl.col("attributes").fill_null("").str.to_lowercase().str.normalize("NFKD")
        .str.replace_all(r"\p{M}+", "").alias("_attributes"),
    ).with_columns(_outcome(threshold, refuses=refuses))  # fmt: skip
    frame = frame.with_columns(*_parts(answers)).with_columns(
        pl.when(pl.col(part.id).is_not_null()).then(_from(part)).alias(f"{part.id}_from")
        for part in answers.parts
    )
    passed = pl.col("outcome") == "pass"
    columns = [name for part in answers.parts for name in (part.id, f"{part.id}_from")]
    return frame.with_columns(
        _reason(threshold),
        pl.when(~passed).then(_question(answers)).alias("question"),
        pl.when(~passed).then(_suggested(answers)).alias("suggested"),
    ).select("outcome", "probability", "reason", "question", "suggested", *columns)


def _outcome(threshold: float, *, refuses: bool) -> pl.Expr:
    quality, chance = pl.col("quality"), pl.col("probability")
    unclear = (quality == "ask") | (chance >= threshold) | (chance.is_null() & ~pl.col("_found"))
    return (
        pl.when(quality == "vague").then(pl.lit("reject" if refuses else "ask"))
        .when(unclear).then(pl.lit("ask"))
        .otherwise(pl.lit("pass")).alias("outcome")
    )  # fmt: skip


def _reason(threshold: float) -> pl.Expr:
    learned = pl.format(
        "reads like texts that named no goods: {} % where {} % is the limit",
        (100 * pl.col("probability")).round(0).cast(pl.Int64),
        pl.lit(round(100 * threshold)),
    )
    return (
        pl.when(pl.col("outcome") == "pass").then(None)
        .when(pl.col("quality") != "specific").then("reason")
        .when(pl.col("probability") >= threshold).then(learned)
        .otherwise(pl.lit("no word of it is known")).alias("reason")
    )  # fmt: skip


def _word(place: str, part: Part) -> pl.Expr:
    """Give the word of a part that stands in a folded text, as it is said in a suggestion."""
    found = pl.col(place).str.extract(_pattern(tuple(part.words)), 1)
    return found.replace_strict(part.words, default=None, return_dtype=pl.String)


@lru_cache(maxsize=64)
def _pattern(words: tuple[str, ...]) -> str:
    longest = sorted(words, key=lambda word: (-len(word), word))
    return rf"\b({'|'.join(map(re.escape, longest))})\b"


def _named(part: Part) -> pl.Expr:
    """Give the value of the first attribute that names the part."""
    names = "|".join(map(re.escape, sorted(part.attributes, key=len, reverse=True)))
    value = pl.col("_attributes").str.extract(
        rf'(?:^|[;|\n,{{])[\s"]*(?:{names})["\s]*[:=][\s"]*([^;|\n"}}]+)', 1
    )
    value = value.str.strip_chars(" .,")
    return pl.when(value.str.len_chars() > 0).then(value)


def _places(part: Part, openers: str) -> tuple[pl.Expr, ...]:
    """Give what the text, the attributes, the title and the category say of a part, in order."""
    named = _named(part)
    if part.words:
        said = folded(named).str.extract(_pattern(tuple(part.words)), 1)
        said = said.replace_strict(part.words, default=None, return_dtype=pl.String)
        return (
            _word("_text", part),
            pl.coalesce(said, named),
            _word("_title", part),
            _word("_category", part),
        )
    nothing = pl.lit(None, dtype=pl.String)
    if part.id == "use":
        use = [
            pl.col(place).str.extract(rf"\b(?:{openers}) (.+)$", 1) for place in ("_text", "_title")
        ]
        return (use[0], named, use[1], nothing)
    own = (pl.col("quality") == "specific") & (pl.col("_known") >= _KNOWN_MIN)
    title = pl.when(pl.col("_title") != "").then(pl.col("title").str.strip_chars())
    last = pl.col("category").str.extract(_LAST_LEVEL, 1).str.strip_chars().str.to_lowercase()
    return (
        pl.when(own).then(pl.col("text").str.strip_chars()),
        named,
        title,
        pl.when(last.str.len_chars() > 0).then(last),
    )


def _parts(answers: VagueAnswers) -> list[pl.Expr]:
    openers = "|".join(map(re.escape, answers.openers))
    out = []
    for part in answers.parts:
        places = _places(part, openers)
        out.append(pl.coalesce(places).alias(part.id))
        out += [
            one.is_not_null().alias(f"_{part.id}_{name}")
            for one, name in zip(places, ("text", *ASIDE), strict=True)
        ]
    return out


def _from(part: Part) -> pl.Expr:
    return pl.coalesce(
        pl.when(pl.col(f"_{part.id}_{name}")).then(pl.lit(name)) for name in ("text", *ASIDE)
    )


def _needed(part: Part, answers: VagueAnswers) -> pl.Expr:
    """Say whether a part matters: whom for in what is worn, use in all else."""
    worn = [chapter for one in answers.parts for chapter in one.chapters]
    if part.chapters:
        return pl.col("_chapter").is_in(part.chapters)
    return ~pl.col("_chapter").is_in(worn) if part.id == "use" else pl.lit(value=True)


def _question(answers: VagueAnswers) -> pl.Expr:
    """Ask for the first part that is missing; where none is, what exactly it is."""
    ranked = sorted(answers.parts, key=lambda part: part.rank)
    asked = [
        pl.when(pl.col(part.id).is_null() & _needed(part, answers)).then(pl.lit(part.question))
        for part in ranked
    ]
    return pl.coalesce(*asked, pl.lit(ranked[0].question))


def _suggested(answers: VagueAnswers) -> pl.Expr:
    """Put the parts together; a part the article says already is not repeated."""
    article = folded(pl.col("article").fill_null(""))
    pieces = []
    for part in answers.parts:
        value, source = pl.col(part.id), pl.col(f"{part.id}_from")
        if part.id == "article":
            pieces.append(value.fill_null("[article]"))
            continue
        again = article.str.contains(folded(value), literal=True).fill_null(value=False)
        if part.words:
            again = again | (_of(article, part) == value).fill_null(value=False)
        again = again | ((source == "text") & (pl.col("article_from") == "text"))
        again = again.fill_null(value=False)
        shown = pl.concat_str(pl.lit("for "), value) if part.id == "use" else value
        pieces.append(
            pl.when(again).then(None)
            .when(value.is_not_null()).then(shown)
            .when(_needed(part, answers)).then(pl.lit(f"[{part.id}]"))
        )  # fmt: skip
    return pl.concat_str(pieces, separator=" ", ignore_nulls=True)


def _of(text: pl.Expr, part: Part) -> pl.Expr:
    found = text.str.extract(_pattern(tuple(part.words)), 1)
    return found.replace_strict(part.words, default=None, return_dtype=pl.String)
