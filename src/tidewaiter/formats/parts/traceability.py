"""What the customs shapes of the W3C traceability vocabulary share: envelope, people, addresses.

A message is the bare shape (`DeMinimisShipment`, `CBPEntryType86`) or a verifiable credential
around it, whose issuer is its declarant and whose other members are kept and written back. A proof
is kept like any other member and **not checked**; a credential written after a change does not
verify. `type` may be a text or a list. Read: w3c-ccg/traceability-vocab @961fb74 (2024-12-04),
schemas of the shapes and of Organization, Entity, Place, PostalAddress.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from tidewaiter.formats.parts.draft import Cursor, Draft, Json, Row, content_id, to_json
from tidewaiter.formats.parts.filing import Parcel, street_of
from tidewaiter.formats.parts.json_messages import canonical, load, note_numbers, objects, put
from tidewaiter.formats.parts.layout import scalar
from tidewaiter.formats.spec import FormatSpec
from tidewaiter.vocabulary.batch import Batch
from tidewaiter.vocabulary.terms import Role

CREDENTIAL = "@credential"  # key in `unread` of the members of the credential around the shape
IRI = "IRI"
CONTEXT = ["https://www.w3.org/ns/credentials/v2", "https://w3id.org/traceability/v1"]

_ADDRESS = {
    "streetAddress": "street",
    "addressLocality": "city",
    "addressRegion": "region",
    "postalCode": "postcode",
    "addressCountry": "country_text",
}
_PARTY = {
    "name": "name",
    "legalName": "company",
    "taxId": "tax_id",
    "email": "email",
    "phoneNumber": "phone",
}
POSTCODE = {
    "address.postalCode": "parties.postcode",
    "location.address.postalCode": "parties.postcode",
}


@dataclass(slots=True)
class Said:
    """One message as rows: what a shape's reader gives."""

    consignment: Row
    item: Row
    codes: dict[str, str]
    sender: str | None = None
    parties: list[Row] = field(default_factory=list)
    cursors: list[tuple[Cursor, dict[str, str]]] = field(default_factory=list)

    def add(self, found: tuple[Row, Cursor] | None) -> None:
        """Add a party, if there is one."""
        if found is not None:
            self.parties.append(found[0])
            self.cursors.append((found[1], POSTCODE))


Reader = Callable[[Cursor, dict[str, Json]], Said]


@dataclass(frozen=True, slots=True)
class Shape:
    """A shape, the credential it may come in, and the types of the objects inside it."""

    name: str
    credential: str
    inner: tuple[tuple[str, str], ...] = ()

    def plain(self, tree: dict[str, Json]) -> dict[str, Json]:
        """Give a shape without the types that are written anyway."""
        kinds = dict(self.inner)
        bare: dict[str, Json] = untyped(tree, self.name)
        return {
            key: untyped(value, kinds[key]) if key in kinds else value
            for key, value in bare.items()
        }

    def find(self, tree: dict[str, Json]) -> tuple[list[dict[str, Json]], dict[str, Json]]:
        """Give the shapes in a message and the credential around them, without its subject.

        Nothing is given if a subject is of another type. A subject without a type is what its
        credential says.
        """
        subject = tree.get("credentialSubject")
        if subject is None:
            return [tree] if self.name in types(tree) else [], {}
        inside = subject if isinstance(subject, list) else [subject]
        named = self.credential in types(tree)
        if not all(
            isinstance(one, dict) and (self.name in types(one) or (named and not types(one)))
            for one in inside
        ):
            return [], {}
        return inside, {key: value for key, value in tree.items() if key != "credentialSubject"}

    def sniff(self, head: bytes) -> float:
        """Tell by the types named."""
        names = (f'"{self.name}"'.encode(), f'"{self.credential}"'.encode())
        return 0.95 if any(name in head for name in names) else 0.0


def types(tree: dict[str, Json]) -> list[str]:
    """Give the types of an object, whether `type` is a text or a list."""
    value = tree.get("type")
    rows = value if isinstance(value, list) else [value]
    return [row for row in rows if isinstance(row, str)]


def untyped(tree: Json, name: str) -> Json:
    """Give an object without the `type` that is written anyway."""
    if isinstance(tree, dict) and types(tree) == [name]:
        return {key: value for key, value in tree.items() if key != "type"}
    return tree


def read(
    spec: FormatSpec, shape: Shape, data: bytes, source: str, position: int, reader: Reader
) -> Batch:
    """Read every shape of a file; what is none is rejected."""
    draft = Draft(spec.name, source, spec.view)
    for place, tree in objects(data, draft, position):
        found, credential = shape.find(tree)
        if not found:
            names = ", ".join(types(tree)) or "no type"
            detail = f"record {place} is no {shape.name} ({names}); send it, or its credential"
            draft.reject(place, detail, to_json(tree))
        for one in found:
            _note(spec.name, shape.plain(one), credential, draft, place, reader)
    return draft.batch()


