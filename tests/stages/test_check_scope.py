"""Row scope of `check`: any cut gives the same; a message alone is its row among many."""

from __future__ import annotations

import random

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.stages.check_messages import ON, Message, batch_of, changed, checked, known, sound
from tidewaiter.stages.check import CONTRACT, check
from tidewaiter.vocabulary.batch import Batch, concat
from tidewaiter.vocabulary.columns import FRAMES
from tidewaiter.vocabulary.terms import Scope

SPOILT = [
    {},
    {"line__description_text": "gift"},
    {"line__description_text": "MÃ¼tze &amp; Schal"},
    {"line__description_text": "各种商品"},
    {"line__description_text": None, "line__title": "blue vase"},
    {"line__declared_value_text": "€12,50", "line__declared_currency_text": None},
    {"line__declared_value_text": "EUR", "line__declared_currency_text": "24.90"},
    {"line__hs_code_text": "90210"},
    {"line__value_basis": "unknown", "line__quantity_text": "2", "total_value_text": "49.80"},
    {"consignee__country_text": "Allemagne"},
    {"consignee__name": "test", "consignee__postcode": "1"},
    {"message_at_text": "1 Oct 2026", "loading_at_text": "20261001"},
    {"gross_mass_text": "1,2", "gross_mass_unit": "Lbs."},
    {"nature_text": "gift", "payment_id": "P"},
]


def messages(numbers: list[int]) -> list[Message]:
    return [
        changed(sound(place, ("postal", "order", "declaration")[n % 3]), **SPOILT[n])
        for place, n in enumerate(numbers, start=1)
    ]


def in_order(batch: Batch) -> dict[str, pl.DataFrame]:
    kept = ("consignments", "goods_items", "parties", "findings", "repairs")
    return {name: batch.frames()[name].sort(pl.all()) for name in kept}


def same(one: Batch, other: Batch) -> None:
    left, right = in_order(one), in_order(other)
    for name, frame in left.items():
        assert frame.equals(right[name]), name


@pytest.mark.requirement("B1")
@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, len(SPOILT) - 1), min_size=2, max_size=9), st.data())
def test_any_cut_of_a_batch_gives_the_same(numbers: list[int], data: st.DataObject) -> None:
    made = messages(numbers)
    cut = data.draw(st.integers(1, len(made) - 1))
    same(checked(*made), concat([checked(*made[:cut]), checked(*made[cut:])]))


def test_a_message_alone_is_its_row_among_many() -> None:
    made = messages([n % len(SPOILT) for n in range(150)])
    whole = checked(*made)
    for message in made[: len(SPOILT) * 2]:
        key = message["consignment"]["consignment_id"]
        alone = checked(message)
        part = whole.with_frames(
            **{
                name: frame.filter(consignment_id=key)
                for name, frame in whole.frames().items()
                if "consignment_id" in frame.columns
            }
        )
        same(alone, part)


def test_the_order_of_rows_does_not_matter() -> None:
    made = messages(list(range(len(SPOILT))))
    shuffled = made.copy()
    random.Random(5).shuffle(shuffled)
    same(checked(*made), checked(*shuffled))


def test_rows_and_their_order_stay() -> None:
    batch = batch_of(*messages(list(range(len(SPOILT)))))
    after = check(batch, known(), on=ON)
    for name in ("consignments", "goods_items", "parties"):
        before = batch.frames()[name]
        assert after.frames()[name].select(before.columns).equals(before)


def test_a_message_sent_twice_is_checked_once_and_both_rows_stay() -> None:
    batch = batch_of(*messages([0, 1, 8]))
    twice = check(concat([batch, batch]), known(), on=ON)
    once = check(batch, known(), on=ON)
    assert twice.consignments.height == 2 * once.consignments.height
    assert twice.findings.sort(pl.all()).equals(once.findings.sort(pl.all()))
    assert (
        twice.consignments.unique()
        .sort("consignment_id")
        .equals(once.consignments.sort("consignment_id"))
    )


def test_lines_of_no_consignment_are_read_and_harm_nobody() -> None:
    batch = batch_of(sound())
    lost = batch.goods_items.with_columns(contribution_id=pl.lit("elsewhere"))
    after = check(
        batch.with_frames(goods_items=pl.concat([batch.goods_items, lost])), known(), on=ON
    )
    assert (
        after.goods_items["declared_value"].to_list()
        == [after.goods_items["declared_value"][0]] * 2
    )
    assert after.consignments.equals(check(batch, known(), on=ON).consignments)


def test_checking_again_changes_no_reading() -> None:
    once = checked(*messages([0, 5, 7]))
    again = check(once.with_frames(findings=once.findings.clear()), known(), on=ON)
    for name in ("consignments", "goods_items", "parties"):
        assert again.frames()[name].equals(once.frames()[name])


def test_the_contract_says_what_is_given() -> None:
    after = checked(sound())
    owned = {
        f"{name}.{column.name}"
        for name in ("consignments", "goods_items", "parties")
        for column in FRAMES[name].columns
        if column.owner == "check"
    }
    assert set(CONTRACT.gives) - {"repairs"} == owned
    for name in owned:
        frame, column = name.split(".")
        assert after.frames()[frame].schema[column] == FRAMES[frame].schema[column]
    assert CONTRACT.scope is Scope.ROW


ANYTHING = st.one_of(
    st.none(),
    st.text(max_size=30),
    st.sampled_from(
        [
            "",
            " ",
            "0",
            "-1",
            "1,234",
            "1e9",
            "∞",
            "٣",
            "9" * 40,
            "2026-13-45",
            "NA",
            "€",
            "\x00",
            "a" * 3000,
        ]
    ),
)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_whatever_is_written_is_read_or_found_and_nothing_is_raised(data: st.DataObject) -> None:
    message = sound()
    for part, frame in (
        (message["consignment"], "consignments"),
        (message["lines"][0], "goods_items"),
        (message["parties"][1], "parties"),
    ):
        for column in FRAMES[frame].columns:
            free = column.owner == "formats" and column.dtype == pl.String
            if free and column.name not in ("consignment_id", "contribution_id", "role"):
                part[column.name] = data.draw(ANYTHING)
    batch = checked(message)
    assert batch.goods_items.height == 1
    assert batch.findings["severity"].null_count() == 0
