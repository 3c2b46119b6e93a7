"""Slips of the hand and other ways of writing: always different, always still the same person."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from tidewaiter.knowledge.catalogue import load_people
from tidewaiter.simulate.draws import generator
from tidewaiter.simulate.population import households, make_persons, sorted_names
from tidewaiter.simulate.writing import ADDRESS_WAYS, NAME_WAYS, mistype, rewritten


@settings(max_examples=100, deadline=None)
@given(
    texts=st.lists(st.text(st.characters(codec="utf-8"), min_size=2, max_size=20), max_size=30),
    seed=st.integers(0, 1000),
)
def test_a_slip_changes_a_text_by_one_edit(texts: list[str], seed: int) -> None:
    slipped = mistype(pl.Series("text", texts, dtype=pl.String), generator(seed))
    assert slipped.len() == len(texts)
    for before, after in zip(texts, slipped, strict=True):
        assert OSA.distance(before, after) == 1
        assert after[0] == before[0] or before[:2] == after[1::-1]


@given(seed=st.integers(0, 1000))
def test_a_slip_in_a_number_leaves_no_letter(seed: int) -> None:
    numbers = pl.Series("text", [f"{number:08}" for number in range(50)])
    assert mistype(numbers, generator(seed)).str.contains("^[0-9]+$").all()


def test_a_text_of_one_sign_is_doubled() -> None:
    assert mistype(pl.Series("text", ["a", ""]), generator(1)).to_list() == ["aa", ""]


@pytest.mark.parametrize("country", sorted(load_people().countries))
def test_persons_are_written_differently_but_numbers_of_house_and_flat_stay(country: str) -> None:
    people = load_people()
    names, lands = sorted_names(people), [people.countries[country]]
    rng = generator(9)
    persons = make_persons(rng, households(rng, 3000), 0, people, names, lands)
    others = rewritten(persons, pl.Series(np.arange(3000)), names, lands, rng)
    frame = pl.concat(
        [
            persons.frame.select(own="name", home="address", flat="flat", number="number"),
            others,
        ],
        how="horizontal",
    )
    changed = (frame["own"] != frame["name"]) | (frame["home"] != frame["address"])
    assert changed.mean() > 0.95, "only what has no capitals or no city cannot change"
    for column in ("flat", "number"):
        digits = pl.concat_str(pl.lit(r"(?:^|\D)"), pl.col(column), pl.lit(r"(?:\D|$)"))
        assert frame.select(pl.col("address").str.contains(digits).all()).item(), column
    said = " ".join(others["written"])
    assert all(f"name: {way}" in said for way in NAME_WAYS)
    assert all(f"address: {way}" in said for way in ADDRESS_WAYS)
    assert (others["name"].str.len_chars() > 2).all()
