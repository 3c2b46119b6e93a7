"""H7: the declaration of low-value consignments, as WCO Data Model XML of the UK profile.

What a marketplace parcel needs at import: few elements, one declaration a parcel, as filed in the
UK's Customs Declaration Service for Northern Ireland (additional procedure code 1H7); the bulk
reduced data set (BIRDS, 21V) is the same document and is read and written too. A file holds one
`MetaData` document, or many inside `Declarations` (namespace urn:tidewaiter:bulk:1, ours).

Read: formats.md sections 3 and 5, the schemas and published samples of hmrc/customs-declarations
(conf/3.0). Not read: the EU's own H7 column (UCC-DA Annex B) and the place of the product
identifiers of Implementing Regulation (EU) 2026/1200 in the XML; these are neither read nor
written. What no column stands for is kept under its path in `unread` and written back. It does
not judge whether a declaration is complete: `missing_for_filing` says what a filing would lack.
"""

from __future__ import annotations

import json

import polars as pl

from tidewaiter.formats.parts import h7_elements as elements
from tidewaiter.formats.parts.draft import Draft, Row, UnreadableError, content_id
from tidewaiter.formats.parts.filing import Gaps, Parcel, line_numbers, parcels
from tidewaiter.formats.parts.h7_filing import note_gaps, prepare
from tidewaiter.formats.parts.h7_parties import put_party, take_parties
from tidewaiter.formats.parts.h7_tables import ENVELOPE, ITEM_PATH
from tidewaiter.formats.parts.wco_dec import NS_BULK, NS_DEC, NS_METADATA, NS_RES
from tidewaiter.formats.parts.wco_xml import Document, Tree, documents
from tidewaiter.formats.spec import FormatSpec, Pieces
from tidewaiter.vocabulary.batch import Batch
from tidewaiter.vocabulary.terms import Severity, View


def _sniff(head: bytes, file_name: str) -> float:
    if NS_RES.encode() in head or b">RES<" in head:
        return 0.0
    if NS_DEC.encode() in head:
        return 0.95
    if NS_BULK.encode() in head or NS_METADATA.encode() in head:
        return 0.9
    return 0.3 if file_name.endswith(".xml") and b"Declaration" in head else 0.0


FORMAT = FormatSpec(
    name="h7",
    title="H7 low-value import declaration, WCO Data Model XML (UK/HMRC profile)",
    view=View.DECLARATION.value,
    pieces=Pieces.WHOLE,
    extensions=(".xml",),
    sniff=_sniff,
    source="hmrc/customs-declarations conf/3.0 schemas (DEC 2.15) and samples, read 2026-11: H7 as "
    "filed in CDS for Northern Ireland. Not read: EU UCC-DA Annex B column H7; the XML position "
    "of the product identifiers of IR (EU) 2026/1200",
)


def decode(data: bytes, *, source: str = "", position: int = 0) -> Batch:
    """Read a declaration, or a bulk file of many.

    Args:
        data: the file.
        source: its name, kept in `contributions` and `rejected`.
        position: number of declarations before this piece of the source.

    Returns:
        One consignment per declaration with its lines and parties, text as written; what is not
        a declaration is in `rejected` with line, reason and remedy.
    """
    draft = Draft(FORMAT.name, source, FORMAT.view)
    for document in documents(data, draft, position):
        try:
            _read(document, draft)
        except UnreadableError as fault:
            draft.reject(document.position, str(fault), document.raw())
    return draft.batch()


def _read(document: Document, draft: Draft) -> None:
    head, lines = elements.split(document.root)
    content = json.dumps([head, lines], ensure_ascii=False).encode()
    consignment = elements.take_head(head)
    parties = take_parties(head, lines)
    items = [elements.take_item(line) for line in lines]
    consignment["unread"] = json.dumps(head, ensure_ascii=False) if head else None
    name = consignment.get("declaration_ref") or consignment.get("house_document")
    name = name or consignment.get("entry_number") or content_id(FORMAT.name, content)
    declarant = next((p for p in parties if p["role"] == "declarant"), {})
    contribution_id = draft.message(
        content,
        name,
        position=document.position,
        sender=declarant.get("id_number"),
        message_id=consignment.get("declaration_ref"),
        said_at_text=consignment.get("message_at_text"),
    )
    key = {"consignment_id": name, "contribution_id": contribution_id}
    draft.add("consignments", **key, **consignment)
    for number, item in zip(_numbers(items, key, draft), items, strict=True):
        draft.add("goods_items", **key, **item, item_no=number)
    for party in parties:
        draft.add("parties", **key, **party)


def _numbers(items: list[Row], key: Row, draft: Draft) -> list[int]:
    """Give the numbers of the lines; if those given do not serve as a key, count instead."""
    given = [item.pop("sequence") for item in items]
    numbers = line_numbers(given)
    if numbers is not None:
        return numbers
    counted = list(range(1, len(items) + 1))
    for item, number, count in zip(items, given, counted, strict=True):
        if number not in (None, str(count)):
            kept = json.loads(item["unread"] or "{}") | {"SequenceNumeric": number}
            item["unread"] = json.dumps(kept, ensure_ascii=False)
    draft.finding(
        "format.item_numbers",
        Severity.WARN,
        **key,
        field="goods_items.item_no",
        seen=", ".join(number or "none" for number in given)[:200],
    )
    return counted


def encode(batch: Batch) -> bytes:
    """Write a batch: one document for one parcel, else a bulk file of `Declarations`.

    Parcels that came as H7 are written as they were. Others are first made into an H7 filing
    (`h7_filing.prepare`): kilograms, whole-line values, procedure codes, sizes that fit.
    """
    written = [
        _document(parcel if parcel.native else prepare(parcel, Gaps()))
        for parcel in parcels(batch, [FORMAT.name])
    ]
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    if len(written) == 1:
        return (head + written[0] + "\n").encode()
    body = "\n".join(written)
    return f'{head}<t:Declarations xmlns:t="{NS_BULK}">\n{body}\n</t:Declarations>\n'.encode()


def missing_for_filing(batch: Batch) -> pl.DataFrame:
    """Say what a filing of these parcels as H7 would lack.

    Returns:
        Frame `findings`: `format.missing_mandatory` per mandatory element without a value (field
        = our column, detail = the XML element), `format.value_cut` where a text does not fit.
    """
    gaps = Gaps()
    for parcel in parcels(batch, [FORMAT.name]):
        note_gaps(parcel if parcel.native else prepare(parcel, gaps), gaps)
    return gaps.findings()


def _document(parcel: Parcel) -> str:
    tree = Tree("Declaration")
    head = parcel.consignment
    extra: dict[str, str] = json.loads(head["unread"] or "{}") if parcel.native else {}
    elements.put_head(tree, head)
    tree.at("GoodsShipment")
    for number, item in enumerate(parcel.items, start=1):
        place = ITEM_PATH + (f"[{number}]" if number > 1 else "")
        elements.put_item(tree, place, item, native=parcel.native)
    for party in parcel.parties.values():
        put_party(tree, party, native=parcel.native)
    envelope = dict(ENVELOPE)
    for path, text in extra.items():
        if path.startswith("../"):
            envelope[path[3:]] = text
        else:
            tree.put(path, text)
    meta = Tree("MetaData")
    for name, value in envelope.items():
        meta.put(name, value)
    declaration = tree.xml(f' xmlns="{NS_DEC}"')
    opening = meta.xml(f' xmlns="{NS_METADATA}"')
    return opening.replace("</MetaData>", f"{declaration}</MetaData>")
