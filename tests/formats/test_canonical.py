"""Canonical consignment JSON: the columnar reader and the careful one, writing, nested frames."""

from __future__ import annotations

import json
import random
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.formats.drawn import batch_of
from tests.formats.layouts import bent, carried, unread, words
from tests.formats.samples import CANONICAL, ORDERS
from tests.formats.test_fuzz import bend
from tidewaiter.formats import canonical, orders
from tidewaiter.formats.parts import canonical_lines
from tidewaiter.formats.parts.canonical_tree import FORMAT_ID, FRAME_FIELDS
from tidewaiter.formats.parts.nested import NESTED, from_nested, to_nested
from tidewaiter.runtime.schema import consignment_schema
from tidewaiter.vocabulary.batch import Batch, concat
from tidewaiter.vocabulary.terms import Role, View

ALWAYS, NEVER = 1, 10**9
LINES = CANONICAL.splitlines()


@pytest.fixture(params=[ALWAYS, NEVER], ids=["read in columns", "read one by one"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(canonical_lines, "LINES_TOGETHER_MIN", request.param)
    return int(request.param)


def filled(batch: Batch, frame: str) -> list[dict[str, Any]]:
    aside = ("contribution_id", "consignment_id")
    return [
        {name: value for name, value in row.items() if value is not None and name not in aside}
        for row in batch.frames()[frame].to_dicts()
    ]


def test_a_line_is_a_parcel_with_lines_and_parties(way: int) -> None:
    batch = canonical.decode(CANONICAL, source="c.ndjson", position=4)
    assert batch.rejected.is_empty()
    assert batch.consignments["consignment_id"].to_list() == ["C1", "C2"]
    assert filled(batch, "consignments") == [
        {"order_id": "O1", "total_value_text": "30.50", "total_currency_text": "EUR"},
        {
            "gross_mass_text": "0.25",
            "gross_mass_unit": "kg",
            "security_scan": True,
            "unread": '{"extra":{"a":1}}',
        },
    ]
    assert filled(batch, "goods_items") == [
        {
            "item_no": 1,
            "description_text": "Wool scarf",
            "hs_code_text": "611710",
            "quantity_text": "2",
            "declared_value_text": "30.50",
        }
    ]
    assert filled(batch, "parties") == [
        {"role": "consignee", "name": "Ana Sol", "city": "Porto", "postcode": "04000"},
        {"role": "seller", "name": "Loja"},
    ]
    assert filled(batch, "contributions") == [
        {"format": "canonical", "view": "order", "source": "c.ndjson", "position": 5},
        {"format": "canonical", "view": "declaration", "source": "c.ndjson", "position": 6},
    ]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"[" + b",".join(LINES) + b"]", id="an array"),
        pytest.param(
            json.dumps(json.loads(LINES[0]), indent=2).encode(), id="one object, indented"
        ),
        pytest.param(b"\xef\xbb\xbf" + LINES[0] + b"\r\n\r\n", id="a byte order mark, CRLF"),
    ],
)
def test_arrays_and_single_objects_read_as_lines_do(data: bytes) -> None:
    lines = canonical.decode(CANONICAL)
    batch = canonical.decode(data)
    for frame, rows in carried(batch).items():
        kept = [row for row in carried(lines)[frame] if row in rows]
        assert kept == rows
        assert rows
    known = lines.contributions["contribution_id"].to_list()
    assert set(batch.contributions["contribution_id"]) <= set(known)


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        pytest.param(
            b'{"consignment_id":"X",}', "not well-formed JSON at line 1", id="a comma too many"
        ),
        pytest.param(b'{"consignment_id":"X"', "not well-formed JSON", id="broken off"),
        pytest.param(b"5", "must be a JSON object", id="a number"),
        pytest.param(b"{}", "no member is known", id="an empty object"),
        pytest.param(b'{"hello":1}', "no member is known", id="nothing known"),
        pytest.param(
            b'{"format":"tidewaiter-consignment/9","consignment_id":"X"}',
            'this reader knows "tidewaiter-consignment/1"',
            id="another version",
        ),
        pytest.param(
            b'{"consignment_id":"X","order_id":"1","order_id":"2"}',
            "'order_id' stands twice",
            id="a member twice",
        ),
        pytest.param(b'{"consignment_id":"\xff"}', "not UTF-8", id="not UTF-8"),
        pytest.param(b'{"consignment_id":"\\ud800"}', "half of a character", id="half a character"),
        pytest.param(b'{"total_value":NaN}', "NaN is not a JSON number", id="not a number"),
        pytest.param(
            b'{"consignment_id":"X","x":' + b"[" * 80 + b"]" * 80 + b"}", "deeper", id="too deep"
        ),
        pytest.param(
            b'{"consignment_id":"X","parties":' + b"[" * 9000 + b"]" * 9000 + b"}",
            "deeper",
            id="far too deep",
        ),
    ],
)
def test_a_broken_line_is_set_apart_and_the_rest_runs(way: int, line: bytes, sentence: str) -> None:
    batch = canonical.decode(LINES[0] + b"\n" + line + b"\n\n" + LINES[1] + b"\n", position=10)
    assert batch.consignments["consignment_id"].to_list() == ["C1", "C2"]
    (broken,) = batch.rejected.to_dicts()
    assert sentence in broken["detail"]
    assert (broken["position"], "record 12" in broken["detail"]) == (12, True)
    assert batch.contributions["position"].to_list() == [11, 14]


