"""How long a command takes to start, again and again: nobody waits for a tool.

Peer: `python -c pass` with the same interpreter.
"""

from __future__ import annotations

import subprocess
import sys
import time
from typing import Any

RUNS = 7
COMMANDS = {
    "--version": ["--version"],
    "--help": ["--help"],
    "identify gtin": ["identify", "gtin", "4006381333931"],
    "identify any": ["identify", "any", "RR123456785GB"],
}


def run() -> list[dict[str, Any]]:
    peer = timed([sys.executable, "-c", "pass"])
    rows = []
    for what, args in COMMANDS.items():
        took = timed([sys.executable, "-m", "tidewaiter.cli.main", *args])
        rows.append(
            {
                "what": f"start: {what}",
                "p50_ms": took,
                "peer": "python -c pass",
                "ratio": took / peer,
            }
        )
    return rows


def timed(command: list[str]) -> float:
    took = []
    for _ in range(RUNS):
        start = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        took.append((time.perf_counter() - start) * 1000)
    return sorted(took)[RUNS // 2]
