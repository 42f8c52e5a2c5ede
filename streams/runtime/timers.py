"""A partition's timers: which is due next, in the order they must fire."""

from __future__ import annotations

from collections.abc import Iterable
from heapq import heapify, heappop, heappush

Timer = tuple[int, bytes, str]
"""Due time in epoch ms, aggregate key, timer name: the firing order."""

SLACK = 64


class Timers:
    """Due times by (key, name), with a heap over them; cancelled entries are skipped when met."""

    __slots__ = ("_due", "_heap")

    def __init__(self, timers: Iterable[Timer] = ()) -> None:
        self._heap: list[Timer] = list(timers)
        self._due = {(key, name): due_ms for due_ms, key, name in self._heap}
        heapify(self._heap)

    def __len__(self) -> int:
        return len(self._due)

    def due_of(self, key: bytes, name: str) -> int | None:
        """Return when a timer is due, or None when it is not set."""
        return self._due.get((key, name))

    def set(self, key: bytes, name: str, due_ms: int) -> None:
        """Set or move a timer."""
        self._due[key, name] = due_ms
        heappush(self._heap, (due_ms, key, name))
        if len(self._heap) > 2 * len(self._due) + SLACK:
            # Timers that move with every turn would fill the heap with where they stood before.
            self._heap = [(due, *timer) for timer, due in self._due.items()]
            heapify(self._heap)

    def cancel(self, key: bytes, name: str) -> None:
        """Forget a timer; one that is not set is fine."""
        self._due.pop((key, name), None)

    def next_due_ms(self) -> int | None:
        """Return when the earliest timer is due, or None without timers."""
        heap, due = self._heap, self._due
        while heap:
            due_ms, key, name = heap[0]
            if due.get((key, name)) == due_ms:
                return due_ms
            heappop(heap)
        return None

    def pop(self) -> Timer:
        """Remove and return the earliest timer. Call only after `next_due_ms` gave a time."""
        timer = heappop(self._heap)
        del self._due[timer[1], timer[2]]
        return timer