def test_an_array_that_breaks_off_gives_its_sound_elements() -> None:
    batch = canonical.decode(b"[" + LINES[0] + b",\n" + LINES[1][:-3])
    assert batch.consignments["consignment_id"].to_list() == ["C1"]
    assert batch.rejected["position"].to_list() == [2]


def test_what_no_column_stands_for_is_kept_at_its_level(way: int) -> None:
    line = (
        b'{"consignment_id":"X","brand":"at the wrong level","unread":{"k":1},"goods_items":[5,'
        b'{"item_no":1,"colour":"red","order_id":"q"}],"parties":[{"role":"consignee","age":7}]}'
    )
    batch = canonical.decode(line + b"\n")
    kept = {name: batch.frames()[name]["unread"].item() for name in FRAME_FIELDS}
    assert {name: json.loads(text) for name, text in kept.items()} == {
        "consignments": {"k": 1, "brand": "at the wrong level", "goods_items": [5]},
        "goods_items": {"colour": "red", "order_id": "q"},
        "parties": {"age": 7},
    }


def test_numbers_are_kept_as_written_and_found_where_a_code_belongs(way: int) -> None:
    line = (
        b'{"consignment_id":"X","tracking_id":123,"total_value":12.50,"goods_items":'
        b'[{"item_no":1,"quantity":2,"declared_value":1e5,"hs_code":101.2}],'
        b'"parties":[{"role":"consignee","postcode":1234}]}'
    )
    batch = canonical.decode(line + b"\n")
    assert batch.consignments["total_value_text"].item() == "12.50"
    assert batch.goods_items["declared_value_text"].item() == "1e5"
    found = batch.findings.sort("field").select("code", "severity", "item_no", "field", "seen")
    assert found.rows() == [
        ("format.code_as_number", "warn", None, "consignments.tracking_id", "123"),
        ("format.code_as_number", "warn", 1, "goods_items.hs_code_text", "101.2"),
        ("format.code_as_number", "warn", None, "parties.postcode", None),
    ]


def test_repeated_line_numbers_and_roles_lose_nothing(way: int) -> None:
    line = (
        b'{"consignment_id":"X","view":"side","goods_items":[{"item_no":1,"title":"a"},'
        b'{"item_no":1,"title":"b"}],"parties":[{"role":"consignee","name":"A"},'
        b'{"role":"consignee","name":"B"},{"name":"C"}]}'
    )
    batch = canonical.decode(line + b"\n")
    assert batch.goods_items.select("item_no", "title").rows() == [(1, "a"), (2, "b")]
    assert batch.parties["name"].to_list() == ["A"]
    kept = json.loads(batch.consignments["unread"].item())
    assert [party["name"] for party in kept["parties"]] == ["B", "C"]
    assert sorted(batch.findings["code"]) == [
        "format.item_numbers",
        "format.item_numbers",
        "format.party_unplaced",
        "format.party_unplaced",
        "format.unknown_view",
    ]
    assert carried(canonical.decode(canonical.encode(batch))) == carried(batch)


@pytest.mark.parametrize(
    ("line", "known_as"),
    [
        pytest.param(b'{"order_id":"O","tracking_id":"T"}', "T", id="the tracking number first"),
        pytest.param(b'{"order_id":"O"}', "O", id="then the order"),
    ],
)
def test_a_parcel_without_an_id_is_known_by(way: int, line: bytes, known_as: str) -> None:
    assert canonical.decode(line + b"\n").consignments["consignment_id"].to_list() == [known_as]


def test_a_parcel_with_no_name_at_all_is_known_by_its_content(way: int) -> None:
    batch = canonical.decode(b'{"mail_class":"E"}\n')
    assert batch.consignments["consignment_id"].item() == GOLDEN_ID


