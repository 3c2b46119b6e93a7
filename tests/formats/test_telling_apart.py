from __future__ import annotations

import pytest

from tests.formats.samples import SAMPLES
from tests.shared_data import SHARED, shared
from tidewaiter.engines.pieces import HEAD_BYTES
from tidewaiter.formats import get, names, sniff

MESSAGES = SHARED / "messages"
FOLDERS = {
    "hmrc/samples/h7": "h7",
    "hmrc/samples/birds": "h7",
    "hmrc/samples/res": "dms-answer",
}


def published() -> list[tuple[str, str]]:
    found = [
        (f"{folder}/{path.name}", name)
        for folder, name in FOLDERS.items()
        for path in sorted((MESSAGES / folder).glob("*"))
    ]
    entries = sorted((MESSAGES / "w3c/examples").rglob("CBPEntryType86*.json"))
    found += [(path.relative_to(MESSAGES).as_posix(), "entry-type86") for path in entries]
    return found or [("hmrc/samples/none.xml", "h7")]


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_a_sample_of_each_format_is_told_by_its_content_alone(name: str) -> None:
    assert sniff(SAMPLES[name], "message") == name


def test_there_is_a_sample_of_every_format() -> None:
    assert sorted(SAMPLES) == names()


@pytest.mark.parametrize(("path", "name"), published())
def test_published_messages_are_told_by_their_content_alone(path: str, name: str) -> None:
    head = shared(f"messages/{path}").read_bytes()[:HEAD_BYTES]
    assert sniff(head, "message") == name


def test_other_credentials_of_the_same_vocabulary_are_claimed_by_no_customs_shape() -> None:
    folder = shared("messages/w3c/examples/credentials")
    others = [path for path in folder.glob("*.json") if "EntryType86" not in path.name]
    claims = {
        path.name: name
        for path in others
        for name in ("entry-type86", "section321", "ics2-f43", "itmatt", "cusrsp")
        if get(name).spec.sniff(path.read_bytes()[:HEAD_BYTES], path.name) > 0
        and "321" not in path.name
    }
    assert claims == {}
    assert len(others) > 10
