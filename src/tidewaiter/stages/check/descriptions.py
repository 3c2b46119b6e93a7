"""Descriptions: cleaned, judged vague, ask or specific, and put into a group of goods.

All work is done on distinct texts: clean, fold, cut into words, look the words up, count kinds by
text, and let the pack's verdict rules decide (first fit). A text in an unknown language is never
vague for that: words in no list count as strange, not as vague. Behaviour after ICS2, CBP and PACT
(packs `vague/terms`, `quality/*`). Does not know the tariff: whether a code fits is `classify`.
"""

from __future__ import annotations

from functools import lru_cache

import polars as pl

from tidewaiter.knowledge.quality import QualityRules
from tidewaiter.knowledge.vague import COUNTS, VagueTerms, Verdict, lexicon
from tidewaiter.stages.check.desk import as_it_stands
from tidewaiter.stages.check.texts import (
    ENTITY,
    mended,
    no_letter,
    only_file_ending,
    only_one_sign,
    squeezed,
    suspicious,
)
from tidewaiter.vocabulary.folding import folded

READ_CHARS_MAX = 1000
STREAM_ROWS_MIN = 50_000
FEW_TEXTS = 100
COUNT_BITS = 9
_UNCLEAN = rf"[\s\p{{Z}}]{{2}}|[^\S ]|^ | $|^$|{ENTITY}"
_CUT_SCRIPTS = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}]"
_MEASURE = (
    r"^(?:[0-9]+(?:x[0-9]+)*(?:[a-z]{1,3}|pack|pcs|years?|yrs?|inch|month|set)?|x[0-9]+"
    r"|no[0-9]+|[0-9]+(?:st|th|nd|rd))$"
)
_LETTERS_OF_A_CODE_MAX = 5
_WHAT_FOR = r" (?:for|with|of|fur|para|pour|compatible) .*$"
_UNITS_SAID = (
    r"(?:^|[\s(,])(?:[x×]\s?([0-9]{1,3})|([0-9]{1,3})\s?(?:pcs?|units?|[x×]))(?:$|[\s),.])"
)


def read_descriptions(
    texts: pl.Series, vague: VagueTerms, rules: QualityRules, named: frozenset[str]
) -> pl.DataFrame:
    """Read distinct descriptions.

    Args:
        texts: distinct texts, no nulls.
        vague: the pack of vague terms.
        rules: the quality rules.
        named: words of the nomenclature.

    Returns:
        `text`; `description` (cleaned; null if nothing is left); `quality` (specific, ask, vague);
        `verdict`, `reason` (of the rule that decided); `mending` (what was mended); `filler`
        (whether a filler phrase was taken out); `characters` (PACT rule broken); `danger`
        (words that call for a look); `units_said` (units named in the text); `band` (goods group).
    """
    frame = _cleaned(texts, vague)
    folds = _fold(frame["description"])
    words = _words(folds, vague)
    few = as_it_stands(words) if folds.len() < FEW_TEXTS else None
    judged = _judged(words, few, folds.len(), vague, named)
    bands = _bands(folds, few, rules)
    return frame.with_columns(*judged, *_said(rules), bands)


@lru_cache(maxsize=8)
def _said(rules: QualityRules) -> tuple[pl.Expr, ...]:
    """PACT's character rules, and how many units the text names."""
    cleaned = pl.col("description")
    broken = (
        pl.when(cleaned.is_null() | no_letter(cleaned)).then(pl.lit("no letter in it"))
        .when(only_one_sign(cleaned)).then(pl.lit("one and the same sign"))
        .when(only_file_ending(cleaned, rules.file_endings)).then(pl.lit("a file's ending"))
    )  # fmt: skip
    units = cleaned.str.to_lowercase().str.extract_groups(_UNITS_SAID).struct
    said = pl.coalesce(units.field("1"), units.field("2")).cast(pl.Int32)
    return broken.alias("characters"), said.alias("units_said")


def _cleaned(texts: pl.Series, vague: VagueTerms) -> pl.DataFrame:
    """Clean texts; only those that are not clean already are touched."""
    text = pl.col("text")
    frame = texts.alias("text").to_frame()
    unclean = frame.select(
        (text.str.len_bytes() != text.str.len_chars())
        | text.str.contains(_UNCLEAN)
        | text.str.contains_any(vague.filler_hints, ascii_case_insensitive=True)
    ).to_series()
    frame = frame.with_columns(
        description=text,
        mending=pl.lit(None, dtype=pl.String),
        filler=pl.lit(value=False),
    )
    if not unclean.any():
        return frame
    dirty = frame.filter(unclean)
    doubtful = dirty.filter(suspicious(text))["text"]
    changed = mended(doubtful)
    dirty = dirty.select("text").join(changed, on="text", how="left", maintain_order="left")
    column = pl.col("description")
    dirty = dirty.select(
        squeezed(pl.coalesce("mended", "text").str.normalize("NFC")).alias("description"),
        pl.col("rule").alias("mending"),
    )
    without = squeezed(column.str.replace_all(vague.fillers, " ")).str.strip_chars(" ,;:-()")
    dirty = dirty.with_columns(filler=column.str.contains(vague.fillers), _without=without)
    left = pl.when(pl.col("filler") & (pl.col("_without").str.len_bytes() > 0))
    dirty = dirty.with_columns(left.then("_without").otherwise(column).alias("description"))
    dirty = dirty.with_columns(pl.when(column.str.len_bytes() > 0).then(column))
    places = unclean.arg_true()
    return frame.with_columns(
        frame[name].scatter(places, dirty[name]) for name in ("description", "mending", "filler")
    )


