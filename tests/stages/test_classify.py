"""Classify: the right code for plain goods, an honest confidence, and nothing where nothing is."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.shared_data import shared
from tidewaiter.knowledge.load import load
from tidewaiter.stages.classify import CONTRACT, LINE_COLUMNS, classify, classify_lines, suggest
from tidewaiter.stages.classify.answers import GIVES
from tidewaiter.stages.classify.ranking import CANDIDATES_MAX
from tidewaiter.stages.classify.scoring import TEXTS_AT_ONCE
from tidewaiter.vocabulary.batch import Batch, conform
from tidewaiter.vocabulary.columns import GOODS_ITEMS
from tidewaiter.vocabulary.errors import InputError

ON = dt.date(2026, 11, 22)
KNOWLEDGE = load("AE")
NOMENCLATURE = KNOWLEDGE.nomenclature
CASES = pl.read_csv(Path(__file__).with_name("classify_cases.csv"), infer_schema=False)
EXAMPLES = NOMENCLATURE.pack.body["example"]


def batch(*lines: dict[str, Any]) -> Batch:
    """Make a batch of one line a parcel."""
    keys = [
        {"consignment_id": f"c{number}", "contribution_id": f"m{number}", "item_no": 1}
        for number in range(len(lines))
    ]
    schema = {name: GOODS_ITEMS.schema[name] for name in (*keys[0], *LINE_COLUMNS)} if keys else {}
    rows = pl.DataFrame([key | line for key, line in zip(keys, lines, strict=True)], schema=schema)
    return Batch(goods_items=conform(rows, "goods_items", ("formats", "check")))


def answer(**line: Any) -> dict[str, Any]:
    return classify(batch(line), KNOWLEDGE, on=ON).goods_items.row(0, named=True)


def codes(done: Batch) -> list[tuple[str, str]]:
    return list(done.findings.select("consignment_id", "code").sort(pl.all()).iter_rows())


def lines_of(**columns: pl.Series) -> pl.DataFrame:
    size = len(next(iter(columns.values())))
    return pl.DataFrame(
        {
            name: columns.get(name, pl.Series([None] * size, dtype=pl.String))
            for name in LINE_COLUMNS
        }
    )


def right_at(digits: int, answers: pl.DataFrame, truth: pl.Series) -> pl.Series:
    same = answers["hs6"].str.slice(0, digits) == truth.str.slice(0, digits)
    return same.fill_null(value=False)


def among_candidates(answers: pl.DataFrame, truth: pl.Series) -> float:
    found = answers.select(
        pl.col("hs6_candidates")
        .list.eval(pl.element().struct.field("hs6"))
        .list.contains(truth)
        .fill_null(value=False)
    )
    return float(found.to_series().mean() or 0)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["text"])
def test_the_packs_examples_come_out(example: dict[str, Any]) -> None:
    got = answer(title=example["text"], category_path=example.get("category"))
    if example.get("none"):
        assert got["hs6"] is None
        assert got["insufficient_description"]
        return
    expected = example.get("hs6") or example["hs4"]
    assert got["hs6"].startswith(expected)
    assert not got["insufficient_description"]


@pytest.mark.parametrize(
    ("title", "category", "heading"),
    [
        pytest.param("Tea cup, porcelain", None, "6911", id="a tea cup is no tea"),
        pytest.param("Printed cotton kitchen apron", None, "6211", id="an apron is no kitchen"),
        pytest.param("Leather wallet for men", None, "4202", id="the head stands before for"),
        pytest.param("Set of 6 wine glasses", None, "7013", id="set of counts, names nothing"),
        pytest.param("Umbrella", "School Supplies >> Umbrellas", "6601", id="last level weighs"),
        pytest.param("Jute chew toy", "Pet Supplies >> Toys", "9503", id="title and level agree"),
        pytest.param("PowerBank 10000 mAh", None, "8507", id="two words written as one"),
        pytest.param("mens tshirt cotton", None, "6109", id="no apostrophe, no hyphen"),
    ],
)
def test_head_fields_and_spelling(title: str, category: str | None, heading: str) -> None:
    assert answer(title=title, category_path=category)["hs6"].startswith(heading)


def test_evidence_names_the_words_as_written() -> None:
    got = answer(title="Ergonomic Pizza Cutter", category_path="Kitchen & Dining >> Kitchen Tools")
    assert got["hs6"] == "820551"
    assert set(got["hs6_evidence"].split(", ")) >= {"pizza", "cutter"}


def test_a_category_level_that_repeats_the_title_adds_nothing() -> None:
    title = "Solid cotton bath towel 600 GSM"
    plain = answer(title=title, category_path="Home >> Towels")
    repeated = answer(title=title, category_path=f"Home >> Towels >> {title[:24]}...")
    assert repeated["hs6_candidates"] == plain["hs6_candidates"]


def test_a_brand_that_is_a_word_does_not_name_the_goods() -> None:
    assert answer(title="Boots Shampoo", brand="Boots")["hs6"] == "330510"


def test_description_counts_alone_and_not_twice() -> None:
    alone = answer(description="Ceramic coffee mug")
    both = answer(title="Ceramic coffee mug", description="Ceramic coffee mug")
    assert alone["hs6"] == "691200"
    assert both["hs6_candidates"] == alone["hs6_candidates"]


@pytest.mark.requirement("D3")
@pytest.mark.partly("179 listings of our own; English only; no national digits")
def test_listings_of_our_own_are_classified() -> None:
    """A floor three points below what was measured (100.0, 100.0, 93.9; top five 100.0)."""
    answers = classify_lines(
        lines_of(title=CASES["title"], category_path=CASES["category_path"]), KNOWLEDGE, ON
    )
    truth = CASES["hs6"]
    assert right_at(2, answers, truth).mean() >= 0.97
    assert right_at(4, answers, truth).mean() >= 0.97
    assert right_at(6, answers, truth).mean() >= 0.90
    assert among_candidates(answers, truth) >= 0.97
    assert answers["insufficient_description"].mean() <= 0.02


@pytest.mark.requirement("D3")
@pytest.mark.partly("the packs alone, without history; national digits by tariff pack")
def test_short_parcel_texts_stay_above_the_floor() -> None:
    """The packs' own model, which has not learned from these texts; a floor below the measured."""
    known = pl.read_csv(shared("classification/uk_train.csv"), infer_schema=False)
    answers = classify_lines(lines_of(description=known["text"]), KNOWLEDGE, ON)
    assert right_at(2, answers, known["hs6"]).mean() >= 0.58
    assert right_at(4, answers, known["hs6"]).mean() >= 0.45
    assert right_at(6, answers, known["hs6"]).mean() >= 0.31
    assert among_candidates(answers, known["hs6"]) >= 0.48


