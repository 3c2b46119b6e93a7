"""Every stage keeps its contract: rows and keys kept, promised columns given, cuts do not matter."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import polars as pl
import pytest

from tidewaiter.knowledge.load import Knowledge, load
from tidewaiter.runtime.flow import STAGES, assess_batch
from tidewaiter.simulate.config import Config
from tidewaiter.simulate.world import generate
from tidewaiter.vocabulary.batch import Batch, concat
from tidewaiter.vocabulary.columns import FRAMES
from tidewaiter.vocabulary.stage import StageContract
from tidewaiter.vocabulary.terms import Scope

ON = dt.date(2026, 11, 24)
KEYS = {
    "consignments": ["consignment_id"],
    "goods_items": ["consignment_id", "item_no"],
    "parties": ["consignment_id", "role"],
}
CASES = [pytest.param(contract, stage, id=contract.name) for contract, stage in STAGES]


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return load("AE")


@pytest.fixture(scope="module")
def before(knowledge: Knowledge) -> dict[str, Batch]:
    """Give the batch each stage is handed, of 300 simulated orders."""
    batch = generate(Config(seed=11, parcels=300)).batches["order"]
    handed = {}
    for contract, stage in STAGES:
        handed[contract.name] = batch
        batch = stage(batch, knowledge, on=ON)
    return handed


def cut(batch: Batch, ids: list[str]) -> Batch:
    return batch.with_frames(
        **{
            name: frame.filter(pl.col("consignment_id").is_in(ids))
            for name, frame in batch.frames().items()
            if "consignment_id" in frame.columns
        }
    )


def same(one: Batch, two: Batch) -> None:
    for name, frame in one.frames().items():
        other = getattr(two, name)
        assert frame.columns == other.columns, name
        assert frame.height == other.height, name
        order = [c for c in frame.columns if not isinstance(frame.schema[c], pl.List)]
        assert frame.sort(order).equals(other.sort(order)), name


@pytest.mark.parametrize(("contract", "stage"), CASES)
def test_rows_keys_and_columns(
    contract: StageContract, stage: Callable, before: dict[str, Batch], knowledge: Knowledge
) -> None:
    given = before[contract.name]
    done = stage(given, knowledge, on=ON)
    for name, key in KEYS.items():
        assert getattr(done, name).select(key).equals(getattr(given, name).select(key)), name
    for name, frame in done.frames().items():
        new = set(frame.columns) - set(getattr(given, name).columns)
        promised = {g.split(".", 1)[1] for g in contract.gives if g.startswith(f"{name}.")}
        assert new <= promised, f"{contract.name} adds {new - promised} to {name} unasked"
        assert promised <= set(frame.columns), f"{contract.name} owes {name} something"
        for column, dtype in frame.schema.items():
            assert dtype == FRAMES[name].schema[column], f"{name}.{column}"
    codes = set(
        done.findings.join(given.findings, on=done.findings.columns, how="anti", nulls_equal=True)[
            "code"
        ]
    )
    assert codes <= set(contract.codes)


@pytest.mark.parametrize(("contract", "stage"), CASES)
def test_needs_are_declared_columns(contract: StageContract, stage: Callable) -> None:
    for need in (*contract.needs, *contract.gives):
        frame, _, column = need.partition(".")
        assert frame in FRAMES, need
        assert not column or column in FRAMES[frame].schema, need


@pytest.mark.parametrize(
    ("contract", "stage"), [case for case in CASES if case.values[0].scope is Scope.ROW]
)
def test_a_row_scope_stage_may_be_cut_anywhere(
    contract: StageContract, stage: Callable, before: dict[str, Batch], knowledge: Knowledge
) -> None:
    given = before[contract.name]
    ids = given.consignments["consignment_id"].to_list()
    whole = stage(given, knowledge, on=ON)
    parts = [
        stage(cut(given, ids[a:b]), knowledge, on=ON) for a, b in ((0, 1), (1, 120), (120, 300))
    ]
    same(whole, concat(parts))


def test_row_order_does_not_matter_to_the_flow(
    before: dict[str, Batch], knowledge: Knowledge
) -> None:
    given = before["check"]
    mixed = given.with_frames(
        **{
            n: f.reverse()
            for n, f in given.frames().items()
            if n in ("consignments", "parties", "goods_items", "contributions")
        }
    )
    same(assess_batch(given, knowledge, on=ON), assess_batch(mixed, knowledge, on=ON))


def test_an_empty_batch_goes_through(knowledge: Knowledge) -> None:
    done = assess_batch(Batch(), knowledge, on=ON)
    assert done.decisions.height == 0
