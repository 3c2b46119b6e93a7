"""However a file is damaged: rejected rows or a clear refusal, never a crash; nothing is lost."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.knowledge.tariff.samples import COMTRADE_ROWS, HTS_ROWS, SHAPES, manifest, table
from tidewaiter.knowledge.tariff import sources
from tidewaiter.knowledge.tariff.note import open_note
from tidewaiter.knowledge.tariff.pack import from_bytes, to_bytes
from tidewaiter.knowledge.tariff.table import BETWEEN, build, with_paths
from tidewaiter.vocabulary.errors import InputError

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12)
    | st.sampled_from(["6901.10", "6901", "99", "\ud800", "0", "3", "#NA", "TOTAL", "true", "²"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=6,
)  # fmt: skip
KEYS = [*sorted({*HTS_ROWS[0], *COMTRADE_ROWS[1]}), "colour"]


@st.composite
def mutated_rows(draw: st.DrawFn) -> tuple[str, bytes, int]:
    name, rows = draw(st.sampled_from([("us-hts-json", HTS_ROWS),
                                       ("comtrade-hs-json", COMTRADE_ROWS)]))  # fmt: skip
    kept: list[Any] = [dict(row) for row in rows]
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(kept) - 1))
        edit = draw(st.sampled_from(["set", "drop", "whole", "again"]))
        if edit == "whole":
            kept[at] = draw(VALUES)
        elif edit == "again":
            kept.insert(at, kept[draw(st.integers(0, len(kept) - 1))])
        elif isinstance(kept[at], dict):
            key = draw(st.sampled_from(KEYS))
            if edit == "set":
                kept[at] = {**kept[at], key: draw(VALUES)}
            else:
                kept[at] = {name: value for name, value in kept[at].items() if name != key}
    return name, json.dumps(kept).encode(), len(kept)


@given(mutated_rows())
@settings(deadline=None, max_examples=200)
def test_damaged_json_rows_are_kept_rejected_or_ignored_and_add_up(
    case: tuple[str, bytes, int],
) -> None:
    name, data, records = case
    made = table(data, name)
    assert made.counts["records"] == records
    assert made.rejected["reason"].null_count() == 0
    pack = from_bytes(to_bytes(manifest(made), made))
    assert pack.rejected.equals(made.rejected)
    assert pack.lines.drop("path").equals(made.lines)


@st.composite
def damaged_files(draw: st.DrawFn) -> tuple[str, bytes]:
    name = draw(st.sampled_from(sorted(SHAPES)))
    data = bytearray(SHAPES[name]())
    for _ in range(draw(st.integers(1, 8))):
        at = draw(st.integers(0, max(0, len(data) - 1)))
        length = draw(st.integers(0, 40))
        new = draw(
            st.binary(max_size=8) | st.sampled_from([b'"', b",", b"\n", b";", b"\xff", b"\x00"])
        )
        data[at : at + length] = new
    return name, bytes(data)


@given(damaged_files())
@settings(deadline=None, max_examples=300)
def test_a_damaged_file_never_crashes(case: tuple[str, bytes]) -> None:
    name, data = case
    try:
        source, reading = sources.read(data, "file", name)
    except InputError:
        return
    made = build([("file", reading)], source.spec)
    assert made.counts["records"] == reading.records
    paths = with_paths(made.lines)
    assert paths.height == made.lines.height
    assert to_bytes(manifest(made), made) == to_bytes(manifest(made), made)


@given(st.sampled_from(sorted(SHAPES)))
def test_a_path_is_the_texts_of_the_rows_above(name: str) -> None:
    lines = with_paths(table(SHAPES[name]()).lines).to_dicts()
    by_row = {line["row"]: line for line in lines}
    for line in lines:
        above = by_row.get(line["parent_row"])
        if above is None:
            assert line["path"] is None
        else:
            texts = [above["path"], above["description"]]
            assert line["path"] == BETWEEN.join(text for text in texts if text)


@given(st.binary(max_size=300) | st.text(max_size=200).map(lambda said: said.encode()))
def test_arbitrary_bytes_are_no_pack_and_no_note(data: bytes) -> None:
    with pytest.raises(InputError):
        from_bytes(data)
    with pytest.raises(InputError):
        open_note(data)
