"""Controls: the quick look never misses what the whole-word pattern meets."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidewaiter.knowledge.controls import load_controls
from tidewaiter.knowledge.load import lanes

PACKS = {lane: load_controls(lane.lower()) for lane in lanes()}
WORDS = sorted(
    {word for pack in PACKS.values() for e in pack.pack.body["control"] for word in e["words"]}
)
ENDINGS = ("", "s", "es", "ies", "ves")


@pytest.mark.parametrize("lane", PACKS)
@given(
    word=st.sampled_from(WORDS),
    joint=st.sampled_from([" ", "-", ""]),
    cut=st.integers(0, 2),
    ending=st.sampled_from(ENDINGS),
)
def test_what_the_pattern_meets_has_a_quick_piece(
    lane: str, word: str, joint: str, cut: int, ending: str
) -> None:
    first, *rest = re.split(r"[ -]", word)
    last = "".join(f"{joint if n == 0 else ' '}{part}" for n, part in enumerate(rest))
    written = f"{first}{last}"
    text = f"a {written[: len(written) - cut]}{ending} here"
    for entry in PACKS[lane].pack.body["control"]:
        control = next(c for c in PACKS[lane].on_day(entry["from"]) if c.id == entry["id"])
        if re.search(control.pattern, text):
            assert any(piece in text for piece in control.quick), (control.id, text)
