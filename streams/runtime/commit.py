"""Owning a partition: recover it, claim it, and commit what each step made true.

The numbers continue those of `step.py`:

5. send outputs as record batches per topic, all acknowledged
6. send the changelog batch with the marker, acknowledged; check that nobody wrote in between
7. apply to the local store, with the changelog position
8. publish and acknowledge (the driver's)

Order per partition: 6 of a flush waits for its own 5 and for 6 of the flush before. One changelog
batch is under way at a time: with two, the second could be kept and the first lost. Outputs may run
ahead; after a crash they are derived again, byte for byte, and the tail check leaves out what is
already there.

Everything that leaves the process goes through `PartitionLog`, so that the worker, the offline
driver and the simulator run this same code.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

import msgspec

from processors.machine import Processor
from streams.runtime import ledger
from streams.runtime.errors import AppendFailedError, FencedError
from streams.runtime.ledger import CLAIM_KEY, MARKER_KEY, Marker
from streams.runtime.recovery import Entry, Recovery
from streams.runtime.step import Above, Flush, Kernel, LogRecord, Output, References
from streams.stores.port import Store
from streams.topics import changelog_of

ENTRY_OVERHEAD_BYTES = 32
LOOK_AHEAD_RECORDS = 50_000
NO_MARKER = Marker(epoch=0, next=0)


class ChangelogEntry(msgspec.Struct, frozen=True, gc=False):
    """A changelog record about to be appended."""

    key: bytes
    value: bytes | None
    headers: list[tuple[str, bytes]] = []


class PartitionLog(Protocol):
    """What a partition's owner asks of Kafka."""

    async def append_outputs(self, outputs: dict[str, list[Output]]) -> None:
        """Append derived records, in order per topic, to the owner's partition; await the acks."""

    async def append_changelog(self, entries: Sequence[ChangelogEntry], timestamp_ms: int) -> int:
        """Append one record batch, whole or not at all; return the offset of its first record."""

    async def read_changelog(self, start: int, end: int) -> Sequence[Entry]:
        """Return some of the entries from `start` below `end`, in order; at least one, or none."""

    async def changelog_span(self) -> tuple[int, int]:
        """Return the changelog's first offset and the offset after its last record."""

    async def last_sequence(self, topic: str, source: str) -> int:
        """Return the sequence of the last record in the owner's partition of a derived topic."""


class RecoveryReport(msgspec.Struct, frozen=True):
    """What a recovery did."""

    records: int
    ignored: int
    torn: int
    rewritten: int
    marker: Marker


