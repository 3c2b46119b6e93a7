"""`tidewaiter convert`: files in one format to another, and what was lost on the way."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from tests.formats.samples import CANONICAL, EASYPOST, ORDERS, SHOPIFY
from tidewaiter.cli.verbs.convert import command
from tidewaiter.formats import canonical, orders
from tidewaiter.vocabulary.errors import InputError

APP = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
APP.command("convert")(command)


def run(*words: str, stdin: bytes = b"") -> Result:
    return CliRunner().invoke(APP, list(words), input=stdin)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    path = tmp_path / "shop.json"
    path.write_bytes(SHOPIFY)
    return path


def test_a_file_is_told_by_its_content_and_written_to_standard_output(shop: Path) -> None:
    done = run("--to", "canonical", str(shop))
    assert done.exit_code == 0
    tree = json.loads(done.stdout)
    assert (tree["consignment_id"], tree["view"]) == ("1", "order")
    assert "1 parcel with 1 goods item from shopify to canonical" in done.stderr
    assert "not carried" not in done.stderr


def test_standard_input_and_a_file_to_write(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "orders.ndjson"
    done = run("--from", "orders", "--to", "canonical", "-", "--out", str(out), stdin=ORDERS)
    assert done.exit_code == 0
    assert done.stdout == ""
    assert canonical.decode(out.read_bytes()).goods_items.height == 3
    assert run("--to", "canonical", stdin=ORDERS).stdout.encode() == out.read_bytes()


def test_what_the_target_does_not_carry_is_said(shop: Path) -> None:
    done = run("--to", "orders", str(shop))
    assert done.exit_code == 0
    assert "not carried by orders:" in done.stderr
    assert "goods_items.hs_code_text: 1 value" in done.stderr
    assert "more columns" in done.stderr
    assert orders.decode(done.stdout.encode()).consignments["order_id"].to_list() == ["#11"]


def test_pieces_that_cannot_be_read_are_said_and_the_rest_is_converted(tmp_path: Path) -> None:
    path = tmp_path / "c.ndjson"
    path.write_bytes(CANONICAL + b"{broken\n" * 30)
    done = run("--to", "canonical", str(path))
    assert done.exit_code == 0
    assert len(done.stdout.splitlines()) == 2
    assert "30 pieces could not be read:" in done.stderr
    assert "record 3: not well-formed JSON" in done.stderr
    assert "... and 10 more" in done.stderr


def test_findings_of_the_reader_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "e.json"
    path.write_bytes(EASYPOST.replace(b'"630291"', b"630291"))
    done = run("--to", "canonical", str(path))
    assert "finding format.code_as_number: 1" in done.stderr


def test_nothing_converted_is_a_failure_and_writes_no_file(tmp_path: Path) -> None:
    path, out = tmp_path / "bad.json", tmp_path / "out.json"
    path.write_bytes(b'{"hello": 1}')
    done = run("--from", "easypost", "--to", "canonical", str(path), "--out", str(out))
    assert done.exit_code == 1
    assert "no message of easypost" in done.stderr
    assert not out.exists()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        pytest.param(["--to", "canonicl", "-"], "Did you mean 'canonical'", id="an unknown target"),
        pytest.param(["--from", "order", "--to", "canonical"], "'orders'", id="an unknown source"),
        pytest.param(["-"], "Give --to; known: canonical", id="no target"),
        pytest.param(["--to", "canonical", "no such file"], "no file 'no such file'", id="no file"),
        pytest.param(
            ["--to", "canonical", "-"], "cannot be told from its content", id="no message"
        ),
    ],
)
def test_a_bad_call_says_what_to_do(words: list[str], sentence: str) -> None:
    done = run(*words, stdin=b"prose")
    assert isinstance(done.exception, InputError)
    assert sentence in str(done.exception)


def test_the_formats_are_listed() -> None:
    done = run("--formats")
    assert done.exit_code == 0
    for name in ("canonical", "easypost", "orders", "shipengine", "shippo", "shopify"):
        assert name in done.stdout


def test_the_schema_is_printed() -> None:
    schema = json.loads(run("--schema").stdout)
    assert schema["properties"]["format"]["const"] == "tidewaiter-consignment/1"


def test_the_verb_has_a_help_line() -> None:
    said = " ".join(run("--help").stdout.split())
    assert "say what could not be carried" in said
