"""The nomenclature: every HS subheading in our own words, and how texts are weighed against them.

Read from `packs/nomenclature/<edition>.toml` and the tables beside it (`nomenclature_tables`). Six
digits are the international level (Harmonized System Convention, Annex); national digits hang
under them in tariff packs. Labels help a person and are not the legal text.

Does not classify (see `stages.classify`) and does not know duties (see `knowledge.regimes`).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, fields, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from tidewaiter.knowledge.goods_features import FieldWeights
from tidewaiter.knowledge.goods_model import Blend
from tidewaiter.knowledge.goods_words import FIELD_MARK, GoodsWords, Ints, tokens
from tidewaiter.knowledge.nomenclature_tables import STATISTICAL, Tables, read_tables
from tidewaiter.knowledge.pack import PACKS_DIR, Pack, Table, check_keys, check_source, read_pack
from tidewaiter.vocabulary.errors import PackError

_EXCLUSION = r"(?i)\b(?:other than|not|excluding|except|without)\b.*"


@dataclass(frozen=True, slots=True)
class DeclaredWeights:
    """What a declared code is worth.

    Args:
        right: share of declared codes taken to be right before the words are heard.
        contradicted_below: if the words give the declared chapter less than this, and
        contradicting_from: the chapter of their best candidate at least this, they contradict it.
        verified: share of verified answers that are right.
    """

    right: float
    verified: float
    contradicted_below: float
    contradicting_from: float


@dataclass(frozen=True, slots=True)
class Limits:
    """From where on a text is not enough, and a confidence is low.

    Args:
        insufficient_below: probability of the best chapter.
        low_confidence_below: probability of the best subheading.
        strange_from: probability of the best chapter from which a text without a known word is
            answered by its runs of characters.
        same_goods_from: cosine from which a verified example is a near duplicate.
        novel_below: cosine below which goods are unlike anything verified.
        against: a candidate met by one of its `not_for` phrases keeps this share.
    """

    insufficient_below: float
    low_confidence_below: float
    strange_from: float
    same_goods_from: float
    novel_below: float
    against: float


@dataclass(frozen=True, slots=True)
class Costs:
    """What answers cost, in one unit of money (see the pack): the cheapest is taken.

    Args:
        value: usual value of a line, on which duty is reckoned here.
        duty: a unit of duty wrongly asked or lost.
        control: a control that a wrong code would miss.
        line: a tariff line too many or too few.
        wrong: any wrong code, apart from what follows from it.
        ask: asking the sender one question.
        person: looking at it.
        heading: naming the heading only.
    """

    value: float
    duty: float
    control: float
    line: float
    wrong: float
    ask: float
    person: float
    heading: float


@dataclass(frozen=True, slots=True)
class ExampleWeights:
    """How much each kind of example counts in learning."""

    words: float
    label: float
    context: float
    names: float
    listing: float
    other_words: float
    history: float
    confirmed: float


@dataclass(frozen=True, slots=True)
class Fit:
    """How to learn.

    Args:
        dimensions: of each joined model.
        models: how many are joined.
        epochs: passes over the data.
        batch: texts at once.
        rate: first step of features; it falls to nothing.
        rate_codes: share of it for the vectors of codes.
        rate_bias: share of it for how common a code is.
        words_min, grams_min: in how many texts a word or pair, or a run of characters, must stand.
        held_out: share of the history held out to measure the calibration.
        folds: how many such shares are held out in turn.
        seed: of the first model; the next ones count up.
    """

    dimensions: int
    models: int
    epochs: int
    batch: int
    rate: float
    rate_codes: float
    rate_bias: float
    words_min: int
    grams_min: int
    held_out: float
    folds: int
    seed: int


@dataclass(frozen=True)
class Nomenclature:
    """One edition of the nomenclature.

    Args:
        edition: its name, such as `HS 2022`.
        valid_from: first day it is in force.
        tables: its tables; `tables.rows` is one row a subheading.
        words: the reading lists, with the words that name goods as vocabulary.
        questions: attribute to the question that asks for it.
        fields, weights, fit, blend: how texts are weighed, learned from and answered.
        declared: weights of a declared code.
        limits: limits of the stage's flags.
        costs: what answers cost.
        pack: the pack it came from; its `example` entries are run in the tests.
        digests: pack id to digest.
    """

    edition: str
    valid_from: dt.date
    tables: Tables
    words: GoodsWords
    questions: dict[str, str]
    fields: FieldWeights
    weights: ExampleWeights
    fit: Fit
    blend: Blend
    declared: DeclaredWeights
    limits: Limits
    costs: Costs
    pack: Pack
    digests: dict[str, str]

    @property
    def rows(self) -> pl.DataFrame:
        """Frame `hs6, label, words, context, not_for, facts, difference`, sorted by code."""
        return self.tables.rows

    @cached_property
    def labels(self) -> pl.DataFrame:
        """Frame `hs6, label` of the codes of goods, sorted."""
        return self.rows.select("hs6", "label").filter(pl.col("hs6") != STATISTICAL)

    @cached_property
    def terms(self) -> frozenset[str]:
        """Every single word of the phrases that name goods, as written and in common form."""
        read = tokens(self.rows["words"].str.split("|").explode(), self.words)
        spoken = read.id >= 0
        both = pl.concat([read.written.filter(spoken), read.word.filter(spoken)]).unique()
        return frozenset(both.filter(both.str.contains(r"\p{L}")).to_list())

    @cached_property
    def codes(self) -> list[str]:
        """The subheadings of goods in order."""
        return self.labels["hs6"].to_list()

    def with_seed(self, seed: int) -> Nomenclature:
        """Give the same with another seed for learning."""
        return replace(self, fit=replace(self.fit, seed=seed))

    def positions(self, codes: pl.Series) -> Ints:
        """Give the position of each subheading in `labels`; -1 where it is not listed or null."""
        listed = self.labels["hs6"]
        at = listed.search_sorted(codes.fill_null("")).to_numpy().astype(np.int64)
        within = np.minimum(at, len(listed) - 1)
        known = (listed.gather(within) == codes).fill_null(value=False).to_numpy()
        return np.where(known, within, -1)

    def examples(self) -> pl.DataFrame:
        """Give what the pack itself teaches: frame `text, hs6, weight, source`.

        Texts are joined fields (see `stages.classify.texts`): title, description, last level of
        the category, upper levels, brand, attributes.
        """
        rows, weights = self.rows.filter(pl.col("hs6") != STATISTICAL), self.weights
        bare = pl.col("label").str.replace(_EXCLUSION, "").str.strip_chars(" ,;:")
        parts = [
            _listed(rows, "words", weights.words, "words"),
            rows.select(bare.alias("text"), "hs6", *_marked(weights.label, "label")),
            rows.filter(pl.col("context") != "").select(
                pl.concat_str(bare, pl.col("context").str.replace_all("|", " ", literal=True),
                              separator=" ").alias("text"),
                "hs6", *_marked(weights.context, "context"),
            ),
            _listed(self.tables.names, "names", weights.names, "names"),
            _listed(self.tables.other_words, "words", weights.other_words, "other_words"),
            self.tables.listings.select(
                listing_text().alias("text"), "hs6", *_marked(weights.listing, "listing")
            ),
        ]  # fmt: skip
        return pl.concat(parts).filter(pl.col("text") != "")


def listing_text() -> pl.Expr:
    """Join a listing's title, category path and attributes as texts are joined."""
    level = r"\s*>+\s*"
    category = pl.col("category")
    return pl.concat_str(
        pl.col("title"),
        pl.lit(""),
        category.str.extract(rf"^(?s:.*){level}(.+)$", 1).fill_null(category),
        category.str.extract(rf"^((?s:.*)){level}.+$", 1).fill_null(""),
        pl.lit(""),
        pl.col("attributes"),
        separator=FIELD_MARK,
    ).str.strip_chars_end(FIELD_MARK)


