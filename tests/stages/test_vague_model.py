"""The judge of vague text: what it sees, how it learns, what it answers."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.shared_data import shared
from tidewaiter.knowledge.load import load
from tidewaiter.knowledge.vague_answers import load_vague_answers
from tidewaiter.knowledge.vague_features import Block, learn_block, plain_text, run_keys
from tidewaiter.knowledge.vague_model import from_bytes, to_bytes
from tidewaiter.runtime.goods.vague import judged_by_rules
from tidewaiter.stages.classify.vague_training import (
    Taught,
    figures,
    sides,
    threshold_at,
    train_judge,
)
from tidewaiter.stages.classify.vagueness import judge_texts, vague_chances
from tidewaiter.vocabulary.errors import InputError

KNOWLEDGE = load("EU")
RECALL_AT_5_MIN, RECALL_AT_10_MIN = 0.49, 0.64  # measured 0.53 and 0.69; the aim is 0.60 at 5 %
MUCH = [f"{colour} {size} {number}" for colour in ("beige", "black", "clear", "mixed")
        for size in ("xl", "3xl", "one size") for number in range(10, 17)]  # fmt: skip
NAMED = [f"{material} {article}" for material in ("cotton", "steel", "leather", "plastic", "wooden")
         for article in ("mug", "shirt", "belt", "spoon", "chair", "bag", "toy car", "lamp",
                         "phone case", "bowl", "brush", "door handle")]  # fmt: skip


def taught(vague: list[str], good: list[str]) -> Taught:
    bad, fine, _ = sides(pl.Series(vague), pl.Series(good))
    quality = judged_by_rules(pl.concat([bad, fine]), KNOWLEDGE)["quality"]
    return train_judge(
        bad, fine, quality, KNOWLEDGE.goods, KNOWLEDGE.nomenclature, {"a.csv": "digest"}
    )


@lru_cache(maxsize=1)
def small() -> Taught:
    return taught(MUCH, NAMED)


def answers_of(*, judge: bool, refuses: bool = True, **columns: str | None) -> dict[str, str]:
    row = {name: columns.get(name) for name in ("text", "title", "category", "attributes")}
    rows = pl.DataFrame([row], schema=dict.fromkeys(row, pl.String))
    rows = rows.hstack(judged_by_rules(rows["text"], KNOWLEDGE).select("quality", "reason"))
    model = small().model if judge else None
    chance, found = vague_chances(
        rows["text"], rows["quality"], model, KNOWLEDGE.goods, KNOWLEDGE.nomenclature
    )
    return judge_texts(
        rows, chance, found, load_vague_answers(),
        threshold=model.threshold if model else 1.0, refuses=refuses,
    ).row(0, named=True)  # fmt: skip


def test_case_and_blanks_do_not_count() -> None:
    texts = plain_text(pl.Series(["  Men's\tSHIRT ", "men's shirt", None]))
    assert texts.to_list() == ["men's shirt", "men's shirt", ""]


def test_runs_are_told_apart_by_the_edge_of_the_text() -> None:
    of, keys = run_keys(pl.Series(["ab", "cab"]))
    first, second = set(keys[of == 0].tolist()), set(keys[of == 1].tolist())
    # "ab" with its edges: 4 signs make 4 + 3 + 2 + 1 runs.
    assert len(first) == 10
    assert len(first & second) == 7  # begin, a, b, end, ab, b-end, ab-end


def test_a_block_keeps_what_stands_in_enough_texts_and_gives_length_one() -> None:
    text = np.array([0, 0, 1, 1, 2])
    keys = np.array([7, 7, 7, 9, 5], np.uint32)
    block = learn_block(text, keys, 3, texts_min=2)
    assert block.keys.tolist() == [7]
    assert block.see(text, keys, 3).toarray().ravel().tolist() == pytest.approx([1, 1, 0])
    assert Block(block.keys[:0], block.rarity[:0]).see(text, keys, 3).shape == (3, 0)


def test_a_text_on_both_sides_leaves_the_good_side() -> None:
    bad, fine, both = sides(pl.Series(["Bag ", "bag", ""]), pl.Series(["BAG", "cotton bag"]))
    assert (bad.to_list(), fine.to_list(), both) == (["bag"], ["cotton bag"], 1)


def test_the_threshold_keeps_to_the_false_alarms_allowed() -> None:
    good = np.linspace(0, 1, 101)
    limit = threshold_at(good, 0.05)
    assert (good >= limit).mean() <= 0.05
    assert (good >= np.nextafter(limit, 0) - 0.011).mean() > 0.05
    tied = np.ones(10)
    assert not (tied >= threshold_at(tied, 0.05)).any()


def test_figures_by_hand() -> None:
    chance = np.array([0.9, 0.2, 0.8, 0.1])
    told = figures(chance, np.array([True, True, False, False]))
    assert told["auc"] == pytest.approx(0.75)
    assert told["recall_at_5"]["share"] == 0.5
    low, high = told["recall_at_5"]["interval"]
    assert low < 0.5 < high


def test_training_again_gives_the_same_judge_bit_for_bit_in_any_order() -> None:
    again = taught(MUCH[::-1], NAMED[::-1] + NAMED[:3])
    assert again.model.id == small().model.id
    assert to_bytes(again.model) == to_bytes(small().model)
    assert taught(MUCH[1:], NAMED).model.id != small().model.id


def test_a_judge_survives_its_file_and_a_damaged_file_is_a_bad_call() -> None:
    data = to_bytes(small().model)
    assert from_bytes(data).id == small().model.id
    for wrong in (b"", b"PK", data[: len(data) // 2], data.replace(b"meta.npy", b"mota.npy")):
        with pytest.raises(InputError, match="is not a judge"):
            from_bytes(wrong)


def test_too_few_texts_are_a_bad_call() -> None:
    with pytest.raises(InputError, match="too few"):
        taught(MUCH[:5], NAMED)


def test_it_learns_what_the_rules_do_not_say() -> None:
    seen = small()
    assert seen.model.card["out_of_fold"]["auc"] > 0.9
    assert seen.chance[seen.vague].mean() > seen.chance[~seen.vague].mean() + 0.3


@lru_cache(maxsize=1)
def uk(vague: Path, good: Path) -> Taught:
    read = (pl.read_csv(path, infer_schema=False)["text"].to_list() for path in (vague, good))
    return taught(*read)


def uk_files() -> tuple[Path, Path]:
    return shared("classification/vague_train.csv"), shared("classification/uk_train.csv")


@pytest.mark.requirement("B2")
@pytest.mark.partly("recall 0.53 of the aim of 0.60 at 5 % false alarms on the UK strings")
def test_recall_on_texts_it_has_not_seen_does_not_fall() -> None:
    told = uk(*uk_files()).model.card["out_of_fold"]
    assert told["recall_at_5"]["share"] >= RECALL_AT_5_MIN, told
    assert told["recall_at_10"]["share"] >= RECALL_AT_10_MIN, told


@pytest.mark.requirement("B2")
def test_a_judge_taught_by_parcel_texts_lets_a_gift_box_of_paper_pass() -> None:
    model = uk(*uk_files()).model
    text = pl.Series("text", ["gift box, paper, 20 pcs"])
    quality = judged_by_rules(text, KNOWLEDGE)["quality"]
    chance, _ = vague_chances(text, quality, model, KNOWLEDGE.goods, KNOWLEDGE.nomenclature)
    assert chance is not None
    assert quality[0] == "specific"
    assert chance[0] < model.threshold


@pytest.mark.requirement("B2")
@pytest.mark.parametrize("judge", [False, True], ids=["rules alone", "with a judge"])
@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("gift", "reject"),
        ("parts", "reject"),
        ("clothes", "reject"),
        ("", "reject"),
        ("men's cotton shirt", "pass"),
    ],
)
def test_outcomes(text: str, outcome: str, judge: bool) -> None:
    assert answers_of(text=text, judge=judge)["outcome"] == outcome


def test_the_rules_alone_let_a_gift_box_of_paper_pass() -> None:
    assert answers_of(text="gift box, paper, 20 pcs", judge=False)["outcome"] == "pass"


def test_a_text_like_the_vague_ones_is_asked_about_with_the_reason() -> None:
    told = answers_of(text="mixed one size qzxw", judge=True)
    assert told["outcome"] == "ask"
    assert "reads like" in told["reason"]
    assert told["question"]


def test_where_nobody_refuses_yet_a_vague_text_is_asked_about() -> None:
    assert answers_of(text="gift", judge=False, refuses=False)["outcome"] == "ask"


@pytest.mark.parametrize(
    ("columns", "suggested", "question"),
    [
        pytest.param(
            {"text": "gift"}, "[material] [article] [use]", "What exactly is it?",
            id="nothing is there: everything is asked",
        ),
        pytest.param(
            {"text": "parts", "title": "Brake pads", "attributes": "Material: Rubber; Use: bicycles"},
            "rubber Brake pads for bicycles", "What exactly is it?",
            id="attributes and title fill it",
        ),
        pytest.param(
            {"text": "goods", "category": "Sports > Camping > Tents"},
            "[material] tents [use]", "What is it mainly made of?",
            id="the last level of the category names the article",
        ),
        pytest.param(
            {"text": "clothing", "attributes": "Gender: Damen; Stoff: Baumwolle; Type: T-shirt; Use: sport"},
            "women's cotton t-shirt for sport", "What exactly is it?",
            id="attributes in another language",
        ),
    ],
)  # fmt: skip
def test_repairs_follow_the_pattern(columns: dict[str, str], suggested: str, question: str) -> None:
    told = answers_of(judge=False, **columns)
    assert told["suggested"] == suggested
    assert told["question"] == question
    assert told["outcome"] == "reject"


def test_what_is_filled_in_says_where_it_is_from() -> None:
    told = answers_of(text="parts", attributes="material=steel", title="Hinge", judge=False)
    assert (told["material"], told["material_from"]) == ("steel", "attributes")
    assert (told["article"], told["article_from"]) == ("Hinge", "title")
    assert told["gender"] is None
    assert told["gender_from"] is None


def test_a_text_that_passes_has_no_question() -> None:
    told = answers_of(text="men's cotton shirt", judge=True)
    assert (told["question"], told["suggested"], told["reason"]) == (None, None, None)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(max_size=60), min_size=1, max_size=4))
def test_a_text_is_judged_the_same_alone_and_among_others(texts: list[str]) -> None:
    model = small().model
    column = pl.Series("text", texts, dtype=pl.String)
    quality = judged_by_rules(column, KNOWLEDGE)["quality"]
    together, _ = vague_chances(column, quality, model, KNOWLEDGE.goods, KNOWLEDGE.nomenclature)
    assert together is not None
    for number in range(len(texts)):
        alone, _ = vague_chances(
            column[number : number + 1], quality[number : number + 1], model,
            KNOWLEDGE.goods, KNOWLEDGE.nomenclature,
        )  # fmt: skip
        assert alone is not None
        assert 0.0 <= alone[0] <= 1.0
        assert alone[0] == pytest.approx(together[number], abs=1e-4)