def _fold(cleaned: pl.Series) -> pl.Series:
    """Fold the cleaned texts; plain ASCII ones by the short way, which gives the same."""
    frame = cleaned.alias("text").to_frame()
    text = pl.col("text").str.slice(0, READ_CHARS_MAX)
    short = text.str.to_lowercase().str.replace_all(r"[^a-z0-9]+", " ").str.strip_chars(" ")
    folds = _collected(frame.lazy().select(short.fill_null("")), frame.height).to_series()
    other = cleaned.str.len_bytes() != cleaned.str.len_chars()
    if not other.any():
        return folds
    rest = frame.filter(other).select(folded(text).fill_null("")).to_series()
    return folds.scatter(other.arg_true(), rest)


def _collected(plan: pl.LazyFrame, rows: int) -> pl.DataFrame:
    if rows >= STREAM_ROWS_MIN:
        return plan.collect(engine="streaming")
    return as_it_stands(plan)


def _words(folds: pl.Series, vague: VagueTerms) -> pl.LazyFrame:
    """Cut folded texts into words: `_text` (their place), `word`."""
    frame = folds.alias("word").to_frame().with_row_index("_text")
    beyond_ascii = folds.str.len_bytes() != folds.str.len_chars()
    cut = folds.str.contains(_CUT_SCRIPTS) if beyond_ascii.any() else beyond_ascii
    if cut.any():
        spaced = folds.filter(cut).str.replace_many(
            list(vague.cut_words), [f" {word} " for word in vague.cut_words], leftmost=True
        )
        frame = frame.with_columns(folds.scatter(cut.arg_true(), spaced).alias("word"))
    return frame.lazy().with_columns(pl.col("word").str.split(" ")).explode("word")


def _judged(
    words: pl.LazyFrame,
    few: pl.DataFrame | None,
    texts: int,
    vague: VagueTerms,
    named: frozenset[str],
) -> pl.DataFrame:
    """Judge texts by their words: `quality, verdict, reason, danger`, in the order of the texts."""
    weighed = _many_words(words, vague, named) if few is None else _few_words(few, vague, named)
    judged = (
        weighed.group_by("_text")
        .agg(pl.col("bits").bitwise_or(), pl.col("counts").sum())
        .with_columns(*_counts())
        .select("_text", _verdict_place(vague).alias("_place"), _danger(vague).alias("danger"))
    )
    whole = (
        pl.LazyFrame({"_text": pl.int_range(texts, dtype=pl.UInt32, eager=True)})
        .join(judged, on="_text", how="left", maintain_order="left")
        .join(_verdict_table(vague).lazy(), on="_place", how="left", maintain_order="left")
        .select(*_JUDGED)
    )
    return _collected(whole, texts)


_JUDGED = (
    pl.when(pl.col("danger").is_null())
    .then(pl.lit("vague"))
    .otherwise(pl.col("quality").fill_null("specific"))
    .alias("quality"),
    pl.col("verdict"),
    pl.col("reason"),
    pl.col("danger").fill_null(value=False),
)


def _few_words(words: pl.DataFrame, vague: VagueTerms, named: frozenset[str]) -> pl.LazyFrame:
    """Look few words up: hashing the whole lexicon would cost more than looking in it."""
    table = _lexicon(vague, named).filter(pl.col("word").is_in(words["word"].implode()))
    joined = words.lazy().filter(pl.col("word") != "").join(table.lazy(), on="word", how="left")
    return joined.with_columns(pl.coalesce("bits", _class_bits(vague)).alias("bits")).with_columns(
        counts=_count_bits(vague)
    )


def _many_words(words: pl.LazyFrame, vague: VagueTerms, named: frozenset[str]) -> pl.LazyFrame:
    """Look many words up; those in no list are classed once each."""
    joined = words.join(_lexicon(vague, named).lazy(), on="word", how="left")
    looked = joined.collect(engine="streaming")
    known = looked.filter(pl.col("bits").is_not_null()).select("_text", "bits", "counts")
    strange = looked.filter(pl.col("bits").is_null() & (pl.col("word") != ""))
    classes = strange["word"].unique().to_frame().with_columns(bits=_class_bits(vague))
    classes = classes.with_columns(counts=_count_bits(vague))
    strange = strange.select("_text", "word").join(classes, on="word", how="left")
    return pl.concat([known, strange.select("_text", "bits", "counts")]).lazy()


