"""Reading and writing ICS2-shaped entry summary filings as JSON; F43 and F32 share all but tables.

One message has a head (declarant, representative) and 1 to 99,999 house consignments; each house
becomes a consignment, and houses with the same head go back into one message. JSON has the element
names of the interface's paths in camel case; figures may come as numbers. What no column stands
for stays in `unread`, in the message's own shape, with the house as the only one of its kind.

See `ics2_fields` for what was and was not read. Transport document types, communication types and
types of person are from memory where they are filled in for other senders' data.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import polars as pl

from tidewaiter.formats.parts.draft import Cursor, Draft, Json, Row, content_id, to_json
from tidewaiter.formats.parts.filing import S10, Gaps, Parcel, line_numbers, listed, parcels
from tidewaiter.formats.parts.ics2_fields import (
    FIGURES,
    HEAD_COLUMNS,
    HOUSE_COLUMNS,
    HOUSE_MONEY,
    ITEM_COLUMNS,
    PARTY_COLUMNS,
)
from tidewaiter.formats.parts.ics2_filing import note_gaps, prepare
from tidewaiter.formats.parts.json_messages import (
    canonical,
    lines,
    load,
    merged,
    note_numbers,
    number,
    objects,
    put,
)
from tidewaiter.formats.parts.layout import at, scalar
from tidewaiter.formats.spec import FormatSpec
from tidewaiter.vocabulary.batch import Batch
from tidewaiter.vocabulary.terms import Basis, Role, Severity

MASTER, HOUSE = "consignmentMasterLevel", "consignmentHouseLevel"
HS6_CHARS = 6
_HEAD_PARTIES = {"declarant": Role.DECLARANT, "representative": Role.REPRESENTATIVE}
_HOUSE_PARTIES = {"consignor": Role.CONSIGNOR, "consignee": Role.CONSIGNEE}
_CONTACTS = {"EM": "email", "TE": "phone"}
_HS = "commodity.commodityCode.harmonizedSystemSubHeadingCode"
_CN = "commodity.commodityCode.combinedNomenclatureCode"
_PAPERS = {
    "supportingDocuments": ("document", {"referenceNumber": "id", "type": "type"}),
    "additionalInformation": ("information", {"code": "code", "text": "text"}),
}
_CONTACT_KEYS = {"identifier": "", "type": ""}
_CODES = {"transportDocumentHouseLevel.documentNumber": "consignments.house_document"}
_ITEM_CODES = {_HS: "goods_items.hs_code_text", _CN: "goods_items.hs_code_text"}
_PARTY_CODES = {"address.postCode": "parties.postcode"}


def sniff(head: bytes, kind: str) -> float:
    """Tell a filing by its indicator and its outer names."""
    if b"consignmentMasterLevel" not in head and b"SpecificCircumstanceIndicator" not in head:
        return 0.0
    found = re.search(rb'"SpecificCircumstanceIndicator"\s*:\s*"(\w+)"', head)
    if found:
        return 0.95 if found.group(1).decode() == kind else 0.1
    mark = {"F43": (b"postalCharges", b"postalValue"), "F32": (b"AmountInvoiced",)}[kind]
    return 0.8 if any(word in head for word in mark) else 0.5


def decode(spec: FormatSpec, kind: str, data: bytes, source: str, position: int) -> Batch:
    """Read the messages of a file: one object, an array, or one a line."""
    draft = Draft(spec.name, source, spec.view)
    for place, tree in objects(data, draft, position):
        master = tree.get(MASTER)
        houses = master.get(HOUSE) if isinstance(master, dict) else None
        rows: list[Json] = houses if isinstance(houses, list) else [houses]
        if not rows or not all(isinstance(row, dict) for row in rows):
            detail = f"has no list of objects {MASTER}.{HOUSE}; send each parcel as one of them"
            draft.reject(place, f"record {place} {detail}", to_json(tree))
        else:
            _message(kind, tree, rows, draft, place)
    return draft.batch()


def _message(
    kind: str, tree: dict[str, Json], houses: list[dict[str, Json]], draft: Draft, place: int
) -> None:
    cursor = Cursor(tree)
    cursor.take(f"{MASTER}.{HOUSE}")
    row: Row = {column: cursor.text(path) for path, column in HEAD_COLUMNS.items()}
    people = [_party(cursor, tree, path, role) for path, role in _HEAD_PARTIES.items()]
    left = load(cursor.leftover())
    said = canonical([row, [party for party, _ in people], left])
    for index, house in enumerate(houses, start=1):
        consignment, items, parties, read = _house(kind, house, dict(row))
        parties = people + parties
        content = said + canonical(house)
        name = consignment["house_document"] or consignment["ucr"]
        if not name and row["declaration_ref"]:
            name = f"{row['declaration_ref']}/{index}"
        name = name or content_id(f"ics2-{kind.lower()}", content)
        inner = load(read.leftover())
        whole = merged(left, {MASTER: {HOUSE: inner}}) if inner else left
        contribution_id = draft.message(
            content,
            name,
            position=place,
            sender=people[0][0].get("id_number"),
            message_id=row["declaration_ref"],
            said_at_text=row["message_at_text"],
        )
        key = {"consignment_id": name, "contribution_id": contribution_id}
        draft.add("consignments", **key, **consignment, unread=to_json(whole) if whole else None)
        note_numbers(read, _CODES, draft, key)
        _note_items(items, draft, key)
        for party, own in parties:
            if party:
                draft.add("parties", **key, **party)
                note_numbers(own, _PARTY_CODES, draft, key)


def _house(
    kind: str, house: dict[str, Json], row: Row
) -> tuple[Row, list[tuple[Row, Cursor]], list[tuple[Row, Cursor]], Cursor]:
    cursor = Cursor(house)
    row |= {column: cursor.text(path) for path, column in _house_columns(kind).items()}
    if row["gross_mass_text"] is not None:
        row["gross_mass_unit"] = "kg"
    document = row["house_document"] or ""
    row["tracking_id"] = document if S10.fullmatch(document) else None
    row["documents"] = _papers(cursor, house)
    parties = [_party(cursor, house, path, role) for path, role in _HOUSE_PARTIES.items()]
    given = house.get("goodsItem")
    given = given if isinstance(given, list) else [given]
    items = []
    if all(isinstance(line, dict) for line in given):
        cursor.take("goodsItem")
        natures = {scalar(line.get("typeOfGoods")) for line in given}
        row["nature_text"] = natures.pop() if len(natures) == 1 else None
        shared = {"typeOfGoods"} if row["nature_text"] else set()
        items = [
            _item(kind, {name: line[name] for name in line if name not in shared}) for line in given
        ]
    return row, items, parties, cursor


def _house_columns(kind: str) -> dict[str, str]:
    return HOUSE_COLUMNS | HOUSE_MONEY[kind]


def _item(kind: str, line: dict[str, Json]) -> tuple[Row, Cursor]:
    cursor = Cursor(line)
    row: Row = {column: cursor.text(path) for path, column in ITEM_COLUMNS[kind].items()}
    row["sequence"] = cursor.text("goodsItemNumber")
    code, further = scalar(at(line, _HS)), scalar(at(line, _CN))
    if code and (len(code) == HS6_CHARS or not further):
        row["hs_code_text"] = f"{cursor.text(_HS)}{cursor.text(_CN) or ''}"
    if row.get("net_mass_text") is not None or row.get("gross_mass_text") is not None:
        row |= {"mass_unit": "kg", "mass_basis": Basis.TOTAL.value}
    if row["declared_value_text"] is not None:
        row["value_basis"] = Basis.TOTAL.value
    if kind == "F32":
        row["documents"] = _papers(cursor, line)
    row["unread"] = cursor.leftover()
    return row, cursor


def _papers(cursor: Cursor, tree: dict[str, Json]) -> str | None:
    """Take the papers if no element holds more than its columns; else they stay unread."""
    found = []
    for path, (kind, keys) in _PAPERS.items():
        rows = tree.get(path)
        if isinstance(rows, list) and all(_plain(row, keys) for row in rows):
            cursor.take(path)
            found += [
                {"kind": kind} | {keys[name]: str(value) for name, value in row.items()}
                for row in rows
            ]
    return to_json(found) if found else None


def _plain(row: Json, keys: dict[str, str]) -> bool:
    return (
        isinstance(row, dict)
        and row.keys() <= keys.keys()
        and all(isinstance(value, str) and value.strip() for value in row.values())
    )


def _party(cursor: Cursor, tree: dict[str, Json], path: str, role: Role) -> tuple[Row, Cursor]:
    """Take a party; street and house number become one text, the number stays in `unread`."""
    if not isinstance(tree.get(path), dict):
        return {}, Cursor({})
    contacts, node = _contacts(cursor.take(path) or {})
    own = Cursor(node)
    row: Row = {column: own.text(name) for name, column in PARTY_COLUMNS.items()} | contacts
    house_number = at(node, "address.number")
    if row["street"] and scalar(house_number):
        row["street"] = f"{row['street']} {house_number}"
    left = own.leftover()
    if left is None and not any(row.values()):
        return {}, own
    return {"role": role.value, **row, "unread": left}, own


def _contacts(node: dict[str, Json]) -> tuple[Row, dict[str, Json]]:
    """Take the first e-mail and the first telephone; other communication stays."""
    rows = node.get("communication")
    if not isinstance(rows, list):
        return {}, node
    row: Row = {}
    rest = []
    for entry in rows:
        column = _CONTACTS.get(entry.get("type", "")) if _plain(entry, _CONTACT_KEYS) else None
        if column and column not in row and "identifier" in entry:
            row[column] = str(entry["identifier"])
        else:
            rest.append(entry)
    return row, {**node, "communication": rest}


def _note_items(items: list[tuple[Row, Cursor]], draft: Draft, key: Row) -> None:
    given = [item.pop("sequence") for item, _ in items]
    numbers = line_numbers(given)
    if numbers is None:
        numbers = list(range(1, len(items) + 1))
        for (item, _), text, count in zip(items, given, numbers, strict=True):
            if text not in (None, str(count)):
                item["unread"] = to_json(load(item["unread"]) | {"goodsItemNumber": text})
        draft.finding(
            "format.item_numbers",
            Severity.WARN,
            **key,
            field="goods_items.item_no",
            seen=", ".join(text or "none" for text in given)[:200],
        )
    for item_no, (item, own) in zip(numbers, items, strict=True):
        draft.add("goods_items", **key, **item, item_no=item_no)
        note_numbers(own, _ITEM_CODES, draft, key, item_no)


def encode(spec: FormatSpec, kind: str, batch: Batch) -> bytes:
    """Write one message a line; parcels with the same head and reference share a message."""
    return lines(_messages(spec, kind, batch))


def missing_for_filing(spec: FormatSpec, kind: str, batch: Batch) -> pl.DataFrame:
    """Say what a filing of these parcels would lack, element by element (frame `findings`)."""
    gaps = Gaps()
    for parcel in parcels(batch, [spec.name]):
        ready = parcel if parcel.native else prepare(parcel, kind, gaps)
        note_gaps(ready, _tree(ready, kind), kind, gaps)
    return gaps.findings()


def _messages(spec: FormatSpec, kind: str, batch: Batch) -> Iterator[Json]:
    waiting: dict[str, Json] = {}
    for parcel in parcels(batch, [spec.name]):
        ready = parcel if parcel.native else prepare(parcel, kind, Gaps())
        tree = _tree(ready, kind)
        houses = tree[MASTER].pop(HOUSE)
        head = to_json(tree)
        if ready.consignment.get("declaration_ref") is None:
            head += str(len(waiting))
        message = waiting.setdefault(head, tree)
        message[MASTER].setdefault(HOUSE, []).extend(houses)
    yield from waiting.values()


def _tree(parcel: Parcel, kind: str) -> dict[str, Json]:
    """Build the message of one parcel."""
    row = parcel.consignment
    tree: dict[str, Json] = {}
    house: dict[str, Json] = {}
    for path, column in HEAD_COLUMNS.items():
        put(tree, path, row.get(column))
    for path, column in _house_columns(kind).items():
        put(house, path, _figure(path, row.get(column)))
    _put_papers(house, row.get("documents"))
    for place, (path, role) in [(tree, pair) for pair in _HEAD_PARTIES.items()] + [
        (house, pair) for pair in _HOUSE_PARTIES.items()
    ]:
        party = parcel.parties.get(role.value)
        if party is not None:
            place[path] = merged(place.get(path, {}), _put_party(party, native=parcel.native))
    if parcel.items:
        house["goodsItem"] = [_put_item(item, row, kind, parcel.native) for item in parcel.items]
    kept = load(row.get("unread")) if parcel.native else {}
    inner = kept.get(MASTER, {}).pop(HOUSE, {}) if isinstance(kept.get(MASTER), dict) else {}
    tree[MASTER] = {}
    tree = merged(tree, kept)
    tree[MASTER][HOUSE] = [merged(house, inner)]
    return tree


def _figure(path: str, value: Any) -> Json:
    return number(value) if path in FIGURES else value


def _put_papers(tree: dict[str, Json], documents: str | None) -> None:
    for entry in listed(documents):
        for path, (kind, keys) in _PAPERS.items():
            if entry.get("kind") == kind:
                row = {name: entry[key] for name, key in keys.items() if key in entry}
                tree.setdefault(path, []).append(row)


def _put_party(party: Row, *, native: bool) -> dict[str, Json]:
    tree: dict[str, Json] = {}
    kept = load(party.get("unread")) if native else {}
    for path, column in PARTY_COLUMNS.items():
        put(tree, path, party.get(column))
    house_number = at(kept, "address.number")
    street = party.get("street")
    if isinstance(house_number, str) and street and street.endswith(f" {house_number}"):
        tree["address"]["street"] = street[: -len(house_number) - 1]
    contacts: list[Json] = [
        {"identifier": party[column], "type": kind}
        for kind, column in _CONTACTS.items()
        if party.get(column)
    ]
    contacts += kept.pop("communication", []) if isinstance(kept.get("communication"), list) else []
    if contacts:
        tree["communication"] = contacts
    result: dict[str, Json] = merged(tree, kept)
    return result


def _put_item(item: Row, parcel_row: Row, kind: str, native: bool) -> dict[str, Json]:
    tree: dict[str, Json] = {"goodsItemNumber": number(str(item["item_no"]))}
    for path, column in ITEM_COLUMNS[kind].items():
        put(tree, path, _figure(path, item.get(column)))
    code = item.get("hs_code_text")
    if code:
        put(tree, _HS, code[:HS6_CHARS])
        put(tree, _CN, code[HS6_CHARS:] or None)
    put(tree, "typeOfGoods", parcel_row.get("nature_text"))
    if kind == "F32":
        _put_papers(tree, item.get("documents"))
    kept = load(item.get("unread")) if native else {}
    if "goodsItemNumber" in kept:  # it was no key, and the lines were counted
        tree["goodsItemNumber"] = kept["goodsItemNumber"]
    result: dict[str, Json] = merged(tree, kept)
    return result
