"""Each official shape is read whole; what is not understood is rejected with line and reason."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from tests.knowledge.tariff.samples import (
    CN_HEAD,
    CN_ROWS,
    COMTRADE_ROWS,
    HTS_ROWS,
    SHAPES,
    UK_HEAD,
    UK_ROWS,
    cn_csv,
    cn_dashed_csv,
    comtrade_json,
    csv_bytes,
    hts,
    hts_csv,
    hts_json,
    table,
    uk_csv,
)  # fmt: skip
from tidewaiter.knowledge.tariff import sources
from tidewaiter.vocabulary.errors import InputError

RECORDS = {"us-hts-json": len(HTS_ROWS), "us-hts-csv": len(HTS_ROWS), "eu-cn-csv": len(CN_ROWS),
           "uk-commodity-csv": len(UK_ROWS), "comtrade-hs-json": len(COMTRADE_ROWS)}  # fmt: skip
LEAVES = {
    "us-hts-json": ["6901101010", "6901101020", "6901102000", "6901109000", "6901900030",
                    "6901900090", "99039999"],
    "us-hts-csv": ["6901101010", "6901101020", "6901102000", "6901109000", "6901900030",
                   "6901900090", "99039999"],
    "eu-cn-csv": ["69011010", "69011090", "69019000"],
    "uk-commodity-csv": ["6901100010", "6901100090", "6901900000", "6902000000"],
    "comtrade-hs-json": ["690110", "690190"],
}  # fmt: skip


def test_samples_cover_every_format() -> None:
    assert sorted(SHAPES) == sources.names()


@pytest.mark.parametrize("name", sorted(SHAPES))
def test_every_shape_is_told_from_its_content_and_every_record_accounted_for(name: str) -> None:
    data = SHAPES[name]()
    source, reading = sources.read(data, "file.dat")
    assert source.spec.name == name
    assert reading.records == RECORDS[name]
    made = table(data)
    assert not made.rejected.height
    counts = made.counts
    assert counts["records"] == RECORDS[name] == counts["kept"] + counts["ignored"]
    assert not counts["path_incomplete"]
    assert made.lines.filter(made.lines["declarable"])["code"].to_list() == LEAVES[name]


def test_json_and_csv_of_the_us_schedule_say_the_same() -> None:
    one, other = table(hts_json()).lines, table(hts_csv()).lines
    assert one.drop("footnotes").equals(other.drop("footnotes"))


def test_us_fields_are_read_as_they_stand_without_stray_blanks() -> None:
    rows = {row["code"]: row for row in table(hts_json()).lines.to_dicts() if row["code"]}
    red = rows["6901101010"]
    assert red["units"] == ["No.", "kg"]
    assert (red["rate_general"], red["rate_special"], red["rate_other"]) == (
        "4.5%", "Free (XX)", "40%")  # fmt: skip
    assert red["rates_from"] == "69011010"
    note = {"columns": "general", "marker": "1", "text": "See 9903.99.99.", "type": "endnote"}
    assert rows["69011010"]["footnotes"] == [note]
    assert rows["6901109000"]["additional_duties"] == "1¢/kg"
    assert rows["6901102000"]["rate_special"] is None  # its own rates; nothing is inherited
    assert rows["6901102000"]["rates_from"] is None
    assert rows["99039999"]["hs6"] is None  # chapter 99 is national
    assert rows["6901101010"]["hs6"] == "690110"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        pytest.param("text", "not an object", id="a text among the rows"),
        pytest.param(hts("6901.1x", 1, "x"), "is no code", id="a letter in the number"),
        pytest.param(hts("6901.101", 1, "x"), "is no code", id="seven digits"),
        pytest.param({**hts("6901.20", 1, "x"), "indent": "deep"}, "indent", id="indent is a word"),
        pytest.param({**hts("6901.20", 1, "x"), "indent": "-1"}, "indent", id="indent below zero"),
        pytest.param({**hts("6901.20", 1, "x"), "indent": "²"}, "indent", id="indent superscript"),
        pytest.param({**hts("6901.20", 1, "x"), "indent": True}, "indent", id="indent is true"),
        pytest.param(hts("6901.20", 1, "x", general=["5%"]), "general is not", id="rate is a list"),
        pytest.param(hts("6901.20", 1, "x", footnotes="See"), "footnotes", id="footnotes a text"),
        pytest.param(hts("", 1, " "), "neither", id="neither number nor text"),
        pytest.param(hts("6901.20", 1, "\ud800"), "UTF-8", id="half a character"),
        pytest.param(hts("6901.10.10.10", 1, "x"), "stands twice", id="a code again"),
    ],
)
def test_a_broken_us_row_is_rejected_and_costs_only_itself(row: object, reason: str) -> None:
    data = json.dumps([*HTS_ROWS, row]).encode()
    made = table(data, "us-hts-json")
    assert made.counts["kept"] == len(HTS_ROWS)
    told = made.rejected.row(0, named=True)
    assert made.rejected.height == 1
    assert told["line"] == len(HTS_ROWS) + 1
    assert reason in told["reason"]
    assert told["raw"]


def test_unknown_us_fields_are_kept() -> None:
    made = table(hts_json([hts("6901", 0, "Kites", colour="red")]))
    assert json.loads(made.lines["unread"][0]) == {"colour": "red"}


def test_us_rows_below_a_key_are_read_and_a_wrong_total_is_remembered() -> None:
    data = json.dumps({"total": 99, "results": HTS_ROWS}).encode()
    assert sources.read(data, "x")[1].told == 99


def test_cn_levels_sections_units_and_other_languages() -> None:
    rows = table(cn_csv(",")).lines.to_dicts()
    assert [row["indent"] for row in rows] == [0, 1, 2, 3, 4, 4, 3]
    assert rows[0]["code"] is None
    assert json.loads(rows[0]["unread"]) == {"key": "I", "section": "I"}
    assert rows[4]["units"] == ["p/st"]
    assert rows[5]["units"] == []
    assert json.loads(rows[4]["unread"])["NAME_DE"] == "Kastendrachen"
    assert rows[4]["hs6"] == rows[3]["hs6"] == "690110"


def test_cn_dashes_hang_the_rows_and_are_taken_from_the_text() -> None:
    made = table(cn_dashed_csv(), "eu-cn-csv")
    rows = {row["description"]: row for row in made.lines.to_dicts()}
    assert rows["Box kites"]["parent_row"] == rows["Of paper:"]["row"]
    assert rows["Balloons"]["parent_row"] == rows["KITES"]["row"]
    assert made.counts["path_incomplete"] == 0
    assert made.lines.filter(made.lines["declarable"]).height == 4


def test_cn_texts_without_level_hang_by_their_codes() -> None:
    rows = [[row[1], row[3]] for row in CN_ROWS[1:]]
    made = table(csv_bytes(["CN_CODE", "EN"], rows))
    parents = dict(made.lines.select("code", "parent_row").rows())
    assert parents == {"69": None, "6901": 1, "690110": 2, "69011010": 3, "69011090": 3,
                       "69019000": 2}  # fmt: skip


def test_uk_suffix_parents_days_and_nothing() -> None:
    made = table(uk_csv())
    rows = made.lines.to_dicts()
    assert [row["parent_row"] for row in rows] == [None, 1, 2, 3, 4, 4, 2, 1]
    assert rows[2]["declarable"] is False  # suffix 10: a heading between
    assert rows[4]["valid_to"] == dt.date(2026, 6, 30)
    assert rows[7]["hs6"] == "690200"  # a heading that is not split is declared as it is
    assert rows[1]["hs6"] is None
    assert [row["level"] for row in rows] == [2, 4, 6, 6, 10, 10, 6, 4]


@pytest.mark.parametrize("columns", [
    pytest.param(["Code", "Suffix", "Indent", "Description"], id="with an indent"),
    pytest.param(["goods_nomenclature_item_id", "producline_suffix", "Description"],
                 id="with codes alone"),
])  # fmt: skip
def test_uk_lists_without_parents_are_hung_too(columns: list[str]) -> None:
    indents = {"6900000000": "0", "6901000000": "0", "6901900000": "1", "6902000000": "0"}
    rows = []
    for row in (UK_ROWS[0], UK_ROWS[1], UK_ROWS[6], UK_ROWS[7]):
        said = {"indent": indents[row[2]], "description": row[4]}
        rows.append([row[2], row[3], *(said[name.lower()] for name in columns[2:])])
    made = table(csv_bytes(columns, rows), "uk-commodity-csv")
    assert made.lines["parent_row"].to_list() == [None, 1, 2, 1]
    assert made.counts["declarable"] == 2


def test_uk_parent_that_is_not_there_or_is_itself_leaves_the_path_open() -> None:
    lost = ["9", "200", "6903000000", "80", "x", "2012-01-01", "#NA", "999", "#NA", "#NA"]
    selfish = ["10", "201", "6904000000", "80", "x", "2012-01-01", "#NA", "201", "#NA", "#NA"]
    ring = [["11", "202", "6905000000", "80", "x", "2012-01-01", "#NA", "203", "#NA", "#NA"],
            ["12", "203", "6906000000", "80", "x", "2012-01-01", "#NA", "202", "#NA", "#NA"]]  # fmt: skip
    made = table(uk_csv([*UK_ROWS, lost, selfish, *ring]))
    open_rows = made.lines.filter(~made.lines["path_complete"])["code"].to_list()
    assert open_rows == ["6903000000", "6904000000", "6905000000", "6906000000"]
    assert made.counts["path_incomplete"] == 4


def test_comtrade_texts_lose_the_repeated_id_and_totals_are_ignored_by_name() -> None:
    made = table(comtrade_json())
    assert made.lines["description"].to_list() == [
        "Kites", "Kites; streamers", "Kites; of paper - box", "Kites; n.e.c."]  # fmt: skip
    assert made.counts["ignored"] == 1
    assert made.lines["units"].to_list() == [[], [], ["u"], []]
    assert sources.read(comtrade_json(), "x")[1].says == {"classCode": "H6", "className": "HS2022"}


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        pytest.param(b'9,"108,6903000000,80,x,,,,,\n', "quotation", id="a mark never closed"),
        pytest.param(b'9,"1"8,6903000000,80,x,,,,,\n', "quotation", id="text after a mark"),
        pytest.param(b"9,108,6903000000\n", "3 fields", id="fields are missing"),
        pytest.param(b"9,108,69,80,x,,,,,\n", "is no code of 10", id="a short code"),
        pytest.param(b"9,108,,80,x,,,,,\n", "no commodity code", id="no code"),
        pytest.param(b"9,108,6903000000,,x,,,,,\n", "suffix", id="no suffix"),
        pytest.param(b"9,108,6903000000,80,x,31-31-2020,,,,\n", "not a date", id="no such day"),
        pytest.param(b"9,108,6903000000,80,\xff\xfe,,,,,\n", "UTF-8", id="bytes of another code"),
        pytest.param(b"9,103,6903000000,80,x,2012-01-01,,,,\n", "twice", id="a sid again"),
    ],
)
def test_a_broken_record_costs_only_itself(broken: bytes, reason: str) -> None:
    head, _, rest = uk_csv().partition(b"\r\n")
    made = table(head + b"\r\n" + broken + rest, "uk-commodity-csv")
    assert made.counts["kept"] == len(UK_ROWS)
    assert made.rejected.height == 1
    assert reason in made.rejected["reason"][0]


def test_a_missing_column_is_refused_with_the_nearest_names() -> None:
    data = csv_bytes(["commodity__cod", *UK_HEAD[3:]], [row[2:] for row in UK_ROWS])
    with pytest.raises(InputError, match="nearest in the file: commodity__cod") as told:
        sources.read(data, "uk.csv", "uk-commodity-csv")
    assert told.value.where.startswith("uk.csv, header")


@pytest.mark.parametrize("data", [b"", b"\n\n", b"a,b\n1,2\n", b"[]", b"\x00\xff", b"{}"])
def test_a_file_of_no_known_shape_is_refused(data: bytes) -> None:
    with pytest.raises(InputError, match="cannot be told"):
        sources.read(data, "file")


@pytest.mark.parametrize("name", sorted(SHAPES))
@pytest.mark.parametrize("data", [b"", b"{", b'{"a": 1}', b"[" * 100_000, b"\xff", b"1e999999"])
def test_a_file_that_is_not_the_named_shape_is_refused_or_rejected(name: str, data: bytes) -> None:
    with pytest.raises(InputError, match=r"^file") as told:
        sources.read(data, "file", name)
    assert told.value.remedy


def test_an_unknown_format_names_the_nearest() -> None:
    with pytest.raises(InputError, match="us-hts-json"):
        sources.get("us-hts")


def test_header_names_are_found_in_any_case_and_order() -> None:
    order = [3, 1, 0, 2, 4, 5]
    head = [CN_HEAD[at].lower().replace("_", " ") for at in order]
    mixed = csv_bytes(head, [[row[at] for at in order] for row in CN_ROWS], "\t")
    assert table(mixed).lines.drop("unread").equals(table(cn_csv()).lines.drop("unread"))
