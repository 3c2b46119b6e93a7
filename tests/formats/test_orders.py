"""Marketplace orders as CSV: reading, writing, what is set apart, and that nothing is lost."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.formats.drawn import batch_of
from tests.formats.layouts import carried
from tests.formats.samples import ORDERS
from tests.shared_data import shared
from tidewaiter.formats import orders
from tidewaiter.knowledge.findings import load_findings
from tidewaiter.vocabulary.batch import Batch, concat

HEAD = (
    b"order_id,timestamp,importer_name,delivery_address,pid,product_category,product_title,"
    b"description,image_url,item_price_inr,total_order_value_inr,number_of_items\n"
)
GOOD = b'A,2026-01-05T10:00:00,Mona,"Flat 7, Abu Dhabi",p,c,t,d,i,12,24,1\n'


def cells(batch: Batch, frame: str, column: str) -> list[Any]:
    return batch.frames()[frame][column].to_list()


def test_lane_sample_is_read_row_by_row_as_a_plain_reader_reads_it() -> None:
    data = shared("wco_lane/sample/orders.csv").read_bytes()
    batch = orders.decode(data, source="orders.csv")
    plain = list(csv.DictReader(io.StringIO(data.decode())))
    assert batch.rejected.is_empty()
    assert batch.findings.is_empty()
    assert cells(batch, "goods_items", "consignment_id") == [row["order_id"] for row in plain]
    for column, name in {
        "product_id": "pid",
        "category_path": "product_category",
        "title": "product_title",
        "description_text": "description",
        "image_url": "image_url",
        "declared_value_text": "item_price_inr",
    }.items():
        assert cells(batch, "goods_items", column) == [row[name] or None for row in plain], column
    first = {row["order_id"]: row for row in reversed(plain)}
    ids = list(dict.fromkeys(row["order_id"] for row in plain))
    assert cells(batch, "consignments", "consignment_id") == ids
    for frame, column, name in (
        ("consignments", "ordered_at_text", "timestamp"),
        ("consignments", "total_value_text", "total_order_value_inr"),
        ("consignments", "item_count_text", "number_of_items"),
        ("parties", "name", "importer_name"),
        ("parties", "address", "delivery_address"),
        ("contributions", "said_at_text", "timestamp"),
    ):
        assert cells(batch, frame, column) == [first[number][name] for number in ids], column
    assert set(cells(batch, "goods_items", "declared_currency_text")) == {"INR"}
    assert set(cells(batch, "consignments", "total_currency_text")) == {"INR"}
    assert set(cells(batch, "goods_items", "value_basis")) == {"total"}
    assert set(cells(batch, "goods_items", "quantity_text")) == {None}
    assert set(cells(batch, "parties", "role")) == {"consignee"}


def test_items_are_numbered_in_row_order_within_each_order() -> None:
    batch = orders.decode(ORDERS)
    assert batch.goods_items.select("consignment_id", "item_no", "title").rows() == [
        ("A-1", 1, "Desk lamp"),
        ("A-1", 2, "Bulb"),
        ("A-2", 1, "Kite"),
    ]
    assert cells(batch, "goods_items", "description_text")[0] == 'Desk lamp, "LED"'
    assert cells(batch, "goods_items", "unread") == ['{"colour":"white"}', None, '{"colour":"red"}']
    assert cells(batch, "contributions", "position") == [1, 3]
    assert cells(batch, "contributions", "view") == ["order", "order"]


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        pytest.param(b"B,t,n,a,p,c,t\n", "has 7 fields, the header names 12", id="too few fields"),
        pytest.param(
            b"B,t,n,Flat 1, Abu Dhabi,p,c,t,d,i,1,1,1\n",
            "has 13 fields, the header names 12; put a field that holds a comma in quotes",
            id="a comma that was not quoted",
        ),
        pytest.param(
            b'B,t,n,"Flat 1,p,c,t,d,i,1,1,1\n', "quotation mark", id="a quote never closed"
        ),
        pytest.param(b'B,t,n,a,p,c,5" tv,d,i,1,1,1\n', "quotation mark", id="a quote not doubled"),
        pytest.param(b'B,t,n,""a"",p,c,t,d,i,1,1,1\n', "quotation mark", id="quotes doubled twice"),
        pytest.param(b"B,t,n,a,p,c,t,d\x00,i,1,1,1\n", "NUL", id="a NUL character"),
        pytest.param(b"B,t,n,a,p,c,t,\xff\xfe,i,1,1,1\n", "not UTF-8 at its byte", id="not UTF-8"),
        pytest.param(b",t,n,a,p,c,t,d,i,1,1,1\n", "has no order_id", id="no order id"),
    ],
)
def test_a_broken_row_is_set_apart_with_its_place_and_the_rest_runs(
    row: bytes, sentence: str
) -> None:
    batch = orders.decode(HEAD + GOOD + row + GOOD.replace(b"A,", b"C,", 1), position=100)
    assert cells(batch, "consignments", "consignment_id") == ["A", "C"]
    (broken,) = batch.rejected.to_dicts()
    assert sentence in broken["detail"]
    assert broken["position"] == 102
    assert "record 102" in broken["detail"]
    assert broken["raw"]
    assert cells(batch, "contributions", "position") == [101, 103]


def test_line_breaks_blank_lines_and_a_byte_order_mark_are_no_faults() -> None:
    data = (
        b"\xef\xbb\xbf"
        + HEAD.replace(b"\n", b"\r\n")
        + b'A,t,n,"Flat 7,\r\nAbu Dhabi",p,c,t,d,,1,1,1'
    )
    batch = orders.decode(data + b"\r\n\r\n")
    assert batch.rejected.is_empty()
    assert cells(batch, "parties", "address") == ["Flat 7,\r\nAbu Dhabi"]
    assert cells(batch, "goods_items", "image_url") == [None]


@pytest.mark.parametrize(
    ("header", "sentence"),
    [
        pytest.param(
            b"order,timestamp,importer_name,delivery_address,product_title,price\n1,2,3,4,5,6\n",
            "no column order_id, item_price_<currency>; nearest in the header: order",
            id="a needed column is missing",
        ),
        pytest.param(HEAD.replace(b",", b";"), "separate the columns by commas", id="semicolons"),
        pytest.param(b"", "nothing in it", id="an empty file"),
        pytest.param(b'"order_id\n', "header line has a quotation mark", id="a broken header"),
    ],
)
def test_a_file_that_is_no_orders_is_one_clear_sentence(header: bytes, sentence: str) -> None:
    batch = orders.decode(header)
    assert batch.consignments.is_empty()
    assert sentence in batch.rejected["detail"].item()


def test_a_piece_over_the_limit_is_set_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orders, "MESSAGE_BYTES_MAX", 100)
    batch = orders.decode(ORDERS)
    assert batch.rejected["code"].to_list() == ["format.too_large"]
    assert "split the file" in batch.rejected["detail"].item()


def test_prices_may_stand_in_columns_of_several_currencies() -> None:
    header = HEAD.replace(b"item_price_inr", b"item_price_inr,item_price_aed")
    batch = orders.decode(header + b"A,t,n,a,p,c,t,d,i,,9,1,1\nB,t,n,a,p,c,t,d,i,5,9,1,1\n")
    assert batch.goods_items.select("declared_value_text", "declared_currency_text").rows() == [
        ("9", "AED"),
        ("5", "INR"),
    ]
    assert cells(batch, "goods_items", "unread") == [None, '{"item_price_aed":"9"}']
    bare = orders.decode(HEAD.replace(b"_inr", b"") + GOOD)
    assert cells(bare, "goods_items", "declared_value_text") == ["12"]
    assert cells(bare, "goods_items", "declared_currency_text") == [None]


def test_rows_of_one_order_that_disagree_are_found_and_both_sides_kept() -> None:
    other = GOOD.replace(b"10:00:00,Mona", b"11:00:00,Nora")
    batch = orders.decode(HEAD + GOOD + other)
    assert cells(batch, "consignments", "ordered_at_text") == ["2026-01-05T10:00:00"]
    kept = json.loads(cells(batch, "goods_items", "unread")[1])
    assert kept == {"timestamp": "2026-01-05T11:00:00", "importer_name": "Nora"}
    found = batch.findings.select("code", "item_no", "field", "seen").rows()
    assert found == [
        ("format.order_rows_disagree", 2, "consignments.ordered_at_text", "2026-01-05T11:00:00"),
        ("format.order_rows_disagree", 2, "parties.name", None),  # a name stays out of findings
    ]
    again = orders.decode(orders.encode(batch))
    assert carried(again) == carried(batch)
    assert again.findings.height == 2


def test_scattered_rows_of_an_order_are_gathered_and_an_order_said_twice_counts_once() -> None:
    a1, a2, b = GOOD, GOOD.replace(b",t,", b",t2,"), GOOD.replace(b"A,", b"B,", 1)
    scattered = orders.decode(HEAD + a1 + b + a2)
    assert scattered.goods_items.select("consignment_id", "item_no", "title").rows() == [
        ("A", 1, "t"),
        ("A", 2, "t2"),
        ("B", 1, "t"),
    ]
    twice = orders.decode(HEAD + a1 + a2 + b + a1 + a2)
    assert carried(twice) == carried(orders.decode(HEAD + a1 + a2 + b))


@pytest.mark.requirement("A8")
@pytest.mark.partly("a crash in mid-batch is tested with the store")
def test_the_same_file_twice_adds_no_contribution() -> None:
    once = orders.decode(ORDERS, source="a.csv")
    columns = ORDERS.splitlines()
    moved = b"\n".join(b"," + line for line in columns) + b"\n"  # an empty column in front
    both = concat([once, orders.decode(moved.replace(b",order", b"none,order", 1), source="b.csv")])
    ids = both.contributions["contribution_id"]
    assert ids.n_unique() == once.contributions.height
    changed = orders.decode(ORDERS.replace(b"900", b"901"))
    assert len({*ids, *changed.contributions["contribution_id"]}) == ids.n_unique() + 1


def test_the_digest_of_an_order_is_what_it_was() -> None:
    """If this fails after an upgrade of Polars, its hash has changed: stored ids must be renewed."""
    batch = orders.decode(HEAD + GOOD)
    assert batch.contributions["contribution_id"].to_list() == [GOLDEN_ID]


GOLDEN_ID = "orders:b75dfaf3f2b087124155799dd84b42a2"


def test_strange_column_names_do_no_harm() -> None:
    names = b',*,^.*$,record,order,item_no,contribution_id,"a ""b",unread,,Order_ID'
    batch = orders.decode(HEAD[:-1] + names + b"\n" + GOOD[:-1] + b",1,2,3,4,5,6,7,8,9,10\n")
    kept = json.loads(batch.goods_items["unread"].item())
    assert list(kept) == [
        "*", "^.*$", "record", "order", "item_no", "contribution_id", 'a "b', "unread",
        "column 21", "Order_ID",
    ]  # fmt: skip
    assert carried(orders.decode(orders.encode(batch))) == carried(batch)


def test_every_finding_of_the_reader_is_described_and_weighs_the_same() -> None:
    text = load_findings().texts["format.order_rows_disagree"]
    assert {word for _, word in text.severities} == {"warn"}


CELL = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=8
) | st.sampled_from(
    ['"', ",", "a,b", '"q"', "\n", "\r\n", "\r", " x ", "NA", "null", "#", "\ufeff"]
)
NAMES = st.text("xyz# ", min_size=1, max_size=4).map(lambda name: "x" + name.strip())
ITEM_COLUMNS = ("title", "description_text", "category_path", "product_id", "image_url")


@st.composite
def order_batches(draw: st.DrawFn) -> Batch:
    """Batches of what an orders file can say."""
    consignments, items, parties, contributions = [], [], [], []
    header = draw(st.lists(NAMES, max_size=2, unique=True))
    for number in draw(st.lists(CELL.filter(str.strip), min_size=1, max_size=3, unique=True)):
        keys = {"consignment_id": number, "contribution_id": f"c {number}"}
        total = draw(st.none() | CELL)
        consignments.append(
            {
                **keys,
                "order_id": number,
                "ordered_at_text": draw(st.none() | CELL),
                "item_count_text": draw(st.none() | CELL),
                "total_value_text": total,
                "total_currency_text": draw(st.sampled_from([None, "INR", "AED"]))
                if total
                else None,
            }
        )
        contributions.append({**keys, "format": "orders", "view": "order"})
        for item_no in range(1, draw(st.integers(1, 3)) + 1):
            value = draw(st.none() | CELL)
            extra = {name: cell for name in header if (cell := draw(st.none() | CELL))}
            items.append(
                {
                    **keys,
                    "item_no": item_no,
                    **{column: draw(st.none() | CELL) for column in ITEM_COLUMNS},
                    "declared_value_text": value,
                    "declared_currency_text": draw(st.sampled_from([None, "INR", "AED"]))
                    if value
                    else None,
                    "value_basis": "total" if value else None,
                    "unread": json.dumps(extra) if extra else None,
                }
            )
        party = {"name": draw(st.none() | CELL), "address": draw(st.none() | CELL)}
        if any(party.values()):
            parties.append({**keys, "role": "consignee", **party})
    return batch_of(consignments, items, parties, contributions)


def loosely(batch: Batch) -> dict[str, list[dict[str, Any]]]:
    """What a batch carries, `unread` parsed (the order of its members is the header's)."""
    frames = carried(batch)
    for row in frames["goods_items"]:
        row["unread"] = json.loads(row["unread"]) if row["unread"] else None
    return frames


@settings(max_examples=150, deadline=None, derandomize=True)
@given(order_batches())
def test_what_is_written_reads_back_the_same(batch: Batch) -> None:
    again = orders.decode(orders.encode(batch))
    assert again.rejected.is_empty()
    assert loosely(again) == loosely(batch)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    st.lists(
        st.tuples(
            st.integers(0, len(ORDERS) - 1),
            st.sampled_from([b'"', b",", b"\n", b"\xff", b"\0", b"", b"A-1", b"\r", b"xxxxx"]),
        ),
        min_size=1,
        max_size=5,
    )
)
def test_a_file_with_faults_reads_writes_and_reads_the_same(edits: list[tuple[int, bytes]]) -> None:
    data = ORDERS
    for place, sign in edits:
        data = data[:place] + sign + data[place + 1 :]
    batch = orders.decode(data)
    if batch.consignments.height:
        assert carried(orders.decode(orders.encode(batch))) == carried(batch)
    else:
        assert batch.rejected.height


