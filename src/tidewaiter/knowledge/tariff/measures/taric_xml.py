"""Measures as XML in a shape of our own that follows TARIC's words.

    <measures>
      <area id="2020"><member>KE</member><member>TZ</member></area>
      <measure id="3821" goods-code="6109100000" type="103" geographical-area="1011"
               valid-from="2026-01-01" valid-to="2026-12-31" legal="Act 5 of 2025">
        <title>Third country duty</title>
        <duty-expression>12.000 %</duty-expression>
        <exclude-area>CN</exclude-area>
        <condition code="U088">Proof of preferential origin</condition>
      </measure>
    </measures>

`goods-code` may be filled with zeros; `type` is a number of TARIC's measure types (those below;
from memory of Regulation (EEC) 2658/87 and the TARIC user manual, no official file was seen) or a
word of ours; `geographical-area` is 1011 (all), a country, or a group given by `<area>`; `valid-to`
is the last day. A measure without a duty expression is a control, not a rate: it is counted and
left out. Safe: no document type, no entities, no network, no huge trees, size bounded.
"""

from __future__ import annotations

from lxml import etree

from tidewaiter.knowledge.tariff.lines import Unreadable, text
from tidewaiter.knowledge.tariff.measure_lines import (
    Measure,
    MeasureReading,
    MeasureSpec,
    asked,
    make,
)
from tidewaiter.knowledge.tariff.table import significant
from tidewaiter.vocabulary.errors import InputError

TYPE_NUMBERS = {
    "103": "normal", "105": "normal", "106": "normal",
    "112": "suspension", "115": "suspension", "117": "suspension", "119": "suspension",
    "122": "quota", "123": "quota", "143": "quota", "146": "quota",
    "142": "preference", "145": "preference", "141": "preference",
    "551": "antidumping", "552": "antidumping", "553": "countervailing", "554": "countervailing",
    "695": "additional", "696": "additional", "305": "vat", "306": "excise",
}  # fmt: skip
ATTRIBUTES = {
    "id": "id", "goods-code": "goods", "type": "type", "geographical-area": "origins",
    "valid-from": "valid_from", "valid-to": "valid_to", "legal": "legal", "per": "per",
    "base": "base",
}  # fmt: skip
CHILDREN = frozenset({"title", "duty-expression", "exclude-area", "condition"})


def sniff(head: bytes, file_name: str) -> float:  # noqa: ARG001 - the content says it all
    """Say how sure it is that a file is this shape."""
    return 1.0 if b"<measures" in head and b"<measure" in head else 0.0


SOURCE = MeasureSpec(
    name="taric-xml",
    title="Measures as XML, after TARIC",
    sniff=sniff,
    source="our own shape with the words and numbers of TARIC; from memory, no official file seen",
)


def read(data: bytes) -> MeasureReading:
    """Read the list.

    Raises:
        InputError: not well-formed, with a document type definition, or another document.
    """
    root = _parse(data)
    if _name(root) != "measures":
        raise InputError(
            f"the document is <{_name(root)}>, not <measures>.",
            remedy="Give a list of measures in the documented shape.",
        )
    reading = MeasureReading()
    areas = {
        area.get("id", ""): tuple(sorted({member.text.strip() for member in area if member.text}))
        for area in root
        if _name(area) == "area"
    }
    number = 0
    for element in root:
        if _name(element) == "area":
            continue
        number += 1
        try:
            made = _measure(number, element, areas, reading)
        except Unreadable as fault:
            reading.reject(number, str(fault), etree.tostring(element, encoding="unicode"))
            continue
        if made is None:
            reading.ignored += 1
        else:
            reading.measures.append(made)
    return reading


def _measure(
    number: int,
    element: etree._Element,
    areas: dict[str, tuple[str, ...]],
    reading: MeasureReading,
) -> Measure | None:
    if _name(element) != "measure":
        raise Unreadable(f"<{_name(element)}> is no measure.")
    strange = sorted({str(name) for name in element.attrib} - ATTRIBUTES.keys())
    strange += sorted({_name(child) for child in element} - CHILDREN)
    if strange:
        raise Unreadable(f"{', '.join(strange)}: not known in a measure.")
    said = {ours: text(element.get(name), name) for name, ours in ATTRIBUTES.items()}
    expressions = _texts(element, "duty-expression")
    if not expressions:
        return None
    if len(expressions) > 1:
        raise Unreadable("more than one duty expression.")
    if said["type"] is None:
        raise Unreadable("no type.")
    conditions = [
        text(child.text, "condition") or text(child.get("code"), "code") or "condition"
        for child in element
        if _name(child) == "condition"
    ]
    said |= {
        "rate": expressions[0],
        "title": next(iter(_texts(element, "title")), None),
        "type": TYPE_NUMBERS.get(said["type"], said["type"]),
        "goods": significant(said["goods"], padded=True) if said["goods"] else None,
        "origins_not": ";".join(_texts(element, "exclude-area")),
        "conditions": ";".join(words.replace(";", " ").replace(",", " ") for words in conditions),
    }
    made = make(number, said, areas)
    reading.questions.update(asked(conditions))
    return made


def _texts(element: etree._Element, name: str) -> list[str]:
    found = (text(child.text, name) for child in element if _name(child) == name)
    return [one for one in found if one]


def _name(element: etree._Element) -> str:
    return etree.QName(element).localname


def _parse(data: bytes) -> etree._Element:
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
        raise InputError(
            f"not well-formed XML: {str(fault.msg)[:120]}.",
            where=f"line {fault.lineno}",
            remedy="Check that the file is whole.",
        ) from fault
    if root.getroottree().docinfo.internalDTD is not None:
        raise InputError(
            "the document has a document type definition (DOCTYPE), which may hold entities.",
            remedy="Take it out.",
        )
    return root
