"""Reading and writing WCO Data Model XML: safe parsing, paths and values, elements in order.

`documents` gives the messages of a file one by one: a single `MetaData` document, or a bulk
wrapper of our own (`Declarations`, namespace urn:tidewaiter:bulk:1) around many, which is streamed.
`flatten` turns an element into `path -> text` (`Packaging[2]/TypeCode`, attributes as
`GrossMassMeasure@unitCode`); `Tree` turns such paths back into XML with the elements in the order
of the schema.

Safe means: no network, no entity, no document type definition, no huge trees (libxml2's limits
stand), comments and processing instructions skipped. Outer blanks of a text are layout, not
content, and are dropped. It does not validate against a schema: the official schemas are not part
of the project.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter
from typing import Any

from lxml import etree

from tidewaiter.formats.parts.draft import Draft, UnreadableError
from tidewaiter.formats.parts.wco_dec import (
    NS_BULK,
    NS_DEC,
    NS_DEC_TYPES,
    NS_METADATA,
    NS_RES,
    ORDER,
    PERSONS,
)
from tidewaiter.formats.spec import MESSAGE_BYTES_MAX, NESTING_MAX

_OURS = (NS_DEC, NS_METADATA, NS_RES, NS_DEC_TYPES, "urn:wco:datamodel:WCO:Response_DS:DMS:2")
_WRAPPER = f"{{{NS_BULK}}}Declarations"
_START = re.compile(rb"<(?:[\w.-]+:)?MetaData[\s>]")
_END = re.compile(rb"</(?:[\w.-]+:)?MetaData\s*>")
_PERSON = re.compile(rf"(?:^|/)(?:{'|'.join(sorted(PERSONS))})(?:[/@\[]|$)")
_SEGMENT = re.compile(r"^(.*?)(?:\[(\d+)\])?$", re.DOTALL)
_REMEDIES = {
    etree.ErrorTypes.ERR_HYPHEN_IN_COMMENT: "take the double hyphen out of the comment",
    etree.ErrorTypes.ERR_TAG_NAME_MISMATCH: "close each element with the name it was opened with",
    etree.ErrorTypes.ERR_TAG_NOT_FINISHED: "the document is cut off; send all of it",
    etree.ErrorTypes.ERR_GT_REQUIRED: "close the tag with >",
    etree.ErrorTypes.ERR_DOCUMENT_EMPTY: "send an XML document that begins with <",
    etree.ErrorTypes.ERR_DOCUMENT_END: "send one document, or wrap many in <Declarations>",
    etree.ErrorTypes.ERR_INVALID_ENCODING: "save the file as UTF-8",
    etree.ErrorTypes.ERR_INVALID_CHAR: "take the control character out",
    etree.ErrorTypes.ERR_UNDECLARED_ENTITY: "write the character itself instead of an entity",
    etree.ErrorTypes.ERR_NAME_REQUIRED: "write < as &lt; and & as &amp;",
    etree.ErrorTypes.NS_ERR_UNDEFINED_NAMESPACE: "declare the namespace of the prefix",
}


@dataclass(frozen=True, slots=True)
class Document:
    """One message of a file: its number from 1 and its root element."""

    position: int
    root: etree._Element
    data: bytes

    def raw(self) -> bytes:
        """The message as it came (out of a bulk file: as it was parsed)."""
        return self.data or etree.tostring(self.root)


def documents(data: bytes, draft: Draft, position: int) -> Iterator[Document]:
    """Give the messages of a file; what cannot be read is noted in `draft` as rejected.

    Args:
        data: the file.
        draft: takes the rejections.
        position: number of messages before this piece of the source.
    """
    if len(data) > MESSAGE_BYTES_MAX:
        detail = f"the message has {len(data)} bytes, more than {MESSAGE_BYTES_MAX}; split it"
        draft.reject(position + 1, detail, data[:1000], "format.too_large")
        return
    if _is_bulk(data):
        yield from _bulk(data, draft, position)
        return
    try:
        yield Document(position + 1, parse(data), data)
    except UnreadableError as fault:
        draft.reject(position + 1, str(fault), data)


def parse(data: bytes) -> etree._Element:
    """Parse one document.

    Raises:
        UnreadableError: not well-formed (names line, column and remedy), or with a DTD.
    """
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        huge_tree=False,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as fault:
        raise UnreadableError(_sentence(fault)) from fault
    _refuse_dtd(root)
    return root


def _refuse_dtd(root: etree._Element) -> None:
    if root.getroottree().docinfo.internalDTD is not None:
        raise UnreadableError(
            "the document has a document type definition (DOCTYPE), which is refused because it "
            "may hold entities; take it out"
        )


def _sentence(fault: etree.XMLSyntaxError) -> str:
    text = re.sub(r",? ?\(?,? line \d+, column \d+\)?.*$", "", fault.msg or "", flags=re.DOTALL)
    remedy = _REMEDIES.get(getattr(fault, "code", 0), "send a well-formed XML document")
    return (
        f"not well-formed XML at line {fault.lineno}, column {(fault.offset or 0) + 1}: "
        f"{text.strip()}; {remedy}"
    )


def _is_bulk(data: bytes) -> bool:
    return NS_BULK.encode() in data[:2048] and b"Declarations" in data[:2048]


def _bulk(data: bytes, draft: Draft, position: int) -> Iterator[Document]:
    number = position
    try:
        for root in _streamed(data):
            number += 1
            yield Document(number, root, b"")
            root.clear()
    except (etree.XMLSyntaxError, UnreadableError):
        # One message is broken: from it on, take the pieces between the start tags one by one.
        for piece in _pieces(data)[number - position :]:
            number += 1
            try:
                yield Document(number, parse(piece), piece)
            except UnreadableError as fault:
                draft.reject(number, f"message {number} of the bulk file: {fault}", piece)
        if number == position:
            draft.reject(position + 1, "the bulk file holds no MetaData document", data)


def _streamed(data: bytes) -> Iterator[etree._Element]:
    steps = etree.iterparse(
        io.BytesIO(data),
        tag="{*}MetaData",
        resolve_entities=False,
        no_network=True,
        huge_tree=False,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
    )
    for _, element in steps:
        wrapper = element.getparent()
        if wrapper is None or wrapper.tag != _WRAPPER:
            raise UnreadableError(f"a MetaData stands elsewhere than in {_WRAPPER}")
        _refuse_dtd(wrapper)
        yield element
        wrapper.remove(element)
    if len(steps.root):
        strange = ", ".join(sorted({name_of(child) for child in steps.root})[:8])
        raise UnreadableError(f"the bulk file holds {strange} beside its MetaData documents")


def _pieces(data: bytes) -> list[bytes]:
    starts = [match.start() for match in _START.finditer(data)]
    pieces = []
    for start, stop in zip(starts, [*starts[1:], len(data)], strict=True):
        piece = data[start:stop]
        ends = list(_END.finditer(piece))
        pieces.append(piece[: ends[-1].end()] if ends else piece)
    return pieces


def name_of(element: etree._Element) -> str:
    """Local name in the WCO's namespaces, or without one; else `{namespace}name` ("/" as %2F)."""
    return _name(str(element.tag))


