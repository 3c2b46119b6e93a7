"""Section 321 data pilot: `DeMinimisShipment` in JSON-LD, bare or in its credential.

What participants of CBP's pilot (84 FR 35405, 2019-07-23; the exemption itself is history) told
ahead of arrival: who files, the numbers of the shipment, seller, buyer and final recipient, the
product as listed and its price, and whether carrier or marketplace vouch for the sender. The
filer becomes a party of the role its type names (Manufacturer: maker, Carrier: carrier, Online
Marketplace: platform), with its originator code. The listed price is that of one unit.

Read: w3c-ccg/traceability-vocab @961fb74, DeMinimisShipment and CBPSection321DeMinimisCredential.
Not read: CBP's own interface of the pilot. It knows no threshold: that is law.
"""

from __future__ import annotations

import re

import polars as pl

from tidewaiter.formats.parts.draft import Cursor, Json, Row
from tidewaiter.formats.parts.filing import (
    Gaps,
    Parcel,
    currency,
    figure,
    line_value,
    one_line,
    parcels,
    written,
)
from tidewaiter.formats.parts.json_messages import lines, number, put
from tidewaiter.formats.parts.traceability import (
    Said,
    Shape,
    entity,
    organization,
    party,
    plain_party,
    read,
    wrapped,
)
from tidewaiter.formats.spec import FormatSpec, Pieces
from tidewaiter.vocabulary.batch import Batch
from tidewaiter.vocabulary.terms import Basis, Role, View

SHAPE = Shape(
    "DeMinimisShipment",
    "CBPSection321DeMinimisCredential",
    (("listedPriceOnMarketplace", "PriceSpecification"),),
)
ORIGINATOR = "originatorCode"
FILERS = {
    "Online Marketplace": Role.PLATFORM,
    "Carrier": Role.CARRIER,
    "Manufacturer": Role.MAKER,
}
MODES = {"air": "Air", "road": "Truck", "rail": "Rail", "sea": "Vessel"}
_IMAGE = re.compile(
    r"data:image/.*|.*\.(?:avif|bmp|gif|jpe?g|png|svg|tiff?|webp)(?:[?#].*)?", re.I | re.S
)
_TEXTS = {
    "shipmentTrackingNumber": "tracking_id",
    "houseBillOfLadingNumber": "house_document",
    "masterBillOfLadingNumber": "master_document",
    "modeOfTransportation": "transport_mode_text",
}
_FLAGS = {
    "shipmentSecurityScan": "security_scan",
    "knownCarrierCustomerFlag": "known_carrier_customer",
    "knownMarketplaceSellerFlag": "known_marketplace_seller",
}
_PARTIES = {
    "shipmentInitiator": (Role.CONSIGNOR, organization),
    "seller": (Role.SELLER, organization),
    "buyer": (Role.BUYER, entity),
    "finalDeliverTo": (Role.CONSIGNEE, entity),
}
_TOLD = (
    "name",
    "company",
    "street",
    "city",
    "region",
    "postcode",
    "country_text",
    "email",
    "phone",
    "id_number",
    "tax_id",
    "person_type",
    "unread",
)
_ACCOUNT = "marketplaceSellerAccountNumber"
_CODES = {
    "shipmentTrackingNumber": "consignments.tracking_id",
    "houseBillOfLadingNumber": "consignments.house_document",
    "masterBillOfLadingNumber": "consignments.master_document",
    ORIGINATOR: "parties.id_number",
    _ACCOUNT: "parties.account",
}


def _sniff(head: bytes, _file_name: str) -> float:
    return SHAPE.sniff(head)


FORMAT = FormatSpec(
    name="section321",
    title="US Section 321 data pilot shipment (DeMinimisShipment), JSON-LD",
    view=View.DECLARATION.value,
    pieces=Pieces.LINES,
    extensions=(".json", ".jsonld", ".ndjson"),
    sniff=_sniff,
    source="w3c-ccg/traceability-vocab @961fb74 (2024-12-04) schemas; 84 FR 35405 as restated. "
    "Not read: CBP's interface of the pilot",
)


def decode(data: bytes, *, source: str = "", position: int = 0) -> Batch:
    """Read shipments, bare or in their credentials.

    Args:
        data: one object, an array, or one object a line.
        source: name of the file or request.
        position: number of lines before this piece of the source.
    """
    return read(FORMAT, SHAPE, data, source, position, _read)


def _read(cursor: Cursor, tree: dict[str, Json]) -> Said:
    row: Row = {column: cursor.text(path) for path, column in _TEXTS.items()}
    row |= {column: cursor.flag(path) for path, column in _FLAGS.items()}
    said = Said(row, {}, _CODES)
    for path, (role, _) in _PARTIES.items():
        said.add(party(cursor, tree, path, role))
    account = cursor.text(_ACCOUNT)
    if account is not None:
        seller = next((one for one in said.parties if one["role"] == Role.SELLER), None)
        if seller is None:
            seller = {"role": Role.SELLER.value}
            said.parties.append(seller)
        seller["account"] = account
    kind = tree.get("participantFilerType")
    if isinstance(kind, str) and kind in FILERS:
        cursor.take("participantFilerType")
        code = cursor.text(ORIGINATOR)
        filer: Row = {"role": FILERS[kind].value, "id_number": code, "id_type": ORIGINATOR}
        said.parties.append(filer)
        said.sender = code
    _read_item(cursor, said.item)
    return said


