"""The audit: a changelog must say what its log says, at every marker.

It reads a changelog, takes the batches that count, and holds every entry and every marker against
the plain fold of the log. It is the oracle of the simulator and runs against production, where
compaction and retention may have removed much: what is left is checked, and the report says how
much that was.

What must hold: a committed entry stamped `next` is the value its key has after the log up to
`next`, and at a marker every key has its value, but for those whose entries compaction has taken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

import msgspec

from processors.machine import Processor
from streams.broker.memory import MemoryBroker
from streams.replay.logs import KafkaLogs, Logs, MemoryLogs, artefacts
from streams.replay.plain import PlainFold
from streams.runtime import ledger
from streams.runtime.errors import ReferenceMissingError
from streams.runtime.ledger import CLAIM_KEY, MARKER_KEY, STAMP_BYTES, Marker
from streams.settings import Kafka
from streams.topics import changelog_of


class AuditReport(msgspec.Struct):
    """What an audit of one partition found.

    Attributes:
        topic: The changelog.
        partition: Which partition.
        entries: Changelog entries read.
        entries_checked: Those held against the log.
        ignored: Entries of a zombie.
        torn: Entries no marker reaches.
        markers: Markers that count.
        markers_checked: Those at which every key was right; compaction leaves fewer.
        rows: Rows in the table at the last marker, all of them checked.
        next: Log offset the last marker reached.
        log_end: Where the log ends.
        checked_from: Log offset from which on the fold could be checked; above 0 when the log was
            trimmed and the changelog had to be believed up to there.
        difference: The first difference, as a sentence; None when there is none.
    """

    topic: str
    partition: int
    entries: int = 0
    entries_checked: int = 0
    ignored: int = 0
    torn: int = 0
    markers: int = 0
    markers_checked: int = 0
    rows: int = 0
    next: int = 0
    log_end: int = 0
    checked_from: int = 0
    difference: str | None = None

    def sentence(self) -> str:
        """Return the finding for people."""
        where = f"{self.topic}[{self.partition}]"
        if self.difference is not None:
            return self.difference
        believed = f", believed up to log offset {self.checked_from}" if self.checked_from else ""
        return (
            f"{where}: right at log offset {self.next} of {self.log_end}: {self.rows:,} rows,"
            f" {self.entries_checked:,} of {self.entries:,} entries and {self.markers_checked:,} of"
            f" {self.markers:,} markers checked{believed}"
        )


class _DifferenceError(Exception):
    """The changelog and the log disagree; the argument is the sentence."""


class _Pending(msgspec.Struct, gc=False):
    offset: int
    reached: int
    payload: bytes | None


class _Audit:
    """One partition's changelog against its log."""

    def __init__(
        self,
        processor: Processor[Any],
        partition: int,
        logs: Logs,
        loaded: Callable[[str, str], Any],
    ) -> None:
        self.report = AuditReport(changelog_of(processor.name), partition)
        self._processor, self._logs = processor, logs
        self._fold = PlainFold(processor, partition, loaded)
        # The changelog's end first: the log reaches at least as far, whatever goes on meanwhile.
        self._span = logs.spans(self.report.topic).get(partition, (0, 0))
        self._begin, self._end = logs.spans(processor.log).get(partition, (0, 0))
        self.report.log_end = self._end
        self._believes = self._begin > 0
        self._inputs: Iterator[Any] = iter(())
        self._ahead: Any = None
        self._read_to = -1
        self._held: dict[bytes, bytes] = {}
        self._pending: dict[bytes, _Pending] = {}
        self._doubt: set[bytes] = set()
        self._epoch = self._expected = 0
        self._has_gap = False
        self._marker: Marker | None = None

    def run(self) -> AuditReport:
        report = self.report
        try:
            for entries in self._logs.read(report.topic, report.partition, *self._span):
                for entry in entries:
                    self._take(entry)
            self._finish()
        except _DifferenceError as found:
            report.difference = f"{report.topic}[{report.partition}]{found}"
        report.torn = len(self._pending)
        return report

    def _take(self, entry: Any) -> None:
        report = self.report
        report.entries += 1
        self._has_gap = self._has_gap or entry.offset != self._expected
        self._expected = entry.offset + 1
        try:
            stamp = ledger.entry_stamp(entry.value, tuple(entry.headers))
        except ledger.StampError as fault:
            raise _DifferenceError(f"@{entry.offset}: {fault}") from fault
        if stamp is None or entry.key is None:
            raise _DifferenceError(f"@{entry.offset}: an entry without key or stamp")
        epoch, reached = stamp
        if epoch < self._epoch:
            report.ignored += 1
            return
        self._epoch = epoch
        if entry.key == MARKER_KEY:
            self._at_marker(entry.offset, ledger.decode_marker(entry.value))
        elif entry.key != CLAIM_KEY:
            payload = None if entry.value is None else bytes(entry.value[STAMP_BYTES:])
            self._pending[bytes(entry.key)] = _Pending(entry.offset, reached, payload)

    def _at_marker(self, offset: int, marker: Marker) -> None:
        self.report.markers += 1
        before = self._marker
        if before and marker.next < before.next and marker.epoch <= before.epoch:
            raise _DifferenceError(
                f"@{offset}: a marker goes back from log offset {before.next} to {marker.next}"
            )
        self._marker = marker
        ready = [item for item in self._pending.items() if item[1].reached <= marker.next]
        for key, pending in sorted(ready, key=lambda item: (item[1].reached, item[1].offset)):
            del self._pending[key]
            self._check_entry(key, pending)
        self._advance(marker.next)
        if self._believes:
            self._adopt(marker)
        elif self._fold.next <= marker.next:
            self._check_marker(offset, marker)
        self._has_gap = False

    def _check_entry(self, key: bytes, pending: _Pending) -> None:
        """Hold one committed entry against the fold at the log position it is stamped with."""
        if pending.payload is None:
            self._held.pop(key, None)
        else:
            self._held[key] = pending.payload
        self._advance(pending.reached)
        if self._believes or self._fold.next > pending.reached:
            self._doubt.add(key)
            return
        self.report.entries_checked += 1
        if pending.payload != self._fold.rows.get(key):
            raise self._differs(pending.offset, pending.reached, key, pending.payload)

    def _check_marker(self, offset: int, marker: Marker) -> None:
        """Hold every key the fold has changed since the last marker against the table."""
        fold = self._fold
        for key in fold.changed | self._doubt:
            if self._held.get(key) == fold.rows.get(key):
                self._doubt.discard(key)
            elif self._has_gap or key in self._doubt:
                self._doubt.add(key)
            else:
                raise self._differs(offset, marker.next, key, self._held.get(key))
        fold.changed.clear()
        said = (marker.stream_time_ms, marker.references, marker.upstreams)
        if said != (fold.time_ms, fold.digests, fold.upstreams):
            raise _DifferenceError(
                f"@{offset}: after log offset {marker.next - 1} the marker says stream time"
                f" {said[0]}, references {said[1]}, upstreams {said[2]}; the log gives"
                f" {fold.time_ms}, {fold.digests}, {fold.upstreams}"
            )
        if not self._doubt:
            self.report.markers_checked += 1

    def _adopt(self, marker: Marker) -> None:
        """Believe the table up to the first marker that the trimmed log reaches."""
        if marker.next >= self._begin:
            self._fold.adopt(self._held, marker)
            self._believes = False
            self._doubt.clear()
            self.report.checked_from = marker.next

    def _finish(self) -> None:
        marker, fold = self._marker, self._fold
        if marker is None:
            return
        self.report.next = marker.next
        if self._believes or fold.next > marker.next:
            return
        for key in sorted(self._held.keys() | fold.rows.keys()):
            if self._held.get(key) != fold.rows.get(key):
                raise self._differs(self._expected - 1, marker.next, key, self._held.get(key))
        self.report.rows = len(self._held)

    def _advance(self, to: int) -> None:
        """Fold the log up to an offset."""
        fold = self._fold
        if self._believes or fold.next >= to:
            return
        if to > self._end:
            log = f"{self._processor.log}[{self.report.partition}]"
            raise _DifferenceError(
                f": it stands at log offset {to}, but {log} ends at {self._end}: the log was made"
                " anew, or lost records"
            )
        if self._read_to != fold.next:
            # One read for the whole log: a fetch for every marker would fetch it many times over.
            runs = self._logs.read(self._processor.log, fold.partition, fold.next, self._end)
            self._inputs, self._ahead = chain.from_iterable(runs), None
        record = self._ahead or next(self._inputs, None)
        while record is not None and record.offset < to:
            fold.take(record)
            record = next(self._inputs, None)
        self._ahead = record
        # Offsets without records, e.g. of other people's transactions.
        fold.next = self._read_to = to

    def _differs(
        self, offset: int, reached: int, key: bytes, found: bytes | None
    ) -> _DifferenceError:
        expected = self._fold.rows.get(key)
        return _DifferenceError(
            f"@{offset}: after log offset {reached - 1}, {_named(key)} is {_shown(found)}; the log"
            f" gives {_shown(expected)}"
        )