@pytest.mark.requirement("D4")
@pytest.mark.partly("abstains, asks and remembers; the queue itself comes with the service")
def test_vague_text_is_asked_about_and_plain_listings_are_not() -> None:
    vague = pl.read_csv(shared("classification/vague_train.csv"), infer_schema=False)["text"]
    asked = classify_lines(lines_of(description=vague), KNOWLEDGE, ON)["insufficient_description"]
    assert asked.mean() >= 0.25  # by the model alone; `check` and the judge of vagueness know more
    listings = pl.read_csv(shared("marketplace/product_titles.csv"), infer_schema=False)
    asked = classify_lines(lines_of(title=listings["product_title"]), KNOWLEDGE, ON)
    assert asked["insufficient_description"].mean() <= 0.04


DECLARED = [
    pytest.param(
        {"description": "men's cotton t-shirt", "hs_code": "6109100010"},
        ("610910", "declared+words", []),
        id="code and words agree",
    ),
    pytest.param(
        {"description": "men's cotton t-shirt", "hs_code": "851713"},
        ("851713", "declared", ["classify.code_contradicts_text"]),
        id="code of another chapter is kept and said",
    ),
    pytest.param(
        {"description": "women's cotton dress", "hs_code": "620442"},
        ("620442", "declared+words", []),
        id="a second candidate may be declared",
    ),
    pytest.param(
        {"description": "men's cotton t-shirt", "hs_code": "610955"},
        ("610955", "declared", ["classify.code_not_known"]),
        id="a code that is not in the edition is kept and noted",
    ),
    pytest.param(
        {"description": "men's cotton t-shirt", "hs_code": "6109"},
        ("610910", "words", []),
        id="four digits are no code",
    ),
    pytest.param(
        {"description": "men's cotton t-shirt", "hs_code": "990100"},
        ("610910", "words", []),
        id="chapter 99 is no chapter of goods",
    ),
    pytest.param(
        {"description": "0000", "hs_code": "610910"},
        ("610910", "declared", []),
        id="a code stands where no word is known",
    ),
    pytest.param(
        {"description": "gift", "description_quality": "vague"},
        (..., "words", ["classify.insufficient_description"]),
        id="vague by check",
    ),
    pytest.param(
        {"description": "qwzx 4417-B"},
        (..., ..., ["classify.insufficient_description"]),
        id="no word is known",
    ),
    pytest.param(
        {}, (None, None, ["classify.insufficient_description"]), id="nothing written at all"
    ),
]


