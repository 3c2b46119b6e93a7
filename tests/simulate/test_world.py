"""A simulated world: the same bytes for the same seed, shares as asked, truth that fits."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import fields, replace
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from tests.simulate.worlds import PARCELS, big
from tidewaiter.simulate import block, world
from tidewaiter.simulate.block import make_block
from tidewaiter.simulate.config import VIEWS, Config, Shares, checked
from tidewaiter.simulate.market import make_market
from tidewaiter.simulate.world import World, blocks, generate
from tidewaiter.vocabulary.errors import InputError
from tidewaiter.vocabulary.terms import View

LIMIT = Decimal(1000)
RATE = Decimal("0.044")
DEVIATIONS = 5


def near(share: float, asked: float, count: int) -> bool:
    """Whether a share counted over `count` draws is what was asked, within five deviations."""
    return abs(share - asked) <= DEVIATIONS * math.sqrt(asked * (1 - asked) / count)


def frames(made: World) -> dict[str, pl.DataFrame]:
    parts = {"parcels": made.parcels, "items": made.items, "messages": made.messages}
    for view, batch in made.batches.items():
        parts |= {f"{view}.{name}": frame for name, frame in batch.frames().items()}
    return parts


def days(made: World) -> pl.DataFrame:
    """One row a true person-day, reckoned anew from the orders' own values."""
    return (
        made.parcels.with_columns(value=pl.col("order_value").cast(pl.Decimal(38, 6)))
        .group_by("person", "day")
        .agg(
            total=pl.col("value").sum(),
            most=pl.col("value").max(),
            orders=pl.len(),
            planted=pl.col("planted").any(),
            all_planted=pl.col("planted").all(),
            split=pl.col("split").any(),
            told=pl.col("person_day_total").first(),
        )
    )


@pytest.mark.requirement("X7")
@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 2**40),
    parcels=st.integers(1, 300),
    lane=st.sampled_from(["AE", "EU", "GB", "US"]),
    several=st.integers(1, 14),
)
def test_the_same_seed_gives_the_same_world(
    seed: int, parcels: int, lane: str, several: int
) -> None:
    views = tuple(view for place, view in enumerate(VIEWS) if several >> place & 1) or VIEWS
    config = Config(seed=seed, parcels=parcels, lane=lane, views=views)
    first, second = frames(generate(config)), frames(generate(config))
    for name, frame in first.items():
        assert_frame_equal(frame, second[name])
    assert first["parcels"].height == parcels
    assert first["parcels"]["consignment_id"].n_unique() == parcels


def test_another_seed_gives_another_world() -> None:
    one, two = generate(Config(1, 50)), generate(Config(2, 50))
    assert one.parcels["person_day_total"].to_list() != two.parcels["person_day_total"].to_list()


def test_a_block_is_the_same_whether_others_are_made_or_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(block, "BLOCK_PARCELS", 100)
    monkeypatch.setattr(world, "BLOCK_PARCELS", 100)
    config = checked(Config(seed=3, parcels=250, views=VIEWS))
    parts = list(blocks(config))
    assert [part.parcels.height for part in parts] == [100, 100, 50]
    alone = make_block(make_market(config), 2)
    assert alone.orders["order_id"].to_list() == parts[2].parcels["consignment_id"].to_list()
    whole = generate(config)
    assert whole.parcels["consignment_id"].n_unique() == 250
    assert not set(parts[0].parcels["person"]) & set(parts[1].parcels["person"])


def test_the_truth_joins_one_to_one_to_what_was_written() -> None:
    made = big()
    order = made.batches["order"]
    assert order.consignments["order_id"].to_list() == made.parcels["consignment_id"].to_list()
    keys = ["consignment_id", "item_no"]
    written = order.goods_items.select("consignment_id", pl.col("item_no").cast(pl.Int64))
    assert written.join(made.items, on=keys, how="anti").height == 0
    assert written.height == made.items.height == made.items.select(keys).unique().height
    assert made.messages.height == PARCELS * len(VIEWS)
    for view, batch in made.batches.items():
        sent = made.messages.filter((pl.col("view") == view) & (pl.col("state") != "missing"))
        assert batch.consignments["consignment_id"].to_list() == sent["sender_id"].to_list()
        for name in ("goods_items", "parties", "contributions"):
            frame = getattr(batch, name)
            assert set(frame["contribution_id"]) == set(batch.consignments["contribution_id"])


def test_values_of_an_order_add_up_and_match_the_truth() -> None:
    made = big()
    order = made.batches["order"]
    lines = (
        order.goods_items.group_by("consignment_id", maintain_order=True)
        .agg(pl.col("declared_value_text").cast(pl.Int64).sum())
        .select("declared_value_text")
        .to_series()
    )
    assert lines.to_list() == order.consignments["total_value_text"].cast(pl.Int64).to_list()
    assert made.parcels["order_value"].to_list() == order.consignments["total_value_text"].to_list()
    assert order.consignments["item_count_text"].cast(pl.Int64).sum() == order.goods_items.height


