"""Rows in process memory: for tests, replays and small installations; gone with the process."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator


class _Partition:
    """One partition's rows; the sorted list of keys is brought up to date when somebody scans."""

    __slots__ = ("added", "is_sorted", "ordered", "position", "rows", "stale")

    def __init__(self) -> None:
        self.rows: dict[bytes, bytes] = {}
        self.position = 0
        self.ordered: list[bytes] = []
        self.added: list[bytes] = []
        self.stale = 0
        self.is_sorted = True

    def keys(self) -> list[bytes]:
        """Return all keys in byte order, possibly with a few that are gone."""
        if not self.is_sorted:
            self.ordered, self.is_sorted = sorted(self.rows), True
        elif self.added:
            # One sort over a sorted list and a short tail is a merge.
            self.ordered = sorted(self.ordered + self.added)
            self.added = []
        return self.ordered

    def trim(self) -> None:
        """Forget the order once much of it is gone: it would grow for ever if nobody scans."""
        if self.stale > len(self.rows) // 2 + 64:
            self.ordered, self.added, self.stale, self.is_sorted = [], [], 0, False


class MemoryStore:
    """A `Store` in dictionaries."""

    def __init__(self) -> None:
        self._partitions: dict[int, _Partition] = {}

    def get(self, partition: int, key: bytes) -> bytes | None:
        """Return the value of `key`, or None."""
        held = self._partitions.get(partition)
        return None if held is None else held.rows.get(key)

    def scan(
        self, partition: int, prefix: bytes, *, after: bytes | None = None, reverse: bool = False
    ) -> Iterator[tuple[bytes, bytes]]:
        """Yield `(key, value)` of keys that start with `prefix`, in byte order."""
        held = self._partitions.get(partition)
        if held is None:
            return
        keys = held.keys()
        low = bisect_left(keys, prefix)
        high = bisect_left(keys, end) if (end := prefix_end(prefix)) is not None else len(keys)
        if after is not None and not reverse:
            low = max(low, bisect_right(keys, after))
        if after is not None and reverse:
            high = min(high, bisect_left(keys, after))
        previous = None
        for key in reversed(keys[low:high]) if reverse else keys[low:high]:
            # A key removed and written again stands twice in the list.
            if key != previous and (value := held.rows.get(key)) is not None:
                yield key, value
            previous = key

    def apply(
        self, partition: int, writes: Iterable[tuple[bytes, bytes | None]], position: int
    ) -> None:
        """Write or remove keys and move the partition to `position`."""
        held = self._partitions.get(partition)
        if held is None:
            held = self._partitions[partition] = _Partition()
        rows, added = held.rows, held.added
        for key, value in writes:
            if value is None:
                if rows.pop(key, None) is not None:
                    held.stale += 1
            else:
                if held.is_sorted and key not in rows:
                    added.append(key)
                rows[key] = value
        held.position = position
        held.trim()

    def position(self, partition: int) -> int | None:
        """Return the partition's changelog position, or None when it holds nothing."""
        held = self._partitions.get(partition)
        return None if held is None else held.position

    def drop(self, partition: int) -> None:
        """Forget the partition and its position."""
        self._partitions.pop(partition, None)

    def partitions(self) -> set[int]:
        """Return the partitions held."""
        return set(self._partitions)

    def approximate_keys(self, partition: int) -> int:
        """Return how many keys the partition holds."""
        held = self._partitions.get(partition)
        return 0 if held is None else len(held.rows)

    def close(self) -> None:
        """Forget everything."""
        self._partitions.clear()


def prefix_end(prefix: bytes) -> bytes | None:
    """Return the first key after all keys with `prefix`; None when there is none."""
    trimmed = prefix.rstrip(b"\xff")
    return trimmed[:-1] + bytes([trimmed[-1] + 1]) if trimmed else None