@pytest.mark.parametrize(("line", "expected"), DECLARED)
def test_declared_code_and_words(line: dict[str, Any], expected: tuple[Any, ...]) -> None:
    done = classify(batch(line), KNOWLEDGE, on=ON)
    got = done.goods_items.row(0, named=True)
    hs6, source, found = expected
    assert hs6 is ... or got["hs6"] == hs6
    assert source is ... or got["hs6_source"] == source
    assert [code for _, code in codes(done)] == found


def test_agreement_raises_and_contradiction_lowers_confidence() -> None:
    text = "round neck cotton t-shirt"
    words = answer(description=text)["hs6_confidence"]
    agreed = answer(description=text, hs_code="610910")["hs6_confidence"]
    silent = answer(description="0000", hs_code="610910")["hs6_confidence"]
    against = answer(description=text, hs_code="851713")["hs6_confidence"]
    assert against < silent < agreed
    assert words < agreed < 1


def test_a_contradiction_says_what_the_words_point_to() -> None:
    done = classify(
        batch({"description": "round neck cotton t-shirt", "hs_code": "851713"}), KNOWLEDGE, on=ON
    )
    row = done.findings.row(0, named=True)
    assert row["severity"] == "suspicious"
    assert row["field"] == "goods_items.hs_code"
    assert "points to 610910" in row["detail"]
    assert done.goods_items["hs6_candidates"][0][0]["hs6"] == "610910"


def test_codes_before_the_edition_are_noted() -> None:
    line = {"description": "roasted coffee beans"}
    early = classify(batch(line), KNOWLEDGE, on=dt.date(2021, 12, 31))
    assert codes(early) == [("c0", "classify.edition_not_in_force")]
    assert codes(classify(batch(line), KNOWLEDGE, on=dt.date(2022, 1, 1))) == []


def test_an_empty_batch_gets_its_columns() -> None:
    done = classify(Batch(goods_items=batch({}).goods_items.clear()), KNOWLEDGE, on=ON)
    assert set(GIVES) <= set(done.goods_items.columns)
    assert done.goods_items.height == 0
    assert done.findings.height == 0


def test_contract_codes_are_described() -> None:
    for code in CONTRACT.codes:
        assert KNOWLEDGE.findings.texts[code].remedy


def test_suggest_lists_candidates_with_labels() -> None:
    found = suggest("cotton t-shirt", KNOWLEDGE)
    assert found.columns == ["hs6", "probability", "label"]
    assert found["hs6"][0] == "610910"
    assert suggest("", KNOWLEDGE).height == 0


def test_answers_do_not_depend_on_the_texts_beside() -> None:
    """A text alone equals the same text in a crowd that spans several blocks."""
    titles = pl.concat([CASES["title"] + f" {number}" for number in range(6)])
    assert len(titles) > 2 * TEXTS_AT_ONCE
    crowd = classify_lines(lines_of(title=titles), KNOWLEDGE, ON)
    for place in (0, TEXTS_AT_ONCE - 1, TEXTS_AT_ONCE, len(titles) - 1):
        alone = classify_lines(lines_of(title=titles.slice(place, 1)), KNOWLEDGE, ON)
        assert alone["hs6"][0] == crowd["hs6"][place]
        assert abs(alone["hs6_confidence"][0] - crowd["hs6_confidence"][place]) <= 0.001


