"""Answers of customs to a declaration: WCO DMS responses (RES) of the UK's CDS, read only.

Received (DMSRCV), accepted (DMSACC), request to change (DMSRES), cleared (DMSCLE) and the like,
told apart by the function code. Each `Response` becomes a contribution about the parcel of its
declaration reference, with the movement reference number customs gave it.

Read: the response schema (RES 2) and published notifications of hmrc/customs-declarations
(conf/3.0). Not read: the full list of function codes and of error codes, so they stay codes; the
amendments, pointers and errors of a response are kept under their paths in `unread`. Published
extracts without namespaces are read too.
"""

from __future__ import annotations

import json

from lxml import etree

from tidewaiter.formats.parts.draft import Draft, UnreadableError
from tidewaiter.formats.parts.wco_dec import NS_RES
from tidewaiter.formats.parts.wco_xml import (
    documents,
    flatten,
    name_of,
    take,
    take_one,
    take_people,
)
from tidewaiter.formats.spec import FormatSpec, Pieces
from tidewaiter.vocabulary.batch import Batch
from tidewaiter.vocabulary.terms import Role, View


def _sniff(head: bytes, _file_name: str) -> float:
    return 0.96 if NS_RES.encode() in head or b">RES<" in head else 0.0


FORMAT = FormatSpec(
    name="dms-answer",
    title="Answer of customs to a declaration, WCO DMS response XML (UK/HMRC profile)",
    view=View.DECLARATION.value,
    pieces=Pieces.WHOLE,
    extensions=(".xml",),
    sniff=_sniff,
    source="hmrc/customs-declarations conf/3.0 response schema (RES 2) and notification samples, "
    "read 2026-11. Not read: lists of function and error codes",
    writes=False,
)

_DECLARATION = "Declaration/"
ANSWER = {
    "FunctionCode": "message_function",
    "IssueDateTime/DateTimeString": "message_at_text",
    f"{_DECLARATION}FunctionalReferenceID": "declaration_ref",
    f"{_DECLARATION}ID": "entry_number",
    f"{_DECLARATION}TypeCode": "declaration_type",
}
_FORMAT_CODE = "IssueDateTime/DateTimeString@formatCode"


def decode(data: bytes, *, source: str = "", position: int = 0) -> Batch:
    """Read an answer; one consignment and contribution per `Response`.

    Args:
        data: the file.
        source: its name, kept in `contributions` and `rejected`.
        position: number of documents before this piece of the source.

    Returns:
        Consignments with `declaration_ref`, `entry_number` (MRN), `message_function`,
        `message_at_text`, the rest in `unread`; what is no answer is in `rejected`.
    """
    draft = Draft(FORMAT.name, source, FORMAT.view)
    for document in documents(data, draft, position):
        try:
            responses = _responses(document.root)
            for number, response in enumerate(responses):
                _read(response, document.position + number, draft)
        except UnreadableError as fault:
            draft.reject(document.position, str(fault), document.raw())
    return draft.batch()


def _responses(root: etree._Element) -> list[etree._Element]:
    if name_of(root) == "Response":
        return [root]
    found = [child for child in root if name_of(child) == "Response"]
    if not found:
        inside = ", ".join(sorted({name_of(child) for child in root})[:8])
        hint = (
            "read a declaration as h7" if "Declaration" in inside else "send MetaData of type RES"
        )
        raise UnreadableError(
            f"line {root.sourceline}: no Response in {name_of(root)} ({inside or 'empty'}); {hint}"
        )
    return found


def _read(response: etree._Element, position: int, draft: Draft) -> None:
    flat = flatten(response, {})
    content = json.dumps(flat, ensure_ascii=False).encode()
    reference = take_one(flat, "FunctionalReferenceID")
    row = take(flat, ANSWER)
    if flat.get(_FORMAT_CODE) in ("102", "304"):
        del flat[_FORMAT_CODE]
    name = row["declaration_ref"] or row["entry_number"]
    if not name:
        raise UnreadableError(
            f"line {response.sourceline}: the Response names no declaration; send it with "
            "Declaration/FunctionalReferenceID or Declaration/ID"
        )
    contribution_id = draft.message(
        content,
        name,
        position=position,
        sender="customs",
        message_id=reference,
        said_at_text=row["message_at_text"],
    )
    key = {"consignment_id": name, "contribution_id": contribution_id}
    people = take_people(flat)
    unread = json.dumps(flat, ensure_ascii=False) if flat else None
    draft.add("consignments", **key, **row, unread=unread)
    if people:
        named = json.dumps(people, ensure_ascii=False)
        draft.add("parties", **key, role=Role.OTHER.value, unread=named)
