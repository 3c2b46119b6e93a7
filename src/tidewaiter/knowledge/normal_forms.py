"""Normal forms of names and addresses: one text for every usual way to write the same thing.

Knows, from the matching pack's words, that case, accents, order, titles, joined particles, usual
spellings and designators (Flat/Apt, Bldg/Building, Rd/Road) do not tell two names or addresses
apart. Works on columns of distinct texts. Does not know typing errors, initials or missing parts:
those are weighed by the stages. Greek and Cyrillic are read by sound; Arabic, Hebrew, Indic and
Chinese letters are kept as they are.
"""

from __future__ import annotations

from functools import lru_cache

import polars as pl

from tidewaiter.knowledge.matching import Words

STREAM_ROWS_MIN = 50_000
_MARKS = r"[\x{0300}-\x{036f}\x{064b}-\x{065f}\x{0670}\x{0640}]+"
_DELETED = r"['’‘`´ʼ]+"
_BREAKS = r"[^\p{L}\p{M}\p{N}]+"
_DOTTED = r"\b(\p{L})\.(\p{L})\.(\p{L})\b\.?"
_NUMBER = r"([a-z]?[0-9]+[a-z]?|[a-z])"


def name_forms(texts: pl.Series, words: Words) -> pl.Series:
    """Bring names to normal form: plain lower-case words, sorted, titles gone, particles joined.

    Args:
        texts: names as written (String); null stays null.
        words: the matching pack's words.

    Returns:
        String of the same length; empty where nothing of a name is left.

    >>> from tidewaiter.knowledge.matching import load_matching
    >>> name_forms(pl.Series(["Okafor, Dr John", "J. al-Nuaimi"]), load_matching().words).to_list()
    ['john okafor', 'alnuaimi j']
    """
    return _read(texts, words, _name_expression(words))


def address_forms(texts: pl.Series, words: Words) -> pl.Series:
    """Bring addresses to normal form: plain lower-case words in order, designators in short form.

    A designator and its number are one word (`flat308`, `bldg148`).

    Args:
        texts: addresses as written (String); null stays null.
        words: the matching pack's words.

    Returns:
        String of the same length; empty where nothing of an address is left.

    >>> from tidewaiter.knowledge.matching import load_matching
    >>> address_forms(pl.Series(["Apt 308, 14 Corniche Road "]), load_matching().words).to_list()
    ['flat308 14 corniche rd']
    """
    return _read(texts, words, _address_expression(words))


def _read(texts: pl.Series, words: Words, expression: pl.Expr) -> pl.Series:
    plain = pl.col("text").str.to_lowercase()
    if not (texts.str.len_bytes() == texts.str.len_chars()).all():
        plain = (
            plain.str.normalize("NFKD")
            .str.replace_all(_MARKS, "")
            .str.replace_many(list(words.letters), list(words.letters.values()))
        )
    frame = texts.alias("text").to_frame().lazy().select(plain).select(expression)
    if texts.len() >= STREAM_ROWS_MIN:
        return frame.collect(engine="streaming").to_series()
    return frame.collect(engine="in-memory").to_series()


@lru_cache(maxsize=8)
def _name_expression(words: Words) -> pl.Expr:
    dropped = {f" {title} ": " " for title in words.titles}
    joined = {_spread(f" {word} ") + " ": f" {word.replace(' ', '')}" for word in words.particles}
    spelt = {f" {writing} ": f" {kept} " for writing, kept in words.spellings.items()}
    legal = "|".join(words.legal_forms)
    text = pl.col("text").str.replace_all(_DOTTED, "$1$2$3")
    text = _broken(text).str.replace_many(
        [*joined, *dropped], [*joined.values(), *dropped.values()], leftmost=True
    )
    text = text.str.replace(rf"\b +(?:(?:{legal}) +)+$", "  ")
    text = text.str.replace_many(list(spelt), list(spelt.values()), leftmost=True)
    return text.str.extract_all(r"\S+").list.sort().list.join(" ").alias("form")


@lru_cache(maxsize=8)
def _address_expression(words: Words) -> pl.Expr:
    kept = words.units | words.buildings | words.ways | words.others
    table = {f"{ending} ": f"{short} " for ending, short in words.endings.items()}
    forms = {_spread(f" {writing} "): f" {form} " for writing, form in kept.items()}
    forms |= {f" {word} ": " " for word in words.address_dropped}
    forms |= {f" {word}  ": f" {word}" for word in words.address_particles}
    forms = dict(sorted((forms | table).items(), key=lambda pair: -len(pair[0])))
    labels = "|".join(sorted({*words.units.values(), *words.buildings.values(), "pobox"}))
    text = _broken(pl.col("text")).str.replace_many(
        list(forms), list(forms.values()), leftmost=True
    )
    text = text.str.replace_all(rf" ({labels}) +{_NUMBER} ", " $1$2 ")
    return text.str.replace_all(r" +", " ").str.strip_chars().alias("form")


def _broken(text: pl.Expr) -> pl.Expr:
    apart = text.str.replace_all(_DELETED, "").str.replace_all(_BREAKS, "  ")
    return pl.concat_str(pl.lit("  "), apart, pl.lit("  "))


def _spread(words: str) -> str:
    return f" {words.strip().replace(' ', '  ')} "
