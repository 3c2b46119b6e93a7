"""Making an ICS2-shaped filing out of what others know, and saying what it lacks.

`prepare` gives a parcel the rows `ics2` writes: kilograms, whole-line values, texts that fit the
formats of the field table, references of at most 22 characters. `note_gaps` compares a written
message with the table: a mandatory element without a value, and a text that is too long.

Codes filled in for other senders' data are from memory and marked so. The rules of the interface
(when a conditional element is needed) were not public and are not checked.
"""

from __future__ import annotations

import hashlib
import json
import re
from decimal import Decimal

from tidewaiter.formats.parts.draft import Json, Row
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
    total_value,
    written,
)
from tidewaiter.formats.parts.ics2_fields import (
    F32,
    F43,
    HEAD_COLUMNS,
    HOUSE,
    HOUSE_COLUMNS,
    HOUSE_MONEY,
    ITEM_COLUMNS,
    ITEMS_MAX,
    LINE,
    PARTY_COLUMNS,
    Fields,
)
from tidewaiter.vocabulary.terms import Role

FIELDS: dict[str, Fields] = {"F43": F43, "F32": F32}
REFERENCE_CHARS_MAX = 22
POSTAL_DOCUMENT, WAYBILL = "N750", "N740"  # CL754, from memory
LEGAL_PERSON = "2"  # CL729, from memory


def prepare(parcel: Parcel, kind: str, gaps: Gaps) -> Parcel:
    """Give the parcel with rows that fit the filing; what had to be cut is noted in `gaps`."""
    cut = Cut(parcel, gaps)
    people = {
        Role.CONSIGNOR: parcel.sender(),
        Role.CONSIGNEE: parcel.recipient(),
        Role.DECLARANT: parcel.parties.get(Role.DECLARANT),
        Role.REPRESENTATIVE: parcel.parties.get(Role.REPRESENTATIVE),
    }
    parties = {
        role.value: _party(party, role, cut) for role, party in people.items() if party is not None
    }
    items = [_item(item, parcel, kind, cut) for item in parcel.items]
    return parcel.with_rows(_head(parcel, kind), items, parties)


def _head(parcel: Parcel, kind: str) -> Row:
    row = parcel.consignment
    value, code = total_value(parcel)
    freight = figure(row.get("freight")) or figure(row.get("freight_text"))
    freight_code = currency(row, "freight_currency")
    said = row.get("message_at")
    document = row.get("tracking_id") or row.get("house_document")
    postal = S10.fullmatch(document or "")
    nature = row.get("nature_text")
    return {
        "consignment_id": row["consignment_id"],
        "contribution_id": row["contribution_id"],
        "declaration_ref": _reference(row),
        "message_at_text": f"{said:%Y-%m-%dT%H:%M:%SZ}" if said is not None else None,
        "declaration_type": kind,
        "representative_status": _coded(row.get("representative_status"), "[0-9]"),
        "gross_mass_text": written(_mass(parcel), 6),
        "fiscal_reference": _coded(row.get("fiscal_reference"), ".{1,17}"),
        "fiscal_role": _coded(row.get("fiscal_role"), ".{1,3}"),
        "house_document": _coded(document, ".{1,70}"),
        "house_document_type": (POSTAL_DOCUMENT if postal else WAYBILL) if document else None,
        "ucr": _coded(row.get("ucr"), ".{1,35}"),
        "freight_text": amount(freight) if freight_code else None,
        "freight_currency_text": freight_code if freight is not None else None,
        "total_value_text": amount(value) if code else None,
        "total_currency_text": code if value is not None else None,
        "nature_text": _coded(nature, "[A-Za-z0-9]{1,3}"),
        "documents": _papers(row.get("documents")),
    }


def _mass(parcel: Parcel) -> Decimal | None:
    mass = kilograms(parcel.consignment, "gross_mass", "gross_mass_unit")
    if mass is not None:
        return mass
    lines = [kilograms(item, "gross_mass", "mass_unit") for item in parcel.items]
    known = [line for line in lines if line is not None]
    return sum(known, Decimal(0)) if lines and len(known) == len(lines) else None


def _reference(row: Row) -> str:
    """Give the local reference number; one that is too long is replaced by a digest of it."""
    text = row.get("declaration_ref") or row.get("order_id") or row["consignment_id"]
    text = "".join(text.split())
    if 0 < len(text) <= REFERENCE_CHARS_MAX:
        return text
    return hashlib.sha256(text.encode()).hexdigest()[:REFERENCE_CHARS_MAX].upper()


def _coded(text: str | None, pattern: str) -> str | None:
    """Give a code if it has the shape asked for; a code is never cut."""
    line = one_line(text)
    return line if line and re.fullmatch(pattern, line) else None


def _papers(documents: str | None) -> str | None:
    """Keep the papers that fit: reference and four-character type, or a statement."""
    kept = []
    for entry in listed(documents):
        kind = f"{entry.get('category') or ''}{entry.get('type') or ''}"
        if entry.get("kind") == "document" and entry.get("id") and len(kind) == 4:
            kept.append({"kind": "document", "id": str(entry["id"])[:70], "type": kind})
    return json.dumps(kept, ensure_ascii=False) if kept else None


