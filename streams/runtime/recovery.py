"""Recovery by position: from a changelog, the state a partition was committed at.

The fold is pure and is fed in log order. What it rests on:

- An entry is stamped `(epoch, next)`. It is committed when its batch's marker, or a later one that
  reaches at least as far, is in the log.
- A new owner writes a claim: a marker with a higher epoch. Entries of a lower epoch after that are a
  zombie's and do not count.
- A group without a marker at the claim (a batch that was split, its writer killed in between) is
  torn: it does not count, and the new owner writes the committed values of its keys again, because
  compaction would otherwise keep the torn ones.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

import msgspec

from streams.runtime import ledger
from streams.runtime.errors import ChangelogCorruptError
from streams.runtime.ledger import Marker
from streams.stores.port import Store


class Entry(Protocol):
    """One changelog record."""

    @property
    def offset(self) -> int:
        """Position in the changelog partition."""

    @property
    def key(self) -> bytes | None:
        """Table byte and table key."""

    @property
    def value(self) -> bytes | None:
        """Stamp and payload; None for a removal."""

    @property
    def headers(self) -> Iterable[tuple[str, bytes]]:
        """The stamp of a removal."""


class Recovery:
    """Folds changelog entries into a store.

    Attributes:
        marker: The marker in force so far; None before the first.
        rewrite: Keys whose newest changelog value does not count: the next claim writes their
            committed values again.
        records: Entries read.
        ignored: Entries of a lower epoch.
        torn: Entries dropped because their group has no marker.
    """

    def __init__(
        self, store: Store, topic: str, partition: int, *, horizon: int | None = None
    ) -> None:
        """Start from what the store holds.

        Args:
            store: Holds the partition at `store.position(partition)`, or nothing.
            topic: The changelog, for messages.
            partition: Which partition.
            horizon: `next` of the last marker, when somebody looked ahead: what does not reach
                beyond it is committed, and need not wait in memory for a marker that compaction
                may have left only at the very end.
        """
        self._horizon = horizon
        self._store, self._topic, self._partition = store, topic, partition
        if store.position(partition) is None:
            store.drop(partition)
        held = store.get(partition, ledger.MARKER_KEY)
        self.marker = None if held is None else ledger.decode_marker(held)
        self._epoch = self.marker.epoch if self.marker else 0
        self._pending: list[tuple[int, bytes, bytes | None]] = []
        self._pending_from = 0
        self.rewrite: set[bytes] = set()
        self.position = store.position(partition) or 0
        self.records = self.ignored = self.torn = 0

    def feed(self, entries: Iterable[Entry]) -> None:
        """Take in entries that follow those fed before.

        Raises:
            ChangelogCorruptError: An entry is none of ours.
        """
        writes: dict[bytes, bytes | None] = {}
        for entry in entries:
            self.records += 1
            self.position = entry.offset + 1
            key, value = entry.key, entry.value
            epoch, reached = self._stamp(entry)
            if epoch < self._epoch:
                self.ignored += 1
                if key is not None and key != ledger.MARKER_KEY:
                    self.rewrite.add(key)
                continue
            self._epoch = epoch
            if key != ledger.MARKER_KEY:
                payload = None if value is None else value[ledger.STAMP_BYTES :]
                if self._horizon is not None and reached <= self._horizon:
                    writes[key or b""] = payload
                    self.rewrite.discard(key or b"")
                    continue
                if not self._pending:
                    self._pending_from = entry.offset
                self._pending.append((reached, key or b"", payload))
                continue
            if value is not None:
                self._commit(ledger.decode_marker(value), value, writes)
        if writes:
            # An uncommitted group must be read again on the next start.
            position = self._pending_from if self._pending else self.position
            self._store.apply(self._partition, writes.items(), position)

    def finish(self) -> Marker:
        """Return the marker in force after the last entry; a partition without one is at 0."""
        self.torn += len(self._pending)
        self.rewrite.update(key for _, key, _ in self._pending)
        self._pending.clear()
        return self.marker or Marker(epoch=0, next=0)

    def _stamp(self, entry: Entry) -> tuple[int, int]:
        try:
            found = ledger.entry_stamp(entry.value, tuple(entry.headers))
        except ledger.StampError as fault:
            raise self._corrupt(entry.offset, str(fault)) from fault
        if found is None or entry.key is None:
            raise self._corrupt(entry.offset, "an entry without key or stamp")
        return found

    def _commit(self, marker: Marker, value: bytes, writes: dict[bytes, bytes | None]) -> None:
        before = self.marker
        if before is not None and marker.next < before.next:
            if not marker.is_claim:
                because = f"a marker goes back from {before.next} to {marker.next}"
                raise self._corrupt(self.position - 1, because)
            # The owner before committed once more while the claim was under way.
            marker = msgspec.structs.replace(before, epoch=marker.epoch, is_claim=True)
            value = ledger.encode_marker(marker)
        for reached, key, payload in self._pending:
            if reached <= marker.next:
                writes[key] = payload
                self.rewrite.discard(key)
            else:
                self.torn += 1
                self.rewrite.add(key)
        self._pending.clear()
        self.marker = marker
        writes[ledger.MARKER_KEY] = value

    def _corrupt(self, offset: int, because: str) -> ChangelogCorruptError:
        return ChangelogCorruptError(
            topic=self._topic, partition=self._partition, offset=offset, because=because
        )
