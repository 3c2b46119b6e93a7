"""`tidewaiter hs`: a code shows its words and neighbours, a description its candidates."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from tidewaiter.cli.main import build
from tidewaiter.vocabulary.errors import InputError

RUNNER = CliRunner()


def said(*words: str) -> str:
    done = RUNNER.invoke(build(), ["hs", *words], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


@pytest.mark.parametrize("code", ["610910", "6109.10", "6109.10.00.10"])
def test_a_code_may_be_written_with_dots_and_national_digits(code: str) -> None:
    answer = json.loads(said(code, "--json"))
    assert answer["code"] == "610910"
    assert "t-shirt" in answer["words"]
    assert answer["neighbours"] == [{"code": "610990", "label": answer["neighbours"][0]["label"]}]


def test_a_description_gets_candidates() -> None:
    answer = json.loads(said("cotton", "t-shirt", "--json"))
    assert answer["text"] == "cotton t-shirt"
    assert answer["candidates"][0]["hs6"] == "610910"
    assert "610910" in said("cotton t-shirt")


def test_search_is_a_word_of_its_own() -> None:
    answer = json.loads(said("search", "cotton t-shirt", "--json"))
    assert answer["text"] == "cotton t-shirt"
    assert answer["candidates"][0]["hs6"] == "610910"


def test_a_code_that_does_not_exist_shows_its_heading() -> None:
    text = said("6109.99")
    assert "no subheading" in text
    assert "610910" in text


@pytest.mark.parametrize(("code", "shown"), [("6109", "610910"), ("61", "6109")])
def test_headings_and_chapters_list_what_is_under_them(code: str, shown: str) -> None:
    assert shown in said(code)


def test_unknown_words_are_said_to_be_unknown() -> None:
    assert "No word of this is known" in said("😀")


def test_a_chapter_that_does_not_exist_is_a_bad_call() -> None:
    with pytest.raises(InputError, match="begins no chapter"):
        RUNNER.invoke(build(), ["hs", "77"], catch_exceptions=False)