PIECES = st.sampled_from(
    ["men's", "cotton", "T-shirt", "toy", "for", "with", "set of", ",", ">>", "gold", "plated",
     "250 ml", "zzqx", "Ärmel", "手机", "\x00", "\ue000", "&", "  ", "'s", "pizza cutter"]
)  # fmt: skip
TEXTS = st.none() | st.lists(PIECES, max_size=8).map(" ".join) | st.text(max_size=30)
LINES = st.fixed_dictionaries(
    {
        "title": TEXTS,
        "description": TEXTS,
        "category_path": TEXTS,
        "brand": TEXTS,
        "hs_code": st.none() | st.from_regex(r"[0-9]{0,10}", fullmatch=True),
        "description_quality": st.sampled_from([None, "specific", "ask", "vague"]),
    }
)


@settings(max_examples=30, deadline=None)
@given(st.lists(LINES, min_size=1, max_size=8))
def test_any_text_gets_a_sound_answer_whatever_stands_beside(lines: list[dict[str, Any]]) -> None:
    done = classify(batch(*lines), KNOWLEDGE, on=ON)
    parts = [classify(batch(line), KNOWLEDGE, on=ON).goods_items for line in lines]
    together, alone = done.goods_items, pl.concat(parts)
    assert together["hs6"].is_null().equals(alone["hs6"].is_null())
    gap = (together["hs6_confidence"] - alone["hs6_confidence"]).abs().max()
    assert gap is None or gap <= 0.001  # sums run in another order
    for row in done.goods_items.to_dicts():
        listed = [one["probability"] for one in row["hs6_candidates"] or []]
        assert listed == sorted(listed, reverse=True)
        assert len(listed) <= CANDIDATES_MAX
        assert sum(listed) <= 1.001
        assert (row["hs6"] is None) == (row["hs6_confidence"] is None)
        assert (row["hs6"] is None) == (row["hs6_source"] is None)
        assert row["insufficient_description"] is not None
        assert row["hs6_confidence"] is None or 0 <= row["hs6_confidence"] < 1
        if row["hs6"] is None:
            assert row["insufficient_description"]


@given(st.permutations(range(12)))
@settings(max_examples=15, deadline=None)
def test_order_of_lines_does_not_matter(order: list[int]) -> None:
    rows = CASES.head(12).to_dicts()
    lines = [{"title": r["title"], "category_path": r["category_path"]} for r in rows]
    plain = classify(batch(*lines), KNOWLEDGE, on=ON).goods_items
    mixed = classify(batch(*(lines[place] for place in order)), KNOWLEDGE, on=ON).goods_items
    assert mixed["hs6"].equals(plain[order]["hs6"])


def test_an_unknown_finding_code_is_a_bad_call() -> None:
    with pytest.raises(InputError):
        KNOWLEDGE.findings.severity("classify.no_such_rule", ON)


def test_an_uncertain_text_is_asked_the_question_that_decides() -> None:
    got = answer(description="women's dress")
    assert got["hs6_outcome"] in ("ask", "accept", "heading")
    asked = [answer(description=text) for text in ("dress", "handbag", "trousers", "skirt")]
    questions = [one["hs6_question"] for one in asked if one["hs6_outcome"] == "ask"]
    assert questions
    assert all("?" in question and "(" in question for question in questions)


def test_a_not_for_phrase_takes_its_subheading_down() -> None:
    row = NOMENCLATURE.rows.filter(pl.col("not_for").str.contains(r"^[a-z]+ [a-z]+$")).head(1)
    phrase, code = row["not_for"][0], row["hs6"][0]
    assert answer(title=phrase)["hs6"] != code


def test_a_code_that_does_not_exist_is_not_simply_accepted() -> None:
    """The line keeps what was declared; what to do with it is decided by the words."""
    line = {"description": "women's dress"}
    declared = answer(**line, hs_code="620499")
    assert declared["hs6"] == "620499"
    assert declared["hs6_outcome"] == answer(**line)["hs6_outcome"]
