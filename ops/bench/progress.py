"""How a long run speaks: a bar on a terminal, a line every quarter in a pipe."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

_QUARTERS = 4


class Teller:
    """Speaks on standard error, so that standard output holds results only."""

    def __init__(self) -> None:
        self.console = Console(stderr=True, highlight=False)

    def say(self, line: str) -> None:
        """Print one line."""
        self.console.print(line, markup=False, soft_wrap=True)

    @contextlib.contextmanager
    def task(self, title: str, total: int) -> Iterator[Callable[[int], None]]:
        """Give a callable that is told how much of `total` is done."""
        if not self.console.is_terminal:
            yield self._quarters(title, total)
            return
        columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
        with Progress(
            *columns, TimeElapsedColumn(), console=self.console, transient=True
        ) as progress:
            task = progress.add_task(title, total=total)
            yield lambda done: progress.update(task, completed=done)

    def _quarters(self, title: str, total: int) -> Callable[[int], None]:
        began = time.monotonic()
        told = 0

        def done(count: int) -> None:
            nonlocal told
            quarter = count * _QUARTERS // max(total, 1)
            if quarter > told:
                told = quarter
                self.say(f"{title}: {count:,} of {total:,} after {time.monotonic() - began:.1f} s")

        return done
