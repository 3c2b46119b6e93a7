"""Ten thousand bent messages of each format: no crash, no hang, nothing vanishes.

Seeded, so that a failure comes again; the failing input is in the message.
"""

from __future__ import annotations

import random
import re

import pytest

from tests.formats.samples import SAMPLES
from tidewaiter import formats
from tidewaiter.vocabulary.batch import Batch

INPUTS = 10_000
TOKENS = (
    b'"', b"{", b"}", b"[", b"]", b",", b":", b"\\", b"\n", b"\r\n", b"\x00", b"\xff", b"\xc3\x28", b"\xed\xa0\x80",
    b"null", b"true", b"0", b"-1", b"1e999", b"NaN", b"9" * 400, b'"\\ud800"', b"{}", b"[]", b'""', b"''", b"<", b">",
    b"&amp;", b"<!--", b"]]>", b"&x;", b"<a>", b"</a>", b";", b"\t", b"\xef\xbb\xbf", b"=1+1", b"%s%n",
)  # fmt: skip
VALUE = re.compile(rb'"(?:[^"\\\n]|\\.)*"|-?[0-9]+(?:\.[0-9]+)?|true|false|null')
DEEP = b'{"a":' * 70 + b"1" + b"}" * 70, b"[" * 3000, b"<a>" * 300, b"(" * 99


def bend(sample: bytes, chance: random.Random) -> bytes:
    """Give a sample with one to three things done to it."""
    data = sample
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        data = BENDS[chance.randrange(len(BENDS))](data, chance)
    return data


def flipped(data: bytes, chance: random.Random) -> bytes:
    place = chance.randrange(len(data) + 1)
    return data[:place] + bytes([chance.randrange(256)]) + data[place + 1 :]


def cut_off(data: bytes, chance: random.Random) -> bytes:
    place = chance.randrange(len(data) + 1)
    return data[:place] if chance.random() < 0.7 else data[place:]


def doubled(data: bytes, chance: random.Random) -> bytes:
    start, end = sorted(chance.randrange(len(data) + 1) for _ in range(2))
    return data[:end] + data[start:end] * chance.choice((1, 1, 3)) + data[end:]


def torn(data: bytes, chance: random.Random) -> bytes:
    start, end = sorted(chance.randrange(len(data) + 1) for _ in range(2))
    return data[:start] + data[end:]


def with_token(data: bytes, chance: random.Random) -> bytes:
    place = chance.randrange(len(data) + 1)
    return data[:place] + chance.choice(TOKENS) + data[place:]


def swapped(data: bytes, chance: random.Random) -> bytes:
    found = list(VALUE.finditer(data))
    if not found:
        return data
    match = chance.choice(found)
    other = chance.choice((*TOKENS[18:31], *(one[0] for one in found[:9])))
    return data[: match.start()] + other + data[match.end() :]


def nested(data: bytes, chance: random.Random) -> bytes:
    found = list(VALUE.finditer(data))
    place = chance.choice(found).start() if found else 0
    return data[:place] + chance.choice(DEEP) + data[place:]


def emptied(data: bytes, chance: random.Random) -> bytes:
    return chance.choice((b"", b" \n", b"\x00", b"[]", b"{}", b"null", data[:1]))


BENDS = (flipped, flipped, cut_off, doubled, torn, with_token, with_token, swapped, swapped, nested, emptied)  # fmt: skip


def says_nothing(data: bytes) -> bool:
    """Whether there is nothing in an input that could be read or rejected."""
    text = data.removeprefix(b"\xef\xbb\xbf").strip()
    empty = re.fullmatch(rb"\[\s*\]", text)
    return bool(empty) or (b"\n" not in text and text[:1] not in (b"{", b"[", b"<"))


def judged(name: str, data: bytes) -> Batch:
    try:
        batch = formats.get(name).decode(data, source="fuzz")
    except BaseException as fault:  # a panic below Polars is no Exception
        raise AssertionError(f"{name}: {type(fault).__name__}: {fault} on {data!r}") from fault
    if not (batch.consignments.height or batch.rejected.height or batch.findings.height):
        assert says_nothing(data), f"{name}: {data!r} vanished"
    if batch.rejected.height:
        said = batch.rejected.select("detail", "raw").rows()
        assert all(detail and raw is not None for detail, raw in said), f"{name}: {data!r}"
    for frame, last in (
        ("consignments", ()),
        ("goods_items", ("item_no",)),
        ("parties", ("role",)),
    ):
        keys = batch.frames()[frame].select("consignment_id", "contribution_id", *last).rows()
        assert len(set(keys)) == len(keys), f"{name}: {frame} {data!r}"
        assert not any(part is None for key in keys for part in key), f"{name}: {frame} {data!r}"
    return batch


@pytest.mark.parametrize("name", formats.names())
def test_no_bent_message_crashes_the_reader_or_vanishes(name: str) -> None:
    if name not in SAMPLES:
        pytest.skip(f"no sample of {name} in tests/formats/samples.py")
    sound = judged(name, SAMPLES[name])
    assert sound.rejected.is_empty()
    assert sound.consignments.height
    chance = random.Random(f"tidewaiter {name}")
    read = 0
    for _ in range(INPUTS):
        read += judged(name, bend(SAMPLES[name], chance)).consignments.height > 0
    assert read > INPUTS // 20, "the bends are so coarse that hardly anything was read"


def test_the_fuzz_would_see_a_crash() -> None:
    with pytest.raises(AssertionError, match="orders: "):
        judged("orders", "not bytes")  # type: ignore[arg-type]  # on purpose
