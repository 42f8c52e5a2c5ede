"""Recovery by position: from a changelog, the state a partition was committed at.

The fold is pure and is fed in log order. What it rests on:

- An entry is stamped `(epoch, next)`. It is committed when its batch's marker, or a later one that
  reaches at least as far, is in the log.
- A new owner begins with a claim: an entry of a higher epoch. What comes with a lower epoch after
  that is a zombie's and does not count.
- Entries that no marker reaches are torn: the parts of a split batch whose writer was killed in
  between. They wait, because the missing part may still be on its way, and do not count.
- Compaction would keep torn and zombies' entries, being the newest of their keys. So the owner
  writes the committed values of those keys again before it goes on, and until that is done the
  store stays at the first such entry: a crash in between finds them again.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from streams.runtime import ledger
from streams.runtime.errors import ChangelogCorruptError
from streams.runtime.ledger import CLAIM_KEY, MARKER_KEY, STAMP_BYTES
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
        epoch: Highest epoch seen.
        position: Next changelog offset to be fed.
        records: Entries read.
        ignored: Entries of a lower epoch.
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
        self._horizon = -1 if horizon is None else horizon
        self._store, self._topic, self._partition = store, topic, partition
        position = store.position(partition)
        if position is None:
            store.drop(partition)
        held = store.get(partition, MARKER_KEY)
        claim = store.get(partition, CLAIM_KEY)
        self.marker = None if held is None else ledger.decode_marker(held)
        self.epoch = max(
            self.marker.epoch if self.marker else 0,
            ledger.read_stamp(claim)[0] if claim else 0,
        )
        self._pending: dict[bytes, tuple[int, int, bytes | None]] = {}
        self._foreign: dict[bytes, int] = {}
        self._claim: bytes | None = None
        self.position = position or 0
        self.records = self.ignored = 0

    @property
    def horizon_was_too_high(self) -> bool:
        """Return whether the horizon was a zombie's: fold again without one, from nothing."""
        return self._horizon > (self.marker.next if self.marker else 0)

    @property
    def torn(self) -> int:
        """Return how many entries wait for a marker."""
        return len(self._pending)

    @property
    def rewrite(self) -> set[bytes]:
        """Return the keys whose newest changelog entry does not count."""
        return self._foreign.keys() | self._pending.keys()

    @property
    def settled(self) -> int:
        """Return the offset up to which nothing is left to write again."""
        waiting = [offset for offset, _, _ in self._pending.values()]
        return min([self.position, *waiting, *self._foreign.values()])

    def feed(self, entries: Iterable[Entry]) -> None:
        """Take in entries that follow those fed before.

        Raises:
            ChangelogCorruptError: An entry is none of ours.
        """
        writes: dict[bytes, bytes | None] = {}
        horizon, pending, foreign = self._horizon, self._pending, self._foreign
        newest = self.epoch
        records = 0
        for entry in entries:
            records += 1
            key, value = entry.key, entry.value
            epoch, reached = self._stamp(entry, key, value)
            if epoch < newest:
                self.ignored += 1
                foreign[key] = entry.offset  # type: ignore[index]  # `_stamp` refuses None
                continue
            newest = epoch
            if key == MARKER_KEY:
                self._commit(value, entry.offset, writes)
            elif key == CLAIM_KEY:
                # In the store it would call what waits for a marker a zombie's at the next start.
                self._claim = value
                if not pending:
                    writes[CLAIM_KEY] = value
            elif reached <= horizon:
                writes[key] = None if value is None else value[STAMP_BYTES:]  # type: ignore[index]
                if pending or foreign:
                    pending.pop(key, None)  # type: ignore[arg-type]
                    foreign.pop(key, None)  # type: ignore[arg-type]
            else:
                payload = None if value is None else value[STAMP_BYTES:]
                pending[key] = entry.offset, reached, payload  # type: ignore[index]
        self.epoch = newest
        self.records += records
        if records:
            self.position = entry.offset + 1
        if writes:
            self._store.apply(self._partition, writes.items(), self.settled)

    def claimed(self, epoch: int, offset: int) -> None:
        """Take in the owner's own claim, which came to stand directly after what was fed."""
        self.epoch, self.position = epoch, offset + 1
        writes = [(CLAIM_KEY, ledger.stamp(epoch, 0))]
        self._store.apply(self._partition, writes, self.settled)

    def _stamp(self, entry: Entry, key: bytes | None, value: bytes | None) -> tuple[int, int]:
        try:
            if value is not None and key is not None:
                return ledger.read_stamp(value)
            found = ledger.entry_stamp(value, tuple(entry.headers))
        except ledger.StampError as fault:
            raise self._corrupt(entry.offset, str(fault)) from fault
        if found is None or key is None:
            raise self._corrupt(entry.offset, "an entry without key or stamp")
        return found

    def _commit(self, value: bytes | None, offset: int, writes: dict[bytes, bytes | None]) -> None:
        if value is None:
            raise self._corrupt(offset, "the marker was removed")
        marker, before = ledger.decode_marker(value), self.marker
        # Only a zombie's marker, whose owner's claim is compacted away, may stand beyond the next.
        if before and marker.next < before.next and marker.epoch == before.epoch:
            because = f"a marker goes back from {before.next} to {marker.next}"
            raise self._corrupt(offset, because)
        pending, foreign = self._pending, self._foreign
        for key in [key for key, (_, reached, _) in pending.items() if reached <= marker.next]:
            at, _, writes[key] = pending.pop(key)
            if foreign.get(key, at) <= at:
                foreign.pop(key, None)
        foreign.pop(MARKER_KEY, None)
        foreign.pop(CLAIM_KEY, None)
        self.marker = marker
        writes[MARKER_KEY] = value
        if self._claim is not None:
            writes[CLAIM_KEY] = self._claim

    def _corrupt(self, offset: int, because: str) -> ChangelogCorruptError:
        return ChangelogCorruptError(
            topic=self._topic, partition=self._partition, offset=offset, because=because
        )