def test_every_planted_split_is_above_the_limit_with_every_order_below() -> None:
    found = days(big())
    planted = found.filter("planted")
    assert planted.height > 100
    assert planted["all_planted"].all()
    assert (planted["orders"] >= 2).all()
    assert (planted["total"] * RATE > LIMIT).all()
    assert (planted["most"] * RATE < LIMIT).all()
    assert planted["split"].all()


def test_a_split_is_what_the_rule_says_of_the_true_person_and_day() -> None:
    found = days(big())
    ruled = (found["total"] * RATE > LIMIT) & (found["most"] * RATE <= LIMIT)
    assert (found["split"] == ruled).all()
    assert (found["told"] == found["total"] * RATE).all()
    assert found.filter(pl.col("split") & ~pl.col("planted")).height > 0, "honest ones happen too"


def test_about_one_honest_person_day_in_seven_holds_several_orders() -> None:
    honest = days(big()).filter(~pl.col("planted"))
    assert near((honest["orders"] > 1).mean(), 0.15, honest.height)


def test_orders_hold_one_and_a_half_items_on_average() -> None:
    assert 1.4 < big().items.height / PARCELS < 1.6


@pytest.mark.requirement("X7")
def test_shares_are_as_asked() -> None:
    made, asked = big(), Shares()
    person_days = days(made)
    assert near(person_days["planted"].mean(), asked.split, person_days.height)
    assert near(made.parcels["undervalued"].mean(), asked.undervalue, PARCELS)
    later = made.parcels.filter(pl.col("planted")).sort("day", "person")
    rewritten = (later["written"] != "").sum()
    splits = person_days.filter("planted")
    others = later.height - splits.height
    assert near((rewritten - splits.height * asked.vary) / others, asked.rewrite, others)
    free = made.items.filter(pl.col("restricted") == "")
    assert near(free["vague"].mean(), asked.vague, free.height)
    said = made.messages.filter(pl.col("view") != "order")
    assert near((said["mistyped"] != "").mean(), asked.typo, said.height)
    there = said.filter(pl.col("state") != "missing")
    assert near((there["state"] == "late").mean(), asked.late, there.height)
    assert near((said["state"] == "missing").mean(), asked.missing, said.height)
    outside = made.items.join(
        made.parcels.filter(~pl.col("planted")).select("consignment_id"), on="consignment_id"
    )
    assert near((outside["restricted"] != "").mean(), asked.restricted, outside.height)
    assert near((outside["look_alike"] != "").mean(), asked.look_alike, outside.height)


@pytest.mark.parametrize("name", [part.name for part in fields(Shares)])
@pytest.mark.parametrize("share", [0.0, 1.0], ids=["never", "always"])
def test_a_share_of_nought_or_one_is_kept_exactly(name: str, share: float) -> None:
    calm = Shares(**{part.name: 0.0 for part in fields(Shares)})
    shares = replace(calm, **{name: share})
    made = generate(Config(seed=5, parcels=400, views=VIEWS, shares=shares))
    said = made.messages.filter(pl.col("view") != "order")
    counted = {
        "split": made.parcels["planted"].mean(),
        "undervalue": made.parcels["undervalued"].mean(),
        "vague": made.items.filter(pl.col("restricted") == "")["vague"].mean(),
        "restricted": (made.items["restricted"] != "").mean(),
        "look_alike": (made.items["look_alike"] != "").mean(),
        "typo": (said["mistyped"] != "").mean(),
        "late": (said["state"] == "late").mean(),
        "vary": (made.parcels["written"] != "").mean(),
        "missing": (said["state"] == "missing").mean(),
        "rewrite": 0.0 if share == 0.0 else 1.0,  # nothing to rewrite without splits
        "wrong_code": (made.items["hs_declared"] != made.items["hs6"]).mean(),
    }
    if name == "split" and share == 1.0:
        assert counted["split"] > 0.98, "only what is left over at the end is no split"
    elif name == "wrong_code" and share == 1.0:
        assert counted["wrong_code"] > 0.98, "another product may have the same code"
    else:
        assert counted[name] == pytest.approx(share)


def test_declared_values_are_the_price_unless_undervalued() -> None:
    parcels = big().parcels.with_columns(
        paid=pl.col("order_value").cast(pl.Int64), said=pl.col("declared_value").cast(pl.Int64)
    )
    honest = parcels.filter(~pl.col("undervalued"))
    assert (honest["paid"] == honest["said"]).all()
    low = parcels.filter("undervalued")
    assert (low["ratio"] <= 0.6).all()
    big_ones = low.filter(pl.col("paid") > 2000)
    assert ((big_ones["said"] / big_ones["paid"] - big_ones["ratio"]).abs() < 0.01).all()
    assert (low["seller_kind"] == "cheat").mean() > 0.7


