"""Making an H7 filing out of what a shop, a post or a carrier knows, and saying what it lacks.

`prepare` turns a parcel of any sender into the rows `formats/h7.py` writes: kilograms, the value
of each whole line, the codes that make a declaration an H7, and sizes that fit the UK profile's
schema (a text that is cut is noted). Nothing is invented: an element without data stays out, and
`note_gaps` says so. The elements asked for are those in each of five published H7 samples
(formats.md section 5), which is what CDS accepted, not a rule text.

It does not check thresholds (150 EUR, 45 EUR for gifts): that is law, and for `charge`.
"""

from __future__ import annotations

import hashlib
import json
import re

from tidewaiter.formats.parts.draft import Row
from tidewaiter.formats.parts.filing import (
    S10,
    Cut,
    Gaps,
    Parcel,
    amount,
    country,
    currency,
    figure,
    kilograms,
    line_value,
    listed,
    one_line,
    street_of,
    total_value,
    written,
)
from tidewaiter.formats.parts.h7_elements import procedures
from tidewaiter.formats.parts.h7_tables import KILOGRAM
from tidewaiter.vocabulary.terms import Role

REFERENCE_CHARS_MAX = 22  # local reference number, UCC-DA Annex B data element 2/5: an..22
ORIGINAL = "9"  # function code of a first declaration (EDIFACT 1225)
PRE_LODGED = "IMD"  # import, declared before arrival
MODES = {"sea": "1", "rail": "2", "road": "3", "air": "4", "post": "5", "pipeline": "7"}
MODES |= {"water": "8", "other": "9"}
# The codes that make the data set an H7 in CDS, as in the published samples: release for free
# circulation with no procedure before; 1H7; negligible value, gift, IOSS; goods from outside the
# UK and EU into Northern Ireland.
BASE_PROCEDURES = "40 00 1H7"
NEGLIGIBLE, GIFT, IOSS = "C07", "C08", "F48"
INTO_NORTHERN_IRELAND = "NIIMP"
POSTAL_DOCUMENT, WAYBILL = "750", "740"  # UN/EDIFACT 1001, from memory
GIFT_WORDS = {"gift", "31"}  # our term; UPU list 136 from memory


def prepare(parcel: Parcel, gaps: Gaps) -> Parcel:
    """Give the parcel with rows that an H7 can hold; what had to be cut is noted in `gaps`."""
    cut = Cut(parcel, gaps)
    consignor, importer = parcel.sender(), parcel.first((Role.IMPORTER,)) or parcel.recipient()
    parties = {}
    for role, party in (
        (Role.CONSIGNOR, consignor),
        (Role.IMPORTER, importer),
        (Role.DECLARANT, parcel.parties.get(Role.DECLARANT)),
        (Role.REPRESENTATIVE, parcel.parties.get(Role.REPRESENTATIVE)),
        (Role.SELLER, parcel.parties.get(Role.SELLER)),
        (Role.BUYER, parcel.parties.get(Role.BUYER)),
    ):
        spent = role in (Role.SELLER, Role.BUYER) and party in (consignor, importer)
        if party is not None and not spent:
            parties[role.value] = _party(party, role, cut)
    head = _head(parcel, cut)
    domestic = parties.get(Role.CONSIGNOR.value, {}).get("country_text") == "GB"
    items = [_item(item, parcel, head, cut) for item in parcel.items]
    for item in items if not domestic else ():
        papers = listed(item["documents"])
        if not any(paper.get("kind") == "information" for paper in papers):
            papers.append({"kind": "information", "code": INTO_NORTHERN_IRELAND})
            item["documents"] = json.dumps(papers, ensure_ascii=False)
    return parcel.with_rows(head, items, parties)


