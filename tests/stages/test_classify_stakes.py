"""Stakes: the cheapest way to answer is taken, whatever the probability alone would say."""

from __future__ import annotations

import numpy as np
import pytest

from tidewaiter.knowledge.goods_facts import GoodsFacts
from tidewaiter.knowledge.nomenclature import Costs
from tidewaiter.stages.classify.stakes import ACCEPT, ASK, HEADING, PERSON, Stakes, choose

COSTS = Costs(value=30.0, duty=1.0, control=20.0, line=0.3, wrong=5.0, ask=0.8, person=3.0,
              heading=1.2)  # fmt: skip
NOTHING = GoodsFacts(("material",), np.full((4, 1), -1, np.int32), ())
MATERIAL = GoodsFacts(
    ("kind", "material"),
    np.array([[-1, 0], [-1, 1], [-1, 1], [-1, -1]], np.int32),
    ("cotton", "wool"),
)


def stakes(percent: list[float] | None = None, controls: list[int] | None = None) -> Stakes:
    return Stakes(
        np.array(percent or [0.0] * 4, np.float32),
        np.array(controls or [0] * 4, np.uint64),
        by_line=False,
    )


def outcome(
    sure: list[float],
    *,
    at: list[int] | None = None,
    hang: Stakes | None = None,
    facts: GoodsFacts = NOTHING,
    heading: float = 0.0,
) -> tuple[int, int]:
    chosen = choose(
        np.array([at or [0, 1]]),
        np.array([sure], np.float32),
        np.array([heading], np.float32),
        hang or stakes(),
        facts,
        COSTS,
    )
    return int(chosen.outcome[0]), int(chosen.attribute[0])


def test_a_sure_answer_is_taken() -> None:
    assert outcome([0.9, 0.05])[0] == ACCEPT


def test_a_doubtful_one_goes_to_a_person() -> None:
    assert outcome([0.2, 0.1])[0] == PERSON


def test_a_sure_heading_is_named_where_the_rest_is_open() -> None:
    assert outcome([0.4, 0.35], heading=0.95)[0] == HEADING


def test_a_question_is_asked_where_it_decides() -> None:
    assert outcome([0.5, 0.48], facts=MATERIAL) == (ASK, 1)


def test_no_question_where_both_would_answer_alike() -> None:
    assert outcome([0.5, 0.48], at=[1, 2], facts=MATERIAL)[0] != ASK


@pytest.mark.parametrize(
    "hang",
    [
        pytest.param(stakes(controls=[0, 1, 0, 0]), id="a control in the second candidate"),
        pytest.param(stakes(percent=[0.0, 60.0, 0.0, 0.0]), id="much duty in the second"),
    ],
)
def test_what_hangs_on_the_second_candidate_makes_a_sure_answer_dear(hang: Stakes) -> None:
    assert outcome([0.88, 0.11], facts=MATERIAL)[0] == ACCEPT
    assert outcome([0.88, 0.11], hang=hang, facts=MATERIAL) == (ASK, 1)


def test_the_spread_of_duty_is_over_the_candidates_alone() -> None:
    chosen = choose(
        np.array([[1, 2, -1], [-1, -1, -1]]),
        np.array([[0.6, 0.3, 0.0], [0.0, 0.0, 0.0]], np.float32),
        np.array([0.9, 0.0], np.float32),
        stakes(percent=[50.0, 4.0, 12.0, 99.0]),
        NOTHING,
        COSTS,
    )
    assert chosen.percent_low.tolist() == [4.0, 0.0]
    assert chosen.percent_high.tolist() == [12.0, 0.0]
    assert chosen.outcome.tolist()[1] == PERSON