GOLDEN_ID = "canonical:301b69a020999543c9180b5b767485a0"


@pytest.mark.requirement("A8")
@pytest.mark.partly("a crash in mid-batch is tested with the store")
def test_the_same_content_is_the_same_contribution_however_it_is_spelt(way: int) -> None:
    tree = json.loads(LINES[0])
    spelt = json.dumps(dict(reversed(tree.items())), indent=None).encode()
    twice = canonical.decode(LINES[0] + b"\n" + spelt + b"\n" + LINES[0] + b"\n")
    assert twice.contributions.height == 1
    assert twice.parties.height == 2
    both = concat([twice, canonical.decode(b"[" + LINES[0] + b"]", source="other")])
    assert both.contributions["contribution_id"].n_unique() == 1


def test_a_piece_over_the_limit_is_set_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(canonical, "MESSAGE_BYTES_MAX", 10)
    batch = canonical.decode(CANONICAL)
    assert batch.rejected["code"].to_list() == ["format.too_large"]


def both_ways(data: bytes, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    read = []
    for least in (ALWAYS, NEVER):
        monkeypatch.setattr(canonical_lines, "LINES_TOGETHER_MIN", least)
        frames = canonical.decode(data, source="s", position=3).frames()
        rows = {name: frame.to_dicts() for name, frame in frames.items()}
        rows["findings"].sort(key=lambda row: json.dumps(row, sort_keys=True))
        read.append(rows)
    return read


@settings(max_examples=250, deadline=None, derandomize=True)
@given(
    st.lists(
        st.sampled_from(LINES).flatmap(bent) | st.sampled_from(LINES) | st.binary(max_size=9),
        min_size=1,
        max_size=4,
    ),
    st.sampled_from([b"\n", b"\r\n", b"\n\n"]),
    st.booleans(),
)
def test_the_columnar_reader_says_what_the_careful_reader_says(
    lines: list[bytes], end: bytes, compact: bool
) -> None:
    data = end.join(lines) + b"\n"
    if compact:
        data = data.replace(b'": ', b'":').replace(b', "', b',"')
    with pytest.MonkeyPatch.context() as monkeypatch:
        columns, careful = both_ways(data, monkeypatch)
    assert columns == careful
    batch = canonical.decode(data)
    assert carried(canonical.decode(canonical.encode(batch))) == carried(batch)


def test_the_columnar_reader_says_the_same_of_bent_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random("columns")
    for _ in range(1500):
        data = bend(CANONICAL, chance)
        columns, careful = both_ways(data, monkeypatch)
        assert columns == careful, data


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(b'{"consignment_id" : "A","tracking_id":"T"}', id="a blank before a colon"),
        pytest.param(b'{"consignment_id"  :  "A"  ,  "zz"  :  1}', id="blanks everywhere"),
        pytest.param(
            b'{"consignment_id":"A","mail_class":"5\\" : x"}', id="a quote and colon in a value"
        ),
        pytest.param(
            b'{"consignment_id":"A","mail_class":"\\":null","zz":1}', id="a null in a value"
        ),
        pytest.param(b'{"consignment_id":"A","zz":null,"order_id":null}', id="nulls"),
        pytest.param(b'{"consignment_id":"A","order_id":"","goods_items":[]}', id="empty values"),
        pytest.param(b'{"consignment_id":"A","order_id":"\\u00a0\xe2\x80\x83"}', id="blank values"),
        pytest.param(
            b'{"consignment_id":"A","goods_items":{"item_no":1}}', id="one line, not in a list"
        ),
        pytest.param(
            b'{"consignment_id":"A","goods_items":[null,{"item_no":2}]}', id="a null line"
        ),
        pytest.param(
            b'{"consignment_id":"A","goods_items":[{"item_no":"1","quantity":1.50}]}',
            id="number swap",
        ),
        pytest.param(b'{"consignment_id":"A","security_scan":"true"}', id="a flag as text"),
        pytest.param(b'{"consignment_id":"A","documents":[{"kind":"licence"}]}', id="papers"),
        pytest.param(b'{"consignment_id":"\\ud83d\\ude00"}', id="an escaped pair"),
        pytest.param(
            b'{"consignment_id":"A","parties":[{"role":"buyer"},{"role":"buyer"}]}',
            id="a role twice",
        ),
    ],
)
def test_both_readers_agree_on(line: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    columns, careful = both_ways(line + b"\n" + LINES[0] + b"\n" + line + b"\n", monkeypatch)
    assert columns == careful
    assert columns["consignments"]


def test_many_lines_are_read_in_columns_and_the_odd_ones_carefully() -> None:
    lines = [b'{"consignment_id":"P%d","order_id":"O%d"}' % (n, n) for n in range(500)]
    lines[123] = b'{"consignment_id":"P123","order_id":"O123","extra":"x"}'
    lines[321] = b"{broken"
    batch = canonical.decode(b"\n".join(lines) + b"\n")
    ids = [f"P{number}" for number in range(500) if number != 321]
    assert batch.consignments["consignment_id"].to_list() == ids
    assert batch.consignments["unread"].drop_nulls().to_list() == ['{"extra":"x"}']
    assert batch.rejected["position"].to_list() == [322]


PAPERS = st.lists(st.fixed_dictionaries({"kind": words, "id": words}), min_size=1, max_size=2).map(
    lambda papers: json.dumps(papers, ensure_ascii=False, separators=(",", ":"))
)


@st.composite
def rows_of(draw: st.DrawFn, frame: str) -> dict[str, Any]:
    """A row with some of the declared columns of a frame."""
    row: dict[str, Any] = {}
    names = [
        name for name in FRAME_FIELDS[frame] if name not in ("item_no", "role", "consignment_id")
    ]
    for column in draw(st.lists(st.sampled_from(names), max_size=8, unique=True)):
        if column in ("known_carrier_customer", "known_marketplace_seller", "security_scan"):
            row[column] = draw(st.booleans())
        elif column == "documents":
            row[column] = draw(PAPERS)
        elif column in ("value_basis", "mass_basis"):
            row[column] = draw(st.sampled_from(["total", "unit", "unknown"]))
        else:
            row[column] = draw(unread() if column == "unread" else words)
    return row


@st.composite
def canonical_batches(draw: st.DrawFn) -> Batch:
    """Batches of any declared columns."""
    consignments, items, parties, contributions = [], [], [], []
    for number in range(draw(st.integers(1, 3))):
        keys = {"consignment_id": f"P{number}", "contribution_id": f"c{number}"}
        consignments.append({**keys, **draw(rows_of("consignments"))})
        said = {"sender": draw(st.none() | words), "view": draw(st.sampled_from(list(View)))}
        contributions.append({**keys, "format": "canonical", **said})
        items += [
            {**keys, "item_no": item_no, **draw(rows_of("goods_items"))}
            for item_no in sorted(draw(st.sets(st.integers(1, 2**31 - 1), max_size=3)))
        ]
        parties += [
            {**keys, "role": role.value, **draw(rows_of("parties"))}
            for role in draw(st.lists(st.sampled_from(list(Role)), max_size=3, unique=True))
        ]
    return batch_of(consignments, items, parties, contributions)


VALIDATOR = jsonschema.Draft202012Validator(consignment_schema())


@settings(max_examples=150, deadline=None, derandomize=True)
@given(canonical_batches())
def test_what_is_written_reads_back_the_same_and_keeps_the_schema(batch: Batch) -> None:
    written = canonical.encode(batch)
    again = canonical.decode(written)
    assert again.rejected.is_empty()
    assert again.findings.is_empty()
    assert carried(again) == carried(batch)
    said = ["view", "sender"]
    assert again.contributions.select(said).rows() == batch.contributions.select(said).rows()
    for line in written.splitlines():
        VALIDATOR.validate(json.loads(line))


@settings(max_examples=80, deadline=None, derandomize=True)
@given(canonical_batches())
def test_nested_frames_hold_the_whole_batch(batch: Batch) -> None:
    nested = to_nested(batch)
    assert nested.schema == NESTED
    again = from_nested(nested)
    for name in ("consignments", "goods_items", "parties", "contributions", "findings"):
        assert again.frames()[name].equals(batch.frames()[name]), name


def test_nested_frames_keep_findings_and_need_no_column() -> None:
    batch = canonical.decode(b'{"consignment_id":"A","tracking_id":1}\n')
    assert from_nested(to_nested(batch)).findings.equals(batch.findings)
    few = from_nested(to_nested(batch).select("consignment_id", "contribution_id"))
    assert few.consignments["consignment_id"].to_list() == ["A"]
    assert few.goods_items.is_empty()
    assert from_nested(to_nested(Batch())).consignments.is_empty()


def test_other_formats_lose_nothing_in_canonical_form() -> None:
    batch = orders.decode(ORDERS)
    again = canonical.decode(canonical.encode(batch))
    assert carried(again) == carried(batch)
    assert again.contributions["view"].to_list() == ["order", "order"]
    assert FORMAT_ID.encode() in canonical.encode(batch)
