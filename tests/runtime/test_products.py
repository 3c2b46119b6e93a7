"""Catalogue, recalls and history as files: what is read, rejected, kept, and never done twice."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tidewaiter.formats import get
from tidewaiter.runtime.assess import assess
from tidewaiter.runtime.products import files, history
from tidewaiter.runtime.products.catalogue import import_file, load_catalogue, show
from tidewaiter.runtime.products.loading import load_products
from tidewaiter.runtime.products.looking_up import look_up
from tidewaiter.runtime.products.reading import folded_name, read_records
from tidewaiter.runtime.products.recalled_parcels import check
from tidewaiter.runtime.products.recalls import import_file as import_recalls
from tidewaiter.runtime.products.recalls import load_recalls
from tidewaiter.simulate.config import Config
from tidewaiter.simulate.world import generate
from tidewaiter.vocabulary.errors import InputError

ON = dt.date(2026, 11, 25)
BRUSH, LAMP = "09521101530001", "04006381333931"
CSV = """GTIN-13;Brand Name;Trade Item Description;countryOfOrigin;Manufacturer Country;hsCode;Colour
9521101530001;Zorvex;Zorvex electric toothbrush;156;China;8509.80;blue
4006381333931;Lumora;Lumora pen;DEU;de;96.08.20;
4006381333932;Bad;wrong check digit;;;;
2012345678903;Shop;in-store number;;;;
;none;no number;;;;
4.00638E+12;Sheet;spreadsheet;;;;
"""
JSON_LD: dict[str, Any] = {
    "@context": "https://schema.org",
    "@graph": [
        {"@type": "Product", "gtin13": "4006381333931", "name": "Lumora marker",
         "brand": {"@type": "Brand", "name": "Lumora"},
         "manufacturer": {"name": "Lumora Pens", "address": {"addressCountry": "DE"}},
         "weight": {"value": 12, "unitCode": "GRM"}},
        {"gs1:gtin": "09521101530001", "gs1Licence": {"licenseeName": "Zorvex Ltd"},
         "gs1:tradeItemDescription": [{"@value": "brush", "@language": "en"},
                                      {"@value": "Bürste", "@language": "de"}],
         "targetMarketCountryCode": ["840", "124"]},
    ],
}  # fmt: skip
RECALL: list[dict[str, Any]] = [
    {"RecallID": 10001, "RecallNumber": "26-123", "RecallDate": "2026-03-01T00:00:00",
     "Title": "Zorvex recalls toothbrushes", "URL": "https://recalls.example.org/26-123",
     "Products": [{"Name": "Zorvex brush", "Model": "TB-200 and TB-201", "NumberOfUnits": "9"}],
     "ProductUPCs": [{"UPC": "0 36000 29145 2"}, {"UPC": "036000291453"}],
     "Hazards": [{"Name": "Fire"}], "Manufacturers": [{"Name": "Zorvex Works, of Yiwu, China"}],
     "ManufacturerCountries": [{"Country": "China"}], "Remedies": [{"Name": "Refund"}],
     "Inconjunctions": []},
    {"RecallID": 10002, "RecallNumber": "26-124", "Title": "no number", "ProductUPCs": []},
    {"Title": "neither id nor number"},
]  # fmt: skip


def put(folder: Path, name: str, content: Any) -> Path:
    path = folder / name
    path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "folded"),
    [("gs1:brandName", "brandname"), ("GTIN-13", "gtin13"), ("Country of Origin", "countryoforigin"),
     ("schema:name", "name")],
)  # fmt: skip
def test_names_of_fields_are_compared_by_letters_and_digits(name: str, folded: str) -> None:
    assert folded_name(name) == folded


@pytest.mark.requirement("D2")
def test_csv_is_read_and_each_bad_row_rejected_with_its_reason(tmp_path: Path) -> None:
    done = import_file(put(tmp_path, "a.csv", CSV), tmp_path / "c", on=ON)
    assert (done.read, done.taken, done.new, done.known) == (6, 2, 2, 2)
    assert done.rejected["position"].to_list() == [3, 4, 5, 6]
    reasons = " / ".join(done.rejected["reason"].to_list())
    for word in ("check digit", "not global", "no GTIN", "spreadsheet"):
        assert word in reasons
    assert done.unread == ("colour",)
    rows = load_catalogue(tmp_path / "c").select(
        "gtin", "brand", "country_origin", "maker_country", "hs_code", "unread"
    )
    assert rows.rows() == [
        (LAMP, "Lumora", "DE", "DE", "960820", None),
        (BRUSH, "Zorvex", "CN", "CN", "850980", '{"colour":"blue"}'),
    ]


def test_later_words_win_field_by_field_and_say_who_said_them(tmp_path: Path) -> None:
    import_file(put(tmp_path, "a.csv", CSV), tmp_path / "c", on=dt.date(2026, 1, 1))
    done = import_file(put(tmp_path, "b.json", JSON_LD), tmp_path / "c", on=ON)
    assert (done.new, done.known, done.rejected.height) == (0, 2, 0)
    fields = show(LAMP, tmp_path / "c")["fields"]
    assert fields["name"] == {"value": "Lumora marker", "source": "b.json", "on": "2026-11-25"}
    assert fields["hs_code"] == {"value": "960820", "source": "a.csv", "on": "2026-01-01"}
    assert fields["maker_country"]["value"] == "DE"
    brush = show("9521101530001", tmp_path / "c")["fields"]
    assert brush["name"]["value"] == "brush"
    assert brush["owner_name"]["value"] == "Zorvex Ltd"
    assert brush["markets"]["value"] == "840 | 124"


def test_the_same_file_again_adds_nothing(tmp_path: Path) -> None:
    source, target = put(tmp_path, "a.csv", CSV), tmp_path / "c.parquet"
    import_file(source, target, on=ON)
    import_file(put(tmp_path, "b.json", JSON_LD), target, on=ON)
    before = files.digest(target)
    done = import_file(source, target, on=ON)
    assert done.again
    assert done.known == 2
    assert files.digest(target) == before


def test_a_row_later_in_the_file_wins_without_wiping(tmp_path: Path) -> None:
    text = f"gtin,name,brand\n{BRUSH},old,Zorvex\n{BRUSH},new,\n"
    import_file(put(tmp_path, "a.csv", text), tmp_path / "c", on=ON)
    row = load_catalogue(tmp_path / "c").row(0, named=True)
    assert (row["name"], row["brand"]) == ("new", "Zorvex")


def test_a_line_that_is_no_json_is_rejected_and_the_rest_is_read(tmp_path: Path) -> None:
    lines = '{"gtin": "9521101530001", "name": "brush"}\n{broken\n[1]\n'
    done = import_file(put(tmp_path, "a.ndjson", lines), tmp_path / "c", on=ON)
    assert (done.read, done.taken, done.known) == (3, 1, 1)


@pytest.mark.parametrize("content", ["[]", "{}", "just words", "\x00\x01"])
def test_a_file_without_products_gives_none(tmp_path: Path, content: str) -> None:
    assert import_file(put(tmp_path, "a.txt", content), tmp_path / "c", on=ON).known == 0


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="neither CSV nor JSON"):
        import_file(put(tmp_path, "a.csv", ""), tmp_path / "c", on=ON)


def test_a_broken_write_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "c.parquet"
    import_file(put(tmp_path, "a.csv", CSV), target, on=ON)
    before = files.digest(target)

    def full(*_: object, **__: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(pl.DataFrame, "write_parquet", full)
    with pytest.raises(OSError, match="disk full"):
        import_file(put(tmp_path, "b.json", JSON_LD), target, on=ON)
    assert files.digest(target) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv", "b.json", "c.parquet"]


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    import_file(put(tmp_path, "a.csv", CSV), tmp_path / "c.parquet", on=ON)
    with pytest.raises(InputError, match="recalls import"):
        load_recalls(tmp_path / "c.parquet")
    with pytest.raises(InputError, match="products import"):
        load_catalogue(tmp_path / "none.parquet")
    with pytest.raises(InputError, match="no Parquet file"):
        load_catalogue(put(tmp_path, "x.parquet", "text"))


@pytest.mark.requirement("D5")
def test_recalls_are_read_and_broken_numbers_reported(tmp_path: Path) -> None:
    done = import_recalls(put(tmp_path, "r.json", RECALL), tmp_path / "r")
    assert (done.read, done.new, done.known, done.gtins, done.without) == (3, 2, 2, 1, 1)
    assert done.broken.rows() == [("10001", "036000291453", "wrong length or check digit")]
    assert done.faults == ("record 3 has neither id nor number",)
    row = load_recalls(tmp_path / "r").row(0, named=True)
    assert row["gtins"] == ["00036000291452"]
    assert (row["day"], row["hazard"], row["remedy"]) == (dt.date(2026, 3, 1), "Fire", "Refund")
    assert row["makers"] == ["Zorvex Works, of Yiwu, China"]
    assert row["maker_countries"] == ["China"]
    assert row["products"] == [{"name": "Zorvex brush", "model": "TB-200 and TB-201"}]
    assert json.loads(row["unread"]) == {"productsnumberofunits": "9"}


def test_a_recall_read_again_replaces_and_other_agencies_come_as_csv(tmp_path: Path) -> None:
    import_recalls(put(tmp_path, "r.json", RECALL), tmp_path / "r")
    changed = [{**RECALL[0], "Hazards": [{"Name": "Fire and shock"}]}]
    again = import_recalls(put(tmp_path, "s.json", changed), tmp_path / "r")
    assert (again.new, again.known) == (0, 2)
    text = 'id,date,product,model,risk,barcode\nA1,2026-05-05,Lumora lamp,"LM-1, LM-2",Shock,'
    done = import_recalls(
        put(tmp_path, "eu.csv", f"{text}4006381333931\n"), tmp_path / "r", agency="EU"
    )
    assert done.known == 3
    rows = load_recalls(tmp_path / "r")
    assert rows["hazard"].to_list() == ["Fire and shock", None, "Shock"]
    assert rows["agency"].to_list() == ["CPSC", "CPSC", "EU"]


@pytest.fixture(scope="module")
def orders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a file of 300 simulated orders, the first of which names a GTIN."""
    batch = generate(Config(seed=4, parcels=300)).batches["order"]
    first = pl.int_range(pl.len()) < 3
    items = batch.goods_items.with_columns(pl.when(first).then(pl.lit(LAMP)).alias("gtin_text"))
    path = tmp_path_factory.mktemp("orders") / "orders.ndjson"
    path.write_bytes(get("canonical").encode(batch.with_frames(goods_items=items)))
    return path


