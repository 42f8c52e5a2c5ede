"""The offline driver: the kernel over a log, without broker, clock or event loop.

Same kernel, same bytes: what a worker makes of a log is what this makes of it, in chunks of any
size. It is how history is replayed, and what live tables are held against.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from time import perf_counter
from typing import Any

import msgspec

from processors.machine import Processor
from streams.replay.logs import Logs
from streams.runtime.errors import ReferenceMissingError
from streams.runtime.ledger import CLAIM_KEY, MARKER_KEY, Marker
from streams.runtime.recovery import Recovery
from streams.runtime.step import Above, Flush, Kernel, LogRecord, Output, References
from streams.stores.memory import MemoryStore
from streams.stores.port import Store
from streams.topics import changelog_of

CHUNK_RECORDS_MAX = 1_000
NOWHERE: Mapping[str, bytes] = {}

Given = Callable[[int, Mapping[str, Sequence[Output]]], None]
"""Takes the derived records of a step, by topic, with the partition of the log."""


class Folded(msgspec.Struct):
    """What a partition's log gave.

    Attributes:
        marker: Where the fold stands.
        outputs: Derived records by topic, in order.
        records: Inputs taken in.
        quarantined: How many of them could not be processed.
        rejected: How many refusals there were.
        seconds: Time spent in the kernel.
    """

    marker: Marker
    outputs: dict[str, list[Output]] = msgspec.field(default_factory=dict)
    records: int = 0
    quarantined: int = 0
    rejected: int = 0
    seconds: float = 0.0


class OfflineDriver:
    """Folds logs into tables and outputs."""

    def __init__(
        self,
        processor: Processor[Any],
        *,
        contents: Mapping[str, bytes] = NOWHERE,
        chunk_records_max: int = CHUNK_RECORDS_MAX,
        keeps_outputs: bool = True,
        on_outputs: Given | None = None,
    ) -> None:
        """Begin with empty tables.

        Args:
            processor: The rules.
            contents: Artefacts by digest, see `logs.artefacts`.
            chunk_records_max: Most records in one step; it changes nothing but the speed.
            keeps_outputs: Keep the derived records in memory.
            on_outputs: Called with the derived records of each step, kept or not.
        """
        self.processor = processor
        self.store = MemoryStore()
        self.partitions: dict[int, Folded] = {}
        self._contents = contents
        self._references = References(processor.load_reference)
        self._kernels: dict[int, Kernel] = {}
        self._chunk_records_max = chunk_records_max
        self._keeps_outputs = keeps_outputs
        self._on_outputs = on_outputs

    def fold(self, partition: int, records: Iterable[LogRecord]) -> Folded:
        """Take in the next records of a partition's log and return what it has given so far.

        Raises:
            ReferenceMissingError: An announced artefact is not among the contents.
        """
        folded = self.partitions.setdefault(partition, Folded(Marker(epoch=0, next=0)))
        chunk: list[LogRecord] = []
        for record in records:
            chunk.append(record)
            if len(chunk) >= self._chunk_records_max:
                self._step(partition, folded, chunk)
                chunk = []
        if chunk:
            self._step(partition, folded, chunk)
        return folded

    def table(self, partition: int) -> dict[bytes, bytes]:
        """Return the partition's states, timers and rows by changelog key, in key order."""
        return table_of(self.store, partition)

    def digest(self) -> str:
        """Return one SHA-256 over all tables and kept outputs, hexadecimal."""
        return digest_of(
            {number: self.table(number) for number in self.partitions},
            {number: folded.outputs for number, folded in self.partitions.items()},
        )

    def records_per_second(self) -> float:
        """Return how fast the kernel was over all partitions, inputs per second."""
        seconds = sum(folded.seconds for folded in self.partitions.values())
        return sum(folded.records for folded in self.partitions.values()) / max(seconds, 1e-9)

    def _step(self, partition: int, folded: Folded, chunk: Sequence[LogRecord]) -> None:
        kernel = self._kernel(partition, folded)
        started = perf_counter()
        while True:
            try:
                # Offline there is no later fetch: what is not in the log never comes.
                flush = kernel.step(chunk, gap_is_known=True)
            except ReferenceMissingError as missing:
                if missing.digest not in self._contents:
                    raise
                self._references.add(
                    missing.reference, missing.digest, self._contents[missing.digest]
                )
                continue
            break
        if isinstance(flush, Flush):
            self.store.apply(partition, flush.entries.items(), 0)
            kernel.applied(flush)
            self._note(folded, flush)
        assert not isinstance(flush, Above), "a gap that is known is no fence"
        folded.seconds += perf_counter() - started
        if flush is not None and flush.outputs and self._on_outputs is not None:
            self._on_outputs(partition, flush.outputs)

    def _kernel(self, partition: int, folded: Folded) -> Kernel:
        kernel = self._kernels.get(partition)
        if kernel is None:
            self.store.apply(partition, (), 0)
            kernel = Kernel(self.processor, partition, self.store, folded.marker, self._references)
            self._kernels[partition] = kernel
        return kernel

    def _note(self, folded: Folded, flush: Flush) -> None:
        folded.marker = flush.marker
        folded.records += flush.records
        folded.quarantined += len(flush.quarantined)
        folded.rejected += len(flush.rejected)
        if self._keeps_outputs:
            for topic, outputs in flush.outputs.items():
                folded.outputs.setdefault(topic, []).extend(outputs)


