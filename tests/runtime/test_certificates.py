"""Certificates with files: the register, uses recorded once, and over-use across runs and days."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from typer.testing import CliRunner

from tidewaiter.cli.main import build
from tidewaiter.engines.local import Limits
from tidewaiter.runtime import verbs
from tidewaiter.runtime.assess import Run, assess
from tidewaiter.runtime.certificates.adding import add_file, add_one
from tidewaiter.runtime.certificates.looking import check, listed
from tidewaiter.runtime.certificates.store import certificates_dir, load_certificates
from tidewaiter.runtime.flow import make_flow
from tidewaiter.vocabulary.errors import InputError

ON = dt.date(2026, 11, 1)
ROWS = """type code,number,issuer,holder id,hs prefixes,quantity,unit,valid from,valid until
c400,cn/2026/77,CN,,9601; 0508,10,kg,2026-01-01,2026-12-31
N851,NZ-5,NZ,,06,,,,
C400,bad unit,CN,,9601,10,stone,,
C400,bad day,CN,,9601,10,kg,01.02.2026,
,no type,CN,,,,,,
C400,odd code,CN,,960,1,kg,,
"""


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give every test a data directory of its own."""
    monkeypatch.setenv("TIDEWAITER_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def permit() -> None:
    add_one(
        {"type_code": "C400", "number": "CN/2026/77", "issuer": "CN", "hs_prefixes": "9601",
         "quantity": "10", "unit": "kg", "valid_until": "2026-12-31"},
        source="test",
    )  # fmt: skip


def parcel(name: str, kilograms: str, day: str = "2026-10-20") -> dict[str, Any]:
    return {
        "consignment_id": name, "ordered_at": f"{day}T10:00:00Z", "country_departure": "CN",
        "country_destination": "DE", "order_id": f"O-{name}", "nature": "sale",
        "goods_items": [{
            "description": "Box carved of mammoth and hippo ivory, for jewellery",
            "hs_code": "960110", "quantity": "1", "net_mass": kilograms, "mass_unit": "kg",
            "declared_value": "40", "declared_currency": "EUR", "country_origin": "CN", "merchant_product_id": "M-1",
            "manufacturer_product_id": "X-1", "gtin": "4006381333931",
            "documents": [{"kind": "document", "type": "C400", "id": "CN/2026/77"}],
        }],
        "parties": [{"role": "seller", "name": "Fine Carvings Ltd", "street": "8 Harbour Street",
                     "city": "Shenzhen", "country": "CN"},
                    {"role": "consignee", "name": f"Person {name}", "street": "1 Pier Road",
                     "city": "Bremen", "postcode": "28195", "country": "DE"}],
    }  # fmt: skip


def run(folder: Path, *parcels: dict[str, Any], limits: Limits | None = None) -> Run:
    folder.mkdir(exist_ok=True)
    file = folder / "parcels.ndjson"
    file.write_text("".join(json.dumps(p) + "\n" for p in parcels), "utf-8")
    return assess([file], lane="EU", on=ON, out=folder / "out", limits=limits or Limits())


def refused(done: Run) -> list[str]:
    rows = pl.read_csv(done.out / "decisions.csv").filter(pl.col("decision") == "refuse")
    return sorted(rows["consignment_id"])


def drawn() -> dict[str, Decimal]:
    uses = load_certificates().uses
    return dict(
        uses.filter(pl.col("quantity") > 0).select("consignment_id", "quantity").iter_rows()
    )


def test_a_file_of_certificates_is_checked_row_by_row(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text(ROWS, "utf-8")
    done = add_file(tmp_path / "rows.csv")
    assert (done.read, done.taken, done.new) == (6, 2, 2)
    reasons = dict(done.rejected)
    assert reasons[3].startswith("the unit must be one of")
    assert reasons[4].startswith("valid_from is no date")
    assert reasons[5] == "no type code"
    assert "digits" in reasons[6]
    assert add_file(tmp_path / "rows.csv").new == 0
    row = load_certificates().register.row(0, named=True)
    assert (row["type_code"], row["number"], row["hs_prefixes"]) == ("C400", "CN/2026/77", ["9601", "0508"])  # fmt: skip
    assert row["quantity"] == Decimal(10)


def test_the_last_word_counts_and_a_torn_line_is_skipped(permit: None) -> None:
    path = certificates_dir() / "register.ndjson"
    path.write_bytes(path.read_bytes() + b'{"type_code": "C4')
    add_one({"type_code": "C400", "number": "CN/2026/77", "issuer": "CN", "revoked_on": "2026-11-01"}, source="test")  # fmt: skip
    assert load_certificates().register.height == 1
    assert listed(dt.date(2026, 10, 31))[0]["state"] == "good"
    assert listed(ON)[0]["state"] == "revoked"


@pytest.mark.requirement("H2")
def test_permit_reused_beyond_its_quantity_is_refused_in_one_run_and_in_the_next(
    permit: None, tmp_path: Path
) -> None:
    first = run(tmp_path / "one", parcel("A", "6"), parcel("B", "5"))
    assert refused(first) == ["B"]
    assert drawn() == {"A": Decimal(6)}
    second = run(tmp_path / "two", parcel("C", "4"), parcel("D", "0.5"))
    assert refused(second) == ["D"]
    assert drawn() == {"A": Decimal(6), "C": Decimal(4)}
    assert check("c400", "cn/2026/77", ON)[0]["left"] == "0.000"
    assert listed(ON)[0]["state"] == "used up"


@pytest.mark.requirement("H2")
def test_the_same_run_again_draws_nothing_more_and_answers_the_same(
    permit: None, tmp_path: Path
) -> None:
    first = run(tmp_path / "one", parcel("A", "6"), parcel("B", "5"))
    kept = (certificates_dir() / "uses.ndjson").read_bytes()
    again = run(tmp_path / "one", parcel("A", "6"), parcel("B", "5"))
    assert refused(first) == refused(again) == ["B"]
    assert (certificates_dir() / "uses.ndjson").read_bytes() == kept
    assert again.certificates.written == 0


def test_a_parcel_mended_draws_what_it_now_says_and_one_without_the_paper_gives_back(
    permit: None, tmp_path: Path
) -> None:
    run(tmp_path / "one", parcel("A", "6"))
    run(tmp_path / "two", parcel("A", "2"))
    assert drawn() == {"A": Decimal(2)}
    bare = parcel("A", "2")
    del bare["goods_items"][0]["documents"]
    run(tmp_path / "three", bare)
    assert drawn() == {}
    assert check("C400", "CN/2026/77", ON)[0]["left"] == "10.000"


def test_days_in_different_buckets_are_settled_when_uses_are_recorded(
    permit: None, tmp_path: Path
) -> None:
    days = [parcel("A", "6", "2026-10-20"), parcel("B", "6", "2026-10-21")]
    done = run(tmp_path / "one", *days, limits=Limits(batch_rows_max=1))
    assert refused(done) == []
    assert drawn() == {"A": Decimal(6)}
    said = json.loads((done.out / "summary.json").read_text("utf-8"))["certificates"]
    assert said["over_use"] == 1
    assert said["over_used_by"][0]["consignment_id"] == "B"
    whole = run(tmp_path / "two", *days)
    assert refused(whole) == ["B"]


def test_digest_of_a_decision_speaks_of_register_and_uses(permit: None, tmp_path: Path) -> None:
    before = make_flow("EU", ON).knowledge
    run(tmp_path / "one", parcel("A", "6"))
    after = make_flow("EU", ON).knowledge
    assert "certificates:certificates" in before.digests
    assert "certificates:certificate_uses" in after.digests
    assert before.digest != after.digest


def test_the_python_verb_looks_but_records_nothing(permit: None, tmp_path: Path) -> None:
    file = tmp_path / "parcels.ndjson"
    file.write_text(json.dumps(parcel("A", "6")) + "\n", "utf-8")
    done = verbs.assess(file, lane="EU", on=ON)
    assert done.goods_items["certificates_used"][0][0]["quantity"] == Decimal(6)
    assert drawn() == {}


def test_a_certificate_that_is_not_there_says_what_to_do() -> None:
    with pytest.raises(InputError, match="certificates add"):
        check("C400", "X", ON)


def test_the_command_adds_lists_and_checks(tmp_path: Path) -> None:
    def tidewaiter(*args: str, code: int = 0) -> str:
        done = CliRunner().invoke(build(), ["certificates", *args])
        assert done.exit_code == code, done.output
        return str(done.output)

    assert "the register is empty" in tidewaiter("list")
    one = ("--type", "C400", "--number", "CN/2026/77", "--goods", "9601", "--quantity", "10", "--unit", "kg")  # fmt: skip
    assert "1 new or changed" in tidewaiter("add", *one)
    run(tmp_path / "one", parcel("A", "6"))
    assert json.loads(tidewaiter("list", "--on", "2026-11-01", "--json"))[0]["left"] == "4.000"
    text = tidewaiter("check", "C400", "CN/2026/77", "--on", "2026-11-01")
    assert "6.000 kg by A line 1" in text
    assert "CN/2026/77" in tidewaiter("list", "--on", "2026-11-01")
    tidewaiter("add", code=1)
