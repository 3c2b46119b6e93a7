"""Finds the kinds: modules in `standards/` by file name, rows of `library` and `shapes` by name.

Nothing is imported before it is used, so that reading one value costs one module.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from functools import cache, partial
from typing import TypeAlias, cast

from tidewaiter.vocabulary.errors import unknown_name
from tidewaiter.vocabulary.identifiers import library, shapes
from tidewaiter.vocabulary.identifiers import standards as own
from tidewaiter.vocabulary.identifiers.identification import (
    VALUE_CHARS_MAX,
    Identification,
    Kind,
)

Reader: TypeAlias = Callable[[str], Identification]
ALIASES = {
    "ean": "gtin",
    "upc": "gtin",
    "entry": "entry-number",
    "in-bond": "inbond",
    "hs-code": "hs",
    "iso6346": "container",
    "gstin": "in-gstin",
    "abn": "au-abn",
    "ein": "us-ein",
    "locode": "unlocode",
    "port": "iata-port",
}


@cache
def kinds() -> list[str]:
    """Give the names of all kinds, sorted.

    >>> [name for name in kinds() if name.startswith("i")][:3]
    ['iata-port', 'iban', 'id-npwp']
    """
    return sorted({*_modules(), *library.LIBRARY, *shapes.SHAPES})


def identify(kind: str, value: str) -> Identification:
    """Read a value as an identifier of a kind.

    Args:
        kind: name of the kind, as in `kinds()`, or an alias such as `ean`.
        value: the value as somebody wrote it; blanks, hyphens and small letters do not matter.

    Raises:
        InputError: no such kind; names the nearest ones.

    >>> identify("gtin", "9521101530001").parts["use"]
    'demonstration'
    """
    if len(value) > VALUE_CHARS_MAX:
        return describe(kind).misshapen(value, "")
    return _reader(kind)(value)


@cache
def describe(kind: str) -> Kind:
    """Give what is known of a kind: title, form, sureness.

    Raises:
        InputError: no such kind; names the nearest ones.
    """
    name = _known(kind)
    if name in library.LIBRARY:
        return library.LIBRARY[name].kind
    if name in shapes.SHAPES:
        return shapes.SHAPES[name].kind
    module = importlib.import_module(f"{own.__name__}.{name.replace('-', '_')}")
    return cast("Kind", module.KIND)


@cache
def _modules() -> frozenset[str]:
    return frozenset(info.name.replace("_", "-") for info in pkgutil.iter_modules(own.__path__))


def _known(kind: str) -> str:
    name = kind.strip().lower().replace("_", "-")
    name = ALIASES.get(name, name)
    if name not in kinds():
        raise unknown_name("kind of identifier", kind, kinds())
    return name


@cache
def _reader(kind: str) -> Reader:
    name = _known(kind)
    if name in library.LIBRARY:
        return partial(library.identify, name)
    if name in shapes.SHAPES:
        return partial(shapes.identify, name)
    module = importlib.import_module(f"{own.__name__}.{name.replace('-', '_')}")
    return cast("Reader", module.identify)
