"""Comma-separated records: quotation marks, broken records, and where reading resumes."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidewaiter.formats.parts.rfc4180 import read_records, split_header
from tidewaiter.vocabulary.errors import InputError

NAMES = ["a", "b", "c"]


@pytest.mark.parametrize(
    ("body", "rows", "broken"),
    [
        pytest.param(b'1,"x, ""y""",3\n', [("1", 'x, "y"', "3", 1)], [], id="quoted"),
        pytest.param(
            b'1,"x\ny",3\r\n\r\n4,,6', [("1", "x\ny", "3", 1), ("4", None, "6", 2)], [], id="breaks"
        ),
        pytest.param(b'1,"",\n', [("1", None, None, 1)], [], id="empty fields are null"),
        pytest.param(
            b'1,"open,3\n4,5,6\n7,"8, 9",9\n',
            [("4", "5", "6", 2), ("7", "8, 9", "9", 3)],
            [1],
            id="a quote never closed costs its own line",
        ),
        pytest.param(
            b'1,2,3\n4,"5\n6",7,8\n9,9,9\n',
            [("1", "2", "3", 1), ("9", "9", "9", 3)],
            [2],
            id="a sound record over two lines with a field too many costs both",
        ),
        pytest.param(b'1,a""b,3\n4,5,6\n', [("4", "5", "6", 2)], [1], id="doubled outside quotes"),
        pytest.param(
            b"\xef\xbb\xbf1,2,3\n", [("\ufeff1", "2", "3", 1)], [], id="a mark in the first field"
        ),
        pytest.param(
            b"1,x\ry,3\n4,5,6\n",
            [("1", "x\ry", "3", 1), ("4", "5", "6", 2)],
            [],
            id="a carriage return within a field",
        ),
        pytest.param(b"", [], [], id="nothing"),
    ],
)
def test_records(body: bytes, rows: list[tuple[object, ...]], broken: list[int]) -> None:
    read = read_records(body, NAMES)
    assert read.frame.rows() == rows
    assert [fault.record for fault in read.faults] == broken


def test_header_names_are_stripped_and_made_unique() -> None:
    names, body = split_header(b'\xef\xbb\xbf a ,"b ""q""",,a\n1,2,3,4\n')
    assert names == ["a", 'b "q"', "column 3", "a (4)"]
    assert body == b"1,2,3,4\n"
    with pytest.raises(InputError, match="quotation mark"):
        split_header(b'a,"b\n')


CELLS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufeff"), max_size=6
) | (st.sampled_from(['"', ",", "\n", "\r", '""', "a,b"]))


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.lists(st.tuples(CELLS, CELLS, CELLS.filter(bool)), max_size=5))
def test_what_another_library_writes_is_read_the_same(rows: list[tuple[str, str, str]]) -> None:
    written = io.StringIO()
    csv.writer(written, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(rows)
    read = read_records(written.getvalue().encode(), NAMES)
    assert not read.faults
    assert read.frame.select(NAMES).rows() == [tuple(cell or None for cell in row) for row in rows]