@settings(max_examples=60, deadline=None, derandomize=True)
@given(order_batches(), order_batches())
def test_two_files_read_apart_are_the_two_files_read_together(one: Batch, two: Batch) -> None:
    ids = {*one.consignments["consignment_id"], *two.consignments["consignment_id"]}
    if len(ids) < one.consignments.height + two.consignments.height:
        return
    both = orders.decode(orders.encode(concat([one, two])))
    apart = concat([orders.decode(orders.encode(one)), orders.decode(orders.encode(two))])
    assert loosely(both) == loosely(apart)
    ids_both = both.contributions["contribution_id"]
    assert ids_both.to_list() == apart.contributions["contribution_id"].to_list()


def test_prices_of_one_unit_are_written_as_prices_of_the_line() -> None:
    batch = batch_of(
        [{"consignment_id": "A", "contribution_id": "c", "order_id": "A"}],
        [
            {
                "consignment_id": "A",
                "contribution_id": "c",
                "item_no": number,
                "quantity_text": quantity,
                "declared_value_text": "19.90",
                "declared_currency_text": "USD",
                "value_basis": basis,
            }
            for number, (quantity, basis) in enumerate(
                [("3", "unit"), ("3", "total"), ("3", "unknown"), ("1", "unknown"), ("x", "unit")],
                1,
            )
        ],
        [],
        [{"contribution_id": "c", "consignment_id": "A", "format": "shopify"}],
    )
    again = orders.decode(orders.encode(batch))
    assert cells(again, "goods_items", "declared_value_text") == [
        "59.7", "19.90", None, "19.9", None,
    ]  # fmt: skip


def test_frames_have_the_declared_columns_only() -> None:
    for data in (ORDERS, HEAD, b""):
        for name, frame in orders.decode(data).frames().items():
            assert frame.schema == getattr(Batch(), name).schema, name
    assert isinstance(orders.decode(ORDERS).goods_items, pl.DataFrame)
