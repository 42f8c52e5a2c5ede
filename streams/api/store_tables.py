"""`Tables` over the stores of a worker: rows by key, for the partitions it owns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import islice

from streams.runtime import ledger
from streams.runtime.ledger import Marker
from streams.runtime.partitioning import partition_of
from streams.stores.port import Store
from streams.tables import AsOf, NotOwnedError


class StoreTables:
    """Reads from one store per processor; who owns what is asked of the worker each time.

    Stores hold payloads without stamps, under the keys of `streams.runtime.ledger`.
    """

    def __init__(
        self,
        *,
        stores: Mapping[str, Store],
        partitions: Mapping[str, int],
        owned: Callable[[str], set[int]],
        urls: Callable[[str], dict[str, set[int]]],
        marker: Callable[[str, int], Marker],
    ) -> None:
        """Take the worker's parts.

        Args:
            stores: Committed values, by processor.
            partitions: How many partitions a processor's log has.
            owned: Partitions of a processor that are owned and recovered here.
            urls: Base URL to partitions, of every worker that owns some.
            marker: Where an owned partition stands, as committed to its store.
        """
        self._stores, self._partitions = stores, partitions
        self._owned, self._urls, self._marker = owned, urls, marker

    def partition_of(self, processor: str, key: bytes) -> int:
        """Return the partition a key lives in: Kafka's default partitioner on the log."""
        return partition_of(key, self._partitions[processor])

    def owned(self, processor: str) -> set[int]:
        """Return the partitions this worker owns and has recovered."""
        return self._owned(processor)

    def url_of(self, processor: str, partition: int) -> str | None:
        """Return the API base URL of the partition's owner; None when nobody has it."""
        for url, partitions in self._urls(processor).items():
            if partition in partitions:
                return url
        return None

    def urls(self, processor: str) -> dict[str, set[int]]:
        """Return every known worker's API base URL with its partitions."""
        return self._urls(processor)

    def get(self, processor: str, table: str, key: bytes) -> tuple[bytes | None, AsOf]:
        """Return a view row. Raises NotOwnedError when the key lives elsewhere."""
        return self._get(processor, self._home(key), ledger.row_key(table, key))

    def state(self, processor: str, key: bytes) -> tuple[bytes | None, AsOf]:
        """Return a state's bytes. Raises NotOwnedError when the key lives elsewhere."""
        return self._get(processor, self._home(key), ledger.state_key(key))

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
        """Return rows `(row key, value)` whose key starts with `prefix`, in byte order."""
        if partition is None:
            partition = self.partition_of(processor, self._home(prefix))
        self._require(processor, partition)
        # The marker is read first: the rows are at least as new as the answer says.
        as_of = self._as_of(processor, partition)
        found = self._stores[processor].scan(
            partition,
            ledger.row_key(table, prefix),
            after=None if after is None else ledger.row_key(table, after),
            reverse=reverse,
        )
        skip = len(ledger.row_key(table, b""))
        return [(entry_key[skip:], value) for entry_key, value in islice(found, limit)], as_of

    def _get(self, processor: str, home: bytes, entry_key: bytes) -> tuple[bytes | None, AsOf]:
        partition = self.partition_of(processor, home)
        self._require(processor, partition)
        as_of = self._as_of(processor, partition)
        return self._stores[processor].get(partition, entry_key), as_of

    @staticmethod
    def _home(key: bytes) -> bytes:
        """Return the aggregate key in front of a row key's first NUL."""
        return key.partition(b"\0")[0]

    def _require(self, processor: str, partition: int) -> None:
        if partition not in self._owned(processor):
            url = self.url_of(processor, partition)
            raise NotOwnedError(processor=processor, partition=partition, url=url)

    def _as_of(self, processor: str, partition: int) -> AsOf:
        marker = self._marker(processor, partition)
        return AsOf(partition, marker.next, marker.stream_time_ms)
