"""The little language of words: one written word meets its plural and spelling variants."""

from __future__ import annotations

import re


def word_pattern(words: tuple[str, ...]) -> str:
    """Give a regular expression that meets any of the words as a whole word, plural included.

    >>> bool(re.search(word_pattern(("power bank", "knife")), "two powerbanks"))
    True
    >>> bool(re.search(word_pattern(("blade",)), "beyblade"))
    False
    """
    return rf"(?:^|\W)({'|'.join(map(_forms, words))})(?:$|\W)"


def _forms(word: str) -> str:
    escaped = r"[ -]?".join(re.escape(part) for part in re.split(r"[ -]", word))
    if word.endswith("fe"):
        return f"{escaped[:-2]}(?:fes?|ves)"
    if word.endswith(("ch", "sh", "s", "x")):
        return f"{escaped}(?:es)?"
    if re.search(r"[^aeiou]y$", word):
        return f"{escaped[:-1]}(?:y|ies)"
    return f"{escaped}s?"


def quick_pieces(word: str) -> tuple[str, ...]:
    """Give the pieces one of which stands in every text that `word_pattern` meets.

    >>> quick_pieces("power bank")
    ('power bank', 'power-bank', 'powerbank')
    """
    parts = re.split(r"[ -]", word)
    whole = [parts[0]]
    for part in parts[1:]:
        whole = [form + joint + part for form in whole for joint in (" ", "-", "")]
    if word.endswith("fe"):
        whole += [form[:-2] + "ve" for form in whole]
    if re.search(r"[^aeiou]y$", word):
        whole = [form[:-1] for form in whole]
    return tuple(whole)