def _listed(rows: pl.DataFrame, column: str, weight: float, source: str) -> pl.DataFrame:
    return (
        rows.select(pl.col(column).str.split("|").alias("text"), "hs6")
        .explode("text")
        .drop_nulls()
        .with_columns(*_marked(weight, source))
    )


def _marked(weight: float, source: str) -> tuple[pl.Expr, pl.Expr]:
    return pl.lit(weight).alias("weight"), pl.lit(source).alias("source")


def load_nomenclature(name: str = "hs2022", packs_dir: Path = PACKS_DIR) -> Nomenclature:
    """Read one edition; kept in memory until its files change.

    Args:
        name: file name in `packs/nomenclature`, such as `hs2022`.
        packs_dir: where the packs are.

    Raises:
        InputError: no such pack.
        PackError: all faults of the pack and its tables at once.
    """
    pack = read_pack("nomenclature", name, packs_dir)
    return _load(name, packs_dir, pack.digest)


@lru_cache(maxsize=4)
def _load(name: str, packs_dir: Path, digest: str) -> Nomenclature:
    pack = read_pack("nomenclature", name, packs_dir)
    faults = _body_faults(pack)
    body = pack.body
    tables, wrong = read_tables(pack, frozenset(body.get("questions", {})) - {"source"})
    faults += wrong
    if faults:
        raise PackError(faults)
    lists = body["reading"]
    words = GoodsWords(
        openers=tuple(lists["openers"]),
        containers=tuple(lists["containers"]),
        silent=tuple(lists["silent"]),
        same=dict(lists["same"]),
    )
    return Nomenclature(
        edition=body["edition"]["name"],
        valid_from=body["edition"]["from"],
        tables=tables,
        words=words.knowing(tables.rows["words"].str.split("|").explode()),
        questions={k: v for k, v in body["questions"].items() if k != "source"},
        fields=_take(body["fields"], FieldWeights),
        weights=_take(body["examples"], ExampleWeights),
        fit=_take(body["fit"], Fit),
        blend=_take(body["blend"], Blend),
        declared=_take(body["declared"], DeclaredWeights),
        limits=_take(body["limits"], Limits),
        costs=_take(body["costs"], Costs),
        pack=pack,
        digests={pack.id: digest},
    )


