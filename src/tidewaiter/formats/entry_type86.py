"""Entry Type 86: `CBPEntryType86` in JSON-LD, bare or in its credential.

The US informal entry for low-value shipments (FR 2019-17243, 89 FR 2630; ended 2025-08-28): all
ten elements are required. One entry covers one tariff number, so a parcel of several lines is
written as several entries. The quantity is the number of smallest exterior packages, not of
units. The tariff number is a text in the bare shape and a Commodity in the credential.

Read: w3c-ccg/traceability-vocab @961fb74, CBPEntryType86 and CBPEntryType86Credential. Not read:
CATAIR record layouts. Entry numbers are kept as they are; printed examples fail their check digit.
"""

from __future__ import annotations

import re

import polars as pl

from tidewaiter.formats.parts.draft import Cursor, Json, Row
from tidewaiter.formats.parts.filing import (
    Gaps,
    Parcel,
    country,
    currency,
    line_value,
    parcels,
    written,
)
from tidewaiter.formats.parts.json_messages import lines, number, put
from tidewaiter.formats.parts.layout import at, scalar
from tidewaiter.formats.parts.traceability import (
    Said,
    Shape,
    organization,
    party,
    plain_party,
    read,
    wrapped,
)
from tidewaiter.formats.spec import FormatSpec, Pieces
from tidewaiter.vocabulary.batch import Batch
from tidewaiter.vocabulary.terms import Basis, Role, View

_INNER = (
    ("portOfEntry", "Place"),
    ("quantity", "MeasuredValue"),
    ("fairRetailValue", "MonetaryAmount"),
    ("htsusNumber", "Commodity"),
    ("importerOfRecord", "CBPImporterOfRecord"),
)
SHAPE = Shape("CBPEntryType86", "CBPEntryType86Credential", _INNER)
_PORT, _LOCODE = re.compile("[0-9]{4}"), re.compile("[A-Z]{2}[A-Z0-9]{3}")
_PORTS = {"usPortCode": _PORT, "unLocode": _LOCODE}
_TEXTS = {"bolNumber": "house_document", "entryNumber": "entry_number"}
_PARTIES = {"shipper": Role.CONSIGNOR, "consignee": Role.CONSIGNEE}
_IMPORTER_KINDS = ("IRS", "SSN", "CBP")
_CODES = {
    "bolNumber": "consignments.house_document",
    "entryNumber": "consignments.entry_number",
    "portOfEntry.usPortCode": "consignments.goods_location",
    "htsusNumber": "goods_items.hs_code_text",
    "htsusNumber.commodityCode": "goods_items.hs_code_text",
    "importerOfRecord.number": "parties.id_number",
}
_NEEDS = {
    "bolNumber": "consignments.house_document",
    "entryNumber": "consignments.entry_number",
    "portOfEntry": "consignments.goods_location",
    "shipper": "parties.name",
    "consignee": "parties.name",
    "countryOfOrigin": "goods_items.country_origin_text",
    "quantity": "goods_items.package_count_text",
    "fairRetailValue": "goods_items.declared_value_text",
    "htsusNumber": "goods_items.hs_code_text",
    "importerOfRecord": "parties.id_number",
}


def _sniff(head: bytes, _file_name: str) -> float:
    return SHAPE.sniff(head)


FORMAT = FormatSpec(
    name="entry-type86",
    title="US entry type 86 (CBPEntryType86), JSON-LD",
    view=View.DECLARATION.value,
    pieces=Pieces.LINES,
    extensions=(".json", ".jsonld", ".ndjson"),
    sniff=_sniff,
    source="w3c-ccg/traceability-vocab @961fb74 (2024-12-04) schemas; FR 2019-17243 as restated. "
    "Not read: CATAIR layouts",
)


def decode(data: bytes, *, source: str = "", position: int = 0) -> Batch:
    """Read entries, bare or in their credentials.

    Args:
        data: one object, an array, or one object a line.
        source: name of the file or request.
        position: number of lines before this piece of the source.
    """
    return read(FORMAT, SHAPE, data, source, position, _read)


def _read(cursor: Cursor, tree: dict[str, Json]) -> Said:
    row: Row = {column: cursor.text(path) for path, column in _TEXTS.items()}
    item: Row = {"country_origin_text": cursor.text("countryOfOrigin")}
    said = Said(row, item, _CODES)
    said.sender = row["entry_number"][:3] if row["entry_number"] else None
    for path, role in _PARTIES.items():
        said.add(party(cursor, tree, path, role))
    row["goods_location"] = _port(cursor, tree)
    item["package_count_text"] = cursor.text("quantity.value")
    item["declared_value_text"] = cursor.text("fairRetailValue.value")
    item["declared_currency_text"] = cursor.text("fairRetailValue.currency")
    row["total_value_text"] = item["declared_value_text"]
    row["total_currency_text"] = item["declared_currency_text"]
    item["value_basis"] = Basis.TOTAL.value if item["declared_value_text"] else None
    if isinstance(tree.get("htsusNumber"), dict):
        item["hs_code_text"] = cursor.text("htsusNumber.commodityCode")
        item["hs_code_type"] = cursor.text("htsusNumber.commodityCodeType") or "HTS"
        item["description_text"] = cursor.text("htsusNumber.description")
    else:
        item["hs_code_text"] = cursor.text("htsusNumber")
    importer: Row = {
        "id_number": cursor.text("importerOfRecord.number"),
        "id_type": cursor.text("importerOfRecord.identifierType"),
    }
    if any(importer.values()):
        said.parties.append({"role": Role.IMPORTER.value, **importer})
    return said


