"""ShipEngine shipments with customs items, in the shape of its OpenAPI file.

The schemas (customs_item, international_shipment_options, importer_of_records, tax_identifier) are
read; whether a customs item's value and weight are of the line or of one unit is not said there, so
their basis is `unknown` and each is a finding. Written for other sources a value is that of one
unit (from memory). The published example of a tariff code is a JSON number: such codes are read and
found. Shipments, labels and packages around the customs data are from memory of the API. Lines may
stand in `customs.customs_items` or, with one package, as its `products`.
"""

from __future__ import annotations

from tidewaiter.formats.parts.draft import Json
from tidewaiter.formats.parts.json_records import tell_tale
from tidewaiter.formats.parts.layout import (
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
    "ship_to": 0.4,
    "ship_from": 0.4,
    "harmonized_tariff_code": 0.5,
    "customs_items": 0.15,
    "shipment_id": 0.1,
    "city_locality": 0.3,
    "country_of_origin": 0.1,
    "customs_item_id": 0.4,
}


def sniff(head: bytes, file_name: str) -> float:
    """Tell by the names of its members."""
    del file_name
    return tell_tale(head, _TELLS)


FORMAT = FormatSpec(
    name="shipengine",
    title="ShipEngine shipment with customs items, JSON",
    view=View.TRANSPORT.value,
    pieces=Pieces.WHOLE,
    extensions=(".json", ".ndjson"),
    sniff=sniff,
    source="ShipEngine/shipengine-openapi customs schemas @f77943e (2026-04); the rest from memory",
)

_ADDRESS = (
    text("name", "name"),
    text("company", "company_name"),
    text("street", "address_line1"),
    text("street_extra", "address_line2"),
    text("city", "city_locality"),
    text("region", "state_province"),
    code("postcode", "postal_code"),
    text("country_text", "country_code"),
    text("email", "email"),
    code("phone", "phone"),
)


def _is_shipment(tree: Tree) -> bool:
    return bool(tree.keys() & {"ship_to", "ship_from", "packages", "customs"})


def _from_shipment(tree: Tree) -> list[Tree]:
    """Move the products of packages to the customs items: they are the same thing."""
    packages = tree.get("packages")
    customs = {} if tree.get("customs") in (None, "", [], {}) else tree["customs"]
    if not isinstance(packages, list) or not isinstance(customs, dict):
        return [tree]
    products = [
        product for package in packages if _has_products(package) for product in package["products"]
    ]
    if not products:
        return [tree]
    named = customs.get("customs_items")
    named = named if isinstance(named, list) else [] if named in (None, "", {}) else [named]
    bare = [
        {key: value for key, value in package.items() if key != "products"}
        if _has_products(package)
        else package
        for package in packages
    ]
    return [
        {**tree, "packages": bare, "customs": {**customs, "customs_items": [*named, *products]}}
    ]


def _has_products(package: Json) -> bool:
    return isinstance(package, dict) and isinstance(package.get("products"), list)


def _is_customs(tree: Tree) -> bool:
    return (
        isinstance(tree.get("customs_items"), list) or {"contents", "non_delivery"} <= tree.keys()
    )


def _is_label(tree: Tree) -> bool:
    return "label_id" in tree or {"tracking_number", "shipment_id"} <= tree.keys()


def _is_item(tree: Tree) -> bool:
    return bool(tree.keys() & {"customs_item_id", "harmonized_tariff_code", "country_of_origin"})


LAYOUT = Layout(
    spec=FORMAT,
    expected="ship_to, ship_from, packages, customs",
    shapes=(
        Shape(_is_shipment, _from_shipment),
        Shape(_is_label, lambda tree: [tree]),
        Shape(_is_customs, lambda tree: [{"customs": tree}], parcel=False),
        Shape(_is_item, lambda tree: [{"customs": {"customs_items": [tree]}}], parcel=False),
    ),
    envelopes=(
        "shipments",
        "shipment",
        "labels",
        "customs_items",
        "international_shipment_options",
    ),
    marker="ship_to",
    consignment=(
        text("consignment_id", "shipment_id"),
        text("order_id", "external_order_id", "external_shipment_id", "shipment_number"),
        code("tracking_id", "tracking_number", "packages.tracking_number"),
        text("message_at_text", "created_at"),
        text("loading_at_text", "ship_date"),
        text("nature_text", "customs.contents"),
        text("incoterm", "customs.terms_of_trade_code"),
        text("mail_class", "service_code"),
        number("gross_mass_text", "packages.weight.value", "total_weight.value"),
        text("gross_mass_unit", "packages.weight.unit", "total_weight.unit"),
        number("freight_text", "shipment_cost.amount"),
        text("freight_currency_text", "shipment_cost.currency"),
        number("insured_text", "packages.insured_value.amount"),
        text("insured_currency_text", "packages.insured_value.currency"),
    ),
    items="customs.customs_items",
    item=(
        text("description_text", "description"),
        code("hs_code_text", "harmonized_tariff_code"),
        number("quantity_text", "quantity"),
        text("quantity_unit", "unit_of_measure"),
        number("net_mass_text", "weight.value"),
        text("mass_unit", "weight.unit"),
        number("declared_value_text", "value", "value.amount"),
        text("declared_currency_text", "value_currency", "value.currency"),
        text("country_origin_text", "country_of_origin"),
        code("sku", "sku"),
        text("title", "sku_description"),
        text("listing_url", "product_url"),
    ),
    parties=(
        Place(Role.CONSIGNOR.value, "ship_from", _ADDRESS, keeps=("return_to",)),
        Place(Role.CONSIGNEE.value, "ship_to", _ADDRESS),
        Place(Role.IMPORTER.value, "customs.importer_of_record", _ADDRESS),
        Place(Role.CARRIER.value, "", (text("name", "/carrier_code"),)),
    ),
    basis=Basis.UNKNOWN,
    mass_basis=Basis.UNKNOWN,
    labels=(
        Label(
            column="fiscal_reference",
            path="tax_identifiers",
            key="identifier_type",
            words=frozenset({"ioss"}),
            value="value",
            written=(("taxable_entity_type", "shipper"), ("identifier_type", "ioss")),
            sets=(("fiscal_role", "FR5"),),
        ),
    ),
    singles=("packages",),
    dimensions=(
        "packages.dimensions.length",
        "packages.dimensions.width",
        "packages.dimensions.height",
        "packages.dimensions.unit",
    ),
)


def decode(data: bytes, *, source: str = "", position: int = 0) -> Batch:
    """Read shipments (object, array, lines or in an envelope); columns as in `LAYOUT`.

    Returns:
        Batch with the columns that formats own; `value_basis` and `mass_basis` are `unknown`; what
        cannot be read stands in `rejected`.
    """
    return read(LAYOUT, data, source, position)


def encode(batch: Batch) -> bytes:
    """Write each parcel as a shipment; values and masses known to be of a line become per unit."""
    return write(LAYOUT, batch)