@lru_cache(maxsize=1)
def _counts() -> tuple[pl.Expr, ...]:
    """Take the counts out of the one number they were added up in."""
    mask = (1 << COUNT_BITS) - 1
    return (
        pl.col("bits").alias("_bits"),
        *(
            (pl.col("counts") // (1 << (COUNT_BITS * place)) & mask)
            .cast(pl.Int32)
            .alias(f"_{name}")
            for place, name in enumerate(COUNTS)
        ),
    )


@lru_cache(maxsize=8)
def _lexicon(vague: VagueTerms, named: frozenset[str]) -> pl.DataFrame:
    return lexicon(vague, named).with_columns(counts=_count_bits(vague))


@lru_cache(maxsize=8)
def _count_bits(vague: VagueTerms) -> pl.Expr:
    """One of each count, each in its own bits of one number, so that one sum adds them all."""
    total = pl.lit(1, dtype=pl.Int64)
    for place, name in enumerate(COUNTS[1:], start=1):
        one = _has(pl.col("bits"), vague.bits[name]).cast(pl.Int64)
        total = total + one * (1 << (COUNT_BITS * place))
    return total


@lru_cache(maxsize=8)
def _class_bits(vague: VagueTerms) -> pl.Expr:
    """Class of a word in no list: figure, code, short or strange."""
    word = pl.col("word")
    bits = {name: pl.lit(bit, dtype=pl.UInt32) for name, bit in vague.bits.items()}
    figures = word.str.contains("[0-9]")
    letters = word.str.len_bytes() - word.str.count_matches("[0-9]").cast(pl.UInt32)
    return (
        pl.when(figures & word.str.contains(_MEASURE)).then(bits["number"])
        .when(figures & (letters <= _LETTERS_OF_A_CODE_MAX)).then(bits["code"])
        .when(word.str.contains("^[a-z0-9]{1,2}$")).then(bits["short"])
        .otherwise(bits["strange"])
    )  # fmt: skip


def _has(bits: pl.Expr, mask: int) -> pl.Expr:
    return (bits & pl.lit(mask, dtype=pl.UInt32)) != 0


def _danger(vague: VagueTerms) -> pl.Expr:
    return _has(pl.col("_bits"), vague.bits["danger"])


@lru_cache(maxsize=8)
def _verdict_place(vague: VagueTerms) -> pl.Expr:
    """Compile the verdict rules: number of the first that fits, null if none does."""
    place = pl.lit(None, dtype=pl.Int32)
    for number, verdict in reversed(list(enumerate(vague.verdicts))):
        place = pl.when(_fits(verdict)).then(number).otherwise(place)
    return place


@lru_cache(maxsize=8)
def _verdict_table(vague: VagueTerms) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "_place": range(len(vague.verdicts)),
            "quality": [verdict.outcome for verdict in vague.verdicts],
            "verdict": [verdict.id for verdict in vague.verdicts],
            "reason": [verdict.reason for verdict in vague.verdicts],
        },
        schema_overrides={"_place": pl.Int32},
    )


def _fits(verdict: Verdict) -> pl.Expr:
    bits = pl.col("_bits")
    parts = [_has(bits, mask) for mask in ((verdict.any,) if verdict.any else ())]
    parts += [_has(bits, mask) for mask in verdict.every]
    parts += [~_has(bits, mask) for mask in ((verdict.none,) if verdict.none else ())]
    parts += [pl.col(f"_{name}") <= most for name, most in verdict.at_most.items()]
    parts += [pl.col(f"_{name}") >= least for name, least in verdict.at_least.items()]
    if verdict.codes_percent_min:
        codes = pl.col("_code") + pl.col("_number") + pl.col("_short")
        parts.append(codes * 100 >= pl.col("_words") * verdict.codes_percent_min)
    return pl.all_horizontal(parts)


def _bands(folds: pl.Series, few: pl.DataFrame | None, rules: QualityRules) -> pl.Series:
    """Group of goods of folded texts: the last known phrase before what it is for."""
    phrases = _phrases(rules)
    if few is not None:  # building the automaton of all phrases would cost the most
        phrases = phrases.filter(pl.col("_last").is_in(few["word"].implode()))
    if not phrases.height:
        return pl.Series("band", [None], dtype=pl.String).new_from_index(0, folds.len())
    head = pl.col("_fold").str.replace(_WHAT_FOR, "")
    spaced = pl.concat_str(pl.lit(" "), head, pl.lit(" ")).str.replace_all(" ", "  ", literal=True)
    found = spaced.str.extract_many(phrases["_phrase"].to_list(), leftmost=True).list.last()
    band = found.replace_strict(
        phrases["_phrase"], phrases["band"], default=None, return_dtype=pl.String
    )
    # In memory also for many texts: streaming would build the automaton anew for each.
    return folds.alias("_fold").to_frame().select(band.alias("band")).to_series()


@lru_cache(maxsize=8)
def _phrases(rules: QualityRules) -> pl.DataFrame:
    words = sorted(rules.band_words, key=len, reverse=True)  # the longest phrase decides
    return pl.DataFrame(
        {
            "_phrase": [f" {word.replace(' ', '  ')} " for word in words],
            "_last": [word.rsplit(" ", 1)[-1] for word in words],
            "band": [rules.band_words[word] for word in words],
        }
    )
