"""Strategies and comparisons for the formats that are made of a `Layout`."""

from __future__ import annotations

import copy
import json
import re
from typing import Any

from hypothesis import strategies as st

from tests.formats.drawn import batch_of
from tidewaiter.formats.parts.layout import Default, Layout, Place, default_word
from tidewaiter.vocabulary.batch import Batch

FRAMES = ("consignments", "goods_items", "parties")
Row = dict[str, Any]

texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8).filter(str.strip)
words = texts | st.sampled_from(["12.50", "1e5", "007", "2", "0.10", "null", "true", '{"a":1}'])
scalars = st.none() | st.booleans() | st.integers(-5, 10**12) | words
jsons = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(texts, inner, max_size=2),
    max_leaves=4,
)


def carried(batch: Batch) -> dict[str, list[Row]]:
    """Rows of the frames a format must carry, without contribution ids."""
    return {name: batch.frames()[name].drop("contribution_id").to_dicts() for name in FRAMES}


@st.composite
def unread(draw: st.DrawFn) -> str | None:
    """Fields no column stands for, as compact JSON; none of them empty."""
    names = st.text("xyz", min_size=1, max_size=3).map("x_".__add__)
    filled = words | st.integers(1, 99) | st.dictionaries(names, words, min_size=1, max_size=2)
    tree = draw(st.none() | st.dictionaries(names, filled, min_size=1, max_size=2))
    return None if tree is None else json.dumps(tree, ensure_ascii=False, separators=(",", ":"))


@st.composite
def batches(draw: st.DrawFn, layout: Layout) -> Batch:
    """Batches in the domain of a layout: what a message of this format can say."""
    consignments, items, parties, contributions = [], [], [], []
    for number in range(draw(st.integers(1, 3))):
        keys = {"consignment_id": f"P{number}", "contribution_id": f"c{number}"}
        top = _row(
            draw, [one.column for one in layout.consignment if one.column != "consignment_id"]
        )
        for label in layout.labels:
            if draw(st.booleans()):
                top |= {label.column: draw(words), **dict(label.sets)}
        if layout.dimensions and draw(st.booleans()):
            fixed = layout.dimensions[-1].startswith('"')
            unit = layout.dimensions[-1][1:] if fixed else "cm"
            top["dimensions_text"] = f"1 x 2.50 x 3 {unit}"
        _fill(layout.defaults, top, top)
        consignments.append({**keys, **top, "unread": draw(unread())})
        contributions.append({**keys, "format": layout.spec.name, "view": layout.spec.view})
        for item_no in range(1, draw(st.integers(0, 3)) + 1):
            labelled = [label.column for label in layout.item_labels]
            item = _row(draw, [*(one.column for one in layout.item), *labelled])
            _fill(layout.item_defaults, item, top)
            items.append({**keys, "item_no": item_no, **item, "unread": draw(unread())})
        for place in layout.parties:
            party = _party(draw, place, top)
            if any(party.values()):
                parties.append({**keys, "role": place.role, **party})
    return batch_of(consignments, items, parties, contributions)


def _row(draw: st.DrawFn, columns: list[str]) -> Row:
    return {column: draw(st.none() | words) for column in dict.fromkeys(columns)}


def _party(draw: st.DrawFn, place: Place, top: Row) -> Row:
    party = _row(draw, [one.column for one in place.fields])
    if place.names and draw(st.booleans()):
        party["name"] = draw(words | st.sampled_from(["Ada Byron", "J. van der Berg", "X "]))
    if top.get("fiscal_reference") and "tax_id" in party:
        party["tax_id"] = None  # Shippo has one place for both
    for default in place.defaults:
        party[default.column] = default_word(default, party, top)
    if place.path:
        party["unread"] = draw(unread())
    return party


def _fill(defaults: tuple[Default, ...], row: Row, top: Row) -> None:
    for default in defaults:
        if row.get(default.column) is None:
            row[default.column] = default_word(default, row, top)


@st.composite
def bent(draw: st.DrawFn, sample: bytes) -> bytes:
    """A sample message with some members replaced, taken away, added or doubled."""
    tree = copy.deepcopy(json.loads(sample))
    for _ in range(draw(st.integers(1, 6))):
        holders = list(_holders(tree))
        holder = draw(st.sampled_from(holders))
        if isinstance(holder, dict):
            if not holder or draw(st.integers(0, 4)) == 0:
                holder[draw(texts)] = draw(jsons)
                continue
            key = draw(st.sampled_from(sorted(holder)))
            if draw(st.integers(0, 3)) == 0:
                del holder[key]
            else:
                holder[key] = draw(jsons)
        elif holder and draw(st.booleans()):
            holder.append(copy.deepcopy(draw(st.sampled_from(holder))))
        else:
            holder.insert(0, draw(jsons))
    return json.dumps(tree, ensure_ascii=draw(st.booleans())).encode("utf-8", "replace")


def _holders(node: Any) -> Any:
    if isinstance(node, dict | list):
        yield node
        for child in node.values() if isinstance(node, dict) else node:
            yield from _holders(child)


def bodies(cassette: str) -> list[str]:
    """The JSON bodies of a recorded call: single-quoted scalars of a YAML file."""
    found = re.findall(r"(?:body|string): '((?:[^']|'')*)'", cassette)
    return [re.sub(r"\s*\n\s*", " ", body).replace("''", "'") for body in found]
