"""Texts mended: wrongly decoded letters, HTML entities, blanks; PACT's character rules.

UTF-8 that was read as Latin-1 or Windows-1252 ("MÃ¼tze") can be turned back exactly; that needs a
byte codec, which no column expression has, so the few distinct suspicious texts (found by a column
expression) are turned back one by one in Python. All else is expressions. A text whose letters
were lost (question marks, U+FFFD) cannot be mended, only found.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable

import polars as pl

GARBLED = r"[ÂÃâÐÑØÙÎÏåæçèéïðò][\x{0080}-\x{00bf}€‚ƒ„…†‡ˆ‰Š‹Œ\x{017d}‘’“”•–—˜™š›œžŸ]"
ENTITY = r"&(?:#[0-9]{1,6}|#x[0-9a-fA-F]{1,6}|[a-zA-Z]{2,10}[0-9]{0,2});"
LOST = r"\x{fffd}|\?{3,}"
_AROUND = " \t.,;:*_-()[]\"'#/"
MENDED_CHARS_MAX = 4000
ROUNDS_MAX = 2
SHORT_BYTES_MAX = 5
CONFIDENCE = 0.97
_HIGH = {
    bytes([byte]).decode("cp1252"): byte
    for byte in range(0x80, 0xA0)
    if byte not in (0x81, 0x8D, 0x8F, 0x90, 0x9D)  # no letters of Windows-1252
}
_RUN = re.compile("[\u0080-\u00ff" + "".join(_HIGH) + "]+")


def suspicious(text: pl.Expr) -> pl.Expr:
    """Say whether a text holds a sequence that wrongly decoded UTF-8 or HTML entities leave."""
    return text.str.contains(f"{GARBLED}|{ENTITY}")


def mended(texts: Iterable[str]) -> pl.DataFrame:
    """Mend distinct suspicious texts.

    Returns:
        `text, mended, rule`; only texts that changed.
    """
    rows = [(text, *_mend(text)) for text in texts]
    return pl.DataFrame(
        [row for row in rows if row[0] != row[1]],
        schema={"text": pl.String, "mended": pl.String, "rule": pl.String},
        orient="row",
    )


def _mend(text: str) -> tuple[str, str]:
    rules = []
    plain = html.unescape(text[:MENDED_CHARS_MAX]) + text[MENDED_CHARS_MAX:]
    if plain != text:
        rules.append("HTML entities")
    turned = plain
    for _ in range(ROUNDS_MAX):
        turned = _turned_back(turned)
    if turned != plain:
        rules.append("UTF-8 read as Windows-1252")
    return turned, ", ".join(rules)


def _turned_back(text: str) -> str:
    """Turn each run of signs back that is UTF-8 read as Windows-1252 or Latin-1."""
    return _RUN.sub(lambda run: _decoded(run.group()), text)


def _decoded(run: str) -> str:
    data = bytes(_HIGH.get(sign, ord(sign)) for sign in run)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return run


def only_one_sign(text: pl.Expr) -> pl.Expr:
    """Say whether a text is three or more of one and the same sign (`aaa`, `-----`)."""
    first = text.str.slice(0, 1)
    same = text.str.slice(1, 1) == first
    rest = pl.when(same & (text.str.slice(2, 1) == first)).then(text)
    return rest.str.strip_chars(first).str.len_bytes() == 0


def starts_like(text: pl.Expr, words: Iterable[str]) -> pl.Expr:
    """Say whether a text may be one of folded words, by its first letters: a cheap sieve.

    A text that begins beyond ASCII, or is as short as `N/A`, may always be one.
    """
    heads = sorted({word[:2] for word in words if word.isascii()})
    bare = text.str.strip_chars_start(_AROUND)
    beyond = bare.str.slice(0, 1).str.len_bytes() > 1
    short = text.str.len_bytes() <= SHORT_BYTES_MAX
    return bare.str.slice(0, 2).str.to_lowercase().is_in(heads) | beyond | short


def no_letter(text: pl.Expr) -> pl.Expr:
    """Say whether a text has no letter at all: digits, signs, blanks, or nothing."""
    return ~text.str.contains(r"\p{L}")


def only_file_ending(text: pl.Expr, endings: Iterable[str]) -> pl.Expr:
    """Say whether a text is nothing but a file's ending (`.jpg`, `PDF`)."""
    return text.str.strip_chars(_AROUND).str.to_lowercase().is_in(sorted(endings))


def squeezed(text: pl.Expr) -> pl.Expr:
    """Give the text with runs of blanks as one, none at the ends."""
    return text.str.replace_all(r"[\s\p{Z}]+", " ").str.strip_chars(" ")