def replay(
    processor: Processor[Any],
    logs: Logs,
    *,
    contents: Mapping[str, bytes] = NOWHERE,
    ends: Mapping[int, int] | None = None,
    chunk_records_max: int = CHUNK_RECORDS_MAX,
    keeps_outputs: bool = False,
) -> OfflineDriver:
    """Return a driver that has folded a processor's whole log.

    Args:
        processor: The rules.
        logs: Where the log is.
        contents: Artefacts by digest.
        ends: Where to stop, by partition; without, at the log's end as it is now. Partitions not
            named are left out.
        chunk_records_max: Most records in one step.
        keeps_outputs: Keep the derived records.
    """
    driver = OfflineDriver(
        processor,
        contents=contents,
        chunk_records_max=chunk_records_max,
        keeps_outputs=keeps_outputs,
    )
    for partition, (begin, end) in logs.spans(processor.log).items():
        if ends is None or partition in ends:
            stop = end if ends is None else min(end, ends[partition])
            driver.fold(partition, ())
            for records in logs.read(processor.log, partition, begin, stop):
                driver.fold(partition, records)
    return driver


def live_tables(logs: Logs, processor: str) -> dict[int, tuple[Marker, dict[bytes, bytes]]]:
    """Return where each partition's changelog stands, and the table it gives, by partition.

    Raises:
        ChangelogCorruptError: A changelog holds what no worker of ours wrote.
    """
    topic = changelog_of(processor)
    found = {}
    for partition, (begin, end) in logs.spans(topic).items():
        store = MemoryStore()
        recovery = Recovery(store, topic, partition)
        for entries in logs.read(topic, partition, begin, end):
            recovery.feed(entries)
        if recovery.marker is not None:
            found[partition] = recovery.marker, table_of(store, partition)
    return found


def table_of(store: Store, partition: int) -> dict[bytes, bytes]:
    """Return a partition's states, timers and rows, without the marker and the claim."""
    return {
        key: value
        for key, value in store.scan(partition, b"")
        if key not in {MARKER_KEY, CLAIM_KEY}
    }


def digest_of(
    tables: Mapping[int, Mapping[bytes, bytes]],
    outputs: Mapping[int, Mapping[str, Sequence[Output]]] | None = None,
) -> str:
    """Return one SHA-256 over tables and outputs by partition, hexadecimal."""
    digest = hashlib.sha256()

    def add(*parts: bytes) -> None:
        for part in parts:
            digest.update(len(part).to_bytes(8, "big"))
            digest.update(part)

    for number in sorted(tables):
        add(b"partition", b"%d" % number)
        for key in sorted(tables[number]):
            add(key, tables[number][key])
        for topic in sorted((outputs or {}).get(number, {})):
            add(topic.encode())
            for output in (outputs or {})[number][topic]:
                add(b"%d" % output.sequence, output.key or b"", output.value)
    return digest.hexdigest()
