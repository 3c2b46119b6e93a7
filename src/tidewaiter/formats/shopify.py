"""Shopify orders, fulfilments and catalogue entries, as the Admin REST API gives them.

A line item's `price` is of one unit, in the shop's currency, and its `grams` are of one unit (from
memory; order fixtures of the Python client, 2026-04). The customs members of a line
(`harmonized_system_code`, `country_code_of_origin`) belong to inventory items (from memory) and are
read wherever they stand on a line. An order is known to the shop by `id`; the buyer and the carrier
know it by `name` (`#1001`), which is its `order_id` here. A fulfilment is a transport view of the
order it names. Products, variants and inventory items give lines, and a finding that they are no
parcel. Payment details, discounts and taxes stay in `unread`.
"""

from __future__ import annotations

from tidewaiter.formats.parts.json_records import tell_tale
from tidewaiter.formats.parts.layout import (
    Default,
    Layout,
    Place,
    Shape,
    Tree,
    code,
    number,
    text,
)
from tidewaiter.formats.parts.layout_read import read
from tidewaiter.formats.parts.layout_write import write
from tidewaiter.formats.spec import FormatSpec, Pieces
from tidewaiter.vocabulary.batch import Batch
from tidewaiter.vocabulary.terms import Basis, Role, View

_TELLS = {
    "line_items": 0.2,
    "fulfillment_status": 0.3,
    "financial_status": 0.3,
    "fulfillment_service": 0.3,
    "grams": 0.3,
    "variant_id": 0.2,
    "tracking_company": 0.5,
    "body_html": 0.6,
    "inventory_item": 0.6,
    "inventory_policy": 0.4,
    "buyer_accepts_marketing": 0.5,
    "total_line_items_price": 0.4,
}


def sniff(head: bytes, file_name: str) -> float:
    """Tell by the names of its members."""
    del file_name
    return tell_tale(head, _TELLS)


FORMAT = FormatSpec(
    name="shopify",
    title="Shopify order, JSON",
    view=View.ORDER.value,
    pieces=Pieces.WHOLE,
    extensions=(".json", ".ndjson"),
    sniff=sniff,
    source="Shopify/shopify_python_api fixtures @307fa92 (2026-04); meaning of amounts from memory",
)

_ADDRESS = (
    text("name", "name"),
    text("company", "company"),
    text("street", "address1"),
    text("street_extra", "address2"),
    text("city", "city"),
    text("region", "province", "province_code"),
    code("postcode", "zip"),
    text("country_text", "country_code", "country"),
    code("phone", "phone"),
)
_NAMES = ("first_name", "last_name")


def _is_fulfilment(tree: Tree) -> bool:
    return "order_id" in tree and bool(
        tree.keys() & {"tracking_number", "tracking_company", "service"}
    )


def _from_fulfilment(tree: Tree) -> list[Tree]:
    """Give a fulfilment as the order it is for: the parcel is the same."""
    own = {key: value for key, value in tree.items() if key not in ("order_id", "line_items")}
    order = {"id": tree["order_id"], "fulfillments": [own]}
    return [{**order, "line_items": tree["line_items"]} if "line_items" in tree else order]


def _is_order(tree: Tree) -> bool:
    return "line_items" in tree or bool(tree.keys() & {"shipping_address", "financial_status"})


def _is_product(tree: Tree) -> bool:
    return isinstance(tree.get("variants"), list)


def _from_product(tree: Tree) -> list[Tree]:
    """Give each variant of a product as a line; what holds for all of them stands on each."""
    shared = {key: tree[key] for key in ("title", "vendor", "body_html", "image") if tree.get(key)}
    rest = {key: value for key, value in tree.items() if key not in (*shared, "variants")}
    lines = [
        {**variant, **shared, "variant_title": variant.get("title"), "product_id": tree.get("id")}
        if isinstance(variant, dict)
        else variant
        for variant in tree["variants"]
    ]
    return [{"line_items": lines, "product": rest}]


def _is_stock(tree: Tree) -> bool:
    return "sku" in tree or "inventory_policy" in tree


LAYOUT = Layout(
    spec=FORMAT,
    expected="line_items, shipping_address, tracking_number, variants",
    shapes=(
        Shape(_is_fulfilment, _from_fulfilment, view=View.TRANSPORT.value),
        Shape(_is_order, lambda tree: [tree]),
        Shape(_is_product, _from_product, parcel=False),
        Shape(_is_stock, lambda tree: [{"line_items": [tree]}], parcel=False),
    ),
    envelopes=(
        "orders",
        "order",
        "fulfillments",
        "fulfillment",
        "products",
        "product",
        "variants",
        "variant",
        "inventory_items",
        "inventory_item",
    ),
    marker="line_items",
    consignment=(
        text("consignment_id", "id"),
        text("order_id", "name", "order_number"),
        code("tracking_id", "fulfillments.tracking_number"),
        text("ordered_at_text", "created_at"),
        text("message_at_text", "updated_at", "fulfillments.created_at"),
        text("total_value_text", "total_line_items_price", "subtotal_price", "total_price"),
        text("total_currency_text", "currency"),
        text(
            "freight_text",
            "shipping_lines.price",
            "total_shipping_price_set.shop_money.amount",
        ),
        text(
            "freight_currency_text",
            "shipping_lines.price_set.shop_money.currency_code",
            "total_shipping_price_set.shop_money.currency_code",
        ),
        number("gross_mass_text", "total_weight"),
        text("mail_class", "shipping_lines.code"),
    ),
    items="line_items",
    item=(
        text("title", "title"),
        text("description_text", "name", "body_html"),
        code("hs_code_text", "harmonized_system_code"),
        code("gtin_text", "barcode"),
        number("quantity_text", "quantity"),
        number("net_mass_text", "grams"),
        text("declared_value_text", "price"),
        text("declared_currency_text", "price_set.shop_money.currency_code"),
        text("country_origin_text", "country_code_of_origin"),
        text("brand", "vendor"),
        text("sku", "sku"),
        text("product_id", "product_id"),
        text("image_url", "image.src"),
    ),
    parties=(
        Place(Role.CONSIGNEE.value, "shipping_address", _ADDRESS, _NAMES),
        Place(
            Role.BUYER.value,
            "billing_address",
            (*_ADDRESS, text("email", "/email", "/contact_email"), text("account", "/customer.id")),
            _NAMES,
            keeps=("customer", "client_details", "payment_details", "browser_ip", "phone", "note"),
        ),
        Place(Role.CARRIER.value, "", (text("name", "/fulfillments.tracking_company"),)),
    ),
    basis=Basis.UNIT,
    mass_basis=Basis.UNIT,
    mass_unit="g",
    currency="^total_currency_text",
    identity=("order_id",),
    defaults=(
        Default("gross_mass_unit", "gross_mass_text", "g"),
        Default("freight_currency_text", "freight_text", "=total_currency_text"),
    ),
    singles=("fulfillments", "shipping_lines"),
)


def decode(data: bytes, *, source: str = "", position: int = 0) -> Batch:
    """Read orders (object, array, lines or in an envelope); columns as in `LAYOUT`.

    Returns:
        Batch with the columns that formats own; values and masses are of one unit; what cannot be
        read stands in `rejected`.
    """
    return read(LAYOUT, data, source, position)


def encode(batch: Batch) -> bytes:
    """Write the parcels as `{"orders": [...]}`; values and masses of one unit."""
    return write(LAYOUT, batch, "orders")
