"""WooCommerce: the order field by field; a line's `total` counts, plug-ins' meta data are read."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings

from tests.formats.layouts import batches, bent, carried
from tests.formats.samples import WOOCOMMERCE
from tests.shared_data import shared
from tidewaiter.formats import woocommerce
from tidewaiter.vocabulary.batch import Batch


def filled(batch: Batch, frame: str) -> list[dict[str, Any]]:
    aside = {"contribution_id", "consignment_id", "unread"}
    return [
        {name: value for name, value in row.items() if value is not None and name not in aside}
        for row in batch.frames()[frame].to_dicts()
    ]


def test_the_order_field_by_field() -> None:
    data = shared("messages/platforms/woocommerce/order_synthetic.json").read_bytes()
    batch = woocommerce.decode(data, source="w.json")
    assert batch.rejected.is_empty()
    assert batch.findings.is_empty()
    assert batch.consignments["consignment_id"].item() == "90817"
    assert filled(batch, "consignments") == [
        {
            "order_id": "90817",
            "ordered_at_text": "2026-07-03T09:12:44",
            "message_at_text": "2026-07-03T09:13:02",
            "mail_class": "Tracked",
            "total_currency_text": "EUR",
            "freight_text": "4.90",
            "freight_currency_text": "EUR",
            "fiscal_reference": "IM3720000224",
            "fiscal_role": "FR5",
        }
    ]
    assert filled(batch, "goods_items") == [
        {
            "item_no": 1,
            "description_text": "Cotton T-shirt, knitted, women's, size M",
            "product_id": "501",
            "sku": "TS-W-M",
            "hs_code_text": "610910",
            "quantity_text": "2",
            "declared_value_text": "20.00",
            "declared_currency_text": "EUR",
            "value_basis": "total",
            "country_origin_text": "CN",
        },
        {
            "item_no": 2,
            "description_text": "Silicone phone case",
            "product_id": "502",
            "sku": "PC-7-BK",
            "quantity_text": "1",
            "declared_value_text": "9.00",
            "declared_currency_text": "EUR",
            "value_basis": "total",
        },
    ]
    ines = {
        "name": "Ines Example",
        "street": "12 Rue de l'Exemple",
        "city": "Lyon",
        "postcode": "69002",
        "country_text": "FR",
    }
    assert filled(batch, "parties") == [
        {"role": "consignee", **ines},
        {"role": "buyer", **ines, "email": "ines@example.org", "phone": "+33 0 00 00 00 00"},
    ]
    assert json.loads(batch.parties["unread"][1]) == {"/customer_ip_address": "192.0.2.14"}
    kept = json.loads(batch.consignments["unread"].item())
    assert (kept["total"], kept["date_created_gmt"]) == ("33.90", "2026-07-03T07:12:44")
    line = json.loads(batch.goods_items["unread"][0])
    assert (line["price"], line["subtotal"]) == (10, "22.00")
    assert carried(woocommerce.decode(woocommerce.encode(batch))) == carried(batch)


@pytest.mark.parametrize(
    ("key", "column"),
    [
        pytest.param("_hs_code", "hs_code_text", id="a tariff code"),
        pytest.param("HS_Tariff_Code", "hs_code_text", id="a tariff code, other spelling"),
        pytest.param("country_of_origin", "country_origin_text", id="an origin"),
        pytest.param("_ean", "gtin_text", id="a GTIN"),
    ],
)
def test_meta_data_of_plug_ins_on_a_line(key: str, column: str) -> None:
    data = WOOCOMMERCE.replace(b'{"id":1,"key":"_hs_code"', b'{"key":"%s"' % key.encode())
    batch = woocommerce.decode(data)
    assert batch.goods_items[column].item() == "611595"
    kept = json.loads(batch.goods_items["unread"].item())
    assert kept == (
        {"price": 3} if key == "_hs_code" else {"price": 3, "meta_data": kept["meta_data"]}
    )


def test_a_name_in_one_part_is_a_name() -> None:
    data = WOOCOMMERCE.replace(b'"first_name":"Ed","last_name":"Ott"', b'"last_name":"Ott GmbH"')
    assert set(woocommerce.decode(data).parties["name"]) == {"Ott GmbH"}


@settings(max_examples=60, deadline=None, derandomize=True)
@given(batches(woocommerce.LAYOUT))
def test_what_is_written_reads_back_the_same(batch: Batch) -> None:
    again = woocommerce.decode(woocommerce.encode(batch))
    assert again.rejected.is_empty()
    assert carried(again) == carried(batch)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(bent(WOOCOMMERCE))
def test_whatever_was_read_is_written_and_read_the_same(data: bytes) -> None:
    batch = woocommerce.decode(data)
    assert carried(woocommerce.decode(woocommerce.encode(batch))) == carried(batch)
