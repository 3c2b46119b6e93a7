"""What of an H7 declaration takes more than a table: location, procedures, papers, goods items.

Paired `take_*` (out of the flattened document into columns) and `put_*` (out of columns into the
document). What is taken is gone from the flattened document; the rest becomes `unread`. WCO Data
Model names, UK profile; tables are in `h7_tables`, people in `h7_parties`; see `formats/h7.py`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from lxml import etree

from tidewaiter.formats.parts.draft import Row, UnreadableError
from tidewaiter.formats.parts.filing import S10, listed
from tidewaiter.formats.parts.h7_tables import (
    ENVELOPE,
    GROSS,
    HEAD,
    HOUSE,
    ITEM,
    KILOGRAM,
    NET,
    PAPERS,
    PRICE,
    VALUE,
)
from tidewaiter.formats.parts.wco_xml import Tree, flatten, name_of, put, take, take_one
from tidewaiter.vocabulary.terms import Basis

_NUMBERED = r"(?:\[([0-9]+)\])?(?:/([A-Za-z]+))?"
_HEAD_PAPER = re.compile(
    rf"(AdditionalDocument|AdditionalInformation|GoodsShipment/PreviousDocument){_NUMBERED}"
)
_ITEM_PAPER = re.compile(rf"(AdditionalDocument|AdditionalInformation|PreviousDocument){_NUMBERED}")
_PROCEDURE = re.compile(r"GovernmentProcedure(?:\[([0-9]+)\])?/(CurrentCode|PreviousCode)")
_LOCATION = "GoodsShipment/Consignment/GoodsLocation"
_PLACE_PARTS = ("Address/CountryCode", "TypeCode", "Address/TypeCode", "Name")
_PLACE = re.compile(r"([A-Z]{2})([A-Z])([A-Z])(.+)", re.DOTALL)
_PACKAGING = "Packaging/SequenceNumeric"
_REFERENCES = {"MCR", "DCR"}  # master and declaration UCR: references, not the parcel's paper


def split(root: etree._Element) -> tuple[dict[str, str], list[dict[str, str]]]:
    """Flatten a document: the declaration without its goods items, and each goods item.

    Raises:
        UnreadableError: not a declaration; says what is missing, where, and what to do.
    """
    declaration = root if name_of(root) == "Declaration" else _declaration(root)
    shipment = _child(declaration, "GoodsShipment")
    if _child(declaration, "FunctionCode") is None or shipment is None:
        lacks = [
            name for name in ("FunctionCode", "GoodsShipment") if _child(declaration, name) is None
        ]
        holds = sorted({f"<{name_of(child)}>" for child in declaration})[:8]
        raise UnreadableError(
            f"line {declaration.sourceline}: the Declaration has no {' and no '.join(lacks)}; "
            f"it holds {', '.join(holds) or 'nothing'}. Send a declaration with FunctionCode and "
            "GoodsShipment"
        )
    items = [child for child in shipment if name_of(child) == "GovernmentAgencyGoodsItem"]
    for item in items:
        shipment.remove(item)
        _first(_child(item, "Commodity"), "Classification", "IdentificationTypeCode", "TSP")
    _first(shipment, "DomesticDutyTaxParty", "RoleCode", "FR5")
    _first(shipment, "PreviousDocument", "TypeCode", lambda code: code not in _REFERENCES)
    head = flatten(declaration, {})
    if not head.get("GoodsShipment", "."):
        del head["GoodsShipment"]
    if root is not declaration:
        root.remove(declaration)
        head |= {
            f"../{path}": text
            for path, text in flatten(root, {}).items()
            if ENVELOPE.get(path) != text
        }
    return head, [flatten(item, {}) for item in items]


def _declaration(root: etree._Element) -> etree._Element:
    found = _child(root, "Declaration") if name_of(root) == "MetaData" else None
    if found is None:
        inside = ", ".join(sorted({name_of(child) for child in root})[:8])
        raise UnreadableError(
            f"line {root.sourceline}: no Declaration in {name_of(root)} ({inside or 'empty'}); "
            + (
                "read an answer of customs as dms-answer"
                if "Response" in inside
                else "send MetaData with one Declaration (WCOTypeName DEC)"
            )
        )
    return found


def _child(parent: etree._Element, name: str) -> etree._Element | None:
    return next((child for child in parent if name_of(child) == name), None)


def _first(
    parent: etree._Element | None, name: str, leaf: str, wanted: str | Callable[[str], bool]
) -> None:
    """Move the first of some elements whose leaf is as wanted before the others of its name."""
    found = [child for child in parent if name_of(child) == name] if parent is not None else []
    for child in found if len(found) > 1 else ():
        code = _child(child, leaf)
        text = ((code.text if code is not None else "") or "").strip()
        if wanted(text) if callable(wanted) else text == wanted:
            if child is not found[0]:
                found[0].addprevious(child)
            return


def _date_format(text: str | None) -> str | None:
    return None if text is None else "102" if len(text) <= len("20260701") else "304"


def _take_location(flat: dict[str, str], consignment: Row) -> None:
    """Take the location of goods (data element 5/23) as one code: country, type, qualifier, name.

    `GB` + `A` + `U` + `BELBFSBEL` is `GBAUBELBFSBEL`. A location without all four parts is its
    name alone, and its other parts stay unread.
    """
    paths = [f"{_LOCATION}/{name}" for name in _PLACE_PARTS]
    parts = [flat.get(path, "") for path in paths]
    whole = _PLACE.fullmatch("".join(parts))
    if whole and list(whole.groups()) == parts:
        consignment["goods_location"] = whole.group(0)
        for path in paths:
            del flat[path]
    elif parts[3] and not _PLACE.fullmatch(parts[3]):
        consignment["goods_location"] = flat.pop(paths[3])


def _put_location(tree: Tree, consignment: Row) -> None:
    """Put a location code into its four elements, a mere name into one."""
    place = consignment.get("goods_location")
    whole = _PLACE.fullmatch(place) if place else None
    if whole:
        for name, part in zip(_PLACE_PARTS, whole.groups(), strict=True):
            tree.put(f"{_LOCATION}/{name}", part)
    else:
        tree.put(f"{_LOCATION}/Name", place)


def take_head(flat: dict[str, str]) -> Row:
    """Take the declaration's own columns and its papers.

    The first previous document is the parcel's (`house_document`), unless it is only a reference
    to a consolidation (a UCR); the others are listed in `documents`.
    """
    house = "GoodsShipment/PreviousDocument/"
    reference = flat.get(f"{house}TypeCode") in _REFERENCES
    row = take(flat, {p: c for p, c in HEAD.items() if not (reference and p.startswith(house))})
    if row["gross_mass_text"] is not None:
        row["gross_mass_unit"] = row["gross_mass_unit"] or KILOGRAM
    path = "IssueDateTime/DateTimeString@formatCode"
    if flat.get(path) == _date_format(row["message_at_text"]):
        flat.pop(path, None)
    _take_location(flat, row)
    house_taken = any(row.get(column) for column in HOUSE)
    papers = _take_papers(flat, _HEAD_PAPER, house=house_taken)
    row["documents"] = json.dumps(papers, ensure_ascii=False) if papers else None
    ids = [row.get("house_document"), *(paper.get("id") for paper in papers)]
    row["tracking_id"] = next((text for text in ids if text and S10.fullmatch(text)), None)
    return row


def put_head(tree: Tree, row: Row) -> None:
    """Put the declaration's own columns and papers; the date format if none is there yet."""
    put(tree, "", row, HEAD)
    _put_location(tree, row)
    _put_papers(tree, "", row.get("documents"))
    if row.get("message_at_text") is not None:
        node = tree.at("IssueDateTime/DateTimeString")
        node.attributes["formatCode"] = _date_format(row["message_at_text"]) or ""


