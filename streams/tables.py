"""The worker's side of queries: local rows by key, and who owns the rest.

The runtime implements `Tables`; the query API is written against it and nothing else.
"""

from __future__ import annotations

from typing import Protocol

import msgspec


class AsOf(msgspec.Struct, frozen=True):
    """How fresh an answer is: the log position and stream time its state stands for."""

    partition: int
    next: int
    stream_time_ms: int


class NotOwnedError(Exception):
    """Another worker owns the partition (or, with no url, nobody does just now)."""

    def __init__(self, *, processor: str, partition: int, url: str | None) -> None:
        where = f"ask {url}" if url else "no worker has it yet; try again in a moment"
        super().__init__(f"{processor} partition {partition} is not here: {where}")
        self.processor, self.partition, self.url = processor, partition, url


class Tables(Protocol):
    """Rows of the partitions this worker owns, and the owners of the others."""

    def partition_of(self, processor: str, key: bytes) -> int:
        """Return the partition a key lives in (Kafka's default partitioner on the log)."""

    def owned(self, processor: str) -> set[int]:
        """Return the partitions this worker owns and has recovered."""

    def url_of(self, processor: str, partition: int) -> str | None:
        """Return the API base URL of the partition's owner; None when nobody has it."""

    def urls(self, processor: str) -> dict[str, set[int]]:
        """Return every known worker's API base URL with its partitions, this one included."""

    def get(self, processor: str, table: str, key: bytes) -> tuple[bytes | None, AsOf]:
        """Return a view row. Raises NotOwnedError when the key lives elsewhere."""

    def state(self, processor: str, key: bytes) -> tuple[bytes | None, AsOf]:
        """Return a state's bytes. Raises NotOwnedError when the key lives elsewhere."""

    def scan(
        self,
        processor: str,
        table: str,
        prefix: bytes,
        *,
        partition: int | None = None,
        after: bytes | None = None,
        reverse: bool = False,
        limit: int = 100,
    ) -> tuple[list[tuple[bytes, bytes]], AsOf]:
        """Return rows `(row key, value)` whose key starts with `prefix`, in byte order.

        Without `partition`, the prefix must be a whole aggregate key plus NUL or longer, and its
        partition is computed from the part before the first NUL.
        """