def _port(cursor: Cursor, tree: dict[str, Json]) -> str | None:
    """Take the port of entry by the code whose shape tells which it is (Schedule D, UN/LOCODE)."""
    for name, shape in _PORTS.items():
        code = scalar(at(tree, f"portOfEntry.{name}"))
        if code and shape.fullmatch(code):
            return cursor.text(f"portOfEntry.{name}")
    return None


def encode(batch: Batch) -> bytes:
    """Write one entry per goods item, an object a line; in a credential if it came in one."""
    return lines(
        wrapped(_entry(parcel, item), parcel)
        for parcel in parcels(batch, [FORMAT.name])
        for item in parcel.items or [{}]
    )


def missing_for_filing(batch: Batch) -> pl.DataFrame:
    """Say which of the ten required elements an entry lacks (frame `findings`)."""
    gaps = Gaps()
    for parcel in parcels(batch, [FORMAT.name]):
        for item in parcel.items or [{}]:
            entry = _entry(parcel, item)
            for element, column in _NEEDS.items():
                gaps.need(parcel, entry.get(element), column, element, item.get("item_no") or 0)
    return gaps.findings()


def _entry(parcel: Parcel, item: Row) -> dict[str, Json]:
    row, native = parcel.consignment, parcel.native
    tree: dict[str, Json] = {"type": [SHAPE.name]}
    bill = row.get("house_document") if native else _bill(row)
    put(tree, "bolNumber", bill)
    put(tree, "entryNumber", row.get("entry_number"))
    _typed(tree, "portOfEntry", _port_of(row.get("goods_location")))
    for path, role in _PARTIES.items():
        one = parcel.parties.get(role.value)
        if not native:
            other = parcel.sender() if role is Role.CONSIGNOR else parcel.recipient()
            one = plain_party(other) if other is not None else None
        if one is not None:
            tree[path] = organization(one, native=native)
    origin = item.get("country_origin_text") if native else country(item, "country_origin")
    put(tree, "countryOfOrigin", origin)
    packages = item.get("package_count_text")
    if packages is None and not native and len(parcel.items) == 1:
        packages = row.get("package_count_text")
    _typed(tree, "quantity", {"value": packages})
    _typed(tree, "fairRetailValue", _value(item, native=native))
    _put_tariff(tree, parcel, item)
    importer = parcel.parties.get(Role.IMPORTER.value, {})
    kind = importer.get("id_type")
    if native or kind in _IMPORTER_KINDS:
        number_and_kind = {"number": importer.get("id_number"), "identifierType": kind}
        _typed(tree, "importerOfRecord", number_and_kind)
    return tree


def _typed(tree: dict[str, Json], path: str, members: dict[str, Json]) -> None:
    """Put an object with its type, if any member has a value."""
    told = {name: value for name, value in members.items() if value is not None}
    if told:
        tree[path] = {"type": [dict(_INNER)[path]], **told}


def _bill(row: Row) -> str | None:
    found = row.get("house_document") or row.get("tracking_id") or row.get("master_document")
    return str(found) if found else None


def _port_of(code: str | None) -> dict[str, Json]:
    return next(
        ({name: code} for name, shape in _PORTS.items() if code and shape.fullmatch(code)), {}
    )


def _value(item: Row, *, native: bool) -> dict[str, Json]:
    """Give the fair retail value; for other senders' data in whole US dollars, or not at all."""
    if native:
        text = item.get("declared_value_text")
        return {"value": number(text), "currency": item.get("declared_currency_text")}
    if currency(item, "declared_currency") != "USD":
        return {}
    return {"value": number(written(line_value(item), 0)), "currency": "USD"}


def _put_tariff(tree: dict[str, Json], parcel: Parcel, item: Row) -> None:
    code = item.get("hs_code_text") if parcel.native else _tariff_number(item)
    kind = item.get("hs_code_type") if parcel.native else None
    if kind is None and item.get("description_text") and parcel.native:
        kind = "HTS"
    if kind is None:
        put(tree, "htsusNumber", code)
    else:
        text = item.get("description_text")
        members = {"commodityCode": code, "commodityCodeType": kind, "description": text}
        _typed(tree, "htsusNumber", members)


def _tariff_number(item: Row) -> str | None:
    """Give ten digits, or nothing: a shorter code is no HTSUS number."""
    digits = re.sub(r"[ .]", "", item.get("hs_code") or item.get("hs_code_text") or "")
    return digits if re.fullmatch("[0-9]{10}", digits) else None