def _take_papers(
    flat: dict[str, str], shape: re.Pattern[str], *, house: bool
) -> list[dict[str, str]]:
    """Take the papers as a list in the order of their kinds and numbers (see `PAPERS`)."""
    found: dict[str, dict[int, dict[str, str]]] = {name: {} for name in PAPERS}
    for path in list(flat):
        match = shape.fullmatch(path)
        if not match:
            continue
        name = match.group(1).rpartition("/")[2]
        number, leaf = int(match.group(2) or 1), match.group(3)
        kind, keys = PAPERS[name]
        if house and name == "PreviousDocument" and number == 1:
            continue
        entry = found[name].setdefault(number, {"kind": kind})
        if leaf is None and not flat[path]:
            del flat[path]
        elif leaf in keys and flat[path]:
            entry[keys[leaf]] = flat.pop(path)
    return [
        papers.get(number, {"kind": PAPERS[name][0]})
        for name, papers in found.items()
        for number in range(
            2 if house and name == "PreviousDocument" else 1, max(papers, default=0) + 1
        )
    ]


def _put_papers(tree: Tree, place: str, documents: str | None) -> None:
    """Put the papers of a JSON list `documents`; entries of other shapes are left out."""
    kinds = {kind: (name, keys) for name, (kind, keys) in PAPERS.items()}
    counts = {"previous": 0 if place else int(_has_house(tree))}
    for entry in listed(documents):
        kind = entry.get("kind")
        if kind not in kinds:
            continue
        name, keys = kinds[kind]
        number = counts[kind] = counts.get(kind, 0) + 1
        base = "GoodsShipment/" if kind == "previous" and not place else place and f"{place}/"
        node = tree.at(f"{base}{name}" + (f"[{number}]" if number > 1 else ""))
        for leaf, key in keys.items():
            if isinstance(entry.get(key), str):
                node.put(leaf, entry[key])


