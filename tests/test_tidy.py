"""Our own bans, which no linter knows: row loops, impure calls, sizes, blind excepts."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

SRC = Path(__file__).resolve().parent.parent / "src" / "tidewaiter"
MODULES = sorted(SRC.rglob("*.py"))
PURE_ROOMS = (
    "vocabulary", "formats", "stages", "profiles", "accounts", "procedures", "ledger", "measures",
)  # fmt: skip
ROW_LOOPS = {"iter_rows", "map_elements", "map_rows", "map_batches", "apply", "itertuples"}
IMPURE_CALLS = {
    "open", "input", "today", "now", "utcnow", "read_text", "read_bytes", "write_text",
    "write_bytes", "urlopen", "getenv", "sleep", "scan_parquet", "read_parquet", "write_parquet",
    "sink_parquet", "scan_csv", "sink_csv", "sample", "shuffle",
}  # fmt: skip
MODULE_LINES_MAX = 400
FUNCTION_LINES_MAX = 60
HANDLER_LINES_MAX = 15
TABLES = {"vocabulary/columns.py"}


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def room(path: Path) -> str:
    return path.relative_to(SRC).parts[0]


def ids(paths: list[Path]) -> list[str]:
    return [str(path.relative_to(SRC)) for path in paths]


def called(node: ast.Call) -> str:
    target = node.func
    return (
        target.attr
        if isinstance(target, ast.Attribute)
        else target.id
        if isinstance(target, ast.Name)
        else ""
    )


def code_lines(function: ast.FunctionDef | ast.AsyncFunctionDef, lines: list[str]) -> int:
    body = function.body
    if isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        body = body[1:]
    if not body:
        return 0
    span = lines[body[0].lineno - 1 : function.end_lineno]
    return sum(1 for line in span if line.strip() and not line.strip().startswith("#"))


PURE = [path for path in MODULES if room(path) in PURE_ROOMS]


@pytest.mark.parametrize("path", PURE, ids=ids(PURE))
def test_pure_room_loops_over_no_rows_and_touches_no_world(path: Path) -> None:
    calls = [
        (node.lineno, called(node)) for node in ast.walk(tree(path)) if isinstance(node, ast.Call)
    ]
    bad = [(line, name) for line, name in calls if name in ROW_LOOPS | IMPURE_CALLS]
    assert not bad, f"{path}: {bad}"


@pytest.mark.parametrize("path", MODULES, ids=ids(MODULES))
def test_module_function_and_handler_sizes(path: Path) -> None:
    lines = path.read_text("utf-8").splitlines()
    name = str(path.relative_to(SRC))
    assert len(lines) <= MODULE_LINES_MAX or name in TABLES, f"{name} has {len(lines)} lines"
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            size = code_lines(node, lines)
            limit = HANDLER_LINES_MAX if room(path) == "web" else FUNCTION_LINES_MAX
            assert size <= limit, (
                f"{name}:{node.lineno} {node.name} has {size} lines, limit {limit}"
            )


@pytest.mark.parametrize("path", MODULES, ids=ids(MODULES))
def test_no_blind_except(path: Path) -> None:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ExceptHandler):
            names = ast.unparse(node.type) if node.type else ""
            assert node.type is not None, f"{path}:{node.lineno} bare except"
            assert names not in ("Exception", "BaseException"), f"{path}:{node.lineno} {names}"


@pytest.mark.parametrize("path", MODULES, ids=ids(MODULES))
def test_no_bare_value_error_and_no_loose_ends(path: Path) -> None:
    text = path.read_text("utf-8")
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Raise) and node.exc is not None:
            raised = ast.unparse(node.exc).split("(")[0]
            assert raised not in ("ValueError", "Exception", "NotImplementedError"), (
                f"{path}:{node.lineno} raises {raised}"
            )
    for word in ("TO" + "DO", "FIX" + "ME", "XX" + "X"):
        assert word not in text, f"{path} holds {word}"


def test_every_room_says_what_it_is() -> None:
    for package in sorted({path.parent for path in MODULES} - {SRC / "packs"}):
        init = package / "__init__.py"
        assert init.exists(), package
        assert ast.get_docstring(tree(init)), f"{init} has no docstring"


def test_the_ban_on_row_loops_can_fail() -> None:
    planted = ast.parse("frame.map_elements(lambda x: x)")
    assert [called(n) for n in ast.walk(planted) if isinstance(n, ast.Call)] == ["map_elements"]
