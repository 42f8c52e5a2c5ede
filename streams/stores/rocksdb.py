"""Rows in one RocksDB database per worker, through rocksdict.

Keys are `D` + partition (2 bytes) + key, so that one partition is one range; its position is `P` +
partition. One `WriteBatch` carries a step's writes and its position. The write-ahead log is on but
not synced: a killed process loses nothing, and what a power cut takes is read again from the
changelog, because the position goes with it.
"""

from __future__ import annotations

import struct
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from rocksdict import (
    BlockBasedOptions,
    Cache,
    Options,
    Rdict,
    ReadOptions,
    WriteBatch,
    WriteOptions,
)

from streams.stores.errors import StoreFailedError
from streams.stores.memory import prefix_end

_DATA = struct.Struct(">cH")
_POSITION = struct.Struct(">qq")
MEBIBYTE = 1 << 20


class RocksStore:
    """A `Store` on disk."""

    def __init__(self, path: Path, *, stale_after_ms: int | None = None) -> None:
        """Open or create the database.

        Args:
            path: Its folder.
            stale_after_ms: Positions written longer ago are forgotten at opening: past the
                changelog's `delete.retention.ms`, removals may be missing from it.

        Raises:
            StoreFailedError: The folder cannot be used, or another process has it open.
        """
        self._path = path
        try:
            path.mkdir(parents=True, exist_ok=True)
            self._db = Rdict(str(path), _options())
        except Exception as fault:  # rocksdict raises bare Exception
            raise StoreFailedError(path=str(path), doing="opening", because=str(fault)) from fault
        self._write_options = WriteOptions()
        self._batch_type: Any = WriteBatch
        if stale_after_ms is not None:
            self._forget_stale(stale_after_ms)

    def get(self, partition: int, key: bytes) -> bytes | None:
        """Return the value of `key`, or None."""
        value: bytes | None = self._db.get(_DATA.pack(b"D", partition) + key)
        return value

    def scan(
        self, partition: int, prefix: bytes, *, after: bytes | None = None, reverse: bool = False
    ) -> Iterator[tuple[bytes, bytes]]:
        """Yield `(key, value)` of keys that start with `prefix`, in byte order."""
        head = _DATA.pack(b"D", partition)
        low, high = head + prefix, prefix_end(head + prefix)
        skip = None if after is None else head + after
        iterator = self._db.iter(ReadOptions())
        if reverse:
            start = high if skip is None else min(skip, high or skip)
            iterator.seek_for_prev(start) if start is not None else iterator.seek_to_last()
        else:
            iterator.seek(low if skip is None else max(low, skip))
        while iterator.valid():
            key = iterator.key()
            if not key.startswith(low):
                if reverse and key > low:
                    iterator.prev()
                    continue
                return
            if key != skip:
                yield key[len(head) :], iterator.value()
            iterator.prev() if reverse else iterator.next()

    def apply(
        self, partition: int, writes: Iterable[tuple[bytes, bytes | None]], position: int
    ) -> None:
        """Write or remove keys and move the partition to `position`, atomically."""
        head = _DATA.pack(b"D", partition)
        batch = self._batch_type(raw_mode=True)
        put, delete = batch.put, batch.delete
        for key, value in writes:
            if value is None:
                delete(head + key)
            else:
                put(head + key, value)
        now_ms = int(time.time() * 1_000)
        put(_DATA.pack(b"P", partition), _POSITION.pack(position, now_ms))
        try:
            self._db.write(batch, self._write_options)
        except Exception as fault:  # rocksdict raises bare Exception
            path = str(self._path)
            raise StoreFailedError(path=path, doing="writing", because=str(fault)) from fault

    def position(self, partition: int) -> int | None:
        """Return the partition's changelog position, or None when it holds nothing."""
        data = self._db.get(_DATA.pack(b"P", partition))
        return None if data is None else int(_POSITION.unpack(data)[0])

    def drop(self, partition: int) -> None:
        """Forget the partition and its position."""
        # The position goes first: a crash between the two leaves rows without a position, which the
        # next owner removes before it reads.
        low = _DATA.pack(b"D", partition)
        try:
            self._db.delete(_DATA.pack(b"P", partition))
            self._db.delete_range(low, prefix_end(low) or low)
        except Exception as fault:  # rocksdict raises bare Exception
            path = str(self._path)
            raise StoreFailedError(path=path, doing="dropping", because=str(fault)) from fault

    def partitions(self) -> set[int]:
        """Return the partitions held."""
        iterator = self._db.iter(ReadOptions())
        iterator.seek(b"P")
        found = set()
        while iterator.valid() and iterator.key()[:1] == b"P":
            found.add(int(_DATA.unpack(iterator.key())[1]))
            iterator.next()
        return found

    def approximate_keys(self, partition: int) -> int:
        """Return roughly how many keys all partitions hold, shared out evenly."""
        estimate = self._db.property_int_value("rocksdb.estimate-num-keys") or 0
        return int(estimate) // max(1, len(self.partitions())) if partition >= 0 else 0

    def close(self) -> None:
        """Flush and release the files."""
        self._db.close()

    def _forget_stale(self, stale_after_ms: int) -> None:
        oldest_ms = int(time.time() * 1_000) - stale_after_ms
        for partition in self.partitions():
            data = self._db.get(_DATA.pack(b"P", partition))
            if data is not None and _POSITION.unpack(data)[1] < oldest_ms:
                self.drop(partition)


def _options() -> Options:
    options = Options(raw_mode=True)
    options.create_if_missing(True)  # noqa: FBT003  # rocksdict takes no names
    options.set_write_buffer_size(32 * MEBIBYTE)
    options.set_max_write_buffer_number(3)
    options.set_max_background_jobs(2)
    options.set_keep_log_file_num(2)
    options.set_max_open_files(256)
    table = BlockBasedOptions()
    table.set_block_cache(Cache(64 * MEBIBYTE))
    table.set_bloom_filter(10, False)  # noqa: FBT003  # rocksdict takes no names
    options.set_block_based_table_factory(table)
    return options
