"""Pieces: nothing lost, nothing torn, however small the pieces are."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tidewaiter.engines.pieces import pieces
from tidewaiter.formats.spec import FormatSpec, Pieces


def spec(kind: Pieces, group: str = "") -> FormatSpec:
    return FormatSpec("x", "x", "", kind, (), lambda _head, _name: 0.0, "own", group_column=group)


def rows_of(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode())))


FIELD = st.text(alphabet='ab,"\n é', max_size=12)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(st.tuples(st.integers(1, 5), FIELD, FIELD), min_size=1, max_size=40),
    st.integers(16, 400),
)
def test_csv_pieces_keep_records_and_groups_whole(
    tmp_path: Path, rows: list[tuple[int, str, str]], size: int
) -> None:
    rows = sorted(rows)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["order_id", "a", "b"])
    writer.writerows(rows)
    path = tmp_path / "f.csv"
    path.write_bytes(text.getvalue().encode())
    cut = list(pieces(path, spec(Pieces.CSV, "order_id"), size))
    joined = [row for piece in cut for row in rows_of(piece.data)[1:]]
    assert joined == rows_of(path.read_bytes())[1:]
    owners: dict[str, int] = {}
    for number, piece in enumerate(cut):
        assert rows_of(piece.data)[0] == ["order_id", "a", "b"]
        for row in rows_of(piece.data)[1:]:
            assert owners.setdefault(row[0], number) == number, "an order is torn apart"


@pytest.mark.parametrize("size", [1, 7, 64, 10_000])
@pytest.mark.parametrize("ending", ["", "\n"], ids=["no end of line", "end of line"])
def test_lines_are_never_cut(tmp_path: Path, size: int, ending: str) -> None:
    lines = [f'{{"n":{n}}}' for n in range(50)]
    path = tmp_path / "f.ndjson"
    path.write_text("\n".join(lines) + ending, "utf-8")
    cut = list(pieces(path, spec(Pieces.LINES), size))
    assert b"".join(piece.data for piece in cut).decode().split() == lines
    for piece in cut:
        first = piece.data.decode().split("\n")[0]
        assert first == lines[piece.position]


@pytest.mark.parametrize(
    "text", ['[\n{"a": 1},\n{"a": 2}\n]', '{\n"a": 1\n}', ' \n{\n  "a": 1\n}\n']
)
def test_a_json_document_on_several_lines_is_not_cut(tmp_path: Path, text: str) -> None:
    path = tmp_path / "f.json"
    path.write_text(text, "utf-8")
    assert [piece.data for piece in pieces(path, spec(Pieces.LINES), 4)] == [text.encode()]


def test_a_document_comes_whole(tmp_path: Path) -> None:
    path = tmp_path / "f.xml"
    path.write_bytes(b"<a>\n</a>\n")
    assert [piece.data for piece in pieces(path, spec(Pieces.WHOLE), 3)] == [b"<a>\n</a>\n"]


def test_an_empty_csv_still_gives_its_header(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_bytes(b"order_id,a\n")
    assert [piece.data for piece in pieces(path, spec(Pieces.CSV, "order_id"))] == [b"order_id,a\n"]
