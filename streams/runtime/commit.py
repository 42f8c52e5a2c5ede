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

from collections.abc import Sequence
from typing import Any, Protocol

import msgspec

from processors.machine import Processor
from streams.runtime import ledger
from streams.runtime.errors import FencedError
from streams.runtime.ledger import Marker
from streams.runtime.recovery import Entry, Recovery
from streams.runtime.step import Above, Flush, Kernel, LogRecord, Output, References
from streams.stores.port import Store
from streams.topics import changelog_of

ENTRY_OVERHEAD_BYTES = 32
LOOK_AHEAD_RECORDS = 50_000


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
        self._tails: dict[str, int] = {}
        self._tail_outputs_dropped = 0
        self.kernel: Kernel = None  # type: ignore[assignment]  # set by recover
        self.committed: Marker = Marker(epoch=0, next=0)

    async def recover(self, *, epoch_floor: int = 0) -> RecoveryReport:
        """Fold the changelog, claim the partition, and be ready for the first step.

        Args:
            epoch_floor: Least epoch to claim, e.g. the group's generation.

        Raises:
            FencedError: A newer owner claimed meanwhile.
            ChangelogCorruptError: The changelog is not ours.
        """
        report = await self._fold_changelog()
        rewritten = await self._claim(report, epoch_floor)
        marker = self.committed
        for topic in self.processor.derives:
            source = f"/{self.processor.log}/{self.partition}"
            self._tails[topic] = await self._log.last_sequence(topic, source)
        self.kernel = Kernel(self.processor, self.partition, self._store, marker, self._references)
        return RecoveryReport(
            records=report.records,
            ignored=report.ignored,
            torn=report.torn,
            rewritten=rewritten,
            marker=marker,
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
        rewritten = self._rewrite
        entries = dict(flush.entries)
        for key in rewritten - entries.keys():
            entries[key] = self._store.get(self.partition, key)
        self._rewrite = set()
        await self._append(entries, flush.marker)

    def apply(self, flush: Flush) -> None:
        """Step 7."""
        writes = [*flush.entries.items(), (ledger.MARKER_KEY, ledger.encode_marker(flush.marker))]
        self._store.apply(self.partition, writes, self._position)
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
        if end > self._position:
            await self._read_hole(end)
        if self._rewrite:
            entries = {key: self._store.get(self.partition, key) for key in self._rewrite}
            self._rewrite = set()
            await self._append(entries, self.committed)
            self._store.apply(self.partition, (), self._position)

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
        return recovery

    async def _look_ahead(self, start: int, end: int) -> int | None:
        """Return `next` of the last marker, looking at the end of the changelog first."""
        width = LOOK_AHEAD_RECORDS // 10
        while True:
            begin = max(start, end - width)
            markers: list[Marker] = []
            position = begin
            while position < end:
                entries = await self._log.read_changelog(position, end)
                if not entries:
                    break
                position = entries[-1].offset + 1
                markers += [
                    ledger.decode_marker(entry.value)
                    for entry in entries
                    if entry.key == ledger.MARKER_KEY and entry.value is not None
                ]
            if markers:
                newest = max(marker.epoch for marker in markers)
                return max(marker.next for marker in markers if marker.epoch == newest)
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
        """Append claims until one follows directly on what was read; return keys rewritten."""
        rewritten = 0
        floor = epoch_floor
        while True:
            before = recovery.finish()
            epoch = max(before.epoch + 1, floor)
            claim = msgspec.structs.replace(before, epoch=epoch, is_claim=True)
            entries = {key: self._store.get(self.partition, key) for key in recovery.rewrite}
            batches = self._batches(entries, claim)
            expected = self._position
            holes = False
            for batch in batches:
                base = await self._log.append_changelog(batch, claim.stream_time_ms)
                if base != self._position:
                    holes = True
                self._position = base + len(batch)
            rewritten += len(entries)
            if not holes:
                recovery.rewrite.clear()
                self.committed = claim
                marker = (ledger.MARKER_KEY, ledger.encode_marker(claim))
                self._store.apply(self.partition, [marker], self._position)
                return rewritten
            # Somebody wrote while this claim was under way: read it, and claim above it.
            floor = epoch + 1
            await self._feed(recovery, expected, self._position)
            newest = recovery.finish().epoch
            if newest > epoch:
                raise FencedError(
                    processor=self.processor.name,
                    partition=self.partition,
                    mine=epoch,
                    theirs=newest,
                )

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
        batch.append(ChangelogEntry(ledger.MARKER_KEY, value))
        return batches

    async def _append(self, entries: dict[bytes, bytes | None], marker: Marker) -> None:
        for batch in self._batches(entries, marker):
            base = await self._log.append_changelog(batch, marker.stream_time_ms)
            if base != self._position:
                await self._read_hole(base)
            self._position = base + len(batch)

    async def _read_hole(self, end: int) -> None:
        """Read what somebody else wrote: fenced when newer, to be written again when older."""
        mine = self.committed.epoch
        position = self._position
        while position < end:
            entries = await self._log.read_changelog(position, end)
            if not entries:
                break
            for entry in entries:
                self._judge(entry, mine)
            position = entries[-1].offset + 1
        self._position = end

    def _judge(self, entry: Entry, mine: int) -> None:
        found = ledger.entry_stamp(entry.value, tuple(entry.headers))
        theirs = found[0] if found else 0
        if theirs > mine:
            raise FencedError(
                processor=self.processor.name, partition=self.partition, mine=mine, theirs=theirs
            )
        if entry.key is not None and entry.key != ledger.MARKER_KEY:
            self._rewrite.add(entry.key)
