"""The tables of the nomenclature: read, checked, all faults at once.

Beside `packs/nomenclature/<edition>.toml` (its head says how they look):
    chapter_NN.csv   one row a subheading, in our own words
    headings.csv     one row a heading
    makers.csv       brand names that suggest a subheading
    listings_*.csv   made-up shop titles and parcel texts with their subheading
    words_<lang>.csv everyday words in other languages
Lists in a cell are separated by |. Source of codes: Harmonized System Convention, Annex.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from tidewaiter.knowledge.pack import Pack, Table

COLUMNS = ("hs6", "label", "words", "context", "not_for", "facts", "difference")
HEADING_COLUMNS = ("hs4", "label")
NAMES_COLUMNS = ("hs6", "names")
LISTING_COLUMNS = ("hs6", "title", "category", "attributes")
OTHER_WORDS_COLUMNS = ("hs6", "words")
LABEL_CHARS_MAX = 80
DIFFERENCE_CHARS_MAX = 160
PHRASE_WORDS_MAX = 6
CHAPTERS = frozenset(f"{number:02d}" for number in range(1, 98)) - {"77"}  # 77 is reserved
STATISTICAL = "999999"  # listed for completeness, never the code of goods
_LISTS = ("words", "context", "not_for", "facts")
_UNTIDY = r"^\||\|$|\|\||\s\||\|\s|^\s|\s$|\s\s"


@dataclass(frozen=True, slots=True)
class Tables:
    """The tables of one edition, sorted by code.

    Args:
        rows: frame with `COLUMNS`.
        headings: frame with `HEADING_COLUMNS`.
        names: frame with `NAMES_COLUMNS`.
        listings: frame with `LISTING_COLUMNS`.
        other_words: frame `hs6, words, language`.
    """

    rows: pl.DataFrame
    headings: pl.DataFrame
    names: pl.DataFrame
    listings: pl.DataFrame
    other_words: pl.DataFrame


_KINDS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (r"^chapter_\d\d\.csv$", "rows", COLUMNS),
    (r"^headings\.csv$", "headings", HEADING_COLUMNS),
    (r"^makers\.csv$", "names", NAMES_COLUMNS),
    (r"^listings_\w+\.csv$", "listings", LISTING_COLUMNS),
    (r"^words_[a-z]{2}\.csv$", "other_words", OTHER_WORDS_COLUMNS),
)


def read_tables(pack: Pack, attributes: frozenset[str]) -> tuple[Tables, list[str]]:
    """Read all tables beside a pack.

    Args:
        pack: the nomenclature's head.
        attributes: names that may stand in `facts`.

    Returns:
        The tables and a sentence for every fault.
    """
    faults: list[str] = []
    found: dict[str, list[pl.DataFrame]] = {
        kind: [pl.DataFrame(schema=dict.fromkeys((*columns, "table"), pl.String))]
        for _, kind, columns in _KINDS
    }
    for path in sorted(pack.tables_dir.glob("*")):
        name = pl.Series([path.name])
        kinds = [(kind, wanted) for shape, kind, wanted in _KINDS if name.str.contains(shape)[0]]
        if not kinds:
            faults.append(f"{path.name}: not a table of a nomenclature; see the pack's head")
            continue
        kind, wanted = kinds[0]
        try:
            table = pl.read_csv(path, infer_schema=False).fill_null("")
        except pl.exceptions.PolarsError as fault:
            faults.append(f"{path.name}: cannot be read: {fault}")
            continue
        if tuple(table.columns) != wanted:
            faults.append(f"{path.name}: columns are {table.columns}; they must be {list(wanted)}")
            continue
        found[kind].append(table.with_columns(pl.lit(path.name).alias("table")))
    joined = {kind: pl.concat(parts) for kind, parts in found.items()}
    tables = Tables(
        rows=joined["rows"].sort("hs6"),
        headings=joined["headings"].sort("hs4"),
        names=joined["names"].sort("hs6"),
        listings=joined["listings"].sort("hs6", "title", "category", "attributes"),
        other_words=joined["other_words"]
        .with_columns(pl.col("table").str.slice(6, 2).alias("language"))
        .sort("language", "hs6"),
    )
    counts = pack.body.get("counts", {})
    faults += _row_faults(tables.rows, attributes) + _count_faults(tables.rows, counts)
    return tables, faults + _side_faults(tables)


def _row_faults(rows: pl.DataFrame, attributes: frozenset[str]) -> list[str]:
    tidy = pl.all_horizontal(
        pl.col(column).eq(pl.col(column).str.to_lowercase()) & ~pl.col(column).str.contains(_UNTIDY)
        for column in _LISTS
    )
    code, label = pl.col("hs6"), pl.col("label")
    names = pl.col("facts").str.split("|").list.eval(pl.element().str.extract("^([a-z]+)=.+$", 1))
    long = pl.col("words").str.split("|").list.eval(pl.element().str.count_matches(" ").max())
    chapter = code.str.slice(0, 2)
    rules = (
        (~code.str.contains(r"^\d{6}$"), "code is not six digits"),
        (~chapter.is_in(CHAPTERS) & (code != STATISTICAL), "chapter does not exist"),
        (code.is_duplicated(), "code stands twice"),
        (label.str.to_lowercase().is_duplicated(), "label stands twice"),
        (label.str.strip_chars() == "", "label is empty"),
        (label.str.len_chars() > LABEL_CHARS_MAX, f"label over {LABEL_CHARS_MAX} characters"),
        (pl.col("words") == "", "words are empty"),
        (long.list.first() >= PHRASE_WORDS_MAX, f"a phrase of over {PHRASE_WORDS_MAX} words"),
        (~tidy, "lists must be lower case, separated by single |, without blanks around"),
        (pl.col("difference").str.len_chars() > DIFFERENCE_CHARS_MAX,
         f"difference over {DIFFERENCE_CHARS_MAX} characters"),
        ((pl.col("facts") != "")
         & ~names.list.eval(pl.element().is_in(attributes)).list.all(),
         f"facts must be attribute=value; attributes are {', '.join(sorted(attributes))}"),
        (pl.col("table").str.slice(8, 2) != chapter, "code is not of the table's chapter"),
    )  # fmt: skip
    return [
        f"{table}: {code}: {sentence}"
        for rule, sentence in rules
        for table, code in rows.filter(rule).select("table", "hs6").rows()
    ]


def _side_faults(tables: Tables) -> list[str]:
    rows = tables.rows
    faults = [
        f"{table}: {code}: no chapter table lists this code"
        for frame in (tables.names, tables.listings, tables.other_words)
        for table, code in frame.join(rows, on="hs6", how="anti").select("table", "hs6").rows()
    ]
    headings = rows.select(pl.col("hs6").str.slice(0, 4).alias("hs4")).unique()
    missing = headings.join(tables.headings, on="hs4", how="anti").sort("hs4")
    spare = tables.headings.join(headings, on="hs4", how="anti")
    faults += [f"headings.csv: {code} is missing" for code in missing["hs4"]]
    faults += [f"headings.csv: {code}: no chapter table has it" for code in spare["hs4"]]
    for frame, key in ((tables.headings, ["hs4"]), (tables.names, ["hs6"]),
                       (tables.other_words, ["language", "hs6"])):  # fmt: skip
        twice = frame.filter(pl.struct(key).is_duplicated())
        faults += [f"{table}: {code} stands twice" for table, code in
                   twice.select("table", key[-1]).rows()]  # fmt: skip
    empty = tables.listings.filter(pl.col("title").str.strip_chars() == "")
    faults += [f"{table}: {code}: title is empty" for table, code in
               empty.select("table", "hs6").rows()]  # fmt: skip
    label = pl.col("label")
    bad = tables.headings.filter((label == "") | (label.str.len_chars() > LABEL_CHARS_MAX))
    faults += [f"headings.csv: {code}: label empty or too long" for code in bad["hs4"]]
    return faults


def _count_faults(rows: pl.DataFrame, counts: Table) -> list[str]:
    faults = []
    for what, digits in (("subheadings", 6), ("headings", 4), ("chapters", 2)):
        seen = rows["hs6"].str.slice(0, digits).n_unique()
        if seen < counts.get(f"{what}_min", 0):
            faults.append(f"tables: only {seen} {what}; at least {counts[f'{what}_min']} expected")
        if seen > counts.get(f"{what}_max", seen):
            faults.append(f"tables: {seen} {what}; at most {counts[f'{what}_max']} expected")
    return faults
