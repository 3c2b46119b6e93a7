"""Products: what catalogue, recalls and history say of a line, with planted parcels."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl
import pytest

from tests.stages.cases import batch as make
from tidewaiter.knowledge.load import Knowledge, load
from tidewaiter.knowledge.products import Products
from tidewaiter.runtime.flow import assess_batch
from tidewaiter.stages.decide import decide
from tidewaiter.stages.products import products
from tidewaiter.vocabulary.batch import Batch, concat, conform, empty
from tidewaiter.vocabulary.product_frames import CATALOGUE, HISTORY, RECALLS

ON = dt.date(2026, 11, 25)
OWNERS = ("formats", "check", "fuse", "classify")
BRUSH, LAMP, SHIRT = "09521101530001", "04006381333931", "00036000291452"

CATALOGUE_ROWS: list[dict[str, Any]] = [
    {"gtin": SHIRT, "name": "Cotton t-shirt", "hs_code": "610910", "country_origin": "BD"},
    {"gtin": LAMP, "name": "Lumora desk lamp", "brand": "Lumora", "hs_code": "940521",
     "owner_name": "Lumora GmbH", "resellers": "Lamp Palace | Light House"},
    {"gtin": BRUSH, "name": "Zorvex electric toothbrush", "brand": "Zorvex", "hs_code": "850980",
     "country_origin": "CN", "maker_name": "Zorvex Works", "maker_country": "CN",
     "owner_name": "Zorvex Ltd"},
]  # fmt: skip
RECALL_ROWS: list[dict[str, Any]] = [
    {"agency": "CPSC", "recall_id": "1", "number": "26-123", "day": dt.date(2026, 3, 1),
     "hazard": "Battery can overheat", "gtins": [LAMP], "makers": ["Zorvex Works, of Yiwu"],
     "products": [{"name": "Zorvex brushes", "model": "TB-200 and TB-201"}]},
]  # fmt: skip


def frame(declared: Any, rows: list[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=declared.schema)


def origins(gtin: str, **lines: int) -> pl.DataFrame:
    rows = [
        {"kind": "product", "key": gtin, "field": "origin", "value": value, "n": n}
        for value, n in lines.items()
    ]
    return frame(HISTORY, rows)


@pytest.fixture(scope="module")
def plain() -> Knowledge:
    return load("AE")


@pytest.fixture(scope="module")
def knowledge(plain: Knowledge) -> Knowledge:
    catalogue = frame(CATALOGUE, sorted(CATALOGUE_ROWS, key=lambda row: str(row["gtin"])))
    return plain.with_products(Products(catalogue, frame(RECALLS, RECALL_ROWS), digests={"x": "y"}))


def parcel(  # a parcel of one line, with its parties
    *, seller: str | None = None, seller_country: str | None = None, maker: str | None = None,
    departure: str | None = None, route: str | None = None, **line: Any,
) -> Batch:  # fmt: skip
    name = str(line.pop("id", "p"))
    batch = make(
        [{"consignment_id": name, "title": "Thing", **line}],
        [{"consignment_id": name, "country_departure": departure, "route_text": route}],
        owners=OWNERS,
    )
    who = [
        {"role": "seller", "name": seller, "country": seller_country},
        {"role": "maker", "name": "Some Works", "country": maker},
    ]
    parties = [
        {"consignment_id": name, "contribution_id": name, **party}
        for party, told in zip(who, (seller, maker), strict=True)
        if told
    ]
    rows = pl.DataFrame(parties) if parties else empty("parties", OWNERS)
    return batch.with_frames(parties=conform(rows, "parties", OWNERS))


def codes(batch: Batch) -> list[str]:
    return batch.findings["code"].to_list()


def detail(batch: Batch, code: str) -> str:
    return str(batch.findings.filter(pl.col("code") == code)["detail"].item())


@pytest.mark.requirement("D2")
@pytest.mark.parametrize(
    ("line", "contradicts"),
    [
        pytest.param({"title": "Men's wrist watch"}, True, id="a watch with a toothbrush's number"),
        pytest.param({"title": "Zorvex watch for men"}, True, id="the brand alone agrees"),
        pytest.param({"title": "Soft toothbrush"}, False, id="other words for a toothbrush"),
        pytest.param({"title": "gift", "insufficient_description": True}, False, id="a vague text"),
        pytest.param({"title": "cepillo"}, False, id="a language nobody here reads"),
        pytest.param({"title": None}, False, id="no text"),
        pytest.param({"title": "Men's watch", "gtin": None}, False, id="no number"),
        pytest.param(
            {"title": "Men's watch", "hs6_candidates": [{"hs6": "850980", "probability": 0.4}]},
            False,
            id="the classifier thinks it may be of the product's chapter",
        ),
    ],
)
def test_text_against_the_product(
    knowledge: Knowledge, line: dict[str, Any], contradicts: bool
) -> None:
    done = products(parcel(**{"gtin": BRUSH, **line}), knowledge, on=ON)
    assert ("products.text_contradicts_gtin" in codes(done)) is contradicts


def test_a_contradiction_says_both_texts(knowledge: Knowledge) -> None:
    done = products(parcel(gtin=BRUSH, title="Men's wrist watch"), knowledge, on=ON)
    said = detail(done, "products.text_contradicts_gtin")
    assert said == f"'Men's wrist watch' is said; {BRUSH} is 'Zorvex electric toothbrush'"


@pytest.mark.parametrize(
    ("declared", "code"),
    [
        pytest.param("960321", "products.code_contradicts_product", id="another heading"),
        pytest.param("850940", "products.code_differs_from_product", id="another subheading"),
        pytest.param("8509800000", None, id="the same with national digits"),
        pytest.param("8509", None, id="the heading only"),
        pytest.param(None, None, id="no code"),
    ],
)
def test_declared_code_against_the_product(
    knowledge: Knowledge, declared: str | None, code: str | None
) -> None:
    done = products(parcel(gtin=BRUSH, title="Toothbrush", hs_code=declared), knowledge, on=ON)
    assert [c for c in codes(done) if "code_" in c] == ([code] if code else [])


@pytest.mark.requirement("B4")
@pytest.mark.partly("only from the catalogue; the share of gaps filled is not measured here")
def test_gaps_are_filled_beside_what_was_declared(knowledge: Knowledge) -> None:
    given = parcel(gtin=BRUSH, title="Toothbrush", brand="Zorvex")
    done = products(given, knowledge, on=ON)
    filled = done.repairs.select("field", "declared", "repaired", "source").rows()
    assert filled == [
        ("goods_items.hs_code", None, "850980", "catalogue"),
        ("goods_items.country_origin", None, "CN", "catalogue"),
        ("goods_items.maker_name", None, "Zorvex Works", "catalogue"),
    ]
    assert done.repairs["confidence"].is_between(0.5, 1.0).all()
    assert done.goods_items.equals(given.goods_items)


def test_nothing_is_filled_from_a_number_that_may_be_wrong(knowledge: Knowledge) -> None:
    done = products(parcel(gtin=BRUSH, title="Men's wrist watch"), knowledge, on=ON)
    assert done.repairs.height == 0


def test_no_maker_is_filled_where_the_parcel_names_one(knowledge: Knowledge) -> None:
    done = products(parcel(gtin=BRUSH, title="Toothbrush", maker="CN"), knowledge, on=ON)
    assert "goods_items.maker_name" not in done.repairs["field"].to_list()


@pytest.mark.parametrize(
    ("seller", "gtin", "code"),
    [
        pytest.param("Zorvex Official Store", BRUSH, None, id="the brand's own shop"),
        pytest.param("zor-vex", BRUSH, None, id="the brand written apart"),
        pytest.param("Light House Ltd", LAMP, None, id="a listed reseller"),
        pytest.param("Happy Mall", BRUSH, "products.seller_of_watched_brand", id="a stranger"),
        pytest.param("Happy Mall", SHIRT, None, id="nothing known of the owner"),
    ],
)
def test_seller_against_owner(
    knowledge: Knowledge, seller: str, gtin: str, code: str | None
) -> None:
    done = products(parcel(gtin=gtin, title=None, seller=seller), knowledge, on=ON)
    assert [c for c in codes(done) if "seller" in c] == ([code] if code else [])
    assert seller not in done.findings.write_csv(), "no name of a party stands in a finding"


def test_a_stranger_is_a_note_before_the_brand_is_watched(knowledge: Knowledge) -> None:
    given = parcel(gtin=BRUSH, title=None, seller="Happy Mall")
    done = products(given, knowledge, on=dt.date(2025, 6, 1))
    assert "products.seller_not_owner" in codes(done)
    assert set(done.findings["severity"]) == {"note"}


@pytest.mark.requirement("D5")
@pytest.mark.parametrize(
    ("line", "code"),
    [
        pytest.param({"gtin": LAMP}, "products.recalled_gtin", id="a recalled number"),
        pytest.param({"title": "Zorvex TB-200 brush"}, "products.recalled_text", id="brand, model"),
        pytest.param({"title": "ZORVEX brush TB201"}, "products.recalled_text", id="run together"),
        pytest.param({"title": "TB-200", "maker_name": "Zorvex"}, "products.recalled_text",
                     id="the maker in its own field"),
        pytest.param({"title": "TB-200 brush"}, None, id="the model without a maker"),
        pytest.param({"title": "Zorvex brush TB-2000"}, None, id="a longer model"),
        pytest.param({"title": "Zorvex brush"}, None, id="the maker without a model"),
    ],
)  # fmt: skip
def test_recalls(knowledge: Knowledge, line: dict[str, Any], code: str | None) -> None:
    done = products(parcel(**line), knowledge, on=ON)
    assert [c for c in codes(done) if "recall" in c] == ([code] if code else [])
    if code:
        assert detail(done, code) == "CPSC recall 26-123 of 2026-03-01: Battery can overheat"
        assert decide(_finished(done), knowledge, on=ON).decisions["decision"].to_list() == ["hold"]


def _finished(batch: Batch) -> Batch:
    owners = (*OWNERS, "link", "charge", "restrict")
    return batch.with_frames(goods_items=conform(batch.goods_items, "goods_items", owners))


def test_a_recall_does_not_count_before_its_day(knowledge: Knowledge) -> None:
    done = products(parcel(gtin=LAMP), knowledge, on=dt.date(2026, 2, 28))
    assert "products.recalled_gtin" not in codes(done)


@pytest.mark.requirement("D6")
def test_origin_vn_from_cn_by_hk_with_a_maker_in_cn_is_doubted_with_reasons(
    plain: Knowledge,
) -> None:
    given = parcel(country_origin="VN", maker="CN", departure="CN", route="CN-HK-US")
    done = products(given, plain, on=ON)
    assert detail(done, "products.origin_doubt") == (
        "declared VN; the maker named in the parcel is in CN; sent from the maker's country; "
        "the route CN HK US does not touch VN"
    )
    decided = decide(_finished(done), plain, on=ON).decisions
    assert decided["decision"].to_list() == ["ask"]


@pytest.mark.requirement("D6")
@pytest.mark.parametrize(
    ("facts", "doubted"),
    [
        pytest.param({"maker": "CN", "departure": "DE"}, True, id="maker and route elsewhere"),
        pytest.param({"maker": "CN", "departure": "VN"}, False, id="sent from where it is said"),
        pytest.param({"maker": "VN", "departure": "CN"}, False, id="the maker is there"),
        pytest.param({"departure": "CN", "route": "CN HK US", "seller": "S", "seller_country": "CN"},
                     False, id="route and seller alone"),
        pytest.param({"gtin": BRUSH, "title": "Toothbrush"}, True, id="catalogue: maker and origin"),
        pytest.param({"gtin": BRUSH, "title": "Men's wrist watch", "departure": "CN"}, False,
                     id="a number that may be wrong says nothing"),
        pytest.param({"gtin": SHIRT, "title": "Cotton t-shirt"}, False,
                     id="another usual origin alone"),
        pytest.param({"gtin": SHIRT, "title": "Cotton t-shirt", "departure": "BD"}, True,
                     id="another usual origin, and the goods come from there"),
    ],
)  # fmt: skip
def test_origin_doubt(knowledge: Knowledge, facts: dict[str, Any], doubted: bool) -> None:
    done = products(parcel(country_origin="VN", **facts), knowledge, on=ON)
    assert ("products.origin_doubt" in codes(done)) is doubted


def test_history_speaks_for_and_against_an_origin(plain: Knowledge) -> None:
    rare = plain.with_products(Products(history=origins(SHIRT, CN=99, VN=1)))
    usual = plain.with_products(Products(history=origins(SHIRT, CN=60, VN=40)))
    few = plain.with_products(Products(history=origins(SHIRT, CN=10)))
    given = parcel(gtin=SHIRT, country_origin="VN", maker="CN", departure=None)
    assert "of 100 lines seen before, 1.0 % said VN; most said CN" in detail(
        products(given, rare, on=ON), "products.origin_doubt"
    )
    assert codes(products(given, usual, on=ON)) == []
    assert codes(products(given, few, on=ON)) == []


def test_the_country_of_a_prefix_is_no_evidence(plain: Knowledge) -> None:
    german = "04006381333931"
    catalogue = frame(CATALOGUE, [{"gtin": german, "name": "Pen", "country_origin": "VN"}])
    known = plain.with_products(Products(catalogue))
    done = products(parcel(gtin=german, title="Pen", country_origin="VN"), known, on=ON)
    assert codes(done) == []
    bare = plain.with_products(Products(frame(CATALOGUE, [{"gtin": german, "name": "Pen"}])))
    done = products(parcel(gtin=german, title="Pen"), bare, on=ON)
    assert done.repairs.height == 0


def test_where_nothing_is_known_the_batch_passes_untouched(plain: Knowledge) -> None:
    given = parcel(gtin=BRUSH, title="Men's wrist watch", country_origin="VN", seller="X")
    assert products(given, plain, on=ON) is given


def test_any_cut_gives_the_same(knowledge: Knowledge) -> None:
    parts = [
        parcel(id="a", gtin=BRUSH, title="Men's wrist watch", seller="Happy Mall"),
        parcel(id="b", gtin=LAMP, title="Desk lamp", seller="Lumora shop"),
        parcel(id="c", title="Zorvex TB-200", maker="CN", country_origin="VN", departure="CN"),
        parcel(id="d", gtin=SHIRT, title="Cotton t-shirt", hs_code="610990"),
        parcel(id="e"),
    ]
    whole = products(concat(parts), knowledge, on=ON)
    each = concat(products(part, knowledge, on=ON) for part in parts)
    for name in ("findings", "repairs"):
        one, two = getattr(whole, name), getattr(each, name)
        assert one.height > 0
        assert one.sort(one.columns).equals(two.sort(two.columns))
    assert whole.goods_items.equals(each.goods_items)


def test_an_empty_batch_goes_through_with_a_catalogue(knowledge: Knowledge) -> None:
    assert assess_batch(Batch(), knowledge, on=ON).decisions.height == 0


def test_what_was_known_is_in_the_decisions_digest(plain: Knowledge, knowledge: Knowledge) -> None:
    assert knowledge.digest != plain.digest
    assert knowledge.digests == {**plain.digests, "x": "y"}