class Owner:
    """One processor partition in one worker's hands."""

    def __init__(
        self,
        processor: Processor[Any],
        partition: int,
        store: Store,
        log: PartitionLog,
        references: References,
        *,
        batch_bytes_max: int = 900_000,
    ) -> None:
        """Take hold; call `recover` before anything else.

        Args:
            processor: The rules.
            partition: Which partition of the log.
            store: Local state, possibly from an earlier life.
            log: The way to Kafka.
            references: Loaded artefacts, shared with other partitions.
            batch_bytes_max: Largest changelog record batch.
        """
        self.processor, self.partition = processor, partition
        self._store, self._log, self._references = store, log, references
        self._batch_bytes_max = batch_bytes_max
        self._topic = changelog_of(processor.name)
        self._position = 0
        self._rewrite: set[bytes] = set()
        self._settled = 0
        self._tails: dict[str, int] = {}
        self._tail_outputs_dropped = 0
        self.kernel: Kernel = None  # type: ignore[assignment]  # set by recover
        self.committed: Marker = NO_MARKER

    async def recover(self, *, epoch_floor: int = 0) -> RecoveryReport:
        """Fold the changelog, claim the partition, and be ready for the first step.

        Args:
            epoch_floor: Least epoch to claim, e.g. the group's generation.

        Raises:
            FencedError: A newer owner claimed meanwhile.
            ChangelogCorruptError: The changelog is not ours.
        """
        recovery = await self._fold_changelog()
        torn = recovery.torn
        epoch = await self._claim(recovery, epoch_floor)
        self.committed = msgspec.structs.replace(recovery.marker or NO_MARKER, epoch=epoch)
        self._rewrite, self._settled = recovery.rewrite, recovery.settled
        rewritten = len(self._rewrite)
        if rewritten:
            await self._write_again()
        for topic in self.processor.derives:
            source = f"/{self.processor.log}/{self.partition}"
            self._tails[topic] = await self._log.last_sequence(topic, source)
        self.kernel = Kernel(
            self.processor, self.partition, self._store, self.committed, self._references
        )
        return RecoveryReport(
            records=recovery.records,
            ignored=recovery.ignored,
            torn=torn,
            rewritten=rewritten,
            marker=self.committed,
        )

    def step(
        self, records: Sequence[LogRecord], *, gap_is_known: bool = False
    ) -> Flush | Above | None:
        """Steps 1 to 4; see `Kernel.step`."""
        return self.kernel.step(records, gap_is_known=gap_is_known)

    async def send_outputs(self, flush: Flush) -> None:
        """Step 5. What the tail check found in the topic already is left out."""
        outputs = flush.outputs
        for topic, tail in self._tails.items():
            found = outputs.get(topic)
            if found and found[0].sequence <= tail:
                kept = [output for output in found if output.sequence > tail]
                self._tail_outputs_dropped += len(found) - len(kept)
                outputs = outputs | {topic: kept}
        if any(outputs.values()):
            await self._log.append_outputs(outputs)

    async def send_changelog(self, flush: Flush) -> None:
        """Step 6.

        Raises:
            FencedError: A newer owner has the partition; nothing of the flush counts.
        """
        again = self._rewrite - flush.entries.keys()
        await self._append(self._committed_values(again) | flush.entries, flush.marker)

    def apply(self, flush: Flush) -> None:
        """Step 7."""
        writes = [*flush.entries.items(), (MARKER_KEY, ledger.encode_marker(flush.marker))]
        self._store.apply(self.partition, writes, self._store_position())
        self.kernel.applied(flush)
        self.committed = flush.marker

    async def commit(self, flush: Flush) -> None:
        """Steps 5 to 7, one after the other."""
        await self.send_outputs(flush)
        await self.send_changelog(flush)
        self.apply(flush)

    async def look(self) -> None:
        """Look for foreign writes while idle; keys they touched are written again.

        Call at least once within the changelog's `min.compaction.lag.ms`, with no flush under way.

        Raises:
            FencedError: A newer owner has the partition.
        """
        _, end = await self._log.changelog_span()
        if end != self._position:
            await self._read_hole(end)
        if self._rewrite:
            await self._write_again()

    def references(self, tenant: str) -> Mapping[str, Any]:
        """Return a tenant's reference values in force, as far as they are loaded."""
        digests = self.committed.references.get(tenant, {})
        loaded = {name: digest for name, digest in digests.items() if digest in self._references}
        return self._references.values(tenant, loaded)

    @property
    def tail_outputs_dropped(self) -> int:
        """Return how many outputs were not sent again because they were there."""
        return self._tail_outputs_dropped

    async def _fold_changelog(self) -> Recovery:
        begin, end = await self._log.changelog_span()
        held = self._store.position(self.partition)
        if held is not None and not begin <= held <= end:
            # The topic was made anew, or trimmed beyond what the store has seen.
            self._store.drop(self.partition)
            held = None
        start = begin if held is None else held
        horizon = None
        if end - start > LOOK_AHEAD_RECORDS:
            horizon = await self._look_ahead(start, end)
        recovery = Recovery(self._store, self._topic, self.partition, horizon=horizon)
        await self._feed(recovery, start, end)
        if recovery.horizon_was_too_high:
            self._store.drop(self.partition)
            recovery = Recovery(self._store, self._topic, self.partition)
            await self._feed(recovery, begin, end)
        return recovery

    async def _look_ahead(self, start: int, end: int) -> int | None:
        """Return `next` of the newest epoch's last marker, looking at the end first."""
        width = max(1, LOOK_AHEAD_RECORDS // 10)
        while True:
            position = begin = max(start, end - width)
            reached: dict[int, int] = {}
            newest = 0
            while position < end:
                entries = await self._log.read_changelog(position, end)
                if not entries:
                    break
                position = entries[-1].offset + 1
                for entry in entries:
                    stamp = ledger.entry_stamp(entry.value, tuple(entry.headers))
                    epoch, next_offset = stamp or (0, 0)
                    newest = max(newest, epoch)
                    if entry.key == MARKER_KEY:
                        reached[epoch] = next_offset
            if newest in reached:
                return reached[newest]
            if begin == start:
                return None
            width *= 10

    async def _feed(self, recovery: Recovery, start: int, end: int) -> None:
        position = start
        while position < end:
            entries = await self._log.read_changelog(position, end)
            if not entries:
                break
            recovery.feed(entries)
            position = entries[-1].offset + 1
        self._position = end

    async def _claim(self, recovery: Recovery, epoch_floor: int) -> int:
        """Append claims until one stands directly on what was read; return its epoch."""
        epoch = max(recovery.epoch + 1, epoch_floor)
        while True:
            claim = ChangelogEntry(CLAIM_KEY, ledger.stamp(epoch, 0))
            read_to = self._position
            stream_time_ms = recovery.marker.stream_time_ms if recovery.marker else 0
            base = await self._log.append_changelog([claim], stream_time_ms)
            self._position = base + 1
            if base == read_to:
                recovery.claimed(epoch, base)
                return epoch
            if base < read_to:
                raise self._lost_records(base, read_to)
            # Somebody wrote while this claim was under way: read it, and claim above it.
            await self._feed(recovery, read_to, self._position)
            if recovery.epoch > epoch:
                raise self._fenced(epoch, recovery.epoch)
            epoch += 1

    def _batches(
        self, entries: dict[bytes, bytes | None], marker: Marker
    ) -> list[list[ChangelogEntry]]:
        """Return record batches within the size limit, the marker last in the last one."""
        stamp = ledger.stamp(marker.epoch, marker.next)
        removal = [(ledger.STAMP_HEADER, stamp)]
        batches: list[list[ChangelogEntry]] = [[]]
        size, limit = 0, self._batch_bytes_max
        batch = batches[0]
        for key, payload in entries.items():
            if payload is None:
                entry = ChangelogEntry(key, None, removal)
                weight = len(key) + ENTRY_OVERHEAD_BYTES
            else:
                entry = ChangelogEntry(key, stamp + payload)
                weight = len(key) + len(payload) + ENTRY_OVERHEAD_BYTES
            if batch and size + weight > limit:
                batch = []
                batches.append(batch)
                size = 0
            batch.append(entry)
            size += weight
        value = ledger.encode_marker(marker)
        if batch and size + len(value) + ENTRY_OVERHEAD_BYTES > limit:
            batch = []
            batches.append(batch)
        batch.append(ChangelogEntry(MARKER_KEY, value))
        return batches

    async def _write_again(self) -> None:
        """Write the committed values of the keys that somebody else touched, and the marker."""
        again = self._rewrite
        await self._append(self._committed_values(again), self.committed)
        marker = (MARKER_KEY, ledger.encode_marker(self.committed))
        self._store.apply(self.partition, [marker], self._store_position())

    def _committed_values(self, keys: Iterable[bytes]) -> dict[bytes, bytes | None]:
        tables = (key for key in keys if key not in {MARKER_KEY, CLAIM_KEY})
        return {key: self._store.get(self.partition, key) for key in tables}

    def _store_position(self) -> int:
        """Return where a restart must read from: before anything still to be written again."""
        return min(self._settled, self._position) if self._rewrite else self._position

    async def _append(self, entries: dict[bytes, bytes | None], marker: Marker) -> None:
        """Append what is committed now, `_rewrite` included, and note what came in between."""
        self._rewrite = set()
        for batch in self._batches(entries, marker):
            base = await self._log.append_changelog(batch, marker.stream_time_ms)
            if base != self._position:
                await self._read_hole(base)
            self._position = base + len(batch)

    async def _read_hole(self, end: int) -> None:
        """Read what somebody else wrote: fenced when newer, to be written again when older."""
        if end < self._position:
            raise self._lost_records(end, self._position)
        if not self._rewrite:
            self._settled = self._position
        position = self._position
        while position < end:
            entries = await self._log.read_changelog(position, end)
            if not entries:
                break
            for entry in entries:
                self._judge(entry)
            position = entries[-1].offset + 1
        self._position = end

    def _judge(self, entry: Entry) -> None:
        found = ledger.entry_stamp(entry.value, tuple(entry.headers))
        epoch = found[0] if found else 0
        if epoch > self.committed.epoch:
            raise self._fenced(self.committed.epoch, epoch)
        # The marker and the claim too: compaction would keep theirs in place of this owner's.
        self._rewrite.add(entry.key or MARKER_KEY)

    def _fenced(self, mine: int, theirs: int) -> FencedError:
        return FencedError(
            processor=self.processor.name, partition=self.partition, mine=mine, theirs=theirs
        )

    def _lost_records(self, end: int, position: int) -> AppendFailedError:
        because = f"it ends at {end}, although {position} had been reached: records were lost"
        return AppendFailedError(topic=self._topic, partition=self.partition, because=because)
