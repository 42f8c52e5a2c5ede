"""Runs: a log driven through processors into a folder of its own; live topics are only read.

```text
<folder>/<name>/summary.json                       what was folded, counts, digests
<folder>/<name>/derived/<processor>/               an archive of the events it derived
<folder>/<name>/tables/<processor>/<partition>/    states, timers and rows by changelog key
```

A run is there whole or not at all: it is written under another name and renamed at its end. In
`derived` the partition is that of the log the events follow from, and offsets count them; their
headers carry id and sequence.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from processors.machine import Processor
from streams.archive import layout
from streams.archive.container import QUICK, ArchivedRecord
from streams.archive.reading import Archive
from streams.archive.writing import PartitionWriter, keep_schemas
from streams.replay.driver import NOWHERE, OfflineDriver, digest_of
from streams.replay.errors import RunExistsError, RunMissingError
from streams.replay.logs import Logs
from streams.replay.window import Window, WindowedLog
from streams.runtime.ledger import SEQUENCE_BITS
from streams.runtime.step import Output

RUNS: Final = "runs"
SUMMARY: Final = "summary.json"
DERIVED: Final = "derived"
TABLES: Final = "tables"
FORMAT: Final = 1


class PartitionRun(msgspec.Struct, frozen=True):
    """What was folded of a log's partition: from which offset events were kept, up to where."""

    partition: int
    begin: int
    next: int


class ProcessorRun(msgspec.Struct, frozen=True):
    """What a run gave of one processor.

    Attributes:
        name: The processor.
        version: Its version.
        log: The log it folded.
        partitions: How far, by partition.
        records: Inputs folded.
        rejected: Refusals among them.
        quarantined: Inputs that could not be processed.
        events: Derived events kept, by topic.
        rows: States, timers and view rows at the end.
        tables_digest: SHA-256 over the tables, as `driver.digest_of` counts it.
        events_digest: SHA-256 over the events kept.
        seconds: Time in the kernel.
    """

    name: str
    version: int
    log: str
    partitions: tuple[PartitionRun, ...]
    records: int
    rejected: int
    quarantined: int
    events: dict[str, int]
    rows: int
    tables_digest: str
    events_digest: str
    seconds: float


class Summary(msgspec.Struct, frozen=True):
    """What a run was and gave.

    Attributes:
        format: `FORMAT`.
        name: Of the run.
        source: Where the logs were read.
        window: Which part of them.
        processors: One each.
        digest: SHA-256 over all tables and events.
    """

    format: int
    name: str
    source: str
    window: Window
    processors: tuple[ProcessorRun, ...]
    digest: str


class Run:
    """A finished run.

    Attributes:
        folder: Where it is.
        summary: What it was and gave.
    """

    def __init__(self, folder: Path, summary: Summary) -> None:
        self.folder, self.summary = folder, summary

    def derived(self, processor: str) -> Logs:
        """Return the events it derived: topics, by partition of the log they follow from."""
        return _logs(self.folder / DERIVED / processor)

    @property
    def tables(self) -> Logs:
        """Its tables: a topic a processor, a record a row, in order of key."""
        return _logs(self.folder / TABLES)

    def of(self, processor: str) -> ProcessorRun | None:
        """Return what it gave of a processor, or None."""
        return next((each for each in self.summary.processors if each.name == processor), None)


def open_run(folder: Path, name: str) -> Run:
    """Return a finished run.

    Raises:
        RunMissingError: There is none of that name.
    """
    place = folder / name
    try:
        summary = msgspec.json.decode((place / SUMMARY).read_bytes(), type=Summary)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        known = sorted(path.parent.name for path in folder.glob(f"[!.]*/{SUMMARY}"))
        raise RunMissingError(name=name, folder=str(folder), known=known) from error
    return Run(place, summary)


def require_free(folder: Path, name: str) -> None:
    """Raise RunExistsError when there is a run of that name."""
    if (folder / name).exists():
        raise RunExistsError(name=name, folder=str(folder))


