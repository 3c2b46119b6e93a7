"""The book on disk: durable, whole postings only, and what files of events and returns tell."""

from __future__ import annotations

import json
import threading
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from tests.accounts.baskets import RULES, Parcel, batch, booked, events
from tidewaiter.accounts import EMPTY, Book, balances, line_states, open_ranges, post
from tidewaiter.runtime.accounts.keeping import add, lines_of, read_book
from tidewaiter.runtime.accounts.serving import check_return, due, read_run, rows, shown, tell
from tidewaiter.runtime.accounts.telling import read_events, read_numbers, read_return
from tidewaiter.vocabulary.errors import InputError, LedgerError

CHARGES = [(1, "duty", "6.00", "9.00"), (1, "tax", "25.20", "25.20"), (None, "fee", "0", None)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    kept = tmp_path / "deep" / "book.ndjson"
    add(kept, lambda _: (booked(Parcel(charges=CHARGES)), None))
    return kept


def test_what_is_written_is_read(path: Path) -> None:
    held, wanted = read_book(path), booked(Parcel(charges=CHARGES))
    assert_frame_equal(held.entries, wanted.entries)
    assert_frame_equal(held.open_items, wanted.open_items)
    assert open_ranges(held).height == 2


def test_a_torn_last_line_is_not_read_and_is_cut_off_by_the_next_writer(path: Path) -> None:
    whole = path.read_bytes()
    said = post(read_book(path), events({"event": "collect", "consignment_id": "P1"}), RULES)
    torn = lines_of(said.added)[:-20]
    path.write_bytes(whole + torn)
    assert read_book(path).entries.height == booked(Parcel(charges=CHARGES)).entries.height
    told = tell(b'{"event":"collect","day":"2026-07-20","consignment_id":"P1"}\n', path)
    assert told["posted"] == 1
    assert all(json.loads(line) for line in path.read_bytes().splitlines())
    assert line_states(read_book(path).entries)["receivable"].sum() == 0


def test_a_changed_or_broken_line_is_an_error_and_nothing_is_written(path: Path) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b'"25.200000"', b'"26.200000"', 1))
    with pytest.raises(LedgerError, match="add up to zero"):
        read_book(path)
    path.write_bytes(b"{nonsense\n" + whole)
    with pytest.raises(LedgerError, match="no posting"):
        tell(b"", path)
    assert path.read_bytes() == b"{nonsense\n" + whole


@pytest.mark.requirement("G9")
def test_two_writers_at_once_do_not_give_back_twice(path: Path) -> None:
    tell(b'{"event":"collect","day":"2026-07-20","consignment_id":"P1"}\n', path)
    line = json.dumps({"event": "refund", "day": "2026-07-21", "consignment_id": "P1",
                       "item_no": 1, "reason": "return", "reference": "%"})  # fmt: skip
    answers: list[dict[str, Any]] = []
    threads = [
        threading.Thread(
            target=lambda n=number: answers.append(
                tell(line.replace("%", str(n)).encode() + b"\n", path)
            )
        )
        for number in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(answer["posted"] for answer in answers) == 1
    states = line_states(read_book(path).entries)
    assert states["refunded"].sum() == Decimal("31.20")


def test_events_are_read_digit_by_digit_and_bad_lines_are_told() -> None:
    data = "\n".join([
        '{"event":"collect","day":"2026-07-20","consignment_id":"P1","amount":0.1}',
        '{"event":"collect","day":"2026-07-20","consignment_id":"P1","amount":"12.34"}',
        "not json", "[]", '{"evnt":"collect"}', '{"event":"collect","day":"soon"}',
        '{"event":"collect","amount":"x"}', '{"event":"collect","item_no":1.5}',
        '{"event":"collect","amount":"1.1234567"}', '{"event":"collect","amount":1e30}',
        '{"event":"collect","amount":"NaN"}', "",
    ]).encode()  # fmt: skip
    told, bad = read_events(data)
    assert told["amount"].to_list() == [Decimal("0.1"), Decimal("12.34")]
    assert [row["line"] for row in bad] == [3, 4, 5, 6, 7, 8, 9, 10, 11]
    assert "Did you mean 'event'" in bad[2]["why"]


@pytest.mark.requirement("G8")
def test_return_is_read_by_usual_names(tmp_path: Path) -> None:
    file = tmp_path / "return.csv"
    file.write_text(
        "IOSS number,Member State,VAT rate,Taxable amount,VAT amount\n"
        "IM2760000001,FR,20 %,100.00,20.00\n",
        "utf-8",
    )
    row = read_return(file).row(0, named=True)
    assert (row["number"], row["rate"], row["tax"], row["currency"]) == (
        "IM2760000001", Decimal(20), Decimal(20), "EUR",
    )  # fmt: skip
    file.write_text("number,country,tax\nIM1,FR,12;5\n", "utf-8")
    with pytest.raises(InputError, match="is no number"):
        read_return(file)
    file.write_text("number,tax\nIM1,12\n", "utf-8")
    with pytest.raises(InputError, match="'country' is missing"):
        read_return(file)
    with pytest.raises(InputError, match="no file"):
        read_numbers(tmp_path / "none")


@pytest.mark.requirement("G8")
def test_a_run_is_held_against_a_return(tmp_path: Path) -> None:
    run = tmp_path / "out"
    run.mkdir()
    for name, frame in batch(Parcel(), Parcel("P2")).frames().items():
        frame.write_parquet(run / f"{name}.parquet")
    file = tmp_path / "return.csv"
    file.write_text("number,country,rate,taxable,tax\nIM2760000001,FR,20,100,20.00\n", "utf-8")
    told = check_return(run, file, month="2026-07")
    assert [row["tax_missing"] for row in told["mismatches"]] == ["30.40"]
    assert told["totals"] == [
        {"currency": "EUR", "under_declared": "30.40", "over_declared": "0.00"}
    ]
    with pytest.raises(InputError, match=r"no consignments\.parquet"):
        read_run(tmp_path)


def test_amounts_are_shown_in_the_decimals_of_their_currency(path: Path) -> None:
    assert shown(Decimal("330.000000"), "JPY") == "330"
    assert shown(Decimal("1.5"), "KWD") == "1.500"
    assert rows(pl.DataFrame({"amount": [Decimal("1.005")], "currency": ["EUR"]})) == [
        {"amount": "1.005", "currency": "EUR"}
    ]
    told = due(path, pl.date(2026, 8, 9).pipe(pl.select).item())
    assert [row["owed"] for row in told["outstanding"]] == ["6.00", "25.20"]
    assert [row["days_late"] for row in told["outstanding"]] == [2, 2]


def test_an_empty_addition_leaves_the_file_as_it_is(path: Path) -> None:
    before = path.read_bytes()

    def nothing(_: Book) -> tuple[Book, int]:
        return EMPTY, 7

    assert add(path, nothing) == 7
    assert path.read_bytes() == before
    assert balances(read_book(path), ["currency"]).is_empty()


@pytest.mark.requirement("G5")
def test_two_files_put_together_are_one_book(path: Path) -> None:
    other = path.with_name("other.ndjson")
    add(other, lambda _: (booked(Parcel(charges=CHARGES), Parcel("P2")), None))
    path.write_bytes(path.read_bytes() + other.read_bytes())
    wanted = booked(Parcel(charges=CHARGES), Parcel("P2"))
    assert_frame_equal(read_book(path).entries, wanted.entries)
    assert_frame_equal(read_book(path).open_items, wanted.open_items)
