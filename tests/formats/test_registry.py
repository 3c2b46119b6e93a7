"""All formats: what each says of itself, which one claims which file, and that they agree."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from tests.formats.samples import SAMPLES
from tests.shared_data import SHARED, shared
from tidewaiter import formats
from tidewaiter.formats import canonical, easypost, orders, shipengine, shippo, shopify, woocommerce
from tidewaiter.knowledge.findings import load_findings
from tidewaiter.vocabulary.batch import Batch, concat
from tidewaiter.vocabulary.errors import InputError
from tidewaiter.vocabulary.terms import View

MINE = (canonical, easypost, orders, shipengine, shippo, shopify, woocommerce)


@pytest.mark.parametrize("name", formats.names())
def test_a_format_says_what_it_is_and_keeps_the_contract(name: str) -> None:
    form = formats.get(name)
    assert form.spec.name == name
    assert form.spec.title
    assert form.spec.source
    assert form.spec.view in {"", *View}
    assert form.spec.extensions
    assert all(ending.startswith(".") for ending in form.spec.extensions)
    assert form.spec.writes == (form.encode is not None)
    parameters = inspect.signature(form.decode).parameters
    assert list(parameters) == ["data", "source", "position"]
    assert (
        parameters["source"].kind is parameters["position"].kind is inspect.Parameter.KEYWORD_ONLY
    )
    nothing = form.decode(b"", source="empty", position=3)
    assert nothing.consignments.is_empty()
    assert nothing.rejected.height == 1, "an empty file is said to be empty"
    assert nothing.rejected["position"].item() == 4


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_a_format_knows_its_own_sample_by_the_content(name: str) -> None:
    assert formats.sniff(SAMPLES[name][:8192], "message") == name


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("wco_lane/sample/orders.csv", "orders"),
        ("messages/platforms/easypost/client-library-fixtures.json", "easypost"),
        ("messages/platforms/shopify/order.json", "shopify"),
        ("messages/platforms/shopify/fulfillment.json", "shopify"),
        ("messages/platforms/shopify/product.json", "shopify"),
        ("messages/platforms/shopify/variant.json", "shopify"),
        ("messages/platforms/shopify/inventory_item.json", "shopify"),
        ("messages/platforms/woocommerce/order_synthetic.json", "woocommerce"),
    ],
)
def test_a_reference_file_is_claimed_by_its_format(path: str, name: str) -> None:
    assert formats.sniff(shared(path).read_bytes()[:8192], "file") == name


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"hello world\n", id="prose"),
        pytest.param(b'{"a": 1}', id="another JSON"),
        pytest.param(b"a,b,c\n1,2,3\n", id="another CSV"),
        pytest.param(b"<html></html>", id="a page"),
        pytest.param(b"\x89PNG\r\n\x1a\n\x00", id="a picture"),
    ],
)
def test_what_is_no_message_is_claimed_by_no_format(data: bytes) -> None:
    assert formats.sniff(data, "file") is None


def test_an_unknown_format_names_the_nearest() -> None:
    with pytest.raises(InputError, match="Did you mean 'shopify'"):
        formats.get("shopfy")


def test_every_platform_sample_that_is_a_message_is_read() -> None:
    shared("messages/platforms")
    read = 0
    for path in sorted((SHARED / "messages/platforms").rglob("*.json")):
        if path.parent.name in ("amazon", "shipengine"):
            continue  # schemas, no messages
        data = path.read_bytes()
        name = formats.sniff(data[:8192], path.name)
        assert name == path.parent.name, path
        batch = formats.get(name).decode(data, source=path.name)
        assert batch.rejected.is_empty(), path
        assert batch.goods_items.height, path
        read += 1
    assert read == 7


SCARF: dict[str, Any] = {
    "description_text": "Wool scarf, knitted",
    "hs_code_text": "611710",
    "quantity_text": "2",
    "declared_value_text": "30.50",
    "declared_currency_text": "EUR",
    "country_origin_text": "GB",
}
ANA = {
    "name": "Ana Sol",
    "street": "Rua 5",
    "city": "Porto",
    "postcode": "04000",
    "country_text": "PT",
}


def parcel() -> Batch:
    line = (
        '{"consignment_id":"C1","order_id":"O1","tracking_id":"RR1","nature":"gift","incoterm":"DDP",'
        '"goods_items":[{"item_no":1,"description":"Wool scarf, knitted","hs_code":"611710",'
        '"quantity":"2","declared_value":"30.50","declared_currency":"EUR","value_basis":"total",'
        '"country_origin":"GB"}],"parties":[{"role":"consignee","name":"Ana Sol","street":"Rua 5",'
        '"city":"Porto","postcode":"04000","country":"PT"}]}'
    )
    return canonical.decode(line.encode())


@pytest.mark.requirement("A4")
@pytest.mark.partly(
    "three carrier JSON formats; cargo manifests and equality of a hash are missing"
)
@pytest.mark.parametrize("name", ["easypost", "shippo", "canonical"])
def test_the_same_parcel_in_several_formats_is_the_same_record(name: str) -> None:
    form = formats.get(name)
    assert form.encode
    again = form.decode(form.encode(parcel()))
    assert again.consignments.select(
        "consignment_id", "tracking_id", "nature_text", "incoterm"
    ).rows() == [("C1", "RR1", "gift", "DDP")]
    assert again.goods_items.select(list(SCARF)).row(0, named=True) == SCARF
    assert again.goods_items["value_basis"].item() == "total"
    assert again.parties.select("role", *ANA).row(0, named=True) == {"role": "consignee", **ANA}


@pytest.mark.requirement("A1")
@pytest.mark.partly("several parties' messages are read and attributed; one API door is missing")
def test_each_message_keeps_who_said_it_and_from_which_side() -> None:
    said = concat(
        [
            shopify.decode(SAMPLES["shopify"], source="shop.json"),
            easypost.decode(SAMPLES["easypost"], source="label.json"),
            shippo.decode(SAMPLES["shippo"], source="label2.json"),
            orders.decode(SAMPLES["orders"], source="orders.csv"),
            canonical.decode(SAMPLES["canonical"], source="c.ndjson"),
        ]
    )
    assert said.contributions.select("format", "view", "source").rows() == [
        ("shopify", "order", "shop.json"),
        ("easypost", "transport", "label.json"),
        ("shippo", "transport", "label2.json"),
        ("orders", "order", "orders.csv"),
        ("orders", "order", "orders.csv"),
        ("canonical", "order", "c.ndjson"),
        ("canonical", "declaration", "c.ndjson"),
    ]
    assert said.contributions["contribution_id"].is_unique().all()


@pytest.mark.requirement("A8")
@pytest.mark.partly("a crash in mid-batch is tested with the store")
@pytest.mark.parametrize("module", MINE, ids=lambda module: module.FORMAT.name)
def test_the_same_message_twice_in_a_file_counts_once(module: Any) -> None:
    name = module.FORMAT.name
    once = module.decode(SAMPLES[name])
    if name == "orders":
        twice = SAMPLES[name] + SAMPLES[name].split(b"\n", 1)[1]
    else:
        line = b"".join(SAMPLES[name].splitlines()) if name != "canonical" else SAMPLES[name]
        twice = line.rstrip() + b"\n" + line
    again = module.decode(twice)
    for frame in ("consignments", "goods_items", "parties", "findings"):
        assert again.frames()[frame].equals(once.frames()[frame]), frame


def test_every_finding_of_these_readers_is_described_and_weighs_what_they_say() -> None:
    texts = load_findings().texts
    broken = SAMPLES["shipengine"].replace(b'"6911.10"', b"6911.10")
    odd = b'{"consignment_id":"X","view":"?","parties":[{}],"goods_items":[{"item_no":0}]}\n'
    batches = [
        shipengine.decode(broken),
        shopify.decode(b'{"variant":{"sku":"S"}}'),
        canonical.decode(odd),
    ]
    found = concat(batches).findings.select("code", "severity").unique().rows()
    assert {code for code, _ in found} == {
        "format.code_as_number",
        "format.item_numbers",
        "format.no_parcel",
        "format.party_unplaced",
        "format.unknown_view",
        "format.value_basis_unknown",
    }
    for code, severity in found:
        assert {word for _, word in texts[code].severities} == {severity}, code