class RunWriter:
    """A run on its way; use it as a context manager and `finish` it, else nothing remains."""

    def __init__(self, folder: Path, name: str, *, source: str, window: Window) -> None:
        """Begin.

        Args:
            folder: Where runs are.
            name: Of this one.
            source: Where the logs are read, for the summary.
            window: Which part of them.

        Raises:
            RunExistsError: There is one of that name.
        """
        require_free(folder, name)
        self._final, self._place = folder / name, folder / f".{name}.part"
        self._name, self._source, self._window = name, source, window
        self._done: list[ProcessorRun] = []
        shutil.rmtree(self._place, ignore_errors=True)
        self._place.mkdir(parents=True)

    def __enter__(self) -> RunWriter:
        return self

    def __exit__(self, *_: object) -> None:
        """Remove what was not finished."""
        shutil.rmtree(self._place, ignore_errors=True)

    def drive(
        self,
        processor: Processor[Any],
        logs: Logs,
        *,
        contents: Mapping[str, bytes] = NOWHERE,
        ends: Mapping[int, int] | None = None,
        on_records: Callable[[int], None] | None = None,
    ) -> ProcessorRun:
        """Fold a processor's log within the window, and keep what it gives.

        Args:
            processor: The rules.
            logs: Where its log is.
            contents: Artefacts by digest.
            ends: Where to stop, by partition; partitions not named are left out.
            on_records: Called with the number of records of each run that was read.

        Raises:
            ReferenceMissingError: An announced artefact is not among the contents.
            LogUnreadableError: The log cannot be read.
            ArchiveDamagedError: The log's archive is broken.
        """
        kept = _Kept(self._place / DERIVED / processor.name)
        driver = OfflineDriver(
            processor, contents=contents, keeps_outputs=False, on_outputs=kept.take
        )
        partitions = []
        for partition, (begin, end) in sorted(logs.spans(processor.log).items()):
            if ends is not None and partition not in ends:
                continue
            stop = end if ends is None else min(end, ends[partition])
            part = WindowedLog(processor, self._window)
            kept.part = part
            driver.fold(partition, ())
            for records in part.runs(logs.read(processor.log, partition, begin, stop)):
                driver.fold(partition, records)
                if on_records is not None:
                    on_records(len(records))
            reached = part.next if self._window.until_ms is not None else stop
            from_offset = reached if part.begin is None else part.begin
            partitions.append(PartitionRun(partition, from_offset, reached))
        kept.close()
        found = self._summed(processor, driver, kept, partitions)
        self._done.append(found)
        return found

    def finish(self) -> Run:
        """Write the summary, give the run its name and return it."""
        keep = hashlib.sha256()
        for each in self._done:
            keep.update(f"{each.name}\0{each.tables_digest}\0{each.events_digest}\n".encode())
        summary = Summary(
            format=FORMAT,
            name=self._name,
            source=self._source,
            window=self._window,
            processors=tuple(self._done),
            digest=keep.hexdigest(),
        )
        data = msgspec.json.format(msgspec.json.encode(summary), indent=2)
        layout.write_whole(self._place / SUMMARY, data)
        self._place.replace(self._final)
        return Run(self._final, summary)

    def _summed(
        self,
        processor: Processor[Any],
        driver: OfflineDriver,
        kept: _Kept,
        partitions: Sequence[PartitionRun],
    ) -> ProcessorRun:
        tables = {number: driver.table(number) for number in sorted(driver.partitions)}
        for number, table in tables.items():
            place = self._place / TABLES / processor.name / str(number)
            at_ms = driver.partitions[number].marker.stream_time_ms
            writer = PartitionWriter(place, processor.name, number, level=QUICK)
            for index, (key, value) in enumerate(table.items()):
                writer.append(ArchivedRecord(index, at_ms, key, value))
            writer.close()
        folded = driver.partitions.values()
        return ProcessorRun(
            name=processor.name,
            version=processor.version,
            log=processor.log,
            partitions=tuple(partitions),
            records=sum(each.records for each in folded),
            rejected=sum(each.rejected for each in folded),
            quarantined=sum(each.quarantined for each in folded),
            events=kept.counts(),
            rows=sum(len(table) for table in tables.values()),
            tables_digest=digest_of(tables),
            events_digest=kept.digest(),
            seconds=round(sum(each.seconds for each in folded), 3),
        )


class _Kept:
    """Derived events on their way into files; those from before the window are left out.

    Attributes:
        part: The partition of the log that is folded.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._writers: dict[tuple[str, int], PartitionWriter] = {}
        self._sums: dict[tuple[str, int], Any] = {}
        self._fingerprints: set[bytes] = set()
        self.part: WindowedLog | None = None

    def take(self, partition: int, outputs: Mapping[str, Sequence[Output]]) -> None:
        """Write the derived records of a step."""
        assert self.part is not None, "a partition is being folded"
        if self.part.begin is None:
            return
        first = self.part.begin << SEQUENCE_BITS
        for topic, found in outputs.items():
            for output in found:
                if output.sequence >= first:
                    self._put(topic, partition, output)

    def close(self) -> None:
        """Complete the files."""
        for writer in self._writers.values():
            writer.close()
        if self._writers:
            keep_schemas(self._folder, {each.hex() for each in self._fingerprints})

    def counts(self) -> dict[str, int]:
        """Return how many events were kept, by topic."""
        counts: dict[str, int] = {}
        for (topic, _), writer in sorted(self._writers.items()):
            counts[topic] = counts.get(topic, 0) + writer.records
        return counts

    def digest(self) -> str:
        """Return one SHA-256 over the events, whatever the steps were."""
        digest = hashlib.sha256()
        for (topic, partition), found in sorted(self._sums.items()):
            digest.update(f"{topic}\0{partition}\0{found.hexdigest()}\n".encode())
        return digest.hexdigest()

    def _put(self, topic: str, partition: int, output: Output) -> None:
        place = topic, partition
        writer = self._writers.get(place)
        if writer is None:
            folder = self._folder / topic / str(partition)
            writer = self._writers[place] = PartitionWriter(folder, topic, partition, level=QUICK)
            self._sums[place] = hashlib.sha256()
        headers = tuple(output.headers)
        writer.append(
            ArchivedRecord(writer.next, output.timestamp_ms, output.key, output.value, headers)
        )
        self._fingerprints.add(output.value[2:10])
        for data in (b"%d" % output.sequence, output.key or b"", output.value):
            self._sums[place].update(len(data).to_bytes(8, "big") + data)


class Nothing:
    """Logs without a topic."""

    def spans(self, topic: str) -> Mapping[int, tuple[int, int]]:
        """Return nothing."""
        return {}

    def read(self, topic: str, partition: int, start: int, end: int) -> Iterator[Sequence[Any]]:
        """Yield nothing."""
        return iter(())


def _logs(folder: Path) -> Logs:
    return Archive(folder) if layout.topics_in(folder) else Nothing()
