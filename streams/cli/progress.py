"""How far long work has come: a bar on a terminal, a line now and then in a pipe."""

from __future__ import annotations

import sys
import time
from typing import Any, Final, Self

import click

LINE_EVERY_S: Final = 5.0
BAR_EVERY_S: Final = 0.1


class Progress:
    """Progress on standard error; use it as a context manager.

    Attributes:
        done: How much is done.
    """

    def __init__(self, total: int, *, doing: str, unit: str) -> None:
        """Begin.

        Args:
            total: How much there is to do.
            doing: What is going on, e.g. `importing`.
            unit: What is counted, e.g. `turns`.
        """
        self.done = 0
        self._total, self._doing, self._unit = total, doing, unit
        self._started_s = time.monotonic()
        self._next_s = self._started_s + LINE_EVERY_S
        self._bar: Any = None

    def __enter__(self) -> Self:
        """Show the bar, on a terminal."""
        if sys.stderr.isatty():
            self._bar = self._made()
            self._bar.add_task(self._doing, total=self._total, rate="")
            self._bar.start()
            self._next_s = 0.0
        return self

    def __exit__(self, *_: object) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()

    @property
    def seconds(self) -> float:
        """Time since the beginning, never zero."""
        return max(time.monotonic() - self._started_s, 1e-6)

    def advance(self, more: int = 1) -> None:
        """Show that so much more is done."""
        self.advance_to(self.done + more)

    def advance_to(self, done: int) -> None:
        """Show that `done` is done, a few times a second at most."""
        self.done = done
        now_s = time.monotonic()
        if now_s < self._next_s and done < self._total:
            return
        rate = done / self.seconds
        if self._bar is not None:
            self._next_s = now_s + BAR_EVERY_S
            self._bar.update(0, completed=done, rate=f"{rate:,.0f}/s")
        elif now_s >= self._next_s:
            self._next_s = now_s + LINE_EVERY_S
            left_s = (self._total - done) / max(rate, 1e-9)
            left = f", {_clock(left_s)} left" if done < self._total else ""
            click.echo(f"{done:,} of {self._total:,} {self._unit}, {rate:,.0f}/s{left}", err=True)

    def _made(self) -> Any:
        from rich.console import Console  # noqa: PLC0415
        from rich.progress import (  # noqa: PLC0415
            BarColumn,
            MofNCompleteColumn,
            Progress as Bar,
            TextColumn,
            TimeRemainingColumn,
        )

        return Bar(
            TextColumn(self._doing),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn(f"{self._unit} {{task.fields[rate]}}"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )


def _clock(seconds: float) -> str:
    """Return a span of time as people read it, `1:02:03` or `02:03`."""
    minutes, left = divmod(int(seconds + 0.5), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes:02}:{left:02}"
