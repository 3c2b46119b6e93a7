"""Importing files into packs: reproducible, whole or not at all, with what nobody told marked."""

from __future__ import annotations

import datetime as dt
import stat
from pathlib import Path

import polars as pl
import pytest

from tests.knowledge.tariff.samples import (
    HTS_ROWS,
    SHAPES,
    cn_csv,
    comtrade_json,
    hts,
    hts_csv,
    hts_json,
    uk_csv,
)  # fmt: skip
from tests.shared_data import shared
from tidewaiter.knowledge.tariff.lookup import national_candidates
from tidewaiter.knowledge.tariff.pack import load_tariff
from tidewaiter.runtime.tariff.importing import About, Imported, import_files
from tidewaiter.runtime.tariff.keys import keygen, public_path, secret_key
from tidewaiter.runtime.tariff.looking import compare, show, verify
from tidewaiter.vocabulary.errors import InputError

ON = dt.date(2026, 4, 3)
TOLD = About(
    edition="2026 rev 4", valid_from=dt.date(2026, 4, 1), source_url="https://example.org/hts",
    licence="invented",
)  # fmt: skip


def place(folder: Path, **files: bytes) -> list[Path]:
    folder.mkdir(exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return [folder / name for name in files]


def imported(folder: Path, *, about: About = TOLD, key: Path | None = None) -> Imported:
    files = place(folder, hts=hts_json())
    return import_files(files, folder / "hts.tariff", about, imported_at=ON, key=key)


@pytest.mark.parametrize("name", sorted(SHAPES))
def test_every_shape_becomes_a_pack_that_names_its_schedule(tmp_path: Path, name: str) -> None:
    files = place(tmp_path, source=SHAPES[name]())
    done = import_files(files, tmp_path / "out", About(), imported_at=ON)
    said = load_tariff(done.path).manifest
    assert said.format == name
    assert said.jurisdiction in {"US", "EU", "GB", "WCO"}
    assert said.files[0].records == said.counts["records"]
    assert "valid_from" in said.assumed
    assert said.valid_from == ON
    assert any("nobody told" in told for told in done.warnings)


def test_what_was_told_is_in_the_manifest_and_nothing_is_assumed(tmp_path: Path) -> None:
    said = imported(tmp_path).pack.manifest
    assert (said.jurisdiction, said.schedule, said.edition) == ("US", "HTS", "2026 rev 4")
    assert (said.valid_from, said.imported_at) == (dt.date(2026, 4, 1), ON)
    assert said.assumed == ()
    assert len(said.files[0].sha256) == 64


def test_the_same_files_and_options_give_the_same_bytes_in_any_order(tmp_path: Path) -> None:
    key = tmp_path / "key"
    keygen(key, "maker.example")
    halves = {"first": hts_json(HTS_ROWS[:-1]), "second": hts_json(HTS_ROWS[-1:])}
    files = place(tmp_path, **halves)
    packs = []
    for at, order in enumerate((files, files[::-1])):
        out = tmp_path / f"{at}.tariff"
        import_files(order, out, TOLD, imported_at=ON, key=key)
        packs.append(out.read_bytes())
    assert packs[0] == packs[1]
    whole = imported(tmp_path).pack.lines["code"].to_list()
    assert load_tariff(tmp_path / "0.tariff").lines["code"].to_list() == whole


def test_rejected_records_are_counted_by_file_and_kept_in_the_pack(tmp_path: Path) -> None:
    again = [hts("6901.10.10.10", 0, "Red again"), {"htsno": "x"}]
    files = place(tmp_path, a=hts_json(), b=hts_json([*again, hts("6950", 0, "More")]))
    done = import_files(files, tmp_path / "out", TOLD, imported_at=ON)
    told = {
        file.name: (file.records, file.kept, file.rejected) for file in done.pack.manifest.files
    }
    assert told == {"a": (13, 13, 0), "b": (3, 1, 2)}
    held = load_tariff(tmp_path / "out").rejected
    assert held.select("source", "line").rows() == [("b", 1), ("b", 2)]
    assert "first in line 5 of a" in held["reason"][0]
    assert any("2 records were rejected" in said for said in done.warnings)


def test_a_total_that_the_source_tells_is_compared(tmp_path: Path) -> None:
    data = b'{"total": 14, "results": ' + hts_json() + b"}"
    done = import_files(place(tmp_path, h=data), tmp_path / "out", TOLD, imported_at=ON)
    assert "h says it has 14 records, but holds 13" in done.warnings


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        pytest.param({"a": hts_json(), "b": uk_csv()}, "different formats", id="two formats"),
        pytest.param({"a": hts_json(), "b": hts_json()}, "given twice", id="the same content"),
        pytest.param({"a": hts_json([hts("x", 0, "x")])}, "no row could be read: 'x'", id="no row"),
        pytest.param({"a": b"[]"}, "cannot be told", id="an empty list"),
        pytest.param({}, "no file given", id="nothing at all"),
    ],
)  # fmt: skip
def test_what_cannot_become_a_pack_is_refused_and_nothing_written(
    tmp_path: Path, files: dict[str, bytes], reason: str
) -> None:
    paths = place(tmp_path, **files)
    with pytest.raises(InputError, match=reason):
        import_files(paths, tmp_path / "out", TOLD, imported_at=ON)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(files)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nowhere"):
        import_files([tmp_path / "nowhere"], tmp_path / "out", TOLD, imported_at=ON)


