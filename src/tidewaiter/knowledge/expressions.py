"""Rules as SQL boolean expressions: a checked subset of `polars.sql_expr`.

Officers' and packs' conditions are text such as ``declared_value > 5000 AND mode = 'post'``. Only
comparisons, AND/OR/NOT, IN, BETWEEN, LIKE/ILIKE, IS NULL and a few functions over declared columns
pass; arithmetic, aggregates, windows, sub-selects and unknown names are refused before Polars sees
them. A comparison with an unknown (null) value is not met. No text is ever run as Python.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import polars as pl

from tidewaiter.vocabulary.errors import InputError, unknown_name

EXPRESSION_CHARS_MAX = 2000
KEYWORDS = frozenset(
    "and or not in between like ilike is null true false".split()  # noqa: SIM905 - reads better
)
FUNCTIONS = frozenset({"length", "lower", "starts_with", "ends_with", "coalesce"})
_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<text>'(?:[^']|'')*')|(?P<date>DATE\s+'[^']*')"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)|(?P<sign><>|!=|<=|>=|=|<|>|\(|\)|,))"
)


def compile_condition(text: str, columns: Iterable[str], *, where: str) -> pl.Expr:
    """Compile a condition to a boolean Polars expression; null counts as not met.

    Args:
        text: the condition.
        columns: names it may use.
        where: pack and entry, for the error.

    Raises:
        InputError: a name, sign or function that is not allowed; says which and what is.

    >>> import polars as pl
    >>> rule = compile_condition("value > 5 AND mode IN ('post')", ["value", "mode"], where="x")
    >>> pl.DataFrame({"value": [6, 9], "mode": ["post", None]}).select(rule).to_series().to_list()
    [True, False]
    """
    known = set(columns)
    _check(text, known, where)
    try:
        expression = pl.sql_expr(text)
    except (pl.exceptions.PolarsError, pl.exceptions.SQLSyntaxError) as fault:
        raise InputError(f"{text!r} is not a condition: {fault}", where=where) from fault
    strange = set(expression.meta.root_names()) - known
    if strange:
        raise unknown_name("column", sorted(strange)[0], known, where=where)
    return expression.fill_null(value=False)


def _check(text: str, known: set[str], where: str) -> None:
    if len(text) > EXPRESSION_CHARS_MAX:
        raise InputError(f"longer than {EXPRESSION_CHARS_MAX} characters.", where=where)
    place = 0
    while place < len(text.rstrip()):
        token = _TOKEN.match(text, place)
        if token is None:
            raise InputError(
                f"{text[place : place + 12]!r} is not allowed in a condition.",
                where=where,
                remedy="Use comparisons, AND, OR, NOT, IN, BETWEEN, LIKE, IS NULL.",
            )
        name = token["name"]
        place = token.end()
        if name and name.lower() not in KEYWORDS:
            called = text[place:].lstrip().startswith("(")
            if called and name.lower() not in FUNCTIONS:
                raise unknown_name("function", name, FUNCTIONS, where=where)
            if not called and name not in known:
                raise unknown_name("column", name, known, where=where)
