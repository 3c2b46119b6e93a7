"""The YAML schemas of the W3C traceability vocabulary as JSON Schema validators.

They use a small part of YAML (mappings, lists, folded and plain scalars), read here without a YAML
library. `$ref` to a neighbouring file is followed, `$linkedData` is ours to ignore.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import jsonschema

Lines = list[tuple[int, str]]


def read_yaml(text: str) -> Any:
    lines = [
        (len(line) - len(line.lstrip()), line.strip())
        for line in text.splitlines()
        if line.strip() and not line.lstrip().startswith("#")
    ]
    value, rest = _block(lines, lines[0][0])
    assert not rest, rest[:3]
    return value


def _block(lines: Lines, indent: int) -> tuple[Any, Lines]:
    if lines[0][1].startswith("- "):
        rows = []
        while lines and lines[0][0] == indent and lines[0][1].startswith("- "):
            rows.append(_scalar(lines[0][1][2:]))
            lines = lines[1:]
        return rows, lines
    tree: dict[str, Any] = {}
    while lines and lines[0][0] == indent:
        key, _, value = lines[0][1].partition(":")
        key, value, lines = key.strip("'\""), value.strip(), lines[1:]
        if re.fullmatch("[>|][-+]?", value):
            folded = []
            while lines and lines[0][0] > indent:
                folded.append(lines[0][1])
                lines = lines[1:]
            tree[key] = " ".join(folded)
        elif value:
            tree[key] = _scalar(value)
        elif lines and (lines[0][0] > indent or lines[0][1].startswith("- ")):
            tree[key], lines = _block(lines, lines[0][0])
        else:
            tree[key] = None
        while lines and lines[0][0] > indent:  # a plain scalar that runs on
            lines = lines[1:]
    return tree, lines


def _scalar(text: str) -> Any:
    if text in ("true", "false"):
        return text == "true"
    if re.fullmatch("-?[0-9]+", text):
        return int(text)
    return text.strip("'\"")


def schema(path: Path) -> Any:
    return _resolved(read_yaml(path.read_text(encoding="utf-8")), path.parent)


def _resolved(node: Any, folder: Path) -> Any:
    if isinstance(node, list):
        return [_resolved(row, folder) for row in node]
    if not isinstance(node, dict):
        return node
    reference = node.get("$ref")
    if isinstance(reference, str):
        target = (folder / reference).resolve()
        return schema(target)
    kept = {key: value for key, value in node.items() if key not in ("$linkedData", "example")}
    return {key: _resolved(value, folder) for key, value in kept.items()}


def assert_valid(value: Any, path: Path) -> None:
    jsonschema.Draft202012Validator(schema(path)).validate(value)
