"""A pack is the same bytes from the same input, says what it is, and shows every changed byte."""

from __future__ import annotations

import io
import json
import zipfile

import polars as pl
import pytest

from tests.knowledge.tariff.samples import hts, hts_json, manifest, table
from tidewaiter.knowledge.tariff.note import (
    PublicKey,
    new_key,
    open_note,
    read_public_key,
    read_secret_key,
    sign,
)  # fmt: skip
from tidewaiter.knowledge.tariff.pack import LINES, MANIFEST, SIGNATURE, from_bytes, to_bytes
from tidewaiter.vocabulary.errors import InputError
from tidewaiter.vocabulary.tariff_frames import TARIFF_LINES

KEY = new_key("tariffs.example", bytes(range(32)))
OTHER = new_key("tariffs.example", bytes(32))
BROKEN_ROWS = [hts("6901", 0, "Kites"), "broken", hts("6901.10.10.00", 1, "Red ¢ 龍")]


def made(signed: bool = True) -> bytes:
    rows = table(hts_json(BROKEN_ROWS), "us-hts-json")
    return to_bytes(manifest(rows), rows, KEY if signed else None)


def test_the_same_input_gives_the_same_bytes() -> None:
    assert made() == made()
    assert from_bytes(made()).id == from_bytes(made(signed=False)).id


def test_what_is_written_is_read_again() -> None:
    rows = table(hts_json(BROKEN_ROWS), "us-hts-json")
    pack = from_bytes(made())
    assert pack.manifest == manifest(rows)
    assert pack.lines.select(TARIFF_LINES.schema.keys()).equals(rows.lines)
    assert pack.rejected.equals(rows.rejected)
    assert pack.rejected["raw"].to_list() == ["broken"]


def test_every_changed_byte_is_found_without_any_key() -> None:
    data = made()
    whole = from_bytes(data)
    for at in range(0, len(data), 7):
        changed = bytearray(data)
        changed[at] ^= 0x01
        with pytest.raises(InputError):
            from_bytes(bytes(changed))
    assert whole.id == from_bytes(data).id


@pytest.mark.parametrize("cut", [0, 1, 100, -1])
def test_a_cut_file_is_refused(cut: int) -> None:
    with pytest.raises(InputError, match="not a whole tariff pack"):
        from_bytes(made()[:cut])


def test_who_makes_a_pack_anew_cannot_keep_the_signature() -> None:
    rows = table(hts_json([hts("6901.10.10.00", 0, "Red", general="0%")]))
    forged = members(to_bytes(manifest(rows), rows))
    forged[SIGNATURE] = members(made())[SIGNATURE]
    with pytest.raises(InputError, match="another content"):
        from_bytes(zipped(forged))


def test_a_signature_of_a_namesake_is_told_from_a_wrong_one() -> None:
    pack = from_bytes(made())
    assert [one.good for one in pack.signatures((KEY.public,))] == [True]
    assert [one.good for one in pack.signatures((OTHER.public,))] == [None]
    assert [one.good for one in pack.signatures()] == [None]
    forged = members(made())
    text = open_note(forged[SIGNATURE])[0]
    impostor = PublicKey(KEY.name, KEY.public.id, OTHER.public.key)
    assert [one.good for one in open_note(sign(text, KEY).encode(), (impostor,))[1]] == [False]
    assert from_bytes(made(signed=False)).signatures((KEY.public,)) == ()


def test_keys_are_written_and_read_as_note_keys() -> None:
    assert read_secret_key(KEY.written() + "\n") == KEY
    assert read_public_key(str(KEY.public)) == KEY.public == read_public_key(KEY.written())
    assert "PRIVATE" not in repr(KEY)


def test_a_key_of_the_go_note_library_is_read_and_gives_its_signature() -> None:
    # Example of golang.org/x/mod/sumdb/note (BSD-3): public documentation, not a secret.
    secret = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
    public = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    key = read_secret_key(secret)
    assert str(key.public) == public
    text = ("If you think cryptography is the answer to your problem,\n"
            "then you don't know what your problem is.\n")  # fmt: skip
    signed = ("— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2p"
              "ZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n")  # fmt: skip
    assert sign(text, key) == f"{text}\n{signed}"


@pytest.mark.parametrize("said", ["", "a+b", "name+00000000+AQ==", "PRIVATE+KEY+", "x+y+z",
                                  "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"])  # fmt: skip
def test_what_is_no_key_is_refused(said: str) -> None:
    with pytest.raises(InputError):
        read_public_key(said)
    with pytest.raises(InputError):
        read_secret_key(said)


@pytest.mark.parametrize("note", [b"", b"\xff", b"text\n", b"text\n\nno line\n",
                                  b"text\n\n\xe2\x80\x94 a !!!!\n", b"text\n\n\xe2\x80\x94 a AAAA\n",
                                  b"text\n\n\xe2\x80\x94 a AAAAAAAA"])  # fmt: skip
def test_what_is_no_note_is_refused(note: bytes) -> None:
    with pytest.raises(InputError):
        open_note(note)


def test_a_pack_of_another_shape_or_with_more_members_is_refused() -> None:
    held = members(made(signed=False))
    said = json.loads(held[MANIFEST])
    newer = {**held, MANIFEST: json.dumps({**said, "shape": 2}).encode()}
    with pytest.raises(InputError, match="shape 2"):
        from_bytes(zipped(newer))
    with pytest.raises(InputError, match="members"):
        from_bytes(zipped({**held, "more.txt": b"x"}))
    with pytest.raises(InputError, match="not what the manifest says"):
        from_bytes(zipped({**held, LINES: held[LINES] + b"{}\n"}))


def test_a_compressed_pack_is_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members(made()).items():
            archive.writestr(name, data)
    with pytest.raises(InputError, match="compressed"):
        from_bytes(out.getvalue())


def test_an_empty_frame_of_rejected_records_has_its_columns() -> None:
    rows = table(hts_json())
    pack = from_bytes(to_bytes(manifest(rows), rows))
    assert pack.rejected.schema == pl.Schema(
        dict.fromkeys(("source",), pl.String) | {"line": pl.Int64} |
        dict.fromkeys(("reason", "raw"), pl.String))  # fmt: skip


def members(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(held: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, data in held.items():
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.create_system = 3
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, data)
    return out.getvalue()
