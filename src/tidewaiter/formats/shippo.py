"""Shippo shipments with their customs declaration, as the API takes and gives them.

A customs item's `value_amount` is quantity times unit value and its `net_weight` quantity times
unit weight: both are totals of the line (Shippo SDK model documentation, 2026-02: CustomsItem,
CustomsDeclaration, CustomsExporterIdentification, CustomsInvoicedCharges). Reads shipments,
transactions, and customs declarations or customs items on their own. A declaration whose items are
only ids of objects elsewhere gives no lines; the ids stay in `unread`.
"""

from __future__ import annotations

from tidewaiter.formats.parts.draft import Json
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
    "customs_declaration": 0.5,
    "address_from": 0.4,
    "address_to": 0.4,
    "value_amount": 0.4,
    "value_currency": 0.05,
    "mass_unit": 0.2,
    "net_weight": 0.2,
    "certify_signer": 0.4,
    "object_id": 0.05,
}


def sniff(head: bytes, file_name: str) -> float:
    """Tell by the names of its members."""
    del file_name
    return tell_tale(head, _TELLS)


FORMAT = FormatSpec(
    name="shippo",
    title="Shippo shipment with customs declaration, JSON",
    view=View.TRANSPORT.value,
    pieces=Pieces.WHOLE,
    extensions=(".json", ".ndjson"),
    sniff=sniff,
    source="goshippo/shippo-python-sdk model documentation @47df6c4 (2026-02), customs components",
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
)
_EXPORTER = "/customs_declaration.exporter_identification"


def _is_shipment(tree: Tree) -> bool:
    return bool(tree.keys() & {"address_from", "address_to", "customs_declaration", "parcels"})


def _is_transaction(tree: Tree) -> bool:
    return "tracking_number" in tree and bool(tree.keys() & {"rate", "label_url", "parcel"})


def _from_transaction(tree: Tree) -> list[Tree]:
    """Give a transaction as the shipment it is for; its parcel's id is not a parcel's data."""
    inner: Json = tree.get("shipment")
    rest = {key: value for key, value in tree.items() if key != "shipment"}
    return [{**inner, **rest}] if isinstance(inner, dict) else [tree]


def _is_declaration(tree: Tree) -> bool:
    return isinstance(tree.get("items"), list) and bool(
        tree.keys() & {"contents_type", "certify", "certify_signer", "non_delivery_option"}
    )


def _is_item(tree: Tree) -> bool:
    return {"value_amount", "net_weight"} <= tree.keys() or (
        {"description", "mass_unit"} <= tree.keys()
    )


LAYOUT = Layout(
    spec=FORMAT,
    expected="address_to, address_from, parcels, customs_declaration",
    shapes=(
        Shape(_is_shipment, lambda tree: [tree]),
        Shape(_is_transaction, _from_transaction),
        Shape(_is_declaration, lambda tree: [{"customs_declaration": tree}], parcel=False),
        Shape(_is_item, lambda tree: [{"customs_declaration": {"items": [tree]}}], parcel=False),
    ),
    envelopes=("results", "shipments", "shipment", "customs_declarations", "customs_items"),
    marker="address_to",
    consignment=(
        text("consignment_id", "object_id"),
        text("order_id", "order_number"),
        code("tracking_id", "tracking_number"),
        text("message_at_text", "object_created", "customs_declaration.object_created"),
        text("nature_text", "customs_declaration.contents_type"),
        text("incoterm", "customs_declaration.incoterm"),
        text("declaration_ref", "customs_declaration.exporter_reference"),
        text("mail_class", "servicelevel_token"),
        number("gross_mass_text", "parcels.weight"),
        text("gross_mass_unit", "parcels.mass_unit"),
        text("freight_text", "customs_declaration.invoiced_charges.total_shipping"),
        text("freight_currency_text", "customs_declaration.invoiced_charges.currency"),
    ),
    items="customs_declaration.items",
    item=(
        text("description_text", "description"),
        code("hs_code_text", "hs_code", "tariff_number"),
        number("quantity_text", "quantity"),
        text("net_mass_text", "net_weight"),
        text("mass_unit", "mass_unit"),
        text("declared_value_text", "value_amount"),
        text("declared_currency_text", "value_currency"),
        text("country_origin_text", "origin_country"),
        code("sku", "sku_code"),
    ),
    parties=(
        Place(
            Role.CONSIGNOR.value,
            "address_from",
            (
                *_ADDRESS,
                code("id_number", f"{_EXPORTER}.eori_number"),
                code("tax_id", f"{_EXPORTER}.tax_id.number"),
            ),
            defaults=(Default("id_type", "id_number", "EORI"),),
        ),
        Place(
            Role.CONSIGNEE.value,
            "address_to",
            _ADDRESS,
            keeps=("address_return", "customs_declaration.duties_payor"),
        ),
        Place(Role.IMPORTER.value, "customs_declaration.address_importer", _ADDRESS),
        Place(Role.CARRIER.value, "", (text("name", "/carrier"),)),
        Place(Role.DECLARANT.value, "", (text("name", "/customs_declaration.certify_signer"),)),
    ),
    basis=Basis.TOTAL,
    mass_basis=Basis.TOTAL,
    labels=(
        Label(
            column="fiscal_reference",
            path="customs_declaration.exporter_identification.tax_id",
            key="type",
            words=frozenset({"ioss"}),
            value="number",
            written=(("type", "IOSS"),),
            sets=(("fiscal_role", "FR5"),),
            listed=False,
        ),
    ),
    singles=("parcels",),
    dimensions=(
        "parcels.length",
        "parcels.width",
        "parcels.height",
        "parcels.distance_unit",
    ),
)


def decode(data: bytes, *, source: str = "", position: int = 0) -> Batch:
    """Read shipments (object, array, lines or in an envelope); columns as in `LAYOUT`.

    Returns:
        Batch with the columns that formats own; what cannot be read stands in `rejected`.
    """
    return read(LAYOUT, data, source, position)


def encode(batch: Batch) -> bytes:
    """Write each parcel as a shipment; values and masses as totals of the line."""
    return write(LAYOUT, batch)