def audit_logs(
    logs: Logs,
    processor: Processor[Any],
    *,
    contents: Mapping[str, bytes] | None = None,
    partitions: Sequence[int] | None = None,
) -> list[AuditReport]:
    """Audit a processor's changelog partitions and return a report of each.

    Args:
        logs: Where changelog and log are.
        processor: The rules.
        contents: Artefacts by digest; read from `control.reference.v1` unless given.
        partitions: Which; all of them unless given.
    """
    known = artefacts(logs) if contents is None else contents
    cache: dict[str, Any] = {}

    def loaded(reference: str, digest: str) -> Any:
        if digest not in known:
            raise ReferenceMissingError(reference=reference, digest=digest, tenant="(any)")
        if digest not in cache:
            cache[digest] = processor.load_reference(reference, known[digest])
        return cache[digest]

    wanted = logs.spans(processor.log) if partitions is None else partitions
    return [_Audit(processor, number, logs, loaded).run() for number in sorted(wanted)]


def audit_memory(broker: MemoryBroker, processor: Processor[Any]) -> list[AuditReport]:
    """Audit a processor on a broker in memory."""
    return audit_logs(MemoryLogs(broker), processor)


def audit_kafka(kafka: Kafka, processor: Processor[Any]) -> list[AuditReport]:
    """Audit a processor on Kafka, workers running or not. Raises LogUnreadableError."""
    with KafkaLogs(kafka) as logs:
        return audit_logs(logs, processor)


def _named(key: bytes) -> str:
    """Return a changelog key for people."""
    table, rest = key[:1], key[1:]
    if table == ledger.TIMER:
        of, name = ledger.read_timer_key(key)
        return f"timer {name} of {of.decode(errors='replace')}"
    if table == ledger.ROW:
        view, row = ledger.read_row_key(key)
        return f"row {row.decode(errors='replace')!r} of view {view}"
    return f"the state of {rest.decode(errors='replace')}"


def _shown(data: bytes | None) -> str:
    if data is None:
        return "absent"
    head = data[:24].hex()
    return f"{len(data)} bytes {head}{'...' if len(data) > 24 else ''}"