def _party(party: Row, role: Role, cut: Cut) -> Row:
    where = role.value
    kind = _coded(party.get("person_type"), "[0-9]")
    name = party.get("name") or party.get("company")
    street = party.get("street") or party.get("address")
    return {
        "role": where,
        "name": cut(name, 70, "parties.name", f"{where}/name"),
        "id_number": _coded(party.get("id_number"), ".{1,17}"),
        "person_type": kind or (LEGAL_PERSON if party.get("company") else None),
        "street": cut(street, 70, "parties.street", f"{where}/address/street"),
        "street_extra": cut(
            party.get("street_extra"), 70, "parties.street_extra", f"{where}/streetAdditionalLine"
        ),
        "city": cut(party.get("city"), 35, "parties.city", f"{where}/address/city"),
        "region": cut(party.get("region"), 35, "parties.region", f"{where}/address/subDivision"),
        "postcode": cut(party.get("postcode"), 17, "parties.postcode", f"{where}/address/postCode"),
        "country_text": country(party),
        "email": party.get("email"),
        "phone": party.get("phone"),
    }


def _item(item: Row, parcel: Parcel, kind: str, cut: Cut) -> Row:
    number = item["item_no"]
    value, code = line_value(item), currency(item, "declared_currency")
    if len(parcel.items) == 1 and (value is None or code is None):
        value, code = total_value(parcel)
    text = item.get("description_text") or item.get("title")
    packages = item.get("package_count_text")
    if packages is None and len(parcel.items) == 1:
        packages = parcel.consignment.get("package_count_text")
    return {
        "item_no": number,
        "description_text": cut(
            text, 512, "goods_items.description_text", "commodity/descriptionOfGoods", number
        ),
        "hs_code_text": _tariff_code(item),
        "cus_code": _coded(item.get("cus_code"), ".{9}"),
        "net_mass_text": written(kilograms(item, "net_mass", "mass_unit"), 6),
        "gross_mass_text": written(kilograms(item, "gross_mass", "mass_unit"), 6),
        "declared_value_text": amount(value) if code else None,
        "declared_currency_text": code if value is not None else None,
        "country_origin_text": country(item, "country_origin"),
        "package_count_text": _coded(packages, "[0-9]{1,8}"),
        "documents": _papers(item.get("documents")) if kind == "F32" else None,
    }


def _tariff_code(item: Row) -> str | None:
    digits = re.sub(r"[ .]", "", item.get("hs_code") or item.get("hs_code_text") or "")
    if re.fullmatch("[0-9]{6,10}", digits):
        whole = len(digits) == len("61091000") and item.get("hs_code_type") not in ("HTS", "HS")
        return digits if whole else digits[:6]
    return _coded(item.get("hs6"), "[0-9]{6}")


def note_gaps(parcel: Parcel, tree: dict[str, Json], kind: str, gaps: Gaps) -> None:
    """Note mandatory elements without a value, texts that are too long, and too many lines."""
    fields = FIELDS[kind]
    columns = _columns(kind)
    for path, element in fields.items():
        for item_no, value in _values(tree, path, fields):
            column = columns.get(path, "")
            if element.status == "M" and value in (None, "", []):
                gaps.need(parcel, None, column, path, item_no)
            elif element.chars_max and isinstance(value, str) and len(value) > element.chars_max:
                gaps.cut(parcel, value, column, path, item_no)
    if len(parcel.items) > ITEMS_MAX[kind]:
        gaps.cut(parcel, str(len(parcel.items)), "goods_items.item_no", LINE)


def _columns(kind: str) -> dict[str, str]:
    """Our column of each element path."""
    house = HOUSE_COLUMNS | HOUSE_MONEY[kind]
    found = {path: f"consignments.{column}" for path, column in HEAD_COLUMNS.items()}
    found |= {f"{HOUSE}.{path}": f"consignments.{column}" for path, column in house.items()}
    found |= {
        f"{LINE}.{path}": f"goods_items.{column}" for path, column in ITEM_COLUMNS[kind].items()
    }
    for place in ("declarant", "representative", f"{HOUSE}/consignor", f"{HOUSE}/consignee"):
        found |= {f"{place}.{path}": f"parties.{column}" for path, column in PARTY_COLUMNS.items()}
        found[f"{place}/communication"] = "parties.email"
    found[f"{LINE}/goodsItemNumber"] = "goods_items.item_no"
    code = f"{LINE}/commodity/commodityCode/harmonizedSystemSubHeadingCode"
    found[code] = "goods_items.hs_code_text"
    return {path.replace(".", "/"): column for path, column in found.items()}


def _values(tree: Json, path: str, fields: Fields) -> list[tuple[int, Json]]:
    """Give what stands at a path, once per place where it could stand, with the line's number.

    Nothing is given below a group that is absent: the group itself is what is missing then, if it
    is mandatory.
    """
    places: list[tuple[int, Json]] = [(0, tree)]
    walked = ""
    for step in path.split("/"):
        found: list[tuple[int, Json]] = []
        for item_no, node in places:
            value = node.get(step) if isinstance(node, dict) else None
            rows: list[Json] = value if isinstance(value, list) and value else [value]
            for row in rows:
                at_line = step == "goodsItem" and isinstance(row, dict)
                found.append((_number_of(row) if at_line else item_no, row))
        walked = f"{walked}/{step}" if walked else step
        group_known = walked in fields
        if walked != path and group_known:
            found = [(item_no, row) for item_no, row in found if isinstance(row, dict)]
        places = found
    return places


def _number_of(line: Json) -> int:
    text = str(line.get("goodsItemNumber"))
    return int(text) if re.fullmatch("[0-9]{1,6}", text) else 0
