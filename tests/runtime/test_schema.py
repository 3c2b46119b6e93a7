"""The JSON Schema of canonical consignments: generated, valid, and neither laxer nor stricter."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from tests.formats.samples import CANONICAL
from tidewaiter.formats import canonical
from tidewaiter.formats.parts.canonical_tree import json_name
from tidewaiter.runtime.schema import consignment_schema
from tidewaiter.vocabulary.columns import FRAMES

SCHEMA = consignment_schema()
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def test_the_schema_is_a_valid_2020_12_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"


@pytest.mark.parametrize(
    ("frame", "properties"),
    [
        ("consignments", SCHEMA["properties"]),
        ("goods_items", SCHEMA["$defs"]["goods_item"]["properties"]),
        ("parties", SCHEMA["$defs"]["party"]["properties"]),
    ],
)
def test_every_column_that_formats_give_has_a_member_and_no_other_has(
    frame: str, properties: dict[str, Any]
) -> None:
    declared = {
        json_name(column.name): column
        for column in FRAMES[frame].columns
        if column.owner == "formats" and column.name != "contribution_id"
    }
    around = {"format", "view", "sender", "message_id", "said_at", "goods_items", "parties"}
    wanted = {*declared, *(around if frame == "consignments" else ())} - (
        {"consignment_id"} if frame != "consignments" else set()
    )
    assert set(properties) == wanted
    for name in set(properties) - around:
        assert declared[name].meaning in properties[name]["description"], name


@pytest.mark.parametrize(
    ("change", "valid"),
    [
        pytest.param({}, True, id="only an id"),
        pytest.param({"total_value": 12.5}, True, id="an amount as a number"),
        pytest.param(
            {"goods_items": [{"quantity": 2, "item_no": 1}]}, True, id="a count as a number"
        ),
        pytest.param({"tracking_id": 12}, False, id="a code as a number"),
        pytest.param({"goods_items": [{"hs_code": 610910}]}, False, id="a tariff code as a number"),
        pytest.param({"goods_items": [{"item_no": 0}]}, False, id="a line number below 1"),
        pytest.param({"trackingid": "x"}, False, id="a misspelt name"),
        pytest.param({"view": "side"}, False, id="an unknown view"),
        pytest.param({"parties": [{"name": "A"}]}, False, id="a party without a role"),
        pytest.param({"parties": [{"role": "uncle"}]}, False, id="an unknown role"),
        pytest.param({"security_scan": "yes"}, False, id="a flag as text"),
        pytest.param({"format": "tidewaiter-consignment/2"}, False, id="another version"),
        pytest.param({"documents": [{"kind": "licence", "id": "1"}]}, True, id="papers"),
    ],
)
def test_the_schema_says(change: dict[str, Any], valid: bool) -> None:
    assert VALIDATOR.is_valid({"consignment_id": "C", **change}) is valid


def test_what_the_schema_lets_through_the_reader_reads_without_a_finding() -> None:
    line = {
        "consignment_id": "C",
        "total_value": 12.5,
        "goods_items": [{"quantity": 2, "item_no": 1}],
    }
    VALIDATOR.validate(line)
    batch = canonical.decode(json.dumps(line).encode())
    assert batch.findings.is_empty()
    assert batch.consignments["unread"].item() is None


def test_a_consignment_needs_an_id() -> None:
    assert not VALIDATOR.is_valid({})


def test_what_we_write_is_valid() -> None:
    for line in canonical.encode(canonical.decode(CANONICAL)).splitlines():
        VALIDATOR.validate(json.loads(line))
