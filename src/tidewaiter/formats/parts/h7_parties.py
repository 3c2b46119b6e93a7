"""Everybody an H7 declaration names, out of it into `parties` and back.

Personal data stands in `parties` and nowhere else, so also people whom no role of ours stands for
(payer, surety, the seller of a second line) are kept there, in one party `other`, by path.
"""

from __future__ import annotations

import json

from tidewaiter.formats.parts.draft import Row
from tidewaiter.formats.parts.h7_tables import ITEM_PATH, PARTY, ROLES, SECOND_PLACES
from tidewaiter.formats.parts.wco_xml import Tree, put, take, take_people
from tidewaiter.vocabulary.terms import Role

_PLACES = ROLES | SECOND_PLACES


def take_parties(head: dict[str, str], lines: list[dict[str, str]]) -> list[Row]:
    """Take everybody named, so that no personal data is left outside `parties`.

    Roles of `ROLES`, then of `SECOND_PLACES` where the first place is empty; everybody else
    (payer, surety, a second seller on another line) goes into one party `other`, by path.
    """
    people = take_people(head)
    for number, line in enumerate(lines, start=1):
        item = ITEM_PATH + (f"[{number}]" if number > 1 else "")
        people |= {f"{item}/{path}": text for path, text in take_people(line).items()}
    parts: dict[str, dict[str, str]] = {}
    for path in list(people):
        found = _place_of(path)
        if found:
            parts.setdefault(found, {})[path[len(found) + 1 :]] = people[path]
    parties: dict[str, Row] = {}
    for place, role in _PLACES.items():
        if place not in parts or role.value in parties:
            continue
        part = parts[place]
        for path in part:
            del people[f"{place}/{path}"]
        row = _party(part)
        if place in SECOND_PLACES:
            part["@element"] = place
        unread = json.dumps(part, ensure_ascii=False) if part else None
        parties[role.value] = {"role": role.value, **row, "unread": unread}
    if people:
        other = json.dumps(people, ensure_ascii=False)
        parties[Role.OTHER.value] = {"role": Role.OTHER.value, "unread": other}
    return list(parties.values())


def _place_of(path: str) -> str | None:
    """Give the place of a role that a path lies in: its first one, two or three steps."""
    end = path.find("/")
    while end > 0:
        if path[:end] in _PLACES:
            return path[:end]
        end = path.find("/", end + 1)
    return None


def _party(part: dict[str, str]) -> Row:
    row = {column: text for column, text in take(part, PARTY).items() if text is not None}
    contact, kind = part.get("Communication/ID"), part.get("Communication/TypeCode", "")
    if contact and kind in ("", "TE", "EM"):
        mail = kind == "EM" or (not kind and "@" in contact)
        row["email" if mail else "phone"] = contact
        del part["Communication/ID"]
        part.pop("Communication/TypeCode", None)
    return row


def put_party(tree: Tree, party: Row, *, native: bool) -> None:
    """Put a party where its role stands; roles with no place in a declaration are left out."""
    extra: dict[str, str] = json.loads(party.get("unread") or "{}") if native else {}
    if party["role"] == Role.OTHER:
        for path, text in extra.items():
            tree.put(path, text)
        return
    places = {role.value: place for place, role in ROLES.items()}
    place = extra.pop("@element", places.get(party["role"], ""))
    if not place:
        return
    put(tree, place, party, PARTY)
    contact = party.get("email") or party.get("phone")
    if contact:
        tree.put(f"{place}/Communication/ID", contact)
        tree.put(f"{place}/Communication/TypeCode", "EM" if party.get("email") else "TE")
    for path, text in extra.items():
        tree.put(f"{place}/{path}", text)
