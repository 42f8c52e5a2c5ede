"""Wall-clock time as a port, so that tests crank it by hand."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Tells the time, milliseconds since the Unix epoch."""

    def now_ms(self) -> int:
        """Return the time."""


class WallClock:
    """The machine's clock."""

    def now_ms(self) -> int:
        """Return the time."""
        return time.time_ns() // 1_000_000


class HandClock:
    """A clock that stands still until somebody moves it."""

    def __init__(self, now_ms: int = 0) -> None:
        self._now_ms = now_ms

    def now_ms(self) -> int:
        """Return the time."""
        return self._now_ms

    def advance(self, ms: int) -> int:
        """Move on by `ms` and return the new time."""
        self._now_ms += ms
        return self._now_ms