def _head(parcel: Parcel, cut: Cut) -> Row:
    row = parcel.consignment
    value, code = total_value(parcel)
    freight = figure(row.get("freight")) or figure(row.get("freight_text"))
    freight_code = currency(row, "freight_currency")
    weight = written(kilograms(row, "gross_mass", "gross_mass_unit"), 6)
    house = row.get("tracking_id") or row.get("house_document")
    kind = POSTAL_DOCUMENT if S10.fullmatch(house or "") else WAYBILL
    given = house is not None and house == row.get("house_document")
    said = row.get("message_at")
    known = (row.get("declaration_type") or "")[:2] in ("IM", "CO")
    return {
        "consignment_id": row["consignment_id"],
        "contribution_id": row["contribution_id"],
        "message_function": ORIGINAL,
        "declaration_ref": _reference(row),
        "declaration_type": row["declaration_type"][:3] if known else PRE_LODGED,
        "message_at_text": f"{said:%Y%m%d%H%M%S}Z" if said is not None else None,
        "item_count_text": str(len(parcel.items)),
        "total_value_text": amount(value) if code else None,
        "total_currency_text": code if value is not None else None,
        "gross_mass_text": weight,
        "gross_mass_unit": KILOGRAM if weight else None,
        "package_count_text": _count(row.get("package_count_text")),
        "representative_status": _shaped(row.get("representative_status"), "[1-3]"),
        "transport_mode_text": _mode(row),
        "nature_text": _shaped(row.get("nature_text"), "[0-9]{1,2}"),
        "freight_text": amount(freight) if freight_code else None,
        "freight_currency_text": freight_code if freight is not None else None,
        "country_departure_text": country(row, "country_departure"),
        "fiscal_reference": _within(row.get("fiscal_reference"), 17),
        "fiscal_role": _within(row.get("fiscal_role"), 3) or ("FR5" if _is_ioss(row) else None),
        "house_document": cut(house, 70, "consignments.house_document", "PreviousDocument/ID"),
        "house_document_type": (_within(row.get("house_document_type"), 3) if given else None)
        or (kind if house else None),
        "house_document_category": (
            _within(row.get("house_document_category"), 3) if given else None
        )
        or ("Z" if house else None),
        "incoterm": _shaped(row.get("incoterm"), "[A-Za-z]{3}"),
        "ucr": _within(row.get("ucr"), 35),
        "goods_location": _within(row.get("goods_location"), 256),
        "customs_office": _within(row.get("customs_office"), 17),
        "documents": _papers(row.get("documents")),
    }


def _reference(row: Row) -> str:
    """Give the local reference number: the declaration's, order's or parcel's own, if it fits.

    A longer one is replaced by a digest of it, so that it stays unique and the same each time.
    """
    text = row.get("declaration_ref") or row.get("order_id") or row["consignment_id"]
    text = "".join(text.split())
    if 0 < len(text) <= REFERENCE_CHARS_MAX:
        return text
    return hashlib.sha256(text.encode()).hexdigest()[:REFERENCE_CHARS_MAX].upper()


def _mode(row: Row) -> str | None:
    word = (row.get("transport_mode") or row.get("transport_mode_text") or "").strip().lower()
    if re.fullmatch("[1-9]", word):
        return word
    return MODES.get(word) or ("5" if S10.fullmatch(row.get("tracking_id") or "") else None)


def _is_ioss(row: Row) -> bool:
    return (row.get("fiscal_reference") or "").upper().startswith("IM")


def _shaped(text: str | None, pattern: str) -> str | None:
    return text if text and re.fullmatch(pattern, text) else None


def _within(text: str | None, chars_max: int) -> str | None:
    """Give a code that fits, on one line; a code is never cut."""
    line = one_line(text)
    return line if line and len(line) <= chars_max else None


def _count(text: str | None) -> str | None:
    return text.strip() if text and re.fullmatch("[0-9]{1,8}", text.strip()) else None


def _papers(documents: str | None) -> str | None:
    """Keep the papers whose codes fit (category and type <= 3, id <= 70 characters)."""
    limits = {"category": 3, "type": 3, "id": 70, "name": 35, "exemption": 3, "code": 17}
    limits |= {"text": 512, "line": 5}
    kept = [
        paper
        for paper in listed(documents)
        if paper.get("kind") in ("document", "information", "previous")
        and all(_within(str(paper[key]), size) for key, size in limits.items() if key in paper)
    ]
    return json.dumps(kept, ensure_ascii=False) if kept else None


def _party(party: Row, role: Role, cut: Cut) -> Row:
    where = role.value
    given = _within(party.get("id_number"), 17)
    if given is None and party.get("id_number"):
        cut(party["id_number"], 17, "parties.id_number", f"{where} ID")
    return {
        "role": where,
        "name": cut(party.get("name") or party.get("company"), 70, "parties.name", f"{where} Name"),
        "id_number": given,
        "street": cut(street_of(party), 70, "parties.street", f"{where} Address/Line"),
        "city": cut(party.get("city"), 35, "parties.city", f"{where} Address/CityName"),
        "region": cut(
            party.get("region"), 35, "parties.region", f"{where} Address/CountrySubDivisionName"
        ),
        "postcode": cut(party.get("postcode"), 9, "parties.postcode", f"{where} PostcodeID"),
        "country_text": country(party),
        "email": _contact(party.get("email"), role),
        "phone": _contact(party.get("phone"), role),
    }


def _contact(text: str | None, role: Role) -> str | None:
    return None if role is Role.REPRESENTATIVE else _within(text, 50)