@lru_cache(maxsize=2048)
def _name(tag: str) -> str:
    if not tag.startswith("{"):
        return tag
    space, _, name = tag[1:].partition("}")
    return name if space in _OURS else tag.replace("/", "%2F")


def flatten(
    element: etree._Element, into: dict[str, str], prefix: str = "", depth: int = 1
) -> dict[str, str]:
    """Note the text of each leaf and each attribute below an element by its path.

    The first of equally named elements has no number, the second is `Name[2]`. Attributes of
    the XML Schema instance namespace (`xsi:schemaLocation`) are left out.

    Raises:
        UnreadableError: nested deeper than `NESTING_MAX`.
    """
    if depth > NESTING_MAX:
        raise UnreadableError(f"elements are nested deeper than {NESTING_MAX} levels")
    seen: dict[str, int] = {}
    for child in element:
        name = _name(str(child.tag))
        count = seen[name] = seen.get(name, 0) + 1
        path = f"{prefix}{name}" if count == 1 else f"{prefix}{name}[{count}]"
        text = (child.text or "").strip()
        inner = len(child)
        if inner:
            flatten(child, into, f"{path}/", depth + 1)
        if text or not inner:
            into[path] = text
        for key, value in child.items():
            if not str(key).startswith("{"):
                into[f"{path}@{key!s}"] = str(value)
    return into