_SECTIONS: dict[str, type] = {
    "fields": FieldWeights,
    "examples": ExampleWeights,
    "fit": Fit,
    "blend": Blend,
    "declared": DeclaredWeights,
    "limits": Limits,
    "costs": Costs,
}


def _take(table: Table, shape: type) -> Any:
    """Give the numbers a dataclass wants."""
    whole = {field.name for field in fields(shape) if field.type == "int"}
    return shape(
        **{
            field.name: int(table[field.name]) if field.name in whole else float(table[field.name])
            for field in fields(shape)
        }
    )


def _body_faults(pack: Pack) -> list[str]:
    body = pack.body
    sections: dict[str, tuple[str, ...]] = {
        **{name: ("source", *(f.name for f in fields(shape))) for name, shape in _SECTIONS.items()},
        "edition": ("name", "from", "source"),
        "counts": ("subheadings_min", "subheadings_max", "headings_min", "chapters_min"),
        "reading": ("source", "openers", "containers", "silent", "same"),
    }
    faults = check_keys(pack.id, body, {*sections, "questions"}, {"example"})
    for name, keys in sections.items():
        table = body.get(name, {})
        faults += check_keys(f"{pack.id} [{name}]", table, keys)
        if "source" in keys:
            faults += check_source(f"{pack.id} [{name}]", table, pack.sources)
    for name, shape in _SECTIONS.items():
        faults += [
            f"{pack.id} [{name}]: {field.name} must be a number"
            for field in fields(shape)
            if not isinstance(body.get(name, {}).get(field.name, 0.0), int | float)
        ]
    for number, entry in enumerate(body.get("example", []), start=1):
        where = f"{pack.id} [[example]] {number}"
        faults += check_keys(where, entry, {"text", "source"}, {"category", "hs6", "hs4", "none"})
        faults += check_source(where, entry, pack.sources)
    return faults