def _read_item(cursor: Cursor, item: Row) -> None:
    item["description_text"] = cursor.text("enhancedProductDescription")
    picture = cursor.text("productPicture")
    item["image_url" if picture and _IMAGE.fullmatch(picture) else "listing_url"] = picture
    item["declared_value_text"] = cursor.text("listedPriceOnMarketplace.price")
    item["declared_currency_text"] = cursor.text("listedPriceOnMarketplace.priceCurrency")
    item["value_basis"] = Basis.UNIT.value if item["declared_value_text"] else None


def encode(batch: Batch) -> bytes:
    """Write shipments, one object a line; in their credential if they came in one."""
    return lines(wrapped(_shape(parcel), parcel) for parcel in parcels(batch, [FORMAT.name]))


def missing_for_filing(batch: Batch) -> pl.DataFrame:
    """Say which of the elements the shape requires a parcel lacks (frame `findings`)."""
    gaps = Gaps()
    needs = {
        ORIGINATOR: "parties.id_number",
        "participantFilerType": "parties.role",
        "modeOfTransportation": "consignments.transport_mode_text",
    }
    for parcel in parcels(batch, [FORMAT.name]):
        shape = wrapped(_shape(parcel), parcel)
        shape = shape.get("credentialSubject", shape)
        for element, column in needs.items():
            gaps.need(parcel, shape.get(element), column, element)
    return gaps.findings()


def _shape(parcel: Parcel) -> dict[str, Json]:
    row, native = parcel.consignment, parcel.native
    tree: dict[str, Json] = {"type": [SHAPE.name]}
    for role, name in [(role, name) for name, role in FILERS.items()]:
        filer = parcel.parties.get(role.value)
        if filer is not None and (filer.get("id_type") == ORIGINATOR or not native):
            put(tree, ORIGINATOR, filer.get("id_number"))
            put(tree, "participantFilerType", name)
            break
    for path, column in _TEXTS.items():
        put(tree, path, row.get(column))
    if not native:
        tree.pop("modeOfTransportation", None)
        put(tree, "modeOfTransportation", _mode(row))
    for path, column in _FLAGS.items():
        put(tree, path, row.get(column))
    for path, (role, write) in _PARTIES.items():
        one = _party(parcel, role)
        if one is not None:
            put(tree, path, write(one, native=native))
    seller = parcel.parties.get(Role.SELLER.value, {})
    put(tree, _ACCOUNT, seller.get("account"))
    _put_item(tree, parcel)
    return tree


def _mode(row: Row) -> str | None:
    word = row.get("transport_mode") or row.get("transport_mode_text") or ""
    return MODES.get(word.strip().lower(), word if word in MODES.values() else None)


def _party(parcel: Parcel, role: Role) -> Row | None:
    if parcel.native:
        one = parcel.parties.get(role.value)
        only_account = role is Role.SELLER and one is not None and _is_bare(one)
        return None if only_account else one
    one = parcel.recipient() if role is Role.CONSIGNEE else parcel.parties.get(role.value)
    return None if one is None else plain_party(one)


def _is_bare(one: Row) -> bool:
    """Whether a seller is known by nothing but the account at the marketplace."""
    return not any(one.get(column) for column in _TOLD)


def _put_item(tree: dict[str, Json], parcel: Parcel) -> None:
    """Put the product: the only line as it is; of several lines the descriptions."""
    texts = [item.get("description_text") or item.get("title") for item in parcel.items]
    if parcel.native:
        put(tree, "enhancedProductDescription", texts[0] if texts else None)
    else:
        put(tree, "enhancedProductDescription", one_line("; ".join(filter(None, texts))))
    for item in parcel.items[:1]:
        put(tree, "productPicture", item.get("image_url") or item.get("listing_url"))
    if len(parcel.items) != 1:
        return
    item = parcel.items[0]
    price = item.get("declared_value_text") if parcel.native else _unit_price(item)
    code = item.get("declared_currency_text") if parcel.native else None
    specification: dict[str, Json] = {}
    put(specification, "price", number(price))
    put(specification, "priceCurrency", code or currency(item, "declared_currency"))
    if specification:
        put(tree, "listedPriceOnMarketplace", {"type": ["PriceSpecification"], **specification})


def _unit_price(item: Row) -> str | None:
    units = figure(item.get("quantity") or item.get("quantity_text") or "1")
    value = line_value(item)
    return written(value / units, 2) if value is not None and units else None