def _has_house(tree: Tree) -> bool:
    shipment = tree.children.get("GoodsShipment")
    return shipment is not None and "PreviousDocument" in shipment.children


def take_item(flat: dict[str, str]) -> Row:
    """Take a goods item; `sequence` is its number as written."""
    item = take(flat, ITEM)
    item["sequence"] = take_one(flat, "SequenceNumeric")
    hints = _take_value(flat, item)
    if item["gross_mass_text"] or item["net_mass_text"]:
        _take_units(flat, item)
    if item["package_count_text"] and flat.get(_PACKAGING) == "1":
        del flat[_PACKAGING]
    item["procedure_codes"] = _take_procedures(flat)
    papers = _take_papers(flat, _ITEM_PAPER, house=False)
    item["documents"] = json.dumps(papers, ensure_ascii=False) if papers else None
    left = hints | flat
    item["unread"] = json.dumps(left, ensure_ascii=False) if left else None
    return item


def _take_value(flat: dict[str, str], item: Row) -> dict[str, str]:
    """Take the value: the intrinsic value, else the price on the invoice (and note that)."""
    path = VALUE if flat.get(VALUE) or not flat.get(PRICE) else PRICE
    item["declared_value_text"] = take_one(flat, path)
    item["declared_currency_text"] = take_one(flat, f"{path}@currencyID")
    item["value_basis"] = Basis.TOTAL.value if item["declared_value_text"] else None
    return {"@declared_value": path} if path == PRICE else {}


def _take_units(flat: dict[str, str], item: Row) -> None:
    units = {
        path: take_one(flat, f"{path}@unitCode") or KILOGRAM
        for path, column in ((GROSS, "gross_mass_text"), (NET, "net_mass_text"))
        if item[column]
    }
    item["mass_basis"] = Basis.TOTAL.value
    item["mass_unit"] = next(iter(units.values()))
    if len(set(units.values())) > 1:
        flat[f"{NET}@unitCode"] = units[NET]


def _take_procedures(flat: dict[str, str]) -> str | None:
    """Take the procedures as codes in order (`40 00 1H7 C07`) if they can be told apart again."""
    found: dict[int, list[str]] = {}
    keys = [path for path in flat if _PROCEDURE.fullmatch(path)]
    for path in keys:
        match = _PROCEDURE.fullmatch(path)
        if match:
            pair = found.setdefault(int(match.group(1) or 1), ["", ""])
            pair[match.group(2) == "PreviousCode"] = flat[path]
    pairs = [(pair[0], pair[1]) for _, pair in sorted(found.items())]
    text = " ".join(code for pair in pairs for code in pair if code)
    if not text or procedures(text) != pairs:
        return None
    for path in keys:
        del flat[path]
    return text


def procedures(text: str | None) -> list[tuple[str, str]]:
    """Give the (current, previous) pairs of a line's procedure codes.

    Two codes of two characters in a row are a requested and a previous procedure (`40 00`, also
    written `4000` or `40/00`); any other code stands alone.

    >>> procedures("40 00 1H7 C07")
    [('40', '00'), ('1H7', ''), ('C07', '')]
    """
    codes = re.sub(r"\b([0-9]{2})/?([0-9]{2})\b", r"\1 \2", text or "").split()
    pairs: list[tuple[str, str]] = []
    while codes:
        code = codes.pop(0)
        pair = len(code) == 2 and bool(codes) and len(codes[0]) == 2
        pairs.append((code, codes.pop(0) if pair else ""))
    return pairs


def put_item(tree: Tree, place: str, item: Row, *, native: bool) -> None:
    """Put a goods item."""
    extra: dict[str, str] = json.loads(item.get("unread") or "{}") if native else {}
    put(tree, place, item, ITEM)
    tree.put(f"{place}/SequenceNumeric", str(item["item_no"]))
    value = extra.pop("@declared_value", VALUE)
    tree.put(f"{place}/{value}", item.get("declared_value_text"))
    if item.get("declared_value_text"):
        tree.put(f"{place}/{value}@currencyID", item.get("declared_currency_text"))
    for path, column in ((GROSS, "gross_mass_text"), (NET, "net_mass_text")):
        if item.get(column):
            tree.put(f"{place}/{path}@unitCode", item.get("mass_unit"))
    for number, (current, previous) in enumerate(procedures(item.get("procedure_codes")), start=1):
        node = tree.at(f"{place}/GovernmentProcedure" + (f"[{number}]" if number > 1 else ""))
        node.put("CurrentCode", current)
        node.put("PreviousCode", previous or None)
    _put_papers(tree, place, item.get("documents"))
    if item.get("package_count_text"):
        tree.put(f"{place}/{_PACKAGING}", "1")
    for path, text in extra.items():
        tree.put(f"{place}/{path}", text)