def _item(item: Row, parcel: Parcel, head: Row, cut: Cut) -> Row:
    number = item["item_no"]
    alone = len(parcel.items) == 1
    value, code = line_value(item), currency(item, "declared_currency")
    if alone and (value is None or code is None):
        value, code = total_value(parcel)
    gross = kilograms(item, "gross_mass", "mass_unit")
    if gross is None and alone:
        gross = figure(head["gross_mass_text"])
    hs_code = _tariff_code(item)
    text = item.get("description_text") or item.get("title")
    return {
        "item_no": number,
        "description_text": cut(
            text, 512, "goods_items.description_text", "Commodity/Description", number
        ),
        "hs_code_text": hs_code,
        "hs_code_type": "TSP" if hs_code else None,
        "gross_mass_text": written(gross, 6),
        "net_mass_text": written(kilograms(item, "net_mass", "mass_unit"), 6),
        "mass_unit": KILOGRAM,
        "package_count_text": _count(item.get("package_count_text")),
        "declared_value_text": amount(value) if code else None,
        "declared_currency_text": code if value is not None else None,
        "country_origin_text": country(item, "country_origin"),
        "procedure_codes": _procedure_codes(item, parcel.consignment),
        "documents": _papers(item.get("documents")),
    }


def _tariff_code(item: Row) -> str | None:
    """Give 8 digits of the Combined Nomenclature, or the 6 digits all countries share."""
    digits = re.sub(r"[ .]", "", item.get("hs_code") or item.get("hs_code_text") or "")
    if not re.fullmatch("[0-9]{6,10}", digits):
        return _shaped(item.get("hs6"), "[0-9]{6}")
    whole = len(digits) == len("61091000") and item.get("hs_code_type") not in ("HTS", "HS")
    return digits if whole else digits[:6]


def _procedure_codes(item: Row, consignment: Row) -> str:
    given = item.get("procedure_codes")
    if given and all(len(code) <= 7 for pair in procedures(given) for code in pair):
        return str(given)
    nature = (consignment.get("nature") or consignment.get("nature_text") or "").strip().lower()
    codes = [BASE_PROCEDURES, GIFT if nature in GIFT_WORDS else NEGLIGIBLE]
    return " ".join([*codes, IOSS] if _is_ioss(consignment) else codes)


_HEAD_NEEDS = {
    "message_function": "FunctionCode",
    "declaration_ref": "FunctionalReferenceID",
    "declaration_type": "TypeCode",
    "item_count_text": "GoodsItemQuantity",
    "transport_mode_text": "BorderTransportMeans/ModeCode",
    "goods_location": "GoodsShipment/Consignment/GoodsLocation/Name",
    "freight_text": "GoodsShipment/CustomsValuation/FreightChargeAmount",
    "house_document": "GoodsShipment/PreviousDocument/ID",
    "house_document_type": "GoodsShipment/PreviousDocument/TypeCode",
    "house_document_category": "GoodsShipment/PreviousDocument/CategoryCode",
}
_EXPORTER_NEEDS = {
    "name": "Exporter/Name",
    "street": "Exporter/Address/Line",
    "city": "Exporter/Address/CityName",
    "postcode": "Exporter/Address/PostcodeID",
    "country_text": "Exporter/Address/CountryCode",
}
_ITEM_NEEDS = {
    "declared_value_text": "CustomsValueAmount",
    "declared_currency_text": "CustomsValueAmount@currencyID",
    "description_text": "Commodity/Description",
    "hs_code_text": "Commodity/Classification/ID",
    "gross_mass_text": "Commodity/GoodsMeasure/GrossMassMeasure",
    "procedure_codes": "GovernmentProcedure/CurrentCode",
}


def note_gaps(parcel: Parcel, gaps: Gaps) -> None:
    """Note each element a filing asks for and this parcel (as it would be written) lacks."""
    for column, element in _HEAD_NEEDS.items():
        gaps.need(parcel, parcel.consignment.get(column), f"consignments.{column}", element)
    exporter = parcel.parties.get(Role.CONSIGNOR, {})
    for column, element in _EXPORTER_NEEDS.items():
        gaps.need(parcel, exporter.get(column), f"parties.{column}", element)
    declarant = parcel.parties.get(Role.DECLARANT, {})
    gaps.need(parcel, declarant.get("id_number"), "parties.id_number", "Declarant/ID")
    importer = parcel.parties.get(Role.IMPORTER, {})
    known = importer.get("id_number") or (importer.get("name") and importer.get("street"))
    gaps.need(parcel, known, "parties.id_number", "GoodsShipment/Importer/ID")
    gaps.need(parcel, parcel.items or None, "goods_items.item_no", "GovernmentAgencyGoodsItem")
    for item in parcel.items:
        number = item["item_no"]
        for column, element in _ITEM_NEEDS.items():
            gaps.need(parcel, item.get(column), f"goods_items.{column}", element, number)
        told = any(paper.get("kind") == "information" for paper in listed(item.get("documents")))
        gaps.need(
            parcel,
            told or None,
            "goods_items.documents",
            "AdditionalInformation/StatementCode",
            number,
        )
