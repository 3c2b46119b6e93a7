"""JSON input cut into records: documents, arrays, lines, and broken ones of each."""

from __future__ import annotations

import pytest

from tidewaiter.formats.parts.json_records import is_lines, json_records, tell_tale


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        pytest.param(b'{"a":1}\n{"a":2}\n', True, id="an object a line"),
        pytest.param(b'{"a":1}', True, id="one object on one line"),
        pytest.param(b'{"a":1}\n\n\r\n{bad\n', True, id="a broken second line"),
        pytest.param(b'{bad}\n{"a":1}\n{"a":1}\n', True, id="a broken first line"),
        pytest.param(b'{\n  "a": {"b": 1}\n}\n', False, id="an object over several lines"),
        pytest.param(b'[\n{"a":1},\n{"a":2}\n]\n', False, id="an array with an object a line"),
        pytest.param(b"", False, id="nothing"),
    ],
)
def test_lines_are_told_from_documents(data: bytes, lines: bool) -> None:
    assert is_lines(data) is lines


@pytest.mark.parametrize(
    ("data", "numbers", "faults"),
    [
        pytest.param(b'{"a":1}\n\n{"a":2}', [1, 3], [], id="lines are numbered as in the file"),
        pytest.param(b'[{"a":1},5]', [1, 2], [], id="elements of an array"),
        pytest.param(b'\xef\xbb\xbf[{"a":1}, {"a":2}, {"a"', [1, 2], [3], id="an array broken off"),
        pytest.param(b'[{"a":1} {"a":2}]', [1, 2], [], id="a missing comma between elements"),
        pytest.param(b'[{"a":1},{"a":1,"a":2},{"a":3}', [1, 3], [2, 4], id="a fault, and no end"),
        pytest.param(b'[{"a":1},]', [1], [], id="a comma too many loses nothing"),
        pytest.param(b"[,]", [], [1], id="only a comma"),
        pytest.param(b'{"a":', [], [1], id="a document broken off"),
        pytest.param(b"[" * 5000, [], [1], id="far too deep"),
        pytest.param(b"  \n", [], [1], id="blanks only"),
        pytest.param(b'[{"a":"\xff"}]', [], [1], id="an array that is not UTF-8"),
    ],
)
def test_records_and_faults(data: bytes, numbers: list[int], faults: list[int]) -> None:
    records = list(json_records(data))
    assert [record.number for record in records if not record.fault] == numbers
    assert [record.number for record in records if record.fault] == faults
    assert all(isinstance(record.raw, str) for record in records)


def test_tell_tale_members_add_up_and_only_json_counts() -> None:
    weights = {"a": 0.9, "b": 0.5}
    assert tell_tale(b' [{"a":1,"b":2}]', weights) == 0.97
    assert tell_tale(b'"a","b"\n', weights) == 0.0