@pytest.fixture(scope="module")
def results(orders: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("results") / "out"
    assess([orders], lane="AE", on=ON, out=out)
    return out


@pytest.fixture
def recalls(tmp_path: Path) -> pl.DataFrame:
    recall = [{"RecallID": "7", "RecallNumber": "26-7", "RecallDate": "2026-05-01",
               "Hazards": [{"Name": "Fire"}], "ProductUPCs": [{"UPC": LAMP}]}]  # fmt: skip
    import_recalls(put(tmp_path, "r.json", recall), tmp_path / "r.parquet")
    return load_recalls(tmp_path / "r.parquet")


@pytest.mark.requirement("D5")
def test_open_parcels_and_past_consignees_are_found(
    recalls: pl.DataFrame, results: Path, orders: Path
) -> None:
    hits = check(recalls, [results], on=ON)
    parcels = pl.read_parquet(results / "consignments.parquet")
    items = pl.read_parquet(results / "goods_items.parquet").filter(pl.col("gtin") == LAMP)
    assert items.height == 3
    assert sorted(hits.lines["consignment_id"]) == sorted(items["consignment_id"])
    decided = dict(parcels.select("consignment_id", "decision").rows())
    for row in hits.lines.to_dicts():
        wanted = {"release": "past", "refuse": "refused"}.get(
            decided[row["consignment_id"]], "open"
        )
        assert row["state"] == wanted
    assert "name" not in hits.lines.columns
    people = set(hits.persons()["person_key"])
    assert people <= set(parcels["person_key"])
    named = check(recalls, [results], on=ON, messages=[orders])
    assert named.lines["name"].null_count() == 0
    assert named.lines.drop("name").equals(hits.lines)


def test_a_parcel_that_has_not_arrived_is_open(
    recalls: pl.DataFrame, results: Path, tmp_path: Path
) -> None:
    later = dt.datetime(2026, 11, 26, 8, tzinfo=dt.UTC)
    for name in ("consignments", "goods_items"):
        rows = pl.read_parquet(results / f"{name}.parquet")
        if name == "consignments":
            rows = rows.with_columns(
                pl.lit(later).dt.cast_time_unit("us").alias("arrival_at"),
                pl.lit("release").alias("decision"),
            )
        rows.write_parquet(tmp_path / f"{name}.parquet")
    assert set(check(recalls, [tmp_path], on=ON).lines["state"]) == {"open"}
    assert set(check(recalls, [tmp_path], on=dt.date(2026, 11, 27)).lines["state"]) == {"past"}


def test_csv_results_give_the_same_and_other_folders_are_refused(
    recalls: pl.DataFrame, results: Path, tmp_path: Path
) -> None:
    by_csv = check(recalls, [results / "goods_items.csv"], on=ON)
    assert by_csv.lines.equals(check(recalls, [results], on=ON).lines)
    with pytest.raises(InputError, match="assess"):
        check(recalls, [tmp_path], on=ON)


def test_no_recall_no_hit(recalls: pl.DataFrame, results: Path) -> None:
    answer = check(recalls.clear(), [results], on=ON).as_json()
    assert (answer["open"], answer["past"], answer["lines"]) == (0, 0, [])


@pytest.mark.requirement("D5")
def test_history_of_files_and_of_results_counts_the_same_and_nothing_twice(
    orders: Path, results: Path, tmp_path: Path
) -> None:
    of_files = history.add([orders], tmp_path / "a.parquet", lane="AE", on=ON)
    of_results = history.add([results], tmp_path / "b.parquet", lane="AE", on=ON)
    assert of_files.lines == of_results.lines > 300
    again = history.add([orders], tmp_path / "a.parquet", lane="AE", on=ON)
    assert (again.added, again.lines) == ((), of_files.lines)
    seen = history.show(LAMP, tmp_path / "a.parquet")
    assert seen["lines"] == 3
    assert seen["sellers_about"] >= 1
    assert history.show(LAMP, tmp_path / "b.parquet")["sellers_about"] == 0
    assert history.show("00036000291452", tmp_path / "a.parquet") == {}


def test_what_is_loaded_goes_into_the_run_and_its_digest(orders: Path, tmp_path: Path) -> None:
    catalogue = f"gtin,name,owner,hs\n{LAMP},Zorvex engine oil filter,Zorvex Ltd,842123\n"
    import_file(put(tmp_path, "c.csv", catalogue), tmp_path / "c.parquet", on=ON)
    known = load_products(tmp_path / "c.parquet")
    done = assess([orders], lane="AE", on=ON, out=tmp_path / "out", products=known)
    digest = files.digest(tmp_path / "c.parquet")
    assert done.knowledge.digests["products:catalogue"] == digest
    assert f'"products:catalogue": "{digest}"' in (tmp_path / "out" / "packs.json").read_text()
    found = pl.read_parquet(tmp_path / "out" / "findings.parquet")
    assert found["code"].str.starts_with("products.").any()
    assert load_products().empty


def test_a_product_is_looked_up_only_where_asked(tmp_path: Path) -> None:
    import_file(put(tmp_path, "a.csv", CSV), tmp_path / "c", on=ON)
    answer = look_up("4006381333931", catalogue=tmp_path / "c")
    assert set(answer) == {"gtin", "prefix", "catalogue"}
    assert answer["prefix"]["gs1_organisation"] == "GS1 Germany"
    with pytest.raises(InputError, match="no GTIN"):
        look_up("4006381333932", catalogue=tmp_path / "c")
    with pytest.raises(InputError, match="nothing to look in"):
        look_up("4006381333931")


def test_a_json_number_keeps_its_digits_and_lists_their_values(tmp_path: Path) -> None:
    rows, faults = read_records(put(tmp_path, "a.json", [{"gtin": 4006381333931, "a": [1, 2]}]))
    assert rows.row(0, named=True)["gtin"] == "4006381333931"
    assert faults == []
