"""WooCommerce orders, as REST API v3 gives them.

A line's `total` (text) is what the buyer pays for the whole line, after discounts and without tax;
its `price` (a number) is of one unit and stays in `unread`. The order's `total` holds freight and
tax too: it is no declared value and stays in `unread`. The core has no customs fields; plug-ins
keep them in `meta_data`, whose usual keys (tariff code, origin, GTIN, IOSS, tracking number) are
read with or without a leading underscore; the list is ours, from memory. `date_created` is in the
shop's time. Reads orders; not products, refunds or coupons.
"""

from __future__ import annotations

from tidewaiter.formats.parts.json_records import tell_tale
from tidewaiter.formats.parts.layout import (
    Default,
    Label,
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
    "meta_data": 0.35,
    "order_key": 0.4,
    "date_created": 0.3,
    "date_created_gmt": 0.3,
    "cart_hash": 0.3,
    "address_1": 0.3,
    "shipping_total": 0.2,
}


def sniff(head: bytes, file_name: str) -> float:
    """Tell by the names of its members."""
    del file_name
    return tell_tale(head, _TELLS)


FORMAT = FormatSpec(
    name="woocommerce",
    title="WooCommerce order, JSON",
    view=View.ORDER.value,
    pieces=Pieces.WHOLE,
    extensions=(".json", ".ndjson"),
    sniff=sniff,
    source="WooCommerce REST API v3, orders: layout of a synthetic order, the rest from memory",
)

_ADDRESS = (
    text("company", "company"),
    text("street", "address_1"),
    text("street_extra", "address_2"),
    text("city", "city"),
    text("region", "state"),
    code("postcode", "postcode"),
    text("country_text", "country"),
    text("email", "email"),
    code("phone", "phone"),
)
_NAMES = ("first_name", "last_name")


def _meta(column: str, key: str, *words: str, sets: tuple[tuple[str, str], ...] = ()) -> Label:
    return Label(
        column=column,
        path="meta_data",
        key="key",
        words=frozenset({key.lstrip("_"), *words}),
        value="value",
        written=(("key", key),),
        sets=sets,
    )


def _is_order(tree: Tree) -> bool:
    return "line_items" in tree or {"billing", "shipping"} <= tree.keys() or "order_key" in tree


LAYOUT = Layout(
    spec=FORMAT,
    expected="line_items, billing, shipping, order_key",
    shapes=(Shape(_is_order, lambda tree: [tree]),),
    envelopes=("orders", "order", "data"),
    marker="line_items",
    consignment=(
        text("consignment_id", "id"),
        text("order_id", "number"),
        text("payment_id", "transaction_id"),
        text("ordered_at_text", "date_created", "date_created_gmt"),
        text("message_at_text", "date_modified", "date_modified_gmt"),
        text("total_currency_text", "currency"),
        text("freight_text", "shipping_total"),
        text("mail_class", "shipping_lines.method_title"),
    ),
    items="line_items",
    item=(
        text("title", "parent_name"),
        text("description_text", "name"),
        number("quantity_text", "quantity"),
        text("declared_value_text", "total"),
        text("declared_currency_text", "currency"),
        text("sku", "sku"),
        text("product_id", "product_id"),
        text("image_url", "image.src"),
    ),
    parties=(
        Place(Role.CONSIGNEE.value, "shipping", _ADDRESS, _NAMES),
        Place(
            Role.BUYER.value,
            "billing",
            _ADDRESS,
            _NAMES,
            keeps=("customer_ip_address", "customer_user_agent", "customer_note"),
        ),
    ),
    basis=Basis.TOTAL,
    mass_basis=Basis.UNKNOWN,
    currency="^total_currency_text",
    identity=("order_id",),
    defaults=(Default("freight_currency_text", "freight_text", "=total_currency_text"),),
    labels=(
        _meta("fiscal_reference", "_ioss_number", "ioss", sets=(("fiscal_role", "FR5"),)),
        _meta("tracking_id", "_tracking_number", "tracking_code", "tracking_id"),
    ),
    item_labels=(
        _meta(
            "hs_code_text",
            "_hs_code",
            "hscode",
            "hs_tariff_code",
            "tariff_code",
            "hs_tariff_number",
            "harmonized_system_code",
            "harmonized_code",
        ),
        _meta("country_origin_text", "_country_of_origin", "origin_country", "country_origin"),
        _meta("gtin_text", "_gtin", "ean", "upc", "barcode"),
        _meta("brand", "_brand"),
    ),
    singles=("shipping_lines",),
)


def decode(data: bytes, *, source: str = "", position: int = 0) -> Batch:
    """Read orders (object, array, lines or in an envelope); columns as in `LAYOUT`.

    Returns:
        Batch with the columns that formats own; values are totals of the line; what cannot be read
        stands in `rejected`.
    """
    return read(LAYOUT, data, source, position)


def encode(batch: Batch) -> bytes:
    """Write the parcels as an array of orders (one order alone as an object)."""
    return write(LAYOUT, batch)
