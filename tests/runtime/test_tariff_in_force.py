"""Tariffs in force: kept, chosen by day and by what was known, and what real chapters then owe."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from typer.testing import CliRunner

import tidewaiter
from tests.knowledge.tariff.samples import HTS_ROWS, cn_csv, hts_json, uk_csv
from tests.shared_data import shared
from tidewaiter.cli.main import build
from tidewaiter.knowledge.load import load
from tidewaiter.knowledge.tariff.pack import load_tariff
from tidewaiter.knowledge.tariff.rates import rates_of
from tidewaiter.runtime.flow import make_flow
from tidewaiter.runtime.goods.store import knowledge_in_force
from tidewaiter.runtime.tariff import in_force
from tidewaiter.runtime.tariff.importing import About, import_files
from tidewaiter.stages.charge import charge
from tidewaiter.vocabulary.batch import Batch, conform
from tidewaiter.vocabulary.errors import InputError

FIRST = dt.date(2025, 1, 1)
KNOWN = dt.date(2026, 11, 20)
ON = dt.date(2026, 8, 1)
OWNERS = ("formats", "check", "fuse", "classify", "link")


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep what is kept in a folder of the test's own."""
    monkeypatch.setenv("TIDEWAITER_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


def pack(
    folder: Path,
    rows: list[Any] | None = None,
    *,
    first: dt.date = FIRST,
    known: dt.date = KNOWN,
    source: bytes | None = None,
    about: dict[str, Any] | None = None,
) -> Path:
    """Import the kites of the samples; gives the pack's path."""
    name = f"{first}-{known}-{len(list(folder.iterdir()))}"
    (folder / f"{name}.src").write_bytes(source or hts_json(rows))
    told = About(**{"valid_from": first, "edition": "e", **(about or {})})
    return import_files(
        [folder / f"{name}.src"], folder / f"{name}.tariff", told, imported_at=known
    ).path


def rate(was: str, becomes: str) -> list[Any]:
    return [{**row, "general": becomes} if row["general"] == was else row for row in HTS_ROWS]


def box_kites(on: dt.date, **more: Any) -> str | None:
    """Give the rate in percent of box kites in the schedule of the US in force on a day."""
    schedule = knowledge_in_force("US", **more).schedule_on(on)
    if schedule is None:
        return None
    [percent] = schedule.rates_for(pl.Series(["6901101010"]))["percent"]
    return f"{percent.normalize():f}"


@pytest.mark.requirement("G7")
def test_a_pack_in_use_is_in_the_knowledge_of_its_place_alone(tmp_path: Path) -> None:
    before = {lane: knowledge_in_force(lane).digest for lane in ("US", "EU", "AE")}
    assert knowledge_in_force("US") is load("US")
    path = pack(tmp_path)
    kept = in_force.use(path)
    path.unlink()  # the copy counts
    assert [one.id for one in in_force.kept()] == [kept.id]
    after = {lane: knowledge_in_force(lane).digest for lane in ("US", "EU", "AE")}
    assert after["EU"] == before["EU"]
    assert after["AE"] == before["AE"]
    assert after["US"] != before["US"]
    assert knowledge_in_force("US").digests[f"tariff/{FIRST}"] == kept.id
    assert "programmes/us" in knowledge_in_force("US").digests
    assert box_kites(ON) == "4.5"
    assert box_kites(FIRST - dt.timedelta(days=1)) is None
    in_force.drop(kept.id[:8])
    assert in_force.kept() == []
    assert knowledge_in_force("US").digest == before["US"]


def test_every_door_uses_it_and_prepares_a_day_once(tmp_path: Path) -> None:
    in_force.use(pack(tmp_path))
    flow = make_flow("US", ON)
    assert flow.knowledge.schedule_on(ON) is knowledge_in_force("US").schedule_on(ON)
    assert flow.knowledge.regime is knowledge_in_force("US").regime


def test_the_edition_of_the_day_and_the_last_correction_known_count(tmp_path: Path) -> None:
    later, known_later = dt.date(2026, 7, 1), dt.date(2026, 12, 1)
    in_force.use(pack(tmp_path))
    in_force.use(pack(tmp_path, rate("4.5%", "5%"), first=later))
    in_force.use(pack(tmp_path, rate("4.5%", "6%"), first=later, known=known_later))
    assert box_kites(later - dt.timedelta(days=1)) == "4.5"
    assert box_kites(later) == "6"
    assert in_force.pack_on("US", FIRST - dt.timedelta(days=1)) is None
    assert in_force.pack_on("US", later) == in_force.kept()[-1].path
    assert box_kites(later, known_at=KNOWN) == "5"
    assert box_kites(later, known_at=KNOWN - dt.timedelta(days=1)) is None


def test_lines_that_begin_and_end_inside_an_edition_count_on_their_days(tmp_path: Path) -> None:
    made = pack(tmp_path, source=uk_csv())
    _, dated = in_force.schedules_of_file(made)
    assert [day for day, _ in dated] == [FIRST, dt.date(2026, 7, 1)]
    codes = [set(schedule.lines["goods_code"]) for _, schedule in dated]
    assert codes[0] - codes[1] == {"6901100010"}


@pytest.mark.parametrize(
    ("made", "fault"),
    [
        pytest.param({"source": cn_csv()}, "no rate that can be read", id="without rates"),
        pytest.param({"about": {"jurisdiction": "WCO"}}, "WCO", id="of no place with a regime"),
        pytest.param({"about": {"jurisdiction": "../.."}}, "jurisdiction", id="of a bad name"),
        pytest.param({"about": {"schedule": "XTS"}}, "is kept", id="of another schedule"),
    ],
)
def test_a_pack_is_not_put_in_force(tmp_path: Path, made: dict[str, Any], fault: str) -> None:
    in_force.use(pack(tmp_path))
    with pytest.raises(InputError, match=fault):
        in_force.use(pack(tmp_path, **made))
    assert len(in_force.kept()) == 1


def test_a_damaged_pack_is_told_and_never_left_out_in_silence(tmp_path: Path, data: Path) -> None:
    kept = in_force.use(pack(tmp_path))
    kept.path.write_bytes(kept.path.read_bytes().replace(b"4.5%", b"0.5%"))
    with pytest.raises(InputError, match="not a whole tariff pack"):
        knowledge_in_force("US")
    with pytest.raises(InputError, match="no file"):
        in_force.use(data / "absent.tariff")
    with pytest.raises(InputError, match="kept tariff"):
        in_force.drop("")


def test_a_pack_for_one_run_stands_instead_of_the_kept_one(tmp_path: Path) -> None:
    in_force.use(pack(tmp_path))
    other = pack(tmp_path, rate("4.5%", "9%"))
    assert box_kites(ON, tariff=other) == "9"
    assert box_kites(ON) == "4.5"
    with pytest.raises(InputError, match="cannot be used for EU"):
        knowledge_in_force("EU", tariff=other)
    early = {"from": "CN", "to": "US", "on": "2024-12-31", "items": [{
        "description": "kite", "value": "10", "currency": "USD"}]}  # fmt: skip
    with pytest.raises(InputError, match="valid from 2025-01-01, not yet on 2024-12-31"):
        tidewaiter.quote(early, tariff=other)


def test_the_commands(tmp_path: Path) -> None:
    def run(*args: str) -> str:
        done = CliRunner().invoke(build(), ["tariff", *args], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return str(done.output)

    assert "no tariff is kept" in run("kept")
    assert "codes with rates" in run("use", str(pack(tmp_path)))
    [one] = json.loads(run("kept", "--json"))
    assert one["jurisdiction"] == "US"
    assert one["codes"] > 0
    assert one["id"][:16] in run("kept")
    run("drop", one["id"])
    assert json.loads(run("kept", "--json")) == []


@pytest.fixture(scope="module")
def chapters(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Import the real chapters 61, 62 and 99."""
    files = [shared(f"tariff/us_hts/chapter_{number}.json") for number in (61, 62, 99)]
    out = tmp_path_factory.mktemp("hts") / "us.tariff"
    about = About(valid_from=FIRST, edition="2026 rev 20")
    return import_files(files, out, about, imported_at=KNOWN).path


def shirts(on: str, origin: str, hs: str = "6109100012", **more: Any) -> dict[str, Any]:
    """Quote five cotton T-shirts of USD 60 by express."""
    [answer] = tidewaiter.quote(asked(on, origin, hs, **more))
    return dict(answer)


def asked(on: str, origin: str, hs: str, **more: Any) -> dict[str, Any]:
    item = {"description": "cotton T-shirt", "hs": hs, "quantity": 5, "unit_value": "12.00",
            "currency": "USD", "origin": origin, **more}  # fmt: skip
    return {"from": origin, "to": "US", "on": on, "mode": "express", "items": [item]}


@pytest.mark.requirement("G7")
@pytest.mark.parametrize(
    ("origin", "on", "duty"),
    [
        pytest.param("CN", "2025-09-01", "32.40", id="U8"),
        pytest.param("CN", "2026-02-01", "26.40", id="U9"),
        pytest.param("CN", "2026-03-15", "20.40", id="U10"),
        pytest.param("CN", "2026-08-01", "21.90", id="U11"),
        pytest.param("DE", "2025-09-01", "9.90", id="U12 September 2025"),
        pytest.param("DE", "2026-03-15", "15.90", id="U12 March 2026"),
        pytest.param("DE", "2026-08-01", "9.90", id="U12 August 2026"),
        pytest.param("VN", "2025-09-01", "21.90", id="U14 September 2025"),
        pytest.param("VN", "2026-08-01", "17.40", id="U14 August 2026"),
    ],
)
def test_golden_duties_come_out_of_the_real_chapters(
    chapters: Path, origin: str, on: str, duty: str
) -> None:
    in_force.use(chapters)
    codes = ("6109100004", "6109100012", "6109.10.00", "610910")
    for answer in tidewaiter.quote(*(asked(on, origin, code) for code in codes)):
        assert answer["duty"] == duty
        assert answer["state"] == "exact"
        assert not answer["undetermined"]


def test_a_subheading_is_a_range_over_its_national_lines(chapters: Path) -> None:
    in_force.use(chapters)
    answer = shirts("2026-08-01", "CN", "620620")  # 7.1, 8.5 and 17 %
    [line] = [one for one in answer["lines"] if one["layer"] == "us.column1"]
    assert (line["amount"], line["amount_high"], line["state"]) == ("4.26", "10.20", "bounded")
    assert "national tariff code" in answer["undetermined"][0]["needs"]
    exact = {code: shirts("2026-08-01", "CN", code) for code in ("6206201000", "6206203010")}
    for one in exact.values():
        assert Decimal(answer["duty"]) <= Decimal(one["duty"])
        assert Decimal(one["total_high"]) <= Decimal(answer["total_high"])


def test_a_programme_is_offered_with_what_it_saves_and_granted_when_claimed(
    chapters: Path,
) -> None:
    in_force.use(chapters)
    answer = shirts("2026-03-15", "KR")
    [offer] = answer["preferences"]
    assert (offer["programme"], offer["rate"], offer["saving"]) == ("KR", "free", "9.90")
    assert offer["needs"] == ["proof of origin"]
    claimed = shirts("2026-03-15", "KR", facts={"preference": "KR"})
    assert claimed["duty"] == offer["duty"] == "6.00"
    assert any("with proof of origin" in one["sentence"] for one in claimed["lines"])
    assert {one["layer"]: one["confidence"] for one in claimed["lines"]}[
        "us.column1.preference"
    ] == "memory"  # the list of programmes is
    assert claimed["preferences"] == []
    assert shirts("2026-03-15", "CN")["preferences"] == []
    kept_facts = shirts("2026-03-15", "MX", facts={"usmca_qualifying": False})
    assert kept_facts["preferences"][0]["programme"] == "S"


def test_every_line_of_both_clothing_chapters_is_charged(chapters: Path) -> None:
    in_force.use(chapters)
    knowledge = knowledge_in_force("US")
    lines = rates_of(load_tariff(chapters))
    known = lines["unknown"].is_null()
    done = charge(_one_parcel_a_code(lines["code"]), knowledge, on=ON)
    normal = done.charges.filter(pl.col("layer") == "us.column1")
    assert normal.height == lines.height == 2_085
    exact = normal.filter(pl.col("state") == "exact").height
    # sets pay the rate of each garment in them: nobody can tell it from the set
    assert exact == known.sum()
    sets = lines.filter(~known)["rate_text"].unique().to_list()
    assert all("applicable to each garment in the" in text for text in sets), sets
    assert exact / lines.height > 0.88
    worst = normal.filter(pl.col("state") != "exact")
    assert (worst["amount"] == 0).all()
    assert worst["amount_high"].null_count() == worst.height


def _one_parcel_a_code(codes: pl.Series) -> Batch:
    parcels = pl.DataFrame({"consignment_id": codes}).with_columns(
        pl.col("consignment_id").alias("contribution_id"),
        pl.lit("US").alias("country_destination"),
        pl.lit("express").alias("channel_text"),
    )
    items = parcels.select(
        "consignment_id",
        "contribution_id",
        pl.lit(1).alias("item_no"),
        pl.lit(Decimal(60)).alias("declared_value"),
        pl.lit("USD").alias("declared_currency"),
        pl.col("consignment_id").alias("hs_code"),
        pl.col("consignment_id").str.slice(0, 6).alias("hs6"),
        pl.lit("CN").alias("country_origin"),
        pl.lit(Decimal(2)).alias("quantity"),
        pl.lit(500).alias("net_mass_g"),
    )
    return Batch(
        consignments=conform(parcels, "consignments", OWNERS),
        goods_items=conform(items, "goods_items", OWNERS),
    )
