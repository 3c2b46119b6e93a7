"""Run the benchmark modules and print one table: what, rows/s, peer, ratio, memory.

Each `bench_<name>.py` has `run() -> list[dict]`; a row has `what` and any of `rows_per_s`, `peer`,
`peer_rows_per_s`, `ratio`, `p50_ms`, `p99_ms`, `note`. Peak memory is of its process.
Each module runs in a process of its own, so that memory is its own.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
import resource
import subprocess
import sys

from rich.console import Console
from rich.table import Table

import bench

COLUMNS = (
    "what", "rows_per_s", "p50_ms", "p99_ms", "peer", "peer_rows_per_s", "ratio", "peak_mb", "note",
)  # fmt: skip


def names() -> list[str]:
    return sorted(
        info.name.removeprefix("bench_")
        for info in pkgutil.iter_modules(bench.__path__)
        if info.name.startswith("bench_")
    )


def child(name: str) -> None:
    rows = importlib.import_module(f"bench.bench_{name}").run()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps([{**row, "peak_mb": round(peak)} for row in rows], default=str))


def shown(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.0f}" if value >= 100 else f"{value:.2f}"
    return f"{value:,}" if isinstance(value, int) else "" if value is None else str(value)


def main() -> int:
    wanted = sys.argv[1:] or names()
    if wanted[0] == "--child":
        child(wanted[1])
        return 0
    unknown = set(wanted) - set(names())
    if unknown:
        print(f"no benchmark {', '.join(sorted(unknown))}; known: {', '.join(names())}")
        return 2
    table = Table(*COLUMNS, title="Benchmarks", title_justify="left")
    failed = 0
    for name in wanted:
        done = subprocess.run(
            [sys.executable, "-m", "bench", "--child", name],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            failed += 1
            table.add_row(name, note := "failed", *[""] * 6, note)
            print(done.stderr, file=sys.stderr)
            continue
        for row in json.loads(done.stdout.strip().splitlines()[-1]):
            extra = {k: v for k, v in row.items() if k not in COLUMNS}
            note = ", ".join(
                [str(row.get("note", "")), *(f"{k} {shown(v)}" for k, v in extra.items())]
            )
            cells = [shown(row.get(column)) for column in COLUMNS[:-1]]
            table.add_row(*cells, note.strip(", "))
    Console(width=180).print(table)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
