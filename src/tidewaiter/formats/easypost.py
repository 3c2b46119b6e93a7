"""EasyPost shipments with their customs information, as the API takes and gives them.

A line's `value` is the total of the line, in US dollars unless it names a currency; its `weight`
is the total of the line in ounces; a parcel is measured in inches (EasyPost API reference,
CustomsItem and Parcel; client-library fixtures of 2026-01). Reads shipments, orders (several
shipments between the same addresses) and, without a parcel, customs information and customs items
on their own. Tax identifiers stand with their issuing country in `unread`, which has no column.
Does not read rates not chosen, labels, options other than the terms of delivery.
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
    "customs_info": 0.4,
    "hs_tariff_number": 0.5,
    "from_address": 0.35,
    "to_address": 0.35,
    "eel_pfc": 0.1,
    "customs_items": 0.1,
    "tracking_code": 0.15,
    "street1": 0.05,
}


def sniff(head: bytes, file_name: str) -> float:
    """Tell by the names of its members."""
    del file_name
    return tell_tale(head, _TELLS)


FORMAT = FormatSpec(
    name="easypost",
    title="EasyPost shipment with customs information, JSON",
    view=View.TRANSPORT.value,
    pieces=Pieces.WHOLE,
    extensions=(".json", ".ndjson"),
    sniff=sniff,
    source="EasyPost API documentation as restated; EasyPost/examples fixtures @112a6d1 (2026-01)",
)

_ORDER_SHARED = (
    "from_address",
    "to_address",
    "return_address",
    "buyer_address",
    "customs_info",
    "reference",
)
_ADDRESS = (
    text("name", "name"),
    text("company", "company"),
    text("street", "street1"),
    text("street_extra", "street2"),
    text("city", "city"),
    text("region", "state"),
    code("postcode", "zip"),
    text("country_text", "country"),
    text("email", "email"),
    code("phone", "phone"),
    code("tax_id", "federal_tax_id"),
)


def _is_order(tree: Tree) -> bool:
    return "shipments" in tree and ("to_address" in tree or "from_address" in tree)


def _from_order(tree: Tree) -> list[Tree]:
    shared = {key: tree[key] for key in _ORDER_SHARED if key in tree}
    shipments = tree["shipments"] if isinstance(tree["shipments"], list) else [tree["shipments"]]
    parts = [{**shared, **part} for part in shipments if isinstance(part, dict)]
    if len(parts) > 1 and isinstance(tree.get("reference"), str):
        named = enumerate(parts, start=1)  # parcels of one order must not pass for one parcel
        parts = [{"id": f"{tree['reference']}/{place}", **part} for place, part in named]
    rest = {key: tree[key] for key in tree if key not in (*_ORDER_SHARED, "shipments")}
    strange = [part for part in shipments if not isinstance(part, dict)]
    if strange:
        rest["shipments"] = strange
    if not parts:
        return [{**shared, "_order": rest}]
    return [{**parts[0], "_order": rest} if rest else parts[0], *parts[1:]]


def _is_shipment(tree: Tree) -> bool:
    return bool(tree.keys() & {"to_address", "from_address", "parcel", "tracking_code"}) or (
        isinstance(tree.get("customs_info"), dict)
    )


def _is_customs_info(tree: Tree) -> bool:
    return isinstance(tree.get("customs_items"), list)


def _is_customs_item(tree: Tree) -> bool:
    return "hs_tariff_number" in tree or {"description", "origin_country"} <= tree.keys()


LAYOUT = Layout(
    spec=FORMAT,
    expected="to_address, from_address, parcel, customs_info",
    shapes=(
        Shape(_is_order, _from_order),
        Shape(_is_shipment, lambda tree: [tree]),
        Shape(_is_customs_info, lambda tree: [{"customs_info": tree}], parcel=False),
        Shape(
            _is_customs_item,
            lambda tree: [{"customs_info": {"customs_items": [tree]}}],
            parcel=False,
        ),
    ),
    envelopes=(
        "shipments",
        "shipment",
        "orders",
        "order",
        "customs_infos",
        "customs_info",
        "customs_items",
        "customs_item",
    ),
    marker="to_address",
    consignment=(
        text("consignment_id", "id"),
        text("order_id", "reference"),
        code("tracking_id", "tracking_code"),
        text("message_at_text", "created_at"),
        text("nature_text", "customs_info.contents_type"),
        text("incoterm", "options.incoterm"),
        text("mail_class", "selected_rate.service", "service"),
        number("gross_mass_text", "parcel.weight"),
        text("freight_text", "selected_rate.rate"),
        text("freight_currency_text", "selected_rate.currency"),
        text("insured_text", "insurance"),
    ),
    items="customs_info.customs_items",
    item=(
        text("description_text", "description"),
        code("hs_code_text", "hs_tariff_number"),
        number("quantity_text", "quantity"),
        number("net_mass_text", "weight"),
        number("declared_value_text", "value"),
        text("declared_currency_text", "currency"),
        text("country_origin_text", "origin_country"),
        code("sku", "code"),
        text("maker_name", "manufacturer"),
    ),
    parties=(
        Place(Role.CONSIGNOR.value, "from_address", _ADDRESS, keeps=("return_address",)),
        Place(Role.CONSIGNEE.value, "to_address", _ADDRESS),
        Place(Role.BUYER.value, "buyer_address", _ADDRESS),
        Place(Role.CARRIER.value, "", (text("name", "/selected_rate.carrier", "/carrier"),)),
        Place(Role.DECLARANT.value, "", (text("name", "/customs_info.customs_signer"),)),
    ),
    basis=Basis.TOTAL,
    mass_basis=Basis.TOTAL,
    mass_unit="oz",
    currency="USD",
    dimensions=("parcel.length", "parcel.width", "parcel.height", '"in'),
    defaults=(Default("gross_mass_unit", "gross_mass_text", "oz"),),
    labels=(
        Label(
            column="fiscal_reference",
            path="tax_identifiers",
            key="tax_id_type",
            words=frozenset({"ioss"}),
            value="tax_id",
            written=(("entity", "SENDER"), ("tax_id_type", "IOSS")),
            sets=(("fiscal_role", "FR5"),),
        ),
    ),
)


def decode(data: bytes, *, source: str = "", position: int = 0) -> Batch:
    """Read shipments (object, array, lines or in an envelope); columns as in `LAYOUT`.

    Returns:
        Batch with the columns that formats own; what cannot be read stands in `rejected`.
    """
    return read(LAYOUT, data, source, position)


def encode(batch: Batch) -> bytes:
    """Write each parcel as a shipment; values as totals of the line, masses in ounces."""
    return write(LAYOUT, batch)