def test_identifiers_are_right_where_nobody_mistyped_and_wrong_where_somebody_did() -> None:
    made = big()
    true = made.parcels.select("consignment_id", true_tracking="tracking_id")
    said = made.messages.filter((pl.col("view") != "order") & (pl.col("state") != "missing")).join(
        true, on="consignment_id"
    )
    for column, right in (("order_id", "consignment_id"), ("tracking_id", "true_tracking")):
        wrong = said["mistyped"].str.contains(column)
        assert ((said[column] != said[right]) == wrong).all(), column


def test_controlled_goods_get_the_strictest_action_of_the_lane_and_look_alikes_none() -> None:
    items = big().items
    acted = items.filter(pl.col("action") != "")
    assert set(acted["action"]) == {
        "FLAG FOR INSPECTION", "FLAG FOR PHYSICAL EXAM", "HOLD FOR PERMIT CHECK", "VALUATION ALERT",
    }  # fmt: skip
    assert (acted["restricted"] != "").all()
    both = items.filter(pl.col("restricted").str.contains(r"drones\|batteries"))
    assert (both["action"] == "HOLD FOR PERMIT CHECK").all()
    gold = items.filter(pl.col("restricted").str.contains("precious"))
    dear = gold["value"].cast(pl.Decimal(38, 6)) * RATE > Decimal(5000)
    assert ((gold["action"] == "VALUATION ALERT") == dear).all()


def test_vague_goods_are_vague_in_the_message_and_named_in_the_truth() -> None:
    made = big()
    vague = set(make_market(checked(made.config)).goods.vague)
    truth = made.items.with_columns(pl.col("item_no").cast(pl.Int32))
    told = made.batches["order"].goods_items.join(truth, on=["consignment_id", "item_no"])
    assert (told["description_text"].is_in(list(vague)) == told["vague_in_order"]).all()
    assert (told["title"].is_in(list(vague)) == told["vague_in_order"]).all()
    assert not made.items["description"].is_in(list(vague)).any()


def test_no_two_persons_of_a_home_bear_the_same_name_nor_two_homes_an_address() -> None:
    made = make_block(make_market(checked(Config(seed=2, parcels=20_000))), 0)
    people = made.persons.frame.with_columns(home=pl.Series(made.persons.household))
    assert people.select("home", "name").is_duplicated().mean() < 0.001
    assert people.select("home", "address").unique().height == people["address"].n_unique()


def test_people_order_within_the_days_asked() -> None:
    config = Config(seed=1, parcels=500, start=dt.date(2026, 3, 1), days=2)
    made = generate(config)
    assert set(made.parcels["day"]) == {dt.date(2026, 3, 1), dt.date(2026, 3, 2)}
    written = made.batches["order"].consignments["ordered_at_text"]
    assert (written.str.slice(0, 10) == made.parcels["day"].cast(pl.String)).all()
    assert written.to_list() == sorted(written)


def test_a_lane_without_a_limit_has_no_splits() -> None:
    made = generate(Config(seed=1, parcels=500, lane="US"))
    assert not made.parcels["planted"].any()
    assert not made.parcels["split"].any()
    before = Config(seed=1, parcels=500, lane="US", start=dt.date(2025, 5, 1))
    assert generate(before).parcels["planted"].any()


def test_of_each_parcel_something_is_sent_even_where_orders_are_not_asked_for() -> None:
    shares = replace(Shares(), missing=0.9)
    made = generate(Config(seed=1, parcels=300, views=("postal", "declaration"), shares=shares))
    sent = made.messages.filter(pl.col("state") != "missing")
    assert sent["consignment_id"].n_unique() == 300
    assert sent.height < 450


def test_order_view_alone_holds_every_parcel() -> None:
    made = generate(Config(seed=1, parcels=300, views=(View.ORDER.value,)))
    assert made.batches["order"].consignments.height == 300


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"parcels": 0}, "parcels must be from 1"),
        ({"seed": -1}, "seed must be from 0"),
        ({"days": 0}, "days must be from 1"),
        ({"views": ()}, "views must name"),
        ({"shares": Shares(typo=1.5)}, "share typo must be from 0 to 1"),
        ({"shares": Shares(restricted=0.7, look_alike=0.7)}, "at most 1 together"),
        ({"lane": "ZZ"}, "no lane is called 'ZZ'"),
        ({"views": ("orders",)}, "Did you mean 'order'"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_world_out_of_range_is_refused_with_a_sentence(change: dict, told: str) -> None:
    with pytest.raises(InputError, match=told):
        generate(replace(Config(seed=1, parcels=10), **change))


def test_all_faults_of_a_config_are_told_at_once() -> None:
    with pytest.raises(InputError) as caught:
        checked(Config(seed=-1, parcels=0, days=0))
    assert all(word in str(caught.value) for word in ("seed", "parcels", "days"))
