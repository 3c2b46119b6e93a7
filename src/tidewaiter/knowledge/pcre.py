r"""Regular expressions in PCRE (or Ruby) dialect, made ready for Python.

Translates what data files written for other languages use: `(?<name>...)`, `\k<name>`, `\h`,
`\z`, POSIX classes, flags in mid-pattern, one name for several groups (the second is `name__2`).
`\d`, `\w`, `\s` mean ASCII, as they do in PCRE.
Recursion, branch reset and Unicode properties are not translated: they raise.
"""

from __future__ import annotations

import re
from collections import Counter

from tidewaiter.vocabulary.errors import InputError

PATTERN_CHARS_MAX = 10_000
_AGAIN = "__"
_FLAGS = {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL, "x": re.VERBOSE}
_POSIX = {
    "alpha": "A-Za-z", "digit": "0-9", "alnum": "0-9A-Za-z", "upper": "A-Z", "lower": "a-z",
    "space": r"\s", "blank": r" \t", "xdigit": "0-9A-Fa-f", "word": r"\w",
}  # fmt: skip
# What a piece of the pattern becomes outside a class [...]; first match wins.
_PIECES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\(\?P?<(?![=!])(\w+)>"), r"(?P<\1>"),
    (re.compile(r"\(\?'(\w+)'"), r"(?P<\1>"),
    (re.compile(r"\\[kg](?:<(\w+)>|\{(\w+)\}|'(\w+)')"), r"(?P=\1\2\3)"),
    (re.compile(r"\\h"), r"[ \\t]"),
    (re.compile(r"\\[zZ]"), r"\\Z"),
    (re.compile(r"\\R"), r"(?:\\r\\n|\\n|\\r)"),
    (re.compile(r"\\x\{([0-9A-Fa-f]{2})\}"), r"\\x\1"),
    (re.compile(r"\\(.)", re.DOTALL), r"\\\1"),
)
_UNKNOWN = re.compile(r"\(\?(?:R|\||&|P>|[0-9])|\\[pPXQE]")
_INLINE_FLAGS = re.compile(r"\(\?([imsx]+)\)")
_CLASS = re.compile(r"\[\^?\]?(?:\[:\^?\w+:\]|\\.|[^\]\\])*\]", re.DOTALL)
_POSIX_CLASS = re.compile(r"\[:(\w+):\]")


def compile_pcre(pattern: str) -> re.Pattern[str]:
    r"""Compile a pattern of PCRE dialect.

    Raises:
        InputError: it uses what cannot be translated, or is no regular expression.

    >>> compile_pcre(r"(?<a>[[:digit:]]\s*){2}\k<a>").groupindex["a"]
    1
    """
    if len(pattern) > PATTERN_CHARS_MAX:
        raise InputError(f"the pattern is longer than {PATTERN_CHARS_MAX} characters.")
    strange = _UNKNOWN.search(pattern)
    if strange:
        raise InputError(f"{strange.group()!r} cannot be translated from PCRE, in {pattern!r}.")
    flags = re.ASCII
    for letters in _INLINE_FLAGS.findall(pattern):
        for letter in letters:
            flags |= _FLAGS[letter]
    try:
        return re.compile(to_python(_INLINE_FLAGS.sub("", pattern)), flags)
    except re.error as fault:
        raise InputError(f"not a regular expression: {fault}, in {pattern!r}.") from fault


def to_python(pattern: str) -> str:
    r"""Give the pattern in Python's dialect.

    >>> to_python(r"(?<n>\d)(?<=x)[\h(?<m>]\k<n>\z")
    '(?P<n>\\d)(?<=x)[ \\t(?<m>](?P=n)\\Z'
    """
    out: list[str] = []
    seen: Counter[str] = Counter()
    place = 0
    while place < len(pattern):
        if pattern[place] == "[":
            found = _CLASS.match(pattern, place)
            out.append(_class(found.group()) if found else pattern[place])
            place = found.end() if found else place + 1
            continue
        for piece, becomes in _PIECES:
            found = piece.match(pattern, place)
            if found:
                out.append(_numbered(found.expand(becomes), seen))
                place = found.end()
                break
        else:
            out.append(pattern[place])
            place += 1
    return "".join(out)


def plain_name(group: str) -> str:
    """Give the name of a group as the pattern had it.

    >>> plain_name("SerialNumber__2")
    'SerialNumber'
    """
    return group.split(_AGAIN)[0]


def _numbered(piece: str, seen: Counter[str]) -> str:
    # Python wants each name once; PCRE and Ruby let alternatives share one.
    if not piece.startswith("(?P<"):
        return piece
    name = piece[4:-1]
    seen[name] += 1
    return piece if seen[name] == 1 else f"(?P<{name}{_AGAIN}{seen[name]}>"


def _class(text: str) -> str:
    inner = _POSIX_CLASS.sub(_posix, text[1:]).replace(r"\h", r" \t")
    return "[" + re.sub(r"(?<!\\)\[", r"\\[", inner)


def _posix(found: re.Match[str]) -> str:
    name = found.group(1)
    if name not in _POSIX:
        raise InputError(f"the class {found.group()!r} is not known.")
    return _POSIX[name]
