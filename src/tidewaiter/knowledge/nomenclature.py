"""The nomenclature: which words name which HS subheading, and how they are weighed.

Read from `packs/nomenclature/<edition>.toml` and the tables beside it (the pack's own head says
how they look). Six digits are the international level (Harmonized System Convention, Annex);
national digits are not here. Labels help a person and are not the legal text; a subheading that is
not listed may still exist in the edition.

Does not classify (see `stages.classify`) and does not know duties (see `knowledge.regimes`).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, fields
from functools import cached_property, lru_cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from tidewaiter.knowledge.goods_words import GoodsWords, Ints, tokens
from tidewaiter.knowledge.pack import (
    PACKS_DIR,
    Pack,
    Table,
    check_keys,
    check_source,
    read_pack,
)
from tidewaiter.knowledge.word_index import (
    CONTEXT,
    LABEL,
    NAMES,
    NOT_FOR,
    VOCABULARY_MAX,
    WORDS,
    Floats,
    IndexWeights,
    WordIndex,
    build_index,
)
from tidewaiter.vocabulary.errors import PackError

COLUMNS = ("hs6", "label", "words", "context", "not_for")
NAMES_TABLE = "makers.csv"
WIDER_TABLE = "wider.csv"
NAMES_COLUMNS = ("hs6", "names")
LABEL_CHARS_MAX = 80
CHAPTERS = frozenset(f"{number:02d}" for number in range(1, 98)) - {"77"}  # 77 is reserved
_SHAPE = r"^\d{6}$"
_EXCLUSION = r"(?i)\b(?:other than|not|excluding|except|without)\b.*"
_CONTAINED = ("words", "context", "not_for")


@dataclass(frozen=True, slots=True)
class VoteWeights:
    """How fields and levels weigh when a text is voted on; see the pack."""

    title: float
    description: float
    kind: float
    category: float
    brand: float
    not_for_whole: float
    temperature: float
    nothing: float
    length_power: float
    heading_power: float
    chapter_power: float
    unknown_word: float


@dataclass(frozen=True, slots=True)
class DeclaredWeights:
    """What a declared code is worth.

    Args:
        right: share of declared codes taken to be right before the words are heard.
        contradicted_below: if the words give the declared chapter less than this, and
        contradicting_from: the chapter of their best candidate at least this, they contradict it.
    """

    right: float
    contradicted_below: float
    contradicting_from: float


@dataclass(frozen=True, slots=True)
class Limits:
    """From where on a text is not enough, and a confidence is low.

    `wider_right` is the share of rows of `wider.csv` that are right at six digits when their
    heading is: such a row names a whole heading by one of its subheadings.
    """

    insufficient_below: float
    low_confidence_below: float
    wider_right: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """Measured map from the vote's raw probability to how often it was right.

    Args:
        raw: raw probabilities, rising from 0 to 1.
        right: share that was right there, never falling.
        measured_on: when.
        note: on what.
    """

    raw: Floats
    right: Floats
    measured_on: dt.date
    note: str

    def read(self, raw: Floats) -> Floats:
        """Give the calibrated probability, linear between the points."""
        return np.interp(raw, self.raw, self.right)


@dataclass(frozen=True)
class Nomenclature:
    """One edition of the nomenclature, ready to vote with.

    Args:
        edition: its name, such as `HS 2022`.
        valid_from: first day it is in force.
        rows: frame `hs6, label, words, context, not_for` (lists as text, | between), sorted by
            code; positions are the index's codes.
        labels: its `hs6, label`.
        wider: per subheading, whether it stands for a whole heading (row of `wider.csv`).
        index: words as numbers.
        vote: weights of the vote.
        declared: weights of a declared code.
        limits: limits of the stage's flags.
        calibration: raw to calibrated.
        pack: the pack it came from; its `example` entries are run in the tests.
        digests: pack id to digest.
    """

    edition: str
    valid_from: dt.date
    rows: pl.DataFrame
    labels: pl.DataFrame
    wider: npt.NDArray[np.bool_]
    index: WordIndex
    vote: VoteWeights
    declared: DeclaredWeights
    limits: Limits
    calibration: Calibration
    pack: Pack
    digests: dict[str, str]

    @cached_property
    def terms(self) -> frozenset[str]:
        """Every single word of the phrases that name goods, as written and in common form."""
        read = tokens(self.rows["words"].str.split("|").explode(), self.index.words)
        known = read.id >= 0
        both = pl.concat([read.written.filter(known), read.word.filter(known)]).unique()
        return frozenset(both.filter(both.str.contains(r"\p{L}")).to_list())

    @cached_property
    def codes(self) -> list[str]:
        """The subheadings in order."""
        return self.labels["hs6"].to_list()

    @cached_property
    def headings(self) -> Ints:
        """The heading of each subheading as a number."""
        return self.labels["hs6"].str.slice(0, 4).cast(pl.Int64).to_numpy()

    @cached_property
    def chapters(self) -> Ints:
        """The chapter of each subheading as a number."""
        return self.labels["hs6"].str.slice(0, 2).cast(pl.Int64).to_numpy()

    def positions(self, codes: pl.Series) -> Ints:
        """Give the position of each subheading in `labels`; -1 where it is not listed or null."""
        listed = self.labels["hs6"]
        at = listed.search_sorted(codes.fill_null("")).to_numpy().astype(np.int64)
        within = np.minimum(at, len(listed) - 1)
        known = (listed.gather(within) == codes).fill_null(value=False).to_numpy()
        return np.where(known, within, -1)


def load_nomenclature(name: str, packs_dir: Path = PACKS_DIR) -> Nomenclature:
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
    rows, names, wrong = _tables(pack)
    faults += wrong
    if faults:
        raise PackError(faults)
    body = pack.body
    lists = body["reading"]
    words = GoodsWords(
        openers=tuple(lists["openers"]),
        containers=tuple(lists["containers"]),
        silent=tuple(lists["silent"]),
        same=dict(lists["same"]),
    )
    index = build_index(
        _phrases(rows, names), rows.height, words, IndexWeights(**_take(body, IndexWeights))
    )
    if len(index.words.vocabulary) > VOCABULARY_MAX:
        raise PackError([f"{pack.id}: more than {VOCABULARY_MAX} different words"])
    measured = body["calibration"]
    return Nomenclature(
        edition=body["edition"]["name"],
        valid_from=body["edition"]["from"],
        rows=rows.select(COLUMNS),
        labels=rows.select("hs6", "label"),
        wider=(rows["table"] == WIDER_TABLE).to_numpy(),
        index=index,
        vote=VoteWeights(**_take(body, VoteWeights)),
        declared=DeclaredWeights(**_take(body, DeclaredWeights)),
        limits=Limits(**_take(body, Limits)),
        calibration=Calibration(
            np.array(measured["raw"], float),
            np.array(measured["right"], float),
            measured["measured_on"],
            measured["note"],
        ),
        pack=pack,
        digests={pack.id: digest},
    )


_SECTIONS: dict[str, tuple[str, ...]] = {
    "weights": (
        *(f.name for f in fields(IndexWeights)),
        "title", "description", "kind", "category", "brand", "not_for_whole",
    ),
    "vote": (
        "temperature", "nothing", "length_power", "heading_power", "chapter_power", "unknown_word",
    ),
    "declared": tuple(f.name for f in fields(DeclaredWeights)),
    "limits": tuple(f.name for f in fields(Limits)),
}  # fmt: skip


def _take(body: Table, shape: type) -> dict[str, float]:
    """Give the numbers a dataclass wants, from whichever section holds them."""
    held = {key: value for section in _SECTIONS for key, value in body[section].items()}
    return {f.name: float(held[f.name]) for f in fields(shape)}


def _phrases(rows: pl.DataFrame, names: pl.DataFrame) -> pl.DataFrame:
    """Give `code, kind, phrase`: every phrase of every row, and two-word names also as one word."""
    numbered = rows.with_row_index("code")
    listed = [
        _listed(numbered, "words", WORDS),
        _listed(numbered, "context", CONTEXT),
        _listed(numbered, "not_for", NOT_FOR),
        _listed(names.join(numbered.select("code", "hs6"), on="hs6"), "names", NAMES),
        numbered.select(
            "code", pl.lit(LABEL).alias("kind"), pl.col("label").str.replace(_EXCLUSION, "")
            .alias("phrase"),
        ),
    ]  # fmt: skip
    joined = listed[0].filter(pl.col("phrase").str.contains(r"^[a-z]{3,} [a-z]{3,}$"))
    joined = joined.with_columns(pl.col("phrase").str.replace(" ", "", literal=True))
    return pl.concat([*listed, joined.join(listed[0], on="phrase", how="anti")])


def _listed(rows: pl.DataFrame, column: str, kind: int) -> pl.DataFrame:
    return rows.select(
        "code", pl.lit(kind).alias("kind"), pl.col(column).str.split("|").alias("phrase")
    ).explode("phrase").drop_nulls().filter(pl.col("phrase") != "")  # fmt: skip


def _tables(pack: Pack) -> tuple[pl.DataFrame, pl.DataFrame, list[str]]:
    """Read all tables: subheadings sorted by code, brand names, and faults."""
    faults: list[str] = []
    rows = [pl.DataFrame(schema=dict.fromkeys((*COLUMNS, "table"), pl.String))]
    names = pl.DataFrame(schema=dict.fromkeys(NAMES_COLUMNS, pl.String))
    for path in sorted(pack.tables_dir.glob("*.csv")):
        wanted = NAMES_COLUMNS if path.name == NAMES_TABLE else COLUMNS
        try:
            table = pl.read_csv(path, infer_schema=False).fill_null("")
        except pl.exceptions.PolarsError as fault:
            faults.append(f"{path.name}: cannot be read: {fault}")
            continue
        if tuple(table.columns) != wanted:
            faults.append(f"{path.name}: columns are {table.columns}; they must be {list(wanted)}")
        elif path.name == NAMES_TABLE:
            names = table
        else:
            rows.append(table.with_columns(pl.lit(path.name).alias("table")))
    all_rows = pl.concat(rows).sort("hs6")
    faults += _row_faults(all_rows, names, pack.body.get("counts", {}))
    return all_rows, names, faults


def _row_faults(rows: pl.DataFrame, names: pl.DataFrame, counts: Table) -> list[str]:
    tidy = pl.all_horizontal(
        pl.col(column).eq(pl.col(column).str.to_lowercase())
        & ~pl.col(column).str.contains(r"^\||\|$|\|\||\s\||\|\s|^\s|\s$|\s\s")
        for column in _CONTAINED
    )
    rules = (
        (~pl.col("hs6").str.contains(_SHAPE), "code is not six digits"),
        (~pl.col("hs6").str.slice(0, 2).is_in(CHAPTERS), "chapter does not exist"),
        (pl.col("hs6").is_duplicated(), "code stands twice"),
        (pl.col("label").is_duplicated(), "label stands twice"),
        (pl.col("label").str.strip_chars() == "", "label is empty"),
        (pl.col("label").str.len_chars() > LABEL_CHARS_MAX, f"label over {LABEL_CHARS_MAX} chars"),
        (pl.col("words") == "", "words are empty"),
        (~tidy, "lists must be lower case, separated by single |, without blanks around"),
        (
            ~pl.col("table").str.slice(8, 2).eq(pl.col("hs6").str.slice(0, 2))
            & pl.col("table").str.starts_with("chapter_"),
            "code is not of the table's chapter",
        ),
    )
    faults = [
        f"{table}: {code}: {sentence}"
        for rule, sentence in rules
        for table, code in rows.filter(rule).select("table", "hs6").rows()
    ]
    unlisted = names.join(rows, on="hs6", how="anti")["hs6"]
    twice = names.filter(pl.col("hs6").is_duplicated())["hs6"]
    faults += [f"{NAMES_TABLE}: {code}: no table lists this code" for code in unlisted]
    faults += [f"{NAMES_TABLE}: {code}: code stands twice" for code in twice]
    for what, digits in (("subheadings", 6), ("headings", 4), ("chapters", 2)):
        seen = rows["hs6"].str.slice(0, digits).n_unique()
        if seen < counts.get(f"{what}_min", 0):
            faults.append(f"tables: only {seen} {what}; at least {counts[f'{what}_min']} expected")
        if seen > counts.get(f"{what}_max", seen):
            faults.append(f"tables: {seen} {what}; at most {counts[f'{what}_max']} expected")
    return faults


def _body_faults(pack: Pack) -> list[str]:
    body = pack.body
    sections = {
        **{name: ("source", *keys) for name, keys in _SECTIONS.items()},
        "edition": ("name", "from", "source"),
        "counts": ("subheadings_min", "subheadings_max", "headings_min", "chapters_min"),
        "reading": ("source", "openers", "containers", "silent", "same"),
        "calibration": ("source", "measured_on", "note", "raw", "right"),
    }
    faults = check_keys(pack.id, body, {*sections, "example"})
    for name, keys in sections.items():
        table = body.get(name, {})
        faults += check_keys(f"{pack.id} [{name}]", table, keys)
        if "source" in keys:
            faults += check_source(f"{pack.id} [{name}]", table, pack.sources)
    for name, keys in _SECTIONS.items():
        faults += [
            f"{pack.id} [{name}]: {key} must be a number"
            for key in keys
            if not isinstance(body.get(name, {}).get(key, 0.0), int | float)
        ]
    for number, entry in enumerate(body.get("example", []), start=1):
        where = f"{pack.id} [[example]] {number}"
        faults += check_keys(where, entry, {"text", "source"}, {"category", "hs6", "hs4", "none"})
        faults += check_source(where, entry, pack.sources)
    return faults + _calibration_faults(pack.id, body.get("calibration", {}))


def _calibration_faults(where: str, table: Table) -> list[str]:
    raw, right = table.get("raw", []), table.get("right", [])
    if len(raw) != len(right) or len(raw) < 2:
        return [f"{where} [calibration]: raw and right must be lists of equal length, 2 or more"]
    faults = []
    if raw[0] != 0 or raw[-1] != 1 or any(a >= b for a, b in pairwise(raw)):
        faults.append(f"{where} [calibration]: raw must rise from 0 to 1")
    if any(a > b for a, b in pairwise(right)) or right[0] < 0 or right[-1] > 1:
        faults.append(f"{where} [calibration]: right must not fall and lie within 0 and 1")
    return faults
