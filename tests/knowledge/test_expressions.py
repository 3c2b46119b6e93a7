"""Conditions: what passes, what is refused, and that the refusal helps."""

from __future__ import annotations

import polars as pl
import pytest

from tidewaiter.knowledge.expressions import compile_condition
from tidewaiter.vocabulary.errors import InputError

COLUMNS = ("value", "mode", "text")
ROWS = pl.DataFrame(
    {
        "value": [1, 5, None, 9],
        "mode": ["post", "air", "post", None],
        "text": ["gold", "a", "b", ""],
    }
)


@pytest.mark.parametrize(
    ("condition", "met"),
    [
        pytest.param("value > 4", [False, True, False, True], id="null is not met"),
        pytest.param("mode = 'post' AND value < 3", [True, False, False, False], id="and"),
        pytest.param("mode IN ('air', 'sea')", [False, True, False, False], id="in"),
        pytest.param("value BETWEEN 5 AND 9", [False, True, False, True], id="between"),
        pytest.param("mode IS NULL", [False, False, False, True], id="is null"),
        pytest.param("COALESCE(mode, 'x') <> 'post'", [False, True, False, True], id="coalesce"),
        pytest.param("text ILIKE '%OL%'", [True, False, False, False], id="like"),
        pytest.param("TRUE", [True] * 4, id="always"),
    ],
)
def test_condition(condition: str, met: list[bool]) -> None:
    rule = compile_condition(condition, COLUMNS, where="test")
    assert ROWS.with_columns(rule.alias("met"))["met"].to_list() == met


@pytest.mark.parametrize(
    ("condition", "says"),
    [
        pytest.param("valu > 4", "Did you mean 'value'", id="a misspelt column is named"),
        pytest.param("SUM(value) > 3", "no function", id="aggregates are refused"),
        pytest.param("value / 0 > 1", "not allowed", id="division is refused"),
        pytest.param("value + 1 > 1", "not allowed", id="arithmetic is refused"),
        pytest.param("value > (SELECT 1)", "no column", id="sub-selects are refused"),
        pytest.param("value > 1; DROP TABLE x", "not allowed", id="statements are refused"),
        pytest.param("__import__('os')", "no function", id="no text is run as Python"),
        pytest.param("value >", "not a condition", id="half a condition is refused"),
        pytest.param("value > 1 " * 300, "longer than", id="there is a limit"),
    ],
)
def test_refused_condition_says_why(condition: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        compile_condition(condition, COLUMNS, where="test")