def _note(
    format_name: str,
    shape: dict[str, Json],
    credential: dict[str, Json],
    draft: Draft,
    place: int,
    reader: Reader,
) -> None:
    envelope, cursor = Cursor(credential), Cursor(shape)
    said = reader(cursor, shape)
    row = said.consignment
    issuer = party(envelope, credential, "issuer", Role.DECLARANT)
    if issuer is not None:
        said.add(issuer)
        said.sender = issuer[0]["id_number"] or said.sender
    row["message_at_text"] = envelope.text("validFrom")
    kept = load(cursor.leftover())
    if credential:
        left = load(envelope.leftover())
        if left.get("@context") == CONTEXT:
            del left["@context"]
        kept[CREDENTIAL] = left
    names = ("tracking_id", "house_document", "entry_number")
    content = canonical([shape, credential])
    name = next((row[column] for column in names if row.get(column)), None)
    name = name or content_id(format_name, content)
    contribution_id = draft.message(
        content,
        name,
        position=place,
        sender=said.sender or scalar(credential.get("issuer")),
        message_id=scalar(credential.get("id")),
        said_at_text=row["message_at_text"],
    )
    key = {"consignment_id": name, "contribution_id": contribution_id}
    draft.add("consignments", **key, **row, unread=to_json(kept) if kept else None)
    if any(value is not None for value in said.item.values()):
        draft.add("goods_items", **key, **said.item, item_no=1)
    for one in said.parties:
        draft.add("parties", **key, **one)
    for read_from, codes in [(cursor, said.codes), *said.cursors]:
        note_numbers(read_from, codes, draft, key)


def party(
    cursor: Cursor, tree: dict[str, Json], path: str, role: Role
) -> tuple[Row, Cursor] | None:
    """Take an Organization or Entity into the row of a role; None if there is none."""
    if not isinstance(tree.get(path), dict):
        return None
    node = cursor.take(path)
    kind = "Entity" if "Entity" in types(node) else "Organization"
    node = dict(untyped(node, kind))
    if isinstance(node.get("location"), dict):
        node["location"] = dict(untyped(node["location"], "Place"))
        place = node["location"]
    else:
        place = node
    if isinstance(place.get("address"), dict):
        place["address"] = untyped(place["address"], "PostalAddress")
    own = Cursor(node)
    base = "location.address" if place is not node else "address"
    row: Row = {column: own.text(f"{base}.{name}") for name, column in _ADDRESS.items()}
    row |= {column: own.text(name) for name, column in _PARTY.items()}
    row |= {"person_type": own.text("entityType"), "id_number": own.text("id")}
    row["id_type"] = IRI if row["id_number"] else None
    row["unread"] = own.leftover()
    return ({"role": role.value, **row}, own) if any(row.values()) else None


def organization(row: Row, *, native: bool) -> dict[str, Json]:
    """Write a party as Organization: its address stands in a Place."""
    tree: dict[str, Json] = {"type": ["Organization"]}
    _put_names(tree, row)
    address = _address(row)
    if address:
        tree["location"] = {"type": ["Place"], "address": address}
    return _whole(tree, row, native)


def entity(row: Row, *, native: bool) -> dict[str, Json]:
    """Write a party as Entity, a person or an organization; its address stands in it."""
    tree: dict[str, Json] = {"type": ["Entity"]}
    kind = row.get("person_type")
    if not native and kind not in ("Person", "Organization"):
        kind = "Organization" if row.get("company") else "Person"
    put(tree, "entityType", kind)
    _put_names(tree, row)
    put(tree, "address", _address(row) or None)
    return _whole(tree, row, native)


def _put_names(tree: dict[str, Json], row: Row) -> None:
    if row.get("id_type") == IRI:
        put(tree, "id", row.get("id_number"))
    for name, column in _PARTY.items():
        put(tree, name, row.get(column))


def _address(row: Row) -> dict[str, Json]:
    tree: dict[str, Json] = {}
    for name, column in _ADDRESS.items():
        put(tree, name, row.get(column))
    return {"type": ["PostalAddress"], **tree} if tree else {}


def _whole(tree: dict[str, Json], row: Row, native: bool) -> dict[str, Json]:
    whole: dict[str, Json] = _merged(tree, load(row.get("unread"))) if native else tree
    return whole


def _merged(tree: Json, extra: Json) -> Json:
    """Put kept members back; what is there already stays, but a kept type is the true one."""
    if not isinstance(tree, dict) or not isinstance(extra, dict):
        return tree
    both = {key: _merged(value, extra.get(key)) for key, value in tree.items()}
    more = {key: value for key, value in extra.items() if key not in tree or key == "type"}
    return both | more


def plain_party(row: Row) -> Row:
    """Give another sender's party as this vocabulary can hold it: one street, a name."""
    name = row.get("name") or row.get("company")
    return {**row, "name": name, "street": street_of(row)}


def wrapped(shape: dict[str, Json], parcel: Parcel) -> Json:
    """Put the unread members back into a shape, and the shape into its credential if it had one."""
    kept = load(parcel.consignment.get("unread")) if parcel.native else {}
    credential = kept.pop(CREDENTIAL, None)
    shape = _merged(shape, kept)
    if not isinstance(credential, dict):
        return shape
    tree: dict[str, Json] = {"@context": CONTEXT}
    tree.update(credential)
    put(tree, "validFrom", parcel.consignment.get("message_at_text"))
    issuer = parcel.parties.get(Role.DECLARANT.value)
    if issuer is not None and "issuer" not in tree:
        tree["issuer"] = organization(issuer, native=True)
    return tree | {"credentialSubject": shape}