def take(flat: dict[str, str], table: dict[str, str]) -> dict[str, Any]:
    """Take the texts of a table's paths; empty ones are absent, and stay where they are."""
    return {column: take_one(flat, path) for path, column in table.items()}


def take_one(flat: dict[str, str], path: str) -> str | None:
    """Take the text at a path; an empty one stays, so that its element keeps its place."""
    return flat.pop(path) if flat.get(path) else None


def take_people(flat: dict[str, str]) -> dict[str, str]:
    """Take everything that stands in an element which holds personal data, by path."""
    return {path: flat.pop(path) for path in [path for path in flat if _PERSON.search(path)]}


def put(tree: Tree, place: str, row: dict[str, Any], table: dict[str, str]) -> None:
    """Put the columns of a table at their paths below a place; attributes only beside a text."""
    for path, column in table.items():
        text = row.get(column)
        if text is None or ("@" in path and row.get(table[path.partition("@")[0]]) is None):
            continue
        tree.put(f"{place}/{path}" if place else path, str(text))


class Tree:
    """An element being built from paths; `xml()` writes it with its children in schema order.

    >>> tree = Tree("Address")
    >>> tree.put("Line", "1 Quay & Co")
    >>> tree.put("CityName", "Lyon")
    >>> tree.xml()
    '<Address><CityName>Lyon</CityName><Line>1 Quay &amp; Co</Line></Address>'
    """

    __slots__ = ("attributes", "children", "name", "rank", "text")

    def __init__(self, name: str, rank: tuple[int, int] = (0, 0)) -> None:
        self.name = name
        self.rank = rank
        self.text = ""
        self.attributes: dict[str, str] = {}
        self.children: dict[str, Tree] = {}

    def put(self, path: str, text: str | None) -> None:
        """Put a text (or, for a path with `@`, an attribute) at a path; None puts nothing."""
        if text is None:
            return
        way, _, attribute = path.partition("@")
        node = self.at(way)
        if attribute:
            node.attributes[attribute] = text
        else:
            node.text = text

    def at(self, path: str) -> Tree:
        """Give the element at a path, made if it is not there."""
        node = self
        for step, name, number in _steps(path):
            child = node.children.get(step)
            if child is None:
                order = ORDER.get(node.name, _NO_ORDER)
                child = Tree(name, (order.get(name, len(order)), number))
                node.children[step] = child
            node = child
        return node

    def xml(self, attributes: str = "") -> str:
        """Write the element; `attributes` (namespaces) go into its start tag as they are."""
        name = self.name
        if name.startswith("{"):
            space, _, name = name[1:].replace("%2F", "/").partition("}")
            attributes += f' xmlns="{_quoted(space)}"'
        elif name == "DateTimeString":
            attributes += f' xmlns="{NS_DEC_TYPES}"'
        for key, value in self.attributes.items():
            attributes += f' {key}="{_quoted(value)}"'
        text = escaped(self.text)
        if self.children:
            inner = sorted(self.children.values(), key=_RANK)
            text += "".join([child.xml() for child in inner])
        return f"<{name}{attributes}>{text}</{name}>"


_RANK = attrgetter("rank")
_NO_ORDER: dict[str, int] = {}


@lru_cache(maxsize=65536)
def _steps(path: str) -> tuple[tuple[str, str, int], ...]:
    """Give the steps of a path with their names and numbers."""
    found = [(step, _SEGMENT.match(step)) for step in path.split("/")] if path else []
    return tuple(
        (step, match.group(1) if match else step, int(match.group(2) or 1) if match else 1)
        for step, match in found
    )


_SPECIAL = re.compile("[^\t\n\u0020-%'-;=?-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_CONTROL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def escaped(text: str) -> str:
    """Write text for XML; a character XML 1.0 cannot hold becomes U+FFFD."""
    if not _SPECIAL.search(text):
        return text
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _CONTROL.sub("\ufffd", text.replace("\r", "&#13;"))


def _quoted(text: str) -> str:
    return escaped(text).replace('"', "&quot;").replace("\n", "&#10;").replace("\t", "&#9;")
