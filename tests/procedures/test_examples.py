"""The examples that stand in the packs come out, and a wrong one is found."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.procedures.cases import KNOWN, NAMES
from tidewaiter.procedures import example_faults


@pytest.mark.parametrize("name", NAMES)
def test_examples_of_a_procedure_come_out(name: str) -> None:
    procedure = KNOWN.get(name)
    assert len(procedure.examples) >= 3
    assert any(example.get("invalid") for example in procedure.examples)
    assert example_faults(procedure, KNOWN) == []


@pytest.mark.parametrize(
    ("change", "found"),
    [
        pytest.param({"state": "seized"}, "state is", id="another state"),
        pytest.param({"told": []}, "told is", id="no notices"),
        pytest.param({"due": {"decision": "2026-11-30"}}, "clock decision", id="another day"),
        pytest.param({"refused": ["detain"]}, "refused is", id="a refusal that is none"),
        pytest.param({"events": [["seize", "2026-11-24", "seller"]]}, "", id="a time that is none"),
    ],
)
def test_an_example_that_is_wrong_is_found(change: dict[str, object], found: str) -> None:
    procedure = KNOWN.get("detention_us")
    example = next(e for e in procedure.examples if "180 days to protest" in e["title"])
    wrong = replace(procedure, examples=({**example, **change},))
    if found:
        assert any(found in fault for fault in example_faults(wrong, KNOWN))
    else:
        with pytest.raises(AttributeError):
            example_faults(wrong, KNOWN)


def test_an_example_marked_invalid_that_comes_out_is_found() -> None:
    procedure = KNOWN.get("detention_us")
    example = {**procedure.examples[0], "invalid": True}
    assert any(
        "marked invalid" in fault
        for fault in example_faults(replace(procedure, examples=(example,)), KNOWN)
    )
