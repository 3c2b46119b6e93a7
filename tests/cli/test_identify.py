"""`tidewaiter identify`: lines in, lines of JSON out."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from tests.shared_data import shared
from tidewaiter.cli.verbs import identify
from tidewaiter.vocabulary.errors import InputError

FIELDS = ["value", "kind", "valid", "normal", "reason", "parts"]


def run(*arguments: str, stdin: bytes | None = None) -> Any:
    app = typer.Typer()
    app.command()(identify.command)
    return CliRunner().invoke(app, arguments, input=stdin)


def rows(result: Any) -> list[dict[str, Any]]:
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.mark.requirement("D1")
@pytest.mark.partly("that H7 lines carry identifiers is judged by the check stage")
def test_values_come_out_in_order_one_line_each() -> None:
    found = rows(run("gtin", "4006381333931", "2012345678900"))
    assert [list(row) for row in found] == [FIELDS, FIELDS]
    assert [row["value"] for row in found] == ["4006381333931", "2012345678900"]
    assert [row["valid"] for row in found] == [True, False]
    assert found[0]["normal"] == "04006381333931"
    assert "2012345678903" in found[1]["reason"]


def test_without_values_lines_of_the_input_are_read_and_line_n_answers_line_n() -> None:
    text = "RB123456785GB\r\n\nRB123456785XX\n\xe9\nCP001020301BR".encode("latin-1")
    found = rows(run("s10", stdin=text))
    assert [row["valid"] for row in found] == [True, False, False, False, False]
    assert [row["value"] for row in found][:3] == ["RB123456785GB", "", "RB123456785XX"]


def test_an_endless_line_is_one_fault_and_the_next_is_read() -> None:
    found = rows(run("gtin", stdin=b"9" * 300_000 + b"\n4006381333931\n"))
    assert [(row["valid"], row["parts"].get("fault")) for row in found] == [
        (False, "length"),
        (True, None),
    ]
    assert len(found[0]["value"]) <= identify.LINE_BYTES_MAX


def test_any_gives_a_line_for_each_plausible_kind_surest_first() -> None:
    found = rows(run("any", "9780306406157", "hello world"))
    assert [row["kind"] for row in found] == ["gtin", "isbn", "gln", "unknown"]


def test_mid_is_built_from_name_and_address() -> None:
    address = ["--street", "88 Xinhua Road", "--city", "Dongguan", "--country", "CN"]
    (row,) = rows(run("mid", "--name", "Sunrise Toy Factory Ltd", *address))
    assert (row["valid"], row["normal"], row["parts"]["name"]) == (True, "CNSUNTOY88DON", "SUNTOY")
    (part,) = rows(run("mid", "--name", "O.A.S.I.S. Corp."))
    assert (part["valid"], part["parts"]["name"]) == (False, "OASCOR")


def test_tracking_reads_courier_files_and_names_what_is_left_out(tmp_path: Path) -> None:
    folder = str(shared("identifiers/tracking_numbers/couriers"))
    (row,) = rows(run("tracking", "--couriers", folder, " 7 9 0 5 3 5 3 1 2 3 1 7 "))
    assert (row["kind"], row["valid"], row["parts"]["id"]) == ("tracking", True, "fedex_12")
    broken = tmp_path / "broken.json"
    good = {"regex": "Z[0-9]{3}", "name": "Z"}
    broken.write_text(json.dumps({"tracking_numbers": [good, {"name": "no pattern"}]}), "utf-8")
    result = run("tracking", "--couriers", str(broken), "Z123")
    assert "no pattern" in result.stderr
    assert rows(result)[0]["valid"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        pytest.param(["gtni", "1"], "'gtin'", id="an unknown kind is told the nearest"),
        pytest.param([], "no kind", id="no kind"),
        pytest.param(["s10", "--name", "x"], "MID", id="an address with another kind"),
        pytest.param(["tracking", "--couriers", "nowhere", "1"], "courier files", id="no files"),
    ],
)
def test_a_bad_call_is_an_error_with_a_remedy(arguments: list[str], told: str) -> None:
    result = run(*arguments)
    assert isinstance(result.exception, InputError)
    assert told in str(result.exception)
    assert result.exception.remedy


def test_kinds_are_listed() -> None:
    listed = {row["kind"]: row for row in rows(run("--kinds"))}
    assert {"gtin", "s10", "vat", "container", "unlocode"} <= set(listed)
    assert all(row["title"] and row["form"] for row in listed.values())


def test_scalar_kinds_need_no_polars_and_the_input_streams() -> None:
    code = (
        "import sys, typer\n"
        "from tidewaiter.cli.verbs import identify\n"
        "app = typer.Typer(); app.command()(identify.command)\n"
        "app(['s10', 'RB123456785GB'], standalone_mode=False)\n"
        "app(['gtin', '4006381333931'], standalone_mode=False)\n"
        "print(sorted({'polars', 'numpy', 'lxml'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_an_answer_comes_before_the_whole_input_is_read() -> None:
    lines = iter([b"RB123456785GB\n", b""])

    class Slow:
        def readline(self, _size: int) -> bytes:
            return next(lines)

    assert next(identify._lines_in(Slow())) == "RB123456785GB"
    assert next(lines) == b""