def test_a_key_is_for_its_owner_and_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "customs"
    key = keygen(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert secret_key(path) == key
    assert public_path(path).read_text("utf-8").strip() == str(key.public)
    with pytest.raises(InputError, match="there already"):
        keygen(path)
    with pytest.raises(InputError, match="cannot name a key"):
        keygen(tmp_path / "other", "two words")


def test_verify_says_which_key_signed_and_trusts_only_the_given_one(tmp_path: Path) -> None:
    key, stranger = tmp_path / "key", tmp_path / "stranger"
    made = keygen(key, "maker.example")
    keygen(stranger, "maker.example")
    done = imported(tmp_path, key=key)
    _, found, good = verify(done.path, [public_path(key)])
    assert (found[0].name, found[0].id, found[0].good, good) == (
        "maker.example", made.public.id, True, True)  # fmt: skip
    assert verify(done.path)[2] is True
    assert verify(done.path, [public_path(stranger)])[2] is False
    unsigned = imported(tmp_path).path
    assert verify(unsigned)[1:] == ((), True)
    assert verify(unsigned, [public_path(key)])[1:] == ((), False)
    assert "not signed" in imported(tmp_path).warnings


def test_show_gives_rates_their_footnotes_and_what_stands_below(tmp_path: Path) -> None:
    pack = imported(tmp_path).pack
    line = show(pack, "6901.10.10.10")["lines"][0]
    assert line["rate_general"] == "4.5%"
    assert line["footnotes"] == []
    assert line["footnotes_above"][0]["text"] == "See 9903.99.99."
    below = [row["code"] for row in show(pack, "6901.10")["below"]]
    assert below == ["6901101010", "6901101020", "6901102000", "6901109000"]
    with pytest.raises(InputError, match="6901101010"):
        show(pack, "6901.10.10.99")
    with pytest.raises(InputError, match="no code"):
        show(pack, "")


def test_show_finds_headings_of_a_padded_schedule(tmp_path: Path) -> None:
    done = import_files(place(tmp_path, u=uk_csv()), tmp_path / "o", About(), imported_at=ON)
    shown = show(done.pack, "6901")
    assert [row["code"] for row in shown["below"]] == ["6901100010", "6901100090", "6901900000"]


def test_two_schedules_are_not_compared(tmp_path: Path) -> None:
    one = import_files(place(tmp_path, a=cn_csv()), tmp_path / "1", About(), imported_at=ON)
    two = import_files(place(tmp_path, b=comtrade_json()), tmp_path / "2", About(), imported_at=ON)
    with pytest.raises(InputError, match="different schedules"):
        compare(one.path, two.path)
    csv = import_files(place(tmp_path, c=hts_csv()), tmp_path / "3", TOLD, imported_at=ON)
    assert compare(imported(tmp_path).path, csv.path)[2]["kind"].unique().to_list() == ["footnotes"]


def test_a_national_pack_of_the_real_files_hangs_under_hs6(tmp_path: Path) -> None:
    files = [shared(f"tariff/us_hts/chapter_{chapter}.json") for chapter in (61, 62, 99)]
    done = import_files(files, tmp_path / "us.tariff", TOLD, imported_at=ON)
    counts = done.pack.manifest.counts
    assert (counts["kept"], counts["rejected"], counts["declarable"]) == (6871, 0, 5270)
    codes = national_candidates(load_tariff(done.path), pl.DataFrame({"hs6": ["610910"]}))
    assert codes.height > 1
    assert codes["code"].str.starts_with("610910").all()
