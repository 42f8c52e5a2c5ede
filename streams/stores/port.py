"""The port both stores implement.

A store holds the last committed value of every key of the partitions this worker owns, together
with the changelog position those values stand for. `apply` is atomic: after a crash a partition is
at one position or at the next, never between.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol


class Store(Protocol):
    """Keys to values by partition, with a changelog position per partition."""

    def get(self, partition: int, key: bytes) -> bytes | None:
        """Return the value of `key`, or None."""

    def scan(
        self, partition: int, prefix: bytes, *, after: bytes | None = None, reverse: bool = False
    ) -> Iterator[tuple[bytes, bytes]]:
        """Yield `(key, value)` of keys that start with `prefix`, in byte order.

        Args:
            partition: Whose keys.
            prefix: What keys start with; empty for all.
            after: Start strictly after this key (strictly before it when `reverse`).
            reverse: Descending order.
        """

    def apply(
        self, partition: int, writes: Iterable[tuple[bytes, bytes | None]], position: int
    ) -> None:
        """Write or (value None) remove keys and move the partition to `position`, atomically.

        Args:
            partition: Whose keys.
            writes: Key and new value; a later write of the same key wins.
            position: Next changelog offset to read after a restart.
        """

    def position(self, partition: int) -> int | None:
        """Return the partition's changelog position, or None when it holds nothing."""

    def drop(self, partition: int) -> None:
        """Forget the partition and its position."""

    def partitions(self) -> set[int]:
        """Return the partitions held."""

    def approximate_keys(self, partition: int) -> int:
        """Return roughly how many keys the partition holds (exact for memory)."""

    def close(self) -> None:
        """Release files; the store is not used afterwards."""
