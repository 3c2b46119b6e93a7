"""Progress on anything over a second: a bar on a terminal, a line a step elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from tidewaiter.engines.local import Progress as Callback
from tidewaiter.engines.local import silent


@contextmanager
def progress_bar(*, shown: bool) -> Iterator[Callback]:
    """Give a callback that draws progress on stderr while the context lasts."""
    if not shown:
        yield silent
        return
    if not sys.stderr.isatty():
        yield _Lines()
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, TaskID] = {}

        def draw(step: str, done: int, total: int) -> None:
            if step not in tasks:
                tasks[step] = bar.add_task(step, total=total)
            bar.update(tasks[step], completed=done, total=total)

        yield draw


class _Lines:
    """A line when a step begins and when it ends."""

    def __init__(self) -> None:
        self._said: set[tuple[str, bool]] = set()

    def __call__(self, step: str, done: int, total: int) -> None:
        state = (step, done >= total)
        if state not in self._said:
            self._said.add(state)
            sys.stderr.write(f"tidewaiter: {step}: {'done' if done >= total else '...'}\n")
